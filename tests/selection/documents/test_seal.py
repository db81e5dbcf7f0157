"""The seal: every paper but the blank ballot carries it, and none leaves half sealed."""

import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from django.utils import translation
from pypdf import PdfReader

from selection.documents import checkpoint, examiner, filing, making, render, requests, seal
from selection.documents.examiner import Seal
from selection.enums import DocumentState
from selection.models import Document
from tests.factories import AT, Point, run_to
from tests.selection.documents import seals

pytestmark = pytest.mark.usefixtures("in_english")
PAPER = "<html lang=zh><title>公</title><body><h1>任前公示</h1></body></html>"


@pytest.fixture
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def paper() -> bytes:
    return render.press(PAPER)


@pytest.fixture
def unit(settings: Any, tmp_path: Path) -> Any:
    """A site with the seal of its unit: a PKCS#12 under a root."""
    root_key, key = seals.curve(), seals.curve()
    root = seals.certificate("试验根", root_key)
    own = seals.certificate("中共澄溪县委组织部", key, under=(root, root_key))
    settings.SEAL_KEYSTORE = seals.pkcs12(tmp_path / "seal.p12", key, own, root)
    settings.SEAL_PASSPHRASE, settings.SEAL_CERTIFICATES = seals.PASSPHRASE, seals.pem(own)
    return settings


def says(content: bytes) -> Seal:
    return examiner.examined(content, seal.in_der())


# --- what is sealed ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.covers("WPR-20")
def test_a_paper_is_kept_with_the_seal_behind_its_last_byte() -> None:
    course = run_to(Point.NOTICE)
    document = Document.objects.filter(selection=course.selection, state=DocumentState.REQUESTED).order_by("pk").last()
    assert document is not None
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    kept = filing.read(document.sha256)
    bare = making.pdf(document, checkpoint.of(document), at=course.at)
    assert kept.startswith(bare)
    assert document.unsealed == hashlib.sha256(bare).hexdigest()
    assert (says(kept), says(bare)) == (Seal.INTACT, Seal.NONE)


def test_the_seal_names_its_moment_by_the_clock_it_is_told_and_shows_nothing(paper: bytes) -> None:
    seal.make_ready(at=AT)
    sealed = seal.sealed(paper, at=AT)
    read, bare = PdfReader(io.BytesIO(sealed)), PdfReader(io.BytesIO(paper))
    ((name, field),) = (read.get_fields() or {}).items()
    assert name == examiner.FIELD
    assert field["/V"]["/M"] == "D:20260302090000+08'00'"
    assert field["/V"]["/SubFilter"] == "/ETSI.CAdES.detached"
    assert read.trailer["/Root"]["/Perms"]["/DocMDP"]["/Reference"][0]["/TransformParams"]["/P"] == 1
    assert read.pages[0]["/Annots"][0].get_object()["/Rect"] == [0, 0, 0, 0]
    assert read.metadata == bare.metadata
    with pypdfium2.PdfDocument(sealed) as one, pypdfium2.PdfDocument(paper) as other:
        assert [page.render().to_pil().tobytes() for page in one] == [
            page.render().to_pil().tobytes() for page in other
        ]


def test_a_trial_says_in_its_own_name_that_its_seal_is_none(settings: Any, tmp_path: Path) -> None:
    settings.DATA_ROOT = tmp_path
    assert seal.certificates() == []
    seal.make_ready(at=AT)
    (first,) = seal.certificates()
    seal.make_ready(at=AT + timedelta(days=20_000))  # a clock that was moved far ahead
    assert seal.certificates() == [first]
    assert seal.is_trial(first)
    assert "不具效力" in first.subject.rfc4514_string()
    (file,) = (tmp_path / "seal").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["pkcs12", "pem", "rsa"])
def test_a_unit_seals_with_its_own_certificate(kind: str, unit: Any, paper: bytes, tmp_path: Path) -> None:
    if kind != "pkcs12":
        key = seals.curve() if kind == "pem" else seals.rsa.generate_private_key(65537, 2048)
        own = seals.certificate("单位印章", key)
        unit.SEAL_KEYSTORE, unit.SEAL_PASSPHRASE = seals.open_pem(tmp_path / "seal.pem", key, own), ""
        unit.SEAL_CERTIFICATES += seals.pem(own)
    seal.make_ready(at=AT)
    seal.check_keystore()
    assert says(seal.sealed(paper, at=AT)) == Seal.INTACT
    assert not any(seal.is_trial(one) for one in seal.certificates())


def test_a_paper_sealed_under_an_earlier_certificate_stays_ours(unit: Any, paper: bytes, tmp_path: Path) -> None:
    before = seal.sealed(paper, at=AT)
    key = seals.curve()
    renewed = seals.certificate("中共澄溪县委组织部", key, valid_from=AT, until=AT + timedelta(days=3000))
    unit.SEAL_KEYSTORE = seals.pkcs12(tmp_path / "new.p12", key, renewed)
    unit.SEAL_CERTIFICATES += seals.pem(renewed)
    assert seal.certificates()[-1] == renewed
    assert (says(before), says(seal.sealed(paper, at=AT))) == (Seal.INTACT, Seal.INTACT)


def test_a_site_without_a_seal_makes_papers_without_one(settings: Any, paper: bytes) -> None:
    settings.DEMONSTRATION = False
    seal.make_ready(at=AT)
    assert seal.sealed(paper, at=AT) == paper
    assert seal.certificates() == []


# --- what cannot be sealed ---------------------------------------------------------------------------------------


def wrong_passphrase(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_PASSPHRASE = "另一口令"


def no_passphrase(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_PASSPHRASE = ""


def no_file(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_KEYSTORE.unlink()


def no_key(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_KEYSTORE = None


def not_a_keystore(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_KEYSTORE.write_bytes(b"seal")


def key_of_another(unit: Any, tmp_path: Path) -> None:
    own = seals.certificate("单位印章", seals.curve())
    unit.SEAL_KEYSTORE, unit.SEAL_PASSPHRASE = seals.open_pem(tmp_path / "seal.pem", seals.curve(), own), ""
    unit.SEAL_CERTIFICATES = seals.pem(own)


def unknown_certificate(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_CERTIFICATES = seals.pem(seals.certificate("另一印章", seals.curve()))


def no_certificates(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_CERTIFICATES = "-----BEGIN CERTIFICATE-----"


def lasting(unit: Any, tmp_path: Path, *, valid_from: datetime, until: datetime) -> None:
    key = seals.curve()
    own = seals.certificate("单位印章", key, valid_from=valid_from, until=until)
    unit.SEAL_KEYSTORE, unit.SEAL_CERTIFICATES = seals.pkcs12(tmp_path / "seal.p12", key, own), seals.pem(own)


def run_out(unit: Any, tmp_path: Path) -> None:
    lasting(unit, tmp_path, valid_from=seals.FROM, until=AT - timedelta(seconds=1))


def not_yet(unit: Any, tmp_path: Path) -> None:
    lasting(unit, tmp_path, valid_from=AT + timedelta(seconds=1), until=seals.UNTIL)


def hook_gone(unit: Any, tmp_path: Path) -> None:
    unit.SEAL_HOOK = "tests.selection.documents.test_seal.nowhere"


BEFORE_ANY_WORK: dict[Callable[[Any, Path], None], str] = {
    wrong_passphrase: "see SEAL_PASSPHRASE",
    no_passphrase: "see SEAL_PASSPHRASE",
    no_file: "cannot be read",
    no_key: "without a key",
    not_a_keystore: "PKCS#12 or PEM",
    key_of_another: "belongs to none",
    unknown_certificate: "does not hold the certificate",
    no_certificates: "no certificates in PEM",
    run_out: "has run out",
    not_yet: "not in force yet",
    hook_gone: "SEAL_HOOK names no function",
}


@pytest.mark.parametrize("fault", BEFORE_ANY_WORK, ids=lambda fault: fault.__name__)
def test_a_seal_that_cannot_be_used_seals_nothing(
    fault: Callable[[Any, Path], None], unit: Any, paper: bytes, tmp_path: Path
) -> None:
    fault(unit, tmp_path)
    with pytest.raises(seal.NotSealed, match=BEFORE_ANY_WORK[fault]) as caught:
        seal.make_ready(at=AT)
    assert seals.PASSPHRASE not in str(caught.value)
    with pytest.raises(seal.NotSealed, match=BEFORE_ANY_WORK[fault]):
        seal.sealed(paper, at=AT)


def raises(pdf: bytes) -> bytes:
    raise ConnectionError("the seal server of 澄溪 does not answer")


def nothing(pdf: bytes) -> None:
    return None


def words(pdf: bytes) -> str:
    return "sealed"


def unchanged(pdf: bytes) -> bytes:
    return pdf


def another(pdf: bytes) -> bytes:
    return pdf[:-1] + b" " + pdf


def cut(pdf: bytes) -> bytes:
    return pdf + b"9 0 obj" + b" " * 5000


def vast(pdf: bytes) -> bytes:
    return pdf + b" " * filing.MOST_BYTES + b"startxref\n9\n%%EOF\n"


def good(pdf: bytes) -> bytes:
    """As a seal server would answer: an update of the PDF."""
    return pdf + b"9 0 obj<<>>endobj\ntrailer<</Prev 9>>\nstartxref\n60\n%%EOF\n"


@pytest.mark.parametrize(
    ("hook", "why"),
    [
        (raises, "failed: ConnectionError"),
        (nothing, "no bytes"),
        (words, "no bytes"),
        (unchanged, "does not begin with the paper"),
        (another, "does not begin with the paper"),
        (cut, "no whole PDF"),
        (vast, "no whole PDF"),
    ],
)
def test_what_a_seal_server_answers_is_not_believed(
    hook: Callable[[bytes], Any], why: str, unit: Any, paper: bytes
) -> None:
    unit.SEAL_KEYSTORE, unit.SEAL_HOOK = None, f"tests.selection.documents.test_seal.{hook.__name__}"
    seal.make_ready(at=AT)
    with pytest.raises(seal.NotSealed, match=why) as caught:
        seal.sealed(paper, at=AT)
    assert "澄溪" not in str(caught.value)


def test_a_seal_server_seals(unit: Any, paper: bytes) -> None:
    unit.SEAL_KEYSTORE, unit.SEAL_HOOK = None, "tests.selection.documents.test_seal.good"
    seal.check_keystore()
    assert seal.sealed(paper, at=AT) == good(paper)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.covers("WPR-20", refused=True)
def test_a_paper_outlives_a_certificate_that_ran_out(
    unit: Any, papers: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It waits, nothing of it is kept, and after the renewal it is made by itself."""
    course = run_to(Point.NOTICE)
    document = Document.objects.filter(selection=course.selection, state=DocumentState.REQUESTED).order_by("pk").last()
    assert document is not None
    good_seal = (unit.SEAL_KEYSTORE.read_bytes(), unit.SEAL_CERTIFICATES)
    lasting(unit, tmp_path, valid_from=seals.FROM, until=course.at - timedelta(days=1))
    with pytest.raises(seal.NotSealed):
        making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert (document.state, document.problem, document.sha256) == (DocumentState.REQUESTED, "", "")
    assert not [file for file in papers.rglob("*") if file.is_file()]
    assert f"paper {document.pk} waits for its seal: The certificate of the seal has run out" in caplog.text
    assert not making.is_being_made(document.pk)
    assert requests.send_waiting(datetime(2099, 1, 1, tzinfo=UTC)) > 0
    unit.SEAL_KEYSTORE.write_bytes(good_seal[0])
    unit.SEAL_CERTIFICATES = good_seal[1]
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert says(filing.read(document.sha256)) == Seal.INTACT
