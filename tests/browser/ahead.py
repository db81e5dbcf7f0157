"""A selection taken ahead by acts, for a test that is about what comes after (先行办理).

A program of its own beside the site, for no test in a browser opens the database itself::

    python -m tests.browser.ahead '{"post": "…副局长", "people": ["…", "…", "…"], "until": "consulted"}'

It prints, as JSON, the number of the selection, the page of its meeting and the codes of its slips, where it has come
so far.  Every act happens now, by the people of the demonstration.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup()

from selection import clock  # noqa: E402 - settings are read by django.setup above
from selection.enums import Grade  # noqa: E402
from selection.models import Account, Batch, Mandate  # noqa: E402
from selection.models.founding import Founded  # noqa: E402
from selection.register import invented  # noqa: E402
from selection.register.models import Organisation, Person, Post  # noqa: E402
from tests.factories import County, Course, Point  # noqa: E402


class Today(Course):
    """A course without days between its acts."""

    @property  # type: ignore[override]
    def at(self) -> datetime:
        return clock.now()

    @at.setter
    def at(self, _at: datetime) -> None:
        pass


def course_of(post: str, people: list[str], batch: str = "") -> Today:
    """A selection of the demonstration's county of which nothing is done yet."""
    mandate = Mandate.objects.select_related("body__organisation", "department").get()
    founded = Founded(
        mandate=mandate,
        body=mandate.body,
        organisation=mandate.body.organisation,
        department=mandate.department,
        administrator=Account.objects.get(username="guanli"),
        clock=Account.objects.clock(),
        public=Account.objects.public(),
    )
    seats = list(mandate.body.seats.in_force(clock.today()).select_related("person"))
    deputies = Person.objects.filter(grade=Grade.TOWNSHIP_DEPUTY)
    to_fill = next(one for one in Post.objects.select_related("organisation") if one.full_title == post)
    return Today(
        county=County(founded, seats),
        at=clock.now(),
        unit=to_fill.organisation,
        post=to_fill,
        people=[deputies.get(name=name) for name in people],
        discipline=Organisation.objects.get(code=invented.DISCIPLINE),
        family_planning=Organisation.objects.get(code=invented.FAMILY_PLANNING),
        batch=Batch.objects.get(pk=batch) if batch else None,
    )


def ahead(post: str, people: list[str], until: str, batch: str = "") -> dict[str, Any]:
    """Open a selection for the post and take it to the point; what its pages are found by."""
    course = course_of(post, people, batch)
    course.go_to(until)
    meeting = f"/office/meetings/{course.meeting.pk}/" if Point.DISCUSSED in course.done else ""
    return {"number": course.selection.number, "meeting": meeting, "codes": course.codes}


if __name__ == "__main__":
    given: dict[str, Any] = json.loads(sys.argv[1])
    print(json.dumps(ahead(**given)))
