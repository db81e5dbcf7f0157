"""The audit package (票决审计包): all that it takes to recount one round without the site.

One JSON text, canonical like the manifest: sorted keys, no spaces, NFC.  ``verify_ballots.py`` reads it with nothing
but Python's standard library; ``docs/verifying.md`` describes both.  Ballots stand in the order of their nullifiers and
paper sheets in that of their content, so the package tells nothing of when anything came in.

The package holds whole sheets, so whoever has it knows more than what was announced, though no names.

Pure functions without database.
"""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from selection.ballots.sheet import Sheet, canonical, check_code
from selection.ballots.tally import valid_choices, valid_on_paper

FORMAT = "cadre-ballots-v1"


@dataclass(frozen=True)
class Online:
    """A ballot cast with a credential that was signed blind."""

    nullifier: bytes
    message: bytes
    signature: bytes
    payload: bytes
    payload_signature: bytes

    def packed(self) -> dict[str, str]:
        """Return the ballot as it stands in the package."""
        return {
            "nullifier": self.nullifier.hex(),
            "channel": "online",
            "message": _text(self.message),
            "signature": _text(self.signature),
            "payload": _text(self.payload),
            "payload_signature": _text(self.payload_signature),
        }


@dataclass(frozen=True)
class OnSlip:
    """A ballot cast with the code on a drawn slip."""

    nullifier: bytes
    payload: bytes

    def packed(self) -> dict[str, str]:
        """Return the ballot as it stands in the package."""
        return {"nullifier": self.nullifier.hex(), "channel": "slip", "payload": _text(self.payload)}


@dataclass(frozen=True)
class Issued:
    """How many members got a ballot by each channel (发出)."""

    online: int = 0
    slip: int = 0
    paper: int = 0


def build(
    manifest: Mapping[str, Any],
    *,
    public_key: bytes | None,
    slips: Iterable[bytes],
    issued: Issued,
    due: int,
    present: int,
    ballots: Iterable[Online | OnSlip],
    paper: Iterable[Mapping[str, str] | None] = (),
) -> dict[str, Any]:
    """Return the package of a closed round.

    ``public_key`` is the key of the round in DER, ``slips`` are the hashes of the codes in the box, ``due`` and
    ``present`` are 应到 and 实到.  A sheet in ``paper`` is what both tellers entered, or None for a void one.  What is
    wrong with a ballot is not looked for here: a package of a round that went wrong is evidence too.
    """
    sheet, round_id = Sheet.load(manifest), UUID(manifest["round"])
    cast = sorted(ballots, key=lambda ballot: ballot.nullifier)
    on_paper = _packed_paper(paper)
    choices = [
        *(valid_choices(sheet, round_id, ballot.payload) for ballot in cast),
        *(valid_on_paper(sheet, one["choices"]) for one in on_paper),
    ]
    valid = [one for one in choices if one is not None]
    counted = Counter(pair for one in valid for pair in one.items())
    packed = [ballot.packed() for ballot in cast]
    return {
        "format": FORMAT,
        "manifest": dict(manifest),
        "check_code": check_code(manifest),
        "public_key": None if public_key is None else _text(public_key),
        "slips": [hashed.hex() for hashed in sorted(slips)],
        "issued": asdict(issued),
        "due": due,
        "present": present,
        "ballots": packed,
        "paper": on_paper,
        "returned": len(choices),
        "valid": len(valid),
        "counts": {key: {option: counted[key, option] for option in sheet.option_keys} for key in sheet.candidate_keys},
        "root": root(packed, on_paper).hex(),
    }


def write(package: Mapping[str, Any]) -> bytes:
    """Return the bytes of a package: the same for equal packages."""
    return canonical(package)


def root_of(ballots: Iterable[Online | OnSlip], paper: Iterable[Mapping[str, str] | None] = ()) -> bytes:
    """Return the root of a round as its package will have it, without the package."""
    cast = sorted(ballots, key=lambda ballot: ballot.nullifier)
    return root([ballot.packed() for ballot in cast], _packed_paper(paper))


def root(ballots: Sequence[Mapping[str, Any]], paper: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the root over what was returned (汇总校验值): the Merkle tree of RFC 9162, section 2.1.1, with SHA-256.

    Its leaves are the ballots and then the paper sheets, each as canonical JSON, in the order of the package.
    """
    return _tree([canonical(one) for one in (*ballots, *paper)])


def _tree(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1  # the largest power of two below the number of leaves
    return hashlib.sha256(b"\x01" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()


def _packed_paper(paper: Iterable[Mapping[str, str] | None]) -> list[dict[str, Any]]:
    return sorted(({"choices": None if one is None else dict(one)} for one in paper), key=canonical)


def _text(value: bytes) -> str:
    return b64encode(value).decode("ascii")
