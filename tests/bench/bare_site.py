"""The floor of a vote: a bare Django page and a POST with one insert (对照的最简投票).

Served by gunicorn as the site is, as ``tests.bench.bare_site:application``; it renders the templates of the box with a
sheet that stands in memory, and writes one row of the table ``bare_ballot``.
"""

import os
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - settings are read by django.setup above

settings.ROOT_URLCONF = "tests.bench.bare_site"
settings.MIDDLEWARE = []

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connections  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402

from selection.ballots import views  # noqa: E402
from selection.ballots.box import Slip  # noqa: E402
from tests.selection.ballots.rounds import SHEET  # noqa: E402


def page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        with connections["box"].cursor() as cursor:
            cursor.execute("INSERT INTO bare_ballot (choices) VALUES (%s)", [request.body.decode()])
        found = views._to("ballots", round_id=SLIP.round_id)
        return views._rendered("receipt", {"tracker": "0", "ballots": found, "next": views._to("enter")})
    return views._sheet("", SLIP, {})


SLIP = Slip(uuid4(), SHEET, "0000-0000")
urlpatterns = [path("bare/", page), path("box/", include("selection.ballots.urls"))]
application = WSGIHandler()
