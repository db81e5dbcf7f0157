"""One sheet for several items: drawn once, voted item by item, and nobody learns which slips shared a sheet."""

import random
import re
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.acts import Conflict, Refused, Secret
from selection.ballots import box
from selection.ballots.codes import nullifier_of
from selection.ballots.models import SlipCode
from selection.enums import Choice, ItemKind, PostClass, RoundState, Stage, Trigger
from selection.enums import Grade as Grades
from selection.models import AgendaItem, Round
from selection.models.poll import RollMember
from selection.register import keeping
from selection.register.models import Tenure
from selection.stages import charge, motion
from selection.stages.deliberation import ballot, meeting
from tests.factories import Course, Point, course
from tests.kept import kept
from tests.page_lint import LintingClient
from tests.selection.ballots.linking import attack, dump

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09", "DEL-13")]

CODE = re.compile(r'class="slip-code digest">([^<]+)<')


@kept
def two_items(*, recused: int | None = None) -> tuple[Course, Course]:
    """Two posts on the agenda of one meeting, everybody has spoken; one member may be recused from the second."""
    first = course(people=6)
    first.people, others = first.people[:3], first.people[3:]
    staff = first.by("jingban")
    keeping.set_quota(first.unit, **staff, grade=Grades.TOWNSHIP_CHIEF, approved=2)
    values = {"title": "总编辑", "grade": Grades.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
    post = keeping.add_post(first.unit, **staff, values=values)
    second = first.again(post, at=first.at)
    second.people = others
    first.go_to(Point.CONSULTED)
    second.go_to(Point.CONSULTED)
    if recused is not None:
        member = first.county.seats[recused].person
        charge.recuse_person(second.selection, **second.by("jingban"), person=member, reason="与人选有亲属关系。")
    first.discuss()
    second.at = first.at
    second.meeting = first.meeting
    meeting.put_on_agenda(second.selection, **second.by("jingban"), meeting=second.meeting)
    speakers = [seat for number, seat in enumerate(second.members()) if number != recused]
    for nth in (0, 1):
        second.introduce(second.candidacy(nth))
        for seat in sorted(speakers, key=lambda seat: seat.is_chief):
            second.speak(second.candidacy(nth), seat)
    return first, second


def round_of(code: str) -> UUID:
    return SlipCode.objects.get(code_sha256=box.code_hash(code)).round


def signed_in(of: Course, username: str = "jingban", language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(of.county[username])
    return client


def prepared(first: Course, second: Course, **answers: str) -> list[list[str]]:
    """Prepare both items on one sheet; the codes of each sheet, as they stand on the paper."""
    items = [course.now().case().item for course in (first, second)]
    page = signed_in(first).post(
        f"/office/meetings/{first.meeting.pk}/sheets/",
        {"items": [item.pk for item in items if item], "sheets": 11, **answers},
    )
    assert page.status_code == 200
    sheets = page.content.decode().split('<section class="slip-sheet">')[1:]
    return [CODE.findall(sheet) for sheet in sheets]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_sheet_carries_a_slip_for_each_item_and_is_kept_nowhere(language: str) -> None:
    first, second = two_items()
    client = signed_in(first, language=language)
    assert client.get(f"/office/meetings/{first.meeting.pk}/").status_code == 200
    assert client.get(f"/office/meetings/{first.meeting.pk}/sheets/").status_code == 200
    sheets = prepared(first, second)
    assert len(sheets) == 11
    assert all(len(sheet) == 2 for sheet in sheets)
    assert len({code for sheet in sheets for code in sheet}) == 22
    ours, theirs = Round.objects.order_by("pk")
    for sheet in sheets:
        assert {round_of(code) for code in sheet} == {ours.box, theirs.box}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(body::text, '') FROM audit_entry")
        (record,) = cursor.fetchone()
    assert "prepare_ballot" in record
    assert not [code for sheet in sheets for code in sheet if code in record]
    assert client.get(f"/office/meetings/{first.meeting.pk}/draw/").status_code == 200


def test_what_one_item_lacks_is_named_with_its_article_and_nothing_is_prepared() -> None:
    first, second = two_items()
    first.attend(7)
    items = [course.now().case().item for course in (first, second)]
    page = signed_in(first).post(
        f"/office/meetings/{first.meeting.pk}/sheets/", {"items": [item.pk for item in items if item], "sheets": 7}
    )
    assert page.status_code == 422
    assert "7" in page.content.decode()
    assert "条" in page.content.decode()
    assert not Round.objects.exists()
    assert not SlipCode.objects.exists()


def test_drawing_is_noted_for_every_item_once() -> None:
    first, second = two_items()
    prepared(first, second)
    client = signed_in(first)
    address = f"/office/meetings/{first.meeting.pk}/draw/"
    seat = first.members()[3]
    for _click in range(2):
        assert client.post(address, {"seat": seat.pk}).status_code == 302
    assert RollMember.objects.filter(seat=seat, channel="slip").count() == 2
    assert RollMember.objects.filter(channel="slip").count() == 2
    assert [row.selection.case().issued(row) for row in Round.objects.all()] == [1, 1]
    drawn = reading.entries(actions=["issue_slip"])
    assert len(list(drawn)) == 2


def test_items_are_opened_one_after_another() -> None:
    first, second = two_items()
    sheets = prepared(first, second)
    ours, theirs = Round.objects.order_by("pk")
    for seat in first.members():
        signed_in(first).post(f"/office/meetings/{first.meeting.pk}/draw/", {"seat": seat.pk})
    chair = first.by("shuji")
    first.open_box(ours)
    with pytest.raises(Refused) as refused:
        first.open_box(theirs)
    assert [unmet.says for unmet in refused.value.unmet] == ["本次会议没有其他议题正在投票"]
    candidates = [str(row.candidacy_id) for row in ours.items.order_by("pk")]
    for sheet in sheets:
        code = next(code for code in sheet if round_of(code) == ours.box)
        box.cast(code, dict.fromkeys(candidates, Choice.DISAGREE.value) | {candidates[0]: Choice.AGREE.value})
    first.close_box(ours)
    first.open_box(theirs)
    assert first.fresh(theirs).state == RoundState.OPEN
    ballot.announce_result(first.fresh(ours), **chair)
    page = signed_in(first).get(f"/office/meetings/{first.meeting.pk}/").content.decode()
    assert "通过" in page


def test_a_recused_member_hands_the_slip_back_before_the_item_opens() -> None:
    first, second = two_items(recused=4)
    sheets = prepared(first, second, recused_count="counted")
    theirs = Round.objects.get(selection=second.selection)
    assert (len(sheets), theirs.spare(theirs.roll.all()), theirs.present_count) == (11, 1, 10)
    client = signed_in(first)
    address = f"/office/meetings/{first.meeting.pk}/draw/"
    assert str(second.post) in client.get(address).content.decode()
    for seat in first.members():
        client.post(address, {"seat": seat.pk})
    with pytest.raises(Refused) as unready:
        first.open_box(theirs)
    assert [unmet.observed for unmet in unready.value.unmet] == ["尚有 1 项未完成"]

    code = next(code for code in sheets[0] if round_of(code) == theirs.box)
    of_the_other = next(code for code in sheets[0] if round_of(code) != theirs.box)
    back = f"/office/act/round/{theirs.pk}/hand_back_slip/"
    wrong = client.post(back, {"token": "t" * 32, "code": of_the_other})
    assert wrong.status_code == 422
    assert client.post(back, {"token": "u" * 32, "code": code}).status_code == 302
    assert client.post(back, {"token": "v" * 32, "code": code}).status_code == 422
    assert first.fresh(theirs).spare(theirs.roll.all()) == 0

    first.open_box(theirs)
    with pytest.raises(box.CastRefused) as refused:
        box.cast(code, {})
    assert refused.value.reason == box.Reason.UNKNOWN_CODE
    entry = next(iter(reading.entries(actions=["hand_back_slip"])))
    assert code not in str(entry.body)


def test_no_slip_is_taken_back_once_the_ballot_is_open() -> None:
    first, second = two_items(recused=4)
    sheets = prepared(first, second, recused_count="counted")
    ours = Round.objects.get(selection=first.selection)
    with pytest.raises(Refused):  # everybody votes on it: no slip is spare
        ballot.hand_back_slip(ours, **first.by("jingban"), code=Secret(sheets[0][0]))
    theirs = Round.objects.get(selection=second.selection)
    box.open(theirs.box)
    code = next(code for code in sheets[0] if round_of(code) == theirs.box)
    with pytest.raises(Conflict):
        ballot.hand_back_slip(theirs, **first.by("jingban"), code=Secret(code))
    assert SlipCode.objects.filter(round=theirs.box).count() == 11


def test_pages_of_the_sheet_cost_the_same_queries_for_one_item_and_two() -> None:
    first, second = two_items()
    client = signed_in(first)
    sheets, draw = (f"/office/meetings/{first.meeting.pk}/{page}/" for page in ("sheets", "draw"))
    client.get(sheets)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    two = cost(sheets)
    first.prepare_ballot()
    assert cost(sheets) == two <= 12
    one = cost(draw)
    second.prepare_ballot()
    assert cost(draw) == one <= 12


@pytest.mark.parametrize(("username", "status"), [("shuji", 403), ("lingdao", 404), ("jiandu", 403)])
def test_only_staff_prepares_sheets(username: str, status: int) -> None:
    first, _second = two_items()
    assert signed_in(first, username).get(f"/office/meetings/{first.meeting.pk}/sheets/").status_code == status


# --- an appointment and a removal in one sitting ------------------------------------------------------------------


def appointment_and_removal() -> tuple[Course, Course]:
    """One meeting that appoints somebody and, by an item of its own, removes somebody else; everybody has spoken."""
    first = course()
    first.go_to(Point.CONSULTED)
    second = first.again(at=first.at)
    leaving = Tenure.objects.get(person=first.people[2], until_on__isnull=True)
    second.selection = motion.open_removal(
        first.county.mandate,
        **second.by("jingban"),
        tenure=leaving,
        triggers=[Trigger.UNFIT],
        reason="年度考核认定为不胜任现职。",
    )
    second.candidacies = list(second.selection.candidacies.all())
    motion.approve_motion(second.selection, **second.by("shuji"), opinion="同意。")
    first.discuss()
    second.at, second.meeting = first.at, first.meeting
    meeting.put_on_agenda(second.selection, **second.by("jingban"), meeting=second.meeting)
    second.introduce(second.candidacy(0))
    for seat in sorted(second.members(), key=lambda seat: seat.is_chief):
        second.speak(second.candidacy(0), seat)
    return first, second


@pytest.mark.covers("DEL-03", "DEL-14")
def test_one_sheet_serves_an_appointment_and_a_removal_and_nothing_tells_which_slips_shared_it() -> None:
    first, second = appointment_and_removal()
    items = [AgendaItem.of(one.selection) for one in (first, second)]
    assert [item.kind for item in items] == [ItemKind.APPOINT, ItemKind.REMOVE]
    sheets = prepared(first, second)
    ours, theirs = (Round.objects.get(selection=one.selection) for one in (first, second))
    assert len(sheets) == 11
    assert all([round_of(code) for code in sheet] == [ours.box, theirs.box] for sheet in sheets)
    for seat in first.members():
        signed_in(first).post(f"/office/meetings/{first.meeting.pk}/draw/", {"seat": seat.pk})

    chair = first.by("shuji")
    for of, agreeing in ((first, 8), (second, 10)):  # one item after the other, each with its result on the spot
        round_ = Round.objects.get(selection=of.selection)
        first.open_box(round_)
        chosen = [str(row.candidacy_id) for row in round_.items.order_by("pk")]
        for place, sheet in enumerate(random.sample(sheets, len(sheets))):  # whoever is quickest comes first
            (code,) = [code for code in sheet if round_of(code) == round_.box]
            first_choice = Choice.AGREE if place < agreeing else Choice.DISAGREE
            box.cast(code, dict.fromkeys(chosen, Choice.DISAGREE.value) | {chosen[0]: first_choice.value})
        first.close_box(round_)
        ballot.announce_result(first.fresh(round_), **chair)
    assert list(ours.items.filter(passed=True).values_list("agree", flat=True)) == [8]
    assert list(theirs.items.values_list("agree", "passed")) == [(10, True)]
    assert first.now().stage == second.now().stage == Stage.DECIDED

    for of_a_slip in (nullifier_of, box.code_hash):  # with all of both databases nobody tells which two belong together
        pairs = {of_a_slip(sheet[0]): of_a_slip(sheet[1]) for sheet in sheets}
        report = attack(connections["default"], connections["box"], pairs)
        name, found = report.best
        assert found <= report.chance, name
    for database in connections.all():
        for table, rows in dump(database).items():
            for row in rows:
                said = " ".join(one.hex() if isinstance(one, bytes) else str(one) for one in row.values())
                for sheet in sheets:
                    assert not [code for code in sheet if code in said], table
                    assert sum(box.code_hash(code).hex() in said for code in sheet) < 2, table
