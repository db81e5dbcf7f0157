"""Looking back at one appointment: the whole chain, what is missing for it, and who may see it (倒查)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection.enums import Effect, Matter, Paper, Part, RoundState
from selection.models import (
    Account,
    Appointment,
    Assessment,
    CheckResult,
    Consultation,
    ImportantMatter,
    Inquiry,
    Objection,
    Participation,
    Prenotice,
    Reply,
    Report,
    Talk,
)
from selection.register.models import Person
from selection.stages import notice, reports
from selection.web.forms.reports import make_receipt, receipt_hash
from selection.web.look_back import CHAIN
from tests.audit.test_verification import sql
from tests.factories import SCAN, Course, Point, person
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, standing_at, words

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SAID, REPORTER, FOUND = "此人于二〇一九年挪用项目经费三万元", "欧阳示举", "调阅账目，手续齐全。"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        notice.file_objection(
            course.appointment,
            content=SAID,
            reporter=REPORTER,
            contact="0000-98765",
            receipt_hash=receipt_hash(make_receipt()),
            actor=Account.objects.public(),
            at=course.at,
        )
        reports.settle_objection(
            Objection.objects.get(),
            **course.by("jingban"),
            effect=Effect.NO_EFFECT,
            investigation=FOUND,
            answer="经核查，手续齐全。",
            evidence=SCAN,
        )
        yield course.go_to(Point.CLOSED)


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def page(course: Course) -> str:
    return reverse("look_back", args=[course.selection.number, course.appointment.pk])


def link(answer: Any, key: str) -> dict[str, Any]:
    return next(one for one in answer.context["links"] if one["key"] == key)


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("jiandu", 200),
        ("jingban", 200),
        ("buzhang", 200),
        ("shuji", 200),
        ("kaocha1", 404),
        ("jipiao1", 404),
        ("jiwei", 404),
        ("lingdao", 404),
        ("changwei1", 404),
        ("guanli", 404),
    ],
)
@pytest.mark.covers("WPR-22", refused=True)
def test_who_sees_the_selection_whole_looks_back(course: Course, username: str, status: int) -> None:
    answer = signed_in(course, username).get(page(course))
    assert answer.status_code == status
    assert (course.appointment.person.name in words(answer)) is (status == 200)


@pytest.mark.covers("WPR-22", refused=True)
def test_a_recused_auditor_and_the_appointed_person_see_nothing(course: Course) -> None:
    for own in (course.appointment.person, person(course.county, "郑示监", at=course.at)):
        with beside_an_entry():
            Account.objects.filter(username="jiandu").update(person=own)
        if own != course.appointment.person:
            assert signed_in(course, "jiandu").get(page(course)).status_code == 200
            with beside_an_entry():
                recuse(course, own)
        assert signed_in(course, "jiandu").get(page(course)).status_code == 404


def recuse(course: Course, who: Person) -> None:
    Participation.objects.create(
        selection=course.selection, person=who, part=Part.RECUSED, reason="系考察对象的亲属。", from_on=course.day
    )


def test_an_appointment_stands_under_its_own_selection_alone(course: Course) -> None:
    client = signed_in(course, "jiandu")
    for number, pk in (("1999-001", course.appointment.pk), (course.selection.number, course.appointment.pk + 1)):
        assert client.get(reverse("look_back", args=[number, pk])).status_code == 404


@pytest.mark.covers("WPR-22")
def test_looking_back_is_recorded(course: Course) -> None:
    signed_in(course, "jiandu").get(page(course))
    last = reading.entries(stream="access", newest_first=True)[0]
    assert (last.data["what"], last.object, last.case) == (
        "look_back",
        ("appointment", str(course.appointment.pk)),
        course.selection.streams()[0],
    )


# --- the chain -------------------------------------------------------------------------------------------------------


@LANGUAGES
@pytest.mark.covers("WPR-22", "WPR-01")
def test_every_link_says_who_when_on_which_paper_and_under_which_rule(course: Course, language: str) -> None:
    answer = signed_in(course, "jiandu", language).get(page(course))
    links = answer.context["links"]
    assert [one["key"] for one in links] == [one.key for one in CHAIN]
    for one in links:
        assert one["done"], one["key"]
        assert all(row["who"] and row["on"] for row in one["done"])
        assert one["rules"] or one["key"] == "fixing"
    for key in ("recommendation", "inspection", "opinions", "consultation"):
        assert link(answer, key)["papers"], key
    assert "林示乙" not in words(answer), "another candidate is no part of this chain"
    nominated = [row["times"] for row in link(answer, "nomination")["done"] if row["what"] == "提名人选"]
    assert nominated == [1] or language == "en"


@pytest.mark.covers("WPR-01")
def test_the_figures_are_those_of_the_rows(course: Course) -> None:
    answer = signed_in(course, "jiandu").get(page(course))
    ballot = dict(link(answer, "decision")["facts"])["无记名投票第1轮"]
    item = course.round.items.get(candidacy=course.appointment.candidacy_id)
    told = [ballot[name] for name in ("应到", "到会", "同意", "不同意", "弃权")]
    assert told == [course.round.due_count, course.round.present_count, item.agree, item.disagree, item.abstain]
    asked = dict(link(answer, "opinions")["facts"])
    for inquiry in Inquiry.objects.filter(candidacy=course.appointment.candidacy_id):
        assert inquiry.reply.number in asked[inquiry.get_body_display()].values()
    assert len(asked) == 2


@pytest.mark.covers("WPR-16", refused=True)
def test_what_was_said_stays_where_it_is_kept(course: Course) -> None:
    html = words(signed_in(course, "jiandu").get(page(course)))
    texts = {row.opinion for row in Reply.objects.all()} | {row.notes for row in Talk.objects.all()}
    texts |= {row.performance for row in Report.objects.all()} | {row.shortcomings for row in Report.objects.all()}
    for hidden in (SAID, REPORTER, *texts):
        assert hidden
        assert hidden not in html


@pytest.mark.covers("WPR-18")
def test_an_important_matter_stands_at_its_link(course: Course) -> None:
    answer = signed_in(course, "jiandu").get(page(course))
    (matter,) = link(answer, "notice")["matters"]
    assert (matter["kind"], matter["cause"], matter["waived"]) == (Matter.REPORTS.label, FOUND, False)
    assert [one["key"] for one in answer.context["links"] if one["matters"]] == ["notice"]


# --- what is missing -------------------------------------------------------------------------------------------------


def keep_papers(course: Course) -> None:
    """What the worker makes by itself is there."""
    with beside_an_entry():
        course.selection.documents.filter(kind__in=[Paper.NOTICE, Paper.RECORD_FORM]).update(
            state="kept", sha256="7d" * 32
        )


def test_nothing_is_missing_of_a_way_that_was_gone_whole(course: Course) -> None:
    assert "公示文书没有归存" in words(signed_in(course, "jiandu").get(page(course)))
    keep_papers(course)
    answer = signed_in(course, "jiandu").get(page(course))
    assert (answer.context["gaps"], [one["missing"] for one in answer.context["links"]]) == (0, [[]] * len(CHAIN))
    assert "无缺失" in words(answer)


def remove_talks(course: Course) -> None:
    Talk.objects.filter(candidacy=course.appointment.candidacy_id, group="candidate").delete()


def remove_answer(course: Course) -> None:
    Reply.objects.filter(inquiry__candidacy=course.appointment.candidacy_id, inquiry__body="discipline").delete()


def unannounce(course: Course) -> None:
    type(course.round).objects.filter(pk=course.round.pk).update(state=RoundState.VOID)


def of_the_candidate(model: Any) -> Any:
    return lambda course: model.objects.filter(candidacy=course.appointment.candidacy_id).delete()


def of_the_appointment(**values: Any) -> Any:
    return lambda course: Appointment.objects.filter(pk=course.appointment.pk).update(**values)


def of_the_selection(**values: Any) -> Any:
    return lambda course: type(course.selection).objects.filter(pk=course.selection.pk).update(**values)


@pytest.mark.tampers
@pytest.mark.covers("WPR-22", refused=True)
@pytest.mark.parametrize(
    ("take_away", "key", "says"),
    [
        (of_the_selection(approved_by=None), "motion", "没有动议同意人记录"),
        (of_the_selection(fixing_opinion=""), "fixing", "没有研究确定考察对象的意见记录"),
        (lambda course: Prenotice.objects.all().delete(), "inspection", "没有考察预告记录"),
        (remove_talks, "inspection", "未与此类对象谈话：考察对象本人"),
        (of_the_candidate(Assessment), "inspection", "没有民主测评记录"),
        (of_the_candidate(CheckResult), "inspection", "没有核查结果记录：查阅档案资料"),
        (of_the_candidate(Report), "inspection", "考察组未形成考察材料"),
        (remove_answer, "opinions", "纪检监察机关：尚未回复"),
        (lambda course: Consultation.objects.filter(level="department").delete(), "consultation", "未在此层面酝酿"),
        (unannounce, "decision", "没有对该人选的票决结果记录"),
        (of_the_appointment(talked_on=None), "appointment", "没有任前谈话记录"),
        (of_the_appointment(document_number=""), "appointment", "任职没有文号"),
        (of_the_appointment(assessed_on=None), "probation", "没有试用期满考核记录"),
    ],
)
def test_a_link_without_its_entry_says_so(course: Course, take_away: Any, key: str, says: str) -> None:
    keep_papers(course)
    with beside_an_entry():
        take_away(course)
    answer = signed_in(course, "jiandu").get(page(course))
    assert any(says in one for one in link(answer, key)["missing"]), link(answer, key)["missing"]
    assert says in words(answer)
    assert [one["key"] for one in answer.context["links"] if one["missing"]] == [key]


@pytest.mark.tampers
@pytest.mark.covers("WPR-21", refused=True)
def test_an_act_without_its_paper_says_so(course: Course) -> None:
    keep_papers(course)
    sql(
        "UPDATE audit_entry SET body = regexp_replace(body, '\"files\":\\[[^]]*\\]', '\"files\":[]')"
        f" WHERE stream = '{course.selection.streams()[0]}' AND action = 'record_assessment'"
    )
    answer = signed_in(course, "jiandu").get(page(course))
    (told,) = link(answer, "inspection")["missing"]
    assert told == "民主测评汇总表（2026年3月7日）：没有归存的材料。"
    assert told in words(answer)


# --- ways in, cost ---------------------------------------------------------------------------------------------------


@LANGUAGES
def test_it_is_reached_from_the_person_the_record_and_the_list_of_those_who_oversee(
    course: Course, language: str
) -> None:
    number, pk = course.selection.number, course.appointment.person_id
    auditor, officer = signed_in(course, "jiandu", language), signed_in(course, "jingban", language)
    for client, where in (
        (officer, reverse("person", args=[pk])),
        (officer, reverse("selection_record", args=[number])),
        (auditor, reverse("record_of", args=[number])),
        (auditor, reverse("oversight_list", args=["appointments"])),
    ):
        assert page(course) in words(client.get(where)), where
    inspector = signed_in(course, "kaocha1").get(reverse("person", args=[pk]))
    assert number in words(inspector)
    assert page(course) not in words(inspector)


def test_the_number_of_queries_does_not_grow(course: Course) -> None:
    client, where = signed_in(course, "jiandu"), page(course)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    queries()
    before = queries()
    for nth in range(30):
        ImportantMatter.objects.create(
            selection=course.selection, kind=Matter.OTHER, noted_at=course.at, cause=f"需要说明的情况之{nth}"
        )
        Talk.objects.create(
            selection=course.selection,
            candidacy=course.appointment.candidacy,
            group="middle",
            held_on=course.day,
            notes="情况。",
            recorded_by=course.county["kaocha1"],
            recorded_at=course.at,
        )
    assert (before, queries()) == (12, 12)
    assert "需要说明的情况之29" in words(client.get(where))
