"""A motion for a grade, and the posts assigned after the vote, by the pages (职级竞争页面)."""

import pytest

from selection.enums import Act, CandidacyState, Competition, Grade
from selection.models import Candidacy, Selection
from selection.web.acts import act_url
from tests.selection.stages.competing import decided, motion, offered
from tests.selection.web.standing import fill_in, scan, signed_in


@pytest.mark.covers("POS-18", refused=True)
@pytest.mark.django_db
def test_the_motion_asks_what_is_competed_for() -> None:
    made = motion()
    url = act_url(Act.OPEN_SELECTION, made.county.mandate)
    posts = offered(made)
    given = {"post": posts[0].pk, "seats": 2, "triggers": ["vacancy"], "reason": "两个科长职位空缺。"}
    refused = fill_in(signed_in(made, "jingban"), url, **given)
    assert refused.status_code == 422
    assert "competition" in refused.context["form"].errors
    shown = refused.content.decode()
    assert "综合科科长" in shown
    assert "两个科长职位空缺。" in shown
    assert not Selection.objects.exists()
    sent = fill_in(
        signed_in(made, "jingban"), url, **given, competition=Competition.GRADE, posts=[row.pk for row in posts]
    )
    assert sent.status_code == 302, sent.context["form"].errors
    selection = Selection.objects.get()
    page = signed_in(made, "jingban").get(selection.get_absolute_url()).content.decode()
    assert "县融媒体中心副科级职位" in page.split("<h1")[1].split("</h1>")[0]
    assert "职级竞争" in page
    assert "县融媒体中心技术科科长" in page


@pytest.mark.covers("POS-18")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_post_is_assigned_before_anybody_is_put_on_notice(language: str) -> None:
    made = decided()
    one = Candidacy.objects.filter(state=CandidacyState.PASSED).earliest("pk")
    client = signed_in(made, "jingban", language)
    url = act_url(Act.ASSIGN_POST, one)
    for page in ("/office/", made.selection.get_absolute_url()):
        assert url in client.get(page).content.decode(), page
    form = client.get(url).content.decode()
    assert "县融媒体中心综合科科长" in form
    assert "县融媒体中心主任" not in form
    last = offered(made)[1]
    sent = fill_in(client, url, post=last.pk, reason="综合成绩第一，业务对口。", evidence=scan("纪要.pdf"))
    assert sent.status_code == 302, sent.context["form"].errors
    told = client.get(made.selection.get_absolute_url()).content.decode()
    assert "县融媒体中心技术科科长" in told
    assert act_url(Act.PUBLISH_NOTICE, one) in told
    one.refresh_from_db()
    assert (one.post, one.post.grade) == (last, Grade.TOWNSHIP_DEPUTY)
