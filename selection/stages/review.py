"""The review of qualification (资格审查), before anybody is voted on.

The department goes through what no register can answer: the basic conditions, the personal archive, health, the
conditions of the post, an examination.  Where the rules want it, the candidate's own unit does so first.  What the
register answers is asked again, so that nobody passes a review who does not qualify.
Rulebook keys: ``qualification.basic``, ``qualification.health``, ``qualification.unit_review``,
``qualification.exam_for_transfer``; who has to be reviewed is asked where the recommendation opens.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, Evidence, ReviewStep, Stage
from selection.models import Account, Candidacy, Review
from selection.models.case import Case
from selection.qualification import conditions, judged
from selection.standing import at_stage, given, needs_exam, not_in_future, running


def before_reviewing_qualification(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    step: ReviewStep | None = None,
    qualified: bool | None = None,
    basic: bool | None = None,
    archive: bool | None = None,
    health: bool | None = None,
    post_conditions: bool | None = None,
    exam: str = "",
    reason: str = "",
    reviewed_on: date | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield Requirement(_("The candidate is still in"), met=candidacy.is_live)
    yield not_in_future(reviewed_on, at, field="reviewed_on")
    if step is None:
        return
    if step == ReviewStep.UNIT and evidence is not UNASKED:
        yield Requirement(
            _("The opinion of the unit is uploaded"),
            met=evidence is not None,
            required=Evidence.UNIT_REVIEW.label,
            field="evidence",
        )
    for rule in case.rules.asking("qualification.unit_review"):
        if step == ReviewStep.DEPARTMENT:
            first = case.review_of(candidacy, ReviewStep.UNIT)
            yield Requirement.under(
                rule,
                _("The candidate's own unit has reviewed the qualification first, from the archive"),
                met=first is not None and first.qualified,
                observed=_reviewed(first),
                required=_("qualified"),
            )
        elif qualified:
            yield Requirement.under(
                rule, _("The personal archive has been looked at"), met=bool(archive), field="archive"
            )
    if not qualified:
        yield Requirement(_("Why the candidate does not qualify is written down"), met=given(reason), field="reason")
        return
    for name, key, says in (
        ("basic", "qualification.basic", _("The basic conditions are met")),
        ("health", "qualification.health", _("The candidate is in good health")),
    ):
        for rule in case.rules.asking(key):
            yield Requirement.under(rule, says, met=bool({"basic": basic, "health": health}[name]), field=name)
    if case.selection.post.conditions:
        yield Requirement.under(
            case.rules.first("qualification.basic"),
            _("The conditions of the post are met"),
            met=bool(post_conditions),
            field="post_conditions",
        )
    if needs_exam(case, candidacy):
        yield Requirement.under(
            case.rules["qualification.exam_for_transfer"],
            _("Whoever is transferred into an organ has passed an examination"),
            met=given(exam),
            required=_("its score or paper"),
            field="exam",
        )
    nomination = case.nomination_of(candidacy)
    let_through = nomination.unmet if nomination else []
    for one in judged(conditions(case.rules, case.selection.post, clock.day_of(at)), case.file_of(candidacy.person)):
        yield one.requirement(candidacy.person, passed_over=one.rule.key in let_through)


def _reviewed(review: Review | None) -> object:
    if review is None:
        return _("not reviewed")
    return _("qualified") if review.qualified else _("not qualified")


@act(Act.REVIEW_QUALIFICATION, subject="candidacy", requires=before_reviewing_qualification)
def review_qualification(
    candidacy: Candidacy,
    *,
    step: ReviewStep,
    qualified: bool,
    basic: bool | None = None,
    archive: bool | None = None,
    health: bool | None = None,
    post_conditions: bool | None = None,
    exam: str = "",
    reason: str = "",
    reviewed_on: date,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Record whether a candidate qualifies, item by item; the latest review of a step counts."""
    papers = requests.attach(
        candidacy.selection, Evidence.UNIT_REVIEW, evidence, candidacy.person.name, actor=actor, at=at
    )
    review = Review.objects.create(
        selection=candidacy.selection,
        candidacy=candidacy,
        step=step,
        basic=basic,
        archive=archive,
        health=health,
        post_conditions=post_conditions,
        exam=exam,
        qualified=qualified,
        reason=reason,
        document=papers[0] if papers else None,
        reviewed_on=reviewed_on,
        reviewed_by=actor,
        reviewed_at=at,
    )
    return Facts({}, [review, *papers])
