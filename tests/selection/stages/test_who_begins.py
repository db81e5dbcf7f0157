"""Who starts a selection, who takes it on, and under whose name somebody is put forward (启动、交办、署名)."""

import pytest

from audit import reading
from selection.acts import NotPermitted
from selection.enums import NominationSource, Role, Stage
from selection.models import Nomination
from selection.stages import motion, nomination
from tests.factories import Course, Point, run_to

pytestmark = pytest.mark.django_db


def nominate(course: Course, username: str) -> None:
    nomination.nominate_candidate(
        course.selection,
        **course.by(username),
        person=course.people[0],
        source=NominationSource.DEPARTMENT,
        reason="符合条件。",
        discipline=True,
    )


@pytest.mark.covers("MOT-05", refused=True)
@pytest.mark.parametrize("username", ["jingban", "buzhang", "jiwei", "jiandu"])
def test_nobody_but_the_secretary_lets_a_selection_begin(username: str) -> None:
    course = run_to(Point.MOTION)
    with pytest.raises(NotPermitted):
        motion.approve_motion(course.selection, **course.by(username))
    assert course.now().stage == Stage.MOTION
    motion.approve_motion(course.selection, **course.by("shuji"), opinion="同意启动。")
    begun = course.now()
    assert (begun.opened_by, begun.approved_by) == (course.county["jingban"], course.county["shuji"])


@pytest.mark.covers("MOT-03", refused=True)
@pytest.mark.parametrize("username", ["shuji", "lingdao", "jiwei", "changwei1", "jiandu"])
def test_once_begun_it_is_the_organisation_department_that_goes_on(username: str) -> None:
    course = run_to(Point.NOMINATION)
    with pytest.raises(NotPermitted):
        nominate(course, username)
    assert not Nomination.objects.exists()
    nominate(course, "jingban")
    entry = list(reading.entries(stream=f"selection:{course.selection.pk}"))[-1]
    assert (entry.action, entry.actor["role"]) == ("nominate_candidate", Role.STAFF)


@pytest.mark.covers("NOM-18", "NOM-20")
def test_the_secretary_recommends_under_the_own_name_like_any_leading_cadre() -> None:
    course = run_to(Point.NOMINATION)
    made = nomination.recommend_personally(
        course.selection,
        **course.by("shuji"),
        person=course.people[0],
        reason="平时了解，作风扎实。",
        signed=True,
        discipline=True,
    )
    assert (made.source, made.nominator, made.signed) == (NominationSource.PERSONAL, course.county["shuji"], True)
    assert made.candidacy is None, "it is reviewed like any other"
