"""Before nomination begins: the plan goes above, the posts are made public (方案报批、职位公告).

Where the rules want it, the organisation department hands in a plan with the number of free posts that the office
responsible has confirmed, and nobody is nominated before the superior has approved it or taken it on file.  What the
posts ask for is made public before anybody is recommended.
Rulebook keys: ``plan.gate``, ``post.quota_confirmed_by``, ``post.announcement``, ``post.prenotice``,
``post.competition_mode``, ``post.documents``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, Competition, Evidence, PlanOutcome, Stage
from selection.models import Account, Announcement, Plan, Selection
from selection.models.case import Case
from selection.rulebook.keys import ANNOUNCED, KEYS
from selection.standing import at_stage, given, not_in_future, on_paper, running, to_appoint


def before_submitting(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    superior: str | None = None,
    submitted_on: date | None = None,
    evidence: Upload | None = UNASKED,
    quota_confirmed: int | None = None,
    quota_confirmed_on: date | None = None,
    quota_evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    last = case.plans[-1] if case.plans else None
    yield at_stage(case, Stage.MOTION, Stage.NOMINATION)
    yield running(case)
    yield to_appoint(case)
    yield Requirement.under(
        case.rules.get("plan.gate"),
        _("No plan of this selection stands or waits for its answer"),
        met=last is None or last.outcome == PlanOutcome.RETURNED,
        observed=_answered(last),
        required=_("none, or one that was returned"),
    )
    if superior is None:
        return
    yield Requirement(_("Whom the plan goes to is written down"), met=given(superior), field="superior")
    yield from on_paper(case, Evidence.PLAN, evidence, always=True)
    yield not_in_future(submitted_on, at, field="submitted_on")
    approved = case.selection.approved_at
    if submitted_on is not None and approved is not None:
        yield Requirement(
            _("The plan comes after the motion was agreed to"),
            met=submitted_on >= clock.day_of(approved),
            observed=submitted_on,
            required=clock.day_of(approved),
            field="submitted_on",
        )
    for rule in case.rules.asking("post.quota_confirmed_by"):
        yield Requirement.under(
            rule,
            _("As many free posts are confirmed as are to be filled"),
            met=(quota_confirmed or 0) >= case.selection.seats,
            observed=quota_confirmed,
            required=case.selection.seats,
            field="quota_confirmed",
        )
        yield Requirement.under(
            rule,
            _("The free posts were confirmed before the plan was handed in"),
            met=quota_confirmed_on is not None and (submitted_on is None or quota_confirmed_on <= submitted_on),
            observed=quota_confirmed_on,
            required=submitted_on,
            field="quota_confirmed_on",
        )
        yield Requirement.under(
            rule,
            _("The confirmation of the free posts is uploaded"),
            met=quota_evidence is not None,
            required=Evidence.QUOTA.label,
            field="quota_evidence",
        )


@act(Act.SUBMIT_PLAN, subject="selection", requires=before_submitting, plain=["superior"])
def submit_plan(
    selection: Selection,
    *,
    superior: str,
    submitted_on: date,
    evidence: Upload | None,
    quota_confirmed: int | None = None,
    quota_confirmed_on: date | None = None,
    quota_evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Hand the plan in above, with the confirmation of the free posts where the rules want one."""
    papers = requests.attach(selection, Evidence.PLAN, evidence, actor=actor, at=at)
    quota = requests.attach(selection, Evidence.QUOTA, quota_evidence, actor=actor, at=at)
    plan = Plan.objects.create(
        selection=selection,
        superior=superior.strip(),
        document=papers[0],
        submitted_on=submitted_on,
        submitted_by=actor,
        submitted_at=at,
        quota_confirmed=quota_confirmed,
        quota_confirmed_on=quota_confirmed_on,
        quota_document=quota[0] if quota else None,
    )
    return Facts({}, [plan, *papers, *quota])


def before_answering(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    outcome: PlanOutcome | None = None,
    answered_on: date | None = None,
    answer: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    plan: Plan = case.subject
    yield at_stage(case, Stage.MOTION, Stage.NOMINATION)
    yield running(case)
    yield Requirement(_("The plan waits for its answer"), met=not plan.outcome, observed=_answered(plan))
    yield not_in_future(answered_on, at, field="answered_on")
    if outcome is None:
        return
    possible = [PlanOutcome.RETURNED, *(PlanOutcome(GATES[rule.value]) for rule in case.rules.asking("plan.gate"))]
    yield Requirement.under(
        case.rules.get("plan.gate"),
        _("The answer is one that the rules know"),
        met=outcome in possible or "plan.gate" not in case.rules,
        observed=PlanOutcome(outcome).label,
        required=[one.label for one in possible],
        field="outcome",
    )
    if outcome == PlanOutcome.RETURNED:
        yield Requirement(_("What has to be put right is written down"), met=given(answer), field="answer")
    if answered_on is not None:
        yield Requirement(
            _("The answer does not come before the plan was handed in"),
            met=answered_on >= plan.submitted_on,
            observed=answered_on,
            required=plan.submitted_on,
            field="answered_on",
        )
    yield from on_paper(case, Evidence.PLAN_ANSWER, evidence, always=outcome == PlanOutcome.APPROVED)


#: What the superior answers where nothing has to be put right, by what the rules want of a plan.
GATES = {"approval": PlanOutcome.APPROVED, "filing": PlanOutcome.FILED}


@act(Act.ANSWER_PLAN, subject="plan", requires=before_answering)
def answer_plan(
    plan: Plan,
    *,
    outcome: PlanOutcome,
    answered_on: date,
    answer: str = "",
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Take down what the superior answered: approved, taken on file, or returned with what has to be put right."""
    papers = requests.attach(plan.selection, Evidence.PLAN_ANSWER, evidence, actor=actor, at=at)
    plan.outcome, plan.answered_on, plan.answer, plan.answered_at = outcome, answered_on, answer, at
    plan.answer_document = papers[0] if papers else None
    plan.save()
    return Facts({}, papers)


def _answered(plan: Plan | None) -> object:
    if plan is None:
        return _("none")
    return PlanOutcome(plan.outcome).label if plan.outcome else _("not answered yet")


def before_announcing_post(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    published_on: date | None = None,
    posts: str | None = None,
    seats: int | None = None,
    conditions: str = "",
    scope: str = "",
    procedure: str = "",
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield to_appoint(case)
    yield not_in_future(published_on, at, field="published_on")
    approved = case.selection.approved_at
    if published_on is not None and approved is not None:
        yield Requirement(
            _("The post is made public after the motion was agreed to"),
            met=published_on >= clock.day_of(approved),
            observed=published_on,
            required=clock.day_of(approved),
            field="published_on",
        )
    if posts is None:
        return
    yield Requirement(
        _("As many posts are made public as the motion is about"),
        met=seats == case.selection.seats,
        observed=seats,
        required=case.selection.seats,
        field="seats",
    )
    if case.selection.competition == Competition.GRADE:
        named = [row.post.full_title for row in case.offered if row.post.title in posts]
        yield Requirement.under(
            case.rules.get("post.competition_mode"),
            _("Only grade and number are made public, and none of the posts"),
            met=not named,
            observed=named or None,
            required=case.selection.sought.full_title,
            field="posts",
        )
    for rule in case.rules.asking("deliberation.differential"):
        if "information" in rule.value:  # at the vote it would be too late to make up for it
            yield Requirement.under(
                rule,
                KEYS[rule.key].choices["information"],
                met=given(conditions) and given(scope) and given(procedure),
                field="conditions",
            )
    said = {"posts": posts, "seats": seats, "conditions": conditions, "scope": scope, "procedure": procedure}
    for rule in case.rules.asking("post.announcement"):
        for item in rule.value:
            yield Requirement.under(
                rule,
                _("Made public: %(item)s") % {"item": ANNOUNCED[item]},
                met=given(said[item]),
                required=_("filled in"),
                field=item,
            )


@act(Act.ANNOUNCE_POST, subject="selection", requires=before_announcing_post, plain=["posts"])
def announce_post(
    selection: Selection,
    *,
    published_on: date,
    posts: str,
    seats: int,
    conditions: str = "",
    scope: str = "",
    procedure: str = "",
    actor: Account,
    at: datetime,
) -> Announcement:
    """Make public which post is filled, by whom it may be held and how it goes on; a later one takes its place."""
    return Announcement.objects.create(
        selection=selection,
        published_on=published_on,
        posts=posts,
        seats=seats,
        conditions=conditions,
        scope=scope,
        procedure=procedure,
        published_at=at,
    )
