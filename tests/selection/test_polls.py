"""Who has passed a vote, and who should attend (票决结果、应到会)."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from selection import polls
from selection.enums import Choice, Part, RecusedCount, Stage
from selection.models import Participation, Round
from selection.rulebook.rules import Share, in_force
from tests.selection.stages import cases

HALF = in_force("credibility-county", cases.TODAY)["ballot.pass"].value


@pytest.mark.covers("BOX-04")
def test_rule_of_the_county_is_over_half_of_those_who_should_attend() -> None:
    assert Share(1, 2, strict=True) == HALF


@pytest.mark.covers("DEL-14", refused=True)
@pytest.mark.parametrize(
    ("due", "agree", "passed"),
    [(11, 5, False), (11, 6, True), (12, 6, False), (12, 7, True), (10, 6, True), (10, 5, False)],
)
def test_one_vote_decides(due: int, agree: int, passed: bool) -> None:
    """However few of them are present: the whole of those who should attend is what counts."""
    assert polls.winners({1: agree, 2: 0}, due, 1, HALF) == ({1} if passed else set())


@pytest.mark.covers("DEL-15", refused=True)
@pytest.mark.parametrize(
    ("agreed", "due", "seats", "won"),
    [
        ({1: 5, 2: 5}, 11, 1, set()),
        ({1: 6, 2: 5}, 11, 1, {1}),
        ({1: 8, 2: 8, 3: 7}, 11, 2, {1, 2}),
        ({1: 8, 2: 7, 3: 7}, 11, 2, {1}),
        ({1: 8, 2: 8, 3: 8}, 11, 2, set()),
        ({1: 9, 2: 6, 3: 5}, 11, 2, {1, 2}),
        ({1: 9, 2: 5, 3: 5}, 11, 2, {1}),
        ({1: 11, 2: 11, 3: 6}, 11, 3, {1, 2, 3}),
    ],
)
def test_tie_across_the_last_seat_leaves_it_empty(agreed: dict[int, int], due: int, seats: int, won: set[int]) -> None:
    assert polls.winners(agreed, due, seats, HALF) == won


@st.composite
def votes(draw: st.DrawFn) -> tuple[dict[int, int], int, int]:
    """Counts that ballots with at most as many agreements as seats could give."""
    due = draw(st.integers(7, 60))
    seats = draw(st.integers(1, 3))
    ballots = draw(st.lists(st.sets(st.integers(1, 5), max_size=seats), min_size=0, max_size=due))
    return {key: sum(key in ballot for ballot in ballots) for key in range(1, 6)}, due, seats


def counted_with_fractions(agreed: dict[int, int], due: int, seats: int) -> set[int]:
    """The same question, asked one person at a time: who is over half, and fewer than the seats do as well."""
    over = {key for key, number in agreed.items() if Fraction(number, due) > Fraction(1, 2)}
    return {key for key in over if sum(agreed[other] >= agreed[key] for other in over - {key}) < seats}


@pytest.mark.covers("BOX-04")
@pytest.mark.covers("DEL-14", "DEL-15")
@given(votes())
@example(({1: 30, 2: 30, 3: 0, 4: 0, 5: 0}, 60, 1))
@example(({1: 31, 2: 29, 3: 0, 4: 0, 5: 0}, 60, 1))
@example(({1: 5, 2: 5, 3: 5, 4: 0, 5: 0}, 8, 2))
def test_winners_like_an_independent_counter(counts: tuple[dict[int, int], int, int]) -> None:
    agreed, due, seats = counts
    won = polls.winners(agreed, due, seats, HALF)
    assert won == counted_with_fractions(agreed, due, seats)
    assert len(won) <= seats


@pytest.mark.covers("DEL-05")
@pytest.mark.parametrize(("counted", "number"), [(None, 11), (RecusedCount.COUNTED, 11), (RecusedCount.NOT_COUNTED, 9)])
def test_due_members_with_one_recused_and_one_who_is_a_candidate(counted: RecusedCount | None, number: int) -> None:
    case = cases.at(Stage.DELIBERATION)
    case.participations.append(Participation(person=case.seats[3].person, part=Part.RECUSED, from_on=cases.TODAY))
    case.candidacies[0].person = case.seats[4].person
    assert len(polls.due_members(case, cases.TODAY, counted)) == number


def test_due_members_hold_their_seats_on_that_day() -> None:
    case = cases.at(Stage.DELIBERATION)
    case.seats[9].until_on = cases.TODAY - cases.DAY
    case.seats[10].from_on = cases.TODAY + cases.DAY
    assert [seat.pk for seat in polls.due_members(case, cases.TODAY, None)] == list(range(1, 10))


@pytest.mark.covers("DEL-10", "DEL-11", "DEL-12")
@pytest.mark.parametrize("seats", [1, 2])
def test_sheet_lists_the_candidates_in_order_with_three_options_and_no_more(seats: int) -> None:
    case = cases.at(Stage.DELIBERATION, seats=seats)
    poll = cases.Poll(item=case.items[0])
    sheet = polls.sheet(case.selection, Round(poll=poll, seq=2), case.candidacies)
    assert sheet.candidate_keys == [str(candidacy.pk) for candidacy in case.candidacies]
    assert sheet.option_keys == [Choice.AGREE, Choice.DISAGREE, Choice.ABSTAIN]
    assert (sheet.limited_option, sheet.limit) == (Choice.AGREE, seats)
    assert (sheet.title, str(sheet.round_label)) == ("县融媒体中心主任", "第1次　第 2 轮票决")
