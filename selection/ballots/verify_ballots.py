"""Recount of one round of voting from its audit package, without the site (票决离线复核).

Standard library only.  Scrutineers and auditors keep a copy of this file and run it on any machine::

    python3 -I -S verify_ballots.py package.json --root HEX --check-code XXXX-XXXX --due 11 --present 11 --issued 11

The options are what the minutes and the wall said; ``--tracker XXXXX-XXXXX`` asks whether a voter's ballot is in.  Exit
code 0: clean; 1: something was found, which is named; 2: the file could not be opened or is no audit package.

Every figure that can be computed is computed anew from the ballots; what the package says of itself is only compared.
For each ballot cast online: its credential is signed by the key of the round (RSASSA-PSS, SHA-384, salt of 48 bytes,
3072 bits) and is one for this round, its nullifier is computed from the credential, and the sheet is signed by the key
inside the credential (Ed25519).  The marks of each ballot keep the rule, and none is in twice.  By each channel no more
were returned than issued.  The root is the Merkle root of RFC 9162 over ballots and paper sheets.

A ballot is accepted here exactly if the box accepts it: Ed25519 without cofactor, and for weak keys too, which a voter
can only choose for his own ballot and which must not look like a fault of the site.

What a package alone cannot show: that ballots were left out, or ballots on slips and paper altered, with all figures
made to fit.  The root in the minutes shows it, and for a single ballot its tracking code.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import unicodedata
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256, sha384, sha512
from itertools import pairwise, repeat
from typing import Any, Final, NamedTuple
from uuid import UUID

FORMAT: Final = "cadre-ballots-v1"
KEYS: Final = (
    "format", "manifest", "check_code", "public_key", "slips", "issued", "due", "present",
    "ballots", "paper", "returned", "valid", "counts", "root",
)  # fmt: skip
MANIFEST_KEYS: Final = (
    "version", "round", "title", "round_label", "candidates", "options", "limited_option", "limit", "slips",
    "slips_sha256",
)  # fmt: skip
ONLINE_KEYS: Final = ("nullifier", "channel", "message", "signature", "payload", "payload_signature")
SLIP_KEYS: Final = ("nullifier", "channel", "payload")
CHANNELS: Final[Mapping[str, str]] = {"online": "联网票", "slip": "票码票", "paper": "纸质票"}
FINDINGS_KEPT: Final = 1000
LARGEST_FILE: Final = 2**28
LONGEST_NUMBER: Final = 15
STEP: Final = 1024
MANY: Final = 200
"""From so many ballots cast online several processes are worth their start."""


class Unreadable(ValueError):
    """The file is no audit package: why, in Chinese and in English."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese, self.english = chinese, english


# --- reading --------------------------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """The one spelling of a value: sorted keys, no spaces, NFC."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text).encode()


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise Unreadable("数字过大", "a number is too large")
    return int(digits)


def _no_fraction(text: str) -> object:
    raise Unreadable(f"不是整数：{text[:40]}", f"not a whole number: {text[:40]}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("同一键名出现两次", "a key occurs twice in one object")
    return found


def parsed(raw: bytes) -> Any:
    """The JSON value in a file, strictly: each key once, whole numbers only, NFC."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"第 {error.start} 字节起不是 UTF-8", f"not UTF-8 from byte {error.start} on") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_float=_no_fraction, parse_constant=_no_fraction
        )
        spelled = json.dumps(value, ensure_ascii=False)
        spelled.encode()
    except json.JSONDecodeError as error:
        raise Unreadable(
            f"不是完整的 JSON，第 {error.pos} 个字符处出错", f"not complete JSON: {error.msg} at character {error.pos}"
        ) from None
    except UnicodeEncodeError:
        raise Unreadable("含有半个代理对字符", "contains half of a surrogate pair") from None
    except RecursionError:
        raise Unreadable("嵌套过深", "nested too deeply") from None
    if not unicodedata.is_normalized("NFC", spelled):
        raise Unreadable("文字不是 NFC 规范形式", "text is not in NFC")
    return value


def _require(met: object, where: str, chinese: str, english: str) -> None:
    if not met:
        raise Unreadable(f"{where} 应为{chinese}", f"{where} is not {english}")


def _object(value: Any, where: str, keys: Iterable[str], *, more: bool = False) -> dict[str, Any]:
    _require(type(value) is dict, where, "对象", "an object")
    wanted = set(keys)
    for key in sorted(wanted - value.keys()):
        raise Unreadable(f"{where} 缺少 {key}", f"{where} lacks {key}")
    for key in sorted(value.keys() - wanted) if not more else ():
        raise Unreadable(f"{where} 有多余的 {key[:40]!a}", f"{where} has the unknown key {key[:40]!a}")
    return dict(value)


def _list(value: Any, where: str) -> list[Any]:
    _require(type(value) is list, where, "列表", "a list")
    return list(value)


def _string(value: Any, where: str) -> str:
    _require(type(value) is str, where, "文字", "text")
    return str(value)


def _number(value: Any, where: str) -> int:
    _require(type(value) is int and value >= 0, where, "非负整数", "a whole number from 0 on")
    return int(value)


def _hex(value: Any, where: str) -> bytes:
    text = _string(value, where)
    met = len(text) == 64 and not set(text) - set("0123456789abcdef")
    _require(met, where, "64 位小写十六进制数", "64 hexadecimal digits in small letters")
    return bytes.fromhex(text)


def _base64(value: Any, where: str) -> bytes:
    text = _string(value, where)
    try:
        decoded = b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    _require(b64encode(decoded).decode("ascii") == text, where, "base64 编码", "base64 in its one spelling")
    return decoded


def _said(value: Any, where: str) -> tuple[str, ...]:
    """A text in one language or in several, in the order of reading."""
    if type(value) is dict and value:
        ordered = sorted(value, key=lambda language: not language.startswith("zh"))
        return tuple(_string(value[language], f"{where}.{language[:10]!a}") for language in ordered)
    return (_string(value, where),)


class Ballot(NamedTuple):
    """One ballot as it stands in the package; on a slip the last three are empty."""

    nullifier: bytes
    payload: bytes
    online: bool
    message: bytes = b""
    signature: bytes = b""
    payload_signature: bytes = b""


@dataclass(frozen=True)
class Sheet:
    """What the manifest says of the round."""

    round_id: UUID
    title: tuple[str, ...]
    candidates: Mapping[str, tuple[str, ...]]
    options: Mapping[str, tuple[str, ...]]
    limited_option: str
    limit: int
    slips: int
    slips_sha256: bytes
    key_sha256: bytes | None


@dataclass(frozen=True)
class Package:
    """A package, its shape checked and nothing else."""

    sha256: str
    manifest: Mapping[str, Any]
    sheet: Sheet
    check_code: str
    public_key: bytes | None
    slips: Sequence[bytes]
    issued: Mapping[str, int]
    due: int
    present: int
    ballots: Sequence[Ballot]
    paper: Sequence[Mapping[str, str] | None]
    leaves: Sequence[bytes]
    returned: int
    valid: int
    counts: Mapping[str, Mapping[str, int]]
    root: bytes


def _sheet(manifest: Any) -> Sheet:
    found = _object(manifest, "manifest", MANIFEST_KEYS, more=True)
    version = found["version"]
    _require(type(version) is int and version in (1, 2), "manifest.version", " 1 或 2", "1 or 2")
    key = None
    if version == 2:
        _object(found, "manifest", ("key_sha256",), more=True)
        key = None if found["key_sha256"] is None else _hex(found["key_sha256"], "manifest.key_sha256")
    text = _string(found["round"], "manifest.round")
    try:
        round_id = UUID(text)
    except ValueError:
        round_id = UUID(int=0)
    _require(str(round_id) == text, "manifest.round", "小写带连字符的 UUID", "a UUID in its one spelling")
    named: dict[str, dict[str, tuple[str, ...]]] = {}
    for part, sizes in (("candidates", (2, 3)), ("options", (2,))):
        named[part] = {}
        for number, row in enumerate(_list(found[part], f"manifest.{part}")):
            where = f"manifest.{part}[{number}]"
            _require(type(row) is list and len(row) in sizes, where, "代码与名称", "a key with its label")
            name = _string(row[0], where)
            _require(
                name and name.isascii() and name not in named[part], where, "不重复的 ASCII 代码", "a key of its own"
            )
            named[part][name] = tuple(text for column in row[1:] for text in _said(column, where) if text)
        _require(named[part], f"manifest.{part}", "非空列表", "a list with something in it")
    limited = _string(found["limited_option"], "manifest.limited_option")
    _require(limited in named["options"], "manifest.limited_option", "选项之一", "one of the options")
    return Sheet(
        round_id=round_id,
        title=_said(found["title"], "manifest.title"),
        candidates=named["candidates"],
        options=named["options"],
        limited_option=limited,
        limit=_number(found["limit"], "manifest.limit"),
        slips=_number(found["slips"], "manifest.slips"),
        slips_sha256=_hex(found["slips_sha256"], "manifest.slips_sha256"),
        key_sha256=key,
    )


def _ballot(value: Any, where: str) -> Ballot:
    channel = _object(value, where, ("channel",), more=True)["channel"]
    _require(channel in ("online", "slip"), f"{where}.channel", " online 或 slip", "online or slip")
    found = _object(value, where, ONLINE_KEYS if channel == "online" else SLIP_KEYS)
    nullifier = _hex(found["nullifier"], f"{where}.nullifier")
    rest = {key: _base64(found[key], f"{where}.{key}") for key in found if key not in ("nullifier", "channel")}
    return Ballot(nullifier=nullifier, online=channel == "online", **rest)


def _paper(value: Any, where: str) -> dict[str, str] | None:
    choices = _object(value, where, ("choices",))["choices"]
    if choices is None:
        return None
    found = _object(choices, f"{where}.choices", (), more=True)
    return {key: _string(option, f"{where}.choices") for key, option in found.items()}


def read(raw: bytes) -> Package:
    """Read a package; raises Unreadable where it is none.  Whether what it says is true is not looked at here."""
    whole = parsed(raw)
    _require(type(whole) is dict and whole.get("format") == FORMAT, "format", f" {FORMAT}", FORMAT)
    found = _object(whole, "package", KEYS)
    issued = _object(found["issued"], "issued", CHANNELS)
    ballots, paper = _list(found["ballots"], "ballots"), _list(found["paper"], "paper")
    counts = _object(found["counts"], "counts", (), more=True)
    return Package(
        sha256=sha256(raw).hexdigest(),
        manifest=found["manifest"],
        sheet=_sheet(found["manifest"]),
        check_code=_string(found["check_code"], "check_code"),
        public_key=None if found["public_key"] is None else _base64(found["public_key"], "public_key"),
        slips=[_hex(one, f"slips[{number}]") for number, one in enumerate(_list(found["slips"], "slips"))],
        issued={channel: _number(issued[channel], f"issued.{channel}") for channel in CHANNELS},
        due=_number(found["due"], "due"),
        present=_number(found["present"], "present"),
        ballots=[_ballot(one, f"ballots[{number}]") for number, one in enumerate(ballots)],
        paper=[_paper(one, f"paper[{number}]") for number, one in enumerate(paper)],
        leaves=[canonical(one) for one in (*ballots, *paper)],
        returned=_number(found["returned"], "returned"),
        valid=_number(found["valid"], "valid"),
        counts={
            candidate: {
                option: _number(number, "counts") for option, number in _object(row, "counts", (), more=True).items()
            }
            for candidate, row in counts.items()
        },
        root=_hex(found["root"], "root"),
    )


# --- codes that people read -----------------------------------------------------------------------------------------

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def _spelled(digest: bytes, characters: int) -> str:
    bits = int.from_bytes(digest, "big") >> len(digest) * 8 - 5 * characters
    letters = "".join(ALPHABET[bits >> 5 * at & 31] for at in reversed(range(characters)))
    return f"{letters[: characters // 2]}-{letters[characters // 2 :]}"


def check_code(manifest: Mapping[str, Any]) -> str:
    """The eight characters that were on every screen (箱号)."""
    return _spelled(sha256(canonical(manifest)).digest(), 8)


def tracker_of(nullifier: bytes) -> str:
    """The ten characters that a voter took away (查票码)."""
    return _spelled(sha256(b"cadre-v1-track" + nullifier).digest(), 10)


# --- signature of the round's key: RSASSA-PSS of RFC 8017 with SHA-384 ----------------------------------------------

RSA_BYTES: Final = 384
EXPONENT: Final = 65537
HASH_BYTES: Final = 48
SALT_BYTES: Final = 48
# SubjectPublicKeyInfo in DER of an RSA key of 3072 bits with this exponent: all but the modulus is fixed.
_BEFORE_MODULUS: Final = bytes.fromhex("308201a2300d06092a864886f70d01010105000382018f003082018a0282018100")
_AFTER_MODULUS: Final = bytes.fromhex("0203010001")


def modulus_in(der: bytes) -> int | None:
    """The modulus of a public key in DER, or None where it is not an RSA key of 3072 bits in its one spelling."""
    modulus = der[len(_BEFORE_MODULUS) : -len(_AFTER_MODULUS)]
    if der != _BEFORE_MODULUS + modulus + _AFTER_MODULUS or len(modulus) != RSA_BYTES or not modulus[0] & 0x80:
        return None
    return int.from_bytes(modulus, "big")


def _mask(seed: bytes, length: int) -> bytes:
    blocks = (sha384(seed + number.to_bytes(4, "big")).digest() for number in range(-(-length // HASH_BYTES)))
    return b"".join(blocks)[:length]


def is_credential(modulus: int, message: bytes, signature: bytes) -> bool:
    """Whether the key of the round has signed the credential."""
    number = int.from_bytes(signature, "big")
    if len(signature) != RSA_BYTES or number >= modulus:
        return False
    encoded = pow(number, EXPONENT, modulus).to_bytes(RSA_BYTES, "big")
    block, hashed, trailer = encoded[: -HASH_BYTES - 1], encoded[-HASH_BYTES - 1 : -1], encoded[-1]
    mask = int.from_bytes(_mask(hashed, len(block)), "big")
    first_bit = 1 << 8 * len(block) - 1  # the modulus has 3072 bits, the encoded message one less
    masked = int.from_bytes(block, "big")
    opened = ((masked ^ mask) & ~first_bit).to_bytes(len(block), "big")
    padding, salt = opened[:-SALT_BYTES], opened[-SALT_BYTES:]
    return (
        trailer == 0xBC
        and not masked & first_bit
        and padding == bytes(len(padding) - 1) + b"\x01"
        and hashed == sha384(bytes(8) + sha384(message).digest() + salt).digest()
    )


# --- signature of the voter's key: Ed25519 of RFC 8032 --------------------------------------------------------------

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, P) % P
_2D: Final = 2 * _D % P
_ROOT_OF_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
"""X, Y, Z and T with x = X/Z, y = Y/Z, xy = T/Z."""


def _point(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for; like OpenSSL, not asking whether y is below the prime."""
    bits = int.from_bytes(encoded, "little")
    y, sign = (bits & (1 << 255) - 1) % P, bits >> 255
    u, v = (y * y - 1) % P, (_D * y * y + 1) % P
    v3 = v * v * v % P
    x = u * v3 * pow(u * v3 * v3 * v, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * _ROOT_OF_MINUS_ONE % P
        if v * x * x % P != u:
            return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


def _doubled(point: Point, times: int = 1) -> Point:
    x, y, z, t = point
    for _ in range(times):
        a, b, e = x * x, y * y, 2 * x * y % P
        g, h = (b - a) % P, (-a - b) % P
        f = (g - 2 * z * z) % P
        x, y, z, t = e * f % P, g * h % P, f * g % P, e * h
    return x, y, z, t % P


def _ready(point: Point) -> Point:
    """A point in the form in which it is added most cheaply."""
    x, y, z, t = point
    return (y - x) % P, (y + x) % P, 2 * z % P, _2D * t % P


def _added(point: Point, ready: Point) -> Point:
    x, y, z, t = point
    minus, plus, z2, t2d = ready
    a, b, c, d = (y - x) * minus, (y + x) * plus, t * t2d, z * z2
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def _odd_multiples(point: Point, number: int) -> list[tuple[Point, Point]]:
    """1, 3, 5 … times a point, each with its opposite."""
    twice, found = _ready(_doubled(point)), []
    for _ in range(number):
        minus, plus, z2, t2d = _ready(point)
        found.append(((minus, plus, z2, t2d), (plus, minus, z2, -t2d % P)))
        point = _added(point, twice)
    return found


@cache
def _odd_multiples_of_base() -> list[tuple[Point, Point]]:
    base = _point(bytes.fromhex("58" + "66" * 31))
    assert base is not None
    return _odd_multiples(base, 64)


def _signed_digits(number: int, width: int) -> list[tuple[int, int]]:
    """The number as a sum of odd digits times powers of two, from the lowest: (exponent, digit)."""
    found, exponent, span = [], 0, 1 << width
    while number:
        zeros = (number & -number).bit_length() - 1
        number >>= zeros
        exponent += zeros
        digit = number & span - 1
        if digit >= span >> 1:
            digit -= span
        found.append((exponent, digit))
        number -= digit
    return found


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the Ed25519 key has signed the message: R = sB - kA, compared as bytes."""
    scalar = int.from_bytes(signature[32:], "little")
    point = _point(key) if len(key) == 32 and len(signature) == 64 and scalar < ORDER else None
    if point is None:
        return False
    k = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % ORDER
    x, y, _z, _t = point
    opposite = (-x % P, y, 1, -x * y % P)
    steps: list[tuple[int, Point]] = []
    for digits, multiples in (
        (_signed_digits(k, 5), _odd_multiples(opposite, 8)),
        (_signed_digits(scalar, 8), _odd_multiples_of_base()),
    ):
        steps += [(exponent, multiples[abs(digit) >> 1][digit < 0]) for exponent, digit in digits]
    steps.sort(key=lambda step: step[0])
    sum_: Point = (0, 1, 1, 0)
    at = steps[-1][0] if steps else 0
    for exponent, ready in reversed(steps):
        sum_, at = _added(_doubled(sum_, at - exponent), ready), exponent
    x, y, z, _t = _doubled(sum_, at)
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- one ballot -----------------------------------------------------------------------------------------------------

_TAG: Final = b"cadre-v1"
MESSAGE_BYTES: Final = 104


def _fault_of_credential(ballot: Ballot, sheet: Sheet, modulus: int | None) -> str:
    """The first thing that is wrong with a ballot cast online, its marks apart.

    The message is: 32 random bytes, the tag, the round, sixteen bytes of zero, the voter's key.
    """
    message = ballot.message
    if len(message) != MESSAGE_BYTES or message[32:40] != _TAG or any(message[56:72]):
        return "credential_unreadable"
    if message[40:56] != sheet.round_id.bytes:
        return "other_round"
    if sha256(b"cadre-v1-null" + message).digest() != ballot.nullifier:
        return "other_nullifier"
    if modulus is not None and not is_credential(modulus, message, ballot.signature):
        return "credential_forged"
    if not is_signed(message[72:], b"cadre-v1-ballot" + sha256(ballot.payload).digest(), ballot.payload_signature):
        return "payload_edited"
    return ""


def _opened(payload: bytes) -> tuple[str, dict[str, str]] | None:
    """The round and the choices in a payload, or None where it is not in the one spelling."""
    try:
        found = json.loads(payload)
        round_, choices = found["round"], found["choices"]
        body = canonical({"version": 1, "round": round_, "choices": choices})
        texts = [round_, *choices, *choices.values()]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    whole = body.ljust(-(-len(body) // STEP) * STEP) == payload
    return (round_, choices) if whole and all(type(text) is str for text in texts) else None


def _fault_of_marks(sheet: Sheet, choices: Mapping[str, str]) -> str:
    """Which rule the marks break: one known option for each candidate, the limited one for no more than the seats."""
    if any(key not in sheet.candidates or option not in sheet.options for key, option in choices.items()):
        return "foreign_option"
    if len(choices) < len(sheet.candidates):
        return "incomplete"
    if sum(option == sheet.limited_option for option in choices.values()) > sheet.limit:
        return "too_many"
    return ""


class Judged(NamedTuple):
    """A ballot's first fault, or nothing; its choices where they are valid."""

    fault: str
    choices: Mapping[str, str] | None


def judge(ballot: Ballot, sheet: Sheet, modulus: int | None) -> Judged:
    """Judge one ballot.  Its marks are read even where its credential is at fault, so that figures can be compared."""
    fault = _fault_of_credential(ballot, sheet, modulus) if ballot.online else ""
    opened = _opened(ballot.payload)
    if opened is None:
        return Judged(fault or "payload_unreadable", None)
    round_, choices = opened
    if round_ != str(sheet.round_id):
        return Judged(fault or "payload_other_round", None)
    broken = _fault_of_marks(sheet, choices)
    return Judged(fault or broken, None if broken else choices)


def _judge_some(ballots: Sequence[Ballot], sheet: Sheet, modulus: int | None) -> list[Judged]:
    return [judge(ballot, sheet, modulus) for ballot in ballots]


def _judged(ballots: Sequence[Ballot], sheet: Sheet, modulus: int | None, processes: int | None) -> list[Judged]:
    if processes is None:
        processes = (os.cpu_count() or 1) if sum(ballot.online for ballot in ballots) >= MANY else 1
    if processes > 1:
        # Here, since a small package has no use for it.
        from concurrent.futures import ProcessPoolExecutor

        size = max(1, -(-len(ballots) // (4 * processes)))
        shares = [ballots[at : at + size] for at in range(0, len(ballots), size)]
        with ProcessPoolExecutor(processes) as pool:
            found = pool.map(_judge_some, shares, repeat(sheet), repeat(modulus))
            return [one for share in found for one in share]
    return _judge_some(ballots, sheet, modulus)


def root_over(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root of RFC 9162, section 2.1.1: from the leaves up, an odd last node goes up as it is."""
    row = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(row) > 1:
        pairs = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0] if row else sha256(b"").digest()


# --- the verdict ----------------------------------------------------------------------------------------------------

FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "check_code": (
        "票箱清单被改动：由清单算出的箱号为 {computed}，包内写的是 {claimed}",
        "the manifest was changed: it gives the check code {computed}, the package says {claimed}",
    ),
    "check_code_said": (
        "不是会场所用的票箱清单：由清单算出的箱号为 {computed}，会场所见为 {claimed}",
        "not the manifest that the room used: it gives the check code {computed}, the room saw {claimed}",
    ),
    "key_unusable": (
        "本轮公钥不可用：不是 3072 位 RSA 公钥的规范编码；凭证签名未能核验",
        "the key of the round is unusable: not an RSA key of 3072 bits in its one spelling; no credential was checked",
    ),
    "key_swapped": (
        "公钥被调换：与清单所载指纹不符；凭证签名未能核验",
        "the key was swapped: it has not the fingerprint in the manifest; no credential was checked",
    ),
    "key_missing": (
        "有 {number} 张联网票而没有公钥；凭证签名未能核验",
        "{number} ballots were cast online and there is no key; no credential was checked",
    ),
    "slips_changed": (
        "票码摘要与清单不符：清单载 {made} 个，包内 {listed} 个",
        "the slips are not those of the manifest: it tells of {made}, the package lists {listed}",
    ),
    "slips_unsorted": ("票码摘要有重复或未按序排列", "slips occur twice or are not in order"),
    "ballots_unsorted": ("选票未按序排列", "the ballots are not in order"),
    "paper_unsorted": ("纸质票未按序排列", "the paper sheets are not in order"),
    "duplicate": ("同一张票出现 {number} 次", "one ballot is in {number} times"),
    "more_than_issued": (
        "收回 {returned} 张，多于发出的 {issued} 张，本轮投票无效",
        "{returned} returned, more than the {issued} issued: the vote is void",
    ),
    "more_than_slips": (
        "发出票码 {issued} 个，多于票箱所有的 {listed} 个",
        "{issued} slips were issued, more than the {listed} in the box",
    ),
    "more_than_present": (
        "发出 {issued} 张，多于实到 {present} 人",
        "{issued} ballots were issued to {present} members present",
    ),
    "more_than_due": ("实到 {present} 人，多于应到 {due} 人", "{present} members were present of {due}"),
    "returned": (
        "收回数不实：包内写 {claimed}，实为 {computed}",
        "returned: the package says {claimed}, there are {computed}",
    ),
    "valid": (
        "有效数不实：包内写 {claimed}，实为 {computed}",
        "valid: the package says {claimed}, there are {computed}",
    ),
    "counts": (
        "计票不实：{what} 包内写 {claimed}，实为 {computed}",
        "counts: for {what} the package says {claimed}, there are {computed}",
    ),
    "root": (
        "包内汇总校验值不符：按选票算出 {computed}",
        "the root in the package is not that of its ballots, which give {computed}",
    ),
    "root_said": (
        "与会议记录所载汇总校验值不符：选票有增、删或改动；按选票算出 {computed}",
        "not the root of the minutes, so ballots were added, left out or altered; they give {computed}",
    ),
    "due_said": (
        "应到与所说不符：包内 {claimed}，所说 {said}",
        "due: the package says {claimed}, you were told {said}",
    ),
    "present_said": (
        "实到与所说不符：包内 {claimed}，所说 {said}",
        "present: the package says {claimed}, you were told {said}",
    ),
    "issued_said": (
        "发出与所说不符：包内 {claimed}，所说 {said}",
        "issued: the package says {claimed}, you were told {said}",
    ),
    "tracker_missing": ("没有这张票", "there is no such ballot"),
    "credential_unreadable": ("投票凭证格式不对", "the credential is not in the form of one"),
    "other_round": ("投票凭证属于另一轮", "the credential is for another round"),
    "other_nullifier": ("票号不是由凭证算出", "the nullifier is not that of the credential"),
    "credential_forged": ("投票凭证未经本轮密钥签发", "the key of the round has not signed the credential"),
    "payload_edited": ("票面被改动：与投票人签名不符", "the sheet was altered: the voter has not signed this"),
    "payload_unreadable": ("票面内容不是规范格式", "the sheet is not in its one spelling"),
    "payload_other_round": ("票面属于另一轮", "the sheet is for another round"),
    "foreign_option": ("票面有名单以外的人选或选项", "the sheet has a candidate or an option that is not on the list"),
    "incomplete": ("票面有人选未作选择", "the sheet leaves a candidate without an answer"),
    "too_many": (
        "票面所选“同意”（限选项）多于职数",
        "the sheet gives the limited option (agree) to more candidates than there are seats",
    ),
    "paper_foreign": (
        "纸质票录有名单以外的人选或选项",
        "a paper sheet was entered with a candidate or an option that is not on the list",
    ),
}


@dataclass(frozen=True)
class Said:
    """What the minutes, the wall or a voter said; None where nobody was asked."""

    root: bytes | None = None
    check_code: str | None = None
    due: int | None = None
    present: int | None = None
    issued: int | None = None
    trackers: Sequence[str] = ()


class Fault(NamedTuple):
    """One fault: its name, where, and what it says in Chinese and in English."""

    name: str
    place: str
    chinese: str
    english: str


@dataclass
class Faults:
    """All faults are counted, the first thousand are kept."""

    kept: list[Fault] = field(default_factory=list)
    number: int = 0

    def add(self, name: str, place: str = "", **detail: object) -> None:
        self.number += 1
        if len(self.kept) < FINDINGS_KEPT:
            chinese, english = FAULTS[name]
            shown = {key: _shown(str(value)) for key, value in detail.items()}
            self.kept.append(Fault(name, place, chinese.format(**shown), english.format(**shown)))


@dataclass(frozen=True)
class Verdict:
    """The recount: ``counts`` as the ballots lie there, ``undisputed`` without those named in a fault."""

    faults: Sequence[Fault]
    number: int
    returned: Mapping[str, int]
    valid: int
    counts: Mapping[str, Mapping[str, int]]
    undisputed: Mapping[str, Mapping[str, int]]
    root: bytes
    check_code: str
    credentials_checked: int
    found: Mapping[str, bool]
    """The tracking codes asked for that are in, and whether the ballot is named in a fault."""

    @property
    def clean(self) -> bool:
        return not self.number

    @property
    def names(self) -> set[str]:
        return {fault.name for fault in self.faults}


def _usable_key(package: Package, faults: Faults) -> int | None:
    """The modulus under which credentials are checked; None where there is none to be relied on."""
    der, fingerprint = package.public_key, package.sheet.key_sha256
    if (None if der is None else sha256(der).digest()) != fingerprint:
        faults.add("key_swapped")
        return None
    if der is None:
        if number := sum(ballot.online for ballot in package.ballots):
            faults.add("key_missing", number=number)
        return None
    modulus = modulus_in(der)
    if modulus is None:
        faults.add("key_unusable")
    return modulus


def _counted(sheet: Sheet, valid: Iterable[Mapping[str, str]]) -> dict[str, dict[str, int]]:
    counted = Counter(pair for choices in valid for pair in choices.items())
    return {
        candidate: {option: counted[candidate, option] for option in sheet.options} for candidate in sheet.candidates
    }


def _compare_counts(
    claimed: Mapping[str, Mapping[str, int]], computed: Mapping[str, Mapping[str, int]], faults: Faults
) -> None:
    for candidate in sorted(claimed.keys() | computed.keys()):
        said, found = claimed.get(candidate), computed.get(candidate)
        if said is None or found is None:
            faults.add(
                "counts",
                what=candidate,
                claimed="—" if said is None else said,
                computed="—" if found is None else found,
            )
            continue
        for option in sorted(said.keys() | found.keys()):
            if said.get(option) != found.get(option):
                faults.add(
                    "counts",
                    what=f"{candidate}/{option}",
                    claimed=said.get(option, "—"),
                    computed=found.get(option, "—"),
                )


def verify(package: Package, said: Said | None = None, *, processes: int | None = None) -> Verdict:
    """Recount a package and name every fault.

    That returned ballots in all are no more than those issued, and valid ones no more than returned, follows from what
    is compared here per channel and counted ballot by ballot.
    """
    said, faults, sheet, ballots = said or Said(), Faults(), package.sheet, package.ballots
    code = check_code(package.manifest)
    if code != package.check_code:
        faults.add("check_code", computed=code, claimed=package.check_code)
    if said.check_code is not None and said.check_code != code:
        faults.add("check_code_said", computed=code, claimed=said.check_code)

    # Slips that were handed back before the vote are forgotten, so the digest of the manifest answers for all or none.
    slips = package.slips
    if len(slips) >= sheet.slips and sha256(b"".join(sorted(slips))).digest() != sheet.slips_sha256:
        faults.add("slips_changed", made=sheet.slips, listed=len(slips))
    if any(one >= other for one, other in pairwise(slips)):
        faults.add("slips_unsorted")

    modulus = _usable_key(package, faults)
    judged = _judged(ballots, sheet, modulus, processes)
    trackers = [tracker_of(ballot.nullifier) for ballot in ballots]
    at_fault = set()
    for at, (tracker, (fault, _choices)) in enumerate(zip(trackers, judged, strict=True)):
        if fault:
            faults.add(fault, tracker)
            at_fault.add(at)
    nullifiers = [ballot.nullifier for ballot in ballots]
    for nullifier, number in Counter(nullifiers).items():
        if number > 1:
            faults.add("duplicate", tracker_of(nullifier), number=number)
            at_fault.update([at for at, other in enumerate(nullifiers) if other == nullifier][1:])
    if nullifiers != sorted(nullifiers):
        faults.add("ballots_unsorted")

    on_paper: list[Mapping[str, str] | None] = []
    for number, choices in enumerate(package.paper, 1):
        broken = "" if choices is None else _fault_of_marks(sheet, choices)
        if broken == "foreign_option":
            faults.add("paper_foreign", f"纸质票 paper {number}")
        on_paper.append(None if broken else choices)
    paper_leaves = package.leaves[len(ballots) :]
    if paper_leaves != sorted(paper_leaves):
        faults.add("paper_unsorted")

    online = sum(ballot.online for ballot in ballots)
    returned = {"online": online, "slip": len(ballots) - online, "paper": len(on_paper)}
    issued = sum(package.issued.values())
    for channel, chinese in CHANNELS.items():
        if returned[channel] > package.issued[channel]:
            faults.add(
                "more_than_issued", f"{chinese} {channel}", returned=returned[channel], issued=package.issued[channel]
            )
    if package.issued["slip"] > len(slips):
        faults.add("more_than_slips", issued=package.issued["slip"], listed=len(slips))
    if issued > package.present:
        faults.add("more_than_present", issued=issued, present=package.present)
    if package.present > package.due:
        faults.add("more_than_due", present=package.present, due=package.due)

    every = [*(one.choices for one in judged), *on_paper]
    valid = [choices for choices in every if choices is not None]
    undisputed = [choices for at, choices in enumerate(every) if choices is not None and at not in at_fault]
    counts = _counted(sheet, valid)
    if package.returned != len(every):
        faults.add("returned", claimed=package.returned, computed=len(every))
    if package.valid != len(valid):
        faults.add("valid", claimed=package.valid, computed=len(valid))
    _compare_counts(package.counts, counts, faults)

    root = root_over(package.leaves)
    if root != package.root:
        faults.add("root", computed=root.hex())
    if said.root is not None and said.root != root:
        faults.add("root_said", computed=root.hex())
    if said.due is not None and said.due != package.due:
        faults.add("due_said", claimed=package.due, said=said.due)
    if said.present is not None and said.present != package.present:
        faults.add("present_said", claimed=package.present, said=said.present)
    if said.issued is not None and said.issued != issued:
        faults.add("issued_said", claimed=issued, said=said.issued)
    for tracker in said.trackers:
        if tracker not in trackers:
            faults.add("tracker_missing", tracker)
    return Verdict(
        faults=tuple(faults.kept),
        number=faults.number,
        returned=returned,
        valid=len(valid),
        counts=counts,
        undisputed=_counted(sheet, undisputed),
        root=root,
        check_code=code,
        credentials_checked=0 if modulus is None else online,
        found={
            tracker: any(other == tracker and at in at_fault for at, other in enumerate(trackers))
            for tracker in said.trackers
            if tracker in trackers
        },
    )


# --- command line ---------------------------------------------------------------------------------------------------


def _shown(text: str) -> str:
    """A text out of a package as it may reach a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)[:200]


def _compared(said: object, found: object) -> str:
    if said is None:
        return "未与会议所载比对 / not compared with the minutes"
    return "与所说相符 / as you were told" if said == found else "与所说不符 / NOT as you were told"


def report(package: Package, verdict: Verdict, said: Said) -> str:
    """The recount in words, in Chinese and in English."""
    sheet, returned, total = package.sheet, verdict.returned, sum(verdict.returned.values())
    issued = sum(package.issued.values())
    lines = []
    if verdict.clean:
        lines += [
            f"复核通过：收回 {total} 张，逐张核验、重新计票，未见问题。",
            f"Clean: {total} ballots checked one by one and counted again; no fault was found.",
        ]
    else:
        lines += [
            f"复核不通过：收回 {total} 张，发现 {verdict.number} 处问题。",
            f"NOT clean: {verdict.number} faults in a package of {total} ballots.",
        ]
        for fault in verdict.faults:
            lines.append(f"  [{fault.name}]{' ' if fault.place else ''}{fault.place}  {fault.chinese}")
            lines.append(f"  {' ' * len(fault.name)}   {fault.english}")
        if verdict.number > len(verdict.faults):
            lines.append(f"  … {verdict.number - len(verdict.faults)}")
    lines += [
        "",
        f"表决事项 / vote: {_shown(' / '.join(sheet.title))}",
        f"轮次 / round: {sheet.round_id}",
        f"文件 SHA-256 / of the file: {package.sha256}",
        f"箱号 / check code: {verdict.check_code}（{_compared(said.check_code, verdict.check_code)}）",
        f"汇总校验值 / root: {verdict.root.hex()}（{_compared(said.root, verdict.root)}）",
        f"应到 / due: {package.due}（{_compared(said.due, package.due)}）",
        f"实到 / present: {package.present}（{_compared(said.present, package.present)}）",
        f"发出 / issued: {issued}（{_compared(said.issued, issued)}）",
        f"收回 / returned: {total}",
        f"有效 / valid: {verdict.valid}",
    ]
    for channel, chinese in CHANNELS.items():
        lines.append(
            f"  {chinese} / {channel}: 发出 issued {package.issued[channel]}, 收回 returned {returned[channel]}"
        )
    lines += [
        f"核验凭证签名 / signatures of credentials checked: {verdict.credentials_checked}",
        f"核验票面签名 / signatures of sheets checked: {returned['online']}",
    ]
    if len(package.slips) < sheet.slips:
        back = sheet.slips - len(package.slips)
        lines += [
            f"票码交回 {back} 个，其余的无法与清单摘要比对。",
            f"{back} slips were handed back, so the others cannot be compared with the digest in the manifest.",
        ]
    lines += ["", "重新计票 / recount"]
    for candidate, labels in sheet.candidates.items():
        lines.append(f"  {_shown(' / '.join(labels))} [{_shown(candidate)}]")
        for option, names in sheet.options.items():
            number, sure = verdict.counts[candidate][option], verdict.undisputed[candidate][option]
            apart = "" if number == sure else f"（其中无问题的 / without those at fault: {sure}）"
            lines.append(f"    {_shown(' / '.join(names))}: {number}{apart}")
    for tracker, disputed in verdict.found.items():
        said_of_it = "在内，但有上述问题 / in, but at fault" if disputed else "在内 / in"
        lines.append(f"查票码 / tracking code {tracker}: {said_of_it}")
    lines += [
        "",
        "单凭本包查不出：少放若干张票，或改动票码票、纸质票而使各数相符；须与会议记录所载汇总校验值（--root）比对。"
        "应到、实到、发出为本站所报。",
        "A package alone cannot show that ballots were left out, or slips and paper altered, with all figures made to "
        "fit; that takes the root in the minutes (--root). Due, present and issued are as the site states them.",
    ]
    return "\n".join(lines)


def _code(characters: int) -> Callable[[str], str]:
    def read_code(typed: str) -> str:
        plain = unicodedata.normalize("NFKC", typed).upper().translate(str.maketrans("OIL", "011", "- "))
        if len(plain) != characters or set(plain) - set(ALPHABET):
            raise argparse.ArgumentTypeError(
                f"{typed!a}: 应为 {characters} 位代码 / not a code of {characters} characters"
            )
        return f"{plain[: characters // 2]}-{plain[characters // 2 :]}"

    return read_code


def _digest(typed: str) -> bytes:
    try:
        return _hex(typed.strip().lower(), "--root")
    except Unreadable as error:
        raise argparse.ArgumentTypeError(f"{error.chinese} / {error.english}") from None


def _file(path: str) -> bytes:
    with open(path, "rb") as source:
        raw = source.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise Unreadable("文件过大", "the file is too large")
    return raw


def main(arguments: Sequence[str] | None = None) -> int:
    """Recount a package; returns the exit code."""
    parser = argparse.ArgumentParser(description="复核票决审计包 / recount an audit package")
    parser.add_argument("file", help="package.json")
    parser.add_argument("--root", type=_digest, metavar="HEX", help="会议记录所载汇总校验值 / the root in the minutes")
    parser.add_argument("--check-code", type=_code(8), metavar="XXXX-XXXX", help="会场所见箱号 / as the wall showed it")
    parser.add_argument("--due", type=int, metavar="N", help="会议记录所载应到 / as the minutes say")
    parser.add_argument("--present", type=int, metavar="N", help="会议记录所载实到 / as the minutes say")
    parser.add_argument("--issued", type=int, metavar="N", help="会议记录所载发出 / as the minutes say")
    parser.add_argument(
        "--tracker", type=_code(10), action="append", default=[], metavar="XXXXX-XXXXX", help="查票码 / of one ballot"
    )
    parser.add_argument("--processes", type=int, metavar="N", help="同时核验的进程数 / so many processes at once")
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    options = parser.parse_args(arguments)
    said = Said(options.root, options.check_code, options.due, options.present, options.issued, tuple(options.tracker))
    try:
        package = read(_file(options.file))
        verdict = verify(package, said, processes=options.processes)
    except Unreadable as error:
        sys.stderr.write(f"不是可读的审计包：{error.chinese}。\nNot a readable audit package: {error.english}.\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"打不开文件 / cannot open: {error}\n")
        return 2
    except Exception as error:  # whatever goes wrong is not a pass
        sys.stderr.write(f"复核未能完成 / the recount did not finish: {type(error).__name__}\n")
        return 2
    sys.stdout.write(report(package, verdict, said) + "\n")
    return 0 if verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
