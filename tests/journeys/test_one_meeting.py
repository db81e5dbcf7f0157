"""One batch, one meeting, three selections: one passes, one fails twice, one falls on its notice (一批三项).

A member, the head of the department, is recused from the third: he hands that slip back and sees nothing of the matter.
"""

import re
from typing import Any

import pytest

from audit import reading
from selection.ballots import box
from selection.ballots.models import SlipCode
from selection.enums import AppointmentState, CandidacyState, Choice, Effect, Grade, PostClass, Stage
from selection.models import Bar, Objection, Round
from selection.register import keeping
from selection.stages import charge, motion, notice, reports
from selection.stages.deliberation import ballot, meeting
from tests.factories import SCAN, Course, Point, course
from tests.page_lint import LintingClient

pytestmark = [
    pytest.mark.django_db(databases=["default", "box"]),
    pytest.mark.slow,
    pytest.mark.covers("MOT-04", "DEL-09", "DEL-13", "DEL-14", "DEL-15", "DEL-16"),
]

CODE = re.compile(r'class="slip-code digest">([^<]+)<')
RECUSED = 3


def three_items() -> list[Course]:
    """One batch of three motions, brought through their stages to one meeting where everybody has spoken."""
    first = course(people=9)
    by: dict[str, Any] = first.by("jingban")
    keeping.set_quota(first.unit, **by, grade=Grade.TOWNSHIP_CHIEF, approved=3)
    first.batch = motion.open_batch(
        first.county.mandate, **by, title="下半年县直单位正职", grounds="三个职位同时空缺。"
    )
    posts = [first.post]
    for title in ("总编辑", "总工程师"):
        values = {"title": title, "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
        posts.append(keeping.add_post(first.unit, **by, values=values))
    people = first.people
    courses = [first, *(first.again(post, at=first.at) for post in posts[1:])]
    for number, one in enumerate(courses):
        one.people = people[3 * number : 3 * number + 3]
        one.go_to(Point.CONSULTED)
    away = first.members()[RECUSED]
    third = courses[2]
    charge.recuse_person(third.selection, **third.by("jingban"), person=away.person, reason="与人选有亲属关系。")
    first.discuss()
    for one in courses[1:]:
        one.at, one.meeting = first.at, first.meeting
        meeting.put_on_agenda(one.selection, **one.by("jingban"), meeting=first.meeting)
        speakers = [seat for seat in one.members() if one is not third or seat.pk != away.pk]
        for nth in (0, 1):
            one.introduce(one.candidacy(nth))
            for seat in sorted(speakers, key=lambda seat: seat.is_chief):
                one.speak(one.candidacy(nth), seat)
    return courses


def signed_in(one: Course, username: str = "jingban") -> LintingClient:
    client = LintingClient(headers={"accept-language": "zh-hans"})
    client.force_login(one.county[username])
    return client


def vote(one: Course, codes: list[str], agreeing: tuple[int, int]) -> None:
    """Open, cast, close and announce one item; the slips are those of its own round."""
    chair = one.by("shuji")
    mine = [code for code in codes if SlipCode.objects.filter(code_sha256=box.code_hash(code), round=one.round.box)]
    candidates = [str(one.candidacies[nth].pk) for nth in (0, 1)]
    one.open_box()
    choices = [candidates[0]] * agreeing[0] + [candidates[1]] * agreeing[1]
    for code, agreed in zip(mine, choices, strict=False):
        box.cast(code, dict.fromkeys(candidates, Choice.DISAGREE.value) | {agreed: Choice.AGREE.value})
    one.close_box()
    ballot.announce_result(one.round, **chair)


def test_one_passes_one_fails_twice_and_one_is_cancelled_on_its_notice() -> None:
    first, second, third = courses = three_items()
    staff = signed_in(first)
    here = f"/office/meetings/{first.meeting.pk}/"

    # one sheet for the three items
    items = [one.now().case().item.pk for one in courses]
    page = staff.post(f"{here}sheets/", {"items": items, "recused_count": "counted", "sheets": 11}).content.decode()
    sheets = [CODE.findall(sheet) for sheet in page.split('<section class="slip-sheet">')[1:]]
    assert [len(sheet) for sheet in sheets] == [3] * 11
    for one in courses:
        one.round = Round.objects.get(selection=one.selection)
    for seat in first.members():
        staff.post(f"{here}draw/", {"seat": seat.pk})
    back = next(
        code for code in sheets[0] if SlipCode.objects.filter(code_sha256=box.code_hash(code), round=third.round.box)
    )
    staff.post(f"/office/act/round/{third.round.pk}/hand_back_slip/", {"token": "b" * 32, "code": back})
    codes = [code for sheet in sheets for code in sheet]

    # the first passes, the second fails twice and bars its candidates, the third passes with ten voters of eleven
    vote(first, codes, (8, 3))
    vote(second, codes, (5, 5))
    vote(third, codes, (6, 4))
    assert [one.now().stage for one in courses] == [Stage.DECIDED, Stage.DELIBERATION, Stage.DECIDED]
    assert (third.round.due_count, third.round.present_count, third.round.returned) == (11, 10, 10)
    both = [second.candidacy(0), second.candidacy(1)]
    ballot.decide_revote(second.round, **second.by("jingban"), another=True, decision="再次票决。", candidates=both)
    second.prepare_ballot()
    for row in second.round.roll.filter(present=True):
        ballot.issue_slip(second.round, **second.by("jingban"), seat=row.seat)
    vote(second, second.codes, (5, 4))
    assert {bar.person_id for bar in Bar.objects.all()} == {row.person_id for row in both}
    assert [row.state for row in (second.candidacy(0), second.candidacy(1))] == [CandidacyState.NOT_PASSED] * 2

    # results item by item on the page of the meeting; nothing of the third for the one who is recused
    shown = staff.get(here).content.decode()
    assert all(str(one.post) in shown for one in courses)
    hidden = signed_in(first, "buzhang").get(here).content.decode()
    assert str(first.post) in hidden
    assert str(third.post) not in hidden

    # the notices: the third falls by an upheld objection, the first goes on
    meeting.close_meeting(first.meeting, **first.by("jingban"))
    for one in (first, third):
        one.publish_notice()
    objection = notice.file_objection(
        third.appointment, **third.by("public"), content="反映的情况。", receipt_hash="a" * 64
    )
    assert isinstance(objection, Objection)
    reports.settle_objection(
        objection,
        **third.by("jingban"),
        effect=Effect.UPHELD,
        investigation="经核查属实。",
        answer="已取消任用。",
        evidence=SCAN,
    )
    assert third.appointment.state == AppointmentState.CANCELLED
    first.close_notice()
    assert first.appointment.state == AppointmentState.CLEARED

    # the batch shows all three where they stand, and the record is whole
    batch = signed_in(first).get(f"/office/batches/{first.batch.pk}/").content.decode() if first.batch else ""
    assert all(one.selection.number in batch for one in courses)
    assert reading.verify().whole
