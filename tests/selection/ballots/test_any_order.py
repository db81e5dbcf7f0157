"""Whatever six members and the chair do, in whatever order: figures stand in order, no ballot doubles (任意次序).

Every step is a real act or a real call of the box, on both databases; what the rules do not allow is refused, and is
one more step that must change nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from selection.acts import Conflict, NotPermitted, Refused, Secret
from selection.ballots import blind, box
from selection.ballots.box import BoxRefused, CastRefused
from selection.ballots.codes import tracker_of
from selection.ballots.models import Ballot
from selection.ballots.sheet import packed
from selection.enums import BallotChannel, Choice, RoundState
from selection.models import Account, Seat
from selection.stages.deliberation import ballot
from tests.factories import Course, Point, county, run_to
from tests.kept import undone
from tests.selection.ballots.voter import Voter

MEMBERS = 6
NOT_DONE = (Refused, Conflict, NotPermitted, CastRefused, BoxRefused)

Step = tuple[str, int]
of_a_member = st.sampled_from(["collect", "draw", "cast", "cast again", "cast otherwise", "forge"])
of_all = st.sampled_from(["hand back", "open", "close"])
steps = st.lists(
    st.one_of(
        st.tuples(of_a_member, st.integers(0, MEMBERS - 1)),
        st.tuples(of_all, st.just(0)),
    ),
    max_size=24,
)


@dataclass
class Held:
    """What a member has in hand: a slip's code or a credential, and the receipt once a ballot was accepted."""

    code: str = ""
    voter: Voter | None = None
    signature: bytes = b""
    sent: Callable[[], box.Receipt] | None = None
    receipt: box.Receipt | None = None


@dataclass
class Hall:
    """The members in the hall with one round, and what they were told."""

    course: Course
    codes: list[str]
    held: dict[int, Held] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.candidates = [str(row.candidacy_id) for row in self.course.round.items.order_by("pk")]
        self.seats: list[Seat] = self.course.members()
        self.key = blind.PublicKey.from_der(box.look_at(self.course.round.box).public_key)

    def take(self, step: str, nth: int) -> None:
        """One step; what could be done must have been done, and everything else must have been refused."""
        round_, mine = self.course.round, self.held.get(nth, Held())
        is_prepared, is_open = round_.state == RoundState.PREPARED, round_.state == RoundState.OPEN
        has_ballot = bool(mine.code or mine.voter)
        can = {
            "collect": is_prepared and not has_ballot,
            "draw": is_prepared and not has_ballot,
            "cast": is_open and has_ballot and mine.receipt is None,
            "cast again": mine.receipt is not None,
            "cast otherwise": False,
            "forge": False,
            "hand back": is_prepared and self.course.spare > 0,
            "open": is_prepared and self.not_alone(),
            "close": is_open,
        }
        try:
            getattr(self, step.replace(" ", "_"))(nth)
        except NOT_DONE:
            assert not can[step], f"{step} was refused"
        else:
            assert can[step], f"{step} was done"

    # of a member
    def collect(self, nth: int) -> None:
        seat, voter = self.seats[nth], Voter(self.course.round.box, self.key)
        actor = Account.objects.get(person=seat.person_id)
        ballot.collect_ballot(
            self.course.round, seat=seat, blinded=Secret(voter.blinded), actor=actor, at=self.course.at
        )
        signature = voter.collect(ballot.blind_signature(self.course.round, seat, voter.blinded))
        self.held[nth] = Held(voter=voter, signature=signature)

    def draw(self, nth: int) -> None:
        ballot.issue_slip(self.course.round, **self.course.by("jingban"), seat=self.seats[nth])
        self.held[nth] = Held(code=self.codes.pop())

    def cast(self, nth: int) -> None:
        mine = self.held.get(nth, Held())
        if mine.receipt is not None:
            return self.cast_otherwise(nth)
        attempt = secrets.token_hex(8)
        mine.sent = lambda: self.sent(mine, Choice.AGREE, attempt)
        mine.receipt = mine.sent()
        assert mine.receipt.tracker not in self.accepted
        self.accepted.add(mine.receipt.tracker)
        return None

    def cast_again(self, nth: int) -> None:
        """The same bytes: the same receipt, whatever has become of the round."""
        mine = self.held.get(nth, Held())
        if mine.sent is None or mine.receipt is None:
            raise NotPermitted
        assert mine.sent() == mine.receipt

    def cast_otherwise(self, nth: int) -> None:
        """Another sheet under what is spent already."""
        mine = self.held.get(nth, Held())
        if mine.receipt is None:
            raise NotPermitted
        self.sent(mine, Choice.ABSTAIN, secrets.token_hex(8))

    def forge(self, nth: int) -> None:
        """A ballot under a credential that nobody has signed."""
        voter = Voter(self.course.round.box, self.key)
        self.sent(Held(voter=voter, signature=secrets.token_bytes(384)), Choice.AGREE, "")

    def sent(self, mine: Held, choice: Choice, attempt: str) -> box.Receipt:
        choices = dict.fromkeys(self.candidates, Choice.DISAGREE.value) | {self.candidates[0]: choice.value}
        if mine.voter is None:
            return box.cast(mine.code, choices, attempt=attempt)
        payload = packed(self.course.round.box, choices)
        signed = box.Signed(mine.voter.message, mine.signature, payload, mine.voter.sign(payload))
        return box.cast_signed(self.course.round.box, signed)

    # of all
    def hand_back(self, _nth: int) -> None:
        if not self.codes:
            raise NotPermitted
        ballot.hand_back_slip(self.course.round, **self.course.by("jingban"), code=Secret(self.codes[-1]))
        self.codes.pop()

    def open(self, _nth: int) -> None:
        """Whoever has nothing takes of the kind that has fewer, slips that are left go back, and the vote begins."""
        for nth in range(MEMBERS):
            if nth not in self.held:
                slips, online = self.kinds()
                self.draw(nth) if online == 0 or 0 < slips < online else self.collect(nth)
        while self.course.spare:
            self.hand_back(0)
        self.course.open_box()

    def kinds(self) -> tuple[int, int]:
        """How many hold a slip, and how many a credential."""
        slips = sum(bool(one.code) for one in self.held.values())
        return slips, len(self.held) - slips

    def not_alone(self) -> bool:
        """Whether no kind will be held by so few that it shows whose ballot it is."""
        fewer, more = sorted(self.kinds())
        least: int = self.course.now().rules["ballot.least_by_kind"].value
        return fewer == 0 or MEMBERS - more >= least

    def close(self, _nth: int) -> None:
        self.course.close_box()

    # what always holds
    def look(self) -> None:
        round_, roll = self.course.round, list(self.course.round.roll.all())
        in_the_box = [bytes(key) for key in Ballot.objects.values_list("nullifier", flat=True)]
        standing = box.standing(round_.box)
        assert len(in_the_box) == len(set(in_the_box)) == standing.returned
        assert {tracker_of(key) for key in in_the_box} == self.accepted
        assert self.course.issued == sum(row.channel != BallotChannel.NONE for row in roll) == len(self.held)
        assert standing.returned <= self.course.issued <= len(roll) == MEMBERS
        if round_.state == RoundState.CLOSED:
            assert round_.valid is not None
            assert round_.returned is not None
            assert round_.valid <= round_.returned == standing.returned
            assert set(box.trackers(round_.box)) == self.accepted


@pytest.fixture
def course() -> Course:
    return run_to(Point.PREPARED, county(members=MEMBERS))


@pytest.mark.slow
@pytest.mark.covers("BOX-06")
@pytest.mark.django_db(databases=["default", "box"])
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example([("collect", 0), ("open", 0), *[("cast", nth) for nth in range(MEMBERS)], ("cast again", 0), ("close", 0)])
@example([("open", 0), ("cast", 1), ("close", 0), ("cast", 2), ("cast again", 1), ("cast otherwise", 1)])
@example([("collect", 0), ("cast", 0), ("forge", 1), ("open", 0), ("forge", 1), ("collect", 2), ("cast", 0)])
@given(steps)
def test_the_figures_stand_in_order_whatever_is_done_when(course: Course, steps: list[Step]) -> None:
    with undone():
        hall = Hall(course, list(course.codes))
        hall.look()
        for step, nth in steps:
            hall.take(step, nth)
            hall.look()
