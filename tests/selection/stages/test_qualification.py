"""What a body asks of a candidate's appraisals and time in the grade (任职资格)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from selection import acts, clock, deadlines
from selection.enums import Act, AppointmentState, DeadlineKind, FileKind, Grade, PostClass, Stage
from selection.models import Deadline
from selection.models.case import Case
from selection.register import keeping
from selection.register.models import Appraisal, Education, Post, Sanction, Tenure, Training
from selection.rulebook.rules import in_force
from selection.rulebook.values import Period
from selection.web.desk import Desk
from tests.factories import Point, run_to
from tests.selection.stages import cases

RATED = "The appraisals of the latest years are as good as the rules ask"
LONG_ENOUGH = "The grade below has been held long enough"
E, C, B, N = "excellent", "competent", "basically_competent", "not_rated"
ESTABLISHMENT = "The establishment is one that the rules ask for"
STATUS = "The status is one that the rules ask for"
GRASSROOTS = "There was work at the grass roots for long enough"
UNSAID = "Of every post it is said whether it was work at the grass roots"
EDUCATED = "The education reaches what the rules ask for"
SANCTIONED = "No sanction against the person still counts"
YOUNG = "The person is not older than the rules allow"


def nominated(
    case: Any, results: Sequence[str] = (C,), newest: int = 2025, exception: str = "", **facts: Any
) -> dict[str, str]:
    """Why somebody with these results, the latest first, may not be nominated on 16 March 2026."""
    person = cases.person(9)
    for name, value in facts.items():
        setattr(person, name, value)
    case.people[9] = person
    case.appraisals = [cases.appraisal(9, 20, 8, 1, 1, year=newest, result=results[0] if results else "")] + [
        Appraisal(person_id=9, year=newest - nth, result=result) for nth, result in enumerate(results) if nth
    ]
    return cases.refused(
        Act.NOMINATE_CANDIDATE, case, person=person, reason="适合本职位", discipline=True, exception=exception
    )


def under_the_rules_of(body: str) -> Case:
    case = cases.at(Stage.NOMINATION)
    case.rules = in_force(body, cases.TODAY)
    return case


@pytest.mark.covers("QUA-05", refused=True)
@pytest.mark.parametrize(
    ("results", "newest", "passes"),
    [
        ([E, C, C], 2025, True),
        ([E, E, B], 2025, True),
        ([E, E], 2025, True),
        ([C, C, C], 2025, True),
        ([C, C], 2025, False),
        ([C, E, E], 2025, True),
        ([C, B, E], 2025, False),
        ([E, N, E], 2025, False),
        ([E, C, C], 2024, True),
        ([E, C, C], 2023, False),
    ],
)
def test_two_years_excellent_or_three_competent_one_after_another(
    results: list[str], newest: int, passes: bool
) -> None:
    case = cases.under(qualification__excellent_in_row=2, qualification__competent_in_row=3)
    assert (RATED in nominated(case, results, newest)) is not passes


@pytest.mark.covers("QUA-11", refused=True)
@pytest.mark.parametrize(
    ("results", "passes"), [([C, C], True), ([E, C], True), ([C, B], False), ([C], False), ([B, C], False)]
)
def test_the_last_two_years_are_competent_or_better(results: list[str], passes: bool) -> None:
    assert (RATED in nominated(cases.under(qualification__recent_competent=2), results)) is not passes


@pytest.mark.covers("QUA-11", refused=True)
def test_a_year_that_the_register_lacks_is_named_and_never_counts_as_met() -> None:
    case = cases.under(qualification__recent_competent=2)
    nominated(case, [C])
    with translation.override("en"):
        asked = acts.requirements(Act.NOMINATE_CANDIDATE, case, actor=cases.ACTOR, at=cases.NOW, person=case.people[9])
        lacking = next(one for one in asked if one.rule == "qualification.recent_competent")
        assert lacking.observed == ["2025: Competent", "2024: not in the register"]


@pytest.mark.covers("QUA-04", refused=True)
@pytest.mark.parametrize(
    ("grade", "since", "passes"),
    [
        (Grade.TOWNSHIP_DEPUTY, date(2023, 3, 16), True),
        (Grade.TOWNSHIP_DEPUTY, date(2023, 3, 17), False),
        (Grade.TOWNSHIP_DEPUTY, date(2023, 4, 1), False),
        (Grade.TOWNSHIP_DEPUTY, None, False),
        (Grade.TOWNSHIP_CHIEF, None, True),
        (Grade.STAFF_GRADE, date(2001, 1, 1), False),
        ("", None, False),
    ],
)
def test_three_years_in_the_grade_below(grade: str, since: date | None, passes: bool) -> None:
    case = cases.under(qualification__grade_years=Period(3, "year", "counted"))
    assert (LONG_ENOUGH in nominated(case, [C], grade=grade, grade_since=since)) is not passes


@pytest.mark.covers("QUA-09", refused=True)
@pytest.mark.parametrize("veto", [False, True])
def test_a_matter_of_veto_bars_from_promotion(veto: bool) -> None:
    case = cases.at(Stage.NOMINATION)
    person = cases.person(9)
    case.people[9] = person
    case.appraisals = [cases.appraisal(9, 20, 8, 1, 1, veto=veto)]
    refused = cases.refused(Act.NOMINATE_CANDIDATE, case, person=person, reason="适合本职位", discipline=True)
    assert ("No matter of veto stands in the latest appraisal" in refused) is veto


@pytest.mark.covers("QUA-10", refused=True)
@pytest.mark.parametrize(
    ("status", "passes"),
    [("civil_servant", True), ("institution_staff", True), ("enterprise_staff", False), ("other", False), ("", False)],
)
def test_only_civil_servants_and_staff_of_institutions_compete_in_the_subdistrict(status: str, passes: bool) -> None:
    case = under_the_rules_of("subdistrict")
    assert (STATUS in nominated(case, status=status)) is not passes


@pytest.mark.covers("QUA-02", refused=True)
@pytest.mark.parametrize(
    ("status", "establishment", "unmet"),
    [
        ("civil_servant", "administrative", set()),
        ("civil_servant", "institution", {ESTABLISHMENT}),
        ("institution_staff", "administrative", {STATUS}),
        ("", "", {STATUS, ESTABLISHMENT}),
    ],
)
def test_a_section_officer_is_a_civil_servant_on_the_administrative_establishment(
    status: str, establishment: str, unmet: set[str]
) -> None:
    case = under_the_rules_of("section-officer")
    refused = nominated(case, status=status, establishment=establishment)
    assert refused.keys() & {STATUS, ESTABLISHMENT} == unmet
    assert {refused[one] for one in unmet} <= {"主任科员方案 三、（二）1"}


def test_whoever_is_on_an_establishment_needs_no_status_where_the_rules_say_so() -> None:
    case = cases.under(qualification__status=("civil_servant", "on_establishment"))
    assert STATUS not in nominated(case, status="", establishment="institution")
    assert STATUS in nominated(case, status="institution_staff", establishment="")


def served(*spells: tuple[date, date | None, bool | None]) -> list[Tenure]:
    return [
        Tenure(person_id=9, post=cases.POST, from_on=from_on, until_on=until_on, is_grassroots=grassroots)
        for from_on, until_on, grassroots in spells
    ]


@pytest.mark.covers("QUA-16", refused=True)
@pytest.mark.parametrize(
    ("spells", "unmet"),
    [
        ([(date(2024, 3, 16), None, True)], ""),
        ([(date(2024, 3, 17), None, True)], GRASSROOTS),
        ([(date(2020, 1, 1), None, False)], GRASSROOTS),
        ([(date(2020, 1, 1), None, None)], UNSAID),
        ([(date(2025, 3, 17), None, None), (date(2020, 1, 1), date(2021, 1, 1), False)], GRASSROOTS),
        ([(date(2018, 1, 1), date(2019, 1, 1), True), (date(2020, 1, 1), date(2021, 1, 1), True)], ""),
        ([(date(2018, 1, 1), date(2019, 1, 1), True), (date(2018, 1, 1), date(2019, 1, 1), True)], GRASSROOTS),
        ([], GRASSROOTS),
    ],
)
def test_two_years_at_the_grass_roots_each_day_counted_once(
    spells: list[tuple[date, date | None, bool | None]], unmet: str
) -> None:
    case = under_the_rules_of("jinchang")
    case.served = served(*spells)
    assert nominated(case).keys() & {GRASSROOTS, UNSAID} == {unmet} - {""}


@pytest.mark.covers("QUA-16")
def test_a_special_post_asks_for_no_work_at_the_grass_roots() -> None:
    case = under_the_rules_of("jinchang")
    case.selection.post = Post(
        pk=3, organisation=cases.UNIT, title="专员", grade=Grade.TOWNSHIP_DEPUTY, is_special=True
    )
    assert not nominated(case).keys() & {GRASSROOTS, UNSAID}


@pytest.mark.covers("QUA-21", refused=True)
@pytest.mark.parametrize(
    ("born_on", "reserve", "passes"),
    [
        (date(1995, 3, 1), True, True),
        (date(1995, 2, 1), True, False),
        (date(2000, 1, 1), True, True),
        (date(1970, 1, 1), False, True),
    ],
)
def test_a_reserve_cadre_is_thirty_at_most(born_on: date, reserve: bool, passes: bool) -> None:
    case = under_the_rules_of("kunming")
    kind = PostClass.RESERVE if reserve else PostClass.OTHER
    case.selection.post = Post(
        pk=3, organisation=cases.UNIT, title="后备干部", grade=Grade.COUNTY_DEPUTY, post_class=kind
    )
    assert (YOUNG in nominated(case, born_on=born_on)) is not passes


def test_times_are_counted_to_the_end_of_the_month_that_the_rules_name() -> None:
    three_years = {"qualification__grade_years": Period(3, "year", "counted")}
    held = {"grade": Grade.TOWNSHIP_DEPUTY, "grade_since": date(2023, 9, 1)}
    assert LONG_ENOUGH in nominated(cases.under(**three_years), **held)
    assert LONG_ENOUGH not in nominated(cases.under(**three_years, qualification__cut_off_month=8), **held)
    assert LONG_ENOUGH in nominated(cases.under(**three_years, qualification__cut_off_month=7), **held)


# --- education and sanctions ---------------------------------------------------------------------------------------


def schooled(level: str, mode: str = "full_time", kind: str = "regular", on: date = date(2001, 7, 1)) -> Education:
    return Education(person_id=9, level=level, mode=mode, kind=kind, graduated_on=on)


@pytest.mark.covers("QUA-03", refused=True)
@pytest.mark.parametrize(
    ("rows", "passes"),
    [
        ([schooled("college")], True),
        ([schooled("doctor", "in_service", "party_school")], True),
        ([schooled("below_college")], False),
        ([schooled("below_college"), schooled("college", "in_service", "adult")], True),
        ([], False),
    ],
)
def test_a_section_officer_has_been_to_college(rows: list[Education], passes: bool) -> None:
    case = under_the_rules_of("section-officer")
    case.educations = rows
    refused = nominated(case, joined_work_on=date(2001, 7, 1))
    assert (refused.get(EDUCATED) is None) is passes
    assert refused.get(EDUCATED, "主任科员方案 三、（二）2") == "主任科员方案 三、（二）2"


@pytest.mark.covers("QUA-03", refused=True)
@pytest.mark.parametrize(
    ("row", "passes"),
    [
        (schooled("bachelor"), True),
        (schooled("master"), True),
        (schooled("college"), False),
        (schooled("bachelor", "in_service"), False),
        (schooled("bachelor", on=date(2001, 8, 1)), False),
        (schooled("bachelor", kind="self_taught"), False),
    ],
)
def test_a_trainee_studied_full_time_before_the_first_job(row: Education, passes: bool) -> None:
    case = under_the_rules_of("trainees")
    case.educations = [row]
    assert (EDUCATED not in nominated(case, joined_work_on=date(2001, 7, 1))) is passes


@pytest.mark.parametrize(
    ("kind", "decided_on", "counts"),
    [
        ("demerit", date(2025, 3, 17), True),
        ("demerit", date(2025, 3, 16), False),
        ("admonition", date(2025, 9, 17), True),
        ("admonition", date(2025, 9, 16), False),
        ("serious_party_warning", date(2024, 9, 17), True),
        ("serious_party_warning", date(2024, 9, 16), False),
        ("ordered_resignation", date(2024, 3, 17), True),
        ("ordered_resignation", date(2024, 3, 16), False),
    ],
)
def test_nobody_is_put_forward_while_a_sanction_counts(kind: str, decided_on: date, counts: bool) -> None:
    case = cases.at(Stage.NOMINATION)
    case.sanctions = [Sanction(person_id=9, kind=kind, decided_on=decided_on)]
    below = {"grade": Grade.TOWNSHIP_DEPUTY}
    assert (SANCTIONED in nominated(case, **below)) is counts
    case.sanctions[0].lifted_on = cases.TODAY
    assert SANCTIONED not in nominated(case, **below)
    case.sanctions[0].lifted_on, case.sanctions[0].until_on = None, cases.TODAY
    assert SANCTIONED in nominated(case, **below)
    case.sanctions[0].until_on = date(2026, 3, 15)
    assert SANCTIONED not in nominated(case, **below)


def test_a_sanction_that_came_later_stops_the_inspection_and_the_appointment() -> None:
    late = {"kind": "demerit", "decided_on": cases.TODAY}
    case = cases.at(Stage.RECOMMENDATION)
    first, second = case.candidacies[:2]
    case.sanctions = [Sanction(person_id=second.person_id, **late)]
    assert SANCTIONED not in cases.refused(Act.OPEN_INSPECTION, case, candidates=[first])
    assert SANCTIONED in cases.refused(Act.OPEN_INSPECTION, case, candidates=[first, second])
    case = cases.with_appointment(AppointmentState.CLEARED)
    assert SANCTIONED not in cases.refused(Act.APPOINT_CANDIDATE, case)
    case.sanctions = [Sanction(person_id=case.subject.person_id, **late)]
    assert SANCTIONED in cases.refused(Act.APPOINT_CANDIDATE, case)


def test_after_a_removal_for_cause_a_higher_post_has_to_wait_longer() -> None:
    case = cases.at(Stage.NOMINATION)
    case.sanctions = [Sanction(person_id=9, kind="relieved", decided_on=date(2025, 1, 10))]
    assert SANCTIONED in nominated(case, grade=Grade.TOWNSHIP_DEPUTY)
    assert SANCTIONED not in nominated(case, grade=Grade.TOWNSHIP_CHIEF)


# --- training ------------------------------------------------------------------------------------------------------


@pytest.mark.covers("QUA-06", refused=True)
@pytest.mark.parametrize(
    ("until_on", "later", "passes"),
    [
        (date(2024, 5, 31), False, True),
        (date(2024, 4, 30), False, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_a_training_that_is_lacking_is_pointed_out_and_promised(
    until_on: date | None, later: bool, passes: bool
) -> None:
    case = cases.under(qualification__training_within=Period(1, "year", "next"))
    rows = [Training(person_id=9, title="任职培训班", from_on=until_on, until_on=until_on)] if until_on else []
    case.trainings = rows
    person = cases.person(9)
    person.grade, person.grade_since = Grade.TOWNSHIP_CHIEF, date(2024, 5, 1)
    case.people[9], case.appraisals = person, [cases.appraisal(9, 20, 8, 1, 1)]
    given = {"person": person, "reason": "适合本职位", "discipline": True, "training_later": later}
    says = "A training since the present grade began is in the file, or will be made up for in time"
    assert (says not in cases.refused(Act.NOMINATE_CANDIDATE, case, **given)) is passes


@pytest.mark.slow
@pytest.mark.covers("QUA-06", "APT-11", refused=True)
@pytest.mark.django_db(transaction=True)
def test_a_training_is_due_a_year_after_the_appointment_and_reminded_of_until_it_is_in_the_file() -> None:
    course = run_to(Point.APPOINTED, rulebook="section-officer")
    appointment = course.appointment
    due = Deadline.objects.get(kind=DeadlineKind.TRAINING_DUE)
    last = appointment.appointed_on.replace(year=appointment.appointed_on.year + 1)
    assert (due.appointment, clock.last_day_before(due.due_at)) == (appointment, last)

    def reminded(at: datetime) -> bool:
        return due.pk in [row.pk for row in Desk(course.county["jingban"], at).deadlines()]

    assert not reminded(due.due_at - timedelta(days=60))
    assert reminded(due.due_at - timedelta(days=7))
    finished = {"title": "任职培训班", "from_on": last - timedelta(days=9), "until_on": last - timedelta(days=8)}
    by = {"actor": course.county["jingban"], "at": due.due_at - timedelta(days=7)}
    keeping.add_file_entry(appointment.person, **by, kind=FileKind.TRAINING, values=finished)
    assert not reminded(due.due_at - timedelta(days=7))
    deadlines.keep(due.due_at)
    assert course.fresh(due).ended_at == due.due_at


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_training_that_was_not_made_up_for_stays_open() -> None:
    course = run_to(Point.APPOINTED, rulebook="section-officer")
    due = Deadline.objects.get(kind=DeadlineKind.TRAINING_DUE)
    deadlines.keep(due.due_at)
    met = course.fresh(due)
    assert (met.met_at, met.ended_at) == (due.due_at, None)


# --- by exception --------------------------------------------------------------------------------------------------


@pytest.mark.covers("QUA-18", "QUA-20")
def test_the_outstanding_pass_what_is_asked_of_time_and_nothing_else() -> None:
    asked = {"qualification__grade_years": Period(3, "year", "counted"), "qualification__recent_competent": 2}
    short = {"grade": Grade.TOWNSHIP_DEPUTY, "grade_since": date(2025, 1, 1)}
    allowed = cases.under(**asked, qualification__exception=True)
    assert LONG_ENOUGH in nominated(allowed, [C, C], **short)
    assert LONG_ENOUGH in nominated(allowed, [C, C], exception="  ", **short)
    assert nominated(allowed, [C, C], exception="抢险中表现特别优秀", **short) == {}
    assert RATED in nominated(allowed, [C, B], exception="抢险中表现特别优秀", **short)
    assert LONG_ENOUGH in nominated(cases.under(**asked), [C, C], exception="抢险中表现特别优秀", **short)


@pytest.mark.covers("QUA-18", refused=True)
def test_an_exception_takes_the_place_of_no_fact_that_the_register_lacks() -> None:
    case = cases.under(
        qualification__grade_years=Period(3, "year", "counted"),
        qualification__grassroots=Period(2, "year", "counted"),
        qualification__exception=True,
    )
    case.served = served((date(2020, 1, 1), None, None))
    lacking = nominated(case, exception="特别优秀", grade=Grade.TOWNSHIP_DEPUTY, grade_since=None)
    assert lacking.keys() == {LONG_ENOUGH, UNSAID}


@pytest.mark.covers("QUA-18", refused=True)
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"grade_since": date(2025, 3, 1)}, None),
        ({"grade_since": date(2025, 4, 1)}, "Nobody is promoted by exception within a year of the last promotion"),
        ({"grade": Grade.STAFF_GRADE}, None),
    ],
)
def test_nobody_is_promoted_by_exception_again_within_a_year(values: dict[str, Any], says: str | None) -> None:
    case = cases.under(qualification__grade_years=Period(3, "year", "counted"), qualification__exception=True)
    refused = nominated(
        case, exception="特别优秀", **{"grade": Grade.TOWNSHIP_DEPUTY, "grade_since": date(2024, 1, 1)} | values
    )
    assert set(refused) == ({says} if says else set())


@pytest.mark.covers("QUA-18", refused=True)
def test_nobody_is_promoted_by_exception_on_probation_or_over_two_levels() -> None:
    case = cases.under(qualification__grade_years=Period(3, "year", "counted"), qualification__exception=True)
    case.served = served((date(2025, 6, 1), None, None))
    case.served[0].on_probation = True
    given = {"exception": "特别优秀", "grade": Grade.TOWNSHIP_DEPUTY, "grade_since": date(2024, 1, 1)}
    assert set(nominated(case, **given)) == {"Nobody is promoted by exception while on probation"}
    case.served = []
    says = "Nobody is promoted by exception over two levels"
    for grade, refused in ((Grade.COUNTY_CHIEF, True), (Grade.COUNTY_DEPUTY, False)):
        case.selection.post = Post(pk=3, organisation=cases.UNIT, title="示例职位", grade=grade)
        assert (says in nominated(case, **given)) is refused
