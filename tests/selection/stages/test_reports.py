"""Reports and breaches of discipline before the notice: taken down, concluded, and what that does (举报)."""

from typing import Any

import pytest

from audit import reading
from selection import acts
from selection.enums import Act, AppointmentState, Breach, CandidacyState, Channel, Effect, Matter, SelectionKind, Stage
from selection.models import Candidacy, ImportantMatter, Objection, StageVisit
from selection.rulebook.rules import Rules
from selection.stages import charge, inspection, nomination, reports, way_back
from selection.stages.deliberation.meeting import put_on_agenda
from tests import factories
from tests.factories import SCAN, Course, Point
from tests.selection.stages import cases

ARTICLE_6, ARTICLE_8 = "附件4 第四条（三）6", "附件1 第八条"
HELD = "No report that is being investigated holds a candidate"
OWED = "The selection has gone back where the conclusion of a report says so"
NAMED = "The breach is one of those that the rules name"
SAID = "推荐会前有人宴请参会人员拉票"


def report(case: cases.Case, of: int | None = 1, **values: Any) -> Objection:
    """A report on a candidate of the case, or on the whole of it; the case is that of the report."""
    about = next((row for row in case.candidacies if row.pk == of), None)
    made = Objection(pk=len(case.objections) + 1, selection=case.selection, candidacy=about, content=SAID, **values)
    case.objections.append(made)
    return made


def put(row: Any, field: str, value: str) -> None:
    """Set a field that only an edge may set."""
    row.__dict__[field] = value


def without(case: cases.Case, key: str) -> None:
    """The rules as a set has them that was stored before this one was known."""
    content = case.rules.content
    case.rules = Rules.load({**content, "rules": {one: rule for one, rule in content["rules"].items() if one != key}})


# --- taking it down ------------------------------------------------------------------------------------------------


@pytest.mark.covers("NOM-16", "RPH-03", refused=True)
@pytest.mark.parametrize("stage", list(Stage))
def test_a_report_is_taken_down_at_every_stage_until_the_selection_is_closed(stage: Stage) -> None:
    case = cases.at(Stage.DECIDED if stage is Stage.CLOSED else stage)
    put(case.selection, "stage", stage)
    closed = {"The selection is not closed yet": ""} if stage is Stage.CLOSED else {}
    given = {"breach": Breach.CANVASSING, "content": SAID}
    assert cases.refused(Act.FILE_REPORT, case, **given) == closed
    assert cases.refused(Act.FILE_REPORT, case, **given | {"content": " "}) == {
        **closed,
        "What is reported is written down": "",
    }


def test_a_report_names_a_candidate_of_this_selection_who_has_no_notice_yet() -> None:
    says = "The person is a candidate of this selection, and neither on notice nor appointed"
    case = cases.with_appointment()
    first, second = case.candidacies
    assert cases.refused(Act.FILE_REPORT, case, candidacy=first, content=SAID) == {says: ""}
    assert cases.refused(Act.FILE_REPORT, case, candidacy=second, content=SAID) == {}
    put(second, "state", CandidacyState.WITHDRAWN)
    assert cases.refused(Act.FILE_REPORT, case, candidacy=second, content=SAID) == {}
    assert cases.refused(Act.FILE_REPORT, case, candidacy=Candidacy(pk=99), content=SAID) == {says: ""}
    case.selection.kind = SelectionKind.REMOVAL
    assert cases.refused(Act.FILE_REPORT, case, content=SAID) == {"The selection is to fill a post": ""}


@pytest.mark.covers("NOM-16", refused=True)
def test_a_breach_is_one_that_the_rules_name() -> None:
    case = cases.at(Stage.NOMINATION)
    for breach in Breach:
        assert cases.refused(Act.FILE_REPORT, case, breach=breach, content=SAID) == {}
    without(case, "nomination.breaches")
    assert cases.refused(Act.FILE_REPORT, case, breach=Breach.CANVASSING, content=SAID) == {NAMED: ARTICLE_6}
    assert cases.refused(Act.FILE_REPORT, case, content=SAID) == {}


# --- concluding it -------------------------------------------------------------------------------------------------

CONCLUSION = {"investigation": "已逐一核实", "answer": "已答复", "evidence": SCAN}
FOLLOWS = "The conclusion is one that can follow here"


@pytest.mark.covers("NOM-16", "WPR-16", refused=True)
@pytest.mark.parametrize(
    ("stage", "of", "possible"),
    [
        (Stage.NOMINATION, 1, {Effect.EXCLUDED}),
        (Stage.NOMINATION, None, set()),
        (Stage.RECOMMENDATION, 1, {Effect.EXCLUDED, Effect.RETURNED}),
        (Stage.INSPECTION, 1, {Effect.EXCLUDED, Effect.RETURNED}),
        (Stage.INSPECTION, None, {Effect.RETURNED}),
        (Stage.DELIBERATION, 1, {Effect.EXCLUDED, Effect.RETURNED}),
        (Stage.DECIDED, 1, {Effect.EXCLUDED, Effect.RETURNED}),
        (Stage.CLOSED, 1, {Effect.EXCLUDED}),
    ],
)
def test_what_a_report_can_lead_to(stage: Stage, of: int | None, possible: set[Effect]) -> None:
    case = cases.at(Stage.DECIDED if stage is Stage.CLOSED else stage)
    put(case.selection, "stage", stage)
    case.subject = report(case, of)
    always = {Effect.UNFOUNDED, Effect.NO_EFFECT, Effect.HELD}
    for effect in Effect:
        refused = {} if effect in possible | always else {FOLLOWS: ""}
        assert cases.refused(Act.SETTLE_OBJECTION, case, **CONCLUSION | {"effect": effect}) == refused


@pytest.mark.covers("NOM-16", "WPR-16", refused=True)
@pytest.mark.parametrize(("breach", "article"), [(Breach.COLLUSION, ARTICLE_8), ("", ARTICLE_6)])
def test_a_conclusion_needs_its_words_its_paper_and_the_answer(breach: str, article: str) -> None:
    case = cases.at(Stage.INSPECTION)
    case.subject = report(case, breach=breach)
    given = {"effect": Effect.EXCLUDED, "investigation": " ", "answer": "", "evidence": None}
    assert cases.refused(Act.SETTLE_OBJECTION, case, **given) == {
        "The investigation and its conclusion are written down": article,
        "The answer to the reporter is written down": article,
        "The paper on which this rests is uploaded": "附件4 第六条",
    }
    without(case, "nomination.discipline")
    held = cases.refused(Act.SETTLE_OBJECTION, case, **given | {"effect": Effect.HELD})
    assert set(held.values()) == {ARTICLE_6}
    case.subject.channel = Channel.FOUND
    assert cases.refused(Act.SETTLE_OBJECTION, case, **CONCLUSION | {"effect": Effect.HELD, "answer": ""}) == {}


def test_nobody_is_excluded_while_a_ballot_is_under_way() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), "open")
    case.subject = report(case)
    refused = {"No ballot is under way": ""}
    assert cases.refused(Act.SETTLE_OBJECTION, case, **CONCLUSION | {"effect": Effect.EXCLUDED}) == refused
    assert cases.refused(Act.SETTLE_OBJECTION, case, **CONCLUSION | {"effect": Effect.NO_EFFECT}) == {}


# --- what it does --------------------------------------------------------------------------------------------------

_FORWARD = [
    (Stage.RECOMMENDATION, Act.OPEN_INSPECTION),
    (Stage.INSPECTION, Act.OPEN_DELIBERATION),
    (Stage.DELIBERATION, Act.PUT_ON_AGENDA),
    (Stage.DELIBERATION, Act.PREPARE_BALLOT),
    (Stage.DECIDED, Act.PUBLISH_NOTICE),
]


@pytest.mark.covers("WPR-16", refused=True)
@pytest.mark.parametrize(("stage", "act"), _FORWARD)
@pytest.mark.parametrize("of", [1, None])
def test_whom_a_report_holds_goes_no_further(stage: Stage, act: Act, of: int | None) -> None:
    case = cases.at(stage)
    case.subject = case.candidacies[0]
    made = report(case, of)
    assert HELD not in cases.refused(act, case)
    made.effect = Effect.HELD
    assert cases.refused(act, case)[HELD] == ARTICLE_6
    made.settled_at = cases.NOW
    made.effect = Effect.UNFOUNDED
    assert HELD not in cases.refused(act, case)


@pytest.mark.covers("WPR-16", refused=True)
def test_others_go_on_while_a_report_holds_one() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    report(case, 3, effect=Effect.HELD)
    given: dict[str, Any] = {"opinion": "通盘考虑", "low_votes_reason": "另有考虑"}
    assert cases.refused(Act.OPEN_INSPECTION, case, candidates=case.candidacies[:2], **given) == {}
    assert cases.refused(Act.OPEN_INSPECTION, case, candidates=case.candidacies[1:], **given) == {HELD: ARTICLE_6}


@pytest.mark.covers("NOM-16", refused=True)
@pytest.mark.parametrize(("stage", "act"), _FORWARD)
def test_a_selection_that_is_to_go_back_goes_nowhere_else(stage: Stage, act: Act) -> None:
    case = cases.at(stage)
    case.subject = case.candidacies[0]
    report(case, None, effect=Effect.RETURNED, settled_at=case.visits[-1].entered_at - cases.DAY)
    assert cases.refused(act, case)[OWED] == ARTICLE_6
    case.visits.append(StageVisit(stage=Stage.CLOSED, entered_at=cases.NOW + cases.DAY, returned=True))
    assert OWED not in cases.refused(act, case)


@pytest.mark.covers("NOT-15", refused=True)
def test_a_report_from_before_holds_the_end_of_the_notice_and_the_appointment() -> None:
    case = cases.with_appointment()
    end = case.appointments[0].notice_ends_at
    settled = {"Every objection has been settled": ARTICLE_6}
    other = report(case, 2)
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == {}
    mine = report(case, 1)
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == settled
    mine.settled_at = cases.NOW
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == {}
    other.candidacy = None
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == settled


@pytest.mark.covers("NOM-16", refused=True)
@pytest.mark.parametrize(("breach", "article"), [(Breach.CANVASSING, ARTICLE_8), ("", ARTICLE_6)])
def test_who_was_excluded_is_not_nominated_here_again(breach: str, article: str) -> None:
    case = cases.at(Stage.NOMINATION)
    excluded = case.candidacies[0]
    put(excluded, "state", CandidacyState.ENDED)
    given: dict[str, Any] = {
        "person": excluded.person,
        "source": "department",
        "reason": "符合条件",
        "discipline": True,
    }
    made = report(case, 1, breach=breach, effect=Effect.EXCLUDED)
    report(case, 2, effect=Effect.EXCLUDED, settled_at=cases.NOW)
    assert cases.refused(Act.NOMINATE_CANDIDATE, case, **given) == {}
    made.settled_at = cases.NOW
    says = "The person was not excluded from this selection by a report"
    assert cases.refused(Act.NOMINATE_CANDIDATE, case, **given) == {says: article}
    made.effect = Effect.NO_EFFECT
    assert cases.refused(Act.NOMINATE_CANDIDATE, case, **given) == {}


# --- on its way through a selection --------------------------------------------------------------------------------

THROUGH = pytest.mark.django_db(databases=["default", "box"])


def take_down(course: Course, username: str = "jingban", **given: Any) -> Objection:
    values: dict[str, Any] = {
        "channel": Channel.LETTER,
        "content": SAID,
        "receipt_hash": f"{Objection.objects.count():064}",
    }
    made: Objection = reports.file_report(course.selection, **course.by(username), **values | given)
    return course.fresh(made)


def conclude(course: Course, made: Objection, effect: Effect, **given: Any) -> None:
    values: dict[str, Any] = {"investigation": "经核查属实。", "answer": "已答复。", "evidence": SCAN}
    reports.settle_objection(course.fresh(made), **course.by("buzhang"), effect=effect, **values | given)


@THROUGH
@pytest.mark.covers("NOM-16", "WPR-16", refused=True)
def test_canvassing_found_at_nomination_excludes_and_bars_the_nominee() -> None:
    course = factories.run_to(Point.LISTED)
    excluded = course.candidacies[0]
    made = take_down(course, "jiandu", candidacy=excluded, breach=Breach.CANVASSING, channel=Channel.FOUND)
    told = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
    assert (told.action, told.data["given"]["breach"]) == (Act.FILE_REPORT, Breach.CANVASSING)
    assert SAID not in told.body
    reports.investigate_objection(made, **course.by("jingban"), notes="已约谈参会人员。")
    conclude(course, made, Effect.EXCLUDED, answer="")
    gone = course.candidacy(0)
    assert (gone.state, gone.ended_stage) == (CandidacyState.ENDED, Stage.NOMINATION)
    matter = ImportantMatter.objects.get()
    assert (matter.kind, matter.candidacy, matter.result) == (Matter.REPORTS, gone, Effect.EXCLUDED)
    with pytest.raises(acts.Refused) as refusal:
        course.nominate(course.person(0))
    assert [one.citation.label for one in refusal.value.unmet if one.citation] == [ARTICLE_8]
    mine = nomination.recommend_personally(
        course.selection,
        **course.by("lingdao"),
        person=course.person(0),
        reason="实绩突出。",
        signed=True,
        discipline=True,
    )
    with pytest.raises(acts.Refused):
        nomination.review_recommendation(mine, **course.by("jingban"), outcome="accepted", opinion="符合条件。")


@THROUGH
@pytest.mark.covers("WPR-16", "NOT-15", refused=True)
def test_a_report_during_inspection_holds_and_then_takes_the_candidate_out() -> None:
    course = factories.run_to(Point.INSPECTED)
    made = take_down(course, "kaocha1", candidacy=course.candidacies[0], reporter="赵示举")
    conclude(course, made, Effect.HELD)
    assert not ImportantMatter.objects.exists()
    with pytest.raises(acts.Refused) as refusal:
        course.open_deliberation()
    assert [str(one.rule) for one in refusal.value.unmet] == ["notice.objections"]
    conclude(course, made, Effect.EXCLUDED)
    assert course.candidacy(0).state == CandidacyState.ENDED
    inspection.open_deliberation(
        course.selection,
        **course.by("buzhang"),
        candidates=[course.candidacy(1)],
        opinion="提交讨论。",
        equal_number_reason="另一人选经核查不再使用。",
    )
    assert course.candidacy(1).state == CandidacyState.PROPOSED


@THROUGH
@pytest.mark.covers("NOM-16", refused=True)
def test_a_selection_with_a_breach_goes_back_and_then_on() -> None:
    course = factories.run_to(Point.CONSULTED)
    made = take_down(course, "buzhang", breach=Breach.INSTRUCTION)
    conclude(course, made, Effect.RETURNED)
    meeting = course.call()
    with pytest.raises(acts.Refused) as refusal:
        put_on_agenda(course.selection, **course.by("jingban"), meeting=meeting)
    assert [str(one.rule) for one in refusal.value.unmet] == ["notice.objections"]
    course.at += factories.DAY
    way_back.return_selection(course.selection, **course.by("buzhang"), stage=Stage.NOMINATION, reason="提名时有授意。")
    assert course.selection.stage == Stage.NOMINATION
    course.nominate(course.person(2))
    course.review()
    nomination.open_recommendation(course.selection, **course.by("jingban"))


@THROUGH
@pytest.mark.parametrize("username", ["shuji", "changwei1", "jipiao1", "lingdao", "jiwei", "guanli"])
def test_who_may_not_take_a_report_down(username: str) -> None:
    course = factories.run_to(Point.NOMINATION)
    with pytest.raises(acts.NotPermitted):
        take_down(course, username)
    assert not Objection.objects.exists()


@THROUGH
@pytest.mark.covers("RPH-07", refused=True)
def test_the_secretary_has_no_hand_in_an_investigation_and_a_recused_officer_none() -> None:
    course = factories.run_to(Point.INSPECTION)
    made = take_down(course, candidacy=course.candidacies[0])
    with pytest.raises(acts.NotPermitted):
        reports.investigate_objection(made, **course.by("shuji"), notes="不再查了。")
    with pytest.raises(acts.NotPermitted):
        reports.settle_objection(
            made, **course.by("shuji"), effect=Effect.UNFOUNDED, investigation="无", answer="无", evidence=SCAN
        )
    charge.declare_recusal(course.selection, **course.by("buzhang"), reason="系被反映人的亲属。")
    with pytest.raises(acts.NotPermitted) as hidden:
        conclude(course, made, Effect.UNFOUNDED)
    assert hidden.value.hidden


@pytest.mark.covers("QUA-22", refused=True)
def test_whom_a_report_holds_elsewhere_is_neither_put_forward_nor_appointed() -> None:
    elsewhere = "No report that another selection investigates holds the person"
    case = cases.at(Stage.NOMINATION)
    person = cases.person(9)
    case.people[9] = person
    case.appraisals = [cases.appraisal(9, 20, 8, 1, 1)]
    nominated = {"person": person, "reason": "适合本职位", "discipline": True}
    assert elsewhere not in cases.refused(Act.NOMINATE_CANDIDATE, case, **nominated)
    case.held_elsewhere = [Candidacy(pk=77, selection_id=2, person=person)]
    assert cases.refused(Act.NOMINATE_CANDIDATE, case, **nominated)[elsewhere] == "实施方案 三（三）2"
    without(case, "qualification.reports_settled")
    assert elsewhere not in cases.refused(Act.NOMINATE_CANDIDATE, case, **nominated)
    noticed = cases.with_appointment(AppointmentState.CLEARED)
    passed, other = noticed.candidacies[:2]
    for row in (passed, other):
        noticed.held_elsewhere = [Candidacy(pk=77, selection_id=2, person=row.person)]
        refused = cases.refused(Act.APPOINT_CANDIDATE, noticed)
        assert (elsewhere in refused) is (row is passed)
