"""A browser at the box (票箱测试)."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings


@pytest.fixture
def voter(settings: Settings) -> Client:
    """A browser at the box: the box's own middleware and addresses, as the web server has them under /box/."""
    settings.MIDDLEWARE = settings.BOX_MIDDLEWARE
    settings.ROOT_URLCONF = "cadre.box_urls"
    return Client()
