"""Whatever is changed in the stored record, at random and without a plan, is found (随机改动)."""

import pytest

from tests.audit.fuzzing import assert_none_is_missed
from tests.audit.notarising import Office
from tests.bench.measuring import scaled, tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.tampers, pytest.mark.covers("WPR-20", refused=True)]


def test_no_change_of_the_stored_record_is_missed(office: Office) -> None:
    """Two hundred of the two thousand that ``make bench`` makes."""
    found = assert_none_is_missed(200, 17, office)
    assert found.keys() >= {"edited", "columns", "resealed", "leafless", "opening", "note", "root", "subtree"}


@pytest.mark.bench
def test_none_of_two_thousand_changes_is_missed(office: Office) -> None:
    found = assert_none_is_missed(scaled(2000, least=100), 2, office)
    tell("changes of the stored record, none missed; findings", f"{sum(found.values()):,}")
