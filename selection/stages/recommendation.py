"""Democratic recommendation (民主推荐).

A meeting votes and individual talks are held; for a chief's post the members of the plenary committee recommend too,
which they may do while the list is still open.  Two tellers enter each count without seeing the other's, and a count
stands when they agree.  The stage ends when the department fixes the persons to be inspected: more than posts, or an
equal number with the reason.  Whoever is taken in spite of few votes becomes an important matter by itself.
Where the rules know a floor, nobody below it is inspected; where they want two rounds, the persons on the list speak
for themselves between them.  Rulebook keys: ``recommendation.*``, ``nomination.*``, ``inspection.more_than_posts``,
``inspection.equal_allowed``, ``inspection.as_many_as_posts``, ``inspection.fixed_by``.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Text, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    CandidacyState,
    Evidence,
    Matter,
    NamesKind,
    Part,
    PollKind,
    RecommendationForm,
    Stage,
)
from selection.models import Account, Candidacy, ImportantMatter, Poll, Selection, TallySheet
from selection.models.case import Case
from selection.models.route import BY_BALLOT, OF_THE_PLENUM
from selection.qualification import sanctioned
from selection.rulebook import workdays
from selection.rulebook.keys import KEYS
from selection.rulebook.rules import Rule, Rules, Share
from selection.standing import (
    announced,
    at_stage,
    consulted_one_by_one,
    enough_names,
    given,
    more_than_posts,
    not_in_future,
    nothing_reported,
    of_this_selection,
    on_paper,
    running,
)

#: Which rule names the groups that take part in a form.
_GROUPS = {
    RecommendationForm.MEETING: "recommendation.roll",
    RecommendationForm.TALK: "recommendation.talk_groups",
}


def before_holding(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    form: RecommendationForm | None = None,
    held_on: date | None = None,
    due_count: int | None = None,
    present_count: int | None = None,
    names: NamesKind | None = None,
    unsigned: bool = False,
    groups: Mapping[str, int] | None = None,
    called_on: date | None = None,
    statements_on: date | None = None,
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
        yield from _as_ballots(case, form, names, unsigned=unsigned)
        yield from _with_everybody(case, form, groups or {})
        if form == RecommendationForm.MEETING:
            yield from _called(case, called_on, held_on)
            yield from _spoken(case, statements_on, held_on)
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


def _as_ballots(
    case: Case, form: RecommendationForm, names: NamesKind | None, *, unsigned: bool
) -> Iterator[Requirement]:
    """REC-01, REC-09: how names come onto the ballots, where a floor hangs on it, and that nobody signs them."""
    if form not in BY_BALLOT:
        return
    if floor := case.rules.first("recommendation.floor_unlisted", "recommendation.floor_listed"):
        yield Requirement.under(
            floor,
            _("It is said whether the ballots had a list of names"),
            met=names is not None,
            observed=NamesKind(names).label if names else _("not said"),
            required=[kind.label for kind in NamesKind],
            field="names",
        )
    for rule in case.rules.asking("recommendation.secret"):
        yield Requirement.under(rule, _("The ballots are unsigned"), met=unsigned, field="unsigned")


def groups_of(rules: Rules, form: str) -> dict[str, Text]:
    """Group → its name, for those whom the rules want to take part in a recommendation of this form."""
    key = _GROUPS.get(RecommendationForm(form), "")
    return {group: KEYS[key].choices[group] for rule in rules.asking(key) for group in rule.value}


def _with_everybody(case: Case, form: RecommendationForm, groups: Mapping[str, int]) -> Iterator[Requirement]:
    """REC-04, REC-05, REC-09: somebody of each group that the rules name took part."""
    known = groups_of(case.rules, form)
    if not known:
        return
    missing = [name for group, name in known.items() if groups.get(group, 0) < 1]
    yield Requirement.under(
        case.rules[_GROUPS[form]],
        _("Somebody of each group that is to take part did"),
        met=not missing and set(groups) <= set(known),
        observed=[_("nobody: %(group)s") % {"group": name} for name in missing] or _("all"),
        required=list(known.values()),
        field="groups",
    )


def _called(case: Case, called_on: date | None, held_on: date | None) -> Iterator[Requirement]:
    """REC-06: the meeting was called by a written notice, on its own day at the latest."""
    for rule in case.rules.asking("recommendation.called"):
        yield Requirement.under(
            rule,
            _("The notice of the meeting went out before it"),
            met=called_on is not None and (held_on is None or called_on <= held_on),
            observed=called_on or _("not given"),
            required=held_on or _("a day"),
            field="called_on",
        )


def _spoken(case: Case, statements_on: date | None, held_on: date | None) -> Iterator[Requirement]:
    """REC-12: before a further round the persons on the list spoke for themselves, after the round before."""
    before = case.rounds_of_recommendation(RecommendationForm.MEETING)
    for rule in case.rules.asking("recommendation.statement_between") if before else ():
        last = before[-1].held_on
        yield Requirement.under(
            rule,
            _("The persons on the list spoke for themselves between this round and the one before"),
            met=statements_on is not None and last <= statements_on and (held_on is None or statements_on <= held_on),
            observed=statements_on or _("not given"),
            required=[last, held_on] if held_on else last,
            field="statements_on",
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
    names: NamesKind | None = None,
    unsigned: bool = False,
    groups: Mapping[str, int] | None = None,
    called_on: date | None = None,
    statements_on: date | None = None,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Hold a recommendation, at a meeting or in talks; its count is entered by two tellers.

    Of the plenary committee those should take part who have a seat in it on that day.  ``groups`` maps the groups that
    the rules name to how many of each took part.
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
        names=names or "",
        unsigned=unsigned,
        groups=dict(groups or {}),
        called_on=called_on,
        statements_on=statements_on,
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


def reviewers_of_the_result(rules: Rules) -> Iterator[tuple[Rule, Text]]:
    """By which rule somebody reviews what the recommendation gave before anybody is inspected, and who does."""
    for rule in rules.asking("recommendation.reviewed"):
        yield rule, _("Leaders in charge")
    for rule in rules.asking("recommendation.confirmed_by"):
        yield rule, KEYS[rule.key].choices[rule.value]


def _result_reviewed(
    case: Case, at: datetime, on: date | None, evidence: Upload | None, *, asked: bool
) -> Iterator[Requirement]:
    """REC-07, REC-11: what the recommendation gave was reviewed after it was held, as a paper shows."""
    held = max((poll.held_on for form in case.inputs() if (poll := case.poll_of(form))), default=None)
    for rule, who in reviewers_of_the_result(case.rules) if asked else ():
        yield Requirement.under(
            rule,
            _("The result of the recommendation was reviewed: %(who)s") % {"who": who},
            met=on is not None and (held is None or held <= on),
            observed=on or _("not given"),
            required=_("since %(day)s") % {"day": clock.worded(held)} if held else who,
            field="result_reviewed_on",
        )
        yield not_in_future(on, at, field="result_reviewed_on")
        yield Requirement.under(
            rule,
            _("The paper on which this rests is uploaded"),
            met=evidence is not None and evidence is not UNASKED,
            observed=evidence.name if evidence else _("no file"),
            required=Evidence.RESULT_REVIEW.label,
            field="evidence",
        )


def _above_the_floor(case: Case, candidates: list[Candidacy]) -> Iterator[Requirement]:
    """REC-01: whoever has less of the votes than the floor, in any recommendation by ballot, is not inspected.

    Shares are compared exactly; what is shown of them is rounded.
    """
    for form in case.inputs():
        poll = case.poll_of(form)
        rule = case.floor_of(poll) if poll else None
        if poll is None or rule is None:
            continue
        below = {}
        for row in candidates:
            share = case.share_of(row, poll)
            if share is not None and not rule.value.met(*share):
                below[str(row)] = share
        yield Requirement.under(
            rule,
            _("Nobody is inspected who has less of the votes than the rules ask for (%(form)s)") % {"form": form.label},
            met=not below,
            observed=[
                _("%(name)s: %(votes)s of %(ballots)s") % {"name": name, "votes": votes, "ballots": ballots}
                for name, (votes, ballots) in below.items()
            ]
            or _("nobody"),
            field="candidates",
        )


def before_opening_inspection(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidates: list[Candidacy] | None = None,
    opinion: str | None = None,
    equal_number_reason: str = "",
    low_votes_reason: str = "",
    result_reviewed_on: date | None = None,
    evidence: Upload | None = UNASKED,
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
    for rule in case.rules.asking("recommendation.rounds"):
        held = len(case.rounds_of_recommendation(RecommendationForm.MEETING))
        yield Requirement.under(
            rule, _("Every round of the recommendation is held and counted"), met=held >= rule.value, observed=held
        )
    yield from consulted_one_by_one(case, "before_inspection")
    asked = candidates is not None
    yield from _result_reviewed(case, at, result_reviewed_on, evidence, asked=asked)
    chosen = case.live if candidates is None else list(candidates)
    yield from nothing_reported(case, chosen)
    yield from sanctioned(case, [row.person for row in chosen], clock.day_of(at))
    if candidates is not None:
        yield of_this_selection(case, candidates, field="candidates")
        yield more_than_posts(case, len(candidates), equal_number_reason, field="candidates")
        yield from _above_the_floor(case, candidates)
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
        fixing = next(case.rules.asking("inspection.fixed_by"), None)
        who = KEYS[fixing.key].choices[fixing.value] if fixing else ""
        yield Requirement.under(
            fixing,
            _("The opinion of those who fix the persons is written down: %(who)s") % {"who": who}
            if fixing
            else _("The opinion of the meeting of department heads is written down"),
            met=given(opinion),
            required=who or None,
            field="opinion",
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
    result_reviewed_on: date | None = None,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Fix the persons to be inspected; the others leave the selection here.

    Where the rules want the result of the recommendation reviewed, the day of the review and its paper are given.
    """
    case = selection.case()
    chosen = {candidacy.pk for candidacy in candidates}
    made: list[Any] = [*requests.attach(selection, Evidence.RESULT_REVIEW, evidence, actor=actor, at=at)]
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
    selection.result_reviewed_on = result_reviewed_on
    selection.open_inspection()
    selection.enter(at)
    return Facts({"inspected": len(chosen), "on": clock.day_of(at)}, made)
