"""The nouns of a selection and their constraints; no decisions (模型)."""

from selection.models.account import Account
from selection.models.batch import Batch
from selection.models.body import Body, Seat
from selection.models.candidacy import Appointment, Bar, Candidacy, Nomination
from selection.models.comparison import Comparison
from selection.models.consultation import Consultation, Inquiry, Reply
from selection.models.correction import Correction
from selection.models.deadline import Deadline, Heartbeat
from selection.models.document import Document
from selection.models.formality import Formality
from selection.models.inspection import Assessment, CheckResult, Prenotice, Report, Talk
from selection.models.liability import Liability
from selection.models.machine import StageEdge
from selection.models.mandate import Freeze, Holding, Mandate
from selection.models.material import Acknowledgement, Material
from selection.models.matter import ImportantMatter
from selection.models.meeting import AgendaItem, Attendance, Introduction, Meeting, Movement, Removal, StatedOpinion
from selection.models.objection import InvestigationNote, Objection
from selection.models.participation import Participation
from selection.models.planning import Announcement, OfferedPost, Plan
from selection.models.poll import (
    BallotKey,
    PaperEntry,
    Poll,
    Reconsideration,
    Recount,
    RollMember,
    Round,
    RoundItem,
    TallySheet,
    Witness,
)
from selection.models.recovery import Recovery
from selection.models.review import Review
from selection.models.selection import RuleSet, Selection, StageVisit
from selection.models.sitting import NameSheet, Ranking, Sitting, SittingItem, TieDecision, WrittenName
from selection.models.yearly import YearlyPlan

__all__ = [
    "Account",
    "Acknowledgement",
    "AgendaItem",
    "Announcement",
    "Appointment",
    "Assessment",
    "Attendance",
    "BallotKey",
    "Bar",
    "Batch",
    "Body",
    "Candidacy",
    "CheckResult",
    "Comparison",
    "Consultation",
    "Correction",
    "Deadline",
    "Document",
    "Formality",
    "Freeze",
    "Heartbeat",
    "Holding",
    "ImportantMatter",
    "Inquiry",
    "Introduction",
    "InvestigationNote",
    "Liability",
    "Mandate",
    "Material",
    "Meeting",
    "Movement",
    "NameSheet",
    "Nomination",
    "Objection",
    "OfferedPost",
    "PaperEntry",
    "Participation",
    "Plan",
    "Poll",
    "Prenotice",
    "Ranking",
    "Reconsideration",
    "Recount",
    "Recovery",
    "Removal",
    "Reply",
    "Report",
    "Review",
    "RollMember",
    "Round",
    "RoundItem",
    "RuleSet",
    "Seat",
    "Selection",
    "Sitting",
    "SittingItem",
    "StageEdge",
    "StageVisit",
    "StatedOpinion",
    "Talk",
    "TallySheet",
    "TieDecision",
    "Witness",
    "WrittenName",
    "YearlyPlan",
]
