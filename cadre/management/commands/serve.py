"""The whole site with one command: servers of its own if none are given, web server, box, worker, clock, notary."""

import fcntl
import io
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import translation
from django.utils.translation import gettext as _

from cadre import env, terminal, wellbeing
from cadre.supervision import Stopped, Supervisor
from selection.ballots import router
from selection.documents import seal
from tools import messages, servers

PLACES = ("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL")
OF_THE_WORKER = {"SEAL_KEYSTORE", "SEAL_PASSPHRASE", "SEAL_PASSPHRASE_FILE", "SEAL_HOOK"}
"""The key of the seal, which neither the web server nor the clock is told of."""
OF_THE_MACHINE = {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"}
"""What every process inherits.  The box's and the notary's inherit nothing else but their own."""


class Command(BaseCommand):
    help = "Serve the whole site from one command until Ctrl-C."
    requires_system_checks: list[str] = []  # they need the databases, which this command starts first

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        self.compile_translations()
        terminal.speak()
        given = [name for name in PLACES if env.given(name)]
        if given and len(given) < len(PLACES):
            said = {"given": ", ".join(given), "missing": ", ".join(name for name in PLACES if name not in given)}
            raise CommandError(_("%(given)s set, but not %(missing)s.  Set all three, or none for a trial.") % said)
        try:
            if os.geteuid() == 0:
                self.go_on_as_another_account()
            self.serve(began)
        except servers.CannotStart as problem:
            raise CommandError(str(problem)) from None
        except Stopped as asked:
            said = {"signal": str(asked), "folder": str(settings.DATA_ROOT)}
            self.say(_("Stopped (%(signal)s).  Nothing is left running; the data stay in %(folder)s.") % said)

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def compile_translations(self) -> None:
        """Only what is older than its source, so that an account that may not write here can serve."""
        catalogues = settings.BASE_DIR.glob("locale/*/LC_MESSAGES/*.po")
        pairs = [(po.stat().st_mtime, po.with_suffix(".mo")) for po in catalogues]
        if any(not mo.exists() or mo.stat().st_mtime < written for written, mo in pairs):
            messages.compile_all()

    # --- as root ---------------------------------------------------------------------------------------------

    def go_on_as_another_account(self) -> NoReturn:
        """Nothing of the site runs as root: become the account of the data folder and start over."""
        data: Path = settings.DATA_ROOT
        to = servers.account(data)
        servers.open_programs(settings.BASE_DIR / "manage.py", data, say=self.say)
        servers.hand_over(data, to)
        again = [sys.executable, str(settings.BASE_DIR / "manage.py"), *sys.argv[1:]]
        probe = [sys.executable, "-c", "import django, cadre.env; open('manage.py').close()"]
        drop: dict[str, Any] = {"user": to.pw_uid, "group": to.pw_gid, "extra_groups": []}
        if subprocess.run(probe, cwd=settings.BASE_DIR, capture_output=True, check=False, **drop).returncode != 0:
            raise CommandError(
                _(
                    "The site is not served as root, and the account %(account)s cannot read %(folder)s.  "
                    "Let it read (`chmod -R o+rX %(folder)s`), or run this as an ordinary user."
                )
                % {"account": to.pw_name, "folder": settings.BASE_DIR}
            )
        said = {"account": to.pw_name}
        self.say(_("Going on as the account %(account)s, because nothing of the site runs as root.") % said)
        os.chdir(settings.BASE_DIR)
        os.initgroups(to.pw_name, to.pw_gid)
        os.setgid(to.pw_gid)
        os.setuid(to.pw_uid)
        os.execve(sys.executable, again, os.environ | {"HOME": str(data), "USER": to.pw_name})

    # --- as the account of the data folder -------------------------------------------------------------------

    def serve(self, began: float) -> None:
        data: Path = settings.DATA_ROOT
        logs = data / "log"
        os.umask(0o077)
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.PAPERS_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (data / "serve.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(_("The site of %(folder)s is being served already.") % {"folder": data}) from None
            for name, given in (("BIND", settings.BIND), ("BOX_BIND", settings.BOX_BIND)):
                self.refuse_taken_address(name, given)
            with Supervisor(servers.account(data), settings.BASE_DIR, self.say) as supervisor:
                if settings.EMBEDDED:
                    self.start_servers(supervisor, data)
                self.bring_up_to_date()
                self.start_programs(supervisor, logs)
                said = {
                    "address": self.await_answer(supervisor, settings.BIND, "/healthz", logs / "web.log"),
                    "box": self.await_answer(supervisor, settings.BOX_BIND, "/box/healthz", logs / "box.log"),
                    "seconds": f"{time.monotonic() - began:.1f}",
                }
                self.say(
                    _(
                        "The site answers on %(address)s, the ballot box on %(box)s/box/, after %(seconds)s s.  "
                        "Ctrl-C stops both."
                    )
                    % said
                )
                supervisor.watch()

    def start_servers(self, supervisor: Supervisor, data: Path) -> None:
        new = not (data / "postgres").exists()
        servers.prepare(data)
        for server in servers.servers(data):
            supervisor.server(server)
        if self.loading.exists():
            self.say(_("The demonstration was not loaded to its end last time; it is made anew."))
            servers.drop_databases(data)
        servers.make_databases(data)
        said = _("PostgreSQL and Valkey are new and run under %(folder)s.")
        self.say((said if new else _("PostgreSQL and Valkey run under %(folder)s.")) % {"folder": data})

    def bring_up_to_date(self) -> None:
        """Tables, static files and, on the first start of a trial, the demonstration."""
        quietly: dict[str, Any] = {"interactive": False, "verbosity": 0, "skip_checks": True}
        call_command("migrate", **quietly)
        call_command("migrate", router.LABEL, database=router.ALIAS, **quietly)  # of no other app there is a table
        call_command("check", databases=list(settings.DATABASES), stdout=io.StringIO())
        self.say(_("The tables of the site and of the box are up to date."))
        seal.prepare()
        call_command("collectstatic", interactive=False, verbosity=0, skip_checks=True)
        if settings.EMBEDDED and settings.DEMONSTRATION and self.nobody_is_there():
            self.say(_("Loading the demonstration county ..."))
            self.loading.touch()
            with translation.override(settings.LANGUAGE_CODE):  # what is written down does not follow the terminal
                call_command("load_demo")
            self.loading.unlink()
        connections.close_all()

    @property
    def loading(self) -> Path:
        """There while the demonstration is being loaded: an interrupted one is half a county."""
        return settings.DATA_ROOT / "loading"

    def nobody_is_there(self) -> bool:
        return not apps.get_model(settings.AUTH_USER_MODEL).objects.exists()

    def start_programs(self, supervisor: Supervisor, logs: Path) -> None:
        python, of_the_worker = sys.executable, dict(os.environ) | {"DOOR": "site"}
        environment = {name: value for name, value in of_the_worker.items() if name not in OF_THE_WORKER}
        gunicorn = [python, "-m", "gunicorn", "--config", "python:cadre.web_server", "--worker-tmp-dir", str(logs)]
        supervisor.program(
            _("The web server"),
            [*gunicorn, "--name", "site", "--bind", settings.BIND, "cadre.wsgi"],
            logs / "web.log",
            environment,
        )
        supervisor.program(
            _("The box"),
            [*gunicorn, "--name", "box", "--bind", settings.BOX_BIND, "cadre.wsgi"],
            logs / "box.log",
            self.of_the_box(),
        )
        celery = [python, "-m", "celery", "--app", "cadre"]
        supervisor.program(
            _("The worker"),
            [
                *(*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1", "--hostname", "worker@site"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            logs / "worker.log",
            of_the_worker,
        )
        supervisor.program(
            _("The clock"),
            [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(settings.DATA_ROOT / "beat"), "--pidfile", ""],
            logs / "clock.log",
            environment,
        )
        supervisor.program(_("The notary"), [python, "-m", "cadre.notary"], logs / "notary.log", self.of_the_notary())

    def of_the_notary(self) -> dict[str, str]:
        """What the notary is told: its way into the database and its folder, nothing of the site's keys."""
        password = env.text("NOTARY_DATABASE_PASSWORD", "")
        if not settings.NOTARY_DATABASE_URL:
            password = password or env.text("DATABASE_PASSWORD", "")
        given = {"NOTARY_OUTBOX", "NOTARY_MAIL_SERVER", "NOTARY_MAIL_FROM", "NOTARY_MAIL_TO"}
        return {name: value for name, value in os.environ.items() if name in OF_THE_MACHINE | given} | {
            "NOTARY_DATABASE_URL": settings.NOTARY_DATABASE_URL or env.text("DATABASE_URL"),
            "NOTARY_DATABASE_PASSWORD": password,
            "NOTARY_STATE": str(settings.NOTARY_STATE),
            "RECORD_HASH": settings.RECORD_HASH,
            "LOG_FORMAT": env.text("LOG_FORMAT", ""),
        }

    def of_the_box(self) -> dict[str, str]:
        """What the box's process is told: nothing of the site's database, queue, key or people.

        Its own variables are handed on as they are given, each as itself or as the file that holds it.
        """
        own = {name for name in os.environ if name.startswith("BOX_") and "DATABASE" not in name}
        return {name: value for name, value in os.environ.items() if name in OF_THE_MACHINE | own} | {
            "DOOR": "box",
            "DATA_ROOT": str(settings.DATA_ROOT),
            "BOX_DATABASE_URL": settings.BOX_DOOR_DATABASE_URL or env.text("BOX_DATABASE_URL"),
            "BOX_DATABASE_PASSWORD": "" if settings.BOX_DOOR_DATABASE_URL else env.text("BOX_DATABASE_PASSWORD", ""),
            "LOG_FORMAT": env.text("LOG_FORMAT", ""),
        }

    # --- the addresses ---------------------------------------------------------------------------------------

    def address(self, name: str, given: str) -> tuple[str, int]:
        host, separator, port = given.rpartition(":")
        if not separator or not port.isdigit():
            said = {"name": name, "value": given}
            raise CommandError(
                _("%(name)s is “%(value)s”, but must be an address and a port, such as 127.0.0.1:8000.") % said
            )
        return host.strip("[]") or "127.0.0.1", int(port)

    def refuse_taken_address(self, name: str, given: str) -> None:
        host, port = self.address(name, given)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as problem:
                raise CommandError(
                    _(
                        "The site cannot listen on %(address)s: %(why)s.  "
                        "Set %(name)s to another address, for example %(name)s=127.0.0.1:8010."
                    )
                    % {"address": given, "name": name, "why": problem.strerror}
                ) from None

    def await_answer(self, supervisor: Supervisor, given: str, probe: str, log: Path) -> str:
        """The address, as soon as a process of ours answers there."""
        shown = wellbeing.inside(given)
        request = urllib.request.Request(f"{shown}{probe}", headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".*")})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + servers.PATIENCE
        while True:
            try:
                with direct.open(request, timeout=5):
                    return shown
            except urllib.error.HTTPError:
                return shown  # it answers; what is wrong stands on the status page and in the log
            except OSError:
                if time.monotonic() > until:
                    raise CommandError(_("The web server does not answer; see %(log)s.") % {"log": log}) from None
            for child in supervisor.children:
                supervisor.look_after(child)
            time.sleep(0.05)
