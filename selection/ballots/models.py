"""What lies in the box (票箱内容).

Six tables without any relation, serial number, time, address or name; ``checks.py`` refuses a start when a model
here gains one.  A row of ``Ballot`` says what was cast, never by whom.  What a slip's hash and the ballot cast with it
have in common is the code, which nobody stores; a ballot cast with a credential shows a signature that whoever gave it
never saw (``blind``).
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    Bytea = models.BinaryField[bytes, bytes]
else:
    Bytea = models.BinaryField


class Bytes(Bytea):
    """A bytea column that reads back as ``bytes`` whatever the driver returns."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        """Turn the driver's memoryview into bytes, so that rows can be compared and sorted."""
        return None if value is None else bytes(value)


class State(models.TextChoices):
    """Where a round of the box stands."""

    PREPARED = "prepared", _("Prepared")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    TALLIED = "tallied", _("Counted")
    VOID = "void", _("Void")


class Kept(models.Model):
    """A row of the box; in a log it says only its kind, for a key there would be a trace."""

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return self._meta.object_name or ""


class BoxState(Kept):
    """One round: what its sheet looks like and whether the box is open.

    ``public_key`` checks the credentials of the round (SubjectPublicKeyInfo in DER); it is empty where there are none.
    ``root`` is over all ballots, once they are counted: the process that members reach can show it without reading one.
    ``destroyed`` says that the ballots were, and the slips' hashes with them; what was counted of them stays.
    """

    round = models.UUIDField(primary_key=True)
    state = models.CharField(max_length=8, choices=State.choices)
    manifest = models.JSONField()
    public_key = Bytes(default=b"")
    root = Bytes(default=b"")
    destroyed = models.BooleanField(default=False)

    class Meta(Kept.Meta):
        constraints = (
            models.CheckConstraint(name="the_state_is_a_known_one", condition=models.Q(state__in=State.values)),
            models.CheckConstraint(
                name="ballots_are_destroyed_of_a_round_that_is_over",
                condition=models.Q(destroyed=False) | models.Q(state__in=[State.TALLIED, State.VOID]),
            ),
        )


class SlipCode(Kept):
    """A drawn slip's code, hashed.  Whether it was used is not stored: that would be a row written with the ballot."""

    code_sha256 = Bytes(primary_key=True)
    round = models.UUIDField(db_index=True)


class Ballot(Kept):
    """One ballot as it was cast, by slip or by credential.

    Of a slip ``retry_sha256`` recognises the same page sent twice, see ``box.cast``.  Of a credential its message, the
    signature on it and the voter's own signature on the ballot are kept, so that anybody can check them again.
    """

    nullifier = Bytes(primary_key=True)
    round = models.UUIDField(db_index=True)
    payload = Bytes()
    retry_sha256 = Bytes(default=b"")
    message = Bytes(default=b"")
    signature = Bytes(default=b"")
    payload_signature = Bytes(default=b"")

    class Meta(Kept.Meta):
        constraints = (
            models.CheckConstraint(
                name="a_ballot_came_by_slip_or_by_credential",
                condition=(~models.Q(retry_sha256=b"") & models.Q(message=b"", signature=b"", payload_signature=b""))
                | (
                    models.Q(retry_sha256=b"")
                    & ~models.Q(message=b"")
                    & ~models.Q(signature=b"")
                    & ~models.Q(payload_signature=b"")
                ),
            ),
        )


class Line(Kept):
    """One opinion on one candidate, cut off the ballot it stood on; the key is random, so lines cannot be rejoined."""

    line_id = Bytes(primary_key=True)
    round = models.UUIDField(db_index=True)
    item = models.CharField(max_length=40)
    value = models.CharField(max_length=40)


class Refusal(Kept):
    """How many ballots of one kind the box has refused for a round: forged, altered, or brought to another round."""

    key = models.CharField(primary_key=True, max_length=60)
    number = models.PositiveIntegerField()


class PaperCount(Kept):
    """The paper sheets of a round as one of two tellers entered them, sorted, so that their order tells nothing.

    A sheet is its choices, candidate → option, or null for one that is void as it stands.
    """

    key = models.CharField(primary_key=True, max_length=60)
    sheets = models.JSONField()
