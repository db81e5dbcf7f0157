"""Whose economic responsibility is to be audited when, and who does not leave before (经济责任审计台账)."""

import csv
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection import clock
from selection.enums import Act, AppointmentState, EconomicAuditKind, FileKind, Grade, PostClass, Stage
from selection.models import Removal
from selection.register import keeping
from selection.register.models import EconomicAudit, Post, Tenure
from selection.web.desk import Desk
from tests import factories
from tests.factories import Course, course
from tests.selection.stages import cases
from tests.selection.web.standing import signed_in, words

RECOGNITION = "recognition-county"
OWING = "The audit on leaving is in the file of whoever leaves a post as chief"
ARTICLE = "群众公认县材料 三、一是"


def chief(made: Course, name: str, since: date, until: date | None = None) -> Any:
    """Somebody who is, or was, the chief of a unit of his own."""
    number = EconomicAudit.objects.count() + Tenure.objects.count()
    unit = factories.unit(made.county, f"示例{number}局", f"CX-9{number:03}", at=made.at)
    by_staff = {"actor": made.county.registrar, "at": made.at}
    keeping.set_quota(unit, **by_staff, grade=Grade.TOWNSHIP_CHIEF, approved=1)
    values = {"title": "局长", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF}
    post = keeping.add_post(unit, **by_staff, values=values)
    held = {"post": post, "from_on": since, "until_on": until}
    return factories.person(made.county, name, of=unit, at=made.at, tenures=[held])


def audited(made: Course, person: Any, on: date, kind: EconomicAuditKind = EconomicAuditKind.IN_TERM) -> None:
    given = {"kind": kind, "reported_on": on, "number": "澄审演〔2026〕1号", "conclusion": "较好"}
    keeping.add_file_entry(person, **made.by("jingban"), kind=FileKind.ECONOMIC_AUDIT, values=given)


def page(made: Course, username: str = "jingban", language: str = "zh-hans", **asked: Any) -> Any:
    return signed_in(made, username, language).get(reverse("economic_audits"), asked)


@pytest.mark.covers("AUD-02", "AUD-03", refused=True)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_chiefs_come_due_three_years_after_their_last_audit_or_their_beginning(language: str) -> None:
    made = course(at=clock.now(), rulebook=RECOGNITION)
    today = made.day
    back = today.replace(year=today.year - 3)
    late = chief(made, "何示一", back - timedelta(days=400))
    to_the_day = chief(made, "何示二", back)
    renewed = chief(made, "何示三", back - timedelta(days=4000))
    audited(made, renewed, today - timedelta(days=30))
    left = chief(made, "何示四", back, today - timedelta(days=60))
    gone_well = chief(made, "何示五", back, today - timedelta(days=60))
    audited(made, gone_well, today - timedelta(days=70), EconomicAuditKind.ON_LEAVING)
    client, where = signed_in(made, "jingban", language), reverse("economic_audits")
    client.get(where)
    with CaptureQueriesContext(connection) as few:
        answer = client.get(where)
    html = words(answer)
    rows = {line.tenure.person.name: line for line in answer.context["lines"]}
    assert [line.overdue for line in map(rows.get, ("何示一", "何示二", "何示三"))] == [True, False, False]
    assert rows["何示二"].due_on == today, "the third year ends today"
    assert rows["何示三"].due_on == (today - timedelta(days=30)).replace(year=today.year + 3)
    assert {left.name} == {row.person.name for row in answer.context["left"]}
    assert (answer.context["number"], answer.context["late"]) == (3, 1)
    assert "66.7%" in html
    desk = Desk(made.county["jingban"], made.at)
    assert any(reverse("economic_audits") in str(row) for row in desk.waiting([]))
    audited(made, late, today)
    assert page(made).context["late"] == 0
    assert not any(reverse("economic_audits") in str(row) for row in Desk(made.county["jingban"], made.at).waiting([]))
    for number in range(5):
        chief(made, f"林示{'甲乙丙丁戊'[number]}", back)
    with CaptureQueriesContext(connection) as many:
        client.get(where)
    assert len(few) == len(many) <= 10
    taken = list(csv.reader(page(made, **{"as": "csv"}).content.decode("utf-8-sig").splitlines()))
    assert {row[2] for row in taken[1:]} >= {"何示一", "何示二", "何示三"}
    assert to_the_day.name in html


@pytest.mark.covers("AUD-03", refused=True)
@pytest.mark.django_db
def test_the_list_is_for_the_office() -> None:
    made = course(at=clock.now(), rulebook=RECOGNITION)
    chief(made, "何示一", date(2015, 1, 1))
    assert page(made, "jipiao1").status_code == 404
    assert "何示一" in words(page(made, "jiandu"))


@pytest.mark.covers("AUD-07")
@pytest.mark.django_db
def test_what_the_audits_of_the_year_led_to_is_counted_with_the_amounts() -> None:
    made = course(at=clock.now(), rulebook=RECOGNITION)
    today = clock.today()
    for number, (outcome, amount) in enumerate([("promoted", None), ("removed", 9870000), ("removed", 130000)]):
        person = chief(made, f"何示{'一二三'[number]}", date(2015, 1, 1))
        given = {"kind": "in_term", "number": f"澄审演〔{number}〕号", "conclusion": "已查明", "outcome": outcome}
        values = given | {"reported_on": today.replace(month=1, day=4), "amount": amount}
        keeping.add_file_entry(person, **made.by("jingban"), kind=FileKind.ECONOMIC_AUDIT, values=values)
    audited(made, chief(made, "何示四", date(2015, 1, 1)), today.replace(year=today.year - 1, month=1, day=4))
    answer = page(made)
    assert answer.context["led_to"] == [("提拔使用", 1, 0), ("免职", 2, 10000000)]
    assert "10000000" in words(answer).replace(",", "")


@pytest.mark.django_db
def test_where_the_rules_name_no_period_nobody_is_listed() -> None:
    made = course(at=clock.now())
    chief(made, "何示一", date(2015, 1, 1))
    answer = page(made)
    assert answer.context["rule"] is None
    assert "何示一" not in words(answer)


def about_to_leave(post_class: PostClass, audits: list[EconomicAudit], body: str = RECOGNITION) -> dict[str, str]:
    """What appointing somebody is refused for who leaves a post of this class."""
    case = cases.with_appointment(AppointmentState.CLEARED, body=body)
    post = Post(pk=8, organisation=cases.UNIT, title="局长", grade=Grade.TOWNSHIP_CHIEF, post_class=post_class)
    held = Tenure(pk=5, person_id=1, post=post, from_on=date(2020, 1, 2))
    case.served, case.economic_audits = [held], audits
    return cases.refused(Act.APPOINT_CANDIDATE, case, ended=[held])


def audit(**values: Any) -> EconomicAudit:
    given = {"person_id": 1, "kind": EconomicAuditKind.ON_LEAVING, "reported_on": date(2026, 3, 1)} | values
    return EconomicAudit(**given)


@pytest.mark.covers("AUD-02", "AUD-04", refused=True)
@pytest.mark.parametrize(
    ("audits", "refused"),
    [
        ([], True),
        ([audit()], False),
        ([audit(kind=EconomicAuditKind.JOINT)], False),
        ([audit(kind=EconomicAuditKind.IN_TERM)], True),
        ([audit(reported_on=date(2020, 1, 1))], True),
        ([audit(reported_on=date(2020, 1, 2))], False),
        ([audit(person_id=2)], True),
    ],
)
def test_nobody_leaves_a_post_as_chief_before_the_audit(audits: list[EconomicAudit], refused: bool) -> None:
    found = about_to_leave(PostClass.CHIEF, audits)
    assert found.get(OWING) == (ARTICLE if refused else None)


@pytest.mark.covers("AUD-04", refused=True)
def test_other_posts_and_other_bodies_end_without_one() -> None:
    assert OWING not in about_to_leave(PostClass.OTHER, [])
    assert OWING not in about_to_leave(PostClass.CHIEF, [], "credibility-county")


@pytest.mark.covers("AUD-04", refused=True)
def test_a_removal_waits_for_the_audit_too() -> None:
    case = cases.at(Stage.DECIDED, body=RECOGNITION)
    post = Post(pk=8, organisation=cases.UNIT, title="局长", grade=Grade.TOWNSHIP_CHIEF, post_class=PostClass.CHIEF)
    tenure = Tenure(pk=5, person_id=1, post=post, from_on=date(2020, 1, 2))
    candidacy = case.candidacies[0]
    case.subject = Removal(pk=1, selection=case.selection, candidacy=candidacy, person=candidacy.person, tenure=tenure)
    assert cases.refused(Act.REMOVE_HOLDER, case).get(OWING) == ARTICLE
    case.economic_audits = [audit()]
    assert OWING not in cases.refused(Act.REMOVE_HOLDER, case)
