"""The papers of a ballot: sheets that nobody can tell apart, and the count to be signed (表决票、计票结果报告单)."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from audit import reading
from selection import polls
from selection.acts import NotPermitted, Refused
from selection.ballots import box
from selection.documents import ballots, filing, making, requests
from selection.enums import (
    Act,
    Choice,
    DocumentState,
    Grade,
    NominationSource,
    Paper,
    PollKind,
    RecusedCount,
    RoundState,
)
from selection.models import Candidacy, Document, Poll, Round, RoundItem, Selection
from selection.register import keeping
from selection.register.models import Tenure
from selection.stages import charge
from selection.stages.deliberation import ballot, removal
from selection.web.acts import act_url
from tests.factories import SCRUTINEERS, Course, Point, able, run_to
from tests.kept import kept
from tests.selection.beside import beside_an_entry
from tests.selection.documents.printed import words, words_of
from tests.selection.stages.test_removing import moved
from tests.selection.web.standing import fill_in, signed_in
from tests.selection.web.standing import words as said_on

pytestmark = [
    pytest.mark.django_db(databases=["default", "box"]),
    pytest.mark.slow,
    pytest.mark.covers("DEL-09", "DEL-13"),
]

SIZES = (1, 2, 8, 30, 60)
HEADER = "序号姓名现任职务拟任（免）职务同意不同意弃权"
PAGE = re.compile(r"第(\d+)页共(\d+)页各页合为一份")
DIGITS = "零一二三四五六七八九"


def made(course: Course, kind: Paper) -> bytes:
    """The last paper of this kind, made now."""
    document = Document.objects.filter(round=course.round, kind=kind).latest("pk")
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert (document.state, document.problem) == (DocumentState.KEPT, "")
    return filing.read(document.sha256)


def sheet(course: Course) -> bytes:
    requests.request_ballot_paper(course.round, **course.by("jingban"))
    return made(course, Paper.BALLOT_PAPER)


def report(course: Course) -> bytes:
    requests.request_count_report(course.round, **course.by("jingban"))
    return made(course, Paper.COUNT_REPORT)


def pages(content: bytes) -> list[str]:
    return [words(page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


def listed(number: int) -> Course:
    """A round with so many candidates on its sheet, whom no act could bring there in the time of a test."""
    course = run_to(Point.DISCUSSED)
    at, selection = course.at, course.selection
    office = Tenure.objects.get(person=course.person(0), until_on__isnull=True).post.organisation
    by_staff = {"actor": course.county["jingban"], "at": at}
    keeping.set_quota(office, **by_staff, grade=Grade.TOWNSHIP_DEPUTY, approved=100)
    values = {"title": "副科级组织员", "grade": Grade.TOWNSHIP_DEPUTY, "seats": number}
    post = keeping.add_post(office, **by_staff, values=values)
    people = [
        able(course.county, f"陈示{DIGITS[place // 10]}{DIGITS[place % 10]}", post, at=at)
        for place in range(1, number + 1)
    ]
    with beside_an_entry(selection, at):
        candidates = [
            Candidacy.objects.create(
                selection=selection,
                person=person,
                source=NominationSource.DEPARTMENT,
                reason="符合条件。",
                nominated_at=at,
            )
            for person in people
        ]
        poll = Poll.objects.create(
            selection=selection,
            kind=PollKind.DECISION,
            item=selection.case().item,
            held_on=course.day,
            due_count=11,
            present_count=11,
            held_at=at,
        )
        made = Round(
            selection=selection,
            poll=poll,
            seq=1,
            recused_count=RecusedCount.COUNTED,
            due_count=11,
            present_count=11,
            slips=1,
            prepared_at=at,
        )
        hashes = [box.code_hash(code) for code in box.make_codes(1)]
        made.check_code = box.prepare(made.box, polls.sheet(selection, made, candidates), hashes)
        made.save()
        RoundItem.objects.bulk_create(
            RoundItem(selection=selection, round=made, candidacy=candidacy) for candidacy in candidates
        )
    course.round, course.candidacies = made, candidates
    return course


def announced(number: int) -> Course:
    course = listed(number)
    with beside_an_entry(course.selection, course.at):
        Round.objects.filter(pk=course.round.pk).update(
            state=RoundState.ANNOUNCED, announced_at=course.at, issued=11, returned=10, valid=9, root="5c" * 32
        )
        RoundItem.objects.filter(round=course.round).update(agree=2, disagree=6, abstain=1, passed=False)
        first = course.round.items.earliest("pk")
        RoundItem.objects.filter(pk=first.pk).update(agree=7, disagree=1, abstain=1, passed=True)
    return course


def numbered(found: list[str]) -> None:
    """Every page says which of how many it is, and that they belong together."""
    told = [PAGE.search(page) for page in found]
    assert [match and match.groups() for match in told] == [
        (str(place), str(len(found))) for place in range(1, len(found) + 1)
    ]


# --- the blank sheet ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", SIZES)
def test_every_candidate_stands_on_the_sheet_once_under_a_header_on_each_page(number: int) -> None:
    course = listed(number)
    found = pages(sheet(course))
    assert len(found) == {1: 1, 2: 1, 8: 1, 30: 3, 60: 5}[number]
    numbered(found)
    said = "".join(found)
    for person in (row.person for row in course.candidacies):
        assert said.count(person.name) == 1, person.name
    holding = [page for page in found if "陈示" in page]
    assert all(page.count(HEADER) == 1 for page in holding)
    assert all(course.round.check_code.replace("-", "") in page.replace("-", "") for page in found)
    order = [str(row.pk) for row in course.candidacies]
    assert box.look_at(course.round.box).manifest["candidates"][0][0] == order[0]
    rows = re.findall(r"(\d+)(陈示..)县委办公室副科级组织员任：县融媒体中心主任", said)
    assert [(int(place), name) for place, name in rows] == [
        (place, row.person.name) for place, row in enumerate(course.candidacies, start=1)
    ]


def test_the_sheet_says_how_to_mark_it_as_the_box_counts_it() -> None:
    course = run_to(Point.PREPARED)
    said = words_of(sheet(course))
    for sentence in (
        "县委常委会第1次会议干部任免表决票",
        "表决事项县融媒体中心主任（应选1名）",
        "票别无记名表决票",
        "第1项议题第1次表决",
        "对每名人选，在“同意”“不同意”“弃权”中选定一栏画“√”；不画或者画在两栏以上的，本票无效。",
        "画“同意”的不得超过1名；超过的，本票无效。",
        "不得另提他人；另写他人姓名的，本票无效。",
        "本票不记名、不编号，每张相同",
        course.round.selection.rules["ballot.agree_limit"].citation.article,
    ):
        assert words(sentence) in said, sentence


def test_the_sheet_of_one_candidate_sets_no_limit() -> None:
    assert "不得超过" not in words_of(sheet(listed(1)))


def test_sheets_made_twice_do_not_differ_in_a_byte_and_name_no_voter() -> None:
    course = run_to(Point.PREPARED)
    first = sheet(course)
    for seat in course.members()[:3]:
        ballot.issue_slip(course.round, **course.by("jingban"), seat=seat)
    course.at += timedelta(minutes=7)
    assert sheet(course) == first
    said = words_of(first)
    assert not [seat.person.name for seat in course.members() if seat.person.name in said]
    assert not any(page.images for page in PdfReader(io.BytesIO(first)).pages)


def test_two_who_are_called_the_same_are_told_apart_by_their_birth() -> None:
    course = listed(2)
    with translation.override("zh-hans"):
        context = ballots.ballot_paper(Selection.objects.whole(course.selection.pk), course.round)
    assert [row.born for row in context["rows"]] == ["", ""]
    case = Selection.objects.whole(course.selection.pk)
    for row in course.candidacies:
        case.people[row.person_id].name = "陈示同"
    with translation.override("zh-hans"):
        rows = ballots.ballot_paper(case, course.round)["rows"]
    assert [(row.name, row.born) for row in rows] == [("陈示同", "1980年6月")] * 2


def test_a_removal_reads_as_one() -> None:
    course = run_to(Point.PREPARED)
    other = course.again(at=course.at)
    person = able(course.county, "周示免", course.post, at=course.at)
    ballot.void_ballot(course.round, **course.by("shuji"), reason="改期。")
    with pytest.raises(Refused):
        requests.request_ballot_paper(course.round, **course.by("jingban"))
    moved(other, Tenure.objects.get(person=person))
    other.discuss(number="第2次")
    other.prepare_ballot()
    said = words_of(sheet(other))
    assert words("表决事项免去周示免的县融媒体中心主任职务票别") in said
    assert words("1周示免县融媒体中心主任免：县融媒体中心主任") in said
    assert "应选" not in said


def test_posts_that_are_left_stand_beside_the_one_that_is_taken() -> None:
    course = run_to(Point.DISCUSSED)
    former = Tenure.objects.get(person=course.person(0), until_on__isnull=True)
    removal.propose_removals(course.selection, **course.by("jingban"), tenures=[former], reason="任新职。")
    course.prepare_ballot()
    said = words_of(sheet(course))
    assert words("县委办公室副主任任：县融媒体中心主任免：县委办公室副主任") in said


# --- the report of the count ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", SIZES)
def test_the_report_has_every_candidate_once_and_the_lines_to_sign_on_the_last_page(number: int) -> None:
    course = announced(number)
    found = pages(report(course))
    assert len(found) == {1: 1, 2: 1, 8: 2, 30: 3, 60: 5}[number]
    numbered(found)
    said = "".join(found)
    for person in (row.person for row in course.candidacies):
        row = re.search(rf"{person.name}县委办公室副科级组织员任：县融媒体中心主任(\d+)(未?通过)", said)
        expected = ("711", "通过") if person == course.candidacies[0].person else ("261", "未通过")
        assert row is not None, person.name
        assert row.groups() == expected, person.name
    assert all(page.count(HEADER) == 1 for page in found if "组织员" in page)
    for line in ("主持人（签名）：", "监票人（签名）：", "计票人（签名）：", f"汇总校验值：{'5c' * 32}"):
        assert line in found[-1], line


def test_the_report_tells_what_was_announced() -> None:
    course = run_to(Point.DECIDED)
    said = words_of(report(course))
    chair = course.round.chair
    assert chair is not None
    for words_there in (
        "县委常委会第1次会议干部任免表决计票结果报告单",
        f"主持人{chair.person.name}监票人{'、'.join(course.county[one].name for one in SCRUTINEERS)}",
        "应到实到发出收回有效无效11人11人11张11张11张0张",
        "应到11人，同意6票以上通过。本次表决通过：林示甲。",
        "当场公布",
        f"箱号：{course.round.check_code}",
        f"汇总校验值：{course.round.root}",
    ):
        assert words(words_there) in said, words_there
    for item in course.round.items.all():
        row = f"{item.candidacy.person.name}县委办公室副主任任：县融媒体中心主任"
        assert f"{row}{item.agree}{item.disagree}{item.abstain}{'通过' if item.passed else '未通过'}" in said
    assert reading.verify().whole


# --- when, and for whom ---------------------------------------------------------------------------------------------


@pytest.mark.covers("DEL-13", refused=True)
@pytest.mark.parametrize("point", [Point.PREPARED, Point.VOTING, Point.VOTED])
def test_there_is_no_report_before_the_result(point: Point) -> None:
    course = run_to(point)
    for username in ("jingban", "shuji", "jiandu", "buzhang"):
        with pytest.raises(Refused):
            requests.request_count_report(course.round, **course.by(username))
    assert not Document.objects.filter(round=course.round).exists()


@pytest.mark.covers("DEL-09", refused=True)
@pytest.mark.parametrize("point", [Point.VOTING, Point.VOTED, Point.DECIDED])
def test_no_sheet_is_made_once_the_box_is_open(point: Point) -> None:
    course = run_to(point)
    with pytest.raises(Refused):
        requests.request_ballot_paper(course.round, **course.by("jingban"))


@kept
def presided() -> Course:
    """A ballot that a member without any other role presided over, announced."""
    course = run_to(Point.CONSULTED)
    course.discuss(course.members()[4:] + course.members()[1:4])
    assert course.meeting.chair == course.members()[4]
    course.prepare_ballot()
    return course


def test_who_asks_for_which_paper() -> None:
    course = run_to(Point.PREPARED)
    for username in ("shuji", "buzhang", "jiandu", "changwei1", "guanli", "jipiao1"):
        with pytest.raises(NotPermitted):
            requests.request_ballot_paper(course.round, **course.by(username))
    requests.request_ballot_paper(course.round, **course.by("jingban"))
    course.go_to(Point.DECIDED)
    for username in ("changwei1", "guanli", "jipiao1", "lingdao", "jiwei"):
        with pytest.raises(NotPermitted):
            requests.request_count_report(course.round, **course.by(username))
    for username in ("jingban", "shuji", "buzhang", "jiandu"):
        requests.request_count_report(course.round, **course.by(username))


def reached(course: Course, username: str, document: Document) -> tuple[int, bool]:
    """How the paper answers, and whether the page of the ballot leads to it."""
    address = reverse("document", args=[document.pk])
    client = signed_in(course, username)
    page = client.get(reverse("ballot", args=[course.round.pk]))
    return client.get(address).status_code, page.status_code == 200 and address in said_on(page)


def test_whoever_is_recused_gets_neither_and_whoever_sees_the_matter_both() -> None:
    course = run_to(Point.PREPARED)
    sheet(course)
    course.go_to(Point.DECIDED)
    report(course)
    blank, count = Document.objects.filter(round=course.round).order_by("pk")
    for username in ("jingban", "buzhang", "shuji", "jiandu"):
        assert reached(course, username, blank) == reached(course, username, count) == (200, True), username
    for username in ("changwei1", "lingdao", "jipiao1", "kaocha1", "jiwei", "guanli"):
        assert reached(course, username, blank)[0] in (403, 404), username
        assert reached(course, username, count)[0] in (403, 404), username
    head = course.county["buzhang"].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=head, reason="与人选有亲属关系。")
    assert reached(course, "buzhang", blank) == reached(course, "buzhang", count) == (404, False)


def test_a_member_who_presided_gets_the_report_and_not_the_other_papers() -> None:
    course = presided()
    username = next(
        one
        for one in ("changwei1", "changwei2", "changwei3", "changwei4")
        if course.county[one].person_id == course.members()[4].person_id
    )
    sheet(course)
    for row in course.round.roll.filter(present=True):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    course.open_box(by=username)
    course.cast((6, 1))
    course.close_box(by=username)
    ballot.announce_result(course.round, **course.by(username))
    asked = fill_in(signed_in(course, username), act_url(Act.REQUEST_COUNT_REPORT, course.round))
    assert (asked.status_code, asked["Location"]) == (302, reverse("ballot", args=[course.round.pk]))
    made(course, Paper.COUNT_REPORT)
    blank, count = Document.objects.filter(round=course.round).order_by("pk")
    assert reached(course, username, count) == (200, True)
    assert reached(course, username, blank) == (404, False)
    charge.recuse_person(
        course.selection, **course.by("jingban"), person=course.county[username].person, reason="与人选有亲属关系。"
    )
    assert reached(course, username, count) == (404, False)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_the_ballot_offers_the_paper_and_says_how_many_to_print(
    language: str, django_assert_max_num_queries: Any
) -> None:
    course = run_to(Point.PREPARED)
    ballot.issue_slip(course.round, **course.by("jingban"), seat=course.members()[0])
    page, url = reverse("ballot", args=[course.round.pk]), act_url(Act.REQUEST_BALLOT_PAPER, course.round)
    client = signed_in(course, "jingban", language)
    told = said_on(client.get(page))
    assert url in told
    assert ("Print 10 sheets" if language == "en" else "纸质表决票印 10 张") in told
    assert url not in said_on(signed_in(course, "shuji", language).get(page))
    assert fill_in(client, url)["Location"] == page
    client.get(page)
    with django_assert_max_num_queries(12) as one:
        client.get(page)
    for _ in range(20):
        requests.request_ballot_paper(course.round, **course.by("jingban"))
    with django_assert_max_num_queries(12) as many:
        shown = client.get(page)
    assert len(shown.context["papers"]["rows"]) == 21
    assert shown.context["papers"]["rows"][0]["title"] in said_on(shown)
    assert len(one) == len(many)


def test_the_page_of_an_announced_ballot_offers_the_report_to_whoever_may_have_it() -> None:
    course = run_to(Point.DECIDED)
    page, url = reverse("ballot", args=[course.round.pk]), act_url(Act.REQUEST_COUNT_REPORT, course.round)
    for username in ("jingban", "shuji", "buzhang", "jiandu"):
        told = said_on(signed_in(course, username).get(page))
        assert url in told, username
        assert act_url(Act.REQUEST_BALLOT_PAPER, course.round) not in told


def test_choices_of_the_report_are_those_of_the_sheet() -> None:
    course = run_to(Point.DECIDED)
    options = [key for key, _label in box.look_at(course.round.box).manifest["options"]]
    assert options == list(Choice)
