"""The seal on papers (电子印章): a certification signature over a paper, which allows no change after it.

Whose seal counts is said by certificates (``SEAL_CERTIFICATES``), one by one: a root that signs for others too would
let everybody who buys a certificate there seal a paper of ours.  The key is the worker's alone (``SEAL_KEYSTORE``), or
a seal server of the unit has it (``SEAL_HOOK``).  Where there is no certificate, papers carry no seal and the status
page says so; where there is one, no paper leaves without.  A demonstration makes a seal of its own.

The blank ballot is never sealed.  Its second making gives the same file, which a signature with its moment could not,
and two files of one ballot would tell one batch of sheets from another.
"""

import asyncio
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.documents import filing
from selection.documents.examiner import FIELD

if TYPE_CHECKING:
    from pyhanko.sign import signers

#: The name in the certificate of a seal that a demonstration has made for itself.
TRIAL: Final = "试用电子印章（不具效力）"
_TRIAL_FROM, _TRIAL_UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class NotSealed(OSError):
    """There is no seal at this moment, which is no fault of the paper: it waits.  The text tells the operator why."""


@dataclass(frozen=True)
class _Keystore:
    """A private key, its certificate, and the certificates above it."""

    key: PrivateKeyTypes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


def sealed(pdf: bytes, *, at: datetime) -> bytes:
    """The paper with the seal behind its last byte, sealed at that time; unchanged where this site has no seal.

    Raises:
        NotSealed: it has one, and it cannot be used now.
        filing.Unfit: the paper itself cannot be kept.
    """
    found = certificates()
    if not found:
        return pdf
    filing.type_of(pdf)  # a paper that is itself unfit to be kept would otherwise wait for ever
    made = _by_hook(pdf) if settings.SEAL_HOOK else _by_key(pdf, _usable(found, at=at), at=at)
    if len(made) <= len(pdf) or not made.startswith(pdf):
        raise NotSealed(_("What came back from the seal does not begin with the paper, so it is another one."))
    try:
        whole = filing.type_of(made) == filing.PDF
    except ValidationError:
        whole = False
    if not whole:
        raise NotSealed(_("What came back from the seal is no whole PDF of at most 20 MB."))
    return made


def prepare() -> None:
    """On a demonstration, make its own seal on first need."""
    if _is_own():
        _make_trial()


def make_ready(*, at: datetime) -> None:
    """See before any work is done that papers can be sealed.

    Raises:
        NotSealed
    """
    prepare()
    found = certificates()
    if found and settings.SEAL_HOOK:
        _hook()
    elif found:
        _usable(found, at=at)


def certificates() -> list[x509.Certificate]:
    """The certificates whose seals are this site's, the one that runs longest last; none where papers are not sealed.

    Raises:
        NotSealed: they cannot be read.
    """
    if _is_own():
        return [_keystore(_trial(), "").certificate] if _trial().exists() else []
    if not settings.SEAL_CERTIFICATES:
        return []
    try:
        found = x509.load_pem_x509_certificates(settings.SEAL_CERTIFICATES.encode())
    except ValueError as problem:
        raise NotSealed(_("SEAL_CERTIFICATES holds no certificates in PEM.")) from problem
    return sorted(found, key=lambda one: one.not_valid_after_utc)


def is_in_force(*, at: datetime) -> bool:
    """Whether papers can be sealed as far as certificates tell; also where this site seals nothing."""
    try:
        found = certificates()
    except NotSealed:
        return False
    return not found or found[-1].not_valid_before_utc <= at <= found[-1].not_valid_after_utc


def in_der() -> list[bytes]:
    """The certificates whose seals are this site's, as bytes.

    Raises:
        NotSealed: as ``certificates``.
    """
    return [one.public_bytes(Encoding.DER) for one in certificates()]


def is_trial(certificate: x509.Certificate) -> bool:
    """Whether a demonstration has made this certificate for itself."""
    return any(one.value == TRIAL for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))


def check_keystore() -> None:
    """See that the key can be read and belongs to a certificate of this site, where this process is given one.

    Raises:
        NotSealed
    """
    if settings.SEAL_HOOK:
        _hook()
    elif settings.SEAL_KEYSTORE:
        _fitting(certificates())


def _is_own() -> bool:
    """Whether papers are sealed with a seal that this site makes for itself."""
    given = settings.SEAL_CERTIFICATES or settings.SEAL_KEYSTORE or settings.SEAL_HOOK
    return bool(settings.DEMONSTRATION and not given)


def _trial() -> Path:
    return Path(settings.DATA_ROOT) / "seal" / "trial.pem"


def _usable(found: list[x509.Certificate], *, at: datetime) -> _Keystore:
    """The key, with a certificate that is in force at that time."""
    opened = _fitting(found)
    if at < opened.certificate.not_valid_before_utc:
        raise NotSealed(
            _("The certificate of the seal is not in force yet: see that the clock of the machine is right.")
        )
    if at > opened.certificate.not_valid_after_utc:
        raise NotSealed(_("The certificate of the seal has run out: have it renewed."))
    return opened


def _fitting(found: list[x509.Certificate]) -> _Keystore:
    """The key that stands in the settings, if its certificate is one of this site's."""
    if _is_own():
        return _keystore(_trial(), "")
    if not settings.SEAL_KEYSTORE:
        raise NotSealed(_("SEAL_CERTIFICATES stands without a key: give the worker SEAL_KEYSTORE, or SEAL_HOOK."))
    opened = _keystore(Path(settings.SEAL_KEYSTORE), settings.SEAL_PASSPHRASE)
    if opened.certificate not in found:
        raise NotSealed(_("SEAL_CERTIFICATES does not hold the certificate of SEAL_KEYSTORE: add it."))
    return opened


def _keystore(place: Path, passphrase: str) -> _Keystore:
    """The key in a file of PKCS#12, or of PEM with key and certificates."""
    secret = passphrase.encode() or None
    try:
        content = place.read_bytes()
    except OSError as problem:
        raise NotSealed(
            _("The file of SEAL_KEYSTORE cannot be read: see that it is there, and that the worker may read it.")
        ) from problem
    try:
        if b"-----BEGIN" in content:
            key, chain = load_pem_private_key(content, secret), x509.load_pem_x509_certificates(content)
        else:
            opened = load_pkcs12(content, secret)
            if opened.key is None or opened.cert is None:
                raise NotSealed(_("SEAL_KEYSTORE holds no private key with its certificate."))
            key, chain = opened.key, [one.certificate for one in (opened.cert, *opened.additional_certs)]
    except (ValueError, TypeError) as problem:
        raise NotSealed(
            _("SEAL_KEYSTORE cannot be opened: see SEAL_PASSPHRASE, and that the file is PKCS#12 or PEM.")
        ) from problem
    own = [one for one in chain if _spki(one) == _spki(key)]
    if not own:
        raise NotSealed(_("The private key in SEAL_KEYSTORE belongs to none of the certificates beside it."))
    return _Keystore(key, own[0], tuple(one for one in chain if one != own[0]))


def _spki(of: x509.Certificate | PrivateKeyTypes) -> bytes:
    return of.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _hook() -> object:
    try:
        return import_string(settings.SEAL_HOOK)
    except ImportError as problem:
        raise NotSealed(_("SEAL_HOOK names no function that can be imported.")) from problem


def _by_hook(pdf: bytes) -> bytes:
    """What the unit's seal server makes of the paper; whatever it raises, the paper waits."""
    hook = _hook()
    try:
        made = hook(pdf)  # type: ignore[operator]  # what is not a function raises like any other fault of it
    except Exception as problem:
        raise NotSealed(_("SEAL_HOOK has failed: %(kind)s.") % {"kind": type(problem).__name__}) from problem
    if not isinstance(made, bytes):
        raise NotSealed(_("SEAL_HOOK has returned no bytes."))
    return made


def _by_key(pdf: bytes, opened: _Keystore, *, at: datetime) -> bytes:
    """The paper signed with the key (PAdES B-B, certified, no change allowed, invisible)."""
    try:
        return asyncio.run(_signed(pdf, _signer(opened), at=at))
    except Exception as problem:  # a key of a kind that the library does not know, and whatever else it refuses
        raise NotSealed(_("The seal could not be put on: %(kind)s.") % {"kind": type(problem).__name__}) from problem


def _signer(opened: _Keystore) -> "signers.SimpleSigner":
    from asn1crypto import keys
    from asn1crypto import x509 as asn1
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    own, *above = (asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in (opened.certificate, *opened.chain))
    key = opened.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=own,
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs([own, *above]),
        embed_roots=True,
    )


async def _signed(pdf: bytes, signer: "signers.SimpleSigner", *, at: datetime) -> bytes:
    """The steps of ``PdfSigner.sign_pdf``, which asks the machine for the time and cannot be told."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

    of_all = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )

    class Untouched(IncrementalPdfFileWriter):
        """The paper keeps what it says of itself; pyHanko would put the machine's time into it."""

        def _update_meta(self) -> None:
            pass

    writer = Untouched(BytesIO(pdf))
    session = signers.PdfSigner(of_all, signer).init_signing_session(writer)
    session.system_time = at.astimezone(clock.LOCAL)
    room = await session.estimate_signature_container_size(None)
    document = session.prepare_tbs_document(None, room)
    digest, output = document.digest_tbs_document()
    attributes = PdfCMSSignedAttributes(signing_time=session.system_time)
    await document.perform_signature(digest.document_digest, attributes)
    content: bytes = output.getvalue()  # type: ignore[attr-defined]  # it is a BytesIO where no other output is given
    return content


def _make_trial() -> None:
    """A key and a certificate that say what they are, made once; whoever is first counts."""
    place = _trial()
    if place.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "试用单位（虚构）"),
            x509.NameAttribute(NameOID.COMMON_NAME, TRIAL),
        ]
    )
    usage = dict.fromkeys(_USES, False) | {"digital_signature": True, "content_commitment": True}
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_TRIAL_FROM)  # the clock of a demonstration may be moved
        .not_valid_after(_TRIAL_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.write(certificate.public_bytes(Encoding.PEM))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, place)
    except FileExistsError:
        return  # another process was first: its seal counts
    finally:
        fresh.unlink()


_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
