"""The dossier (卷宗): the stream of one matter, with its papers and all that proves it, as one file to take away.

Whoever has it verifies it without the site, by a copy of ``audit/chain.py`` and the notary's public key that were taken
from elsewhere.  The same record, checkpoint and files give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.db import connections, router

from audit import chain, tree
from audit.models import Checkpoint, Entry

_ENTRIES: Final = """
    SELECT l.index, e.body FROM audit_entry e JOIN audit_leaf l ON l.entry_id = e.id
    WHERE e.stream = %s AND l.index < %s ORDER BY e.seq
"""
_ENDS: Final = """
    SELECT first.stream, last.hash FROM audit_entry first JOIN audit_leaf begun ON begun.entry_id = first.id
    CROSS JOIN LATERAL (
        SELECT l.hash FROM audit_entry e JOIN audit_leaf l ON l.entry_id = e.id
        WHERE e.stream = first.stream AND l.index < %s ORDER BY e.seq DESC LIMIT 1
    ) last
    WHERE first.seq = 0 AND begun.index < %s ORDER BY begun.index
"""

VERIFIER: Final = Path(chain.__file__)
"""The file with which an auditor verifies."""

File = Callable[[str], bytes]
"""The content of a file by its SHA-256; LookupError where it is gone."""

WORDS: Final = """\
这是一份纪实卷宗：一件事项的全部记录、所涉材料及其证明。核验不需要本系统：

    python3 -I -S chain.py 卷宗.zip --key 公证进程的公钥
    python3 -I -S chain.py 卷宗.zip --key 公证进程的公钥 --checkpoint 另存的封签.txt

需要 Python 3.11。请使用您事先自存的 chain.py 和验收文书所载公钥，不要使用卷宗内的 verify.py 和 keys.txt：
那是为没有自存者准备的，改动卷宗的人也能一并改动它们。

  events.jsonl    记录原文，每行一条
  proof.json      各条都在总树中的证明
  checkpoint.txt  封签，由公证进程签名
  ends.json       某日本流末条的证明（有每日封签时）
  kept.json       与您提供的封签衔接的证明（提供时）
  papers/         材料，以 SHA-256 为文件名；原名见记录

举报人、谈话内容等另存的原文不在卷宗内，记录中只有其摘要。

This is a dossier of the process record: all entries of one matter, its papers, and their proof.  It is verified without
the site, by the commands above.  Use the copy of chain.py and the key that you kept; those inside are for whoever has
none, and whoever alters a dossier can alter them as well.  Texts kept apart are not in it, only their hashes.
"""


class NotSealed(Exception):
    """There is no checkpoint that covers an entry of this stream yet."""


@dataclass(frozen=True)
class Dossier:
    """What goes into the dossier of a stream, read once; ``members`` reads the papers, one after the other."""

    stream: str
    checkpoint: chain.Checkpoint
    texts: tuple[tuple[str, bytes], ...]
    papers: tuple[tuple[str, str, int], ...]
    file: File

    @property
    def name(self) -> str:
        """``selection-17-cp417.zip``"""
        return f"{self.stream.replace(':', '-')}-cp{self.checkpoint.number}.zip"

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Every member with its content, the list of all first.

        A file that is gone or is another one is left out: verification names it.
        """
        there = [(name, digest) for name, digest, size in self.papers if self._paper(digest, size) is not None]
        sizes = {digest: size for _name, digest, size in self.papers}
        listed = [(name, len(content), sha256(content).hexdigest()) for name, content in self.texts]
        listed += [(name, sizes[digest], digest) for name, digest in there]
        yield chain.MANIFEST, chain.manifest(self.stream, self.checkpoint, listed)
        yield from self.texts
        for name, digest in there:
            yield name, self._paper(digest, sizes[digest]) or b""

    def _paper(self, digest: str, size: int) -> bytes | None:
        try:
            content = self.file(digest)
        except (LookupError, OSError):
            return None
        return content if len(content) == size and sha256(content).hexdigest() == digest else None

    def packed(self) -> Iterator[bytes]:
        """The file, in portions."""
        return chain.packed(self.members())


def dossier(stream: str, file: File, kept: Iterable[chain.Checkpoint] = ()) -> Dossier:
    """The dossier of a stream as far as the last checkpoint covers it.

    ``kept`` are checkpoints of this record that somebody keeps: the dossier will show how it goes together with them.

    Raises:
        NotSealed
    """
    latest = tree.latest()
    rows = _rows(_ENTRIES, [stream, latest.size]) if latest else []
    if latest is None or not rows:
        raise NotSealed(stream)
    checkpoint = chain.Note.parse(latest.note).checkpoint
    bodies = [body.encode() + b"\n" for _index, body in rows]
    indices, size = [index for index, _body in rows], latest.size
    others = [one for one in kept if 0 < one.size < size]
    subtree = tree.subtrees_near([*indices, *(one.size - 1 for one in others)], size)
    texts = [
        ("README.txt", WORDS.encode()),
        (chain.EVENTS, b"".join(bodies)),
        (chain.PROOF, chain.Proof.of(indices, size, subtree).text.encode()),
        (chain.CHECKPOINT, latest.note.encode()),
        ("keys.txt", "".join(f"{key.text}\n" for key in tree.known_keys()).encode()),
    ]
    if (ends := _ends(stream, latest)) is not None:
        texts.append((chain.ENDS, ends))
    if others:
        paths = {one.size: chain.consistency_path(one.size, size, subtree) for one in others}
        texts.append((chain.KEPT, chain.written_kept(paths)))
    texts.append(("verify.py", VERIFIER.read_bytes()))
    return Dossier(stream, checkpoint, tuple(texts), tuple(_papers(bodies)), file)


def _papers(bodies: Iterable[bytes]) -> Iterator[tuple[str, str, int]]:
    """Every file that the entries name, once: its name in a dossier, its hash and its bytes."""
    seen: set[str] = set()
    for body in bodies:
        try:
            files = chain.parse(body.decode().removesuffix("\n"))["files"]
        except ValueError:  # tampered with; verification names it
            continue
        for file in files:
            if file["sha256"] not in seen:
                seen.add(file["sha256"])
                yield chain.paper_name(file["sha256"], file["name"]), file["sha256"], file["bytes"]


def _ends(stream: str, latest: Checkpoint) -> bytes | None:
    """The proof that the stream ended where it did when the last checkpoint with ends was signed.

    None where there is none: the stream began later, or its end has been tampered with since.
    """
    daily = tree.daily().filter(number__lte=latest.number).first()
    ends = _ends_at(daily.note) if daily else chain.Ends()
    place = ends.place(stream)
    if daily is None or place is None:
        return None
    last = Entry.objects.filter(stream=stream, leaf=ends.subtree(0, place).hex()).first()
    if last is None:
        return None
    near = tree.subtrees_near([daily.size - 1], latest.size)
    return chain.written_ends(
        daily.note,
        last.seq,
        place,
        chain.inclusion_path(place, len(ends), ends.subtree),
        chain.consistency_path(daily.size, latest.size, near),
    )


@lru_cache(maxsize=1)
def _ends_at(note: str) -> chain.Ends:
    """Where the streams ended at a checkpoint; all dossiers of a day ask for the same one."""
    size, ends = chain.Note.parse(note).checkpoint.size, chain.Ends()
    for stream, leaf in _rows(_ENDS, [size, size]):
        ends.take(stream, bytes.fromhex(leaf))
    return ends


def _rows(query: str, arguments: Sequence[str | int]) -> list[tuple[Any, ...]]:
    with connections[router.db_for_read(Entry)].cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())
