"""Inspection (考察).

A team is formed and announced before the first talk.  Every inspected person goes through the same four steps and is
talked about with the same four groups; the report on personal matters and the opinions of the consulted departments
are on file.  The stage ends when the meeting of department heads adopts the proposal for appointment.
Rulebook keys: ``inspection.*``, ``inquiry.*``.
"""

from selection.stages.inspection.announcement import form_team, publish_prenotice
from selection.stages.inspection.findings import record_assessment, record_check, record_talk, write_report
from selection.stages.inspection.opinions import answer_inquiry, ask_opinion, file_reply, remind_department
from selection.stages.inspection.proposal import open_deliberation

__all__ = [
    "answer_inquiry",
    "ask_opinion",
    "file_reply",
    "form_team",
    "open_deliberation",
    "publish_prenotice",
    "record_assessment",
    "record_check",
    "record_talk",
    "remind_department",
    "write_report",
]
