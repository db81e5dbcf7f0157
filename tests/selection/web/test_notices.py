"""Public notices: what they show, until when, and how a report comes in and is answered (任前公示页面)."""

import hashlib
import logging
import re
from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.ballots.codes import read_code
from selection.enums import Act, AppointmentState, Effect, Paper
from selection.models import Appointment, Document, Objection
from selection.stages import notice, reports, way_back
from selection.web.acts import act_url
from tests.factories import SCAN, Course, Point
from tests.page_lint import LintingClient
from tests.selection.web.standing import fill_in, scan, signed_in, standing_at

pytestmark = pytest.mark.django_db

SAID = "此人于二〇一九年挪用项目经费三万元"
REPORTER = "欧阳示举"
CONTACT = "0000-98765"
LIST = "/notices/"
RECEIPT = "/notices/receipt/"
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None, settings: Any, tmp_path: Any) -> Course:
    """A notice that was published on the day on which the site's clock stands; a test may go on from here."""
    settings.CLOCK_FILE = tmp_path / "clock"
    turn_to(standing.at, settings)
    return replace_course(standing)


def replace_course(standing: Course) -> Course:
    """The same course again, so that a test moves only its own."""
    own = copy(standing)
    own.done = set(standing.done)
    own.appointment = Appointment.objects.select_related("person").get(pk=standing.appointment.pk)
    return own


def turn_to(at: Any, settings: Any) -> None:
    """Set the site's clock to the day of ``at``; the clock counts in days, the hour stays that of the machine."""
    from django.utils import timezone

    days = (at.date() - timezone.now().date()).days
    settings.CLOCK_FILE.write_text(f"{days + 1}\n")


def address(course: Course) -> str:
    return f"/notices/{course.appointment.notice_slug}/"


def report(course: Course, client: LintingClient | None = None, **given: str) -> Any:
    """Fill in the form as a browser does, token and all."""
    client = client or LintingClient()
    where = address(course) + "objection/"
    form = client.get(where)
    token = re.search(r'name="token" value="(\w+)"', form.content.decode())
    assert token
    return client.post(where, {"content": SAID, "token": token[1], **given})


def code_of(answer: Any) -> str:
    found = re.search(r'id="receipt-code">([0-9A-Z-]+)<', answer.content.decode())
    assert found
    return found[1]


# --- what is shown ---------------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.covers("NOT-07")
def test_every_public_page_in_both_languages_without_any_cookie(course: Course, language: str) -> None:
    client = LintingClient(headers={"accept-language": "de"})
    for where in (LIST, address(course), address(course) + "objection/", RECEIPT):
        answer = client.get(f"{where}?language={language}")
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.content.decode()
        assert (answer["Content-Language"], answer["Cache-Control"]) == (
            language,
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
        assert not client.cookies
        assert "Set-Cookie" not in answer
        links = re.findall(r'href="(/notices/[^"]*)"', answer.content.decode())
        assert links
        assert all(link.endswith(f"?language={language}") for link in links)


@LANGUAGES
@pytest.mark.covers("NOT-05", "NOT-20")
def test_the_notice_says_for_whom_it_is_meant_and_what_everybody_can_do(course: Course, language: str) -> None:
    html = LintingClient().get(f"{address(course)}?language={language}").content.decode()
    assert "所在单位（县委办公室）；下属单位；公众" in html
    asked = {"zh-hans": "公示期间，可以来电、来信或者在本页反映情况", "en": "While the notice runs, anyone may report"}
    assert asked[language] in html


@pytest.mark.covers("NOT-08", "NOT-17")
def test_the_notice_shows_what_the_rules_say_and_nothing_else(course: Course) -> None:
    html = LintingClient().get(address(course)).content.decode()
    person = course.appointment.person
    for shown in (
        person.name,
        "汉族",
        "1980年6月",
        "县委办公室副主任",
        "县融媒体中心主任",
        "0000-12380",
        "县委组织部干部监督科",
    ):
        assert shown in html
    assert "native_place" not in course.selection.rules["notice.fields"].value
    for kept in ("澄溪甲湾", "工作扎实", "抓落实有时偏急", course.people[1].name, course.people[2].name, "赵示一"):
        assert kept not in html
    assert person.name in LintingClient().get(LIST).content.decode()


@pytest.mark.covers("NOT-07", refused=True)
def test_a_notice_that_is_printed_only_is_not_in_the_list_but_at_its_address(course: Course) -> None:
    notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="公示内容有误")
    printed = notice.publish_notice(
        course.candidacies[0], **course.by("jingban"), phone="0000-12380", address="", channels=["poster"]
    )
    client = LintingClient()
    html = client.get(LIST).content.decode()
    assert printed.notice_slug not in html
    assert course.appointment.notice_slug not in html
    assert course.appointment.person.name in client.get(f"/notices/{printed.notice_slug}/").content.decode()


def test_an_unknown_notice_is_a_page_that_says_so_and_sets_no_cookie(course: Course) -> None:
    client = LintingClient()
    for where in ("/notices/AAAAAAAAAAAA/", "/notices/AAAAAAAAAAAA/objection/"):
        answer = client.get(where)
        assert (answer.status_code, bool(client.cookies)) == (404, False)
        english = client.get(f"{where}?language=en").content.decode()
        assert "There is no such notice." in english
        assert f'href="{LIST}?language=en"' in english


def test_the_number_of_queries_is_small_and_the_same_for_every_notice(course: Course) -> None:
    client = LintingClient()
    for where, most in ((LIST, 3), (address(course), 2)):
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        assert len(captured) <= most, [query["sql"][:90] for query in captured]


# --- after the end ---------------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.parametrize("ending", ["over", "closed", "cancelled"])
@pytest.mark.covers("NOT-13", refused=True)
def test_after_the_end_nothing_personal_is_left(course: Course, settings: Any, ending: str, language: str) -> None:
    if ending == "cancelled":
        notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="群众反映属实")
    else:
        turn_to(course.appointment.notice_ends_at + timedelta(days=1), settings)
    if ending == "closed":
        course.go_to(Point.CLEARED)
    client = LintingClient()
    for where in (address(course), address(course) + "objection/"):
        html = client.get(f"{where}?language={language}").content.decode()
        if not where.endswith("objection/"):
            assert ("This notice has ended" if language == "en" else "本公示已结束") in html
            assert "0000-12380" in html
        for gone in (course.appointment.person.name, "县融媒体中心主任", "汉族", "群众反映属实"):
            assert gone not in html
    assert course.appointment.notice_slug not in client.get(LIST).content.decode()


@LANGUAGES
@pytest.mark.parametrize("ending", ["over", "cancelled", "suspended"])
@pytest.mark.covers("NOT-14")
def test_a_report_when_no_notice_runs_is_received_and_nothing_is_lost(
    course: Course, settings: Any, ending: str, language: str
) -> None:
    client = LintingClient()
    if ending == "cancelled":
        notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="需要重新研究")
    elif ending == "suspended":
        way_back.suspend_selection(course.now(), **course.by("buzhang"), reason="等待上级批复")
    else:
        turn_to(course.appointment.notice_ends_at + timedelta(days=1), settings)
    where = f"{address(course)}objection/?language={language}"
    asked = client.get(where).content.decode()
    answer = client.post(where, {"content": SAID, "reporter": REPORTER, "token": "a" * 32})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert ("received as a report" if language == "en" else "按举报受理") in asked
    assert ("Received as a report" if language == "en" else "已按举报受理") in html
    for hidden in (course.appointment.person.name, "县融媒体中心主任", "需要重新研究", "等待上级批复"):
        assert hidden not in asked + html
    (objection,) = Objection.objects.all()
    assert (objection.content, objection.reporter, objection.late) == (SAID, REPORTER, True)
    assert not client.cookies
    code = re.search(r'id="receipt-code">([^<]+)<', html)
    assert code is not None
    assert "您的反映正在核查" in client.post(RECEIPT, {"code": code[1].strip()}).content.decode()


@LANGUAGES
def test_a_suspended_notice_says_so_and_shows_nobody(course: Course, language: str) -> None:
    way_back.suspend_selection(course.now(), **course.by("buzhang"), reason="等待上级批复")
    client = LintingClient()
    html = client.get(f"{address(course)}?language={language}").content.decode()
    assert ("This notice is suspended" if language == "en" else "本公示已暂停") in html
    assert course.appointment.person.name not in html + client.get(LIST).content.decode()
    way_back.resume_selection(course.now(), **course.by("buzhang"), reason="批复已到")
    assert course.appointment.person.name in client.get(LIST).content.decode()


# --- reporting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.covers("NOT-14", "NOT-15")
def test_a_report_is_taken_down_and_its_receipt_leads_to_the_answer(course: Course, named: bool) -> None:
    client = LintingClient()
    given = {"reporter": REPORTER, "contact": CONTACT} if named else {}
    code = code_of(report(course, client, **given))
    (objection,) = Objection.objects.all()
    assert (objection.content, objection.reporter, objection.contact) == (
        SAID,
        REPORTER if named else "",
        CONTACT if named else "",
    )
    assert objection.receipt_hash == hashlib.sha256(b"cadre-receipt" + read_code(code).encode()).hexdigest()
    (entry,) = reading.entries(stream=course.selection.streams()[0], actions=[Act.FILE_OBJECTION])
    assert entry.actor["auth"] == "public"
    assert entry.data["facts"] == {"named": named, "late": False}
    for hidden in (SAID, REPORTER, CONTACT, code, read_code(code)):
        assert hidden not in entry.body

    waiting = client.post(RECEIPT, {"code": code.lower().replace("-", " ")}).content.decode()
    assert "您的反映正在核查" in waiting
    reports.settle_objection(
        objection,
        **course.by("jingban"),
        effect=Effect.NO_EFFECT,
        investigation="调阅账目，系垫付后报销。",
        answer="经核查，该笔经费手续齐全。",
        evidence=SCAN,
    )
    settled = client.post(RECEIPT, {"code": code}).content.decode()
    assert "经核查，该笔经费手续齐全。" in settled
    for hidden in (SAID, REPORTER, CONTACT, "系垫付后报销", course.appointment.person.name):
        assert hidden not in waiting + settled
    assert not client.cookies


@LANGUAGES
def test_the_receipt_is_shown_once_and_in_both_languages(course: Course, language: str) -> None:
    client = LintingClient()
    where = f"{address(course)}objection/?language={language}"
    token = re.search(r'name="token" value="(\w+)"', client.get(where).content.decode())
    assert token
    first = client.post(where, {"content": SAID, "token": token[1]})
    assert f'<html lang="{language}">' in first.content.decode()
    code = code_of(first)
    again = client.post(where, {"content": SAID, "token": token[1]})
    assert (again.status_code, code in again.content.decode()) == (409, False)
    assert Objection.objects.count() == 1
    answer = client.post(f"{RECEIPT}?language={language}", {"code": code})
    assert answer.status_code == 200
    assert code not in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "id_code"),
        ("ABC", "这不是回执码"),
        ("0" * 17 + "1", "这不是回执码"),
        ("0" * 18, "没有使用此回执码的反映"),
    ],
)
def test_a_wrong_receipt_code_learns_nothing(course: Course, typed: str, says: str) -> None:
    report(course)
    answer = LintingClient().post(RECEIPT, {"code": typed})
    html = answer.content.decode()
    assert (answer.status_code, says in html) == (422, True)
    assert SAID not in html
    assert "您的反映" not in html


@LANGUAGES
@pytest.mark.covers("NOT-14", refused=True)
def test_an_empty_report_is_shown_again_with_what_was_typed(course: Course, language: str) -> None:
    answer = LintingClient().post(
        f"{address(course)}objection/?language={language}", {"content": " ", "reporter": REPORTER, "token": "b" * 32}
    )
    assert answer.status_code == 422
    assert 'href="#id_content"' in answer.content.decode()
    assert REPORTER in answer.content.decode()
    assert not Objection.objects.exists()


@pytest.mark.covers("NOT-14")
def test_no_public_page_and_no_log_ever_shows_a_report(course: Course, caplog: pytest.LogCaptureFixture) -> None:
    client = LintingClient()
    with caplog.at_level(logging.DEBUG):
        code = code_of(report(course, client, reporter=REPORTER, contact=CONTACT))
        pages = [
            client.get(where).content.decode() for where in (LIST, address(course), address(course) + "objection/")
        ]
        pages.append(client.post(RECEIPT, {"code": code}).content.decode())
    logged = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("django.db.backends")
    )
    for hidden in (SAID, REPORTER, CONTACT):
        assert hidden not in "".join(pages)
        assert hidden not in logged
    assert code not in logged
    assert read_code(code) not in logged


# --- forms of the department -----------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.covers("NOT-02")
def test_the_notice_is_published_and_closed_on_its_page(course: Course, settings: Any, language: str) -> None:
    notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="公示内容有误")
    client = signed_in(course, "jingban", language)
    url = act_url(Act.PUBLISH_NOTICE, course.candidacy(0))
    shown = client.get(url)
    assert shown.context["form"]["channels"].value() == ["page", "poster"]
    assert shown.context["form"].consequence
    assert fill_in(client, url, phone="0000-12380", channels=[]).status_code == 422
    assert fill_in(client, url, phone="0000-12380", address="县委组织部").status_code == 302
    published = Appointment.objects.get(state=AppointmentState.ON_NOTICE)
    assert (published.notice_channels, published.notice_address) == (["page", "poster"], "县委组织部")
    closing = act_url(Act.CLOSE_NOTICE, published)
    assert fill_in(client, closing).status_code == 422
    turn_to(published.notice_ends_at, settings)
    assert fill_in(client, closing).status_code == 302
    assert course.fresh(published).state == AppointmentState.CLEARED


@LANGUAGES
@pytest.mark.covers("NOT-15")
def test_staff_take_a_report_by_telephone_and_settle_it(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    url = act_url(Act.FILE_OBJECTION, course.appointment)
    shown = client.get(url)
    code = shown.context["form"]["receipt"].value()
    answer = fill_in(client, url, channel="telephone", content=SAID, reporter=REPORTER, receipt=code)
    assert answer.status_code == 302
    (objection,) = Objection.objects.all()
    assert "您的反映正在核查" in LintingClient().post(RECEIPT, {"code": code}).content.decode()

    settling = act_url(Act.SETTLE_OBJECTION, objection)
    html = client.get(settling).content.decode()
    assert SAID in html
    assert REPORTER in html
    refused = fill_in(client, settling, effect=Effect.UPHELD, investigation="属实。")
    assert refused.status_code == 422
    assert not course.fresh(objection).settled_at
    concluded = {"effect": Effect.UPHELD, "investigation": "属实。", "answer": "已取消任职。"}
    refused = fill_in(client, settling, **concluded)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["evidence"])
    assert not course.fresh(objection).settled_at
    answer = fill_in(client, settling, **concluded, evidence=scan())
    assert answer.status_code == 302
    assert course.fresh(course.appointment).state == AppointmentState.CANCELLED
    (paper,) = Document.objects.filter(kind=Paper.EVIDENCE, appointment=course.appointment)
    assert (paper.title, paper.name) == ("核查报告", "核查报告.pdf")
    entry = reading.entries(stream=course.selection.streams()[0], actions=["settle_objection"], newest_first=True)[0]
    assert [one["sha256"] for one in entry.files] == [paper.sha256]


@LANGUAGES
@pytest.mark.covers("NOT-15")
def test_an_investigation_is_noted_holds_the_appointment_and_its_answer_so_far_is_read(
    course: Course, language: str
) -> None:
    code = code_of(report(course))
    (objection,) = Objection.objects.all()
    client = signed_in(course, "jingban", language)
    noting = act_url(Act.INVESTIGATE_OBJECTION, objection)
    assert fill_in(client, noting, notes=" ").status_code == 422
    assert fill_in(client, noting, notes="已调阅账目。").status_code == 302
    settling = act_url(Act.SETTLE_OBJECTION, objection)
    assert "已调阅账目。" in client.get(settling).content.decode()
    held = fill_in(client, settling, effect=Effect.HELD, investigation="正在函询。", answer="正在核查，暂缓任职。")
    assert held.status_code == 302
    html = client.get(course.now().get_absolute_url()).content.decode()
    assert ("the appointment is held" if language == "en" else "暂缓任职") in html
    public = LintingClient().post(f"{RECEIPT}?language={language}", {"code": code}).content.decode()
    assert "正在核查，暂缓任职。" in public
    assert "正在函询。" not in public + SAID
    concluded = {"effect": Effect.UNFOUNDED, "investigation": "不属实。", "answer": "反映不属实。"}
    settled = fill_in(client, settling, **concluded, evidence=scan())
    assert settled.status_code == 302
    assert "反映不属实。" in LintingClient().post(RECEIPT, {"code": code}).content.decode()


@pytest.mark.parametrize("username", ["shuji", "jiandu", "jiwei", "lingdao", "jipiao1", "guanli"])
@pytest.mark.covers("NOT-15", refused=True)
def test_nobody_else_reads_a_report(course: Course, username: str) -> None:
    report(course, reporter=REPORTER)
    (objection,) = Objection.objects.all()
    answer = signed_in(course, username).get(act_url(Act.SETTLE_OBJECTION, objection))
    assert answer.status_code in (403, 404)
    assert SAID not in answer.content.decode()
    assert REPORTER not in answer.content.decode()


@LANGUAGES
def test_the_appointment_is_cancelled_on_its_page(course: Course, language: str) -> None:
    client = signed_in(course, "buzhang", language)
    url = act_url(Act.CANCEL_APPOINTMENT, course.appointment)
    assert fill_in(client, url).status_code == 422
    assert fill_in(client, url, reason="本人放弃。").status_code == 302
    assert course.fresh(course.appointment).state == AppointmentState.CANCELLED


@LANGUAGES
@pytest.mark.covers("PRO-02")
def test_talk_appointment_and_probation_on_their_pages(course: Course, settings: Any, language: str) -> None:
    course.go_to(Point.CLEARED)
    turn_to(course.at + timedelta(days=1), settings)
    appointment = course.appointment
    head, staff = signed_in(course, "buzhang", language), signed_in(course, "jingban", language)
    talk = act_url(Act.HOLD_APPOINTMENT_TALK, appointment)
    assert fill_in(head, talk, talk_notes="提出要求。").status_code == 302
    appoint = act_url(Act.APPOINT_CANDIDATE, appointment)
    shown = staff.get(appoint)
    (held,) = shown.context["form"].fields["ended"].rows.values()
    assert shown.context["form"]["ended"].value() == [str(held.pk)]
    assert fill_in(staff, appoint, document_number="澄委干〔2026〕9号").status_code == 302
    appointment = course.fresh(appointment)
    assert appointment.state == AppointmentState.APPOINTED
    assert course.fresh(held).until_on is not None
    assess = act_url(Act.ASSESS_PROBATION, appointment)
    assert fill_in(staff, assess, fit="yes", opinion="胜任。").status_code == 422
    turn_to(appointment.probation_ends_at, settings)
    assert fill_in(staff, assess, opinion="胜任。").status_code == 422
    assert fill_in(staff, assess, fit="yes", opinion="胜任。").status_code == 302
    relieve, confirm = act_url(Act.RELIEVE_APPOINTMENT, appointment), act_url(Act.CONFIRM_APPOINTMENT, appointment)
    assert fill_in(head, relieve, reason="不胜任。").status_code == 422
    assert fill_in(head, confirm).status_code == 302
    assert course.fresh(appointment).state == AppointmentState.CONFIRMED
