"""Pages of units and the forms that keep them (单位页面)."""

import csv
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection import clock
from selection.enums import Act, Grade, Sex, UnitKind
from selection.models.case import promised
from selection.register import keeping
from selection.register.models import Organisation, Person, Post, establishment
from selection.web import units
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient
from tests.selection.web.standing import fill_in, lately, signed_in, standing_at, words

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")
OTHERS = ("jipiao1", "lingdao", "jiwei", "changwei1", "guanli")
UNIT = {"name": "澄溪县档案馆", "short_name": "县档案馆", "kind": "institution", "code": "CX-0403"}


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    """A selection that is running for the media centre, and an office with three deputies."""
    with standing_at(Point.MOTION, django_db_blocker, lately) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    """The same for each test, whatever others did to it."""
    return deepcopy(standing)


@pytest.fixture
def office(course: Course) -> Organisation:
    return course.person(0).organisation


@pytest.fixture
def client() -> LintingClient:
    return LintingClient()


@pytest.fixture
def staff(course: Course) -> LintingClient:
    return signed_in(course, "jingban")


def send(client: LintingClient, act: Act, subject: Any, /, **given: Any) -> Any:
    return fill_in(client, act_url(act, subject), **given)


def last(unit: Organisation) -> reading.Reading:
    return reading.entries(stream=f"organisation:{unit.pk}", newest_first=True)[0]


# --- who sees them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_and_forms_speak_both_languages(
    course: Course, office: Organisation, client: LintingClient, language: str
) -> None:
    client.cookies["language"] = language
    pages = [
        reverse("units"),
        reverse("units") + "?q=没有&kind=township",
        reverse("units_return"),
        *(reverse("unit", args=[unit.pk]) for unit in Organisation.objects.all()),
    ]
    forms = [
        act_url(Act.ADD_ORGANISATION, office),
        act_url(Act.CORRECT_ORGANISATION, office),
        act_url(Act.CORRECT_ORGANISATION, course.county.organisation),
        act_url(Act.SET_QUOTA, office),
        act_url(Act.SET_ESTABLISHMENT, office),
        act_url(Act.ADD_POST, office),
        act_url(Act.CORRECT_POST, course.post),
    ]
    for username, addresses in (("jingban", pages + forms), ("jiandu", pages)):
        client.force_login(course.county[username])
        for address in addresses:
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("username", OTHERS)
def test_nobody_else_sees_units(course: Course, office: Organisation, client: LintingClient, username: str) -> None:
    client.force_login(course.county[username])
    for address in (reverse("units"), reverse("units_return"), reverse("unit", args=[office.pk])):
        response = client.get(address)
        assert response.status_code == 403
        assert office.name not in words(response)
        assert course.person(0).name not in words(response)


@pytest.mark.parametrize("username", ["buzhang", "jiandu", *OTHERS])
def test_only_officers_open_the_forms(
    course: Course, office: Organisation, client: LintingClient, username: str
) -> None:
    client.force_login(course.county[username])
    for name, subject in (
        (Act.ADD_ORGANISATION, office),
        (Act.CORRECT_ORGANISATION, office),
        (Act.SET_QUOTA, office),
        (Act.SET_ESTABLISHMENT, office),
        (Act.ADD_POST, office),
        (Act.ADD_PERSON, office),
        (Act.CORRECT_POST, course.post),
    ):
        assert client.get(act_url(name, subject)).status_code == 403
        assert client.post(act_url(name, subject), {"grade": "staff_grade", "approved": 9}).status_code == 403
    if username in ("buzhang", "jiandu"):
        assert "/act/" not in words(client.get(reverse("unit", args=[office.pk]))).partition("<main")[2]


def test_a_unit_that_is_not_there_is_not_found(staff: LintingClient) -> None:
    assert staff.get(reverse("unit", args=[999999])).status_code == 404


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.covers("POS-01", "POS-03")
def test_numbers_are_those_that_the_acts_are_judged_by(course: Course, office: Organisation) -> None:
    today = clock.today()
    numbers = units.numbers_of([office.pk, course.unit.pk, course.county.department.pk], today)
    assert numbers[course.unit.pk] == [units.Numbers("township_chief", approved=1, filled=0, reserved=1)]
    assert numbers[office.pk] == [units.Numbers("township_deputy", approved=3, filled=3, reserved=0)]
    assert numbers[course.county.department.pk] == []
    for unit in (office, course.unit):
        for one in numbers[unit.pk]:
            kept = establishment(unit, today)[one.grade]
            assert (one.approved, one.filled) == (kept.approved, kept.occupied)
            assert one.reserved == promised(unit, one.grade).seats
            assert one.free == kept.free - promised(unit, one.grade).seats


def test_staff_is_not_measured_against_a_number_that_nobody_set(course: Course) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    today = clock.today()
    clerk = keeping.add_post(course.unit, **by, values={"title": "科员", "grade": Grade.STAFF_GRADE, "seats": 2})
    factories.person(course.county, "丁示", of=course.unit, at=course.at, tenures=[{"post": clerk, "from_on": today}])
    grades = [one.grade for one in units.numbers_of([course.unit.pk], today)[course.unit.pk]]
    assert grades == [Grade.TOWNSHIP_CHIEF]
    keeping.set_quota(course.unit, **by, grade=Grade.STAFF_GRADE, approved=2)
    staff = units.numbers_of([course.unit.pk], today)[course.unit.pk][-1]
    assert staff == units.Numbers(Grade.STAFF_GRADE, approved=2, filled=1, reserved=0)


def test_a_unit_over_its_number_shows_it(course: Course, office: Organisation, staff: LintingClient) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    keeping.set_quota(office, **by, grade=Grade.TOWNSHIP_DEPUTY, approved=1)
    for address in (reverse("units"), reverse("unit", args=[office.pk])):
        assert '<span class="badge badge-bad">-2</span>' in words(staff.get(address))


def test_the_list_is_narrowed_by_words_and_kind(course: Course, staff: LintingClient) -> None:
    def shown(**asked: str) -> list[str]:
        return [unit.short_name for unit, *_rest in staff.get(reverse("units"), asked).context["units"]]

    assert shown(q="融媒体") == ["县融媒体中心"]
    assert shown(q="cx-0401") == ["县融媒体中心"]
    assert shown(q="县", kind="institution") == ["县融媒体中心"]
    assert shown(q="没有") == []
    keeping.correct_organisation(
        factories.unit(course.county, "县旧馆", "CX-0499", at=course.at),
        actor=course.county["jingban"],
        at=course.at,
        values={"closed_on": clock.today()},
        reason="机构改革",
    )
    assert shown(q="旧馆") == []
    assert shown(q="旧馆", closed="on") == ["县旧馆"]


# --- one unit ----------------------------------------------------------------------------------------------------


def test_the_page_shows_posts_with_their_holders(course: Course, office: Organisation, staff: LintingClient) -> None:
    page = staff.get(reverse("unit", args=[office.pk]))
    (row,) = page.context["posts"]
    assert (row["post"].title, [tenure.person for tenure in row["holders"]], row["empty"]) == (
        "副主任",
        course.people,
        0,
    )
    for person in course.people:
        assert words(page).count(reverse("person", args=[person.pk])) == 2


@pytest.mark.covers("POS-04", "POS-05")
def test_the_return_adds_up_posts_and_people_of_every_unit(
    course: Course, office: Organisation, staff: LintingClient
) -> None:
    given = {"kind": "administrative", "approved": 2, "from_on": clock.today().isoformat(), "basis": "澄编〔2026〕2号"}
    assert send(staff, Act.SET_ESTABLISHMENT, office, **given).status_code == 302
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    for nth in range(3):
        values = {"establishment": ""}
        keeping.correct_person(course.person(nth), **by, values=values, reason="依据编制台账")
    page = staff.get(reverse("units_return"))
    every = [one for unit in Organisation.objects.all() for one in units.numbers_of([unit.pk], clock.today())[unit.pk]]
    for one in page.context["grades"]:
        same = [row for row in every if row.grade == one.grade]
        told = (one.approved, one.filled, one.reserved)
        assert told == tuple(sum(getattr(row, name) for row in same) for name in ("approved", "filled", "reserved"))
    assert {one.grade for one in page.context["grades"]} == {row.grade for row in every}
    administrative = next(one for one in page.context["kinds"] if one.kind == "administrative")
    known = Person.objects.count() - 3
    assert (administrative.approved, administrative.actual, administrative.free) == (2, known, 2 - known)
    unknown = next(one for one in page.context["kinds"] if not one.kind)
    assert unknown.actual == 3
    shown = words(staff.get(reverse("unit", args=[office.pk])))
    assert "澄编〔2026〕2号" in shown


@pytest.mark.covers("POS-04", "POS-05")
def test_the_return_is_taken_away_as_a_table_without_formulas(
    course: Course, office: Organisation, staff: LintingClient
) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    keeping.correct_organisation(office, **by, values={"short_name": "=1+1"}, reason="试验")
    table = staff.get(reverse("units_return"), {"as": "csv"})
    assert table["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(table.content.decode("utf-8-sig").splitlines()))
    assert {len(row) for row in rows} == {7}
    own = [row for row in rows if row[0] == office.code]
    assert {row[1] for row in own} == {"'=1+1"}
    assert [row[2:] for row in own if row[2] == str(Grade.TOWNSHIP_DEPUTY.label)] == [
        [str(Grade.TOWNSHIP_DEPUTY.label), "3", "3", "0", "0"]
    ]


def test_the_return_costs_the_same_for_few_units_and_for_many(course: Course, staff: LintingClient) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert staff.get(reverse("units_return")).status_code == 200
        return len(asked)

    cost()  # what a log-in reads once
    few = cost()
    for nth in range(30):
        unit = {"name": f"演示站{nth}", "short_name": f"站{nth}", "kind": UnitKind.INSTITUTION, "code": f"CX-9{nth:02}"}
        made = keeping.add_organisation(course.county.organisation, **by, values=unit)
        keeping.set_establishment(made, **by, kind="institution", approved=nth, from_on=date(2026, 1, 1))
    assert cost() == few <= 12


@pytest.mark.covers("POS-11", "POS-19")
def test_the_page_shows_what_a_post_asks(course: Course, office: Organisation, staff: LintingClient) -> None:
    given = {
        "title": "局机关主任科员",
        "grade": "township_chief",
        "post_class": "non_leading",
        "seats": 1,
        "key_kind": "enforcement",
        "co_manager": "市局党组",
        "duties": "负责行政执法案件审核。",
        "standards": "熟悉行政处罚法律。",
    }
    assert send(staff, Act.ADD_POST, office, **given).status_code == 302
    page = words(staff.get(reverse("unit", args=[office.pk])))
    for said in ("关键岗位", "执纪执法", "市局党组", given["duties"], given["standards"], "非领导职务"):
        assert said in page
    wrong = send(staff, Act.ADD_POST, office, **{**given, "title": "主任科员", "key_kind": "wealth"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"key_kind"}
    post = office.posts.get(title="局机关主任科员")
    same = send(staff, Act.CORRECT_POST, post, key_kind="", reason="职责调整")
    assert same.status_code == 302
    post.refresh_from_db()
    assert (post.key_kind, post.duties) == ("", given["duties"])


def test_the_leading_body_is_counted_without_staff(course: Course, office: Organisation, staff: LintingClient) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    clerk = keeping.add_post(office, **by, values={"title": "科员", "grade": Grade.STAFF_GRADE, "seats": 2})
    chief = keeping.add_post(office, **by, values={"title": "主任", "grade": Grade.TOWNSHIP_CHIEF})
    young = date(clock.today().year - 30, 1, 1)
    for post, name in ((clerk, "丁示一"), (chief, "丁示二")):
        factories.person(
            course.county,
            name,
            of=office,
            at=course.at,
            sex=Sex.FEMALE,
            born_on=young,
            joined_party_on=None,
            party="群众",
            education="研究生",
            joined_work_on=date(young.year + 24, 1, 1),
            grade_since=date(young.year + 24, 1, 1),
            tenures=[{"post": post, "from_on": clock.today()}],
        )
    structure = staff.get(reverse("unit", args=[office.pk])).context["structure"]
    assert structure["total"] == 4
    tables = {str(caption): {str(bar["label"]): bar["n"] for bar in bars} for caption, bars in structure["tables"]}
    assert tables["性别"] == {"男": 3, "女": 1}
    assert tables["学历"] == {"大学": 3, "研究生": 1}
    assert tables["政治面貌"] == {"中共党员": 3, "群众": 1}
    assert tables["任现职年限"]["不满1年"] == 1
    assert sum(tables["任现职年限"].values()) == sum(tables["年龄"].values()) == 4
    assert tables["年龄"]["35岁及以下"] == 1


@pytest.mark.parametrize(
    ("age", "band"),
    [(35, "35岁及以下"), (36, "36至45岁"), (45, "36至45岁"), (46, "46至55岁"), (55, "46至55岁"), (56, "55岁以上")],
)
def test_ages_at_the_limits_of_the_bands(age: int, band: str) -> None:
    bars = units.banded([age], units.AGES, units.OLDER, up_to=True)
    assert [str(bar["label"]) for bar in bars if bar["n"]] == [band]


@pytest.mark.parametrize(
    ("full", "band"), [(0, "不满1年"), (1, "1年至3年"), (3, "3年至5年"), (5, "5年至10年"), (10, "10年及以上")]
)
def test_years_in_the_post_at_the_limits_of_the_bands(full: int, band: str) -> None:
    bars = units.banded([full], units.SERVICE, units.LONGER, up_to=False)
    assert [str(bar["label"]) for bar in bars if bar["n"]] == [band]


def test_pages_cost_the_same_for_one_row_and_for_thirty(course: Course, staff: LintingClient) -> None:
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    counts: dict[str, list[int]] = {"units": [], "unit": []}
    staff.get(reverse("units"))
    home = factories.unit(course.county, "县档案馆", "CX-0700", at=course.at)
    for number in (1, 30):
        for nth in range(home.posts.count(), number):
            post = keeping.add_post(home, **by, values={"title": f"副馆长{nth}", "grade": Grade.TOWNSHIP_DEPUTY})
            held = [{"post": post, "from_on": date(2020, 1, 1)}]
            factories.person(course.county, f"丁示{nth}", of=home, at=course.at, tenures=held)
            keeping.add_organisation(
                home, **by, values={**UNIT, "kind": UnitKind.INSTITUTION, "code": f"CX-07{nth + 1:02}"}
            )
        for name, args in (("units", []), ("unit", [home.pk])):
            with CaptureQueriesContext(connection) as queries:
                page = staff.get(reverse(name, args=args), {"q": "CX-07"})
            counts[name].append(len(queries))
        assert len(page.context["posts"]) == number
    for first, second in counts.values():
        assert first == second <= 12
    assert page.context["has_more_people"]


# --- keeping them ------------------------------------------------------------------------------------------------


def test_a_unit_is_added_below_another(course: Course, staff: LintingClient) -> None:
    response = send(staff, Act.ADD_ORGANISATION, course.county.organisation, **UNIT)
    made = Organisation.objects.get(code="CX-0403")
    assert response.url == reverse("unit", args=[made.pk])
    assert (made.parent, made.kind) == (course.county.organisation, UnitKind.INSTITUTION)


def test_a_code_in_use_is_refused_beside_its_field(course: Course, staff: LintingClient) -> None:
    response = send(staff, Act.ADD_ORGANISATION, course.county.organisation, **{**UNIT, "code": course.unit.code})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"code"}
    assert 'value="澄溪县档案馆"' in words(response)
    assert not Organisation.objects.filter(short_name="县档案馆").exists()


def test_correcting_a_unit_keeps_old_and_new(course: Course, office: Organisation, staff: LintingClient) -> None:
    form = staff.get(act_url(Act.CORRECT_ORGANISATION, office)).context["form"]
    assert form["short_name"].value() == "县委办公室"
    response = send(
        staff,
        Act.CORRECT_ORGANISATION,
        office,
        short_name="县委办",
        parent=course.county.department.pk,
        reason="规范简称",
    )
    assert response.url == reverse("unit", args=[office.pk])
    facts = last(office).data["facts"]
    root, department = course.county.organisation, course.county.department
    assert facts["old"]["parent"] == ["organisation", str(root.pk)]
    assert facts["new"]["parent"] == ["organisation", str(department.pk)]
    assert last(office).opened["old.short_name"] == "县委办公室"
    assert last(office).opened["new.short_name"] == "县委办"
    assert last(office).opened["reason"] == "规范简称"


def test_a_unit_comes_neither_below_itself_nor_loses_the_one_above(course: Course, staff: LintingClient) -> None:
    department = course.county.department
    below = factories.unit(course.county, "县党建中心", "CX-0499", at=course.at)
    keeping.correct_organisation(
        below, actor=course.county["jingban"], at=course.at, values={"parent": department}, reason="隶属调整"
    )
    for parent in (below.pk, "", department.pk):
        response = send(staff, Act.CORRECT_ORGANISATION, department, parent=parent, reason="更正")
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"parent"}
    department.refresh_from_db()
    assert department.parent == course.county.organisation


def test_a_unit_in_use_is_not_closed(office: Organisation, staff: LintingClient) -> None:
    response = send(staff, Act.CORRECT_ORGANISATION, office, closed_on=clock.today().isoformat(), reason="撤并")
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"closed_on"}
    office.refresh_from_db()
    assert office.closed_on is None


def test_a_number_is_set_anew_from_its_line(course: Course, office: Organisation, staff: LintingClient) -> None:
    page = staff.get(reverse("unit", args=[office.pk]))
    ((_numbers, address),) = page.context["numbers"]
    form = staff.get(address).context["form"]
    assert (form["grade"].value(), form["approved"].value()) == ("township_deputy", "3")
    for wrong in ("-1", "many", "", "1000"):
        refused = send(staff, Act.SET_QUOTA, office, grade="township_deputy", approved=wrong, basis="澄编演2号")
        assert refused.status_code == 422
        assert 'value="澄编演2号"' in words(refused)
    response = send(staff, Act.SET_QUOTA, office, grade="township_deputy", approved="5", basis="澄编演2号")
    assert response.status_code == 302
    assert office.quotas.get().approved == 5
    assert last(office).data["facts"] == {"old": 3, "new": 5}
    assert last(office).data["given"]["basis"] == "澄编演2号"


def test_a_post_is_added_and_its_title_stands_once(office: Organisation, staff: LintingClient) -> None:
    values = {"title": "主任", "grade": "township_chief", "post_class": "chief", "seats": 1, "is_probationary": "on"}
    assert send(staff, Act.ADD_POST, office, **values).url == reverse("unit", args=[office.pk])
    assert Post.objects.get(organisation=office, title="主任").is_probationary
    again = send(staff, Act.ADD_POST, office, **values)
    assert again.status_code == 422
    assert again.context["form"].non_field_errors()
    nobody = send(staff, Act.ADD_POST, office, **{**values, "title": "副书记", "seats": 0})
    assert set(nobody.context["form"].errors) == {"seats"}
    assert office.posts.count() == 2


def test_a_post_keeps_its_holders_when_corrected(course: Course, office: Organisation, staff: LintingClient) -> None:
    post = office.posts.get()
    for wrong, field in (({"seats": 2}, "seats"), ({"abolished_on": clock.today().isoformat()}, "abolished_on")):
        response = send(staff, Act.CORRECT_POST, post, **wrong, reason="更正")
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {field}
    response = send(staff, Act.CORRECT_POST, post, seats=4, reason="编办核增一名")
    assert response.url == reverse("unit", args=[office.pk])
    assert last(office).data["facts"] == {"old": {"seats": 3}, "new": {"seats": 4}}


def test_people_are_added_on_the_page_of_a_unit(course: Course, staff: LintingClient) -> None:
    page = staff.get(reverse("unit", args=[course.unit.pk]))
    assert act_url(Act.ADD_PERSON, course.unit) in words(page)
    listed = staff.get(reverse("people"), {"unit": course.unit.name})
    assert act_url(Act.ADD_PERSON, course.unit) in words(listed)
    assert not Person.objects.filter(organisation=course.unit).exists()
