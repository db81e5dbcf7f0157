"""Motion (动议).

The organisation department opens a selection on a trigger; the secretary agrees.  While institutions change, or the
secretary is about to leave, motions are frozen unless the superior department approves in writing.  The stage ends with
the secretary's consent.  Rulebook keys: ``motion.*``, ``post.quota``, ``post.competition_mode``, ``removal.triggers``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    CandidacyState,
    Competition,
    Departure,
    Evidence,
    Matter,
    NominationSource,
    Part,
    SelectionKind,
    Stage,
    Trigger,
)
from selection.models import (
    Account,
    Batch,
    Candidacy,
    Document,
    Freeze,
    ImportantMatter,
    Mandate,
    OfferedPost,
    Participation,
    RuleSet,
    Selection,
)
from selection.models.case import Case
from selection.models.mandate import MandateCase
from selection.register.models import Post, Tenure
from selection.rulebook.rules import KEYS, Rule, in_force
from selection.standing import at_stage, given, not_in_future, running


def before_freezing(case: MandateCase, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield Requirement.under(
        case.rules.get("motion.freeze"), _("Motions are not frozen already"), met=case.freeze is None
    )


@act(Act.FREEZE_MOTIONS, subject="mandate", requires=before_freezing)
def freeze_motions(mandate: Mandate, *, ground: str, from_on: date, actor: Account, at: datetime) -> Freeze:
    """Freeze motions: institutions change, or the secretary is known to leave."""
    return Freeze.objects.create(
        mandate=mandate, organisation_id=mandate.organisation_id, ground=ground, from_on=from_on
    )


def before_lifting_freeze(case: MandateCase, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield Requirement.under(case.rules.get("motion.freeze"), _("Motions are frozen"), met=case.freeze is not None)


@act(Act.LIFT_FREEZE, subject="mandate", requires=before_lifting_freeze)
def lift_freeze(mandate: Mandate, *, reason: str, actor: Account, at: datetime) -> None:
    """Lift the freeze: its ground is gone."""
    mandate.freezes.filter(lifted_on__isnull=True).update(lifted_on=clock.day_of(at))


def before_opening_batch(
    case: MandateCase, *, actor: Account, at: datetime, grounds: str | None = None
) -> Iterator[Requirement]:
    if grounds is not None:
        yield Requirement.under(
            case.rules.get("motion.triggers"),
            _("Why these posts are filled now is written down"),
            met=given(grounds),
            required=_("a reason"),
            field="grounds",
        )


@act(Act.OPEN_BATCH, subject="mandate", requires=before_opening_batch, plain=["title"])
def open_batch(mandate: Mandate, *, title: str, grounds: str, actor: Account, at: datetime) -> Batch:
    """Open a batch: motions raised together, each of which goes its own way through the stages."""
    year = clock.day_of(at).year
    return Batch.objects.create(
        mandate=mandate,
        organisation_id=mandate.organisation_id,
        number=f"{year}年第{mandate.batches.filter(number__startswith=f'{year}年').count() + 1}批",
        title=title,
        grounds=grounds,
        opened_at=at,
        opened_by=actor,
    )


def _before_moving(
    case: MandateCase,
    at: datetime,
    *,
    allowed: Rule | None,
    triggers: list[Trigger] | None,
    reason: str | None,
    moved_on: date | None,
    superior_approval: Upload | None,
    batch: Batch | None,
) -> Iterator[Requirement]:
    """What any motion needs, to fill a post or to remove somebody from one."""
    known = set(allowed.value if allowed else Trigger)
    today = clock.day_of(at)
    freeze = case.freeze_on(today, moved_on or today)
    if moved_on is not None:
        yield not_in_future(moved_on, at, field="moved_on")
    if triggers is not None:
        yield Requirement.under(
            allowed,
            _("At least one trigger of the list"),
            met=bool(triggers) and set(triggers) <= known,
            observed=[Trigger(trigger).label for trigger in triggers],
            required=[trigger.label for trigger in Trigger if trigger in known],
            field="triggers",
        )
        yield Requirement.under(
            allowed, _("The reason is written down"), met=given(reason), required=_("a reason"), field="reason"
        )
    yield Requirement.under(
        case.rules.get("motion.freeze"),
        _("Motions are not frozen, or the superior organisation department has approved in writing"),
        met=freeze is None or superior_approval is not None,
        observed=_("frozen since %(day)s") % {"day": clock.worded(freeze.from_on)} if freeze else _("not frozen"),
        required=_("written approval") if freeze else _("not frozen"),
        field="superior_approval",
    )
    if lacking := case.rules.lacking:
        yield Requirement(
            _("The rulebook of this body has all that a selection runs by"),
            met=False,
            observed=[KEYS[key].says for key in lacking],
        )
    if batch is not None:
        yield Requirement(
            _("The batch is one of this mandate"),
            met=batch.mandate_id == case.mandate.pk,
            observed=batch.number,
            field="batch",
        )


def before_opening(
    case: MandateCase,
    *,
    actor: Account,
    at: datetime,
    post: Post | None = None,
    seats: int | None = None,
    triggers: list[Trigger] | None = None,
    reason: str | None = None,
    moved_on: date | None = None,
    departure: Departure | None = None,
    competition: Competition | None = None,
    posts: list[Post] | None = None,
    superior_approval: Upload | None = None,
    batch: Batch | None = None,
) -> Iterator[Requirement]:
    yield from _before_moving(
        case,
        at,
        allowed=case.rules.get("motion.triggers"),
        triggers=triggers,
        reason=reason,
        moved_on=moved_on,
        superior_approval=superior_approval,
        batch=batch,
    )
    if post is not None:
        wanted = seats or 1
        for_grade = competition == Competition.GRADE
        places = sum(case.free_seats.values()) if for_grade else post.seats
        promised = case.promised.known_to(actor)
        leaving = promised.leaving(post.pk, post.seats, case.holders, wanted) if departure else 0
        free = case.vacancy.free - promised.seats + leaving
        has_room = for_grade or case.holders + min(wanted, post.seats) <= post.seats  # more is refused below
        yield Requirement(
            _("The post exists and is decided under this mandate"),
            met=post.exists_on(clock.day_of(at)) and case.mandate.covers(post.grade),
            observed=post.get_grade_display(),
            field="post",
        )
        yield Requirement(
            _("At least one seat, and no more than are free on the posts offered")
            if for_grade
            else _("At least one seat, and no more than the post has"),
            met=seats is None or 1 <= seats <= places,
            observed=seats,
            required=places,
            field="seats",
        )
        yield from _competed_for(case, competition, post, posts or [], departure)
        yield Requirement(
            _("The post has a free seat, or it is said how its holder leaves"),
            met=has_room or departure is not None,
            observed=_("%(number)s hold it") % {"number": case.holders},
            required=None if has_room else _("how the holder leaves"),
            field="departure",
        )
        if moved_on is not None and moved_on < clock.day_of(at) and not for_grade:
            yield Requirement(
                _("The post had a free seat on the day of the motion, or it is said how its holder left"),
                met=case.holders_then + min(wanted, post.seats) <= post.seats or departure is not None,
                observed=_("%(number)s held it") % {"number": case.holders_then},
                required=_("a free seat, or a later day"),
                field="moved_on",
            )
        for rule in case.rules.asking("post.quota"):
            yield Requirement.under(
                rule,
                _("The unit has as many free posts of this grade"),
                met=free >= wanted,
                observed=free,
                required=wanted,
                field="seats",
            )


def _competed_for(
    case: MandateCase, competition: Competition | None, post: Post, posts: list[Post], departure: Departure | None
) -> Iterator[Requirement]:
    """Whether a post or a grade is competed for, where the rules know both; the posts of a grade are alike and free."""
    rule = case.rules.get("post.competition_mode")
    yield Requirement.under(
        rule,
        _("It is said whether candidates compete for the post or for its grade"),
        met=competition in rule.value if rule else competition is None,
        observed=Competition(competition).label if competition else None,
        required=[Competition(one).label for one in rule.value] if rule else None,
        field="competition",
    )
    if competition != Competition.GRADE:
        yield Requirement(
            _("Several posts are offered only where their grade is competed for"),
            met=not posts,
            observed=[row.full_title for row in posts] or None,
            field="posts",
        )
        return
    alike = [
        row
        for row in posts
        if (row.organisation_id, row.grade, row.post_class) == (post.organisation_id, post.grade, post.post_class)
    ]
    yield Requirement.under(
        rule,
        _("At least two posts of the same unit, grade and class are offered, the one to be filled among them"),
        met=len(posts) > 1 and post in posts and len(alike) == len(posts),
        observed=[row.full_title for row in posts if row not in alike] or len(posts),
        required=_("two posts that are alike"),
        field="posts",
    )
    held = [row.full_title for row in posts if case.free_seats.get(row.pk, 0) < 1]
    yield Requirement.under(
        rule,
        _("Each of the posts offered has a free seat"),
        met=not held and departure is None,
        observed=held or (Departure(departure).label if departure else None),
        required=_("free posts alone"),
        field="posts",
    )


@act(Act.OPEN_SELECTION, subject="mandate", requires=before_opening)
def open_selection(
    mandate: Mandate,
    *,
    post: Post,
    seats: int,
    triggers: list[Trigger],
    reason: str,
    moved_on: date | None = None,
    source_direction: str = "",
    team_plan: str = "",
    departure: Departure | None = None,
    competition: Competition | None = None,
    posts: list[Post] | None = None,
    superior_approval: Upload | None = None,
    batch: Batch | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Raise the motion to fill a post; from now on the selection keeps the rules of this day.

    ``moved_on`` is the day on which it was raised, where that was before it is entered here: both are kept, and it has
    the rules of the day of entry.  A post may be held still: how its holder leaves is said here, and nobody is
    appointed to it before that has happened or unless the same decision removes the holder.  ``team_plan`` names the
    plan by which the leading body is adjusted, against which nominations are weighed (班子调整计划).  Where a grade is
    competed for, ``posts`` are those that are assigned once the vote is over (职级竞争).
    """
    selection = Selection(
        mandate=mandate,
        post=post,
        seats=seats,
        source_direction=source_direction,
        team_plan=team_plan,
        departure=departure or "",
        competition=competition or "",
    )
    facts = _moved(selection, triggers, reason, moved_on, superior_approval, batch, actor=actor, at=at)
    offered = [OfferedPost.objects.create(selection=selection, post=row) for row in posts or []]
    return Facts(facts.facts, [*facts.made, *offered])


def before_opening_removal(
    case: MandateCase,
    *,
    actor: Account,
    at: datetime,
    tenure: Tenure | None = None,
    triggers: list[Trigger] | None = None,
    reason: str | None = None,
    moved_on: date | None = None,
    superior_approval: Upload | None = None,
    batch: Batch | None = None,
) -> Iterator[Requirement]:
    yield from _before_moving(
        case,
        at,
        allowed=case.rules.first("removal.triggers", "motion.triggers"),
        triggers=triggers,
        reason=reason,
        moved_on=moved_on,
        superior_approval=superior_approval,
        batch=batch,
    )
    if tenure is not None:
        yield Requirement(
            _("The post is held now and is decided under this mandate"),
            met=tenure.until_on is None and case.mandate.covers(tenure.post.grade),
            observed=tenure.post.get_grade_display(),
            field="tenure",
        )
        if moved_on is not None:
            yield Requirement(
                _("The post was held already on the day of the motion"),
                met=tenure.from_on <= moved_on,
                observed=moved_on,
                required=tenure.from_on,
                field="moved_on",
            )


@act(Act.OPEN_REMOVAL, subject="mandate", requires=before_opening_removal)
def open_removal(
    mandate: Mandate,
    *,
    tenure: Tenure,
    triggers: list[Trigger],
    reason: str,
    moved_on: date | None = None,
    superior_approval: Upload | None = None,
    batch: Batch | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Raise the motion to remove somebody from a post, without filling it: the committee decides on it as on any other.

    Nobody is nominated, recommended or inspected for it; once the secretary agrees it goes to the committee.
    """
    selection = Selection(kind=SelectionKind.REMOVAL, tenure=tenure, mandate=mandate, post=tenure.post, seats=1)
    facts = _moved(selection, triggers, reason, moved_on, superior_approval, batch, actor=actor, at=at)
    Candidacy.objects.create(
        selection=selection,
        person_id=tenure.person_id,
        source=NominationSource.DEPARTMENT,
        reason=reason,
        nominated_at=at,
    )
    return facts


def _moved(
    selection: Selection,
    triggers: list[Trigger],
    reason: str,
    moved_on: date | None,
    superior_approval: Upload | None,
    batch: Batch | None,
    *,
    actor: Account,
    at: datetime,
) -> Facts:
    """What every motion writes down: the selection with its number and rules, who is in charge, what was approved."""
    day = clock.day_of(at)
    mandate = selection.mandate
    selection.number = _next_number(day.year)
    selection.batch = batch
    selection.organisation = selection.post.organisation
    selection.rule_set = RuleSet.keep(in_force(mandate.rulebook, day))
    selection.triggers = [trigger.value for trigger in map(Trigger, triggers)]
    selection.reason = reason
    selection.moved_on = moved_on or day
    selection.opened_at = selection.entered_at = at
    selection.opened_by = actor
    selection.save()
    selection.enter(at)
    made: list[Selection | Participation | ImportantMatter | Document] = [selection]
    made.append(
        Participation.objects.create(selection=selection, account=actor, part=Part.OFFICER, leads=True, from_on=day)
    )
    if superior_approval is not None:
        made += requests.attach(selection, Evidence.APPROVAL, superior_approval, actor=actor, at=at)
        freezes = list(mandate.freezes.all())
        freeze = next((row for one in (day, selection.moved_on) for row in freezes if row.runs_on(one)), None)
        made.append(
            ImportantMatter.objects.create(
                selection=selection,
                kind=Matter.SUPERIOR_CONSULTED,
                noted_at=at,
                cause=freeze.ground if freeze else reason,
                result=superior_approval.name,
            )
        )
    return Facts({"number": selection.number, "rules": selection.rule_set.digest}, made)


def _next_number(year: int) -> str:
    """The next number of the year, such as 2026-017; mandates are locked one by one, so two may ask at once."""
    last = (
        Selection.objects.filter(number__startswith=f"{year}-")
        .order_by(Length("number").desc(), "-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{year}-{int(last.split('-')[1]) + 1 if last else 1:03d}"


def before_approving(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield at_stage(case, Stage.MOTION)
    yield running(case)
    removal = case.selection.is_removal
    yield Requirement.under(
        case.rules.first("removal.triggers", "motion.triggers") if removal else case.rules.get("motion.triggers"),
        _("A trigger and a reason are on file"),
        met=bool(case.selection.triggers) and given(case.selection.reason),
        observed=[Trigger(trigger).label for trigger in case.selection.triggers],
        required=_("at least one"),
    )
    if removal:
        return
    for rule in case.rules.asking("post.quota"):
        free = case.free_quota(actor) + case.leaving(actor)
        yield Requirement.under(
            rule,
            _("The unit has as many free posts of this grade"),
            met=free >= case.selection.seats,
            observed=free,
            required=case.selection.seats,
        )


@act(Act.APPROVE_MOTION, subject="selection", requires=before_approving)
def approve_motion(selection: Selection, *, opinion: str = "", actor: Account, at: datetime) -> None:
    """The secretary agrees to begin: nomination opens, or a removal goes to the committee."""
    selection.approved_at, selection.approved_by = at, actor
    selection.approve_motion()
    selection.enter(at)
    if selection.is_removal:
        for candidacy in selection.candidacies.filter(state=CandidacyState.NOMINATED):
            candidacy.approve_motion()
            candidacy.save()
