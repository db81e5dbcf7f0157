"""At the committee: real ballots in the box, the result, another round, the bar (票决全程)."""

from datetime import UTC, date, datetime

import pytest
from django.test import TestCase
from django.utils import translation

from audit import reading
from selection import acts, polls
from selection.ballots import box
from selection.enums import CandidacyState, Choice, Matter, Opinion, RoundState, Stage
from selection.models import Bar, Candidacy, ImportantMatter, RoundItem
from selection.register import keeping
from selection.stages import way_back
from selection.stages.deliberation import ballot, meeting
from tests import factories
from tests.factories import Course, Point, run_to

A, B = CandidacyState.PASSED, CandidacyState.NOT_PASSED


def revote(course: Course, *, candidates: list[Candidacy] | None = None) -> None:
    ballot.decide_revote(
        course.fresh(course.round),
        **course.by("jingban"),
        another=True,
        decision="常委会决定再次票决",
        candidates=candidates or [course.candidacy(0), course.candidacy(1)],
    )


@pytest.mark.django_db
class TestVoting(TestCase):
    """Eleven members have introduced, spoken and prepared; the slips are made."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.VOTING)

    def states(self) -> list[str]:
        return [self.course.candidacy(0).state, self.course.candidacy(1).state]

    @pytest.mark.covers("DEL-10", "DEL-11", "DEL-12", refused=True)
    def test_box_refuses_two_agreements_a_write_in_and_an_unmarked_name_and_spends_no_slip(self) -> None:
        first, second = (str(self.course.candidacy(nth).pk) for nth in (0, 1))
        code = self.course.codes[0]
        for choices, reason in (
            ({first: Choice.AGREE, second: Choice.AGREE}, box.Reason.TOO_MANY),
            ({first: Choice.AGREE}, box.Reason.INCOMPLETE),
            ({first: Choice.AGREE, second: Choice.DISAGREE, "999": Choice.AGREE}, box.Reason.FOREIGN_OPTION),
            ({first: Choice.AGREE, second: "someone else"}, box.Reason.FOREIGN_OPTION),
        ):
            with pytest.raises(box.CastRefused) as refusal:
                box.cast(code, choices)
            assert refusal.value.reason == reason
        assert box.standing(self.course.round.box).returned == 0
        box.cast(code, {first: Choice.AGREE, second: Choice.ABSTAIN})
        with pytest.raises(box.CastRefused) as refusal:
            box.cast(code, {first: Choice.ABSTAIN, second: Choice.AGREE})
        assert refusal.value.reason == box.Reason.USED_CODE

    @pytest.mark.covers("DEL-13", "DEL-14")
    def test_six_of_eleven_pass_and_the_counts_stand_in_order(self) -> None:
        self.course.vote((6, 5))
        self.course.announce()
        items = RoundItem.objects.filter(round=self.course.round).order_by("-agree")
        assert [(item.agree, item.disagree, item.abstain, item.passed) for item in items] == [
            (6, 5, 0, True),
            (5, 6, 0, False),
        ]
        round_ = self.course.fresh(self.course.round)
        counts = (round_.due_count, round_.present_count, round_.issued, round_.returned, round_.valid)
        assert counts == (11, 11, 11, 11, 11)
        assert self.states() == [A, B]
        assert self.course.now().stage == Stage.DECIDED
        assert not Bar.objects.exists()

    @pytest.mark.covers("DEL-15", refused=True)
    def test_tie_leaves_the_seat_empty_until_the_committee_decides(self) -> None:
        self.course.vote((5, 5))
        self.course.announce()
        assert self.states() == [B, B]
        assert self.course.now().stage == Stage.DELIBERATION
        with pytest.raises(acts.Refused):
            self.course.prepare_ballot()
        revote(self.course)
        self.course.ballot((7, 4))
        assert self.states() == [A, B]
        assert self.course.fresh(self.course.round).seq == 2

    @pytest.mark.covers("DEL-14", refused=True)
    def test_ballots_that_were_not_cast_count_against(self) -> None:
        """Eleven drew slips, five agree and the others put nothing in."""
        first, second = (str(self.course.candidacy(nth).pk) for nth in (0, 1))
        for code in self.course.codes[:5]:
            box.cast(code, {first: Choice.AGREE, second: Choice.DISAGREE})
        self.course.close_box()
        self.course.announce()
        assert self.states() == [B, B]
        round_ = self.course.fresh(self.course.round)
        assert (round_.issued, round_.returned, round_.valid) == (11, 5, 5)

    def test_void_ballot_is_not_counted_and_another_can_be_prepared(self) -> None:
        self.course.cast((11, 0))
        ballot.void_ballot(self.course.round, **self.course.by("shuji"), reason="有人拍照")
        assert self.course.fresh(self.course.round).state == RoundState.VOID
        with pytest.raises(acts.Refused):
            ballot.announce_result(self.course.fresh(self.course.round), **self.course.by("shuji"))
        assert self.states() == [CandidacyState.PROPOSED] * 2
        self.course.ballot((4, 7))
        assert self.states() == [B, A]

    def test_nobody_leaves_or_returns_while_the_ballot_is_under_way(self) -> None:
        for act, subject, by in (
            (way_back.withdraw_candidacy, self.course.candidacy(0), "jingban"),
            (way_back.suspend_selection, self.course.now(), "buzhang"),
            (way_back.end_selection, self.course.now(), "buzhang"),
        ):
            with pytest.raises(acts.Refused):
                act(subject, **self.course.by(by), reason="情况有变")
        with pytest.raises(acts.Refused) as error:
            meeting.close_meeting(self.course.meeting, **self.course.by("jingban"))
        (stopped,) = error.value.unmet
        assert stopped.observed is None  # whoever is recused from an item is not told how many are under way

    def test_result_names_nobody(self) -> None:
        """What the record keeps of the vote is counts; who drew a slip, never which one."""
        self.course.vote((6, 5))
        self.course.announce()
        stream = f"selection:{self.course.selection.pk}"
        record = "".join(str(entry.body) for entry in reading.entries(stream=stream))
        for code in self.course.codes:
            assert code not in record
            assert box.code_hash(code).hex() not in record


@pytest.mark.covers("DEL-14", "DEL-05", refused=True)
@pytest.mark.slow
@pytest.mark.django_db
def test_nine_of_eleven_are_there_five_fail_and_six_pass() -> None:
    course = run_to(Point.CONSULTED)
    course.discuss(9)
    course.ballot((5, 4))
    assert [course.candidacy(nth).state for nth in (0, 1)] == [B, B]
    revote(course)
    course.ballot((6, 3))
    assert [course.candidacy(nth).state for nth in (0, 1)] == [A, B]
    round_ = course.fresh(course.round)
    assert (round_.due_count, round_.present_count, round_.valid) == (11, 9, 9)


@pytest.mark.covers("DEL-14", refused=True)
@pytest.mark.slow
@pytest.mark.django_db
def test_of_twelve_six_fail_and_seven_pass() -> None:
    course = run_to(Point.CONSULTED, factories.county(members=12))
    course.discuss(12)
    course.ballot((6, 6))
    assert [course.candidacy(nth).state for nth in (0, 1)] == [B, B]
    revote(course)
    course.ballot((7, 5))
    assert [course.candidacy(nth).state for nth in (0, 1)] == [A, B]


@pytest.mark.covers("DEL-16", refused=True)
@pytest.mark.slow
@pytest.mark.django_db
def test_who_fails_twice_is_barred_from_this_post_for_a_year_and_from_no_other() -> None:
    course = run_to(Point.CONSULTED, at=datetime(2024, 5, 1, 1, tzinfo=UTC))
    course.at = datetime(2024, 5, 9, 1, tzinfo=UTC)
    course.discuss()
    assert course.day == date(2024, 5, 10)
    course.ballot((5, 5))
    revote(course)
    course.ballot((5, 4))
    assert sorted(Bar.objects.values_list("person", "post", "from_on", "until_on")) == sorted(
        (person.pk, course.post.pk, date(2024, 5, 10), date(2025, 5, 9)) for person in course.people[:2]
    )
    with pytest.raises(acts.Refused) as refusal:
        revote(course)
    assert [one.citation.label for one in refusal.value.unmet if one.citation] == ["附件3 差额票决办法"]
    way_back.end_selection(course.now(), **course.by("buzhang"), reason="两次票决均未通过")

    course.at = datetime(2025, 5, 9, 1, tzinfo=UTC)
    by = course.by("jingban")
    other_post = keeping.add_post(
        course.unit, **by, values={"title": "副主任", "grade": factories.Grade.TOWNSHIP_DEPUTY}
    )
    keeping.set_quota(course.unit, **by, grade=factories.Grade.TOWNSHIP_DEPUTY, approved=1)
    same, other = course.again(at=course.at), course.again(other_post, at=course.at)
    for one in (same, other):
        one.go_to(Point.NOMINATION)
    failed, third = course.people[0], course.people[2]
    same.nominate(third)
    other.nominate(failed)
    with pytest.raises(acts.Refused) as refusal:
        same.nominate(failed)
    (bar,) = refusal.value.unmet
    with translation.override("en"):
        assert str(bar.says) == "The person is not barred from this post"
    assert bar.citation
    assert bar.citation.label == "附件3 差额票决办法"
    same.at += factories.DAY
    same.nominate(failed)
    assert set(same.now().candidacies.values_list("person", flat=True)) == {failed.pk, third.pk}
    assert polls.failures(same.now().candidacies.get(person=failed)) == 0, "a bar that was served counts anew"


@pytest.mark.covers("CON-06", "WPR-15")
@pytest.mark.slow
@pytest.mark.django_db
def test_dissent_in_consultation_or_discussion_is_an_important_matter_by_itself_once() -> None:
    course = run_to(Point.DELIBERATION)
    levels = factories.LEVELS
    course.consult_at(levels[0])
    course.consult_at(levels[1], dissent=True, opinions="对一名人选意见不一致。")
    course.consult_at(levels[2])
    course.at += factories.DAY
    course.meet()
    course.introduce(course.candidacies[0])
    for seat in course.members()[1:4]:
        course.speak(course.candidacies[0], seat, Opinion.DEFER, "任现职时间较短。")
    matters = ImportantMatter.objects.order_by("pk").values_list("kind", "cause", "candidacy")
    assert list(matters) == [
        (Matter.DISSENT, "对一名人选意见不一致。", None),
        (Matter.DISSENT, "任现职时间较短。", course.candidacies[0].pk),
    ]


@pytest.mark.covers("POS-03")
@pytest.mark.slow
@pytest.mark.django_db
def test_two_seats_are_filled_one_after_the_other_and_the_second_may_stay_empty() -> None:
    course = run_to(Point.DISCUSSED, seats=2)
    course.ballot((8, 3, 2))
    states = [course.candidacy(nth).state for nth in range(3)]
    assert (states, course.now().stage) == ([A, B, B], Stage.DELIBERATION)
    ballot.decide_revote(
        course.fresh(course.round),
        **course.by("jingban"),
        another=True,
        decision="再次票决",
        candidates=[course.candidacy(1), course.candidacy(2)],
    )
    course.ballot((9, 2))
    states = [course.candidacy(nth).state for nth in range(3)]
    assert (states, course.now().stage) == ([A, A, B], Stage.DECIDED)
