"""The raw record on its pages: who may see it, what it shows, what verifying answers (原始纪实页面)."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from audit import reading
from selection.enums import Act, Role
from selection.models import Account, Body, Holding, Mandate
from selection.register.models import Organisation
from tests.audit.entries import AT, entry, remember
from tests.audit.test_verification import ATTACKS, EDIT, LEAF, Found, a_record, attack, sql
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.audit.urls")]

RECORD = "/office/record/"
STREAM = RECORD + "streams/selection:17/"
VERIFY = RECORD + "verify/"


def account(name: str, role: Role | None) -> Account:
    made = Account.objects.create(username=name, name="郑监", department="县纪委监委")
    remember(entry("system"))
    if role is not None:
        unit = Organisation.objects.create(name="某县委", short_name="某县委", kind="committee", code="001")
        body = Body.objects.create(organisation=unit, kind="standing", title="某县委常委会")
        mandate = Mandate.objects.create(
            code="county", title="县管干部", body=body, department=unit, rulebook="national", grades=[]
        )
        Holding.objects.create(account=made, mandate=mandate, role=role, from_on=date(2020, 1, 1))
        remember(entry(f"organisation:{unit.pk}"))
    return made


@pytest.fixture
def auditor() -> LintingClient:
    client = LintingClient()
    client.force_login(account("auditor", Role.AUDITOR))
    return client


def in_english(client: LintingClient) -> LintingClient:
    client.cookies["language"] = "en"
    return client


CHECKPOINTS = RECORD + "checkpoints/"
PAGES = [RECORD, STREAM, STREAM + "2/", VERIFY, CHECKPOINTS]


# --- who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, Role.STAFF, Role.ADMINISTRATOR])
@pytest.mark.parametrize("address", [*PAGES, RECORD + "streams/selection:99/"])
@pytest.mark.covers("WPR-22", refused=True)
def test_the_raw_record_is_closed_to_everybody_else(role: Role | None, address: str) -> None:
    a_record()
    client = LintingClient(raise_request_exception=False)
    client.force_login(account("someone", role))
    before = len(reading.entries(stream="access"))
    for answer in (client.get(address), client.post(VERIFY)):
        assert answer.status_code == 403
        assert "周勤" not in answer.content.decode()
        assert "selection:17" not in answer.content.decode().replace(address, "")
    assert len(reading.entries(stream="access")) == before


@pytest.mark.parametrize("address", PAGES)
def test_somebody_who_has_not_logged_in_is_asked_to(address: str) -> None:
    a_record()
    answer = LintingClient().get(address)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/office/log-in/")


def test_an_auditor_whose_role_has_ended_reads_nothing(auditor: LintingClient) -> None:
    a_record()
    assert auditor.get(STREAM).status_code == 200
    with beside_an_entry():
        Holding.objects.update(until_on=date(2020, 12, 31))
    assert auditor.get(STREAM).status_code == 403


@pytest.mark.parametrize(
    ("address", "what", "subject"),
    [
        (RECORD, "record", ("record", "")),
        (STREAM, "record_stream", ("stream", "selection:17")),
        (STREAM + "2/", "record_entry", ("entry", "selection:17/2")),
    ],
)
@pytest.mark.covers("WPR-22")
def test_reading_the_record_is_recorded(
    auditor: LintingClient, address: str, what: str, subject: tuple[str, str]
) -> None:
    a_record()
    assert auditor.get(address).status_code == 200
    (read,) = reading.entries(stream="access")
    assert (read.action, read.data["what"], read.object, read.actor["name"]) == ("looked_at", what, subject, "郑监")


def test_verifying_is_recorded_and_looking_at_its_button_is_not(auditor: LintingClient) -> None:
    auditor.get(VERIFY)
    assert not reading.entries(stream="access")
    auditor.post(VERIFY, {"stream": "system"})
    (read,) = reading.entries(stream="access")
    assert (read.data["what"], read.object) == ("record_verified", ("stream", "system"))


# --- what is shown --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", PAGES)
def test_pages_in_both_languages(auditor: LintingClient, address: str) -> None:
    a_record()
    assert auditor.get(address)["Content-Language"] == "zh-hans"
    assert in_english(auditor).get(address)["Content-Language"] == "en"


def test_streams_are_listed_with_their_numbers_and_found_by_name(auditor: LintingClient) -> None:
    a_record()
    page = auditor.get(RECORD).content.decode()
    assert 'href="/office/record/streams/selection:17/"' in page
    assert re.search(r'selection:17</a></td>\s*<td [^>]*class="number">5</td>', page)
    narrowed = auditor.get(RECORD, {"q": "person"}).content.decode()
    assert ("person:5" in narrowed, "streams/selection:17/" in narrowed) == (True, False)
    assert "暂无记录流" in auditor.get(RECORD, {"q": "person:99"}).content.decode()


def numbers(page: bytes) -> list[int]:
    return [int(number) for number in re.findall(r"streams/selection:17/(\d+)/", page.decode())]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"action": "open_notice"}, [4, 3, 2, 1, 0]),
        ({"action": "no_such_act"}, [5, 4, 3, 2, 1, 0]),
        ({"actor": "吴"}, [5]),
        ({"since": "2026-10-01"}, [5]),
        ({"until": "2026-09-28"}, [4, 3, 2, 1, 0]),
        ({"since": "2026-09-28", "until": "2026-09-30"}, [4, 3, 2, 1, 0]),
        ({"since": "2026-09-28", "actor": "吴", "action": "open_notice"}, []),
        ({"since": "yesterday", "actor": "吴"}, [5]),
    ],
)
def test_entries_of_a_stream_are_narrowed_by_the_address(
    auditor: LintingClient, given: dict[str, str], expected: list[int]
) -> None:
    a_record()
    somebody = {"id": "1", "name": "吴平", "dept": "", "role": "", "auth": ""}
    remember(entry(action="another_act", actor=somebody, at=AT + timedelta(days=7)))
    assert numbers(auditor.get(STREAM, given).content) == expected


def test_acts_are_called_by_their_names(auditor: LintingClient) -> None:
    remember(entry(action=Act.CLOSE_NOTICE.value))
    page = in_english(auditor).get(STREAM).content.decode()
    assert re.search(r"<td [^>]*>Close the notice</td>", page)
    assert '<option value="close_notice">Close the notice</option>' in page


def test_days_are_days_in_shanghai(auditor: LintingClient) -> None:
    late = datetime.fromisoformat("2026-09-28T23:30:00+08:00")
    remember(entry(at=late), entry("person:5"))
    assert numbers(auditor.get(STREAM, {"since": "2026-09-28", "until": "2026-09-28"}).content) == [0]
    assert numbers(auditor.get(STREAM, {"since": "2026-09-29"}).content) == []


def test_a_long_stream_is_paged(auditor: LintingClient) -> None:
    for number in range(60):
        remember(entry(req=f"r{number}"))
    assert numbers(auditor.get(STREAM).content) == list(range(59, 9, -1))
    assert numbers(auditor.get(STREAM, {"page": 2}).content) == list(range(9, -1, -1))
    assert numbers(auditor.get(STREAM, {"page": "last"}).content)[0] == 59


def test_an_entry_shows_its_bytes_its_hashes_and_its_kept_text(auditor: LintingClient) -> None:
    a_record()
    page = auditor.get(STREAM + "2/").content.decode()
    read = reading.entries(stream="selection:17", seq=2)[0]
    assert read.leaf in page
    assert read.prev in page
    assert read.data["sealed"]["reason"] in page
    assert "举报人反映的情况" in page
    assert date_format(read.recorded_at.astimezone(), "Y-m-d") in page
    remember(entry(action=reading.DESTROYS, data={"facts": {"texts": [["selection:17", 2, "reason"]]}}))
    page = auditor.get(STREAM + "2/").content.decode()
    assert "举报人反映的情况" not in page
    assert f"原文已于 {date_format(read.recorded_at.astimezone(), 'Y-m-d')} 销毁" in page
    assert f'href="{STREAM}5/"' in page


@pytest.mark.tampers
def test_an_entry_whose_text_was_taken_past_any_entry_says_so(auditor: LintingClient) -> None:
    a_record()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_opening DISABLE TRIGGER USER; DELETE FROM audit_opening")
    page = auditor.get(STREAM + "2/").content.decode()
    assert "没有销毁记录" in page
    assert "原文已于" not in page


@pytest.mark.parametrize(
    "address",
    [
        "streams/selection:99/",
        "streams/selection:17/99/",
        "streams/x%00y/",
        "streams/selection:17/99999999999999999999/",
    ],
)
def test_what_is_not_there_is_not_found(auditor: LintingClient, address: str) -> None:
    a_record()
    assert auditor.get(RECORD + address).status_code == 404
    assert not reading.entries(stream="access")


@pytest.mark.parametrize("address", [RECORD, STREAM, STREAM + "0/"])
def test_the_number_of_queries_does_not_grow(auditor: LintingClient, address: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert auditor.get(address).status_code == 200
        return len(captured)

    remember(entry(sealed={"reason": "举报人反映的情况"}))
    remember(entry("access"))
    queries()  # the first page after a log-in notes that the session is in use
    one = queries()
    for number in range(30):
        remember(entry(req=f"r{number}", sealed={"reason": "理由"}), entry(f"person:{number}"))
    assert (queries(), one <= 12) == (one, True)


# --- verifying ------------------------------------------------------------------------------------------------------


def rows(page: str) -> Found:
    found: Found = []
    for kind, cells in re.findall(r'<tr data-kind="(\w+)">(.*?)</tr>', page, re.DOTALL):
        stream, seq = (
            re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", cells, re.DOTALL)[:2]
        )
        found.append((stream.replace("—", "-"), None if seq == "—" else int(seq), kind))
    return sorted(found, key=str)


def test_a_whole_record_gets_one_clear_answer(auditor: LintingClient) -> None:
    a_record()
    page = auditor.post(VERIFY, follow=True).content.decode()
    assert "记录完整，未见增、删、改、换序" in page
    for word in ("真实性", "完整性", "可用性", "安全性", "防改锁定已启用"):
        assert word in page
    assert "另存原文 1 处，现存且相符 1 处" in page
    assert rows(page) == []


@pytest.mark.tampers
@pytest.mark.parametrize("name", ATTACKS)
def test_tampering_is_named_on_the_page(auditor: LintingClient, name: str) -> None:
    expected = attack(name)
    page = auditor.post(VERIFY, follow=True).content.decode()
    assert f"记录不完整，发现 {len(expected)} 处问题" in page
    assert rows(page) == expected
    english = in_english(auditor).post(VERIFY, follow=True).content.decode()
    assert "The record is NOT whole" in english
    assert rows(english) == expected


@pytest.mark.tampers
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq = 4",
        f"{EDIT} WHERE stream = 'person:5' AND seq = 2;"
        f"UPDATE audit_entry SET leaf = {LEAF} WHERE stream = 'person:5' AND seq = 2",
        "DELETE FROM audit_entry WHERE stream = 'person:5'",
    ],
    ids=["last entry deleted", "last entry rewritten", "stream deleted"],
)
def test_what_a_chain_cannot_find_the_page_says(auditor: LintingClient, statement: str) -> None:
    a_record()
    sql(statement)
    page = auditor.post(VERIFY, follow=True).content.decode()
    assert "记录完整" in page
    assert "末尾几条被删除，或连同摘要一并改写" in page
    assert "整体重写或整体删除" in page
    assert "尚无封签覆盖的记录" in page
    assert "请定期抄存" in page


@pytest.mark.tampers
def test_a_lock_that_is_off_is_said(auditor: LintingClient) -> None:
    a_record()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
    assert "防改锁定未启用" in auditor.post(VERIFY, follow=True).content.decode()


@pytest.mark.tampers
def test_one_stream_can_be_verified_by_itself(auditor: LintingClient) -> None:
    attack("edit a body")
    assert rows(auditor.post(VERIFY, {"stream": "person:5"}).content.decode()) == []
    assert rows(auditor.post(VERIFY, {"stream": "selection:17"}).content.decode()) == [("selection:17", 2, "edited")]
    assert auditor.post(VERIFY, {"stream": "a b"}).status_code == 404


@pytest.mark.tampers
def test_a_tampered_entry_has_a_page_that_warns(auditor: LintingClient) -> None:
    attack("replace a body by rubbish")
    page = auditor.get(RECORD + "streams/person:5/1/").content.decode()
    assert "本条已不是登记时的样子" in page
    assert "无法读出" in auditor.get(RECORD + "streams/person:5/").content.decode()


@pytest.mark.tampers
def test_a_name_that_only_tampering_can_make_breaks_no_page(auditor: LintingClient) -> None:
    a_record()
    sql("UPDATE audit_entry SET stream = 'a/b', seq = -1 WHERE stream = 'person:5' AND seq = 1")
    assert auditor.get(RECORD).status_code == 200
    assert ("a/b", -1, "moved") in rows(auditor.post(VERIFY, follow=True).content.decode())


@pytest.mark.tampers
def test_more_findings_than_a_page_holds_are_counted(auditor: LintingClient) -> None:
    for number in range(120):
        remember(entry("person:5", req=f"p{number}"))
    sql(f"{EDIT} WHERE stream = 'person:5'")
    page = auditor.post(VERIFY, follow=True).content.decode()
    assert "发现 120 处问题" in page
    assert (len(rows(page)), "另有 20 处未列出" in page) == (100, True)
