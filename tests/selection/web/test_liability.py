"""From the signed form of nomination to the result of a case, on the pages of those who do it (首提责任制页面)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from selection import deadlines
from selection.enums import Act, LiabilityBody, LiabilityGround, NominationSource
from selection.models import Candidacy, Liability, Nomination
from selection.rulebook import workdays
from selection.rulebook.values import Period
from selection.stages import way_back
from selection.web.acts import act_url
from selection.web.desk import Desk
from tests import factories
from tests.factories import Course, Point, run_to
from tests.selection.bodies import body
from tests.selection.web.standing import fill_in, scan, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(tmp_path: Any, settings: Any) -> Course:
    """A selection at nomination, where every nomination is signed, reviewed and answered for."""
    name = body(
        settings,
        tmp_path,
        "answering",
        nomination__subjects='["personal", "grassroots", "department"]',
        nomination__first_responsible='["personal", "grassroots", "department"]',
        nomination__form='"提名推荐表"',
        nomination__reviewed="true",
        nomination__validity='{ n = 1, unit = "year", first_day = "counted" }',
        nomination__liability='["tainted", "personal_motive", "against_procedure"]',
        nomination__pursued_by='["discipline", "judiciary"]',
    )
    return run_to(Point.NOMINATION, rulebook=name)


def nominate(course: Course, nth: int, **given: Any) -> Any:
    values = {
        "person": course.people[nth].name,
        "source": NominationSource.DEPARTMENT,
        "proposed_on": course.day,
        "reason": "熟悉融媒体工作，适合主任职位。",
        "signed_form": scan("提名推荐表.pdf"),
    }
    client = signed_in(course, "jingban")
    return fill_in(client, act_url(Act.NOMINATE_CANDIDATE, course.selection), **values | given)


@pytest.mark.covers("FNR-01", "FNR-04", "FNR-12", "FNR-13", "FNR-23")
def test_a_nomination_is_signed_answered_for_and_reviewed(course: Course) -> None:
    without = nominate(course, 0)
    assert without.status_code == 422
    assert "名册中该日没有其主要领导" in without.content.decode()
    answers = factories.head_of_department(course.county, at=course.at)
    unsigned = nominate(course, 0, signed_form="")
    assert unsigned.status_code == 422
    assert not Nomination.objects.exists()
    assert nominate(course, 0, co_responsible="分管副部长：考察把关").status_code == 302
    nomination = Nomination.objects.get()
    assert nomination.first_responsible == answers
    assert not Candidacy.objects.exists()
    page = signed_in(course, "jingban").get(course.selection.get_absolute_url()).content.decode()
    assert "钱示首 · 分管副部长：考察把关" in re.sub(r"<[^>]+>", "", page)
    done = fill_in(
        signed_in(course, "jingban"),
        act_url(Act.REVIEW_RECOMMENDATION, nomination),
        outcome="accepted",
        opinion="符合工作需要。",
    )
    assert done.status_code == 302
    assert Candidacy.objects.get().person == course.people[0]


@pytest.mark.covers("FNR-18", "FNR-19")
def test_a_nomination_kept_for_later_is_taken_up_for_another_post(course: Course) -> None:
    answers = factories.head_of_department(course.county, at=course.at)
    nominate(course, 0)
    nomination = Nomination.objects.get()
    review = act_url(Act.REVIEW_RECOMMENDATION, nomination)
    fill_in(signed_in(course, "jingban"), review, outcome="deferred", opinion="留待下批。")
    way_back.end_selection(course.selection, **course.by("buzhang"), reason="暂缓配备。")
    later = course.again(at=course.at)
    later.go_to(Point.NOMINATION)
    client = signed_in(later, "jingban")
    url = act_url(Act.TAKE_UP_NOMINATION, later.selection)
    assert course.people[0].name in client.get(url).content.decode()
    assert fill_in(client, url, nomination=nomination.pk, reason="适合本职位。").status_code == 302
    taken = Nomination.objects.exclude(pk=nomination.pk).get()
    assert (taken.taken_from, taken.first_responsible, taken.reason) == (nomination, answers, "适合本职位。")


@pytest.mark.covers("FNR-18", refused=True)
def test_the_desk_tells_that_a_nomination_is_about_to_lapse_though_its_selection_has_ended(course: Course) -> None:
    factories.head_of_department(course.county, at=course.at)
    nominate(course, 0)
    nomination = Nomination.objects.get()
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="等待机构改革。")
    way_back.end_selection(course.selection, **course.by("buzhang"), reason="暂缓配备。")
    last = workdays.ends(Period(1, "year", "counted"), nomination.proposed_on)
    soon = told_to(course, "jingban", last.at - timedelta(days=10))
    assert [(row["number"], row["due_on"]) for row in soon] == [(course.selection.number, last.last_day)]
    assert course.people[0].name in soon[0]["about"]
    assert told_to(course, "jingban", last.at - timedelta(days=30)) == []
    assert deadlines.keep(last.at) == 1
    assert told_to(course, "jingban", last.at) == []


def test_nobody_is_told_of_a_nomination_that_was_taken_up(course: Course) -> None:
    factories.head_of_department(course.county, at=course.at)
    nominate(course, 0)
    nomination = Nomination.objects.get()
    way_back.end_selection(course.selection, **course.by("buzhang"), reason="暂缓配备。")
    later = course.again(at=course.at)
    later.go_to(Point.NOMINATION)
    url = act_url(Act.TAKE_UP_NOMINATION, later.selection)
    fill_in(signed_in(later, "jingban"), url, nomination=nomination.pk, reason="适合本职位。")
    last = workdays.ends(Period(1, "year", "counted"), nomination.proposed_on)
    (told,) = told_to(course, "jingban", last.at - timedelta(days=10))
    assert told["number"] == later.selection.number


def told_to(course: Course, username: str, at: datetime) -> list[dict[str, Any]]:
    """What the desk says at that time of what falls due soon."""
    desk = Desk(course.county[username], at)
    return desk.soon(desk.deadlines())


@pytest.mark.covers("FNR-05", "FNR-11")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_auditor_opens_a_case_hands_it_over_and_takes_down_the_result(course: Course, language: str) -> None:
    factories.head_of_department(course.county, at=course.at)
    nominate(course, 0)
    auditor = signed_in(course, "jiandu", language)
    opened = fill_in(
        auditor,
        act_url(Act.OPEN_LIABILITY, course.selection),
        nomination=Nomination.objects.get().pk,
        ground=LiabilityGround.TAINTED,
        facts="提拔前存在的问题未如实反映。",
    )
    assert opened.status_code == 302
    case = Liability.objects.get()
    url = course.selection.get_absolute_url()
    assert "提拔前存在的问题未如实反映。" not in auditor.get(url).content.decode()
    handed = {"handed_to": LiabilityBody.DISCIPLINE}
    assert fill_in(auditor, act_url(Act.HAND_OVER_LIABILITY, case), **handed).status_code == 302
    assert fill_in(auditor, act_url(Act.SETTLE_LIABILITY, case), result="诫勉。").status_code == 302
    shown = auditor.get(url).content.decode()
    assert ("Discipline inspection" if language == "en" else "纪检监察机关") in shown
    assert signed_in(course, "kaocha1", language).get(act_url(Act.OPEN_LIABILITY, course.selection)).status_code == 403
