"""What the team does and finds: talks, democratic assessment, checks, report (谈话、测评、核查、考察材料)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    Check,
    Evidence,
    Finding,
    Matter,
    Stage,
    TalkGroup,
)
from selection.models import (
    Account,
    Assessment,
    Candidacy,
    CheckResult,
    Document,
    ImportantMatter,
    Report,
    Selection,
    Talk,
)
from selection.models.case import Case
from selection.rulebook.rules import Rules
from selection.stages.inspection.announcement import after_prenotice, under_inspection
from selection.standing import at_stage, given, not_in_future, on_paper, running


def _of_the_team(case: Case, *, actor: Account, at: datetime, held_on: date | None) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield from after_prenotice(case, held_on)
    yield not_in_future(held_on, at, field="held_on")


def before_recording_talk(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    held_on: date | None = None,
    notes: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    if candidacy is not None:
        yield under_inspection(case, candidacy)
        yield Requirement(_("What was said is written down"), met=given(notes), field="notes")
    yield from on_paper(case, Evidence.TALK, evidence)


@act(Act.RECORD_TALK, subject="selection", requires=before_recording_talk)
def record_talk(
    selection: Selection,
    *,
    candidacy: Candidacy,
    group: TalkGroup,
    held_on: date,
    people: int = 1,
    notes: str,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Record a talk about one inspected person; what was said enters the record as a commitment only."""
    talk = Talk.objects.create(
        selection=selection,
        candidacy=candidacy,
        group=group,
        held_on=held_on,
        people=people,
        notes=notes,
        recorded_by=actor,
        recorded_at=at,
    )
    about = TalkGroup(group).label
    filed = requests.attach(selection, Evidence.TALK, evidence, about, actor=actor, at=at, candidacy=candidacy)
    return Facts({}, [talk, *filed])


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
    trust: int | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    yield from on_paper(case, Evidence.ASSESSMENT, evidence)
    if candidacy is not None:
        yield under_inspection(case, candidacy)
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
        for rule in case.rules.asking("inspection.trust_floor"):
            yield Requirement.under(
                rule,
                _("The votes of trust are counted, no more of them than forms that came back"),
                met=trust is not None and 0 <= trust <= returned,
                observed=_("not counted") if trust is None else trust,
                required=returned,
                field="trust",
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
    trust: int | None = None,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Record the counts of the democratic assessment of one inspected person.

    A person with fewer votes of trust than the rules ask for becomes an important matter, whose result is to be noted.
    """
    assessment = Assessment.objects.create(
        selection=selection,
        candidacy=candidacy,
        held_on=held_on,
        issued=issued,
        returned=returned,
        excellent=excellent,
        competent=competent,
        basically_competent=basically_competent,
        incompetent=incompetent,
        trust=trust,
        recorded_at=at,
    )
    made: list[Assessment | ImportantMatter | Document] = [assessment]
    if trust is not None and lacks_trust(selection.rules, assessment):
        made.append(
            ImportantMatter.objects.create(
                selection=selection,
                candidacy=candidacy,
                kind=Matter.OTHER,
                noted_at=at,
                cause=f"民主测评信任票{trust}票，占收回票{returned}票的比例未达规定",
            )
        )
    filed = requests.attach(selection, Evidence.ASSESSMENT, evidence, actor=actor, at=at, candidacy=candidacy)
    return Facts({}, [*made, *filed])


def lacks_trust(rules: Rules, assessment: Assessment) -> bool:
    """INS-13: fewer votes of trust than the rules ask for; ``False`` where they ask for none, or none were counted."""
    return assessment.trust is not None and any(
        not rule.value.met(assessment.trust, assessment.returned) for rule in rules.asking("inspection.trust_floor")
    )


def paper_of(kind: Check | None) -> Evidence:
    """The paper on which a check rests."""
    return Evidence.PERSONAL_MATTERS if kind == Check.PERSONAL_MATTERS else Evidence.CHECK


def before_recording_check(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    held_on: date | None = None,
    check_kind: Check | None = None,
    finding: Finding | None = None,
    note: str = "",
    signed_by: str = "",
    countersigned_by: str = "",
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    yield from _of_the_team(case, actor=actor, at=at, held_on=held_on)
    if candidacy is not None:
        yield under_inspection(case, candidacy)
    if finding is not None:
        yield Requirement(
            _("A finding that is not clear is explained"), met=finding == Finding.CLEAR or given(note), field="note"
        )
    if check_kind is not None:
        yield Requirement.under(
            case.rules.get("inspection.methods"),
            _("This means of inspection is one that the rules name"),
            met=check_kind in case.checks_known,
            observed=Check(check_kind).label,
            required=[one.label for one in case.checks_known],
            field="check_kind",
        )
    if check_kind == Check.INTEGRITY:
        yield Requirement.under(
            case.rules.get("inspection.integrity_conclusion"),
            _("Both who signed the conclusion are named, and they are two"),
            met=given(signed_by) and given(countersigned_by) and signed_by.strip() != countersigned_by.strip(),
            required=_("the party secretary, and the secretary of discipline"),
            field="signed_by",
        )
    yield from on_paper(case, paper_of(check_kind), evidence, always=check_kind == Check.INTEGRITY)


@act(Act.RECORD_CHECK, subject="selection", requires=before_recording_check, plain=["signed_by", "countersigned_by"])
def record_check(
    selection: Selection,
    *,
    candidacy: Candidacy,
    check_kind: Check,
    held_on: date,
    finding: Finding,
    note: str = "",
    signed_by: str = "",
    countersigned_by: str = "",
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Record a check: conclusion and day, never the content of a personal file."""
    paper = paper_of(check_kind)
    about = Check(check_kind).label if paper is Evidence.CHECK else ""
    filed = requests.attach(selection, paper, evidence, about, actor=actor, at=at, candidacy=candidacy)
    check = CheckResult.objects.create(
        selection=selection,
        candidacy=candidacy,
        check_kind=check_kind,
        held_on=held_on,
        finding=finding,
        note=note,
        signed_by=signed_by.strip(),
        countersigned_by=countersigned_by.strip(),
        document=filed[0] if filed else None,
        recorded_at=at,
    )
    return Facts({}, [check, *filed])


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
    yield from after_prenotice(case, None)
    if candidacy is not None:
        yield under_inspection(case, candidacy)
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
