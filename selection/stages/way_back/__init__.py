"""The way back, at any stage (更正、撤回、退回、暂停、终止).

A recorded fact is corrected, a candidate withdraws or is taken no further, a selection returns to an earlier stage,
rests or ends: each with its reason.  Deadlines of what was left behind end; new ones begin on the next entry.
"""

from selection.stages.way_back.corrections import confirm_correction, correct_fact, refuse_correction
from selection.stages.way_back.ending import end_selection
from selection.stages.way_back.leaving import end_candidacy, withdraw_candidacy
from selection.stages.way_back.reconsidering import reconsider_decision
from selection.stages.way_back.resting import resume_selection, suspend_selection
from selection.stages.way_back.returning import return_selection

__all__ = [
    "confirm_correction",
    "correct_fact",
    "end_candidacy",
    "end_selection",
    "reconsider_decision",
    "refuse_correction",
    "resume_selection",
    "return_selection",
    "suspend_selection",
    "withdraw_candidacy",
]
