"""The floor of a page: a bare Django view that renders the same template over one plain query (对照的最简页面).

No middleware, no log-in, no permission; the context is the one that the real page has made.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path


@dataclass
class Bare:
    """What the bare view shows now."""

    template: Template | None = None
    context: dict[str, Any] | None = None
    rows: QuerySet[Any] | None = None


now = Bare()


def bare(_request: HttpRequest) -> HttpResponse:
    assert now.template is not None
    assert now.rows is not None
    list(now.rows.all())
    context = Context(now.context)
    context.request = context.get("request")  # type: ignore[attr-defined]  # a tag for addresses of pages asks for it
    return HttpResponse(now.template.render(context))


urlpatterns = [path("floor", bare), path("box/", include("selection.ballots.urls")), path("", include("cadre.urls"))]
