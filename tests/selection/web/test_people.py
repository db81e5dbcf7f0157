"""Pages of people and the forms that keep their files (人员页面)."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection import clock
from selection.enums import Act, AppraisalResult, FileKind, Grade, Role, Sex
from selection.models import Account
from selection.register import keeping
from selection.register.models import ENTRIES, Appraisal, Person, Post, Tenure
from selection.stages import charge
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import fill_in, lately, signed_in, standing_at, words

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")
READERS = ("jingban", "buzhang", "shuji", "kaocha1", "jiandu")
OTHERS = ("jipiao1", "lingdao", "jiwei", "changwei1", "guanli")
PERSON = {
    "name": "欧阳示",
    "sex": "female",
    "ethnicity": "汉族",
    "native_place": "澄溪甲湾",
    "born_on": "1985-06",
    "party": "中共党员",
    "joined_party_on": "2006-06",
    "education": "大学",
    "degree": "",
    "joined_work_on": "2008-07",
    "grade": "township_deputy",
    "grade_since": "2019-05",
}


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    """A selection with its list of three candidates; the first of them is whom the tests look at."""
    with standing_at(Point.LISTED, django_db_blocker, lately) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    """The same for each test, whatever others did to it."""
    return deepcopy(standing)


@pytest.fixture
def person(course: Course) -> Person:
    return course.person(0)


@pytest.fixture
def tenure(person: Person) -> Tenure:
    return person.tenures.get()


@pytest.fixture
def client() -> LintingClient:
    return LintingClient()


@pytest.fixture
def staff(course: Course) -> LintingClient:
    return signed_in(course, "jingban")


def send(client: LintingClient, act: Act, subject: Any, first: dict[str, Any] | None = None, /, **given: Any) -> Any:
    return fill_in(client, act_url(act, subject, **(first or {})), **given)


def last(person: Person) -> reading.Reading:
    return reading.entries(stream=f"person:{person.pk}", newest_first=True)[0]


# --- who sees them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_and_forms_speak_both_languages(
    course: Course, person: Person, tenure: Tenure, client: LintingClient, language: str
) -> None:
    keeping.correct_person(
        course.people[2], actor=course.county["jingban"], at=course.at, values={"degree": ""}, reason="无学位"
    )
    client.cookies["language"] = language
    client.force_login(course.county["jingban"])
    for address in (
        reverse("people"),
        reverse("people") + "?q=没有这个人",
        reverse("people") + f"?unit={person.organisation.code}&q=林&grade=staff_grade",
        reverse("people") + "?unit=elsewhere",
        reverse("person", args=[person.pk]),
        reverse("person", args=[course.county.seats[0].person_id]),
        act_url(Act.ADD_PERSON, person.organisation),
        act_url(Act.CORRECT_PERSON, person),
        act_url(Act.ADD_TENURE, person),
        act_url(Act.CORRECT_TENURE, person, tenure=tenure.pk),
        act_url(Act.ADD_APPRAISAL, person),
        *(act_url(Act.ADD_FILE_ENTRY, person, kind_of_entry=kind) for kind in FileKind),
        act_url(Act.CORRECT_APPRAISAL, person, appraisal=person.appraisals.get().pk),
    ):
        assert client.get(address).status_code == 200, address
    client.force_login(course.county["jiandu"])
    assert client.get(reverse("person", args=[person.pk])).status_code == 200


@pytest.mark.parametrize("username", READERS)
def test_whoever_works_with_the_register_reads_it(
    course: Course, person: Person, client: LintingClient, username: str
) -> None:
    client.force_login(course.county[username])
    assert person.name in words(client.get(reverse("people")))
    assert person.native_place in words(client.get(reverse("person", args=[person.pk])))


@pytest.mark.parametrize("username", OTHERS)
def test_nobody_else_reads_it(course: Course, person: Person, client: LintingClient, username: str) -> None:
    client.force_login(course.county[username])
    before = len(reading.of_case(f"person:{person.pk}"))
    for name, args in (("people", []), ("person", [person.pk])):
        response = client.get(reverse(name, args=args))
        assert response.status_code == 403
        assert person.name not in words(response)
    assert len(reading.of_case(f"person:{person.pk}")) == before


def test_an_account_of_the_person_reads_nothing_without_such_a_role(
    course: Course, person: Person, client: LintingClient
) -> None:
    client.force_login(course.county.hold("benren", Role.LEADER, at=course.at, name=person.name, person=person))
    response = client.get(reverse("person", args=[person.pk]))
    assert response.status_code == 403
    assert person.native_place not in words(response)


def test_a_superuser_reads_nothing(course: Course, person: Person, client: LintingClient) -> None:
    account = course.county["jingban2"]
    with beside_an_entry():
        Account.objects.filter(pk=account.pk).update(is_superuser=True)
    client.force_login(account)
    assert client.get(reverse("person", args=[person.pk])).status_code == 403


def test_only_officers_are_offered_acts(course: Course, person: Person, client: LintingClient) -> None:
    address = reverse("person", args=[person.pk])
    for username in READERS:
        client.force_login(course.county[username])
        assert (act_url(Act.CORRECT_PERSON, person) in words(client.get(address))) is (username == "jingban")


# --- the list ----------------------------------------------------------------------------------------------------


def names(response: Any) -> list[str]:
    return [one.name for one, _born in response.context["people"]]


def test_people_stand_in_the_order_of_strokes(course: Course, staff: LintingClient) -> None:
    for name in ("王示", "丁示一", "丁示"):
        factories.person(course.county, name, of=course.unit, at=course.at)
    assert names(staff.get(reverse("people"), {"unit": course.unit.code})) == ["丁示", "丁示一", "王示"]


def test_the_list_is_narrowed_by_name_unit_and_grade(course: Course, staff: LintingClient) -> None:
    clerk = factories.person(course.county, "丁示", of=course.unit, at=course.at, grade=Grade.STAFF_GRADE)
    factories.person(course.county, "丁示一", of=course.unit, at=course.at)
    assert names(staff.get(reverse("people"), {"q": " 丁示 "})) == ["丁示", "丁示一"]
    assert names(staff.get(reverse("people"), {"q": "丁", "grade": "staff_grade"})) == [clerk.name]
    assert names(staff.get(reverse("people"), {"q": "丁", "unit": course.county.department.code})) == []


def test_those_who_left_are_shown_only_when_asked_for(course: Course, staff: LintingClient) -> None:
    gone = factories.person(course.county, "丁示", of=course.unit, at=course.at)
    keeping.correct_person(
        gone, actor=course.county["jingban"], at=course.at, values={"gone_on": clock.today()}, reason="退休"
    )
    assert names(staff.get(reverse("people"), {"q": "丁"})) == []
    assert names(staff.get(reverse("people"), {"q": "丁", "left": "on"})) == ["丁示"]


def test_an_address_with_nonsense_shows_everybody(course: Course, staff: LintingClient) -> None:
    everybody = names(staff.get(reverse("people")))
    assert names(staff.get(reverse("people"), {"unit": "999999", "grade": "x", "page": "-3"})) == everybody


def test_the_list_costs_the_same_for_one_and_for_thirty(course: Course, staff: LintingClient) -> None:
    counts = []
    staff.get(reverse("people"))
    for number in (1, 30):
        while course.unit.people.count() < number:
            factories.person(
                course.county,
                f"丁示{course.unit.people.count()}",
                of=course.unit,
                at=course.at,
                tenures=[{"post": clerk_post(course, course.unit.people.count()), "from_on": date(2020, 1, 1)}],
            )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(names(staff.get(reverse("people"), {"unit": course.unit.code}))) == min(number, 25)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def clerk_post(course: Course, nth: int) -> Post:
    made: Post = keeping.add_post(
        course.unit,
        actor=course.county["jingban"],
        at=course.at,
        values={"title": f"科员{nth}", "grade": Grade.STAFF_GRADE},
    )
    return made


# --- one person --------------------------------------------------------------------------------------------------


def test_the_file_tells_what_the_register_knows(course: Course, person: Person, staff: LintingClient) -> None:
    page = words(staff.get(reverse("person", args=[person.pk])))
    today = clock.today()
    age = today.year - 1980 - ((today.month, today.day) < (6, 1))
    for said in (
        f"1980.06（{age}岁）",
        "2003.07",
        "县委办公室副主任",
        "28",
        "30",
        "93.3%",
        "3.3%",
        course.selection.number,
    ):
        assert said in page, said


def test_a_file_costs_the_same_for_one_row_and_for_thirty(
    course: Course, person: Person, client: LintingClient
) -> None:
    counts = []
    address = reverse("person", args=[person.pk])
    by: dict[str, Any] = {"actor": course.county["jingban"], "at": course.at}
    for number in (1, 30):
        for nth in range(person.tenures.count(), number):
            days = {
                "from_on": date(2004, 1, 1) + timedelta(days=nth),
                "until_on": date(2004, 1, 2) + timedelta(days=nth),
            }
            keeping.add_tenure(person, **by, values={"post": clerk_post(course, nth), **days})
        for nth in range(person.appraisals.count(), min(number, 20)):
            values = {"year": course.day.year - 1 - nth, "result": AppraisalResult.COMPETENT}
            keeping.add_appraisal(person, **by, values=values)
        for username in ("jingban", "jiandu"):
            client.force_login(course.county[username])
            client.get(reverse("people"))
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address)
            assert len(page.context["tenures"]) == number
            counts.append(len(queries))
    assert max(counts) <= 12
    assert counts[:2] == counts[2:]


def test_selections_are_shown_only_to_whom_they_are_visible(
    course: Course, person: Person, client: LintingClient
) -> None:
    """An inspector who is not in the team, and an officer who is recused, do not learn who is a candidate."""
    spouse = factories.person(course.county, "丁示", of=course.unit, at=course.at)
    recused = course.county.hold("huibi", Role.STAFF, at=course.at, person=spouse)
    address = reverse("person", args=[person.pk])
    client.force_login(recused)
    assert course.selection.number in words(client.get(address))
    charge.recuse_person(course.selection, **course.by("jingban"), person=spouse, reason="与候选人系夫妻")
    for username in ("huibi", "kaocha1"):
        client.force_login(course.county[username])
        page = client.get(address)
        assert page.status_code == 200
        assert course.selection.number not in words(page)


def test_a_candidate_who_is_an_officer_does_not_see_the_own_candidacy(
    course: Course, person: Person, client: LintingClient
) -> None:
    client.force_login(course.county.hold("benren", Role.STAFF, at=course.at, person=person))
    page = client.get(reverse("person", args=[person.pk]))
    assert page.status_code == 200
    assert course.selection.number not in words(page)


@pytest.mark.parametrize("act", [Act.CORRECT_PERSON, Act.CORRECT_TENURE, Act.CORRECT_APPRAISAL])
def test_opening_the_form_by_which_a_file_is_corrected_is_recorded_as_reading_it(
    course: Course, person: Person, client: LintingClient, act: Act
) -> None:
    """It shows what stands in the file; who is refused the form has read nothing."""
    keeper = course.county.registrar
    client.force_login(course.county["jiwei"])
    before = len(reading.entries(stream="access"))
    assert client.get(act_url(act, person)).status_code == 403
    assert [entry.data for entry in reading.entries(stream="access")[before:] if entry.action == "looked_at"] == []
    client.force_login(keeper)
    before = len(reading.entries(stream="access"))
    assert client.get(act_url(act, person)).status_code == 200
    (entry,) = reading.entries(stream="access")[before:]
    assert (entry.action, entry.data["what"], entry.object, entry.case) == (
        "looked_at",
        "personal_file",
        ("person", str(person.pk)),
        f"person:{person.pk}",
    )
    assert entry.actor["name"] == keeper.name


def test_reading_a_file_is_recorded_and_shown_to_auditors(
    course: Course, person: Person, client: LintingClient
) -> None:
    client.force_login(course.county["buzhang"])
    client.get(reverse("person", args=[person.pk]))
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.action, entry.object) == ("looked_at", ("person", str(person.pk)))
    assert (entry.actor["name"], entry.data["what"]) == (course.county["buzhang"].name, "personal_file")
    client.get(reverse("person", args=[course.person(1).pk]))

    client.force_login(course.county["jiandu"])
    page = client.get(reverse("person", args=[person.pk]))
    assert reverse("person_record", args=[person.pk]) in words(page)
    read = [entry for entry in reading.of_case(f"person:{person.pk}") if entry.stream == "access"]
    assert [entry.actor["name"] for entry in read] == [course.county["buzhang"].name, "jiandu"]
    shown = words(client.get(reverse("person_record", args=[person.pk])))
    assert course.county["buzhang"].name in shown
    assert "查阅" in shown


@pytest.mark.parametrize("username", ["jingban", "buzhang", "shuji", "kaocha1"])
def test_only_auditors_are_led_to_who_read(
    course: Course, person: Person, client: LintingClient, username: str
) -> None:
    client.force_login(course.county[username])
    address = reverse("person_record", args=[person.pk])
    assert address not in words(client.get(reverse("person", args=[person.pk])))
    assert client.get(address).status_code == 403


def test_a_person_who_is_not_there_is_not_found_and_not_recorded(staff: LintingClient) -> None:
    before = len(reading.entries(stream="access"))
    assert staff.get(reverse("person", args=[999999])).status_code == 404
    assert len(reading.entries(stream="access")) == before


# --- keeping the files -------------------------------------------------------------------------------------------


def test_a_person_is_added_to_a_unit(course: Course, staff: LintingClient) -> None:
    response = send(staff, Act.ADD_PERSON, course.unit, **PERSON)
    made = Person.objects.get(name="欧阳示")
    assert response.url == reverse("person", args=[made.pk])
    assert (made.organisation, made.sex, made.born_on) == (course.unit, Sex.FEMALE, date(1985, 6, 1))
    assert last(made).data["given"]["values"]["grade"] == "township_deputy"
    assert "欧阳示" not in last(made).body


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "欧\ue000示"}, "name"),
        ({"born_on": "85年6月"}, "born_on"),
        ({"sex": "x"}, "sex"),
        ({"joined_work_on": "1980-01"}, None),
        ({"joined_party_on": "1970-01"}, None),
        ({"grade_since": ""}, "grade_since"),
    ],
)
def test_what_is_wrong_with_a_person_is_said_and_the_rest_is_kept(
    course: Course, staff: LintingClient, wrong: dict[str, str], field: str | None
) -> None:
    response = send(staff, Act.ADD_PERSON, course.unit, **{**PERSON, **wrong})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field or "__all__"}
    page = words(response)
    for name, typed in {**PERSON, **wrong}.items():
        if name not in ("sex", "grade"):
            assert not typed or f'value="{typed}"' in page, name
    assert response.context["form"]["grade"].value() == PERSON["grade"]
    assert not Person.objects.filter(native_place=PERSON["native_place"], organisation=course.unit).exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_speaks_both_languages(
    course: Course, person: Person, staff: LintingClient, language: str
) -> None:
    staff.cookies["language"] = language
    assert send(staff, Act.ADD_PERSON, course.unit, **{**PERSON, "name": "欧\ue000", "sex": ""}).status_code == 422
    assert send(staff, Act.CORRECT_PERSON, person, reason="").status_code == 422
    assert send(staff, Act.ADD_TENURE, person, post="县委办公室没有的职位", from_on="2020-13-40").status_code == 422
    assert send(staff, Act.ADD_APPRAISAL, person, year="1990", result="competent").status_code == 422


def test_correcting_a_person_keeps_old_and_new(person: Person, staff: LintingClient) -> None:
    response = send(
        staff, Act.CORRECT_PERSON, person, native_place="澄溪乙桥", born_on="1980-07", reason="依据原始档案更正"
    )
    assert response.status_code == 302, response.context["form"].errors
    person.refresh_from_db()
    assert (person.native_place, person.born_on) == ("澄溪乙桥", date(1980, 7, 1))
    entry = last(person)
    assert entry.action == "correct_person"
    assert entry.data["facts"]["old"] == {"born_on": "1980-06-01"}
    assert entry.data["facts"]["new"] == {"born_on": "1980-07-01"}
    assert entry.opened["old.native_place"] == "澄溪甲湾"
    assert entry.opened["new.native_place"] == "澄溪乙桥"
    assert entry.opened["reason"] == "依据原始档案更正"
    assert set(entry.data["given"]["values"]) == {"born_on"}


def test_correcting_needs_a_change_and_a_reason(person: Person, staff: LintingClient) -> None:
    before = len(reading.entries(stream=f"person:{person.pk}"))
    unchanged = send(staff, Act.CORRECT_PERSON, person, reason="更正")
    assert unchanged.status_code == 422
    assert unchanged.context["form"].non_field_errors().as_data()[0].code == "unchanged"
    silent = send(staff, Act.CORRECT_PERSON, person, native_place="澄溪乙桥")
    assert silent.status_code == 422
    assert set(silent.context["form"].errors) == {"reason"}
    assert 'value="澄溪乙桥"' in words(silent)
    assert len(reading.entries(stream=f"person:{person.pk}")) == before


def test_leaving_while_a_post_is_held_is_refused_beside_the_field(person: Person, staff: LintingClient) -> None:
    response = send(staff, Act.CORRECT_PERSON, person, gone_on=clock.today().isoformat(), reason="退休")
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"gone_on"}
    assert f'value="{clock.today().isoformat()}"' in words(response)
    person.refresh_from_db()
    assert person.gone_on is None


def test_a_tenure_is_added_by_the_title_of_the_post(course: Course, person: Person, staff: LintingClient) -> None:
    response = send(
        staff, Act.ADD_TENURE, person, post="县融媒体中心 主任", from_on="2018-01-02", until_on="2019-01-02"
    )
    assert response.status_code == 302
    made = person.tenures.get(post=course.post)
    assert (made.from_on, made.until_on) == (date(2018, 1, 2), date(2019, 1, 2))


def test_a_tenure_tells_of_grass_roots_and_secondment_only_what_was_said(
    person: Person, tenure: Tenure, staff: LintingClient
) -> None:
    assert (tenure.is_grassroots, tenure.is_seconded) == (None, False)
    page = words(staff.get(reverse("person", args=[person.pk])))
    assert "基层工作经历" not in page
    assert "挂职" not in page
    said = {"is_grassroots": "true", "is_seconded": "on", "reason": "依据干部档案补录"}
    assert send(staff, Act.CORRECT_TENURE, person, {"tenure": tenure.pk}, **said).status_code == 302
    tenure.refresh_from_db()
    assert (tenure.is_grassroots, tenure.is_seconded) == (True, True)
    old, new = {"is_grassroots": None, "is_seconded": False}, {"is_grassroots": True, "is_seconded": True}
    assert last(person).data["facts"] == {"old": old, "new": new}
    page = words(staff.get(reverse("person", args=[person.pk])))
    assert "基层工作经历" in page
    assert "挂职" in page
    denied = {"is_grassroots": "false", "reason": "在县直机关任职"}
    assert send(staff, Act.CORRECT_TENURE, person, {"tenure": tenure.pk}, **denied).status_code == 302
    tenure.refresh_from_db()
    assert (tenure.is_grassroots, tenure.is_seconded) == (False, True)


def test_a_post_nobody_knows_and_a_title_of_two_units(course: Course, person: Person, staff: LintingClient) -> None:
    twin = factories.unit(course.county, course.unit.short_name, "CX-0499", at=course.at)
    values = {"title": course.post.title, "grade": Grade.TOWNSHIP_CHIEF}
    keeping.add_post(twin, actor=course.county["jingban"], at=course.at, values=values)
    days = {"from_on": "2018-01-02", "until_on": "2019-01-02"}
    for title in ("县融媒体中心副台长", course.post.full_title):
        response = send(staff, Act.ADD_TENURE, person, post=title, **days)
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"post"}
        assert f'value="{title}"' in words(response)
    assert send(staff, Act.ADD_TENURE, person, post="CX-0499 主任", **days).status_code == 302
    assert person.tenures.filter(post__organisation=twin).exists()


def test_a_full_post_takes_nobody_more(course: Course, staff: LintingClient) -> None:
    for nth in (0, 1):
        response = send(staff, Act.ADD_TENURE, course.person(nth), post=course.post.full_title, from_on="2024-01-02")
        assert response.status_code == (302, 422)[nth]
    assert set(response.context["form"].errors) == {"post"}
    assert course.post.tenures.count() == 1


def test_a_tenure_is_ended_and_the_record_keeps_both(person: Person, tenure: Tenure, staff: LintingClient) -> None:
    form = staff.get(act_url(Act.CORRECT_TENURE, person, tenure=tenure.pk)).context["form"]
    assert form["post"].value() == "县委办公室副主任"
    assert form["from_on"].value() == date(2019, 5, 1)
    response = send(
        staff, Act.CORRECT_TENURE, person, {"tenure": tenure.pk}, until_on="2025-01-02", reason="任免文件补录"
    )
    assert response.status_code == 302
    tenure.refresh_from_db()
    assert tenure.until_on == date(2025, 1, 2)
    assert last(person).data["facts"] == {"old": {"until_on": None}, "new": {"until_on": "2025-01-02"}}


def test_a_tenure_of_somebody_else_is_not_corrected_from_here(
    course: Course, person: Person, staff: LintingClient
) -> None:
    theirs = course.person(1).tenures.get()
    address = act_url(Act.CORRECT_TENURE, person, tenure=theirs.pk)
    assert staff.get(address).status_code == 404
    own = staff.get(act_url(Act.CORRECT_TENURE, person)).context["form"]
    assert own["tenure"].value() == person.tenures.get().pk
    response = staff.post(
        act_url(Act.CORRECT_TENURE, person),
        {
            "token": own["token"].value(),
            "tenure": theirs.pk,
            "post": "县委办公室副主任",
            "from_on": "2001-01-02",
            "reason": "x",
        },
    )
    assert response.status_code == 404
    theirs.refresh_from_db()
    assert theirs.from_on == date(2019, 5, 1)


def test_an_appraisal_is_added_once_a_year_and_corrected(course: Course, person: Person, staff: LintingClient) -> None:
    year = course.day.year - 2
    assert send(staff, Act.ADD_APPRAISAL, person, year=year, result="competent").status_code == 302
    again = send(staff, Act.ADD_APPRAISAL, person, year=year, result="excellent")
    assert again.status_code == 422
    assert again.context["form"].non_field_errors()
    some = send(staff, Act.ADD_APPRAISAL, person, year=year - 1, result="excellent", votes_excellent=3)
    assert some.status_code == 422
    row = Appraisal.objects.get(person=person, year=year)
    votes = {"votes_excellent": 1, "votes_competent": 2, "votes_basic": 0, "votes_incompetent": 0}
    response = send(staff, Act.CORRECT_APPRAISAL, person, {"appraisal": row.pk}, **votes, reason="补录测评票数")
    assert response.status_code == 302
    row.refresh_from_db()
    assert row.votes == 3
    assert last(person).data["facts"]["old"] == dict.fromkeys(votes)
    assert last(person).data["facts"]["new"] == votes


def test_a_form_sent_twice_adds_nothing_twice(person: Person, staff: LintingClient) -> None:
    address = act_url(Act.ADD_APPRAISAL, person)
    token = staff.get(address).context["form"]["token"].value()
    for year, status in ((2010, 302), (2011, 409)):
        assert staff.post(address, {"token": token, "year": year, "result": "competent"}).status_code == status
    assert not person.appraisals.filter(year=2011).exists()


@pytest.mark.parametrize("username", [*READERS[1:], *OTHERS])
@pytest.mark.parametrize("name", [Act.CORRECT_PERSON, Act.ADD_TENURE, Act.ADD_APPRAISAL])
def test_only_officers_open_the_forms(
    course: Course, person: Person, client: LintingClient, username: str, name: Act
) -> None:
    client.force_login(course.county[username])
    for response in (client.get(act_url(name, person)), client.post(act_url(name, person), {"reason": "x"})):
        assert response.status_code == 403
        assert person.native_place not in words(response)


# --- the rest of the file ------------------------------------------------------------------------------------------

OF_KIND: dict[FileKind, tuple[dict[str, Any], str]] = {
    FileKind.EDUCATION: (
        {"level": "bachelor", "mode": "full_time", "kind": "regular", "graduated_on": "2003-06", "school": "示例大学"},
        "示例大学 大学本科 · 全日制教育 · 普通教育",
    ),
    FileKind.TRAINING: (
        {"title": "任职培训班", "from_on": "2025-09-01", "until_on": "2025-09-30", "hours": "80"},
        "任职培训班 · 80学时",
    ),
    FileKind.SANCTION: (
        {"kind": "demerit", "decided_on": "2025-05-06", "basis": "澄纪演〔2025〕9号"},
        "记过 · 澄纪演〔2025〕9号",
    ),
    FileKind.ARCHIVE_AUDIT: ({"audited_on": "2025-05-06", "result": "corrected", "remark": "补入学历材料"}, "已更正"),
    FileKind.ECONOMIC_AUDIT: (
        {
            "kind": "in_term",
            "reported_on": "2025-05-06",
            "number": "澄审演〔2025〕1号",
            "conclusion": "履行经济责任较好",
            "outcome": "discipline",
            "amount": "9870000",
            "notified_on": "2025-05-20",
        },
        "任内审计 · 澄审演〔2025〕1号 · 履行经济责任较好 · 9,870,000元 · 移送纪检监察机关 · 2025年5月20日通报",
    ),
}


@pytest.mark.covers("QUA-15", "AUD-06", "AUD-08")
@pytest.mark.parametrize("kind", FileKind)
def test_an_entry_is_added_shown_and_corrected(
    person: Person, staff: LintingClient, course: Course, kind: FileKind
) -> None:
    given, says = OF_KIND[kind]
    page = reverse("person", args=[person.pk])
    assert says not in words(staff.get(page))
    assert send(staff, Act.ADD_FILE_ENTRY, person, {"kind_of_entry": kind}, **given).status_code == 302
    assert says in words(staff.get(page))
    made = ENTRIES[kind]._default_manager.get()
    first = {"kind_of_entry": kind, "entry": made.pk}
    changed = {
        "school": "另一所示例大学",
        "title": "另一个班",
        "basis": "澄纪演〔2025〕10号",
        "remark": "补入党籍材料",
        "conclusion": "复核后的结论",
    }
    values = {name: value for name, value in changed.items() if name in given} | {"reason": "原登记有误"}
    assert send(staff, Act.CORRECT_FILE_ENTRY, person, first, **values).status_code == 302
    assert next(iter(values.values())) in words(staff.get(page))
    reader = signed_in(course, "jiandu")
    assert next(iter(values.values())) in words(reader.get(page))
    assert 'name="level"' not in reader.get(act_url(Act.ADD_FILE_ENTRY, person)).content.decode()


def test_a_kind_of_entry_that_does_not_exist_is_not_found(person: Person, staff: LintingClient) -> None:
    assert staff.get(act_url(Act.ADD_FILE_ENTRY, person, kind_of_entry="secret")).status_code == 404


def test_what_is_wrong_with_an_entry_is_said_beside_it(person: Person, staff: LintingClient) -> None:
    given = OF_KIND[FileKind.TRAINING][0] | {"until_on": "2025-08-01"}
    refused = send(staff, Act.ADD_FILE_ENTRY, person, {"kind_of_entry": FileKind.TRAINING}, **given)
    assert refused.status_code == 422
    assert "培训结束日期不能早于开始日期" in words(refused)
    assert "任职培训班" in refused.content.decode()
    assert not person.trainings.exists()


@pytest.mark.covers("AUD-09")
def test_a_joint_review_has_all_three_sections(person: Person, staff: LintingClient) -> None:
    given = {"kind": "joint", "reported_on": "2025-05-06", "number": "澄审演〔2025〕2号", "conclusion": "较好"}
    kind = {"kind_of_entry": FileKind.ECONOMIC_AUDIT}
    refused = send(staff, Act.ADD_FILE_ENTRY, person, kind, **given, appointing="选人用人规范")
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"staffing"})
    assert not person.economicaudits.exists()
    both = {"appointing": "选人用人规范", "staffing": "编制执行规范"}
    assert send(staff, Act.ADD_FILE_ENTRY, person, kind, **given, **both).status_code == 302
    shown = words(staff.get(reverse("person", args=[person.pk])))
    assert "三责联审 · 澄审演〔2025〕2号 · 较好 · 用人责任：选人用人规范 · 编制责任：编制执行规范" in shown


def test_an_audit_is_not_told_of_before_its_report(person: Person, staff: LintingClient) -> None:
    given = OF_KIND[FileKind.ECONOMIC_AUDIT][0] | {"notified_on": "2025-05-05"}
    refused = send(staff, Act.ADD_FILE_ENTRY, person, {"kind_of_entry": FileKind.ECONOMIC_AUDIT}, **given)
    assert refused.status_code == 422
    assert "审计机关不能在报告日期之前通报" in words(refused)
