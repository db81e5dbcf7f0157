"""Who presides over a meeting and over an item from which that member is recused, and where it stands (主持人)."""

import pytest

from audit import reading
from selection.acts import NotPermitted, Refused
from selection.documents import contexts, minutes
from selection.enums import Act
from selection.models import Account, Meeting, Seat
from selection.stages import charge
from selection.stages.deliberation import ballot, meeting
from selection.web.acts import act_url
from tests.factories import DAY, Course, Point, run_to
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-05", "DEL-13")]


def signed_in(course: Course, username: str = "jingban", language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def recuse(course: Course, seat: Seat) -> None:
    charge.recuse_person(course.selection, **course.by("jingban"), person=seat.person, reason="与人选有亲属关系。")


def name_chair(course: Course, seat: Seat) -> None:
    meeting.name_chair(course.selection, **course.by("jingban"), seat=seat)


def lines(course: Course) -> dict[str, str]:
    """The lines of the minutes, those of the first item among them."""
    said = minutes.minutes(course.meeting, at=course.at)
    found = {line.label: line.text for line in (*said["lines"], *said["items"][0].lines)}
    return found | {ballot.title: ballot.figures for ballot in said["items"][0].ballots}


def on_the_form(course: Course) -> dict[str, str]:
    """What the process record form says of the committee (纪实表的讨论决定环节)."""
    form = contexts.record_form(course.selection.case(), [course.candidacy(0)], at=course.at)["forms"][0]
    return {line.label: line.text for line in form["procedures"][-1].lines}


def on_the_desk(course: Course, username: str, language: str = "zh-hans") -> list[tuple[str, str]]:
    """What waits for somebody: where it leads, and what is done there."""
    page = signed_in(course, username, language).get("/office/")
    return [(row["url"], row["act"]) for row in page.context["waiting"]]


def test_who_presides_stands_in_the_entry_on_the_page_in_the_minutes_and_beside_the_result() -> None:
    course = run_to(Point.DECIDED)
    chief = course.members()[0]
    name = chief.person.name
    assert course.meeting.chair == course.round.chair == chief
    (opened,) = reading.entries(stream=course.meeting.streams()[0], actions=["record_attendance"])
    assert opened.data["given"]["chair"] == ["seat", str(chief.pk)]
    (announced,) = reading.entries(stream=course.selection.streams()[0], actions=["announce_result"])
    assert announced.data["facts"]["chair"] == ["seat", str(chief.pk)]
    said = lines(course)
    assert said["主持人"] == name
    assert f"由{name}主持" in said["第1次表决"]
    form = on_the_form(course)
    assert f"会议由{name}主持" in form["常委会讨论"]
    assert "本议题由" not in form["常委会讨论"]
    assert f"由{name}主持" in form["无记名投票表决"]
    for language, words in (("zh-hans", "主持人"), ("en", "Presided over by")):
        for address in (
            f"/office/meetings/{course.meeting.pk}/",
            f"/office/ballots/{course.round.pk}/",
            f"/office/ballots/{course.round.pk}/wall/",
            f"{course.selection.get_absolute_url()}record/",
        ):
            page = signed_in(course, language=language).get(address).content.decode()
            assert words in page, (address, language)
            assert name in page, (address, language)
    assert reading.verify().whole


@pytest.mark.covers("DEL-05", refused=True)
def test_only_a_member_who_is_present_presides() -> None:
    course = run_to(Point.CONSULTED)
    course.meeting = course.call()
    here, absent = course.members(9), course.members()[9]
    given = {"present": here, "observers": [], **course.by("jingban")}
    with pytest.raises(Refused) as refusal:
        meeting.record_attendance(course.meeting, **given, chair=absent)
    assert [one.field for one in refusal.value.unmet] == ["chair"]
    assert not course.meeting.attendances.exists()
    meeting.record_attendance(course.meeting, **given, chair=here[1])
    assert course.meeting.chair == here[1]


@pytest.mark.covers("DEL-13", refused=True)
def test_over_an_item_from_which_the_chair_is_recused_another_presides_and_that_is_recorded() -> None:
    course = run_to(Point.DISCUSSED)
    chief, deputy, third = course.members(3)
    recuse(course, chief)
    with pytest.raises(Refused) as refusal:
        course.prepare_ballot(recused_count="counted")
    assert [str(one.observed) for one in refusal.value.unmet] == [chief.person.name]
    page = signed_in(course).get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert act_url(Act.NAME_CHAIR, course.selection) in page
    with pytest.raises(Refused):
        name_chair(course, chief)
    recuse(course, third)
    with pytest.raises(Refused):
        name_chair(course, third)
    name_chair(course, deputy)
    course.prepare_ballot(recused_count="counted")
    assert (course.meeting.chair, course.round.chair) == (chief, deputy)
    with pytest.raises(Refused):  # not while the ballot is under way
        name_chair(course, deputy)
    for row in course.round.roll.filter(present=True):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    (account,) = Account.objects.filter(person=deputy.person)
    (other,) = Account.objects.filter(person=course.members()[4].person)
    with pytest.raises(NotPermitted):
        course.open_box(by=other.username)
    with pytest.raises(NotPermitted):
        course.open_box()
    client, at_table = signed_in(course, account.username), f"/office/ballots/{course.round.pk}/"
    assert on_the_desk(course, account.username) == [(at_table, str(Act.OPEN_BALLOT.label))]
    assert [url for url, _act in on_the_desk(course, account.username, "en")] == [at_table]
    assert on_the_desk(course, other.username) == on_the_desk(course, "shuji") == []
    assert at_table in client.get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert client.get(at_table).status_code == 200
    assert signed_in(course, other.username).get(at_table).status_code == 404
    assert "票决已准备" in client.get("/office/").content.decode()
    form = client.get(act_url(Act.OPEN_BALLOT, course.round)).content.decode()
    assert f'<a href="{at_table}">{course.selection.post}</a>' in form
    opened = client.post(act_url(Act.OPEN_BALLOT, course.round), {"token": "o" * 32})
    assert (opened.status_code, opened["Location"]) == (302, at_table)
    course.cast((6, 3))
    assert on_the_desk(course, account.username) == [(at_table, str(Act.CLOSE_BALLOT.label))]
    course.close_box(by=account.username)
    assert on_the_desk(course, account.username) == [(at_table, str(Act.ANNOUNCE_RESULT.label))]
    ballot.announce_result(course.round, **course.by(account.username))
    assert on_the_desk(course, account.username) == []
    assert client.get(at_table).status_code == 200
    said = lines(course)
    assert (said["主持人"], said["本议题主持人"]) == (chief.person.name, deputy.person.name)
    assert f"由{deputy.person.name}主持" in said["第1次表决"]
    form = on_the_form(course)
    assert f"会议由{chief.person.name}主持；本议题由{deputy.person.name}主持" in form["常委会讨论"]
    assert f"第1轮：由{deputy.person.name}主持" in form["无记名投票表决"]
    (named,) = reading.entries(stream=course.selection.streams()[0], actions=["name_chair"])
    assert named.data["given"]["seat"] == ["seat", str(deputy.pk)]


def test_nobody_takes_the_chair_of_a_member_who_can_preside() -> None:
    course = run_to(Point.DISCUSSED)
    with pytest.raises(Refused) as refusal:
        name_chair(course, course.members()[1])
    assert [one.field for one in refusal.value.unmet] == ["seat"]
    page = signed_in(course).get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert act_url(Act.NAME_CHAIR, course.selection) not in page


def test_a_chair_who_has_left_is_replaced_item_by_item() -> None:
    course = run_to(Point.DISCUSSED)
    chief = course.members()[0]
    course.at += DAY / 48
    attendance = course.meeting.attendances.get(seat=chief)
    meeting.record_departure(course.meeting, **course.by("jingban"), attendance=attendance, moved_at=course.at)
    with pytest.raises(Refused):
        course.prepare_ballot()
    name_chair(course, course.members()[1])
    course.prepare_ballot()
    assert course.round.chair == course.members()[1]


def test_a_meeting_that_was_opened_before_anybody_was_recorded_as_chair_goes_on() -> None:
    course = run_to(Point.DISCUSSED)
    Meeting.objects.filter(pk=course.meeting.pk).update(chair=None)
    course.go_to(Point.DECIDED)
    assert course.round.chair is None
    assert "主持人" not in lines(course)
    assert signed_in(course).get(f"/office/meetings/{course.meeting.pk}/").status_code == 200


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_forms_offer_the_members_and_begin_with_the_chief(language: str) -> None:
    course = run_to(Point.CONSULTED)
    course.meet()
    client = signed_in(course, language=language)
    form = client.get(act_url(Act.RECORD_ATTENDANCE, course.meeting)).context["form"]
    assert form["chair"].value() == str(course.members()[0].pk)
    recuse(course, course.members()[0])
    address = act_url(Act.NAME_CHAIR, course.selection)
    offered = client.get(address).context["form"].fields["seat"].rows.values()
    assert [seat.pk for seat in offered] == [seat.pk for seat in course.members()[1:]]
    assert client.post(address, {"token": "t" * 32, "seat": course.members()[1].pk}).status_code == 302
    page = client.get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert course.members()[1].person.name in page
