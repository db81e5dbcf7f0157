"""Nomination: qualification, the list, personal recommendations, the bar (初始提名)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.enums import Act, CandidacyState, Grade, NominationSource, Origin, RecommendationOutcome, Stage
from selection.models import Nomination
from selection.register.models import Post
from selection.rulebook import workdays
from tests.factories import SCAN
from tests.selection.stages import cases

FLOOR = "Excellent and competent votes together reach the share"
CEILING = "Incompetent votes do not exceed the share"
QUA_08 = "实施方案 三（一）6"
NOM_15 = "附件1 第七条（七）"
STRANGER = 50


def nominate(case: cases.Case, *, at: datetime = cases.NOW, **given: object) -> dict[str, str]:
    """What a nomination of somebody from outside the list is refused for."""
    case.people[STRANGER] = cases.person(STRANGER)
    values = {
        "person": case.people[STRANGER],
        "source": NominationSource.DEPARTMENT,
        "reason": "符合条件",
        "discipline": True,
    }
    return cases.refused(Act.NOMINATE_CANDIDATE, case, at=at, **values | given)


@pytest.mark.covers("QUA-08", refused=True)
@pytest.mark.parametrize(
    ("votes", "refused"),
    [
        ((20, 0, 0, 10), {}),
        ((0, 20, 0, 10), {}),
        ((10, 10, 0, 10), {}),
        ((10, 9, 1, 10), {FLOOR: QUA_08}),
        ((20, 0, 0, 11), {FLOOR: QUA_08, CEILING: QUA_08}),
        ((19, 0, 1, 11), {FLOOR: QUA_08, CEILING: QUA_08}),
        ((66, 0, 0, 33), {}),
        ((66, 0, 1, 33), {FLOOR: QUA_08}),
        ((0, 0, 0, 1), {FLOOR: QUA_08, CEILING: QUA_08}),
    ],
    ids=str,
)
def test_nominate_candidate_at_exactly_two_thirds_and_one_third(
    votes: tuple[int, int, int, int], refused: dict[str, str]
) -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, *votes))
    assert nominate(case) == refused


@pytest.mark.covers("QUA-08")
@given(st.tuples(*[st.integers(0, 400)] * 4).filter(any))
def test_nominate_candidate_counts_like_fractions(votes: tuple[int, int, int, int]) -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, *votes))
    good, unfit = Fraction(votes[0] + votes[1], sum(votes)), Fraction(votes[3], sum(votes))
    expected = {FLOOR} if good < Fraction(2, 3) else set()
    expected |= {CEILING} if unfit > Fraction(1, 3) else set()
    assert set(nominate(case)) == expected


@pytest.mark.covers("QUA-08", refused=True)
def test_nominate_candidate_looks_at_the_latest_appraisal_that_has_votes() -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals += [
        cases.appraisal(STRANGER, 0, 0, 0, 9, year=2023),
        cases.appraisal(STRANGER, 9, 0, 0, 0, year=2024),
        cases.Appraisal(person_id=STRANGER, year=2025),
    ]
    assert nominate(case) == {}
    case.appraisals = [row for row in case.appraisals if row.year == 2025 and row.person_id == STRANGER]
    assert nominate(case) == {"An annual appraisal with its votes is in the register": QUA_08}


def test_nominate_candidate_with_a_matter_of_veto() -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0, veto=True))
    assert nominate(case) == {"No matter of veto stands in the latest appraisal": QUA_08}


@pytest.mark.covers("NOM-05", refused=True)
@pytest.mark.parametrize(
    ("seats", "names", "met"), [(1, 2, False), (1, 3, True), (2, 5, False), (2, 6, True), (1, 0, False)]
)
def test_open_recommendation_on_three_names_for_each_post(seats: int, names: int, met: bool) -> None:
    case = cases.at(Stage.NOMINATION, seats=seats, candidates=names)
    refused = {} if met else {"The list has enough names for each post": "附件1 第六条（一）"}
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == refused


@pytest.mark.covers("NOM-05", refused=True)
@pytest.mark.parametrize("state", [CandidacyState.WITHDRAWN, CandidacyState.ENDED])
def test_open_recommendation_does_not_count_who_has_left(state: CandidacyState) -> None:
    case = cases.at(Stage.NOMINATION, candidates=2)
    cases.add_candidates(case, 3, state)
    case.candidacies = [*case.candidacies[:2], case.candidacies[-1]]
    assert len(case.candidacies) == 3
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {
        "The list has enough names for each post": "附件1 第六条（一）"
    }


@pytest.mark.covers("NOM-15", "NOM-18", refused=True)
@pytest.mark.parametrize(
    ("signed", "reason", "refused"),
    [
        (True, "主持过改革", {}),
        (False, "主持过改革", {"The recommendation is signed": NOM_15}),
        (True, " ", {"The reason is written down": NOM_15}),
        (False, "", {"The recommendation is signed": NOM_15, "The reason is written down": NOM_15}),
    ],
)
def test_recommend_personally_signed_and_with_its_reason(signed: bool, reason: str, refused: dict[str, str]) -> None:
    given = {"person": cases.person(STRANGER), "signed": signed, "reason": reason, "discipline": True}
    assert cases.refused(Act.RECOMMEND_PERSONALLY, cases.at(Stage.NOMINATION), **given) == refused


def test_recommend_personally_oneself_or_the_same_person_twice() -> None:
    case = cases.at(Stage.NOMINATION)
    leader = cases.account(7, person=cases.person(STRANGER))
    given = {"person": leader.person, "signed": True, "reason": "主持过改革", "discipline": True}
    assert cases.refused(Act.RECOMMEND_PERSONALLY, case, actor=leader, **given) == {
        "Nobody recommends himself or herself this way": ""
    }
    other = cases.account(8)
    case.nominations.append(
        Nomination(person=given["person"], nominator=other, source=NominationSource.PERSONAL, reviewed_at=cases.NOW)
    )
    assert cases.refused(Act.RECOMMEND_PERSONALLY, case, actor=other, **given) == {
        "You have not recommended this person here before": ""
    }


@pytest.mark.covers("NOM-15", refused=True)
def test_nominate_candidate_cannot_stand_in_for_a_personal_recommendation() -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0))
    assert nominate(case, source=NominationSource.PERSONAL) == {
        "A leading cadre recommends under his or her own name": NOM_15
    }


def recommended(case: cases.Case, **values: object) -> Nomination:
    """A personal recommendation that waits for its review."""
    case.people[STRANGER] = cases.person(STRANGER)
    given = {"signed": True, "reason": "主持过改革", "source": NominationSource.PERSONAL}
    nomination = Nomination(pk=9, person=case.people[STRANGER], nominator=cases.account(7), **given | values)
    case.nominations.append(nomination)
    case.subject = nomination
    return nomination


@pytest.mark.covers("NOM-15", refused=True)
def test_open_recommendation_while_a_personal_recommendation_waits() -> None:
    case = cases.at(Stage.NOMINATION)
    waiting = recommended(case)
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {"Every nomination that has to be reviewed has been": NOM_15}
    waiting.reviewed_at = cases.NOW
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {}


@pytest.mark.covers("NOM-15", "QUA-08", refused=True)
@pytest.mark.parametrize(
    ("outcome", "votes", "refused"),
    [
        (RecommendationOutcome.ACCEPTED, (20, 0, 0, 10), {}),
        (RecommendationOutcome.ACCEPTED, (19, 0, 1, 10), {FLOOR: QUA_08}),
        (RecommendationOutcome.DECLINED, (19, 0, 1, 10), {}),
    ],
)
def test_review_recommendation_of_somebody_who_does_not_qualify(
    outcome: RecommendationOutcome, votes: tuple[int, int, int, int], refused: dict[str, str]
) -> None:
    case = cases.at(Stage.NOMINATION)
    recommended(case)
    case.appraisals.append(cases.appraisal(STRANGER, *votes))
    assert cases.refused(Act.REVIEW_RECOMMENDATION, case, outcome=outcome, opinion="已审核") == refused


@pytest.mark.covers("NOM-15", refused=True)
def test_review_once_and_feed_back_only_what_was_reviewed() -> None:
    case = cases.at(Stage.NOMINATION)
    nomination = recommended(case)
    assert cases.refused(Act.FEED_BACK_RECOMMENDATION, case, feedback="已列入") == {
        "The recommendation has been reviewed": NOM_15
    }
    nomination.reviewed_at = cases.NOW
    assert cases.refused(Act.REVIEW_RECOMMENDATION, case) == {"The recommendation has not been reviewed yet": ""}
    assert cases.refused(Act.FEED_BACK_RECOMMENDATION, case, feedback=" ") == {"The answer is written down": NOM_15}
    assert cases.refused(Act.FEED_BACK_RECOMMENDATION, case, feedback="已列入") == {}
    nomination.fed_back_at = cases.NOW
    assert cases.refused(Act.FEED_BACK_RECOMMENDATION, case) == {"The recommender has not been told yet": ""}


@pytest.mark.covers("DEL-16", refused=True)
@pytest.mark.parametrize(
    ("on", "barred"), [(date(2024, 5, 10), True), (date(2025, 5, 9), True), (date(2025, 5, 10), False)]
)
def test_nominate_candidate_within_a_year_of_the_second_failure(on: date, barred: bool) -> None:
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0, year=2023))
    second_failure = date(2024, 5, 10)
    until = workdays.ends(case.rules["ballot.bar"].value, second_failure).last_day
    assert until == date(2025, 5, 9)
    cases.bar(case, STRANGER, until)
    late = datetime(on.year, on.month, on.day, 15, 59, tzinfo=UTC)
    refused = {"The person is not barred from this post": "附件3 差额票决办法"} if barred else {}
    assert nominate(case, at=late) == refused
    assert nominate(case, at=late + timedelta(minutes=1)) == (refused if on < until else {})


@pytest.mark.covers("DEL-16")
def test_bars_of_others_or_of_nobody_do_not_count() -> None:
    """A case holds the bars of its own post only; one of another person stands beside."""
    case = cases.at(Stage.NOMINATION)
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0))
    cases.bar(case, 1, date(2027, 1, 1))
    assert isinstance(case.bars[0].post, Post)
    assert nominate(case) == {}


@pytest.mark.covers("MOT-05", "NOM-01", refused=True)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NOMINATION])
def test_nominate_candidate_at_another_stage(stage: Stage) -> None:
    case = cases.at(stage)
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0))
    refused = {"The selection is at the right stage": ""}
    if stage is Stage.CLOSED:
        refused["The selection is neither suspended nor closed"] = ""
    assert nominate(case) == refused


def test_nominate_candidate_who_is_one_or_has_left_the_service() -> None:
    case = cases.at(Stage.NOMINATION)
    assert nominate(case, person=case.people[1]) == {"The person is not yet a candidate of this selection": ""}
    gone = cases.person(STRANGER)
    gone.gone_on = cases.TODAY
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0))
    assert nominate(case, person=gone) == {"The person is in service": ""}


NEARER = "Nobody from a nearer circle is still a candidate, and why nobody there is suitable is written down"
OWN = "Whoever comes from the department itself is in its service"
WHENCE = "It is said from where the person comes"


@pytest.mark.covers("POS-13", refused=True)
@pytest.mark.parametrize(
    ("origin", "reason", "still", "refused"),
    [
        (None, "", None, {WHENCE}),
        (Origin.DEPARTMENT, "", None, set()),
        (Origin.COMPANY, "", None, {NEARER}),
        (Origin.COMPANY, "本部门无人符合条件。", None, set()),
        (Origin.COMPANY, "本部门无人符合条件。", CandidacyState.NOMINATED, {NEARER}),
        (Origin.COMPANY, "本部门人选已退出。", CandidacyState.WITHDRAWN, set()),
        (Origin.SOCIETY, "公司内无人符合条件。", None, {WHENCE}),
    ],
)
def test_a_wider_circle_is_opened_only_after_a_nearer_one_gave_nobody(
    origin: Origin | None, reason: str, still: CandidacyState | None, refused: set[str]
) -> None:
    case = cases.under(post__sources=["department", "company"])
    case.candidacies, case.nominations = [], []
    cases.add_candidates(case, 1, still or CandidacyState.ENDED)
    case.nominations[0].origin = Origin.DEPARTMENT
    assert set(nominate(case, origin=origin, nobody_nearer=reason)) & {WHENCE, OWN, NEARER} == refused


@pytest.mark.covers("POS-13", refused=True)
def test_somebody_from_elsewhere_is_not_of_the_department_itself() -> None:
    case = cases.under(post__sources=["department"])
    stranger = cases.person(STRANGER)
    stranger.organisation = cases.COUNTY
    assert OWN in nominate(case, person=stranger, origin=Origin.DEPARTMENT)


@pytest.mark.covers("NOM-19", refused=True)
@pytest.mark.parametrize(
    ("origin", "approval", "passes"),
    [
        (Origin.DEPARTMENT, None, True),
        (Origin.COMPANY, None, False),
        (Origin.COMPANY, SCAN, True),
    ],
)
def test_whom_the_personnel_department_finds_in_the_company_the_leaders_have_approved(
    origin: Origin, approval: Any, passes: bool
) -> None:
    case = cases.at(Stage.NOMINATION, body="company")
    case.selection.post = Post(pk=3, organisation=cases.UNIT, title="经理", grade=Grade.TOWNSHIP_DEPUTY)
    refused = nominate(case, origin=origin, nobody_nearer="本部门无合适人选", evidence=approval)
    says = "The leaders have approved whom the personnel department found beyond the department"
    assert refused.get(says) == (None if passes else "公司方案 四、（一）")


@pytest.mark.covers("NOM-17", refused=True)
@pytest.mark.parametrize(
    ("grade", "key_kind", "asked"),
    [
        (Grade.TOWNSHIP_DEPUTY, "", True),
        (Grade.TOWNSHIP_CHIEF, "", False),
        (Grade.TOWNSHIP_CHIEF, "approval", True),
        (Grade.COUNTY_DEPUTY, "", False),
        ("", "", True),
    ],
)
def test_who_answers_is_written_down_for_promotions_and_key_posts(grade: str, key_kind: str, asked: bool) -> None:
    case = cases.at(Stage.NOMINATION, body="jinchang")
    case.selection.post = Post(
        pk=3, organisation=cases.UNIT, title="局长", grade=Grade.TOWNSHIP_CHIEF, key_kind=key_kind
    )
    person = cases.person(STRANGER)
    person.grade = grade
    says = "It is written down who answers for the nomination, and for what"
    case.people[STRANGER] = person
    given = {"person": person, "source": NominationSource.DEPARTMENT, "reason": "符合条件", "discipline": True}
    refused = cases.refused(Act.NOMINATE_CANDIDATE, case, **given)
    assert refused.get(says) == ("金昌实施意见 二、（一）1" if asked else None)
    assert says not in cases.refused(Act.NOMINATE_CANDIDATE, case, **given, co_responsible="部长负责")
