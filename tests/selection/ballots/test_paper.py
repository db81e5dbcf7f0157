"""Paper sheets in the box: entered twice, counted once, and in the root (纸质票)."""

from uuid import uuid4

import pytest

from selection.ballots import box, package, verify_ballots
from selection.ballots.models import Line, PaperCount
from tests.selection.ballots.rounds import SHEET, VOTE, opened

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09")]

SECOND = {"first": "disagree", "second": "agree"}
BOTH = {"first": "agree", "second": "agree"}


def closed(*sheets: object) -> object:
    """Two slips cast and the box closed; both tellers have entered these sheets, the second one in another order."""
    round_ = opened(slips=2)
    for code in round_.codes:
        box.cast(code, VOTE)
    box.close(round_.id)
    box.enter_paper(round_.id, box.Teller.FIRST, sheets)
    box.enter_paper(round_.id, box.Teller.SECOND, [*reversed(sheets)])
    return round_


def test_paper_is_counted_with_the_box_and_stands_in_lines_and_root() -> None:
    round_ = closed(VOTE, SECOND, BOTH, None)
    assert box.paper_agrees(round_.id)
    result = box.tally(round_.id)
    assert (result.returned, result.by_slip, result.on_paper, result.valid) == (6, 2, 4, 4)
    assert result.counts == {
        "first": {"agree": 3, "disagree": 1, "abstain": 0},
        "second": {"agree": 1, "disagree": 3, "abstain": 0},
    }
    assert box.tally(round_.id) == result
    assert Line.objects.filter(round=round_.id).count() == 8
    codes, ballots = box.contents(round_.id)
    whole = package.build(
        box.look_at(round_.id).manifest,
        public_key=None,
        slips=codes,
        issued=package.Issued(slip=2, paper=4),
        due=6,
        present=6,
        ballots=ballots,
        paper=box.paper(round_.id),
    )
    assert bytes.fromhex(whole["root"]) == box.root(round_.id) == box.standing(round_.id).root
    verdict = verify_ballots.verify(verify_ballots.read(package.write(whole)), processes=1)
    assert (verdict.names, verdict.returned) == (set(), {"online": 0, "slip": 2, "paper": 4})


def test_what_tellers_entered_is_destroyed_with_the_ballots_and_no_other_rounds() -> None:
    other = closed(SECOND)
    round_ = closed(VOTE, SECOND)
    box.tally(round_.id)
    root = box.root(round_.id)
    box.destroy(round_.id)
    assert list(PaperCount.objects.values_list("key", flat=True).order_by("key")) == [
        f"{other.id}:first",
        f"{other.id}:second",
    ]
    assert (box.standing(round_.id).root, Line.objects.filter(round=round_.id).count()) == (root, 8)
    with pytest.raises(box.BoxRefused):
        box.contents(round_.id)


def test_before_paper_is_entered_only_the_box_is_counted_and_nothing_is_cut() -> None:
    round_ = opened(slips=2)
    box.cast(round_.codes[0], VOTE)
    box.close(round_.id)
    assert box.tally(round_.id, with_paper=False).returned == 1
    assert box.look_at(round_.id).state == box.State.CLOSED
    assert not Line.objects.filter(round=round_.id).exists()


@pytest.mark.covers("DEL-09", refused=True)
def test_two_entries_that_differ_are_not_counted_and_can_be_entered_again() -> None:
    round_ = closed(VOTE, SECOND)
    box.enter_paper(round_.id, box.Teller.SECOND, [VOTE, VOTE])
    assert not box.paper_agrees(round_.id)
    with pytest.raises(box.BoxRefused) as refusal:
        box.tally(round_.id)
    assert refusal.value.trouble == box.Trouble.PAPER_DIFFERS
    box.reject_paper(round_.id)
    assert not PaperCount.objects.exists()
    box.enter_paper(round_.id, box.Teller.FIRST, [VOTE])
    with pytest.raises(box.BoxRefused):  # one entry is none
        box.tally(round_.id)
    box.enter_paper(round_.id, box.Teller.SECOND, [VOTE])
    assert box.tally(round_.id).on_paper == 1


def test_paper_comes_in_between_closing_and_counting_alone() -> None:
    round_ = opened(slips=2)
    for state, trouble in (("open", box.Trouble.STILL_OPEN), ("counted", box.Trouble.ALREADY_CLOSED)):
        if state == "counted":
            box.close(round_.id)
            box.tally(round_.id)
        with pytest.raises(box.BoxRefused) as refusal:
            box.enter_paper(round_.id, box.Teller.FIRST, [VOTE])
        assert refusal.value.trouble == trouble
        with pytest.raises(box.BoxRefused):
            box.reject_paper(round_.id)
    with pytest.raises(box.BoxRefused):
        box.enter_paper(uuid4(), box.Teller.FIRST, [VOTE])


def test_the_order_in_which_sheets_were_read_is_not_kept() -> None:
    round_ = closed(SECOND, None, VOTE)
    one, other = PaperCount.objects.values_list("sheets", flat=True)
    assert one == other
    assert len(one) == 3
    assert SHEET.candidate_keys == ["first", "second"]
    assert box.paper(round_.id) == one
