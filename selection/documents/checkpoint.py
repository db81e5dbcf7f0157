"""What a paper carries of the record (文书所载封签): the last checkpoint when it was made, for whoever keeps the paper.

Each paper that leaves the house takes a checkpoint along, and nobody can call them all back: a record that was altered
afterwards no longer fits them.  The blank ballot carries none.  It is printed more than once, and two sheets of one
ballot with different checkpoints would tell one batch of voters from another.  The public notice carries it in words
alone: its one code leads to its page, and nobody who wants to object should scan the wrong one.  So do what else is put
up in public, and forms and letters whose layout is given and which others fill in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno

from audit import tree
from selection.documents.contexts import moment
from selection.enums import Paper
from selection.models import Document

if TYPE_CHECKING:
    from audit.models import Checkpoint

BARE = {Paper.BALLOT_PAPER}
"""Papers that carry nothing of the moment at which they were made, no checkpoint and no seal."""
_WITHOUT_CODE = {
    *(Paper.NOTICE, Paper.PRENOTICE, Paper.INSPECTED),
    *(Paper.NOMINATION_FORM, Paper.INQUIRY, Paper.APPROVAL_FORM, Paper.PROBATION_FORM),
    *(Paper.PLEDGE, Paper.INTEGRITY_REPORT),
}
_MODULE = 0.5  # mm: a copying machine and the camera of a telephone still tell them apart


@dataclass(frozen=True)
class Carried:
    """A checkpoint as it is printed; ``number`` is None where the record had none yet.

    ``root`` are all 256 bits, in groups of eight hexadecimal digits.  ``code`` is the whole signed note as a QR code,
    an image of its natural size with its quiet zone;
    empty on a paper that carries it in words alone.
    """

    number: int | None = None
    size: int = 0
    signed_at: str = ""
    root: str = ""
    code: str = ""


def last_for(document: Document) -> Carried | None:
    """The last checkpoint there is, to be carried by a paper that is made now; None for a paper that carries none."""
    return _printed(document, tree.latest())


def of(document: Document) -> Carried | None:
    """What a kept paper carries, for making the same bytes again; None for a paper that carries none."""
    if document.checkpoint is None:
        return _printed(document, None)
    return _printed(document, tree.checkpoints().get(number=document.checkpoint))


def _printed(document: Document, found: Checkpoint | None) -> Carried | None:
    if document.kind in BARE:
        return None
    if found is None:
        return Carried()
    code = segno.make(found.note, error="m", boost_error=False, micro=False)
    return Carried(
        number=found.number,
        size=found.size,
        signed_at=moment(found.at),
        root=" ".join(found.root[place : place + 8] for place in range(0, len(found.root), 8)),
        code="" if document.kind in _WITHOUT_CODE else code.svg_data_uri(scale=_MODULE, unit="mm", border=4),
    )
