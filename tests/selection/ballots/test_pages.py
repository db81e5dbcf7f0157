"""The pages of the box: from the code to the tracking code, without script, cookie or session (投票页面)."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from selection.ballots import box
from selection.ballots.models import Ballot
from tests.selection.ballots.rounds import CANDIDATES, SHEET, VOTE, opened, prepared

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3400-\u9fff]")
PATHS = {"zh-hans": "/box/", "en": "/box/en/"}


def soup_of(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def fields_of(response: HttpResponse) -> dict[str, str]:
    """What the form of a page sends, as a browser would."""
    fields = {}
    for field in soup_of(response).form.find_all("input"):
        if field.get("type") != "radio" or field.has_attr("checked"):
            fields[field["name"]] = field.get("value", "")
    return fields


def marks(choices: dict[str, str]) -> dict[str, str]:
    return {f"choice-{key}": value for key, value in choices.items()}


def send(voter: Client, page: HttpResponse, **changes: str) -> HttpResponse:
    """Press the page's main button."""
    return voter.post(soup_of(page).form["action"], fields_of(page) | changes)


def walk(voter: Client, code: str, start: str = "/box/", vote: dict[str, str] = VOTE) -> Iterator[HttpResponse]:
    """Go through the pages as a voter without JavaScript does."""
    page = voter.get(start)
    yield page
    page = send(voter, page, code=code)
    yield page
    page = send(voter, page, **marks(vote))
    yield page
    yield send(voter, page)


@pytest.mark.covers("DEL-09")
@pytest.mark.parametrize("language", PATHS)
def test_a_voter_goes_from_the_code_to_the_tracking_code(voter: Client, language: str) -> None:
    round_ = opened()
    pages = list(walk(voter, round_.codes[0].lower(), PATHS[language]))
    assert [page.status_code for page in pages] == [200, 200, 200, 200]
    assert [page["Content-Language"] for page in pages] == [language] * 4
    box.close(round_.id)
    assert box.tally(round_.id).counts["first"]["agree"] == 1
    (tracker,) = box.trackers(round_.id)
    receipt = soup_of(pages[-1])
    assert receipt.select_one(".tracker").text == tracker
    listed = voter.get(receipt.select_one("main a")["href"])
    assert [item.text for item in soup_of(listed).select(".trackers li")] == [tracker]


def test_no_page_shows_a_choice_after_the_ballot_is_cast(voter: Client) -> None:
    round_ = opened()
    *_before, review, receipt = walk(voter, round_.codes[0])
    again = send(voter, review)
    used = voter.post("/box/review/", {"code": round_.codes[0], **marks(VOTE)})
    back = voter.post("/box/sheet/", {"code": round_.codes[0], **marks(VOTE)})
    box.close(round_.id)
    listed = voter.get(f"/box/{round_.id}/ballots/")
    assert "不同意" in review.content.decode()
    for page in (receipt, again, used, back, listed):
        assert not [word for word in ("同意", "弃权", "人选", "agree") if word in page.content.decode()]
        assert page["Cache-Control"] == "no-store"


def test_the_confirmed_page_sent_again_shows_the_same_receipt(voter: Client) -> None:
    *_before, review, receipt = walk(voter, opened().codes[0])
    assert send(voter, review).content == receipt.content
    assert Ballot.objects.count() == 1


def test_one_candidate_or_thirty_cost_the_same_queries_of_the_box(voter: Client) -> None:
    def queries(candidates: int) -> list[int]:
        people = [(f"candidate-{number}", f"人选{number}", "") for number in range(candidates)]
        round_ = opened(sheet=replace(SHEET, candidates=people))
        counted = []
        voting = walk(voter, round_.codes[0], vote=dict.fromkeys((key for key, *_ in people), "disagree"))
        for _step in range(4):
            with CaptureQueriesContext(connections["box"]) as caught:
                assert next(voting).status_code == 200
            counted.append(len(caught))
        box.close(round_.id)
        return counted

    few = queries(1)
    assert queries(30) == few
    assert max(few) <= 12, few


def test_one_ballot_or_thirty_are_listed_by_the_same_queries(voter: Client) -> None:
    def queries(ballots: int) -> int:
        round_ = opened(slips=ballots)
        for code in round_.codes:
            box.cast(code, VOTE)
        box.close(round_.id)
        with CaptureQueriesContext(connections["box"]) as caught:
            listed = voter.get(f"/box/{round_.id}/ballots/")
        assert len(soup_of(listed).select(".trackers li")) == ballots
        return len(caught)

    assert queries(1) == queries(30) <= 12


def test_no_page_sets_or_needs_a_cookie_a_session_or_the_sites_database(voter: Client) -> None:
    round_ = opened()
    with CaptureQueriesContext(connections["default"]) as queries:
        pages = list(walk(voter, round_.codes[0]))
        pages.append(voter.post("/box/sheet/", {"code": "wrong"}))
        pages.append(voter.get(f"/box/{round_.id}/ballots/"))
    assert list(queries) == []
    assert not voter.cookies
    for page in pages:
        assert "Set-Cookie" not in page
        assert "Vary" not in page
        assert not hasattr(page.wsgi_request, "session")
        assert not hasattr(page.wsgi_request, "user")
        assert "csrf" not in page.content.decode()


def test_every_page_keeps_to_itself(voter: Client) -> None:
    for page in walk(voter, opened().codes[0]):
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        content = soup_of(page)
        assert not content.select("[style], style, script:not([src]), [onclick]")
        sources = [tag.get("src") or tag.get("href") for tag in content.select("script, link, img")]
        assert all(source.startswith(("/static/", "data:")) for source in sources)


@pytest.mark.parametrize("language", PATHS)
def test_every_page_has_one_heading_its_title_and_its_language(voter: Client, language: str) -> None:
    round_ = opened()
    start = PATHS[language]
    pages = [*walk(voter, round_.codes[0], start), voter.post(f"{start}sheet/", {"code": "?"})]
    pages += [voter.post(f"{start}review/", {"code": round_.codes[1], **marks({"first": "agree"})})]
    pages += [voter.get(f"{start}{round_.id}/ballots/"), voter.get(f"{start}{uuid4()}/ballots/")]
    box.close(round_.id)
    pages.append(voter.get(f"{start}{round_.id}/ballots/"))
    for page in pages:
        content = soup_of(page)
        (heading,) = content.find_all("h1")
        assert content.title.text.startswith(heading.text)
        assert content.html["lang"] == ("en" if language == "en" else "zh-Hans")
        for marked in content.select("html [lang]"):
            marked.extract()
        words = re.sub(r"[0-9a-f]{64}|[A-Z0-9]{4,5}-[A-Z0-9]{4,5}|/ \d|\d", "", content.body.get_text(" "))
        if language == "en":
            assert not CHINESE.search(words)
        else:
            assert not re.search(r"[A-Za-z]{3}", words)


def test_every_field_has_a_label_and_every_candidate_a_legend(voter: Client) -> None:
    enter, sheet, review, _receipt = walk(voter, opened().codes[0])
    assert soup_of(enter).find("label", attrs={"for": "code"})
    blocks = soup_of(sheet).select("fieldset")
    assert [block.legend.text for block in blocks] == [label for _key, label, _facts in CANDIDATES]
    assert all(radio.find_parent("label").text.strip() for radio in soup_of(sheet).select("input[type=radio]"))
    assert [(row.dt.text, row.dd.text) for row in soup_of(review).select(".review div")] == [
        ("甲人选", "同意"),
        ("乙人选", "不同意"),
    ]


def test_sheet_and_review_show_the_characters_on_the_big_screen(voter: Client) -> None:
    round_ = opened()
    _enter, sheet, review, _receipt = walk(voter, round_.codes[0])
    shown = box.standing(round_.id).check_code
    assert shown in sheet.content.decode()
    assert shown in review.content.decode()


@pytest.mark.parametrize(
    ("language", "summary"), [("zh-hans", "本次票决保什么密"), ("en", "What this vote keeps secret")]
)
def test_a_voter_can_read_what_is_kept_secret_before_marking_by_slip_or_by_device(
    voter: Client, language: str, summary: str
) -> None:
    start = PATHS[language]
    sheet = list(walk(voter, opened().codes[0], start))[1]
    for page in (sheet, voter.get(f"{start}collected/")):
        (told,) = soup_of(page).select("details")
        assert "open" not in told.attrs
        assert told.summary.text == summary
        assert len(told.find_all("li")) == 5
        assert not told.find_parent(id="around")  # which is gone while a sheet is marked


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["sheet", "review", "cast"])
@pytest.mark.parametrize("reason", ["mistyped_code", "unknown_code", "other_round", "used_code", "not_open", "closed"])
def test_a_code_that_opens_nothing_says_why_and_keeps_what_was_typed(voter: Client, step: str, reason: str) -> None:
    round_ = prepared()
    typed = round_.codes[0].lower()
    if reason == "mistyped_code":
        typed = typed[1:]
    elif reason == "unknown_code":
        typed = box.make_codes(1)[0]
    elif reason == "other_round":
        opened()
    elif reason != "not_open":
        box.open(round_.id)
        box.cast(round_.codes[reason == "closed"], VOTE)
        if reason == "closed":
            box.close(round_.id)
    before = Ballot.objects.count()
    page = voter.post(f"/box/{step}/", {"code": typed, **marks(VOTE)})
    assert page.status_code == (422 if "code" in reason and reason != "used_code" else 409)
    content = soup_of(page)
    assert content.select_one(".problem a[href='#code']").text == box.Reason(reason).label
    assert content.select_one("#code")["value"] == typed
    assert Ballot.objects.count() == before


@pytest.mark.covers("DEL-11", refused=True)
@pytest.mark.parametrize("step", ["review", "cast"])
@pytest.mark.parametrize(
    ("choices", "reason", "named"),
    [
        ({"first": "agree"}, "incomplete", ["乙人选"]),
        ({}, "incomplete", ["甲人选", "乙人选"]),
        ({"first": "agree", "second": "agree"}, "too_many", ["甲人选", "乙人选"]),
        (VOTE | {"third": "agree"}, "foreign_option", []),
        (VOTE | {"first": "perhaps"}, "foreign_option", ["甲人选"]),
    ],
)
def test_a_wrong_sheet_comes_back_as_it_was_filled_in(
    voter: Client, step: str, choices: dict[str, str], reason: str, named: list[str]
) -> None:
    round_ = opened()
    page = voter.post(f"/box/{step}/", {"code": round_.codes[0], **marks(choices)})
    assert page.status_code == 422
    content = soup_of(page)
    assert content.select_one(".problem strong").text == box.Reason(reason).label
    assert [link.text for link in content.select(".problem a")] == named
    assert all(content.find(id=link["href"][1:]) for link in content.select(".problem a"))
    kept = {key: value for key, value in choices.items() if key != "third" and value != "perhaps"}
    assert fields_of(page) == {"code": round_.codes[0], **marks(kept)}
    assert Ballot.objects.count() == 0
    assert send(voter, send(voter, page, **marks(VOTE))).status_code == 200
    assert Ballot.objects.count() == 1


def test_a_candidate_marked_twice_is_refused(voter: Client) -> None:
    round_ = opened()
    page = voter.post(
        "/box/cast/", {"code": round_.codes[0], "choice-first": ["agree", "disagree"], "choice-second": "abstain"}
    )
    assert page.status_code == 422
    assert Ballot.objects.count() == 0


def test_the_way_back_from_the_review_keeps_the_marks(voter: Client) -> None:
    *_before, review, _receipt = walk(voter, opened(slips=1).codes[0])
    code = opened().codes[0]
    fields = fields_of(voter.post("/box/review/", {"code": code, **marks(VOTE)}))
    change = soup_of(review).select_one("button.other")["formaction"]
    sheet = voter.post(change, fields)
    assert fields_of(sheet) == {"code": code, **marks(VOTE)}


def test_the_other_language_keeps_the_marks(voter: Client) -> None:
    code = opened().codes[0]
    sheet = voter.post("/box/sheet/", {"code": code})
    other = soup_of(sheet).select_one("button.quiet")
    assert other["lang"] == "en"
    english = voter.post(other["formaction"], {"code": code, **marks({"first": "abstain"})})
    assert english["Content-Language"] == "en"
    assert fields_of(english) == {"code": code, **marks({"first": "abstain"})}


@pytest.mark.parametrize("path", ["sheet/", "review/", "cast/"])
def test_a_step_opened_by_its_address_begins_at_the_code(voter: Client, path: str) -> None:
    assert voter.get(f"/box/{path}").headers["Location"] == "/box/"
    assert voter.get(f"/box/en/{path}").headers["Location"] == "/box/en/"


def test_a_sheet_without_rivals_announces_no_limit(voter: Client) -> None:
    rivals, alone = opened(), opened(sheet=replace(SHEET, candidates=CANDIDATES[:1]))
    assert soup_of(voter.post("/box/sheet/", {"code": rivals.codes[0]})).form["data-limit"] == "1"
    assert not soup_of(voter.post("/box/sheet/", {"code": alone.codes[0]})).form.has_attr("data-limit")


# --- the list of tracking codes, faults ---------------------------------------------------------------------------


def test_nothing_is_listed_before_the_box_is_closed(voter: Client) -> None:
    round_ = opened()
    tracker = box.cast(round_.codes[0], VOTE).tracker
    page = voter.get(f"/box/{round_.id}/ballots/")
    assert page.status_code == 200
    assert tracker not in page.content.decode()
    assert not soup_of(page).select(".trackers")
    box.close(round_.id)
    assert tracker in voter.get(f"/box/{round_.id}/ballots/").content.decode()


@pytest.mark.parametrize(
    ("language", "gone"),
    [("zh-hans", "选票连同查票码已经销毁，不能再计票"), ("en", "destroyed when the period for objections was over")],
)
def test_a_list_whose_ballots_are_destroyed_says_so_and_keeps_the_root(voter: Client, language: str, gone: str) -> None:
    round_ = opened()
    tracker = box.cast(round_.codes[0], VOTE).tracker
    box.close(round_.id)
    box.tally(round_.id)
    root = box.standing(round_.id).root.hex()
    box.destroy(round_.id)
    listed = voter.get(f"{PATHS[language]}{round_.id}/ballots/")
    assert listed.status_code == 200
    said = soup_of(listed).main.get_text(" ")
    assert gone in said
    assert root in said
    assert tracker not in said
    assert not soup_of(listed).select(".trackers")


def test_a_box_closed_empty_says_so(voter: Client) -> None:
    round_ = opened()
    box.close(round_.id)
    assert "没有选票" in voter.get(f"/box/{round_.id}/ballots/").content.decode()


@pytest.mark.parametrize(
    "path", ["00000000-0000-4000-8000-000000000000/ballots/", "nothing", "cast", "en/nothing/at/all/"]
)
def test_what_does_not_exist_is_absent_on_a_page_of_the_box(voter: Client, path: str) -> None:
    opened()
    page = voter.get(f"/box/{path}")
    assert page.status_code == 404
    assert soup_of(page).select_one("main a")["href"] == ("/box/en/" if path.startswith("en/") else "/box/")


def test_a_fault_tells_neither_page_nor_log_what_was_sent(voter: Client, caplog: pytest.LogCaptureFixture) -> None:
    round_ = opened()
    with connections["box"].cursor() as cursor:  # as after a half-done repair
        cursor.execute("ALTER TABLE ballots_ballot RENAME TO ballots_lost")
    with caplog.at_level(logging.DEBUG):
        page = voter.post("/box/cast/", {"code": round_.codes[0], **marks(VOTE)})
    assert page.status_code == 500
    written = page.content.decode() + "".join(f"{record.getMessage()}{record.exc_text}" for record in caplog.records)
    assert "ProgrammingError" in written
    for secret in (round_.codes[0], "agree", "127.0.0.1", "nullifier"):
        assert secret not in written
