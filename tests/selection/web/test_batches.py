"""Batches of motions: opened with a ground, joined by motions, counted by year, and blind to what one must not see."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selection.acts import Refused
from selection.enums import Act, Trigger
from selection.models import Batch, Selection
from selection.register import keeping
from selection.stages import charge, motion
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db, pytest.mark.covers("MOT-04")]


def signed_in(course: Course, username: str = "jingban", language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def batch_of(course: Course, posts: int = 1, title: str = "下半年县直事业单位正职") -> Batch:
    """A batch with so many selections, each for a post in a unit of its own."""
    made: Batch = motion.open_batch(
        course.county.mandate, **course.by("jingban"), title=title, grounds="多个单位正职同时空缺。"
    )
    for n in range(posts):
        unit = factories.unit(course.county, f"第{n}示范中心", f"CX-8{made.pk}{n:02d}", at=course.at)
        by: dict[str, Any] = course.by("jingban")
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        values = {"title": "主任", "grade": "township_chief", "post_class": "chief", "seats": 1}
        motion.open_selection(
            course.county.mandate,
            **by,
            post=keeping.add_post(unit, **by, values=values),
            seats=1,
            triggers=[Trigger.VACANCY],
            reason="职位空缺。",
            batch=made,
        )
    return made


@pytest.mark.covers("MOT-04", refused=True)
def test_a_batch_without_its_ground_is_refused_with_the_article() -> None:
    course = factories.course()
    with pytest.raises(Refused) as refused:
        motion.open_batch(course.county.mandate, **course.by("jingban"), title="下半年", grounds=" ")
    assert [unmet.citation is not None for unmet in refused.value.unmet] == [True]
    assert not Batch.objects.exists()


def test_batches_are_numbered_within_the_year() -> None:
    course = factories.course()
    assert [batch_of(course, posts=0).number for _ in range(2)] == ["2026年第1批", "2026年第2批"]
    course.at = course.at.replace(year=2027)
    assert batch_of(course, posts=0).number == "2027年第1批"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_motion_is_opened_in_a_batch_and_shown_there(language: str) -> None:
    course = factories.course()
    client = signed_in(course, language=language)
    assert client.get("/office/batches/").status_code == 200  # empty
    address = act_url(Act.OPEN_BATCH, course.county.mandate)
    sent = client.post(address, {"token": "b" * 32, "title": "下半年县直单位", "grounds": "两个单位正职空缺。"})
    made = Batch.objects.get()
    assert sent["location"] == f"/office/batches/{made.pk}/"
    assert client.get(f"/office/batches/{made.pk}/").status_code == 200  # empty
    sent = client.post(
        act_url(Act.OPEN_SELECTION, course.county.mandate),
        {
            "token": "c" * 32,
            "post": course.post.pk,
            "seats": 1,
            "triggers": ["vacancy"],
            "reason": "职位空缺。",
            "batch": made.pk,
        },
    )
    selection = Selection.objects.get()
    assert sent["location"] == selection.get_absolute_url()
    assert selection.batch == made
    page = client.get(f"/office/batches/{made.pk}/").content.decode()
    assert str(course.post) in page
    assert made.title in page
    assert made.title in client.get(selection.get_absolute_url()).content.decode()
    assert "2026年第1批" in client.get("/office/batches/").content.decode()


def test_the_years_are_counted_in_batches_selections_and_cadres() -> None:
    course = factories.course()
    batch_of(course, posts=3)
    batch_of(course, posts=2)
    found = signed_in(course).get("/office/batches/").context["years"]
    assert list(found) == [{"year": 2026, "batches": 2, "selections_of_it": 5, "cadres": 5}]


def test_a_selection_closed_to_somebody_is_neither_listed_nor_counted() -> None:
    course = factories.course()
    made = batch_of(course, posts=2)
    hidden = made.selections.order_by("pk").first()
    assert hidden is not None
    head = course.county["buzhang"]
    charge.recuse_person(hidden, **course.by("jingban"), person=head.person, reason="与人选有亲属关系。")
    for username, seen in (("buzhang", 1), ("shuji", 2)):
        client = signed_in(course, username)
        assert [row.selections_of_it for row in client.get("/office/batches/").context["page"]] == [seen]
        page = client.get(f"/office/batches/{made.pk}/").content.decode()
        assert (str(hidden.post) in page) is (username == "shuji")
        assert (hidden.number in page) is (username == "shuji")


@pytest.mark.parametrize("username", ["lingdao", "jiwei", "jipiao1", "kaocha1", "changwei1", "guanli"])
def test_batches_are_not_there_for_whoever_raises_and_oversees_no_motions(username: str) -> None:
    course = factories.course()
    made = batch_of(course, posts=1)
    client = signed_in(course, username)
    assert client.get("/office/batches/").status_code == 404
    assert client.get(f"/office/batches/{made.pk}/").status_code == 404
    listed = client.get("/office/selections/")
    assert listed.status_code in (200, 403, 404)
    assert b'href="/office/batches/"' not in listed.content
    assert b'href="/office/batches/"' in signed_in(course, "jingban").get("/office/selections/").content


def test_one_batch_or_many_cost_the_same_queries() -> None:
    course = factories.course()
    made = batch_of(course, posts=1)
    client = signed_in(course)
    pages = ["/office/batches/", f"/office/batches/{made.pk}/"]
    client.get(pages[0])

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    few = [cost(address) for address in pages]
    for n in range(29):
        batch_of(course, posts=0, title=f"第{n}次")
    for n in range(29):
        unit = factories.unit(course.county, f"另{n}中心", f"CX-7{n:02d}", at=course.at)
        by = course.by("jingban")
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        post = keeping.add_post(unit, **by, values={"title": "主任", "grade": "township_chief", "seats": 1})
        motion.open_selection(
            course.county.mandate, **by, post=post, seats=1, triggers=[Trigger.VACANCY], reason="空缺。", batch=made
        )
    assert [cost(address) for address in pages] == few
    assert max(few) <= 12
