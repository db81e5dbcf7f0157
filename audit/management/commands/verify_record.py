"""Verify the record and say where it breaks (核验全程纪实)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from audit import chain, extent, reading


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

    def handle(
        self, *, stream: str | None, dump: Path | None, heads: Path | None, seen: Path | None, **options: Any
    ) -> None:
        kept = self._seen(seen, stream) if seen is not None else {}
        if dump is not None:
            self._dump(dump, stream)
        if heads is not None:
            self._heads(heads)
        verdict = reading.verify(stream=stream)
        self.stdout.write(chain.report(verdict))
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
