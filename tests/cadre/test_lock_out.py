"""Five wrong passwords in a row shut an account to the place from which they came, and to no other."""

from typing import Any

import pytest
from django.conf import settings

from tests.factories import PASSWORD, founding

pytestmark = pytest.mark.django_db(transaction=True)


def log_in(client: Any, password: str, *, place: str = "10.0.0.1") -> int:
    answer = client.post(settings.LOGIN_URL, {"username": "guanli", "password": password}, REMOTE_ADDR=place)
    status: int = answer.status_code
    return status


def test_the_right_password_after_five_wrong_ones_is_refused_there_and_taken_elsewhere(client: Any) -> None:
    founding()
    tries = [log_in(client, "not the password") for _ in range(5)]
    assert tries[:4] == [tries[0]] * 4
    assert tries[4] == 429
    assert log_in(client, PASSWORD) == 429
    assert log_in(client, PASSWORD, place="10.0.0.2") == 302


def test_the_right_password_after_four_wrong_ones_is_taken_and_counting_begins_anew(client: Any) -> None:
    founding()
    for _ in range(2):
        for _ in range(4):
            assert log_in(client, "not the password") != 429
        assert log_in(client, PASSWORD) == 302
        client.cookies.clear()
