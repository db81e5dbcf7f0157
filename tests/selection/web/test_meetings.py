"""Meetings and ballots in the office: what the table sees, and what nobody sees."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selection import clock
from selection.ballots import box
from selection.ballots.models import SlipCode
from selection.enums import Choice, Duty, Stage, Trigger
from selection.models import AgendaItem, Candidacy, Round, StatedOpinion
from selection.models.poll import RollMember, RoundItem
from selection.register import keeping
from selection.stages import motion
from tests import factories
from tests.factories import Course, county, person, run_to, seat, unit
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry

pytestmark = pytest.mark.django_db(databases=["default", "box"])


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def words(response: Any) -> str:
    return response.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("point", ["consulted", "discussed", "voting", "voted", "decided"])
def test_pages_of_the_meeting_read_well(point: str, language: str) -> None:
    course = run_to(point)
    client = signed_in(course, "jingban", language)
    assert client.get("/office/meetings/").status_code == 200
    if point == "consulted":
        return
    assert client.get(f"/office/meetings/{course.meeting.pk}/").status_code == 200
    item = course.meeting.items.get()
    assert client.get(f"/office/meetings/items/{item.pk}/opinions/").status_code == 200
    assert client.get(f"/office/selections/{course.selection.number}/ballot/").status_code == 200
    if point != "discussed":
        assert client.get(f"/office/ballots/{course.round.pk}/").status_code == 200
        assert client.get(f"/office/ballots/{course.round.pk}/wall/").status_code == 200


@pytest.mark.parametrize(
    ("language", "called", "going_on"), [("zh-hans", "未召开", "进行中"), ("en", "Not held yet", "Open")]
)
def test_a_meeting_of_a_later_day_is_not_shown_as_going_on(language: str, called: str, going_on: str) -> None:
    one = factories.course(at=clock.now())
    one.at += timedelta(days=3)
    one.call()
    listed = words(signed_in(one, "jingban", language).get("/office/meetings/"))
    assert f">{called}<" in listed
    assert f">{going_on}<" not in listed


@pytest.mark.covers("DEL-08", refused=True)
def test_only_who_records_the_opinions_is_led_to_their_form() -> None:
    course = run_to("discussed")
    form = f"/office/meetings/items/{course.meeting.items.get().pk}/opinions/"
    page = course.selection.get_absolute_url()
    assert form in words(signed_in(course, "jingban").get(page))
    assert form not in words(signed_in(course, "shuji").get(page))
    assert signed_in(course, "shuji").get(form).status_code == 403


@pytest.mark.covers("DEL-05", refused=True)
def test_prepare_ballot_below_quorum_is_refused_with_its_article_and_makes_no_slip() -> None:
    course = run_to("consulted")
    course.discuss(present=7)
    page = signed_in(course, "jingban").post(f"/office/selections/{course.selection.number}/ballot/", {"token": "a"})
    assert page.status_code == 422
    assert "条例 第三十八条" in words(page)
    assert "应到 11，实到 7" in words(page)
    assert not Round.objects.exists()
    assert not SlipCode.objects.exists()


def test_prepare_ballot_shows_a_slip_for_each_member_present_once_and_keeps_none() -> None:
    course = run_to("discussed")
    client = signed_in(course, "jingban")
    page = client.post(f"/office/selections/{course.selection.number}/ballot/", {"token": "a", "slips": 11})
    codes = re.findall(r'slip-code digest">([^<]+)<', words(page))
    assert len(codes) == len(set(codes)) == 11
    assert "no-store" in page["Cache-Control"]
    again = client.post(f"/office/selections/{course.selection.number}/ballot/", {"token": "a", "slips": 11})
    assert again.status_code == 409
    with connection.cursor() as cursor:
        for code in codes:
            cursor.execute("SELECT count(*) FROM audit_entry WHERE body LIKE %s", [f"%{code}%"])
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT count(*) FROM audit_opening WHERE value LIKE %s", [f"%{code}%"])
            assert cursor.fetchone() == (0,)


@pytest.mark.covers("DEL-11", refused=True)
def test_two_agreements_for_one_seat_are_refused_and_the_slip_stays_good() -> None:
    course = run_to("voting")
    both = {str(row.pk): Choice.AGREE.value for row in course.candidacies[:2]}
    with pytest.raises(box.CastRefused) as refusal:
        box.cast(course.codes[0], both)
    assert refusal.value.reason == box.Reason.TOO_MANY
    box.cast(course.codes[0], dict.fromkeys(both, Choice.ABSTAIN.value))


def test_issue_slip_twice_from_two_tabs_gives_one_slip() -> None:
    course = run_to("prepared")
    client = signed_in(course, "jingban")
    seat = RollMember.objects.filter(round=course.round).first()
    assert seat is not None
    sent = {"token": f"slip-{course.round.pk}-{seat.seat_id}", "seat": seat.seat_id}
    address = f"/office/act/round/{course.round.pk}/issue_slip/"
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 409
    assert client.post(address, sent | {"token": "other"}).status_code == 422
    assert course.issued == 1


def test_wall_shows_no_count_of_a_candidate_before_the_announcement() -> None:
    course = run_to("voted")
    client = signed_in(course, "shuji")
    before = words(client.get(f"/office/ballots/{course.round.pk}/wall/"))
    assert course.person(0).name not in before
    client.post(f"/office/act/round/{course.round.pk}/announce_result/", {"token": "b"})
    after = words(client.get(f"/office/ballots/{course.round.pk}/wall/"))
    assert course.person(0).name in after
    assert "应到 11 人，同意 8 票，须 6 票以上" in after
    assert course.now().stage == Stage.DECIDED


def test_opinions_of_the_whole_table_are_recorded_in_one_go_the_chief_last() -> None:
    course = run_to("consulted")
    course.meet()
    for candidacy in course.candidacies[:2]:
        course.introduce(course.candidacy(course.candidacies.index(candidacy)))
    item = course.meeting.items.get()
    client = signed_in(course, "jingban")
    form = client.get(f"/office/meetings/items/{item.pk}/opinions/").context["form"]
    sent = {name: "agree" for name in form.fields if name.startswith("opinion-")}
    assert len(sent) == 22
    assert client.post(f"/office/meetings/items/{item.pk}/opinions/", sent).status_code == 302
    last = StatedOpinion.objects.filter(candidacy=course.candidacies[0]).order_by("-position").first()
    assert last is not None
    assert last.seat.is_chief


def test_a_member_is_not_told_that_an_agenda_is_empty_which_is_only_closed_to_him() -> None:
    course = run_to("consulted")
    empty = course.call("第1次")
    course.meet(number="第2次")
    member = signed_in(course, "changwei1")
    post = str(course.post)
    for meeting, says in ((empty, "尚无议题"), (course.meeting, "本次会议议题仅对经办人员开放")):
        page = words(member.get(f"/office/meetings/{meeting.pk}/"))
        assert says in page
        assert post not in page
    assert post in words(signed_in(course, "jingban").get(f"/office/meetings/{course.meeting.pk}/"))


@pytest.mark.parametrize("username", ["jiwei", "lingdao", "guanli"])
def test_ballot_of_somebody_who_has_no_part_is_not_there(username: str) -> None:
    course = run_to("voting")
    client = LintingClient()
    client.force_login(course.county[username] if username != "guanli" else course.county.administrator)
    for address in (f"/office/ballots/{course.round.pk}/", f"/office/ballots/{course.round.pk}/wall/"):
        page = client.get(address)
        assert page.status_code == 404
        assert str(course.post) not in words(page)


def test_meeting_list_costs_the_same_for_one_and_for_thirty() -> None:
    course = run_to("consulted")
    client = signed_in(course, "jingban")
    course.call("第1次")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/office/meetings/")
        return len(queries)

    cost()  # the first page after a log-in notes that the session is in use
    one = cost()
    for number in range(2, 31):
        course.call(f"第{number}次")
    assert cost() == one <= 12


def queries(client: LintingClient, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.slow
def test_one_member_and_item_or_thirty_cost_the_same_queries() -> None:
    committee = county(members=4)
    course = run_to("consulted", committee)
    course.meet(1)
    item = course.meeting.items.get()
    pages = [f"/office/meetings/{course.meeting.pk}/", f"/office/meetings/items/{item.pk}/opinions/"]
    client = signed_in(course, "jingban")
    client.get(pages[0])  # the first page after a log-in notes that the session is in use
    few = {address: queries(client, address) for address in pages}
    for rank in range(5, 31):
        member = person(committee, f"钱示{rank}", at=course.at, grade="county_deputy")
        committee.seats.append(seat(committee, member, Duty.MEMBER, rank, at=course.at))
    for number in range(2, 31):
        media = unit(committee, f"示范单位{number}", f"CX-09{number:02d}", at=course.at)
        keeping.set_quota(media, **course.by("jingban"), grade="township_chief", approved=1)
        post = keeping.add_post(
            media, **course.by("jingban"), values={"title": "主任", "grade": "township_chief", "seats": 1}
        )
        other = motion.open_selection(
            committee.mandate,
            **course.by("jingban"),
            post=post,
            seats=1,
            triggers=[Trigger.VACANCY],
            reason="职位空缺。",
        )
        AgendaItem.objects.create(meeting=course.meeting, selection=other, position=number)
    course.attend(30)
    course.introduce(course.candidacies[0])
    for member in course.members()[1:30]:
        course.speak(course.candidacies[0], member)
    many = {address: queries(client, address) for address in pages}
    page = client.get(pages[0])
    assert (len(page.context["items"]), page.context["here"]) == (30, 30)
    assert len(client.get(pages[1]).context["said"]) == 29
    assert many == few
    assert max(many.values()) <= 12, many


@pytest.mark.slow
def test_ballot_and_wall_cost_the_same_queries_for_few_and_for_thirty() -> None:
    course = run_to("decided")
    client = signed_in(course, "shuji")
    pages = [f"/office/ballots/{course.round.pk}/", f"/office/ballots/{course.round.pk}/wall/"]
    client.get(pages[0])  # the first page after a log-in notes that the session is in use
    few = {address: queries(client, address) for address in pages}
    counts = {"agree": 0, "disagree": 11, "abstain": 0, "passed": False}
    people = [person(course.county, f"孙示{number}", at=course.at) for number in range(28)]
    members = [person(course.county, f"钱示{rank}", at=course.at, grade="county_deputy") for rank in range(12, 31)]
    seats = [seat(course.county, member, Duty.MEMBER, rank, at=course.at) for rank, member in enumerate(members, 12)]
    of_this = {"selection": course.selection, "round": course.round}
    with beside_an_entry(course.selection):
        for somebody in people:
            candidacy = Candidacy.objects.create(
                selection=course.selection,
                person=somebody,
                source="department",
                reason="符合条件。",
                nominated_at=course.at,
            )
            RoundItem.objects.create(**of_this, candidacy=candidacy, **counts)
        for taken in seats:
            RollMember.objects.create(**of_this, seat=taken, present=True)
    many = {address: queries(client, address) for address in pages}
    ballot, wall = (client.get(address) for address in pages)
    assert len(ballot.context["roll"]) == len(ballot.context["result"]) == len(wall.context["result"]) == 30
    assert many == few
    assert max(many.values()) <= 12, many


@pytest.mark.parametrize("point", ["discussed", "prepared"])
def test_preparing_a_ballot_shows_its_page_and_its_slips_in_twelve_queries(point: str) -> None:
    course = run_to(point)
    client = signed_in(course, "jingban")
    address = f"/office/selections/{course.selection.number}/ballot/"
    client.get(address)
    assert queries(client, address) <= 12
