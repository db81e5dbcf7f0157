"""What tests of the record share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.audit.notarising import Office


@pytest.fixture
def office(tmp_path: Path, settings: Any) -> Iterator[Office]:
    settings.NOTARY_STATE, settings.NOTARY_KEY = tmp_path / "notary", ""
    one = Office(tmp_path / "notary")
    yield one
    one.end()
