"""The texts of a selection are destroyed when the period of its rules is over; the record stays whole (销毁原文)."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse

from audit import chain, reading, tree
from selection import tasks
from selection.acts import NotPermitted, Refused
from selection.enums import Act, Stage
from selection.models import Account, Objection, RuleSet, Selection, Talk
from selection.models.selection import TEXTS_KEPT
from selection.rulebook.rules import Rules
from selection.stages import reports, way_back
from selection.stages.retention import GONE, TEXTS, destroy_texts, destroy_what_is_over
from tests.audit.notarising import Office
from tests.factories import SCAN, Course, Point, run_to
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, words

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("WPR-20")]

REPORTED = "有人反映其请客拉票。"


def closed() -> Course:
    """A selection that was ended after somebody had reported something, by name."""
    course = run_to(Point.LISTED)
    filed = reports.file_report(
        course.selection,
        **course.by("jiandu"),
        channel="letter",
        reporter="钱多",
        contact="13800000000",
        content=REPORTED,
        receipt_hash="5" * 64,
    )
    reports.settle_objection(
        course.fresh(filed),
        **course.by("buzhang"),
        effect="unfounded",
        investigation="查无实据。",
        answer="经查不实。",
        evidence=SCAN,
    )
    way_back.end_selection(course.selection, **course.by("buzhang"), reason="机构撤销，不再配备。")
    return course


def by_clock(course: Course) -> dict[str, Any]:
    return {"actor": Account.objects.clock(), "at": course.at}


def after_the_period(course: Course) -> None:
    until = course.now().texts_kept_until
    assert until is not None
    course.at = until


def anywhere(text: str) -> list[str]:
    """Tables of the site in which a text still stands, whatever the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT EXISTS (SELECT FROM public."{table}" t WHERE strpos(t::text, %s) > 0)', [text])
            found += [table] if cursor.fetchone()[0] else []
    return found


# --- when ------------------------------------------------------------------------------------------------------------


def test_texts_are_destroyed_on_the_day_after_the_period_and_not_before() -> None:
    course = closed()
    texts = reading.texts_of(course.selection.matter())
    assert {text.stream.partition(":")[0] for text in texts} == {"organisation", "selection"}
    after_the_period(course)
    course.at -= timedelta(seconds=1)
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused) as refused:
        destroy_texts(course.selection, **by_clock(course))
    (unmet,) = refused.value.unmet
    assert (unmet.rule, unmet.citation and unmet.citation.article) == (TEXTS_KEPT, "原文保存年限")
    assert reading.texts_of(course.selection.matter()) == texts
    course.at += timedelta(seconds=1)
    assert destroy_what_is_over(course.at) == 1
    assert reading.texts_of(course.selection.matter()) == []
    assert course.now().texts_destroyed_at == course.at
    last = reading.entries(stream=course.selection.matter(), newest_first=True)[0]
    assert (last.action, last.actor["role"]) == (Act.DESTROY_TEXTS, "clock")
    assert last.data["facts"] == {"destroyed": len(texts), "texts": [list(text) for text in texts]}
    assert destroy_what_is_over(course.at) == 0
    verdict = reading.verify()
    assert verdict.whole
    assert verdict.sealed - verdict.opened == verdict.destroyed == len(texts)


def test_no_text_stands_anywhere_afterwards_and_what_no_text_is_stays() -> None:
    course = closed()
    row = Objection.objects.get()
    assert anywhere(REPORTED) == ["audit_opening", "selection_objection"]
    assert anywhere("钱多") == ["audit_opening", "selection_objection"]
    after_the_period(course)
    destroy_what_is_over(course.at)
    for text in (REPORTED, "钱多", "13800000000", "机构撤销，不再配备。", "查无实据。", "经查不实。"):
        assert anywhere(text) == [], text
    kept = Objection.objects.get()
    assert (kept.content, kept.reporter, kept.answer) == (GONE, GONE, GONE)
    assert (kept.receipt_hash, kept.effect, kept.settled_at) == (row.receipt_hash, row.effect, row.settled_at)


def test_the_clock_does_it_of_itself() -> None:
    course = closed()
    with beside_an_entry(course.selection, course.at):
        Selection.objects.update(closed_at=course.at - timedelta(days=3700))
    tasks.keep_deadlines()
    assert course.now().texts_destroyed_at is not None
    assert reading.texts_of(course.selection.matter()) == []


@pytest.mark.parametrize("point", [Point.LISTED, Point.NOTICE])
def test_nothing_is_destroyed_of_a_selection_that_goes_on(point: Point) -> None:
    course = run_to(point)
    texts = reading.texts_of(course.selection.matter())
    course.at += timedelta(days=9000)
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused) as refused:
        destroy_texts(course.selection, **by_clock(course))
    assert Stage(course.now().stage).label in [one.observed for one in refused.value.unmet]
    assert reading.texts_of(course.selection.matter()) == texts != []


def test_a_report_that_is_investigated_anew_keeps_them() -> None:
    course = closed()
    with beside_an_entry(course.selection, course.at):
        Objection.objects.update(settled_at=None)
    after_the_period(course)
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused) as refused:
        destroy_texts(course.selection, **by_clock(course))
    assert [one.observed for one in refused.value.unmet] == [1]
    assert Objection.objects.get().content == REPORTED


def test_a_set_of_rules_from_before_there_was_a_period_keeps_them_for_good() -> None:
    course = closed()
    content = course.selection.rule_set.content
    rules = Rules.load(content | {"rules": {key: one for key, one in content["rules"].items() if key != TEXTS_KEPT}})
    older = RuleSet.keep(rules)
    with beside_an_entry(course.selection, course.at):
        Selection.objects.update(rule_set=older)
    course.at += timedelta(days=36500)
    assert course.now().texts_kept_until is None
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused):
        destroy_texts(course.selection, **by_clock(course))
    assert anywhere(REPORTED) == ["audit_opening", "selection_objection"]


def test_one_selection_does_not_take_the_texts_of_another() -> None:
    course = closed()
    other = course.again(at=course.at)
    other.go_to(Point.LISTED)
    theirs = reading.texts_of(other.selection.matter())
    after_the_period(course)
    assert destroy_what_is_over(course.at) == 1
    assert reading.texts_of(other.selection.matter()) == theirs != []
    assert other.now().reason != GONE
    assert reading.verify().whole


# --- by whom, and past the act ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["jingban", "buzhang", "shuji", "jiandu", "guanli"])
def test_nobody_destroys_texts_but_the_clock(username: str) -> None:
    course = closed()
    after_the_period(course)
    with pytest.raises(NotPermitted):
        destroy_texts(course.selection, **course.by(username))
    assert anywhere(REPORTED) == ["audit_opening", "selection_objection"]


def test_one_that_cannot_be_done_is_told_without_its_name_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    course = closed()
    after_the_period(course)
    with connection.cursor() as cursor:  # the record refuses, as a full disk would
        cursor.execute(
            "CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
            "CREATE TRIGGER full_disk BEFORE UPDATE ON selection_objection"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.full()"
        )
    assert destroy_what_is_over(course.at) == 0
    assert f"the texts of selection {course.selection.pk} cannot be destroyed" in caplog.text
    assert course.selection.number not in caplog.text
    assert anywhere(REPORTED) == ["audit_opening", "selection_objection"]


def test_the_table_refuses_a_selection_that_goes_on_as_one_whose_texts_are_destroyed() -> None:
    course = run_to(Point.LISTED)
    with (
        pytest.raises(IntegrityError, match="texts_are_destroyed_of_a_selection_that_is_closed"),
        transaction.atomic(),
    ):
        Selection.objects.filter(pk=course.selection.pk).update(texts_destroyed_at=course.at)


def test_every_free_text_of_a_selections_rows_is_listed() -> None:
    """``problem`` is what the press says of a paper that it could not make."""
    owned = {
        (model, field.name)
        for model in apps.get_app_config("selection").get_models()
        if model is Selection or any(one.name == "selection" for one in model._meta.concrete_fields)
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField)
    }
    listed = {(model, name) for model, names in TEXTS.items() for name in names}
    assert {(model._meta.model_name, name) for model, name in owned - listed} == {("document", "problem")}
    assert {(model._meta.model_name, name) for model, name in listed - owned} == {
        ("objection", "reporter"),
        ("objection", "contact"),
    }


# --- what everybody reads afterwards ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "kept", "destroyed", "by"),
    [
        ("zh-hans", "保存10 年", "处原文", "已于"),
        ("en", "are kept for 10 years", "texts were destroyed on", "Destroyed on"),
    ],
)
def test_the_archive_and_the_entries_say_until_when_and_by_which_entry(
    language: str, kept: str, destroyed: str, by: str
) -> None:
    course = closed()
    archive = reverse("archive", args=[course.selection.number])
    client = signed_in(course, "jiandu", language)
    shown = words(client.get(archive))
    assert kept in shown
    assert destroyed not in shown
    first = reading.texts_of(course.selection.matter())[-1]
    entry = reverse("audit:entry", args=[first.stream, first.seq])
    assert by not in words(client.get(entry))
    after_the_period(course)
    destroy_what_is_over(course.at)
    last = reading.entries(stream=course.selection.matter(), newest_first=True)[0]
    answer = client.get(archive)
    assert destroyed in words(answer)
    where = reverse("audit:entry", args=[last.stream, last.seq])
    assert where in answer.content.decode()
    answer = client.get(entry)
    assert by in words(answer)
    assert where in answer.content.decode()
    assert where not in signed_in(course, "jingban", language).get(archive).content.decode()
    for page in ("selection", "selection_record"):
        assert REPORTED not in words(client.get(reverse(page, args=[course.selection.number])))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, databases=["default", "box"])
@pytest.mark.tampers
def test_site_file_and_dossier_stay_whole_and_a_text_taken_past_the_act_is_found(tmp_path: Path, settings: Any) -> None:
    settings.NOTARY_STATE = str(tmp_path / "notary")
    course = run_to(Point.CLOSED)
    office = Office(tmp_path / "notary")
    early = office.step()
    after_the_period(course)
    assert destroy_what_is_over(course.at) == 1
    assert {row.notes for row in Talk.objects.all()} == {GONE}
    assert office.step() is not None
    assert early is not None
    verdict = reading.verify(kept=[early])
    assert (verdict.whole, verdict.destroyed > 50) == (True, True)
    lines = tmp_path / "events.jsonl"
    lines.write_text("".join(f"{body}\n" for body in reading.bodies()), encoding="utf-8")
    assert chain.main([str(lines)]) == 0
    taken = tmp_path / "dossier.zip"
    call_command("export_dossier", course.selection.matter(), taken, stdout=StringIO())
    dossier = chain.verify_dossier(str(taken), tree.known_keys(), [])
    assert set(dossier.verdict.by_kind) <= {"paperless"}  # the uploads of this test have no files
    office.end()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_opening DISABLE TRIGGER audit_opening_destroyed_by_entry")
        cursor.execute("DELETE FROM audit_opening")
        cursor.execute("ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_destroyed_by_entry")
    verdict = reading.verify()
    assert set(verdict.by_kind) == {"textless"}
    assert verdict.by_kind["textless"] == verdict.sealed - verdict.destroyed
