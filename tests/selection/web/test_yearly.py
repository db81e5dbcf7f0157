"""The page of plans of a year, its table, and what the desk reminds of (年度计划与执行情况)."""

import csv
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection.enums import Act, Grade
from selection.models import Account
from selection.stages import yearly
from selection.web.acts import act_url
from selection.web.desk import Desk
from selection.web.yearly import owing
from tests import factories
from tests.factories import Course, Point, course
from tests.selection.web.standing import fill_in, signed_in

QUERIES = 10


def plan(made: Course, number: int, *, unit: Any = None, year: int | None = None) -> Any:
    return yearly.file_yearly_plan(
        made.county.mandate,
        **made.by("jingban"),
        unit=unit or made.unit,
        year=year or made.day.year,
        grade=Grade.TOWNSHIP_CHIEF,
        number=number,
        submitted_on=made.day,
    )


def shown(made: Course, username: str = "jingban", language: str = "zh-hans", **asked: Any) -> str:
    answer = signed_in(made, username, language).get(reverse("yearly_plans"), asked)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.covers("POS-21")
@pytest.mark.django_db
def test_planned_stands_beside_what_was_run() -> None:
    made = course(rulebook="xiamen")
    year = made.day.year
    url = act_url(Act.FILE_YEARLY_PLAN, made.county.mandate)
    given = {"unit": made.unit.pk, "grade": "township_chief", "submitted_on": made.day, "year": year}
    refused = fill_in(signed_in(made, "jingban"), url, **given, number=5)
    assert refused.status_code == 422
    assert "number" in refused.context["form"].errors
    assert fill_in(signed_in(made, "jingban"), url, **given, number=1).status_code == 302
    made.go_to(Point.MOTION)
    answer = signed_in(made, "jingban").get(reverse("yearly_plans"), {"as": "csv", "year": year})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row[1:] for row in rows if row[0] == made.unit.code] == [["县融媒体中心", "正科级", "1", "1", "0"]]
    assert "超出计划" not in shown(made, year=year)
    plan(made, 0)
    assert "超出计划" in shown(made, year=year)
    assert "县融媒体中心" not in shown(made, year=year + 1).split("tbody")[0]
    for username in ("jiandu", "buzhang", "shuji"):
        assert "县融媒体中心" in shown(made, username, "en", year=year)
    assert signed_in(made, "jipiao1").get(reverse("yearly_plans")).status_code == 404


@pytest.mark.covers("POS-21", refused=True)
@pytest.mark.django_db
def test_the_desk_reminds_from_the_first_day_of_the_month_until_every_unit_has_handed_in() -> None:
    made = course(rulebook="xiamen", at=datetime(2025, 1, 6, 1, 0, tzinfo=UTC))
    account = Account.objects.get(pk=made.county["jingban"].pk)

    def reminded(year: int, month: int, day: int) -> list[dict[str, Any]]:
        desk = Desk(account, datetime(year, month, day, 1, 0, tzinfo=UTC))
        return [row for row in desk.waiting([]) if row["url"] == reverse("yearly_plans")]

    assert len(reminded(2025, 1, 6)) == 1
    units = list(owing(made.county.mandate, date(2025, 1, 6)))
    assert made.unit in units
    for unit in units:
        yearly.file_yearly_plan(
            made.county.mandate,
            **made.by("jingban"),
            unit=unit,
            year=2025,
            grade=Grade.TOWNSHIP_CHIEF,
            number=0,
            submitted_on=made.day,
        )
    assert reminded(2025, 1, 6) == reminded(2025, 12, 31) == []
    first, last, late = reminded(2026, 1, 1), reminded(2026, 1, 31), reminded(2026, 2, 2)
    assert [len(first), len(last), len(late)] == [1, 1, 1]
    assert {row[0]["due_on"] for row in (first, last, late)} == {date(2026, 1, 31)}
    assert late[0]["left"] < 0 <= first[0]["left"]


@pytest.mark.django_db
def test_a_body_without_the_rule_is_not_asked() -> None:
    made = course()
    assert "未要求报送年度计划" in shown(made)
    page = signed_in(made, "jingban").get(reverse("units")).content.decode()
    assert reverse("yearly_plans") not in page
    desk = Desk(Account.objects.get(pk=made.county["jingban"].pk), datetime(2026, 1, 15, 1, 0, tzinfo=UTC))
    assert [row for row in desk.waiting([]) if row["url"] == reverse("yearly_plans")] == []


@pytest.mark.django_db
def test_the_page_costs_the_same_for_one_line_and_for_many() -> None:
    made = course(rulebook="xiamen")

    def cost() -> int:
        client = signed_in(made, "jingban")
        client.get(reverse("yearly_plans"))  # the session is kept once
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("yearly_plans")).status_code == 200
        return len(queries)

    plan(made, 1)
    few = cost()
    for n in range(29):
        unit = factories.unit(made.county, f"第{n}示范站", f"CX-7{n:03d}", at=made.at)
        plan(made, 0, unit=unit)
    assert cost() == few == QUERIES
