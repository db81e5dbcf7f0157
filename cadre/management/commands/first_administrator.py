"""The first administrator (首个管理员): made once, with the county, by whoever has installed the site."""

import getpass
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from selection import clock
from selection.models import Account, Mandate
from selection.models.founding import AlreadyFounded, found_county
from selection.rulebook import rules

QUESTIONS = {
    "committee": "Full name of the committee (党委全称), for example 中共澄溪县委员会: ",
    "department": "Full name of its organisation department (组织部门全称): ",
    "rulebook": "Rulebook (规则库)",
    "username": "User name of the administrator: ",
    "name": "Name of the administrator (姓名): ",
}


class Command(BaseCommand):
    help = (
        "Found the county and make its first administrator; refused when that has been done.  What is not given as an "
        "option is asked for; the password is asked for, or read from standard input with --password-stdin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for name in QUESTIONS:
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--code", default="county", help="short code of the mandate, default: %(default)s")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_second_time()
        bodies = rules.bodies()
        given = {
            name: options[name] or self.ask(f"{question} ({', '.join(bodies)}): " if name == "rulebook" else question)
            for name, question in QUESTIONS.items()
        }
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else self.ask_password()
        try:
            founded = found_county(
                committee=given["committee"],
                department=given["department"],
                code=options["code"],
                rulebook=given["rulebook"],
                administrator={"username": given["username"], "name": given["name"], "password": password},
                at=clock.now(),
            )
        except AlreadyFounded:
            self.refuse_second_time()
        except LookupError:
            raise CommandError(f"There is no rulebook {given['rulebook']!r}; there are {', '.join(bodies)}.") from None
        except ValidationError as error:
            with translation.override("en"):
                raise CommandError(" ".join(error.messages)) from None
        else:
            self.stdout.write(f"{founded.mandate} has been founded; {founded.administrator.username} can log in.")

    def refuse_second_time(self) -> None:
        if mandate := Mandate.objects.first():
            there = (
                Account.objects.filter(holdings__role="administrator").order_by("pk").values_list("username", flat=True)
            )
            raise CommandError(
                f"{mandate} has been founded already.  Further accounts are opened by an administrator: "
                f"{', '.join(dict.fromkeys(there))}."
            )

    def ask(self, question: str) -> str:
        self.stdout.write(question, ending="")
        self.stdout.flush()
        answer = sys.stdin.readline()
        if not answer:
            raise CommandError("The questions were not answered; give the answers as options, see --help.")
        return answer.strip()

    def ask_password(self) -> str:
        password = getpass.getpass("Password: ")
        if getpass.getpass("The password again: ") != password:
            raise CommandError("The two passwords differ; nothing was made.")
        return password
