"""What a reader gets out of a PDF."""

import io
import re

from pypdf import PdfReader


def words(text: str) -> str:
    """A text without the blanks and line ends that setting it brings."""
    return re.sub(r"\s", "", text)


def words_of(content: bytes) -> str:
    """What a reader gets out of a PDF, without the running numbers of its pages."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return words("".join(re.sub(r"—\s*\d+\s*—", "", page) for page in pages))


def fonts_in(content: bytes) -> set[str]:
    """The names of the fonts embedded in a PDF, without the mark of a subset."""
    found: set[str] = set()
    for page in PdfReader(io.BytesIO(content)).pages:
        for font in page["/Resources"]["/Font"].values():
            found.add(str(font.get_object()["/BaseFont"]).lstrip("/").partition("+")[2])
    return found


def pages_in(content: bytes) -> int:
    return len(PdfReader(io.BytesIO(content)).pages)
