"""Which post each of those chosen gets, after a competition for a grade (职级竞争后确定具体职位).

Only grade and number are known until the committee has voted; then it decides together, by place, quality and
speciality, who gets which of the posts offered, and nobody is put on notice before that.
Rulebook key: ``post.competition_mode``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, AppointmentState, CandidacyState, Competition, Evidence, Stage
from selection.models import Account, Candidacy
from selection.models.case import Case
from selection.register.models import Post
from selection.standing import at_stage, given, not_in_future, on_paper, running


def before_assigning_post(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    post: Post | None = None,
    decided_on: date | None = None,
    reason: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    rule = case.rules.get("post.competition_mode")
    yield at_stage(case, Stage.DECIDED)
    yield running(case)
    yield Requirement.under(
        rule,
        _("A grade was competed for"),
        met=case.selection.competition == Competition.GRADE,
        observed=Competition(case.selection.competition).label if case.selection.competition else None,
        required=Competition.GRADE.label,
    )
    yield Requirement(
        _("The person has passed the vote"),
        met=candidacy.state == CandidacyState.PASSED,
        observed=CandidacyState(candidacy.state).label,
        required=CandidacyState.PASSED.label,
    )
    live = [row for row in case.of(case.appointments, candidacy) if row.state != AppointmentState.CANCELLED]
    yield Requirement(_("The person is not on notice yet"), met=not live, observed=len(live), required=0)
    if post is not None:
        others = [row for row in case.live if row.post_id == post.pk and row.pk != candidacy.pk]
        free = post.seats - case.taken(post, besides=candidacy)
        yield Requirement.under(
            rule,
            _("The post is one of those offered, and has a seat that nobody else was assigned"),
            met=post.pk in {row.post_id for row in case.offered} and post.exists_on(clock.day_of(at)) and free > 0,
            observed=[row.person.name for row in others] or post.full_title,
            required=[row.post.full_title for row in case.offered],
            field="post",
        )
    yield not_in_future(decided_on, at, field="decided_on")
    voted = case.entered(Stage.DECIDED)
    if decided_on is not None and voted is not None:
        yield Requirement.under(
            rule,
            _("The posts are assigned after the result of the vote"),
            met=decided_on >= clock.day_of(voted),
            observed=decided_on,
            required=clock.day_of(voted),
            field="decided_on",
        )
    if reason is not None:
        yield Requirement.under(
            rule,
            _("Why this person gets this post is written down"),
            met=given(reason),
            required=_("a reason"),
            field="reason",
        )
    yield from on_paper(case, Evidence.ASSIGNMENT, evidence, always=True)


@act(Act.ASSIGN_POST, subject="candidacy", requires=before_assigning_post)
def assign_post(
    candidacy: Candidacy,
    *,
    post: Post,
    decided_on: date,
    reason: str,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Take down which post the committee decided on for somebody; until the notice a later decision takes its place."""
    papers = requests.attach(
        candidacy.selection, Evidence.ASSIGNMENT, evidence, actor=actor, at=at, candidacy=candidacy
    )
    candidacy.post, candidacy.assigned_on, candidacy.assignment_reason = post, decided_on, reason
    candidacy.save()
    return Facts({}, papers)
