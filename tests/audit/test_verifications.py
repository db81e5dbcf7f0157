"""Verifications of the whole record: asked for, every night, carried out by the worker, and told (核验任务)."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from audit import reading, verification
from audit.models import Checkpoint, Entry, Verification
from audit.tasks import keep_verified, verify_record
from cadre import wellbeing
from selection.enums import Role
from tests.audit.notarising import Office, many, tampered
from tests.audit.test_pages import VERIFY, account
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.audit.urls")]

EDIT = "UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2') WHERE seq = 1"


@pytest.fixture
def auditor() -> LintingClient:
    client = LintingClient()
    with transaction.atomic():
        client.force_login(account("auditor", Role.AUDITOR))
    return client


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record is one that the worker verifies."""
    monkeypatch.setattr(verification, "AT_ONCE", 0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in the November of this test, in Beijing."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.tampers
def test_what_was_found_reads_later_as_it_was_found(office: Office) -> None:
    many(3)
    office.step()
    many(2, "person:5")
    tampered(EDIT)
    one = verification.ask(at=timezone.now())
    assert one.finished_at is not None
    assert verification.verdict_of(one) == reading.verify()
    assert verification.latest() == one
    tampered()


def test_every_night_the_record_is_verified_once(office: Office) -> None:
    many(2)
    for moment, asked in [(at(21, 1, 59), 0), (at(21, 2), 1), (at(21, 23), 1), (at(22, 1, 59), 1), (at(22, 7), 2)]:
        verification.keep(moment)
        assert Verification.objects.count() == asked, moment
    last = verification.latest()
    assert last is not None
    assert verification.verdict_of(last).whole


def test_a_large_record_is_verified_by_the_worker_while_its_page_says_how_far_it_is(
    office: Office, auditor: LintingClient, large: None
) -> None:
    many(3)
    waiting = auditor.post(VERIFY, follow=True)
    page = waiting.redirect_chain[-1][0]
    assert "正在等待后台开始" in waiting.content.decode()
    one = Verification.objects.get()
    Verification.objects.update(touched_at=timezone.now(), entries=2)
    polled = auditor.get(page, headers={"HX-Request": "true"}).content.decode()
    assert f"已读 2 条，共 {one.expected} 条" in polled
    assert "<!DOCTYPE" not in polled
    verification.carry_out(one.pk)  # somebody is at it
    assert Verification.objects.get().finished_at is None
    Verification.objects.update(touched_at=timezone.now() - timedelta(minutes=3))
    assert "核验停住了" in auditor.get(page).content.decode()
    verify_record(one.pk)
    done = Verification.objects.get()
    assert done.finished_at is not None
    verify_record(one.pk)  # the message came twice
    assert Verification.objects.get().finished_at == done.finished_at
    assert auditor.get(page, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "记录完整，未见增、删、改、换序" in auditor.get(page).content.decode()
    assert "纪实完整" in auditor.get(VERIFY).content.decode()


def test_what_a_worker_left_undone_is_begun_again(office: Office, large: None) -> None:
    many(2)
    one = verification.ask(at=timezone.now())
    Verification.objects.update(asked_at=timezone.now() - timedelta(hours=1), touched_at=timezone.now())
    keep_verified()
    assert list(verification._to_do(timezone.now())) == []
    Verification.objects.filter(pk=one.pk).update(touched_at=timezone.now() - timedelta(minutes=3))
    assert [todo.pk for todo in verification._to_do(timezone.now())] == [one.pk]


@pytest.mark.tampers
def test_a_record_that_was_altered_raises_the_alarm_until_it_is_found_whole(office: Office) -> None:
    many(3)
    assert "尚未核验" in str(wellbeing.record().says)
    office.step()
    verification.ask(at=timezone.now())
    assert wellbeing.record().well
    tampered(EDIT)
    verification.ask(at=timezone.now())
    alarm = wellbeing.record()
    assert (alarm.well, "不完整" in str(alarm.says)) == (False, True)
    tampered(EDIT.replace('"seats":1\', \'"seats":2', '"seats":2\', \'"seats":1'))
    verification.ask(at=timezone.now())
    assert wellbeing.record().well
    Verification.objects.update(finished_at=timezone.now() - timedelta(days=3))
    assert not wellbeing.record().well


@pytest.mark.tampers
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_checkpoint_that_was_brought_along_is_held_against_the_record_by_the_worker(
    office: Office, auditor: LintingClient, large: None, language: str
) -> None:
    many(3)
    office.step()
    note = Checkpoint.objects.get().note
    tampered("DELETE FROM audit_checkpoint", "DELETE FROM audit_leaf", "DELETE FROM audit_entry WHERE seq = 2")
    auditor.cookies["language"] = language
    page = auditor.post(VERIFY, {"kept": note.rstrip("\n")}, follow=True).redirect_chain[-1][0]
    assert "geheim" not in page
    verify_record(Verification.objects.get().pk)
    assert 'data-kind="forked"' in auditor.get(page).content.decode()
    tampered()


def test_nobody_but_those_who_read_the_record_sees_a_verification(office: Office) -> None:
    many(2)
    one = verification.ask(at=timezone.now())
    client = LintingClient()
    with transaction.atomic():
        client.force_login(account("somebody", Role.STAFF))
    assert client.get(f"{VERIFY}{one.pk}/").status_code == 403
    assert not [row for row in Entry.objects.filter(stream="access") if "verified" in json.dumps(row.body)]


def test_progress_is_said_beside_the_reading(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a connection of its own: the reading one has not committed yet."""
    one = Verification.objects.create(asked_at=timezone.now(), expected=3)
    monkeypatch.setattr(verification, "SAID_EVERY", timedelta(0))
    with verification._progress(one.pk) as progress:
        with transaction.atomic():
            Entry.objects.exists()
            progress(2)
            transaction.set_rollback(True)
        assert Verification.objects.get(pk=one.pk).entries == 2
