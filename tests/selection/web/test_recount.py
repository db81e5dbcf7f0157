"""The audit package of a ballot: asked for, agreed to, fetched, counted again without the site (审计包、离线复核)."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import override_settings
from django.urls import reverse

from audit import reading
from selection.acts import NotPermitted, Refused
from selection.ballots import box, package
from selection.ballots.models import Ballot
from selection.ballots.sheet import packed
from selection.documents import minutes
from selection.enums import Act, Choice, Role, RoundState
from selection.models import Recount
from selection.stages import charge
from selection.stages.deliberation import ballot, recount
from selection.web.acts import act_url
from selection.web.recount import VERIFIER, command, file_name
from tests.factories import Course, Point, grant, run_to
from tests.kept import kept
from tests.page_lint import LintingClient
from tests.selection.stages.test_collecting import browser, collect, hand_out_slips, take_back, vote
from tests.selection.web.standing import fill_in, signed_in, words

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09", "DEL-13")]
REASON = "收到反映，需复核本次票决。"
ONLINE = 6


@kept
def closed() -> Course:
    """Six electronic ballots and five slips: the first candidate has six, the second five."""
    course = run_to(Point.PREPARED)
    online, by_slip = course.members()[:ONLINE], course.members()[ONLINE:]
    voters = [(browser(course), seat) for seat in online]
    signed = [(voter, collect(course, seat, voter)) for voter, seat in voters]
    hand_out_slips(course, by_slip)
    take_back(course, ONLINE)
    course.open_box()
    for voter, signature in signed:
        vote(course, voter, signature, Choice.AGREE)
    first, second = (str(row.candidacy_id) for row in course.round.items.order_by("pk"))
    for code in course.codes:
        box.cast(code, {first: Choice.DISAGREE.value, second: Choice.AGREE.value})
    course.close_box()
    return course


@kept
def announced() -> Course:
    course = closed()
    ballot.announce_result(course.round, **course.by("shuji"))
    return course


def handed_out(course: Course) -> Recount:
    """The package asked for by the auditor, agreed to by the secretary."""
    made: Recount = recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    recount.agree_recount(made, **course.by("shuji"))
    return made


def fetch(course: Course, username: str = "jiandu") -> Any:
    return signed_in(course, username).get(reverse("audit_package", args=[course.round.pk]))


def count_again(course: Course, folder: Path) -> subprocess.CompletedProcess[str]:
    """Do what the page says, with the two files that it hands out."""
    client = signed_in(course, "jiandu")
    page = client.get(reverse("recount", args=[course.round.pk]))
    for name, url in ((VERIFIER, reverse("verifier")), (file_name(course.round), "")):
        answer = client.get(url or reverse("audit_package", args=[course.round.pk]))
        assert answer.status_code == 200
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        (folder / name).write_bytes(answer.content)
    told = shlex.split(page.context["command"])
    assert page.context["command"] in words(page)
    assert told[0] == "python3"
    return subprocess.run(
        [sys.executable, *told[1:]], cwd=folder, capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"}
    )


# --- the way of a package ------------------------------------------------------------------------------------------


def test_an_announced_ballot_is_counted_again_without_the_site(tmp_path: Path) -> None:
    course = announced()
    page = reverse("recount", args=[course.round.pk])
    asked = fill_in(signed_in(course, "jiandu"), act_url(Act.REQUEST_RECOUNT, course.round), reason=REASON)
    assert (asked.status_code, asked["Location"]) == (302, page)
    assert fetch(course).status_code == 404
    made = Recount.objects.get()
    head = signed_in(course, "buzhang")
    assert act_url(Act.AGREE_RECOUNT, made) in words(head.get(page))
    assert fill_in(head, act_url(Act.AGREE_RECOUNT, made))["Location"] == page
    checked = count_again(course, tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert course.round.root in checked.stdout
    answer = fetch(course)
    assert "no-store" in answer["Cache-Control"]
    fetched = [entry for entry in reading.entries(stream="access") if entry.data.get("what") == "audit_package"]
    assert [entry.actor["name"] for entry in fetched] == [course.county["jiandu"].name] * 2
    assert fetched[0].case == course.selection.streams()[0]


def test_the_root_is_announced_recorded_and_shown_where_it_is_compared() -> None:
    course = announced()
    root = course.round.root
    _slips, ballots = box.contents(course.round.box)
    assert root == package.root_of(ballots).hex()
    entries = reading.entries(stream=course.selection.streams()[0])
    told = next(entry for entry in entries if entry.action == Act.ANNOUNCE_RESULT)
    assert told.data["facts"]["root"] == root
    client = signed_in(course, "jiandu")
    assert root in words(client.get(reverse("ballot", args=[course.round.pk])))
    groups = " ".join(root[place : place + 4] for place in range(0, 16, 4))
    assert groups in words(client.get(reverse("wall", args=[course.round.pk])))
    with override_settings(ROOT_URLCONF="cadre.box_urls"):
        assert root in words(LintingClient().get(reverse("box:ballots", args=[course.round.box])))
    (item,) = minutes.minutes(course.meeting, at=course.at)["items"]
    assert [one.root for one in item.ballots] == [root]


def test_a_void_ballot_is_handed_out_as_evidence(tmp_path: Path) -> None:
    course = closed()
    ballot.void_ballot(course.round, **course.by("shuji"), reason="票箱曾被移动，重新表决。")
    handed_out(course)
    assert "--root" not in command(course.round)
    assert count_again(course, tmp_path).returncode == 0


# --- who does not get it -------------------------------------------------------------------------------------------


EVERYBODY = ("jingban", "buzhang", "shuji", "changwei1", "jiandu", "guanli", "jipiao1", "kaocha1", "lingdao", "jiwei")


@pytest.mark.covers("DEL-09", refused=True)
@pytest.mark.parametrize("reach", [Point.PREPARED, Point.VOTING, Point.VOTED])
def test_nobody_gets_a_package_before_the_result(reach: Point) -> None:
    course = run_to(reach)
    for username in EVERYBODY:
        assert fetch(course, username).status_code in (403, 404), username
        page = signed_in(course, username).get(reverse("recount", args=[course.round.pk]))
        assert page.status_code in (403, 404), username
    with pytest.raises(Refused):
        recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    if reach != Point.VOTED:
        with pytest.raises(box.BoxRefused):
            recount.package_of(course.round, [])


def test_the_package_goes_to_the_auditor_who_asked_and_to_nobody_else() -> None:
    course = announced()
    course.county.hold("jiandu2", Role.AUDITOR, at=course.at)
    handed_out(course)
    assert fetch(course).status_code == 200
    for username in (*(one for one in EVERYBODY if one != "jiandu"), "jiandu2"):
        assert fetch(course, username).status_code in (403, 404), username
    for username in ("jingban", "buzhang", "shuji", "guanli"):
        with pytest.raises(NotPermitted):
            recount.request_recount(course.round, **course.by(username), reason=REASON)


def test_two_accounts_are_needed_and_each_auditor_asks_once() -> None:
    course = announced()
    made = recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    with pytest.raises(NotPermitted):
        recount.agree_recount(made, **course.by("jiandu"))
    grant(course.county, "jiandu", Role.SECRETARY, at=course.at)
    with pytest.raises(Refused) as refusal:
        recount.agree_recount(made, **course.by("jiandu"))
    assert [row.observed for row in refusal.value.unmet] == [course.county["jiandu"].name]
    assert fetch(course).status_code == 404
    with pytest.raises(Refused):
        recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    recount.agree_recount(made, **course.by("shuji"))
    with pytest.raises(Refused):
        recount.agree_recount(course.fresh(made), **course.by("buzhang"))


WHY_NOT = "所附理由与本次票决无关。"


@pytest.mark.covers("DEL-09", refused=True)
def test_who_could_agree_may_refuse_and_the_auditor_reads_why_and_asks_again() -> None:
    course = announced()
    page = reverse("recount", args=[course.round.pk])
    made = recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    head = signed_in(course, "buzhang")
    url = act_url(Act.REFUSE_RECOUNT, made)
    assert url in words(head.get(page))
    assert url not in words(signed_in(course, "jiandu").get(page))
    assert head.post(url, {"token": "", "reason": ""}).status_code == 422
    assert fill_in(head, url, reason=WHY_NOT)["Location"] == page
    auditor = signed_in(course, "jiandu")
    told = words(auditor.get(page))
    assert WHY_NOT in told
    assert course.county["buzhang"].name in told
    assert fetch(course).status_code == 404
    assert reverse("recount", args=[course.round.pk]) not in words(signed_in(course, "shuji").get(reverse("desk")))
    for username in ("shuji", "buzhang"):
        with pytest.raises(Refused):
            recount.agree_recount(course.fresh(made), **course.by(username))
        with pytest.raises(Refused):
            recount.refuse_recount(course.fresh(made), **course.by(username), reason=WHY_NOT)
    again = act_url(Act.REQUEST_RECOUNT, course.round)
    assert again in told
    with pytest.raises(Refused):
        recount.request_recount(course.round, **course.by("jiandu"), reason=f" {REASON} ")
    assert fill_in(auditor, again, reason="信访件反映计票有误，附编号。").status_code == 302
    second = Recount.objects.get(refused_at__isnull=True)
    assert fetch(course).status_code == 404
    recount.agree_recount(second, **course.by("shuji"))
    assert fetch(course).status_code == 200
    told = words(signed_in(course, "jiandu", "en").get(reverse("record_of", args=[course.selection.number])))
    assert str(Act.REFUSE_RECOUNT.label) in told
    assert reading.verify().whole


def test_what_was_agreed_to_is_not_refused_and_nobody_refuses_himself() -> None:
    course = announced()
    made = recount.request_recount(course.round, **course.by("jiandu"), reason=REASON)
    for username in ("jiandu", "jingban", "guanli", "changwei1"):
        with pytest.raises(NotPermitted):
            recount.refuse_recount(made, **course.by(username), reason=WHY_NOT)
    with pytest.raises(Refused):
        recount.refuse_recount(made, **course.by("shuji"), reason="  ")
    grant(course.county, "jiandu", Role.SECRETARY, at=course.at)
    with pytest.raises(Refused):
        recount.refuse_recount(made, **course.by("jiandu"), reason=WHY_NOT)
    recount.agree_recount(made, **course.by("shuji"))
    with pytest.raises(Refused):
        recount.refuse_recount(course.fresh(made), **course.by("buzhang"), reason=WHY_NOT)
    assert fetch(course).status_code == 200


def test_a_recused_auditor_sees_nothing_of_it() -> None:
    course = announced()
    made = handed_out(course)
    page = reverse("recount", args=[course.round.pk])
    assert signed_in(course, "jiandu").get(page).status_code == 200
    charge.declare_recusal(course.selection, **course.by("jiandu"), reason="与人选有亲属关系。")
    assert fetch(course).status_code == 404
    client = signed_in(course, "jiandu")
    assert client.get(page).status_code == 404
    assert client.get(act_url(Act.AGREE_RECOUNT, made)).status_code == 404


def test_nothing_is_handed_out_when_the_period_for_objections_is_over() -> None:
    course = run_to(Point.NOTICE)
    made = handed_out(course)
    assert fetch(course).status_code == 200
    course.close_notice()
    assert fetch(course).status_code == 404
    page = words(signed_in(course, "jiandu", "en").get(reverse("recount", args=[course.round.pk])))
    assert "no longer handed out" in page
    with pytest.raises(Refused):
        recount.agree_recount(course.fresh(made), **course.by("buzhang"))


# --- what somebody with power over the box does ----------------------------------------------------------------------


def ballots_of(course: Course) -> Any:
    return Ballot.objects.filter(round=course.round.box)


def sheet(course: Course, choice: Choice) -> bytes:
    keys = [str(row.candidacy_id) for row in course.round.items.order_by("pk")]
    return packed(course.round.box, dict.fromkeys(keys, Choice.DISAGREE.value) | {keys[1]: choice.value})


def edit_electronic(course: Course) -> None:
    one = ballots_of(course).exclude(message=b"").first()
    ballots_of(course).filter(nullifier=one.nullifier).update(payload=sheet(course, Choice.AGREE))


def edit_slip(course: Course) -> None:
    one = ballots_of(course).filter(message=b"").first()
    ballots_of(course).filter(nullifier=one.nullifier).update(payload=sheet(course, Choice.ABSTAIN))


def delete(course: Course) -> None:
    ballots_of(course).exclude(message=b"").first().delete()


def add(course: Course) -> None:
    Ballot.objects.create(
        nullifier=b"\x07" * 32,
        round=course.round.box,
        payload=sheet(course, Choice.AGREE),
        retry_sha256=b"\x07" * 32,
        message=b"",
        signature=b"",
        payload_signature=b"",
    )


def swap(course: Course) -> None:
    one, other = ballots_of(course).exclude(message=b"").first(), ballots_of(course).filter(message=b"").first()
    ballots_of(course).filter(nullifier=one.nullifier).update(payload=other.payload)
    ballots_of(course).filter(nullifier=other.nullifier).update(payload=one.payload)


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (edit_electronic, "payload_edited"),
        (edit_slip, "root_said"),
        (delete, "root_said"),
        (add, "more_than_issued"),
        (swap, "payload_edited"),
    ],
)
def test_what_was_done_to_the_box_after_the_result_is_named(
    tmp_path: Path, tamper: Callable[[Course], None], named: str
) -> None:
    course = announced()
    handed_out(course)
    tamper(course)
    page = signed_in(course, "jiandu", "en").get(reverse("recount", args=[course.round.pk]))
    assert "The box no longer holds what was announced" in words(page)
    checked = count_again(course, tmp_path)
    assert checked.returncode == 1
    assert named in checked.stdout
    assert "root_said" in checked.stdout


@pytest.mark.covers("DEL-13", refused=True)
@pytest.mark.parametrize("tamper", [edit_electronic, edit_slip, delete, add, swap])
def test_what_was_done_to_the_box_before_the_result_stops_its_announcement(tamper: Callable[[Course], None]) -> None:
    course = closed()
    tamper(course)
    client = signed_in(course, "shuji", "en")
    refused = fill_in(client, act_url(Act.ANNOUNCE_RESULT, course.round))
    assert refused.status_code == 422
    assert "otherwise the ballot can only be declared void" in words(refused)
    assert (course.round.state, course.round.root) == (RoundState.CLOSED, "")
    ballot.void_ballot(course.round, **course.by("shuji"), reason="票箱内容被改动，重新表决。")
    assert course.round.state == RoundState.VOID


def test_a_box_that_was_tampered_with_while_open_is_not_counted_and_the_ballot_is_declared_void() -> None:
    course = run_to(Point.VOTING)
    for _ in range(2):
        course.codes.pop()
    course.cast((7, 2))
    for nth in range(3):
        Ballot.objects.create(
            nullifier=bytes([nth]) * 32,
            round=course.round.box,
            payload=sheet(course, Choice.AGREE),
            retry_sha256=b"\x07" * 32,
            message=b"",
            signature=b"",
            payload_signature=b"",
        )
    with pytest.raises(Refused):
        course.close_box()
    ballot.void_ballot(course.round, **course.by("shuji"), reason="票多于签，重新表决。")
    assert course.round.state == RoundState.VOID


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_asks_as_much_of_one_request_as_of_many(language: str, django_assert_max_num_queries: Any) -> None:
    course = announced()
    handed_out(course)
    page = reverse("recount", args=[course.round.pk])
    client = signed_in(course, "jiandu", language)
    client.get(page)
    with django_assert_max_num_queries(12) as one:
        assert client.get(page).status_code == 200
    for nth in range(20):
        username = f"shenji{nth}"
        account = course.county.hold(username, Role.AUDITOR, at=course.at)
        recount.request_recount(course.round, actor=account, at=course.at, reason=REASON)
    with django_assert_max_num_queries(12) as many:
        assert REASON in words(client.get(page))
    assert len(one) == len(many)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_forms_open_and_read_well_and_the_desk_leads_to_them(language: str) -> None:
    course = announced()
    auditor, secretary = signed_in(course, "jiandu", language), signed_in(course, "shuji", language)
    page = reverse("recount", args=[course.round.pk])
    assert page in words(auditor.get(reverse("ballot", args=[course.round.pk])))
    assert page not in words(secretary.get(reverse("desk")))
    url = act_url(Act.REQUEST_RECOUNT, course.round)
    assert url in words(auditor.get(page))
    assert auditor.post(url, {"token": "", "reason": ""}).status_code == 422
    assert fill_in(auditor, url, reason=REASON).status_code == 302
    made = Recount.objects.get()
    assert page in words(secretary.get(reverse("desk")))
    for act in (Act.AGREE_RECOUNT, Act.REFUSE_RECOUNT):
        assert secretary.get(act_url(act, made)).status_code == 200
    recount.agree_recount(made, **course.by("shuji"))
    assert page not in words(secretary.get(reverse("desk")))
    told = words(auditor.get(reverse("record_of", args=[course.selection.number])))
    assert str(Act.AGREE_RECOUNT.label) in told or language == "en"


def test_nobody_agrees_in_the_table_to_what_he_asked_for() -> None:
    course = announced()
    made = Recount(
        selection=course.selection,
        round=course.round,
        asked_by=course.county["jiandu"],
        asked_at=course.at,
        reason=REASON,
        agreed_by=course.county["jiandu"],
        agreed_at=course.at,
    )
    with pytest.raises(ValidationError):
        made.validate_constraints()
