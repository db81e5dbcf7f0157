"""Routes of nomination: four for chiefs, seven for others, and what each needs (提名方式)."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from selection.acts import Upload
from selection.enums import (
    Act,
    AppraisalResult,
    CandidacyState,
    ExceptionGround,
    Grade,
    NominationRoute,
    NominationSource,
    PostClass,
    RecommendationForm,
    Stage,
)
from selection.models import Nomination, Poll, Seat
from selection.models.route import ROUTES, TWO_KINDS
from selection.register.models import Post
from selection.rulebook.rules import Rules
from tests.selection.stages import cases

Route, Form = NominationRoute, RecommendationForm
CHOSEN = "The route of nomination is chosen"
AMONG = "The route is one of those for posts of this class"
PROPOSER = "On this route it is proposed by whom the rules name"
ASKED = "The members of the plenary committee were asked before the proposal"
NAMES = "The list has enough names for each post"
YEARS = "The latest years in the present grade, one after another, are all rated excellent"
ARTICLE_4, CHIEF_3 = "附件1 第四条", "附件1 第六条（三）"
STRANGER = 50
PAPER = Upload(name="表彰决定.pdf", sha256="5d" * 32, size=2048, media_type="application/pdf")


def at(stage: Stage, route: NominationRoute | str = "", *, post: Any = cases.POST, **given: Any) -> cases.Case:
    case = cases.at(stage, post=post, **given)
    case.selection.route = route
    return case


def nominate(case: cases.Case, **given: Any) -> dict[str, str]:
    """What a nomination of somebody who qualifies is refused for."""
    case.people[STRANGER] = cases.person(STRANGER)
    case.people[STRANGER].grade_since = date(2022, 5, 1)
    if not any(row.person_id == STRANGER for row in case.appraisals):
        case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0))
    values = {
        "person": case.people[STRANGER],
        "source": NominationSource.DEPARTMENT,
        "reason": "符合条件",
        "discipline": True,
    }
    return cases.refused(Act.NOMINATE_CANDIDATE, case, **values | given)


def asked(case: cases.Case, on: date) -> Poll:
    """The members of the plenary committee were asked for their opinion on that day."""
    poll = Poll(
        pk=90 + len(case.polls),
        kind="recommendation",
        form=Form.OPINION,
        held_on=on,
        held_at=cases.NOW,
        due_count=35,
        present_count=33,
    )
    case.polls.append(poll)
    return poll


@pytest.mark.covers("POS-22", refused=True)
@pytest.mark.parametrize("post_class", PostClass)
@pytest.mark.parametrize("route", [None, *Route])
def test_posts_of_the_middle_level_are_filled_by_competition_alone(post_class: PostClass, route: Route | None) -> None:
    case = under_competition(post_class)
    alone = {"Posts of this class are filled by competition alone"}
    passes = post_class != PostClass.MIDDLE or route == Route.COMPETITION
    assert set(nominate(case, route=route, evidence=PAPER)) & alone == (set() if passes else alone)
    signed = {"person": case.people[STRANGER], "reason": "熟悉", "signed": True, "discipline": True}
    refused = set(cases.refused(Act.RECOMMEND_PERSONALLY, case, **signed))
    assert refused & alone == (alone if post_class == PostClass.MIDDLE else set())


@pytest.mark.covers("POS-22", refused=True)
def test_the_result_of_the_competition_is_filed() -> None:
    case = under_competition(PostClass.MIDDLE)
    assert nominate(case, route=Route.COMPETITION) == {
        "The paper that this route rests on is uploaded": "附件2 第十条（二）"
    }
    assert nominate(case, route=Route.COMPETITION, evidence=PAPER) == {}


def under_competition(post_class: PostClass) -> cases.Case:
    """A selection in which posts of the middle level are filled by competition, and no routes are told apart."""
    case = cases.under(post__competition_only=["middle_level"])
    case.rules = Rules("", "", case.rules.on, {key: rule for key, rule in case.rules.items() if key != TWO_KINDS})
    case.selection.post = Post(
        pk=3, organisation=cases.UNIT, title="办公室主任", grade=Grade.TOWNSHIP_DEPUTY, post_class=post_class
    )
    return case


# --- chiefs --------------------------------------------------------------------------------------------------------


@pytest.mark.covers("NOM-04", "NOM-05", "NOM-07", "NOM-08", "POS-14", refused=True)
@pytest.mark.parametrize("route", list(Route))
def test_only_a_route_for_chiefs_is_chosen_for_a_chief(route: Route) -> None:
    given = {"route": route, "reason": "理由"}
    refused = {} if ROUTES[route].posts == PostClass.CHIEF else {AMONG: ARTICLE_4}
    assert cases.refused(Act.CHOOSE_ROUTE, at(Stage.NOMINATION), **given) == refused
    other = {"The post is a chief's; for any other, each candidate has a route": ARTICLE_4}
    assert cases.refused(Act.CHOOSE_ROUTE, at(Stage.NOMINATION, post=cases.DEPUTY), **given) == other | refused


@pytest.mark.covers("NOM-07", "NOM-08", refused=True)
@pytest.mark.parametrize(
    ("route", "article"),
    [
        (Route.PLENUM_MEETING, ""),
        (Route.PLENUM_LIST, ""),
        (Route.URGENT, "附件1 第六条（二）"),
        (Route.SPECIAL, CHIEF_3),
    ],
)
def test_an_unusual_route_needs_its_reason(route: Route, article: str) -> None:
    refused = {"Why this route is taken is written down": article} if article else {}
    assert cases.refused(Act.CHOOSE_ROUTE, at(Stage.NOMINATION), route=route, reason=" ") == refused


def test_choose_route_at_another_stage() -> None:
    assert cases.refused(Act.CHOOSE_ROUTE, at(Stage.RECOMMENDATION), route=Route.PLENUM_LIST) == {
        "The selection is at the right stage": ""
    }


def test_nobody_is_put_on_the_list_of_a_chief_before_the_route_is_chosen() -> None:
    assert nominate(at(Stage.NOMINATION)) == {CHOSEN: ARTICLE_4}
    assert cases.refused(Act.OPEN_RECOMMENDATION, at(Stage.NOMINATION))[CHOSEN] == ARTICLE_4


@pytest.mark.covers("NOM-05", "NOM-07", refused=True)
@pytest.mark.parametrize(
    ("route", "names", "article"),
    [
        (Route.PLENUM_LIST, 2, "附件1 第六条（一）"),
        (Route.PLENUM_LIST, 3, ""),
        (Route.URGENT, 2, "附件1 第六条（二）"),
        (Route.URGENT, 3, ""),
        (Route.PLENUM_MEETING, 2, ""),
    ],
)
def test_the_list_is_long_enough_before_the_members_recommend(route: Route, names: int, article: str) -> None:
    case = at(Stage.NOMINATION, route, candidates=names)
    refused = {NAMES: article} if article else {}
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == refused
    held = {"form": ROUTES[route].form, "held_on": cases.TODAY, "due_count": 35, "present_count": 33}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held) == refused


@pytest.mark.covers("NOM-04", "NOM-06", "NOM-07", "NOM-08", refused=True)
@pytest.mark.parametrize(
    ("route", "forms", "article"),
    [
        (Route.PLENUM_MEETING, {Form.PLENUM, Form.TALK, Form.MEETING}, "附件1 第六条（一）"),
        (Route.PLENUM_LIST, {Form.PLENUM, Form.TALK, Form.MEETING}, "附件1 第六条（一）"),
        (Route.URGENT, {Form.WRITTEN, Form.TALK, Form.MEETING}, "附件1 第六条（二）"),
        (Route.SPECIAL, {Form.OPINION, Form.TALK, Form.MEETING}, CHIEF_3),
    ],
)
def test_every_input_of_the_route_is_there_before_anybody_is_fixed(
    route: Route, forms: set[Form], article: str
) -> None:
    case = at(Stage.RECOMMENDATION, route)
    case.polls, case.sheets = [], []
    cases.add_polls(case)
    assert {poll.form for poll in case.polls} == forms
    fixing = {"candidates": case.candidacies[:2], "opinion": "通盘考虑。"}
    assert cases.refused(Act.OPEN_INSPECTION, case, **fixing) == {}
    own = ROUTES[route].form
    assert own is not None
    case.polls = [poll for poll in case.polls if poll.form != own]
    with translation.override("en"):
        missing = f"{own.label} is held and its count confirmed"
    assert cases.refused(Act.OPEN_INSPECTION, case, **fixing) == {missing: article}


@pytest.mark.parametrize("form", list(Form))
def test_only_what_the_route_asks_for_is_held(form: Form) -> None:
    case = at(Stage.RECOMMENDATION, Route.URGENT)
    case.polls, case.sheets = [], []
    held = {"form": form, "held_on": cases.TODAY, "due_count": 35, "present_count": 33}
    refused = cases.refused(Act.HOLD_RECOMMENDATION, case, **held)
    says = "This form belongs to the way in which the post is filled"
    assert set(refused) == (set() if form in {Form.WRITTEN, Form.TALK, Form.MEETING} else {says})


@pytest.mark.parametrize("form", [Form.MEETING, Form.TALK])
def test_the_unit_recommends_only_once_the_list_is_closed(form: Form) -> None:
    held = {"form": form, "held_on": cases.TODAY, "due_count": 35, "present_count": 33}
    case = at(Stage.NOMINATION, Route.PLENUM_LIST)
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held) == {"The list is closed before the unit recommends": ""}


def test_the_roll_is_that_of_the_plenary_committee() -> None:
    case = at(Stage.NOMINATION, Route.PLENUM_LIST)
    cases.add_meeting(case)
    held = {"form": Form.PLENUM, "held_on": cases.TODAY, "present_count": 10}
    says = "All members of the plenary committee should take part, those of its standing committee among them"
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, due_count=10) == {says: ""}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, due_count=11) == {}


@pytest.mark.covers("NOM-04", refused=True)
@pytest.mark.parametrize(
    ("due", "roll", "refused"),
    [
        (None, None, {"How many should have taken part is given", "The paper on which this rests is uploaded"}),
        (35, None, {"The paper on which this rests is uploaded"}),
        (None, PAPER, {"How many should have taken part is given"}),
        (35, PAPER, set()),
    ],
)
def test_the_number_due_is_typed_with_the_roll_where_no_seats_are_on_record(
    due: int | None, roll: Upload | None, refused: set[str]
) -> None:
    case = at(Stage.NOMINATION, Route.PLENUM_LIST)
    held = {"form": Form.PLENUM, "held_on": cases.TODAY, "present_count": 33, "due_count": due, "evidence": roll}
    assert set(cases.refused(Act.HOLD_RECOMMENDATION, case, **held)) == refused


@pytest.mark.covers("NOM-04", refused=True)
@pytest.mark.parametrize(
    ("due", "present", "refused"),
    [
        (None, 3, set()),
        (3, 3, set()),
        (4, 3, {"As many should take part as had a seat in the plenary committee that day"}),
        (None, 4, {"No more took part than should have"}),
    ],
)
def test_the_number_due_is_that_of_the_seats_on_the_day(due: int | None, present: int, refused: set[str]) -> None:
    """One seat ended the day before, another begins the day after: neither counts."""
    case = at(Stage.NOMINATION, Route.PLENUM_LIST)
    day = cases.TODAY
    spans = [(date(2024, 1, 2), None), (date(2024, 1, 2), day), (day, None)]
    spans += [(date(2024, 1, 2), day - cases.DAY), (day + cases.DAY, None)]
    case.plenum = [Seat(pk=pk, rank=pk, from_on=since, until_on=until) for pk, (since, until) in enumerate(spans, 1)]
    held = {"form": Form.PLENUM, "held_on": day, "present_count": present, "due_count": due, "evidence": None}
    assert set(cases.refused(Act.HOLD_RECOMMENDATION, case, **held)) == refused


def test_the_unit_has_no_seats_and_its_number_is_typed() -> None:
    case = at(Stage.RECOMMENDATION, Route.PLENUM_LIST)
    case.polls, case.sheets = [], []
    case.plenum = [Seat(pk=1, rank=1, from_on=date(2024, 1, 2))]
    held = {"form": Form.MEETING, "held_on": cases.TODAY, "present_count": 33, "evidence": None}
    assert set(cases.refused(Act.HOLD_RECOMMENDATION, case, **held)) == {"How many should have taken part is given"}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, due_count=60) == {}


# --- the special case ----------------------------------------------------------------------------------------------

COMMITTEE = {"source": NominationSource.STANDING_COMMITTEE}


@pytest.mark.covers("NOM-08", refused=True)
@pytest.mark.parametrize(
    ("asked_on", "proposed_on", "met"),
    [
        (date(2026, 3, 9), date(2026, 3, 10), True),
        (date(2026, 3, 10), date(2026, 3, 10), True),
        (date(2026, 3, 11), date(2026, 3, 10), False),
        (None, date(2026, 3, 10), False),
    ],
)
def test_the_plenum_is_asked_before_the_standing_committee_proposes(
    asked_on: date | None, proposed_on: date, met: bool
) -> None:
    case = at(Stage.NOMINATION, Route.SPECIAL, candidates=0)
    if asked_on:
        asked(case, asked_on)
    refused = {} if met else {ASKED: CHIEF_3}
    assert nominate(case, **COMMITTEE, proposed_on=proposed_on) == refused


@pytest.mark.covers("NOM-08", refused=True)
def test_on_the_special_route_nobody_else_proposes() -> None:
    case = at(Stage.NOMINATION, Route.SPECIAL, candidates=0)
    asked(case, date(2026, 3, 9))
    assert nominate(case) == {PROPOSER: CHIEF_3}
    listed = at(Stage.NOMINATION, Route.SPECIAL)
    asked(listed, date(2026, 3, 9))
    assert cases.refused(Act.OPEN_RECOMMENDATION, listed) == {
        "Everybody on the list was proposed by the standing committee": CHIEF_3
    }


@pytest.mark.covers("NOM-08", refused=True)
def test_an_opinion_dated_later_than_the_proposal_is_refused() -> None:
    """Also where the route was chosen after the committee had proposed, and where a correction would say so."""
    case = at(Stage.NOMINATION, Route.SPECIAL)
    for row in case.nominations:
        row.source, row.proposed_on = NominationSource.STANDING_COMMITTEE, date(2026, 3, 10)
    held = {"form": Form.OPINION, "due_count": 35, "present_count": 33}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, held_on=date(2026, 3, 11)) == {ASKED: CHIEF_3}
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {ASKED: CHIEF_3}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, held_on=date(2026, 3, 10)) == {}
    poll = asked(case, date(2026, 3, 10))
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {}
    assert cases.refused(Act.HOLD_RECOMMENDATION, case, **held, held_on=date(2026, 3, 12)) == {
        "No recommendation of this form waits for its count": ""
    }
    assert poll.with_fact("held_on", date(2026, 3, 9)).stands(case)
    assert not poll.with_fact("held_on", date(2026, 3, 11)).stands(case)


# --- others --------------------------------------------------------------------------------------------------------


def deputy(**given: Any) -> cases.Case:
    return at(Stage.NOMINATION, post=cases.DEPUTY, **given)


def test_somebody_who_is_no_chief_needs_a_route_of_his_own() -> None:
    assert nominate(deputy()) == {CHOSEN: ARTICLE_4}
    assert nominate(deputy(), route=Route.PROMOTION) == {}
    assert nominate(deputy(), route=Route.URGENT)[AMONG] == ARTICLE_4


@pytest.mark.covers("NOM-15", refused=True)
def test_a_personal_recommendation_is_no_nomination_by_the_department() -> None:
    assert nominate(deputy(), route=Route.PERSONAL) == {PROPOSER: "附件1 第七条（七）"}


@pytest.mark.covers("NOM-10", "NOM-11", "NOM-12", "NOM-14", refused=True)
@pytest.mark.parametrize("route", [Route.ROTATION, Route.EXCELLENT, Route.OUTSTANDING, Route.EXCEPTION])
def test_a_direct_nomination_is_the_departments(route: Route) -> None:
    refused = nominate(deputy(), route=route, source=NominationSource.GRASSROOTS)
    assert refused[PROPOSER].startswith("附件1 第七条")


PAPERED = "The paper that this route rests on is uploaded"
EXCELLENT, COMPETENT = AppraisalResult.EXCELLENT, AppraisalResult.COMPETENT


@pytest.mark.covers("NOM-11", refused=True)
@pytest.mark.parametrize(
    ("results", "met"),
    [
        ({2023: EXCELLENT, 2024: EXCELLENT, 2025: EXCELLENT}, True),
        ({2022: EXCELLENT, 2023: EXCELLENT, 2024: EXCELLENT}, True),
        ({2023: EXCELLENT, 2024: EXCELLENT, 2025: COMPETENT}, False),
        ({2023: COMPETENT, 2024: EXCELLENT, 2025: EXCELLENT}, False),
        ({2022: EXCELLENT, 2024: EXCELLENT, 2025: EXCELLENT}, False),
        ({2021: EXCELLENT, 2022: EXCELLENT, 2023: EXCELLENT}, False),
        ({2024: EXCELLENT, 2025: EXCELLENT}, False),
        ({2022: COMPETENT, 2023: EXCELLENT, 2024: EXCELLENT, 2025: EXCELLENT}, True),
    ],
    ids=str,
)
def test_three_years_in_a_row_in_the_present_grade(results: dict[int, AppraisalResult], met: bool) -> None:
    case = deputy()
    for year, result in results.items():
        case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0, year=year, result=result))
    assert nominate(case, route=Route.EXCELLENT) == ({} if met else {YEARS: "附件1 第七条（三）"})


@pytest.mark.covers("NOM-11", refused=True)
def test_years_before_the_present_grade_do_not_count() -> None:
    case = deputy()
    for year in (2021, 2022, 2023):
        case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0, year=year, result=EXCELLENT))
    case.appraisals.append(cases.appraisal(STRANGER, 30, 0, 0, 0, year=2024, result=EXCELLENT))
    assert nominate(case, route=Route.EXCELLENT) == {}
    case.appraisals = [row for row in case.appraisals if row.person_id != STRANGER or row.year != 2024]
    assert nominate(case, route=Route.EXCELLENT) == {YEARS: "附件1 第七条（三）"}


@pytest.mark.covers("NOM-13", refused=True)
def test_a_competition_is_named_by_the_paper_of_its_result() -> None:
    assert nominate(deputy(), route=Route.COMPETITION) == {PAPERED: "附件1 第七条（五）"}
    assert nominate(deputy(), route=Route.COMPETITION, evidence=PAPER) == {}


@pytest.mark.covers("NOM-12", refused=True)
def test_outstanding_needs_its_paper_and_the_qualification() -> None:
    assert nominate(deputy(), route=Route.OUTSTANDING) == {PAPERED: "附件1 第七条（四）"}
    assert nominate(deputy(), route=Route.OUTSTANDING, evidence=PAPER) == {}
    unfit = deputy()
    unfit.appraisals.append(cases.appraisal(STRANGER, 5, 5, 0, 20))
    assert "Incompetent votes do not exceed the share" in nominate(unfit, route=Route.OUTSTANDING, evidence=PAPER)


@pytest.mark.covers("NOM-14", refused=True)
@pytest.mark.parametrize("ground", [None, *ExceptionGround])
def test_an_exception_needs_a_ground(ground: ExceptionGround | None) -> None:
    refused = {} if ground else {"The exception has one of the grounds": "附件1 第七条（六）"}
    assert nominate(deputy(), route=Route.EXCEPTION, ground=ground) == refused
    assert nominate(deputy(), route=Route.EXCEPTION, ground=ground, reason=" ") == refused | {
        "The reason is written down": "附件1 第七条（七）"
    }


def test_the_list_of_others_has_a_name_for_each_post() -> None:
    assert cases.refused(Act.OPEN_RECOMMENDATION, deputy(candidates=2)) == {}
    assert cases.refused(Act.OPEN_RECOMMENDATION, deputy(candidates=0)) == {NAMES: ""}
    corrected = deputy(candidates=2)
    corrected.nominations[0].route = ""
    assert cases.refused(Act.OPEN_RECOMMENDATION, corrected) == {
        "Everybody on the list has a route of nomination": ARTICLE_4
    }


# --- discipline, and rules stored before ---------------------------------------------------------------------------


@pytest.mark.covers("NOM-16", refused=True)
def test_whoever_nominates_has_read_the_discipline() -> None:
    says = {"The discipline of nomination has been read": "附件1 第八条"}
    assert nominate(at(Stage.NOMINATION, Route.PLENUM_LIST), discipline=False) == says
    personal = {"person": cases.person(STRANGER), "signed": True, "reason": "主持过改革"}
    case = at(Stage.NOMINATION, Route.PLENUM_LIST)
    assert cases.refused(Act.RECOMMEND_PERSONALLY, case, **personal) == says
    assert cases.refused(Act.RECOMMEND_PERSONALLY, case, **personal, discipline=True) == {}


NEW = {
    "nomination.two_kinds",
    "nomination.special_opinion",
    "nomination.rotation",
    "nomination.excellent_years",
    "nomination.outstanding",
    "nomination.competition",
    "nomination.exceptions",
    "nomination.discipline",
}


@pytest.mark.parametrize("post", [cases.POST, cases.DEPUTY], ids=["chief", "other"])
def test_a_selection_under_rules_without_routes_goes_on_as_before(post: Any) -> None:
    stored = cases.rules().content
    old = Rules.load({**stored, "rules": {key: rule for key, rule in stored["rules"].items() if key not in NEW}})
    case = at(Stage.NOMINATION, post=post, candidates=2)
    case.rules = old
    case.nominations.clear()
    assert nominate(case, discipline=False) == {}
    assert cases.refused(Act.OPEN_RECOMMENDATION, case) == {NAMES: "附件1 第六条（一）"}
    assert list(cases.refused(Act.CHOOSE_ROUTE, case, route=Route.URGENT)) == [
        "The rules of this selection know routes of nomination"
    ]
    counted = at(Stage.RECOMMENDATION, post=post)
    counted.rules = old
    counted.polls, counted.sheets = [], []
    cases.add_polls(counted)
    assert [poll.form for poll in counted.polls] == [Form.MEETING, Form.TALK]
    fixing = {"candidates": counted.candidacies[:2], "opinion": "同意。"}
    assert cases.refused(Act.OPEN_INSPECTION, counted, **fixing) == {}


def test_the_route_of_a_candidate_is_that_of_the_last_nomination() -> None:
    case = deputy()
    first = case.candidacies[0]
    case.nominations.append(Nomination(pk=77, candidacy=first, person=first.person, route=Route.ROTATION))
    route = case.route_of(first)
    assert route is not None
    assert route.name is Route.ROTATION
    assert first.state == CandidacyState.NOMINATED
