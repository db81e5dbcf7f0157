"""Inspection (考察).

A team is formed and announced before the first talk.  Every inspected person goes through the same four steps and is
talked about with the same four groups; the report on personal matters and the opinions of the consulted departments
are on file.  The stage ends when the meeting of department heads adopts the proposal for appointment.
Rulebook keys: ``inspection.*``, ``inquiry.*``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    CandidacyState,
    Check,
    ConsultedBody,
    DeadlineKind,
    Finding,
    InspectionStep,
    Matter,
    Part,
    Stage,
    TalkGroup,
)
from selection.models import (
    Account,
    Assessment,
    Candidacy,
    CheckResult,
    ImportantMatter,
    Inquiry,
    Participation,
    Prenotice,
    Reply,
    Report,
    Selection,
    Talk,
)
from selection.models.case import Case
from selection.register.models import Organisation
from selection.rulebook import workdays
from selection.standing import at_stage, given, more_than_posts, not_in_future, of_this_selection, running


def before_forming_team(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    members: list[Account] | None = None,
    leader: Account | None = None,
) -> Iterator[Requirement]:
    rule = case.rules["inspection.team"]
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    if members is not None:
        yield Requirement.under(
            rule,
            _("The team has enough members"),
            met=len(members) >= rule.value,
            observed=len(members),
            field="members",
        )
        apart = case.recused_people() | {candidacy.person_id for candidacy in case.candidacies}
        yield Requirement(
            _("No member of the team is a candidate or recused"),
            met=not any(member.person_id in apart for member in members if member.person_id),
            field="members",
        )
        yield Requirement(_("The head belongs to the team"), met=leader in members, field="leader")


@act(Act.FORM_TEAM, subject="selection", requires=before_forming_team)
def form_team(selection: Selection, *, members: list[Account], leader: Account, actor: Account, at: datetime) -> Facts:
    """Form the inspection team anew; a former one ends."""
    day = clock.day_of(at)
    selection.participations.filter(part=Part.INSPECTOR, until_on__isnull=True).update(until_on=day)
    made = [
        Participation.objects.create(
            selection=selection, account=member, part=Part.INSPECTOR, leads=member == leader, from_on=day
        )
        for member in members
    ]
    return Facts({"members": [member.name for member in members], "leader": leader.name}, made)


def before_publishing_prenotice(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    published_on: date | None = None,
    phone: str | None = None,
    candidate_facts: str | None = None,
) -> Iterator[Requirement]:
    rule = case.rules["inspection.prenotice_fields"]
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield Requirement.under(
        rule,
        _("The team is formed, so that its names can be published"),
        met=bool(case.team()),
        observed=[row.account.name for row in case.team() if row.account],
        required=_("names of the team"),
    )
    if phone is not None:
        yield Requirement.under(
            rule, _("A telephone is given"), met=given(phone), required=_("a telephone"), field="phone"
        )
        yield Requirement.under(
            rule,
            _("The basic facts of the inspected persons are given"),
            met=given(candidate_facts),
            required=_("basic facts"),
            field="candidate_facts",
        )
    yield not_in_future(published_on, at, field="published_on")
    entered = case.entered(Stage.INSPECTION)
    if published_on is not None and entered is not None:
        yield Requirement(
            _("The pre-notice comes after the persons were fixed"),
            met=published_on >= clock.day_of(entered),
            observed=published_on,
            required=clock.day_of(entered),
            field="published_on",
        )


@act(Act.PUBLISH_PRENOTICE, subject="selection", requires=before_publishing_prenotice, plain=["phone"])
def publish_prenotice(
    selection: Selection, *, published_on: date, phone: str, candidate_facts: str, actor: Account, at: datetime
) -> Prenotice:
    """Announce the inspection: team, telephone, inspected persons."""
    team = Participation.objects.filter(selection=selection, part=Part.INSPECTOR, until_on__isnull=True)
    return Prenotice.objects.create(
        selection=selection,
        published_on=published_on,
        team_names="、".join(team.order_by("-leads", "pk").values_list("account__name", flat=True)),
        phone=phone,
        candidate_facts=candidate_facts,
        published_at=at,
    )


def _first_prenotice(case: Case) -> date | None:
    entered = case.entered(Stage.INSPECTION)
    days = [notice.published_on for notice in case.prenotices if entered is None or notice.published_at >= entered]
    return min(days, default=None)


def after_prenotice(case: Case, held_on: date | None) -> Requirement:
    """INS-01: what the team does comes after the inspection was announced."""
    announced = _first_prenotice(case)
    return Requirement.under(
        case.rules["inspection.prenotice"],
        _("The inspection was announced before"),
        met=announced is not None and (held_on is None or held_on >= announced),
        observed=held_on if announced else _("no pre-notice"),
        required=announced or _("a pre-notice"),
        field="held_on",
    )


def _of_the_team(case: Case, *, actor: Account, at: datetime, held_on: date | None) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield after_prenotice(case, held_on)
    yield not_in_future(held_on, at, field="held_on")


def _under_inspection(case: Case, candidacy: Candidacy) -> Requirement:
    return Requirement(
        _("The person is under inspection in this selection"),
        met=candidacy.pk in {row.pk for row in case.at(CandidacyState.INSPECTED)},
        field="candidacy",
    )


def before_recording_talk(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    held_on: date | None = None,
    notes: str | None = None,
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    if candidacy is not None:
        yield _under_inspection(case, candidacy)
        yield Requirement(_("What was said is written down"), met=given(notes), field="notes")


@act(Act.RECORD_TALK, subject="selection", requires=before_recording_talk)
def record_talk(
    selection: Selection,
    *,
    candidacy: Candidacy,
    group: TalkGroup,
    held_on: date,
    people: int = 1,
    notes: str,
    actor: Account,
    at: datetime,
) -> Talk:
    """Record a talk about one inspected person; what was said enters the record as a commitment only."""
    return Talk.objects.create(
        selection=selection,
        candidacy=candidacy,
        group=group,
        held_on=held_on,
        people=people,
        notes=notes,
        recorded_by=actor,
        recorded_at=at,
    )


def before_recording_assessment(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    held_on: date | None = None,
    issued: int | None = None,
    returned: int | None = None,
    excellent: int = 0,
    competent: int = 0,
    basically_competent: int = 0,
    incompetent: int = 0,
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    if candidacy is not None:
        yield _under_inspection(case, candidacy)
    if issued is not None and returned is not None:
        rated = excellent + competent + basically_competent + incompetent
        yield Requirement(
            _("No more forms came back than were issued"),
            met=0 < returned <= issued,
            observed=returned,
            required=issued,
            field="returned",
        )
        yield Requirement(
            _("No more ratings than forms that came back"),
            met=0 < rated <= returned,
            observed=rated,
            required=returned,
            field="excellent",
        )


@act(Act.RECORD_ASSESSMENT, subject="selection", requires=before_recording_assessment)
def record_assessment(
    selection: Selection,
    *,
    candidacy: Candidacy,
    held_on: date,
    issued: int,
    returned: int,
    excellent: int,
    competent: int,
    basically_competent: int,
    incompetent: int,
    actor: Account,
    at: datetime,
) -> Assessment:
    """Record the counts of the democratic assessment of one inspected person."""
    return Assessment.objects.create(
        selection=selection,
        candidacy=candidacy,
        held_on=held_on,
        issued=issued,
        returned=returned,
        excellent=excellent,
        competent=competent,
        basically_competent=basically_competent,
        incompetent=incompetent,
        recorded_at=at,
    )


def before_recording_check(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    held_on: date | None = None,
    finding: Finding | None = None,
    note: str = "",
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    if candidacy is not None:
        yield _under_inspection(case, candidacy)
    if finding is not None:
        yield Requirement(
            _("A finding that is not clear is explained"), met=finding == Finding.CLEAR or given(note), field="note"
        )


@act(Act.RECORD_CHECK, subject="selection", requires=before_recording_check)
def record_check(
    selection: Selection,
    *,
    candidacy: Candidacy,
    check_kind: Check,
    held_on: date,
    finding: Finding,
    note: str = "",
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> CheckResult:
    """Record a check: conclusion and day, never the content of a personal file."""
    document = (
        requests.file(selection, evidence, evidence.name, actor=actor, at=at, candidacy=candidacy) if evidence else None
    )
    return CheckResult.objects.create(
        selection=selection,
        candidacy=candidacy,
        check_kind=check_kind,
        held_on=held_on,
        finding=finding,
        note=note,
        document=document,
        recorded_at=at,
    )


def before_writing_report(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    performance: str | None = None,
    shortcomings: str | None = None,
    suggestion: str | None = None,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield after_prenotice(case, None)
    if candidacy is not None:
        yield _under_inspection(case, candidacy)
        yield Requirement(
            _("Performance, shortcomings and suggestion are all written"),
            met=given(performance) and given(shortcomings) and given(suggestion),
            field="performance",
        )


@act(Act.WRITE_REPORT, subject="selection", requires=before_writing_report)
def write_report(
    selection: Selection,
    *,
    candidacy: Candidacy,
    performance: str,
    shortcomings: str,
    suggestion: str,
    actor: Account,
    at: datetime,
) -> Report:
    """Write the team's analysis of one inspected person, and what it suggests."""
    return Report.objects.create(
        selection=selection,
        candidacy=candidacy,
        performance=performance,
        shortcomings=shortcomings,
        suggestion=suggestion,
        written_by=actor,
        written_at=at,
    )


def before_asking_opinion(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    body: ConsultedBody | None = None,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    if candidacy is not None and body is not None:
        yield _under_inspection(case, candidacy)
        asked = {inquiry.body for inquiry in case.of(case.inquiries, candidacy)}
        yield Requirement(
            _("This department has not been asked about this person yet"), met=body not in asked, field="body"
        )


@act(Act.ASK_OPINION, subject="selection", requires=before_asking_opinion)
def ask_opinion(
    selection: Selection,
    *,
    candidacy: Candidacy,
    body: ConsultedBody,
    department: Organisation,
    actor: Account,
    at: datetime,
) -> Facts:
    """Ask a department in writing for its opinion on one inspected person; the reply has a due date."""
    due = workdays.ends(selection.rules["inquiry.due"].value, clock.day_of(at))
    inquiry = Inquiry.objects.create(
        selection=selection,
        candidacy=candidacy,
        body=body,
        department=department.short_name,
        asked_at=at,
        due_at=due.at,
    )
    deadlines.expect(selection, DeadlineKind.REPLY_DUE, due.at, at=at, provisional=due.provisional, inquiry=inquiry)
    return Facts({"due": due.last_day, "department": department.short_name}, [inquiry])


def before_replying(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    replied_on: date | None = None,
    number: str | None = None,
    opinion: str | None = None,
) -> Iterator[Requirement]:
    inquiry: Inquiry = case.subject
    yield Requirement(_("The inquiry has not been answered yet"), met=case.reply_to(inquiry) is None)
    yield running(case)
    if number is not None:
        yield Requirement(
            _("The reply has a number and an opinion"), met=given(number) and given(opinion), field="number"
        )
    if replied_on is not None:
        yield not_in_future(replied_on, at, field="replied_on")
        yield Requirement(
            _("The reply is not older than the inquiry"),
            met=replied_on >= clock.day_of(inquiry.asked_at),
            observed=replied_on,
            required=clock.day_of(inquiry.asked_at),
            field="replied_on",
        )


@act(Act.ANSWER_INQUIRY, subject="inquiry", requires=before_replying, plain=["number"])
def answer_inquiry(
    inquiry: Inquiry,
    *,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Reply:
    """Answer in the department's own name."""
    return _reply(inquiry, number, replied_on, finding, opinion, evidence, False, actor, at)


def before_filing_reply(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    replied_on: date | None = None,
    number: str | None = None,
    opinion: str | None = None,
    evidence: Upload | None = None,
) -> Iterator[Requirement]:
    yield from before_replying(case, actor=actor, at=at, replied_on=replied_on, number=number, opinion=opinion)
    if number is not None:
        yield Requirement(
            _("The paper reply is uploaded"), met=evidence is not None, required=_("a scan"), field="evidence"
        )


@act(Act.FILE_REPLY, subject="inquiry", requires=before_filing_reply, plain=["number"])
def file_reply(
    inquiry: Inquiry,
    *,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Reply:
    """File a reply that came on paper."""
    return _reply(inquiry, number, replied_on, finding, opinion, evidence, True, actor, at)


def _reply(
    inquiry: Inquiry,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None,
    from_paper: bool,
    actor: Account,
    at: datetime,
) -> Reply:
    selection = inquiry.selection
    document = (
        requests.file(selection, evidence, evidence.name, actor=actor, at=at, candidacy=inquiry.candidacy)
        if evidence
        else None
    )
    reply = Reply.objects.create(
        selection=selection,
        inquiry=inquiry,
        number=number,
        replied_on=replied_on,
        finding=finding,
        opinion=opinion,
        filed_from_paper=from_paper,
        document=document,
        replied_by=actor,
        replied_at=at,
    )
    if finding != Finding.CLEAR:
        ImportantMatter.objects.create(
            selection=selection,
            candidacy=inquiry.candidacy,
            kind=Matter.OPINION_EXPLAINED,
            noted_at=at,
            cause=f"{inquiry.department} {number}",
            result=opinion,
        )
    deadlines.end(selection, at=at, kinds=[DeadlineKind.REPLY_DUE], inquiry=inquiry)
    return reply


def steps_done(case: Case, candidacy: Candidacy) -> set[str]:
    """Which of the four mandatory steps have a dated record for this person."""
    done = {check.check_kind for check in case.of(case.checks, candidacy)}
    if case.of(case.assessments, candidacy):
        done.add(InspectionStep.ASSESSMENT)
    if case.of(case.talks, candidacy):
        done.add(InspectionStep.TALK)
    return {str(step) for step in done}


def completeness(case: Case, candidacy: Candidacy) -> Iterator[Requirement]:
    """What must be on file for one inspected person before the proposal is adopted."""
    steps, groups = case.rules["inspection.steps"], case.rules["inspection.talk_groups"]
    missing = [step for step in steps.value if step not in steps_done(case, candidacy)]
    yield Requirement.under(
        steps,
        _("The four steps are done for %(name)s") % {"name": candidacy},
        met=not missing,
        observed=[_("missing: %(step)s") % {"step": InspectionStep(step).label} for step in missing] or _("all"),
        required=[InspectionStep(step).label for step in steps.value],
    )
    talked = {talk.group for talk in case.of(case.talks, candidacy)}
    silent = [group for group in groups.value if group not in talked]
    yield Requirement.under(
        groups,
        _("The four groups were talked with about %(name)s") % {"name": candidacy},
        met=not silent,
        observed=[_("missing: %(step)s") % {"step": TalkGroup(group).label} for group in silent] or _("all"),
        required=[TalkGroup(group).label for group in groups.value],
    )
    reports = [check for check in case.of(case.checks, candidacy) if check.check_kind == Check.PERSONAL_MATTERS]
    yield Requirement.under(
        case.rules["inspection.personal_matters"],
        _("The report on personal matters is on file for %(name)s") % {"name": candidacy},
        met=bool(reports),
        observed=len(reports),
        required=1,
    )
    asked = {inquiry.body: inquiry for inquiry in case.of(case.inquiries, candidacy)}
    for body in case.rules["inquiry.bodies"].value:
        inquiry = asked.get(body)
        reply = case.reply_to(inquiry) if inquiry else None
        yield Requirement.under(
            case.rules["inquiry.bodies"],
            _("%(body)s has answered on %(name)s") % {"body": ConsultedBody(body).label, "name": candidacy},
            met=reply is not None,
            observed=reply.replied_on if reply else (_("asked, not answered") if inquiry else _("not asked")),
            required=_("a written opinion"),
        )
    yield Requirement(
        _("The team's report on %(name)s is written") % {"name": candidacy},
        met=bool(case.of(case.reports, candidacy)),
    )


def before_opening_deliberation(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidates: list[Candidacy] | None = None,
    opinion: str | None = None,
    equal_number_reason: str = "",
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield after_prenotice(case, None)
    for candidacy in case.at(CandidacyState.INSPECTED):
        yield from completeness(case, candidacy)
    if candidates is not None:
        yield of_this_selection(case, candidates, field="candidates")
        yield more_than_posts(case, len(candidates), equal_number_reason, field="candidates")
        barred = [
            candidacy
            for candidacy in candidates
            if any(check.finding == Finding.BAR for check in case.of(case.checks, candidacy))
            or any(
                reply.finding == Finding.BAR
                for inquiry in case.of(case.inquiries, candidacy)
                if (reply := case.reply_to(inquiry))
            )
        ]
        yield Requirement.under(
            case.rules["inquiry.bodies"],
            _("Nobody is proposed against a check or an opinion that affects the use"),
            met=not barred,
            observed=[str(candidacy) for candidacy in barred] or _("nobody"),
            required=_("nobody"),
            field="candidates",
        )
        yield Requirement(
            _("The opinion of the meeting of department heads is written down"), met=given(opinion), field="opinion"
        )


@act(Act.OPEN_DELIBERATION, subject="selection", requires=before_opening_deliberation)
def open_deliberation(
    selection: Selection,
    *,
    candidates: list[Candidacy],
    opinion: str,
    equal_number_reason: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Adopt the proposal for appointment: who goes to the committee; the others leave the selection here."""
    chosen = {candidacy.pk for candidacy in candidates}
    for candidacy in selection.candidacies.filter(state=CandidacyState.INSPECTED):
        taken = candidacy.pk in chosen
        candidacy.open_deliberation(chosen=taken)
        if not taken:
            candidacy.leave(at=at, stage=Stage.INSPECTION, reason=opinion)
        candidacy.save()
    selection.proposal_opinion = opinion
    if equal_number_reason:
        selection.equal_number_reason = equal_number_reason
    selection.open_deliberation()
    selection.enter(at)
    deadlines.end(selection, at=at, kinds=[DeadlineKind.REPLY_DUE])
    return Facts({"proposed": len(chosen)})
