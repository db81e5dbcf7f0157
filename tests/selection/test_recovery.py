"""After an older backup was restored two people say what is lost, and only then a successor signs (恢复旧备份)."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from audit import reading, tree
from audit.notary import Folder, Refuses, State
from selection.acts import Conflict, NotPermitted, Refused
from selection.enums import Act, Role
from selection.models import Recovery
from selection.recovery import confirm_recovery, propose_recovery
from tests import factories
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office, many, tampered
from tests.factories import AT, County
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.tampers, pytest.mark.covers("WPR-20", refused=True)]

WHY = "机房断电，服务器损坏，恢复了前一日的备份。"


class Restored:
    """A record of which everything after the first checkpoint went with the machine that held it."""

    def __init__(self, county: County, place: Path, settings: Any) -> None:
        settings.NOTARY_STATE = str(place / "new")
        self.county, self.place = county, place
        self.office = Office(place / "old")
        many(5)
        first = self.office.step()
        many(7)
        last = self.office.step()
        assert first is not None
        assert last is not None
        self.first, self.last = first, last
        kept = Folder(place / "old").state()
        assert kept is not None
        self.before: State = kept
        self.keys = (place / "old" / "key.pub").read_text()
        settings.NOTARY_KEY = self.keys
        self.office.end()
        tampered(
            f"DELETE FROM audit_checkpoint WHERE number > {first.number}",
            f"DELETE FROM audit_entry USING audit_leaf l WHERE l.entry_id = audit_entry.id AND l.index >= {first.size}",
            f"DELETE FROM audit_leaf WHERE index >= {first.size}",
        )

    def successor(self) -> Office:
        office = Office(self.place / "new", self.office.at)
        office.start(self.keys, self.before)
        return office

    def by(self, username: str) -> dict[str, Any]:
        return {"actor": self.county[username], "at": AT}

    def proposed(self, username: str = "jiandu", note: str = "") -> Recovery:
        account = self.county[username]
        return propose_recovery(account, note=note or self.before.note, reason=WHY, **self.by(username))


@pytest.fixture
def restored(tmp_path: Path, settings: Any) -> Restored:
    return Restored(factories.county(), tmp_path, settings)


def unmet(refusal: Any) -> list[tuple[Any, Any]]:
    return [(one.observed, one.required) for one in refusal.value.unmet]


def test_the_successor_signs_when_two_people_have_named_what_is_lost(restored: Restored, settings: Any) -> None:
    with pytest.raises(Refuses, match="older than what was signed"):
        Office(restored.place / "old", restored.office.at).step()
    with pytest.raises(Refuses, match="no two people have said so"):
        restored.successor().step()
    made = restored.proposed()
    with pytest.raises(Refuses, match="no two people have said so"):
        restored.successor().step()
    confirm_recovery(made, **restored.by("guanli"))
    said = reading.entries(stream="system", newest_first=True)[0]
    assert (said.action, said.actor["name"]) == (Act.CONFIRM_RECOVERY, restored.county["guanli"].name)
    size, present = restored.last.size, restored.first.size
    assert said.data["facts"] == {
        "checkpoint": restored.last.number,
        "covered": size,
        "root": restored.last.root.hex(),
        "present": present,
        "lost": [present, size - 1],
        "since": restored.first.at.isoformat(),
        "reporter": ["account", str(restored.county["jiandu"].pk)],
        "reported_by": restored.county["jiandu"].name,
    }
    office = restored.successor()
    signed = office.step()
    assert signed is not None
    assert (signed.number, signed.size > present) == (restored.first.number + 1, True)
    many(20)
    office.step()
    office.end()
    settings.NOTARY_KEY = (restored.place / "new" / "key.pub").read_text()
    assert reading.verify().whole
    assert reading.verify(kept=[restored.first]).whole
    verdict = reading.verify(kept=[restored.last])
    assert (verdict.whole, set(verdict.by_kind)) == (False, {"lost"})
    (finding,) = verdict.findings
    assert f"entry {said.seq} of system says that numbers {present} to {size - 1}" in finding.says


def test_a_checkpoint_of_the_lost_stretch_that_nobody_named_is_no_explained_loss(restored: Restored) -> None:
    many(20)
    Office(restored.place / "new", restored.office.at).start(restored.keys).step()
    verdict = reading.verify(kept=[restored.last])
    assert "forked" in verdict.by_kind
    assert "lost" not in verdict.by_kind


@pytest.mark.parametrize(
    "wrong", [{"present": 1}, {"covered": 99}, {"checkpoint": 9}, {"root": "ab" * 32}], ids=lambda one: next(iter(one))
)
def test_an_entry_that_names_another_gap_starts_nobody(restored: Restored, wrong: dict[str, Any]) -> None:
    facts = {
        "checkpoint": restored.last.number,
        "covered": restored.last.size,
        "root": restored.last.root.hex(),
        "present": restored.first.size,
    }
    remember(entry("system", action=Act.CONFIRM_RECOVERY.value, case="", data={"facts": facts | wrong}))
    with pytest.raises(Refuses, match="no two people have said so"):
        restored.successor().step()
    remember(entry("selection:17", action=Act.CONFIRM_RECOVERY.value, data={"facts": facts}))
    with pytest.raises(Refuses, match="no two people have said so"):
        restored.successor().step()
    assert not (restored.place / "new" / "state.json").exists()


def test_what_is_not_signed_or_lost_cannot_be_reported(restored: Restored) -> None:
    covered = tree.latest()
    assert covered is not None
    for note in ("打印件", restored.before.note.replace("\ncp ", "\ncp 1")):
        with pytest.raises(Refused):
            restored.proposed(note=note)
    with pytest.raises(Refused) as refused:
        restored.proposed(note=covered.note)
    assert unmet(refused) == [(restored.first.size, restored.first.size)]
    with pytest.raises(Refused):
        propose_recovery(restored.county["jiandu"], note=restored.before.note, reason=" ", **restored.by("jiandu"))
    assert not Recovery.objects.exists()


def test_it_takes_two_people_one_of_them_an_auditor(restored: Restored) -> None:
    restored.county.hold("guanli2", Role.ADMINISTRATOR)
    made = restored.proposed("guanli")
    for username in ("guanli", "guanli2"):
        with pytest.raises(Refused):
            confirm_recovery(made, **restored.by(username))
    with pytest.raises(NotPermitted):
        confirm_recovery(made, **restored.by("jingban"))
    with pytest.raises(NotPermitted):
        propose_recovery(restored.county["jiandu"], note=restored.before.note, reason=WHY, **restored.by("guanli"))
    with pytest.raises(NotPermitted):
        restored.proposed("shuji")
    later = restored.proposed("guanli2")
    with pytest.raises(Refused):  # a later report has taken its place
        confirm_recovery(made, **restored.by("jiandu"))
    confirm_recovery(later, **restored.by("jiandu"))
    with pytest.raises((Refused, Conflict)):
        confirm_recovery(later, **restored.by("jiandu"))
    assert Recovery.objects.filter(confirmed_at__isnull=False).count() == 1


def test_the_table_refuses_one_person_for_two(restored: Restored) -> None:
    made = restored.proposed()
    with (
        pytest.raises(IntegrityError, match="a_recovery_is_confirmed_by_somebody_else"),
        transaction.atomic(),
        beside_an_entry(),
    ):
        Recovery.objects.filter(pk=made.pk).update(confirmed_by=made.proposed_by)
    with pytest.raises(IntegrityError, match="no entry of system"):
        Recovery.objects.filter(pk=made.pk).update(present=1)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_both_read_on_one_page_what_is_lost_and_only_the_other_confirms(
    restored: Restored, client: Any, language: str
) -> None:
    def seen_by(username: str) -> Any:
        client.force_login(restored.county[username])
        client.cookies["language"] = language
        return client.get(reverse("recovery"))

    assert seen_by("jingban").status_code == 403
    lost = str(restored.last.size - restored.first.size)
    account = restored.county["jiandu"]
    client.force_login(account)
    address = reverse("act", args=["account", account.pk, Act.PROPOSE_RECOVERY.value])
    answer = client.post(address, {"note": "checkpoint", "reason": WHY, "token": "t1"})
    assert answer.status_code == 422
    pasted = restored.before.note.replace("\n", "\r\n").strip()
    assert client.post(address, {"note": pasted, "reason": WHY, "token": "t2"}).status_code == 302
    made = Recovery.objects.get()
    confirm = reverse("act", args=["recovery", made.pk, Act.CONFIRM_RECOVERY.value])
    answer = seen_by("jiandu")
    assert WHY in words(answer)
    assert lost in words(answer)
    assert confirm not in answer.content.decode()
    assert confirm in seen_by("guanli").content.decode()
    assert client.get(confirm).status_code == 200
    assert client.post(confirm, {"token": "t3"}).status_code == 302
    assert confirm not in seen_by("jiandu").content.decode()
    assert reverse("recovery") in client.get(reverse("status")).content.decode()
    shown = words(client.get(reverse("audit:checkpoints")))
    said = {"zh-hans": "总树第 {} 至 {} 号", "en": "numbers {} to {} of the tree"}[language]
    assert said.format(restored.first.size, restored.last.size - 1) in shown


def test_nothing_is_asked_where_nothing_is_lost(tmp_path: Path) -> None:
    many(5)
    old = Office(tmp_path / "old")
    old.step()
    old.end()
    before = Folder(tmp_path / "old").state()
    assert before is not None
    new = Office(tmp_path / "new", old.at)
    new.start((tmp_path / "old" / "key.pub").read_text(), before)
    many(1)
    signed = new.step()
    assert signed is not None
    assert signed.number == 1
    new.end()
