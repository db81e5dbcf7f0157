"""Reports and breaches of discipline (举报、违反组织人事纪律).

Whoever works on a selection takes down what is reported, or what was found, about a candidate or about the selection as
a whole; from the public notice on, the public reports by itself.  A report is investigated and concluded: it has no
effect, it holds, it excludes the candidate or cancels the appointment, or it sends the selection back.  The reporter is
answered by receipt code.  Every conclusion is an important matter.
Rulebook keys: ``notice.objections``, ``nomination.breaches``, ``nomination.discipline``, ``record.papers``.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, AppointmentState, Breach, Channel, Effect, Evidence, Matter, Stage
from selection.models import Account, Candidacy, ImportantMatter, InvestigationNote, Objection, Selection
from selection.models.case import Case
from selection.rulebook.rules import Rules
from selection.standing import TAKES_OUT, given, no_ballot_under_way, on_paper, rule_of_report, to_appoint

_BEFORE_OFFICE = (AppointmentState.ON_NOTICE, AppointmentState.CLEARED)
_GOES_BACK_FROM = (Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION, Stage.DECIDED)


def breaches(rules: Rules) -> list[Breach]:
    """The breaches that the rules name; sets of rules stored before they were there name none."""
    return [Breach(one) for one in rules["nomination.breaches"].value] if "nomination.breaches" in rules else []


def reportable(case: Case) -> list[Candidacy]:
    """Candidates, also former ones, who are reported on here; who is on notice or appointed is so at the notice."""
    later = {row.candidacy_id for row in case.appointments if row.is_live}
    return [row for row in case.candidacies if row.pk not in later]


def before_reporting(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    breach: Breach | None = None,
    content: str | None = None,
) -> Iterator[Requirement]:
    yield Requirement(
        _("The selection is not closed yet"),
        met=case.selection.stage != Stage.CLOSED,
        observed=Stage(case.selection.stage).label,
    )
    yield to_appoint(case)
    if candidacy is not None:
        yield Requirement(
            _("The person is a candidate of this selection, and neither on notice nor appointed"),
            met=candidacy in reportable(case),
            field="candidacy",
        )
    if breach is not None:
        named = breaches(case.rules)
        yield Requirement.under(
            case.rules.get("nomination.breaches" if named else "notice.objections"),
            _("The breach is one of those that the rules name"),
            met=breach in named,
            observed=Breach(breach).label,
            required=[one.label for one in named],
            field="breach",
        )
    if content is not None:
        yield Requirement(_("What is reported is written down"), met=given(content), field="content")


@act(Act.FILE_REPORT, subject="selection", requires=before_reporting)
def file_report(
    selection: Selection,
    *,
    candidacy: Candidacy | None = None,
    breach: Breach | None = None,
    channel: Channel,
    content: str,
    reporter: str = "",
    contact: str = "",
    receipt_hash: str,
    actor: Account,
    at: datetime,
) -> Facts:
    """Take down what was reported or found; what was said and who said it enter the record as commitments only."""
    report = Objection.objects.create(
        selection=selection,
        candidacy=candidacy,
        breach=breach or "",
        channel=channel,
        receipt_hash=receipt_hash,
        reporter=reporter,
        contact=contact,
        content=content,
        filed_at=at,
    )
    return Facts({"named": bool(reporter)}, [report])


def before_investigating(
    case: Case, *, actor: Account, at: datetime, notes: str | None = None
) -> Iterator[Requirement]:
    objection: Objection = case.subject
    yield Requirement(_("The objection is not settled yet"), met=objection.settled_at is None)
    if notes is not None:
        yield Requirement(_("What was found is written down"), met=given(notes), field="notes")


@act(Act.INVESTIGATE_OBJECTION, subject="objection", requires=before_investigating)
def investigate_objection(objection: Objection, *, notes: str, actor: Account, at: datetime) -> InvestigationNote:
    """Note what the investigation found so far; it is not concluded by this."""
    return _noted(objection, notes, actor, at)


def _noted(objection: Objection, notes: str, actor: Account, at: datetime) -> InvestigationNote:
    return InvestigationNote.objects.create(
        selection=objection.selection, objection=objection, notes=notes, noted_by=actor, noted_at=at
    )


def possible_effects(objection: Objection) -> list[Effect]:
    """What the investigation may lead to: an appointment is cancelled, a candidate excluded, a selection goes back."""
    found = [Effect.UNFOUNDED, Effect.NO_EFFECT, Effect.HELD]
    if objection.appointment is not None:
        return [*found, Effect.UPHELD]
    if objection.candidacy_id is not None:
        found.append(Effect.EXCLUDED)
    return [*found, Effect.RETURNED] if objection.selection.is_at(*_GOES_BACK_FROM) else found


def before_settling(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    effect: Effect | None = None,
    investigation: str | None = None,
    answer: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    objection: Objection = case.subject
    rule = rule_of_report(case.rules, objection)
    yield Requirement(_("The objection is not settled yet"), met=objection.settled_at is None)
    if effect is None:
        return
    possible = possible_effects(objection)
    yield Requirement(
        _("The conclusion is one that can follow here"),
        met=effect in possible,
        observed=Effect(effect).label,
        required=[one.label for one in possible],
        field="effect",
    )
    yield Requirement.under(
        rule,
        _("The investigation and its conclusion are written down"),
        met=given(investigation),
        required=_("a conclusion"),
        field="investigation",
    )
    if objection.channel != Channel.FOUND:
        yield Requirement.under(
            rule,
            _("The answer to the reporter is written down"),
            met=given(answer),
            required=_("an answer"),
            field="answer",
        )
    if effect == Effect.EXCLUDED:
        yield no_ballot_under_way(case)
    if effect != Effect.HELD:
        yield from on_paper(case, Evidence.CONCLUSION, evidence)


@act(Act.SETTLE_OBJECTION, subject="objection", requires=before_settling)
def settle_objection(
    objection: Objection,
    *,
    effect: Effect,
    investigation: str,
    answer: str = "",
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Conclude a report; a substantiated one takes out the candidate, with an appointment that has not taken effect.

    With the effect *held* nothing is settled: all waits for the conclusion, and the reporter is told so.  With the
    effect *returned* the selection goes no further until the department has sent it back.
    """
    candidacy = objection.candidate
    filed = requests.attach(
        objection.selection,
        Evidence.CONCLUSION,
        evidence,
        actor=actor,
        at=at,
        candidacy=candidacy,
        appointment=objection.appointment,
    )
    objection.effect, objection.investigation, objection.answer = effect, investigation, answer
    if effect == Effect.HELD:
        objection.save()
        return Facts({"settled": False}, [_noted(objection, investigation, actor, at), *filed])
    objection.settled_at, objection.settled_by = at, actor
    objection.save()
    matter = ImportantMatter.objects.create(
        selection=objection.selection,
        candidacy=candidacy,
        kind=Matter.REPORTS,
        noted_at=at,
        cause=investigation,
        result=Effect(effect).value,
    )
    if effect in TAKES_OUT and candidacy is not None:
        _take_out(candidacy, investigation, at)
    return Facts({}, [matter, *filed])


def _take_out(candidacy: Candidacy, reason: str, at: datetime) -> None:
    """The candidate is taken no further; one who is in office leaves it by an act of its own."""
    selection = candidacy.selection
    live = [row for row in candidacy.appointments.all() if row.is_live]
    if not candidacy.is_live or any(row.state not in _BEFORE_OFFICE for row in live):
        return
    for appointment in live:
        appointment.settle_objection()
        appointment.ended_at, appointment.end_reason = at, reason
        appointment.save()
        deadlines.end(selection, at=at, appointment=appointment)
    candidacy.settle_objection()
    candidacy.leave(at=at, stage=selection.stage, reason=reason)
    candidacy.save()
    for inquiry in candidacy.inquiries.filter(reply__isnull=True):
        deadlines.end(selection, at=at, inquiry=inquiry)
