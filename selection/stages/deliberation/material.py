"""Material of a meeting sent to the members in advance (会议材料发送、签收).

Staff send the papers of an item; each member reads them under the own account and acknowledges them.  Nobody who is
recused from the item, or a candidate in it, is sent anything or can acknowledge anything.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, DocumentState, Stage
from selection.models import Account, Acknowledgement, AgendaItem, Document, Material, Seat, Selection
from selection.models.case import Case
from selection.standing import at_stage, given, on_the_agenda, running


def before_sending(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    documents: list[Document] | None = None,
    upload: Upload | None = None,
    title: str = "",
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield on_the_agenda(case)
    if documents is None:
        return
    yield Requirement(
        _("There is a paper to send: one on file, or a file with its title"),
        met=bool(documents) or (upload is not None and given(title)),
        field="documents",
    )
    yield Requirement(_("An uploaded file has a title"), met=upload is None or given(title), field="title")
    mine = {row.pk for row in case.documents if row.state == DocumentState.KEPT}
    sent = {row.document_id for row in case.materials if case.item and row.item_id == case.item.pk}
    yield Requirement(
        _("Only finished papers of this selection are sent, each once"),
        met=all(row.pk in mine and row.pk not in sent for row in documents),
        field="documents",
    )


@act(Act.SEND_MATERIAL, subject="selection", requires=before_sending)
def send_material(
    selection: Selection,
    *,
    documents: list[Document],
    upload: Upload | None = None,
    title: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Send papers of the item to the members of the body; a file that is uploaded here is filed as evidence first."""
    item = AgendaItem.of(selection)
    papers = list(documents)
    if upload is not None:
        papers.append(requests.file(selection, upload, title, actor=actor, at=at))
    made = [
        Material.objects.create(selection=selection, item=item, document=paper, sent_by=actor, sent_at=at)
        for paper in papers
    ]
    return Facts({"papers": len(made)}, made)


def seat_of(case: Case, account: Account) -> Seat | None:
    """The seat by which an account is a member at the meeting of the current item, and may know of the item."""
    if case.item is None or account.person_id is None or case.is_apart(account):
        return None
    seats = case.seats_on(case.item.meeting.held_on)
    return next((seat for seat in seats if seat.person_id == account.person_id), None)


def before_acknowledging(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield on_the_agenda(case)
    item, seat = case.item, seat_of(case, actor)
    yield Requirement(_("The member has a seat in the body that meets"), met=seat is not None)
    sent = [row.sent_at for row in case.materials if item and row.item_id == item.pk]
    yield Requirement(_("Material has been sent"), met=bool(sent), observed=len(sent), required=1)
    mine = [row.acknowledged_at for row in case.acknowledgements if item and seat and row.seat_id == seat.pk]
    yield Requirement(
        _("What was sent has not been acknowledged yet"),
        met=not sent or not mine or max(mine) < max(sent),
    )


@act(Act.ACKNOWLEDGE_MATERIAL, subject="selection", requires=before_acknowledging)
def acknowledge_material(selection: Selection, *, actor: Account, at: datetime) -> Facts:
    """A member says that the material of the item has been received."""
    case = selection.case()
    seat = seat_of(case, actor)
    assert seat is not None
    Acknowledgement.objects.create(selection=selection, item=case.item, seat=seat, acknowledged_at=at)
    return Facts({"member": seat})
