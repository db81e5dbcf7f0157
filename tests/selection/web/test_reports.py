"""Reports on the pages: taking one down, working on it, answering its reporter, and who learns nothing (举报页面)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection.enums import Act, Breach, CandidacyState, Channel, Effect, Part
from selection.models import Objection
from selection.stages import charge, reports
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.selection.web.standing import fill_in, scan, signed_in, words

pytestmark = pytest.mark.django_db(databases=["default", "box"])
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SAID, REPORTER, FOUND = "推荐会前有人宴请参会人员。", "赵示举", "经核查，宴请属实。"


@pytest.fixture
def course(settings: Any, tmp_path: Any) -> Course:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return factories.run_to(Point.INSPECTION)


def page(course: Course, username: str = "jingban", part: str = "", language: str = "zh-hans") -> str:
    answer = signed_in(course, username, language).get(f"/office/selections/{course.selection.number}/{part}")
    assert answer.status_code == 200
    return words(answer)


def take_down(course: Course, username: str = "jingban", **given: Any) -> Objection:
    values: dict[str, Any] = {"channel": Channel.LETTER, "content": SAID}
    values |= {"receipt_hash": f"{Objection.objects.count():064}", "candidacy": course.candidacies[0]}
    made: Objection = reports.file_report(course.selection, **course.by(username), **values | given)
    return made


@LANGUAGES
@pytest.mark.covers("NOM-16", "RPH-01", "WPR-16")
def test_a_report_from_the_first_page_to_the_answer_by_receipt_code(course: Course, language: str) -> None:
    officer = signed_in(course, "jingban", language)
    url = act_url(Act.FILE_REPORT, course.selection)
    assert url in page(course, language=language)
    form = officer.get(url).context["form"]
    code = form["receipt"].value()
    empty = officer.post(url, {"token": "r0"})
    assert set(empty.context["form"].errors) == {"channel", "content", "receipt"}
    about = course.candidacies[0]
    sent = {"candidacy": about.pk, "breach": "canvassing", "channel": "letter", "content": SAID, "receipt": code}
    assert fill_in(officer, url, **sent, reporter=REPORTER).status_code == 302
    report = Objection.objects.get()
    shown = page(course, language=language)
    assert str(Breach.CANVASSING.label) in shown or language == "en"
    settle = act_url(Act.SETTLE_OBJECTION, report)
    assert settle in shown
    assert settle in words(officer.get("/office/"))
    work = words(officer.get(settle))
    assert SAID in work
    assert REPORTER in work
    values = {"effect": "held", "investigation": FOUND, "answer": "正在核查。"}
    assert fill_in(officer, settle, **values).status_code == 302
    asked = signed_in(course, "jingban", language)
    asked.logout()
    receipt = f"{reverse('objection_receipt')}?language={language}"
    says = "核查结束前，有关事项暂缓办理" if language == "zh-hans" else "goes no further until the investigation"
    assert says in words(asked.post(receipt, {"code": code}))
    refused = fill_in(officer, settle, **values | {"effect": "excluded"})
    assert list(refused.context["form"].errors) == ["evidence"]
    assert (
        fill_in(officer, settle, **values | {"effect": "excluded", "answer": "已作处理。"}, evidence=scan()).status_code
        == 302
    )
    assert course.candidacy(0).state == CandidacyState.ENDED
    assert "已作处理。" in words(asked.post(receipt, {"code": code}))
    listed = signed_in(course, "jiandu", language).get(reverse("oversight_list", args=["reports"]))
    assert [row["selection"] for row in listed.context["rows"]] == [course.selection]


@pytest.mark.covers("WPR-16", refused=True)
def test_what_was_said_and_by_whom_stands_on_no_page_but_that_of_the_investigation(course: Course) -> None:
    made = take_down(course, reporter=REPORTER, contact="0000-1234")
    reports.investigate_objection(course.fresh(made), **course.by("buzhang"), notes=FOUND)
    for username in ("jingban", "buzhang", "shuji", "jiandu"):
        for part in ("", "facts/", "people/", "record/", "papers/", "votes/", "rules/"):
            text = page(course, username, part)
            for hidden in (SAID, REPORTER, "0000-1234", FOUND):
                assert hidden not in text, (username, part, hidden)
    for username in ("shuji", "jiandu", "kaocha1", "changwei1", "lingdao"):
        assert signed_in(course, username).get(act_url(Act.SETTLE_OBJECTION, made)).status_code in (403, 404)


@pytest.mark.covers("WPR-16", refused=True)
def test_an_inspector_takes_a_report_down_and_sees_no_other(course: Course) -> None:
    course.announce_inspection()
    made = take_down(course, breach=Breach.COLLUSION)
    url = act_url(Act.FILE_REPORT, course.selection)
    text = page(course, "kaocha1")
    assert str(Breach.COLLUSION.label) not in text
    assert act_url(Act.SETTLE_OBJECTION, made) not in text
    sent = {"channel": "found", "content": "查阅档案时发现材料有改动。", "candidacy": course.candidacies[1].pk}
    assert fill_in(signed_in(course, "kaocha1"), url, **sent).status_code == 302
    assert Objection.objects.latest("pk").candidacy == course.candidacies[1]
    charge.declare_recusal(course.selection, **course.by("kaocha1"), reason="系被反映人的亲属。")
    assert signed_in(course, "kaocha1").get(url).status_code == 404


@pytest.mark.covers("WPR-16", refused=True)
def test_a_recused_head_learns_of_no_report(course: Course) -> None:
    made = take_down(course)
    assert act_url(Act.SETTLE_OBJECTION, made) in words(signed_in(course, "buzhang").get("/office/"))
    charge.declare_recusal(course.selection, **course.by("buzhang"), reason="系被反映人的亲属。")
    assert act_url(Act.SETTLE_OBJECTION, made) not in words(signed_in(course, "buzhang").get("/office/"))
    assert signed_in(course, "buzhang").get(act_url(Act.SETTLE_OBJECTION, made)).status_code == 404


@LANGUAGES
@pytest.mark.parametrize("whole", [True, False])
def test_only_what_can_follow_is_offered(course: Course, language: str, whole: bool) -> None:
    made = take_down(course, channel=Channel.FOUND, **({"candidacy": None} if whole else {}))
    form = signed_in(course, "buzhang", language).get(act_url(Act.SETTLE_OBJECTION, made)).context["form"]
    offered = {value for value, _label in form.fields["effect"].choices}
    always = {Effect.UNFOUNDED, Effect.NO_EFFECT, Effect.HELD, Effect.RETURNED}
    assert offered == always | (set() if whole else {Effect.EXCLUDED})
    assert not form.fields["answer"].required


def test_reports_cost_the_same_for_many(course: Course) -> None:
    take_down(course)
    client = signed_in(course, "jingban")
    address = f"/office/selections/{course.selection.number}/"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _nth in range(12):
        take_down(course)
    with CaptureQueriesContext(connection) as many:
        text = words(client.get(address))
    assert len(many) == len(few) <= 12
    assert len(set(re.findall(r"/objection/(\d+)/settle_objection/", text))) == 13


def test_a_teller_is_offered_no_report(course: Course) -> None:
    assert course.selection.participations.filter(part=Part.TELLER).count() == 2
    assert act_url(Act.FILE_REPORT, course.selection) not in page(course, "jipiao1")
