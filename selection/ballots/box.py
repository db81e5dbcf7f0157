"""The only door to the box (票箱).

Five verbs carry a round from ``prepare`` to ``tally``; ``void`` and ``discard`` are its ways back, ``take_back`` is
that of one slip.  Each commits on its
own in the box's database, before whoever called records the result elsewhere, and each can be called again: a crash
between the two is mended by pressing the button once more.  None knows who is asking.

``cast`` is the one that members reach.  A slip is spent only by a sheet that the rules accept, and by one at most.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connections
from django.db.models import TextChoices
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from selection.ballots import sheet as sheets
from selection.ballots import tally as tallies
from selection.ballots.codes import Mistyped, code_hash, make_codes, nullifier_of, tracker_of
from selection.ballots.models import Ballot, BoxState, Line, SlipCode, State
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
    "Slip",
    "Standing",
    "State",
    "Tally",
    "Trouble",
    "cast",
    "close",
    "code_hash",
    "discard",
    "look",
    "make_codes",
    "open",
    "prepare",
    "recognise",
    "standing",
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
    INCOMPLETE = "incomplete", _("A candidate has no answer yet. Choose one answer for each candidate.")
    TOO_MANY = "too_many", _("This answer was given to more candidates than the ballot allows. Change some of them.")
    FOREIGN_OPTION = "foreign_option", _("The ballot has no such candidate or answer. Fill it in again.")


class CastRefused(Exception):
    """The ballot was not taken and the slip was not spent; ``candidates`` are the keys that the reason is about."""

    def __init__(self, reason: Reason, candidates: Sequence[str] = ()) -> None:
        super().__init__(reason.value)
        self.reason, self.candidates = reason, tuple(candidates)


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
    LINES_DIFFER = "lines_differ", _("The counted lines and the ballots in the box do not agree.")


class BoxRefused(Exception):
    """A verb met a round that is not ready for it; nothing was changed."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True)
class Receipt:
    """What the voter takes away: that the ballot is in the box, and under which tracking code, but not what it says."""

    round_id: UUID
    tracker: str


@dataclass(frozen=True)
class Slip:
    """What a valid, unused slip opens: the sheet of its round."""

    round_id: UUID
    sheet: Sheet
    check_code: str


@dataclass(frozen=True)
class Standing:
    """How a round stands; numbers only, never a vote."""

    state: State
    check_code: str
    issued_codes: int
    returned: int


def prepare(round_id: UUID, sheet: Sheet, code_hashes: Sequence[bytes]) -> str:
    """Put the sheet and the slips' hashes into the box and return the round's eight characters (箱号).

    The hashes go in sorted and in one statement, so the table tells nothing of the order in which slips were made.
    """
    hashes = sorted(set(code_hashes))
    if not hashes or len(hashes) != len(code_hashes):
        raise ValueError("A round needs slips, and each slip a code of its own.")
    manifest = sheet.manifest(round_id, hashes)
    with atomic(using=ALIAS, durable=True):
        round_, made = BoxState.objects.get_or_create(
            round=round_id, defaults={"state": State.PREPARED, "manifest": manifest}
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
        if (round_.state != State.OPEN or fault is not None) and not _same_again(nullifier, retry):
            _admit(round_)
            if fault is not None:
                raise CastRefused(_REASONS[fault[0]], fault[1])
        with connections[ALIAS].cursor() as cursor:
            # A duplicate is passed over in silence: an error would write the key into the server's log.
            cursor.execute(
                "INSERT INTO ballots_ballot (nullifier, round, payload, retry_sha256) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [nullifier, round_.round, payload, retry],
            )
            if cursor.rowcount == 0:
                _same_again(nullifier, retry)
    return Receipt(round_.round, tracker_of(nullifier))


def close(round_id: UUID) -> None:
    """Seal the box: wait for the ballots that are on their way, and let no other in."""
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state == State.PREPARED:
            raise BoxRefused(Trouble.NOT_OPENED)
        if round_.state == State.OPEN:
            _move(round_, State.CLOSED)


def tally(round_id: UUID) -> Tally:
    """Count a closed box, and cut its ballots into lines the first time; later calls count again and compare."""
    with atomic(using=ALIAS, durable=True):
        round_ = _held(round_id)
        if round_.state == State.PREPARED:
            raise BoxRefused(Trouble.NOT_OPENED)
        if round_.state == State.OPEN:
            raise BoxRefused(Trouble.STILL_OPEN)
        sheet = Sheet.load(round_.manifest)
        ballots = list(Ballot.objects.filter(round=round_id).values_list("nullifier", "payload"))
        issued = SlipCode.objects.filter(round=round_id).count()
        if len(ballots) > issued:
            raise BoxRefused(Trouble.MORE_THAN_ISSUED)
        if round_.state == State.CLOSED:
            cuts = tallies.cut_apart(sheet, round_id, ballots)
            Line.objects.bulk_create([Line(round=round_id, **cut._asdict()) for cut in cuts])
            _move(round_, State.TALLIED)
        result = tallies.count(sheet, round_id, issued, [payload for _nullifier, payload in ballots])
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


def standing(round_id: UUID) -> Standing:
    """Return how a round stands."""
    round_ = BoxState.objects.filter(round=round_id).first()
    if round_ is None:
        raise BoxRefused(Trouble.UNKNOWN_ROUND)
    return Standing(
        state=State(round_.state),
        check_code=sheets.check_code(round_.manifest),
        issued_codes=SlipCode.objects.filter(round=round_id).count(),
        returned=Ballot.objects.filter(round=round_id).count(),
    )


def trackers(round_id: UUID) -> list[str]:
    """Return the sorted tracking codes of a closed round, for voters to find theirs."""
    state = standing(round_id).state
    if state in (State.PREPARED, State.OPEN):
        raise BoxRefused(Trouble.STILL_OPEN)
    if state == State.VOID:
        raise BoxRefused(Trouble.ROUND_VOID)
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


def _same_again(nullifier: bytes, retry: bytes) -> bool:
    """Say whether this very ballot is in the box already; refuse where another one is."""
    held = Ballot.objects.filter(nullifier=nullifier).values_list("retry_sha256", flat=True).first()
    if held is None:
        return False
    if not hmac.compare_digest(held, retry):
        raise CastRefused(Reason.USED_CODE)
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
