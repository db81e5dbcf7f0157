"""Initial nomination (初始提名).

The department draws up a list of candidates; leading cadres may recommend persons under their own names, which the
department reviews and answers.  The stage ends when democratic recommendation opens on a list that is long enough.
Rulebook keys: ``nomination.*``, ``qualification.*``, ``ballot.bar``.
"""

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import Facts, Requirement, act
from selection.enums import Act, CandidacyState, DeadlineKind, NominationSource, RecommendationOutcome, Stage
from selection.models import Account, Candidacy, Nomination, Selection
from selection.models.case import Case
from selection.register.models import Appraisal, Person
from selection.rulebook import workdays
from selection.standing import at_stage, given, running


def qualification(case: Case, person: Person, at: datetime) -> Iterator[Requirement]:
    """What must hold of a person before he or she is put forward for this post."""
    day = clock.day_of(at)
    yield Requirement(
        _("The person is in service"),
        met=person.is_in_service(day),
        field="person",
    )
    standing = next((row for row in case.candidacies if row.person_id == person.pk), None)
    yield Requirement(
        _("The person is not yet a candidate of this selection"),
        met=standing is None or not standing.is_live,
        observed=CandidacyState(standing.state).label if standing else None,
        field="person",
    )
    bar = max(
        (bar for bar in case.bars if bar.person_id == person.pk and bar.from_on <= day <= bar.until_on),
        key=lambda bar: bar.until_on,
        default=None,
    )
    yield Requirement.under(
        case.rules["ballot.bar"],
        _("The person is not barred from this post"),
        met=bar is None,
        observed=_("barred until %(day)s") % {"day": clock.worded(bar.until_on)} if bar else _("not barred"),
        required=_("not barred"),
        field="person",
    )
    latest = next((row for row in case.appraisals_of(person.pk) if row.votes), None)
    yield from _appraisal(case, latest)


def _appraisal(case: Case, appraisal: Appraisal | None) -> Iterator[Requirement]:
    """QUA-08: at least two thirds 优秀 and 称职, at most one third 不称职, in the latest appraisal with votes."""
    floor, ceiling = case.rules["qualification.assessment_floor"], case.rules["qualification.unfit_ceiling"]
    if appraisal is None or not appraisal.votes:
        yield Requirement.under(
            floor,
            _("An annual appraisal with its votes is in the register"),
            met=False,
            observed=_("none"),
            required=_("the votes of the latest appraisal"),
            field="person",
        )
        return
    good = (appraisal.votes_excellent or 0) + (appraisal.votes_competent or 0)
    unfit = appraisal.votes_incompetent or 0
    yield Requirement.under(
        floor,
        _("Excellent and competent votes together reach the share"),
        met=floor.value.met(good, appraisal.votes),
        observed=Fraction(good, appraisal.votes),
        field="person",
    )
    yield Requirement.under(
        ceiling,
        _("Incompetent votes do not exceed the share"),
        met=not ceiling.value.met(unfit, appraisal.votes),
        observed=Fraction(unfit, appraisal.votes),
        required=_("not %(share)s") % {"share": ceiling.value},
        field="person",
    )
    yield Requirement.under(
        floor,
        _("No matter of veto stands in the latest appraisal"),
        met=not appraisal.veto,
        required=_("none"),
        field="person",
    )


def before_nominating(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    person: Person | None = None,
    source: NominationSource | None = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    if source is not None:
        yield Requirement.under(
            case.rules["nomination.signed"],
            _("A leading cadre recommends under his or her own name"),
            met=source != NominationSource.PERSONAL,
            observed=NominationSource(source).label,
            required=_("signed by the recommender"),
            field="source",
        )
    if person is not None:
        yield from qualification(case, person, at)
        yield Requirement.under(
            case.rules["nomination.signed"],
            _("The reason is written down"),
            met=given(reason),
            required=_("a reason"),
            field="reason",
        )


@act(Act.NOMINATE_CANDIDATE, subject="selection", requires=before_nominating)
def nominate_candidate(
    selection: Selection, *, person: Person, source: NominationSource, reason: str, actor: Account, at: datetime
) -> Facts:
    """Put a person on the list, and say who put him or her forward and why."""
    candidacy = _put_forward(selection, person, source, reason, at)
    nomination = Nomination.objects.create(
        selection=selection,
        person=person,
        candidacy=candidacy,
        source=source,
        nominator=actor,
        reason=reason,
        nominated_at=at,
        outcome=RecommendationOutcome.ACCEPTED,
        reviewed_at=at,
    )
    return Facts({"person": person}, [candidacy, nomination])


def _put_forward(
    selection: Selection, person: Person, source: NominationSource, reason: str, at: datetime
) -> Candidacy:
    former = Candidacy.objects.filter(selection=selection, person=person).first()
    if former is None:
        return Candidacy.objects.create(
            selection=selection, person=person, source=source, reason=reason, nominated_at=at
        )
    former.nominate_candidate()
    former.source, former.reason, former.nominated_at = source, reason, at
    former.leave(at=None, stage="", reason="")
    former.save()
    return former


def before_recommending_personally(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    person: Person | None = None,
    reason: str | None = None,
    signed: bool | None = None,
) -> Iterator[Requirement]:
    rule = case.rules["nomination.signed"]
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    if signed is not None:
        yield Requirement.under(
            rule,
            _("The recommendation is signed"),
            met=signed,
            observed=actor.name if signed else _("not signed"),
            required=_("signed"),
            field="signed",
        )
        yield Requirement.under(
            rule, _("The reason is written down"), met=given(reason), required=_("a reason"), field="reason"
        )
    if person is not None:
        yield Requirement(
            _("Nobody recommends himself or herself this way"), met=person.pk != actor.person_id, field="person"
        )
        mine = [row for row in case.nominations if row.nominator_id == actor.pk and row.person_id == person.pk]
        yield Requirement(
            _("You have not recommended this person here before"),
            met=not any(row.source == NominationSource.PERSONAL for row in mine),
            field="person",
        )


@act(Act.RECOMMEND_PERSONALLY, subject="selection", requires=before_recommending_personally)
def recommend_personally(
    selection: Selection, *, person: Person, reason: str, signed: bool, actor: Account, at: datetime
) -> Nomination:
    """Recommend a person under one's own name, with the reason."""
    return Nomination.objects.create(
        selection=selection,
        person=person,
        source=NominationSource.PERSONAL,
        nominator=actor,
        signed=signed,
        reason=reason,
        nominated_at=at,
    )


def before_reviewing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    outcome: RecommendationOutcome | None = None,
    opinion: str | None = None,
) -> Iterator[Requirement]:
    nomination: Nomination = case.subject
    rule = case.rules["nomination.signed"]
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield Requirement.under(
        rule,
        _("The recommendation is signed and gives its reason"),
        met=nomination.signed and given(nomination.reason),
        required=_("both"),
    )
    yield Requirement(_("The recommendation has not been reviewed yet"), met=nomination.reviewed_at is None)
    if outcome is not None:
        yield Requirement.under(
            rule, _("The opinion is written down"), met=given(opinion), required=_("an opinion"), field="opinion"
        )
    if outcome == RecommendationOutcome.ACCEPTED:
        yield from qualification(case, case.people[nomination.person_id], at)


@act(Act.REVIEW_RECOMMENDATION, subject="nomination", requires=before_reviewing)
def review_recommendation(
    nomination: Nomination, *, outcome: RecommendationOutcome, opinion: str, actor: Account, at: datetime
) -> Facts:
    """Accept a personal recommendation, which makes the person a candidate, or decline it; feedback becomes due."""
    made: list[Candidacy] = []
    if outcome == RecommendationOutcome.ACCEPTED:
        made.append(
            _put_forward(nomination.selection, nomination.person, NominationSource.PERSONAL, nomination.reason, at)
        )
        nomination.candidacy = made[0]
    nomination.outcome, nomination.review_opinion, nomination.reviewed_at = outcome, opinion, at
    nomination.save()
    selection = nomination.selection
    due = workdays.ends(selection.rules["nomination.feedback_due"].value, clock.day_of(at))
    deadlines.expect(
        selection, DeadlineKind.FEEDBACK_DUE, due.at, at=at, provisional=due.provisional, nomination=nomination
    )
    return Facts({"person": nomination.person, "feedback_due": due.last_day}, made)


def before_feeding_back(
    case: Case, *, actor: Account, at: datetime, feedback: str | None = None
) -> Iterator[Requirement]:
    nomination: Nomination = case.subject
    rule = case.rules["nomination.feedback"]
    yield Requirement.under(
        rule,
        _("The recommendation has been reviewed"),
        met=nomination.reviewed_at is not None,
        observed=nomination.reviewed_at,
        required=_("reviewed"),
    )
    yield Requirement(_("The recommender has not been told yet"), met=nomination.fed_back_at is None)
    if feedback is not None:
        yield Requirement.under(
            rule, _("The answer is written down"), met=given(feedback), required=_("an answer"), field="feedback"
        )


@act(Act.FEED_BACK_RECOMMENDATION, subject="nomination", requires=before_feeding_back)
def feed_back_recommendation(nomination: Nomination, *, feedback: str, actor: Account, at: datetime) -> None:
    """Tell the recommender what became of the recommendation."""
    nomination.feedback, nomination.fed_back_at = feedback, at
    nomination.save()
    deadlines.end(nomination.selection, at=at, nomination=nomination)


def before_opening_recommendation(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    ratio = case.rules["nomination.list_ratio"]
    least = ratio.value * case.selection.seats
    waiting = [row for row in case.nominations if row.reviewed_at is None]
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield Requirement.under(
        ratio,
        _("The list has enough names for each post"),
        met=len(case.live) >= least,
        observed=len(case.live),
        required=least,
    )
    yield Requirement.under(
        case.rules["nomination.signed"],
        _("Every personal recommendation has been reviewed"),
        met=not waiting,
        observed=_("%(number)s not done") % {"number": len(waiting)} if waiting else _("all done"),
        required=_("all done"),
    )


@act(Act.OPEN_RECOMMENDATION, subject="selection", requires=before_opening_recommendation)
def open_recommendation(selection: Selection, *, actor: Account, at: datetime) -> None:
    """Close the list and open democratic recommendation."""
    selection.open_recommendation()
    selection.enter(at)
