"""Papers of a test lie in a folder of their own, with no font but ours."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def papers(settings: Any, tmp_path: Path) -> Path:
    settings.PAPERS_ROOT = tmp_path / "papers"
    settings.FONTS_ROOT = tmp_path / "fonts"
    return settings.PAPERS_ROOT


@pytest.fixture(scope="session")
def pdf() -> bytes:
    """The smallest thing that is a PDF from its first byte to its last."""
    return b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(kept, "JPEG")
    return kept.getvalue()
