"""Appending to the record (写入纪实)."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from audit import chain, reading, record
from audit.models import Entry, Opening
from tests.audit.entries import AT, entry, remember


@pytest.mark.django_db
@pytest.mark.covers("WPR-02", "WPR-20")
def test_an_entry_says_who_did_what_when_and_under_which_rules() -> None:
    before = timezone.now() - timedelta(seconds=1)
    appended = remember(
        entry(basis="ab" * 32, state="cd" * 32, files=[{"name": "公示.pdf", "sha256": "ef" * 32, "bytes": 9}])
    )
    (read,) = reading.entries(stream="selection:17")
    assert (appended[0].stream, appended[0].seq, appended[0].leaf) == ("selection:17", 0, read.leaf)
    assert read.actor == {"id": "9", "name": "周勤", "dept": "县委组织部", "role": "staff", "auth": "password"}
    assert (read.action, read.at, read.basis, read.case) == ("open_notice", AT, "ab" * 32, "selection:17")
    assert (read.object, read.data, read.state) == (("appointment", "31"), {"given": {"seats": 1}}, "cd" * 32)
    assert read.files == [{"name": "公示.pdf", "sha256": "ef" * 32, "bytes": 9}]
    assert before < read.recorded_at < timezone.now() + timedelta(seconds=1)
    assert read.leaf == chain.leaf(read.body)
    assert read.legible


@pytest.mark.django_db
def test_entries_are_numbered_and_chained_within_their_stream() -> None:
    remember(entry(), entry("person:5"))
    remember(entry())
    first, second = reading.entries(stream="selection:17")
    (alone,) = reading.entries(stream="person:5")
    assert (first.seq, first.prev) == (0, chain.origin("selection:17"))
    assert (second.seq, second.prev) == (1, first.leaf)
    assert (alone.seq, alone.prev) == (0, chain.origin("person:5"))


@pytest.mark.django_db
def test_places_come_back_in_the_order_given() -> None:
    appended = remember(entry("selection:17"), entry("access"), entry("person:5"))
    assert [place.stream for place in appended] == ["selection:17", "access", "person:5"]


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        record.append([entry()])
    assert not reading.entries()


@pytest.mark.django_db
def test_two_entries_of_one_stream_in_one_act_are_refused() -> None:
    with pytest.raises(ValueError, match="two entries of one stream"):
        remember(entry(), entry())
    assert not reading.entries()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"data": {"share": 0.5}}, chain.NotCanonical),
        ({"data": {"名额": 1}}, chain.NotCanonical),
        ({"data": {"votes": 2**53}}, chain.NotCanonical),
        ({"data": {"name": "周\0勤"}}, chain.NotCanonical),
        ({"data": {"sealed": {"reason": "ab" * 32}}}, ValueError),
        ({"at": AT.replace(tzinfo=None)}, chain.NotCanonical),
        ({"actor": {"id": "9", "name": "周勤"}}, chain.NotCanonical),
        ({"stream": "selection:17; DROP"}, chain.NotCanonical),
        ({"object": ("appointment", 31)}, chain.NotCanonical),
        ({"state": "not a digest"}, chain.NotCanonical),
        ({"action": "开始公示"}, chain.NotCanonical),
        ({"files": [{"name": "公示.pdf"}]}, chain.NotCanonical),
    ],
)
def test_what_verification_would_not_accept_is_not_appended(changed: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        remember(entry(**changed))
    assert not reading.entries()


@pytest.mark.django_db
def test_text_is_composed_before_it_enters() -> None:
    remember(entry(data={"name": "Zoe\u0308"}, sealed={"reason": "cafe\u0301"}))
    (read,) = reading.entries()
    assert (read.data["name"], dict(read.opened)) == ("Zoë", {"reason": "café"})
    assert reading.verify().whole


@pytest.mark.django_db
def test_a_sealed_text_stands_beside_the_entry_and_not_in_it() -> None:
    remember(entry(sealed={"reason": "举报人反映的情况", "talk": "谈话记录"}))
    (read,) = reading.entries()
    assert "举报人" not in read.body
    assert dict(read.opened) == {"reason": "举报人反映的情况", "talk": "谈话记录"}
    for opening in Opening.objects.all():
        assert read.data["sealed"][opening.field] == chain.commitment(bytes(opening.salt), opening.value)


@pytest.mark.django_db
def test_the_same_text_is_sealed_differently_each_time() -> None:
    remember(entry(sealed={"reason": "同意"}))
    remember(entry(sealed={"reason": "同意"}))
    first, second = reading.entries()
    assert first.data["sealed"] != second.data["sealed"]


# --- two at once ----------------------------------------------------------------------------------------------------


class Beside(threading.Thread):
    """Does something on a connection of its own and keeps what came of it."""

    def __init__(self, work: object) -> None:
        super().__init__()
        self.work = work
        self.result: object = None

    def run(self) -> None:
        try:
            self.result = self.work()  # type: ignore[operator]
        except Exception as error:
            self.result = error
        finally:
            connection.close()


def wait_until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")


@pytest.mark.django_db(transaction=True)
def test_the_second_of_two_writers_waits_and_follows_the_first() -> None:
    other = Beside(lambda: remember(entry(req="second")))
    with transaction.atomic():
        (first,) = record.append([entry(req="first")])
        other.start()
        wait_until_somebody_waits_for_a_lock()
    other.join(20)
    (second,) = other.result  # type: ignore[misc]
    assert (first.seq, second.seq) == (0, 1)
    assert [read.req for read in reading.entries(stream="selection:17")] == ["first", "second"]
    assert reading.verify().whole


@pytest.mark.django_db(transaction=True)
def test_a_writer_who_gives_up_leaves_no_gap() -> None:
    other = Beside(lambda: remember(entry(req="second")))
    with transaction.atomic():
        record.append([entry(req="given up")])
        other.start()
        wait_until_somebody_waits_for_a_lock()
        transaction.set_rollback(True)
    other.join(20)
    assert [(read.seq, read.req) for read in reading.entries(stream="selection:17")] == [(0, "second")]


@pytest.mark.django_db(transaction=True)
def test_writers_on_the_same_streams_in_opposite_order_never_deadlock() -> None:
    def write(*streams: str) -> int:
        return sum(len(remember(*map(entry, streams))) for _ in range(25))

    there = Beside(lambda: write("selection:17", "person:5", "access"))
    back = Beside(lambda: write("access", "person:5", "selection:17"))
    there.start()
    back.start()
    there.join(60)
    back.join(60)
    assert (there.result, back.result) == (75, 75)
    counted = reading.summaries(reading.streams())
    assert {name: one.entries for name, one in counted.items()} == {"access": 50, "person:5": 50, "selection:17": 50}
    assert reading.verify().whole


@pytest.mark.django_db(transaction=True)
def test_another_stream_does_not_wait() -> None:
    other = Beside(lambda: remember(entry("selection:18")))
    with transaction.atomic():
        record.append([entry("selection:17")])
        other.start()
        other.join(20)
        assert [place.seq for place in other.result] == [0]  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.tampers
def test_the_time_of_recording_never_runs_back_within_a_stream() -> None:
    """A database clock that was an hour ahead and has been set right."""
    remember(entry())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET recorded_at = recorded_at + interval '1 hour' RETURNING recorded_at")
        ahead = cursor.fetchone()[0]
    remember(entry())
    assert reading.entries(stream="selection:17")[1].recorded_at == ahead


# --- no way back ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "UPDATE audit_entry SET body = replace(body, 'a', 'b') WHERE false",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "TRUNCATE audit_entry, audit_opening CASCADE",
        "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET action = 'x'",
        "MERGE INTO audit_entry e USING audit_entry f ON e.id = f.id WHEN MATCHED THEN DELETE",
        "UPDATE audit_opening SET value = 'x'",
        "TRUNCATE audit_opening",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_entries_and_kept_texts_cannot_be_changed(statement: str, role: str) -> None:
    remember(entry(sealed={"reason": "举报人反映的情况"}))
    with (
        pytest.raises(IntegrityError, match="the record only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL session_replication_role = {role}; {statement}")
    (read,) = reading.entries()
    assert (read.action, dict(read.opened)) == ("open_notice", {"reason": "举报人反映的情况"})


TEXT = ["selection:17", 0, "reason"]


def destroying(*texts: list[object], stream: str = "selection:17", action: str = reading.DESTROYS) -> record.Entry:
    return entry(stream, action=action, req="r2", data={"facts": {"texts": list(texts)}})


@pytest.mark.django_db
def test_the_entry_that_names_a_kept_text_destroys_it_and_no_other() -> None:
    remember(entry(sealed={"reason": "举报人反映的情况", "remark": "会上发言"}))
    remember(entry("person:5", sealed={"reason": "举报人反映的情况"}))
    texts = reading.texts_of("selection:17")
    assert texts == [("person:5", 0, "reason"), (*TEXT,), ("selection:17", 0, "remark")]
    assert reading.destroyed_by(texts[1]) is None
    remember(destroying(TEXT, ["person:5", 0, "reason"]))
    assert [dict(read.opened) for read in reading.entries()] == [{"remark": "会上发言"}, {}, {}]
    assert reading.texts_of("selection:17") == [texts[2]]
    by = reading.destroyed_by(texts[0])
    assert by is not None
    assert (by.stream, by.seq) == ("selection:17", 1)
    assert reading.destroyed_by(texts[2]) is None
    assert reading.verify().whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    "by",
    [
        pytest.param(destroying(["selection:17", 0, "cause"]), id="a field that is not kept"),
        pytest.param(destroying(TEXT, TEXT), id="one text twice"),
        pytest.param(destroying(TEXT, ["selection:17", 9, "reason"]), id="an entry that there is not"),
        pytest.param(destroying(TEXT, stream="selection:18"), id="from another matter"),
    ],
)
def test_an_entry_that_does_not_name_kept_texts_of_its_matter_destroys_nothing(by: record.Entry) -> None:
    remember(entry(sealed={"reason": "举报人反映的情况"}))
    with pytest.raises(IntegrityError, match="are kept for"):
        remember(by)
    assert Opening.objects.count() == len(reading.entries()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "by", [None, destroying(TEXT, action="open_notice"), destroying(["selection:17", 0, "remark"])], ids=str
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_no_text_is_deleted_without_the_entry_that_names_it(by: record.Entry | None, role: str) -> None:
    remember(entry(sealed={"reason": "举报人反映的情况", "remark": "会上发言"}))

    def delete() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            record.append([by] if by is not None else [])
            cursor.execute(f"SET LOCAL session_replication_role = {role}; DELETE FROM audit_opening")

    with pytest.raises(IntegrityError, match="no entry in this transaction"):
        delete()
    assert Opening.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.tampers
def test_an_entry_of_an_earlier_transaction_lets_nobody_delete() -> None:
    remember(entry(sealed={"reason": "举报人反映的情况"}))
    kept = Opening.objects.get()
    remember(destroying(TEXT))
    Opening.objects.bulk_create([kept])
    with pytest.raises(IntegrityError, match="no entry in this transaction"):
        Opening.objects.all().delete()
    assert Opening.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('{"action":"a","prev":"x","data":{', '"state":"","stream":"selection:17","v":1}', "not the keys of an entry"),
        ('{"action":"a","data":{', '"state":"","stream":"selection:17","v":1}', "not the keys of an entry"),
        (
            '{GOOD"rows":{"batch":1,"sha256":"00"}',
            '"state":"","stream":"selection:17","v":1}',
            "only the database says which rows were changed",
        ),
        (
            "{GOOD",
            '"state":"","stream":"selection:18","v":1}',
            "the entry belongs to selection:18, not to selection:17",
        ),
        ("{GOOD", '"state":"","stream":"selection:17","v":1', "invalid input syntax for type json"),
    ],
)
def test_the_database_function_refuses_half_an_entry(before: str, after: str, says: str) -> None:
    good = '"action":"a","actor":{},"at":"2026-09-28T09:00:00.000000Z","basis":"","case":"","data":{'
    middle = '},"files":[],"object":[]'
    with pytest.raises(DatabaseError, match=says), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_append('selection:17', %s, %s, '\"r\"', %s)", [before.replace("GOOD", good), middle, after]
        )
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_blocked_writer_can_be_told_to_give_up() -> None:
    def impatient() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
            record.append([entry()])

    other = Beside(impatient)
    with transaction.atomic():
        record.append([entry()])
        other.start()
        other.join(20)
    assert isinstance(other.result, OperationalError)
    assert len(reading.entries()) == 1


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_entries_can_be_sliced_counted_and_narrowed() -> None:
    for number in range(5):
        remember(entry(action=f"act_{number % 2}", at=AT + timedelta(days=number), req=f"r{number}"))
    remember(entry("person:5", actor={"id": "1", "name": "吴平", "dept": "", "role": "", "auth": ""}, case=""))
    found = reading.entries(stream="selection:17")
    assert (len(found), found[1].seq, [read.seq for read in found[1:3]], bool(found)) == (5, 1, [1, 2], True)
    assert [read.seq for read in reading.entries(stream="selection:17", newest_first=True)[:2]] == [4, 3]
    assert [read.seq for read in reading.entries(stream="selection:17", actions=["act_1"])] == [1, 3]
    assert [read.seq for read in reading.entries(since=AT + timedelta(days=1), until=AT + timedelta(days=3))] == [1, 2]
    assert [read.stream for read in reading.entries(actor="吴")] == ["person:5"]
    assert len(reading.entries(streams=["selection:17", "person:5"])) == 6
    assert not reading.entries(stream="selection:18")
    with pytest.raises(IndexError):
        reading.entries(stream="selection:18")[0]


@pytest.mark.django_db
def test_a_case_holds_its_entries_from_every_stream_and_no_others() -> None:
    remember(entry("selection:17"), entry("person:5"), entry("access", action="refused_here"))
    remember(entry("selection:18", case="selection:18"), entry("person:5", case="selection:18"))
    assert [read.stream for read in reading.of_case("selection:17")] == ["access", "person:5", "selection:17"]
    assert reading.of_case("selection:17", newest_first=True)[0].stream == "selection:17"


@pytest.mark.django_db
def test_a_request_is_known_once_it_has_been_recorded() -> None:
    assert not reading.has_request("r1")
    remember(entry(req="r1"))
    assert (reading.has_request("r1"), reading.has_request("r2")) == (True, False)


@pytest.mark.django_db
def test_streams_stand_in_the_order_of_kind_and_number() -> None:
    remember(*map(entry, ["selection:10", "selection:9", "access", "person:100", "person:20"]))
    assert list(reading.streams()) == [
        "access",
        "person:20",
        "person:100",
        "selection:9",
        "selection:10",
    ]
    assert list(reading.streams(containing="person")) == ["person:20", "person:100"]


@pytest.mark.django_db
def test_a_stream_is_summed_up_as_far_as_its_reader_sees_it() -> None:
    remember(entry("selection:17", req="a"), entry("person:5", req="a", case="selection:17"))
    remember(entry("selection:18", req="b", case="selection:18"), entry("person:5", req="b", case="selection:18"))
    remember(entry("person:6", req="c", case="selection:17"))

    def summed(*closed: str) -> dict[str, int]:
        names = reading.streams(closed=closed)
        return {name: one.entries for name, one in reading.summaries(names, closed=closed).items()}

    assert summed() == {"person:5": 2, "person:6": 1, "selection:17": 1, "selection:18": 1}
    assert summed("selection:17") == {"person:5": 1, "selection:18": 1}


@pytest.mark.django_db
def test_the_body_can_be_read_over_several_lines() -> None:
    remember(entry())
    (read,) = reading.entries()
    assert json.loads(read.pretty) == json.loads(read.body)
    assert '\n  "action": "open_notice"' in read.pretty
