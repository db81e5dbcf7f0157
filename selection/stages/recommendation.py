"""Democratic recommendation (民主推荐).

A meeting votes and individual talks are held; for a chief's post the members of the plenary committee recommend too,
which they may do while the list is still open.  Two tellers enter each count without seeing the other's, and a count
stands when they agree.  The stage ends when the department fixes the persons to be inspected: more than posts, or an
equal number with the reason.  Whoever is taken in spite of few votes becomes an important matter by itself.
Rulebook keys: ``recommendation.*``, ``nomination.*``, ``inspection.more_than_posts``, ``inspection.equal_allowed``.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, CandidacyState, Evidence, Matter, Part, PollKind, RecommendationForm, Stage
from selection.models import Account, Candidacy, ImportantMatter, Poll, Selection, TallySheet
from selection.models.case import Case
from selection.models.route import OF_THE_PLENUM
from selection.qualification import sanctioned
from selection.rulebook import workdays
from selection.rulebook.rules import Share
from selection.standing import (
    announced,
    at_stage,
    enough_names,
    given,
    more_than_posts,
    not_in_future,
    nothing_reported,
    of_this_selection,
    on_paper,
    running,
)


def before_holding(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    form: RecommendationForm | None = None,
    held_on: date | None = None,
    due_count: int | None = None,
    present_count: int | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    tellers = [row for row in case.participations if row.part == Part.TELLER and row.until_on is None]
    by_plenum = form in OF_THE_PLENUM if form is not None else bool(set(OF_THE_PLENUM) & set(case.inputs()))
    yield at_stage(case, Stage.NOMINATION, Stage.RECOMMENDATION)
    yield running(case)
    yield Requirement(
        _("The list is closed before the unit recommends"), met=by_plenum or not case.selection.is_at(Stage.NOMINATION)
    )
    yield Requirement(_("Two tellers are named"), met=len(tellers) >= 2, observed=len(tellers), required=2)
    if form is not None:
        unfinished = [poll for poll in case.polls if poll.form == form and poll.confirmed_at is None]
        yield Requirement(
            _("No recommendation of this form waits for its count"), met=not unfinished, observed=len(unfinished)
        )
        asked = case.inputs()
        yield Requirement.under(
            asked.get(RecommendationForm(form), case.rules["recommendation.forms"]),
            _("This form belongs to the way in which the post is filled"),
            met=form in asked,
            observed=RecommendationForm(form).label,
            required=[one.label for one in asked],
            field="form",
        )
        if by_plenum and form in asked:
            yield from _before_the_plenum(case, form, held_on)
    yield not_in_future(held_on, at, field="held_on")
    yield from announced(case, held_on)
    if form is not None and held_on is not None:
        seats = len(case.plenum_on(held_on)) if by_plenum else 0
        yield from _number_due(case, held_on, due_count, evidence, by_plenum=by_plenum, seats=seats)
        due_count = seats or due_count
    if due_count is not None and present_count is not None:
        yield Requirement(
            _("No more took part than should have"),
            met=0 < present_count <= due_count,
            observed=present_count,
            required=due_count,
            field="present_count",
        )


def _before_the_plenum(case: Case, form: RecommendationForm, held_on: date | None) -> Iterator[Requirement]:
    """The members choose from a whole list, and are asked before the standing committee proposes.

    A list that is closed had its names then: who leaves it afterwards does not keep the members from recommending.
    """
    if form != RecommendationForm.OPINION:
        if case.selection.is_at(Stage.NOMINATION):
            yield enough_names(case)
    elif held_on is not None:
        new = Poll(form=form, held_on=held_on)
        yield Requirement.under(
            case.inputs()[form],
            _("The members of the plenary committee were asked before the proposal"),
            met=case.proposed_in_time([*case.opinions_of_plenum(), new]),
            observed=held_on,
            required=_("the opinion before the proposal"),
            field="held_on",
        )


def _number_due(
    case: Case, held_on: date, due_count: int | None, evidence: Upload | None, *, by_plenum: bool, seats: int
) -> Iterator[Requirement]:
    """How many should take part: as many as have a seat in the plenary committee on that day, or else typed.

    Where it is typed for want of seats on record, the roll of the members shows it.
    """
    if seats:
        yield Requirement(
            _("As many should take part as had a seat in the plenary committee that day"),
            met=due_count in (None, seats),
            observed=due_count,
            required=seats,
            field="due_count",
        )
        return
    yield Requirement(
        _("How many should have taken part is given"), met=due_count is not None, observed=due_count, field="due_count"
    )
    if by_plenum and due_count is not None:
        members = len(case.seats_on(held_on))
        yield Requirement(
            _("All members of the plenary committee should take part, those of its standing committee among them"),
            met=due_count >= members,
            observed=due_count,
            required=members,
            field="due_count",
        )
    if by_plenum:
        yield from on_paper(case, Evidence.ROLL, evidence, always=True)


@act(Act.HOLD_RECOMMENDATION, subject="selection", requires=before_holding, plain=["scope"])
def hold_recommendation(
    selection: Selection,
    *,
    form: RecommendationForm,
    held_on: date,
    scope: str,
    due_count: int | None = None,
    present_count: int,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Hold a recommendation, at a meeting or in talks; its count is entered by two tellers.

    Of the plenary committee those should take part who have a seat in it on that day.
    """
    roll = selection.case().plenum_on(held_on) if form in OF_THE_PLENUM else []
    due = len(roll) or due_count
    assert due is not None
    filed = requests.attach(selection, Evidence.ROLL, evidence, actor=actor, at=at)
    poll = Poll.objects.create(
        selection=selection,
        kind=PollKind.RECOMMENDATION,
        form=form,
        held_on=held_on,
        scope=scope,
        due_count=due,
        present_count=present_count,
        held_at=at,
    )
    return Facts({"due": due, "roll": roll} if roll else {}, [poll, *filed])


def before_entering(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    issued: int | None = None,
    returned: int | None = None,
    valid: int | None = None,
    votes: Mapping[str, int] | None = None,
) -> Iterator[Requirement]:
    poll: Poll = case.subject
    mine = [sheet for sheet in case.sheets_of(poll) if sheet.teller_id == actor.pk]
    yield running(case)
    yield Requirement(_("The count waits for its tellers"), met=poll.confirmed_at is None)
    yield Requirement(_("There are candidates to count votes for"), met=bool(case.live))
    yield Requirement(_("You have not entered this count yet"), met=not mine)
    yield Requirement(_("No more than two tellers count"), met=bool(mine) or len(case.sheets_of(poll)) < 2, required=2)
    if issued is not None and returned is not None and valid is not None and votes is not None:
        yield Requirement(
            _("Valid, returned and issued forms and persons present follow in order"),
            met=valid <= returned <= issued <= poll.present_count,
            observed=[valid, returned, issued, poll.present_count],
            field="returned",
        )
        known = {str(candidacy.pk) for candidacy in case.candidacies}
        yield Requirement(
            _("Nobody has more votes than there are valid forms"),
            met=set(votes) <= known and all(0 <= number <= valid for number in votes.values()),
            observed=max(votes.values(), default=0),
            required=valid,
            field="votes",
        )


@act(Act.ENTER_TALLY, subject="poll", requires=before_entering)
def enter_tally(
    poll: Poll,
    *,
    issued: int,
    returned: int,
    valid: int,
    votes: Mapping[str, int],
    actor: Account,
    at: datetime,
) -> TallySheet:
    """Enter one teller's count; ``votes`` maps the primary key of a candidacy to its votes."""
    return TallySheet.objects.create(
        selection=poll.selection,
        poll=poll,
        teller=actor,
        issued=issued,
        returned=returned,
        valid=valid,
        votes=dict(votes),
        entered_at=at,
    )


def before_confirming(
    case: Case, *, actor: Account, at: datetime, evidence: Upload | None = UNASKED
) -> Iterator[Requirement]:
    poll: Poll = case.subject
    sheets = case.sheets_of(poll)
    yield running(case)
    yield Requirement(_("The count is not confirmed yet"), met=poll.confirmed_at is None)
    yield Requirement(
        _("Two tellers have entered their counts"), met=len(sheets) == 2, observed=len(sheets), required=2
    )
    yield Requirement(_("The two counts agree"), met=len(sheets) == 2 and sheets[0].figures() == sheets[1].figures())
    yield from on_paper(case, Evidence.COUNT, evidence)


@act(Act.CONFIRM_TALLY, subject="poll", requires=before_confirming)
def confirm_tally(poll: Poll, *, evidence: Upload | None, actor: Account, at: datetime) -> Facts:
    """Make the count on which both tellers agree the result; the count that they have signed is filed with it."""
    poll.confirmed_at = at
    poll.save()
    sheet = TallySheet.objects.filter(poll=poll, rejected_at__isnull=True).earliest("entered_at")
    about = RecommendationForm(poll.form).label
    filed = requests.attach(poll.selection, Evidence.COUNT, evidence, about, actor=actor, at=at)
    return Facts(
        {"issued": sheet.issued, "returned": sheet.returned, "valid": sheet.valid, "votes": sheet.votes},
        [poll, *filed],
    )


def before_rejecting(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    poll: Poll = case.subject
    sheets = case.sheets_of(poll)
    yield Requirement(_("The count is not confirmed yet"), met=poll.confirmed_at is None)
    yield Requirement(_("The two counts differ"), met=len(sheets) == 2 and sheets[0].figures() != sheets[1].figures())
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.REJECT_TALLY, subject="poll", requires=before_rejecting)
def reject_tally(poll: Poll, *, reason: str, actor: Account, at: datetime) -> None:
    """Have both tellers count again, since their counts differ."""
    TallySheet.objects.filter(poll=poll, rejected_at__isnull=True).update(rejected_at=at)


def has_few_votes(case: Case, candidacy: Candidacy, taken: int) -> bool:
    """Whether a candidate's votes are few: the rank lies beyond the number taken, or the share is not reached."""
    tests = case.rules.value("recommendation.low_votes", ())
    share = case.rules.value("recommendation.low_votes_share")
    for form in RecommendationForm:
        rank, votes = case.rank_of(candidacy, form), case.votes_for(candidacy, form)
        if rank is None or votes is None:
            continue
        if "rank" in tests and rank > taken:
            return True
        if "share" in tests and share is not None and not share.met(*votes):
            return True
    return False


def _has_majority(case: Case, candidacy: Candidacy, share: Share) -> bool:
    counts = [case.votes_for(candidacy, form) for form in case.inputs()]
    return all(votes is not None and share.met(*votes) for votes in counts)


def before_opening_inspection(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidates: list[Candidacy] | None = None,
    opinion: str | None = None,
    equal_number_reason: str = "",
    low_votes_reason: str = "",
) -> Iterator[Requirement]:
    seats = case.selection.seats
    yield at_stage(case, Stage.RECOMMENDATION)
    yield running(case)
    for form, rule in case.inputs().items():
        poll = case.poll_of(form)
        yield Requirement.under(
            rule,
            _("%(form)s is held and its count confirmed") % {"form": form.label},
            met=poll is not None and poll.confirmed_at is not None,
            observed=poll.confirmed_at if poll else None,
            required=_("confirmed"),
        )
        if poll is not None:
            for validity in case.rules.asking("recommendation.validity"):
                last = workdays.ends(validity.value, poll.held_on)
                yield Requirement.under(
                    validity,
                    _("%(form)s is still valid") % {"form": form.label},
                    met=at < last.at,
                    observed=poll.held_on,
                    required=_("until %(day)s") % {"day": clock.worded(last.last_day)},
                )
    chosen = case.live if candidates is None else list(candidates)
    yield from nothing_reported(case, chosen)
    yield from sanctioned(case, [row.person for row in chosen], clock.day_of(at))
    if candidates is not None:
        yield of_this_selection(case, candidates, field="candidates")
        yield more_than_posts(case, len(candidates), equal_number_reason, field="candidates")
        for rule in case.rules.asking("recommendation.majority"):
            minority = [row for row in candidates if not _has_majority(case, row, rule.value)]
            yield Requirement.under(
                rule,
                _("Only those are inspected whom the majority wants, in each recommendation"),
                met=not minority,
                observed=[str(row) for row in minority] or _("everybody has it"),
                field="candidates",
            )
        for rule in case.rules.asking("recommendation.low_votes"):
            few = [candidacy for candidacy in candidates if has_few_votes(case, candidacy, len(candidates))]
            yield Requirement.under(
                rule,
                _("Whoever is inspected in spite of few votes is so with a written reason"),
                met=not few or given(low_votes_reason),
                observed=[str(candidacy) for candidacy in few] or _("nobody"),
                required=_("a reason"),
                field="low_votes_reason",
            )
        yield Requirement(
            _("The opinion of the meeting of department heads is written down"), met=given(opinion), field="opinion"
        )
    else:
        yield Requirement.under(
            case.rules.get("inspection.more_than_posts"),
            _("There are candidates to choose from"),
            met=bool(case.at(CandidacyState.NOMINATED)),
            observed=len(case.at(CandidacyState.NOMINATED)),
            required=seats + case.rules.value("inspection.more_than_posts", False),
        )


@act(Act.OPEN_INSPECTION, subject="selection", requires=before_opening_inspection)
def open_inspection(
    selection: Selection,
    *,
    candidates: list[Candidacy],
    opinion: str,
    equal_number_reason: str = "",
    low_votes_reason: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Fix the persons to be inspected; the others leave the selection here."""
    case = selection.case()
    chosen = {candidacy.pk for candidacy in candidates}
    made = []
    for candidacy in case.at(CandidacyState.NOMINATED):
        taken = candidacy.pk in chosen
        candidacy.open_inspection(chosen=taken)
        if not taken:
            candidacy.leave(at=at, stage=Stage.RECOMMENDATION, reason=opinion)
        elif has_few_votes(case, candidacy, len(chosen)):
            made.append(
                ImportantMatter.objects.create(
                    selection=selection,
                    candidacy=candidacy,
                    kind=Matter.LOW_VOTES,
                    noted_at=at,
                    cause=low_votes_reason or case.rules["recommendation.low_votes"].citation.label,
                    result=opinion,
                )
            )
        candidacy.save()
    selection.fixing_opinion, selection.equal_number_reason = opinion, equal_number_reason
    selection.open_inspection()
    selection.enter(at)
    return Facts({"inspected": len(chosen), "on": clock.day_of(at)}, made)
