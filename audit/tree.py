"""The tree over the record as the database keeps it: how far it has come, proofs, and its verification (封签核对).

The notary makes leaves and checkpoints; here they are only read.  Nothing in the database is trusted for itself: leaves
are compared with entries, roots are computed anew, and notes are checked against a key that was read elsewhere.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connections, router
from django.db.models import Count, Max, Min, QuerySet

from audit import chain, notary
from audit.models import SAYS_ENDS, Checkpoint, Entry, Leaf
from audit.notary import SUBTREE

LONGEST: Final = timedelta(minutes=10)
"""By how much the time of an entry may lie beside those of the checkpoints before and after it: a long transaction."""
PORTION: Final = 10_000

_LEAVES: Final = """
    SELECT l.index, l.hash, e.leaf, e.stream, e.seq, e.recorded_at FROM audit_leaf l
    LEFT JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.index
"""
_HASHES: Final = "SELECT hash FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index"
_UNSIGNED: Final = """
    SELECT e.stream, e.seq FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id
    WHERE l.index >= %s AND e.recorded_at < now() - make_interval(secs => %s) ORDER BY l.index LIMIT 1000
"""
_UNSEALED: Final = """
    SELECT e.stream, e.seq FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry_id = e.id
    WHERE l.entry_id IS NULL AND e.recorded_at < %s ORDER BY e.id LIMIT 1000
"""


@dataclass(frozen=True)
class Waiting:
    """Entries that are not in the tree yet: how many, and since when the oldest waits."""

    entries: int
    since: datetime | None


def waiting() -> Waiting:
    """What the notary has still to take."""
    last = Leaf.objects.aggregate(last=Max("entry_id"))["last"] or 0
    found = Entry.objects.filter(pk__gt=last).aggregate(entries=Count("pk"), since=Min("recorded_at"))
    return Waiting(found["entries"], found["since"])


def checkpoints() -> QuerySet[Checkpoint]:
    """All of them, the latest first."""
    return Checkpoint.objects.order_by("-number")


def latest() -> Checkpoint | None:
    """The last checkpoint that the notary has published."""
    return checkpoints().first()


def daily() -> QuerySet[Checkpoint]:
    """Those that say where the streams end, the latest first."""
    return checkpoints().filter(note__contains=SAYS_ENDS)


def covering(req: str, *, patience: float) -> int | None:
    """The number of a checkpoint that covers what was recorded under a request; waited for for so many seconds.

    None where there is none by then, and at once where no notary has ever signed.
    """
    end = time.monotonic() + patience
    entries = Entry.objects.filter(req=req).order_by()
    while (last := latest()) is not None:
        places = list(Leaf.objects.filter(entry_id__in=entries.values("pk")).values_list("index", flat=True))
        if len(places) == entries.count() and max(places, default=last.size) < last.size:
            return last.number
        if time.monotonic() >= end:
            break
        time.sleep(0.2)
    return None


def known_keys() -> list[chain.Key]:
    """The notary's public key after those of earlier ones, as this site was told or as the notary's folder has them."""
    if settings.NOTARY_KEY:
        return [chain.read_key(one) for one in settings.NOTARY_KEY.replace(",", " ").split()]
    try:
        text = (Path(settings.NOTARY_STATE) / "key.pub").read_text(encoding="utf-8")
    except OSError:
        return []
    return [chain.read_key(one) for one in text.split()]


def subtree(level: int, number: int) -> bytes:
    """The root over ``2 ** level`` leaves from ``number * 2 ** level`` on, from what is kept."""
    first, after = number << level, (number + 1) << level
    with connections[router.db_for_read(Leaf)].cursor() as cursor:
        if after - first < SUBTREE:
            cursor.execute(_HASHES, [first, after])
        else:
            cursor.execute(
                "SELECT root FROM audit_subtree WHERE number >= %s AND number < %s ORDER BY number",
                [first // SUBTREE, after // SUBTREE],
            )
        return chain.tree_root([_hash(found) for (found,) in cursor])


def subtrees_near(indices: Iterable[int], size: int) -> chain.Subtree:
    """As ``notary.subtrees_near``."""
    with connections[router.db_for_read(Leaf)].cursor() as cursor:
        return notary.subtrees_near(cursor, indices, size)


# --- what is lost ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """A checkpoint that a notary has signed, beside what the tree has now: so many leaves, the last signed then."""

    checkpoint: chain.Checkpoint
    present: int
    present_at: datetime | None


def loss(note: str) -> Loss | None:
    """What the tree has of what a note covers; None where the note is not signed by a key that is known here."""
    keys = known_keys()
    try:
        checkpoint = opened(note, keys) if keys else None
    except chain.NotCanonical:
        checkpoint = None
    if checkpoint is None:
        return None
    last = latest()
    return Loss(checkpoint, Leaf.objects.count(), last.at if last else None)


@dataclass(frozen=True)
class Lost:
    """Which numbers of the tree an entry of ``system`` names as lost, under which checkpoint."""

    seq: int
    number: int
    first: int
    last: int


def recoveries() -> list[Lost]:
    """What restored backups have lost, as entries say it, the latest first."""
    rows = Entry.objects.filter(stream="system", action=notary.RECOVERY).order_by("-seq").values_list("seq", "body")
    read = [(seq, notary.recovery_in(body)) for seq, body in rows]
    return [Lost(seq, said.number, said.present, said.size - 1) for seq, said in read if said is not None]


# --- verification ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Covered:
    """What the checkpoints cover: so many entries up to the last one; ``is_signed``: by keys that are known here."""

    size: int = 0
    number: int | None = None
    at: datetime | None = None
    is_signed: bool = False


@dataclass
class _Claim:
    """That the tree of so many leaves has this root, and its streams these ends.

    By a checkpoint of the database, or by a note kept elsewhere.
    """

    size: int
    root: bytes
    kind: str
    number: int
    heads: chain.Heads | None


def verify(findings: chain.Findings, kept: Sequence[chain.Checkpoint] = ()) -> Covered:
    """Compare every leaf with its entry and every root with the leaves; ``kept`` are notes that left the building."""
    keys = known_keys()
    claims, times = _claims(findings, keys)
    claims += [_Claim(one.size, one.root, "forked", one.number, one.heads) for one in kept]
    walk = _Leaves(findings, sorted(claims, key=lambda one: one.size), times, recoveries() if kept else [])
    for row in _rows(_LEAVES):
        walk.take(*row)
    walk.close()
    last = latest()
    with connections[router.db_for_read(Entry)].cursor() as cursor:
        cursor.execute(_UNSIGNED, [last.size if last else 0, LONGEST.total_seconds()])
        for stream, seq in cursor.fetchall():
            findings.add("unsigned", stream, seq)
        if last is not None:
            cursor.execute(_UNSEALED, [last.at - LONGEST])
            for stream, seq in cursor.fetchall():
                findings.add("unsealed", stream, seq)
    return Covered(walk.size, last.number if last else None, last.at if last else None, is_signed=bool(keys))


def _hash(stored: str) -> bytes:
    """A hash of the database; what is none, which only tampering can have made, fits nothing."""
    try:
        found = bytes.fromhex(stored)
    except ValueError:
        return bytes(chain.HASH_BYTES)
    return found if len(found) == chain.HASH_BYTES else bytes(chain.HASH_BYTES)


def _rows(query: str) -> Iterator[tuple[Any, ...]]:
    with connections[router.db_for_read(Leaf)].chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(PORTION):
            yield from rows


def _claims(findings: chain.Findings, keys: list[chain.Key]) -> tuple[list[_Claim], list[tuple[int, datetime]]]:
    """What the checkpoints of the database say, each checked for itself and against the one before it."""
    claims: list[_Claim] = []
    times: list[tuple[int, datetime]] = []
    for number, size, root, at, note in _rows(
        "SELECT number, size, root, at, note FROM audit_checkpoint ORDER BY number"
    ):
        if number != len(claims):
            findings.add("unnumbered", "notary", None, number=len(claims))
            break
        try:
            said = opened(note, keys)
        except Exception as error:  # any exception is a failure: notes are hostile input
            findings.add("note", "notary", None, number=number, why=type(error).__name__)
            said = None
        if said is not None and (said.number, said.size, said.root.hex(), said.at) != (number, size, root, at):
            findings.add("note", "notary", None, number=number, why="columns")
            said = None
        if times and (size < times[-1][0] or at < times[-1][1]):
            findings.add("note", "notary", None, number=number, why="order")
        claims.append(_Claim(size, _hash(root), "root", number, said.heads if said else None))
        times.append((size, at))
    return claims, times


def opened(note: str, keys: list[chain.Key]) -> chain.Checkpoint:
    """The checkpoint of a note; without a key only its form is known to be right.

    Raises:
        chain.NotCanonical: it is no note, or is not signed by the notary whose name it bears.
    """
    return chain.opened(note, keys, check=signed_by) if keys else chain.Note.parse(note).checkpoint


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """As ``chain.signed_by`` for keys that were read by ``chain.read_key``, sixty times as fast."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class _Leaves:
    """Takes leaves in their order and holds the claims against them, the smallest tree first."""

    findings: chain.Findings
    claims: list[_Claim]
    times: list[tuple[int, datetime]]
    recoveries: list[Lost]
    size: int = 0
    _tree: chain.Range = field(default_factory=chain.Range)
    _new: list[bytes] = field(default_factory=list)
    _next: int = 0
    _roots: dict[int, str] = field(default_factory=dict)
    _ends: chain.Ends = field(default_factory=chain.Ends)

    def __post_init__(self) -> None:
        self._roots = dict(_rows("SELECT number, root FROM audit_subtree"))
        self._sizes = [size for size, _at in self.times]
        self._settle()

    def take(
        self, index: int, leaf: str, of_entry: str | None, stream: str | None, seq: int | None, at: datetime | None
    ) -> None:
        if index != self.size:
            self.findings.add("leaves", "notary", None, index=self.size)
            self.size = index
        if of_entry is None or stream is None or at is None:
            self.findings.add("leafless", "notary", None, index=index)
        elif of_entry != leaf:
            self.findings.add("resealed", stream, seq, index=index)
        else:
            self._in_time(index, stream, seq, at)
        self._new.append(_hash(leaf))
        if stream is not None:
            self._ends.take(stream, self._new[-1])
        self.size += 1
        if self.size % SUBTREE == 0:
            self._settle_subtree(self.size // SUBTREE - 1)
        if self._next < len(self.claims) and self.claims[self._next].size <= self.size:
            self._settle()

    def _in_time(self, index: int, stream: str, seq: int | None, at: datetime) -> None:
        """An entry was recorded after the checkpoint before it and before the one that covers it."""
        place = bisect_left(self._sizes, index + 1)
        early = place > 0 and at < self.times[place - 1][1] - LONGEST
        late = place < len(self.times) and at > self.times[place][1] + LONGEST
        if early or late:
            self.findings.add("untimely", stream, seq)

    def _settle_subtree(self, number: int) -> None:
        whole = len(self._new) >= SUBTREE
        root = chain.tree_root(self._new[-SUBTREE:]) if whole else subtree_of_leaves(number)
        kept = self._roots.pop(number, None) or subtree(SUBTREE.bit_length() - 1, number).hex()  # it may be new
        if kept != root.hex():
            self.findings.add("subtree", "notary", None, number=number)

    def _settle(self) -> None:
        """Compare the root of every claim about this size."""
        self._tree, self._new = self._tree.then(self._new), []
        while self._next < len(self.claims) and self.claims[self._next].size <= self.size:
            claim = self.claims[self._next]
            self._next += 1
            if claim.size != self.size or claim.root != self._tree.root:
                self._does_not_fit(claim)
                if claim.kind == "forked":
                    continue
            if claim.heads and claim.heads != chain.Heads(len(self._ends), self._ends.root):
                self.findings.add("heads", "notary", None, number=claim.number)

    def _does_not_fit(self, claim: _Claim) -> None:
        """Two people may have said that what a kept checkpoint covers is lost; the record is no more whole for it."""
        said = next((one for one in self.recoveries if one.first < claim.size <= one.last + 1), None)
        if claim.kind == "forked" and said is not None:
            place = {"first": said.first, "last": said.last, "entry": said.seq}
            self.findings.add("lost", "notary", None, number=claim.number, **place)
        else:
            self.findings.add(claim.kind, "notary", None, number=claim.number, size=claim.size)

    def close(self) -> None:
        """Claims about more leaves than there are, and subtrees of none."""
        for claim in self.claims[self._next :]:
            self._does_not_fit(claim)
        for number in self._roots:
            self.findings.add("subtree", "notary", None, number=number)


def subtree_of_leaves(number: int) -> bytes:
    """The root over one run of leaves, from the leaves themselves."""
    with connections[router.db_for_read(Leaf)].cursor() as cursor:
        cursor.execute(_HASHES, [number * SUBTREE, (number + 1) * SUBTREE])
        return chain.tree_root([_hash(found) for (found,) in cursor])
