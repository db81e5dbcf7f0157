"""Papers are asked for by rows: a queue that does not answer loses none, and two workers make one."""

import threading
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db import connection, connections

from audit import reading
from selection import acts, tasks
from selection.documents import filing, making, requests
from selection.enums import DocumentState, Paper
from selection.models import Account, Document, Selection
from tests import factories
from tests.selection.beside import AT, beside_an_entry, later
from tests.selection.documents.printed import words_of


@pytest.fixture
def county(transactional_db: None) -> factories.County:
    return factories.county(members=4)


@pytest.fixture
def selection(county: factories.County) -> Selection:
    return factories.course(county).go_to(factories.Point.LISTED).now()


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(current_app.conf, "broker_write_url", f"redis+socket://{tmp_path}/nobody.sock")


def form(county: factories.County, selection: Selection, at: Any = AT) -> Document:
    made: Document = requests.request_document(selection, actor=county["jingban"], at=at, kind=Paper.RECORD_FORM)
    return made


def queued() -> int:
    with current_app.connection_for_write() as queue:
        return int(queue.default_channel.client.llen("celery"))


@pytest.fixture
def empty_queue() -> None:
    with current_app.connection_for_write() as queue:
        queue.default_channel.client.delete("celery")


def test_request_document_nudges_the_worker_once_it_is_committed(
    county: factories.County, selection: Selection, empty_queue: None
) -> None:
    document = form(county, selection)
    assert (document.state, document.kind, document.sha256) == (DocumentState.REQUESTED, Paper.RECORD_FORM, "")
    assert document.title == f"干部选拔任用工作记实表（{selection.number}）"
    assert queued() == 1


@pytest.mark.usefixtures("no_queue")
def test_request_document_succeeds_while_the_queue_is_down(
    county: factories.County, selection: Selection, caplog: pytest.LogCaptureFixture
) -> None:
    document = form(county, selection)
    document.refresh_from_db()
    assert document.state == DocumentState.REQUESTED
    assert f"paper {document.pk} waits for the next scan" in caplog.text
    assert selection.number not in caplog.text
    assert reading.entries(stream=f"selection:{selection.pk}", actions=["request_document"])


def test_send_waiting_sends_again_what_has_waited_for_more_than_a_minute(
    county: factories.County, selection: Selection, empty_queue: None
) -> None:
    form(county, selection)
    assert requests.send_waiting(later(seconds=60)) == 0
    assert requests.send_waiting(later(seconds=61)) == 1
    assert queued() == 2


@pytest.mark.parametrize(("username", "kind"), [("jingban", Paper.EVIDENCE), ("jingban", Paper.NOTICE)])
def test_request_document_of_what_cannot_be_made_is_refused(
    county: factories.County, selection: Selection, username: str, kind: Paper
) -> None:
    with pytest.raises(acts.Refused):
        requests.request_document(selection, actor=county[username], at=AT, kind=kind)
    assert not Document.objects.exists()


@pytest.mark.parametrize("username", ["kaocha1", "jiwei", "guanli", "jipiao1"])
def test_request_document_is_not_for_everybody(county: factories.County, selection: Selection, username: str) -> None:
    with pytest.raises(acts.NotPermitted):
        requests.request_document(selection, actor=county[username], at=AT, kind=Paper.RECORD_FORM)
    assert not Document.objects.exists()


@pytest.mark.covers("WPR-21")
def test_file_document_keeps_the_hash_in_row_and_record(
    county: factories.County, selection: Selection, pdf: bytes
) -> None:
    upload = filing.keep(pdf, "会议纪要.pdf")
    made = requests.file_document(selection, actor=county["jingban"], at=AT, title="部长办公会纪要", upload=upload)
    assert (made.kind, made.state, made.sha256, made.size) == (
        Paper.EVIDENCE,
        DocumentState.KEPT,
        upload.sha256,
        len(pdf),
    )
    entry = reading.entries(stream=f"selection:{selection.pk}", newest_first=True)[0]
    assert [dict(file) for file in entry.files] == [
        {"name": "会议纪要.pdf", "sha256": upload.sha256, "bytes": len(pdf)}
    ]
    assert "部长办公会纪要" not in entry.body


def test_render_document_keeps_one_pdf_and_records_its_hash(county: factories.County, selection: Selection) -> None:
    document = form(county, selection)
    tasks.render_document(document.pk)
    document.refresh_from_db()
    assert document.state == DocumentState.KEPT
    content = filing.read(document.sha256)
    assert (document.size, document.media_type) == (len(content), "application/pdf")
    assert document.name == f"干部选拔任用工作记实表（{selection.number}）.pdf"
    assert selection.number in words_of(content)
    entry = reading.entries(stream=f"selection:{selection.pk}", newest_first=True)[0]
    assert (entry.action, entry.actor["role"]) == ("keep_document", "clock")
    assert [file["sha256"] for file in entry.files] == [document.sha256]
    kept_at = document.kept_at
    tasks.render_document(document.pk)
    document.refresh_from_db()
    assert document.kept_at == kept_at
    assert len(reading.entries(stream=f"selection:{selection.pk}", actions=["keep_document"])) == 1


def test_two_workers_make_one_paper(county: factories.County, selection: Selection) -> None:
    document = form(county, selection)
    start = threading.Barrier(2)
    made: list[bool] = []

    def work() -> None:
        try:
            start.wait()
            made.append(making.make(document.pk, at=AT))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(made) == [False, True]
    assert len(reading.entries(stream=f"selection:{selection.pk}", actions=["keep_document"])) == 1


def test_a_paper_is_being_made_only_while_a_living_worker_is_at_it(
    county: factories.County, selection: Selection
) -> None:
    document, other = form(county, selection), form(county, selection)

    def being_made() -> list[bool]:
        return [making.is_being_made(paper.pk) for paper in (document, other)]

    assert being_made() == [False, False]
    with making._alone_with(document.pk):
        assert being_made() == [True, False]
    assert being_made() == [False, False]
    worker = connections.create_connection("default")
    try:
        with worker.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s), pg_backend_pid()", making._key(document.pk))
            alone, pid = cursor.fetchone()
        assert (alone, being_made(), making.make(document.pk, at=AT)) == (True, [True, False], False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    finally:
        worker.close()
    assert being_made() == [False, False]
    assert making.make(document.pk, at=AT)


@pytest.mark.covers("WPR-04", refused=True)
def test_a_missing_character_stops_the_paper_and_is_named(county: factories.County, selection: Selection) -> None:
    with beside_an_entry(selection):
        Selection.objects.filter(pk=selection.pk).update(reason="原主任王𰽔退休")
    document = form(county, selection)
    assert making.make(document.pk, at=AT)
    document.refresh_from_db()
    assert (document.state, document.sha256, document.kept_at) == (DocumentState.FAILED, "", None)
    assert "𰽔" in document.problem
    assert "U+30F54" in document.problem
    assert reading.entries(stream=f"selection:{selection.pk}", newest_first=True)[0].action == "keep_document"
    assert requests.send_waiting(later(days=1)) == 0


def test_a_paper_that_cannot_be_put_together_fails_and_says_so(
    county: factories.County, selection: Selection, caplog: pytest.LogCaptureFixture
) -> None:
    with beside_an_entry(selection):
        document = requests.request(selection, Paper.NOTICE, actor=county["jingban"], at=AT)  # of nobody
    assert making.make(document.pk, at=AT)
    document.refresh_from_db()
    assert document.state == DocumentState.FAILED
    assert document.problem
    assert f"paper {document.pk} could not be made" in caplog.text
    assert requests.send_waiting(later(days=1)) == 0


def test_a_full_disk_leaves_the_paper_waiting(county: factories.County, selection: Selection, papers: Path) -> None:
    papers.parent.mkdir(exist_ok=True)
    papers.write_text("no folder")
    document = form(county, selection)
    with pytest.raises(OSError, match="papers"):
        making.make(document.pk, at=AT)
    document.refresh_from_db()
    assert document.state == DocumentState.REQUESTED
    papers.unlink()
    assert making.make(document.pk, at=AT)


def test_keep_document_is_for_the_clock_alone_and_once(
    county: factories.County, selection: Selection, pdf: bytes
) -> None:
    document, upload = form(county, selection), filing.keep(pdf, "伪造.pdf")
    with pytest.raises(acts.NotPermitted):
        requests.keep_document(document, actor=county["jingban"], at=AT, upload=upload)
    requests.keep_document(document, actor=Account.objects.clock(), at=AT, problem="排版失败")
    with pytest.raises(acts.Conflict):
        requests.keep_document(document, actor=Account.objects.clock(), at=AT, upload=upload)
    document.refresh_from_db()
    assert (document.state, document.problem, document.sha256) == (DocumentState.FAILED, "排版失败", "")
