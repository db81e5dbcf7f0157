"""Is the site well?  One list of findings for the command ``doctor``, the status page and /readyz."""

import contextlib
import ctypes
import functools
import os
import re
import shutil
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseTrouble
from django.db import connections, router
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from kombu.exceptions import OperationalError

from selection.ballots import blind
from tools import servers

Words = str | Promise

SILENT_FOR = timedelta(minutes=5)
"""The clock looks at the deadlines every minute; after this long somebody must look at the clock."""
UNVERIFIED_FOR = timedelta(days=2)
"""The record is verified every night; after this long somebody must look why not."""
SEAL_RENEWED_BEFORE = timedelta(days=30)
"""So long before its last day somebody must have the certificate of the seal renewed."""
LEAST_SPACE = 1024**3
PROBE = """<!DOCTYPE html><html lang="zh"><head><title>字体</title></head><body>
<h1>干部任前公示</h1><h2>基本情况</h2><p>干部选拔任用工作纪实表</p></body></html>"""
LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``what_to_do`` is empty where it is well, ``at`` the moment it speaks of, if of one."""

    name: Words
    well: bool
    says: Words
    what_to_do: Words = ""
    at: datetime | None = None


def database(alias: str, name: Words) -> Finding:
    """Does it answer, and has every migration been applied?"""
    connection = connections[alias]
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        waiting = [migration for migration, _backwards in plan if router.allow_migrate(alias, migration.app_label)]
    except DatabaseTrouble:
        return Finding(
            name,
            False,
            _("does not answer"),
            _("Start the site with `make run`, or look at the database server whose address is set."),
        )
    if waiting:
        says = ngettext_lazy("%(n)d migration has not been applied", "%(n)d migrations have not been applied", "n")
        return Finding(name, False, says % {"n": len(waiting)}, _("Run `manage.py migrate` for both databases."))
    return Finding(name, True, _("answers, and its tables are up to date"))


def silence() -> Finding:
    """Would the server write ballots, keys or their moments into a log of its own?"""
    name = _("Log of the box's database")
    wanted = servers.QUIET | {"track_commit_timestamp": "off", "auto_explain.log_min_duration": "-1"}
    try:
        with connections["box"].cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(wanted)])
            found = dict(cursor.fetchall())
    except DatabaseTrouble:
        return Finding(name, False, _("could not be asked"), _("See first that the database of the box answers."))
    loud = sorted(one for one, value in wanted.items() if found.get(one, value) != value)
    if loud:
        return Finding(
            name,
            False,
            _("may hold ballots: %(settings)s") % {"settings": ", ".join(loud)},
            _("Set them as in docs/operating.md; what has been written already stays in the server's log."),
        )
    return Finding(name, True, _("holds no statement and no moment of a ballot"))


def inside(given: str) -> str:
    """Where this machine itself reaches what listens on an address, such as ``http://127.0.0.1:8001``."""
    host, _separator, port = given.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104 - compared only


def door() -> Finding:
    """Does the box's own process (票箱) answer?  Asked once and briefly; its own words say what it lacks."""
    name = _("Process of the box")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{inside(settings.BOX_BIND)}/box/readyz", timeout=2):
            return Finding(name, True, _("answers"))
    except urllib.error.HTTPError:
        return Finding(
            name,
            False,
            _("answers, but cannot take ballots"),
            _("See that its account can open the box's database; nobody can vote until then."),
        )
    except (OSError, HTTPException):
        return Finding(
            name,
            False,
            _("does not answer"),
            _("Start it with `make run`, or see that BOX_BIND is where it listens; nobody can vote until then."),
        )


def broker() -> Finding:
    """Does Redis answer?  Asked once and briefly, since a page may be waiting."""
    from cadre.celery import app

    name = _("Queue (Redis)")
    try:
        with app.connection_for_read(connect_timeout=2, transport_options={"socket_timeout": 2}) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OSError, OperationalError):
        return Finding(
            name,
            False,
            _("does not answer"),
            _("Look at the server of REDIS_URL.  Deadlines are kept again as soon as it answers."),
        )
    return Finding(name, True, _("answers"))


def translations() -> Finding:
    """Without the compiled catalogue the site would silently be English."""
    name = _("Translations")
    source = settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    compiled = source.with_suffix(".mo")
    repair = _("Run `python tools/messages.py compile`.")
    if not compiled.exists():
        return Finding(name, False, _("the Chinese catalogue has not been compiled"), repair)
    if compiled.stat().st_mtime < source.stat().st_mtime:
        return Finding(name, False, _("the compiled Chinese catalogue is older than its source"), repair)
    return Finding(name, True, _("the Chinese catalogue is there"))


def arithmetic() -> Finding:
    """Are ballots signed with gmpy2?  Without it plain Python does, and takes a time that depends on the key."""
    name = _("Arithmetic of electronic ballots")
    if blind.ARITHMETIC == "gmpy2":
        return Finding(name, True, _("gmpy2, in constant time"))
    return Finding(
        name,
        False,
        _("plain Python: eight times slower, and not in constant time"),
        _("Run `make setup`, which installs gmpy2; ballots are signed all the same until then."),
    )


def libraries() -> Finding:
    """Pango and HarfBuzz, which only the distribution has."""
    missing = []
    for library in LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    name = _("Libraries for papers")
    if missing:
        return Finding(
            name,
            False,
            _("missing: %(libraries)s") % {"libraries": ", ".join(missing)},
            _("Run `apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0` as root."),
        )
    return Finding(name, True, _("Pango and HarfBuzz are there"))


def fonts() -> Finding:
    """A probe is printed and the names of the fonts in it are read back: a missing font gives empty boxes, no error."""
    from selection.documents import fonts, render

    name = _("Fonts of papers")
    missing = [path.name for path in fonts.files() if not path.is_file()]
    if missing:
        says = _("missing: %(files)s") % {"files": ", ".join(missing)}
        return Finding(name, False, says, _("Run `make setup`; the font of titles comes with the code itself."))
    try:
        foreign = foreign_fonts(tuple(fonts.files()))
    except (render.PressFailed, OSError) as problem:
        return Finding(
            name,
            False,
            _("a probe could not be printed (%(why)s)") % {"why": problem},
            _("See first that the libraries for papers are there."),
        )
    if foreign:
        says = _("the probe was printed in %(fonts)s") % {"fonts": ", ".join(foreign)}
        return Finding(name, False, says, _("Run `make setup`; papers must be printed in their own fonts."))
    return Finding(name, True, _("a probe was printed in our own fonts"))


@functools.cache
def foreign_fonts(files: tuple[Path, ...]) -> tuple[str, ...]:
    """Fonts in a printed probe that are in none of ``files``; kept, for the same files give the same answer."""
    from fontTools.ttLib import TTCollection, TTFont

    from selection.documents import render

    ours: set[str] = set()
    for path in files:
        with TTCollection(path, lazy=True) if path.suffix.lower() == ".ttc" else TTFont(path, lazy=True) as opened:
            for font in getattr(opened, "fonts", [opened]):
                ours |= {bare(str(record)) for record in font["name"].names if record.nameID in (1, 4, 6)}
    return tuple(sorted(name for name in embedded_fonts(render.press(PROBE)) if bare(name) not in ours))


def bare(name: str) -> str:
    """A font's name without the marks and the word "regular" that one writes and another leaves out."""
    return re.sub(r"[^0-9a-z\u3400-\u9fff]|regular", "", name.lower())


def embedded_fonts(pdf: bytes) -> set[str]:
    """The names of the fonts inside a PDF, without the six letters that mark a part of a font."""
    parts = [pdf]
    for stream in re.finditer(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(stream[1]))
    names = re.findall(rb"/BaseFont\s*/(?:[A-Z]{6}\+)?([^\s/>]+)", b"\n".join(parts))
    return {re.sub(rb"#([0-9A-Fa-f]{2})", lambda sign: bytes([int(sign[1], 16)]), name).decode() for name in names}


def rulebooks() -> Finding:
    """The law as data: every file read and compared."""
    from selection.rulebook import lint

    name = _("Rulebooks")
    found = lint.problems()
    if found:
        says = ngettext_lazy("%(n)d fault; the first: %(first)s", "%(n)d faults; the first: %(first)s", "n")
        return Finding(
            name,
            False,
            says % {"n": len(found), "first": str(found[0])},
            _("Mend the file and line that it names; `python -m selection.rulebook.lint` lists them all."),
        )
    return Finding(name, True, _("are without fault"))


def clock() -> Finding:
    """Has the scan of the deadlines been made lately?"""
    name = _("Clock")
    repair = _("See that the worker and the clock are running; `make run` starts both.")
    try:
        beaten = apps.get_model("selection", "Heartbeat").objects.order_by("-beaten_at").first()
    except DatabaseTrouble:
        return Finding(name, False, _("cannot be asked while the database does not answer"), repair)
    if beaten is None:
        return Finding(name, False, _("has not looked at the deadlines yet"), repair)
    silent = timezone.now() - beaten.beaten_at
    if silent > SILENT_FOR:
        minutes = {"minutes": int(silent.total_seconds() // 60)}
        says = _("last looked at the deadlines %(minutes)s minutes ago") % minutes
        return Finding(name, False, says, repair, at=beaten.beaten_at)
    return Finding(name, True, _("looked at the deadlines within the last five minutes"), at=beaten.beaten_at)


def space() -> Finding:
    """Room on the disk of the data, and on that of the papers, which in a container is another one."""
    name = _("Disk")
    try:
        apart = [settings.PAPERS_ROOT] if settings.PAPERS_ROOT.is_dir() else []
        free = min(shutil.disk_usage(folder).free for folder in (settings.DATA_ROOT, *apart))
    except FileNotFoundError:
        return Finding(
            name, False, _("the data folder does not exist yet"), _("Start the site once, or see what DATA_ROOT says.")
        )
    says = _("%(free).1f GB are free") % {"free": free / 1024**3}
    if free < LEAST_SPACE:
        return Finding(name, False, says, _("Make room: papers and the record need it."))
    return Finding(name, True, says)


def papers() -> Finding:
    """The folder of papers and evidence: ours to write, and nobody else's to read."""
    name = _("Folder of papers")
    folder: Path = settings.PAPERS_ROOT
    if not folder.is_dir():
        return Finding(
            name, False, _("does not exist"), _("Make it for the account of the site: %(folder)s") % {"folder": folder}
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            name,
            False,
            _("cannot be written"),
            _("Give it to the account of the site: %(folder)s") % {"folder": folder},
        )
    if folder.stat().st_mode & 0o007:
        return Finding(name, False, _("is open to everybody on this machine"), _("Run `chmod o-rwx` on it."))
    return Finding(name, True, _("can be written, and is closed to others"))


def notary() -> Finding:
    """Does the notary (公证进程) take what is recorded into the tree, and sign it?"""
    from audit import tree  # the box, which knows no record, loads this module too
    from audit.notary import SIGNED_WITHIN

    name = _("Notary of the record")
    try:
        waiting = tree.waiting()
    except DatabaseTrouble:
        return Finding(name, False, _("could not be asked"), _("See first that the database of the site answers."))
    if waiting.since is not None and timezone.now() - waiting.since > SIGNED_WITHIN:
        says = ngettext_lazy(
            "%(n)d entry waits to be signed, since %(since)s",
            "%(n)d entries wait to be signed, the oldest since %(since)s",
            "n",
        )
        since = timezone.localtime(waiting.since).strftime("%Y-%m-%d %H:%M")
        return Finding(
            name,
            False,
            says % {"n": waiting.entries, "since": since},
            _("Its log says why it signs nothing; docs/operating.md says what to do in each case."),
        )
    return Finding(name, True, _("signs what is recorded"))


def record() -> Finding:
    """Was the record (全程纪实) verified last night, and was it whole?"""
    from audit import verification  # as above

    name = _("Process record")
    try:
        last, at = verification.latest(), timezone.now()
    except DatabaseTrouble:
        return Finding(name, False, _("could not be asked"), _("See first that the database of the site answers."))
    if last is None or last.finished_at is None:
        return Finding(name, True, _("has not been verified yet; that is done every night"))
    said = {"at": timezone.localtime(last.finished_at).strftime("%Y-%m-%d %H:%M")}
    if not verification.verdict_of(last).whole:
        return Finding(
            name,
            False,
            _("is NOT whole: something was altered, as was found on %(at)s") % said,
            _("Change nothing, keep a copy of the database, and tell the auditors: the page that verifies names it."),
        )
    if at - last.finished_at > UNVERIFIED_FOR:
        return Finding(
            name,
            False,
            _("was verified on %(at)s for the last time") % said,
            _("See that the clock and the worker run: the record is verified every night from two o'clock on."),
        )
    return Finding(name, True, _("was verified on %(at)s and is whole") % said)


def accounts() -> Finding:
    """Could the site's own account (数据库账户) alter the record, or lift the triggers that keep it?"""
    from audit import privileges  # as above

    name = _("Accounts of the site's database")
    repair = _("Run `manage.py database_roles` as docs/operating.md says: each account then has what it needs alone.")
    try:
        held = privileges.held()
    except DatabaseTrouble:
        return Finding(name, False, _("could not be asked"), _("See first that the database of the site answers."))
    if held.hash != settings.RECORD_HASH:
        says = _("can add no entry to the record: it is hashed by %(by)s, RECORD_HASH says %(said)s")
        repair = _("Set RECORD_HASH right for the site and the notary: a record keeps the hash that it began with.")
        return Finding(name, False, says % {"by": held.hash, "said": settings.RECORD_HASH}, repair)
    if held.owns:
        says = _("one account owns everything, as in a trial")
        return Finding(name, True, says) if settings.DEMONSTRATION else Finding(name, False, says, repair)
    if held.writes:
        says = _("the site could write past the append function: %(tables)s")
        return Finding(name, False, says % {"tables": ", ".join(held.writes)}, repair)
    return Finding(name, True, _("are separate: that of the site can add to the record and change nothing in it"))


def seal() -> Finding:
    """Is every paper sealed (电子印章), by a certificate that will still be in force in a month?"""
    from selection import clock
    from selection.documents import seal

    name = _("Seal on papers")
    renew = _("Have it renewed and put the new certificate into SEAL_CERTIFICATES beside the old one.")
    as_written = _("See docs/operating.md, The seal.  Papers that wait are made by themselves.")
    try:
        found, at = seal.certificates(), clock.now()
        seal.check_keystore()
    except seal.NotSealed as why:
        return Finding(name, False, _("cannot be used: %(why)s") % {"why": why}, as_written)
    if not found:
        says = _("papers carry no electronic seal")
        return Finding(name, True, says) if settings.DEMONSTRATION else Finding(name, False, says, as_written)
    last = found[-1]
    if seal.is_trial(last):
        says = _("a self-made seal for trial, which stands for nobody")
        return Finding(name, True, says) if settings.DEMONSTRATION else Finding(name, False, says, as_written)
    said = {
        "from": clock.day_of(last.not_valid_before_utc).isoformat(),
        "until": clock.day_of(last.not_valid_after_utc).isoformat(),
    }
    if at < last.not_valid_before_utc:
        says = _("its certificate is in force from %(from)s on, and papers wait until then")
        return Finding(name, False, says % said, _("See that the clock of the machine is right."))
    if at > last.not_valid_after_utc:
        return Finding(name, False, _("its certificate ran out on %(until)s, and papers wait") % said, renew)
    if last.not_valid_after_utc - at < SEAL_RENEWED_BEFORE:
        return Finding(name, False, _("its certificate runs out on %(until)s; papers will wait then") % said, renew)
    return Finding(name, True, _("its certificate is in force until %(until)s") % said)


def looks() -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Everything that is looked at, in the order in which one thing may explain the next."""
    yield "database", functools.partial(database, "default", _("Database of the site"))
    yield "box", functools.partial(database, "box", _("Database of the box"))
    yield "silence", silence
    yield "door", door
    yield "broker", broker
    yield "clock", clock
    yield "notary", notary
    yield "record", record
    yield "accounts", accounts
    yield "rulebooks", rulebooks
    yield "translations", translations
    yield "libraries", libraries
    yield "arithmetic", arithmetic
    yield "fonts", fonts
    yield "papers", papers
    yield "seal", seal
    yield "space", space


def findings() -> list[Finding]:
    """Everything that is looked at, whether well or not."""
    return [look() for _name, look in looks()]


@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return said("alive")


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """200 where both databases, the queue and the clock are well; otherwise 503 and what is not, in words."""
    return readiness("database", "box", "broker", "clock")


@login_not_required
def box_ready(request: HttpRequest) -> HttpResponse:
    """The same for the process of the box (票箱), which needs its own database and nothing else."""
    return readiness("box")


def readiness(*needed: str) -> HttpResponse:
    """What is needed, looked at; the first line is for a program, the lines below it for whoever reads them."""
    found = {name: look() for name, look in looks() if name in needed}
    unwell = {name: finding for name, finding in found.items() if not finding.well}
    if not unwell:
        return said("ready")
    lines = [line for one in unwell.values() for line in (f"{one.name}: {one.says}", f"    {one.what_to_do}")]
    return said(f"not ready: {', '.join(unwell)}", *lines, status=503)


def said(*lines: str, status: int = 200) -> HttpResponse:
    """A short answer in plain text that nobody keeps."""
    answer = HttpResponse(
        "".join(f"{line}\n" for line in lines), status=status, content_type="text/plain; charset=utf-8"
    )
    answer["Cache-Control"] = "no-store"
    return answer
