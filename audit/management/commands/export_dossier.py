"""Write the dossier of a stream to a file (导出卷宗)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from audit import tree
from audit.dossier import NotSealed, dossier


class Command(BaseCommand):
    help = "Write the entries of a stream, the files that they name and their proof into a ZIP file for audit/chain.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stream", help="such as selection:17")
        parser.add_argument("file", type=Path, help="where to write it; must not be there yet")
        parser.add_argument(
            "--checkpoint",
            type=Path,
            metavar="FILE",
            action="append",
            default=[],
            help="also show how it follows from a checkpoint that was kept elsewhere; may be given several times",
        )

    def handle(self, *, stream: str, file: Path, checkpoint: list[Path], **options: Any) -> None:
        try:
            kept = [tree.opened(one.read_text(encoding="utf-8"), tree.known_keys()) for one in checkpoint]
        except (OSError, ValueError) as error:
            raise CommandError(f"不是本纪实的封签 / no checkpoint of this record: {error}") from error
        try:
            made = dossier(stream, import_string(settings.AUDIT_FILE), kept)
        except NotSealed:
            raise CommandError(f"{stream}：没有已封签的记录 / no entry of it is under a checkpoint") from None
        try:
            with file.open("xb") as target:
                for portion in made.packed():
                    target.write(portion)
        except OSError as error:
            raise CommandError(f"写不了文件 / cannot write: {error}") from error
        self.stdout.write(f"{file}：截至第 {made.checkpoint.number} 号封签 / up to checkpoint {made.checkpoint.number}")
