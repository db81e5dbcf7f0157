"""What a seal says of a file that was altered in each way that is known: intact is said of the whole file alone."""

import io
import random
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from selection.documents import examiner, examining, filing, render, seal
from selection.documents.examiner import Seal
from tests.factories import AT
from tests.selection.documents import seals

pytestmark = pytest.mark.covers("WPR-20", refused=True)

FLIPS = 261


def printed(words: str) -> bytes:
    return render.press(f'<html lang="zh"><title>公示</title><body><h1>任前公示</h1><p>{words}</p></body></html>')


@pytest.fixture(scope="module")
def paper() -> bytes:
    return printed("林示甲")


@pytest.fixture(scope="module")
def sealed(paper: bytes) -> bytes:
    seal.prepare()
    return seal.sealed(paper, at=AT)


def says(content: bytes) -> Seal:
    return examiner.examined(content, seal.in_der())


def contents(content: bytes) -> range:
    """Where the hexadecimal digits of the signature stand."""
    ((_zero, begins, ends, _length),) = (
        tuple(map(int, found)) for found in re.findall(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)\s*\]", content)
    )
    return range(begins + 1, ends - 1)


def flipped(content: bytes, place: int, bit: int = 0) -> bytes:
    mutated = bytearray(content)
    mutated[place] ^= 1 << bit
    return bytes(mutated)


def updated(content: bytes, change: Callable[[Any], None]) -> bytes:
    """An incremental update, as a program that fills in or paints over makes one."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    made = io.BytesIO()
    writer.write(made)
    assert made.getvalue().startswith(content)
    return made.getvalue()


def catalogue(writer: Any) -> None:
    from pyhanko.pdf_utils import generic

    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()


def paint_over(writer: Any) -> None:
    from pyhanko.pdf_utils import generic

    writer.add_stream_to_page(0, writer.add_object(generic.StreamObject(stream_data=b"1 g 0 0 999 999 re f")))


def annotate(writer: Any) -> None:
    from pyhanko.pdf_utils import generic

    name = generic.pdf_name
    note = generic.DictionaryObject(
        {
            name("/Type"): name("/Annot"),
            name("/Subtype"): name("/FreeText"),
            name("/Contents"): generic.pdf_string("同意"),
            name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
        }
    )
    writer.register_annotation(writer.find_page_for_modification(0)[0], writer.add_object(note))


def saved_anew(content: bytes) -> bytes:
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as opened:
        opened.save(made)
    return made.getvalue()


def look_alike(paper: bytes, settings: Any, folder: Path) -> bytes:
    """Sealed with a certificate of the same name under another root."""
    root_key, key = seals.curve(), seals.curve()
    root = seals.certificate("另一个根", root_key)
    own = seals.certificate(seal.TRIAL, key, under=(root, root_key))
    assert seal.is_trial(own)
    settings.SEAL_KEYSTORE, settings.SEAL_PASSPHRASE = seals.pkcs12(folder / "x.p12", key, own, root), seals.PASSPHRASE
    settings.SEAL_CERTIFICATES = seals.pem(own)
    made = seal.sealed(paper, at=AT)
    settings.SEAL_KEYSTORE, settings.SEAL_PASSPHRASE, settings.SEAL_CERTIFICATES = None, "", ""
    return made


def test_an_unaltered_seal_is_intact_and_another_says_nothing(sealed: bytes, paper: bytes) -> None:
    assert says(sealed) == Seal.INTACT
    assert says(paper) == Seal.NONE
    assert says(b"hello") == says(b"") == says(b"\n" + sealed) == Seal.NO_PDF
    assert examiner.examined(sealed, []) == Seal.FOREIGN  # a site that has no seal knows none


def test_no_flip_outside_the_signature_is_intact(sealed: bytes) -> None:
    inside, drawn = contents(sealed), random.Random(20261123)
    places = [place for place in range(len(sealed)) if place not in inside]
    found = [says(flipped(sealed, place, drawn.randrange(8))) for place in drawn.sample(places, FLIPS)]
    assert Seal.INTACT not in found
    assert found.count(Seal.ALTERED) > FLIPS * 0.8  # what breaks the structure cannot be read at all


def test_flips_in_the_signature_are_intact_only_where_it_covers_nothing(sealed: bytes) -> None:
    """Padding is accepted: it is the record that finds those."""
    inside = contents(sealed)
    used = len(sealed[inside.start : inside.stop].rstrip(b"0"))
    assert says(flipped(sealed, inside.stop - 2)) == Seal.INTACT
    verdicts = {says(flipped(sealed, inside.start + place)) for place in range(used - 140, used, 9)}  # the value itself
    assert Seal.INTACT not in verdicts


@pytest.mark.parametrize("change", [catalogue, paint_over, annotate])
def test_an_update_after_the_seal_is_told(change: Callable[[Any], None], sealed: bytes) -> None:
    assert says(updated(sealed, change)) == Seal.ADDED


@pytest.mark.parametrize("garbage", [b"\n", b"\0" * 40, b"\n9 0 obj<<>>endobj\n"])
def test_garbage_after_the_end_is_told(garbage: bytes, sealed: bytes) -> None:
    assert says(sealed + garbage) == Seal.ADDED


def test_an_end_without_a_beginning_is_unclear(sealed: bytes) -> None:
    assert says(sealed + b"%%EOF\n") == Seal.UNCLEAR


def test_a_seal_that_was_cut_off_is_none(sealed: bytes, paper: bytes) -> None:
    assert says(sealed[: len(paper)]) == Seal.NONE
    assert says(sealed[:-200]) not in (Seal.INTACT, Seal.ADDED)


def test_a_file_saved_anew_is_altered(sealed: bytes) -> None:
    again = saved_anew(sealed)
    assert PdfReader(io.BytesIO(again)).pages[0].extract_text() == PdfReader(io.BytesIO(sealed)).pages[0].extract_text()
    assert says(again) in (Seal.ALTERED, Seal.UNCLEAR)


def test_a_look_alike_is_foreign(paper: bytes, settings: Any, tmp_path: Path) -> None:
    assert says(look_alike(paper, settings, tmp_path)) == Seal.FOREIGN


def test_a_second_signature_beside_ours_is_told(paper: bytes, tmp_path: Path) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    key = seals.curve()
    place = seals.pkcs12(tmp_path / "y.p12", key, seals.certificate("他人", key, until=AT + timedelta(days=9000)))
    signer = signers.SimpleSigner.load_pkcs12(str(place), passphrase=seals.PASSPHRASE.encode())
    assert signer is not None
    other = signers.PdfSignatureMetadata(field_name="Other")
    first = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(paper)), other, signer=signer).getvalue()
    assert says(first) == Seal.FOREIGN
    with pytest.raises(seal.NotSealed):
        seal.sealed(first, at=AT)
    ours = signers.PdfSignatureMetadata(field_name=examiner.FIELD)
    own = seal._signer(seal._keystore(seal._trial(), ""))
    both = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(first)), ours, signer=own).getvalue()
    assert says(both) == Seal.ADDED


def test_our_key_in_another_field_is_not_our_seal(paper: bytes) -> None:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    signer = seal._signer(seal._keystore(seal._trial(), ""))
    made = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(paper)), signers.PdfSignatureMetadata(field_name="Elsewhere"), signer=signer
    )
    assert says(made.getvalue()) == Seal.UNCLEAR


def test_two_papers_cannot_swap_their_seals(sealed: bytes, paper: bytes) -> None:
    other = printed("林示乙")
    assert says(other + sealed[len(paper) :]) in (Seal.ALTERED, Seal.UNCLEAR)


# --- the process that reads a file from anybody ------------------------------------------------------------------


def bomb() -> bytes:
    """A PDF whose table of objects is four gigabytes when unpacked."""
    packer, block = zlib.compressobj(9), b"\0" * 2**24
    squeezed = [packer.compress(block) for _ in range(256)]
    data = b"".join([*squeezed, packer.flush()])
    head = b"%%PDF-1.7\n1 0 obj<</Type/XRef/W[1 2 1]/Size 9/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(
        data
    )
    return head + data + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


def endless() -> bytes:
    """Tables that name each other as the one before."""
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 1/Root 1 0 R/Prev 9>>\n"
    return b"%PDF-1.7\n" + table + b"startxref\n9\n%%EOF\n"


def deep() -> bytes:
    return b"%PDF-1.7\n1 0 obj" + b"[" * 200_000 + b"endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


@pytest.mark.slow
@pytest.mark.parametrize("hostile", [bomb, endless, deep, lambda: b"%PDF-1.7\n" + b"\0" * (filing.MOST_BYTES - 9)])
def test_a_hostile_file_is_unclear_in_bounded_time(hostile: Callable[[], bytes]) -> None:
    content = hostile()
    assert len(content) <= filing.MOST_BYTES
    began = time.monotonic()
    assert examining.seal_on(content) in (Seal.UNCLEAR, Seal.NONE)
    assert time.monotonic() - began < examining.SECONDS


def test_the_process_answers_as_the_function_does(sealed: bytes, paper: bytes) -> None:
    for content in (sealed, paper, sealed + b"\n", b"hello"):
        assert examining.seal_on(content) == says(content)


def test_the_process_may_neither_write_a_file_nor_take_the_machine() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import examiner, resource as r; examiner.limit();"
        "print(r.getrlimit(r.RLIMIT_FSIZE)[0], r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CPU)[0])"
    )
    folder = str(Path(examiner.__file__).parent)
    said = subprocess.run([sys.executable, "-I", "-c", program, folder], capture_output=True, check=True, text=True)
    assert said.stdout.split() == ["0", str(2**30), str(examiner.SECONDS)]


def test_certificates_that_cannot_be_read_make_no_seal_foreign(sealed: bytes, settings: Any) -> None:
    settings.SEAL_CERTIFICATES = "none"
    assert examining.seal_on(sealed) == Seal.UNCLEAR
