"""An idle session ends; one in use lasts, and is not written down with every page."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from cadre import middleware
from tests.factories import founding

pytestmark = pytest.mark.django_db


class Clock:
    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(middleware, "time", made)
    return made


@pytest.fixture
def client(client: Any) -> Any:
    client.force_login(founding().administrator)
    return client


def ends() -> Any:
    return Session.objects.get().expire_date


def shorten() -> None:
    """As if most of the time that an idle session has were gone."""
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))


def test_a_session_in_use_is_moved_on(client: Any, clock: Clock) -> None:
    client.get("/office/")
    shorten()
    clock.now += settings.SESSION_COOKIE_AGE / 20 + 1
    client.get("/office/")
    left = ends() - timezone.now()
    assert left > timedelta(minutes=settings.IDLE_MINUTES - 1)


def test_a_session_is_not_written_with_every_page(client: Any, clock: Clock) -> None:
    client.get("/office/")
    shorten()
    before = ends()
    clock.now += settings.SESSION_COOKIE_AGE / 20 - 1
    client.get("/office/")
    assert ends() == before


def test_a_visitor_who_is_not_signed_in_gets_no_session(client: Any, clock: Clock) -> None:
    client.logout()
    response = client.get("/office/")
    assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert not Session.objects.exists()
