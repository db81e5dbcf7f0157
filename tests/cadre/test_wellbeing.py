"""The doctor sees what is not well, and says what to do about it."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cadre import checks, wellbeing
from selection.documents import seal
from tests.asking import ask
from tests.audit.entries import entry, remember
from tests.selection.documents import seals
from tests.served import free_addresses
from tools import servers

pytestmark = pytest.mark.django_db(databases=["default", "box"])


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


def beat(ago: timedelta) -> None:
    apps.get_model("selection", "Heartbeat").objects.create(name="deadlines", beaten_at=timezone.now() - ago)


def test_databases_answer() -> None:
    for alias in ("default", "box"):
        assert wellbeing.database(alias, alias) == wellbeing.Finding(
            alias, True, "answers, and its tables are up to date"
        )


def test_a_database_with_a_migration_that_waits_is_not_well() -> None:
    with connections["box"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ballots'")
        gone = cursor.rowcount
        cursor.execute("DELETE FROM django_migrations WHERE app = 'register'")  # not the box's: it does not count
    finding = wellbeing.database("box", "box")
    assert not finding.well
    assert str(finding.says).startswith(f"{gone} migration")
    assert str(finding.what_to_do) == "Run `manage.py migrate` for both databases."


def test_servers_that_do_not_answer_are_found_without_a_traceback(settings: Any, tmp_path: Path) -> None:
    nowhere = servers.addresses(tmp_path).environment() | {
        "DATA_ROOT": str(tmp_path),
        "SECRET_KEY": "x" * 50,
        "LC_ALL": "C",
        "BOX_BIND": free_addresses()[1],
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=settings.BASE_DIR,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count(": does not answer\n") == 4


def test_a_server_that_would_write_ballots_into_its_log_is_found() -> None:
    assert wellbeing.silence().well
    with connections["box"].cursor() as cursor:
        cursor.execute("SET log_min_duration_statement = 0")
        cursor.execute("SET log_statement = 'mod'")
        finding = wellbeing.silence()
        cursor.execute("RESET ALL")
    assert not finding.well
    assert str(finding.says) == "may hold ballots: log_min_duration_statement, log_statement"


def test_settings_that_name_another_hash_than_the_record_has_are_found(settings: Any) -> None:
    settings.RECORD_HASH = "sm3"
    finding = wellbeing.accounts()
    assert not finding.well
    assert str(finding.says) == "can add no entry to the record: it is hashed by sha256, RECORD_HASH says sm3"


@pytest.mark.covers("BOX-11", refused=True)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "default"),
        ("log_min_duration_sample", "0"),
        ("log_duration", "on"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "-1"),
        ("log_transaction_sample_rate", "1"),
        ("debug_print_plan", "on"),
        ("auto_explain.log_min_duration", "0"),
    ],
)
def test_each_setting_by_which_a_server_writes_ballots_is_found(setting: str, value: str) -> None:
    with connections["box"].cursor() as cursor:
        if setting.startswith("auto_explain"):
            cursor.execute("LOAD 'auto_explain'")
        assert wellbeing.silence().well
        cursor.execute(f"SET {setting} = '{value}'")
        finding = wellbeing.silence()
        cursor.execute("RESET ALL")
    assert not finding.well
    assert str(finding.says).endswith(setting)


def test_the_process_of_the_box_is_asked_where_it_listens(settings: Any) -> None:
    settings.BOX_BIND = free_addresses()[1]
    assert str(wellbeing.door().says) == "does not answer"
    settings.BOX_BIND = "nonsense"
    assert str(wellbeing.door().says) == "does not answer"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("0.0.0.0:8001", "http://127.0.0.1:8001"),
        ("[::]:8001", "http://127.0.0.1:8001"),
        ("box:8000", "http://box:8000"),
        ("[::1]:8001", "http://[::1]:8001"),
    ],
)
def test_what_listens_everywhere_is_asked_here(given: str, asked: str) -> None:
    assert wellbeing.inside(given) == asked


def test_the_queue_answers_and_its_absence_is_found(settings: Any) -> None:
    from cadre.celery import app

    assert wellbeing.broker().well
    app.conf.broker_read_url = "redis+socket:///nonexistent/valkey.sock"
    try:
        assert not wellbeing.broker().well
    finally:
        app.conf.broker_read_url = settings.CELERY_BROKER_URL


@pytest.mark.parametrize(
    ("ago", "well"),
    [
        (None, False),
        (timedelta(minutes=1), True),
        (timedelta(minutes=4, seconds=50), True),
        (timedelta(minutes=6), False),
    ],
)
def test_the_clock_is_well_while_its_heart_beats(client: Any, ago: timedelta | None, well: bool) -> None:
    if ago is not None:
        beat(ago)
    assert wellbeing.clock().well is well
    response = client.get("/readyz")
    said = response.content.decode().splitlines()
    assert (response.status_code, said[0]) == ((200, "ready") if well else (503, "not ready: clock"))
    assert len(said) == (1 if well else 3)


def test_translations_must_be_compiled_and_younger_than_their_source(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    shutil.copytree(settings.BASE_DIR / "locale" / "zh_Hans" / "LC_MESSAGES", folder)
    settings.BASE_DIR = tmp_path
    (folder / "django.po").touch()
    (folder / "django.mo").touch()
    assert wellbeing.translations().well
    (folder / "django.mo").unlink()
    assert str(wellbeing.translations().says) == "the Chinese catalogue has not been compiled"
    [error] = checks.translations_are_there(None)
    assert (error.id, error.hint) == ("cadre.E001", "Run `python tools/messages.py compile`.")


def test_papers_need_a_folder_that_is_closed_to_others(settings: Any, tmp_path: Path) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    assert str(wellbeing.papers().says) == "does not exist"
    settings.PAPERS_ROOT.mkdir(mode=0o700)
    assert wellbeing.papers().well
    settings.PAPERS_ROOT.chmod(0o704)
    assert str(wellbeing.papers().says) == "is open to everybody on this machine"


def test_a_broken_rulebook_stops_the_start_with_file_line_and_key(settings: Any, tmp_path: Path) -> None:
    shutil.copytree(settings.RULEBOOK_ROOT, tmp_path / "rules")
    settings.RULEBOOK_ROOT = tmp_path / "rules"
    assert checks.rulebooks_are_sound(None) == []
    with (tmp_path / "rules" / "national.toml").open("a", encoding="utf-8") as file:
        file.write("\n[[notice.lenght]]\nfrom = 2026-01-01\nvalue = 3\n")
    errors = checks.rulebooks_are_sound(None)
    assert errors
    assert all(error.id == "cadre.E004" for error in errors)
    assert any("national.toml" in error.msg and "notice.lenght" in error.msg for error in errors)
    assert not wellbeing.rulebooks().well


@pytest.mark.parametrize(
    ("demonstration", "file", "refused"), [(True, "clock", False), (False, None, False), (False, "clock", True)]
)
def test_a_clock_that_moves_is_refused_on_a_real_site(
    settings: Any, tmp_path: Path, demonstration: bool, file: str | None, refused: bool
) -> None:
    settings.DEMONSTRATION, settings.CLOCK_FILE = demonstration, tmp_path / file if file else None
    assert [error.id for error in checks.only_a_demonstration_moves_its_clock(None)] == ["cadre.E005"] * refused


@pytest.mark.parametrize(
    ("site", "box", "refused"),
    [
        ("http://127.0.0.1:8000", "", False),
        ("https://selection.example", "https://box.selection.example", False),
        ("http://10.0.0.5:8000", "http://10.0.0.5:8001", False),
        ("https://selection.example", "", True),
        ("https://selection.example", "https://selection.example", True),
        ("https://selection.example", "box.selection.example", True),
    ],
)
def test_the_box_needs_an_address_of_its_own(settings: Any, site: str, box: str, refused: bool) -> None:
    settings.SITE_ADDRESS, settings.BOX_ADDRESS = site, box
    assert [error.id for error in checks.the_box_has_an_address_of_its_own(None)] == ["cadre.E007"] * refused


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        ("", False),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", False),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq", True),
        ("PeterNeumann", True),
    ],
)
def test_half_a_key_of_the_notary_is_refused(settings: Any, tmp_path: Path, key: str, refused: bool) -> None:
    settings.NOTARY_KEY, settings.NOTARY_STATE = key, tmp_path
    assert [error.id for error in checks.the_key_of_the_notary_can_be_read(None)] == ["cadre.E008"] * refused


@pytest.mark.parametrize(
    ("embedded", "asked_for", "refused"), [(True, "", False), (False, "yes", False), (False, "", True)]
)
def test_a_demonstration_on_a_database_of_its_own_must_be_asked_for(
    settings: Any, monkeypatch: pytest.MonkeyPatch, embedded: bool, asked_for: str, refused: bool
) -> None:
    settings.DEMONSTRATION, settings.EMBEDDED = True, embedded
    monkeypatch.setenv("DEMONSTRATION", asked_for)
    assert [error.id for error in checks.a_demonstration_is_meant(None)] == ["cadre.E006"] * refused


def test_the_doctor_names_what_is_not_well_and_ends_with_one(
    settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    beat(timedelta(0))
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "✓ Database of the box: answers, and its tables are up to date" in said
    assert f"✗ Folder of papers: does not exist\n    Make it for the account of the site: {tmp_path / 'papers'}" in said


@pytest.mark.parametrize("path", ["/healthz", "/box/healthz"])
def test_the_process_is_alive_without_asking_anything(path: str) -> None:
    with CaptureQueriesContext(connections["default"]) as site, CaptureQueriesContext(connections["box"]) as box:
        status, headers, content = ask(path)
    assert (status, content, len(site), len(box)) == (200, b"alive\n", 0, 0)
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"] == "no-store"


def test_the_box_is_ready_without_the_site() -> None:
    """Its process must not depend on the clock, the queue or the site's database, nor ask them."""
    with CaptureQueriesContext(connections["default"]) as site:
        status, headers, content = ask("/box/readyz")
    assert (status, content.decode(), len(site)) == (200, "ready\n", 0)
    assert "Set-Cookie" not in headers
    with connections["box"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ballots'")
    status, _, content = ask("/box/readyz")
    assert (status, content.splitlines()[0]) == (503, b"not ready: box")


def test_what_is_not_ready_is_said_in_words_without_an_address_or_a_password(
    settings: Any, monkeypatch: pytest.MonkeyPatch, client: Any
) -> None:
    from cadre.celery import app

    beat(timedelta(0))
    assert client.get("/readyz", headers={"accept-language": "en"}).content == b"ready\n"
    monkeypatch.setitem(connections["default"].settings_dict, "PASSWORD", "geheim")
    monkeypatch.setattr(app.conf, "broker_read_url", "redis+socket:///nonexistent/geheim.sock")
    with connections["default"].cursor() as cursor:
        latest = "SELECT max(name) FROM django_migrations WHERE app = 'register'"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'register' AND name = ({latest})")
    answer = client.get("/readyz", headers={"accept-language": "en"})
    assert (answer.status_code, answer.content.decode().splitlines()) == (
        503,
        [
            "not ready: database, broker",
            "Database of the site: 1 migration has not been applied",
            "    Run `manage.py migrate` for both databases.",
            "Queue (Redis): does not answer",
            "    Look at the server of REDIS_URL.  Deadlines are kept again as soon as it answers.",
        ],
    )
    assert "geheim" not in answer.content.decode()
    assert client.get("/readyz").content.decode().splitlines()[1].startswith("主数据库: ")


def test_a_paper_printed_in_a_foreign_font_is_found(settings: Any) -> None:
    """With Chromium comes a Noto of the machine, so a paper that looks right proves nothing: the names are read."""
    from selection.documents import fonts

    assert wellbeing.fonts().well
    without_titles = tuple(path for path in fonts.files() if "Bold" not in path.name)
    assert wellbeing.foreign_fonts(without_titles) == ("Noto-Serif-SC-Bold",)


# --- the notary ------------------------------------------------------------------------------------------------------


@pytest.mark.tampers
def test_entries_that_nobody_signs_are_told_of_after_a_minute() -> None:
    remember(entry("selection:17"), entry("person:5"))
    assert wellbeing.notary().well  # they have only just come
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
        cursor.execute("UPDATE audit_entry SET recorded_at = recorded_at - interval '2 minutes' WHERE seq = 0")
        cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append_only")
    finding = wellbeing.notary()
    assert not finding.well
    assert str(finding.says).startswith("2 entries wait to be signed, the oldest since 20")
    assert "log" in str(finding.what_to_do)


# --- the seal ----------------------------------------------------------------------------------------------------


def unit_seal(settings: Any, folder: Path, *, until: timedelta, valid_from: timedelta = timedelta(days=-400)) -> None:
    key, now = seals.curve(), timezone.now()
    own = seals.certificate("单位印章", key, valid_from=now + valid_from, until=now + until)
    settings.DEMONSTRATION, settings.SEAL_CERTIFICATES = False, seals.pem(own)
    settings.SEAL_KEYSTORE, settings.SEAL_PASSPHRASE = seals.pkcs12(folder / "seal.p12", key, own), seals.PASSPHRASE


@pytest.mark.parametrize(
    ("until", "well", "says"),
    [
        (timedelta(days=31), True, "its certificate is in force until"),
        (timedelta(days=29), False, "its certificate runs out on"),
        (timedelta(minutes=-1), False, "its certificate ran out on"),
    ],
)
def test_a_seal_is_named_a_month_before_it_runs_out(
    until: timedelta, well: bool, says: str, settings: Any, tmp_path: Path
) -> None:
    unit_seal(settings, tmp_path, until=until)
    finding = wellbeing.seal()
    assert (finding.well, str(finding.says).startswith(says)) == (well, True)
    assert bool(finding.what_to_do) is not well


def test_a_seal_that_is_not_in_force_yet_is_named(settings: Any, tmp_path: Path) -> None:
    unit_seal(settings, tmp_path, until=timedelta(days=400), valid_from=timedelta(days=2))
    assert not wellbeing.seal().well
    assert str(wellbeing.seal().says).startswith("its certificate is in force from")


def test_a_process_without_the_key_still_knows_how_long_the_seal_lasts(settings: Any, tmp_path: Path) -> None:
    unit_seal(settings, tmp_path, until=timedelta(days=20))
    settings.SEAL_KEYSTORE, settings.SEAL_PASSPHRASE = None, ""
    assert not checks.the_seal_can_be_used(None)
    assert str(wellbeing.seal().says).startswith("its certificate runs out on")


def test_a_seal_for_trial_is_well_on_a_demonstration_alone(settings: Any, tmp_path: Path) -> None:
    settings.DATA_ROOT = tmp_path
    assert wellbeing.seal() == wellbeing.Finding("Seal on papers", True, "papers carry no electronic seal")
    seal.prepare()
    assert wellbeing.seal().well
    (trial,) = seal.certificates()
    settings.DEMONSTRATION, settings.SEAL_CERTIFICATES = False, seals.pem(trial)
    finding = wellbeing.seal()
    assert (finding.well, finding.says) == (False, "a self-made seal for trial, which stands for nobody")


def test_a_real_site_without_a_seal_is_told_so(settings: Any) -> None:
    settings.DEMONSTRATION = False
    assert not wellbeing.seal().well
    assert wellbeing.seal().says == "papers carry no electronic seal"
    assert not checks.the_seal_can_be_used(None)  # it starts all the same


@pytest.mark.parametrize("fault", ["passphrase", "certificates", "both"])
def test_half_a_seal_stops_the_start_and_says_what_to_do(fault: str, settings: Any, tmp_path: Path) -> None:
    unit_seal(settings, tmp_path, until=timedelta(days=400))
    assert not checks.the_seal_can_be_used(None)
    if fault == "passphrase":
        settings.SEAL_PASSPHRASE = "wrong"
        assert str(wellbeing.seal().says).startswith("cannot be used: SEAL_KEYSTORE cannot be opened")
    elif fault == "certificates":
        settings.SEAL_CERTIFICATES = ""
    else:
        settings.SEAL_HOOK = "tests.selection.documents.test_seal.good"
    (error,) = checks.the_seal_can_be_used(None)
    assert error.id == "cadre.E009"
    assert "docs/operating.md" in error.hint
