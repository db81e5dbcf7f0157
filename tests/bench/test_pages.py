"""Pages at a hundred and at ten thousand selections, each beside its floor (页面速度)."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import get_template
from django.test import Client, override_settings

from audit import reading
from selection.models import Selection
from selection.register.models import Person
from tests.bench import floor, scale
from tests.bench.measuring import Asked, Times, asking, scaled, tell, templates_as_served, timed
from tests.bench.served import web_server
from tests.selection.ballots.rounds import opened
from tests.served import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Page:
    """A page as somebody sees it, with the plain query of its floor."""

    name: str
    path: str
    who: str
    rows: QuerySet[Any]
    form: dict[str, str] | None = None


@dataclass(frozen=True)
class Figures:
    page: Times
    floor: Times
    asked: Asked
    bytes: int


def test_pages_at_a_hundred_and_at_ten_thousand_selections() -> None:
    grown = scale.grown()
    few, many = scaled(100, least=10), scaled(10_000, least=20)
    figures = []
    for size in (few, many):
        grown.grow_to(size)
        if size == many:
            grown.add_people(scaled(100_000))
        tell(
            f"{Selection.objects.count():,} selections",
            f"{Person.objects.count():,} persons, {len(reading.entries()):,} entries",
        )
        figures.append({page.name: measured(grown, page) for page in pages(grown)})
    print("\n\n| page | queries | rows | KB | median (p95) | floor | × floor | × growth |", "|---" * 8 + "|", sep="\n")
    for name, last in figures[1].items():
        first = figures[0][name]
        growth = last.page.median / first.page.median
        print(
            f"| {name} | {last.asked.queries} | {last.asked.rows} | {last.bytes / 1000:.0f} | {last.page}"
            f" | {last.floor} | {last.page.median / last.floor.median:.2f} | {growth:.2f} |"
        )
        assert last.asked.queries <= 17, name
        assert last.asked.queries == first.asked.queries or last.page.median < 1, name
    ready(grown)


def ready(grown: scale.Scale) -> None:
    """The same pages in a browser, served by the web server of the site."""
    client = Client()
    client.force_login(grown.county["jingban"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    shown = [page for page in pages(grown) if page.who == "jingban"]
    with web_server("cadre.wsgi") as address:
        told = subprocess.run(
            [
                *(sys.executable, "-m", "tests.bench.browse", address, settings.SESSION_COOKIE_NAME, cookie),
                *(page.path for page in shown),
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
    for page, milliseconds in zip(shown, told, strict=True):
        tell(f"ready in the browser: {page.name}", f"{milliseconds} ms")


def pages(grown: scale.Scale) -> list[Page]:
    closed, inspected = grown.closed.now(), grown.running[3].now()
    selections, people = Selection.objects.order_by("-pk")[:30], Person.objects.order_by("pk")[:30]
    one = Selection.objects.filter(pk=closed.pk)
    round_ = opened(slips=3)
    return [
        Page("desk of the case officer", "/office/", "jingban", selections),
        Page("desk of a member", "/office/", "changwei1", selections),
        Page("list of selections", "/office/selections/", "jingban", selections),
        Page("list, the last page", "/office/selections/?page=99999", "jingban", selections),
        Page("search", "/office/search/?q=林示", "jingban", people),
        Page("selection, closed", f"/office/selections/{closed.number}/", "jingban", one),
        Page("selection, inspected", f"/office/selections/{inspected.number}/", "jingban", one),
        Page("votes of a selection", f"/office/selections/{closed.number}/votes/", "jingban", one),
        Page("list of people", "/office/people/", "jingban", people),
        Page("person", f"/office/people/{grown.closed.person(0).pk}/", "jingban", people[:1]),
        Page("process record, list", "/office/process-record/", "jiandu", selections),
        Page("process record of one", f"/office/process-record/selections/{closed.number}/", "jiandu", one),
        Page("raw record", "/office/record/", "jiandu", one),
        Page("oversight", "/office/oversight/", "jiandu", one),
        Page("ballot, sheet", "/box/sheet/", "", one, {"code": round_.codes[0]}),
    ]


def measured(grown: scale.Scale, page: Page) -> Figures:
    client = Client(headers={"accept-language": "zh-hans"})
    if page.who:
        client.force_login(grown.county[page.who])
    at_the_box = page.path.startswith("/box/")

    def ask() -> Any:
        if page.form is not None:
            return client.post(page.path, page.form)
        return client.get(page.path)

    urls: dict[str, Any] = {}
    if at_the_box:
        urls = {"ROOT_URLCONF": "cadre.box_urls", "MIDDLEWARE": settings.BOX_MIDDLEWARE}
    with override_settings(**urls):
        answer = ask()
        assert answer.status_code == 200, (page.path, answer.status_code)
        template, context = answer.templates[0], answer.context[0].flatten()
        with templates_as_served():
            with asking() as asked:
                content = ask().content
            times = timed(ask)
            floor.now.template, floor.now.context, floor.now.rows = (
                get_template(template.name).template,
                context,
                page.rows,
            )  # type: ignore[attr-defined]
            with override_settings(ROOT_URLCONF="tests.bench.floor", MIDDLEWARE=[]):
                bare = Client()
                assert abs(len(bare.get("/floor").content) - len(content)) < 2000, page.name
                least = timed(lambda: bare.get("/floor"))
    return Figures(times, least, asked, len(content))
