"""An item that only removes somebody from a post, from the motion to the end of the post (免职议题)."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from audit import reading
from selection.acts import Conflict, Refused
from selection.ballots import box
from selection.documents import minutes
from selection.enums import CandidacyState, ItemKind, Rail, Stage, Trigger
from selection.models import AgendaItem, Appointment, Bar, Removal, RuleSet, Selection
from selection.models.case import promised
from selection.register.models import Person, Tenure
from selection.rulebook.rules import Rules
from selection.stages import motion, notice, way_back
from selection.stages.deliberation import ballot, meeting, removal
from selection.web.next_acts import compact_rail
from tests.factories import DAY, Course, Point, able, course

pytestmark = [
    pytest.mark.django_db(databases=["default", "box"]),
    pytest.mark.covers("DEL-03", "DEL-04", "DEL-14", "ADJ-01", "ADJ-04"),
]


def move(of: Course, tenure: Tenure, **given: Any) -> Selection:
    values: dict[str, Any] = {"tenure": tenure, "triggers": [Trigger.UNFIT], "reason": "年度考核认定为不胜任现职。"}
    made: Selection = motion.open_removal(of.county.mandate, **of.by("jingban"), **values | given)
    return made


@pytest.fixture
def holder() -> tuple[Course, Person, Tenure]:
    one = course()
    person = able(one.county, "周示免", one.post, at=one.at)
    return one, person, Tenure.objects.get(person=person)


def moved(one: Course, tenure: Tenure) -> Course:
    """The removal, opened and agreed to, as a course whose only candidate is the holder."""
    one.selection = move(one, tenure)
    one.candidacies = list(one.selection.candidacies.all())
    motion.approve_motion(one.selection, **one.by("shuji"), opinion="同意。")
    one.done = set(list(Point)[: list(Point).index(Point.CONSULTED) + 1])
    return one


def decide(one: Course, agreeing: int = 8) -> None:
    one.go_to(Point.VOTING)
    one.vote((agreeing,))
    one.announce()


def remove(one: Course, **given: Any) -> None:
    values = {"document_number": "澄委干〔2026〕9号", "removed_on": one.day} | given
    removal.remove_holder(Removal.objects.get(), **one.by("jingban"), **values)


def test_a_removal_goes_from_the_motion_to_the_committee_and_ends_the_post(
    holder: tuple[Course, Person, Tenure],
) -> None:
    one, person, tenure = holder
    moved(one, tenure)
    assert one.selection.stage == Stage.DELIBERATION
    assert one.candidacy(0).state == CandidacyState.PROPOSED
    one.go_to(Point.VOTING)
    sheet = box.look(one.codes[0]).sheet
    assert sheet.title == f"免去周示免的{one.post}职务"
    assert [row.label for row in sheet.candidates] == ["周示免"]
    assert AgendaItem.objects.get().kind == ItemKind.REMOVE
    one.vote((6,))
    one.announce()
    assert one.selection.stage == Stage.DECIDED
    remove(one)
    tenure.refresh_from_db()
    assert tenure.until_on == one.day
    assert one.selection.stage == Stage.CLOSED
    assert not one.selection.end_reason
    assert not Appointment.objects.exists()
    told = [entry.action for entry in reading.entries(stream=f"person:{person.pk}")]
    assert told[-1] == "remove_holder"
    assert reading.verify().whole


@pytest.mark.covers("DEL-14", refused=True)
def test_a_removal_that_has_not_passed_ends_nothing_and_bars_nobody(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    decide(moved(one, tenure), agreeing=5)
    assert one.selection.stage == Stage.DELIBERATION
    with pytest.raises(Refused):
        remove(one)
    tenure.refresh_from_db()
    assert tenure.until_on is None
    way_back.end_selection(one.selection, **one.by("buzhang"), reason="票决未通过。")
    assert one.selection.stage == Stage.CLOSED
    one.at += DAY
    moved(one, tenure).meet(number="第2次")
    assert not Bar.objects.exists()


@pytest.mark.covers("DEL-06", refused=True)
def test_nothing_is_carried_out_before_the_vote_or_before_its_day(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    moved(one, tenure).go_to(Point.DISCUSSED)
    with pytest.raises(Refused):
        remove(one)
    decide(one)
    for given in ({"removed_on": date(2026, 1, 5)}, {"removed_on": one.day + 2 * DAY}, {"document_number": " "}):
        with pytest.raises(Refused):
            remove(one, **given)
    tenure.refresh_from_db()
    assert tenure.until_on is None


@pytest.mark.covers("DEL-04", refused=True)
def test_the_committee_hears_facts_and_reasons_first(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    moved(one, tenure).meet()
    given = {"candidacy": one.candidacies[0], "introducer": "组织部部长", "basic_facts": "基本情况。"}
    with pytest.raises(Refused):
        meeting.introduce_candidate(one.selection, **one.by("jingban"), **given, reason=" ")
    with pytest.raises(Refused):
        one.prepare_ballot()
    meeting.introduce_candidate(one.selection, **one.by("jingban"), **given, reason="不胜任现职。")


@pytest.mark.covers("MOT-02", refused=True)
def test_what_a_motion_to_remove_needs(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    for given in ({"triggers": []}, {"triggers": [Trigger.VACANCY]}, {"reason": ""}):
        with pytest.raises(Refused):
            move(one, tenure, **given)
    assert not Selection.objects.exists()
    move(one, tenure)
    with pytest.raises(Conflict):  # the same post, moved twice
        move(one, tenure)
    one.selection = Selection.objects.get()
    with pytest.raises(Refused):  # nothing comes to a meeting that the secretary has not agreed to
        one.meet()


def unmet_rules(refusal: Any) -> set[str]:
    return {row.rule for row in refusal.value.unmet}


@pytest.mark.covers("MOT-02", "DEL-04", refused=True)
def test_a_removal_rests_on_rules_of_its_own(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    with pytest.raises(Refused) as refusal:
        move(one, tenure, triggers=[Trigger.VACANCY])
    assert unmet_rules(refusal) == {"removal.triggers"}
    moved(one, tenure).meet()
    given = {"candidacy": one.candidacies[0], "introducer": "组织部部长", "basic_facts": "基本情况。", "reason": " "}
    with pytest.raises(Refused) as refusal:
        meeting.introduce_candidate(one.selection, **one.by("jingban"), **given)
    assert unmet_rules(refusal) == {"removal.introduction"}
    assert one.selection.pass_rule.key == "removal.pass"


def test_a_removal_under_rules_stored_before_they_knew_removals_goes_on(holder: tuple[Course, Person, Tenure]) -> None:
    one, _person, tenure = holder
    moved(one, tenure)
    rules = one.selection.rules
    older = {key: rule for key, rule in rules.items() if not key.startswith("removal.")}
    kept = RuleSet.keep(Rules(rules.body, rules.title, rules.on, older))
    Selection.objects.filter(pk=one.selection.pk).update(rule_set=kept)
    assert one.selection.pass_rule.key == "ballot.pass"
    one.meet()
    given = {"candidacy": one.candidacies[0], "introducer": "组织部部长", "basic_facts": "基本情况。", "reason": " "}
    with pytest.raises(Refused) as refusal:
        meeting.introduce_candidate(one.selection, **one.by("jingban"), **given)
    assert unmet_rules(refusal) == {"deliberation.introduction"}
    one.introduce(one.candidacies[0])
    for seat in sorted(one.members(), key=lambda seat: seat.is_chief):
        one.speak(one.candidacy(0), seat)
    one.ballot((6,))
    assert one.selection.stage == Stage.DECIDED


def test_a_removal_takes_no_place_and_has_neither_notice_nor_stages_of_a_selection(
    holder: tuple[Course, Person, Tenure],
) -> None:
    one, _person, tenure = holder
    moved(one, tenure)
    assert promised(one.unit, one.post.grade).seats == 0
    assert [step["label"] for step in compact_rail(one.selection, [])] == [
        Rail.MOTION.label,
        Rail.DELIBERATION.label,
        Rail.REMOVAL.label,
    ]
    decide(one)
    with pytest.raises(Refused):
        one.publish_notice()
    for stage in (Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION):
        with pytest.raises(Refused):
            way_back.return_selection(one.selection, **one.by("buzhang"), stage=stage, reason="重新办理。")
    way_back.return_selection(one.selection, **one.by("buzhang"), stage=Stage.DELIBERATION, reason="重新讨论。")
    assert one.candidacy(0).state == CandidacyState.PROPOSED
    with pytest.raises(Refused):
        notice.publish_notice(
            one.candidacy(0), **one.by("jingban"), phone="0000-12380", address="干部监督科", channels=["page"]
        )


def test_one_sitting_decides_on_an_appointment_and_on_a_removal_and_the_minutes_tell_both() -> None:
    first = course()
    first.go_to(Point.DISCUSSED)
    other = first.again(at=first.at)
    person = able(first.county, "周示免", first.post, at=first.at)
    moved(other, Tenure.objects.get(person=person, until_on__isnull=True))
    other.meeting = first.meeting
    meeting.put_on_agenda(other.selection, **other.by("jingban"), meeting=first.meeting)
    other.introduce(other.candidacy(0))
    for seat in sorted(other.members(), key=lambda seat: seat.is_chief):
        other.speak(other.candidacy(0), seat)
    first.prepare_ballot()
    other.prepare_ballot()
    first.open_ballot()
    first.vote()
    first_round = first.round
    ballot.announce_result(first_round, **first.by("shuji"))
    other.open_ballot()
    other.vote((11,))
    other.announce()
    with translation.override("zh-hans"):
        said = minutes.minutes(first.meeting, at=first.at)
    assert [item.title for item in said["items"]] == [
        f"1．{first.post.full_title}任职事项（{first.selection.number}）",
        f"2．{first.post.full_title}免职事项（{other.selection.number}）",
    ]
    (row,) = [row for item in said["items"][1:] for ballot_ in item.ballots for row in ballot_.rows]
    assert (row.candidacy.person.name, row.agree, row.passed) == ("周示免", 11, True)


def test_whoever_is_to_be_removed_sees_nothing_of_it(holder: tuple[Course, Person, Tenure]) -> None:
    one, person, tenure = holder
    moved(one, tenure)
    account = one.county.hold("zhou", person=person)
    assert not Selection.objects.open_to(account).filter(pk=one.selection.pk).exists()
