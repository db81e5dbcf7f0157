"""Corrections of recorded facts: old, new, reason; a second person for what counts; never of what was voted (更正)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from audit import reading
from selection import acts
from selection.enums import Act, CorrectionState, Finding, Matter, RecommendationForm, RoundState, Stage, TalkGroup
from selection.models import Assessment, CheckResult, Correction, ImportantMatter, Poll, Reply, Talk, TallySheet
from selection.models.correction import OnRecord
from selection.stages import way_back
from tests.factories import DAY, Course, Point, run_to
from tests.selection.beside import beside_an_entry
from tests.selection.stages import cases

REASON = "录入时看错了一行"
NEVER = "What was voted is never corrected: a ballot is declared void before it is announced, and reconsidered after it"
NOT_HERE = "The fact is one that is corrected here"
IMPOSSIBLE = {"What is on file stays possible: counts in order, days one after another": ""}


def refused(case: cases.Case, row: Any, fact: str, value: Any, **given: Any) -> dict[str, str]:
    return cases.refused(Act.CORRECT_FACT, case, row=row, fact=fact, value=value, **{"reason": REASON} | given)


def on_file(stage: Stage = Stage.INSPECTION) -> cases.Case:
    """A case whose rows can be told apart."""
    case = cases.at(stage)
    for rows in (case.talks, case.assessments, case.checks, case.replies, case.consultations, case.introductions):
        for pk, row in enumerate(rows, 1):
            row.pk = pk
    for assessment in case.assessments:
        assessment.basically_competent = assessment.incompetent = 0
    return case


# --- what may be corrected, case by case ----------------------------------------------------------------------------


def test_every_correctable_fact_is_one_of_its_model_and_of_the_form_that_recorded_it() -> None:
    from selection.web.forms.act import FORMS

    models = [model for model in OnRecord.__subclasses__() if hasattr(model, "_meta")]
    assert len(models) == 8
    for model in models:
        declared = model.correctable
        assert not set(declared.facts) & set(declared.weighty)
        for fact in (*declared.facts, *declared.weighty):
            assert fact in {field.name for field in model._meta.get_fields()}
            if (model, fact) != (TallySheet, "votes"):
                assert fact in FORMS[declared.recorded_by].base_fields


@pytest.mark.parametrize("state", list(RoundState))
def test_what_was_voted_is_never_corrected(state: RoundState) -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), state)
    for row, fact in ((case.round_items[0], "agree"), (case.rounds[0], "returned"), (case.roll[0], "channel")):
        assert NEVER in refused(case, row, fact, 1)


def test_the_poll_of_a_decision_is_never_corrected_either() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.ANNOUNCED)
    assert refused(case, case.rounds[0].poll, "present_count", 3) == {NOT_HERE: ""}


def test_a_fact_that_is_not_declared_or_of_another_selection_is_not_corrected() -> None:
    case = on_file()
    assert refused(case, case.talks[0], "recorded_at", cases.NOW) == {NOT_HERE: ""}
    assert refused(case, Talk(pk=999, held_on=cases.TODAY), "held_on", date(2026, 3, 1)) == {NOT_HERE: ""}
    assert refused(case, case.participations[0], "from_on", date(2026, 3, 1)) == {NOT_HERE: ""}


def test_a_department_alone_corrects_what_it_said_in_its_own_name() -> None:
    case = on_file()
    case.replies[1].filed_from_paper = True
    assert refused(case, case.replies[0], "finding", Finding.EXPLAIN) == {NOT_HERE: ""}
    assert refused(case, case.replies[1], "finding", Finding.EXPLAIN) == {}


def test_a_count_that_is_not_confirmed_is_entered_anew_and_not_corrected() -> None:
    case = on_file(Stage.RECOMMENDATION)
    sheet = case.sheets[0]
    assert refused(case, sheet, "valid", 49) == {}
    case.polls[0].confirmed_at = None
    assert refused(case, sheet, "valid", 49) == {NOT_HERE: ""}


@pytest.mark.parametrize(
    ("fact", "value", "possible"),
    [
        ("valid", 52, True),
        ("valid", 53, False),
        ("valid", 40, True),
        ("valid", 39, False),
        ("votes-1", 50, True),
        ("votes-1", 51, False),
        ("issued", 52, True),
        ("issued", 51, False),
        ("issued", 55, False),
    ],
)
def test_a_count_stays_in_order(fact: str, value: int, possible: bool) -> None:
    case = on_file(Stage.RECOMMENDATION)
    assert refused(case, case.sheets[0], fact, value) == ({} if possible else IMPOSSIBLE)


@pytest.mark.parametrize(
    ("fact", "value", "possible"),
    [
        ("returned", 38, True),
        ("returned", 37, False),
        ("returned", 41, False),
        ("excellent", 32, False),
        ("excellent", 28, True),
    ],
)
def test_an_assessment_stays_in_order(fact: str, value: int, possible: bool) -> None:
    case = on_file()
    case.assessments[0].returned = 39
    assert refused(case, case.assessments[0], fact, value) == ({} if possible else IMPOSSIBLE)


def test_votes_of_trust_stay_within_the_forms_that_came_back_and_are_a_fact_only_where_counted() -> None:
    case = on_file()
    assert set(refused(case, case.assessments[0], "trust", 20)) == {NOT_HERE}
    case.assessments[0].trust = 38
    assert refused(case, case.assessments[0], "trust", 20) == {}
    assert refused(case, case.assessments[0], "trust", 39) == IMPOSSIBLE
    case.assessments[0].excellent, case.assessments[0].competent = 20, 8
    assert refused(case, case.assessments[0], "returned", 37) == IMPOSSIBLE


def test_the_number_of_participants_does_not_fall_below_the_forms() -> None:
    case = on_file(Stage.RECOMMENDATION)
    assert refused(case, case.polls[0], "present_count", 53) == IMPOSSIBLE
    assert refused(case, case.polls[0], "present_count", 61) == IMPOSSIBLE
    assert refused(case, case.polls[0], "present_count", 60) == {}


def test_days_of_replies_and_consultations_stay_possible() -> None:
    case = on_file(Stage.DELIBERATION)
    case.replies[0].filed_from_paper = True
    assert refused(case, case.replies[0], "replied_on", cases.TODAY - DAY) == IMPOSSIBLE
    case.consultations.append(type(case.consultations[0])(pk=9, level=case.consultations[0].level, held_on=cases.TODAY))
    case.consultations[0].held_on = cases.TODAY - DAY
    assert refused(case, case.consultations[0], "held_on", cases.TODAY) == IMPOSSIBLE
    assert refused(case, case.consultations[0], "held_on", cases.TODAY - 2 * DAY) == {}


def test_correct_fact_needs_a_new_value_a_reason_and_a_day_that_has_come() -> None:
    case = on_file()
    talk = case.talks[0]
    assert refused(case, talk, "held_on", talk.held_on) == {"The new value differs from the one on file": ""}
    assert refused(case, talk, "held_on", cases.TODAY + DAY) == {"The day is not in the future": ""}
    assert refused(case, talk, "held_on", cases.TODAY - DAY, reason=" ") == {"The reason is written down": ""}
    case.selection.suspended_at = cases.NOW
    assert refused(case, talk, "held_on", cases.TODAY - DAY) == {"The selection is not suspended": ""}


def test_no_correction_while_a_ballot_is_under_way() -> None:
    case = cases.with_round(on_file(Stage.DELIBERATION), RoundState.OPEN)
    assert refused(case, case.talks[0], "held_on", cases.TODAY - 9 * DAY) == {"No ballot is under way": ""}


def test_one_correction_of_a_fact_waits_at_a_time() -> None:
    case = on_file()
    case.corrections = [waiting(case)]
    says = {"No other correction of this fact waits for a second person": ""}
    assert refused(case, case.talks[0], "people", 4) == says
    assert refused(case, case.talks[1], "people", 4) == {}


def waiting(case: cases.Case, **values: Any) -> Correction:
    given = {"kind": "talk", "row": 1, "fact": "people", "old": "1", "new": "3", "weighty": True, "reason": REASON}
    return Correction(pk=1, selection=case.selection, proposed_by=cases.account(7, name="经办人七"), **given | values)


def test_confirm_correction_by_somebody_else_while_the_fact_is_as_it_was() -> None:
    case = on_file()
    case.subject = waiting(case)
    case.corrections = [case.subject]
    assert cases.refused(Act.CONFIRM_CORRECTION, case) == {}
    assert cases.refused(Act.CONFIRM_CORRECTION, case, actor=case.subject.proposed_by) == {
        "Somebody else confirms than who proposed it": ""
    }
    case.talks[0].people = 2
    assert cases.refused(Act.CONFIRM_CORRECTION, case) == {
        "The fact is still as it was when the correction was proposed": ""
    }
    case.subject.state = CorrectionState.REFUSED
    assert cases.refused(Act.CONFIRM_CORRECTION, case) == {"The correction waits for a second person": ""}
    assert cases.refused(Act.REFUSE_CORRECTION, case, reason="无误") == {"The correction waits for a second person": ""}


# --- by acts --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestCorrected(TestCase):
    """The proposal has been adopted: recommendation and inspection are over."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.DELIBERATION)

    def correct(self, row: Any, fact: str, value: Any, by: str = "jingban", reason: str = REASON) -> Correction:
        self.course.at += DAY
        made: Correction = way_back.correct_fact(
            self.course.now(), **self.course.by(by), row=row, fact=fact, value=value, reason=reason
        )
        return made

    def confirm(self, correction: Correction, by: str = "jingban2") -> None:
        way_back.confirm_correction(self.course.fresh(correction), **self.course.by(by))

    def entry(self, action: str) -> reading.Reading:
        return reading.entries(stream=self.course.now().streams()[0], actions=[action], newest_first=True)[0]

    @pytest.mark.covers("WPR-20")
    def test_a_plain_fact_takes_effect_at_once_and_stands_in_the_record(self) -> None:
        talk = Talk.objects.earliest("pk")
        held_on, other = talk.held_on, talk.held_on - DAY
        made = self.correct(talk, "held_on", other)
        assert Talk.objects.get(pk=talk.pk).held_on == other
        assert (made.state, made.old, made.new) == (CorrectionState.IN_FORCE, held_on.isoformat(), other.isoformat())
        entry = self.entry("correct_fact")
        assert entry.data["facts"] == {"waits": False, "old": held_on.isoformat()}
        given = entry.data["given"]
        assert (given["row"], given["fact"], given["value"]) == (["talk", str(talk.pk)], "held_on", other.isoformat())
        assert REASON not in entry.body
        assert entry.opened["reason"] == REASON
        self.correct(self.course.fresh(talk), "group", TalkGroup.DELEGATES)
        assert self.entry("correct_fact").data["facts"]["old"] == talk.group

    def test_free_text_enters_the_record_as_a_commitment_old_and_new(self) -> None:
        talk = Talk.objects.earliest("pk")
        self.correct(talk, "notes", "工作扎实，有时偏急。")
        entry = self.entry("correct_fact")
        assert (entry.opened["old"], entry.opened["value"]) == ("工作扎实，作风正派。", "工作扎实，有时偏急。")
        assert "偏急" not in entry.body
        assert "作风正派" not in entry.body

    def test_a_count_waits_for_a_second_person_who_is_somebody_else(self) -> None:
        poll = Poll.objects.get(form=RecommendationForm.MEETING)
        sheet = TallySheet.objects.filter(poll=poll).earliest("entered_at")
        fact = f"votes-{self.course.candidacies[1].pk}"
        made = self.correct(sheet, fact, 47)
        votes = self.course.now().case().votes_for
        assert votes(self.course.candidacy(1), RecommendationForm.MEETING) == (36, 50)
        with pytest.raises(acts.Refused):
            self.confirm(made, by="jingban")
        with pytest.raises(acts.NotPermitted):
            self.confirm(made, by="jipiao1")
        self.confirm(made)
        case = self.course.now().case()
        assert case.votes_for(self.course.candidacy(1), RecommendationForm.MEETING) == (47, 50)
        first, second = TallySheet.objects.filter(poll=poll)
        assert first.figures() == second.figures()
        done = self.course.fresh(made)
        assert (done.state, done.decided_by, done.late) == (
            CorrectionState.IN_FORCE,
            self.course.county["jingban2"],
            True,
        )
        assert self.entry("confirm_correction").data["facts"]["new"] == 47
        assert self.entry("confirm_correction").data["facts"]["old"] == 36
        with pytest.raises(acts.Refused):
            self.confirm(made)

    def test_the_stage_that_rested_on_it_is_not_computed_anew_but_becomes_an_important_matter(self) -> None:
        course = self.course
        assessment = Assessment.objects.get(candidacy=course.candidacies[0])
        states = [course.candidacy(nth).state for nth in range(3)]
        made = self.correct(assessment, "excellent", 20)
        assert not ImportantMatter.objects.exists()
        self.confirm(made)
        matter = ImportantMatter.objects.get()
        assert (matter.kind, matter.candidacy) == (Matter.OTHER, course.candidacies[0])
        assert REASON in matter.cause
        assert "考察" in matter.result
        assert (course.now().stage, [course.candidacy(nth).state for nth in range(3)]) == (Stage.DELIBERATION, states)

    def test_a_fact_of_the_present_stage_is_no_important_matter(self) -> None:
        self.course.consult()
        consultation = self.course.now().consultations.earliest("pk")
        made = self.correct(consultation, "present", "书记、副书记、组织部部长")
        assert not made.late
        assert not ImportantMatter.objects.exists()

    def test_a_refused_correction_leaves_everything_and_may_be_proposed_again(self) -> None:
        check = CheckResult.objects.earliest("pk")
        made = self.correct(check, "finding", Finding.BAR)
        way_back.refuse_correction(made, **self.course.by("buzhang"), reason="原件记载无误")
        assert CheckResult.objects.get(pk=check.pk).finding == Finding.CLEAR
        assert not ImportantMatter.objects.exists()
        again = self.correct(check, "finding", Finding.EXPLAIN)
        assert again.previous is None
        self.confirm(again, by="buzhang")
        assert CheckResult.objects.get(pk=check.pk).finding == Finding.EXPLAIN

    def test_a_correction_of_a_correction_shows_the_whole_chain(self) -> None:
        talk = Talk.objects.earliest("pk")
        first = self.correct(talk, "people", 5)
        self.confirm(first)
        second = self.correct(self.course.fresh(talk), "people", 4)
        self.confirm(second, by="buzhang")
        third = self.correct(self.course.fresh(talk), "people", 3)
        self.confirm(third)
        chain = [(row.old, row.new) for row in Correction.objects.filter(fact="people")]
        assert chain == [("3", "5"), ("5", "4"), ("4", "3")]
        assert (third.previous, second.previous, first.previous) == (second, first, None)
        assert Talk.objects.get(pk=talk.pk).people == 3

    def test_a_correction_written_on_an_old_page_is_judged_by_what_is_on_file(self) -> None:
        talk = Talk.objects.earliest("pk")
        stale = self.course.fresh(talk)
        self.confirm(self.correct(talk, "people", 5))
        with pytest.raises(acts.Refused):
            self.correct(stale, "people", 5)
        assert self.correct(stale, "people", 6).old == "5"

    def test_a_reply_filed_from_paper_is_corrected_and_the_departments_own_is_not(self) -> None:
        paper = Reply.objects.filter(filed_from_paper=True).earliest("pk")
        own = Reply.objects.filter(filed_from_paper=False).earliest("pk")
        self.correct(paper, "number", "计函99号")
        assert Reply.objects.get(pk=paper.pk).number == "计函99号"
        with pytest.raises(acts.Refused):
            self.correct(own, "number", "纪函99号")

    def test_the_database_itself_refuses_one_person_twice(self) -> None:
        made = self.correct(Talk.objects.earliest("pk"), "people", 5)
        with pytest.raises(IntegrityError), transaction.atomic(), beside_an_entry(self.course.now()):
            Correction.objects.filter(pk=made.pk).update(
                state=CorrectionState.IN_FORCE, decided_by=made.proposed_by, decided_at=self.course.at
            )
