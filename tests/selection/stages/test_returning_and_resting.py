"""What a return keeps and what it asks for anew; how deadlines rest and begin again (退回、暂停与恢复)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import TestCase

from audit import reading
from selection import acts, clock, deadlines
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    ConsultedBody,
    DeadlineKind,
    Effect,
    Finding,
    Paper,
    RecommendationForm,
    RecommendationOutcome,
    Stage,
)
from selection.models import Deadline, Document, Inquiry
from selection.models.selection import StageVisit
from selection.rulebook import workdays
from selection.rulebook.rules import Period, in_force
from selection.stages import inspection, nomination, notice, reports, way_back
from selection.stages.way_back.resting import _length_left
from selection.stages.way_back.returning import ANEW
from tests import factories
from tests.factories import DAY, SCAN, Course, Point, run_to
from tests.selection.stages import cases

MISSING_FORMS = {
    "Recommendation at a meeting is held and its count confirmed",
    "Recommendation in talks is held and its count confirmed",
    "Recommendation by the plenary committee is held and its count confirmed",
}


def returned_to(case: cases.Case, stage: Stage) -> cases.Case:
    """The case after a return to the stage, which came after everything on file."""
    case.visits.append(StageVisit(stage=stage, entered_at=cases.NOW + DAY, returned=True))
    return case


def dated(case: cases.Case) -> cases.Case:
    """Everything on file has its time: before the return."""
    for row in (*case.talks, *case.assessments, *case.checks):
        row.recorded_at = cases.NOW
    for report in case.reports:
        report.written_at = cases.NOW
    for poll in case.polls:
        poll.held_at = cases.NOW
    return case


# --- what counts after a return, case by case ------------------------------------------------------------------------


def test_every_stage_that_can_be_returned_to_says_what_is_kept() -> None:
    assert list(ANEW) == [Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION]


@pytest.mark.parametrize("stage", [Stage.NOMINATION, Stage.RECOMMENDATION])
def test_after_a_return_before_the_inspection_the_recommendation_is_held_anew(stage: Stage) -> None:
    case = dated(cases.at(Stage.RECOMMENDATION))
    assert cases.refused(Act.OPEN_INSPECTION, case) == {}
    returned_to(case, stage)
    assert set(cases.refused(Act.OPEN_INSPECTION, case)) == MISSING_FORMS
    for poll in case.polls:
        poll.held_at = cases.NOW + 2 * DAY
    assert cases.refused(Act.OPEN_INSPECTION, case) == {}


@pytest.mark.parametrize("stage", [Stage.INSPECTION, Stage.DELIBERATION])
def test_after_a_later_return_the_recommendation_is_kept(stage: Stage) -> None:
    case = returned_to(dated(cases.at(Stage.RECOMMENDATION)), stage)
    assert cases.refused(Act.OPEN_INSPECTION, case) == {}


@pytest.mark.parametrize(
    ("stage", "missing"),
    [
        (Stage.NOMINATION, 8),
        (Stage.RECOMMENDATION, 8),
        (Stage.INSPECTION, 1),
        (Stage.DELIBERATION, 0),
    ],
)
def test_what_the_inspection_asks_for_anew_after_a_return(stage: Stage, missing: int) -> None:
    """Steps, groups, personal matters, conclusion, two opinions, the report; the pre-notice is counted below."""
    case = dated(cases.at(Stage.INSPECTION))
    assert cases.refused(Act.OPEN_DELIBERATION, case) == {}
    returned_to(case, stage)
    found = cases.refused(Act.OPEN_DELIBERATION, case)
    of_first = [says for says in found if "林示1" in says]
    assert len(of_first) == min(missing, 7)
    announced = "The inspection was announced before" in found
    assert announced == (stage is Stage.INSPECTION)
    if stage is Stage.INSPECTION:
        assert of_first == ["The team's report on 林示1 is written"]


def test_a_finding_that_was_put_aside_bars_nobody_and_one_that_stands_does() -> None:
    case = dated(cases.at(Stage.INSPECTION))
    case.checks[0].finding = Finding.BAR
    says = "Nobody is proposed against a check or an opinion that affects the use"
    given = {"candidates": case.candidacies, "opinion": "同意"}
    assert says in cases.refused(Act.OPEN_DELIBERATION, case, **given)
    assert says in cases.refused(Act.OPEN_DELIBERATION, returned_to(case, Stage.INSPECTION), **given)
    assert says not in cases.refused(Act.OPEN_DELIBERATION, returned_to(case, Stage.NOMINATION), **given)


def test_a_department_is_asked_again_only_after_a_return_before_the_inspection() -> None:
    case = cases.at(Stage.INSPECTION)
    given = {"candidacy": case.candidacies[0], "body": ConsultedBody.DISCIPLINE}
    asked = {"This department has not been asked about this person yet": ""}
    assert cases.refused(Act.ASK_OPINION, case, **given) == asked
    assert cases.refused(Act.ASK_OPINION, returned_to(case, Stage.INSPECTION), **given) == asked
    assert cases.refused(Act.ASK_OPINION, returned_to(case, Stage.RECOMMENDATION), **given) == {}


# --- the length that is left to a notice ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suspended", "left"),
    [(date(2026, 9, 28), 6), (date(2026, 9, 29), 5), (date(2026, 9, 30), 4), (date(2026, 10, 3), 3)],
    ids=["the day of publication", "the first day", "before the holidays", "in the holidays"],
)
def test_the_days_left_to_a_suspended_notice(suspended: date, left: int) -> None:
    """Published on 28 September, it would end with 10 October; the day of suspension is run again."""
    rules = cases.rules(date(2026, 9, 28))
    assert _length_left(rules, suspended, date(2026, 10, 10)) == Period(left, "working_day", "next")


def test_a_notice_begins_anew_where_the_rules_say_so_and_older_rules_say_nothing() -> None:
    rules = in_force("credibility-county", date(2026, 9, 28))
    rule = rules["notice.after_suspension"]
    content: dict[str, Any] = {**rules.content, "rules": dict(rules.content["rules"])}
    content["rules"]["notice.after_suspension"] = {**rule.content(), "value": "whole_length"}
    whole = type(rules).load(content)
    assert _length_left(whole, date(2026, 9, 29), date(2026, 10, 10)) == rules["notice.length"].value
    del content["rules"]["notice.after_suspension"]
    assert _length_left(type(rules).load(content), date(2026, 9, 29), date(2026, 10, 10)).n == 5


# --- by acts --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestNominated(TestCase):
    """Three persons listed, the personal recommendation of the third reviewed and answered."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.INSPECTION)

    def ask(self) -> Inquiry:
        made: Inquiry = inspection.ask_opinion(
            self.course.now(),
            **self.course.by("jingban"),
            candidacy=self.course.candidacy(0),
            body=ConsultedBody.DISCIPLINE,
            department=self.course.discipline,
        )
        return made

    def suspend(self) -> None:
        way_back.suspend_selection(self.course.now(), **self.course.by("buzhang"), reason="等待上级批复")

    def resume(self) -> None:
        way_back.resume_selection(self.course.now(), **self.course.by("buzhang"), reason="批复已到")

    def test_a_department_has_its_whole_time_again_and_the_clock_waits(self) -> None:
        course = self.course
        inquiry = self.ask()
        course.at += 2 * DAY
        self.suspend()
        (ended,) = Deadline.objects.filter(inquiry=inquiry)
        assert ended.ended_at == course.at
        assert deadlines.keep(inquiry.due_at + 30 * DAY) == 0
        course.at += 30 * DAY
        self.resume()
        former, present = Deadline.objects.filter(inquiry=inquiry).order_by("pk")
        again = Inquiry.objects.get(pk=inquiry.pk)
        assert (former.ended_at, present.ended_at) == (ended.ended_at, None)
        assert present.due_at == again.due_at > course.at
        whole = course.now().rules["inquiry.due"].value
        assert again.due_at == workdays.ends(whole, course.day).at
        assert deadlines.keep(present.due_at) == 1
        told = reading.entries(stream=course.now().streams()[0], actions=["suspend_selection", "resume_selection"])
        assert [entry.data["facts"] for entry in told] == [{"deadlines_ended": 1}, {"deadlines_begun": 1}]

    def test_what_was_overdue_stays_overdue_and_nothing_begins_twice(self) -> None:
        course = self.course
        inquiry = self.ask()
        assert deadlines.keep(inquiry.due_at) == 1
        course.at = inquiry.due_at + DAY
        self.suspend()
        course.at += DAY
        self.resume()
        (deadline,) = Deadline.objects.filter(inquiry=inquiry)
        assert (deadline.met_at, deadline.ended_at) == (inquiry.due_at, None)
        self.suspend()
        course.at += DAY
        self.resume()
        assert Deadline.objects.filter(inquiry=inquiry).count() == 1

    def test_nothing_begins_anew_for_whoever_left_meanwhile(self) -> None:
        course = self.course
        inquiry = self.ask()
        self.suspend()
        course.at += DAY
        with pytest.raises(acts.Refused):
            way_back.withdraw_candidacy(course.candidacy(0), **course.by("jingban"), reason="本人申请")
        with pytest.raises(acts.Refused):
            way_back.return_selection(
                course.now(), **course.by("buzhang"), stage=Stage.NOMINATION, reason="扩大人选范围"
            )
        way_back.end_selection(course.now(), **course.by("buzhang"), reason="机构撤并")
        assert not Deadline.objects.filter(inquiry=inquiry, ended_at__isnull=True).exists()

    def test_a_return_ends_what_was_left_behind_and_keeps_the_feedback_that_is_owed(self) -> None:
        course = self.course
        way_back.return_selection(course.now(), **course.by("buzhang"), stage=Stage.NOMINATION, reason="扩大人选范围")
        person = factories.able(course.county, "林示戊", course.post, at=course.at)
        recommended = nomination.recommend_personally(
            course.now(), **course.by("lingdao"), person=person, reason="实绩突出。", signed=True, discipline=True
        )
        nomination.review_recommendation(
            recommended, **course.by("jingban"), outcome=RecommendationOutcome.ACCEPTED, opinion="符合条件。"
        )
        course.review()
        nomination.open_recommendation(course.now(), **course.by("jingban"))
        way_back.return_selection(course.now(), **course.by("buzhang"), stage=Stage.NOMINATION, reason="再次扩大")
        (owed,) = Deadline.objects.filter(ended_at__isnull=True)
        assert (owed.kind, owed.nomination) == (DeadlineKind.FEEDBACK_DUE, recommended)

    def test_after_a_return_the_recommendation_and_the_inquiries_are_done_once_more(self) -> None:
        course = self.course
        first = self.ask()
        course.at += DAY
        way_back.return_selection(
            course.now(), **course.by("buzhang"), stage=Stage.RECOMMENDATION, reason="参加推荐人数不足"
        )
        with pytest.raises(acts.Refused) as refusal:
            course.open_inspection(candidates=[course.candidacy(0), course.candidacy(1)])
        assert len(refusal.value.unmet) == 3
        course.candidacies = course.candidacies[:2]
        course.recommend((22, 31))
        case = course.now().case()
        assert case.votes_for(course.candidacy(0), RecommendationForm.MEETING) == (22, 50)
        course.open_inspection(low_votes_reason="")
        again = self.ask()
        assert again.pk != first.pk
        assert Deadline.objects.get(inquiry=first).ended_at is not None
        # the answer to the first letter comes after all: it is filed, and answers the second one not
        inspection.file_reply(
            first,
            **course.by("jingban"),
            number="纪函9号",
            replied_on=course.day,
            finding=Finding.CLEAR,
            opinion="未发现影响使用的情况。",
            evidence=SCAN,
        )
        missing = [
            one
            for one in acts.requirements(
                Act.OPEN_DELIBERATION, course.now().case(), actor=course.county["buzhang"], at=course.at
            )
            if not one.met and str(ConsultedBody.DISCIPLINE.label) in str(one.says)
        ]
        assert len(missing) == 2


@pytest.mark.django_db
class TestOnNotice(TestCase):
    """Published on 28 September, before the holidays; it ends with 10 October."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.DECIDED)
        cls.course.at = datetime(2026, 9, 27, 1, tzinfo=UTC)
        cls.course.publish_notice()

    def suspend(self, at: datetime) -> None:
        self.course.at = at
        way_back.suspend_selection(self.course.now(), **self.course.by("buzhang"), reason="等待上级批复")

    def resume(self, at: datetime) -> None:
        self.course.at = at
        way_back.resume_selection(self.course.now(), **self.course.by("buzhang"), reason="批复已到")

    @pytest.mark.covers("NOT-02", refused=True)
    def test_a_suspended_notice_runs_its_days_after_it_goes_on(self) -> None:
        course = self.course
        before = course.appointment.notice_ends_at
        self.suspend(datetime(2026, 9, 30, 8, tzinfo=UTC))
        course.at = before
        with pytest.raises(acts.Refused):
            notice.close_notice(course.appointment, **course.by("jingban"))
        self.resume(datetime(2026, 10, 12, 1, tzinfo=UTC))
        after = course.appointment.notice_ends_at
        # 30 September, 8, 9 and 10 October were left: four working days from 13 October
        assert clock.last_day_before(after) == date(2026, 10, 16)
        deadline = Deadline.objects.get(ended_at__isnull=True)
        assert (deadline.kind, deadline.due_at) == (DeadlineKind.NOTICE_END, after)
        assert Document.objects.filter(kind=Paper.NOTICE, appointment=course.appointment).count() == 2
        of_person = reading.entries(stream=f"person:{course.people[0].pk}", newest_first=True)[0]
        assert of_person.action == "resume_selection"
        course.at = after - timedelta(seconds=1)
        with pytest.raises(acts.Refused):
            notice.close_notice(course.appointment, **course.by("jingban"))
        course.close_notice()
        assert course.appointment.state == AppointmentState.CLEARED

    def test_a_notice_that_had_run_out_is_not_run_again(self) -> None:
        course = self.course
        before = course.appointment.notice_ends_at
        self.suspend(before)
        self.resume(before + 40 * DAY)
        assert course.appointment.notice_ends_at == before
        deadline = Deadline.objects.get(ended_at__isnull=True)
        assert deadline.due_at == before
        assert deadlines.keep(course.at) == 1
        course.close_notice()

    def test_a_notice_that_was_cancelled_meanwhile_does_not_come_back(self) -> None:
        course = self.course
        objection = notice.file_objection(
            course.appointment, **course.by("public"), content="反映有关问题", receipt_hash="9" * 64
        )
        self.suspend(datetime(2026, 9, 30, 8, tzinfo=UTC))
        reports.settle_objection(
            objection,
            **course.by("jingban"),
            effect=Effect.UPHELD,
            investigation="经调查属实。",
            answer="已取消任用。",
            evidence=SCAN,
        )
        self.resume(datetime(2026, 10, 12, 1, tzinfo=UTC))
        assert course.appointment.state == AppointmentState.CANCELLED
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()

    def test_probation_does_not_rest(self) -> None:
        course = self.course
        course.go_to(Point.APPOINTED)
        ends = course.appointment.probation_ends_at
        self.suspend(course.at + 30 * DAY)
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()
        self.resume(course.at + 30 * DAY)
        begun = Deadline.objects.filter(ended_at__isnull=True).values_list("kind", "due_at")
        assert dict(begun)[DeadlineKind.PROBATION_END] == ends == course.appointment.probation_ends_at
        assert len(begun) == 2

    def test_after_a_return_to_the_committee_consultation_and_meeting_are_held_anew(self) -> None:
        course = self.course
        notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="需要重新研究")
        way_back.return_selection(course.now(), **course.by("buzhang"), stage=Stage.DELIBERATION, reason="需要重新研究")
        assert [course.candidacy(nth).state for nth in range(2)] == [CandidacyState.PROPOSED] * 2
        course.at += DAY
        with pytest.raises(acts.Refused) as refusal:
            course.meet(number="第2次")
        assert refusal.value.act is Act.PUT_ON_AGENDA
        for level in factories.LEVELS:
            course.consult_at(level)
        course.discuss(number="第3次")
        course.ballot((3, 8))
        assert course.now().stage == Stage.DECIDED
        assert course.candidacy(1).state == CandidacyState.PASSED
