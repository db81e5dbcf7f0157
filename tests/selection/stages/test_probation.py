"""Appointment and probation: talk, free post, dates, the full year, the assessment (任职、试用期)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from selection.enums import Act, AppointmentState
from selection.register.models import Tenure, Vacancy
from selection.rulebook import workdays
from tests.selection.stages import cases

END = datetime(2027, 3, 29, 16, tzinfo=UTC)
"""24:00 of the last day of a probation that was published on 30 March 2026."""


def appointing(**values: object) -> cases.Case:
    """Decided on the 16th, cleared on the 24th, talked with."""
    return cases.with_appointment(
        AppointmentState.CLEARED,
        **{"cleared_at": datetime(2026, 3, 24, 1, tzinfo=UTC), "talked_on": date(2026, 3, 24)} | values,
    )


def appoint(case: cases.Case, **given: object) -> dict[str, str]:
    """What the appointment is refused for, on 30 March."""
    day = date(2026, 3, 30)
    values = {"document_number": "澄委干〔2026〕1号", "appointed_on": day, "published_on": day, "ended": []}
    return cases.refused(Act.APPOINT_CANDIDATE, case, at=datetime(2026, 3, 30, 1, tzinfo=UTC), **values | given)


@pytest.mark.covers("APT-01", refused=True)
def test_appoint_candidate_without_the_talk() -> None:
    assert appoint(appointing()) == {}
    assert appoint(appointing(talked_on=None)) == {"The talk before appointment is on file": "实施方案 三（一）5"}


@pytest.mark.covers("NOT-02", "NOT-19", "FNR-16", refused=True)
@pytest.mark.parametrize("state", [state for state in AppointmentState if state is not AppointmentState.CLEARED])
def test_appoint_candidate_before_the_notice_is_closed_or_twice(state: AppointmentState) -> None:
    case = appointing()
    other = cases.with_appointment(state, talked_on=date(2026, 3, 24))
    other.visits = case.visits
    assert appoint(other) == {"The appointment is at the right point": ""}


@pytest.mark.covers("POS-03", refused=True)
def test_appoint_candidate_beyond_the_quota_or_the_seats_of_the_post() -> None:
    case = appointing()
    case.vacancy = Vacancy(approved=1, occupied=1)
    assert appoint(case) == {"The unit has a free post of this grade": "附件2 第十条（二）"}
    case.vacancy, case.held[case.selection.post.pk] = Vacancy(approved=2, occupied=1), 1
    assert appoint(case) == {"The post has a seat for one more holder": ""}


@pytest.mark.covers("APT-07", refused=True)
@pytest.mark.parametrize(
    ("appointed_on", "published_on", "refused"),
    [
        (date(2026, 3, 30), date(2026, 3, 30), {}),
        (date(2026, 3, 16), date(2026, 3, 24), {}),
        (date(2026, 3, 15), date(2026, 3, 24), {"The term of office does not begin before the decision": ""}),
        (
            date(2026, 3, 20),
            date(2026, 3, 23),
            {"The appointment is published after the notice was closed": "条例 第四十二条"},
        ),
        (date(2026, 3, 31), date(2026, 3, 31), {"The day is not in the future": ""}),
        (date(2026, 3, 30), date(2026, 3, 29), {"The term of office does not begin after its publication": ""}),
    ],
)
def test_appoint_candidate_on_days_in_their_order(
    appointed_on: date, published_on: date, refused: dict[str, str]
) -> None:
    assert appoint(appointing(), appointed_on=appointed_on, published_on=published_on) == refused


def test_appoint_candidate_with_number_and_ending_only_running_posts_of_the_person() -> None:
    case = appointing()
    says = "Only running posts of this person are ended"
    assert appoint(case, document_number=" ") == {"The appointment document has a number": ""}
    assert appoint(case, ended=[Tenure(person_id=1, post=cases.POST)]) == {}
    assert appoint(case, ended=[Tenure(person_id=2, post=cases.POST)]) == {says: ""}
    assert appoint(case, ended=[Tenure(person_id=1, post=cases.POST, until_on=cases.TODAY)]) == {says: ""}


def on_trial(**values: object) -> cases.Case:
    """On probation since the publication of 30 March 2026."""
    given = {"published_on": date(2026, 3, 30), "probation_ends_at": END, "assessed_fit": True} | values
    return cases.with_appointment(AppointmentState.APPOINTED, **given)


@pytest.mark.covers("PRO-07", "APT-07")
def test_probation_is_a_year_from_the_publication() -> None:
    length = cases.rules()["probation.length"].value
    assert workdays.ends(length, date(2026, 3, 30)).at == END
    assert workdays.ends(length, date(2024, 2, 29)).last_day == date(2025, 2, 28)


@pytest.mark.covers("PRO-01", "PRO-09", refused=True)
@pytest.mark.parametrize(
    ("body", "last_day", "article"),
    [
        ("subdistrict", date(2026, 6, 16), "街道方案 七、1"),
        ("xiamen", date(2027, 3, 16), "条例 第四十三条"),
        ("company", date(2027, 3, 16), "条例 第四十三条"),
    ],
)
def test_probation_of_a_body_or_of_the_nation_where_it_gives_no_length(body: str, last_day: date, article: str) -> None:
    published = date(2026, 3, 17)
    ends = workdays.ends(cases.rules(body=body)["probation.length"].value, published)
    assert ends.last_day == last_day
    given = {"published_on": published, "probation_ends_at": ends.at, "assessed_fit": True}
    case = cases.with_appointment(AppointmentState.APPOINTED, body=body, **given)
    last_moment = ends.at - timedelta(microseconds=1)
    assert cases.refused(Act.CONFIRM_APPOINTMENT, case, at=last_moment) == {"Probation is over": article}
    assert cases.refused(Act.CONFIRM_APPOINTMENT, case, at=ends.at) == {}


@pytest.mark.covers("PRO-02", "PRO-07", refused=True)
@pytest.mark.parametrize("at", [END - timedelta(days=1), END - timedelta(microseconds=1)])
def test_confirm_appointment_before_probation_is_over(at: datetime) -> None:
    assert cases.refused(Act.CONFIRM_APPOINTMENT, on_trial(), at=at) == {"Probation is over": "条例 第四十三条"}
    assert cases.refused(Act.CONFIRM_APPOINTMENT, on_trial(), at=END) == {}


@pytest.mark.covers("PRO-02", "PRO-03", refused=True)
@pytest.mark.parametrize(
    ("fit", "confirmed", "relieved"),
    [
        (
            None,
            {"The person was assessed as fit": "条例 第四十三条"},
            {"The person was assessed as not fit": "条例 第四十三条"},
        ),
        (True, {}, {"The person was assessed as not fit": "条例 第四十三条"}),
        (False, {"The person was assessed as fit": "条例 第四十三条"}, {}),
    ],
)
def test_confirm_who_is_fit_and_relieve_who_is_not(
    fit: bool | None, confirmed: dict[str, str], relieved: dict[str, str]
) -> None:
    assert cases.refused(Act.CONFIRM_APPOINTMENT, on_trial(assessed_fit=fit), at=END) == confirmed
    assert cases.refused(Act.RELIEVE_APPOINTMENT, on_trial(assessed_fit=fit), at=END, reason="不胜任") == relieved


@pytest.mark.covers("PRO-05", refused=True)
def test_assess_probation_in_its_last_month() -> None:
    opens = datetime(2027, 2, 27, 16, tzinfo=UTC)
    given = {"assessed_on": date(2027, 2, 27), "opinion": "胜任"}
    case = on_trial(assessed_fit=None)
    assert (
        cases.refused(Act.ASSESS_PROBATION, case, at=opens - timedelta(days=2), **given)["Probation is about to end"]
        == "条例 第四十三条"
    )
    assert cases.refused(Act.ASSESS_PROBATION, case, at=opens + timedelta(days=1), **given) == {}


@pytest.mark.parametrize("act", [Act.ASSESS_PROBATION, Act.CONFIRM_APPOINTMENT, Act.RELIEVE_APPOINTMENT])
@pytest.mark.parametrize("state", [state for state in AppointmentState if state is not AppointmentState.APPOINTED])
def test_end_of_probation_of_somebody_who_is_not_on_it(act: Act, state: AppointmentState) -> None:
    case = on_trial()
    other = cases.with_appointment(state, published_on=date(2026, 3, 30), probation_ends_at=END)
    other.appointments[0].assessed_fit = act is not Act.RELIEVE_APPOINTMENT
    assert "The appointment is at the right point" in cases.refused(act, other, at=END)
    assert "The appointment is at the right point" not in cases.refused(act, case, at=END)
