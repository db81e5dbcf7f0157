"""The list of selections and the page of one, at every stage and in both languages (选任事项页面)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext as _

from audit import reading
from selection import clock
from selection.acts import Refused
from selection.enums import (
    Act,
    AppraisalResult,
    CandidacyState,
    ConsultedBody,
    FileKind,
    Finding,
    KeyPost,
    RecommendationForm,
    Trigger,
)
from selection.models import Selection
from selection.register import keeping
from selection.stages import charge, inspection, motion, recommendation, way_back
from selection.web.acts import act_url
from selection.web.tags import day
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")
TABS = ("", "votes/", "papers/", "record/", "rules/", "people/", "compare/")
#: Which parts of the page somebody sees who has no more than a part in the selection.
SEEN = {
    "jingban": set(TABS),
    "buzhang": set(TABS),
    "shuji": set(TABS),
    "jiandu": set(TABS),
    "jipiao1": {"", "votes/", "rules/"},
    "kaocha1": {"", "rules/"},
    "lingdao": set(),
    "jiwei": set(),
    "changwei1": set(),
    "guanli": set(),
}


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def words(response: Any) -> str:
    return str(response.content.decode())


def address(course: Course, tab: str = "") -> str:
    return f"/office/selections/{course.selection.number}/{tab}"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_the_page_reads_well_at_every_stage(language: str) -> None:
    course = factories.course()
    for point in Point:
        course.go_to(point)
        client = signed_in(course, "jingban", language)
        for tab in TABS if point in (Point.LISTED, Point.DECIDED, Point.CLOSED) else ("",):
            assert client.get(address(course, tab)).status_code == 200, (point, tab)


def test_who_sees_which_part() -> None:
    course = factories.run_to(Point.INSPECTED)
    for username, seen in SEEN.items():
        client = signed_in(course, username)
        for tab in TABS:
            found = client.get(address(course, tab))
            assert found.status_code == (200 if tab in seen else 404), (username, tab)
            if tab not in seen:
                assert "县融媒体中心" not in words(found)
        listed = course.selection.number in words(client.get("/office/selections/"))
        assert listed is bool(seen), username


def test_a_recused_person_and_a_candidate_find_nothing() -> None:
    course = factories.run_to(Point.LISTED)
    recused = course.county.hold(
        "huibi",
        *[role for role, _ in course.county["jingban"].roles_in_force(course.day)],
        at=course.at,
        person=factories.person(course.county, "赵示回"),
    )
    client = signed_in(course, "huibi")
    assert client.get(address(course)).status_code == 200
    charge.recuse_person(course.selection, **course.by("jingban"), person=recused.person, reason="近姻亲")
    for url in (address(course), address(course, "record/"), act_url(Act.NOTE_MATTER, course.selection)):
        found = client.get(url)
        assert found.status_code == 404
        assert "融媒体" not in words(found)
    assert course.selection.number not in words(client.get("/office/selections/"))
    assert client.get(f"/office/search/?q={course.selection.number}").context["selections"] == []
    people = words(signed_in(course, "jingban").get(address(course, "people/")))
    assert "赵示回" in people
    assert "近姻亲" in people


@pytest.mark.covers("NOM-05", refused=True)
def test_the_next_step_says_what_is_missing_and_who_may_do_what() -> None:
    course = factories.run_to(Point.NOMINATION, people=2)
    course.nominate(course.person(0))
    course.review()
    page = signed_in(course, "jingban").get(address(course))
    following = page.context["following"]
    assert following.act == Act.OPEN_RECOMMENDATION
    unmet = [one for one in page.context["requirements"] if not one.met]
    assert [(one.observed, one.required) for one in unmet] == [(1, 3)]
    assert unmet[0].citation.label in words(page)
    assert "还有" in words(page) or "未满足" in words(page)
    mine = {button["label"]: button for button in page.context["step_buttons"]}
    assert mine[str(Act.OPEN_RECOMMENDATION.label)]["may"]
    assert mine[str(Act.OPEN_RECOMMENDATION.label)]["unmet"] == 1
    theirs = signed_in(course, "shuji").get(address(course)).context["step_buttons"][0]
    assert (theirs["may"], theirs["url"], theirs["who"]) == (False, "", ["经办人"])


@pytest.mark.covers("NOM-05", refused=True)
def test_two_names_for_one_post_are_refused_with_the_article() -> None:
    course = factories.run_to(Point.NOMINATION, people=2)
    for person in course.people:
        course.nominate(person)
    client = signed_in(course, "jingban")
    found = client.post(act_url(Act.OPEN_RECOMMENDATION, course.selection), {"token": "two-names"})
    assert found.status_code == 422
    rule = course.selection.rules["nomination.list_ratio"]
    assert rule.citation.label in words(found)
    assert course.now().stage == "nomination"
    attempts = {name: words(signed_in(course, name).get(address(course, "record/"))) for name in ("jiandu", "jingban")}
    assert "未予办理" in attempts["jiandu"]
    assert rule.citation.article in attempts["jiandu"]
    assert "未予办理" not in attempts["jingban"]


def test_a_refused_form_keeps_what_was_typed() -> None:
    course = factories.run_to(Point.COUNTED)
    client = signed_in(course, "buzhang")
    url = act_url(Act.OPEN_INSPECTION, course.selection)
    sent = {"token": "one-only", "candidates": [course.candidacies[0].pk], "opinion": "综合研判后只考察一人。"}
    found = client.post(url, sent)
    assert found.status_code == 422
    assert "综合研判后只考察一人。" in words(found)
    assert f'value="{course.candidacies[0].pk}"' in words(found)
    assert course.selection.rules["inspection.equal_allowed"].citation.label in words(found)
    assert client.post(url, {**sent, "equal_number_reason": "仅此一人符合条件。"}).status_code == 302
    assert course.now().stage == "inspection"


def test_the_same_form_sent_twice_is_told_that_it_was() -> None:
    course = factories.run_to(Point.LISTED)
    client = signed_in(course, "jingban")
    url = act_url(Act.OPEN_RECOMMENDATION, course.selection)
    assert client.post(url, {"token": "twice"}).status_code == 302
    again = client.post(url, {"token": "twice"})
    assert again.status_code == 409
    assert course.now().visits.filter(stage="recommendation").count() == 1


def test_the_wrong_role_learns_nothing_from_the_address_of_an_act() -> None:
    course = factories.run_to(Point.LISTED)
    for username in ("changwei1", "jiwei", "guanli"):
        for method in ("get", "post"):
            found = getattr(signed_in(course, username), method)(act_url(Act.OPEN_RECOMMENDATION, course.selection))
            assert found.status_code == 403
            assert "融媒体" not in words(found)
            assert course.selection.number not in words(found)


FIGURES = {"issued": 7777, "returned": 7666, "valid": 7555}
VOTES = (7123, 6234, 5345)


@pytest.fixture
def counting() -> Course:
    """A recommendation of which the first teller has entered the count."""
    course = factories.run_to(Point.RECOMMENDATION)
    poll = recommendation.hold_recommendation(
        course.selection,
        **course.by("jingban"),
        form=RecommendationForm.MEETING,
        held_on=course.day,
        scope="全体干部职工",
        due_count=9000,
        present_count=8000,
        evidence=None,
    )
    course.polls = [poll]
    return enter(course, "jipiao1")


def enter(course: Course, username: str) -> Course:
    votes = {str(row.pk): number for row, number in zip(course.candidacies, VOTES, strict=True)}
    recommendation.enter_tally(course.polls[0], **course.by(username), **FIGURES, votes=votes)
    return course


def test_nobody_sees_a_tellers_figures_before_the_count_is_confirmed(counting: Course) -> None:
    secret = [str(number) for number in (*FIGURES.values(), *VOTES)]
    pages = [address(counting, tab) for tab in TABS] + ["/office/", act_url(Act.ENTER_TALLY, counting.polls[0])]
    for username in ("jipiao1", "jipiao2", "jingban", "buzhang", "jiandu"):
        client = signed_in(counting, username)
        for url in pages:
            text = re.sub(r'<input[^>]*name="(?:token|csrfmiddlewaretoken)"[^>]*>', "", words(client.get(url)))
            assert not [number for number in secret if number in text], (username, url)
    enter(counting, "jipiao2")
    assert "两份计票一致" in words(signed_in(counting, "jingban").get(address(counting)))
    recommendation.confirm_tally(counting.polls[0], **counting.by("jingban"), evidence=factories.SCAN)
    votes = words(signed_in(counting, "jipiao2").get(address(counting, "votes/")))
    assert all(number in votes for number in secret)
    assert "94.3%" in votes


def test_a_teller_enters_a_number_for_every_candidate(counting: Course) -> None:
    client = signed_in(counting, "jipiao2")
    url = act_url(Act.ENTER_TALLY, counting.polls[0])
    sent: dict[str, Any] = {"token": "count", "issued": 7777, "returned": 7666, "valid": 50}
    sent |= {f"votes-{row.pk}": 51 for row in counting.candidacies}
    found = client.post(url, sent)
    assert found.status_code == 422
    assert set(found.context["form"].errors) == {f"votes-{row.pk}" for row in counting.candidacies}
    assert words(found).count('value="51"') == 3
    assert client.post(url, sent | {"valid": 52}).status_code == 302
    assert counting.polls[0].sheets.get(teller=counting.county["jipiao2"]).votes == {
        str(row.pk): 51 for row in counting.candidacies
    }
    text = words(signed_in(counting, "jingban").get(address(counting)))
    assert "两份计票不一致" in text
    assert act_url(Act.REJECT_TALLY, counting.polls[0]) in text
    assert act_url(Act.CONFIRM_TALLY, counting.polls[0]) not in text


def test_the_inspection_is_a_table_of_ticks_and_links() -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    text = words(signed_in(course, "kaocha1").get(address(course)))
    first, second = (row.pk for row in course.inspected)
    talk = act_url(Act.RECORD_TALK, course.selection, candidacy=first, group="leaders").replace("&", "&amp;")
    assert talk in text
    assert act_url(Act.WRITE_REPORT, course.selection, candidacy=second) in text
    assert Act.ASK_OPINION.value not in text.split('id="inspection"')[1].split("</table>")[0]
    form = (
        signed_in(course, "kaocha1")
        .get(act_url(Act.RECORD_TALK, course.selection, candidacy=first, group="leaders"))
        .context["form"]
    )
    assert (form["candidacy"].value(), form["group"].value()) == (str(first), "leaders")
    staff = signed_in(course, "jingban")
    asked = staff.get(act_url(Act.ASK_OPINION, course.selection, candidacy=first, body="discipline"))
    assert asked.context["form"]["department"].value() == course.discipline.pk
    course.done.discard(Point.INSPECTED)
    for candidacy in course.inspected:
        course.ask(candidacy)
    cells = {row["label"]: row["cells"] for row in staff.get(address(course)).context["inspection_rows"]}
    assert all(cell.get("done") for cell in cells["书面意见：纪检监察机关"])
    assert not any(cell.get("done") for cell in cells["考察材料"])


def test_a_suspended_selection_says_so_and_offers_to_resume_it() -> None:
    course = factories.run_to(Point.LISTED)
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="机构改革")
    for language in LANGUAGES:
        page = signed_in(course, "buzhang", language).get(address(course))
        assert page.context["following"].act == Act.RESUME_SELECTION
        assert "card-warn" in words(page)
    assert course.selection.number in words(signed_in(course, "jingban").get("/office/selections/?only=suspended"))


def test_a_returned_selection_shows_where_candidates_left() -> None:
    course = factories.run_to(Point.INSPECTION)
    page = signed_in(course, "jingban").get(address(course))
    left = [(level["label"], [one["name"] for one in level["left"]]) for level in page.context["levels"]]
    assert left == [("初始提名", []), ("民主推荐", [course.people[2].name]), ("考察", [])]
    teller = words(signed_in(course, "jipiao1").get(address(course)))
    assert "确定为考察对象。" in words(page)
    assert "确定为考察对象。" not in teller


@pytest.mark.covers("AUD-10")
def test_what_an_audit_found_stands_beside_the_appraisals() -> None:
    course = factories.run_to(Point.DELIBERATION)
    audit = {
        "kind": "in_term",
        "reported_on": date(2026, 1, 5),
        "number": "澄审演〔2026〕1号",
        "conclusion": "责任履行较好",
    }
    person = course.candidacy(0).person
    keeping.add_file_entry(person, **course.by("jingban"), kind=FileKind.ECONOMIC_AUDIT, values=audit)
    page = signed_in(course, "buzhang").get(address(course, "compare/"))
    rows = {row["label"]: row for _title, section in page.context["sections"] for row in section}
    assert rows["经济责任审计"]["cells"] == [None, ["任内审计（2026.01）：责任履行较好"]]


@pytest.mark.covers("DIF-05", "INS-30")
def test_candidates_side_by_side_mark_what_differs() -> None:
    course = factories.run_to(Point.DELIBERATION)
    page = signed_in(course, "buzhang").get(address(course, "compare/"))
    rows = {row["label"]: row for _title, section in page.context["sections"] for row in section}
    assert rows["性别"]["differs"] is False
    assert rows[str(RecommendationForm.MEETING.label)]["differs"] is True
    assert rows[str(RecommendationForm.MEETING.label)]["cells"] == ["36 / 50 · 72%", "40 / 50 · 80%"]
    year = clock.day_of(course.at).year - 1
    appraised = [str(cell) for cell in rows["年度考核"]["cells"]]
    assert all(str(year) in cell and str(AppraisalResult.EXCELLENT.label) in cell for cell in appraised), appraised
    assert "print-a3.css" in words(page)


@pytest.mark.covers("POS-11", "POS-20")
def test_what_the_post_asks_and_what_both_managing_parties_think_stands_beside_the_candidates() -> None:
    course = factories.run_to(Point.INSPECTED)
    asks = {
        "duties": "主持中心全面工作，对安全播出负总责。",
        "standards": "熟悉新闻宣传业务，有统筹协调能力。",
        "co_manager": "市广播电视局党组",
        "key_kind": KeyPost.APPROVAL,
    }
    keeping.correct_post(course.post, **course.by("jingban"), values=asks, reason="三定方案")
    candidacy = course.selection.candidacies.filter(state=CandidacyState.INSPECTED)[0]
    inquiry = inspection.ask_opinion(
        course.selection,
        **course.by("jingban"),
        candidacy=candidacy,
        body=ConsultedBody.CO_MANAGER,
        department=None,
        outside="市广播电视局党组",
    )
    inspection.file_reply(
        inquiry,
        **course.by("jingban"),
        number="协〔2026〕1号",
        replied_on=clock.day_of(course.at),
        finding=Finding.EXPLAIN,
        opinion="建议暂缓任用。",
        evidence=factories.SCAN,
    )
    client = signed_in(course, "buzhang")
    tab, page = (client.get(address(course, tab)) for tab in ("", "compare/"))
    for shown in (tab, page):
        assert asks["duties"] in words(shown)
        assert asks["standards"] in words(shown)
    (rows,) = [rows for title, rows in page.context["sections"] if title == "双重管理"]
    assert [row["label"] for row in rows] == ["主管方：县委组织部", "协管方：市广播电视局党组"]
    assert [str(Finding.EXPLAIN.label), "建议暂缓任用。"] in rows[1]["cells"]


def test_the_record_tells_acts_in_plain_words_and_keeps_notes_of_talks_to_itself() -> None:
    course = factories.run_to(Point.INSPECTED)
    text = words(signed_in(course, "jiandu").get(address(course, "record/")))
    assert "个别谈话" in text or str(Act.RECORD_TALK.label) in text
    assert "工作扎实，作风正派。" not in text
    assert "熟悉业务，成绩突出。" not in text


def test_lists_filter_by_what_stands_in_the_address() -> None:
    course = factories.run_to(Point.LISTED)
    client = signed_in(course, "jingban")
    number = course.selection.number
    officer = course.county["jingban"].pk
    for query in (
        "",
        f"?q={number}",
        "?q=融媒体",
        "?stage=nomination",
        f"?q={course.unit.name}",
        f"?who={officer}",
        "?only=running",
    ):
        assert len(client.get(f"/office/selections/{query}").context["rows"]) == 1, query
    for query in ("?q=没有", "?stage=motion", "?only=suspended", "?only=overdue", "?only=soon"):
        assert client.get(f"/office/selections/{query}").context["rows"] == [], query
    assert len(client.get("/office/selections/?stage=nonsense&who=x").context["rows"]) == 1


def queries(client: LintingClient, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


APPRAISAL = {
    "year": 2025,
    "result": "excellent",
    "votes_excellent": 20,
    "votes_competent": 8,
    "votes_basic": 1,
    "votes_incompetent": 1,
}


@pytest.mark.slow
def test_one_row_or_thirty_cost_the_same_queries() -> None:
    course = factories.run_to(Point.LISTED)
    client = signed_in(course, "jingban")
    pages = ["/office/", "/office/selections/", *(address(course, tab) for tab in TABS)]
    few = {url: queries(client, url) for url in pages}
    by = {"actor": course.county["jingban"], "at": course.at}
    for n in range(27):
        person = factories.person(course.county, f"孙示{n}", at=course.at, appraisals=[APPRAISAL])
        course.nominate(person)
    for n in range(29):
        unit = factories.unit(course.county, f"示范单位{n}", f"CX-09{n:02d}", at=course.at)
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        post = keeping.add_post(unit, **by, values={"title": "主任", "grade": "township_chief", "seats": 1})
        motion.open_selection(
            course.county.mandate, **by, post=post, seats=1, triggers=[Trigger.VACANCY], reason="职位空缺。"
        )
    many = {url: queries(client, url) for url in pages}
    assert len(client.get("/office/selections/").context["rows"]) == 30
    assert many == few
    assert max(many.values()) <= 12, many


def test_opening_a_selection_leads_to_its_page() -> None:
    course = factories.course()
    client = signed_in(course, "jingban")
    url = client.get("/office/selections/").context["open_url"]
    form = client.get(url)
    assert course.post.full_title in words(form)
    found = client.post(
        url, {"token": "open", "post": course.post.pk, "seats": 1, "triggers": ["vacancy"], "reason": "职位空缺。"}
    )
    assert found.status_code == 302
    number = found["Location"].rstrip("/").rsplit("/", 1)[-1]
    assert found["Location"] == f"/office/selections/{number}/"
    assert client.get(found["Location"]).context["following"].act == Act.APPROVE_MOTION
    assert signed_in(course, "shuji").get("/office/selections/").context["open_url"] == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_motion_entered_later_keeps_the_day_it_claims_beside_the_real_one(language: str) -> None:
    course = factories.course()
    client = signed_in(course, "jingban", language)
    url = act_url(Act.OPEN_SELECTION, course.county.mandate)
    today = clock.today()
    assert client.get(url).context["form"].initial["moved_on"] == today
    sent = {"token": "m1", "post": course.post.pk, "seats": 1, "triggers": ["vacancy"], "reason": "职位空缺。"}
    ahead = client.post(url, sent | {"moved_on": (today + timedelta(days=1)).isoformat()})
    assert ahead.status_code == 422
    assert "moved_on" in ahead.context["form"].errors
    done = client.post(url, sent | {"moved_on": "2026-03-03"})
    selection = Selection.objects.get()
    assert done["Location"] == selection.get_absolute_url()
    assert (selection.moved_on, clock.day_of(selection.opened_at)) == (date(2026, 3, 3), today)
    page = words(client.get(selection.get_absolute_url()))
    with translation.override(language):
        said = _("%(raised)s, entered on %(entered)s")
        assert said % {"raised": day(selection.moved_on), "entered": day(today)} in page
    entry = reading.entries(stream=f"selection:{selection.pk}")[0]
    assert entry.data["given"]["moved_on"] == "2026-03-03"
    assert clock.day_of(entry.recorded_at) == today


@pytest.mark.covers("MOT-07", refused=True)
def test_a_freeze_is_shown_with_its_article_before_anything_is_typed() -> None:
    course = factories.course()
    motion.freeze_motions(course.county.mandate, **course.by("buzhang"), ground="机构改革", from_on=course.day)
    client = signed_in(course, "jingban")
    page = client.get(act_url(Act.OPEN_SELECTION, course.county.mandate))
    assert [one.met for one in page.context["requirements"]] == [False]
    assert course.county.mandate.case().rules["motion.freeze"].citation.label in words(page)
    with pytest.raises(Refused):
        course.go_to(Point.MOTION)
