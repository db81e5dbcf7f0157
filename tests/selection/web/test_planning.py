"""A plan that is returned once, and a post that everybody may read of (方案、职位公告页面)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit import reading
from selection.enums import Act, PlanOutcome, PostClass
from selection.models import Announcement, Nomination, Plan
from selection.register import keeping
from selection.web.acts import act_url
from tests.factories import Course, Point, run_to
from tests.selection.bodies import body
from tests.selection.web.standing import fill_in, scan, signed_in


@pytest.fixture
def under(tmp_path: Any, settings: Any) -> Callable[..., Course]:
    """A selection that has just been agreed to under a body with these rules."""

    def begun(name: str, **rules: str) -> Course:
        course = run_to(Point.MOTION, rulebook=body(settings, tmp_path, name, **rules))
        course.agree()
        course.done.add(Point.NOMINATION)
        return course

    return begun


def send(course: Course, act: Act, subject: Any, **given: Any) -> Any:
    """What the case officer's page answers to the form with these values."""
    return fill_in(signed_in(course, "jingban"), act_url(act, subject), **given)


@pytest.mark.covers("POS-12", "POS-01")
@pytest.mark.django_db
def test_a_plan_is_returned_put_right_and_approved(under: Callable[..., Course]) -> None:
    course = under("gated", plan__gate='"approval"', post__quota_confirmed_by='"civil_service_office"')
    selection = course.selection
    given = {"superior": "区公务员局", "quota_confirmed_on": course.day, "quota_confirmed": 0}
    refused = send(
        course, Act.SUBMIT_PLAN, selection, **given, evidence=scan("方案.pdf"), quota_evidence=scan("核定.pdf")
    )
    assert refused.status_code == 422
    assert "核定的空余职数不少于拟配备的职数" in refused.content.decode(), refused.context["form"].errors
    assert not Plan.objects.exists()
    for answer in (PlanOutcome.RETURNED, PlanOutcome.APPROVED):
        sent = send(
            course,
            Act.SUBMIT_PLAN,
            selection,
            **given | {"quota_confirmed": 1},
            evidence=scan("方案.pdf"),
            quota_evidence=scan("核定.pdf"),
        )
        assert sent.status_code == 302, sent.context["form"].errors
        plan = Plan.objects.latest("pk")
        said = {"outcome": answer, "answer": "资格条件设置过窄，请修改。", "evidence": scan("批复.pdf")}
        assert send(course, Act.ANSWER_PLAN, plan, **said).status_code == 302
    shown = signed_in(course, "jingban").get(selection.get_absolute_url()).content.decode()
    assert "资格条件设置过窄，请修改。" in shown
    assert [row.outcome for row in Plan.objects.order_by("pk")] == [PlanOutcome.RETURNED, PlanOutcome.APPROVED]
    assert course.nominate(course.people[0]).pk


@pytest.mark.covers("POS-08", "POS-09", "POS-10", "NOT-12")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_reads_of_a_post_while_persons_are_looked_for(
    under: Callable[..., Course], client: Client, language: str
) -> None:
    course = under("open", post__announcement='["posts", "seats", "conditions", "scope"]')
    selection, page = course.selection, f"{reverse('notices')}?language={language}"
    assert "大学本科以上学历" not in client.get(page).content.decode()
    given = {"published_on": course.day, "conditions": "大学本科以上学历", "scope": "县直单位和各乡镇", "procedure": ""}
    assert send(course, Act.ANNOUNCE_POST, selection, **given).status_code == 302
    shown = client.get(page).content.decode()
    assert "大学本科以上学历" in shown
    assert "县直单位和各乡镇" in shown
    assert Announcement.objects.get().seats == 1
    course.draw_up_list()
    course.go_to(Point.INSPECTION)
    assert "大学本科以上学历" not in client.get(page).content.decode()


@pytest.mark.covers("POS-13")
@pytest.mark.django_db
def test_a_nomination_says_from_which_circle_the_person_comes(under: Callable[..., Course]) -> None:
    course = under("circles", post__sources='["department", "company"]')
    given = {
        "person": course.people[0].name,
        "source": "department",
        "proposed_on": course.day,
        "reason": "熟悉业务。",
        "origin": "company",
    }
    refused = send(course, Act.NOMINATE_CANDIDATE, course.selection, **given)
    assert refused.status_code == 422
    assert "nobody_nearer" in refused.context["form"].errors, refused.context["form"].errors
    assert not Nomination.objects.exists()
    why = "本部门现有人员均不符合任职资格。"
    sent = send(course, Act.NOMINATE_CANDIDATE, course.selection, **given, nobody_nearer=why)
    assert sent.status_code == 302
    assert Nomination.objects.get().origin == "company"
    page = signed_in(course, "jingban").get(course.selection.get_absolute_url()).content.decode()
    assert "全公司范围" in page
    assert why in page


@pytest.mark.covers("POS-22")
@pytest.mark.django_db
def test_the_form_for_a_post_of_the_middle_level_offers_competition_alone(under: Callable[..., Course]) -> None:
    course = under("competing", post__competition_only='["middle_level"]')
    keeping.correct_post(
        course.post, **course.by("jingban"), values={"post_class": PostClass.MIDDLE}, reason="按三定方案更正"
    )
    given = {
        "person": course.people[0].name,
        "source": "department",
        "proposed_on": course.day,
        "reason": "竞争上岗综合成绩第一名。",
        "route": "competition",
    }
    without = send(course, Act.NOMINATE_CANDIDATE, course.selection, **given)
    assert without.status_code == 422
    assert "evidence" in without.context["form"].errors, without.context["form"].errors
    assert [value for value, _label in without.context["form"].fields["route"].choices] == ["competition"]
    result = scan("竞争上岗成绩公告.pdf")
    assert send(course, Act.NOMINATE_CANDIDATE, course.selection, **given, evidence=result).status_code == 302
    assert Nomination.objects.get().route == "competition"


@pytest.mark.covers("QUA-18", "QUA-20", refused=True)
@pytest.mark.django_db
def test_a_promotion_by_exception_is_on_record_with_what_was_not_met(
    under: Callable[..., Course],
) -> None:
    long = '{ n = 30, unit = "year", first_day = "counted" }'
    course = under("outstanding", qualification__grade_years=long, qualification__exception="true")
    given = {"person": course.people[0].name, "source": "department", "proposed_on": course.day, "reason": "熟悉业务。"}
    refused = send(course, Act.NOMINATE_CANDIDATE, course.selection, **given)
    assert refused.status_code == 422
    assert "任职年限" in refused.content.decode()
    why = "在防汛抢险中表现特别优秀。"
    assert send(course, Act.NOMINATE_CANDIDATE, course.selection, **given, exception=why).status_code == 302
    made = Nomination.objects.get()
    assert (made.exception, made.unmet) == (why, ["qualification.grade_years"])
    entry = reading.entries(stream=f"selection:{course.selection.pk}", actions=["nominate_candidate"])[0]
    assert entry.data["facts"]["unmet"] == ["qualification.grade_years"]
    assert entry.actor["id"] == str(course.county["jingban"].pk)
    for language, label in (("zh-hans", "破格提拔"), ("en", "By exception")):
        page = signed_in(course, "jingban", language).get(course.selection.get_absolute_url()).content.decode()
        assert label in page
        assert why in page


@pytest.mark.covers("MOT-09")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_motion_names_the_plan_by_which_the_leading_body_is_adjusted(language: str) -> None:
    course = run_to(Point.MOTION)
    other = course.again(
        keeping.add_post(
            course.unit, **course.by("jingban"), values={"title": "副主任", "grade": "township_deputy", "seats": 1}
        ),
        at=course.at,
    )
    keeping.set_quota(course.unit, **course.by("jingban"), grade="township_deputy", approved=1)
    plan = "县直单位领导班子调整计划"
    given = {"post": str(other.post.pk), "seats": 1, "triggers": ["vacancy"], "reason": "职位空缺。", "team_plan": plan}
    sent = fill_in(signed_in(course, "jingban", language), act_url(Act.OPEN_SELECTION, course.county.mandate), **given)
    assert sent.status_code == 302, sent.context["form"].errors
    made = course.county.mandate.selections.exclude(pk=course.selection.pk).get()
    page = signed_in(course, "jingban", language).get(made.get_absolute_url()).content.decode()
    assert plan in page
    assert ("班子调整计划" if language == "zh-hans" else "Plan of adjusting the leading body") in page
