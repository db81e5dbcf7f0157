"""Every form of a selection's own acts, in both languages (选任事项各办理表单)."""

from typing import Any

import pytest

from selection import acts
from selection.enums import Act, Part, RecommendationForm
from selection.models import Appointment, Candidacy
from selection.stages import inspection, motion, planning, recommendation, reports, way_back
from selection.stages import nomination as nominating
from selection.web.acts import act_url
from selection.web.forms.act import FORMS
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db(databases=["default", "box"])
LANGUAGES = ("zh-hans", "en")
ROOMS = (
    "yearly",
    "motion",
    "planning",
    "liability",
    "sitting",
    "nomination",
    "review",
    "comparison",
    "formality",
    "recommendation",
    "inspection",
    "reports",
    "way_back",
    "charge",
)
OF_ROOMS = sorted(
    (act for act, done in acts.CATALOGUE.items() if set(done.module.split(".")) & set(ROOMS)), key=lambda act: act.value
)


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


@pytest.mark.parametrize("act", OF_ROOMS)
def test_a_form_gives_what_its_act_takes(act: Act) -> None:
    form = FORMS[act]
    fields = set(form.base_fields) - {"token"}
    if act is Act.CORRECT_FACT:  # the page of facts names row and fact in one word
        fields = fields - {"what"} | {"row", "fact"}
    if act is Act.FILE_REPORT:  # of the receipt code the act is given the hash alone
        fields = fields - {"receipt"} | {"receipt_hash"}
    extra = {Act.ENTER_TALLY: {"votes"}, Act.ENTER_NAMES: {"votes"}, Act.OPEN_SITTING: {"roll"}}.get(act, set())
    extra |= {"people"} if act is Act.RESOLVE_NAMES else set()
    extra |= {"groups"} if act is Act.HOLD_RECOMMENDATION else set()
    assert fields | extra == set(acts.CATALOGUE[act].parameters), act
    assert all(field.label for field in form.base_fields.values() if not field.widget.is_hidden)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_opens_and_reads_well(language: str) -> None:
    course = factories.course()
    opened: set[Act] = set()

    def opens(username: str, act: Act, subject: Any, **first: Any) -> None:
        page = signed_in(course, username, language).get(act_url(act, subject, **first))
        assert page.status_code == 200, act
        assert page.context["form"].act is act
        if isinstance(subject, Appointment | Candidacy):
            assert subject.person.name in page.content.decode(), act
        empty = signed_in(course, username, language).post(act_url(act, subject), {"token": ""})
        assert empty.status_code == 422, act
        opened.add(act)

    opens("jingban", Act.OPEN_SELECTION, course.county.mandate, post=course.post.pk)
    opens("jingban", Act.OPEN_REMOVAL, course.county.mandate)
    opens("jingban", Act.OPEN_BATCH, course.county.mandate)
    opens("jingban", Act.FILE_YEARLY_PLAN, course.county.mandate)
    opens("jingban", Act.FREEZE_MOTIONS, course.county.mandate)
    opens("buzhang", Act.LIFT_FREEZE, course.county.mandate)
    selection = course.go_to(Point.MOTION).selection
    opens("shuji", Act.APPROVE_MOTION, selection)
    course.go_to(Point.NOMINATION)
    opens("jingban", Act.SUBMIT_PLAN, selection)
    plan = planning.submit_plan(
        selection, **course.by("jingban"), superior="市委组织部", submitted_on=course.day, evidence=factories.SCAN
    )
    opens("jingban", Act.ANSWER_PLAN, plan)
    opens("jingban", Act.ANNOUNCE_POST, selection)
    opens("jingban", Act.TAKE_UP_NOMINATION, selection)
    opens("jiandu", Act.OPEN_LIABILITY, selection)
    opens("jingban", Act.CHOOSE_ROUTE, selection)
    opens("jingban", Act.NOMINATE_CANDIDATE, selection)
    opens("lingdao", Act.RECOMMEND_PERSONALLY, selection)
    opens("jingban", Act.ASSIGN_OFFICER, selection, part=Part.TELLER)
    opens("jingban", Act.RECUSE_PERSON, selection)
    opens("jingban", Act.DECLARE_RECUSAL, selection)
    opens("buzhang", Act.END_RECUSAL, selection)
    opens("jingban", Act.NOTE_MATTER, selection)
    opens("jingban", Act.FILE_REPORT, selection)
    found = {"channel": "found", "content": "有人拉票。", "receipt_hash": "5" * 64}
    report = reports.file_report(selection, **course.by("jiandu"), **found)
    opens("jingban", Act.INVESTIGATE_OBJECTION, report)
    opens("buzhang", Act.SETTLE_OBJECTION, report)
    unfounded = {"effect": "unfounded", "investigation": "查无实据。", "evidence": factories.SCAN}
    reports.settle_objection(course.fresh(report), **course.by("buzhang"), **unfounded)
    recommended = nominating.recommend_personally(
        selection, **course.by("lingdao"), person=course.person(1), reason="德才兼备。", signed=True, discipline=True
    )
    opens("jingban", Act.REVIEW_RECOMMENDATION, recommended)
    nominating.review_recommendation(recommended, **course.by("jingban"), outcome="declined", opinion="暂不列入。")
    opens("jingban", Act.FEED_BACK_RECOMMENDATION, recommended)
    course.go_to(Point.LISTED)
    opens("jingban", Act.REVIEW_QUALIFICATION, course.candidacy(0))
    opens("jingban", Act.OPEN_RECOMMENDATION, selection)
    course.go_to(Point.RECOMMENDATION)
    opens("jingban", Act.HOLD_RECOMMENDATION, selection, form=RecommendationForm.TALK)
    poll = course.hold(RecommendationForm.MEETING)
    opens("jipiao1", Act.ENTER_TALLY, poll)
    opens("jingban", Act.CONFIRM_TALLY, poll)
    opens("jingban", Act.REJECT_TALLY, poll)
    for teller in ("jipiao1", "jipiao2"):
        course.count(poll, (40, 36, 30), by=teller)
    recommendation.confirm_tally(poll, **course.by("jingban"), evidence=factories.SCAN)
    course.go_to(Point.COUNTED)
    opens("buzhang", Act.OPEN_INSPECTION, selection)
    course.go_to(Point.INSPECTION)
    first = course.candidacies[0]
    opens("jingban", Act.FORM_TEAM, selection)
    course.announce_inspection()
    opens("jingban", Act.PUBLISH_PRENOTICE, selection)
    for act in (Act.RECORD_TALK, Act.RECORD_ASSESSMENT, Act.RECORD_CHECK, Act.WRITE_REPORT):
        opens("kaocha1", act, selection, candidacy=first.pk)
    opens("jingban", Act.ASK_OPINION, selection, candidacy=first.pk, body="discipline")
    inquiry = inspection.ask_opinion(
        selection, **course.by("jingban"), candidacy=first, body="discipline", department=course.discipline
    )
    opens("jiwei", Act.ANSWER_INQUIRY, inquiry)
    opens("jingban", Act.FILE_REPLY, inquiry)
    shown = signed_in(course, "jingban", language).get(act_url(Act.REMIND_DEPARTMENT, inquiry))
    assert shown.status_code == 200
    opened.add(Act.REMIND_DEPARTMENT)
    opens("buzhang", Act.OPEN_DELIBERATION, selection)
    opens("jingban", Act.WITHDRAW_CANDIDACY, first)
    opens("jingban", Act.END_CANDIDACY, first)
    for act in (Act.RETURN_SELECTION, Act.SUSPEND_SELECTION, Act.END_SELECTION):
        opens("buzhang", act, selection)
    talk = inspection.record_talk(
        selection,
        **course.by("kaocha1"),
        candidacy=first,
        group="leaders",
        held_on=course.day,
        people=3,
        notes="工作扎实。",
    )
    opens("jingban", Act.CORRECT_FACT, selection, what=f"talk-{talk.pk}-held_on")
    sheet = poll.sheets.earliest("pk")
    made = way_back.correct_fact(
        selection, **course.by("jingban"), row=sheet, fact="valid", value=49, reason="录入时看错了一行。"
    )
    opens("jingban2", Act.CONFIRM_CORRECTION, made)
    opens("jingban2", Act.REFUSE_CORRECTION, made)
    way_back.suspend_selection(selection, **course.by("buzhang"), reason="机构改革")
    opens("buzhang", Act.RESUME_SELECTION, selection)
    elsewhere = {
        Act.COMPARE_CANDIDATE,
        Act.RECORD_FORMALITY,
        Act.RECONSIDER_DECISION,
        Act.HAND_OVER_LIABILITY,
        Act.SETTLE_LIABILITY,
    }
    elsewhere |= {act for act in OF_ROOMS if acts.CATALOGUE[act].module.endswith(".sitting")}
    assert sorted(opened | elsewhere) == sorted(OF_ROOMS)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_reconsidering_opens_and_reads_well(language: str) -> None:
    course = factories.run_to(Point.DECIDED)
    url = act_url(Act.RECONSIDER_DECISION, course.round)
    client = signed_in(course, "jingban", language)
    assert client.get(url).status_code == 200
    assert client.post(url, {"token": ""}).status_code == 422


def test_only_earlier_stages_are_offered_for_the_return() -> None:
    course = factories.run_to(Point.INSPECTION)
    form = signed_in(course, "buzhang").get(act_url(Act.RETURN_SELECTION, course.selection)).context["form"]
    assert [value for value, _label in form.fields["stage"].choices] == ["nomination", "recommendation"]


def test_posts_with_a_free_seat_are_offered_apart_from_those_that_are_held() -> None:
    course = factories.course()
    form = signed_in(course, "jingban").get(act_url(Act.OPEN_SELECTION, course.county.mandate)).context["form"]
    offered = [(str(unit), [str(label) for _key, label in posts]) for unit, posts in form.fields["post"].choices[1:]]
    names = "、".join(person.name for person in course.people)
    assert offered == [
        ("县融媒体中心", ["县融媒体中心主任"]),
        ("现有任职：县委办公室", [f"县委办公室副主任（现任者：{names}，须同时免职或先行离任）"]),
    ]


@pytest.mark.covers("INS-01", refused=True)
def test_a_talk_before_the_pre_notice_is_refused_with_its_article() -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    sent = {
        "token": "t1",
        "candidacy": course.candidacies[0].pk,
        "group": "leaders",
        "held_on": "2026-03-01",
        "people": 2,
        "notes": "谈话内容在此。",
    }
    url = act_url(Act.RECORD_TALK, course.selection)
    found = signed_in(course, "kaocha1").post(url, sent)
    assert found.status_code == 422
    text = found.content.decode()
    assert "谈话内容在此。" in text
    assert course.selection.rules["inspection.prenotice"].citation.label in text
    assert "held_on" in found.context["form"].errors
    done = signed_in(course, "kaocha1").post(url, sent | {"held_on": course.day.isoformat()})
    assert (done.status_code, done["Location"]) == (302, course.selection.get_absolute_url())


@pytest.mark.covers("MOT-07", refused=True)
def test_a_frozen_motion_needs_the_approval_from_above() -> None:
    course = factories.course()
    motion.freeze_motions(course.county.mandate, **course.by("buzhang"), ground="机构改革", from_on=course.day)
    client = signed_in(course, "jingban")
    found = client.post(
        act_url(Act.OPEN_SELECTION, course.county.mandate),
        {"token": "o1", "post": course.post.pk, "seats": 1, "triggers": ["vacancy"], "reason": "职位空缺，亟待补充。"},
    )
    assert found.status_code == 422
    assert "superior_approval" in found.context["form"].errors
    assert "职位空缺，亟待补充。" in found.content.decode()
