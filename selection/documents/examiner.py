"""The examiner (验印): reads the seal on one PDF and ends.

A program of its own that knows nothing of the site: one line with the certificates whose seals count, then the file,
come on standard input, and one word leaves on standard output.  A file may come from anybody, so what it may use of the
machine is limited before it is read, and no address is ever asked.
"""

import resource
import sys
import warnings
from enum import StrEnum
from io import BytesIO
from typing import Any, Final

FIELD: Final = "CADRE"
"""Name of the field that our seal stands in."""
MEMORY: Final = 1024**3
SECONDS: Final = 20


class Seal(StrEnum):
    """What the seal on a file says, apart from what the record says of its bytes."""

    NO_PDF = "no_pdf"
    NONE = "none"
    FOREIGN = "foreign"
    ALTERED = "altered"
    ADDED = "added"
    INTACT = "intact"
    UNCLEAR = "unclear"


def examined(content: bytes, ours: list[bytes]) -> Seal:
    """What the seal says; ``ours`` are certificates in DER.  Whatever cannot be read is unclear, never intact."""
    if not content.startswith(b"%PDF-"):
        return Seal.NO_PDF
    try:
        return _of_pdf(content, ours)
    except Exception:  # whatever a hostile file does to a reader of PDF
        return Seal.UNCLEAR


def _of_pdf(content: bytes, ours: list[bytes]) -> Seal:
    from pyhanko.pdf_utils.reader import PdfFileReader

    found = PdfFileReader(BytesIO(content), strict=False).embedded_signatures
    if not found:
        return Seal.NONE
    seals = [one for one in found if one.signer_cert is not None and one.signer_cert.dump() in ours]
    return _of_ours(found, seals) if seals else Seal.FOREIGN


def _of_ours(found: list[Any], seals: list[Any]) -> Seal:
    """The strictest reading: one signature, in our field, valid, over the whole file."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY
    from pyhanko.sign.validation import KeyUsageConstraints, validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    seal = seals[0]
    context = ValidationContext(
        trust_roots=[seal.signer_cert],
        moment=seal.self_reported_timestamp,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    status = validate_pdf_signature(
        seal, context, diff_policy=DEFAULT_DIFF_POLICY, key_usage_settings=KeyUsageConstraints(key_usage=set())
    )
    if not (status.intact and status.valid):
        return Seal.ALTERED
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE or not status.docmdp_ok or len(found) > 1:
        return Seal.ADDED
    whole = status.bottom_line and seal.field_name == FIELD
    return Seal.INTACT if whole else Seal.UNCLEAR


def limit() -> None:
    """Take away what reading a PDF never needs."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    limit()
    warnings.simplefilter("ignore")
    given = sys.stdin.buffer.readline().split()
    print(examined(sys.stdin.buffer.read(), [bytes.fromhex(one.decode()) for one in given]))  # noqa: T201 - its answer
