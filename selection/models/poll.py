"""Polls (推荐与票决): who may vote on what, the sittings of a poll, and counts from paper.

What was cast lies in the box, in another database; nothing here depends on a code, and no row says who has voted, only
who holds a ballot and by which way.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.enums import (
    Act,
    BallotChannel,
    NamesKind,
    PollKind,
    RecommendationForm,
    RecusedCount,
    Requester,
    Role,
    RoundState,
    Stage,
)
from selection.models.account import Account
from selection.models.body import Seat
from selection.models.candidacy import Candidacy
from selection.models.correction import Correctable, OnRecord
from selection.models.document import Document
from selection.models.meeting import AgendaItem
from selection.models.selection import OfSelection, Selection

NEVER_CORRECTED = _(
    "What was voted is never corrected: a ballot is declared void before it is announced, and reconsidered after it"
)
_VOTES = "votes-"
_CONTENT = "selection__rule_set__content"


class Poll(OnRecord, OfSelection, models.Model):
    """A recommendation in one form, or the committee's vote on one item.

    Of a recommendation ``names`` says whether its ballots had a list of names; one of before that was asked had.
    ``groups`` maps each group that the rules want to take part to how many of it did, where they name any.
    ``called_on`` is the day of the written notice of the meeting, ``statements_on`` the day on which the persons on the
    list spoke for themselves before this round.
    """

    correctable = Correctable(
        Act.HOLD_RECOMMENDATION, Stage.RECOMMENDATION, ("held_on", "scope"), ("due_count", "present_count")
    )

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="polls")
    kind = models.CharField(max_length=20, choices=PollKind.choices)
    form = models.CharField(max_length=20, choices=RecommendationForm.choices, blank=True)
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="polls")
    held_on = models.DateField()
    scope = models.CharField(max_length=120, blank=True)
    names = models.CharField(max_length=10, choices=NamesKind.choices, blank=True)
    unsigned = models.BooleanField(default=False)
    groups = models.JSONField(default=dict)
    called_on = models.DateField(null=True, blank=True)
    statements_on = models.DateField(null=True, blank=True)
    due_count = models.PositiveIntegerField(default=0)
    present_count = models.PositiveIntegerField(default=0)
    held_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["held_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(item__isnull=False), name="one_poll_per_agenda_item"),
            models.CheckConstraint(
                condition=Q(present_count__lte=F("due_count")), name="no_more_present_than_due_in_a_poll"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.kind} {self.form}"

    @property
    def is_recommendation(self) -> bool:
        return self.kind == PollKind.RECOMMENDATION

    def stands(self, case: Any) -> bool:
        issued = max((sheet.issued for sheet in case.sheets_of(self)), default=0)
        if self.form == RecommendationForm.OPINION:
            others = [poll for poll in case.opinions_of_plenum() if poll.pk != self.pk]
            if not case.proposed_in_time([*others, self]):
                return False
        return issued <= self.present_count <= self.due_count

    def out_of_reach(self, case: Any) -> acts.Text:
        return "" if self.is_recommendation else NEVER_CORRECTED


class TallySheet(OnRecord, models.Model):
    """One teller's count of a paper poll; two that agree make the result (计票单)."""

    correctable = Correctable(Act.ENTER_TALLY, Stage.RECOMMENDATION, weighty=("issued", "returned", "valid", "votes"))

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="tally_sheets")
    poll = models.ForeignKey(Poll, models.PROTECT, related_name="sheets")
    teller = models.ForeignKey(Account, models.PROTECT, related_name="+")
    issued = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    valid = models.PositiveIntegerField()
    votes = models.JSONField()
    entered_at = models.DateTimeField()
    rejected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["poll", "teller"], condition=Q(rejected_at__isnull=True), name="one_count_per_poll_and_teller"
            ),
            models.CheckConstraint(
                condition=Q(valid__lte=F("returned")) & Q(returned__lte=F("issued")),
                name="valid_at_most_returned_at_most_issued",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.poll_id} {self.teller_id}"

    def facts(self) -> tuple[str, ...]:
        return ("issued", "returned", "valid", *(f"{_VOTES}{key}" for key in self.votes))

    def fact(self, name: str) -> Any:
        return int(self.votes[name.removeprefix(_VOTES)]) if name.startswith(_VOTES) else super().fact(name)

    def read(self, name: str, text: str) -> Any:
        return int(text)

    def put(self, name: str, value: Any) -> None:
        if name.startswith(_VOTES):
            self.votes = {**self.votes, name.removeprefix(_VOTES): value}
        else:
            super().put(name, value)

    def correct(self, name: str, value: Any) -> None:
        """Both tellers' counts, which agreed, are put right, so that they agree still."""
        for sheet in TallySheet.objects.filter(poll_id=self.poll_id, rejected_at__isnull=True):
            sheet.put(name, value)
            sheet.save()
        self.put(name, value)

    def stands(self, case: Any) -> bool:
        most = max((int(number) for number in self.votes.values()), default=0)
        return most <= self.valid <= self.returned <= self.issued <= self.poll.present_count

    def out_of_reach(self, case: Any) -> acts.Text:
        """A count that is not confirmed is rejected and entered again."""
        accepted = case.accepted_sheet(self.poll)
        return "" if accepted is not None and accepted.pk == self.pk else _("The count is not confirmed")

    def figures(self) -> tuple[Any, ...]:
        """What two tellers must agree on."""
        return (self.issued, self.returned, self.valid, {str(key): int(n) for key, n in self.votes.items()})


class Round(OfSelection, models.Model):
    """One sitting of a decision poll: 应到 ≥ 实到 ≥ 发出 ≥ 收回 ≥ 有效.

    ``root`` is over all that was returned, as announced (汇总校验值); it is empty where it was not kept yet.
    ``destroyed_at`` is when its whole sheets were, once the period for objections was over.
    ``issued`` stands from the opening on; until then the roll says who holds a ballot (``handed_out``).
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="rounds")
    poll = models.ForeignKey(Poll, models.PROTECT, related_name="rounds")
    seq = models.PositiveSmallIntegerField()
    box = models.UUIDField(unique=True, default=uuid.uuid4)
    state = models.CharField(max_length=20, choices=RoundState.choices, default=RoundState.PREPARED)
    check_code = models.CharField(max_length=20)
    root = models.CharField(max_length=64, blank=True)
    recused_count = models.CharField(max_length=20, choices=RecusedCount.choices)
    due_count = models.PositiveSmallIntegerField()
    present_count = models.PositiveSmallIntegerField()
    slips = models.PositiveSmallIntegerField(default=0)
    issued = models.PositiveSmallIntegerField(default=0)
    returned = models.PositiveSmallIntegerField(null=True, blank=True)
    valid = models.PositiveSmallIntegerField(null=True, blank=True)
    chair = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    prepared_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(blank=True)
    another_round = models.BooleanField(null=True, blank=True)
    another_round_decision = models.TextField(blank=True)

    #: The rows of the roll that name whoever acts, where they are locked (``beside_others``).
    own_rows: tuple[RollMember, ...] | None = None

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "seq"], name="rounds_of_a_poll_are_numbered"),
            models.UniqueConstraint(
                fields=["poll"],
                condition=Q(state__in=["prepared", "open", "closed"]),
                name="one_round_at_a_time_per_poll",
            ),
            models.CheckConstraint(
                condition=Q(present_count__lte=F("due_count"))
                & Q(issued__lte=F("present_count"))
                & (Q(returned__isnull=True) | Q(returned__lte=F("issued")))
                & (Q(valid__isnull=True) | Q(valid__lte=F("returned"))),
                name="valid_returned_issued_present_due_in_order",
            ),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(state__in=["announced", "void"]),
                name="sheets_are_destroyed_of_a_round_that_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.poll_id}/{self.seq}"

    def beside_others(self, actor: acts.Actor) -> Round:
        """This round read anew, its selection held so that members act on it at one time and nobody else does.

        The rows of the roll that name the actor are locked with it; without any the actor has no part in it.

        Raises:
            Round.DoesNotExist
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM selection_selection WHERE id = %s FOR SHARE", [self.selection_id])
        own = RollMember.objects.filter(round=self.pk, seat__person=getattr(actor, "person_id", None))
        rows = own.select_related("round__selection__rule_set").defer(f"round__{_CONTENT}").order_by()
        own_rows = tuple(rows.select_for_update(of=("self",)))
        round_ = own_rows[0].round if own_rows else Round.objects.select_related("selection").get(pk=self.pk)
        round_.own_rows = own_rows
        return round_

    def spare(self, roll: Iterable[RollMember]) -> int:
        """Slips that nobody of this roll can draw any more, and that have yet to be handed back."""
        casting = [row for row in roll if row.may_cast]
        return max(0, self.slips_left(casting) - sum(not row.has_ballot for row in casting))

    def slips_left(self, roll: Iterable[RollMember]) -> int:
        """How many slips in the box none of these members has drawn."""
        return self.slips - sum(row.channel == BallotChannel.SLIP for row in roll)

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: Any) -> bool:
        """Members collect their own ballots; whatever else they do they do where they preside.  Any teller counts."""
        if act == Act.ENTER_PAPER:
            return True
        if act == Act.COLLECT_BALLOT:
            if self.own_rows is not None:
                return bool(self.own_rows)
            return self.roll.filter(seat__person=getattr(actor, "person_id", None)).exists()
        if role is Role.MEMBER:
            return self.chair is not None and self.chair.person_id == getattr(actor, "person_id", None)
        return self.selection.admits(act, actor, role, at)


class Witness(OfSelection, models.Model):
    """What one scrutineer saw to in a round (监票): the empty box, its closing."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="witnesses")
    round = models.ForeignKey(Round, models.PROTECT, related_name="witnesses")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    act = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "account", "act"], name="a_scrutineer_sees_to_each_thing_once_a_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.act} {self.account_id}"


class PaperEntry(OfSelection, models.Model):
    """That a teller has entered the paper sheets of a round; what they say lies in the box alone (纸质票计票)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="paper_entries")
    round = models.ForeignKey(Round, models.PROTECT, related_name="paper_entries")
    teller = models.ForeignKey(Account, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    rejected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "teller"],
                condition=Q(rejected_at__isnull=True),
                name="a_teller_enters_the_paper_of_a_round_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.teller_id}"


class Recount(OfSelection, models.Model):
    """The audit package of a round, asked for by an auditor and handed out when a second person agrees (调取审计包).

    Somebody who could agree may refuse instead, with a reason; then the auditor may ask again.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="recounts")
    round = models.ForeignKey(Round, models.PROTECT, related_name="recounts")
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    reason = models.TextField()
    asked_at = models.DateTimeField()
    agreed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)
    refused_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    refused_at = models.DateTimeField(null=True, blank=True)
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "asked_by"],
                condition=Q(refused_at__isnull=True),
                name="each_auditor_asks_for_a_package_once",
            ),
            models.CheckConstraint(
                condition=Q(refused_by__isnull=True, refused_at__isnull=True, refusal="")
                | (
                    Q(refused_by__isnull=False, refused_at__isnull=False, agreed_at__isnull=True)
                    & ~Q(refusal="")
                    & ~Q(refused_by=F("asked_by"))
                ),
                name="a_package_is_refused_with_a_reason_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True, agreed_at__isnull=True)
                | (Q(agreed_by__isnull=False, agreed_at__isnull=False) & ~Q(agreed_by=F("asked_by"))),
                name="a_package_is_agreed_to_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.asked_by_id}"


class BallotKey(models.Model):
    """The key by which a round's electronic ballots are signed blind; the private half ends with it (签名密钥)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="ballot_keys")
    round = models.OneToOneField(Round, models.PROTECT, related_name="key")
    public = models.BinaryField()
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="a_private_key_is_kept_or_destroyed",
            )
        ]

    def __str__(self) -> str:
        return str(self.round_id)

    def destroy(self, at: Any) -> None:
        """Forget the private half: nothing more is signed."""
        if self.wrapped is not None:
            self.wrapped, self.destroyed_at = None, at
            self.save()


class RoundItem(models.Model):
    """One candidate in one round, with the counts once they are announced."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="round_items")
    round = models.ForeignKey(Round, models.PROTECT, related_name="items")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="round_items")
    agree = models.PositiveSmallIntegerField(null=True, blank=True)
    disagree = models.PositiveSmallIntegerField(null=True, blank=True)
    abstain = models.PositiveSmallIntegerField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "candidacy"], name="one_item_per_round_and_candidate")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.candidacy_id}"


#: A row by which an electronic ballot can be collected now.
COLLECTABLE = Q(
    round__state=RoundState.PREPARED,
    round__key__isnull=False,
    present=True,
    left_at__isnull=True,
    channel=BallotChannel.NONE,
)


def handed_out(roll: Iterable[RollMember]) -> Counter[BallotChannel]:
    """How many of those who may cast hold a ballot, by its kind."""
    return Counter(BallotChannel(row.channel) for row in roll if row.may_cast and row.has_ballot)


class RollQuerySet(models.QuerySet["RollMember"]):
    def of(self, account: Account) -> RollQuerySet:
        """The account's own rows in rounds that are prepared or open and take electronic ballots; none if recused."""
        if account.person_id is None or not account.holds(Role.MEMBER):
            return self.none()
        return self.naming(account).filter(selection__in=Selection.objects.open_to(account).order_by().values("pk"))

    def naming(self, account: Account) -> RollQuerySet:
        """As ``of``, but the rows of a member who is recused as well, and of one who is a member no more."""
        return self.filter(
            seat__person=account.person_id,
            round__state__in=[RoundState.PREPARED, RoundState.OPEN],
            round__key__isnull=False,
        )


class RollMember(models.Model):
    """A member who may vote in a round, and by what; never with which slip or credential (签到领票).

    The roll is frozen when the ballot is prepared.  ``left_at``: the member went before the ballot opened.
    ``blinded_sha256`` is of the message that the member had signed blind, so that the same one can be signed again.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="roll")
    round = models.ForeignKey(Round, models.PROTECT, related_name="roll")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    present = models.BooleanField()
    channel = models.CharField(max_length=10, choices=BallotChannel.choices, default=BallotChannel.NONE)
    blinded_sha256 = models.CharField(max_length=64, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = RollQuerySet.as_manager()

    class Meta:
        ordering = ["seat__rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "seat"], name="one_roll_row_per_round_and_member"),
            models.CheckConstraint(
                condition=(Q(channel=BallotChannel.ONLINE) & ~Q(blinded_sha256=""))
                | (~Q(channel=BallotChannel.ONLINE) & Q(blinded_sha256="")),
                name="what_was_signed_blind_is_known_of_electronic_ballots",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.seat_id}"

    @property
    def has_ballot(self) -> bool:
        """Whether the member holds something to vote with."""
        return self.channel != BallotChannel.NONE

    @property
    def may_cast(self) -> bool:
        """Whether the member was there when the ballot was prepared and stayed until it opened."""
        return self.present and self.left_at is None


class Reconsideration(models.Model):
    """A decision that another meeting votes on once more, with the members' consent (复议)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="reconsiderations")
    round = models.OneToOneField(Round, models.PROTECT, related_name="reconsideration")
    requested_by = models.CharField(max_length=20, choices=Requester.choices)
    member = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    consented = models.PositiveSmallIntegerField()
    members = models.PositiveSmallIntegerField()
    reason = models.TextField()
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["decided_at", "pk"]

    def __str__(self) -> str:
        return f"{self.round_id} {self.decided_at:%Y-%m-%d}"
