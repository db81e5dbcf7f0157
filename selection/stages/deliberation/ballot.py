"""The secret ballot: prepared, opened, closed, announced on the spot (无记名票决).

What is cast goes to the box, under codes on drawn slips or with credentials signed blind; here stand who holds either
and, once announced, the counts.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines, polls
from selection.acts import Beside, Conflict, Facts, Refused, Requirement, Secret, act
from selection.ballots import blind, box, keys
from selection.documents import requests
from selection.enums import (
    Act,
    BallotChannel,
    CandidacyState,
    Choice,
    DeadlineKind,
    Paper,
    PollKind,
    RecusedCount,
    RoundState,
    Stage,
)
from selection.models import (
    Account,
    BallotKey,
    Bar,
    Candidacy,
    Document,
    Nomination,
    Poll,
    RollMember,
    Round,
    RoundItem,
    Seat,
    Selection,
)
from selection.models.case import Case, of_one_member
from selection.models.poll import handed_out
from selection.rulebook import workdays
from selection.rulebook.keys import KEYS
from selection.rulebook.rules import Rule, Rules
from selection.stages.deliberation.consultation import levels_held
from selection.stages.deliberation.scrutiny import box_checked, closing_agreed
from selection.standing import UNDER_WAY, at_stage, given, no_kin, nothing_reported, on_the_agenda, running

_BEFORE_INSPECTION = (Stage.NOMINATION, Stage.RECOMMENDATION)


def _current(case: Case) -> Round | None:
    """The round that is under way at the current item."""
    return next((round_ for round_ in case.rounds if round_.state in UNDER_WAY), None)


def quorum(case: Case, recused: RecusedCount | None, *, roll: list[RollMember] | None = None) -> Iterator[Requirement]:
    """DEL-05: enough of those who should attend are there; of a frozen ``roll``, enough who have not left."""
    for rule in case.rules.asking("deliberation.quorum"):
        yield _attended(case, rule, recused, roll)


def _attended(case: Case, rule: Rule, recused: RecusedCount | None, roll: list[RollMember] | None) -> Requirement:
    item = case.item
    due = polls.due_members(case, item.meeting.held_on, recused) if item else []
    counted = {seat.pk for seat in due}
    if roll is not None:
        counted &= {row.seat_id for row in roll if row.may_cast}
    present = [seat for seat in case.present_voters(item) if seat.pk in counted] if item else []
    return Requirement.under(
        rule,
        _("Enough members attend"),
        met=rule.value.met(len(present), len(due)),
        observed=_("%(present)s of %(due)s") % {"present": len(present), "due": len(due)},
        required=_("%(least)s of %(due)s") % {"least": rule.value.least(len(due)) if due else 0, "due": len(due)},
    )


def before_preparing(
    case: Case, *, actor: Account, at: datetime, recused_count: RecusedCount | None = None, codes: Secret | None = None
) -> Iterator[Requirement]:
    item = case.item
    candidates = case.at(CandidacyState.PROPOSED)
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield on_the_agenda(case)
    yield Requirement(_("No other ballot of this item is under way"), met=_current(case) is None)
    yield Requirement(_("There are candidates to vote on"), met=bool(candidates), observed=len(candidates), required=1)
    if not case.selection.is_removal:
        yield from _compared_and_consulted(case, len(candidates))
    yield from quorum(case, recused_count)
    introduced = {row.candidacy_id for row in case.introductions if item and row.item_id == item.pk}
    yield Requirement.under(
        case.rules.get("deliberation.introduction"),
        _("Every candidate has been introduced"),
        met=bool(candidates) and all(candidacy.pk in introduced for candidacy in candidates),
        observed=sum(candidacy.pk in introduced for candidacy in candidates),
        required=len(candidates),
    )
    voters = case.present_voters(item) if item else []
    chair = item.presiding if item else None
    if chair is not None:  # nobody is known of meetings that were opened before it was recorded
        yield Requirement(
            _("Whoever presides over the item is present and not recused from it"),
            met=chair.pk in {seat.pk for seat in voters},
            observed=chair.person.name,
        )
    spoken = (
        [len([seat for seat in voters if seat.pk in case.opinions_on(item, row)]) for row in candidates] if item else []
    )
    yield Requirement.under(
        case.rules.get("deliberation.opinions"),
        _("Every member present has spoken on every candidate, the chief last"),
        met=bool(voters) and bool(candidates) and all(number == len(voters) for number in spoken),
        observed=sum(spoken),
        required=len(voters) * len(candidates) or _("each member present"),
    )
    yield from nothing_reported(case, candidates)
    yield from no_kin(case, [(seat.person_id, seat.person.name) for seat in voters])
    recused = [seat for seat in (case.seats_on(item.meeting.held_on) if item else []) if not case.may_vote(seat)]
    yield Requirement.under(
        case.rules.get("ballot.recused_count"),
        _("It is settled whether a recused member counts among those who should attend"),
        met=not recused or bool(recused_count),
        observed=_("%(number)s recused") % {"number": len(recused)},
        required=_("an answer") if recused else _("nobody is recused"),
        field="recused_count",
    )


def _compared_and_consulted(case: Case, candidates: int) -> Iterator[Requirement]:
    """What the vote on an appointment needs besides: a choice, and the levels of consultation."""
    one_each = case.rules.value("inspection.as_many_as_posts", False)
    for rule in () if one_each else case.rules.asking("inspection.more_than_posts"):
        alone = candidates <= case.selection.seats
        yield Requirement.under(
            case.rules.first("inspection.equal_allowed", rule.key),
            _("A ballot with no more candidates than posts has its written reason"),
            met=not alone or given(case.selection.equal_number_reason) or any(case.rounds),
            observed=candidates,
            required=case.selection.seats + 1,
        )
    yield from _public_and_differential(case, candidates)
    for levels in case.rules.asking("consultation.levels"):
        held = levels_held(case)
        yield Requirement.under(
            levels,
            _("All levels of consultation are done"),
            met=all(level in held for level in levels.value),
            observed=len([level for level in levels.value if level in held]),
            required=len(levels.value),
        )


def _public_and_differential(case: Case, candidates: int) -> Iterator[Requirement]:
    """DIF-02: two things made public and three choices (两公开三差额); an equal number has its written reason."""
    seats, reason = case.selection.seats, case.selection.equal_number_reason
    inspected = [row for row in case.candidacies if row.ended_stage not in _BEFORE_INSPECTION]
    told = any(row.conditions.strip() and row.scope.strip() and row.procedure.strip() for row in case.announcements)
    found = {
        "posts": (bool(case.announcements), len(case.announcements)),
        "information": (told, _("published") if told else _("not published in full")),
        "recommended": (len(case.candidacies) > seats, len(case.candidacies)),
        "inspected": (len(inspected) > seats or given(reason), len(inspected)),
        "consulted": (candidates > seats or given(reason) or any(case.rounds), candidates),
    }
    for rule in case.rules.asking("deliberation.differential"):
        for point in rule.value:
            met, observed = found[point]
            yield Requirement.under(rule, KEYS[rule.key].choices[point], met=met, observed=observed)


@act(Act.PREPARE_BALLOT, subject="selection", requires=before_preparing)
def prepare_ballot(
    selection: Selection,
    *,
    codes: Secret,
    recused_count: RecusedCount | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Freeze roll and candidates; put the sheet, the hashes of the slips and the key of the round into the box.

    The codes are made and printed by whoever calls; neither they nor their hashes enter the site's database.  Members
    without a slip collect electronic ballots; slips that nobody draws are handed back (``hand_back_slip``).
    """
    case = selection.case()
    item = case.item
    candidates = case.at(CandidacyState.PROPOSED)
    due = polls.due_members(case, item.meeting.held_on, recused_count)
    voters = case.present_voters(item)
    poll, _made = Poll.objects.get_or_create(
        item=item,
        defaults={
            "selection": selection,
            "kind": PollKind.DECISION,
            "held_on": item.meeting.held_on,
            "due_count": len(due),
            "present_count": len(voters),
            "held_at": at,
        },
    )
    round_ = Round(
        selection=selection,
        poll=poll,
        seq=poll.rounds.count() + 1,
        recused_count=recused_count or RecusedCount.COUNTED,
        chair=item.presiding,
        due_count=len(due),
        present_count=len(voters),
        slips=len(codes.value),
        prepared_at=at,
    )
    private = blind.make_key()
    sheet = polls.sheet(selection, round_, candidates, case.removals_at(item))
    round_.check_code = box.prepare(
        round_.box, sheet, [box.code_hash(code) for code in codes.value], private.public.der
    )
    round_.save()
    BallotKey.objects.create(
        selection=selection,
        round=round_,
        public=private.public.der,
        wrapped=keys.wrap(private, settings.BALLOT_KEY, round_.box),
    )
    for candidacy in candidates:
        RoundItem.objects.create(selection=selection, round=round_, candidacy=candidacy)
    present = {seat.pk for seat in voters}
    for seat in due:
        RollMember.objects.create(selection=selection, round=round_, seat=seat, present=seat.pk in present)
    return Facts(
        {
            "due": len(due),
            "present": len(voters),
            "slips": len(codes.value),
            "key": blind.fingerprint(private.public).hex(),
            "check_code": round_.check_code,
            **_presided(round_),
        },
        [round_],
    )


def _presided(round_: Round) -> dict[str, Seat]:
    """Who presides over the ballot, for its entries."""
    return {"chair": round_.chair} if round_.chair else {}


def _away(case: Case, round_: Round, seat: Seat) -> str | None:
    """When a member came or left who may not vote in this round."""
    row = next((row for row in case.roll_of(round_) if row.seat_id == seat.pk), None)
    if row is not None and row.left_at is not None:
        return _("left at %(time)s") % {"time": clock.time_of(row.left_at)}
    came = [row.moved_at for row in case.movements if row.arrived and row.attendance.seat_id == seat.pk]
    return _("came at %(time)s") % {"time": clock.time_of(max(came))} if came else None


def _before_handing_out(case: Case, seat: Seat | None) -> Iterator[Requirement]:
    """What a slip and an electronic ballot have in common: the roll, and one of them for each member."""
    round_: Round = case.subject
    yield running(case)
    yield Requirement(
        _("The ballot is prepared"),
        met=round_.state == RoundState.PREPARED,
        observed=RoundState(round_.state).label,
    )
    if seat is not None:
        row = next((row for row in case.roll_of(round_) if row.seat_id == seat.pk), None)
        yield Requirement(
            _("The member was there when the roll was fixed, and has not left since"),
            met=row is not None and row.may_cast,
            observed=_away(case, round_, seat),
            required=_("there at %(time)s") % {"time": clock.time_of(round_.prepared_at)}
            if round_.prepared_at
            else None,
            field="seat",
        )
        yield Requirement(
            _("The member holds no ballot yet"),
            met=row is None or not row.has_ballot,
            observed=BallotChannel(row.channel).label if row is not None and row.has_ballot else None,
            field="seat",
        )


def before_issuing(case: Case, *, actor: Account, at: datetime, seat: Seat | None = None) -> Iterator[Requirement]:
    yield from _before_handing_out(case, seat)
    round_: Round = case.subject
    left = round_.slips_left(case.roll_of(round_))
    yield Requirement(_("A slip is left to be drawn"), met=left > 0, observed=left, required=1)


@act(Act.ISSUE_SLIP, subject="round", requires=before_issuing)
def issue_slip(round_: Round, *, seat: Seat, actor: Account, at: datetime) -> None:
    """Note that a member has drawn a slip from the shuffled ones: one member, one slip; nobody knows which.

    Slips are drawn before the ballot opens and never after: who drew and voted at once would be known by the order.
    """
    round_.roll.filter(seat=seat).update(channel=BallotChannel.SLIP)


def before_issuing_paper(
    case: Case, *, actor: Account, at: datetime, seat: Seat | None = None
) -> Iterator[Requirement]:
    yield from _before_handing_out(case, seat)


@act(Act.ISSUE_PAPER, subject="round", requires=before_issuing_paper)
def issue_paper(round_: Round, *, seat: Seat, actor: Account, at: datetime) -> None:
    """Note that a member has taken a blank paper ballot, one like the other; like a slip before the ballot opens."""
    round_.roll.filter(seat=seat).update(channel=BallotChannel.PAPER)


def before_collecting(
    case: Case, *, actor: Account, at: datetime, seat: Seat | None = None, blinded: Secret | None = None
) -> Iterator[Requirement]:
    yield from _before_handing_out(case, seat)
    if seat is not None:
        yield Requirement(
            _("Members collect their own ballots alone"), met=seat.person_id == actor.person_id, field="seat"
        )


_BESIDE_OTHERS = Beside(locked=Round.beside_others, case=lambda round_, given: of_one_member(round_, given["seat"]))


@act(Act.COLLECT_BALLOT, subject="round", requires=before_collecting, beside=_BESIDE_OTHERS)
def collect_ballot(round_: Round, *, seat: Seat, blinded: Secret, actor: Account, at: datetime) -> None:
    """Note that a member has had a credential signed blind: whoever holds it casts one ballot, and nobody knows which.

    The signature itself is given by ``blind_signature``, as often as the same browser asks for it.
    """
    round_.roll.filter(seat=seat).update(
        channel=BallotChannel.ONLINE, blinded_sha256=hashlib.sha256(blinded.value).hexdigest()
    )


_NAMED_AND_KEY = """
SELECT r.blinded_sha256, k.wrapped FROM selection_rollmember r JOIN selection_ballotkey k ON k.round_id = r.round_id
WHERE r.round_id = %s AND r.seat_id = %s AND r.channel = %s
"""


def blind_signature(round_: Round, seat: Seat, blinded: bytes) -> bytes:
    """Sign the blinded message that the member's roll row names, and no other one.

    Raises:
        Conflict: the row names another message, or none, or the key was destroyed when the ballot closed.
        blind.UnusableRequest: the bytes are no blinded message.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAMED_AND_KEY, [round_.pk, seat.pk, BallotChannel.ONLINE])
        named, wrapped = cursor.fetchone() or ("", None)
    if wrapped is None or named != hashlib.sha256(blinded).hexdigest():
        raise Conflict(Act.COLLECT_BALLOT.value)
    return blind.blind_sign(keys.unwrap(bytes(wrapped), settings.BALLOT_KEY, round_.box), blinded)


def before_handing_back(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is prepared"),
        met=round_.state == RoundState.PREPARED,
        observed=RoundState(round_.state).label,
    )
    spare = round_.spare(case.roll_of(round_))
    yield Requirement(_("There are slips that nobody may cast"), met=spare > 0, observed=spare, required=1)


@act(Act.HAND_BACK_SLIP, subject="round", requires=before_handing_back)
def hand_back_slip(round_: Round, *, code: Secret, actor: Account, at: datetime) -> Facts:
    """Take back the slip of a member who does not vote on this item, before the ballot opens; the box forgets it.

    Raises:
        Conflict: the box does not know the slip any more.
    """
    try:
        box.take_back(round_.box, code.value)
    except (box.CastRefused, box.BoxRefused) as refused:
        raise Conflict(Act.HAND_BACK_SLIP.value) from refused
    round_.slips -= 1
    round_.save()
    return Facts({"spare": round_.spare(round_.roll.all())})


def before_opening_ballot(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield running(case)
    yield Requirement(
        _("The ballot is prepared"), met=round_.state == RoundState.PREPARED, observed=RoundState(round_.state).label
    )
    yield from box_checked(case, round_)
    roll = case.roll_of(round_)
    yield from quorum(case, RecusedCount(round_.recused_count), roll=roll)
    waiting = [row for row in roll if row.may_cast and not row.has_ballot]
    gone = [row for row in roll if row.channel == BallotChannel.ONLINE and row.left_at is not None]
    yield Requirement(
        _("Nobody who has left holds an electronic ballot; otherwise the ballot is declared void and prepared anew"),
        met=not gone,
        observed="、".join(row.seat.person.name for row in gone) or None,
    )
    yield Requirement(
        _("Every member present holds a ballot"),
        met=not waiting,
        observed=_("%(number)s not done") % {"number": len(waiting)} if waiting else _("all done"),
        required=_("all done"),
    )
    yield from _not_alone(case, roll)
    spare = round_.spare(roll)
    yield Requirement(
        _("Every slip that nobody may cast has been handed back"),
        met=spare == 0,
        observed=_("%(number)s not done") % {"number": spare} if spare else _("all done"),
        required=_("all done"),
    )
    yield Requirement(
        _("No other ballot of the meeting is open"),
        met=not any(other.state == RoundState.OPEN for other in case.beside),
        observed=sum(other.state == RoundState.OPEN for other in case.beside),
        required=0,
    )


def _not_alone(case: Case, roll: list[RollMember]) -> Iterator[Requirement]:
    """Where several kinds of ballot are used, none is used by so few that it shows whose it is."""
    if "ballot.least_by_kind" in case.rules:
        rule, kinds = case.rules["ballot.least_by_kind"], handed_out(roll)
        yield Requirement.under(
            rule,
            _("Each kind of ballot that is used is held by enough members, so that none shows whose it is"),
            met=len(kinds) < 2 or min(kinds.values()) >= rule.value,
            observed=" · ".join(f"{kind.label} {kinds[kind]}" for kind in BallotChannel if kinds[kind]) or None,
            required=rule.value,
        )


@act(Act.OPEN_BALLOT, subject="round", requires=before_opening_ballot)
def open_ballot(round_: Round, *, actor: Account, at: datetime) -> None:
    """Open the box; how many ballots are handed out stands from now on."""
    box.open(round_.box)
    round_.issued = handed_out(round_.roll.all()).total()
    round_.state, round_.opened_at = RoundState.OPEN, at
    round_.save()


def _destroy_key(round_: Round, at: datetime) -> None:
    """From now on nothing more is signed; a round from before there were electronic ballots has no key."""
    for key in BallotKey.objects.filter(round=round_):
        key.destroy(at)


def counted(name: Act, round_: Round, *, with_paper: bool = True) -> box.Tally:
    """The count of a closed box; one that was tampered with is not counted, and nothing is left but to void it."""
    try:
        return box.tally(round_.box, with_paper=with_paper)
    except box.BoxRefused as refused:
        whole = Requirement(
            _("The box holds what was cast, and nothing else; otherwise the ballot can only be declared void"),
            met=False,
            observed=refused.trouble.label,
        )
        raise Refused(name, [whole]) from refused


def before_closing_ballot(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is open"), met=round_.state == RoundState.OPEN, observed=RoundState(round_.state).label
    )
    yield from closing_agreed(case, round_, actor=actor)


@act(Act.CLOSE_BALLOT, subject="round", requires=before_closing_ballot)
def close_ballot(round_: Round, *, actor: Account, at: datetime) -> Facts:
    """Close the box; more ballots of a kind than were handed out make the round void by itself.

    Where some vote on paper the round has its count once two tellers have entered it and a scrutineer has confirmed.
    """
    box.close(round_.box)
    _destroy_key(round_, at)
    on_paper = handed_out(round_.roll.all())[BallotChannel.PAPER] > 0
    tally = counted(Act.CLOSE_BALLOT, round_, with_paper=not on_paper)
    round_.closed_at = at
    settle(round_, tally, is_whole=not on_paper)
    refused = sum(box.standing(round_.box).refused.values())
    told = {"issued": round_.issued, "returned": tally.returned, "state": round_.state}
    return Facts({**told, "refused": refused} if refused else told)


def settle(round_: Round, tally: box.Tally, *, is_whole: bool) -> None:
    """Take over what was counted, or declare the round void where more came back of a kind than was handed out."""
    issued = handed_out(round_.roll.all())
    returned = {
        BallotChannel.ONLINE: tally.returned - tally.by_slip - tally.on_paper,
        BallotChannel.SLIP: tally.by_slip,
        BallotChannel.PAPER: tally.on_paper,
    }
    more = [
        _("%(kind)s: %(returned)s returned, %(issued)s handed out")
        % {"kind": kind.label, "returned": number, "issued": issued[kind]}
        for kind, number in returned.items()
        if number > issued[kind]
    ]
    if more:
        box.void(round_.box)
        round_.state = RoundState.VOID
        with translation.override(settings.LANGUAGE_CODE):  # the reason of record
            round_.void_reason = "；".join(map(str, more))
    else:
        round_.state = RoundState.CLOSED
        if is_whole:
            round_.returned, round_.valid = tally.returned, tally.valid
    round_.save()


def before_voiding(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is neither announced nor void"),
        met=round_.state not in (RoundState.ANNOUNCED, RoundState.VOID),
        observed=RoundState(round_.state).label,
    )
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.VOID_BALLOT, subject="round", requires=before_voiding)
def void_ballot(round_: Round, *, reason: str, actor: Account, at: datetime) -> None:
    """Declare the round void; its ballots are not counted and another round can be prepared."""
    box.void(round_.box)
    _destroy_key(round_, at)
    if round_.state == RoundState.PREPARED:
        round_.issued = handed_out(round_.roll.all()).total()
    round_.state, round_.void_reason = RoundState.VOID, reason
    round_.save()


def before_announcing(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield at_stage(case, Stage.DELIBERATION)
    yield Requirement.under(
        case.rules.get("ballot.announce"),
        _("The ballot is closed and counted"),
        met=round_.state == RoundState.CLOSED,
        observed=RoundState(round_.state).label,
        required=RoundState.CLOSED.label,
    )
    if handed_out(case.roll_of(round_))[BallotChannel.PAPER]:
        yield Requirement(
            _("The paper ballots are entered and confirmed"),
            met=round_.state != RoundState.CLOSED or round_.returned is not None,
        )


@act(Act.ANNOUNCE_RESULT, subject="round", requires=before_announcing)
def announce_result(round_: Round, *, actor: Account, at: datetime) -> Facts:
    """Announce the counts and who has passed; a second failure bars a person from this post for a time."""
    selection = round_.selection
    rules = selection.rules
    tally = counted(Act.ANNOUNCE_RESULT, round_)
    items = list(round_.items.select_related("candidacy__person", "candidacy__selection").order_by("pk"))
    agreed = {item.candidacy_id: tally.counts[str(item.candidacy_id)][Choice.AGREE] for item in items}
    taken = selection.candidacies.filter(state=CandidacyState.PASSED).count()
    won = polls.winners(agreed, round_.due_count, selection.seats - taken, selection.pass_rule.value)
    round_.state, round_.announced_at = RoundState.ANNOUNCED, at
    round_.root = box.root(round_.box).hex()
    round_.save()
    made: list[Bar] = []
    for item in items:
        counts: Mapping[str, int] = tally.counts[str(item.candidacy_id)]
        item.agree, item.disagree, item.abstain = (counts[choice] for choice in Choice)
        item.passed = item.candidacy_id in won
        item.save()
        candidacy: Candidacy = item.candidacy
        candidacy.announce_result(passed=item.passed)
        candidacy.save()
        if selection.is_removal:  # the bar is on being nominated
            continue
        if not item.passed and _is_barred_now(rules, candidacy):
            made.append(_bar(selection, candidacy, at))
    papers = [] if selection.is_removal else _on_their_forms(selection, items, actor, at)
    filled = taken + len(won) >= selection.seats
    selection.announce_result(filled=filled)
    if filled:
        for candidacy in selection.candidacies.filter(state__in=[CandidacyState.NOT_PASSED, CandidacyState.PROPOSED]):
            candidacy.leave(at=at, stage=Stage.DELIBERATION, reason="")
            candidacy.save()
        selection.enter(at)
    else:
        selection.save()
    return Facts(
        {
            "due": round_.due_count,
            "present": round_.present_count,
            "issued": round_.issued,
            "returned": tally.returned,
            "valid": tally.valid,
            "counts": {f"candidacy:{key}": dict(value) for key, value in tally.counts.items()},
            "passed": sorted(won),
            "root": round_.root,
            **_presided(round_),
        },
        [*made, *papers],
    )


def _on_their_forms(selection: Selection, items: list[RoundItem], actor: Account, at: datetime) -> list[Document]:
    """FNR-17: of whoever passed the form of nomination is made with the day of the decision; it needs no other day."""
    passed = [item.candidacy for item in items if item.passed]
    used = Nomination.objects.filter(candidacy__in=passed)
    deadlines.end(selection, at=at, kinds=[DeadlineKind.NOMINATION_ENDS], nominations=used)
    if "nomination.form" not in selection.rules:
        return []
    return [requests.request(selection, Paper.NOMINATION_FORM, actor=actor, at=at, candidacy=one) for one in passed]


def _is_barred_now(rules: Rules, candidacy: Candidacy) -> bool:
    """Whether the rules bar somebody who has failed as often as this person has."""
    times = rules.value("ballot.bar_after")
    return "ballot.bar" in rules and times is not None and polls.failures(candidacy) >= times


def _bar(selection: Selection, candidacy: Candidacy, at: datetime) -> Bar:
    day = clock.day_of(at)
    return Bar.objects.create(
        selection=selection,
        person=candidacy.person,
        post=selection.post,
        from_on=day,
        until_on=workdays.ends(selection.rules["ballot.bar"].value, day).last_day,
    )


def before_deciding_revote(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    another: bool | None = None,
    decision: str | None = None,
    candidates: list[Candidacy] | None = None,
) -> Iterator[Requirement]:
    round_: Round = case.subject
    rule = case.rules.get("ballot.revote")
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield Requirement.under(
        rule,
        _("The result is announced and leaves a seat empty"),
        met=round_.state == RoundState.ANNOUNCED and round_.another_round is None,
        observed=RoundState(round_.state).label,
        required=RoundState.ANNOUNCED.label,
    )
    if another is not None:
        yield Requirement.under(
            rule,
            _("The committee's decision is written down"),
            met=given(decision),
            required=_("a decision"),
            field="decision",
        )
    if another:
        day = clock.day_of(at)
        barred = {bar.person_id for bar in case.bars if bar.from_on <= day <= bar.until_on}
        failed = {row.pk for row in case.at(CandidacyState.NOT_PASSED)}
        yield Requirement(
            _("The candidates of another ballot failed this one"),
            met=bool(candidates) and all(row.pk in failed for row in candidates or []),
            field="candidates",
        )
        yield Requirement.under(
            case.rules.get("ballot.bar"),
            _("Nobody on another ballot is barred from the post"),
            met=not any(row.person_id in barred for row in candidates or []),
            observed=[str(row) for row in candidates or [] if row.person_id in barred] or _("nobody"),
            required=_("nobody"),
            field="candidates",
        )


@act(Act.DECIDE_REVOTE, subject="round", requires=before_deciding_revote)
def decide_revote(
    round_: Round, *, another: bool, decision: str, candidates: list[Candidacy], actor: Account, at: datetime
) -> Facts:
    """Record what the committee decided after a vote that left a seat empty: another ballot, on whom, or none."""
    round_.another_round, round_.another_round_decision = another, decision
    round_.save()
    if another:
        for candidacy in round_.selection.candidacies.filter(pk__in=[row.pk for row in candidates]):
            candidacy.decide_revote()
            candidacy.save()
    return Facts({"another": another})
