"""Everybody of a large county held against the conditions of a post (任职资格)."""

from typing import Any

import pytest
from django.db.models import Prefetch

from selection import qualification
from selection.enums import Grade
from selection.qualification import Verdict
from selection.register.models import Appraisal, Person
from tests.bench import scale
from tests.bench.measuring import scaled, tell, timed
from tests.selection.test_qualification import DAY, everything

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def test_counting_a_hundred_thousand_and_telling_fifty_why() -> None:
    grown = scale.grown()
    grown.add_people(scaled(100_000))
    asked = qualification.conditions(everything(), Grade.TOWNSHIP_CHIEF, DAY)
    tell(f"{Person.objects.count():,} persons, {Appraisal.objects.count():,} appraisals", f"{len(asked)} conditions")
    counts: dict[str, Any] = {}

    def count() -> None:
        counts.update(qualification.counted(Person.objects.in_service(DAY), asked, DAY))

    listed = qualification.with_verdicts(Person.objects.in_service(DAY), asked, DAY)

    def reasons() -> None:
        keys = list(listed.filter(overall=Verdict.MET).in_stroke_order().values_list("pk", flat=True)[:50])
        told(keys)

    def told(keys: list[int]) -> None:
        rated = Prefetch("appraisals", Appraisal.objects.order_by("-year"), to_attr="rated")
        for person in Person.objects.filter(pk__in=keys).prefetch_related(rated):
            assert list(qualification.judged(asked, person, person.rated))  # type: ignore[attr-defined]

    fifty = list(Person.objects.values_list("pk", flat=True)[:50])
    for name, work in (("counts", count), ("a page of fifty", reasons), ("reasons of fifty", lambda: told(fifty))):
        tell(name, str(timed(work)))
    assert sum(counts["overall"].values()) == Person.objects.in_service(DAY).count()
