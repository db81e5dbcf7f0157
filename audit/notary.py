"""The notary (公证进程): one tree over the whole record, and a signature on how far it has come.

A process of its own (``python -m cadre.notary``), with an account of the database, a key and a folder that nobody else
has.  It uses neither the site's settings nor Django's models, so it can run on another machine.

Every second it takes the entries that have been committed since, hashes their bodies itself, adds them to the tree
(RFC 6962) and signs a checkpoint (封签, a C2SP signed note).  The first checkpoint of a day also says where every
stream ends, and is signed whether or not there is anything new.  In its own folder it keeps how far it has come, and it
signs nothing that does not extend this: with an old backup in the place of the record it stops and says so.  Whenever
it starts it hashes the whole record again.

What it does is in this order, so that it can be ended at any moment: leaves are committed, then the signed note is kept
in the folder, then it is published in the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from io import StringIO
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import chain, keeping
from audit.outbox import Letter

AT_MOST: Final = 50_000
"""Entries taken in one step."""
SUBTREE: Final = 256
"""Leaves of a subtree whose root is kept."""
SIGNED_WITHIN: Final = timedelta(minutes=1)
"""It signs every second; where an entry has waited for so long, somebody must look at it."""

HERE: Final = timezone(timedelta(hours=8))
"""Where a day begins for the notary: Beijing time, which has no summer time."""

_STATE = "state.json"

_NEW: Final = """
    SELECT e.id, e.body FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry_id = e.id
    WHERE e.id > %s AND l.entry_id IS NULL ORDER BY e.id LIMIT %s
"""
_LEAVES: Final = """
    SELECT l.hash, e.body FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id
    WHERE l.index >= %s ORDER BY l.index LIMIT %s
"""
_SIGNED: Final = """
    SELECT l.hash, e.body FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id
    WHERE l.index < %s ORDER BY l.index
"""
_RUNS: Final = """
    SELECT l.index, l.hash FROM unnest(%s) AS run
    JOIN audit_leaf l ON l.index >= run * %s AND l.index < (run + 1) * %s ORDER BY l.index
"""
_OLDEST: Final = """
    SELECT body FROM audit_entry WHERE id > (SELECT coalesce(max(entry_id), 0) FROM audit_leaf) ORDER BY id LIMIT 1
"""
_OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_GIVEN: Final = "SELECT last_value FROM audit_entry_id_seq"

RECOVERY: Final = "confirm_recovery"
"""The action of an entry of ``system`` by which two people say what a restored backup has lost."""
_RECOVERIES: Final = (
    """SELECT body FROM audit_entry WHERE strpos(body, '"action":"confirm_recovery"') > 0 ORDER BY id DESC"""
)


class Refuses(Exception):
    """Nothing is signed: the database, the folder or the clock is not what the last note says; in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


# --- what it keeps for itself ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """How far the notary has signed: the tree up to there, the last leaf in it and the last note.

    ``heads_on`` is the last day on which it said where the streams end, ``daily_size`` how far it had come then.
    """

    tree: chain.Range = field(default_factory=chain.Range)
    last_leaf: str = ""
    number: int = -1
    note: str = ""
    heads_on: date | None = None
    daily_size: int = 0

    def written(self) -> str:
        return json.dumps(
            {
                "size": self.tree.size,
                "hashes": [one.hex() for one in self.tree.hashes],
                "last_leaf": self.last_leaf,
                "number": self.number,
                "note": self.note,
                "heads_on": self.heads_on.isoformat() if self.heads_on else None,
                "daily_size": self.daily_size,
            },
            ensure_ascii=False,
            indent=1,
        )

    @classmethod
    def read(cls, text: str) -> State:
        kept = json.loads(text)
        tree = chain.Range(kept["size"], tuple(map(bytes.fromhex, kept["hashes"])))
        heads_on = date.fromisoformat(kept["heads_on"]) if kept.get("heads_on") else None
        daily_size = int(kept.get("daily_size", 0))
        return cls(tree, str(kept["last_leaf"]), int(kept["number"]), str(kept["note"]), heads_on, daily_size)


class Folder(keeping.Folder):
    """Key and state of one notary."""

    def key(self) -> Ed25519PrivateKey:
        """The key, made on first need.

        Raises:
            Refuses: there is a state but no key.
        """
        if not self.has_key() and self.text(_STATE) is not None:
            raise Refuses(
                "公证进程的密钥不见了：未签署任何封签。",
                "The notary's key is gone: nothing is signed.",
            )
        return super().key()

    def state(self) -> State | None:
        try:
            kept = self.text(_STATE)
            return None if kept is None else State.read(kept)
        except (ValueError, KeyError, TypeError) as fault:
            raise Refuses(
                "公证进程自己的状态文件读不出来：未签署任何封签。",
                "The notary's own file of its state cannot be read: nothing is signed.",
            ) from fault

    def keep(self, state: State) -> None:
        self.put(_STATE, state.written())


@dataclass(frozen=True)
class Recovery:
    """What an entry says: of so many leaves under this checkpoint only so many are present."""

    number: int
    size: int
    root: str
    present: int


def recovery_in(body: str) -> Recovery | None:
    """What a body says to be lost; None where it is no such entry."""
    try:
        entry = chain.parse(body)
        facts = entry["data"]["facts"]
        found = Recovery(facts["checkpoint"], facts["covered"], facts["root"], facts["present"])
    except (ValueError, KeyError, TypeError):
        return None
    return found if (entry["stream"], entry["action"]) == ("system", RECOVERY) else None


# --- the steps -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Settled:
    """Up to which number every entry has been taken for good.

    A transaction may commit a lower number after a higher one.  ``audit_append`` makes its transaction known before it
    takes a number, so all numbers given so far are of transactions that began before one that begins now: once that one
    and all before it have ended, and only then everything has been looked through, they are settled.  Only in memory:
    whoever starts looks through everything twice.
    """

    number: int = 0
    waiting: tuple[int, int] | None = None

    def has_come(self, cursor: Any) -> bool:
        """Whether the transactions waited for have ended; to be asked before looking for what they have left."""
        if self.waiting is None:
            return False
        cursor.execute(_OLDEST_RUNNING)
        return bool(cursor.fetchone()[0] > self.waiting[1])

    def then(self, cursor: Any, *, has_come: bool) -> _Settled:
        """What counts once everything from ``number`` on has been looked through and that has been committed."""
        if self.waiting is not None and not has_come:
            return self
        number = self.waiting[0] if self.waiting else self.number
        cursor.execute(_GIVEN)
        (given,) = cursor.fetchone()
        if given <= number:
            return _Settled(number)
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return _Settled(number, (given, cursor.fetchone()[0]))


@dataclass
class Notary:
    """One notary over one database; ``now`` is its own clock, never the movable one of a demonstration.

    ``succeeds`` holds the public keys of those before it, where it begins over a record that others have signed.
    ``hand_out`` takes the first checkpoint of each day, before it counts as signed.  ``before`` is how far the one
    before it had signed: where the record has less, two people must have said so in it.
    """

    folder: Folder
    connect: Callable[[], Any]
    succeeds: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    hand_out: Callable[[Letter], None] = lambda _letter: None
    before: State | None = None
    _settled: _Settled = field(default_factory=_Settled)
    _ends: chain.Ends | None = None
    _connection: Any = None

    def __post_init__(self) -> None:
        self._key = self.folder.key()
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        name = origin_of(raw)
        self.key = chain.Key(name, chain.key_id(name, raw), raw)
        self.folder.publish([*self.succeeds.split(), self.key.text])

    def step(self) -> chain.Checkpoint | None:
        """Take what is new and sign it; None where there is nothing new and the day has had its checkpoint.

        Raises:
            Refuses: nothing was signed.
            psycopg2.Error: the database does not answer, or does not let the notary in.
            OSError: the folder cannot be written; what was signed then is not published.
        """
        state = self.folder.state()
        with self._transaction() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('audit notary', 0))")
            if not cursor.fetchone()[0]:
                raise Refuses("另有一个公证进程在运行。", "Another notary is at work.")
            if state is None:
                state = _begun(cursor, is_successor=bool(self.succeeds))
                if self.before is not None:
                    _loss_is_named(cursor, self.before)
            else:
                self._still_extends(cursor, state)
            ends = self._ends if self._ends is not None else _ends_of(cursor, state.tree)
            self._ends = None  # until this step is done
            leaves = _unsigned(cursor, state.tree.size, ends)
            has_come = self._settled.has_come(cursor)
            while taken := self._taken(cursor, state.tree.size + len(leaves), ends):
                leaves += taken
                if len(taken) < AT_MOST:
                    break
            settled = self._settled.then(cursor, has_come=has_come)
        self._settled = settled
        at = self.now().replace(microsecond=0)
        day = at.astimezone(HERE).date()
        is_first = len(ends) > 0 and day != state.heads_on
        if not leaves and not is_first:
            self._ends = ends
            return None
        if state.note and at < chain.opened_note(state.note, [self.key])[0].at:
            raise Refuses(
                "时钟早于上一封签的时间：未签署。请校正本机时钟。",
                "The clock is earlier than the last checkpoint: nothing is signed. Set this machine's clock right.",
            )
        tree = state.tree.then(leaves)
        heads = chain.Heads(len(ends), ends.root) if is_first else None
        checkpoint = chain.Checkpoint(self.key.name, tree.size, tree.root, state.number + 1, at, heads)
        note = chain.sign_note(checkpoint, self.key.name, self._key.sign, self.key.public)
        last_leaf = leaves[-1].hex() if leaves else state.last_leaf
        signed = State(tree, last_leaf, checkpoint.number, note, state.heads_on, state.daily_size)
        if is_first:
            with self._transaction() as cursor:
                near = subtrees_near(cursor, [state.daily_size - 1] if state.daily_size else [], tree.size)
            path = chain.consistency_path(state.daily_size, tree.size, near)
            self.hand_out(Letter.of(state.daily_size, path, note))
            signed = replace(signed, heads_on=day, daily_size=tree.size)
        self.folder.keep(signed)
        with self._transaction() as cursor:
            _publish(cursor, checkpoint, note)
        self._ends = ends
        return checkpoint

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self.connect()
            with self._connection, self._connection.cursor() as cursor:
                _hashes_alike(cursor)
        with self._connection, self._connection.cursor() as cursor:
            yield cursor

    def _still_extends(self, cursor: Any, state: State) -> None:
        """The database holds what the last note says, and no note that is not this notary's."""
        cursor.execute("SELECT entry_id, hash FROM audit_leaf WHERE index = %s", [state.tree.size - 1])
        entry, leaf = cursor.fetchone() or (None, None)
        if leaf is None:
            raise Refuses(
                "数据库里的纪实比已签署的封签旧，可能恢复过旧备份：未签署。",
                "The record in the database is older than what was signed, perhaps an old backup: nothing is signed.",
            )
        cursor.execute("SELECT body FROM audit_entry WHERE id = %s", [entry])
        body = (cursor.fetchone() or (None,))[0]
        if leaf != state.last_leaf or body is None or chain.leaf(body) != leaf:
            raise Refuses(
                "数据库里的纪实不是已签署的那一份：未签署。",
                "The record in the database is not the one that was signed: nothing is signed.",
            )
        cursor.execute("SELECT number, note FROM audit_checkpoint ORDER BY number DESC LIMIT 1")
        number, note = cursor.fetchone() or (-1, "")
        if number == state.number - 1:  # it was ended between signing and publishing
            _publish(cursor, chain.opened_note(state.note, [self.key])[0], state.note)
        elif (number, note) != (state.number, state.note):
            raise Refuses(
                "数据库里的封签与本公证进程所签的不一致：未签署。",
                "The checkpoints in the database are not those that this notary signed: nothing is signed.",
            )

    def _taken(self, cursor: Any, size: int, ends: chain.Ends) -> list[bytes]:
        """Give the next places in the tree to what has been committed since; the leaves, in their order."""
        cursor.execute(_NEW, [self._settled.number, AT_MOST])
        rows = [(number, _seen(body, ends)) for number, body in cursor]
        if not rows:
            return []
        lines = "".join(f"{size + place}\t{number}\t{leaf}\n" for place, (number, leaf) in enumerate(rows))
        cursor.copy_expert("COPY audit_leaf (index, entry_id, hash) FROM STDIN", StringIO(lines))
        _keep_subtrees(cursor, size, size + len(rows))
        return [bytes.fromhex(leaf) for _number, leaf in rows]


def origin_of(public: bytes) -> str:
    """The name under which a notary signs: it says which key, so that no two records share one, and which hash."""
    named = chain.NAMED_BY_SM3 if chain.hash_name() == "sm3" else chain.NAMED
    return named + sha256(public).hexdigest()[:16]


def _begun(cursor: Any, *, is_successor: bool) -> State:
    """The state of a notary that has signed nothing: at the beginning, or after the last number of those before it."""
    cursor.execute("SELECT coalesce(max(number), -1) FROM audit_checkpoint")
    (number,) = cursor.fetchone()
    if number >= 0 and not is_successor:
        raise Refuses(
            "公证进程自己的状态丢失，而数据库里已有封签：未签署。请从公证文件夹的备份恢复。",
            "The notary's own state is lost while the database has checkpoints: nothing is signed. "
            "Restore the notary's folder from its backup.",
        )
    return State(number=number)


def _hashes_alike(cursor: Any) -> None:
    """The database makes entries by the hash by which this process makes the tree."""
    cursor.execute("SELECT audit_hash_name()")
    (name,) = cursor.fetchone()
    if name != chain.hash_name():
        raise Refuses(
            f"数据库里的纪实用 {name}，RECORD_HASH 却是 {chain.hash_name()}：未签署。请改正 RECORD_HASH。",
            f"The record in the database is hashed by {name}, while RECORD_HASH says {chain.hash_name()}: nothing is "
            "signed. Set RECORD_HASH right.",
        )


def _loss_is_named(cursor: Any, before: State) -> None:
    """Where the record has less than the notary before had signed, the last entry on it names exactly this."""
    cursor.execute("SELECT count(*) FROM audit_leaf")
    (present,) = cursor.fetchone()
    if present >= before.tree.size:
        return
    cursor.execute(_RECOVERIES)
    said = next((found for (body,) in cursor if (found := recovery_in(body)) is not None), None)
    if said != Recovery(before.number, before.tree.size, before.tree.root.hex(), present):
        raise Refuses(
            f"前一公证进程已签署第 {before.number} 号封签（{before.tree.size} 条），总树现只有 {present} 条，"
            "而纪实中没有两人据此登记的“确认恢复旧备份”：未签署。",
            f"The notary before signed checkpoint no. {before.number} over {before.tree.size} entries, of which the "
            f"tree has {present}, and no two people have said so in the record: nothing is signed.",
        )


def _seen(body: str, ends: chain.Ends) -> str:
    """The leaf of the next entry, which is now the end of its stream."""
    raw = body.encode()
    leaf = chain.leaf(body)
    with suppress(ValueError, KeyError, TypeError):  # no entry at all, which verification names
        ends.take(chain.stream_of(raw), bytes.fromhex(leaf))
    return leaf


def _ends_of(cursor: Any, tree: chain.Range) -> chain.Ends:
    """Where the streams end in what has been signed, which is hashed again as a whole."""
    ends, again, new = chain.Ends(), chain.Range(), list[bytes]()
    with cursor.connection.cursor("signed") as rows:
        rows.itersize = AT_MOST // 10
        rows.execute(_SIGNED, [tree.size])
        for leaf, body in rows:
            if body is None or _seen(body, ends) != leaf:
                break
            new.append(bytes.fromhex(leaf))
            if len(new) == AT_MOST:
                again, new = again.then(new), []
    if again.then(new) != tree:
        raise Refuses(
            "数据库里已签署的记录被改动或缺失：未签署。",
            "Entries that were signed are altered or gone: nothing is signed.",
        )
    return ends


def _unsigned(cursor: Any, size: int, ends: chain.Ends) -> list[bytes]:
    """Leaves beyond what was signed: the notary was ended before it could sign them, or succeeds another one."""
    leaves: list[bytes] = []
    while True:
        cursor.execute(_LEAVES, [size + len(leaves), AT_MOST])
        rows = cursor.fetchall()
        for leaf, body in rows:
            if body is None or _seen(body, ends) != leaf:
                raise Refuses(
                    "尚未签署的记录已被改动：未签署。",
                    "Entries that were not signed yet have been altered: nothing is signed.",
                )
            leaves.append(bytes.fromhex(leaf))
        if len(rows) < AT_MOST:
            return leaves


def _keep_subtrees(cursor: Any, before: int, after: int) -> None:
    """Keep the root of every run of leaves that is complete now, so that proofs need not read all leaves."""
    first, last = before // SUBTREE, after // SUBTREE
    if first == last:
        return
    cursor.execute(
        "SELECT hash FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index", [first * SUBTREE, last * SUBTREE]
    )
    leaves = [bytes.fromhex(leaf) for (leaf,) in cursor]
    lines = "".join(
        f"{first + nth}\t{chain.tree_root(leaves[nth * SUBTREE : (nth + 1) * SUBTREE]).hex()}\n"
        for nth in range(last - first)
    )
    cursor.copy_expert("COPY audit_subtree (number, root) FROM STDIN", StringIO(lines))


def _publish(cursor: Any, checkpoint: chain.Checkpoint, note: str) -> None:
    cursor.execute(
        "INSERT INTO audit_checkpoint (number, size, root, at, note) VALUES (%s, %s, %s, %s, %s)",
        [checkpoint.number, checkpoint.size, checkpoint.root.hex(), checkpoint.at, note],
    )


def subtrees_near(cursor: Any, indices: Iterable[int], size: int) -> chain.Subtree:
    """Roots of subtrees for proofs of a tree of this size about these leaves: read in two queries.

    Of every 256 leaves among which one of these is, or with which the tree ends, all are read; of the others the root.
    """
    wanted = sorted({index // SUBTREE for index in (*indices, size - 1)})
    runs: dict[int, list[bytes]] = {}
    cursor.execute(_RUNS, [wanted, SUBTREE, SUBTREE])
    for index, leaf in cursor.fetchall():
        runs.setdefault(index // SUBTREE, []).append(bytes.fromhex(leaf))
    cursor.execute("SELECT root FROM audit_subtree WHERE number < %s ORDER BY number", [size // SUBTREE])
    above = chain.subtrees_over([bytes.fromhex(root) for (root,) in cursor.fetchall()])
    below = {run: chain.subtrees_over(leaves) for run, leaves in runs.items()}
    height = SUBTREE.bit_length() - 1

    def found(level: int, number: int) -> bytes:
        if level >= height:
            return above(level - height, number)
        run = number >> (height - level)
        return below[run](level, number - (run << (height - level)))

    return found


def is_well(connection: Any, at: datetime) -> bool:
    """Whether nothing has waited too long to be signed; asked by whoever supervises the process."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        row = cursor.fetchone()
    return row is None or at - chain.unstamp(chain.parse(row[0])["recorded_at"]) < SIGNED_WITHIN
