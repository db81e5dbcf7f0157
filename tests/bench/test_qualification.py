"""Everybody of a large county held against the conditions of a post (任职资格)."""

from typing import Any

import pytest

from selection import qualification
from selection.qualification import Verdict
from selection.register.models import Appraisal, Person
from tests.bench import scale
from tests.bench.measuring import scaled, tell, timed
from tests.selection.test_qualification import DAY, everything, reserve

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def test_counting_a_hundred_thousand_and_telling_fifty_why() -> None:
    grown = scale.grown()
    grown.add_people(scaled(100_000))
    asked = qualification.conditions(everything(), reserve(), DAY)
    tell(f"{Person.objects.count():,} persons, {Appraisal.objects.count():,} appraisals", f"{len(asked)} conditions")
    counts: dict[str, Any] = {}

    def count() -> None:
        counts.update(qualification.counted(Person.objects.in_service(DAY), asked, DAY))

    listed = qualification.with_verdicts(Person.objects.in_service(DAY), asked, DAY)

    def reasons() -> None:
        keys = list(listed.filter(overall=Verdict.MET).in_stroke_order().values_list("pk", flat=True)[:50])
        told(keys)

    def told(keys: list[int]) -> None:
        for person in Person.objects.filter(pk__in=keys).with_files():
            assert list(qualification.judged(asked, person.file()))

    fifty = list(Person.objects.values_list("pk", flat=True)[:50])
    for name, work in (("counts", count), ("a page of fifty", reasons), ("reasons of fifty", lambda: told(fifty))):
        tell(name, str(timed(work)))
    assert sum(counts["overall"].values()) == Person.objects.in_service(DAY).count()
