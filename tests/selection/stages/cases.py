"""Cases made of unsaved rows, in which everything is right (案情样例).

``at(stage)`` is a selection of one seat with what its stage has on file; a test breaks one thing and asks ``refused``
which requirements fail and on which article they rest.  Nothing here asks a database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from django.utils import translation

from selection import acts
from selection.enums import (
    Act,
    AppointmentState,
    AttendanceKind,
    BodyKind,
    CandidacyState,
    Check,
    ConsultationLevel,
    ConsultedBody,
    Duty,
    Finding,
    Grade,
    NominationRoute,
    NominationSource,
    Opinion,
    Part,
    PollKind,
    PostClass,
    RecusedCount,
    ReviewStep,
    RoundState,
    Stage,
    TalkGroup,
    Trigger,
)
from selection.models import (
    Account,
    AgendaItem,
    Appointment,
    Assessment,
    Attendance,
    Bar,
    Body,
    Candidacy,
    CheckResult,
    Consultation,
    Inquiry,
    Introduction,
    Mandate,
    Meeting,
    Nomination,
    Objection,
    Participation,
    Poll,
    Prenotice,
    Reply,
    Report,
    Review,
    RollMember,
    Round,
    RoundItem,
    Seat,
    Selection,
    StageVisit,
    StatedOpinion,
    Talk,
    TallySheet,
    Witness,
)
from selection.models.case import Case
from selection.models.mandate import MandateCase
from selection.register.models import Appraisal, Organisation, Person, Post, Vacancy
from selection.rulebook import workdays
from selection.rulebook.rules import Rules, in_force

DAY = timedelta(days=1)
TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""
COUNTY = Organisation(pk=1, name="中共澄溪县委员会", short_name="县委")
UNIT = Organisation(pk=2, name="澄溪县融媒体中心", short_name="县融媒体中心")
BODY = Body(pk=1, organisation=COUNTY, kind=BodyKind.STANDING_COMMITTEE, title="县委常委会")
GRADES = [Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY]
MANDATE = Mandate(pk=1, title="县委管理的领导职务", body=BODY, department=COUNTY, grades=GRADES)
POST = Post(
    pk=1,
    organisation=UNIT,
    title="主任",
    grade=Grade.TOWNSHIP_CHIEF,
    post_class=PostClass.CHIEF,
    seats=1,
    is_probationary=True,
)
DEPUTY = Post(pk=2, organisation=UNIT, title="副主任", grade=Grade.TOWNSHIP_DEPUTY, seats=1, is_probationary=True)
ORDER = list(Stage)


@cache
def rules(on: date = TODAY, body: str = "credibility-county") -> Rules:
    """The rules on that day, by default of the county."""
    return in_force(body, on)


def rules_with(**values: Any) -> Rules:
    """The rules of the county and, besides, these values; a double underscore stands for the dot of a key."""
    base = rules()
    more = {key.replace("__", "."): value for key, value in values.items()}
    added = {key: replace(base["post.quota"], key=key, value=value) for key, value in more.items()}
    return Rules(base.body, base.title, base.on, {**base, **added})


def under(stage: Stage = Stage.NOMINATION, **values: Any) -> Case:
    """A selection at the stage under these values besides the county's."""
    made = at(stage)
    made.rules = rules_with(**values)
    return made


def account(pk: int = 1, *, person: Person | None = None, name: str = "经办人") -> Account:
    return Account(pk=pk, username=f"account{pk}", name=name, person=person)


ACTOR = account()


def person(pk: int) -> Person:
    return Person(pk=pk, name=f"林示{pk}", organisation=UNIT, born_on=date(1980, 6, 1), stroke_key=f"{pk:03}")


def appraisal(of: int, excellent: int, competent: int, basic: int, incompetent: int, **values: Any) -> Appraisal:
    return Appraisal(
        person_id=of,
        votes_excellent=excellent,
        votes_competent=competent,
        votes_basic=basic,
        votes_incompetent=incompetent,
        **{"year": 2025} | values,
    )


def refused(act: Act, case: Any, *, actor: Account = ACTOR, at: datetime = NOW, **given: Any) -> dict[str, str]:
    """What the act is refused for: each unmet requirement in English, with the article on which it rests."""
    with translation.override("en"):
        return {
            str(requirement.says): requirement.citation.label if requirement.citation else ""
            for requirement in acts.requirements(act, case, actor=actor, at=at, **given)
            if not requirement.met
        }


def mandate_case(**values: Any) -> MandateCase:
    """Before a selection exists: one free post, motions not frozen."""
    return MandateCase(**{"mandate": MANDATE, "rules": rules(), "vacancy": Vacancy(approved=1)} | values)


def at(
    stage: Stage,
    *,
    seats: int = 1,
    candidates: int | None = None,
    members: int = 11,
    present: int = 11,
    post: Post = POST,
    body: str = "credibility-county",
) -> Case:
    """A selection at the stage, with all that the stage needs to be left, by default under the rules of the county."""
    place = ORDER.index(stage)
    selection = Selection(
        pk=1,
        number="2026-001",
        mandate=MANDATE,
        post=post,
        route=NominationRoute.PLENUM_LIST if post is POST else "",
        organisation=UNIT,
        stage=stage,
        seats=seats,
        triggers=[Trigger.VACANCY],
        reason="职位空缺",
    )
    case = Case(selection=selection, rules=rules(body=body), vacancy=Vacancy(approved=seats))
    case.visits = [
        StageVisit(stage=one, entered_at=NOW - (place - n) * 2 * DAY) for n, one in enumerate(ORDER[: place + 1])
    ]
    case.participations = [
        Participation(account=account(21), part=Part.TELLER, from_on=TODAY),
        Participation(account=account(22), part=Part.TELLER, from_on=TODAY),
    ]
    number = candidates if candidates is not None else {0: 0, 1: 3, 2: 3}.get(place, seats + 1)
    state = [CandidacyState.NOMINATED] * 3 + [CandidacyState.INSPECTED, CandidacyState.PROPOSED]
    passed = CandidacyState.PASSED
    add_candidates(case, number, [*state, passed, passed][place] if place else CandidacyState.NOMINATED)
    if place >= ORDER.index(Stage.RECOMMENDATION):
        add_polls(case)
    if place >= ORDER.index(Stage.INSPECTION):
        add_inspection(case)
    if place >= ORDER.index(Stage.DELIBERATION):
        add_meeting(case, members=members, present=present)
    return case


def add_candidates(case: Case, number: int, state: CandidacyState) -> None:
    for pk in range(1, number + 1):
        case.people[pk] = person(pk)
        candidacy = Candidacy(
            pk=pk,
            selection=case.selection,
            person=case.people[pk],
            state=state,
            source=NominationSource.DEPARTMENT,
            reason="符合条件",
            nominated_at=NOW,
        )
        case.candidacies.append(candidacy)
        case.reviews.append(
            Review(pk=pk, candidacy=candidacy, step=ReviewStep.DEPARTMENT, qualified=True, reviewed_at=NOW)
        )
        case.nominations.append(
            Nomination(
                pk=pk,
                person=case.people[pk],
                candidacy=candidacy,
                source=NominationSource.DEPARTMENT,
                nominator=ACTOR,
                reason="符合条件",
                route="" if case.is_for_chief else NominationRoute.PROMOTION,
                proposed_on=TODAY,
                discipline_read=True,
                reviewed_at=NOW,
            )
        )
        case.appraisals.append(appraisal(pk, 20, 8, 1, 1))


def add_polls(case: Case, *, held_on: date = TODAY, votes: tuple[int, ...] = (40, 30, 20)) -> None:
    """Every recommendation, counted by two tellers and confirmed; whom the rules want asked one by one was asked."""
    if "consultation.individual" in case.rules:
        case.consultations.append(
            Consultation(level=ConsultationLevel.INDIVIDUAL, held_on=TODAY, recorded_at=NOW + DAY)
        )
    rounds = case.rules.value("recommendation.rounds", 1)
    forms = [form for form in case.inputs() for _round in range(rounds if form == "meeting" else 1)]
    for pk, form in enumerate(forms, 1):
        poll = Poll(
            pk=pk,
            selection=case.selection,
            kind=PollKind.RECOMMENDATION,
            form=form,
            held_on=held_on,
            due_count=60,
            present_count=54,
            confirmed_at=NOW,
        )
        case.polls.append(poll)
        cast = {str(row.pk): number for row, number in zip(case.candidacies, votes, strict=False)}
        for teller in (21, 22):
            case.sheets.append(
                TallySheet(
                    pk=pk * 10 + teller, poll=poll, teller=account(teller), issued=54, returned=52, valid=50, votes=cast
                )
            )


def add_inspection(case: Case) -> None:
    """Team, pre-notice, four steps, four groups, personal matters, two opinions, report, for every candidate."""
    entered = case.entered(Stage.INSPECTION)
    assert entered is not None
    for pk in (31, 32):
        case.participations.append(Participation(account=account(pk), part=Part.INSPECTOR, from_on=TODAY))
    case.prenotices = [Prenotice(published_on=entered.date(), published_at=entered)]
    for candidacy in case.candidacies:
        of: dict[str, Any] = {"candidacy": candidacy, "held_on": entered.date()}
        case.talks += [Talk(group=group, **of) for group in TalkGroup]
        trust = 38 if "inspection.trust_floor" in case.rules else None
        case.assessments.append(Assessment(issued=40, returned=38, excellent=30, competent=8, trust=trust, **of))
        case.checks += [CheckResult(check_kind=check, finding=Finding.CLEAR, **of) for check in Check]
        case.reports.append(
            Report(candidacy=candidacy, performance="成绩突出", shortcomings="有时偏急", written_at=NOW)
        )
        for body in dict.fromkeys((ConsultedBody.DISCIPLINE, ConsultedBody.FAMILY_PLANNING, *case.consulted())):
            inquiry = Inquiry(
                pk=len(case.inquiries) + 1,
                selection=case.selection,
                candidacy=candidacy,
                body=body,
                department="县纪委监委",
                asked_at=NOW,
            )
            case.inquiries.append(inquiry)
            case.replies.append(Reply(inquiry=inquiry, replied_on=TODAY, finding=Finding.CLEAR))


def add_meeting(case: Case, *, members: int = 11, present: int = 11) -> None:
    """Three levels consulted; a meeting on which everybody who is there has spoken on everybody."""
    case.consultations = [
        Consultation(level=level, held_on=TODAY, recorded_at=NOW + DAY) for level in ConsultationLevel
    ]
    meeting = Meeting(pk=1, body=BODY, number="第1次", held_on=TODAY)
    item = AgendaItem(pk=1, meeting=meeting, selection=case.selection)
    case.meetings, case.items = [meeting], [item]
    for pk in range(1, members + 1):
        duty = Duty.SECRETARY if pk == 1 else Duty.MEMBER
        case.seats.append(Seat(pk=pk, body=BODY, person=person(100 + pk), duty=duty, rank=pk, from_on=date(2024, 1, 2)))
    attend(case, present)
    for candidacy in case.candidacies:
        case.introductions.append(Introduction(item=item, candidacy=candidacy))
        for seat in case.seats[:present]:
            case.opinions.append(StatedOpinion(item=item, candidacy=candidacy, seat=seat, opinion=Opinion.AGREE))


def attend(case: Case, present: int) -> None:
    """The first so many members are there, the chief among them."""
    case.attendances = [
        Attendance(
            meeting=case.meetings[0],
            person_id=seat.person_id,
            seat=seat,
            kind=AttendanceKind.VOTING,
            present=place < present,
        )
        for place, seat in enumerate(case.seats)
    ]


def with_round(case: Case, state: RoundState, *, drawn: int = 0) -> Case:
    """The case as a round of it sees it: so many members have drawn their slips, scrutineers have done their part."""
    poll = Poll(pk=9, selection=case.selection, kind=PollKind.DECISION, item=case.items[0], held_on=TODAY)
    round_ = Round(
        pk=1,
        selection=case.selection,
        poll=poll,
        seq=1,
        state=state,
        recused_count=RecusedCount.COUNTED,
        due_count=len(case.seats),
        present_count=len(case.present_voters(case.items[0])),
        issued=drawn,
        slips=len(case.present_voters(case.items[0])),
        returned=drawn if state in (RoundState.CLOSED, RoundState.ANNOUNCED) else None,
    )
    here = {seat.pk for seat in case.present_voters(case.items[0])}
    for place, seat in enumerate(case.seats):
        case.roll.append(
            RollMember(round=round_, seat=seat, present=seat.pk in here, channel="slip" if place < drawn else "none")
        )
    case.round_items = [RoundItem(round=round_, candidacy=candidacy) for candidacy in case.candidacies]
    case.rounds, case.subject = [round_], round_
    case.witnesses = [
        Witness(round=round_, account=account(pk), act=act, at=NOW)
        for pk in (31, 32)
        for act in (Act.CHECK_BOX, Act.AGREE_CLOSING)
    ]
    return case


def with_appointment(
    state: AppointmentState = AppointmentState.ON_NOTICE, body: str = "credibility-county", **values: Any
) -> Case:
    """A decided selection, seen by the appointment of its first candidate; the notice was published today."""
    case = at(Stage.DECIDED, body=body)
    ends = workdays.ends(case.rules["notice.length"].value, TODAY)
    given = {"notice_at": NOW, "notice_ends_at": ends.at, "pk": 1, "candidacy": case.candidacies[0]}
    appointment = Appointment(selection=case.selection, person=case.people[1], state=state, **given | values)
    case.appointments, case.subject = [appointment], appointment
    return case


def objection(case: Case, **values: Any) -> Objection:
    """An objection to the appointment of the case."""
    made = Objection(pk=1, selection=case.selection, appointment=case.appointments[0], content="反映问题", **values)
    case.objections.append(made)
    return made


def bar(case: Case, of: int, until_on: date, *, from_on: date = date(2024, 5, 10)) -> Bar:
    """A person barred from the post of the case."""
    made = Bar(person_id=of, post=case.selection.post, from_on=from_on, until_on=until_on)
    case.bars.append(made)
    return made
