"""Consultation among leaders, at three levels in order (酝酿)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, ConsultationLevel, Duty, Evidence, Matter, Stage
from selection.models import Account, Consultation, Document, ImportantMatter, Selection
from selection.models.case import Case
from selection.rulebook.rules import Rule
from selection.standing import at_stage, given, not_in_future, on_paper, running


def levels_held(case: Case) -> dict[str, date]:
    """Level → the day on which it was last consulted since deliberation began."""
    entered = case.entered(Stage.DELIBERATION)
    held: dict[str, date] = {}
    for row in case.consultations:
        if entered is None or row.recorded_at >= entered:
            held[row.level] = max(held.get(row.level, row.held_on), row.held_on)
    return held


def levels_asked(case: Case) -> list[tuple[ConsultationLevel, Rule]]:
    """CON-13: the levels that the rules ask for before the committee decides, in their order.

    Rules that name no levels, but who consults with the secretary, ask for that meeting.
    """
    for rule in case.rules.asking("consultation.levels"):
        return [(ConsultationLevel(level), rule) for level in rule.value]
    return [(ConsultationLevel.SECRETARIES, rule) for rule in case.rules.asking("consultation.parties")]


def in_order(case: Case, level: ConsultationLevel, held_on: date | None) -> Requirement:
    """DIF-06: the levels before this one were consulted, not later."""
    rule = case.rules.get("consultation.levels")
    order = list(rule.value) if rule else []
    before = order[: order.index(level)] if level in order else []
    held = levels_held(case)
    missing = [one for one in before if one not in held or (held_on is not None and held[one] > held_on)]
    return Requirement.under(
        rule,
        _("The levels of consultation before this one are done, in order"),
        met=not missing,
        observed=[ConsultationLevel(one).label for one in before if one in held] or _("none"),
        required=[ConsultationLevel(one).label for one in before] or _("none"),
        field="level",
    )


def before_recording(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    level: ConsultationLevel | None = None,
    held_on: date | None = None,
    duties: list[Duty] | None = None,
    present: str | None = None,
    opinions: str | None = None,
    convener: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    early = "before_inspection" in case.rules.value("consultation.individual", ())
    alone = level in (None, ConsultationLevel.INDIVIDUAL) and early
    yield at_stage(case, *([Stage.RECOMMENDATION] if alone else []), Stage.DELIBERATION)
    yield running(case)
    yield not_in_future(held_on, at, field="held_on")
    if level is None:
        return
    yield in_order(case, level, held_on)
    if level == ConsultationLevel.SECRETARIES:
        for rule in case.rules.asking("consultation.parties"):
            absent = [duty for duty in rule.value if duty not in (duties or [])]
            yield Requirement.under(
                rule,
                _("All whom the rule names took part"),
                met=not absent,
                observed=[Duty(duty).label for duty in duties or []] or _("nobody"),
                required=[Duty(duty).label for duty in rule.value],
                field="duties",
            )
    yield Requirement(_("Who convened it is named"), met=given(convener), field="convener")
    yield Requirement(_("Who was there is written down"), met=given(present), field="present")
    yield Requirement(_("The opinions are written down"), met=given(opinions), field="opinions")
    yield from on_paper(case, Evidence.CONSULTATION, evidence)


@act(Act.RECORD_CONSULTATION, subject="selection", requires=before_recording, plain=["convener"])
def record_consultation(
    selection: Selection,
    *,
    level: ConsultationLevel,
    held_on: date,
    duties: list[Duty],
    present: str,
    opinions: str,
    dissent: bool,
    convener: str,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Record one level of consultation; disagreement becomes an important matter by itself."""
    consultation = Consultation.objects.create(
        selection=selection,
        level=level,
        held_on=held_on,
        convener=convener.strip(),
        duties=[Duty(duty).value for duty in duties],
        present=present,
        opinions=opinions,
        dissent=dissent,
        recorded_at=at,
    )
    made: list[Consultation | ImportantMatter | Document] = [consultation]
    if dissent:
        made.append(
            ImportantMatter.objects.create(selection=selection, kind=Matter.DISSENT, noted_at=at, cause=opinions)
        )
    about = ConsultationLevel(level).label
    return Facts({}, [*made, *requests.attach(selection, Evidence.CONSULTATION, evidence, about, actor=actor, at=at)])
