"""Acts a second (办理速度): one, two and eight people who write at the same time."""

from itertools import count

import pytest

from selection.enums import TalkGroup
from selection.models import Candidacy, Selection
from selection.stages.inspection import findings
from tests.bench import scale
from tests.bench.measuring import at_once, seconds, tell
from tests.factories import Course

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ACTS = 160


@pytest.mark.parametrize("writers", [1, 2, 8])
def test_acts(writers: int) -> None:
    """Talks recorded, each writer in a selection of its own."""
    grown = scale.grown()
    grown.grow_to(scale_of(writers))
    original = grown.running[3]
    copies = [
        Selection.objects.get(pk=original.selection.pk + number * scale.STRIDE) for number in range(1, writers + 1)
    ]
    number = count()

    def talk(selection: Selection) -> None:
        candidacy = Candidacy.objects.filter(selection=selection, state="inspected").order_by("pk")[0]
        for _ in range(ACTS // writers):
            findings.record_talk(
                selection, **_by(original), candidacy=candidacy, group=TalkGroup.LEADERS, held_on=original.day,
                people=3, notes=f"谈话情况{next(number)}。",
            )  # fmt: skip

    took = seconds(lambda: at_once([lambda one=one: talk(one) for one in copies], writers))  # type: ignore[misc]
    tell(f"acts by {writers} writers", f"{ACTS / took:,.0f} acts/s")


def _by(course: Course) -> dict[str, object]:
    return course.by("kaocha1")


def scale_of(writers: int) -> int:
    return 100 * max(1, writers)
