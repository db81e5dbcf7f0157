"""Blind signatures on ballot credentials (盲签名): RFC 9474, RSABSSA-SHA384-PSS-Randomized, keys of 3072 bits.

The site signs what it cannot read, and the box checks the result with the public key alone.  Blinding and unblinding
are the voter's part and stand in ``static/js/ballot/blind.js``.

The secret exponent is used on gmpy2, whose power takes the same time for every exponent.  Where gmpy2 is missing plain
integers give the same signatures, more slowly and with a time that depends on the numbers; ``ARITHMETIC`` says which it
is.  Either way the exponent never meets a number that somebody else has chosen: it is multiplied by a random one first.
"""

import hashlib
import math
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

try:
    import gmpy2
except ImportError:
    ARITHMETIC = "plain"

    def _power(base: int, exponent: int, modulus: int) -> int:
        return pow(base, exponent, modulus)

    def _secret_power(base: int, exponent: int, modulus: int) -> int:
        return pow(base, exponent, modulus)

    def _inverse(number: int, modulus: int) -> int:
        return pow(number, -1, modulus)
else:
    ARITHMETIC = "gmpy2"

    def _power(base: int, exponent: int, modulus: int) -> int:
        return int(gmpy2.powmod(base, exponent, modulus))

    def _secret_power(base: int, exponent: int, modulus: int) -> int:
        return int(gmpy2.powmod_sec(base, exponent, modulus))

    def _inverse(number: int, modulus: int) -> int:
        return int(gmpy2.invert(number, modulus))


BITS = 3072
EXPONENT = 65537
SALT_BYTES = 48
_PADDING = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=SALT_BYTES)


class UnusableKey(ValueError):
    """The bytes are no RSA key of ours: unreadable, of another kind or size, or in disagreement with themselves."""


class UnusableRequest(ValueError):
    """What was sent to be signed is no blinded message under this key: wrong length, zero, or not below the modulus."""


class SigningFault(Exception):
    """The signature just made does not agree with the public key, so the machine or the key is at fault.

    It was thrown away: from one wrong signature the key can be computed.
    """


@dataclass(frozen=True)
class PublicKey:
    """A public key.  Only keys of ``BITS`` and ``EXPONENT`` are made and read; the arithmetic takes any."""

    n: int
    e: int

    @property
    def size(self) -> int:
        """Length of the modulus in bytes, and so of a blinded message and of a signature."""
        return (self.n.bit_length() + 7) // 8

    @property
    def der(self) -> bytes:
        """SubjectPublicKeyInfo in DER, which is the one form in which a public key is stored, sent and hashed."""
        return self._key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a public key, or raise UnusableKey.  Only the one exact form is read, so equal keys have equal bytes."""
        try:
            key = serialization.load_der_public_key(der)
        except (ValueError, TypeError, UnsupportedAlgorithm) as unreadable:
            raise UnusableKey("not a public key in DER") from unreadable
        if not isinstance(key, rsa.RSAPublicKey):
            raise UnusableKey("not an RSA key")
        numbers = key.public_numbers()
        if key.key_size != BITS or numbers.e != EXPONENT:
            raise UnusableKey(f"not of {BITS} bits with the exponent {EXPONENT}")
        public = cls(numbers.n, numbers.e)
        if public.der != der:
            raise UnusableKey("not written as this software writes it")
        return public

    @cached_property
    def _key(self) -> rsa.RSAPublicKey:
        return rsa.RSAPublicNumbers(self.e, self.n).public_key()


@dataclass(frozen=True)
class PrivateKey:
    """A private key with its two primes.  Nothing prints its secret parts."""

    n: int
    e: int
    d: int = field(repr=False)
    p: int = field(repr=False)
    q: int = field(repr=False)

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey(self.n, self.e)

    @property
    def der(self) -> bytes:
        """PKCS #8 in DER, not encrypted: whoever stores it wraps it."""
        numbers = rsa.RSAPrivateNumbers(
            p=self.p,
            q=self.q,
            d=self.d,
            dmp1=self._halves[0],
            dmq1=self._halves[1],
            iqmp=self._halves[2],
            public_numbers=rsa.RSAPublicNumbers(self.e, self.n),
        )
        return numbers.private_key(unsafe_skip_rsa_key_validation=True).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """Read a private key, or raise UnusableKey.

        That its primes are prime is not tested anew, which would take longer than to sign; that its numbers agree is.
        """
        try:
            key = serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError, UnsupportedAlgorithm) as unreadable:
            raise UnusableKey("not a private key in DER") from unreadable
        if not isinstance(key, rsa.RSAPrivateKey):
            raise UnusableKey("not an RSA key")
        numbers = key.private_numbers()
        n, e, d, p, q = numbers.public_numbers.n, numbers.public_numbers.e, numbers.d, numbers.p, numbers.q
        if key.key_size != BITS or e != EXPONENT:
            raise UnusableKey(f"not of {BITS} bits with the exponent {EXPONENT}")
        if p * q != n or min(p, q) <= 1 or e * d % math.lcm(p - 1, q - 1) != 1:
            raise UnusableKey("its numbers disagree")
        return cls(n, e, d, p, q)

    @cached_property
    def _halves(self) -> tuple[int, int, int]:
        """The exponent modulo each prime less one, and the inverse of the second prime modulo the first."""
        return self.d % (self.p - 1), self.d % (self.q - 1), _inverse(self.q, self.p)


def make_key() -> PrivateKey:
    """Make a new key: a quarter of a second, more or less by luck."""
    numbers = rsa.generate_private_key(public_exponent=EXPONENT, key_size=BITS).private_numbers()
    return PrivateKey(numbers.public_numbers.n, numbers.public_numbers.e, numbers.d, numbers.p, numbers.q)


def fingerprint(public: PublicKey) -> bytes:
    """SHA-256 of the key in DER: thirty-two bytes by which a whole room can tell that it is one key for all."""
    return hashlib.sha256(public.der).digest()


def blind_sign(private: PrivateKey, blinded: bytes) -> bytes:
    """Sign a blinded message: BlindSign of RFC 9474, section 4.3.

    ``blinded`` and what is returned have the length of the modulus.  The same message gives the same signature.
    Raises UnusableRequest and SigningFault.  Zero is refused too, which the RFC would sign, since no blinding gives it.
    """
    n, size = private.n, private.public.size
    if len(blinded) != size:
        raise UnusableRequest(f"a blinded message has {size} bytes")
    message = int.from_bytes(blinded)
    if not 0 < message < n:
        raise UnusableRequest("a blinded message lies between zero and the modulus")
    mask = _unit(n)
    signature = _private_power(private, message * _power(mask, private.e, n) % n) * _inverse(mask, n) % n
    if _power(signature, private.e, n) != message:
        raise SigningFault
    return signature.to_bytes(size)


def verify(public: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the signature is one on the prepared message, thirty-two random bytes before it included."""
    try:
        public._key.verify(signature, message, _PADDING, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def _unit(n: int) -> int:
    """A number below ``n`` without a common factor, each as likely as another."""
    while True:
        number = secrets.randbelow(n - 1) + 1
        if math.gcd(number, n) == 1:
            return number


def _private_power(private: PrivateKey, number: int) -> int:
    """The number to the secret exponent, computed modulo each prime and put together (Garner)."""
    by_p, by_q, q_inverse = private._halves
    modulo_p = _secret_power(number % private.p, by_p, private.p)
    modulo_q = _secret_power(number % private.q, by_q, private.q)
    return modulo_q + (modulo_p - modulo_q) * q_inverse % private.p * private.q
