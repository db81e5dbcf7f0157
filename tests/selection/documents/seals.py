"""Certificates and keys as a unit may have them, good and bad (供测试用的证书)."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

PASSPHRASE = "印章口令-2026"
FROM, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def curve() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str,
    key: Key,
    *,
    under: tuple[x509.Certificate, Key] | None = None,
    valid_from: datetime = FROM,
    until: datetime = UNTIL,
) -> x509.Certificate:
    """A certificate of this name and key, under itself or under a root."""
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (under[0].subject, under[1]) if under else (own, key)
    builder = x509.CertificateBuilder().subject_name(own).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(valid_from).not_valid_after(until)
    return builder.sign(signer, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def pkcs12(place: Path, key: Key, own: x509.Certificate, *above: x509.Certificate) -> Path:
    """The usual file of a unit's seal, under PASSPHRASE."""
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    place.write_bytes(serialize_key_and_certificates(b"seal", key, own, list(above), locked))
    return place


def open_pem(place: Path, key: Key, *certificates: x509.Certificate) -> Path:
    """The same as PEM without a passphrase."""
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    place.write_text(plain + pem(*certificates))
    return place
