"""Motion: triggers, free posts, freeze, consent (动议)."""

from datetime import date

import pytest

from selection.acts import Upload
from selection.enums import Act, Departure, Stage, Trigger
from selection.models import Freeze
from selection.models.account import Apart
from selection.models.mandate import Promise, Promised
from selection.register.models import Tenure, Vacancy
from tests.selection.stages import cases

MOTION = {"post": cases.POST, "seats": 1, "triggers": [Trigger.VACANCY], "reason": "原主任退休"}
APPROVAL = Upload("市委组织部批复.pdf", "a" * 64, 2048, "application/pdf")
A_TRIGGER = "At least one trigger of the list"
THE_REASON = "The reason is written down"
NOT_FROZEN = "Motions are not frozen, or the superior organisation department has approved in writing"
FREE_POSTS = "The unit has as many free posts of this grade"


@pytest.mark.covers("MOT-01", "MOT-02")
@pytest.mark.parametrize("trigger", list(Trigger))
def test_open_selection_on_each_trigger(trigger: Trigger) -> None:
    assert cases.refused(Act.OPEN_SELECTION, cases.mandate_case(), **MOTION | {"triggers": [trigger]}) == {}


@pytest.mark.covers("MOT-01", "MOT-02", "WPR-02", refused=True)
@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"triggers": []}, {A_TRIGGER: "附件1 第五条（一）"}),
        ({"reason": "  "}, {THE_REASON: "附件1 第五条（一）"}),
        ({"triggers": [], "reason": ""}, {A_TRIGGER: "附件1 第五条（一）", THE_REASON: "附件1 第五条（一）"}),
    ],
)
def test_open_selection_without_trigger_or_reason(given: dict[str, object], refused: dict[str, str]) -> None:
    assert cases.refused(Act.OPEN_SELECTION, cases.mandate_case(), **MOTION | given) == refused


@pytest.mark.covers("MOT-07", refused=True)
@pytest.mark.parametrize(
    ("from_on", "lifted_on", "approval", "refused"),
    [
        (cases.TODAY, None, None, {NOT_FROZEN: "附件2 第十条（一）"}),
        (cases.TODAY, None, APPROVAL, {}),
        (cases.TODAY + cases.DAY, None, None, {}),
        (date(2026, 1, 5), cases.TODAY, None, {}),
    ],
    ids=["frozen today", "frozen, approved from above", "frozen from tomorrow", "lifted"],
)
def test_open_selection_while_motions_are_frozen(
    from_on: date, lifted_on: date | None, approval: Upload | None, refused: dict[str, str]
) -> None:
    freeze = Freeze(mandate=cases.MANDATE, ground="机构改革", from_on=from_on, lifted_on=lifted_on)
    case = cases.mandate_case(freezes=[freeze])
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION, superior_approval=approval) == refused


ON_ITS_DAY = "The post had a free seat on the day of the motion, or it is said how its holder left"


@pytest.mark.parametrize(
    ("moved_on", "refused"),
    [
        (cases.TODAY, {}),
        (cases.TODAY - cases.DAY, {}),
        (cases.TODAY + cases.DAY, {"The day is not in the future": ""}),
    ],
)
def test_open_selection_on_an_earlier_day_and_never_on_a_later_one(moved_on: date, refused: dict[str, str]) -> None:
    removal = {"triggers": [Trigger.STRUCTURE], "reason": "不适宜担任现职", "moved_on": moved_on}
    assert cases.refused(Act.OPEN_SELECTION, cases.mandate_case(), **MOTION, moved_on=moved_on) == refused
    assert cases.refused(Act.OPEN_REMOVAL, cases.mandate_case(), **removal) == refused


@pytest.mark.covers("MOT-07", refused=True)
@pytest.mark.parametrize(
    ("frozen", "lifted", "moved_on", "is_frozen"),
    [
        (date(2026, 3, 9), None, date(2026, 3, 2), True),
        (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 6), True),
        (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 9), False),
        (date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 1), False),
        (date(2026, 3, 2), date(2026, 3, 9), cases.TODAY, False),
    ],
    ids=["dated before the freeze that runs", "dated into a freeze", "on its last day", "before it", "after it"],
)
def test_no_other_day_evades_a_freeze(frozen: date, lifted: date | None, moved_on: date, is_frozen: bool) -> None:
    freeze = Freeze(mandate=cases.MANDATE, ground="机构改革", from_on=frozen, lifted_on=lifted)
    case = cases.mandate_case(freezes=[freeze])
    refused = {NOT_FROZEN: "附件2 第十条（一）"} if is_frozen else {}
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION, moved_on=moved_on) == refused
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION, moved_on=moved_on, superior_approval=APPROVAL) == {}


def test_a_motion_does_not_come_before_what_it_follows_from() -> None:
    """The post became free, or somebody came to hold it, on a later day than the motion claims."""
    earlier = {"moved_on": cases.TODAY - cases.DAY}
    case = cases.mandate_case(holders_then=1)
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION, **earlier) == {ON_ITS_DAY: ""}
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION, **earlier, departure=Departure.RETIREMENT) == {}
    tenure = Tenure(person_id=1, post=cases.POST, from_on=cases.TODAY)
    removal = {"tenure": tenure, "triggers": [Trigger.STRUCTURE], "reason": "不适宜担任现职"}
    assert cases.refused(Act.OPEN_REMOVAL, cases.mandate_case(), **removal, **earlier) == {
        "The post was held already on the day of the motion": ""
    }
    assert cases.refused(Act.OPEN_REMOVAL, cases.mandate_case(), **removal, moved_on=cases.TODAY) == {}


@pytest.mark.covers("POS-01", "POS-03", refused=True)
@pytest.mark.parametrize(
    ("approved", "occupied", "reserved", "seats", "met"),
    [
        (1, 0, 0, 1, True),
        (1, 1, 0, 1, False),
        (1, 0, 1, 1, False),
        (3, 1, 1, 1, True),
        (3, 1, 0, 2, True),
        (3, 1, 1, 2, False),
        (0, 1, 0, 1, False),
    ],
)
def test_open_selection_needs_free_posts(approved: int, occupied: int, reserved: int, seats: int, met: bool) -> None:
    promise = Promise(post=8, places=1, holders=0, departs=False, wanted=1, apart=Apart())
    case = cases.mandate_case(vacancy=Vacancy(approved, occupied), promised=Promised([promise] * reserved))
    refused = {} if met else {FREE_POSTS: "附件2 第十条（二）"}
    post = cases.Post(pk=7, organisation=cases.UNIT, title="副主任", grade=cases.Grade.TOWNSHIP_DEPUTY, seats=2)
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION | {"seats": seats, "post": post}) == refused


@pytest.mark.parametrize("seats", [0, 2])
def test_open_selection_for_more_seats_than_the_post_has_or_for_none(seats: int) -> None:
    case = cases.mandate_case(vacancy=Vacancy(approved=9))
    assert cases.refused(Act.OPEN_SELECTION, case, **MOTION | {"seats": seats}) == {
        "At least one seat, and no more than the post has": ""
    }


def test_open_selection_for_a_post_that_is_not_decided_here() -> None:
    post = cases.Post(pk=5, organisation=cases.UNIT, title="局长", grade=cases.Grade.COUNTY_CHIEF)
    gone = cases.Post(pk=6, organisation=cases.UNIT, grade=cases.Grade.TOWNSHIP_CHIEF, abolished_on=cases.TODAY)
    for other in (post, gone):
        assert cases.refused(Act.OPEN_SELECTION, cases.mandate_case(), **MOTION | {"post": other}) == {
            "The post exists and is decided under this mandate": ""
        }


@pytest.mark.covers("MOT-01", "POS-01", refused=True)
def test_approve_motion_looks_again() -> None:
    case = cases.at(Stage.MOTION)
    assert cases.refused(Act.APPROVE_MOTION, case) == {}
    case.selection.triggers = []
    case.vacancy = Vacancy(approved=1, occupied=1)
    assert cases.refused(Act.APPROVE_MOTION, case) == {
        "A trigger and a reason are on file": "附件1 第五条（一）",
        FREE_POSTS: "附件2 第十条（二）",
    }


@pytest.mark.covers("MOT-06", refused=True)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DELIBERATION])
def test_put_on_agenda_what_did_not_come_through_the_stages(stage: Stage) -> None:
    case = cases.at(stage)
    done = cases.at(Stage.DELIBERATION)
    case.consultations, case.visits, case.items = done.consultations, done.visits, []
    refused = cases.refused(Act.PUT_ON_AGENDA, case, meeting=done.meetings[0])
    refused.pop("The selection is neither suspended nor closed", None)
    assert refused == {
        "The selection has come through motion, nomination, recommendation and inspection": "附件2 第十条（三）"
    }


def test_freeze_and_lift_once() -> None:
    frozen = cases.mandate_case(freezes=[Freeze(mandate=cases.MANDATE, from_on=cases.TODAY)])
    assert cases.refused(Act.FREEZE_MOTIONS, cases.mandate_case()) == {}
    assert cases.refused(Act.LIFT_FREEZE, frozen) == {}
    assert cases.refused(Act.FREEZE_MOTIONS, frozen) == {"Motions are not frozen already": "附件2 第十条（一）"}
    assert cases.refused(Act.LIFT_FREEZE, cases.mandate_case()) == {"Motions are frozen": "附件2 第十条（一）"}
