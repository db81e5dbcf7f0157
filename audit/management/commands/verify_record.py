"""Verify the record and say where it breaks (核验全程纪实)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from audit import chain, extent, reading, tree


class Command(BaseCommand):
    help = (
        "Recompute every entry of the record. Exit code 0: whole; 1: something was found, which is named; 2: a file "
        "could not be written or read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stream", help="one stream only, such as selection:17")
        parser.add_argument(
            "--dump", type=Path, metavar="FILE", help="also write the bodies to FILE, one a line, for audit/chain.py"
        )
        parser.add_argument(
            "--heads", type=Path, metavar="FILE", help="also write the last entry of each stream to FILE, to be kept"
        )
        parser.add_argument(
            "--seen",
            type=Path,
            metavar="FILE",
            help="does the record extend what was seen?  FILE: kept heads, a dump, or a backup",
        )
        parser.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            action="append",
            default=[],
            help="hold the record against a checkpoint that was kept elsewhere; may be given several times",
        )

    def handle(
        self,
        *,
        stream: str | None,
        dump: Path | None,
        heads: Path | None,
        seen: Path | None,
        checkpoint: list[Path],
        **options: Any,
    ) -> None:
        kept = self._seen(seen, stream) if seen is not None else {}
        notes = [self._checkpoint(one) for one in checkpoint]
        if dump is not None:
            self._dump(dump, stream)
        if heads is not None:
            self._heads(heads)
        verdict = reading.verify(stream=stream, kept=notes)
        self.stdout.write(chain.report(verdict, alone=verdict.signed.number is None))
        self.stdout.write(_signed(verdict.signed))
        if stream is None:
            self.stdout.write(
                f"业务数据：{verdict.rows} 行逐行与记录中的印记比对。\n"
                f"Rows of business: {verdict.rows}, each held against its imprint in the record."
            )
        if not verdict.guarded:
            self.stderr.write(
                "注意：禁止改动的触发器未全部启用。\n"
                "Note: not all of the triggers that refuse changes are in force at this moment."
            )
        behind = extent.behind(kept)
        if seen is not None:
            self.stdout.write(extent.report(behind, len(kept)))
        if not verdict.whole or behind:
            sys.exit(1)

    def _seen(self, source: Path, stream: str | None) -> dict[str, extent.Head]:
        try:
            kept = extent.seen(source)
        except (OSError, extent.NotHeads) as error:
            self.stderr.write(f"读不出曾见到的末条 / what was seen cannot be read: {error}")
            sys.exit(2)
        return kept if stream is None else {name: head for name, head in kept.items() if name == stream}

    def _checkpoint(self, source: Path) -> chain.Checkpoint:
        try:
            return tree.opened(source.read_text(encoding="utf-8"), tree.known_keys())
        except (OSError, ValueError) as error:
            self.stderr.write(f"{source} 不是本纪实的封签 / is no checkpoint of this record: {error}")
            sys.exit(2)

    def _heads(self, target: Path) -> None:
        try:
            with target.open("x", encoding="utf-8") as file:
                json.dump({"heads": extent.written(extent.heads())}, file, indent=1)
        except OSError as error:
            self.stderr.write(f"写不了文件 / cannot write: {error}")
            sys.exit(2)

    def _dump(self, target: Path, stream: str | None) -> None:
        try:
            with target.open("x", encoding="utf-8", newline="\n") as file:
                for body in reading.bodies(stream=stream):
                    file.write(body + "\n")
        except OSError as error:
            self.stderr.write(f"写不了文件 / cannot write: {error}")
            sys.exit(2)


def _signed(signed: tree.Covered) -> str:
    """What the checkpoints cover, in Chinese and in English."""
    if signed.number is None:
        return "没有核对封签。\nNo checkpoint was looked at."
    by = (
        ("以公证进程的公钥验签", "signed by the notary's key")
        if signed.is_signed
        else ("未验签：不知道公证进程的公钥", "signatures not checked: the notary's key is not known here")
    )
    return (
        f"已核对至第 {signed.number} 号封签（{signed.at:%Y-%m-%d %H:%M:%S} UTC，共 {signed.size} 条，{by[0]}）。\n"
        f"Held against the checkpoints up to no. {signed.number} ({signed.size} entries, {by[1]})."
    )
