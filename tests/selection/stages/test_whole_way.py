"""One post filled, from the motion to the end of probation, each act in a transaction of its own (全程)."""

import pytest

from audit import reading
from selection import acts
from selection.enums import Act, AppointmentState, CandidacyState, Stage
from selection.register.models import Tenure, vacancies
from tests import factories
from tests.factories import Point, run_to

BY_WAY_OF = [
    Act.OPEN_SELECTION,
    Act.APPROVE_MOTION,
    Act.CHOOSE_ROUTE,
    Act.ASSIGN_OFFICER,
    Act.ASSIGN_OFFICER,
    Act.NOMINATE_CANDIDATE,
    Act.NOMINATE_CANDIDATE,
    Act.RECOMMEND_PERSONALLY,
    Act.REVIEW_RECOMMENDATION,
    Act.FEED_BACK_RECOMMENDATION,
    *[Act.REVIEW_QUALIFICATION] * 3,
    Act.OPEN_RECOMMENDATION,
    *[Act.HOLD_RECOMMENDATION, Act.ENTER_TALLY, Act.ENTER_TALLY, Act.CONFIRM_TALLY] * 3,
    Act.OPEN_INSPECTION,
    Act.FORM_TEAM,
    Act.PUBLISH_PRENOTICE,
    *[
        *[Act.RECORD_TALK] * 4,
        Act.RECORD_ASSESSMENT,
        *[Act.RECORD_CHECK] * 4,
        *[Act.ASK_OPINION] * 2,
        Act.ANSWER_INQUIRY,
        Act.FILE_REPLY,
        Act.WRITE_REPORT,
    ]
    * 2,
    Act.OPEN_DELIBERATION,
    *[Act.RECORD_CONSULTATION] * 3,
    Act.PUT_ON_AGENDA,
    Act.RECORD_ATTENDANCE,
    *[Act.INTRODUCE_CANDIDATE] * 2,
    *[Act.RECORD_OPINION] * 22,
    Act.PREPARE_BALLOT,
    *[Act.ISSUE_SLIP] * 11,
    Act.CHECK_BOX,
    Act.CHECK_BOX,
    Act.OPEN_BALLOT,
    Act.AGREE_CLOSING,
    Act.CLOSE_BALLOT,
    Act.ANNOUNCE_RESULT,
    Act.CLOSE_MEETING,
    Act.PUBLISH_NOTICE,
    Act.CLOSE_NOTICE,
    Act.HOLD_APPOINTMENT_TALK,
    Act.APPOINT_CANDIDATE,
    Act.ASSESS_PROBATION,
    Act.CONFIRM_APPOINTMENT,
]


@pytest.mark.slow
@pytest.mark.covers(
    "NOM-05",
    "NOM-15",
    "INS-01",
    "INS-08",
    "INS-09",
    "INS-10",
    "INS-11",
    "DEL-05",
    "DEL-08",
    "DEL-13",
    "DEL-14",
    "PRO-01",
)
@pytest.mark.django_db(transaction=True)
def test_whole_way_leaves_one_entry_per_act_and_moves_the_tenures() -> None:
    course = run_to(Point.CLOSED)
    selection = course.now()

    assert selection.stage == Stage.CLOSED
    assert [row.state for row in map(course.candidacy, range(3))] == [
        CandidacyState.PASSED,
        CandidacyState.NOT_PASSED,
        CandidacyState.ENDED,
    ]
    assert course.fresh(course.appointment).state == AppointmentState.CONFIRMED
    done = [entry.action for entry in reading.entries(stream=f"selection:{selection.pk}")]
    assert done == [act.value for act in BY_WAY_OF]

    held = Tenure.objects.filter(person=course.people[0]).order_by("from_on")
    assert [(row.post.title, row.until_on is None, row.on_probation) for row in held] == [
        ("副主任", False, False),
        ("主任", True, False),
    ]
    assert held[0].until_on == held[1].from_on
    assert vacancies(course.unit, course.post.grade, course.day).free == 0


@pytest.mark.django_db
def test_a_committee_of_nine_goes_the_same_way() -> None:
    """The number of members is nowhere written down."""
    course = run_to(Point.CONSULTED, factories.county(members=9))
    course.discuss(9)
    course.prepare_ballot()
    course.open_ballot()
    course.vote((5, 4))
    course.announce()

    assert (course.fresh(course.round).due_count, course.now().stage) == (9, Stage.DECIDED)
    assert course.candidacy(0).state == CandidacyState.PASSED


def test_every_act_of_the_way_is_one_of_the_catalogue() -> None:
    assert set(BY_WAY_OF) <= set(acts.CATALOGUE)
