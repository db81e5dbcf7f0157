"""Backs up both databases and the papers into one folder, and says what is in it."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from cadre import backup, terminal


class Command(BaseCommand):
    help = "Back up both databases and the papers into DIR, in the place of an older backup if one lies there."
    requires_system_checks: list[str] = []  # a site that is not well needs its backup most

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *, folder: Path, **options: Any) -> None:
        terminal.speak()
        try:
            with backup.servers_of_a_trial():
                made = backup.make(folder)
        except backup.Impossible as problem:
            raise CommandError(str(problem)) from None
        said = made.manifest["counts"] | {"folder": made.folder, "size": f"{made.size / 1024**2:.1f}"}
        self.stdout.write(
            _(
                "Backed up to %(folder)s: %(entries)s entries in %(streams)s streams, both databases, "
                "%(papers)s papers; %(size)s MB."
            )
            % said
        )
        self.stdout.write(_("The backup holds everything the site knows: keep it as you keep the site."))
        for sha256 in made.lacking:
            self.stderr.write(_("The paper %(sha256)s, which the record names, is not there.") % {"sha256": sha256})
        if made.lacking:
            sys.exit(1)
