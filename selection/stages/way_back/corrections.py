"""Corrections of recorded facts (更正).

Old value, new value and reason enter the record; the row shows that it was corrected.  Counts and conclusions wait for
a second person.  What rested on a fact is not computed anew by itself: where its stage has been passed, that becomes
an important matter.  What was voted is never corrected.  Which facts may be corrected stands beside their models.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Requirement, Text, act
from selection.enums import Act, ConsultedBody, CorrectionState, Finding, Matter
from selection.models import Account, Correction, ImportantMatter, Reply, RollMember, Round, RoundItem, Selection
from selection.models.case import Case
from selection.models.correction import OnRecord, written
from selection.models.poll import NEVER_CORRECTED
from selection.models.selection import ORDER
from selection.standing import matter_of_opinion, no_ballot_under_way, not_in_future, with_reason


def _now_possible(case: Case) -> Iterator[Requirement]:
    yield Requirement(_("The selection is not suspended"), met=case.selection.suspended_at is None)
    yield no_ballot_under_way(case)


def _would_stand(case: Case, row: Any, fact: str, value: object) -> Requirement:
    return Requirement(
        _("What is on file stays possible: counts in order, days one after another"),
        met=row.with_fact(fact, value).stands(case),
        field="value",
    )


def correction_of(case: Case, row: Any, fact: str) -> Correction | None:
    """The correction by which the fact has its present value."""
    of_fact = (row._meta.model_name, row.pk, fact)
    found = [one for one in case.corrections if (one.kind, one.row, one.fact) == of_fact]
    return next((one for one in reversed(found) if one.state == CorrectionState.IN_FORCE), None)


def before_correcting(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    row: Any = None,
    fact: str | None = None,
    value: object = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    yield from _now_possible(case)
    if row is not None and fact is not None:
        voted = isinstance(row, Round | RoundItem | RollMember)
        yield Requirement(NEVER_CORRECTED, met=not voted)
        if not voted:
            on_file = _on_file(case, row._meta.model_name, row.pk)
            beyond: Text = _("This fact is not corrected here")
            if isinstance(row, OnRecord) and row.correctable.has(fact):
                beyond = (on_file or row).out_of_reach(case)
            met = not beyond and on_file is not None and fact in on_file.facts()
            yield Requirement(_("The fact is one that is corrected here"), met=met, observed=beyond or None)
            if met:
                yield from _new_value(case, on_file, fact, value, at)
    yield from with_reason(reason)


def _on_file(case: Case, kind: str, pk: int) -> Any:
    """The row as it stands in the case, or None where it is no row of this selection."""
    return next((row for row in case.on_record() if (row._meta.model_name, row.pk) == (kind, pk)), None)


def _new_value(case: Case, row: Any, fact: str, value: object, at: datetime) -> Iterator[Requirement]:
    of_fact = (row._meta.model_name, row.pk, fact)
    waiting = [
        one
        for one in case.corrections
        if one.state == CorrectionState.PROPOSED and (one.kind, one.row, one.fact) == of_fact
    ]
    yield Requirement(_("No other correction of this fact waits for a second person"), met=not waiting)
    if value is None:
        return
    yield Requirement(
        _("The new value differs from the one on file"), met=written(value) != written(row.fact(fact)), field="value"
    )
    if isinstance(value, date):
        yield not_in_future(value, at, field="value")
    yield _would_stand(case, row, fact, value)


@act(Act.CORRECT_FACT, subject="selection", requires=before_correcting, plain=["fact"])
def correct_fact(
    selection: Selection, *, row: Any, fact: str, value: Any, reason: str, actor: Account, at: datetime
) -> Facts:
    """Correct a recorded fact; a count or a conclusion takes effect when a second person has confirmed it."""
    case = selection.case()
    row = _on_file(case, row._meta.model_name, row.pk)
    old = row.fact(fact)
    correction = Correction(
        selection=selection,
        candidacy_id=getattr(row, "candidacy_id", None),
        kind=row._meta.model_name,
        row=row.pk,
        fact=fact,
        old=written(old),
        new=written(value),
        reason=reason,
        weighty=row.correctable.is_weighty(fact),
        previous=correction_of(case, row, fact),
        proposed_by=actor,
        proposed_at=at,
    )
    made: list[Any] = [correction]
    if correction.weighty:
        correction.save()
    else:
        made += _take_effect(correction, row, actor, at)
    in_words = isinstance(value, str) and not isinstance(value, Enum)
    facts: dict[str, object] = {"waits": correction.weighty}
    return Facts(facts if in_words else {**facts, "old": old}, made, {"old": old} if in_words else {})


def _take_effect(correction: Correction, row: Any, actor: Account, at: datetime) -> list[ImportantMatter]:
    selection, stage = correction.selection, row.correctable.stage
    row.correct(correction.fact, row.read(correction.fact, correction.new))
    correction.state = CorrectionState.IN_FORCE
    correction.decided_by, correction.decided_at = actor, at
    correction.late = ORDER.index(selection.stage) > ORDER.index(stage)
    correction.save()
    explained = _explained(correction, row, at)
    if not correction.late:
        return explained
    with translation.override(settings.LANGUAGE_CODE):  # an important matter is told in official Chinese
        what, passed = row.correctable.recorded_by.label, stage.label
        return [
            *explained,
            ImportantMatter.objects.create(
                selection=selection,
                candidacy_id=correction.candidacy_id,
                kind=Matter.OTHER,
                noted_at=at,
                cause=f"更正已记录事项（{what}）：{correction.reason}",
                result=f"以此为依据的“{passed}”环节已经结束，系统未自动重算，是否退回需研究。",
            ),
        ]


def _explained(correction: Correction, row: Any, at: datetime) -> list[ImportantMatter]:
    """A department's opinion that nothing is in the way, which turns out to be another one, is an important matter."""
    if correction.fact != "finding" or not isinstance(row, Reply) or correction.old != Finding.CLEAR:
        return []
    inquiry = row.inquiry
    kind = matter_of_opinion(ConsultedBody(inquiry.body), Finding(correction.new), late=False)
    if kind in (None, Matter.SUPERIOR_CONSULTED):  # whatever the superior answered was one from the beginning
        return []
    return [
        ImportantMatter.objects.create(
            selection=correction.selection,
            candidacy=inquiry.candidacy,
            kind=kind,
            noted_at=at,
            cause=f"{inquiry.department} {row.number}（更正：{correction.reason}）",
            result=row.opinion,
        )
    ]


def before_confirming_correction(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    correction: Correction = case.subject
    yield from _now_possible(case)
    yield _waits(correction)
    yield Requirement(
        _("Somebody else confirms than who proposed it"),
        met=correction.proposed_by_id != actor.pk,
        observed=correction.proposed_by.name,
    )
    if correction.state == CorrectionState.PROPOSED:
        row = _on_file(case, correction.kind, correction.row)
        yield Requirement(
            _("The fact is still as it was when the correction was proposed"),
            met=row is not None and written(row.fact(correction.fact)) == correction.old,
        )
        if row is not None:
            yield _would_stand(case, row, correction.fact, row.read(correction.fact, correction.new))


def _waits(correction: Correction) -> Requirement:
    return Requirement(
        _("The correction waits for a second person"),
        met=correction.state == CorrectionState.PROPOSED,
        observed=CorrectionState(correction.state).label,
    )


@act(Act.CONFIRM_CORRECTION, subject="correction", requires=before_confirming_correction)
def confirm_correction(correction: Correction, *, actor: Account, at: datetime) -> Facts:
    """Confirm a correction that somebody else proposed; it takes effect."""
    case = correction.selection.case()
    row = _on_file(case, correction.kind, correction.row)
    facts = {"fact": correction.fact, "row": [correction.kind, str(correction.row)]}
    values = {"old": row.fact(correction.fact), "new": row.read(correction.fact, correction.new)}
    return Facts({**facts, **values}, [correction, *_take_effect(correction, row, actor, at)])


def before_refusing_correction(
    case: Case, *, actor: Account, at: datetime, reason: str | None = None
) -> Iterator[Requirement]:
    yield _waits(case.subject)
    yield from with_reason(reason)


@act(Act.REFUSE_CORRECTION, subject="correction", requires=before_refusing_correction)
def refuse_correction(correction: Correction, *, reason: str, actor: Account, at: datetime) -> None:
    """Refuse a proposed correction; what is on file stays."""
    correction.state, correction.refusal = CorrectionState.REFUSED, reason
    correction.decided_by, correction.decided_at = actor, at
    correction.save()
