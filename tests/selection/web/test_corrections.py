"""The page of recorded facts: what may be corrected, what waits, what was corrected and why (更正页面)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection.enums import Act, CorrectionState, Finding, RecommendationForm
from selection.models import Assessment, CheckResult, Correction, RoundItem, Talk, TallySheet
from selection.stages import way_back
from selection.web.acts import act_url
from tests.factories import Course, Point
from tests.selection.web.standing import fill_in, signed_in, standing_at, words

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
REASON = "录入时看错了一行"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.DECIDED, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def page_of(course: Course) -> str:
    return reverse("selection_facts", args=[course.now().number])


def correcting(course: Course, row: Any, fact: str) -> str:
    return act_url(Act.CORRECT_FACT, course.now(), what=f"{row._meta.model_name}-{row.pk}-{fact}")


@LANGUAGES
def test_a_day_is_corrected_on_its_page_and_the_row_says_so(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    talk = Talk.objects.earliest("pk")
    url = correcting(course, talk, "held_on")
    assert url.replace("&", "&amp;") in words(client.get(page_of(course)))
    shown = client.get(url)
    assert shown.context["form"]["value"].value() == talk.held_on
    other = talk.held_on.replace(day=1)
    refused = fill_in(client, url, value=talk.held_on.isoformat(), reason=REASON)
    assert refused.status_code == 422
    answer = fill_in(client, url, value=other.isoformat(), reason=REASON)
    assert answer.status_code == 302
    assert answer["Location"] == f"{page_of(course)}#parts"
    (made,) = Correction.objects.all()
    html = words(client.get(page_of(course)))
    assert f'href="#correction-{made.pk}"' in html
    assert f'id="correction-{made.pk}"' in html
    assert REASON in html
    assert fill_in(client, correcting(course, talk, "group"), value="delegates", reason=REASON).status_code == 302
    told = words(client.get(reverse("selection_record", args=[course.now().number])))
    assert REASON in told
    assert str(Act.RECORD_TALK.label) in told
    assert "delegates" not in told
    assert "leaders" not in told


@LANGUAGES
@pytest.mark.covers("DEL-14", refused=True)
def test_a_count_is_proposed_by_one_and_confirmed_or_refused_by_another(course: Course, language: str) -> None:
    first, second = signed_in(course, "jingban", language), signed_in(course, "jingban2", language)
    sheet = TallySheet.objects.filter(poll__form=RecommendationForm.MEETING).earliest("entered_at")
    fact = f"votes-{course.candidacies[1].pk}"
    assert fill_in(first, correcting(course, sheet, fact), value="47", reason=REASON).status_code == 302
    made = Correction.objects.get()
    confirm, refuse = act_url(Act.CONFIRM_CORRECTION, made), act_url(Act.REFUSE_CORRECTION, made)
    assert confirm not in words(first.get(page_of(course)))
    waiting = words(second.get(page_of(course)))
    assert confirm in waiting
    assert refuse in waiting
    desk = words(second.get("/office/"))
    assert page_of(course) in desk
    assert page_of(course) not in words(first.get("/office/"))
    assert fill_in(first, confirm).status_code == 422
    assert fill_in(second, confirm).status_code == 302
    assert course.fresh(made).state == CorrectionState.IN_FORCE
    html = words(second.get(course.now().get_absolute_url()))
    assert ("consider whether to return to it" in html) if language == "en" else ("研究是否退回" in html)
    check = CheckResult.objects.earliest("pk")
    assert fill_in(first, correcting(course, check, "finding"), value=Finding.EXPLAIN, reason=REASON).status_code == 302
    again = Correction.objects.get(fact="finding")
    declined = fill_in(second, act_url(Act.REFUSE_CORRECTION, again), reason="原件无误")
    assert declined.status_code == 302
    assert "原件无误" in words(first.get(page_of(course)))
    assert CheckResult.objects.get(pk=check.pk).finding == Finding.CLEAR


@LANGUAGES
def test_what_was_announced_is_refused_and_the_refusal_says_what_to_do(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    item = RoundItem.objects.earliest("pk")
    answer = fill_in(client, correcting(course, item, "agree"), value="9", reason=REASON)
    assert answer.status_code == 422
    html = words(answer)
    assert ("reconsidered after it" in html) if language == "en" else ("复议" in html)
    assert not Correction.objects.exists()
    assert course.fresh(item).agree == item.agree
    assert f"rounditem-{item.pk}" not in words(client.get(page_of(course)))


@LANGUAGES
def test_free_text_is_never_shown(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    talk = Talk.objects.earliest("pk")
    url = correcting(course, talk, "notes")
    for html in (words(client.get(page_of(course))), words(client.get(url))):
        assert talk.notes not in html
    assert fill_in(client, url, value="表述有误，重写。", reason=REASON).status_code == 302
    html = words(client.get(page_of(course)))
    assert "表述有误，重写。" not in html
    assert talk.notes not in html


@pytest.mark.parametrize("what", ["", "talk-0-held_on", "talk-1", "person-1-name", "rounditem-1-passed", "-"])
def test_a_fact_that_is_not_there_is_asked_for_on_the_page_of_facts(course: Course, what: str) -> None:
    client = signed_in(course, "jingban")
    url = act_url(Act.CORRECT_FACT, course.now(), what=what)
    assert "value" not in client.get(url).context["form"].fields
    assert fill_in(client, url, reason=REASON).status_code == 422
    assert not Correction.objects.exists()


@pytest.mark.parametrize("username", ["jipiao1", "kaocha1", "jiwei", "lingdao", "changwei1", "guanli"])
def test_who_does_not_see_the_whole_sees_no_facts(course: Course, username: str) -> None:
    client = signed_in(course, username)
    assert client.get(page_of(course)).status_code in (403, 404)
    talk = Talk.objects.earliest("pk")
    assert client.get(correcting(course, talk, "held_on")).status_code in (403, 404)


@pytest.mark.parametrize("username", ["jiandu", "shuji"])
def test_who_sees_the_whole_and_may_not_act_sees_facts_without_links(course: Course, username: str) -> None:
    html = words(signed_in(course, username).get(page_of(course)))
    assert "correct_fact" not in html
    assert "民主测评" in html


def test_the_number_of_queries_does_not_grow_with_corrections(course: Course) -> None:
    client = signed_in(course, "jingban")
    counted, address = [], page_of(course)
    client.get(address)  # the session settles
    assessment = Assessment.objects.earliest("pk")
    for fact in ("", "held_on", "issued", "returned"):
        if fact:
            value = assessment.fact(fact) + 1 if fact != "held_on" else assessment.held_on.replace(day=1)
            way_back.correct_fact(
                course.now(), **course.by("jingban2"), row=assessment, fact=fact, value=value, reason=REASON
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counted.append(len(queries))
    assert max(counted) <= 12
    assert max(counted[1:]) <= counted[0]
