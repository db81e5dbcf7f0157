"""Says in words what is well with the site and what is not; ends with 1 where something is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from cadre import terminal, wellbeing


class Command(BaseCommand):
    help = "Say in words what is well with the site and what is not."
    requires_system_checks: list[str] = []  # a doctor sees the sick

    def handle(self, *args: Any, **options: Any) -> None:
        terminal.speak()
        found = wellbeing.findings()
        for finding in found:
            self.stdout.write(f"{'✓' if finding.well else '✗'} {finding.name}: {finding.says}")
            if not finding.well:
                self.stdout.write(f"    {finding.what_to_do}")
        unwell = sum(not finding.well for finding in found)
        said = {"unwell": unwell, "all": len(found)}
        self.stdout.write(_("%(unwell)s of %(all)s not well.") % said if unwell else _("All is well."))
        sys.exit(1 if unwell else 0)
