"""The press: official pages, our own fonts, nothing fetched, nothing else read."""

import io
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from pypdf import PdfReader

from selection.documents import press, render
from tests.selection.documents.printed import fonts_in, words, words_of

NAMES = "王喆堃、李昇镕、张珺祎、赵赟、牛犇、龚䶮、金𬭎"
PAPER = (
    '<!doctype html><html lang="zh-CN"><head><title>测试公文</title></head><body>'
    "<h1>关于测试的公示</h1><h2>一、人选</h2><p>{}</p></body></html>"
)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return render.press(PAPER.format(NAMES))


def test_press_returns_every_character_and_only_our_fonts(paper: bytes) -> None:
    assert words_of(paper) == "关于测试的公示一、人选" + NAMES
    assert fonts_in(paper) == {"Noto-Serif-SC", "Noto-Serif-SC-Bold", "Noto-Sans-SC"}


def test_press_makes_an_archival_a4_document_in_chinese(paper: bytes) -> None:
    document = PdfReader(io.BytesIO(paper))
    box = document.pages[0].mediabox
    assert [round(float(side) / 72 * 25.4) for side in (box.width, box.height)] == [210, 297]
    assert document.metadata is not None
    assert document.metadata.title == "测试公文"
    assert document.trailer["/Root"]["/Lang"] == "zh-CN"
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_press_sets_22_lines_of_28_characters() -> None:
    text = "".join(f"<p>{chr(0x4E00 + number) * 26}</p>" for number in range(30))
    document = PdfReader(io.BytesIO(render.press(f'<html lang="zh-CN"><title>行</title><body>{text}</body></html>')))
    lines = [line for line in document.pages[0].extract_text().splitlines() if "—" not in line and line.strip()]
    assert len(document.pages) == 2
    assert [len(words(line)) for line in lines] == [26] * 22


def test_press_gives_the_same_bytes_again(paper: bytes) -> None:
    assert render.press(PAPER.format(NAMES)) == paper


@pytest.mark.parametrize(
    "reference",
    [
        '<img src="http://{address}/logo.png" alt="">',
        '<link rel="stylesheet" href="http://{address}/style.css">',
        '<link rel="stylesheet" href="file://{file}">',
        '<link rel="attachment" href="file://{file}">',
        '<img src="file://{file}" alt="">',
    ],
)
def test_press_fetches_nothing_and_reads_no_file(tmp_path: Path, reference: str) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg'><text>绝密内容</text></svg>")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"127.0.0.1:{server.getsockname()[1]}"
        inserted = reference.format(address=address, file=secret)
        with pytest.raises(render.PressFailed, match="FatalURLFetchingError"):
            render.press(f'<html lang="zh-CN"><title>外链</title>{inserted}<p>正文</p></html>')
        with pytest.raises(BlockingIOError):
            server.accept()


def test_press_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "SECONDS", 0.01)
    with pytest.raises(render.PressFailed, match="no PDF within"):
        render.press(PAPER.format(NAMES))


def test_press_that_is_killed_from_outside_is_no_fault_of_the_paper() -> None:
    """A machine short of memory kills the largest process; the paper must wait, and not be called impossible."""
    with ThreadPoolExecutor(1) as worker:
        paper = worker.submit(render.press, PAPER.format(NAMES * 200))
        pressing = None
        while pressing is None and not paper.done():
            children = psutil.Process().children()
            pressing = next((child for child in children if "press.py" in " ".join(child.cmdline())), None)
        assert pressing is not None
        pressing.kill()
        with pytest.raises(InterruptedError, match="SIGKILL"):
            paper.result()


def test_press_without_room_is_no_fault_of_the_paper(tmp_path: Path) -> None:
    """Writing to a full device is what the end of a disk looks like to the press."""
    style = Path(settings.BASE_DIR) / "static" / "documents" / "paper.css"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-I", press.__file__, str(style)],
            input=b"<p>paper</p>",
            stdout=full,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    assert done.returncode == press.NO_ROOM


def test_press_that_waits_makes_the_same_paper_and_the_next_one_waits_after_it(paper: bytes) -> None:
    me = psutil.Process()
    before = me.children()
    render.keep_ahead()
    try:
        (waiting,) = (child for child in me.children() if child not in before)
        assert render.press(PAPER.format(NAMES)) == paper
        assert not waiting.is_running()
        (following,) = (child for child in me.children() if child not in before)
        following.kill()
        following.wait(10)
        assert render.press(PAPER.format(NAMES)) == paper, "a press that died while waiting was given the paper"
    finally:
        render.keep_no_more()
    assert [child for child in me.children() if child not in before] == []


def test_text_of_is_what_a_reader_sees() -> None:
    html = "<title>公示</title><style>p { color: 红 }</style><p>王&#x5586;<br>堃</p><img alt='码'>"
    assert render.text_of(html) == "公示\n王喆\n堃"
