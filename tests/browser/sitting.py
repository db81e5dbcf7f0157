"""A sitting at which electronic ballots are cast, for tests that look at the voters alone (会议现场).

A program of its own beside the site, like ``ahead``: it does what the table does while members vote in browsers::

    python -m tests.browser.sitting '{"do": "prepare", "posts": ["…", "…"], "people": [["…", …], ["…", …]]}'
    python -m tests.browser.sitting '{"do": "open", "round": "<uuid>"}'     the others collect before
    python -m tests.browser.sitting '{"do": "last", "meeting": "/office/meetings/1/", "position": 5}'
    python -m tests.browser.sitting '{"do": "close", "round": "<uuid>"}'    prints the count and the tracking codes
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup()

from selection import clock  # noqa: E402 - settings are read by django.setup above
from selection.acts import Secret  # noqa: E402
from selection.ballots import blind, box  # noqa: E402
from selection.enums import BallotChannel, CandidacyState  # noqa: E402
from selection.models import Account, Meeting, Round  # noqa: E402
from selection.stages.deliberation import ballot, meeting, scrutiny  # noqa: E402
from tests.browser.ahead import course_of  # noqa: E402
from tests.factories import SCRUTINEERS, Point  # noqa: E402
from tests.selection.ballots.voter import Voter  # noqa: E402


def prepare(posts: list[str], people: list[list[str]]) -> dict[str, Any]:
    """Several posts at one meeting, everybody present, everybody has spoken, every ballot prepared without a slip."""
    first, *others = [course_of(post, named) for post, named in zip(posts, people, strict=True)]
    for course in (first, *others):
        course.go_to(Point.CONSULTED)
    first.discuss(number=f"第{Meeting.objects.count() + 30}次")
    for other in others:
        other.meeting = first.meeting
        meeting.put_on_agenda(other.selection, **other.by("jingban"), meeting=first.meeting)
        for candidacy in other.now().candidacies.filter(state=CandidacyState.PROPOSED).order_by("pk"):
            other.introduce(candidacy)
            for seat in sorted(other.members(11), key=lambda seat: seat.is_chief):
                other.speak(candidacy, seat)
    rounds = []
    for course in (first, *others):
        course.prepare_ballot(codes=Secret([]))
        rounds.append(_of_members(course.round))
    return {"meeting": f"/office/meetings/{first.meeting.pk}/", "rounds": rounds}


def open_(round: str) -> dict[str, Any]:
    """Whoever holds no ballot yet collects one, from a browser of which nothing more is heard; then the chair opens."""
    sitting = Round.objects.get(box=round)
    key = blind.PublicKey.from_der(bytes(sitting.key.public))
    for row in sitting.roll.filter(present=True, channel=BallotChannel.NONE).select_related("seat"):
        member = Account.objects.get(person=row.seat.person_id)
        blinded = Secret(Voter(sitting.box, key).blinded)
        ballot.collect_ballot(sitting, seat=row.seat, blinded=blinded, actor=member, at=clock.now())
    for username in SCRUTINEERS:
        scrutiny.check_box(sitting, actor=Account.objects.get(username=username), at=clock.now())
    ballot.open_ballot(sitting, actor=Account.objects.get(username="shuji"), at=clock.now())
    return {}


def last(meeting: str, position: int) -> dict[str, Any]:
    """The latest ballot of an item, by the page of its meeting and its place on the agenda."""
    of_item = Round.objects.filter(poll__item__meeting=meeting.rstrip("/").rpartition("/")[2])
    return _of_members(of_item.filter(poll__item__position=position).latest("seq"))


def _of_members(round_: Round) -> dict[str, Any]:
    """A round as members find it at the box: its name there, its characters, the names on its sheet."""
    names = [label for _key, label, _facts in box.look_at(round_.box).manifest["candidates"]]
    return {"round": str(round_.box), "code": round_.check_code, "names": names}


def close(round: str) -> dict[str, Any]:
    """Seal the box; what is in it."""
    sitting = Round.objects.get(box=round)
    scrutiny.agree_closing(sitting, actor=Account.objects.get(username=SCRUTINEERS[0]), at=clock.now())
    ballot.close_ballot(sitting, actor=Account.objects.get(username="shuji"), at=clock.now())
    return {"counts": box.tally(sitting.box).counts, "trackers": box.trackers(sitting.box)}


if __name__ == "__main__":
    given: dict[str, Any] = json.loads(sys.argv[1])
    done = {"prepare": prepare, "open": open_, "last": last, "close": close}[given.pop("do")](**given)
    print(json.dumps(done))
