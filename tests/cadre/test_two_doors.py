"""The site and the box (票箱) share a web server and nothing else."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hasher, make_password

from cadre.hashers import SmallArgon2
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


def test_the_cookies_of_the_office_never_reach_the_box_or_the_notices() -> None:
    assert {settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH, settings.LANGUAGE_COOKIE_PATH} == {"/office/"}


def test_pages_of_the_office_are_not_served_by_the_box_nor_the_other_way_round() -> None:
    assert ask("/box/office/")[0] == 404
    assert ask("/office/box/")[0] in (302, 404)


def test_a_password_costs_nineteen_mebibytes() -> None:
    assert settings.PASSWORD_HASHERS[1] == "cadre.hashers.SmallArgon2"  # the first is the tests' own
    made = make_password("a long enough password", hasher="argon2")
    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert isinstance(get_hasher("argon2"), SmallArgon2)
