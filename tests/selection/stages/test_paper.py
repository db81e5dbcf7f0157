"""Paper ballots: one kind of ballot each, entered by two tellers, confirmed by a scrutineer, counted with the rest."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from audit import reading
from selection.acts import NotPermitted, Refused, Secret
from selection.ballots import box, verify_ballots
from selection.ballots.package import write
from selection.enums import Act, BallotChannel, Choice, Role, RoundState
from selection.models import PaperEntry
from selection.stages import charge
from selection.stages.deliberation import ballot, paper
from selection.stages.deliberation.recount import package_of
from selection.web.acts import act_url
from tests import factories
from tests.factories import SCRUTINEERS, Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.stages.test_collecting import browser, collect, hand_out_slips, take_back
from tests.selection.web.standing import signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09")]

TELLERS = ("jipiao1", "jipiao2")


@pytest.fixture
def course() -> Course:
    return run_to(Point.PREPARED)


def hand_out_paper(course: Course, seats: Any) -> None:
    for seat in seats:
        ballot.issue_paper(course.round, **course.by("jingban"), seat=seat)


def keys_of(course: Course) -> list[str]:
    """The candidates of the ballot on the sheet, in the order in which ``Course.cast`` agrees with them."""
    voted_on = set(course.round.items.values_list("candidacy_id", flat=True))
    return [str(row.pk) for row in course.candidacies if row.pk in voted_on]


def marks(course: Course, *first: str) -> list[dict[str, str] | None]:
    """One sheet for each: a choice on the first candidate, against the second; ``both`` agrees twice, ``void`` none."""
    keys = keys_of(course)
    made: list[dict[str, str] | None] = []
    for choice in first:
        if choice == "void":
            made.append(None)
        else:
            second = Choice.AGREE if choice == "both" else Choice.DISAGREE
            made.append({keys[0]: Choice.AGREE if choice == "both" else choice, keys[1]: second})
    return made


def voted(course: Course, *, slips: int = 8) -> None:
    """All but the last three by slip, those on paper; closed."""
    seats = course.members()
    hand_out_slips(course, seats[:slips])
    hand_out_paper(course, seats[slips:])
    take_back(course, len(seats) - slips)
    course.open_box()
    course.cast((5, 3))
    course.close_box()


def enter(course: Course, username: str, sheets: Any) -> None:
    paper.enter_paper(course.round, **course.by(username), sheets=Secret(sheets))


def test_paper_counts_with_slips_and_the_package_recounts_all(course: Course) -> None:
    voted(course)
    assert (course.round.state, course.round.returned, course.round.issued) == (RoundState.CLOSED, None, 11)
    with pytest.raises(Refused):
        course.announce()
    sheets = marks(course, "agree", "both", "void")
    for username in TELLERS:
        enter(course, username, sheets)
    paper.confirm_paper(course.round, **course.by(SCRUTINEERS[0]))
    assert (course.round.returned, course.round.valid) == (11, 9)
    ballot.announce_result(course.round, **course.by("shuji"))
    items = {str(row.candidacy_id): (row.agree, row.passed) for row in course.round.items.all()}
    assert [items[key] for key in keys_of(course)] == [(6, True), (3, False)]
    case = course.now().case()
    raw = write(package_of(course.round, case.roll_of(course.round)))
    verdict = verify_ballots.verify(verify_ballots.read(raw), processes=1)
    assert (verdict.names, verdict.returned) == (set(), {"online": 0, "slip": 8, "paper": 3})
    assert verdict.root.hex() == course.round.root


def test_what_tellers_entered_stands_in_the_box_alone(course: Course) -> None:
    voted(course)
    keys = keys_of(course)
    enter(course, TELLERS[0], marks(course, "abstain", "void"))
    (entry,) = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)[:1]
    assert entry.data["facts"] == {"sheets": 2}
    assert "abstain" not in str(entry.data)
    assert not any(f'"{key}": "' in str(entry.data) for key in keys)
    held = {field.name for field in PaperEntry._meta.get_fields()}
    assert held == {"id", "selection", "round", "teller", "entered_at", "rejected_at"}


@pytest.mark.covers("DEL-09", refused=True)
def test_two_tellers_and_a_scrutineer_are_three_people_and_must_agree(course: Course) -> None:
    voted(course)
    enter(course, TELLERS[0], marks(course, "agree", "agree", "agree"))
    with pytest.raises(Refused):  # once each
        enter(course, TELLERS[0], marks(course, "agree", "agree", "agree"))
    with pytest.raises(Refused):  # not before both
        paper.confirm_paper(course.round, **course.by(SCRUTINEERS[0]))
    for username in ("jingban", "shuji", "jiandu", "changwei1"):
        with pytest.raises(NotPermitted):
            enter(course, username, marks(course, "agree"))
        with pytest.raises(NotPermitted):
            paper.confirm_paper(course.round, **course.by(username))
    enter(course, TELLERS[1], marks(course, "agree", "agree", "disagree"))
    with pytest.raises(Refused) as refusal:
        paper.confirm_paper(course.round, **course.by(SCRUTINEERS[0]))
    assert [str(row.says) for row in refusal.value.unmet] == ["两名计票人录入一致"]
    assert course.round.returned is None
    factories.grant(course.county, "shuji", Role.SCRUTINEER, at=course.at)
    for act in (paper.confirm_paper, paper.reject_paper):
        with pytest.raises(Refused):  # who presides is no scrutineer
            act(course.round, **course.by("shuji"))
    paper.reject_paper(course.round, **course.by(SCRUTINEERS[0]))
    for username in TELLERS:
        enter(course, username, marks(course, "agree", "agree", "disagree"))
    with pytest.raises(Refused):
        paper.confirm_paper(course.round, **course.by("shuji"))
    paper.confirm_paper(course.round, **course.by(SCRUTINEERS[1]))
    assert course.round.returned == 11


def test_more_paper_than_was_handed_out_makes_the_round_void(course: Course) -> None:
    voted(course)
    for username in TELLERS:
        enter(course, username, marks(course, *["agree"] * 4))
    paper.confirm_paper(course.round, **course.by(SCRUTINEERS[0]))
    assert (course.round.state, course.round.void_reason) == (RoundState.VOID, "纸质票：收回4张，发出3张")


@pytest.mark.parametrize("kinds", [(0, 1), (1, 0), (0, 3), (3, 0), (2, 3), (3, 2), (3, 3), (5, 5)])
def test_no_kind_of_ballot_is_held_by_so_few_that_it_shows_whose_it_is(course: Course, kinds: tuple[int, int]) -> None:
    """Of eleven some vote online and some on paper, the others by slip."""
    online, on_paper = kinds
    seats = course.members()
    for seat in seats[:online]:
        collect(course, seat, browser(course))
    hand_out_paper(course, seats[online : online + on_paper])
    hand_out_slips(course, seats[online + on_paper :])
    take_back(course, online + on_paper)
    if all(number in (0, 3) for number in kinds):
        course.open_box()
        assert course.round.state == RoundState.OPEN
    else:
        with pytest.raises(Refused) as refusal:
            course.open_box()
        (missing,) = refusal.value.unmet
        assert missing.citation is not None
        assert (missing.citation.label, missing.required) == ("自定参数 各种票的最少人数", 3)
        for_all = dict.fromkeys(
            range(99), "到会人员要求尽快投票。"
        )  # who presides may pass rules over, but not this one
        with pytest.raises(Refused):
            ballot.open_ballot(course.round, **course.by("shuji"), reasons=for_all)


def test_a_round_on_paper_alone(course: Course) -> None:
    """Nothing works in the room but pencils: everybody on paper, some sheets do not come back."""
    ballot.void_ballot(course.round, **course.by("shuji"), reason="网络中断，改用纸质票。")
    course.prepare_ballot(codes=Secret([]))
    hand_out_paper(course, course.members())
    assert set(course.round.roll.values_list("channel", flat=True)) == {BallotChannel.PAPER}
    course.open_box()
    course.close_box()
    for username in TELLERS:
        enter(course, username, marks(course, *["agree"] * 7, "disagree", "abstain"))
    paper.confirm_paper(course.round, **course.by(SCRUTINEERS[0]))
    assert (course.round.issued, course.round.returned, course.round.valid) == (11, 9, 9)
    course.announce()
    assert course.round.items.get(candidacy=keys_of(course)[0]).passed


def test_nobody_holds_paper_beside_another_ballot(course: Course) -> None:
    first, second, third = course.members()[:3]
    hand_out_paper(course, [first])
    with pytest.raises(Refused):
        hand_out_slips(course, [first])
    with pytest.raises(Refused):
        collect(course, first, browser(course))
    hand_out_slips(course, [second])
    with pytest.raises(Refused):
        hand_out_paper(course, [second])
    collect(course, third, browser(course))
    with pytest.raises(Refused):
        hand_out_paper(course, [third])


def test_a_recused_teller_learns_nothing(course: Course) -> None:
    charge.declare_recusal(course.selection, **course.by(TELLERS[0]), reason="与人选有亲属关系。")
    voted(course)
    client = signed_in(course, TELLERS[0])
    assert act_url(Act.ENTER_PAPER, course.round) not in client.get(reverse("desk")).content.decode()
    assert client.get(act_url(Act.ENTER_PAPER, course.round)).status_code in (403, 404)
    assert client.get(reverse("ballot", args=[course.round.pk])).status_code == 404


# --- on the pages -------------------------------------------------------------------------------------------------


def page(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    return signed_in(course, username, language)


def filled(course: Course, *first: str) -> dict[str, str]:
    """What a teller sends for these sheets."""
    sent = {"token": uuid4().hex}
    for number, sheet in enumerate(marks(course, *first), start=1):
        sent |= {f"{number}-void": "on"} if sheet is None else {f"{number}-{key}": one for key, one in sheet.items()}
    return sent


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_tellers_enter_and_the_scrutineer_confirms_on_their_pages(course: Course, language: str) -> None:
    voted(course)
    url, here = act_url(Act.ENTER_PAPER, course.round), reverse("scrutiny", args=[course.meeting.pk])
    scrutineer = page(course, SCRUTINEERS[0], language)
    assert here not in scrutineer.get(reverse("desk")).content.decode()
    for username in TELLERS:
        client = page(course, username, language)
        assert url in client.get(reverse("desk")).content.decode()
        form = client.get(url).content.decode()
        assert len(re.findall(r'name="\d+-void"', form)) == 4  # three handed out, and one more
        done = client.post(url, filled(course, "agree", "void", "disagree"))
        assert (done.status_code, done["Location"]) == (302, reverse("desk"))
        assert url not in client.get(reverse("desk")).content.decode()
    assert here in scrutineer.get(reverse("desk")).content.decode()
    shown = scrutineer.get(here).content.decode()
    assert 'value="confirm_paper"' in shown
    scrutineer.post(here, {"act": "confirm_paper", "round": course.round.pk})
    assert (course.round.returned, course.round.valid) == (11, 10)
    table = page(course, "shuji", language).get(reverse("ballot", args=[course.round.pk])).content.decode()
    assert course.county[SCRUTINEERS[0]].name in table


def test_a_form_with_half_a_sheet_says_what_to_do_and_keeps_what_was_typed(course: Course) -> None:
    voted(course)
    url = act_url(Act.ENTER_PAPER, course.round)
    keys = keys_of(course)
    sent = {"token": "h" * 32, f"1-{keys[0]}": "abstain", "2-void": "on"} | {f"2-{key}": "agree" for key in keys}
    shown = page(course, TELLERS[0]).post(url, sent)
    assert shown.status_code == 422
    assert set(shown.context["form"].errors) == {f"1-{keys[1]}", "2-void"}
    assert '<option value="abstain" selected>' in shown.content.decode()
    assert not PaperEntry.objects.exists()
    assert not box.paper(course.round.box)


def test_entries_that_differ_are_sent_back_from_the_scrutineers_page(course: Course) -> None:
    voted(course)
    enter(course, TELLERS[0], marks(course, "agree"))
    enter(course, TELLERS[1], marks(course, "abstain"))
    client, here = page(course, SCRUTINEERS[1]), reverse("scrutiny", args=[course.meeting.pk])
    shown = client.get(here).content.decode()
    assert "录入不一致" in shown
    assert 'value="confirm_paper"' not in shown
    client.post(here, {"act": "confirm_paper", "round": course.round.pk})
    assert course.round.returned is None
    client.post(here, {"act": "reject_paper", "round": course.round.pk})
    assert not PaperEntry.objects.filter(rejected_at__isnull=True).exists()
    assert act_url(Act.ENTER_PAPER, course.round) in page(course, TELLERS[0]).get(reverse("desk")).content.decode()


def test_staff_note_at_the_table_who_took_paper(course: Course) -> None:
    member = course.members()[2]
    url = act_url(Act.ISSUE_PAPER, course.round)
    table = reverse("ballot", args=[course.round.pk])
    client = page(course, "jingban")
    assert url in client.get(table).content.decode()
    done = client.post(url, {"token": f"paper-{member.pk}", "seat": member.pk})
    assert (done.status_code, done["Location"]) == (302, table)
    assert course.round.roll.get(seat=member).channel == BallotChannel.PAPER
    assert "纸质票" in client.get(table).content.decode()


def test_a_member_with_paper_reads_so_where_ballots_are_collected(course: Course) -> None:
    hand_out_paper(course, [course.county.body.seats.get(person=course.county["changwei1"].person)])
    shown = page(course, "changwei1").get(reverse("collect", args=[course.meeting.pk])).content.decode()
    assert "您已领纸质票" in shown
