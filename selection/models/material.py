"""Papers that members of the deciding body read before a meeting, and that they have received them (会议材料、签收)."""

from django.db import models

from selection.models.account import Account
from selection.models.body import Seat
from selection.models.document import Document
from selection.models.meeting import AgendaItem
from selection.models.selection import OfSelection, Selection


class Material(OfSelection, models.Model):
    """One paper of one item, sent to the members who may know of the item."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="materials")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="materials")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["item", "document"], name="one_material_per_item_and_document")]

    def __str__(self) -> str:
        return f"{self.item_id} {self.document_id}"


class Acknowledgement(models.Model):
    """A member has received the material of an item that was sent until then; what is sent later is received anew."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="acknowledgements")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="acknowledgements")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField()

    class Meta:
        ordering = ["acknowledged_at", "pk"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.seat_id}"
