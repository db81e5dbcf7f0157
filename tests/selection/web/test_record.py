"""The process record on its pages: every entry a line, in plain words, for auditors alone (全程纪实页面)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection import acts, clock
from selection.acts import Refused
from selection.enums import Act, Effect, Grade, Matter, Stage, Trigger
from selection.models import ImportantMatter, Objection
from selection.models.account import Account
from selection.register import keeping
from selection.stages import charge, motion, notice, reports
from selection.web.forms.reports import make_receipt, receipt_hash
from selection.web.record import MOVES
from tests.audit.test_verification import sql
from tests.factories import SCAN, Course, Point, other_mandate, person, unit
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, standing_at

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SAID, REPORTER, CONTACT = "此人于二〇一九年挪用项目经费三万元", "欧阳示举", "0000-98765"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        code = make_receipt()
        notice.file_objection(
            course.appointment,
            content=SAID,
            reporter=REPORTER,
            contact=CONTACT,
            receipt_hash=receipt_hash(code),
            actor=Account.objects.public(),
            at=course.at,
        )
        reports.settle_objection(
            Objection.objects.get(),
            **course.by("jingban"),
            effect=Effect.NO_EFFECT,
            investigation="调阅账目，手续齐全。",
            answer="经核查，手续齐全。",
            evidence=SCAN,
        )
        with pytest.raises(Refused):
            notice.close_notice(course.fresh(course.appointment), **course.by("jingban"))
        acts.looked_at(
            course.county["jingban"], "document", ("document", "1"), course.at, case=course.selection.streams()[0]
        )
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def pages(course: Course) -> list[str]:
    return [
        reverse("record"),
        reverse("record_of", args=[course.selection.number]),
        reverse("person_record", args=[course.appointment.person_id]),
    ]


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "username", ["jingban", "buzhang", "shuji", "jiwei", "kaocha1", "jipiao1", "lingdao", "guanli"]
)
@pytest.mark.covers("WPR-22", refused=True)
def test_the_record_is_for_auditors_alone(course: Course, username: str) -> None:
    client = signed_in(course, username)
    for where in pages(course):
        answer = client.get(where)
        assert answer.status_code == 403
        assert course.appointment.person.name not in answer.content.decode()


@pytest.mark.covers("WPR-22", refused=True)
def test_an_auditor_who_is_recused_sees_nothing_of_the_matter(course: Course) -> None:
    auditor = course.county["jiandu"]
    auditor.person = person(course.county, "郑示监", at=course.at)
    with beside_an_entry():
        Account.objects.filter(pk=auditor.pk).update(person=auditor.person)
    charge.recuse_person(course.selection, **course.by("jingban"), person=auditor.person, reason="系考察对象的亲属。")
    client = signed_in(course, "jiandu")
    assert course.selection.number not in client.get(reverse("record")).content.decode()
    assert client.get(reverse("record_of", args=[course.selection.number])).status_code == 404
    html = client.get(reverse("person_record", args=[course.appointment.person_id])).content.decode()
    assert course.selection.number not in html


def unfit(course: Course, why: str) -> Account:
    """The auditor, for this reason shut out from the selection; or not at all."""
    auditor = course.county["jiandu"]
    if why == "recused":
        own = person(course.county, "郑示监", at=course.at)
        with beside_an_entry():
            Account.objects.filter(pk=auditor.pk).update(person=own)
        charge.recuse_person(course.selection, **course.by("jingban"), person=own, reason="系考察对象的亲属。")
    elif why == "candidate":
        with beside_an_entry():
            Account.objects.filter(pk=auditor.pk).update(person=course.appointment.person)
    elif why == "auditor of other posts":
        other = other_mandate(course.county, at=course.at)
        with beside_an_entry():
            auditor.holdings.update(mandate=other)
    return course.county["jiandu"]


@pytest.mark.parametrize("why", ["", "recused", "candidate", "auditor of other posts"])
@pytest.mark.covers("WPR-22", refused=True)
def test_the_raw_record_is_closed_where_the_selection_is(course: Course, why: str) -> None:
    """Through every channel; the same ones are open to the auditor who is not shut out."""
    unfit(course, why)
    stream = course.selection.streams()[0]
    paper = course.selection.documents.order_by("pk").first()
    status = 404 if why else 200
    client = signed_in(course, "jiandu")
    for where in (
        reverse("audit:stream", args=[stream]),
        reverse("audit:entry", args=[stream, 0]),
        reverse("audit:verify", query={"stream": stream}),
        reverse("record_of", args=[course.selection.number]),
        reverse("document_state", args=[paper.pk]),
    ):
        assert client.get(where).status_code == status, where
    assert client.post(reverse("audit:verify"), {"stream": stream}).status_code == status
    for listed in (reverse("audit:streams"), reverse("audit:streams", query={"q": "selection"})):
        assert (f"{stream}/" in client.get(listed).content.decode()) is not bool(why)


@pytest.mark.parametrize("why", ["", "recused", "candidate"])
@pytest.mark.covers("WPR-22", refused=True)
def test_other_streams_of_the_raw_record_tell_nothing_of_a_closed_selection(course: Course, why: str) -> None:
    """Persons, the body that met, refused attempts, who fetched what and who read the raw record itself."""
    signed_in(course, "jiandu").get(reverse("audit:stream", args=[course.selection.streams()[0]]))
    unfit(course, why)
    client, own = signed_in(course, "jiandu"), course.selection.streams()[0]
    told = {entry.req for entry in reading.entries(stream=own)}
    of_it = [entry for entry in reading.entries() if entry.stream != own and (entry.req in told or entry.case == own)]
    assert {entry.stream.partition(":")[0] for entry in of_it} == {"access", "organisation", "person"}
    assert {entry.data["kind"] for entry in of_it if entry.stream == "access"} == {"refused", "read"}
    for entry in of_it:
        status = client.get(reverse("audit:entry", args=[entry.stream, entry.seq])).status_code
        assert status == (404 if why else 200)
    for stream in {entry.stream for entry in of_it}:
        hidden = {entry.seq for entry in of_it if entry.stream == stream} if why else set()
        expected = {entry.seq for entry in reading.entries(stream=stream)} - hidden
        page = client.get(reverse("audit:stream", args=[stream]))
        shown = {entry.seq for entry, _name in page.context["lines"]} if expected else set()
        assert (page.status_code, shown & hidden) == (200 if expected else 404, set())
        assert shown or not expected


# --- what is shown ---------------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.covers("WPR-22")
def test_the_pages_in_both_languages(course: Course, language: str) -> None:
    client = signed_in(course, "jiandu", language)
    for where in pages(course):
        assert client.get(where).status_code == 200


@pytest.mark.covers("WPR-01", "WPR-02")
def test_the_record_page_equals_the_entries(course: Course) -> None:
    client = signed_in(course, "jiandu")
    for where, stream in (
        (pages(course)[1], course.selection.streams()[0]),
        (pages(course)[2], f"person:{course.appointment.person_id}"),
    ):
        lines = client.get(where).context["lines"]
        assert [line["entry"] for line in lines] == list(reading.entries(stream=stream))


@pytest.mark.covers("WPR-01")
def test_every_line_says_who_what_when_and_at_which_stage(course: Course) -> None:
    answer = signed_in(course, "jiandu").get(pages(course)[1])
    lines = answer.context["lines"]
    for line in lines:
        assert line["what"] == Act(line["entry"].action).label
        assert line["who"]
        assert line["stage"]
    by_act = {line["entry"].action: line for line in lines}
    assert by_act["approve_motion"]["stage"] == Stage.MOTION.label
    assert by_act["nominate_candidate"]["stage"] == Stage.NOMINATION.label
    assert by_act["announce_result"]["stage"] == Stage.DELIBERATION.label
    assert by_act["publish_notice"]["stage"] == Stage.DECIDED.label
    assert by_act["file_objection"]["who"] == "公众"
    tally = by_act["confirm_tally"]
    counted = tally["entry"].data["facts"]["votes"]
    assert {row.person.name: counted[str(row.pk)] for row in course.candidacies}.items() <= tally["detail"].items()
    html = answer.content.decode()
    for shown in ("县委组织部", "第1次", course.selection.rule_set.digest[:6]):
        assert shown in html


def test_every_act_that_carries_a_selection_on_is_known_to_the_record(course: Course) -> None:
    edges = {name for name in Act.values if hasattr(getattr(type(course.selection), name, None), "_django_fsm")}
    assert edges <= {act.value for act in MOVES}


@pytest.mark.covers("WPR-12", "WPR-16", "WPR-18")
def test_all_eight_kinds_of_important_matters_are_there(course: Course) -> None:
    answer = signed_in(course, "jiandu").get(pages(course)[1])
    kinds = dict(answer.context["kinds"])
    assert list(kinds) == [kind.label for kind in Matter]
    (report,) = kinds[Matter.REPORTS.label]
    assert report.cause == "调阅账目，手续齐全。"
    (marked,) = [line for line in answer.context["lines"] if line["entry"].action == Act.SETTLE_OBJECTION]
    assert str(Matter.REPORTS.label) in marked["marks"]
    assert answer.content.decode().count("未发生") == 7 - (ImportantMatter.objects.count() - 1)


@pytest.mark.covers("WPR-16", refused=True)
def test_neither_the_report_nor_its_reporter_is_told(course: Course) -> None:
    client = signed_in(course, "jiandu")
    for where in pages(course):
        html = client.get(where).content.decode()
        for hidden in (SAID, REPORTER, CONTACT):
            assert hidden not in html


def test_refused_attempts_and_fetched_files_stand_beside_the_chain(course: Course) -> None:
    answer = signed_in(course, "jiandu").get(pages(course)[1])
    (refused,) = answer.context["refused"]
    assert "结束公示" in str(refused["what"]) or str(Act.CLOSE_NOTICE.label) in str(refused["what"])
    assert [str(item["what"]).partition("：")[0] for item in answer.context["read"]] == ["查阅纪实", "下载文书"]


def test_reading_the_record_is_recorded(course: Course) -> None:
    signed_in(course, "jiandu").get(pages(course)[1])
    last = reading.entries(stream="access", newest_first=True).first()
    assert last is not None
    assert (last.data["what"], last.object, last.case) == (
        "selection_record",
        ("selection", str(course.selection.pk)),
        course.selection.streams()[0],
    )


def test_lines_are_narrowed_by_stage_act_person_and_weight(course: Course) -> None:
    client = signed_in(course, "jiandu")
    where = pages(course)[1]
    everything = client.get(where).context["lines"]
    officer = str(course.county["jingban"].pk)
    for query, kept in (
        ({"act": "nominate_candidate"}, lambda line: line["entry"].action == "nominate_candidate"),
        ({"stage": "inspection"}, lambda line: line["stage_key"] == "inspection"),
        ({"who": officer}, lambda line: line["entry"].actor["id"] == officer),
        ({"marked": "on"}, lambda line: line["marks"]),
    ):
        shown = client.get(where, query).context["lines"]
        wanted = [line["entry"].seq for line in everything if kept(line)]
        assert 0 < len(wanted) < len(everything)
        assert [line["entry"].seq for line in shown] == wanted


@pytest.mark.covers("WPR-22")
def test_lines_are_narrowed_by_whom_they_concern_and_by_the_kind_of_matter(course: Course) -> None:
    """The address names nobody: it carries keys, and a printed page says in words what is left out."""
    client = signed_in(course, "jiandu")
    where = pages(course)[1]
    first, second = (row.person for row in course.candidacies[:2])
    everything = client.get(where).context["lines"]
    answer = client.get(where, {"about": str(first.pk)})
    shown = [line["entry"].seq for line in answer.context["lines"]]
    assert 0 < len(shown) < len(everything)
    assert f"涉及人员：{first.name}" in answer.content.decode()
    for line in everything:
        assert (str(first.pk) in line["concerns"]) is (line["entry"].seq in shown)
    reports = [line["entry"].action for line in everything if str(second.pk) in line["concerns"]]
    assert Act.SETTLE_OBJECTION not in reports, "the objection is about the first"
    kept = client.get(where, {"kind": Matter.REPORTS.value}).context["lines"]
    assert [line["entry"].action for line in kept] == [Act.SETTLE_OBJECTION]
    assert Matter.DISSENT.value not in dict(answer.context["form"].fields["kind"].choices)


def test_the_time_of_recording_is_told_where_it_is_another(course: Course) -> None:
    client = signed_in(course, "jiandu")
    charge.recuse_person(
        course.selection,
        actor=course.county["jingban"],
        at=clock.now(),
        person=person(course.county, "郑示监", at=course.at),
        reason="系考察对象的亲属。",
    )
    *earlier, last = client.get(pages(course)[1]).context["lines"]
    assert last["recorded_at"] is None
    assert {line["recorded_at"] for line in earlier} == {line["entry"].recorded_at for line in earlier}


def test_the_list_of_selections_is_filtered(course: Course) -> None:
    client = signed_in(course, "jiandu")
    where = reverse("record")
    for query, there in (
        ({"q": "融媒体"}, True),
        ({"q": "水利局"}, False),
        ({"stage": "decided"}, True),
        ({"stage": "motion"}, False),
        ({"matters": "on"}, True),
    ):
        assert (course.selection.number in client.get(where, query).content.decode()) is there


def test_the_number_of_queries_is_at_most_twelve(course: Course) -> None:
    client = signed_in(course, "jiandu")
    for where in pages(course):
        client.get(where)
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        assert len(statements) <= 12, "\n".join(statement[:110] for statement in statements)


def test_a_longer_record_takes_no_more_queries(course: Course) -> None:
    client = signed_in(course, "jiandu")
    where = pages(course)[1:]

    def queries() -> list[int]:
        numbers = []
        for one in where:
            with CaptureQueriesContext(connection) as captured:
                client.get(one)
            numbers.append(len([query for query in captured if "SAVEPOINT" not in query["sql"]]))
        return numbers

    queries()
    before = queries()
    lines = len(client.get(where[0]).context["lines"])
    for nth in range(30):
        notice.file_objection(
            course.appointment,
            content=f"反映{nth}",
            reporter="",
            contact="",
            receipt_hash=receipt_hash(make_receipt()),
            actor=Account.objects.public(),
            at=course.at,
        )
    assert len(client.get(where[0]).context["lines"]) == lines + 30
    assert queries() == before


def test_a_longer_list_takes_no_more_queries(course: Course) -> None:
    client = signed_in(course, "jiandu")
    where = reverse("record")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        return len(captured)

    queries()
    before = queries()
    open_selections(course, 4)
    assert len(client.get(where).context["lines"]) == 5
    assert queries() == before


def open_selections(course: Course, number: int) -> None:
    """Selections for posts of a unit that has room for them."""
    by = course.by("jingban")
    office = unit(course.county, "县档案馆", "CX-0499", at=course.at)
    keeping.set_quota(office, **by, grade=Grade.TOWNSHIP_DEPUTY, approved=number)
    for nth in range(number):
        values = {"title": f"副馆长{nth}", "grade": Grade.TOWNSHIP_DEPUTY, "seats": 1}
        post = keeping.add_post(office, **by, values=values)
        motion.open_selection(
            course.county.mandate,
            **by,
            post=post,
            seats=1,
            triggers=[Trigger.VACANCY],
            reason="职位空缺。",
            source_direction="县直单位",
        )


@LANGUAGES
@pytest.mark.tampers
@pytest.mark.covers("WPR-20", refused=True)
def test_an_entry_that_somebody_made_illegible_is_marked_and_breaks_no_page(course: Course, language: str) -> None:
    stream = course.selection.streams()[0]
    sql(f"UPDATE audit_entry SET body = '{{' WHERE stream = '{stream}' AND seq = 7")
    answer = signed_in(course, "jiandu", language).get(pages(course)[1])
    (line,) = [line for line in answer.context["lines"] if not line["entry"].legible]
    assert line["entry"].seq == 7
    assert ("Illegible" if language == "en" else "无法读出") in answer.content.decode()


# --- verifying -------------------------------------------------------------------------------------------------------


def verify(client: LintingClient, where: str) -> Any:
    """Press the button of the page."""
    html = client.get(where).content.decode()
    form = re.search(r'<form method="post" action="([^"]+)"[^>]*>.*?name="stream" value="([^"]+)"', html, re.DOTALL)
    assert form
    return client.post(form[1], {"stream": form[2]})


@LANGUAGES
@pytest.mark.covers("WPR-22")
def test_the_button_says_that_the_record_is_whole(course: Course, language: str) -> None:
    client = signed_in(course, "jiandu", language)
    for where in pages(course)[1:]:
        verdict = verify(client, where).context["verdict"]
        assert verdict.whole
        assert verdict.streams == 1


@pytest.mark.tampers
@pytest.mark.covers("WPR-22", refused=True)
def test_the_button_names_the_entry_that_was_tampered_with(course: Course) -> None:
    client = signed_in(course, "jiandu")
    stream = course.selection.streams()[0]
    sql(f"UPDATE audit_entry SET actor_name = '别人' WHERE stream = '{stream}' AND seq = 5")
    answer = verify(client, pages(course)[1])
    assert not answer.context["verdict"].whole
    (finding,) = answer.context["findings"]
    assert (finding["stream"], finding["seq"]) == (stream, 5)
    assert reverse("audit:entry", args=[stream, 5]) in answer.content.decode()
