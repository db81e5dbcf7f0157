"""The index of a file while the selection is still under way (未办结事项的卷内目录)."""

import pytest
from django.urls import reverse

from tests.factories import Point, run_to
from tests.selection.web.standing import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "选任事项尚未办结"), ("en", "not finished yet")])
def test_a_selection_under_way_says_so(language: str, says: str) -> None:
    """Nothing is asked yet of stages that lie ahead."""
    course = run_to(Point.NOMINATION)
    answer = signed_in(course, "jingban", language).get(reverse("archive", args=[course.selection.number]))
    ((name, found),) = answer.context["gaps"]
    assert (name, len(found)) == ("", 1)
    assert says in words(answer)
