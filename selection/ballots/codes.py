"""The code on a drawn slip, and what is derived from it (票码).

A code is 80 random bits as sixteen characters, then two check characters.  Nobody needs to slow down guessing: with
2^80 codes and at most some thousand slips, a million guesses a second for a hundred years find nothing.  The box
therefore limits no rate, which it could only do by remembering addresses.

The check characters make a Reed-Solomon code over the field of 32 elements with distance three: any one or two wrong
characters, hence any two exchanged ones, adjacent or not, are found before the box is asked.
"""

import hashlib
import secrets
import unicodedata

# Thirty-two characters; I, L, O and U are missing, and what is typed for them is read as 1, 1, 0.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_RANDOM, _LENGTH = 16, 18
_LONGEST_TYPED = 200  # far more than a code with any spacing; what is longer is not looked at


class Mistyped(ValueError):
    """The characters cannot be a code: too few, too many, foreign, or the check characters disagree."""


# The field of 32 elements, x^5 + x^2 + 1: powers of a generator and their logarithms.
_POWER = [1]
for _ in range(30):
    _next = _POWER[-1] << 1
    _POWER.append(_next ^ 0b100101 if _next & 0b100000 else _next)
_LOG = {value: exponent for exponent, value in enumerate(_POWER)}


def _times(value: int, exponent: int) -> int:
    return _POWER[(_LOG[value] + exponent) % 31] if value else 0


def check_values(values: list[int]) -> list[int]:
    """Remainder of the message times x^2 by (x - a)(x - a^2), where a generates the field."""
    high, low = 0, 0
    for value in values:
        feedback = value ^ high
        high, low = low ^ _times(feedback, _SUM), _times(feedback, 3)
    return [high, low]


_SUM = _LOG[_POWER[1] ^ _POWER[2]]  # the coefficient a + a^2; the last one is a * a^2 = a^3


def make_codes(n: int) -> list[str]:
    """Make ``n`` different codes, grouped for reading.  They exist in memory only: print and forget them."""
    made: set[str] = set()
    while len(made) < n:
        values = [secrets.randbelow(32) for _ in range(_RANDOM)]
        made.add(grouped("".join(ALPHABET[value] for value in values + check_values(values))))
    codes = list(made)
    secrets.SystemRandom().shuffle(codes)
    return codes


def grouped(code: str) -> str:
    """Write a code in groups of three, as it stands on the slip."""
    return "-".join(code[at : at + 3] for at in range(0, len(code), 3))


def read_code(typed: str) -> str:
    """Return the eighteen characters meant by what was typed, or raise Mistyped.

    Small letters, full-width characters, any spaces, hyphens and dots, O for 0 and I or L for 1 are forgiven.
    """
    if len(typed) > _LONGEST_TYPED:
        raise Mistyped
    values = []
    for character in unicodedata.normalize("NFKC", typed).upper():
        if unicodedata.category(character)[0] in "ZCP":
            continue
        if character not in _VALUES:
            raise Mistyped
        values.append(_VALUES[character])
    if len(values) != _LENGTH or check_values(values[:_RANDOM]) != values[_RANDOM:]:
        raise Mistyped
    return "".join(ALPHABET[value] for value in values)


def code_hash(code: str) -> bytes:
    """Return what the box keeps of a code: SHA-256, which 80 random bits make as good as nothing."""
    return hashlib.sha256(b"cadre-v1-code" + read_code(code).encode("ascii")).digest()


def nullifier_of(code: str) -> bytes:
    """Return the key of the one ballot that this code can cast; only who has the code can tell it from the hash."""
    return hashlib.sha256(b"cadre-v1-slip" + read_code(code).encode("ascii")).digest()


def tracker_of(nullifier: bytes) -> str:
    """Return the tracking code (查票码) of a ballot: fifty bits, shown as XXXXX-XXXXX."""
    ten = spelled(hashlib.sha256(b"cadre-v1-track" + nullifier).digest(), 10)
    return f"{ten[:5]}-{ten[5:]}"


def spelled(digest: bytes, characters: int) -> str:
    """Write the first bits of a digest in the alphabet of the codes, five bits a character."""
    bits = int.from_bytes(digest, "big")
    size = len(digest) * 8
    return "".join(ALPHABET[bits >> (size - 5 * (at + 1)) & 31] for at in range(characters))
