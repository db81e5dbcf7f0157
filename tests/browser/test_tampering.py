"""Somebody with full power over the database changes the record: the command and the page name the place (篡改)."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.browser.way import County
from tools import servers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAF = "encode(sha256('\\x00'::bytea || convert_to(body, 'UTF8')), 'hex')"
EDIT = """UPDATE audit_entry SET body = replace(body, '"dept":"', '"dept":"某') WHERE id = %(entry)s"""
ATTACKS = {
    "edit": [EDIT],
    "edit with its hash": [EDIT, f"UPDATE audit_entry SET leaf = {LEAF} WHERE id = %(entry)s"],
    "delete a middle entry": ["DELETE FROM audit_entry WHERE id = %(entry)s"],
}
OFF = "ALTER TABLE audit_entry DISABLE TRIGGER USER"
ON = "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append_only"


@contextmanager
def tampered(county: County, attack: list[str]) -> Iterator[tuple[str, int]]:
    """A stream and a number in its middle, changed with the guards off; afterwards everything is as it was."""
    with closing(servers.connect(county.site.data, "site")) as database, database.cursor() as cursor:
        cursor.execute(
            "SELECT id, stream, seq FROM audit_entry e WHERE seq = 3 AND stream LIKE 'organisation:%'"
            " AND EXISTS (SELECT 1 FROM audit_entry f WHERE f.stream = e.stream AND f.seq = 5) ORDER BY id LIMIT 1"
        )
        entry, stream, seq = cursor.fetchone()
        cursor.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit_entry WHERE id = %s", [entry])
        try:
            for step in [OFF, *attack, ON]:
                cursor.execute(step, {"entry": entry})
            yield stream, seq
        finally:
            back = "INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept"
            for step in [OFF, "DELETE FROM audit_entry WHERE id = %(entry)s", back, ON]:
                cursor.execute(step, {"entry": entry})


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_command_and_page_name_what_a_superuser_has_changed(county: County, attack: list[str]) -> None:
    auditor = county["jiandu"]
    with tampered(county, attack) as (stream, seq):
        found = county.site.run("verify_record")
        assert found.returncode == 1, found.stdout + found.stderr
        assert f"{stream} {seq}" in found.stdout, found.stdout
        auditor.go("/office/record/verify/")
        auditor.push("核验全部纪实")
        auditor.says("记录不完整")
        rows = auditor.main.locator("tr", has_text=stream).all_inner_texts()
        assert any(row.split()[:2] == [stream, str(seq)] for row in rows), rows
    whole = county.site.run("verify_record")
    assert whole.returncode == 0, whole.stdout
