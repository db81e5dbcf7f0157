"""The second witness (外部见证): cosigns the daily checkpoints of one record, on a machine of its own::

    python -m audit.witness INBOX --state FOLDER --notary NAME+ID+KEY [--name NAME]

INBOX is the folder into which the notary hands out its checkpoints, or a copy of it on a stick.  The witness remembers
the last checkpoint that it has seen and cosigns a later one only if that extends it, so that nobody who holds the site,
its database and the notary's key can show one record here and another one there.  What it has cosigned lies in INBOX as
``checkpoint-NUMBER.cosigned.txt``.  Exit code 0: everything is cosigned; 1: something is not, and it says why; 2: a
folder cannot be used.  It keeps its key in FOLDER, for which nobody else needs the password.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit import chain
from audit.keeping import Folder, put


class NotWitnessed(Exception):
    """It is not cosigned; in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} / {english}")


@dataclass
class Witness:
    """One witness of one record; ``name`` is that of its key, ``notary`` the key of the one whom it watches."""

    folder: Folder
    name: str
    notary: chain.Key

    def __post_init__(self) -> None:
        self._private = self.folder.key()
        raw = self._private.public_key().public_bytes_raw()
        self.key = chain.Key(self.name, chain.key_id(self.name, raw), raw)
        self.folder.publish([self.key.text])

    def cosigned(self, request: str) -> str:
        """The note in a request under the signature of the witness as well, once it is seen to extend the last one.

        Raises:
            NotWitnessed
        """
        try:
            before, path, note = chain.read_request(request)
            checkpoint = chain.opened(note, [self.notary])
        except ValueError as error:
            raise NotWitnessed(f"不是该公证进程的封签（{error}）", f"no checkpoint of this notary: {error}") from error
        last = self._last()
        if last is not None and checkpoint != last:
            if last.size != before:
                raise NotWitnessed(
                    f"衔接的是 {before} 条时的封签，而见证止于第 {last.number} 号（{last.size} 条）："
                    "缺中间的文件，或另有一部纪实",
                    f"it follows from a checkpoint of {before} entries, the last one seen is no. {last.number} of "
                    f"{last.size}: one in between is missing, or this is another record",
                )
            if not chain.extends(before, checkpoint.size, last.root, checkpoint.root, path):
                raise NotWitnessed(
                    f"与已见证的第 {last.number} 号封签不相衔接：纪实被改写或另有一部，请立即报告",
                    f"it does not extend no. {last.number} that was cosigned: the record was rewritten, or there are "
                    "two. Report this at once",
                )
            if checkpoint.number <= last.number or checkpoint.at < last.at:
                raise NotWitnessed("序号或时间早于已见证的封签", "its number or time is before that of the last one")
        self.folder.put("last.json", json.dumps({"note": note}))
        mine = chain.sign_note(checkpoint, self.name, self._private.sign, self.key.public)
        return note + mine.rpartition("\n\n")[2]

    def _last(self) -> chain.Checkpoint | None:
        kept = self.folder.text("last.json")
        return None if kept is None else chain.opened(json.loads(kept)["note"], [self.notary])


def main(arguments: Sequence[str] | None = None) -> int:
    """Cosign what is new in the inbox, the earliest first; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m audit.witness", description="外部见证 / cosign daily checkpoints")
    parser.add_argument("inbox", type=Path, help="公证进程交出封签的文件夹 / where the notary hands out checkpoints")
    parser.add_argument("--state", type=Path, required=True, help="本见证自己的文件夹 / the witness's own folder")
    parser.add_argument(
        "--notary", type=chain.read_key, required=True, metavar="VKEY", help="公证进程的公钥 / the notary's public key"
    )
    parser.add_argument("--name", default="witness", help="见证的名称 / the name under which it signs")
    options = parser.parse_args(arguments)
    try:
        witness = Witness(Folder(options.state), options.name, options.notary)
        for request in sorted(options.inbox.glob("checkpoint-*.add")):
            target = f"{request.stem}.cosigned.txt"
            if (options.inbox / target).exists():
                continue
            try:
                note = witness.cosigned(request.read_text(encoding="utf-8"))
                put(options.inbox, target, note.encode(), mode=0o644)
            except NotWitnessed as why:
                sys.stderr.write(f"{request.name}：未见证：{why}\n")
                return 1
            sys.stdout.write(f"{target}\n")
    except OSError as trouble:
        sys.stderr.write(f"文件夹不能用 / a folder cannot be used: {trouble}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
