"""The only door to the box (票箱).

Five verbs carry a round from ``prepare`` to ``tally``; ``void`` and ``discard`` are its ways back, ``take_back`` is
that of one slip, ``destroy`` the end of its ballots.  Paper sheets come in between ``close`` and ``tally``, as two
tellers read them.  Each commits on its own in the box's database, before whoever called records the result elsewhere,
and each can be called again: a crash between the two is mended by pressing the button once more.  None knows who is
asking.

``cast`` and ``cast_signed`` are what voters reach, with a slip or with a credential.  Either is spent only by a sheet
that the rules accept, and by one at most.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connections
from django.db.models import Count, TextChoices
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from selection.ballots import blind, credential
from selection.ballots import package as packages
from selection.ballots import sheet as sheets
from selection.ballots import tally as tallies
from selection.ballots.codes import Mistyped, code_hash, make_codes, nullifier_of, tracker_of
from selection.ballots.credential import Credential, UnusableCredential
from selection.ballots.models import Ballot, BoxState, Line, PaperCount, Refusal, SlipCode, State
from selection.ballots.package import Online, OnSlip
from selection.ballots.router import ALIAS
from selection.ballots.sheet import Candidate, Fault, Option, Sheet, fault_in
from selection.ballots.tally import Tally

__all__ = [
    "BoxRefused",
    "Candidate",
    "CastRefused",
    "Option",
    "Reason",
    "Receipt",
    "Sheet",
    "Signed",
    "Slip",
    "Standing",
    "State",
    "Tally",
    "Teller",
    "Trouble",
    "Unfit",
    "Urn",
    "cast",
    "cast_signed",
    "close",
    "code_hash",
    "contents",
    "destroy",
    "discard",
    "enter_paper",
    "look",
    "look_at",
    "make_codes",
    "open",
    "paper",
    "paper_agrees",
    "prepare",
    "receipt_key",
    "recognise",
    "reject_paper",
    "root",
    "standing",
    "standings",
    "take_back",
    "tally",
    "trackers",
    "void",
]


class Reason(TextChoices):
    """Why a ballot was not taken, in the words the voter reads."""

    MISTYPED_CODE = (
        "mistyped_code",
        _("This is not how the code stands on the slip. Compare it letter by letter and type it again."),
    )
    UNKNOWN_CODE = (
        "unknown_code",
        _("The box does not know this code. Compare it with the slip; if it is right, ask a scrutineer."),
    )
    OTHER_ROUND = (
        "other_round",
        _("This slip is for another round than the one that is open. Use the slip drawn for it, or ask a scrutineer."),
    )
    USED_CODE = (
        "used_code",
        _("This slip has been used; its ballot is in the box and counts once. If it was not you, tell a scrutineer."),
    )
    NOT_OPEN = "not_open", _("Voting has not begun. Wait until the chair opens it; the slip stays valid.")
    CLOSED = "closed", _("Voting is over and the box is sealed. No more ballots can be cast.")
    VOID = "void", _("This round of voting was declared void. The chair will say how to go on.")
    NOT_ISSUED = (
        "not_issued",
        _("The box does not accept this ballot: it was not issued for this vote.  Collect again or ask a scrutineer."),
    )
    ALTERED = (
        "altered",
        _("The ballot was changed on its way to the box.  Send it again; if that fails too, ask a scrutineer."),
    )
    ALREADY_CAST = (
        "already_cast",
        _("Another ballot of this voter is in the box already and counts once.  If it was not you, tell a scrutineer."),
    )
    INCOMPLETE = "incomplete", _("A candidate has no answer yet. Choose one answer for each candidate.")
    TOO_MANY = "too_many", _("This answer was given to more candidates than the ballot allows. Change some of them.")
    FOREIGN_OPTION = "foreign_option", _("The ballot has no such candidate or answer. Fill it in again.")


class CastRefused(Exception):
    """The ballot was not taken and the slip was not spent; ``candidates`` are the keys that the reason is about."""

    def __init__(self, reason: Reason, candidates: Sequence[str] = ()) -> None:
        super().__init__(reason.value)
        self.reason, self.candidates = reason, tuple(candidates)


class Unfit(TextChoices):
    """Ballots that no honest browser sends; the box counts them and keeps nothing else of them."""

    FORGED = "forged", _("not issued for this vote")
    ALTERED = "altered", _("changed on their way")
    MISPLACED = "misplaced", _("issued for another vote")


class Teller(StrEnum):
    """Which of the two who read the paper sheets; the box knows neither."""

    FIRST = "first"
    SECOND = "second"


class Trouble(TextChoices):
    """Why a verb of the chair's table was refused."""

    UNKNOWN_ROUND = "unknown_round", _("The box holds no such round.")
    OTHER_MANIFEST = "other_manifest", _("The box already holds another sheet or other slips for this round.")
    NOT_OPENED = "not_opened", _("The box has not been opened for this round.")
    STILL_OPEN = "still_open", _("The box is still open; nothing is counted before it is closed.")
    ALREADY_CLOSED = "already_closed", _("The box has been closed and cannot be opened again; another round is needed.")
    ALREADY_OPENED = "already_opened", _("The box has been opened for this round, so its slips stay as they are.")
    ROUND_VOID = "round_void", _("This round was declared void.")
    MORE_THAN_ISSUED = "more_than_issued", _("The box holds more ballots than slips were made: the vote is invalid.")
    NOT_SIGNED = "not_signed", _("A ballot in the box does not bear the signatures with which it was cast.")
    PAPER_DIFFERS = "paper_differs", _("Both tellers have to enter the paper sheets, and to enter the same ones.")
    LINES_DIFFER = "lines_differ", _("The counted lines and the ballots in the box do not agree.")
    NOT_OVER = "not_over", _("This round is neither counted nor void; its ballots are kept.")
    DESTROYED = (
        "destroyed",
        _(
            "The ballots of this vote were destroyed when the period for objections was over, and their tracking codes"
            " with them.  Nothing can be counted again."
        ),
    )


class BoxRefused(Exception):
    """A verb met a round that is not ready for it; nothing was changed."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True)
class Receipt:
    """What the voter takes away: that the ballot is in the box, and under which tracking code, but not what it says.

    ``signature`` is the box's own (``credential.sign_receipt``), of a ballot cast with a credential.
    """

    round_id: UUID
    tracker: str
    signature: bytes = b""


@dataclass(frozen=True)
class Signed:
    """A ballot cast with a credential: what was signed blind, that signature, the sheet, and the voter's own on it."""

    message: bytes
    signature: bytes
    payload: bytes
    payload_signature: bytes


@dataclass(frozen=True)
class Urn:
    """One round as voters' browsers and screens see it: state, manifest, key; no number and no vote."""

    state: State
    manifest: Mapping[str, Any]
    public_key: bytes
    destroyed: bool = False

    @property
    def check_code(self) -> str:
        return sheets.check_code(self.manifest)


@dataclass(frozen=True)
class Slip:
    """What a valid, unused slip opens: the sheet of its round."""

    round_id: UUID
    sheet: Sheet
    check_code: str


@dataclass(frozen=True)
class Standing:
    """How a round stands; numbers only, never a vote.

    ``refused`` counts what was ``Unfit``; ``root`` is over the ballots as they were first counted.
    """

    state: State
    check_code: str
    issued_codes: int
    returned: int
    refused: Mapping[str, int]
    root: bytes


def prepare(round_id: UUID, sheet: Sheet, code_hashes: Sequence[bytes], public_key: bytes = b"") -> str:
    """Put sheet, slips' hashes and the credentials' key into the box; return the round's eight characters (箱号).

    The hashes go in sorted and in one statement, so the table tells nothing of the order in which slips were made.
    Without a key (SubjectPublicKeyInfo in DER) the round takes slips alone, without slips credentials alone.
    """
    hashes = sorted(set(code_hashes))
    if len(hashes) != len(code_hashes) or not (hashes or public_key):
        raise ValueError("A round needs slips, each with a code of its own, or a key for credentials.")
    manifest = sheet.manifest(round_id, hashes, public_key)
    with atomic(using=ALIAS, durable=True):
        round_, made = BoxState.objects.get_or_create(
            round=round_id, defaults={"state": State.PREPARED, "manifest": manifest, "public_key": public_key}
        )
        if made:
            SlipCode.objects.bulk_create([SlipCode(code_sha256=value, round=round_id) for value in hashes])
        elif round_.manifest != manifest:
            raise BoxRefused(Trouble.OTHER_MANIFEST)
    return sheets.check_code(manifest)


def discard(round_id: UUID) -> None:
    """Take out a round that was never opened, so that it can be prepared anew when its slips were lost."""
    with atomic(using=ALIAS, durable=True):
        round_ = BoxState.objects.select_for_update().filter(round=round_id).first()
        if round_ is None:
            return
        if round_.state != State.PREPARED:
            raise BoxRefused(Trouble.ALREADY_OPENED)
        SlipCode.objects.filter(round=round_id).delete()
        round_.delete()


def recognise(round_id: UUID, code: str) -> None:
    """Raise CastRefused unless the code stands on a slip of this round; changes nothing."""
    if _round_of(_keys(code)[0]).round != round_id:
        raise CastRefused(Reason.OTHER_ROUND)


def take_back(round_id: UUID, code: str) -> None:
    """Forget a slip that nobody may cast, before the box is opened; raise CastRefused where it is none of this round.

    A member who does not vote on an item hands the slip of that item back. It was never cast and never will be, so its
    absence says nothing of any ballot.
    """
    recognise(round_id, code)
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state != State.PREPARED:
            raise BoxRefused(Trouble.ALREADY_OPENED)
        if SlipCode.objects.filter(code_sha256=code_hash(code), round=round_id).delete()[0] == 0:
            raise CastRefused(Reason.UNKNOWN_CODE)


def open(round_id: UUID) -> None:
    """Let ballots in."""
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state in (State.CLOSED, State.TALLIED):
            raise BoxRefused(Trouble.ALREADY_CLOSED)
        _move(round_, State.OPEN)


def cast(code: str, choices: Mapping[str, str], *, attempt: str = "") -> Receipt:
    """Put one ballot in and return its tracking code, or raise CastRefused without spending the slip.

    ``attempt`` is a random word made with the page that is being confirmed.  The same code, choices and attempt sent
    again (a lost answer, a double click) get the same receipt; without the attempt a used slip is used, even with equal
    choices.  Otherwise whoever holds a used slip could find out its vote by trying all of them.
    """
    hashed, nullifier = _keys(code)
    with atomic(using=ALIAS, durable=True):
        # Shared with other ballots, exclusive against close(): when close() returns, no ballot is on its way.
        round_ = _round_of(hashed, "FOR SHARE OF b")
        payload = sheets.packed(round_.round, choices)
        retry = hashlib.sha256(
            b"cadre-v1-retry" + nullifier + (attempt or secrets.token_hex(16)).encode() + payload
        ).digest()
        fault = fault_in(Sheet.load(round_.manifest), choices)
        # A ballot that is in already answers for itself, whatever has become of the round.
        same = (nullifier, "retry_sha256", retry, Reason.USED_CODE)
        if (round_.state != State.OPEN or fault is not None) and not _same_again(*same):
            _admit(round_)
            if fault is not None:
                raise CastRefused(_REASONS[fault[0]], fault[1])
        if not _put_in(nullifier, round_.round, payload, retry=retry):
            _same_again(*same)
    return Receipt(round_.round, tracker_of(nullifier))


def cast_signed(round_id: UUID, ballot: Signed) -> Receipt:
    """Put in one ballot cast with a credential, or raise CastRefused with the credential unspent.

    The same bytes sent again get the same receipt; another sheet under a spent credential is refused.  What is forged,
    altered or meant for another round is counted and leaves no other trace.
    """
    round_ = BoxState.objects.filter(round=round_id).only("state", "manifest", "public_key").first()
    if round_ is None or not round_.public_key:
        raise CastRefused(Reason.NOT_ISSUED)
    nullifier = _checked(round_, ballot)
    choices = sheets.unpacked(ballot.payload, round_id)
    if choices is None:
        raise CastRefused(Reason.FOREIGN_OPTION)
    fault = fault_in(Sheet.load(round_.manifest), choices)
    with atomic(using=ALIAS, durable=True):
        with connections[ALIAS].cursor() as cursor:
            cursor.execute("SELECT state FROM ballots_boxstate WHERE round = %s FOR SHARE", [round_id])
            (round_.state,) = cursor.fetchone()
        # The voter's signature is on the whole sheet, so the box need not read back what a ballot says.
        same = (nullifier, "payload_signature", ballot.payload_signature, Reason.ALREADY_CAST)
        if (round_.state != State.OPEN or fault is not None) and not _same_again(*same):
            _admit(round_)
            if fault is not None:
                raise CastRefused(_REASONS[fault[0]], fault[1])
        if not _put_in(nullifier, round_id, ballot.payload, ballot):
            _same_again(*same)
    receipt = credential.sign_receipt(_receipt_key(), round_id, nullifier)
    return Receipt(round_id, tracker_of(nullifier), receipt)


def close(round_id: UUID) -> None:
    """Seal the box: wait for the ballots that are on their way, and let no other in."""
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state == State.PREPARED:
            raise BoxRefused(Trouble.NOT_OPENED)
        if round_.state == State.OPEN:
            _move(round_, State.CLOSED)


def enter_paper(round_id: UUID, teller: Teller, sheets: Sequence[Mapping[str, str] | None]) -> None:
    """Keep what one teller read from the paper sheets of a closed round that is not counted yet; again, anew.

    None is a sheet that is void as it stands; one that breaks the rule is entered as it is marked.
    """
    with atomic(using=ALIAS, durable=True):
        _awaiting_paper(round_id)
        PaperCount.objects.update_or_create(
            key=f"{round_id}:{teller.value}", defaults={"sheets": sorted(map(_plain, sheets), key=json.dumps)}
        )


def reject_paper(round_id: UUID) -> None:
    """Forget what both tellers entered, so that they count again."""
    with atomic(using=ALIAS, durable=True):
        _awaiting_paper(round_id)
        PaperCount.objects.filter(key__in=_paper_keys(round_id)).delete()


def paper_agrees(round_id: UUID) -> bool:
    """Whether both tellers have entered the paper sheets, and the same ones."""
    entered = _entered(round_id)
    return len(entered) == len(Teller) and entered[0] == entered[1]


def paper(round_id: UUID) -> list[dict[str, str] | None]:
    """Return the paper sheets of a round that was counted, as both tellers entered them; none where there are none."""
    entered = _entered(round_id)
    return entered[0] if entered else []


def _awaiting_paper(round_id: UUID) -> None:
    state = _held(round_id).state
    if state != State.CLOSED:
        raise BoxRefused(Trouble.STILL_OPEN if state in (State.PREPARED, State.OPEN) else Trouble.ALREADY_CLOSED)


def _entered(round_id: UUID) -> list[list[dict[str, str] | None]]:
    return list(PaperCount.objects.filter(key__in=_paper_keys(round_id)).values_list("sheets", flat=True))


def _paper_keys(round_id: UUID) -> list[str]:
    return [f"{round_id}:{teller.value}" for teller in Teller]


def _plain(sheet: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if sheet is None else dict(sorted(sheet.items()))


def tally(round_id: UUID, *, with_paper: bool = True) -> Tally:
    """Count a closed box, and cut its ballots into lines the first time; later calls count again and compare.

    Without paper only what is in the box so far is counted and nothing is cut: paper sheets are still to be entered.
    """
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state == State.PREPARED:
            raise BoxRefused(Trouble.NOT_OPENED)
        if round_.state == State.OPEN:
            raise BoxRefused(Trouble.STILL_OPEN)
        if round_.destroyed:
            raise BoxRefused(Trouble.DESTROYED)
        sheet = Sheet.load(round_.manifest)
        held = list(Ballot.objects.filter(round=round_id))
        ballots = [(ballot.nullifier, ballot.payload) for ballot in held]
        issued = SlipCode.objects.filter(round=round_id).count()
        by_slip = sum(not ballot.message for ballot in held)
        if by_slip > issued:
            raise BoxRefused(Trouble.MORE_THAN_ISSUED)
        if not all(_bears_its_signatures(round_, ballot) for ballot in held):
            raise BoxRefused(Trouble.NOT_SIGNED)
        payloads = [payload for _nullifier, payload in ballots]
        if not with_paper and round_.state == State.CLOSED:
            return tallies.count(sheet, round_id, issued, payloads, by_slip=by_slip)
        if _entered(round_id) and not paper_agrees(round_id):
            raise BoxRefused(Trouble.PAPER_DIFFERS)
        sheets_on_paper = paper(round_id)
        if round_.state == State.CLOSED:
            cuts = tallies.cut_apart(sheet, round_id, ballots, sheets_on_paper)
            Line.objects.bulk_create([Line(round=round_id, **cut._asdict()) for cut in cuts])
            round_.state, round_.root = State.TALLIED, root(round_id)
            round_.save(update_fields=["state", "root"])
        result = tallies.count(sheet, round_id, issued, payloads, by_slip=by_slip, paper=sheets_on_paper)
        lines = Line.objects.filter(round=round_id).values_list("item", "value")
        if not tallies.lines_agree(result, lines):
            raise BoxRefused(Trouble.LINES_DIFFER)
    return result


def void(round_id: UUID) -> None:
    """Declare a round void at any time: nothing more is cast or counted; what is in the box stays as evidence."""
    with atomic(using=ALIAS, durable=True):
        round_ = BoxState.objects.select_for_update().filter(round=round_id).first()
        if round_ is None:
            raise BoxRefused(Trouble.UNKNOWN_ROUND)
        _move(round_, State.VOID)


def destroy(round_id: UUID) -> None:
    """Delete the ballots of a counted or void round, paper sheets and slips' hashes too; state, lines and root stay.

    The keys of the ballots go with them, so the list of tracking codes is gone too: with a code that a voter kept and a
    copy of the sheets that somebody else kept, it would still lead from one to the other.
    """
    with atomic(using=ALIAS, durable=True):
        round_ = BoxState.objects.select_for_update().filter(round=round_id).first()
        if round_ is None:
            raise BoxRefused(Trouble.UNKNOWN_ROUND)
        if round_.state not in (State.TALLIED, State.VOID):
            raise BoxRefused(Trouble.NOT_OVER)
        Ballot.objects.filter(round=round_id).delete()
        PaperCount.objects.filter(key__in=_paper_keys(round_id)).delete()
        SlipCode.objects.filter(round=round_id).delete()
        round_.destroyed = True
        round_.save(update_fields=["destroyed"])


def standing(round_id: UUID) -> Standing:
    """Return how a round stands."""
    found = standings([round_id])
    if round_id not in found:
        raise BoxRefused(Trouble.UNKNOWN_ROUND)
    return found[round_id]


def standings(round_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """Return how each of these rounds stands that the box holds, in four queries."""

    def numbers(model: type[SlipCode | Ballot]) -> dict[UUID, int]:
        rows = model.objects.filter(round__in=round_ids).order_by().values("round")
        return dict(rows.annotate(number=Count("pk")).values_list("round", "number"))

    codes, ballots = numbers(SlipCode), numbers(Ballot)
    keys = [f"{round_id}:{unfit.value}" for round_id in round_ids for unfit in Unfit]
    refusals = dict(Refusal.objects.filter(key__in=keys).values_list("key", "number"))
    return {
        row.round: Standing(
            state=State(row.state),
            check_code=sheets.check_code(row.manifest),
            issued_codes=codes.get(row.round, 0),
            returned=ballots.get(row.round, 0),
            refused={
                unfit.value: refusals[key] for unfit in Unfit if (key := f"{row.round}:{unfit.value}") in refusals
            },
            root=row.root,
        )
        for row in BoxState.objects.filter(round__in=round_ids)
    }


def look_at(round_id: UUID) -> Urn:
    """Return a round as everybody may see it."""
    round_ = BoxState.objects.filter(round=round_id).first()
    if round_ is None:
        raise BoxRefused(Trouble.UNKNOWN_ROUND)
    return Urn(State(round_.state), round_.manifest, round_.public_key, round_.destroyed)


def contents(round_id: UUID) -> tuple[list[bytes], list[Online | OnSlip]]:
    """Return what a recount needs: the slips' hashes, and the ballots, both sorted.

    Whole sheets: only an audit package takes them, and only of a closed round.
    """
    ballots = _returned(round_id)
    hashes = SlipCode.objects.filter(round=round_id).order_by("code_sha256").values_list("code_sha256", flat=True)
    return list(hashes), ballots


def root(round_id: UUID) -> bytes:
    """Return the root over what a closed round's box holds, paper sheets included (汇总校验值)."""
    return packages.root_of(_returned(round_id), paper(round_id))


def trackers(round_id: UUID) -> list[str]:
    """Return the sorted tracking codes of a closed round, for voters to find theirs."""
    urn = look_at(round_id)
    if urn.state in (State.PREPARED, State.OPEN):
        raise BoxRefused(Trouble.STILL_OPEN)
    if urn.state == State.VOID:
        raise BoxRefused(Trouble.ROUND_VOID)
    if urn.destroyed:
        raise BoxRefused(Trouble.DESTROYED)
    return sorted(map(tracker_of, Ballot.objects.filter(round=round_id).values_list("nullifier", flat=True)))


def look(code: str) -> Slip:
    """Return the sheet that a slip opens now, or raise CastRefused; changes nothing."""
    hashed, nullifier = _keys(code)
    round_ = _round_of(hashed)
    if Ballot.objects.filter(nullifier=nullifier).exists():
        raise CastRefused(Reason.USED_CODE)
    _admit(round_)
    return Slip(round_.round, Sheet.load(round_.manifest), sheets.check_code(round_.manifest))


def _keys(code: str) -> tuple[bytes, bytes]:
    """Return under which keys the box would hold the slip of a code and its ballot."""
    try:
        return code_hash(code), nullifier_of(code)
    except Mistyped:
        raise CastRefused(Reason.MISTYPED_CODE) from None


def _round_of(hashed: bytes, lock: str = "") -> BoxState:
    """Return the round that a slip belongs to; the slip itself is never locked, which would leave a trace on it."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT b.round, b.state, b.manifest FROM ballots_slipcode s"  # noqa: S608 - our own words
            f" JOIN ballots_boxstate b ON b.round = s.round WHERE s.code_sha256 = %s {lock}",
            [hashed],
        )
        found = cursor.fetchone()
    if found is not None:
        round_, state, manifest = found
        return BoxState(round=round_, state=state, manifest=json.loads(manifest))
    raise CastRefused(Reason.UNKNOWN_CODE)


def _put_in(
    nullifier: bytes, round_id: UUID, payload: bytes, ballot: Signed | None = None, *, retry: bytes = b""
) -> bool:
    """Put a ballot in and say whether it was new.

    A duplicate is passed over in silence: an error would write the key into the server's log.
    """
    signed = (ballot.message, ballot.signature, ballot.payload_signature) if ballot else (b"", b"", b"")
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "INSERT INTO ballots_ballot"
            " (nullifier, round, payload, retry_sha256, message, signature, payload_signature)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [nullifier, round_id, payload, retry, *signed],
        )
        return bool(cursor.rowcount)


def _checked(round_: BoxState, ballot: Signed) -> bytes:
    """Return the key of a ballot that bears its signatures; count and refuse any other."""
    unfit = _unfit(round_, ballot)
    if unfit is None:
        return credential.nullifier(ballot.message)
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "INSERT INTO ballots_refusal (key, number) VALUES (%s, 1)"
            " ON CONFLICT (key) DO UPDATE SET number = ballots_refusal.number + 1",
            [f"{round_.round}:{unfit.value}"],
        )
    raise CastRefused(Reason.ALTERED if unfit is Unfit.ALTERED else Reason.NOT_ISSUED)


def _unfit(round_: BoxState, ballot: Signed) -> Unfit | None:
    """Say what is wrong with the signatures that a ballot bears, or None."""
    if not round_.public_key or not blind.verify(_public_key(round_.public_key), ballot.message, ballot.signature):
        return Unfit.FORGED
    try:
        key = Credential.read(ballot.message, round_.round).key
    except UnusableCredential:
        return Unfit.MISPLACED
    is_signed = credential.ballot_is_signed(key, ballot.payload, ballot.payload_signature)
    return None if is_signed else Unfit.ALTERED


def _bears_its_signatures(round_: BoxState, held: Ballot) -> bool:
    """Whether a ballot in the box is still the one that was cast; of a slip nothing shows it."""
    if not held.message:
        return True
    ballot = Signed(held.message, held.signature, held.payload, held.payload_signature)
    return _unfit(round_, ballot) is None and credential.nullifier(held.message) == held.nullifier


def _returned(round_id: UUID) -> list[Online | OnSlip]:
    """The ballots of a closed round, sorted."""
    urn = look_at(round_id)
    if urn.state in (State.PREPARED, State.OPEN):
        raise BoxRefused(Trouble.STILL_OPEN)
    if urn.destroyed:
        raise BoxRefused(Trouble.DESTROYED)
    return [_packable(ballot) for ballot in Ballot.objects.filter(round=round_id).order_by("nullifier")]


def _packable(held: Ballot) -> Online | OnSlip:
    if not held.message:
        return OnSlip(held.nullifier, held.payload)
    return Online(held.nullifier, held.message, held.signature, held.payload, held.payload_signature)


@lru_cache(maxsize=64)
def _public_key(der: bytes) -> blind.PublicKey:
    return blind.PublicKey.from_der(der)


@lru_cache(maxsize=1)
def _receipt_key() -> Ed25519PrivateKey:
    """The box's own key, made of its secret; its public half is on every receipt's page (箱钥)."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"cadre-v1-box" + settings.BOX_KEY.encode()).digest())


def receipt_key() -> bytes:
    """Return the public half of the key with which the box signs receipts: thirty-two bytes."""
    return _receipt_key().public_key().public_bytes_raw()


def _same_again(nullifier: bytes, column: str, value: bytes, otherwise: Reason) -> bool:
    """Say whether this very ballot is in the box already, known by one of its columns; refuse where another one is."""
    held = Ballot.objects.filter(nullifier=nullifier).values_list(column, flat=True).first()
    if held is None:
        return False
    if not hmac.compare_digest(held, value):
        raise CastRefused(otherwise)
    return True


def _admit(round_: BoxState) -> None:
    """Refuse where the round takes no ballots, in the words that help this voter most."""
    if round_.state == State.OPEN:
        return
    if round_.state == State.VOID:
        raise CastRefused(Reason.VOID)
    if BoxState.objects.filter(state=State.OPEN).exists():
        raise CastRefused(Reason.OTHER_ROUND)
    raise CastRefused(Reason.NOT_OPEN if round_.state == State.PREPARED else Reason.CLOSED)


_REASONS = {
    Fault.FOREIGN: Reason.FOREIGN_OPTION,
    Fault.INCOMPLETE: Reason.INCOMPLETE,
    Fault.TOO_MANY: Reason.TOO_MANY,
}


def _held(round_id: UUID) -> BoxState:
    """Return the round, locked against ballots and other verbs; refuse an unknown or a void one."""
    round_ = BoxState.objects.select_for_update().filter(round=round_id).first()
    if round_ is None:
        raise BoxRefused(Trouble.UNKNOWN_ROUND)
    if round_.state == State.VOID:
        raise BoxRefused(Trouble.ROUND_VOID)
    return round_


def _move(round_: BoxState, state: State) -> None:
    round_.state = state
    round_.save(update_fields=["state"])
