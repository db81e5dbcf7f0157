"""The shell of the pages, its components and what they say (页面外壳)."""

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from selection.acts import Level, Requirement
from selection.enums import Stage
from selection.rulebook.rules import Period, Share
from selection.web import tags
from tests.page_lint import LintingClient, lint_page

STATIC = Path(__file__).parents[3] / "static"
LANGUAGES = ("zh-hans", "en")
SHELL_NAMES = ("desk", "search", "set_language", "login", "logout", "move_clock")
TRICKY = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def shell_addresses(settings: Any) -> None:
    """The addresses that the shell itself names, and no other."""
    addresses = ModuleType("shell_addresses")
    addresses.urlpatterns = [
        path("", lambda request: HttpResponse()),
        *(path(f"office/{name}", lambda request: HttpResponse(), name=name) for name in SHELL_NAMES),
    ]
    settings.ROOT_URLCONF = addresses


def render(template: str, **context: Any) -> str:
    return Template(template).render(Context(context))


def component(name: str, **context: Any) -> str:
    return render_to_string(f"components/{name}.html", context)


def page(
    *,
    heading: str = "县融媒体中心主任选任",
    crumbs: str = "",
    content: str = "",
    language: str = "zh-hans",
    **context: Any,
) -> str:
    with translation.override(language):
        return render(
            '{% extends "base.html" %}{% block heading %}{{ heading|zh }}{% endblock %}'
            "{% block crumbs %}" + crumbs + "{% endblock %}{% block content %}" + content + "{% endblock %}",
            heading=heading,
            **{"user": AnonymousUser(), **context},
        )


class Nomination(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("Number"))
    on = forms.DateField(label=gettext_lazy("Date"))
    stage = forms.ChoiceField(
        label=gettext_lazy("Stages"),
        choices=[("a", gettext_lazy("yes")), ("b", gettext_lazy("no"))],
        widget=forms.RadioSelect,
    )
    sure = forms.BooleanField(label=gettext_lazy("done"))
    scan = forms.FileField(label=gettext_lazy("Pages"), required=False)


# --- what values are in words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (None, "—", "—"),
        (0, "0", "0"),
        (True, "是", "yes"),
        (date(2026, 11, 21), "2026年11月21日", "21 November 2026"),
        (datetime(2026, 11, 21, 1, 5, tzinfo=UTC), "2026年11月21日 09:05", "21 November 2026, 09:05"),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), "2026年11月20日 24:00", "20 November 2026, 24:00"),
        (Fraction(11, 40), "27.5%", "27.5%"),
        (Share(2, 3, False), "2/3", "2/3"),
        (Period(5, "working_day", "next"), "5 个工作日", "5 working days"),
        (Stage.MOTION, "动议", "Motion"),
        (["甲", "乙"], "甲、乙", '<span lang="zh-Hans">甲</span>, <span lang="zh-Hans">乙</span>'),
        ([], "无", "none"),
        ({"a": 1, "b": 2}, "a：1；b：2", "a: 1; b: 2"),
        ({"a": "甲。", "b": "乙。"}, "a：甲；b：乙。", 'a: <span lang="zh-Hans">甲</span>; b: <span'),
        ({}, "无", "none"),
    ],
)
def test_said_in_both_languages(value: object, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert chinese in tags.said(value)
    with translation.override("en"):
        assert english in tags.said(value)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (11, 40, "27.5%"),
        (2, 3, "66.7%"),
        (1, 3, "33.3%"),
        (1, 2, "50%"),
        (1999, 2000, "100%"),
        (1, 2000, "0.1%"),
        (0, 7, "0%"),
        (0, 0, "—"),
    ],
)
def test_rate_is_rounded_half_up_in_whole_numbers(part: int, whole: int, shown: str) -> None:
    assert render("{% rate part whole %}", part=part, whole=whole) == shown
    if whole:
        assert tags.rate_of(Fraction(part, whole)) == shown


def test_names_are_marked_only_on_pages_in_another_language() -> None:
    with translation.override("en"):
        assert tags.zh("张伟") == '<span lang="zh-Hans">张伟</span>'
        assert tags.zh("PDF") == "PDF"
        assert (
            tags.said("Nominated 欧阳堃（应到 11） today")
            == 'Nominated <span lang="zh-Hans">欧阳堃（应到 11）</span> today'
        )
    with translation.override("zh-hans"):
        assert tags.zh("张伟") == "张伟"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "shape", [tags.zh, tags.said, lambda text: tags.said([text]), lambda text: tags.said({text: text})]
)
def test_what_was_typed_is_never_code(shape: Any, language: str) -> None:
    with translation.override(language):
        for text in (TRICKY, f"张{TRICKY}伟"):
            assert "<script" not in shape(text)


# --- the shell ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("heading", ["县融媒体中心主任选任", "A & B <i>", TRICKY])
def test_heading_is_h1_and_title(heading: str, language: str) -> None:
    html = page(heading=heading, language=language)
    problems = lint_page(html, language, msgids=())
    assert [problem for problem in problems if "English words" not in problem] == []
    assert "<script>" not in html


def test_crumbs_end_with_the_page_itself() -> None:
    html = page(crumbs='<li><a href="/office/">工作台</a></li>')
    assert '<ol><li><a href="/office/">工作台</a></li><li aria-current="page">县融媒体中心主任选任</li></ol>' in html
    assert 'class="crumbs"' not in page()


def test_only_the_doors_that_are_given_are_shown() -> None:
    doors = [("/office/", "工作台", True), ("/office/people/", TRICKY, False)]
    html = page(doors=doors)
    assert html.count('aria-current="page"') == 1
    assert '<a href="/office/" aria-current="page">工作台</a>' in html
    assert "<script>" not in html
    assert "/office/people/" not in page()


def test_clock_bar_stands_on_the_demonstration_alone() -> None:
    today = {"today": date(2026, 11, 21), "ahead": 0}
    assert "2026年11月21日 星期六" in page(demonstration=today)
    assert "演示时钟" not in page(demonstration=None)


def test_public_pages_offer_no_log_in() -> None:
    """The cookies of the office do not reach them, so its switches would do nothing."""
    html = page(public=True)
    assert 'method="post"' not in html
    assert "bar-button" not in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ["login", "locked_out", "logged_out"])
def test_log_in_pages_are_well_made(template: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(
            f"registration/{template}.html", {"user": AnonymousUser(), "form": Nomination({}), "next": "/office/"}
        )
        assert lint_page(html, language) == []


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "409", "500"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_error_pages_need_no_context_and_speak_both_languages(code: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(f"{code}.html")
        assert lint_page(html, language) == []
        assert f'<html lang="{language}">' in html
        assert f'<div lang="{"zh-Hans" if language == "en" else "en"}">' in html
        assert translation.get_language() == language


@pytest.mark.parametrize("code", ["403", "404"])
def test_error_pages_do_not_repeat_what_was_asked_for(code: str) -> None:
    html = render_to_string(
        f"{code}.html", {"exception": "Selection 17 of 张伟", "request_path": "/office/selections/17/"}
    )
    assert "张伟" not in html
    assert "17" not in html


def test_an_unknown_address_is_answered_by_our_page() -> None:
    response = LintingClient().get("/nowhere")
    assert response.status_code == 404
    assert "没有此页面" in response.content.decode()


MODERN = re.compile(
    r"color-mix|oklch|:has\(|:is\(|:where\(|:focus-visible|aspect-ratio|accent-color|(?<![-\w])(?:inset|gap|row-gap):"
)


def test_style_sheets_ask_for_nothing_newer_than_chromium_80() -> None:
    assert MODERN.search(".a { display: flex; gap: 1rem }")
    sheets = sorted((STATIC / "css").rglob("*.css"))
    assert len(sheets) > 10
    for sheet in sheets:
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert MODERN.findall(rules) == [], sheet


def test_style_sheets_and_scripts_of_the_shell_are_there_and_are_ours() -> None:
    addresses = re.findall(r'(?:href|src)="([^"]+\.(?:css|js|svg))"', page())
    imported = re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css" / "components.css").read_text(encoding="utf-8"))
    assert {path.name for path in (STATIC / "css" / "components").iterdir()} == {Path(name).name for name in imported}
    for address in [*addresses, *(f"/static/css/{name}" for name in imported)]:
        assert address.startswith("/static/")
        assert (STATIC / address.removeprefix("/static/")).is_file()


# --- components --------------------------------------------------------------------------------------------------


def citation(**changes: Any) -> SimpleNamespace:
    fields = {
        "instrument": "某办法",
        "article": "第三条",
        "label": "某办法 第三条",
        "quote": "",
        "paraphrase": "",
        "confirmed": True,
        "own": False,
    }
    return SimpleNamespace(**fields | changes)


def test_requirements_show_what_is_found_and_what_is_required() -> None:
    cited: Any = citation(quote="应有三分之二以上成员到会")
    html = component(
        "requirements",
        requirements=[
            Requirement("甲", met=True, observed=8, required=Share(2, 3, False), citation=cited),
            Requirement("乙", met=False, observed=Fraction(11, 40), required=Fraction(3, 10), citation=None),
            Requirement("丙", met=False, observed=0, level=Level.WAIVABLE),
        ],
    )
    assert [html.count(f"requirement-{kind}") for kind in ("met", "stop", "waivable")] == [1, 1, 1]
    assert "现有：27.5%；要求：30%" in html
    assert "现有：0</p>" in html
    assert '<blockquote lang="zh-Hans">应有三分之二以上成员到会</blockquote>' in html
    assert "未核对原文" not in html
    assert "textarea" not in html


def test_only_an_unmet_waivable_requirement_asks_for_a_reason_and_keeps_it() -> None:
    requirements = [
        Requirement("甲", met=False),
        Requirement("乙", met=True, level=Level.WAIVABLE),
        Requirement("丙", met=False, level=Level.WAIVABLE),
    ]
    html = component(
        "requirements", requirements=requirements, waive=True, reasons={0: "漏出", 1: "漏出", 2: "书面理由"}
    )
    assert html.count("<textarea") == 1
    assert 'name="reason-2" form="act"' in html
    assert "书面理由</textarea>" in html
    assert "漏出" not in html


def test_what_the_rulebook_sets_itself_is_no_unchecked_law() -> None:
    html = render("{% cite citation %}", citation=citation(paraphrase="五个工作日", confirmed=False, own=True))
    assert "自定参数" in html
    assert "未核对原文" not in html


def test_a_paraphrase_is_marked_and_never_quoted() -> None:
    html = render("{% cite citation %}", citation=citation(paraphrase="大意如此", confirmed=False))
    assert "未核对原文" in html
    assert "大意如此" in html
    assert "blockquote" not in html


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (8, "good", "还剩 8 个工作日（11月26日）"),
        (3, "warn", "还剩 3"),
        (0, "bad", "今日到期（11月26日）"),
        (-2, "bad", "已逾期 2 个工作日"),
    ],
)
def test_deadline_names_the_day(left: int, tone: str, words: str) -> None:
    html = component("deadline", due_on=date(2026, 11, 26), left=left)
    assert f"badge-{tone}" in html
    assert words in html


def test_a_refused_form_keeps_what_was_typed_and_links_to_each_field() -> None:
    form = Nomination({"name": "", "on": "2026-09-01"})
    html = page(content='{% include "components/form.html" %}', form=form)
    assert lint_page(html, "zh-hans") == []
    for field in ("name", "stage", "sure"):
        assert f'<a href="#id_{field}">' in html
    assert '<a href="#id_on">' not in html
    assert '<input type="date" name="on" value="2026-09-01"' in html
    assert 'enctype="multipart/form-data"' in html
    assert 'id="errors"' not in page(content='{% include "components/form.html" %}', form=Nomination())


def test_a_select_with_names_is_marked_on_english_pages() -> None:
    class Choice(forms.Form):
        who = forms.ChoiceField(choices=[("1", "张伟")])

    html = page(heading="Choose", content='{% include "components/form.html" %}', form=Choice(), language="en")
    assert lint_page(html, "en") == []
    assert '<select lang="zh-Hans"' in html


def test_pager_and_filters_keep_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/office/selections/?stage=motion&stage=notice&page=2&q=%22%3E")

    def pager(rows: int, number: int) -> str:
        context = Context({"page": Paginator(range(rows), 30).page(number)})
        context.request = request
        return Template('{% include "components/pager.html" %}').render(context).strip()

    html = pager(90, 2)
    assert 'href="?stage=motion&amp;stage=notice&amp;page=1&amp;q=%22%3E"' in html
    assert 'href="?stage=motion&amp;stage=notice&amp;page=3&amp;q=%22%3E"' in html
    kept = render('{% kept_filters "page" %}', request=request)
    assert kept.count('name="stage"') == 2
    assert 'name="page"' not in kept
    assert 'value="&quot;&gt;"' in kept
    assert pager(30, 1) == ""


def test_a_table_labels_its_cells_and_an_empty_one_says_so() -> None:
    columns = ["事项", "人数", "办理"]
    html = component(
        "table",
        columns=columns,
        rows=[[{"text": TRICKY, "url": "/office/"}, 3, {"text": "办理", "url": "/office/", "button": True}]],
    )
    assert '<td data-label="人数" class="number">3</td>' in html
    assert "<script>" not in html
    assert "尚无事项" in component("table", columns=columns, rows=[], empty="尚无事项")


@pytest.mark.parametrize(("state", "asks"), [("requested", True), ("kept", False), ("failed", False)])
def test_a_paper_asks_how_far_it_is_only_while_it_is_made(state: str, asks: bool) -> None:
    html = component(
        "document_row",
        title="任前公示",
        state=state,
        url="/office/papers/1",
        poll_url="/office/papers/1/row",
        problem="缺字",
    )
    assert ("hx-get" in html) == asks
    assert ('href="/office/papers/1"' in html) == (state == "kept")
    assert ("缺字" in html) == (state == "failed")


def test_acts_of_others_are_no_links() -> None:
    acts = [
        {"label": "开启票决", "url": "/office/a", "may": True, "unmet": 2, "tone": "primary"},
        {"label": "确认计票", "url": "/office/b", "may": False, "who": "监票人"},
    ]
    html = component("act_buttons", acts=acts)
    assert 'href="/office/a"' in html
    assert "还有 2 项未满足" in html
    assert "/office/b" not in html
    assert "由监票人办理" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_other_component_is_well_made(language: str) -> None:
    person = {
        "name": "张伟",
        "url": "/office/people/1",
        "facts": "女，1978.06",
        "reason": "本人不愿",
        "label": Stage.MOTION,
        "tone": "good",
        "on": date(2026, 9, 3),
    }
    parts = {
        "rail": {
            "steps": [
                {"label": Stage.MOTION.label, "state": state, "on": date(2026, 9, 1)}
                for state in ("done", "here", "ahead")
            ]
        },
        "funnel": {
            "levels": [{"label": Stage.NOMINATION.label, "entered": 3, "inside": 2, "left": [person]}],
            "remaining": [person],
        },
        "timeline": {
            "items": [
                {
                    "at": date(2026, 9, 1),
                    "what": "签到 7 人",
                    "who": "张伟",
                    "papers": [{"title": "通知", "url": "/office/x"}],
                }
            ]
        },
        "compare": {
            "people": [person, person],
            "rows": [{"label": Stage.MOTION.label, "cells": [1, 2], "differs": True}],
        },
        "tabs": {"tabs": [{"label": Stage.MOTION.label, "url": "/office/", "current": True, "count": 0}]},
        "facts": {"facts": [(Stage.MOTION.label, date(2026, 9, 1))]},
        "figures": {"figures": [{"label": Stage.MOTION.label, "figure": 11, "note": "张伟"}]},
        "bars": {"caption": Stage.MOTION.label, "bars": [{"label": "女", "n": 3}], "total": 10},
        "verdict": {
            "good": False,
            "title": Stage.MOTION.label,
            "text": "张伟",
            "url": "/office/",
            "link": Stage.MOTION.label,
        },
        "empty": {"title": Stage.MOTION.label, "text": "张伟"},
    }
    with translation.override(language):
        content = "".join(component(name, **context) for name, context in parts.items())
        html = page(
            content="{% card label note=3 %}{{ inner }}{% endcard %}",
            inner=mark_safe(content),
            label=Stage.MOTION.label,
            language=language,
        )
    assert lint_page(html, language) == []


# --- the lint itself ---------------------------------------------------------------------------------------------

WELL = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{h} · {h}</title></head>'
    "<body><h1>{h}</h1>{body}</body></html>"
)


def well(body: str, language: str = "zh-hans") -> str:
    return WELL.format(lang=language, h="Desk" if language == "en" else "工作台", body=body)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("<h1>二</h1>", "2 h1"),
        ("<p><div>块</div></p>", "HTML, line"),
        ("<p>未闭合<b>", "HTML, line"),
        ("<script>x()</script>", "inline script"),
        ("<style>p{}</style>", "inline style"),
        ('<p style="color:red">字</p>', "style attribute"),
        ('<p onclick="x()">字</p>', "onclick"),
        ('<a href="javascript:x()">字</a>', "javascript:"),
        ('<input name="a">', "no label"),
        ('<label for="a"></label><input id="a" name="a">', "no label"),
        ('<textarea name="a">字</textarea>', "no label"),
        ('<label>一<input type="radio" name="r"></label>', "fieldset"),
        ('<p id="a">一</p><p id="a">二</p>', "stands 2 times"),
        ('<p id="a b">一</p>', "bad id"),
        ('<a href="#there">字</a>', "not there"),
        ('<label for="b">字</label>', "not there"),
        ('<p aria-describedby="b">字</p>', "not there"),
        ('<img src="/static/a.png">', "without alt"),
        ('<a href="/office/"> </a>', "without words"),
        ('<button type="submit"></button>', "without words"),
        ('<a href="">字</a>', "empty href"),
        ('<a href="https://example.org/">字</a>', "leaves the site"),
        ('<a href="/nowhere">字</a>', "leads nowhere"),
        ("<table><tr><td>字</td></tr></table>", "without a header"),
        ("<p>Log out</p>", "left in English"),
        ("<p>3 working days left (11月26日)</p>", "left in English"),
        ("<p>Some words here</p>", "English words"),
        ('<input type="submit" value="Log out">', "left in English"),
        ('<p title="Log out">字</p>', "left in English"),
    ],
)
def test_lint_refuses(body: str, problem: str) -> None:
    msgids = {"Log out", "%(n)s working days left (%(day)s)"}
    problems = lint_page(well(body), "zh-hans", msgids=msgids, answers=lambda path: path == "/office/")
    assert any(problem in found for found in problems), problems


@pytest.mark.parametrize(
    "body", ["<p>姓名</p>", '<p title="姓名">x</p>', '<p lang="zh-Hans"><b lang="en">姓名</b></p>', "<p>a；b</p>"]
)
def test_lint_refuses_unmarked_chinese_on_english_pages(body: str) -> None:
    assert any("Chinese on a page" in problem for problem in lint_page(well(body, "en"), "en", msgids=()))


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        (well("").replace("<h1>工作台</h1>", ""), "0 h1"),
        (well("").replace("<title>工作台", "<title>选任事项"), "does not begin with"),
        (well("").replace('lang="zh-hans"', 'lang="en"'), "says it is in en"),
        (well("").replace("<!doctype html>", ""), "HTML, line"),
    ],
)
def test_lint_refuses_a_wrong_head(html: str, problem: str) -> None:
    assert any(problem in found for found in lint_page(html, "zh-hans", msgids=()))


@pytest.mark.parametrize(
    ("body", "language"),
    [
        (
            '<p>导出 Excel、PDF</p><p lang="en">Log out</p><p class="digest">abc def</p><code>some code</code>',
            "zh-hans",
        ),
        (
            '<p>To: <b lang="zh-Hans">张伟</b></p><label for="a">Name</label><input id="a" name="a" value="张伟">',
            "en",
        ),
        (
            '<fieldset><legend>意见</legend><label>是<input type="radio"></label></fieldset><a href="/office/">回</a>',
            "zh-hans",
        ),
    ],
)
def test_lint_lets_a_good_page_pass(body: str, language: str) -> None:
    assert lint_page(well(body, language), language, msgids={"Log out"}, answers=lambda path: path == "/office/") == []
