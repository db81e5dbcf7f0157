"""Says in words what is well with the site and what is not; ends with 1 where something is not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from cadre import wellbeing


class Command(BaseCommand):
    help = "Say in words what is well with the site and what is not."
    requires_system_checks: list[str] = []  # a doctor sees the sick

    def handle(self, *args: Any, **options: Any) -> None:
        found = wellbeing.findings()
        for finding in found:
            self.stdout.write(f"{'✓' if finding.well else '✗'} {finding.name}: {finding.says}")
            if not finding.well:
                self.stdout.write(f"    {finding.what_to_do}")
        unwell = sum(not finding.well for finding in found)
        self.stdout.write("All is well." if not unwell else f"{unwell} of {len(found)} not well.")
        sys.exit(1 if unwell else 0)
