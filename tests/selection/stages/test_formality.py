"""What is done around an appointment besides notice and talk: when, by whom, and what waits for it (任职事项)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from audit import reading
from selection import clock, deadlines
from selection.acts import Refused
from selection.enums import Act, AppointmentState, DeadlineKind, EarlyEnd, Effect, FileKind, FormalityItem
from selection.models import Deadline, Formality, ImportantMatter
from selection.register import keeping
from selection.register.models import Sanction
from selection.stages import formality, notice
from selection.web.acts import act_url
from selection.web.desk import Desk
from selection.web.next_acts import after_the_vote
from selection.web.selections import tab_url
from tests.factories import SCAN, Course, Point, run_to
from tests.selection.bodies import body
from tests.selection.stages import cases
from tests.selection.web.standing import fill_in, scan, signed_in

CLEARED = datetime(2026, 3, 24, 1, tzinfo=UTC)
DAY = date(2026, 3, 25)
AT = datetime(2026, 3, 30, 1, tzinfo=UTC)
INTEGRITY = "What is asked for integrity before the appointment is on file"
APPROVED = "The superior has approved the appointment"
Item = FormalityItem


def cleared(body: str = "company", state: AppointmentState = AppointmentState.CLEARED, **values: Any) -> cases.Case:
    given = {"cleared_at": CLEARED, "talked_on": DAY, "published_on": DAY, "appointed_on": DAY}
    return cases.with_appointment(state, body=body, **given | values)


def done(case: cases.Case, item: Item, **values: Any) -> None:
    case.formalities.append(Formality(appointment=case.appointments[0], item=item, done_on=DAY, **values))


def appointing(case: cases.Case) -> dict[str, str]:
    day = date(2026, 3, 30)
    given = {"document_number": "1号", "appointed_on": day, "published_on": day, "ended": []}
    return cases.refused(Act.APPOINT_CANDIDATE, case, at=AT, **given)


def put(case: cases.Case, item: Item, **given: Any) -> dict[str, str]:
    usual = {"done_on": DAY, "in_charge": "纪委书记", "evidence": SCAN}
    return cases.refused(Act.RECORD_FORMALITY, case, at=AT, item=item, **usual | given)


# --- what an appointment waits for -----------------------------------------------------------------------------------


@pytest.mark.covers("APT-02", "APT-03", refused=True)
@pytest.mark.parametrize(
    ("body", "items", "article"),
    [
        ("company", [Item.EXAM], "公司方案 四、（六）"),
        ("jinchang", [Item.REPORT, Item.PLEDGE], "金昌实施意见 二、（一）7"),
    ],
)
def test_appoint_candidate_once_what_the_body_asks_for_integrity_is_on_file(
    body: str, items: list[Item], article: str
) -> None:
    case = cleared(body)
    for item in items:
        assert appointing(case) == {INTEGRITY: article}
        done(case, item, passed=True if item is Item.EXAM else None)
    assert appointing(case) == {}


@pytest.mark.covers("APT-02", refused=True)
def test_appoint_candidate_after_an_examination_that_was_not_passed_and_then_was() -> None:
    case = cleared()
    done(case, Item.EXAM, passed=False, score="52分")
    assert appointing(case) == {INTEGRITY: "公司方案 四、（六）"}
    done(case, Item.EXAM, passed=True, score="80分")
    assert appointing(case) == {}


@pytest.mark.covers("APT-04", refused=True)
def test_appoint_candidate_after_the_four_items_of_the_education_that_warns() -> None:
    case, four = cleared("credibility-county"), [Item.TALK, Item.FILM, Item.COMMITMENT, Item.STUDY]
    case.rules = cases.rules_with(integrity__items=tuple(item.value for item in four))
    for item in four:
        assert INTEGRITY in appointing(case)
        done(case, item)
    assert appointing(case) == {}


def test_appoint_candidate_where_the_discipline_inspection_has_not_written() -> None:
    case = cleared("section-officer")
    says = "The discipline inspection has stated in writing what it knows of the person's integrity"
    assert says not in appointing(case)
    case.replies = []
    assert appointing(case)[says] == "主任科员方案 五、7"


@pytest.mark.covers("NOT-21", refused=True)
def test_appoint_candidate_to_a_post_that_a_superior_approves() -> None:
    case = cleared("subdistrict")
    assert APPROVED not in appointing(case)
    case.selection.post = cases.Post(pk=7, organisation=cases.UNIT, title="主任", grade="township_chief", seats=1)
    case.selection.post.superior = "市委组织部"
    assert appointing(case)[APPROVED] == "街道方案 五、（二）6"
    done(case, Item.APPROVAL, passed=False)
    assert APPROVED in appointing(case)
    done(case, Item.APPROVAL, passed=True)
    assert APPROVED not in appointing(case)
    of_the_county = cleared("credibility-county")
    of_the_county.selection.post = case.selection.post
    assert APPROVED not in appointing(of_the_county), "its rules know of no such approval"


# --- what is put on file ---------------------------------------------------------------------------------------------


@pytest.mark.covers("APT-03", "APT-04", "NOT-21", refused=True)
@pytest.mark.parametrize("item", formality.SIGNED)
def test_record_formality_that_is_signed_with_the_signed_paper(item: Item) -> None:
    passed = True if item in formality.JUDGED else None
    assert put(cleared(), item, passed=passed) == {}
    assert put(cleared(), item, passed=passed, evidence=None) == {"The signed paper is uploaded": ""}


@pytest.mark.covers("APT-02", refused=True)
def test_record_formality_of_an_examination_with_score_and_result_after_the_notice() -> None:
    assert put(cleared(), Item.EXAM, passed=True, score="88分") == {}
    assert put(cleared(), Item.EXAM) == {
        "What came of it is said": "",
        "The score of the examination is given": "",
    }
    early = put(cleared(), Item.EXAM, passed=True, score="88分", done_on=date(2026, 3, 23))
    assert early == {"The day does not lie before that from which it can be done": ""}
    on_notice = cleared(state=AppointmentState.ON_NOTICE)
    assert put(on_notice, Item.EXAM, passed=True, score="88分") == {"The appointment is at the right point": ""}


@pytest.mark.covers("NOT-16")
def test_record_formality_of_the_report_on_integrity_speaks_of_what_was_reported() -> None:
    case, says = cleared("jinchang"), "It is written down what the report says of what was reported about the person"
    assert put(case, Item.REPORT) == {}
    cases.objection(case, settled_at=cases.NOW, effect=Effect.UNFOUNDED)
    assert put(case, Item.REPORT) == {says: ""}
    assert put(case, Item.REPORT, notes="对反映的用房问题作出说明。") == {}


@pytest.mark.parametrize("item", list(Item))
def test_record_formality_at_its_point_and_no_other(item: Item) -> None:
    says = "The appointment is at the right point"
    for state in AppointmentState:
        assert (says in put(cleared(state=state), item)) is (state not in formality.when(item)), state


def test_record_formality_with_a_day_and_somebody_in_charge() -> None:
    assert put(cleared(), Item.TALK, in_charge=" ") == {"Who was in charge is named": ""}
    assert put(cleared(), Item.TALK, done_on=AT.date() + timedelta(days=1)) == {"The day is not in the future": ""}


@pytest.mark.covers("APT-10")
def test_record_formality_of_a_service_with_both_its_days() -> None:
    case = cleared("credibility-county", AppointmentState.APPOINTED)
    assert put(case, Item.PETITION_DUTY, until_on=date(2026, 9, 25)) == {}
    for until_on in (None, DAY - timedelta(days=1)):
        assert put(case, Item.PETITION_DUTY, until_on=until_on) == {"The last day of the service is given": ""}


@pytest.mark.covers("PRO-08", refused=True)
def test_record_formality_of_a_review_in_two_parts_and_let_who_is_unfit_be_assessed_at_once() -> None:
    case = cleared("jinchang", AppointmentState.APPOINTED, probation_ends_at=datetime(2027, 3, 24, 16, tzinfo=UTC))
    assert put(case, Item.REVIEW, passed=True, notes="政绩：良好。廉政：无反映。") == {}
    assert put(case, Item.REVIEW) == {
        "What came of it is said": "",
        "Achievements and integrity are both judged in words": "",
    }
    assessing = {"at": AT, "assessed_on": DAY, "opinion": "不胜任"}
    assert cases.refused(Act.ASSESS_PROBATION, case, **assessing, fit=False) != {}
    done(case, Item.REVIEW, passed=True)
    assert cases.refused(Act.ASSESS_PROBATION, case, **assessing, fit=False) != {}
    done(case, Item.REVIEW, passed=False)
    assert cases.refused(Act.ASSESS_PROBATION, case, **assessing, fit=False) == {}


@pytest.mark.slow
@pytest.mark.covers("APT-02", "APT-03", "NOT-21", refused=True)
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_of_each_item_asks_for_what_the_item_needs(language: str, tmp_path: Path, settings: Any) -> None:
    settings.CLOCK_FILE = tmp_path / "clock"
    asked = {"integrity__items": '["exam", "report", "pledge"]', "appointment__approval": "true"}
    course = run_to(Point.CLEARED, rulebook=body(settings, tmp_path, "asking", **asked))
    settings.CLOCK_FILE.write_text(f"{(course.day - clock.today()).days + 1}\n")
    keeping.correct_post(
        course.post, **course.by("jingban"), values={"superior": "市委组织部"}, reason="按干部管理权限。"
    )
    client = signed_in(course, "jingban", language)
    fields = {
        Item.EXAM: {"score", "passed"},
        Item.REPORT: set(),
        Item.PLEDGE: set(),
        Item.APPROVAL: {"passed"},
    }
    appoint = act_url(Act.APPOINT_CANDIDATE, course.appointment)
    for item, own in fields.items():
        url = act_url(Act.RECORD_FORMALITY, course.appointment, item=item.value)
        form = client.get(url).context["form"]
        assert set(form.fields) == own | {"token", "item", "done_on", "in_charge", "notes", "evidence"}
        assert {choice for choice, _label in form.fields["item"].choices} >= {one.value for one in fields}
        if own or item in formality.SIGNED:
            assert fill_in(client, url).status_code == 422, item
        assert fill_in(client, appoint, document_number="1号").status_code == 422
        given = {"score": "90分"} if item is Item.EXAM else {}
        answer = fill_in(client, url, **given, passed="yes", notes="无反映。", evidence=scan("签字材料.pdf"))
        assert answer.status_code == 302, item
    wrong = client.post(act_url(Act.RECORD_FORMALITY, course.appointment), {"item": "pledge", "evidence": not_kept()})
    assert "evidence" in wrong.context["form"].errors
    fill_in(client, act_url(Act.HOLD_APPOINTMENT_TALK, course.appointment), talked_by="部长", talk_notes="提出要求。")
    assert fill_in(client, appoint, document_number="1号").status_code == 302
    assert Formality.objects.filter(document__isnull=False).count() == 4


def not_kept() -> SimpleUploadedFile:
    """A file of a kind that nobody files."""
    return SimpleUploadedFile("pledge.exe", b"MZ\x90\x00")


# --- what comes due --------------------------------------------------------------------------------------------------


def due(course: Course, kind: DeadlineKind) -> Deadline:
    return Deadline.objects.get(appointment=course.appointment, kind=kind, ended_at__isnull=True)


def reminded(course: Course, one: Deadline, at: datetime) -> bool:
    """Whether the officer's desk tells of it."""
    return one.pk in [row.pk for row in Desk(course.county["jingban"], at).deadlines()]


@pytest.mark.slow
@pytest.mark.covers("APT-06", "APT-08", "APT-09", "PRO-01", refused=True)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_subdistrict_hands_over_in_two_days_reports_above_and_appoints_for_three_years(language: str) -> None:
    course = run_to(Point.APPOINTED, rulebook="subdistrict")
    published = course.day
    handover, term = due(course, DeadlineKind.HANDOVER_DUE), due(course, DeadlineKind.TERM_END)
    assert clock.last_day_before(handover.due_at) == published + timedelta(days=2)
    assert clock.last_day_before(term.due_at) == published.replace(year=published.year + 3) - timedelta(days=1)
    page = tab_url("candidates", course.selection.number)
    officer = signed_in(course, "jingban", language)
    shown = officer.get(page).content.decode()
    for item in (Item.FILING, Item.HANDOVER):
        assert act_url(Act.RECORD_FORMALITY, course.appointment, item=item.value) in shown
    assert shown.count("尚未登记" if language == "zh-hans" else "not on file yet") == 2

    overdue = handover.due_at + timedelta(hours=1)
    deadlines.keep(overdue)
    assert reminded(course, handover, overdue)
    form = act_url(Act.RECORD_FORMALITY, course.appointment, item=Item.HANDOVER.value)
    assert officer.get(form).context["form"].initial["item"] == Item.HANDOVER.value
    formality.record_formality(
        course.appointment, **course.by("jingban"), item=Item.HANDOVER, done_on=published, in_charge="原单位负责人"
    )
    assert not reminded(course, handover, overdue)
    formality.record_formality(
        course.appointment, **course.by("jingban"), item=Item.FILING, done_on=published, in_charge="组织干事"
    )
    shown = officer.get(page).content.decode()
    assert ("尚未登记" if language == "zh-hans" else "not on file yet") not in shown
    assert "原单位负责人" in shown
    course.go_to(Point.CLOSED)
    assert not reminded(course, term, term.due_at - timedelta(days=60))
    assert reminded(course, term, term.due_at - timedelta(days=7))
    deadlines.keep(term.due_at)
    assert course.fresh(term).ended_at == term.due_at


@pytest.mark.slow
@pytest.mark.covers("PRO-05", "PRO-08", refused=True)
@pytest.mark.django_db(transaction=True)
def test_somebody_on_probation_is_reviewed_every_six_months() -> None:
    course = run_to(Point.APPOINTED, rulebook="jinchang")
    first = due(course, DeadlineKind.REVIEW_DUE)
    deadlines.keep(first.due_at)
    assert reminded(course, first, first.due_at)
    course.at = first.due_at
    judged = {"item": Item.REVIEW, "done_on": course.day, "in_charge": "干部科科长"}
    with pytest.raises(Refused):
        formality.record_formality(course.appointment, **course.by("jingban"), **judged, passed=True)
    formality.record_formality(
        course.appointment, **course.by("jingban"), **judged, passed=True, notes="政绩明显，廉政无反映。"
    )
    assert course.fresh(first).ended_at == course.at
    assert not Deadline.objects.filter(kind=DeadlineKind.REVIEW_DUE, ended_at__isnull=True).exists()
    entry = reading.entries(stream=course.selection.streams()[0], actions=["record_formality"], newest_first=True)[0]
    assert entry.data["given"]["item"] == "review"
    assert "政绩明显" not in str(entry.data)


@pytest.mark.covers("APT-11")
@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_training_of_a_new_leader_stays_open_on_the_page_until_it_is_on_file(language: str) -> None:
    course = run_to(Point.APPOINTED)
    page, client = tab_url("candidates", course.selection.number), signed_in(course, "jingban", language)
    open_ = "尚未登记" if language == "zh-hans" else "not on file yet"
    assert client.get(page).content.decode().count(open_) == 2
    by = {"done_on": course.day, "in_charge": "县委党校"}
    formality.record_formality(course.appointment, **course.by("jingban"), item=Item.TRAINING, **by)
    shown = client.get(page).content.decode()
    assert shown.count(open_) == 1
    assert "县委党校" in shown


# --- a sanction ends probation ---------------------------------------------------------------------------------------

ENDS = "No sanction since the appointment ends the probation"


@pytest.mark.covers("PRO-04", refused=True)
@pytest.mark.parametrize(
    ("kind", "decided_on", "lifted_on", "ends"),
    [
        ("serious_party_warning", date(2026, 4, 1), None, True),
        ("serious_demerit", date(2026, 3, 25), None, True),
        ("removal_from_office", date(2026, 4, 1), None, True),
        ("party_warning", date(2026, 4, 1), None, False),
        ("demerit", date(2026, 4, 1), None, False),
        ("serious_demerit", date(2026, 3, 24), None, False),
        ("serious_demerit", date(2026, 4, 1), date(2026, 4, 9), False),
    ],
)
def test_probation_ends_early_by_a_sanction_at_or_above_the_level(
    kind: str, decided_on: date, lifted_on: date | None, ends: bool
) -> None:
    end = datetime(2026, 6, 24, 16, tzinfo=UTC)
    given = {"published_on": DAY, "probation_ends_at": end, "assessed_fit": True}
    case = cases.with_appointment(AppointmentState.APPOINTED, body="subdistrict", **given)
    values = {"kind": kind, "decided_on": decided_on, "lifted_on": lifted_on}
    case.sanctions = [Sanction(person_id=case.subject.person_id, **values)]
    refused = {ENDS: "街道方案 七、2"} if ends else {}
    assert cases.refused(Act.CONFIRM_APPOINTMENT, case, at=end) == refused
    assessing = {"assessed_on": DAY, "opinion": "胜任", "at": end}
    assert cases.refused(Act.ASSESS_PROBATION, case, **assessing, fit=True) == refused
    assert cases.refused(Act.ASSESS_PROBATION, case, **assessing, fit=False) == {}
    steps = [step.act for step in after_the_vote(case, case.subject.candidacy)]
    assert (steps == [Act.CANCEL_APPOINTMENT]) is ends
    case.sanctions[0].person_id = 99
    assert cases.refused(Act.CONFIRM_APPOINTMENT, case, at=end) == {}


@pytest.mark.covers("PRO-04", "PRO-06", refused=True)
@pytest.mark.django_db
def test_a_sanction_during_probation_waits_on_the_desk_until_the_appointment_is_cancelled() -> None:
    course = run_to(Point.APPOINTED)
    head = course.county["buzhang"]
    assert "受到处分，应当提前终止试用" not in told(course)
    course.at += timedelta(days=3)
    values = {"kind": "serious_demerit", "decided_on": course.day}
    keeping.add_file_entry(course.appointment.person, **course.by("jingban"), kind=FileKind.SANCTION, values=values)
    assert "受到处分，应当提前终止试用" in told(course)
    notice.cancel_appointment(
        course.appointment, actor=head, at=course.at, reason="受到行政记大过处分。", ground=EarlyEnd.SANCTION
    )
    assert "受到处分，应当提前终止试用" not in told(course)
    matter = ImportantMatter.objects.get(selection=course.selection)
    assert "行政记大过" in matter.cause
    with pytest.raises(Refused):
        notice.cancel_appointment(
            course.appointment, actor=head, at=course.at, reason="再次终止。", ground=EarlyEnd.SANCTION
        )


def told(course: Course) -> str:
    """What waits on the desk of the head of the department."""
    desk = Desk(course.county["buzhang"], course.at)
    with translation.override("zh-hans"):
        return str(desk.waiting([]))
