"""The minutes of a meeting: made when it is closed, item by item, for whoever may read all of it (会议纪要)."""

from datetime import timedelta

import pytest

from audit import reading
from selection.acts import Refused
from selection.documents import filing, making, requests
from selection.enums import DocumentState, Opinion, Paper
from selection.models import Account, Attendance, Document, Meeting
from selection.register.models import Tenure
from selection.stages import charge
from selection.stages.deliberation import meeting, removal
from tests.factories import Course, Point, run_to
from tests.kept import kept
from tests.page_lint import LintingClient
from tests.selection.documents.printed import words_of

pytestmark = [
    pytest.mark.django_db(databases=["default", "box"]),
    pytest.mark.slow,
    pytest.mark.covers("DEL-08", "DEL-13", "DEL-26", "ART-12"),
]


@kept
def held() -> Course:
    """A meeting to which one came late, from which one stayed away; a post is left; one spoke against."""
    course = run_to(Point.CONSULTED)
    course.discuss(present=9)
    course.at += timedelta(minutes=20)
    late = course.members()[9]
    meeting.record_arrival(
        course.meeting,
        **course.by("jingban"),
        attendance=Attendance.objects.get(meeting=course.meeting, seat=late),
        moved_at=course.at,
    )
    course.speak(course.candidacy(0), late)
    course.speak(course.candidacy(1), late, Opinion.DISAGREE, "基层经历不足。")
    former = Tenure.objects.get(person=course.person(0), until_on__isnull=True)
    removal.propose_removals(course.selection, **course.by("jingban"), tenures=[former], reason="任新职。")
    course.ballot((7, 3))
    return course


def minutes(course: Course) -> Document:
    document = Document.objects.get(meeting=course.meeting, kind=Paper.MINUTES)
    assert document.selection is None
    return document


def test_closing_the_meeting_makes_its_minutes() -> None:
    course = held()
    assert making.make(minutes(course).pk, at=course.at)
    paper = minutes(course)
    assert (paper.state, paper.problem) == (DocumentState.KEPT, "")
    said = words_of(filing.read(paper.sha256))
    names = [seat.person.name for seat in course.members()]
    for words in (
        "县委常委会第1次会议纪要",
        "应到11人，实到10人",
        f"缺席{names[10]}",
        f"{names[9]}：",
        "到会",
        "任免事项",
        "不同意（1人）",
        f"{names[9]}（基层经历不足）",
        "拟免职务",
        "县委办公室副主任",
        "发出表决票10张",
        f"汇总校验值：{course.round.root}",
    ):
        assert words in said, words
    assert reading.verify().whole


def test_whoever_is_recused_from_one_item_does_not_get_the_minutes() -> None:
    course = held()
    making.make(minutes(course).pk, at=course.at)
    address = f"/office/papers/{minutes(course).pk}/"
    page = f"/office/meetings/{course.meeting.pk}/"

    def opens(username: str) -> tuple[int, bool]:
        client = LintingClient(headers={"accept-language": "zh-hans"})
        client.force_login(course.county[username])
        return client.get(address).status_code, address in client.get(page).content.decode()

    assert opens("jingban") == opens("buzhang") == opens("jiandu") == (200, True)
    head = course.county["buzhang"].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=head, reason="与人选有亲属关系。")
    assert opens("buzhang") == (404, False)


def test_a_member_who_was_there_gets_the_minutes_unless_recused_from_an_item() -> None:
    course = held()  # the last two members: one came late, one stayed away
    making.make(minutes(course).pk, at=course.at)
    address, page = f"/office/papers/{minutes(course).pk}/", f"/office/meetings/{course.meeting.pk}/"

    def opens(username: str) -> tuple[int, bool]:
        client = LintingClient(headers={"accept-language": "zh-hans"})
        client.force_login(course.county[username])
        return client.get(address).status_code, address in client.get(page).content.decode()

    names = {seat.person_id: seat for seat in course.members()}
    account = {
        names[one.person_id].rank: one.username
        for one in Account.objects.filter(person__in=names)
        if one.username.startswith("changwei")
    }
    assert opens(account[9]) == opens(account[10]) == (200, True)
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.data["what"], entry.object) == ("document", ("document", str(minutes(course).pk)))
    assert opens(account[11]) == (404, False)
    client = LintingClient(headers={"accept-language": "zh-hans"})
    client.force_login(course.county[account[11]])
    assert "出席会议的成员" in client.get(page).content.decode()
    person = course.members()[8].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=person, reason="与人选有亲属关系。")
    assert opens(account[9]) == (404, False)
    assert opens("lingdao")[0] == 404


def test_minutes_of_a_meeting_that_goes_on_are_nobodys_yet() -> None:
    course = run_to(Point.DISCUSSED)
    assert not Meeting.objects.minutes_open_to(course.county["changwei5"]).exists()
    meeting.close_meeting(course.meeting, **course.by("jingban"))
    assert Meeting.objects.minutes_open_to(course.county["changwei5"]).get() == course.meeting


def test_minutes_are_made_again_only_of_a_closed_meeting() -> None:
    course = run_to(Point.DISCUSSED)
    with pytest.raises(Refused):
        requests.request_minutes(course.meeting, **course.by("jingban"))
    meeting.close_meeting(course.meeting, **course.by("jingban"))
    requests.request_minutes(course.meeting, **course.by("jingban"))
    assert Document.objects.filter(meeting=course.meeting).count() == 2
