"""The lists of those who oversee in a county where nothing has happened yet (监督清单为空)."""

import pytest
from django.urls import reverse

from selection.web.oversight import LISTS
from tests import factories
from tests.selection.web.standing import signed_in, words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "says"), [("zh-hans", "有记录时自动列出"), ("en", "Rows appear here by themselves")]
)
def test_every_list_says_that_it_is_empty(language: str, says: str) -> None:
    client = signed_in(factories.course(factories.county(members=4)), "jiandu", language)
    for listed in LISTS:
        answer = client.get(reverse("oversight_list", args=[listed.key]))
        assert answer.context["rows"] == [], listed.key
        assert says in words(answer)
    assert [number for _listed, number in client.get(reverse("oversight")).context["lists"]] == [0] * len(LISTS)
