"""The demonstration is loaded on a trial site only, and once."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from selection.models import Account
from selection.register.models import Organisation
from tests import factories


@pytest.mark.parametrize(
    ("embedded", "demonstration", "why"),
    [(False, True, "servers of its own"), (True, False, "DEMONSTRATION is off")],
)
@pytest.mark.django_db
def test_load_demo_refuses_any_other_site(settings: Any, embedded: bool, demonstration: bool, why: str) -> None:
    settings.EMBEDDED, settings.DEMONSTRATION = embedded, demonstration
    with pytest.raises(CommandError, match=why):
        call_command("load_demo")
    assert not Organisation.objects.exists()
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_load_demo_refuses_a_county_that_exists(settings: Any) -> None:
    settings.EMBEDDED = settings.DEMONSTRATION = True
    factories.founding()
    with pytest.raises(CommandError, match="already"):
        call_command("load_demo")
    assert Organisation.objects.count() == 2
