"""A variable that cannot be read stops the start with a sentence that says what to do."""

import re
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from cadre import env


@pytest.mark.parametrize(
    ("value", "meant"),
    [("yes", True), ("True", True), ("1", True), ("on", True), ("no", False), ("0", False), ("", True)],
)
def test_boolean_reads_the_usual_spellings(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv("DEMONSTRATION", value)
    assert env.boolean("DEMONSTRATION", default=True) is meant


@pytest.mark.parametrize(
    ("address", "meant"),
    [("127.0.0.1:8000", "127.0.0.1:8001"), ("[::1]:80", "[::1]:81"), ("8000", ""), ("somewhere", "")],
)
def test_the_box_listens_on_the_next_port(address: str, meant: str) -> None:
    assert env.next_port(address) == meant


@pytest.mark.parametrize(
    ("address", "settings"),
    [
        (
            "postgresql://cadre:p%40ss@db.example:5433/site?sslmode=verify-full",
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "site",
                "USER": "cadre",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "verify-full"},
            },
        ),
        (
            "postgresql://cadre@/box?host=%2Fvar%2Frun%2Fpg",
            {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "box",
                "USER": "cadre",
                "PASSWORD": "",
                "HOST": "/var/run/pg",
                "PORT": "",
                "OPTIONS": {},
            },
        ),
    ],
)
def test_database_reads_an_address(monkeypatch: pytest.MonkeyPatch, address: str, settings: dict[str, object]) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    assert env.database("DATABASE_URL", "") == settings


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock"),
    ],
)
def test_broker_reads_an_address(monkeypatch: pytest.MonkeyPatch, address: str, meant: str) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    assert env.broker("REDIS_URL", "") == meant


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (lambda: env.text("X"), "  ", "X is not set.  Set it in the environment; .env.example says what it is for."),
        (lambda: env.boolean("X", True), "maybe", "X is 'maybe', but must be yes or no.  Write X=yes or X=no."),
        (lambda: env.number("X", 120), "two", "X is 'two', but must be a whole number, such as 120."),
        (lambda: env.number("X", 120, at_least=5), "4", "X is 4, but must be at least 5."),
        (
            lambda: env.database("X", ""),
            "mysql://root@db/site",
            "X begins with 'mysql'; the site knows PostgreSQL alone.  "
            "Write X=postgresql://account:password@host:5432/database.",
        ),
        (
            lambda: env.database("X", ""),
            "postgresql://cadre@db/",
            "X names no database.  Write X=postgresql://account:password@host:5432/database.",
        ),
        (
            lambda: env.database("X", ""),
            "postgresql://cadre:geheim@db:port/site",
            "X is not an address that can be read.  Write X=postgresql://account:password@host:5432/database.",
        ),
        (
            lambda: env.broker("X", ""),
            "amqp://guest:geheim@mq",
            "X must begin with redis://, rediss:// or unix://, for example X=redis://127.0.0.1:6379/0.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, read: object, value: str, sentence: str
) -> None:
    """The sentence is the whole message: a password in the value must not come back in it."""
    monkeypatch.setenv("X", value)
    assert callable(read)
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(sentence)}$"):
        read()


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    folder = tmp_path / "var" / "secrets"
    first = env.secret("SECRET_KEY", folder)
    assert len(first) >= 50
    assert env.secret("SECRET_KEY", folder) == first
    assert [path.name for path in folder.iterdir()] == ["secret_key"]
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_secret_of_the_environment_comes_first_and_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "from outside")
    assert env.secret("SECRET_KEY", tmp_path) == "from outside"
    assert list(tmp_path.iterdir()) == []


def test_a_variable_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("p@ss wort/1\n")
    monkeypatch.delenv("X", raising=False)
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.text("X") == "p@ss wort/1"
    assert env.given("X")
    assert env.database("Y", "postgresql://cadre@db/site", env.text("X"))["PASSWORD"] == "p@ss wort/1"
    assert env.broker("Y", "redis://redis:6379/0", env.text("X")) == "redis://:p%40ss%20wort%2F1@redis:6379/0"


@pytest.mark.parametrize(
    ("content", "also", "sentence"),
    [
        ("geheim", "geheim", "X and X_FILE are both set.  Keep one of them."),
        ("", "", "X_FILE names {file}, which is empty."),
        (None, "", "X_FILE names {file}, which cannot be read: No such file or directory."),
        (b"\xff\xfe", "", "X_FILE names {file}, which cannot be read: it is not text."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | bytes | None, also: str, sentence: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("X_FILE", str(file))
    monkeypatch.setenv("X", also)
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(sentence.format(file=file))}$"):
        env.text("X", "default")
