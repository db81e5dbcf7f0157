"""Reads one typed variable of the environment, or stops with a sentence that says what to do.

Each may stand in a file instead, as secrets of containers do: ``SECRET_KEY_FILE=/run/secrets/secret_key``.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable without surrounding blanks, or the file that ``<name>_FILE`` names; an empty one is not set."""
    value = os.environ.get(name, "").strip()
    file = os.environ.get(f"{name}_FILE", "").strip()
    if file:
        if value:
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set.  Keep one of them.")
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            why = problem.strerror if isinstance(problem, OSError) else "it is not text"
            raise ImproperlyConfigured(f"{name}_FILE names {file}, which cannot be read: {why}.") from None
        if not value:
            raise ImproperlyConfigured(f"{name}_FILE names {file}, which is empty.")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set.  Set it in the environment; .env.example says what it is for.")
    return default


def names(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    value = text(name, "")
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def boolean(name: str, default: bool) -> bool:
    """Yes or no, in one of the usual spellings."""
    value = text(name, "").lower()
    if not value:
        return default
    if value in YES:
        return True
    if value in NO:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}, but must be yes or no.  Write {name}=yes or {name}=no.")


def choice(name: str, among: Sequence[str]) -> str:
    """One of these words; the first where nothing is set."""
    value = text(name, among[0]).lower()
    if value not in among:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be {' or '.join(among)}.")
    return value


def number(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number not below ``at_least``."""
    value = text(name, "")
    if not value:
        return default
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}, but must be a whole number, such as {default}.") from None
    if result < at_least:
        raise ImproperlyConfigured(f"{name} is {result}, but must be at least {at_least}.")
    return result


def path(name: str, default: Path) -> Path:
    """An absolute path; a relative one starts at the working directory."""
    value = text(name, "")
    return Path(value).expanduser().absolute() if value else default


def next_port(address: str) -> str:
    """``127.0.0.1:8001`` for ``127.0.0.1:8000``; empty where the address has no port."""
    host, separator, port = address.rpartition(":")
    return f"{host}:{int(port) + 1}" if separator and port.isdigit() else ""


def database(name: str, default: str, password: str = "") -> dict[str, object]:
    """A PostgreSQL address as Django's database settings; ``password`` where the address has none.

    ``postgresql://account:password@host:5432/database`` or, over a unix socket,
    ``postgresql://account@/database?host=/folder/of/the/socket``.  Further parameters go to libpq as they are.
    """
    address = text(name, default)
    wanted = f"Write {name}=postgresql://account:password@host:5432/database."
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not an address that can be read.  {wanted}") from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(
            f"{name} begins with {parts.scheme or 'no scheme'!r}; the site knows PostgreSQL alone.  {wanted}"
        )
    database_name = unquote(parts.path.removeprefix("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database.  {wanted}")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or password,
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def broker(name: str, default: str, password: str = "") -> str:
    """A Redis address as Celery wants it: ``redis://…``, ``rediss://…`` or ``unix:///socket``.

    ``password`` where the address has none.
    """
    address = text(name, default)
    scheme, separator, rest = address.partition("://")
    if not separator or scheme not in ("redis", "rediss", "unix"):
        raise ImproperlyConfigured(
            f"{name} must begin with redis://, rediss:// or unix://, for example {name}=redis://127.0.0.1:6379/0."
        )
    if scheme == "unix":
        return f"redis+socket://{rest}"
    return f"{scheme}://:{quote(password, safe='')}@{rest}" if password and "@" not in rest else address


def secret(name: str, folder: Path) -> str:
    """A secret of the environment, or one made on first need and kept in ``folder``, readable by its owner alone."""
    value = text(name, "")
    if value:
        return value
    kept = folder / name.lower()
    try:
        return kept.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    except PermissionError:
        raise ImproperlyConfigured(
            f"{kept} belongs to another account.  Run this as the account that owns {folder}, or as root."
        ) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    fresh = folder / f"{kept.name}.{secrets.token_hex(8)}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(made)
    try:
        os.link(fresh, kept)  # refuses where another process was first: then its secret counts
    except FileExistsError:
        return kept.read_text(encoding="ascii")
    finally:
        fresh.unlink()
    return made


def given(*variables: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether every one of these variables is set."""
    source = os.environ if environment is None else environment
    return all(source.get(name, "").strip() or source.get(f"{name}_FILE", "").strip() for name in variables)
