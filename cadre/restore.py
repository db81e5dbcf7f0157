"""Restoring a backup (恢复): everything is looked at before anything is changed, and again afterwards.

Each database is replaced in one transaction, and neither is committed before both are complete; whatever goes wrong
until then leaves what was there.  Papers are put back first: they lie under their hash and disturb nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from audit import extent, reading
from cadre import backup, wellbeing
from cadre.backup import DUMPS, MANIFEST, PAPERS, Impossible

OLDEST_SERVER: Final = 170000
"""What pg_restore 18 writes is understood from PostgreSQL 17 on."""
# Of other accounts' connections PostgreSQL does not say of what type they are, only whose.
_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
        AND coalesce(backend_type, 'client backend') = 'client backend'
"""
_RECORD: Final = "SELECT to_regclass('public.audit_entry') IS NOT NULL"
_EMPTY: Final = rb"""
BEGIN;
DO $$
DECLARE v_schema text;
BEGIN
    FOR v_schema IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', v_schema);
    END LOOP;
END
$$;
CREATE SCHEMA public;
"""


@dataclass(frozen=True)
class Restored:
    """What stands there now: ``findings`` is empty where it is what the backup says, whole, and not behind."""

    manifest: Mapping[str, Any]
    findings: list[str]
    notes: list[str]


def restore(source: Path, *, replace: str = "", seen: Path | None = None) -> Restored:
    """Put a backup in the place of both databases and the papers.

    ``replace`` must name how many entries the present record has, if it has any.

    Raises:
        Impossible: the databases are as they were.
    """
    source = source.absolute()
    manifest = read(source)
    kept = heads_of(seen) if seen is not None else {}
    refuse_newer(manifest)
    refuse_while_served()
    try:
        for alias in DUMPS:
            refuse_while_used(alias)
        replaced = present_record()
    except DatabaseTrouble:
        raise Impossible(
            _("A database does not answer; `manage.py doctor` says which.  Nothing was changed.")
        ) from None
    if replaced:
        number = sum(head.seq + 1 for head in replaced.values())
        entries = ngettext("%(n)d entry", "%(n)d entries", number) % {"n": number}
        if replace != entries:
            raise Impossible(
                _(
                    "A record of %(entries)s stands here already.  To throw it away and put the backup in its place, "
                    "add: --replace '%(entries)s'"
                )
                % {"entries": entries}
            )
    put_papers_back(source, manifest)
    put_databases_back(source)
    return Restored(manifest, list(compared(manifest, kept)), [*given_up(replaced), *migrations_waiting()])


# --- before ------------------------------------------------------------------------------------------------------


def read(source: Path) -> dict[str, Any]:
    """The manifest, once every file of the backup has been found to be the one that was written.

    Raises:
        Impossible: naming what is missing or was altered.
    """
    if not backup.is_backup(source):
        raise Impossible(_("%(folder)s is no backup: it has no manifest that can be read.") % {"folder": source})
    manifest: dict[str, Any] = json.loads((source / MANIFEST).read_bytes())
    unwell = []
    for name, promised in manifest["files"].items():
        path = source / name
        if not path.resolve().is_relative_to(source.resolve()) or not path.is_file():
            unwell.append(_("%(file)s is missing") % {"file": name})
        elif path.stat().st_size != promised["bytes"] or backup.digest(path) != promised["sha256"]:
            unwell.append(_("%(file)s is not the file that was written") % {"file": name})
    unwell += [_("%(file)s is missing") % {"file": name} for name in DUMPS.values() if name not in manifest["files"]]
    if unwell:
        raise Impossible(
            "\n".join([_("The backup is damaged; nothing was changed."), *(f"  {fault}" for fault in unwell)])
        )
    return manifest


def heads_of(seen: Path) -> dict[str, extent.Head]:
    try:
        return extent.seen(seen)
    except (OSError, extent.NotHeads) as problem:
        said = {"file": seen, "why": problem}
        raise Impossible(
            _("What was seen cannot be read from %(file)s (%(why)s).  Nothing was changed.") % said
        ) from None


def refuse_newer(manifest: Mapping[str, Any]) -> None:
    """Tables that this code does not know would be read wrongly."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    unknown = {name for one in manifest["databases"].values() for name in one["migrations"]} - known
    if unknown:
        raise Impossible(
            _("The backup was made by a newer version of the site (%(migrations)s).  Install that version first.")
            % {"migrations": ", ".join(sorted(unknown))}
        )


def refuse_while_served() -> None:
    """A trial that is running but idle has no connection open; its lock tells."""
    lock: Path = settings.DATA_ROOT / "serve.lock"
    if not (settings.EMBEDDED and lock.exists()):
        return
    with lock.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = {"folder": settings.DATA_ROOT}
            raise Impossible(_("The site of %(folder)s is being served.  Stop it first.") % said) from None


def refuse_while_used(alias: str) -> None:
    """Nobody may write while a database is being replaced, or between one and the other."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        others = cursor.fetchone()[0]
    said = {"database": connection.settings_dict["NAME"], "n": others}
    if others:
        raise Impossible(
            ngettext(
                "%(n)d other connection to the database %(database)s is open.  Stop every process of the site first.",
                "%(n)d other connections to the database %(database)s are open.  Stop every process of the site first.",
                others,
            )
            % said
        )
    if connection.pg_version < OLDEST_SERVER:  # type: ignore[attr-defined]  # PostgreSQL's own
        raise Impossible(_("The database %(database)s needs PostgreSQL 17 or newer for a restore.") % said)


def present_record() -> dict[str, extent.Head]:
    with connections["default"].cursor() as cursor:
        cursor.execute(_RECORD)
        there = cursor.fetchone()[0]
    return extent.heads() if there else {}


# --- at it -------------------------------------------------------------------------------------------------------


def put_papers_back(source: Path, manifest: Mapping[str, Any]) -> None:
    """Each paper of the backup; those that are there already and are whole stay."""
    root: Path = settings.PAPERS_ROOT
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = root.stat()
        for name, promised in manifest["files"].items():
            if not name.startswith(f"{PAPERS}/"):
                continue
            place = root / name.removeprefix(f"{PAPERS}/")
            if not (place.is_file() and backup.digest(place) == promised["sha256"]):
                backup.copy(source / name, place)
                backup.settle(place.parent)
            if os.geteuid() == 0:  # the site runs as another account
                for path in (place.parent, place):
                    os.chown(path, owner.st_uid, owner.st_gid)
    except OSError as problem:
        raise Impossible(
            _("The papers could not be written to %(folder)s: %(why)s.  The databases are as they were.")
            % {"folder": root, "why": problem.strerror or problem}
        ) from problem


def put_databases_back(source: Path) -> None:
    """Both or neither, but for the moment between two commits."""
    connections.close_all()
    with ExitStack() as running:
        ready = [running.enter_context(Replacement(alias, source / name)) for alias, name in DUMPS.items()]
        for one in ready:
            one.fill()
        for one in ready:
            one.commit()
    for alias in DUMPS:
        with connections[alias].cursor() as cursor:
            cursor.execute("ANALYZE")


class Replacement:
    """One database being replaced: a transaction of psql, fed by pg_restore, open until it is told to commit."""

    def __init__(self, alias: str, source: Path) -> None:
        self.alias, self.source = alias, source

    def __enter__(self) -> Replacement:
        command = [backup.program("psql"), *backup.address(self.alias), "--no-psqlrc", "--quiet", "--file=-"]
        command += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--output=/dev/null"]
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        self.psql: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603
            command,
            env=backup.environment(self.alias),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """What has not been committed is rolled back when psql comes to the end of what it is told."""
        self.end()
        assert self.psql.stdout is not None
        self.psql.stdout.close()
        self.errors.close()

    def fill(self) -> None:
        """Everything but the commit; returns when psql has done it."""
        self.tell(_EMPTY)
        command = [backup.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(self.source)]
        done = subprocess.run(command, stdout=self.psql.stdin, stderr=subprocess.PIPE, check=False)  # noqa: S603
        if done.returncode != 0:
            self.give_up(done.stderr)
        self.tell(b"\n\\echo filled\n", answer=b"filled\n")

    def commit(self) -> None:
        self.tell(b"COMMIT;\n\\echo committed\n", answer=b"committed\n")

    def tell(self, words: bytes, *, answer: bytes = b"") -> None:
        assert self.psql.stdin is not None
        assert self.psql.stdout is not None
        try:
            self.psql.stdin.write(words)
            self.psql.stdin.flush()
        except BrokenPipeError:
            self.give_up()
        if answer and self.psql.stdout.readline() != answer:
            self.give_up()

    def end(self) -> None:
        assert self.psql.stdin is not None
        with suppress(BrokenPipeError):
            self.psql.stdin.close()
        self.psql.wait()

    def give_up(self, of_pg_restore: bytes = b"") -> NoReturn:
        self.end()
        self.errors.seek(0)
        said = {
            "database": connections[self.alias].settings_dict["NAME"],
            "why": backup.last_words(self.errors.read() or of_pg_restore),
        }
        raise Impossible(_("The database %(database)s could not be restored: %(why)s.") % said)


# --- afterwards --------------------------------------------------------------------------------------------------


def compared(manifest: Mapping[str, Any], kept: Mapping[str, extent.Head]) -> Iterator[str]:
    """What is not as the backup says, not whole, or behind what was seen elsewhere."""
    verdict = reading.verify()
    chinese = get_language() == "zh-hans"
    for finding in verdict.findings:
        place = finding.stream if finding.seq is None else f"{finding.stream} {finding.seq}"
        yield f"{place}: {finding.says_zh if chinese else finding.says}"
    if not verdict.guarded:
        yield _("The triggers that refuse changes of the record are not in force.")
    if extent.written(extent.heads()) != manifest["heads"]:
        yield _("The record does not end where the backup says.")
    for alias, name in DUMPS.items():
        promised, found = manifest["databases"][name], backup.described(alias)
        said: dict[str, Any] = {"database": connections[alias].settings_dict["NAME"]}
        for table, rows in promised["rows"].items():
            if found["rows"].get(table) != rows:
                said |= {"table": table, "promised": rows, "found": found["rows"].get(table, 0)}
                yield _("%(database)s: %(table)s has %(found)s rows, not %(promised)s.") % said
        if found["guards"] != promised["guards"]:
            said |= {"promised": promised["guards"], "found": found["guards"]}
            yield _("%(database)s: %(found)s triggers are always in force, not %(promised)s.") % said
    for sha256 in missing_papers():
        yield _("The paper %(sha256)s, which the record names, is not there.") % {"sha256": sha256}
    if behind := extent.behind(kept):
        yield _("The restored record is older than the one seen elsewhere, or is another one:")
        yield from (f"  {one.says}" for one in behind)


def missing_papers() -> Iterator[str]:
    """Papers that entries name and that are gone, or are no longer what was kept."""
    for sha256 in sorted(extent.files()):
        place = settings.PAPERS_ROOT / sha256[:2] / sha256[2:]
        if not (place.is_file() and backup.digest(place) == sha256):
            yield sha256


def given_up(replaced: Mapping[str, extent.Head]) -> Iterator[str]:
    """What the record that was thrown away held and this one does not."""
    if lost := extent.behind(replaced):
        yield _("The record that was replaced held entries that this one does not hold:")
        yield from (f"  {one.says}" for one in lost)


def migrations_waiting() -> Iterator[str]:
    for alias in DUMPS:
        finding = wellbeing.database(alias, connections[alias].settings_dict["NAME"])
        if not finding.well:
            yield f"{finding.name}: {finding.says}  {finding.what_to_do}"
