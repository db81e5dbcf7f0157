"""Acts that keep the register: what they write, what they refuse, what a correction leaves in the record."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from audit import reading
from selection import clock
from selection.acts import CATALOGUE, Conflict, NotPermitted, Refused
from selection.enums import (
    Act,
    AppraisalResult,
    AuditResult,
    EconomicAuditKind,
    EducationKind,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    FileKind,
    Grade,
    KeyPost,
    Kin,
    PostClass,
    SanctionKind,
    UnitKind,
)
from selection.models import Account
from selection.register import keeping
from selection.register.models import (
    ENTRIES,
    Appraisal,
    Establishment,
    Kinship,
    Organisation,
    Person,
    Post,
    Quota,
    Register,
    Sanction,
    Tenure,
)

DAY = date(2026, 3, 2)
ONE = timedelta(days=1)
REASON = "依据原始档案更正"
ACTS = {act for act, performed in CATALOGUE.items() if performed.module == keeping.__name__}


def last(stream: str) -> Any:
    return reading.entries(stream=stream, newest_first=True)[0]


def fields(error: pytest.ExceptionInfo[ValidationError]) -> set[str]:
    return set(error.value.message_dict)


def unmet(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [requirement.field for requirement in error.value.unmet]


# --- who may -----------------------------------------------------------------------------------------------------


def test_every_act_of_the_register_is_for_officers_only(
    unit: Organisation, post: Post, person: Person, others: list[Account], at: datetime, values: dict[str, Any]
) -> None:
    quota = {"grade": Grade.TOWNSHIP_CHIEF, "approved": 1}
    kind = {"kind": EstablishmentKind.INSTITUTION, "approved": 12, "from_on": DAY}
    tenure = Tenure(person=person, post=post, from_on=DAY)
    wife = {"called": "妻子", "kind": Kin.SPOUSE, "relative_name": "孙示"}
    attempts = {
        Act.ADD_ORGANISATION: lambda who: keeping.add_organisation(unit, actor=who, at=at, values={"name": "演示站"}),
        Act.CORRECT_ORGANISATION: lambda who: keeping.correct_organisation(
            unit, actor=who, at=at, values={"name": "演示站"}, reason=REASON
        ),
        Act.SET_QUOTA: lambda who: keeping.set_quota(unit, actor=who, at=at, **quota),
        Act.SET_ESTABLISHMENT: lambda who: keeping.set_establishment(unit, actor=who, at=at, **kind),
        Act.ADD_POST: lambda who: keeping.add_post(unit, actor=who, at=at, values={"title": "主任"}),
        Act.CORRECT_POST: lambda who: keeping.correct_post(post, actor=who, at=at, values={"seats": 2}, reason=REASON),
        Act.ADD_PERSON: lambda who: keeping.add_person(unit, actor=who, at=at, values=values),
        Act.CORRECT_PERSON: lambda who: keeping.correct_person(
            person, actor=who, at=at, values={"name": "赵示二"}, reason=REASON
        ),
        Act.ADD_TENURE: lambda who: keeping.add_tenure(person, actor=who, at=at, values={"post": post, "from_on": DAY}),
        Act.CORRECT_TENURE: lambda who: keeping.correct_tenure(
            person, actor=who, at=at, tenure=tenure, values={"until_on": DAY}, reason=REASON
        ),
        Act.ADD_APPRAISAL: lambda who: keeping.add_appraisal(person, actor=who, at=at, values={"year": 2025}),
        Act.CORRECT_APPRAISAL: lambda who: keeping.correct_appraisal(
            person, actor=who, at=at, appraisal=Appraisal(person=person), values={"veto": True}, reason=REASON
        ),
        Act.ADD_KINSHIP: lambda who: keeping.add_kinship(person, actor=who, at=at, values=wife),
        Act.CORRECT_KINSHIP: lambda who: keeping.correct_kinship(
            person, actor=who, at=at, kinship=Kinship(person=person), values={"until_on": DAY}, reason=REASON
        ),
        Act.ADD_FILE_ENTRY: lambda who: keeping.add_file_entry(
            person, actor=who, at=at, kind=FileKind.SANCTION, values=SANCTIONED
        ),
        Act.CORRECT_FILE_ENTRY: lambda who: keeping.correct_file_entry(
            person,
            actor=who,
            at=at,
            kind=FileKind.SANCTION,
            entry=Sanction(person=person),
            values=SANCTIONED,
            reason=REASON,
        ),
    }
    assert set(attempts) == ACTS
    for attempt in attempts.values():
        for who in others:
            with pytest.raises(NotPermitted):
                attempt(who)
    assert Person.objects.count() == 1
    assert Post.objects.count() == 1
    assert not Quota.objects.exists()
    assert not Establishment.objects.exists()
    assert not Tenure.objects.exists()
    assert not Appraisal.objects.exists()
    assert not Kinship.objects.exists()


# --- units -------------------------------------------------------------------------------------------------------


def test_add_organisation_writes_to_both_units(unit: Organisation, department: Organisation) -> None:
    assert unit.parent == department.parent
    for stream in (f"organisation:{unit.pk}", f"organisation:{unit.parent_id}"):
        entry = last(stream)
        assert entry.action == "add_organisation"
        assert entry.data["made"] == [["organisation", str(unit.pk)]]
        assert entry.data["given"]["values"]["code"] == "CX-0401"


def test_add_organisation_at_the_top(officer: Account, at: datetime) -> None:
    values = {"name": "另一县（演示）", "short_name": "另县", "kind": UnitKind.COMMITTEE, "code": "LX-01"}
    top = keeping.add_organisation(Register(), actor=officer, at=at, values=values)
    assert top.parent is None
    assert [entry.action for entry in reading.entries(stream=f"organisation:{top.pk}")] == ["add_organisation"]


def test_add_organisation_with_a_code_in_use_says_which_field(
    unit: Organisation, officer: Account, at: datetime
) -> None:
    values = {"name": "演示站", "short_name": "演示站", "kind": UnitKind.INSTITUTION, "code": unit.code}
    with pytest.raises(ValidationError) as error:
        keeping.add_organisation(unit, actor=officer, at=at, values=values)
    assert fields(error) == {"code"}


def test_correct_organisation_refuses_a_circle(
    unit: Organisation, department: Organisation, officer: Account, at: datetime
) -> None:
    with pytest.raises(ValidationError) as error:
        keeping.correct_organisation(department.parent, actor=officer, at=at, values={"parent": unit}, reason=REASON)
    assert fields(error) == {"parent"}


@pytest.mark.parametrize("still", ["post", "person", "unit"])
def test_correct_organisation_refuses_to_close_what_is_in_use(
    request: pytest.FixtureRequest, unit: Organisation, officer: Account, at: datetime, still: str
) -> None:
    if still == "unit":
        values = {"name": "演示站", "short_name": "演示站", "kind": UnitKind.INSTITUTION, "code": "CX-9"}
        keeping.add_organisation(unit, actor=officer, at=at, values=values)
    else:
        request.getfixturevalue(still)
    with pytest.raises(Refused) as error:
        keeping.correct_organisation(unit, actor=officer, at=at, values={"closed_on": DAY}, reason=REASON)
    assert [requirement.observed for requirement in error.value.unmet] == [1]
    assert last("access").data["kind"] == "refused"


def test_a_closed_unit_takes_nothing_from_its_last_day_on(
    unit: Organisation, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    tomorrow = at + timedelta(days=1)
    keeping.correct_organisation(unit, actor=officer, at=at, values={"closed_on": tomorrow.date()}, reason="机构改革")
    unit.refresh_from_db()
    keeping.add_person(unit, actor=officer, at=at, values=values)
    with pytest.raises(Refused):
        keeping.add_person(unit, actor=officer, at=tomorrow, values=values)
    with pytest.raises(Refused):
        keeping.add_post(unit, actor=officer, at=tomorrow, values={"title": "主任", "grade": Grade.TOWNSHIP_CHIEF})
    with pytest.raises(Refused):
        keeping.set_quota(unit, actor=officer, at=tomorrow, grade=Grade.TOWNSHIP_CHIEF, approved=1)
    assert (unit.people.count(), unit.posts.count(), unit.quotas.count()) == (1, 0, 0)


@pytest.mark.covers("POS-01")
def test_set_quota_again_keeps_one_number_and_records_the_old_one(
    unit: Organisation, officer: Account, at: datetime
) -> None:
    for approved in (1, 3):
        keeping.set_quota(unit, actor=officer, at=at, grade=Grade.TOWNSHIP_CHIEF, approved=approved, basis="澄编演1号")
    assert unit.quotas.get().approved == 3
    entry = last(f"organisation:{unit.pk}")
    assert entry.data["facts"] == {"old": 1, "new": 3}
    assert entry.data["given"]["basis"] == "澄编演1号"


def test_set_quota_refuses_a_negative_number(unit: Organisation, officer: Account, at: datetime) -> None:
    with pytest.raises(ValidationError) as error:
        keeping.set_quota(unit, actor=officer, at=at, grade=Grade.TOWNSHIP_CHIEF, approved=-1)
    assert fields(error) == {"approved"}


@pytest.mark.covers("POS-05")
def test_set_establishment_keeps_a_ledger_in_which_the_latest_day_holds(
    unit: Organisation, officer: Account, at: datetime
) -> None:
    kind, earlier = EstablishmentKind.INSTITUTION, date(2024, 1, 1)
    for approved, from_on in ((10, earlier), (15, DAY), (16, DAY)):
        keeping.set_establishment(unit, actor=officer, at=at, kind=kind, approved=approved, from_on=from_on, basis="编")
    assert [(row.from_on, row.approved) for row in unit.establishments.all()] == [(DAY, 16), (earlier, 10)]
    assert last(f"organisation:{unit.pk}").data["facts"] == {"old": 15, "new": 16}
    for on, approved in ((earlier - timedelta(days=1), []), (DAY - timedelta(days=1), [10]), (DAY, [16])):
        assert [row.approved for row in unit.establishments.in_force(on)] == approved


@pytest.mark.covers("POS-05")
def test_set_establishment_refuses_a_day_to_come_and_a_number_that_is_none(
    unit: Organisation, officer: Account, at: datetime
) -> None:
    given = {"kind": EstablishmentKind.INSTITUTION, "approved": 10, "from_on": clock.day_of(at) + timedelta(days=1)}
    with pytest.raises(Refused) as refused:
        keeping.set_establishment(unit, actor=officer, at=at, **given)
    assert unmet(refused) == ["from_on"]
    for wrong in ({"kind": "seasonal"}, {"approved": -1}):
        with pytest.raises(ValidationError) as error:
            keeping.set_establishment(unit, actor=officer, at=at, **{**given, "from_on": DAY, **wrong})
        assert fields(error) == set(wrong)
    assert not Establishment.objects.exists()


# --- posts -------------------------------------------------------------------------------------------------------


@pytest.mark.covers("POS-14")
def test_add_post_keeps_its_class(unit: Organisation, officer: Account, at: datetime) -> None:
    values = {"title": "主任", "grade": Grade.TOWNSHIP_CHIEF, "post_class": "chief", "is_probationary": True}
    post = keeping.add_post(unit, actor=officer, at=at, values=values)
    post.refresh_from_db()
    assert (post.full_title, post.post_class, post.seats) == ("县融媒体中心主任", "chief", 1)
    with pytest.raises(ValidationError):
        keeping.add_post(unit, actor=officer, at=at, values=values)


#: The posts of a subdistrict: title, seats, class (002 第10篇 三).
SUBDISTRICT = [
    ("党政综合办公室主任", 1),
    ("社会治安综合治理办公室（平安365服务中心）副主任", 1),
    ("农办副主任", 1),
    ("计生办副主任", 1),
    ("园区经济服务中心副主任", 2),
    ("城建办副主任", 1),
    ("社区主任", 1),
    ("工作片正副主任", 6),
]


@pytest.mark.covers("POS-17")
def test_posts_of_a_subdistrict_have_as_many_seats_as_its_plan_says(
    unit: Organisation, officer: Account, at: datetime
) -> None:
    for title, seats in SUBDISTRICT:
        values = {"title": title, "grade": Grade.STAFF_GRADE, "post_class": PostClass.MIDDLE, "seats": seats}
        keeping.add_post(unit, actor=officer, at=at, values=values)
    kept = unit.posts.filter(post_class="middle_level")
    assert (kept.count(), sum(post.seats for post in kept)) == (8, 14)


@pytest.mark.covers("POS-15", "POS-16")
@pytest.mark.parametrize(
    ("title", "grade", "post_class"),
    [
        ("人力资源部经理", Grade.STAFF_GRADE, PostClass.CHIEF),
        ("人力资源部副经理", Grade.STAFF_GRADE, PostClass.OTHER),
        ("局机关主任科员", Grade.TOWNSHIP_CHIEF, PostClass.NON_LEADING),
        ("司法所主任科员", Grade.TOWNSHIP_CHIEF, PostClass.NON_LEADING),
    ],
)
def test_a_post_says_whether_it_is_a_chiefs_and_whether_it_leads(
    unit: Organisation, officer: Account, at: datetime, title: str, grade: Grade, post_class: PostClass
) -> None:
    values = {"title": title, "grade": grade, "post_class": post_class}
    keeping.add_post(unit, actor=officer, at=at, values=values)
    kept = unit.posts.get(title=title)
    assert (kept.grade, kept.post_class) == (grade, post_class)


@pytest.mark.covers("POS-11", "POS-19", "POS-20")
def test_correct_post_says_what_it_asks_why_it_is_a_key_post_and_who_manages_it_jointly(
    post: Post, officer: Account, at: datetime
) -> None:
    values = {
        "duties": "分管采编和安全播出。",
        "standards": "熟悉新闻宣传业务。",
        "key_kind": KeyPost.APPROVAL,
        "co_manager": "市广播电视局党组",
    }
    keeping.correct_post(post, actor=officer, at=at, values=values, reason="三定方案")
    entry = last(f"organisation:{post.organisation_id}")
    told = entry.data["given"]["values"]
    assert (told["key_kind"], told["co_manager"]) == ("approval", "市广播电视局党组")
    assert entry.opened["values.duties"] == values["duties"]
    post.refresh_from_db()
    assert {name: getattr(post, name) for name in values} == values
    with pytest.raises(ValidationError) as error:
        keeping.correct_post(post, actor=officer, at=at, values={"key_kind": "rich"}, reason=REASON)
    assert fields(error) == {"key_kind"}


def test_correct_post_refuses_to_abolish_a_held_post_or_to_take_a_holders_seat(
    post: Post, person: Person, colleague: Person, officer: Account, at: datetime
) -> None:
    keeping.correct_post(post, actor=officer, at=at, values={"seats": 2}, reason="三定方案")
    post.refresh_from_db()
    for somebody in (person, colleague):
        keeping.add_tenure(somebody, actor=officer, at=at, values={"post": post, "from_on": DAY})
    for values, field in (({"abolished_on": DAY}, "abolished_on"), ({"seats": 1}, "seats")):
        with pytest.raises(Refused) as error:
            keeping.correct_post(post, actor=officer, at=at, values=values, reason=REASON)
        assert unmet(error) == [field]


def test_correct_post_records_old_and_new(post: Post, officer: Account, at: datetime) -> None:
    keeping.correct_post(post, actor=officer, at=at, values={"title": "副主任（演示）", "seats": 1}, reason=REASON)
    entry = last(f"organisation:{post.organisation_id}")
    assert entry.opened["old.title"] == "副主任"
    assert entry.opened["new.title"] == "副主任（演示）"
    assert entry.opened["reason"] == REASON
    assert set(entry.data["facts"]["new"]) <= {"sealed"}  # the seats are as they were


# --- people ------------------------------------------------------------------------------------------------------


def test_add_person_opens_the_whole_file_in_one_act(
    unit: Organisation, post: Post, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    person = keeping.add_person(
        unit,
        actor=officer,
        at=at,
        values=values,
        tenures=[{"post": post, "from_on": date(2019, 5, 6), "basis": "澄组演〔2019〕1号"}],
        appraisals=[{"year": 2025, "result": AppraisalResult.COMPETENT}],
    )
    entries = list(reading.entries(stream=f"person:{person.pk}"))
    assert [entry.action for entry in entries] == ["add_person"]
    assert [name for name, _pk in entries[0].data["made"]] == ["person", "tenure", "appraisal"]
    assert entries[0].opened["values.name"] == "赵示一"
    assert "赵示一" not in entries[0].body
    assert (person.tenures.get().post, person.appraisals.get().votes) == (post, None)


def test_add_person_with_a_tenure_that_may_not_be_leaves_nothing(
    unit: Organisation, post: Post, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    before_work = {"post": post, "from_on": values["joined_work_on"] - timedelta(days=1)}
    with pytest.raises(Refused) as error:
        keeping.add_person(unit, actor=officer, at=at, values=values, tenures=[before_work])
    assert unmet(error) == ["from_on"]
    with pytest.raises(Refused) as error:
        keeping.add_person(
            unit, actor=officer, at=at, values=values, appraisals=[{"year": 2027, "result": AppraisalResult.EXCELLENT}]
        )
    assert unmet(error) == ["year"]
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "赵\ue123一"}, "name"),
        ({"name": ""}, "name"),
        ({"born_on": date(1985, 6, 2)}, "born_on"),
        ({"joined_work_on": date(1985, 6, 1)}, "__all__"),
        ({"grade_since": date(2008, 6, 1)}, "__all__"),
        ({"joined_party_on": date(1985, 6, 1)}, "__all__"),
        ({"grade": "emperor"}, "grade"),
    ],
)
def test_add_person_says_what_is_wrong(
    unit: Organisation, officer: Account, at: datetime, values: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        keeping.add_person(unit, actor=officer, at=at, values=values | wrong)
    assert fields(error) == {field}
    assert not Person.objects.exists()


def test_correct_person_records_old_new_and_reason_and_nothing_else(
    person: Person, officer: Account, at: datetime
) -> None:
    changed = {"name": "赵示二", "born_on": date(1986, 6, 1), "ethnicity": "汉族"}
    keeping.correct_person(person, actor=officer, at=at, values=changed, reason=REASON)
    entry = last(f"person:{person.pk}")
    assert entry.data["facts"]["old"]["born_on"] == "1985-06-01"
    assert entry.data["facts"]["new"]["born_on"] == "1986-06-01"
    kept = {field: text for field, text in entry.opened.items() if not field.startswith("values.")}
    assert kept == {"old.name": "赵示一", "new.name": "赵示二", "reason": REASON}
    person.refresh_from_db()
    assert Person.objects.in_stroke_order().get().stroke_key == person.stroke_key != ""


@pytest.mark.parametrize(("values", "reason"), [({"name": "赵示二"}, "  "), ({"name": "赵示一"}, REASON)])
def test_correct_person_needs_a_reason_and_a_change(
    person: Person, officer: Account, at: datetime, values: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValidationError):
        keeping.correct_person(person, actor=officer, at=at, values=values, reason=reason)
    assert last(f"person:{person.pk}").action == "add_person"


def test_correct_person_takes_no_field_that_is_not_a_fact(person: Person, officer: Account, at: datetime) -> None:
    with pytest.raises(TypeError, match="stroke_key"):
        keeping.correct_person(person, actor=officer, at=at, values={"stroke_key": "0"}, reason=REASON)


def test_correct_person_refuses_leaving_in_office(person: Person, post: Post, officer: Account, at: datetime) -> None:
    tenure = keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": date(2020, 1, 6)})
    with pytest.raises(Refused) as error:
        keeping.correct_person(person, actor=officer, at=at, values={"gone_on": DAY}, reason="退休")
    assert [requirement.observed for requirement in error.value.unmet] == [["县融媒体中心副主任"]]
    keeping.correct_tenure(person, actor=officer, at=at, tenure=tenure, values={"until_on": DAY}, reason="退休")
    keeping.correct_person(person, actor=officer, at=at, values={"gone_on": DAY}, reason="退休")
    person.refresh_from_db()
    with pytest.raises(Refused):
        keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": DAY})


# --- tenures -----------------------------------------------------------------------------------------------------


@pytest.mark.covers("POS-06", refused=True)
def test_add_tenure_refuses_a_second_holder_of_one_seat(
    post: Post, person: Person, colleague: Person, officer: Account, at: datetime
) -> None:
    until = date(2024, 5, 6)
    past = {"post": post, "from_on": date(2020, 1, 6), "until_on": until}
    keeping.add_tenure(person, actor=officer, at=at, values=past)
    with pytest.raises(Refused) as error:
        keeping.add_tenure(colleague, actor=officer, at=at, values={"post": post, "from_on": until - timedelta(days=1)})
    assert [(r.observed, r.required) for r in error.value.unmet] == [(2, 1)]
    keeping.add_tenure(colleague, actor=officer, at=at, values={"post": post, "from_on": until})
    assert [tenure.person for tenure in post.tenures.held(until)] == [colleague]


def test_seats_count_people_on_one_day_not_tenures_over_time(
    post: Post, person: Person, colleague: Person, officer: Account, at: datetime
) -> None:
    keeping.correct_post(post, actor=officer, at=at, values={"seats": 2}, reason=REASON)
    for year in (2015, 2017, 2019):
        values = {"post": post, "from_on": date(year, 1, 5), "until_on": date(year + 1, 1, 5)}
        keeping.add_tenure(person, actor=officer, at=at, values=values)
    keeping.add_tenure(colleague, actor=officer, at=at, values={"post": post, "from_on": date(2014, 1, 6)})
    assert post.tenures.count() == 4


@pytest.mark.parametrize(
    ("again", "field"),
    [
        ({"from_on": date(2021, 1, 4)}, "post"),
        ({"from_on": date(2019, 1, 7)}, "post"),
        ({"from_on": date(2025, 1, 6), "until_on": date(2025, 1, 5)}, "until_on"),
        ({"from_on": date(2008, 6, 30), "until_on": date(2008, 7, 30)}, "from_on"),
    ],
)
def test_add_tenure_refuses(
    post: Post, person: Person, officer: Account, at: datetime, again: dict[str, Any], field: str
) -> None:
    first = {"post": post, "from_on": date(2020, 1, 6), "until_on": date(2024, 5, 6)}
    keeping.add_tenure(person, actor=officer, at=at, values=first)
    with pytest.raises(Refused) as error:
        keeping.add_tenure(person, actor=officer, at=at, values={"post": post} | again)
    assert unmet(error) == [field]
    assert person.tenures.count() == 1


def test_add_tenure_refuses_an_abolished_post(post: Post, person: Person, officer: Account, at: datetime) -> None:
    keeping.correct_post(post, actor=officer, at=at, values={"abolished_on": DAY}, reason="机构改革")
    post.refresh_from_db()
    for until_on in (None, DAY + timedelta(days=1)):
        values = {"post": post, "from_on": date(2020, 1, 6), "until_on": until_on}
        with pytest.raises(Refused) as error:
            keeping.add_tenure(person, actor=officer, at=at, values=values)
        assert unmet(error) == ["until_on"]
    keeping.add_tenure(
        person, actor=officer, at=at, values={"post": post, "from_on": date(2020, 1, 6), "until_on": DAY}
    )


def test_correct_tenure_ends_it_and_records_both_days(
    post: Post, person: Person, officer: Account, at: datetime
) -> None:
    tenure = keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": date(2020, 1, 6)})
    keeping.correct_tenure(person, actor=officer, at=at, tenure=tenure, values={"until_on": DAY}, reason="调任")
    entry = last(f"person:{person.pk}")
    assert entry.data["facts"] == {"old": {"until_on": None}, "new": {"until_on": "2026-03-02"}}
    assert entry.data["given"]["tenure"] == ["tenure", str(tenure.pk)]
    assert not post.tenures.held(DAY).exists()


def test_correct_tenure_of_somebody_else_is_not_found(
    post: Post, person: Person, colleague: Person, officer: Account, at: datetime
) -> None:
    tenure = keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": date(2020, 1, 6)})
    with pytest.raises(NotPermitted) as error:
        keeping.correct_tenure(colleague, actor=officer, at=at, tenure=tenure, values={"until_on": DAY}, reason="调任")
    assert error.value.hidden
    tenure.refresh_from_db()
    assert tenure.until_on is None


def test_correct_tenure_cannot_reopen_into_a_taken_seat(
    post: Post, person: Person, colleague: Person, officer: Account, at: datetime
) -> None:
    past = {"post": post, "from_on": date(2020, 1, 6), "until_on": date(2024, 5, 6)}
    tenure = keeping.add_tenure(person, actor=officer, at=at, values=past)
    keeping.add_tenure(colleague, actor=officer, at=at, values={"post": post, "from_on": date(2024, 5, 6)})
    with pytest.raises(Refused):
        keeping.correct_tenure(person, actor=officer, at=at, tenure=tenure, values={"until_on": None}, reason=REASON)


# --- appraisals --------------------------------------------------------------------------------------------------

VOTES = {"votes_excellent": 8, "votes_competent": 12, "votes_basic": 6, "votes_incompetent": 4}


@pytest.mark.covers("QUA-08", "QUA-09")
def test_add_appraisal_keeps_votes_and_veto(person: Person, officer: Account, at: datetime) -> None:
    values = {"year": 2025, "result": AppraisalResult.COMPETENT, "veto": True} | VOTES
    appraisal = keeping.add_appraisal(person, actor=officer, at=at, values=values)
    appraisal.refresh_from_db()
    assert (appraisal.votes, appraisal.veto) == (30, True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"votes_basic": None}, "__all__"), ({"votes_basic": -1}, "votes_basic"), ({"result": "splendid"}, "result")],
)
def test_add_appraisal_says_what_is_wrong(
    person: Person, officer: Account, at: datetime, wrong: dict[str, Any], field: str
) -> None:
    values = {"year": 2025, "result": AppraisalResult.COMPETENT} | VOTES | wrong
    with pytest.raises(ValidationError) as error:
        keeping.add_appraisal(person, actor=officer, at=at, values=values)
    assert fields(error) == {field}


def test_add_appraisal_twice_for_a_year_or_for_a_year_outside_work(
    person: Person, officer: Account, at: datetime
) -> None:
    values = {"year": 2025, "result": AppraisalResult.COMPETENT}
    keeping.add_appraisal(person, actor=officer, at=at, values=values)
    with pytest.raises(ValidationError):
        keeping.add_appraisal(person, actor=officer, at=at, values=values)
    for year in (2007, 2027):
        with pytest.raises(Refused):
            keeping.add_appraisal(person, actor=officer, at=at, values=values | {"year": year})
    assert person.appraisals.get().year == 2025


def test_correct_appraisal_records_the_old_votes(person: Person, officer: Account, at: datetime) -> None:
    values = {"year": 2025, "result": AppraisalResult.COMPETENT} | VOTES
    appraisal = keeping.add_appraisal(person, actor=officer, at=at, values=values)
    changed = {"votes_basic": 5, "votes_competent": 13, "votes_excellent": 8}
    keeping.correct_appraisal(person, actor=officer, at=at, appraisal=appraisal, values=changed, reason=REASON)
    facts = last(f"person:{person.pk}").data["facts"]
    assert facts["old"] == {"votes_basic": 6, "votes_competent": 12}
    assert facts["new"] == {"votes_basic": 5, "votes_competent": 13}


# --- the database itself -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda person: Person.objects.filter(pk=person.pk).update(name="赵样一"),
        lambda person: Tenure.objects.filter(person=person).update(until_on=DAY),
        lambda person: Appraisal.objects.filter(person=person).update(votes_incompetent=0),
        lambda person: Organisation.objects.filter(pk=person.organisation_id).update(short_name="改"),
        lambda person: Post.objects.filter(organisation=person.organisation_id).update(seats=9),
        lambda person: Quota.objects.create(organisation=person.organisation, grade=Grade.COUNTY_CHIEF, approved=9),
        lambda person: Appraisal.objects.filter(person=person).delete(),
    ],
    ids=["person", "tenure", "appraisal", "organisation", "post", "quota", "deletion"],
)
def test_no_row_changes_without_an_entry(
    unit: Organisation, post: Post, officer: Account, at: datetime, values: dict[str, Any], change: Any
) -> None:
    person = keeping.add_person(
        unit,
        actor=officer,
        at=at,
        values=values,
        tenures=[{"post": post, "from_on": date(2020, 1, 6)}],
        appraisals=[{"year": 2025, "result": AppraisalResult.COMPETENT} | VOTES],
    )
    with pytest.raises(IntegrityError, match="entry"), transaction.atomic():
        change(person)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE register_tenure SET until_on = from_on - 1", "a_tenure_ends_after_it_begins"),
        ("UPDATE register_post SET seats = 0", "a_post_has_a_seat"),
        ("UPDATE register_organisation SET parent_id = id", "no_unit_is_above_itself"),
        ("UPDATE register_person SET joined_work_on = born_on", "born_then_at_work_then_in_the_grade"),
        ("UPDATE register_person SET joined_party_on = born_on", "born_before_joining_the_party"),
        ("UPDATE register_appraisal SET votes_basic = NULL", "votes_are_given_together"),
        (
            "INSERT INTO register_tenure (person_id, post_id, from_on, on_probation, is_seconded, basis)"
            " SELECT person_id, post_id, from_on, false, false, '' FROM register_tenure",
            "one_open_tenure_per_person_and_post",
        ),
    ],
)
def test_constraints_hold_below_the_acts(
    person: Person, post: Post, officer: Account, at: datetime, statement: str, constraint: str
) -> None:
    keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": date(2020, 1, 6)})
    keeping.add_appraisal(person, actor=officer, at=at, values={"year": 2025, "result": "competent"} | VOTES)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_same_form_twice_adds_one_person(
    unit: Organisation, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    keeping.add_person(unit, actor=officer, at=at, values=values, token="form-1")
    with pytest.raises(Conflict):
        keeping.add_person(unit, actor=officer, at=at, values=values, token="form-1")
    assert Person.objects.count() == 1


# --- relatives ---------------------------------------------------------------------------------------------------


def test_add_kinship_is_found_from_both_files_and_stands_in_the_record(
    person: Person, unit: Organisation, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    other = keeping.add_person(unit, actor=officer, at=at, values=values | {"name": "孙示六"})
    made = keeping.add_kinship(
        person, actor=officer, at=at, values={"called": "妻子", "kind": Kin.SPOUSE, "relative": other}
    )
    assert list(Kinship.objects.of([person.pk])) == list(Kinship.objects.of([other.pk])) == [made]
    assert (made.other(person.pk), made.other(other.pk)) == (other.pk, person.pk)
    assert last(f"person:{person.pk}").data["made"] == [["kinship", str(made.pk)]]


@pytest.mark.parametrize("wrong", ["nobody", "himself", "twice"])
def test_add_kinship_refuses_what_is_no_relation(
    person: Person, unit: Organisation, officer: Account, at: datetime, values: dict[str, Any], wrong: str
) -> None:
    other = keeping.add_person(unit, actor=officer, at=at, values=values | {"name": "孙示六"})
    given: dict[str, Any] = {"called": "妻子", "kind": Kin.SPOUSE, "relative": other}
    if wrong == "twice":
        keeping.add_kinship(person, actor=officer, at=at, values=given)
    given |= {"nobody": {"relative": None}, "himself": {"relative": person}}.get(wrong, {})
    with pytest.raises(ValidationError):
        keeping.add_kinship(person, actor=officer, at=at, values=given)
    assert Kinship.objects.count() == (wrong == "twice")


def test_correct_kinship_ends_it_and_keeps_the_old_value(person: Person, officer: Account, at: datetime) -> None:
    made = keeping.add_kinship(
        person, actor=officer, at=at, values={"called": "妻子", "kind": Kin.SPOUSE, "relative_name": "孙示六"}
    )
    keeping.correct_kinship(person, actor=officer, at=at, kinship=made, values={"until_on": DAY}, reason=REASON)
    assert not Kinship.objects.standing().exists()
    facts = last(f"person:{person.pk}").data["facts"]
    assert (facts["old"], facts["new"]) == ({"until_on": None}, {"until_on": "2026-03-02"})


def test_correct_kinship_of_somebody_else_is_not_known(
    person: Person, unit: Organisation, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    other = keeping.add_person(unit, actor=officer, at=at, values=values | {"name": "孙示六"})
    made = keeping.add_kinship(
        person, actor=officer, at=at, values={"called": "妻子", "kind": Kin.SPOUSE, "relative": other}
    )
    with pytest.raises(NotPermitted):
        keeping.correct_kinship(other, actor=officer, at=at, kinship=made, values={"until_on": DAY}, reason=REASON)


# --- the rest of the file ------------------------------------------------------------------------------------------

SCHOOLED = {
    "level": EducationLevel.BACHELOR,
    "mode": EducationMode.FULL_TIME,
    "kind": EducationKind.REGULAR,
    "graduated_on": date(2001, 7, 1),
}
TRAINED = {"title": "任职培训班", "from_on": date(2025, 9, 1), "until_on": date(2025, 9, 30)}
SANCTIONED = {"kind": SanctionKind.DEMERIT, "decided_on": date(2025, 5, 6)}
AUDITED = {"audited_on": date(2025, 5, 6), "result": AuditResult.IN_ORDER}
REPORTED = {
    "kind": EconomicAuditKind.IN_TERM,
    "reported_on": date(2025, 5, 6),
    "number": "澄审演〔2025〕1号",
    "conclusion": "较好",
}
OF_KIND = {
    FileKind.EDUCATION: SCHOOLED,
    FileKind.TRAINING: TRAINED,
    FileKind.SANCTION: SANCTIONED,
    FileKind.ARCHIVE_AUDIT: AUDITED,
    FileKind.ECONOMIC_AUDIT: REPORTED,
}


@pytest.mark.covers("QUA-15")
@pytest.mark.parametrize("kind", FileKind)
def test_add_file_entry_keeps_it_and_tells_the_record(
    person: Person, officer: Account, at: datetime, kind: FileKind
) -> None:
    made = keeping.add_file_entry(person, actor=officer, at=at, kind=kind, values=OF_KIND[kind])
    assert [made] == list(ENTRIES[kind]._default_manager.filter(person=person))
    entry = last(f"person:{person.pk}").data
    assert entry["given"]["kind"] == kind
    for name, value in OF_KIND[kind].items():
        if name not in ("title", "number", "conclusion"):  # texts, kept beside the entry
            assert entry["given"]["values"][name] == str(value)


@pytest.mark.parametrize(
    ("kind", "wrong", "says"),
    [
        (FileKind.EDUCATION, {"graduated_on": date(1995, 5, 1)}, "The person was old enough to graduate"),
        (FileKind.EDUCATION, {"graduated_on": date(2026, 4, 1)}, "The day is not in the future"),
        (FileKind.EDUCATION, {"graduated_on": date(2001, 7, 2)}, None),
        (FileKind.EDUCATION, {"level": "professor"}, None),
        (FileKind.TRAINING, {"until_on": date(2025, 8, 31)}, None),
        (FileKind.TRAINING, {"hours": 0}, None),
        (
            FileKind.TRAINING,
            {"from_on": date(2026, 3, 3), "until_on": date(2026, 3, 4)},
            "The day is not in the future",
        ),
        (FileKind.SANCTION, {"decided_on": date(2000, 1, 1)}, "It happened after the person began work"),
        (FileKind.SANCTION, {"decided_on": date(2026, 3, 3)}, "The day is not in the future"),
        (FileKind.SANCTION, {"lifted_on": date(2025, 5, 5)}, None),
        (FileKind.SANCTION, {"until_on": date(2025, 5, 5)}, None),
        (FileKind.ARCHIVE_AUDIT, {"audited_on": date(2026, 3, 3)}, "The day is not in the future"),
        (FileKind.ARCHIVE_AUDIT, {"result": AuditResult.DOUBTFUL}, None),
        (FileKind.ECONOMIC_AUDIT, {"reported_on": date(2026, 3, 3)}, "The day is not in the future"),
        (FileKind.ECONOMIC_AUDIT, {"notified_on": date(2025, 5, 5)}, None),
        (FileKind.ECONOMIC_AUDIT, {"kind": EconomicAuditKind.JOINT}, None),
        (FileKind.ECONOMIC_AUDIT, {"amount": -1}, None),
        (FileKind.ECONOMIC_AUDIT, {"conclusion": ""}, None),
    ],
)
def test_add_file_entry_refuses_what_cannot_be(
    person: Person, officer: Account, at: datetime, kind: FileKind, wrong: dict[str, Any], says: str | None
) -> None:
    given = {"kind": kind, "values": {**OF_KIND[kind], **wrong}}
    with pytest.raises(Refused if says else ValidationError) as refusal:
        keeping.add_file_entry(person, actor=officer, at=at, **given)
    if says:
        with translation.override("en"):
            assert [str(one.says) for one in refusal.value.unmet] == [says]
    assert not ENTRIES[kind]._default_manager.exists()


def test_correct_file_entry_notes_that_a_sanction_was_lifted(person: Person, officer: Account, at: datetime) -> None:
    made = keeping.add_file_entry(person, actor=officer, at=at, kind=FileKind.SANCTION, values=SANCTIONED)
    given = {"kind": FileKind.SANCTION, "entry": made, "reason": REASON}
    keeping.correct_file_entry(person, actor=officer, at=at, values={"lifted_on": date(2026, 2, 6)}, **given)
    facts = last(f"person:{person.pk}").data["facts"]
    assert (facts["old"], facts["new"]) == ({"lifted_on": None}, {"lifted_on": "2026-02-06"})
    with pytest.raises(Refused):
        keeping.correct_file_entry(person, actor=officer, at=at, values={"decided_on": date(2026, 3, 3)}, **given)


def test_correct_file_entry_of_somebody_else_is_not_known(
    person: Person, unit: Organisation, officer: Account, at: datetime, values: dict[str, Any]
) -> None:
    other = keeping.add_person(unit, actor=officer, at=at, values=values | {"name": "孙示六"})
    made = keeping.add_file_entry(person, actor=officer, at=at, kind=FileKind.SANCTION, values=SANCTIONED)
    given = {"kind": FileKind.SANCTION, "entry": made, "values": {"lifted_on": DAY}, "reason": REASON}
    with pytest.raises(NotPermitted):
        keeping.correct_file_entry(other, actor=officer, at=at, **given)
