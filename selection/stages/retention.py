"""How long texts are kept (原文保存与销毁): what entries only commit to ends, the record does not.

Reasons, what was said in talks, reports and who made them stand twice: beside the record, which holds their hashes
alone, and in the rows of the selection.  When a selection has been closed for as long as its rules say, the clock
destroys both.  Papers on file stay, and so does everything that the entries themselves say.  Rulebook key:
``record.texts_kept``; without it texts are kept for good.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit import reading
from selection import clock
from selection.acts import Conflict, Facts, NotPermitted, Refused, Requirement, act
from selection.enums import Act, CorrectionState, Stage
from selection.models import (
    Account,
    Announcement,
    Appointment,
    Candidacy,
    CheckResult,
    Comparison,
    Consultation,
    Correction,
    Formality,
    ImportantMatter,
    Introduction,
    InvestigationNote,
    Liability,
    NameSheet,
    Nomination,
    Objection,
    Participation,
    Plan,
    Prenotice,
    Reconsideration,
    Recount,
    Removal,
    Reply,
    Report,
    Review,
    Round,
    RuleSet,
    Selection,
    SittingItem,
    StatedOpinion,
    Talk,
    TieDecision,
    WrittenName,
)
from selection.models.case import Case
from selection.models.selection import TEXTS_KEPT
from selection.rulebook import workdays

log = logging.getLogger(__name__)

GONE = "（原文已销毁）"
"""What stands in a row in place of a text: there was one, so pages and requirements read as before."""

TEXTS: Mapping[type[models.Model], tuple[str, ...]] = {
    Selection: (
        *("reason", "source_direction", "team_plan", "route_reason", "equal_number_reason", "fixing_opinion"),
        *("proposal_opinion", "end_reason"),
    ),
    Participation: ("reason", "end_reason"),
    Candidacy: ("reason", "assignment_reason", "end_reason"),
    Liability: ("facts", "result"),
    Nomination: ("reason", "review_opinion", "feedback", "co_responsible", "nobody_nearer", "exception"),
    Plan: ("answer",),
    Review: ("reason",),
    Announcement: ("conditions", "scope", "procedure"),
    SittingItem: ("annul_reason",),
    NameSheet: ("names",),
    WrittenName: ("words",),
    TieDecision: ("decision",),
    Prenotice: ("team_names", "candidate_facts"),
    Talk: ("notes",),
    CheckResult: ("note",),
    Report: ("performance", "shortcomings", "suggestion"),
    Reply: ("opinion",),
    Consultation: ("present", "opinions"),
    Introduction: ("basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason"),
    StatedOpinion: ("remark",),
    Removal: ("reason",),
    Round: ("void_reason", "another_round_decision"),
    Recount: ("reason", "refusal"),
    Reconsideration: ("reason",),
    Appointment: (
        *("notice_text", "notice_achievements", "notice_rewards", "notice_conduct"),
        *("talk_notes", "assessment_opinion", "end_reason"),
    ),
    Comparison: ("judgement",),
    Formality: ("notes",),
    Objection: ("reporter", "contact", "content", "investigation", "answer"),
    InvestigationNote: ("notes",),
    Correction: ("old", "new", "reason", "refusal"),
    ImportantMatter: ("cause", "result"),
}
"""Where the texts of a selection stand besides the record: every free text of its rows, and who reported something."""


def before_destroying_texts(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    selection, rule = case.selection, case.rules.get(TEXTS_KEPT)
    yield Requirement(
        _("The selection is closed"), met=selection.stage == Stage.CLOSED, observed=Stage(selection.stage).label
    )
    yield Requirement(_("The rules say how long texts are kept"), met=rule is not None)
    if rule is not None:
        until = selection.texts_kept_until
        yield Requirement(
            _("The period for which texts are kept is over"),
            met=until is not None and at >= until,
            observed=at,
            required=until or rule.value,
            citation=rule.citation,
            rule=rule.key,
        )
    yield Requirement(_("Its texts have not been destroyed yet"), met=selection.texts_destroyed_at is None)
    investigated = [row for row in case.objections if row.settled_at is None]
    yield Requirement(
        _("No report is being investigated"), met=not investigated, observed=len(investigated), required=0
    )
    asked = [row for row in case.recounts if row.agreed_at is None and row.refused_at is None]
    yield Requirement(_("No request for an audit package is open"), met=not asked, observed=len(asked), required=0)
    proposed = [row for row in case.corrections if row.state == CorrectionState.PROPOSED]
    yield Requirement(_("No correction waits for a decision"), met=not proposed, observed=len(proposed), required=0)


@act(Act.DESTROY_TEXTS, subject="selection", requires=before_destroying_texts)
def destroy_texts(selection: Selection, *, actor: Account, at: datetime) -> Facts:
    """Destroy the texts of a selection; the entry names each of them, and verification stays whole."""
    texts = reading.texts_of(selection.matter())
    for model in TEXTS:
        _blank(model, selection)
    selection.texts_destroyed_at = at
    selection.save(update_fields=["texts_destroyed_at"])
    return Facts({"destroyed": len(texts), "texts": texts})


def _blank(model: type[models.Model], selection: Selection) -> None:
    own = {"pk" if model is Selection else "selection": selection.pk}
    model._base_manager.filter(**own).update(
        **{
            name: models.Case(models.When(**{name: ""}, then=models.Value("")), default=models.Value(GONE))
            for name in TEXTS[model]
        }
    )


def destroy_what_is_over(at: datetime) -> int:
    """Destroy the texts of every selection whose period is over; of how many.

    One that cannot be done stops no other and is tried again on the next round of the clock.
    """
    over = _over(at)
    if not over:
        return 0
    keeper = Account.objects.clock()
    return sum(_destroyed(selection, keeper, at) for selection in over)


def _over(at: datetime) -> list[Selection]:
    """Selections whose period is over and that nobody investigates, found without reading a case of each."""
    today, investigated = clock.day_of(at), Objection.objects.filter(settled_at__isnull=True).values("selection")
    found: list[Selection] = []
    for rule_set in RuleSet.objects.filter(content__rules__has_key=TEXTS_KEPT):
        closed_before = workdays.begins(rule_set.rules[TEXTS_KEPT].value, today) + timedelta(days=1)
        closed = Selection.objects.filter(rule_set=rule_set, stage=Stage.CLOSED, texts_destroyed_at__isnull=True)
        kept = closed.filter(closed_at__lt=closed_before).exclude(pk__in=investigated).select_related("rule_set")
        found += [row for row in kept.order_by("pk") if row.texts_kept_until and row.texts_kept_until <= at]
    return found


def _destroyed(selection: Selection, keeper: Account, at: datetime) -> bool:
    try:
        destroy_texts(selection, actor=keeper, at=at)
    except (Conflict, Refused):
        return False  # another clock was faster, or something is asked for or investigated again
    except NotPermitted:
        log.error(
            "the texts of selection %s cannot be destroyed: the clock holds no role for its mandate", selection.pk
        )
        return False
    except Exception:  # whatever is wrong with one selection, the others are over as well
        log.exception("the texts of selection %s cannot be destroyed", selection.pk)
        return False
    return True
