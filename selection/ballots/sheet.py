"""What stands on the sheet, and what may be marked on it (选票).

The sheet travels into the box as a manifest: canonical JSON whose SHA-256 gives the eight characters that scrutineers
read aloud before the vote (箱号).  The manifest names the slips' hashes by their number and digest and the key of the
credentials by its digest, so that no slip can be added and no voter be given another key once the characters are known.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise

from selection.ballots import codes

# Shown as it is; or by language code; or a lazy translation, which is stored in every language of the box.
Text = str | Mapping[str, str] | Promise

LANGUAGES = ("zh-hans", "en")
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_STEP = 1024


class Candidate(NamedTuple):
    """One candidate of the sheet; ``facts`` is the line that tells namesakes apart."""

    key: str
    label: Text
    facts: Text = ""


class Option(NamedTuple):
    """One answer that may be given on each candidate."""

    key: str
    label: Text


@dataclass(frozen=True)
class Sheet:
    """A closed list of candidates, each to be answered with exactly one option.

    ``limited_option`` may be chosen for at most ``limit`` candidates: with two names for one seat, one agreement.
    """

    title: Text
    round_label: Text
    candidates: Sequence[tuple[str, Text, Text] | Candidate]
    options: Sequence[tuple[str, Text] | Option]
    limited_option: str
    limit: int

    def __post_init__(self) -> None:
        """Refuse a sheet on which no answer, or no agreement, could be given."""
        candidates, options = self.candidate_keys, self.option_keys
        for keys in (candidates, options):
            if len(set(keys)) != len(keys) or not all(_KEY.fullmatch(key) for key in keys):
                raise ValueError("Keys on a sheet are unique, ASCII and at most forty characters.")
        if not candidates or len(options) < 2 or self.limited_option not in options or self.limit < 1:
            raise ValueError("A sheet has a candidate, two options, and at least one seat for the limited option.")

    @property
    def candidate_keys(self) -> list[str]:
        """Keys of the candidates, in the order of the sheet."""
        return [candidate[0] for candidate in self.candidates]

    @property
    def option_keys(self) -> list[str]:
        """Keys of the options, in the order of the sheet."""
        return [option[0] for option in self.options]

    def manifest(self, round_id: UUID, code_hashes: Iterable[bytes], public_key: bytes = b"") -> dict[str, Any]:
        """Return what the box stores of a round: the sheet, the slips that were made for it, the credentials' key."""
        slips = sorted(code_hashes)
        return {
            "version": 2,
            "round": str(round_id),
            "title": _stored(self.title),
            "round_label": _stored(self.round_label),
            "candidates": [[key, *map(_stored, texts)] for key, *texts in self.candidates],
            "options": [[key, _stored(label)] for key, label in self.options],
            "limited_option": self.limited_option,
            "limit": self.limit,
            "slips": len(slips),
            "slips_sha256": hashlib.sha256(b"".join(slips)).hexdigest(),
            "key_sha256": hashlib.sha256(public_key).hexdigest() if public_key else None,
        }

    @classmethod
    def load(cls, manifest: Mapping[str, Any]) -> "Sheet":
        """Read a stored manifest back."""
        return cls(
            title=manifest["title"],
            round_label=manifest["round_label"],
            candidates=[Candidate(*candidate) for candidate in manifest["candidates"]],
            options=[Option(*option) for option in manifest["options"]],
            limited_option=manifest["limited_option"],
            limit=manifest["limit"],
        )


class Fault(StrEnum):
    """What is wrong with the marks on a sheet."""

    FOREIGN = "foreign_option"
    INCOMPLETE = "incomplete"
    TOO_MANY = "too_many"


def fault_in(sheet: Sheet, choices: Mapping[str, str]) -> tuple[Fault, tuple[str, ...]] | None:
    """Return what is wrong and with which candidates, or None: one known option for each, and the limit kept."""
    known, options = sheet.candidate_keys, sheet.option_keys
    foreign = tuple(key for key, value in choices.items() if key not in known or value not in options)
    if foreign:
        return Fault.FOREIGN, tuple(key for key in foreign if key in known)
    missing = tuple(key for key in known if key not in choices)
    if missing:
        return Fault.INCOMPLETE, missing
    limited = tuple(key for key in known if choices[key] == sheet.limited_option)
    if len(limited) > sheet.limit:
        return Fault.TOO_MANY, limited
    return None


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one spelling of a value as JSON: sorted keys, no spaces, NFC."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def check_code(manifest: Mapping[str, Any]) -> str:
    """Return the eight characters by which everyone in the room can see that they use the same sheet (箱号)."""
    eight = codes.spelled(hashlib.sha256(canonical(manifest)).digest(), 8)
    return f"{eight[:4]}-{eight[4:]}"


def packed(round_id: UUID, choices: Mapping[str, str]) -> bytes:
    """Return the payload of a ballot: canonical JSON, padded to a full KiB so that answers do not differ in length."""
    body = canonical({"version": 1, "round": str(round_id), "choices": dict(choices)})
    return body.ljust(-(-len(body) // _STEP) * _STEP)


def unpacked(payload: bytes, round_id: UUID) -> dict[str, str] | None:
    """Return the choices in a payload of this round, or None where it is not one that the box wrote."""
    try:
        choices = json.loads(payload)["choices"]
        whole = packed(round_id, choices) == payload
    except (ValueError, TypeError, KeyError):
        return None
    return choices if whole and all(isinstance(value, str) for value in choices.values()) else None


def said(text: str | Mapping[str, str], language: str) -> str:
    """Return a stored text in a language; a text that has only one is returned as it is."""
    return text if isinstance(text, str) else text.get(language, next(iter(text.values())))


def _stored(text: Text) -> str | dict[str, str]:
    if isinstance(text, Promise):
        texts = {}
        for language in LANGUAGES:
            with translation.override(language):
                texts[language] = str(text)
        return texts
    return text if isinstance(text, str) else dict(text)
