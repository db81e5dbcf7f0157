"""The site and the box (票箱) are two processes, and neither opens the other's door."""

import os
import subprocess
import sys
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password

from cadre.hashers import SmallArgon2
from cadre.wsgi import BoxDoor
from tests.asking import ask
from tests.factories import founding

pytestmark = pytest.mark.django_db(databases=["default", "box"])


STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


def test_the_front_door_leads_to_the_office_and_the_office_asks_who_is_there() -> None:
    status, headers, _ = ask("/")
    assert (status, headers["Location"]) == (302, "/office/")
    status, headers, _ = ask("/office/")
    assert (status, headers["Location"]) == (302, f"{settings.LOGIN_URL}?next=/office/")


def test_the_site_allows_nothing_from_elsewhere() -> None:
    _, headers, _ = ask("/office/")
    assert set(headers["Content-Security-Policy"].split("; ")) == STRICT
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/box/", "/box/en/"])
def test_the_box_sets_no_cookie_and_allows_nothing_from_elsewhere(path: str) -> None:
    status, headers, _ = ask(path)
    assert status == 200
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_the_box_does_not_know_who_is_signed_in(client: Any) -> None:
    """The cookie of a person who is signed in, sent to the box by hand, changes nothing in the answer."""
    client.force_login(founding().administrator)
    cookie = SimpleCookie(client.cookies.output(header=""))[settings.SESSION_COOKIE_NAME].value
    assert ask("/box/") == ask("/box/", HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={cookie}")


@pytest.mark.parametrize("path", ["/box/", "/box/sheet/", "/box/nothing/"])
def test_what_could_say_who_is_asking_is_laid_down_at_the_threshold(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    respond = BoxDoor.get_response
    monkeypatch.setattr(
        BoxDoor, "get_response", lambda door, request: (seen.append(request.META), respond(door, request))[1]
    )
    who = {
        "HTTP_COOKIE": "office=geheim", "HTTP_AUTHORIZATION": "geheim", "HTTP_USER_AGENT": "geheim",
        "HTTP_REFERER": "http://geheim/", "HTTP_X_FORWARDED_FOR": "192.0.2.7", "HTTP_X_REAL_IP": "192.0.2.7",
        "HTTP_FORWARDED": "for=192.0.2.7", "HTTP_X_REQUEST_ID": "geheim", "HTTP_ACCEPT_LANGUAGE": "geheim",
        "REMOTE_ADDR": "192.0.2.7", "REMOTE_PORT": "4711", "REMOTE_USER": "geheim", "RAW_URI": "/geheim",
    }  # fmt: skip
    answer = ask(path, **who)
    [told] = seen
    assert not set(who) & set(told)
    assert "geheim" not in str({name: value for name, value in told.items() if not name.startswith("wsgi.")})
    assert answer == ask(path)


def test_the_cookies_of_the_office_never_reach_the_box_or_the_notices() -> None:
    """A browser sends cookies to every port of a host: the path alone keeps them from the box of a bare address."""
    assert {settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH, settings.LANGUAGE_COOKIE_PATH} == {"/office/"}


def test_pages_of_the_office_are_not_served_by_the_box_nor_the_other_way_round() -> None:
    assert ask("/box/office/")[0] == 404
    assert ask("/office/box/")[0] in (302, 404)


def test_a_password_costs_nineteen_mebibytes() -> None:
    assert settings.PASSWORD_HASHERS[1] == "cadre.hashers.SmallArgon2"  # the first is the tests' own
    made = make_password("a long enough password", hasher="argon2")
    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(get_hasher("argon2"), SmallArgon2)


# --- one door alone ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with collected static files, as an image has them."""
    data = tmp_path_factory.mktemp("data")
    environment = os.environ | {"DATA_ROOT": str(data), "SECRET_KEY": "x" * 50, "BALLOT_KEY": "x" * 50}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
    return data


def alone(door: str, data: Path, *paths: str, without: tuple[str, ...] = ()) -> list[str]:
    """What a process that opens one door answers to each path; last, the databases that it has asked."""
    asking = (
        "import sys; from cadre.wsgi import application; from tests.asking import put; "
        "from django.db import connections; "
        "[print(status, content.decode()[:60].replace(chr(10), ' '), 'Set-Cookie' in headers) "
        "for status, headers, content in (put(application, path) for path in sys.argv[1:])]; "
        "print(sorted(one.alias for one in connections.all(initialized_only=True) if one.connection))"
    )
    environment = {name: value for name, value in os.environ.items() if name not in without}
    environment |= {"DOOR": door, "DEMONSTRATION": "no", "DATA_ROOT": str(data)}
    of_the_site = "x" * 50 if door == "site" else ""
    environment |= {"SECRET_KEY": of_the_site, "BALLOT_KEY": of_the_site, "BOX_KEY": "" if of_the_site else "y" * 50}
    command = [sys.executable, "-c", asking, *paths]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_the_process_of_the_box_opens_nothing_else_and_needs_nothing_of_the_site(styles: Path) -> None:
    """It starts without the site's database, queue and secrets, and hands out the style of its own pages."""
    sheet = next((styles / "static").glob("css/slips.*.css")).name
    front, box, english, office, notices, probe, readyz, style, opened = alone(
        "box", styles, "/", "/box/", "/box/en/", "/office/", "/notices/", "/box/healthz", "/box/readyz",
        f"/static/css/{sheet}", without=("DATABASE_URL", "REDIS_URL"),
    )  # fmt: skip
    answers = [front, box, english, office, notices, probe, style]
    assert [answer[:3] for answer in answers] == ["302", "200", "200", "404", "404", "200", "200"]
    assert not any(answer.endswith("True") for answer in answers), "a cookie"
    assert readyz.startswith("503 not ready: box"), "the tests' box has another name, so this one has no tables"
    assert opened == "['box']"
    assert [path.name for path in styles.iterdir()] == ["static"], "something was written"


def test_the_process_of_the_site_does_not_open_the_box(styles: Path) -> None:
    office, box, probe, opened = alone("site", styles, "/office/", "/box/", "/healthz")
    assert [office[:3], box[:3], probe[:3]] == ["302", "404", "200"]
    assert opened in ("['default']", "[]")
