"""From the vote to the end of probation, and back (公示、任职、试用期全程)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import TestCase

from audit import reading
from selection import acts
from selection.enums import (
    AppointmentState,
    CandidacyState,
    ConsultedBody,
    DeadlineKind,
    Effect,
    Finding,
    Grade,
    Matter,
    Paper,
    Stage,
)
from selection.models import Appointment, Deadline, Document, ImportantMatter, InvestigationNote, Objection, Reply
from selection.register import keeping
from selection.register.models import Tenure, vacancies
from selection.stages import inspection, notice, probation, reports, way_back
from tests import factories
from tests.factories import Course, Point, run_to


@pytest.mark.django_db
class TestDecided(TestCase):
    """One of two persons has passed the vote; the meeting is closed."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.DECIDED)

    def object_to(self, **given: Any) -> Objection:
        values = {"content": "反映该同志有关问题", "receipt_hash": "9" * 64}
        made: Objection = notice.file_objection(self.course.appointment, **self.course.by("public"), **values | given)
        return made

    def settle(self, objection: Objection, effect: Effect) -> None:
        reports.settle_objection(
            objection,
            **self.course.by("jingban"),
            effect=effect,
            investigation="经调查核实。",
            answer="已答复反映人。",
            evidence=factories.SCAN,
        )

    @pytest.mark.covers("NOT-02", refused=True)
    def test_notice_over_the_holidays_of_october_ends_after_its_tenth_day(self) -> None:
        self.course.at = datetime(2026, 9, 27, 1, tzinfo=UTC)
        self.course.publish_notice()
        assert self.course.day == date(2026, 9, 28)
        assert self.course.appointment.notice_ends_at == datetime(2026, 10, 10, 16, tzinfo=UTC)
        deadline = Deadline.objects.get(kind=DeadlineKind.NOTICE_END)
        assert (deadline.due_at, deadline.ended_at) == (datetime(2026, 10, 10, 16, tzinfo=UTC), None)
        self.course.at = datetime(2026, 10, 10, 15, 59, tzinfo=UTC)
        with pytest.raises(acts.Refused):
            notice.close_notice(self.course.appointment, **self.course.by("jingban"))
        self.course.close_notice()
        assert self.course.at == datetime(2026, 10, 10, 16, tzinfo=UTC)
        assert self.course.appointment.state == AppointmentState.CLEARED
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()
        assert Document.objects.filter(kind=Paper.NOTICE, appointment=self.course.appointment).count() == 1

    @pytest.mark.covers("WPR-16", refused=True)
    def test_open_objection_holds_the_notice_and_a_settled_one_does_not(self) -> None:
        self.course.publish_notice()
        objection = self.object_to(reporter="一名群众", contact="0000-1")
        self.course.at = self.course.appointment.notice_ends_at
        with pytest.raises(acts.Refused) as refusal:
            notice.close_notice(self.course.appointment, **self.course.by("jingban"))
        assert [one.citation.label for one in refusal.value.unmet if one.citation] == ["附件4 第四条（三）6"]
        self.settle(objection, Effect.NO_EFFECT)
        self.course.close_notice()
        (matter,) = ImportantMatter.objects.all()
        assert (matter.kind, matter.result, matter.candidacy) == (
            Matter.REPORTS,
            Effect.NO_EFFECT,
            self.course.candidacy(0),
        )
        filed = reading.entries(stream=f"selection:{self.course.selection.pk}", actions=["file_objection"])[0]
        assert "一名群众" not in str(filed.body)
        assert "反映该同志" not in str(filed.body)

    @pytest.mark.covers("QUA-22", refused=True)
    def test_whom_a_report_holds_here_is_put_forward_nowhere_else_until_it_is_settled(self) -> None:
        self.course.publish_notice()
        objection = self.object_to()
        by = self.course.by("jingban")
        keeping.set_quota(self.course.unit, **by, grade=Grade.TOWNSHIP_CHIEF, approved=2)
        values = {"title": "总编辑", "grade": Grade.TOWNSHIP_CHIEF, "seats": 1}
        elsewhere = self.course.again(keeping.add_post(self.course.unit, **by, values=values), at=self.course.at)
        elsewhere.go_to(Point.NOMINATION)
        self.settle(objection, Effect.HELD)
        with pytest.raises(acts.Refused) as refusal:
            elsewhere.nominate(self.course.people[0])
        assert [one.rule for one in refusal.value.unmet] == ["qualification.reports_settled"]
        assert elsewhere.nominate(self.course.people[1]).person == self.course.people[1]
        self.settle(objection, Effect.NO_EFFECT)
        assert elsewhere.nominate(self.course.people[0]).person == self.course.people[0]

    @pytest.mark.covers("WPR-16")
    def test_upheld_objection_cancels_and_the_person_is_not_put_on_notice_again(self) -> None:
        self.course.publish_notice()
        first, second = self.object_to(), self.object_to(receipt_hash="8" * 64)
        self.settle(first, Effect.UPHELD)
        assert self.course.appointment.state == AppointmentState.CANCELLED
        assert self.course.candidacy(0).state == CandidacyState.ENDED
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()
        self.settle(second, Effect.UPHELD)
        for act in (self.course.publish_notice, self.course.close_notice, self.course.appoint):
            with pytest.raises(acts.Refused):
                act()
        way_back.return_selection(
            self.course.now(), **self.course.by("buzhang"), stage=Stage.DELIBERATION, reason="公示反映属实"
        )
        assert [self.course.candidacy(nth).state for nth in range(3)] == [
            CandidacyState.ENDED,
            CandidacyState.PROPOSED,
            CandidacyState.ENDED,
        ]
        assert self.course.candidacy(1).ended_at is None

    @pytest.mark.covers("WPR-16", "NOT-14", refused=True)
    def test_a_late_report_holds_the_appointment_only_when_its_investigation_says_so(self) -> None:
        course = self.course
        course.go_to(Point.CLEARED)
        report = self.object_to()
        assert report.late
        course.talk()
        self.settle(report, Effect.HELD)
        assert (report.settled_at, InvestigationNote.objects.get().notes) == (None, "经调查核实。")
        assert not ImportantMatter.objects.exists()
        appointed = {"document_number": "澄委干〔2026〕1号", "appointed_on": course.day, "published_on": course.day}
        with pytest.raises(acts.Refused) as refusal:
            probation.appoint_candidate(course.appointment, **course.by("jingban"), **appointed, ended=[])
        assert [one.citation.label for one in refusal.value.unmet if one.citation] == ["附件4 第四条（三）6"]
        reports.investigate_objection(course.fresh(report), **course.by("buzhang"), notes="已向本人函询。")
        self.settle(course.fresh(report), Effect.UNFOUNDED)
        assert ImportantMatter.objects.get().result == Effect.UNFOUNDED
        course.appoint()
        assert course.appointment.state == AppointmentState.APPOINTED
        told = reading.entries(stream=course.now().streams()[0], actions=["investigate_objection"])[0]
        assert "函询" not in told.body

    def test_a_late_report_that_is_upheld_before_the_appointment_cancels_it(self) -> None:
        course = self.course
        course.go_to(Point.CLEARED)
        self.settle(self.object_to(), Effect.UPHELD)
        assert course.appointment.state == AppointmentState.CANCELLED
        assert course.candidacy(0).state == CandidacyState.ENDED

    @pytest.mark.covers("INS-24")
    def test_a_reply_after_the_decision_is_filed_as_late_and_becomes_an_important_matter(self) -> None:
        course = self.course
        inquiry = course.fresh(course.inquiries[0])
        late = {"number": "审函1号", "replied_on": course.day, "finding": Finding.CLEAR, "opinion": "未发现问题。"}
        with pytest.raises(acts.Refused):
            inspection.answer_inquiry(inquiry, **course.by("jiwei"), **late)
        assert not Reply.objects.filter(late=True).exists()
        way_back.return_selection(
            course.now(), **course.by("buzhang"), stage=Stage.INSPECTION, reason="需要补充征求意见"
        )
        asked = inspection.ask_opinion(
            course.now(),
            **course.by("jingban"),
            candidacy=course.candidacy(0),
            body=ConsultedBody.AUDIT_OFFICE,
            department=course.discipline,
        )
        way_back.end_selection(course.now(), **course.by("buzhang"), reason="机构撤并")
        reply = inspection.file_reply(asked, **course.by("jingban"), evidence=factories.SCAN, **late)
        assert (reply.late, reply.inquiry) == (True, asked)
        matter = ImportantMatter.objects.get()
        assert (matter.kind, matter.candidacy) == (Matter.OPINION_EXPLAINED, course.candidacy(0))
        assert "任用建议方案后收到" in matter.cause
        entry = reading.entries(stream=course.now().streams()[0], actions=["file_reply"], newest_first=True)[0]
        assert entry.data["facts"] == {"late": True}

    def test_cancelled_notice_may_be_published_again(self) -> None:
        """Its telephone was wrong, the person is not to blame."""
        self.course.publish_notice()
        first = self.course.appointment
        notice.cancel_appointment(first, **self.course.by("buzhang"), reason="监督电话有误")
        self.course.publish_notice()
        assert self.course.appointment.pk != first.pk
        assert self.course.appointment.state == AppointmentState.ON_NOTICE

    @pytest.mark.covers("POS-03", "APT-01", "APT-07", "PRO-02", "PRO-05", refused=True)
    def test_appointment_moves_tenures_and_quota_at_once_and_probation_is_confirmed_on_its_day(self) -> None:
        course = self.course
        course.go_to(Point.CLEARED)
        person = course.people[0]
        office = Tenure.objects.get(person=person).post.organisation
        assert vacancies(course.unit, course.post.grade, course.day).free == 1
        assert vacancies(office, factories.Grade.TOWNSHIP_DEPUTY, course.day).free == 0
        with pytest.raises(acts.Refused) as refusal:
            probation.appoint_candidate(
                course.appointment,
                **course.by("jingban"),
                document_number="澄委干〔2026〕1号",
                appointed_on=course.day,
                published_on=course.day,
                ended=[],
            )
        assert [one.citation.label for one in refusal.value.unmet if one.citation] == ["实施方案 三（一）5"]

        course.appoint()
        assert vacancies(course.unit, course.post.grade, course.day).free == 0
        assert vacancies(office, factories.Grade.TOWNSHIP_DEPUTY, course.day).free == 1
        former, present = Tenure.objects.filter(person=person).order_by("from_on")
        assert (former.until_on, present.from_on, present.on_probation) == (course.day, course.day, True)
        of_person = reading.entries(stream=f"person:{person.pk}", newest_first=True)[0]
        of_case = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)[0]
        assert (of_person.action, of_person.req) == ("appoint_candidate", of_case.req)

        appointment = course.appointment
        assert appointment.published_on == course.day == date(2026, 3, 19)
        assert appointment.probation_ends_at == datetime(2027, 3, 18, 16, tzinfo=UTC)
        kinds = Deadline.objects.filter(ended_at__isnull=True).values_list("kind", "due_at")
        assert dict(kinds) == {
            DeadlineKind.PROBATION_REMINDER: datetime(2027, 2, 17, 16, tzinfo=UTC),
            DeadlineKind.PROBATION_END: appointment.probation_ends_at,
        }
        with pytest.raises(acts.Refused):
            probation.assess_probation(
                appointment, **course.by("jingban"), assessed_on=course.day, fit=True, opinion="胜任"
            )
        course.assess()
        course.at = datetime(2027, 3, 18, 15, 59, tzinfo=UTC)
        with pytest.raises(acts.Refused):
            probation.confirm_appointment(course.appointment, **course.by("buzhang"))
        course.confirm()
        assert course.now().stage == Stage.CLOSED
        assert not Tenure.objects.get(pk=present.pk).on_probation
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()

    @pytest.mark.covers("PRO-03", "PRO-06")
    def test_relieved_person_leaves_the_post_and_the_selection_closes(self) -> None:
        course = self.course
        course.go_to(Point.APPOINTED)
        course.assess(fit=False)
        course.at = course.appointment.probation_ends_at
        with pytest.raises(acts.Refused):
            probation.confirm_appointment(course.appointment, **course.by("buzhang"))
        probation.relieve_appointment(course.appointment, **course.by("buzhang"), reason="试用期考核不胜任")
        assert course.appointment.state == AppointmentState.RELIEVED
        assert course.now().stage == Stage.CLOSED
        assert vacancies(course.unit, course.post.grade, course.day).free == 1

    def test_ending_with_somebody_on_notice_cancels_it_in_the_stream_of_the_person_too(self) -> None:
        course = self.course
        course.publish_notice()
        way_back.end_selection(course.now(), **course.by("buzhang"), reason="机构撤并")
        assert course.appointment.state == AppointmentState.CANCELLED
        assert course.now().stage == Stage.CLOSED
        assert [course.candidacy(nth).state for nth in range(3)] == [CandidacyState.ENDED] * 3
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()
        last = reading.entries(stream=f"person:{course.people[0].pk}", newest_first=True)[0]
        assert last.action == "end_selection"

    def test_suspended_selection_waits_and_goes_on(self) -> None:
        course = self.course
        way_back.suspend_selection(course.now(), **course.by("buzhang"), reason="等待上级批复")
        with pytest.raises(acts.Refused):
            course.publish_notice()
        way_back.resume_selection(course.now(), **course.by("buzhang"), reason="批复已到")
        course.publish_notice()
        assert Appointment.objects.count() == 1


@pytest.mark.django_db
class TestWayBack(TestCase):
    """Three persons recommended, the counts confirmed; nobody is chosen yet."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.COUNTED)

    def test_returned_selection_begins_its_stage_anew(self) -> None:
        course = self.course
        course.open_inspection()
        course.announce_inspection()
        inquiry = factories.inspection.ask_opinion(
            course.now(),
            **course.by("jingban"),
            candidacy=course.candidacy(0),
            body=factories.ConsultedBody.DISCIPLINE,
            department=course.discipline,
        )
        deadline = Deadline.objects.get(inquiry=inquiry)
        assert (deadline.kind, deadline.due_at) == (DeadlineKind.REPLY_DUE, inquiry.due_at)
        course.at += factories.DAY
        way_back.return_selection(
            course.now(), **course.by("buzhang"), stage=Stage.NOMINATION, reason="需要扩大人选范围"
        )
        assert Deadline.objects.get(inquiry=inquiry).ended_at == course.at
        assert [course.candidacy(nth).state for nth in range(3)] == [
            CandidacyState.NOMINATED,
            CandidacyState.NOMINATED,
            CandidacyState.ENDED,
        ]
        again = course.nominate(course.people[2])
        assert again.pk == course.candidacies[2].pk
        assert (again.state, again.ended_stage, again.end_reason) == (CandidacyState.NOMINATED, "", "")
        visits = course.now().visits.order_by("pk").values_list("stage", "returned", "left_at")
        assert [(stage, returned, left is None) for stage, returned, left in visits] == [
            ("motion", False, False),
            ("nomination", False, False),
            ("recommendation", False, False),
            ("inspection", False, False),
            ("nomination", True, True),
        ]

    @pytest.mark.covers("NOM-05", refused=True)
    def test_who_withdraws_is_missing_from_what_follows(self) -> None:
        course = self.course
        way_back.withdraw_candidacy(course.candidacy(0), **course.by("jingban"), reason="本人申请退出")
        left = course.candidacy(0)
        assert (left.state, left.ended_stage, left.end_reason) == (
            CandidacyState.WITHDRAWN,
            Stage.RECOMMENDATION,
            "本人申请退出",
        )
        with pytest.raises(acts.Refused):
            course.open_inspection()
        course.open_inspection(candidates=[course.candidacy(1), course.candidacy(2)], low_votes_reason="前一名退出")
        way_back.end_candidacy(course.candidacy(1), **course.by("buzhang"), reason="考察中发现问题")
        assert course.candidacy(1).ended_stage == Stage.INSPECTION

    def test_one_teller_cannot_count_twice_and_differing_counts_are_entered_again(self) -> None:
        course = self.course
        poll = course.hold(factories.RecommendationForm.TALK)
        course.count(poll, (30, 20, 10), by="jipiao1")
        with pytest.raises(acts.Refused):
            course.count(poll, (30, 20, 10), by="jipiao1")
        course.count(poll, (30, 20, 11), by="jipiao2")
        with pytest.raises(acts.Refused):
            factories.recommendation.confirm_tally(poll, **course.by("jingban"))
        assert course.fresh(poll).confirmed_at is None
        factories.recommendation.reject_tally(poll, **course.by("jingban"), reason="两人计票不一致")
        for teller in ("jipiao1", "jipiao2"):
            course.count(poll, (30, 20, 11), by=teller)
        factories.recommendation.confirm_tally(poll, **course.by("jingban"), evidence=factories.SCAN)
        assert poll.sheets.count() == 4
        assert course.now().case().votes_for(course.candidacy(2), factories.RecommendationForm.TALK) == (11, 50)
