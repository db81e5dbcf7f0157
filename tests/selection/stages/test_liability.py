"""One person answers first for a nomination, on a signed form, and is held to it (首提责任制)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from selection.enums import Act, LiabilityBody, LiabilityGround, NominationSource, RecommendationOutcome, Stage
from selection.models import Liability, Nomination, Selection
from selection.rulebook.rules import Period, Share
from tests.factories import SCAN
from tests.selection.stages import cases

ALL = tuple(one.value for one in LiabilityGround)
FIRST = ("personal", "grassroots", "department")
ONE = "Exactly one person answers first: who heads the unit that nominates, by the register"


def nominated(case: Any, source: NominationSource, **given: Any) -> dict[str, str]:
    person = cases.person(9)
    case.people[9] = person
    case.appraisals.append(cases.appraisal(9, 20, 8, 1, 1))
    values = {"person": person, "source": source, "reason": "适合本职位", "discipline": True} | given
    return cases.refused(Act.NOMINATE_CANDIDATE, case, **values)


@pytest.mark.covers("NOM-03", refused=True)
def test_only_those_nominate_whom_the_rules_name() -> None:
    case = cases.under(nomination__subjects=("department", "grassroots"))
    says = "Whoever nominates is one of those who may"
    assert says in nominated(case, NominationSource.SELF)
    assert says not in nominated(case, NominationSource.DEPARTMENT)


@pytest.mark.covers("FNR-12", refused=True)
def test_nothing_is_nominated_by_word_of_mouth() -> None:
    says = "The signed form of nomination is uploaded"
    case = cases.under(nomination__form="提名推荐表")
    assert says in nominated(case, NominationSource.DEPARTMENT, signed_form=None)
    assert says not in nominated(case, NominationSource.DEPARTMENT, signed_form=SCAN)
    given = {"person": cases.person(9), "reason": "适合本职位", "signed": True, "signed_form": None}
    assert says in cases.refused(Act.RECOMMEND_PERSONALLY, case, **given)


@pytest.mark.covers("FNR-01", "FNR-03", "FNR-04", refused=True)
@pytest.mark.parametrize("source", [NominationSource.GRASSROOTS, NominationSource.DEPARTMENT])
def test_the_head_of_the_unit_that_nominates_answers_first(source: NominationSource) -> None:
    nominates = cases.UNIT if source == NominationSource.GRASSROOTS else cases.MANDATE.department
    unit = {"unit": cases.UNIT} if source == NominationSource.GRASSROOTS else {}
    case = cases.under(nomination__first_responsible=FIRST)
    assert ONE in nominated(case, source, **unit)
    case.heads = {nominates.pk: [cases.person(50)]}
    assert ONE not in nominated(case, source, **unit)
    case.heads = {nominates.pk: [cases.person(50), cases.person(51)]}
    assert ONE in nominated(case, source, **unit)
    assert ONE in nominated(case, source, **unit, responsible=cases.person(52))
    assert ONE not in nominated(case, source, **unit, responsible=cases.person(51))
    if source == NominationSource.GRASSROOTS:
        assert "The unit that nominates is named" in nominated(case, source)


@pytest.mark.covers("FNR-02", refused=True)
def test_whoever_recommends_in_person_answers_and_is_therefore_in_the_register() -> None:
    says = "Whoever recommends is in the register, and answers first"
    case = cases.under(nomination__first_responsible=FIRST)
    given = {"person": cases.person(9), "reason": "适合本职位", "signed": True, "discipline": True}
    assert says in cases.refused(Act.RECOMMEND_PERSONALLY, case, actor=cases.account(), **given)
    recommender = cases.account(person=cases.person(60))
    assert says not in cases.refused(Act.RECOMMEND_PERSONALLY, case, actor=recommender, **given)


@pytest.mark.covers("FNR-13", refused=True)
def test_nobody_goes_on_before_every_nomination_is_reviewed() -> None:
    case = cases.under(nomination__reviewed=True)
    case.nominations[0].reviewed_at = None
    says = "Every nomination that has to be reviewed has been"
    assert says in cases.refused(Act.OPEN_RECOMMENDATION, case)
    case.subject = case.nominations[0]
    silent = cases.refused(Act.REVIEW_RECOMMENDATION, case, outcome=RecommendationOutcome.DEFERRED, opinion="")
    assert "The opinion is written down" in silent


@pytest.mark.covers("FNR-14", "REC-10", refused=True)
@pytest.mark.parametrize(("votes", "passes"), [(25, False), (26, True)])
def test_whoever_has_no_majority_is_not_inspected(votes: int, passes: bool) -> None:
    case = cases.under(Stage.RECOMMENDATION, recommendation__majority=Share(1, 2, strict=True))
    for sheet in case.sheets:
        sheet.votes = {"1": 40, "2": votes, "3": 1}
    given = {"candidates": case.candidacies[:2], "opinion": "同意", "low_votes_reason": "有专长"}
    refused = cases.refused(Act.OPEN_INSPECTION, case, **given)
    assert ("Only those are inspected whom the majority wants, in each recommendation" in refused) is not passes


@pytest.mark.covers("FNR-18", refused=True)
@pytest.mark.parametrize(("on", "passes"), [((2025, 2, 28), True), ((2025, 3, 1), False), ((2025, 3, 2), False)])
def test_an_earlier_nomination_is_valid_for_a_year(on: tuple[int, int, int], passes: bool) -> None:
    case = cases.under(nomination__validity=Period(1, "year", "counted"))
    person = cases.person(9)
    case.people[9] = person
    earlier = Nomination(
        selection=Selection(pk=7, mandate=cases.MANDATE),
        person=person,
        source=NominationSource.DEPARTMENT,
        proposed_on=date(2024, 3, 1),
    )
    given = {"nomination": earlier, "reason": "适合本职位", "at": datetime(*on, 4, tzinfo=UTC)}
    assert ("The nomination is still valid" in cases.refused(Act.TAKE_UP_NOMINATION, case, **given)) is not passes


@pytest.mark.covers("FNR-19", refused=True)
def test_what_is_taken_up_has_its_reason_for_this_post_and_was_not_used() -> None:
    case = cases.under(nomination__validity=Period(1, "year", "counted"))
    used = cases.at(Stage.DECIDED).nominations[0]
    used.selection = case.selection
    unmet = cases.refused(Act.TAKE_UP_NOMINATION, case, nomination=used, reason=" ")
    assert {
        "The nomination was made for another selection of this mandate",
        "The nomination has led to no appointment",
        "The reason for this post is written down",
    } <= set(unmet)
    plain = cases.at(Stage.NOMINATION)
    assert "The rules let a nomination be taken up again" in cases.refused(Act.TAKE_UP_NOMINATION, plain)


def answered(**values: Any) -> Any:
    case = cases.under(nomination__liability=values.pop("grounds", ALL), nomination__pursued_by=("discipline",))
    case.nominations[0].first_responsible = cases.person(50)
    case.nominations[0].selection = case.selection
    return case


@pytest.mark.covers("FNR-05", "FNR-06", "FNR-08", "FNR-09", "FNR-10", "NOM-22")
@pytest.mark.parametrize("ground", LiabilityGround)
def test_a_case_is_opened_on_each_ground_against_whoever_answers(ground: LiabilityGround) -> None:
    case = answered()
    given = {"nomination": case.nominations[0], "ground": ground, "facts": "查明的情况", "evidence": SCAN}
    assert cases.refused(Act.OPEN_LIABILITY, case, **given) == {}
    assert "The ground is one of those that the rules name" in cases.refused(
        Act.OPEN_LIABILITY, answered(grounds=tuple(set(ALL) - {ground})), **given
    )


@pytest.mark.covers("FNR-07", refused=True)
def test_against_the_procedure_the_votes_are_kept_as_evidence() -> None:
    case = answered()
    given = {"nomination": case.nominations[0], "ground": LiabilityGround.AGAINST_PROCEDURE, "facts": "强行通过"}
    assert set(cases.refused(Act.OPEN_LIABILITY, case, **given, evidence=None)) == {
        "The paper on which this rests is uploaded"
    }


@pytest.mark.covers("FNR-05", refused=True)
def test_nobody_is_held_to_a_nomination_that_he_does_not_answer_for_and_nobody_judges_himself() -> None:
    case = answered()
    given = {"ground": LiabilityGround.TAINTED, "facts": "查明的情况"}
    other = cases.refused(Act.OPEN_LIABILITY, case, nomination=case.nominations[1], **given)
    assert "The nomination is one of this selection and names who answers first" in other
    himself = cases.account(person=cases.person(50))
    own = cases.refused(Act.OPEN_LIABILITY, case, actor=himself, nomination=case.nominations[0], **given)
    assert set(own) == {"Nobody acts in a case against himself or herself"}


@pytest.mark.covers("FNR-11", refused=True)
def test_a_case_goes_to_whom_the_rules_name_and_then_has_its_result() -> None:
    case = answered()
    case.subject = Liability(selection=case.selection, person=cases.person(50), opened_at=cases.NOW)
    day = {"handed_on": cases.TODAY}
    court = cases.refused(Act.HAND_OVER_LIABILITY, case, handed_to=LiabilityBody.JUDICIARY, **day)
    assert set(court) == {"It goes to one of those who pursue it"}
    early = cases.refused(
        Act.HAND_OVER_LIABILITY, case, handed_to=LiabilityBody.DISCIPLINE, handed_on=cases.TODAY - cases.DAY
    )
    assert set(early) == {"The day does not lie before the case was opened"}
    settled = {"result": "党内警告", "settled_on": cases.TODAY}
    assert set(cases.refused(Act.SETTLE_LIABILITY, case, **settled)) == {"The case was handed over"}
    case.subject.handed_to = LiabilityBody.DISCIPLINE
    assert cases.refused(Act.SETTLE_LIABILITY, case, **settled) == {}
