"""A sitting of 260 nominators for eleven posts (会议推荐提名): entered, looked up, fixed and shown."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from selection.models import WrittenName
from selection.register import keeping
from selection.register.models import Person
from selection.stages import sitting
from tests import factories
from tests.bench.measuring import seconds, tell
from tests.factories import SCAN, Course, Point, run_to

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

POSTS, NOMINATORS, NAMED = 11, 260, 40


def test_two_thousand_eight_hundred_and_sixty_nominations_in_one_sitting() -> None:
    """D-01: each nominator writes one name for each post; forty persons are named for each."""
    course = run_to(Point.NOMINATION, rulebook="kunming")
    people = [factories.person(course.county, f"何{chr(0x4E00 + n)}示", at=course.at) for n in range(NAMED)]
    selections = [course.selection, *others(course, POSTS - 1)]
    held = course.sit(1, *selections, due=NOMINATORS, present=NOMINATORS)
    items = list(held.items.order_by("pk"))
    votes = ballots(people)

    took = seconds(lambda: [enter(course, item, votes) for item in items])
    assert WrittenName.objects.count() == POSTS * NAMED
    tell("2,860 nominations by two tellers, confirmed", f"{took:.2f} s for {POSTS} posts")
    took = seconds(lambda: [settle(course, item, people) for item in items])
    tell("names looked up and those who go on fixed", f"{took:.2f} s for {POSTS} posts")
    client = Client()
    client.force_login(course.county["jingban"])
    address = reverse("sitting", args=[held.pk])
    client.get(address)
    took = seconds(lambda: client.get(address))
    tell("page of the sitting with its eleven posts", f"{took * 1000:.0f} ms")


def ballots(people: list[Person]) -> dict[Person, int]:
    """As many votes as nominators, no two persons at the cut with as many."""
    votes = dict.fromkeys(people, 1)
    left = NOMINATORS - len(people)
    for nth, person in enumerate(people[:6]):
        votes[person] += min(left, 50 - 6 * nth)
        left -= min(left, 50 - 6 * nth)
    votes[people[-1]] += left
    return votes


def others(course: Course, number: int) -> list[Any]:
    """Other posts that are ready for the first round."""
    made = []
    for n in range(number):
        unit = factories.unit(course.county, f"第{n}示范中心", f"CX-9{n:03d}", at=course.at)
        by: dict[str, Any] = course.by("jingban")
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        values = {"title": "主任", "grade": "township_chief", "post_class": "chief", "seats": 1}
        other = course.again(keeping.add_post(unit, **by, values=values), at=course.at)
        made.append(other.go_to(Point.NOMINATION).selection)
    return made


def enter(course: Course, item: Any, votes: dict[Person, int]) -> None:
    names = "\n".join(f"{one.name} {number}" for one, number in votes.items())
    for teller in ("jipiao1", "jipiao2"):
        counted = {"issued": NOMINATORS, "returned": NOMINATORS, "valid": NOMINATORS}
        sitting.enter_names(item, **course.by(teller), **counted, names=names)
    sitting.confirm_names(item, **course.by("jingban"), evidence=SCAN)


def settle(course: Course, item: Any, people: list[Person]) -> None:
    named = {one.name: one for one in people}
    sitting.resolve_names(
        item, **course.by("jingban"), people={str(row.pk): named[row.words] for row in item.names.all()}
    )
    sitting.settle_names(course.fresh(item), **course.by("jingban"))
