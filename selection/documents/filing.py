"""Filing (归档): files kept under their SHA-256, outside the static files.

A file is known by its content alone: its type is read from its bytes, its place is its hash, and the same bytes are
kept once.  It is written in the folder ``fresh`` and moved to its place when it is whole and on the disk, so that
neither a full disk nor a killed process leaves anything half there; what is left in ``fresh`` is swept away.
"""

import hashlib
import io
import os
import re
import secrets
import shutil
import time
import unicodedata
import warnings
import zipfile
import zlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from selection.acts import Upload

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 100_000_000
LONGEST_NAME = 120
LEFT_BEHIND = 3600.0
"""Seconds after which nobody can still be writing a file."""
FRESH = "fresh"
MOST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 5000
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
PICTURES = (JPEG, PNG)
OFD = "application/ofd"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_ENDINGS = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg"), PNG: (".png",), OFD: (".ofd",), DOCX: (".docx",)}
#: How the name of a file may end.
ENDINGS = tuple(ending for endings in _ENDINGS.values() for ending in endings)
_PDF_HEAD = re.compile(rb"%PDF-[12]\.\d\s")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Unfit(ValidationError):
    """A file that is not kept; the message says why and what to do."""


class Damaged(LookupError):
    """A kept file is gone or is no longer the file that was kept."""


def keep(content: bytes, name: str) -> Upload:
    """Keep a file, or find it kept already.

    Raises:
        Unfit: it is empty, too large, or no PDF, OFD, DOCX, JPEG or PNG that can be read.
        OSError: it could not be written; nothing is left behind.
    """
    media_type = type_of(content)
    digest = hashlib.sha256(content).hexdigest()
    place = place_of(digest)
    if not (place.exists() and _digest_of(place) == digest):
        _write(place, content)
    return Upload(name=name_for(name, media_type), sha256=digest, size=len(content), media_type=media_type)


def read(sha256: str) -> bytes:
    """The kept file with this hash, compared with it.

    Raises:
        Damaged
    """
    try:
        content = place_of(sha256).read_bytes()
    except FileNotFoundError as error:
        raise Damaged(sha256) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(sha256)
    return content


def has_room() -> bool:
    """Whether the disk of the papers could take another file of the largest size."""
    root = Path(settings.PAPERS_ROOT)
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    return shutil.disk_usage(there).free >= MOST_BYTES


def sweep() -> int:
    """Remove what processes that were killed while they wrote have left behind; how many files."""
    swept = 0
    folder = Path(settings.PAPERS_ROOT) / FRESH
    for left in list(folder.iterdir()) if folder.is_dir() else ():
        try:
            if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                left.unlink()
                swept += 1
        except FileNotFoundError:
            continue  # moved to its place, or another worker sweeps too
    return swept


def type_of(content: bytes) -> str:
    """PDF, OFD, DOCX, JPEG or PNG, by the bytes.

    Raises:
        Unfit
    """
    if not content:
        raise Unfit(_("The file is empty.  Choose another one."), code="empty")
    if len(content) > MOST_BYTES:
        raise Unfit(_("The file is larger than 20 MB.  Make it smaller or divide it."), code="too_large")
    if content.startswith(b"\xff\xd8\xff"):
        _look_at_picture(content, "JPEG")
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        _look_at_picture(content, "PNG")
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return _look_into_container(content)
    if _PDF_HEAD.match(content):
        if b"%%EOF" not in content[-2048:] or b"startxref" not in content[-4096:]:
            raise Unfit(_("The PDF breaks off before its end.  Scan or save it again."), code="broken")
        return PDF
    raise _other_type()


def place_of(sha256: str) -> Path:
    """Where the file with this hash lies."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256 in hex")
    return Path(settings.PAPERS_ROOT) / sha256[:2] / sha256[2:]


def name_for(name: str, media_type: str) -> str:
    """The name without folders and control characters, ending as its type does, at most 120 characters long."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in plain if not unicodedata.category(sign).startswith("C")).strip(" .")
    endings = _ENDINGS[media_type]
    stem, dot, ending = plain.rpartition(".")
    if dot and f".{ending.lower()}" in endings:
        ending = f".{ending.lower()}"
    else:
        stem, ending = plain, endings[0]
    return (stem or "file")[: LONGEST_NAME - len(ending)] + ending


def _other_type() -> Unfit:
    return Unfit(
        _(
            "Only PDF, OFD, DOCX, JPEG and PNG files can be filed, whatever their names say.  Save or scan it as one "
            "of these."
        ),
        code="other_type",
    )


def _look_into_container(content: bytes) -> str:
    """OFD or DOCX: both are archives, told apart by what lies in them; every part is unpacked once, nowhere to."""
    broken = Unfit(_("The document breaks off or is damaged.  Save it again."), code="broken")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unfit(_("The document is too large when unpacked.  Save it as a PDF."), code="too_large")
            if any(part.flag_bits & 1 for part in parts):
                raise Unfit(_("The document is protected by a password.  Save it without one."), code="locked")
            if any(name.startswith("/") or ".." in name.split("/") for name in names):
                raise broken
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise Unfit(_("The document carries macros.  Save it as a PDF."), code="macros")
            if archive.testzip() is not None:
                raise broken
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise broken from error
    if "OFD.xml" in names:
        return OFD
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    raise _other_type()


def _look_at_picture(content: bytes, kind: str) -> None:
    broken = Unfit(_("The picture cannot be read.  Scan or save it again."), code="broken")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a picture is said below, in our words
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Unfit(_("The picture has too many pixels.  Scan it at 300 dpi."), code="too_large")
                picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise broken from error


def _digest_of(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(place: Path, content: bytes) -> None:
    root = Path(settings.PAPERS_ROOT)
    for folder in (root / FRESH, place.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = root / FRESH / secrets.token_hex(8)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    for folder in (place.parent, root):  # the name of the file, and that of a folder that is new
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
