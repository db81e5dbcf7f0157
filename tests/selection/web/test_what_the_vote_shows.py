"""What every page says to everybody while a box is open, and what it says of sheets afterwards (表决期间与之后的页面).

Two votes are held in turn from the same beginning, which differ only in what nobody may learn: who has cast and for
whom, and later which opinions stood on one sheet.  Everything that anybody can look at must be the same in both.
"""

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.urls import URLPattern, get_resolver

from audit import reading
from selection import acts
from selection.acts import NotPermitted, Refused, Secret
from selection.ballots import blind, box
from selection.ballots.box import BoxRefused
from selection.ballots.sheet import packed
from selection.enums import Choice, Duty, Grade, Paper, Role
from selection.models import Account
from selection.stages.deliberation import ballot, meeting
from selection.stages.deliberation.recount import agree_recount, request_recount
from selection.web import oversight
from tests.asking import ask
from tests.factories import Course, Point, person, run_to, seat
from tests.kept import undone
from tests.selection.ballots.linking import Rows, dump
from tests.selection.ballots.voter import Voter

pytestmark = [pytest.mark.slow, pytest.mark.django_db(databases=["default", "box"])]

ONLINE = 5
WATCHERS = (
    *("jingban", "buzhang", "shuji", "changwei1", "changwei6", "jipiao1", "jianpiao1", "kaocha1"),
    *("lingdao", "jiwei", "jiandu", "guanli"),
)
"""One for each role, a member who votes online and one who votes by slip."""
READERS = ("jingban", "shuji", "changwei1", "jianpiao1", "jiandu")
"""Those who see anything of a result once it is announced."""
Seen = dict[tuple[str, str], tuple[int, str]]
Sheet = tuple[Choice, Choice]
_CHANGING = re.compile(
    r'name="(?:csrfmiddlewaretoken|token|seed|receipt)" value="[^"]*"|(?:nonce|data-csrf)="[^"]*"|[\d.]+ GB'
    r"|\d\d:\d\d(?::\d\d)?(?:\.\d+)?"
    r"|[0-9a-f]{8,}|&quot;batch&quot;:(?: |&nbsp;)?\d+|(?:[0-9A-Fa-f]{4}\s+){2,}[0-9A-Fa-f]{4}"
)
"""What chance and the clock make anew each time: tokens, moments, digests of the record with their salts, the root, and
the numbers of batches of imprints."""


class Vote:
    """A round with the slips drawn and the credentials collected, the box open, nothing cast."""

    def __init__(self) -> None:
        self.course = course = run_to(Point.PREPARED)
        self.candidates = [str(row.candidacy_id) for row in course.round.items.order_by("pk")]
        key = blind.PublicKey.from_der(bytes(course.round.key.public))
        self.online = []
        for member in course.members()[:ONLINE]:
            voter = Voter(course.round.box, key)
            ballot.collect_ballot(
                course.round,
                seat=member,
                blinded=Secret(voter.blinded),
                actor=Account.objects.get(person=member.person_id),
                at=course.at,
            )
            signature = voter.collect(ballot.blind_signature(course.round, member, voter.blinded))
            self.online.append((voter, signature))
        for member in course.members()[ONLINE:]:
            ballot.issue_slip(course.round, **course.by("jingban"), seat=member)
        while course.spare:
            ballot.hand_back_slip(course.round, **course.by("jingban"), code=Secret(course.codes.pop()))
        course.open_box()
        self.attempts = [uuid4().hex for _ in course.codes]

    def cast(self, nth: int, sheet: Sheet) -> None:
        """The ballot of the nth member, as ever the same bytes for the same sheet."""
        choices = dict(zip(self.candidates, (one.value for one in sheet), strict=True))
        if nth >= ONLINE:
            box.cast(self.course.codes[nth - ONLINE], choices, attempt=self.attempts[nth - ONLINE])
            return
        voter, signature = self.online[nth]
        payload = packed(self.course.round.box, choices)
        box.cast_signed(self.course.round.box, box.Signed(voter.message, signature, payload, voter.sign(payload)))

    def announce(self) -> None:
        self.course.close_box()
        ballot.announce_result(self.course.round, **self.course.by("shuji"))


@pytest.fixture(autouse=True)
def no_other_box(settings: Any) -> None:
    """The status page says whether the box's process answers: that of another site must not come and go meanwhile."""
    settings.BOX_BIND = "127.0.0.1:9"


@pytest.fixture
def vote() -> Vote:
    return Vote()


# --- everything that can be looked at ----------------------------------------------------------------------------


def patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            yield before + str(one.pattern), one
        else:
            yield from patterns(one, before + str(one.pattern))


def addresses(course: Course) -> list[str]:
    """Every address of the site, with the keys of this vote wherever an address has a place for one."""
    item = course.now().case().item
    keys = {
        "office/accounts/seats/": course.members()[0].pk,
        "office/accounts/": course.county["changwei1"].pk,
        "office/meetings/items/": item.pk,
        "office/meetings/": course.meeting.pk,
        "office/ballots/": course.round.pk,
        "office/people/": course.people[0].pk,
        "office/process-record/people/": course.people[0].pk,
        "office/units/": course.unit.pk,
        "office/papers/": course.now().documents.exclude(kind=Paper.EVIDENCE).values_list("pk", flat=True).first() or 0,
        "office/batches/": 1,
    }
    stream = f"selection:{course.selection.pk}"
    last = max(entry.seq for entry in reading.entries(stream=stream))
    found = []
    for route, _pattern in patterns(get_resolver("cadre.urls")):
        if route.startswith("office/act/"):
            subjects = {"round": course.round.pk, "meeting": course.meeting.pk}
            found += [
                f"/office/act/{one.subject}/{subjects[one.subject]}/{one.act.value}/"
                for one in acts.CATALOGUE.values()
                if one.subject in subjects
            ]
        elif "<slug:key>" in route:
            found += [f"/{route.replace('<slug:key>', key)}" for key in oversight.BY_KEY]
        else:
            key = next((key for start, key in keys.items() if route.startswith(start)), 1)
            filled = route.replace("<int:pk>", str(key)).replace("<str:number>", course.now().number)
            filled = filled.replace("<str:stream>", stream).replace("<int:seq>", str(last))
            filled = filled.replace("<str:digest>", course.now().rule_set.digest).replace("<slug:slug>", "nothing")
            assert "<" not in filled, f"say what stands in {route}"
            found.append(f"/{filled}")
    return [one for one in found if not one.endswith(("log-out/", "healthz", "readyz"))]


def look_at_everything(course: Course, watchers: Sequence[str] = ("", *WATCHERS)) -> Seen:
    """What everybody sees at every address, a command and the box's own pages included."""
    seen: Seen = {}
    everywhere = addresses(course)
    for username in watchers:
        client = Client(headers={"accept-language": "zh-hans"})
        if username:
            client.force_login(course.county[username])
        for address in everywhere:
            answer = client.get(address)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
            seen[username, address] = (answer.status_code, without_what_changes(content.decode(errors="replace")))
    for address in (f"{course.round.box}/ballots/", f"rounds/{course.round.box}/", "", "collected/"):
        status, _headers, content = ask(f"/box/{address}")
        seen["the box", address] = (status, without_what_changes(content.decode()))
    said = io.StringIO()
    call_command("verify_record", stdout=said)
    seen["command", "verify_record"] = (0, re.sub(r"[\d.,]+ s\b", "", said.getvalue()))
    return seen


def without_what_changes(page: str) -> str:
    return _CHANGING.sub("", page)


def differing(one: Seen, other: Seen) -> list[tuple[str, str]]:
    assert one.keys() == other.keys()
    return [place for place in one if one[place] != other[place]]


def test_somebody_of_each_role_looks() -> None:
    course = run_to(Point.PREPARED)
    held = {role for username in WATCHERS for role, _mandate in course.county[username].roles_in_force(course.day)}
    assert held == set(Role) - {Role.CLOCK, Role.PUBLIC}


# --- while the box is open ---------------------------------------------------------------------------------------

AGREE_FIRST, AGREE_SECOND = (Choice.AGREE, Choice.DISAGREE), (Choice.DISAGREE, Choice.AGREE)
VOTES = (
    [(nth, AGREE_FIRST) for nth in (0, 1, 2, 5, 6, 7)],
    [(nth, AGREE_SECOND) for nth in (2, 3, 4, 8, 9, 10)],
)
"""As many ballots, by others, for another."""


@pytest.mark.covers("BOX-15")
@pytest.mark.covers("BOX-17")
def test_while_the_box_is_open_nothing_says_who_has_cast_or_for_whom(vote: Vote) -> None:
    worlds: list[Seen] = []
    announced: list[Seen] = []
    site = connections["default"]
    for ballots in VOTES:
        with undone():
            before = of_the_site(dump(site))
            for nth, sheet in ballots:
                vote.cast(nth, sheet)
            assert box.standing(vote.course.round.box).returned == len(ballots)
            assert of_the_site(dump(site)) == before, "the site's tables know nothing of a cast"
            for verb in (box.tally, box.trackers, box.contents, box.root):
                with pytest.raises(BoxRefused):
                    verb(vote.course.round.box)
            worlds.append(look_at_everything(vote.course))
            vote.announce()
            announced.append(look_at_everything(vote.course, ["jiandu"]))
    assert differing(*worlds) == []
    page = f"/office/ballots/{vote.course.round.pk}/"
    status, told = worlds[0]["jingban", page]
    assert status == 200
    assert all(member.person.name in told for member in vote.course.members()), "who holds a ballot is told"
    # The same eyes see it once it is announced.
    told_later = differing(*announced)
    assert ("jiandu", page) in told_later
    assert ("jiandu", f"/office/selections/{vote.course.now().number}/votes/") in told_later


def of_the_site(tables: dict[str, Rows]) -> dict[str, Rows]:
    """Without sessions, which looking makes."""
    return {name: rows for name, rows in tables.items() if name != "django_session"}


@pytest.mark.covers("BOX-17", refused=True)
def test_once_a_ballot_is_prepared_its_roll_stays_whoever_comes_or_goes(vote: Vote) -> None:
    course = vote.course
    roll = sorted(course.round.roll.values_list("seat", "present", "channel", "blinded_sha256"))
    newcomer = person(course.county, "赵示新", at=course.at, grade=Grade.COUNTY_DEPUTY)
    came = seat(course.county, newcomer, Duty.MEMBER, 90, at=course.at)
    assert sorted(course.round.roll.values_list("seat", "present", "channel", "blinded_sha256")) == roll
    with pytest.raises((Refused, NotPermitted)):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=came)
    with pytest.raises((Refused, NotPermitted)):
        ballot.collect_ballot(
            course.round, seat=came, blinded=Secret(b"x"), actor=course.county["changwei1"], at=course.at
        )
    with pytest.raises((Refused, NotPermitted)):
        meeting.record_attendance(
            course.meeting, **course.by("jingban"), present=[*course.members(), came], chair=course.members()[0],
            observers=[],
        )  # fmt: skip
    assert sorted(course.round.roll.values_list("seat", "present", "channel", "blinded_sha256")) == roll


# --- afterwards: no whole sheet ----------------------------------------------------------------------------------

ABSTAIN = Choice.ABSTAIN
SHEETS: tuple[Sequence[Sheet], Sequence[Sheet]] = (
    [*[(Choice.AGREE, ABSTAIN)] * 3, *[(ABSTAIN, Choice.DISAGREE)] * 8],
    [*[(Choice.AGREE, Choice.DISAGREE)] * 3, *[(ABSTAIN, ABSTAIN)] * 3, *[(ABSTAIN, Choice.DISAGREE)] * 5],
)
"""The same opinions on each candidate; which of them stood on one sheet is another matter."""


@pytest.mark.covers("BOX-18")
def test_which_opinions_stood_on_one_sheet_is_seen_in_the_audit_package_alone(vote: Vote) -> None:
    worlds: list[Seen] = []
    packages: list[bytes] = []
    for sheets in SHEETS:
        with undone():
            for nth, sheet in enumerate(sheets):
                vote.cast(nth, sheet)
            vote.announce()
            worlds.append(look_at_everything(vote.course, READERS))
            by_auditor, by_chair = vote.course.by("jiandu"), vote.course.by("shuji")
            recount = request_recount(vote.course.round, **by_auditor, reason="核对计票。")
            agree_recount(recount, **by_chair)
            client = Client()
            client.force_login(vote.course.county["jiandu"])
            answer = client.get(f"/office/ballots/{vote.course.round.pk}/package/")
            assert answer.status_code == 200
            packages.append(answer.content)
    assert differing(*worlds) == []
    assert packages[0] != packages[1], "only it tells the two votes apart"
