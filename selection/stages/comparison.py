"""Candidates held against each other and against the post (综合比较、差额酝酿比较).

Votes alone decide nothing: when persons are fixed for inspection the factors that the rules name are weighed, and in
consultation the candidates for one post are compared with each other and with what the post asks.  In between, in the
inspection, the virtue of each is judged.
Rulebook keys: ``recommendation.factors``, ``inspection.virtue``, ``consultation.traits``.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Requirement, act
from selection.enums import Act, Aspect, CandidacyState, Stage
from selection.models import Account, Candidacy, Comparison
from selection.models.case import Case
from selection.standing import given, running


def before_comparing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    post_needs: str | None = None,
    achievements: str | None = None,
    appraisals: str | None = None,
    potential: str | None = None,
    virtue: str | None = None,
    support: str | None = None,
    personality: str | None = None,
    fit: str | None = None,
    duties: str | None = None,
    tasks: str | None = None,
    events: str | None = None,
    moments: str | None = None,
    gain: str | None = None,
) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    rule = case.comparing
    yield running(case)
    yield Requirement(
        _("The rules want the candidates compared at this stage"),
        met=rule is not None,
        observed=Stage(case.selection.stage).label,
    )
    yield Requirement(
        _("The person is still a candidate"),
        met=candidacy.is_live,
        observed=CandidacyState(candidacy.state).label,
    )
    weighed = (post_needs, achievements, appraisals, potential, virtue, support, personality, fit)
    texts = (*weighed, duties, tasks, events, moments, gain)
    said = dict(zip(Aspect, texts, strict=True))
    if rule is None or all(text is None for text in said.values()):
        return
    for aspect in map(Aspect, rule.value):
        yield Requirement.under(
            rule,
            _("It is written down how the person stands in this: %(aspect)s") % {"aspect": aspect.label},
            met=given(said[aspect]),
            field=aspect.value,
        )


@act(Act.COMPARE_CANDIDATE, subject="candidacy", requires=before_comparing)
def compare_candidate(
    candidacy: Candidacy,
    *,
    post_needs: str = "",
    achievements: str = "",
    appraisals: str = "",
    potential: str = "",
    virtue: str = "",
    support: str = "",
    personality: str = "",
    fit: str = "",
    duties: str = "",
    tasks: str = "",
    events: str = "",
    moments: str = "",
    gain: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Write down how one candidate stands beside the others, in each aspect that the rules name."""
    weighed = (post_needs, achievements, appraisals, potential, virtue, support, personality, fit)
    texts = (*weighed, duties, tasks, events, moments, gain)
    said = dict(zip(Aspect, texts, strict=True))
    made = [
        Comparison.objects.create(
            selection=candidacy.selection,
            candidacy=candidacy,
            stage=candidacy.selection.stage,
            aspect=aspect,
            judgement=text,
            compared_by=actor,
            compared_at=at,
        )
        for aspect, text in said.items()
        if given(text)
    ]
    return Facts({"aspects": [row.aspect for row in made]}, made)
