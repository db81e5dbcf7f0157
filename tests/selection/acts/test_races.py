"""Two at once: one wins, the other is told, nothing doubles (并发办理)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from audit import reading
from selection import acts
from selection.acts import Secret
from selection.enums import BallotChannel, NominationRoute, NominationSource, RoundState, Stage
from selection.models import Account, Candidacy, Selection
from selection.stages import motion, nomination
from selection.stages.deliberation import ballot
from tests.factories import Course, Point, run_to

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run the calls at the same moment and return what became of them, sorted."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[str] = []

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait()
            call()
            outcomes.append("done")
        except (acts.Conflict, acts.Refused, acts.NotPermitted) as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def count(stream: str, action: str) -> int:
    return [entry.action for entry in reading.entries(stream=stream)].count(action)


def test_two_consents_one_form_twice_and_one_person_by_two_officers() -> None:
    course = run_to(Point.MOTION)
    stream = f"selection:{course.selection.pk}"
    by = course.by("shuji")
    subjects = [Selection.objects.get(pk=course.selection.pk) for _ in range(2)]
    consents = [lambda one=one: motion.approve_motion(one, **by) for one in subjects]
    assert at_once(*consents) == ["Conflict", "done"]
    assert (course.now().stage, count(stream, "approve_motion")) == (Stage.NOMINATION, 1)
    course.choose(NominationRoute.PLENUM_LIST)

    def nominate(nth: int, username: str, token: str) -> Callable[[], object]:
        selection, by = course.now(), course.by(username)
        given = {"person": course.people[nth], "source": NominationSource.DEPARTMENT, "reason": "符合条件"}
        given |= {"discipline": True}
        return lambda: nomination.nominate_candidate(selection, **by, **given, token=token)

    assert at_once(nominate(0, "jingban", "one-form"), nominate(0, "jingban", "one-form")) == ["Conflict", "done"]
    assert at_once(nominate(1, "jingban", "a"), nominate(1, "jingban2", "b")) == ["Refused", "done"]
    assert at_once(nominate(2, "jingban", "c"), nominate(2, "jingban2", "c")) == ["Conflict", "done"]
    assert sorted(Candidacy.objects.values_list("person", flat=True)) == sorted(person.pk for person in course.people)
    assert count(stream, "nominate_candidate") == 3


@pytest.mark.slow
def test_two_officers_hand_a_slip_to_one_member_and_two_announce() -> None:
    course = run_to(Point.PREPARED)
    seat = course.members()[4]
    rounds = [course.fresh(course.round) for _ in range(2)]
    first, second = course.by("jingban"), course.by("jingban2")
    assert at_once(
        lambda: ballot.issue_slip(rounds[0], **first, seat=seat),
        lambda: ballot.issue_slip(rounds[1], **second, seat=seat),
    ) == ["Refused", "done"]
    assert course.issued == 1

    for row in course.round.roll.filter(present=True, channel="none"):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    course.open_box()
    course.vote((7, 4))
    by = course.by("shuji")
    rounds = [course.fresh(course.round) for _ in range(2)]
    assert at_once(*[lambda one=one: ballot.announce_result(one, **by) for one in rounds]) == ["Conflict", "done"]
    assert count(f"selection:{course.selection.pk}", "announce_result") == 1
    assert course.now().stage == Stage.DECIDED


def collecting(course: Course, nth: int, blinded: bytes) -> Callable[[], object]:
    """One member's browser, which knows the round as it was before anybody collected."""
    seat, round_ = course.members()[nth], course.round
    actor = Account.objects.get(person=seat.person_id)
    return lambda: ballot.collect_ballot(round_, seat=seat, blinded=Secret(blinded), actor=actor, at=course.at)


@pytest.mark.slow
def test_members_who_collect_at_one_moment_are_all_counted_and_each_once() -> None:
    """Nobody waits for the others' acts as a whole, so the figures must be taken in turn."""
    course = run_to(Point.PREPARED)
    members = range(len(course.members()))
    browsers = [collecting(course, nth, bytes([nth])) for nth in members]
    other_tabs = [collecting(course, nth, bytes([nth, 1])) for nth in members]
    outcomes = at_once(*browsers, *other_tabs)
    assert outcomes.count("done") == len(members)
    assert set(outcomes) <= {"done", "Refused", "Conflict"}
    assert (course.issued, course.spare) == (len(members), len(members))
    assert course.round.roll.filter(channel=BallotChannel.ONLINE).count() == len(members)
    assert count(f"selection:{course.selection.pk}", "collect_ballot") == len(members)


@pytest.mark.slow
def test_a_member_collects_or_draws_a_slip_or_the_vote_is_void_and_the_figures_agree() -> None:
    """Acts of other kinds hold the selection alone: whichever comes first, the roll and the round say the same."""
    course = run_to(Point.PREPARED)
    seat, by, rounds = course.members()[4], course.by("jingban"), [course.round for _ in range(2)]
    outcomes = at_once(collecting(course, 4, b"blinded"), lambda: ballot.issue_slip(rounds[0], **by, seat=seat))
    assert outcomes == ["Refused", "done"]
    assert (course.issued, course.round.roll.exclude(channel=BallotChannel.NONE).count()) == (1, 1)
    chair = course.by("shuji")
    at_once(collecting(course, 5, b"late"), lambda: ballot.void_ballot(rounds[1], **chair, reason="名单有误。"))
    held = course.round.roll.filter(channel=BallotChannel.ONLINE, seat=course.members()[5]).count()
    assert course.round.state == RoundState.VOID
    assert course.round.issued == 1 + held
