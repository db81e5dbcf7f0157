"""The demonstration county (演示数据), on a trial site with servers of its own and nowhere else."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from selection import clock, demonstration
from selection.models.founding import AlreadyFounded
from selection.register.models import Organisation, Person, Post


class Command(BaseCommand):
    help = "Found the invented county, enter its units, posts and people, and open one account for every role."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demonstration is for a site with servers of its own.  Unset DATABASE_URL, BOX_DATABASE_URL and "
                "REDIS_URL to try it; `first_administrator` founds a real county."
            )
        if not settings.DEMONSTRATION:
            raise CommandError("This is not a demonstration site: DEMONSTRATION is off.")
        began = time.monotonic()
        try:
            demonstration.load(clock.now())
        except AlreadyFounded:
            raise CommandError("There is a county already; nothing was loaded.") from None
        self.stdout.write(
            f"{Organisation.objects.count()} units, {Post.objects.count()} posts and {Person.objects.count()} invented "
            f"people in {time.monotonic() - began:.0f} s."
        )
