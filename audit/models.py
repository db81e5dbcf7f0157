"""Entries of the record and the texts kept apart from them (纪实记录与另存原文).

Only ``audit`` imports this module: ``audit.record`` writes, ``audit.reading`` reads.  The body of an entry is the
truth; every other column is a copy for searching, which verification compares with the body.
"""

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

#: Streams by kind, and by number within a kind.
STREAM_ORDER = (
    Func(F("stream"), Value(":"), Value(1), function="split_part", output_field=models.CharField()),
    Length("stream"),
    F("stream"),
)


class Entry(models.Model):
    """One act in one stream; rows are made by the database function ``audit_append`` and never change."""

    stream = models.CharField(max_length=100)
    seq = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    leaf = models.CharField(max_length=64)
    body = models.TextField()
    at = models.DateTimeField()
    action = models.CharField(max_length=100)
    actor_id = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200)
    case_name = models.CharField(max_length=100)
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=100)
    req = models.CharField(max_length=100)
    txid = models.BigIntegerField()
    batch = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("entry of the record")
        verbose_name_plural = _("entries of the record")
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="one_entry_per_number_of_a_stream"),
            models.UniqueConstraint(
                fields=["batch"],
                condition=models.Q(batch__isnull=False),
                name="one_entry_per_batch_of_imprints",
            ),
        ]
        indexes = [
            models.Index(fields=["case_name", "id"], name="entries_of_a_case"),
            models.Index(fields=["action", "id"], name="entries_of_an_action"),
            models.Index(fields=["actor_id", "id"], name="entries_of_an_actor"),
            models.Index(fields=["req"], name="entries_of_a_request"),
            models.Index(
                fields=["object_type", "-id"], condition=models.Q(action="looked_at"), name="entries_of_what_was_read"
            ),
            models.Index(
                fields=["-id"],
                condition=models.Q(stream="access") & ~models.Q(action="looked_at"),
                name="entries_of_attempts_refused",
            ),
            models.Index(*STREAM_ORDER, condition=models.Q(seq=0), name="streams_by_kind_and_number"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}"


class Opening(models.Model):
    """A text that an entry only commits to, with its salt; retention may delete it, nothing may change it.

    There is no foreign key in the database: an opening whose entry has been taken away stays behind and tells of it.
    """

    entry = models.ForeignKey(
        Entry, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="openings"
    )
    field = models.CharField(max_length=100)
    salt = models.BinaryField()
    value = models.TextField()

    class Meta:
        verbose_name = _("text kept beside the record")
        verbose_name_plural = _("texts kept beside the record")
        constraints = [
            models.UniqueConstraint(fields=["entry", "field"], name="one_opening_per_sealed_field"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.field}"


class Imprint(models.Model):
    """Hash of a row of business as an act left it, empty where the act took it away; made by the database itself.

    The entry of the act closes the ``batch`` with a hash over all of its imprints.
    """

    batch = models.BigIntegerField()
    of_table = models.CharField(max_length=63)
    of_row = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("imprint of a row")
        verbose_name_plural = _("imprints of rows")
        indexes = [
            models.Index(fields=["batch"], name="imprints_of_a_batch"),
            models.Index(fields=["of_table", "of_row", "-id"], name="imprints_of_a_row"),
        ]

    def __str__(self) -> str:
        return f"{self.of_table} {self.of_row}"


class Leaf(models.Model):
    """Where an entry stands in the tree over the whole record; made by the notary, and never changed.

    ``hash`` is of the body that the notary itself has seen.  There is no foreign key: an entry that has been taken away
    leaves its leaf behind.
    """

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("leaf of the tree over the record")
        verbose_name_plural = _("leaves of the tree over the record")

    def __str__(self) -> str:
        return str(self.index)


class Subtree(models.Model):
    """The root over 256 leaves, from ``256 × number`` on, so that a proof need not read every leaf."""

    number = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("subtree of the tree over the record")
        verbose_name_plural = _("subtrees of the tree over the record")

    def __str__(self) -> str:
        return str(self.number)


#: In the note of a checkpoint that says where the streams end.
SAYS_ENDS = "\nheads "


class Checkpoint(models.Model):
    """What the notary has signed: so many leaves have this root (封签).  ``note`` is the truth, the rest are copies."""

    number = models.BigIntegerField(primary_key=True)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        indexes = [
            models.Index(
                fields=["-number"], condition=models.Q(note__contains=SAYS_ENDS), name="checkpoints_that_say_the_ends"
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Verification(models.Model):
    """A verification of the whole record: asked for, under way since ``touched_at`` was set, finished.

    It is no part of the record, only what this site says of it.
    """

    asked_at = models.DateTimeField()
    kept = models.TextField(blank=True)
    expected = models.BigIntegerField()
    entries = models.BigIntegerField(default=0)
    touched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    verdict = models.JSONField(null=True)

    class Meta:
        verbose_name = _("verification of the record")
        verbose_name_plural = _("verifications of the record")
        indexes = [
            models.Index(fields=["-finished_at"], name="verifications_finished"),
            models.Index(fields=["asked_at"], name="verifications_asked_for"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
