"""Relatives pointed out on the pages of a selection and of a meeting, and recusals by hand (亲属关系提示、回避页面)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection.enums import Act, Kin, Part
from selection.register import keeping
from selection.register.models import Kinship
from selection.stages import charge
from selection.web.acts import act_url
from tests.factories import Course, Point
from tests.page_lint import LintingClient
from tests.selection.web.standing import fill_in, signed_in, standing_at, words

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
REASON = "系同名人员，误报。"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.DISCUSSED, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def relate(course: Course) -> list[str]:
    """Three relations, each of its own weight; the names of the related members."""
    members = [course.county.seats[place].person for place in (4, 5, 6)]
    for values in (
        {"kind": Kin.SPOUSE, "relative": members[0]},
        {"kind": Kin.DIRECT_BLOOD, "relative_name": members[1].name, "relative_unit": "县委办公室"},
        {"kind": Kin.OTHER, "relative": members[2]},
    ):
        keeping.add_kinship(course.people[0], **course.by("jingban"), values={"called": "妻子", **values})
    return [one.name for one in members]


SAYS = {
    "zh-hans": ("应当回避。", "仅姓名相同", "规定没有列明这种关系"),
    "en": ("Recusal is required.", "Only the name agrees", "The rule does not name this relation"),
}


@pytest.mark.covers("QUA-19")
@LANGUAGES
def test_relatives_are_pointed_out_on_both_pages_with_the_article(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    pages = [course.selection.get_absolute_url(), reverse("meeting", args=[course.meeting.pk])]
    assert not any(text in words(client.get(page)) for page in pages for text in SAYS[language])
    names = relate(course)
    for page in pages:
        html = words(client.get(page))
        for text in (*SAYS[language], "第五十三条", *names):
            assert text in html, (page, text)


def test_a_teller_is_told_of_nobodys_relatives(course: Course) -> None:
    relate(course)
    html = words(signed_in(course, "jipiao1").get(course.selection.get_absolute_url()))
    assert "应当回避。" not in html


def test_the_link_leads_to_a_recusal_and_the_hint_goes(course: Course) -> None:
    name = relate(course)[0]
    client = signed_in(course, "jingban")
    hint = next(one for one in client.get(course.selection.get_absolute_url()).context["ties"] if one["required"])
    assert fill_in(client, hint["url"]).status_code == 302
    row = course.selection.participations.get(part=Part.RECUSED)
    assert (row.person.name, row.reason) == (name, hint["words"])
    for page in (course.selection.get_absolute_url(), reverse("meeting", args=[course.meeting.pk])):
        assert "应当回避。" not in words(client.get(page)), page


def test_pages_cost_no_more_for_relatives(course: Course) -> None:
    client = signed_in(course, "jingban")
    pages = [course.selection.get_absolute_url(), reverse("meeting", args=[course.meeting.pk])]

    def costs() -> list[int]:
        found = []
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                client.get(page)
            found.append(len(asked))
        return found

    before = costs()
    relate(course)
    assert costs() == before
    assert max(before) <= 12


@LANGUAGES
def test_recusals_are_declared_ended_and_read(course: Course, language: str) -> None:
    client = signed_in(course, "jiandu", language)
    answer = fill_in(client, act_url(Act.DECLARE_RECUSAL, course.selection), reason="与人选系亲属。")
    assert answer.status_code == 302
    assert answer.url == reverse("desk")  # the selection is no longer there for the auditor
    assert client.get(course.selection.get_absolute_url()).status_code == 404
    head = signed_in(course, "buzhang", language)
    people = reverse("selection_people", args=[course.selection.number])
    row = next(row for row in head.get(people).context["recused"])
    assert fill_in(head, row["end_url"], reason=REASON).status_code == 302
    assert REASON in words(head.get(people))
    assert client.get(course.selection.get_absolute_url()).status_code == 200


@LANGUAGES
def test_a_member_declares_from_the_page_of_the_meeting(course: Course, language: str) -> None:
    client = signed_in(course, "changwei1", language)
    page = reverse("meeting", args=[course.meeting.pk])
    ((position, url),) = client.get(page).context["declarations"]
    assert position == 1
    assert fill_in(client, url, reason="与人选系亲属。").status_code == 302
    assert client.get(page).context["declarations"] == []
    assert client.get(url).status_code == 404
    assert course.selection.participations.get(part=Part.RECUSED).account == course.county["changwei1"]


def test_nobody_but_the_head_is_offered_the_end_of_a_recusal(course: Course) -> None:
    charge.declare_recusal(course.selection, **course.by("jiandu"), reason="与人选系亲属。")
    people = reverse("selection_people", args=[course.selection.number])
    assert [row["end_url"] for row in signed_in(course, "jingban").get(people).context["recused"]] == [""]


@LANGUAGES
def test_relatives_are_entered_corrected_and_read_from_both_files(course: Course, language: str) -> None:
    client: LintingClient = signed_in(course, "jingban", language)
    person, other = course.people[0], course.county.seats[4].person
    url = act_url(Act.ADD_KINSHIP, person)
    assert fill_in(client, url, called="妻子", kind="spouse").status_code == 422  # nobody was named
    assert fill_in(client, url, called="妻子", kind="spouse", relative=other.name).status_code == 302
    made = Kinship.objects.get()
    for page in (person, other):
        html = words(client.get(reverse("person", args=[page.pk])))
        assert "妻子" in html
        assert (other if page == person else person).name in html
    correct = act_url(Act.CORRECT_KINSHIP, person, kinship=made.pk)
    assert other.name in words(client.get(correct))
    answer = fill_in(client, correct, until_on="2026-01-31", reason="离婚")
    assert answer.status_code == 302
    assert Kinship.objects.get().until_on is not None
