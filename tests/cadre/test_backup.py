"""Backup and restore on real servers: what was there is there again, and what is not is named (备份与恢复)."""

import contextlib
import fcntl
import hashlib
import json
import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connections
from django.utils import translation
from psycopg2.extensions import make_dsn

from audit import extent
from cadre import backup, restore
from selection import acts, clock
from selection.acts import Upload
from selection.ballots import box
from selection.documents import filing
from selection.models.founding import Founded
from tests import factories
from tests.audit.entries import entry, remember
from tests.factories import Course, Point, founding, run_to

ROOT = Path(__file__).resolve().parents[2]
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@dataclass
class Elsewhere:
    """A second site with databases of its own, empty at first."""

    folder: Path
    databases: dict[str, str]

    @property
    def papers(self) -> Path:
        return self.folder / "papers"

    def url(self, alias: str) -> str:
        found = connections[alias].settings_dict
        return f"postgresql://{found['USER']}@/{self.databases[alias]}?host={found['HOST']}"

    def run(self, *command: object, **limits: Any) -> subprocess.CompletedProcess[str]:
        places = {
            "DATABASE_URL": self.url("default"),
            "BOX_DATABASE_URL": self.url("box"),
            "DATA_ROOT": str(self.folder),
            "DEMONSTRATION": "yes",
            "SECRET_KEY": "x" * 50,
            "LC_ALL": "C",
        }
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=os.environ | places,
            capture_output=True,
            text=True,
            check=False,
            **limits,
        )

    @contextlib.contextmanager
    def cursor(self, alias: str = "default") -> Iterator[Any]:
        with contextlib.closing(psycopg2.connect(self.url(alias))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def entries(self) -> int:
        with self.cursor() as cursor:
            cursor.execute("SELECT to_regclass('audit_entry') IS NOT NULL")
            if not cursor.fetchone()[0]:
                return 0
            cursor.execute("SELECT count(*) FROM audit_entry")
            return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    names = {alias: f"restored_{alias}_{os.getpid()}" for alias in ("default", "box")}
    found = connections["default"].settings_dict
    dsn = make_dsn(dbname="postgres", user=found["USER"], host=found["HOST"])
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in names.values():
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {name}")
            yield Elsewhere(tmp_path / "elsewhere", names)
            for name in names.values():
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def paper(settings: Any, tmp_path: Path) -> Upload:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return filing.keep(PDF, "计函.pdf")


@pytest.fixture
def site(paper: Upload) -> Founded:
    """A county that has just been founded, and an entry that names a paper."""
    named = {"name": paper.name, "sha256": paper.sha256, "bytes": paper.size}
    remember(entry("selection:17", files=[named]))
    return founding()


@pytest.fixture
def voted(paper: Upload, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A selection whose ballots have been cast, with the paper filed in its inspection."""
    monkeypatch.setattr(factories, "SCAN", paper)
    return run_to(Point.VOTED)


def contents(cursor: Any) -> dict[str, list[Any]]:
    """Every row of every table, in an order of its own."""
    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    tables = {name for (name,) in cursor.fetchall()}
    rows = {}
    for table in tables - {backup.LEFT_OUT}:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM public."{table}" t ORDER BY 1')
        rows[table] = cursor.fetchall()
    return rows


def guards(cursor: Any) -> list[Any]:
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid::regclass::text NOT LIKE 'pristine.%' ORDER BY 1, 2"
    )
    return list(cursor.fetchall())


def test_a_backup_restored_elsewhere_is_the_same_site(voted: Course, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    assert made.lacking == []
    done = elsewhere.run("restore", made.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The record has been verified and is whole; every paper that it names is there." in done.stdout
    assert f"{sum(head.seq + 1 for head in extent.heads().values())} entries" in done.stdout
    for alias in ("default", "box"):
        with connections[alias].cursor() as here, elsewhere.cursor(alias) as there:
            assert contents(there) == contents(here)
            assert guards(there) == guards(here)
    papers = {path.relative_to(elsewhere.papers) for path in elsewhere.papers.rglob("*") if path.is_file()}
    assert papers == {Path(name) for name in backup.kept_papers(tmp_path / "papers")}
    assert papers


def test_the_triggers_are_in_force_after_a_restore(voted: Course, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Of the record and of the tables under it, for a superuser who has switched ordinary triggers off too."""
    elsewhere.run("restore", backup.make(tmp_path / "kept").folder)
    for statement in (
        "UPDATE audit_entry SET action = 'nothing'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry CASCADE",
        "UPDATE audit_opening SET value = ''",
        "UPDATE selection_candidacy SET state = 'ended'",
        "UPDATE selection_account SET password = 'x'",
    ):
        with elsewhere.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            with pytest.raises(psycopg2.errors.IntegrityError):
                cursor.execute(statement)


def test_the_restored_site_goes_on_where_the_other_one_stopped(
    site: Founded, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """Numbers go on from where they were, although the new server counts its transactions from the start."""
    elsewhere.run("restore", backup.make(tmp_path / "kept").folder)
    before = elsewhere.entries()
    act = (
        "from selection import acts, clock; from selection.models import Account; "
        "one = Account.objects.get(username='guanli'); "
        "acts.looked_at(one, 'log_in', ('account', str(one.pk)), clock.now())"
    )
    done = elsewhere.run("shell", "-v0", "-c", act)
    assert done.returncode == 0, done.stderr
    assert elsewhere.entries() == before + 1
    assert elsewhere.run("verify_record", "--seen", tmp_path / "kept").returncode == 0


def test_who_was_logged_in_is_not_in_a_backup(site: Founded, client: Any, elsewhere: Elsewhere, tmp_path: Path) -> None:
    client.force_login(site.administrator)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone()[0] == 1
    elsewhere.run("restore", backup.make(tmp_path / "kept").folder)
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone()[0] == 0


def test_what_was_cast_is_in_a_backup_and_who_cast_it_is_not(voted: Course, tmp_path: Path) -> None:
    """The same tables as live, and nothing of a round's codes or of a voter beside them."""
    [code] = box.make_codes(1)
    made = backup.make(tmp_path / "kept")
    described = made.manifest["databases"]["box.dump"]["rows"]
    assert set(described) == {
        "ballots_boxstate", "ballots_slipcode", "ballots_ballot", "ballots_line", "ballots_refusal",
        "ballots_papercount", "django_migrations",
    }  # fmt: skip
    assert described["ballots_slipcode"] > 0
    text = (made.folder / backup.MANIFEST).read_text()
    assert code not in text
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in text), "a name stands in the manifest"


# --- what is wrong with a backup ---------------------------------------------------------------------------------


def test_a_flipped_byte_is_found_before_anything_is_changed(
    site: Founded, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    made = backup.make(tmp_path / "kept")
    paper = next(backup.kept_papers(made.folder / "papers"))
    for name in ("site.dump", "box.dump", f"papers/{paper}"):
        content = bytearray((made.folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (made.folder / name).write_bytes(content)
        done = elsewhere.run("restore", made.folder)
        assert done.returncode == 1
        assert "The backup is damaged; nothing was changed." in done.stderr
        assert f"{name} is not the file that was written" in done.stderr
        assert elsewhere.entries() == 0
        assert not elsewhere.papers.exists()
        content[len(content) // 2] ^= 1
        (made.folder / name).write_bytes(content)
    assert elsewhere.run("restore", made.folder).returncode == 0


def test_a_missing_file_is_named(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    paper = next(backup.kept_papers(made.folder / "papers"))
    (made.folder / "papers" / paper).unlink()
    (made.folder / "box.dump").unlink()
    done = elsewhere.run("restore", made.folder)
    assert done.returncode == 1
    assert "box.dump is missing" in done.stderr
    assert f"papers/{paper} is missing" in done.stderr
    assert elsewhere.entries() == 0


@pytest.mark.parametrize("content", ["", "[]", '{"format": "other"}'])
def test_what_is_no_backup_is_refused(elsewhere: Elsewhere, tmp_path: Path, content: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "manifest.json").write_text(content)
    done = elsewhere.run("restore", tmp_path / "kept")
    assert done.returncode == 1
    assert "is no backup: it has no manifest that can be read." in done.stderr


def test_a_manifest_that_leads_elsewhere_is_refused(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    (tmp_path / "secret").write_text("geheim")
    manifest = json.loads((made.folder / "manifest.json").read_text())
    found = {"sha256": hashlib.sha256(b"geheim").hexdigest(), "bytes": 6}
    manifest["files"]["papers/../../secret"] = found
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    assert "papers/../../secret is missing" in elsewhere.run("restore", made.folder).stderr


def test_a_backup_of_a_newer_version_is_refused(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    manifest = json.loads((made.folder / "manifest.json").read_text())
    manifest["databases"]["site.dump"]["migrations"].append("selection.9999_from_the_future")
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    done = elsewhere.run("restore", made.folder)
    assert done.returncode == 1
    assert "made by a newer version of the site (selection.9999_from_the_future)" in done.stderr
    assert elsewhere.entries() == 0


def test_a_database_that_refuses_leaves_both_as_they_were(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """The dump of the box breaks off; the site's has been read in by then, and is not kept."""
    made = backup.make(tmp_path / "kept")
    dump = made.folder / "box.dump"
    dump.write_bytes(dump.read_bytes()[:-200])
    manifest = json.loads((made.folder / "manifest.json").read_text())
    manifest["files"]["box.dump"] = {"sha256": backup.digest(dump), "bytes": dump.stat().st_size}
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    done = elsewhere.run("restore", made.folder)
    assert done.returncode == 1
    assert f"The database {elsewhere.databases['box']} could not be restored: " in done.stderr
    assert "Traceback" not in done.stderr
    assert elsewhere.entries() == 0


# --- what stands in the place already ----------------------------------------------------------------------------


def test_a_record_is_thrown_away_only_in_so_many_words(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    entries = made.manifest["counts"]["entries"]
    assert elsewhere.run("restore", made.folder).returncode == 0
    for words in ([], ["--replace", "yes"], ["--replace", f"{entries - 1} entries"]):
        done = elsewhere.run("restore", made.folder, *words)
        assert done.returncode == 1
        assert f"A record of {entries} entries stands here already." in done.stderr
        assert f"--replace '{entries} entries'" in done.stderr
    assert elsewhere.run("restore", made.folder, "--replace", f"{entries} entries").returncode == 0


def test_nothing_is_replaced_while_the_site_is_running(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    made = backup.make(tmp_path / "kept")
    with elsewhere.cursor("box"):
        done = elsewhere.run("restore", made.folder)
    assert done.returncode == 1
    assert f"1 other connection to the database {elsewhere.databases['box']} is open." in done.stderr


def test_nothing_is_replaced_on_a_trial_that_is_being_served_and_idle(
    site: Founded, settings: Any, tmp_path: Path
) -> None:
    """It may have no connection open at the moment."""
    made = backup.make(tmp_path / "kept")
    settings.EMBEDDED, settings.DATA_ROOT = True, tmp_path
    with (tmp_path / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(backup.Impossible, match=r"is being served\.  Stop it first\."):
            restore.restore(made.folder)


def test_a_backup_older_than_what_was_seen_elsewhere_is_said_to_be(
    site: Founded, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """It is whole and would pass every other check; what shows it is the manifest of a newer one."""
    older = backup.make(tmp_path / "older").folder
    before = extent.heads()
    log_ins(site)
    newer = backup.make(tmp_path / "newer").folder
    missing = extent.heads()["access"].seq - (before["access"].seq if "access" in before else -1)
    assert missing == 2
    done = elsewhere.run("restore", older, "--seen", newer)
    assert done.returncode == 1
    assert "The restored record is older than the one seen elsewhere, or is another one:" in done.stderr
    assert f"access：缺少末尾 2 条（曾见到第 {extent.heads()['access'].seq} 条）" in done.stderr
    assert done.stderr.count("are missing (entry") == 1, "a stream that was not behind is named"
    assert "The record has been verified" not in done.stdout

    entries = elsewhere.entries()
    done = elsewhere.run("restore", newer, "--replace", f"{entries} entries", "--seen", older / "manifest.json")
    assert (done.returncode, done.stderr) == (0, "")
    done = elsewhere.run("restore", older, "--replace", f"{entries + 2} entries")
    assert done.returncode == 0
    assert "The record that was replaced held entries that this one does not hold:" in done.stdout
    assert "access：缺少末尾 2 条" in done.stdout


def log_ins(site: Founded) -> None:
    for _ in range(2):
        acts.looked_at(site.administrator, "log_in", ("account", str(site.administrator.pk)), clock.now())


def test_a_paper_that_is_gone_is_named_by_both(site: Founded, elsewhere: Elsewhere, tmp_path: Path) -> None:
    """A backup without it is better than none, but neither command passes over it."""
    named = sorted(extent.files())
    assert named, "the record names no paper: the test proves nothing"
    filing.place_of(named[0]).unlink()
    made = backup.make(tmp_path / "kept")
    assert made.lacking == [named[0]]
    done = elsewhere.run("restore", made.folder)
    assert done.returncode == 1
    assert f"The paper {named[0]}, which the record names, is not there." in done.stderr


def test_a_record_that_was_tampered_with_is_found_after_the_restore(
    site: Founded, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    first = backup.make(tmp_path / "first").folder
    assert elsewhere.run("restore", first).returncode == 0
    with elsewhere.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE audit_entry DISABLE TRIGGER USER;"
            "UPDATE audit_entry SET action = 'nothing' WHERE stream = 'system' AND seq = 0"
        )
    again = tmp_path / "again"
    done = elsewhere.run("backup", again)
    assert done.returncode == 0, done.stderr
    done = elsewhere.run("restore", again, "--replace", f"{elsewhere.entries()} entries")
    assert done.returncode == 1
    assert "system 0: " in done.stderr
    assert "The triggers that refuse changes of the record are not in force." in done.stderr


# --- where a backup goes -----------------------------------------------------------------------------------------


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(backup.Impossible, match="is not empty and is no backup"):
        backup.make(tmp_path / "full")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_an_older_backup_is_replaced_when_the_new_one_is_whole(site: Founded, tmp_path: Path) -> None:
    first = backup.make(tmp_path / "kept")
    log_ins(site)
    (tmp_path / ".kept.part").mkdir()
    (tmp_path / ".kept.part" / "left").write_text("by one that was killed")
    second = backup.make(tmp_path / "kept")
    assert second.manifest["counts"]["entries"] == first.manifest["counts"]["entries"] + 2
    assert sorted(path.name for path in tmp_path.iterdir() if "kept" in path.name) == ["kept"]
    assert sorted(path.name for path in second.folder.iterdir()) == ["box.dump", "manifest.json", "papers", "site.dump"]


def test_a_backup_is_for_its_owner_alone(site: Founded, tmp_path: Path) -> None:
    folder = backup.make(tmp_path / "kept").folder
    modes = {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert modes == {0o700, 0o600}


@pytest.mark.parametrize("blocks", [8, 400])
def test_a_disk_that_is_full_leaves_nothing_half_and_the_older_one_whole(
    site: Founded, elsewhere: Elsewhere, tmp_path: Path, blocks: int
) -> None:
    """No file may grow beyond so many KiB: at 8 the first dump does not fit, at 400 the paper does not."""
    elsewhere.run("restore", backup.make(tmp_path / "first").folder)
    (elsewhere.papers / "ff").mkdir(exist_ok=True)
    large = os.urandom(512 * 1024)
    sha256 = hashlib.sha256(large).hexdigest()
    (elsewhere.papers / sha256[:2]).mkdir(exist_ok=True)
    (elsewhere.papers / sha256[:2] / sha256[2:]).write_bytes(large)
    assert elsewhere.run("backup", tmp_path / "kept").returncode == 0
    kept = (tmp_path / "kept" / "manifest.json").read_bytes()

    done = elsewhere.run(
        "backup",
        tmp_path / "kept",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (blocks * 1024, blocks * 1024)),
    )
    assert done.returncode == 1
    assert "Nothing was left there." in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "kept" / "manifest.json").read_bytes() == kept
    assert sorted(path.name for path in tmp_path.iterdir() if "kept" in path.name) == ["kept"]
    shutil.rmtree(tmp_path / "kept")
