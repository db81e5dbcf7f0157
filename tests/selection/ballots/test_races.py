"""Many at once: one ballot for a slip, and none after the box is sealed (并发)."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.db.transaction import atomic

from selection.ballots import box
from selection.ballots.box import CastRefused, Reason
from selection.ballots.models import Ballot, BoxState, Line
from tests.selection.ballots.rounds import VOTE, collected, opened, signed_round

pytestmark = pytest.mark.django_db(transaction=True)


THREADS = 16


def _in_thread(call: Callable[[], object]) -> object:
    """Call, on a connection of the thread's own that is closed afterwards; a refusal is an answer too."""
    try:
        return call()
    except CastRefused as refused:
        return refused.reason
    finally:
        connections["box"].close()


def at_once(calls: Iterable[Callable[[], object]]) -> list[object]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_in_thread, calls))


def test_two_hundred_casts_of_one_page_leave_one_ballot_and_get_one_receipt() -> None:
    code = opened().codes[0]
    answers = at_once([lambda: box.cast(code, VOTE, attempt="page")] * 200)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], box.Receipt)
    assert Ballot.objects.count() == 1


@pytest.mark.covers("BOX-26")
def test_two_hundred_casts_of_one_credential_leave_one_ballot_and_get_one_receipt() -> None:
    round_ = signed_round()
    ballot = collected(round_.id).fill(VOTE)
    answers = at_once([lambda: box.cast_signed(round_.id, ballot)] * 200)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], box.Receipt)
    assert Ballot.objects.count() == 1


def test_two_sheets_under_one_credential_at_once_are_one_ballot() -> None:
    """Two tabs of one browser: one wins, the other is told."""
    round_ = signed_round()
    holder = collected(round_.id)
    tabs = [holder.fill(VOTE), holder.fill({"first": "abstain", "second": "abstain"})]
    answers = at_once([lambda tab=tab: box.cast_signed(round_.id, tab) for tab in tabs * 50])  # type: ignore[misc]
    receipts = [answer for answer in answers if isinstance(answer, box.Receipt)]
    assert (len(set(receipts)), len(receipts), answers.count(Reason.ALREADY_CAST)) == (1, 50, 50)
    assert Ballot.objects.count() == 1


def test_a_slip_used_by_many_at_once_is_one_ballot() -> None:
    code = opened().codes[0]
    answers = at_once([lambda: box.cast(code, VOTE)] * 200)
    assert sum(isinstance(answer, box.Receipt) for answer in answers) == 1
    assert answers.count(Reason.USED_CODE) == 199
    assert Ballot.objects.count() == 1


@pytest.mark.covers("BOX-25")
@pytest.mark.parametrize("after", [0, 5, 40, 90])
def test_what_was_accepted_before_closing_is_in_the_box_and_nothing_else(after: int) -> None:
    """Sixty vote by slip and sixty with a credential while the box is closed."""
    round_ = signed_round(slips=60)
    signed = [collected(round_.id).fill(VOTE) for _ in range(60)]
    counted_at_closing: list[int] = []

    def close() -> None:
        box.close(round_.id)
        counted_at_closing.append(box.standing(round_.id).returned)

    by_slip = [lambda code=code: box.cast(code, VOTE) for code in round_.codes]  # type: ignore[misc]
    online = [lambda ballot=ballot: box.cast_signed(round_.id, ballot) for ballot in signed]  # type: ignore[misc]
    calls: list[Callable[[], object]] = [call for pair in zip(by_slip, online, strict=True) for call in pair]
    calls.insert(after, close)
    answers = at_once(calls)
    accepted = {answer.tracker for answer in answers if isinstance(answer, box.Receipt)}
    assert set(answers) - {None, Reason.CLOSED} == {answer for answer in answers if isinstance(answer, box.Receipt)}
    assert accepted == set(box.trackers(round_.id))
    assert counted_at_closing == [len(accepted)]
    assert box.tally(round_.id).valid == len(accepted)


def test_closing_waits_for_a_ballot_that_is_on_its_way() -> None:
    round_ = opened()
    held = "SELECT * FROM ballots_boxstate WHERE round = %s FOR SHARE"  # what a ballot holds until it is committed
    with ThreadPoolExecutor(1) as pool:
        with atomic(using="box"):
            assert list(BoxState.objects.raw(held, [round_.id]))
            closing = pool.submit(_in_thread, lambda: box.close(round_.id))
            while not _somebody_waits():
                assert not closing.done()
            assert box.standing(round_.id).state == box.State.OPEN
        closing.result(timeout=60)
    assert box.standing(round_.id).state == box.State.CLOSED


def _somebody_waits() -> bool:
    with connections["box"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_two_tallies_at_once_cut_the_ballots_once() -> None:
    round_ = opened(slips=30)
    for code in round_.codes:
        box.cast(code, VOTE)
    box.close(round_.id)
    answers = at_once([lambda: box.tally(round_.id)] * 8)
    assert {answer.valid for answer in answers if isinstance(answer, box.Tally)} == {30}
    assert Line.objects.count() == 60
