"""What every test has: both databases, a flush that append-only tables survive, a record that is whole afterwards."""

import os
from collections.abc import Iterator
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not all(os.environ.get(name) for name in ("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL")):
        pytest.exit("Run tools/test (or make test): it starts the servers that the tests need.", returncode=2)
    from django.conf import settings

    # Hashed names need a collectstatic before every run; the journeys and the browser see the hashed ones.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # The real cost of a password is tested in tests/cadre; hundreds of log-ins need not pay it.
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
