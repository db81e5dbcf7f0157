"""Makes the accounts of the site's database, and gives each what it needs and no more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseTrouble
from django.utils.translation import gettext as _

from cadre import database_roles, terminal


class Command(BaseCommand):
    help = (
        "Make the accounts of the site's database (owner, migrations, site, notary, auditor) and give each its "
        "rights.  DATABASE_URL names an account that may do so, such as postgres.  Safe to run again."
    )
    requires_system_checks: list[str] = []  # it mends what the doctor names

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print the SQL and change nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        terminal.speak()
        try:
            done = database_roles.make(dry_run=dry_run)
        except DatabaseTrouble as trouble:
            raise CommandError(
                _(
                    "Nothing was changed: %(why)s.  Stop the site, and run this with DATABASE_URL naming an account "
                    "that may make roles, such as postgres."
                )
                % {"why": str(trouble).strip().partition("\n")[0]}
            ) from None
        for statement in done:
            self.stdout.write(f"{statement};")
        if dry_run:
            self.stdout.write(_("Nothing was changed; without --dry-run the statements above are carried out."))
            return
        self.stdout.write(_("The accounts are as they should be."))
        made = [role for role, login in database_roles.ROLES.items() if f"CREATE ROLE {role} {login}" in done]
        able = [role for role in made if database_roles.ROLES[role] == "LOGIN"]
        if able:
            self.stdout.write(
                _("Give each new account a password, with \\password in psql: %(accounts)s.")
                % {"accounts": ", ".join(able)}
            )
