"""A round's private key, kept encrypted until the box is closed (私钥保管).

The key that encrypts it is a secret of the installation and stands in no database.  That protects against ballots
being made up after the fact; who voted how is hidden from whoever holds the private key as well (``blind``).
"""

import hashlib
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from selection.ballots.blind import PrivateKey, UnusableKey

_NONCE_BYTES = 12


def wrap(private: PrivateKey, secret: str, round_id: UUID) -> bytes:
    """Encrypt a private key for one round: a nonce of twelve bytes, then AES-256-GCM."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, private.der, round_id.bytes)


def unwrap(wrapped: bytes, secret: str, round_id: UUID) -> PrivateKey:
    """Decrypt the private key of a round; raise UnusableKey under another secret or for another round."""
    try:
        der = _cipher(secret).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], round_id.bytes)
    except (InvalidTag, ValueError):
        raise UnusableKey("not encrypted with this secret for this round") from None
    return PrivateKey.from_der(der)


def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"cadre-v1-ballot-key" + secret.encode()).digest())
