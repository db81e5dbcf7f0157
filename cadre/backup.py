"""Backups (备份): both databases, the papers, and a manifest that says what must be there.

A backup is one folder: ``manifest.json``, ``site.dump`` and ``box.dump`` (of pg_dump), ``papers/`` as in
``PAPERS_ROOT``.  Each database is dumped from one snapshot, the box (票箱) after the site, because every verb of the
box may be ahead of the site and is then called once more, never behind it; papers come last, because they are kept
before the row that names them is.  The folder is written beside its place and renamed when it is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connections, transaction
from django.utils.translation import gettext as _
from psycopg2.extensions import make_dsn

from audit import extent
from tools import servers

FORMAT: Final = "cadre-backup-1"
MANIFEST: Final = "manifest.json"
DUMPS: Final = {"default": "site.dump", "box": "box.dump"}
"""The databases in the order of their snapshots."""
PAPERS: Final = "papers"
LEFT_OUT: Final = "django_session"
"""Who was logged in is nothing to restore, and its keys would open the office to whoever holds the backup."""
NOT_FOR_LIBPQ: Final = {"assume_role", "isolation_level", "pool", "server_side_binding"}

_PAPER: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
_TABLES: Final = """
    SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_GUARDS: Final = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"


class Impossible(Exception):
    """Says in a sentence what is in the way and what to do."""


@dataclass(frozen=True)
class Made:
    """A backup as it lies there; ``lacking`` are papers that the record names and that were not to be had."""

    folder: Path
    manifest: Mapping[str, Any]
    size: int
    lacking: list[str]


# --- the programs of PostgreSQL ----------------------------------------------------------------------------------


def program(name: str) -> str:
    """A program of PostgreSQL 18 from its package; an older one in the PATH could not read the server."""
    try:
        return str(servers.postgres_programs() / name)
    except servers.CannotStart as problem:
        raise Impossible(str(problem)) from None


def address(alias: str) -> list[str]:
    """The option that names a database to a program; its password is no argument, see ``environment``."""
    found = connections[alias].settings_dict
    given = {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}
    options = {name: value for name, value in found["OPTIONS"].items() if name not in NOT_FOR_LIBPQ}
    return [
        "--no-password",
        f"--dbname={make_dsn(**{key: value for key, value in (given | options).items() if value})}",
    ]


def environment(alias: str) -> dict[str, str]:
    password = connections[alias].settings_dict["PASSWORD"]
    return dict(os.environ) | ({"PGPASSWORD": password} if password else {})


def last_words(error: bytes) -> str:
    """The first line that a program complained with; the lines below it may quote what is in the database."""
    lines = [line for line in error.decode(errors="replace").splitlines() if "error" in line.lower()]
    return lines[0] if lines else _("it said nothing")


@contextmanager
def servers_of_a_trial() -> Iterator[None]:
    """A trial site's own servers, started for as long as this lasts where they are not running."""
    data: Path = settings.DATA_ROOT
    if settings.EMBEDDED and not servers.postgres_answers(data):
        with servers.running(data):
            yield
            connections.close_all()
    else:
        yield


# --- files -------------------------------------------------------------------------------------------------------


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_papers(root: Path) -> Iterator[str]:
    """The places of files under their hash, as in ``ab/cdef…``; nothing else in the folder is a paper."""
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.is_dir():
            names = (f"{folder.name}/{path.name}" for path in sorted(folder.iterdir()))
            yield from (name for name in names if _PAPER.fullmatch(name))


def copy(source: Path, target: Path) -> str:
    """Copy a file so that it is there whole or not at all; returns the SHA-256 of what was copied."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.parent / f".{secrets.token_hex(8)}"
    sha256 = hashlib.sha256()
    try:
        with (
            source.open("rb") as read,
            os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to,
        ):
            while part := read.read(1 << 20):
                sha256.update(part)
                to.write(part)
            to.flush()
            os.fsync(to.fileno())
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return sha256.hexdigest()


def settle(folder: Path) -> None:
    """Have the disk keep the names in a folder, not only the files."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_backup(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MANIFEST).read_bytes())["format"] == FORMAT)
    except (OSError, ValueError, KeyError, TypeError):
        return False


# --- making one --------------------------------------------------------------------------------------------------


def make(target: Path) -> Made:
    """Write a backup to ``target``, in the place of an older one if that is what lies there.

    Raises:
        Impossible
    """
    target = target.absolute()
    if target.exists() and not (target.is_dir() and (is_backup(target) or not any(target.iterdir()))):
        raise Impossible(
            _("%(folder)s is not empty and is no backup.  Name a new folder, or an older backup to be replaced.")
            % {"folder": target}
        )
    before = os.umask(0o077)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside(target) as part:
            manifest, size, lacking = fill(part)
            put(part, target)
    except OSError as problem:
        raise Impossible(
            _("The backup could not be written to %(folder)s: %(why)s.  Nothing was left there.")
            % {"folder": target, "why": problem.strerror or problem}
        ) from problem
    finally:
        os.umask(before)
    return Made(target, manifest, size, lacking)


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target`` that nobody else is writing to; gone afterwards unless it was renamed."""
    part = target.parent / f".{target.name}.part"
    part.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(part, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Impossible(_("Another backup is being written to %(folder)s.") % {"folder": target}) from None
        for left in part.iterdir():  # by one that was killed
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            yield part
        finally:
            shutil.rmtree(part, ignore_errors=True)
    finally:
        os.close(lock)


def put(part: Path, target: Path) -> None:
    """Give the whole backup its name; an older one stands until then."""
    settle(part)
    old = target.parent / f".{target.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    part.rename(target)
    settle(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def fill(part: Path) -> tuple[dict[str, Any], int, list[str]]:
    files: dict[str, dict[str, Any]] = {}
    databases: dict[str, dict[str, Any]] = {}
    with ExitStack() as open_transactions:
        snapshots = {alias: open_transactions.enter_context(snapshot(alias)) for alias in DUMPS}
        heads, named = extent.heads(), extent.files()
        for alias, name in DUMPS.items():
            databases[name] = described(alias)
            dump(alias, snapshots[alias], part / name)
            files[name] = {"sha256": digest(part / name), "bytes": (part / name).stat().st_size}
    there = set()
    for name in kept_papers(settings.PAPERS_ROOT):
        sha256 = copy(settings.PAPERS_ROOT / name, part / PAPERS / name)
        files[f"{PAPERS}/{name}"] = {"sha256": sha256, "bytes": (part / PAPERS / name).stat().st_size}
        if sha256 == name.replace("/", ""):
            there.add(sha256)
    for folder in {(part / name).parent for name in files}:
        settle(folder)
    manifest = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": {
            "entries": sum(head.seq + 1 for head in heads.values()),
            "streams": len(heads),
            "papers": len(files) - len(DUMPS),
        },
        "heads": extent.written(heads),
        "databases": databases,
        "files": files,
    }
    with (part / MANIFEST).open("x", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return manifest, sum(one["bytes"] for one in files.values()), sorted(named - there)


@contextmanager
def snapshot(alias: str) -> Iterator[str]:
    """One view of a database, for us and for pg_dump, while others go on writing."""
    with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def described(alias: str) -> dict[str, Any]:
    """What a restored database is compared with: rows of each table, guards in force, migrations applied."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_TABLES)
        tables = [name for (name,) in cursor.fetchall() if name != LEFT_OUT]
        asked = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM public.\"{name}\"" for name in tables)  # noqa: S608
        cursor.execute(asked)
        rows = dict(cursor.fetchall())
        cursor.execute(_GUARDS)
        guards = cursor.fetchone()[0]
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        migrations = [name for (name,) in cursor.fetchall()]
    return {"rows": rows, "guards": guards, "migrations": migrations}


def dump(alias: str, of: str, target: Path) -> None:
    command = [program("pg_dump"), *address(alias), "--format=custom", f"--snapshot={of}", f"--file={target}"]
    command += ["--no-owner", "--no-privileges", f"--exclude-table-data={LEFT_OUT}"]
    done = subprocess.run(command, env=environment(alias), capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = {"database": connections[alias].settings_dict["NAME"], "why": last_words(done.stderr)}
        raise Impossible(_("The database %(database)s could not be dumped: %(why)s.  Nothing was left there.") % said)
    os.chmod(target, 0o600)
