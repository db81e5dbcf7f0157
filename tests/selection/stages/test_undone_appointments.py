"""An appointment undone on probation: posts, quota and grade go back in one transaction (取消试任、恢复原职级)."""

from datetime import date
from typing import Any

import pytest
from django.test import TestCase

from audit import reading
from selection import acts
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    EarlyEnd,
    Effect,
    Grade,
    Matter,
    Stage,
)
from selection.models import Deadline, ImportantMatter
from selection.models.case import FormerPost
from selection.register import keeping
from selection.register.models import Tenure, vacancies
from selection.stages import notice, probation, reports
from selection.web.acts import act_url
from tests import factories
from tests.factories import DAY, Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.stages import cases

NOT_FREE = {"The posts to which the person returns were left for this one and are free": ""}


@pytest.mark.parametrize("act", [Act.CANCEL_APPOINTMENT, Act.RELIEVE_APPOINTMENT])
@pytest.mark.parametrize(("free", "ours"), [(True, True), (False, True), (True, False)])
def test_only_a_free_post_that_was_left_for_this_one_is_given_back(act: Act, free: bool, ours: bool) -> None:
    case = cases.with_appointment(AppointmentState.APPOINTED, assessed_fit=False)
    left, other = Tenure(pk=5, post=cases.POST), Tenure(pk=6, post=cases.POST)
    case.former = [FormerPost(left, free)]
    given: dict[str, Any] = {"reason": "不胜任", "restored": [left if ours else other]}
    given |= {"ground": EarlyEnd.SANCTION} if act is Act.CANCEL_APPOINTMENT else {}
    assert cases.refused(act, case, **given) == ({} if free and ours else NOT_FREE)


@pytest.mark.django_db
class TestOnProbation(TestCase):
    """Appointed a month ago; the former post of the person is vacant."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.APPOINTED)
        cls.course.at += 30 * DAY

    @property
    def former(self) -> Tenure:
        return Tenure.objects.filter(person=self.course.people[0]).earliest("from_on")

    def cancel(self, **given: Any) -> None:
        values = {"reason": "受到党内严重警告处分", "ground": EarlyEnd.SANCTION, "restored": [self.former]}
        notice.cancel_appointment(self.course.appointment, **self.course.by("buzhang"), **values | given)

    def raise_grade(self) -> None:
        keeping.correct_person(
            self.course.people[0],
            **self.course.by("jingban"),
            values={"grade": Grade.TOWNSHIP_CHIEF, "grade_since": date(2026, 4, 1)},
            reason="任职后职级变动",
        )

    @pytest.mark.covers("PRO-04", "PRO-06", "POS-03")
    def test_cancelled_on_probation_posts_quota_grade_and_deadlines_go_back_together(self) -> None:
        course = self.course
        self.raise_grade()
        before = vacancies(course.unit, course.post.grade, course.day)
        office = self.former.post.organisation
        assert vacancies(office, Grade.TOWNSHIP_DEPUTY, course.day).free == 1
        self.cancel()
        assert course.appointment.state == AppointmentState.CANCELLED
        assert (course.appointment.early_end, course.candidacy(0).state) == (EarlyEnd.SANCTION, CandidacyState.ENDED)
        assert vacancies(course.unit, course.post.grade, course.day).free == before.free + 1
        assert vacancies(office, Grade.TOWNSHIP_DEPUTY, course.day).free == 0
        old, trial, again = Tenure.objects.filter(person=course.people[0]).order_by("pk")
        assert (trial.until_on, trial.on_probation) == (course.day, False)
        assert (again.post, again.from_on, again.until_on) == (old.post, course.day, None)
        person = course.fresh(course.people[0])
        assert (person.grade, person.grade_since) == (Grade.TOWNSHIP_DEPUTY, date(2018, 5, 1))
        assert not Deadline.objects.filter(ended_at__isnull=True).exists()
        assert course.now().stage == Stage.CLOSED
        matter = ImportantMatter.objects.get()
        assert (matter.kind, matter.candidacy) == (Matter.OTHER, course.candidacy(0))
        assert "县委办公室副主任" in matter.result
        of_case = reading.entries(stream=course.now().streams()[0], newest_first=True)[0]
        of_person = reading.entries(stream=f"person:{person.pk}", newest_first=True)[0]
        assert of_case.action == of_person.action == "cancel_appointment"
        assert of_case.req == of_person.req
        assert of_case.data["facts"] == {"posts_restored": 1, "grade_restored": True}
        assert "严重警告" not in of_case.body

    @pytest.mark.covers("PRO-03", refused=True)
    def test_where_somebody_else_has_the_former_post_it_says_what_to_do(self) -> None:
        course = self.course
        successor = factories.person(course.county, "林示戊", of=self.former.post.organisation, at=course.at)
        keeping.add_tenure(successor, **course.by("jingban"), values={"post": self.former.post, "from_on": course.day})
        with pytest.raises(acts.Refused) as refusal:
            self.cancel()
        assert [one.field for one in refusal.value.unmet] == ["restored"]
        assert course.appointment.state == AppointmentState.APPOINTED
        self.cancel(restored=[])
        assert not Tenure.objects.filter(person=course.people[0], until_on__isnull=True).exists()
        assert "另行安排职务" in ImportantMatter.objects.get().result

    def test_a_post_that_another_selection_is_to_fill_is_not_free(self) -> None:
        course = self.course
        course.again(self.former.post, at=course.at).go_to(Point.NOMINATION)
        with pytest.raises(acts.Refused):
            self.cancel()

    @pytest.mark.covers("PRO-03", refused=True)
    def test_relieved_after_a_failed_probation_the_person_has_grade_and_post_from_before(self) -> None:
        course = self.course
        self.raise_grade()
        course.assess(fit=False)
        probation.relieve_appointment(
            course.appointment, **course.by("buzhang"), reason="试用期考核不胜任", restored=[self.former]
        )
        person = course.fresh(course.people[0])
        assert (person.grade, course.appointment.state) == (Grade.TOWNSHIP_DEPUTY, AppointmentState.RELIEVED)
        assert Tenure.objects.get(person=person, until_on__isnull=True).post == self.former.post
        assert course.now().stage == Stage.CLOSED
        entry = reading.entries(stream=course.now().streams()[0], actions=["relieve_appointment"])[0]
        assert entry.data["facts"] == {"posts_restored": 1, "grade_restored": True}

    @pytest.mark.covers("NOT-14")
    def test_a_report_upheld_on_probation_cancels_nothing_by_itself_and_is_a_ground(self) -> None:
        course = self.course
        report = notice.file_objection(
            course.appointment, **course.by("public"), content="反映有关问题", receipt_hash="9" * 64
        )
        reports.settle_objection(
            report,
            **course.by("jingban"),
            effect=Effect.UPHELD,
            investigation="经核查属实。",
            answer="已处理。",
            evidence=factories.SCAN,
        )
        assert course.appointment.state == AppointmentState.APPOINTED
        self.cancel(ground=EarlyEnd.REPORT)
        assert course.appointment.state == AppointmentState.CANCELLED

    def test_cancelled_on_its_page_in_both_languages(self) -> None:
        course = self.course
        for language in ("en", "zh-hans"):
            client = LintingClient()
            client.force_login(course.county["buzhang"])
            client.cookies["language"] = language
            url = act_url(Act.CANCEL_APPOINTMENT, course.appointment)
            assert url in client.get(course.now().get_absolute_url()).content.decode()
            form = client.get(url).context["form"]
            assert list(form.fields["restored"].rows) == [str(self.former.pk)]
            assert client.post(url, {"token": "x" * 32, "reason": "处分"}).status_code == 422


def test_before_office_nothing_of_the_register_is_touched() -> None:
    case = cases.with_appointment(AppointmentState.CLEARED)
    assert cases.refused(Act.CANCEL_APPOINTMENT, case, reason="本人放弃") == {}
