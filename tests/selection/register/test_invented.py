"""The invented county: the same every time, obviously invented, within its numbers, entered by acts."""

import unicodedata
from collections import Counter
from datetime import date, datetime
from fractions import Fraction
from time import monotonic

import pytest

from audit import reading
from selection.enums import Grade
from selection.models import Account
from selection.register import invented, strokes
from selection.register.models import Organisation, Person, Post, Tenure, vacancies
from selection.register.models.tenure import most_at_once

DAY = date(2026, 3, 2)
DAYS = [DAY, date(2027, 1, 1), date(2028, 2, 29), date(2030, 12, 31)]


@pytest.fixture(scope="module")
def county() -> invented.County:
    return invented.county(DAY)


def open_posts(somebody: invented.Somebody) -> list[tuple[str, str]]:
    return [tenure["post"] for tenure in somebody.tenures if tenure["until_on"] is None]


def test_the_same_day_gives_the_same_county(county: invented.County) -> None:
    assert invented.county(DAY) == county
    assert invented.county(date(2027, 3, 2)) != county


def test_size(county: invented.County) -> None:
    assert (len(county.units), len(county.jobs), len(county.people)) == (45, 409, 600)
    assert sum(unit.short_name[-1] in "镇乡" for unit in county.units) == 12


def test_every_name_says_that_it_is_invented(county: invented.County) -> None:
    assert len({somebody.name for somebody in county.people}) == 600
    for somebody in county.people:
        surname, given = strokes.split(somebody.name)
        assert surname in invented.SURNAMES
        assert given[0] in invented.MARKS
        assert len(given) <= 2
    assert all(unit.name.endswith("（演示）") for unit in county.units)


def test_rare_characters_occur(county: invented.County) -> None:
    found = {character for somebody in county.people for character in somebody.name} & set(invented.RARE_ENDINGS)
    assert found == set(invented.RARE_ENDINGS)
    assert all(unicodedata.category(character) == "Lo" for character in found)


def test_the_standing_committee_has_eleven_members(county: invented.County) -> None:
    seats = Counter(post[1] for somebody in county.people for post in open_posts(somebody) if post[0] == "CX-0101")
    assert seats == {"书记": 1, "副书记": 2, "常委": 8}


@pytest.mark.parametrize("on", DAYS)
def test_nobody_is_too_many_or_too_young(on: date) -> None:
    county = invented.county(on)
    jobs = {job.key: job for job in county.jobs}
    held: dict[tuple[str, str], list[tuple[date, date | None]]] = {}
    for somebody in county.people:
        values = somebody.values
        assert values["joined_work_on"].year - values["born_on"].year >= 19
        assert values["joined_work_on"] <= values["grade_since"] <= on
        for tenure in somebody.tenures:
            assert values["joined_work_on"] <= tenure["from_on"] <= (tenure["until_on"] or on)
            held.setdefault(tenure["post"], []).append((tenure["from_on"], tenure["until_on"]))
        assert all(appraisal["year"] < on.year for appraisal in somebody.appraisals)
    assert all(most_at_once(tenures) <= jobs[key].seats for key, tenures in held.items())


@pytest.mark.parametrize("on", DAYS)
def test_media_centre_waits_for_its_head_and_has_deputies_of_three_years(on: date) -> None:
    county = invented.county(on)
    holders = [somebody for somebody in county.people for post in open_posts(somebody) if post == ("CX-0401", "主任")]
    assert holders == []
    assert next(unit for unit in county.units if unit.code == "CX-0401").quotas[Grade.TOWNSHIP_CHIEF] == 1
    deputies = [somebody for somebody in county.people if ("CX-0401", "副主任") in open_posts(somebody)]
    assert len(deputies) == 2
    ready = [s for s in county.people if s.values["grade"] is Grade.TOWNSHIP_DEPUTY and years(s, on) >= 3]
    assert len(ready) > 40


def years(somebody: invented.Somebody, on: date) -> int:
    return on.year - somebody.values["grade_since"].year - 1


@pytest.mark.covers("QUA-08")
def test_remarkable_people_stand_at_the_limits(county: invented.County) -> None:
    people = {somebody.name: somebody.appraisals[-1] for somebody in county.people}
    rates = {}
    for kind, name in county.remarkable.items():
        last = people[name]
        votes = [last[f"votes_{level}"] for level in ("excellent", "competent", "basic", "incompetent")]
        rates[kind] = (Fraction(votes[0] + votes[1], sum(votes)), Fraction(votes[3], sum(votes)), last["veto"])
    assert rates.pop("veto")[2]
    third = Fraction(1, 3)
    assert rates == {
        "two_thirds_exactly": (2 * third, Fraction(4, 30), False),
        "below_two_thirds": (Fraction(19, 30), Fraction(4, 30), False),
        "one_third_exactly": (2 * third, third, False),
        "above_one_third": (Fraction(19, 30), Fraction(11, 30), False),
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_load_enters_it_by_acts_in_time(department: Organisation, officer: Account, at: datetime) -> None:
    began = monotonic()
    county = invented.load(officer, at)
    assert monotonic() - began < 60
    assert (Organisation.objects.count(), Post.objects.count(), Person.objects.count()) == (45, 409, 600)
    assert Tenure.objects.count() == sum(len(somebody.tenures) for somebody in county.people)
    centre = Organisation.objects.get(code=invented.MEDIA_CENTRE)
    assert vacancies(centre, Grade.TOWNSHIP_CHIEF, DAY).free == 1
    actions = Counter(
        entry.action
        for entry in reading.entries(streams=[f"person:{p}" for p in Person.objects.values_list("pk", flat=True)])
    )
    assert actions == {"add_person": 600}
    assert department.pk == Organisation.objects.get(code=invented.DEPARTMENT).pk
