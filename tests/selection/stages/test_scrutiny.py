"""Scrutineers: nobody opens a box that they have not checked, and nobody closes one alone (监票)."""

from dataclasses import dataclass

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection.acts import NotPermitted, Refused
from selection.ballots import box
from selection.ballots.models import BoxState
from selection.enums import Act, Role, RoundState, Stage
from selection.models import Round, Selection, Witness
from selection.models.mandate import Holding
from selection.rulebook.rules import Rules
from selection.stages import charge
from selection.stages.deliberation import ballot, scrutiny
from selection.web.acts import act_url
from tests import factories
from tests.factories import SCRUTINEERS, Course, Point, other_mandate, run_to
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry
from tests.selection.stages import cases
from tests.selection.stages.test_collecting import hand_out_slips
from tests.selection.web.standing import signed_in
from tests.selection.web.test_sheets import two_items

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09")]

CHECKED = "Enough scrutineers have checked that the box is empty"
AGREED = "A scrutineer has agreed to close the ballot"


@pytest.fixture
def course() -> Course:
    """Prepared, and everybody has drawn."""
    made = run_to(Point.PREPARED)
    hand_out_slips(made, made.members())
    return made


def here(course: Course) -> str:
    return reverse("scrutiny", args=[course.meeting.pk])


def page(course: Course, username: str = SCRUTINEERS[0], language: str = "zh-hans") -> LintingClient:
    return signed_in(course, username, language)


@pytest.mark.covers("DEL-09", refused=True)
def test_one_scrutineer_is_not_enough_and_nobody_closes_alone(course: Course) -> None:
    scrutiny.check_box(course.round, **course.by(SCRUTINEERS[0]))
    with pytest.raises(Refused) as refusal:
        ballot.open_ballot(course.round, **course.by("shuji"))
    (missing,) = refusal.value.unmet
    assert (missing.observed, missing.required) == (1, 2)
    assert missing.citation is not None
    assert missing.citation.label == "自定参数 监票人数"
    with pytest.raises(Refused):  # the same one twice is still one
        scrutiny.check_box(course.round, **course.by(SCRUTINEERS[0]))
    scrutiny.check_box(course.round, **course.by(SCRUTINEERS[1]))
    ballot.open_ballot(course.round, **course.by("shuji"))
    course.cast((8, 3))
    with pytest.raises(Refused):
        ballot.close_ballot(course.round, **course.by("shuji"))
    assert box.look_at(course.round.box).state == box.State.OPEN
    scrutiny.agree_closing(course.round, **course.by(SCRUTINEERS[1]))
    ballot.close_ballot(course.round, **course.by("shuji"))
    assert course.round.state == RoundState.CLOSED
    entries = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)
    seen = [(row.action, row.data["facts"]) for row in entries[:6] if row.action in (Act.CHECK_BOX, Act.AGREE_CLOSING)]
    code = course.round.check_code
    assert seen == [
        (Act.AGREE_CLOSING, {"in_box": 11}),
        (Act.CHECK_BOX, {"check_code": code, "in_box": 0}),
        (Act.CHECK_BOX, {"check_code": code, "in_box": 0}),
    ]


def test_a_box_with_another_key_or_a_ballot_in_it_is_not_confirmed(course: Course) -> None:
    held = BoxState.objects.get(round=course.round.box)
    other = held.manifest | {"title": f"{held.manifest['title']}（改）"}
    BoxState.objects.filter(round=held.round).update(manifest=other)
    with pytest.raises(Refused) as refusal:
        scrutiny.check_box(course.round, **course.by(SCRUTINEERS[0]))
    (missing,) = refusal.value.unmet
    assert missing.required == course.round.check_code != missing.observed
    assert "系统所示箱号与票箱不一致" in page(course).get(here(course)).content.decode()
    BoxState.objects.filter(round=held.round).update(manifest=held.manifest)
    box.open(course.round.box)  # somebody with the database opens it beforehand and puts a ballot in
    course.codes, rest = course.codes[:1], course.codes[1:]
    course.cast((1, 0))
    course.codes = rest
    with pytest.raises(Refused) as refusal:
        scrutiny.check_box(course.round, **course.by(SCRUTINEERS[0]))
    assert [(row.observed, row.required) for row in refusal.value.unmet] == [(1, 0)]
    assert not course.round.witnesses.exists()


def test_who_presides_and_who_is_recused_are_no_scrutineers(course: Course) -> None:
    for username in ("shuji", "jingban", "changwei1", "jiandu"):
        with pytest.raises(NotPermitted):
            scrutiny.check_box(course.round, **course.by(username))
    factories.grant(course.county, "shuji", Role.SCRUTINEER, at=course.at)
    with pytest.raises(Refused):
        scrutiny.check_box(course.round, **course.by("shuji"))
    charge.declare_recusal(course.selection, **course.by(SCRUTINEERS[1]), reason="与人选有亲属关系。")
    with pytest.raises(NotPermitted):
        scrutiny.check_box(course.round, **course.by(SCRUTINEERS[1]))
    client = page(course, SCRUTINEERS[1])
    assert str(course.selection.post) not in client.get(here(course)).content.decode()
    assert client.get(reverse("ballot", args=[course.round.pk])).status_code == 404
    client.post(here(course), {"act": "check_box", "round": course.round.pk})
    assert not course.round.witnesses.exists()


def test_whoever_closes_is_not_the_scrutineer_who_agreed(course: Course) -> None:
    course.open_box()
    chair = course.county["shuji"]
    case = Selection.objects.whole(course.selection.pk)
    case.subject = round_ = case.rounds[-1]
    case.witnesses = [Witness(round=round_, account=chair, act=Act.AGREE_CLOSING, at=course.at)]
    (said,) = scrutiny.closing_agreed(case, round_, actor=chair)
    assert not said.met


def test_a_rule_set_from_before_there_were_scrutineers_asks_for_none() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.PREPARED, drawn=11)
    case.witnesses = []
    assert set(cases.refused(Act.OPEN_BALLOT, case)) == {CHECKED}
    known = {key: rule for key, rule in case.rules.content["rules"].items() if key != "ballot.scrutineers"}
    case.rules = Rules.load(case.rules.content | {"rules": known})
    assert cases.refused(Act.OPEN_BALLOT, case) == {}
    case.subject.state = RoundState.OPEN
    assert cases.refused(Act.CLOSE_BALLOT, case) == {}


def test_another_round_is_checked_anew(course: Course) -> None:
    for username in SCRUTINEERS:
        scrutiny.check_box(course.round, **course.by(username))
    ballot.void_ballot(course.round, **course.by("shuji"), reason="票码条遗失。")
    course.prepare_ballot()
    hand_out_slips(course, course.members())
    with pytest.raises(Refused):
        ballot.open_ballot(course.round, **course.by("shuji"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_checks_several_boxes_at_once_and_follows_the_open_one(course: Course, language: str) -> None:
    client = page(course, language=language)
    desk = client.get(reverse("desk")).content.decode()
    assert here(course) in desk
    shown = client.get(here(course)).content.decode()
    assert course.round.check_code in shown
    nothing = client.post(here(course), {"act": "check_box"}, follow=True).content.decode()
    assert ("没有勾选" if language == "zh-hans" else "Nothing was ticked") in nothing
    client.post(here(course), {"act": "check_box", "round": course.round.pk})
    client.post(here(course), {"act": "check_box", "round": course.round.pk})  # pressed twice
    assert course.round.witnesses.count() == 1
    shown = client.get(here(course)).content.decode()
    assert 'type="checkbox"' not in shown
    assert here(course) not in client.get(reverse("desk")).content.decode()
    scrutiny.check_box(course.round, **course.by(SCRUTINEERS[1]))
    ballot.open_ballot(course.round, **course.by("shuji"))
    part = client.get(here(course), headers={"HX-Request": "true"}).content.decode()
    assert 'value="agree_closing"' in part
    assert "<h1" not in part
    assert here(course) in client.get(reverse("desk")).content.decode()
    client.post(here(course), {"act": "agree_closing", "round": course.round.pk})
    table = signed_in(course, "shuji").get(reverse("ballot", args=[course.round.pk])).content.decode()
    for username in SCRUTINEERS:
        assert course.county[username].name in table
    ballot.close_ballot(course.round, **course.by("shuji"))
    ballot.announce_result(course.round, **course.by("shuji"))
    assert client.get(reverse("ballot", args=[course.round.pk])).status_code == 200  # what one has witnessed
    assert str(course.selection.post) not in client.get(here(course)).content.decode()


def test_the_forms_of_both_acts(course: Course) -> None:
    for act in (Act.CHECK_BOX, Act.AGREE_CLOSING):
        client, url = page(course), act_url(act, course.round)
        assert client.get(url).status_code == 200
        done = client.post(url, {"token": f"t-{act}"})
        assert (done.status_code, done["Location"]) == (302, here(course))
        if act == Act.CHECK_BOX:
            scrutiny.check_box(course.round, **course.by(SCRUTINEERS[1]))
            ballot.open_ballot(course.round, **course.by("shuji"))


@dataclass
class Voting:
    course: Course
    client: LintingClient

    def cost(self) -> int:
        """Queries of the page, those of the box among them."""
        with CaptureQueriesContext(connections["default"]) as site, CaptureQueriesContext(connections["box"]) as its:
            assert self.client.get(here(self.course)).status_code == 200
        return len(site) + len(its)


def test_nobody_else_has_the_page(course: Course) -> None:
    for username in ("jingban", "shuji", "changwei1", "jiandu"):
        assert page(course, username).get(here(course)).status_code == 404


def test_a_scrutineer_or_a_teller_of_other_posts_sees_nothing_of_the_ballot(course: Course) -> None:
    """The same body decides on posts of another mandate; who sees to those ballots sees none of these."""
    other = other_mandate(course.county, at=course.at)
    round_, table = course.round, reverse("ballot", args=[course.round.pk])
    assert page(course).get(table).status_code == 200
    with beside_an_entry():
        Holding.objects.filter(account__username=SCRUTINEERS[0], role=Role.SCRUTINEER).update(mandate=other)
    stranger = page(course)
    assert stranger.get(table).status_code == 404
    assert str(course.selection.post) not in stranger.get(here(course)).content.decode()
    assert here(course) not in stranger.get(reverse("desk")).content.decode()
    stranger.post(here(course), {"act": "check_box", "round": round_.pk})
    assert not round_.witnesses.exists()
    with beside_an_entry(course.selection):
        Round.objects.filter(pk=round_.pk).update(state=RoundState.CLOSED)  # and its paper is to be entered
    assert page(course, "jipiao1").get(table).status_code == 200
    with beside_an_entry():
        Holding.objects.filter(account__username="jipiao1", role=Role.TELLER).update(mandate=other)
    assert page(course, "jipiao1").get(table).status_code == 404


def test_the_page_costs_the_same_for_many_rounds() -> None:
    first, second = two_items()
    hers = Voting(first, page(first))
    first.prepare_ballot()
    hers.cost()  # what is asked for once in a process
    one = hers.cost()
    second.prepare_ballot()
    assert hers.cost() == one <= 15
