"""Recommendation: two tellers, one year, few votes, more persons than posts (民主推荐)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from selection.enums import Act, RecommendationForm, Stage
from selection.rulebook.rules import Share
from tests.selection.stages import cases

MORE_THAN_POSTS = "More persons than posts, or an equal number with a written reason"
FORMS = ("Recommendation at a meeting", "Recommendation in talks", "Recommendation by the plenary committee")
VALID = {f"{form} is still valid": "条例 第十六条" for form in FORMS}
FEW_VOTES = "Whoever is inspected in spite of few votes is so with a written reason"
COUNT = {"issued": 54, "returned": 52, "valid": 50, "votes": {"1": 40, "2": 30, "3": 20}}


def fix(case: cases.Case, *chosen: int, at: datetime = cases.NOW, **given: object) -> dict[str, str]:
    """What fixing these candidates as persons to be inspected is refused for."""
    candidates = [case.candidacies[number - 1] for number in chosen]
    return cases.refused(Act.OPEN_INSPECTION, case, at=at, **{"candidates": candidates, "opinion": "同意"} | given)


@pytest.mark.covers("DIF-04", "DIF-11", refused=True)
@pytest.mark.parametrize(
    ("seats", "chosen", "reason", "refused"),
    [
        (1, (1, 2), "", {}),
        (1, (1,), "", {MORE_THAN_POSTS: "附件3 差额票决办法"}),
        (1, (1,), "  ", {MORE_THAN_POSTS: "附件3 差额票决办法"}),
        (1, (1,), "合适人选只有一名", {}),
        (1, (), "合适人选只有一名", {MORE_THAN_POSTS: "附件3 差额推荐办法"}),
        (2, (1, 2), "", {MORE_THAN_POSTS: "附件3 差额票决办法"}),
        (2, (1, 2), "合适人选只有两名", {}),
        (2, (1, 2, 3), "", {}),
        (3, (1, 2), "合适人选只有两名", {MORE_THAN_POSTS: "附件3 差额推荐办法"}),
    ],
)
def test_open_inspection_of_more_persons_than_posts(
    seats: int, chosen: tuple[int, ...], reason: str, refused: dict[str, str]
) -> None:
    case = cases.at(Stage.RECOMMENDATION, seats=seats)
    given = {"equal_number_reason": reason, "low_votes_reason": "另有情况"}
    assert fix(case, *chosen, **given) == refused


@pytest.mark.covers("REC-21", "WPR-13", refused=True)
@pytest.mark.parametrize(
    ("votes", "chosen", "few"),
    [
        ((40, 30, 20), (1, 2), False),
        ((40, 30, 20), (1, 3), True),
        ((40, 20, 20), (1, 3), False),
        ((40, 30, 30), (2, 3), False),
        ((40, 17, 16), (1, 2), False),
        ((40, 16, 15), (1, 2), True),
        ((40, 0, 0), (1, 2), True),
    ],
)
def test_open_inspection_in_spite_of_few_votes(votes: tuple[int, ...], chosen: tuple[int, ...], few: bool) -> None:
    case = cases.at(Stage.RECOMMENDATION)
    case.polls, case.sheets = [], []
    cases.add_polls(case, votes=votes)
    assert fix(case, *chosen) == ({FEW_VOTES: "自定参数 得票不高的口径"} if few else {})
    assert fix(case, *chosen, low_votes_reason="岗位特殊，专业对口") == {}


@pytest.mark.covers("REC-01", "REC-23", refused=True)
@pytest.mark.parametrize(
    ("base", "votes", "below"),
    [("valid", 30, False), ("valid", 29, True), ("returned", 31, True), ("returned", 32, False), ("issued", 32, True)],
)
def test_open_inspection_below_the_floor_of_what_the_rules_count_by(base: str, votes: int, below: bool) -> None:
    floor = Share(3, 5, strict=False)
    case = cases.under(Stage.RECOMMENDATION, recommendation__floor_listed=floor, recommendation__base=base)
    for sheet in case.sheets:
        sheet.votes = {"1": 50, "2": votes, "3": 20}
    refused = fix(case, 1, 2)
    forms = ("Recommendation by the plenary committee", "Recommendation at a meeting")
    says = "Nobody is inspected who has less of the votes than the rules ask for ({})"
    assert set(refused) == ({says.format(form) for form in forms} if below else set())
    assert fix(case, 1, 2, low_votes_reason="另有情况") == refused, "no reason makes up for it"


@pytest.mark.covers("REC-13", refused=True)
def test_the_weighted_result_is_exact_and_waits_for_every_form() -> None:
    case = cases.under(Stage.RECOMMENDATION, recommendation__weight_meeting=60, recommendation__weight_talk=40)
    case.polls, case.sheets = [], []
    cases.add_polls(case, votes=(33, 26, 20))
    first = case.candidacies[0]
    votes = {form: case.votes_for(first, form) for form in (RecommendationForm.MEETING, RecommendationForm.TALK)}
    assert set(votes.values()) == {(33, 50)}
    talk = case.poll_of(RecommendationForm.TALK)
    for sheet in case.sheets_of(talk):
        sheet.votes["1"], sheet.valid = 10, 30
    assert case.weighted(first) == Fraction(60, 100) * Fraction(33, 50) + Fraction(40, 100) * Fraction(1, 3)
    assert case.weighted(first) != Fraction("0.529")
    talk.confirmed_at = None
    assert case.weighted(first) is None, "a result without one of its forms would be no result"
    assert cases.at(Stage.RECOMMENDATION).weighted(first) is None


@pytest.mark.covers("REC-15", refused=True)
@pytest.mark.parametrize(
    ("votes", "chosen", "passes"),
    [
        ((40, 26, 20), 1, True),
        ((40, 26, 20), 2, True),  # not the first by votes, yet wanted by the majority: votes alone decide nothing
        ((40, 25, 20), 2, True),
        ((40, 24, 20), 2, False),
        ((24, 20, 10), 1, False),  # first by votes, and the majority does not want him
    ],
)
def test_open_inspection_neither_by_votes_alone_nor_against_the_majority(
    votes: tuple[int, ...], chosen: int, passes: bool
) -> None:
    case = cases.at(Stage.RECOMMENDATION, body="subdistrict")
    case.polls, case.sheets = [], []
    cases.add_polls(case, votes=votes)
    says = "Only those are inspected whom the majority wants, in each recommendation"
    given = {"low_votes_reason": "专业对口"}
    assert fix(case, chosen, **given).get(says) == (None if passes else "街道方案 二、2")
    unsaid = cases.refused(Act.OPEN_INSPECTION, case, candidates=[case.candidacies[chosen - 1]], opinion=" ")
    assert any("opinion of those who fix" in one for one in unsaid), "a person is fixed for a reason, never by rank"


@pytest.mark.covers("DIF-10", refused=True)
@pytest.mark.parametrize(
    ("seats", "chosen", "passes"), [(1, (1,), True), (1, (1, 2), False), (2, (1, 2), True), (2, (1,), False)]
)
def test_open_inspection_of_one_person_for_each_post(seats: int, chosen: tuple[int, ...], passes: bool) -> None:
    case = cases.at(Stage.RECOMMENDATION, body="subdistrict", seats=seats)
    assert fix(case, *chosen) == ({} if passes else {"As many persons as posts": "街道方案 五、（二）5"})
    assert fix(case, *chosen, opinion=" ").keys() >= {
        "The opinion of those who fix the persons is written down: Party work committee"
    }


@pytest.mark.covers("DIF-01", "DIF-09", refused=True)
@pytest.mark.parametrize(
    ("body", "article"),
    [("credibility-county", "附件3 差额推荐办法"), ("trainees", "培养对象方案 三、")],
)
def test_there_are_more_persons_than_posts_at_every_stage(body: str, article: str) -> None:
    recommended, inspected = cases.at(Stage.RECOMMENDATION, body=body), cases.at(Stage.INSPECTION, body=body)
    reason = {"low_votes_reason": "另有情况"}
    assert fix(recommended, 1, 2, **reason) == {}
    assert MORE_THAN_POSTS in fix(recommended, 1, **reason)
    assert fix(recommended, **reason) == {MORE_THAN_POSTS: article}
    proposal = {"candidates": inspected.candidacies[:1], "opinion": "同意"}
    assert MORE_THAN_POSTS in cases.refused(Act.OPEN_DELIBERATION, inspected, **proposal)
    ballot = cases.at(Stage.DELIBERATION, body=body, candidates=1)
    assert "A ballot with no more candidates than posts has its written reason" in cases.refused(
        Act.PREPARE_BALLOT, ballot
    )


@pytest.mark.covers("REC-18", "REC-12", refused=True)
def test_a_second_round_counts_and_the_first_stays_on_record() -> None:
    case = cases.at(Stage.RECOMMENDATION, body="jinchang")
    first, second = case.rounds_of_recommendation(RecommendationForm.MEETING)
    for sheet in case.sheets:
        if sheet.poll is first:
            sheet.votes = {"1": 1, "2": 1, "3": 50}
    assert case.votes_for(case.candidacies[0], RecommendationForm.MEETING) == (40, 50)
    assert case.share_of(case.candidacies[0], first) == (1, 50)
    second.confirmed_at = None
    assert fix(case, 3, 1, low_votes_reason="另有情况") == {
        "Every round of the recommendation is held and counted": "金昌实施意见 二、（二）1"
    }


@pytest.mark.covers("REC-21", refused=True)
def test_open_inspection_with_few_votes_in_one_of_two_forms() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    talk = [sheet for sheet in case.sheets if sheet.poll.form == RecommendationForm.TALK]
    for sheet in talk:
        sheet.votes = {"1": 40, "2": 10, "3": 20}
    assert fix(case, 1, 2) == {FEW_VOTES: "自定参数 得票不高的口径"}


@pytest.mark.covers("REC-01", refused=True)
@pytest.mark.parametrize(
    ("held_on", "day", "valid"),
    [
        (date(2025, 3, 17), date(2026, 3, 16), True),
        (date(2025, 3, 16), date(2026, 3, 16), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
    ],
)
def test_open_inspection_on_a_recommendation_of_a_year_ago(held_on: date, day: date, valid: bool) -> None:
    case = cases.at(Stage.RECOMMENDATION)
    for poll in case.polls:
        poll.held_on = held_on
    last_minute = datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC)
    assert fix(case, 1, 2, at=last_minute) == ({} if valid else VALID)


def test_open_inspection_turns_at_midnight_in_shanghai() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    for poll in case.polls:
        poll.held_on = date(2025, 3, 17)
    midnight = datetime(2026, 3, 16, 16, 0, tzinfo=UTC)
    assert fix(case, 1, 2, at=midnight - timedelta(microseconds=1)) == {}
    assert fix(case, 1, 2, at=midnight) == VALID


@pytest.mark.covers("REC-01", "NOM-06", "NOM-09", "DIF-03", refused=True)
@pytest.mark.parametrize(
    ("post", "form", "says", "article"),
    [
        (cases.POST, RecommendationForm.PLENUM, "Recommendation by the plenary committee", "附件1 第六条（一）"),
        (cases.POST, RecommendationForm.MEETING, "Recommendation at a meeting", "附件1 第六条（一）"),
        (cases.POST, RecommendationForm.TALK, "Recommendation in talks", "附件1 第六条（一）"),
        (cases.DEPUTY, RecommendationForm.MEETING, "Recommendation at a meeting", "附件1 第七条（一）"),
        (cases.DEPUTY, RecommendationForm.TALK, "Recommendation in talks", "附件1 第七条（一）"),
    ],
)
def test_open_inspection_without_one_of_the_forms(
    post: cases.Post, form: RecommendationForm, says: str, article: str
) -> None:
    case = cases.at(Stage.RECOMMENDATION, post=post)
    case.polls = [poll for poll in case.polls if poll.form != form]
    assert fix(case, 1, 2) == {f"{says} is held and its count confirmed": article}
    unconfirmed = cases.at(Stage.RECOMMENDATION, post=post)
    next(poll for poll in unconfirmed.polls if poll.form == form).confirmed_at = None
    assert fix(unconfirmed, 1, 2) == {f"{says} is held and its count confirmed": article}


@pytest.mark.covers("REC-20", refused=True)
def test_open_inspection_without_candidates_of_its_own_or_opinion() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    stranger = cases.Candidacy(pk=99, person=cases.person(99))
    refused = cases.refused(
        Act.OPEN_INSPECTION, case, candidates=[case.candidacies[0], stranger], opinion=" ", low_votes_reason="另有情况"
    )
    assert refused == {
        "Every chosen person is a candidate of this selection": "",
        "The opinion of the meeting of department heads is written down": "",
    }


@pytest.mark.covers("REC-01", refused=True)
def test_hold_recommendation_needs_two_tellers() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    case.polls = case.sheets = []
    given = {"form": RecommendationForm.TALK, "held_on": cases.TODAY, "due_count": 60, "present_count": 54}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **given) == {}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **given | {"present_count": 61}) == {
        "No more took part than should have": ""
    }
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **given | {"held_on": cases.TODAY + cases.DAY}) == {
        "The day is not in the future": ""
    }
    case.participations[0].until_on = cases.TODAY
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **given) == {"Two tellers are named": ""}


def waiting(sheets: int = 0) -> cases.Case:
    """A recommendation that waits for its count; so many tellers have entered theirs."""
    case = cases.at(Stage.RECOMMENDATION)
    poll = case.polls[0]
    poll.confirmed_at = None
    case.sheets = [sheet for sheet in case.sheets if sheet.poll is poll][:sheets]
    case.subject = poll
    return case


def test_enter_tally_once_each_and_no_third_count() -> None:
    assert cases.refused(Act.ENTER_TALLY, waiting(1), actor=cases.account(22), **COUNT) == {}
    assert cases.refused(Act.ENTER_TALLY, waiting(1), actor=cases.account(21), **COUNT) == {
        "You have not entered this count yet": ""
    }
    assert cases.refused(Act.ENTER_TALLY, waiting(2), actor=cases.account(23), **COUNT) == {
        "No more than two tellers count": ""
    }


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"valid": 53}, {"Valid, returned and issued forms and persons present follow in order": ""}),
        ({"returned": 55, "issued": 54}, {"Valid, returned and issued forms and persons present follow in order": ""}),
        ({"issued": 55}, {"Valid, returned and issued forms and persons present follow in order": ""}),
        ({"votes": {"1": 51}}, {"Nobody has more votes than there are valid forms": ""}),
        ({"votes": {"1": -1}}, {"Nobody has more votes than there are valid forms": ""}),
        ({"votes": {"77": 1}}, {"Nobody has more votes than there are valid forms": ""}),
        ({"votes": {"1": 50, "2": 50, "3": 0}}, {}),
    ],
)
def test_enter_tally_of_impossible_numbers(given: dict[str, object], refused: dict[str, str]) -> None:
    assert cases.refused(Act.ENTER_TALLY, waiting(), actor=cases.account(21), **COUNT | given) == refused


@pytest.mark.covers("REC-01", refused=True)
@pytest.mark.parametrize(
    ("field", "value"), [("votes", {"1": 40, "2": 30, "3": 21}), ("valid", 49), ("issued", 53), ("returned", 51)]
)
def test_confirm_tally_of_counts_that_differ(field: str, value: object) -> None:
    case = waiting(2)
    assert cases.refused(Act.CONFIRM_TALLY, case) == {}
    assert cases.refused(Act.REJECT_TALLY, case, reason="重新计票") == {"The two counts differ": ""}
    setattr(case.sheets[1], field, value)
    assert cases.refused(Act.CONFIRM_TALLY, case) == {"The two counts agree": ""}
    assert cases.refused(Act.REJECT_TALLY, case, reason="重新计票") == {}


def test_confirm_tally_on_one_count_or_twice() -> None:
    assert cases.refused(Act.CONFIRM_TALLY, waiting(1)) == {
        "Two tellers have entered their counts": "",
        "The two counts agree": "",
    }
    case = waiting(2)
    case.subject.confirmed_at = cases.NOW
    assert cases.refused(Act.CONFIRM_TALLY, case) == {"The count is not confirmed yet": ""}
    assert cases.refused(Act.ENTER_TALLY, case, actor=cases.account(21), **COUNT) == {
        "The count waits for its tellers": "",
        "You have not entered this count yet": "",
    }
