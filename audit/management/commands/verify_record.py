"""Verify the record and say where it breaks (核验全程纪实)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from audit import chain, reading


class Command(BaseCommand):
    help = (
        "Recompute every entry of the record. Exit code 0: whole; 1: something was found, which is named; 2: no dump."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stream", help="one stream only, such as selection:17")
        parser.add_argument(
            "--dump", type=Path, metavar="FILE", help="also write the bodies to FILE, one a line, for audit/chain.py"
        )

    def handle(self, *, stream: str | None, dump: Path | None, **options: Any) -> None:
        if dump is not None:
            self._dump(dump, stream)
        verdict = reading.verify(stream=stream)
        self.stdout.write(chain.report(verdict))
        if not verdict.guarded:
            self.stderr.write(
                "注意：禁止改动的触发器未全部启用。\n"
                "Note: not all of the triggers that refuse changes are in force at this moment."
            )
        if not verdict.whole:
            sys.exit(1)

    def _dump(self, target: Path, stream: str | None) -> None:
        try:
            with target.open("x", encoding="utf-8", newline="\n") as file:
                for body in reading.bodies(stream=stream):
                    file.write(body + "\n")
        except OSError as error:
            self.stderr.write(f"写不了文件 / cannot write: {error}")
            sys.exit(2)
