"""Sittings at which persons are nominated by ballot (会议推荐提名): without a list of names, or on a list.

A sitting is one meeting on one day with one roll, whose groups are counted apart; several posts may be on it.  For each
post two tellers count the names on the paper ballots; a name counts once the department has found whose it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from selection import acts
from selection.enums import NamesKind
from selection.models.account import Account
from selection.models.batch import Batch
from selection.models.document import Document
from selection.models.mandate import Mandate
from selection.models.selection import OfSelection, Selection
from selection.register.models import Organisation, Person

#: A name, and after it how many ballots have it.
_LINE = re.compile(r"(?P<words>\S.*?)(?:[ \t]*[,，:：\t][ \t]*|[ \t]+)(?P<votes>\d{1,5})\s*票?")
_LONGEST = 40
_HAN = re.compile(r"[一-鿿]\s+(?=[一-鿿])")


def as_written(words: str) -> str:
    """A name as two tellers would both take it down: one width of characters, no space between Chinese ones."""
    plain = " ".join(unicodedata.normalize("NFKC", words).split())
    return _HAN.sub(lambda found: found.group()[0], plain)


def names_in(text: str) -> tuple[dict[str, int], list[int]]:
    """Name → votes of a text with one name and its votes a line, and the numbers of the lines that are not so.

    A line whose name stands further up is not either: the same name twice may be two people or one counted twice.
    """
    found: dict[str, int] = {}
    bad = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        read = _LINE.fullmatch(line.strip())
        words = as_written(read["words"]) if read else ""
        if read is None or words in found or len(words) > _LONGEST or not int(read["votes"]):
            bad.append(number)
        else:
            found[words] = int(read["votes"])
    return found, bad


def in_lines(votes: Mapping[str, int]) -> str:
    """The same as a text, always in one order."""
    return "\n".join(f"{words}\t{number}" for words, number in sorted(votes.items()))


@dataclass(frozen=True)
class Cut:
    """Who goes on with so many places: ``through`` for certain, ``tied`` for the ``free`` ones that are left.

    All are keys of persons.
    """

    through: list[int]
    tied: list[int]
    free: int


def cut(votes: Mapping[int, int], places: int | None) -> Cut:
    """The first so many by votes; those with equal votes at the last place are tied for it.  None lets all go on."""
    order = sorted(votes, key=lambda person: (-votes[person], person))
    if places is None or len(order) <= places:
        return Cut(order, [], 0)
    last, next_one = votes[order[places - 1]], votes[order[places]]
    if next_one < last:
        return Cut(order[:places], [], 0)
    through = [person for person in order if votes[person] > last]
    return Cut(through, [person for person in order if votes[person] == last], places - len(through))


class Sitting(acts.Subject, models.Model):
    """One meeting that nominates for one post or for several.

    ``roll`` has for each group how many should have taken part and how many did: ``{group: {"due": n, "present": n}}``.
    ``names_each`` is how many names a ballot may have for one post.
    """

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="sittings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="sittings")
    round = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=NamesKind.choices)
    held_on = models.DateField()
    roll = models.JSONField()
    names_each = models.PositiveSmallIntegerField(default=1)
    opened_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["mandate", "-opened_at"], name="sitting_by_mandate")]
        constraints = [
            models.CheckConstraint(
                condition=Q(names_each__gte=1, round__gte=1), name="a_ballot_of_a_sitting_has_a_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.round}"

    @property
    def due(self) -> int:
        return sum(group["due"] for group in self.roll.values())

    @property
    def present(self) -> int:
        return sum(group["present"] for group in self.roll.values())

    def streams(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation_id}",)

    def mandates(self) -> list[int]:
        return [self.mandate_id]


class SittingItem(OfSelection, models.Model):
    """One post at one sitting, from the count of its names to those who go on (一个职位的推荐提名)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="sitting_items")
    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="items")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    supervisor = models.CharField(max_length=80, blank=True)
    signed_off_on = models.DateField(null=True, blank=True)
    signed_off_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    annulled_at = models.DateTimeField(null=True, blank=True)
    annul_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection"],
                condition=Q(settled_at__isnull=True, annulled_at__isnull=True),
                name="a_post_is_at_one_sitting_at_a_time",
            ),
            models.UniqueConstraint(fields=["sitting", "selection"], name="a_post_is_once_at_a_sitting"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="names_are_confirmed_before_they_are_settled",
            ),
            models.CheckConstraint(
                condition=(
                    Q(signed_off_on__isnull=True, supervisor="") | (Q(signed_off_on__isnull=False) & ~Q(supervisor=""))
                ),
                name="a_supervisor_signs_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.sitting_id}"


class NameSheet(OfSelection, models.Model):
    """One teller's count of the ballots for one post (计票单).

    ``names`` has the names that were written in, ``votes`` those of a list by the keys of the persons.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="name_sheets")
    item = models.ForeignKey(SittingItem, models.PROTECT, related_name="sheets")
    teller = models.ForeignKey(Account, models.PROTECT, related_name="+")
    issued = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    valid = models.PositiveIntegerField()
    names = models.TextField(blank=True)
    votes = models.JSONField(default=dict)
    entered_at = models.DateTimeField()
    rejected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "teller"], condition=Q(rejected_at__isnull=True), name="one_count_of_names_per_teller"
            ),
            models.CheckConstraint(
                condition=Q(valid__lte=F("returned")) & Q(returned__lte=F("issued")),
                name="valid_at_most_returned_at_most_issued_names",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.teller_id}"

    def figures(self) -> tuple[object, ...]:
        """What two tellers must agree on."""
        votes = {str(key): int(number) for key, number in self.votes.items()}
        return (self.issued, self.returned, self.valid, self.names, votes)


class WrittenName(models.Model):
    """One name on the ballots for one post, with its votes, and whose it is once that is found (填写姓名).

    Looked at and nobody's, it stays listed and counts for nobody.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="written_names")
    item = models.ForeignKey(SittingItem, models.PROTECT, related_name="names")
    words = models.TextField()
    votes = models.PositiveIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-votes", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=True) | Q(looked_at__isnull=False), name="whose_a_name_is_was_looked_at"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.pk}"


class TieDecision(models.Model):
    """What was decided about those with equal votes at the last place that goes on (同票处理)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="tie_decisions")
    item = models.ForeignKey(SittingItem, models.PROTECT, related_name="tie_decisions")
    tied = ArrayField(models.BigIntegerField())
    taken = ArrayField(models.BigIntegerField())
    decision = models.TextField()
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    decided_on = models.DateField()
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["decided_at", "pk"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.decided_on}"


class Ranking(models.Model):
    """One person's votes and place for one post at one sitting, and whether he or she goes on (排名)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="rankings")
    item = models.ForeignKey(SittingItem, models.PROTECT, related_name="rankings")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    votes = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    goes_on = models.BooleanField()

    class Meta:
        ordering = ["place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "person"], name="one_place_per_person_and_post_at_a_sitting")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.person_id}"
