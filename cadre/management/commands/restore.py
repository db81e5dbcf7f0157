"""Restores a backup and verifies what stands there afterwards; ends with 1 where anything is not as it should be."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from cadre import backup, restore, terminal


class Command(BaseCommand):
    help = "Restore the backup in DIR: both databases and the papers; then verify the record and the papers."
    requires_system_checks: list[str] = []  # the databases may still be empty

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--replace",
            default="",
            metavar="'N entries'",
            help="throw the present record away; N must be the number of its entries, which the refusal names",
        )
        parser.add_argument(
            "--seen",
            type=Path,
            metavar="FILE",
            help="does the restored record extend what was seen?  FILE: kept heads, a dump, or a newer backup",
        )

    def handle(self, *, folder: Path, replace: str, seen: Path | None, **options: Any) -> None:
        terminal.speak()
        try:
            with backup.servers_of_a_trial():
                restored = restore.restore(folder, replace=replace, seen=seen)
        except backup.Impossible as problem:
            raise CommandError(str(problem)) from None
        said = restored.manifest["counts"] | {"made_at": restored.manifest["made_at"]}
        self.stdout.write(
            _("Restored the backup of %(made_at)s: %(entries)s entries in %(streams)s streams, %(papers)s papers.")
            % said
        )
        for note in restored.notes:
            self.stdout.write(note)
        for finding in restored.findings:
            self.stderr.write(finding)
        if restored.findings:
            sys.exit(1)
        self.stdout.write(_("The record has been verified and is whole; every paper that it names is there."))
