"""Papers of inspection, consultation and appointment say what was recorded, and are refused before there is any."""

from datetime import date
from typing import Any

import pytest

from selection.acts import Refused
from selection.documents import approval, filing, making, requests
from selection.enums import Channel, DocumentState, ExceptionGround, FileKind, Kin, Paper, TalkGroup
from selection.models import Account, Document, Nomination, Objection
from selection.register import keeping
from selection.stages import inspection, notice, probation, reports
from tests import factories
from tests.factories import Point
from tests.selection.beside import beside_an_entry
from tests.selection.documents.printed import pages_in, words, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OF_CANDIDATES = (Paper.TALK_RECORD, Paper.ASSESSMENT, Paper.INQUIRY, Paper.INSPECTION_REPORT)
OF_SELECTION = (Paper.PRENOTICE, Paper.INSPECTED, Paper.CONSULTATION)


def made(course: factories.Course, kind: Paper, **about: Any) -> bytes:
    """A paper that staff ask for now."""
    document = requests.request_document(
        course.selection, actor=course.county["jingban"], at=course.at, kind=kind, **about
    )
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert (document.state, document.problem) == (DocumentState.KEPT, "")
    return filing.read(document.sha256)


def says(course: factories.Course, kind: Paper, *expected: str, **about: Any) -> str:
    text = words_of(made(course, kind, **about))
    for sentence in expected:
        assert words(sentence) in text, sentence
    return text


def refusal(course: factories.Course, kind: Paper, **about: Any) -> list[str]:
    """At which fields of the form it is said what is missing."""
    with pytest.raises(Refused) as refused:
        requests.request_document(course.selection, actor=course.county["jingban"], at=course.at, kind=kind, **about)
    assert not Document.objects.filter(kind=kind).exists()
    return [one.field for one in refused.value.unmet]


# --- refused before there is anything to say ------------------------------------------------------------------------


def test_a_paper_is_refused_while_nothing_that_it_tells_is_on_file() -> None:
    course = factories.run_to(Point.INSPECTION)
    for kind in (*OF_CANDIDATES, *OF_SELECTION):
        assert refusal(course, kind) == ["kind"]
    course.announce_inspection()
    inspection.record_talk(
        course.selection,
        **course.by("kaocha1"),
        candidacy=course.candidacies[0],
        group=TalkGroup.LEADERS,
        held_on=course.day,
        notes="工作扎实。",
    )
    assert refusal(course, Paper.TALK_RECORD, candidacy=course.candidacies[1]) == ["kind"]
    assert refusal(course, Paper.PRENOTICE, candidacy=course.candidacies[0]) == ["candidacy"]
    says(course, Paper.TALK_RECORD, "工作扎实。", candidacy=course.candidacies[0])


@pytest.mark.covers("INS-23", refused=True)
def test_papers_of_an_appointment_wait_for_what_they_tell() -> None:
    course = factories.run_to(Point.DECIDED)
    assert refusal(course, Paper.INTEGRITY_REPORT) == ["appointment"], "there is no notice yet that it could speak of"
    course.go_to(Point.NOTICE)
    for kind in (Paper.APPOINTMENT_TALK, Paper.PROBATION_FORM, Paper.APPOINTMENT):
        assert refusal(course, kind, appointment=course.appointment) == ["appointment"]
    assert refusal(course, Paper.PLEDGE) == ["appointment"]
    text = says(course, Paper.PLEDGE, "本人林示甲，拟任县融媒体中心主任。", appointment=course.appointment)
    assert "承诺人（签名）" in text
    notice.file_objection(
        course.appointment,
        actor=Account.objects.public(),
        at=course.at,
        content="反映其经商。",
        reporter="举报人甲",
        receipt_hash="6" * 64,
    )
    text = says(
        course,
        Paper.INTEGRITY_REPORT,
        "一、执行党风廉政建设规定情况",
        "二、涉及群众反映突出问题情况",
        "三、公示中群众反映问题的有关情况",
        "2026年3月10日发布公示，公示尚未结束。",
        "收到反映，正在核查。",
        "四、其他方面廉政情况",
        appointment=course.appointment,
    )
    assert "举报人甲" not in text
    assert "经商" not in text


# --- the inspection -------------------------------------------------------------------------------------------------


@pytest.fixture
def inspected() -> factories.Course:
    return factories.run_to(Point.INSPECTED)


def test_the_prenotice_tells_team_telephone_and_who_is_inspected(inspected: factories.Course) -> None:
    says(
        inspected,
        Paper.PRENOTICE,
        "中共澄溪县委组织部派出考察组，就县融媒体中心主任人选进行考察",
        "考察对象的基本情况。",
        "kaocha1、kaocha2",
        "联系电话：0000-12380",
        "2026年3月6日",
    )


@pytest.mark.covers("INS-02")
def test_the_notice_of_the_inspected_names_them_and_nobody_nominated_in_confidence(
    inspected: factories.Course,
) -> None:
    first, second, last = inspected.people
    text = says(inspected, Paper.INSPECTED, f"{first.name}男1980年6月县委办公室副主任", f"{second.name}男1980年6月")
    assert last.name not in text, "the last was not chosen for inspection"
    reports.file_report(
        inspected.selection,
        **inspected.by("jingban"),
        candidacy=inspected.candidacies[0],
        channel=Channel.LETTER,
        content="反映其经商。",
        receipt_hash="6" * 64,
    )
    assert Objection.objects.get(selection=inspected.selection).candidacy == inspected.candidacies[0]
    with beside_an_entry(inspected.selection):
        Nomination.objects.filter(person=second).update(ground=ExceptionGround.STATE_SECRET)
    text = says(inspected, Paper.INSPECTED, first.name)
    assert second.name not in text


@pytest.mark.covers("INS-31")
def test_papers_of_the_inspection_tell_what_was_heard_counted_asked_and_concluded(
    inspected: factories.Course,
) -> None:
    first, second, _last = inspected.people
    about = {"candidacy": inspected.candidacies[0]}
    text = says(
        inspected,
        Paper.TALK_RECORD,
        "共谈话12人",
        "谈话对象单位领导班子成员，3人",
        "记录人kaocha1",
        "工作扎实，作风正派。",
        **about,
    )
    assert second.name not in text
    says(
        inspected,
        Paper.ASSESSMENT,
        "2026年3月7日　发出测评表40张，收回38张",
        "优秀与称职合计 36 94.74%",
        "不称职 1 2.63%",
        "未作评价 0 0.00%",
        **about,
    )
    text = says(
        inspected,
        Paper.INQUIRY,
        f"关于征求对{first.name}意见的函",
        "县纪委监委：",
        "请于2026年3月14日前书面回复",
        "√不影响使用□需要说明□影响使用",
        "未发现影响使用的情况。",
        **about,
    )
    assert "在任用建议提出之后收到" not in text
    text = says(
        inspected,
        Paper.INSPECTION_REPORT,
        f"{first.name}考察材料",
        "抓落实有时偏急。",
        "得推荐票40票，得票排名第1",
        "查阅干部人事档案：2026年3月7日，不影响使用",
        "建议作为拟任人选。",
        "考察组组长（签名）：kaocha1",
        "考察组成员（签名）：kaocha2",
        **about,
    )
    assert second.name not in text


def test_without_a_candidate_there_is_one_sheet_about_each(inspected: factories.Course) -> None:
    content = made(inspected, Paper.ASSESSMENT)
    assert pages_in(content) == 2
    first, second, last = inspected.people
    assert first.name in words_of(content)
    assert second.name in words_of(content)
    assert last.name not in words_of(content)


# --- consultation, appointment, probation ---------------------------------------------------------------------------


@pytest.mark.covers("CON-12")
def test_the_record_of_the_consultation_tells_every_level() -> None:
    says(
        factories.run_to(Point.CONSULTED),
        Paper.CONSULTATION,
        "部长办公会",
        "书记碰头会",
        "召集人书记",
        "参加人员与会人员名单",
        "意见意见一致。",
        "不同意见无",
    )


def test_papers_of_an_appointment_tell_talk_and_probation_to_its_end() -> None:
    course = factories.run_to(Point.APPOINTED)
    about = {"appointment": course.appointment}
    says(course, Paper.APPOINTMENT_TALK, "谈话时间2026年3月18日", "谈话人组织部部长", "提出要求。", **about)
    says(
        course,
        Paper.PROBATION_FORM,
        "试用期2026年3月19日至2027年3月18日",
        "试用期间考评未发生",
        "□胜任□不胜任",
        **about,
    )
    course.at = max(course.at, course.fresh(course.appointment).probation_ends_at - 14 * factories.DAY)
    probation.assess_probation(
        course.appointment, **course.by("buzhang"), assessed_on=course.day, fit=False, opinion="工作推进不力。"
    )
    says(course, Paper.PROBATION_FORM, "工作推进不力。", "□胜任√不胜任", **about)


# --- the form of approval -------------------------------------------------------------------------------------------


def test_the_form_of_approval_is_two_pages_with_all_that_is_known() -> None:
    course = factories.run_to(Point.INSPECTED)
    person, by = course.people[0], course.by("jingban")
    course_of_study = {"level": "master", "mode": "in_service", "kind": "party_school", "school": "示例党校"}
    keeping.add_file_entry(
        person,
        **by,
        kind=FileKind.EDUCATION,
        values=course_of_study | {"subject": "经济管理", "graduated_on": date(2012, 7, 1)},
    )
    keeping.add_file_entry(
        person,
        **by,
        kind=FileKind.SANCTION,
        values={
            "kind": "warning",
            "decided_on": date(2016, 5, 4),
            "lifted_on": date(2016, 11, 4),
            "basis": "示纪〔2016〕9号",
        },
    )
    keeping.add_kinship(
        person,
        **by,
        values={"called": "妻子", "kind": Kin.SPOUSE, "relative_name": "示例妻", "relative_unit": "示例中学教师"},
    )
    content = made(course, Paper.APPROVAL_FORM, candidacy=course.candidacies[0])
    assert pages_in(content) == 2
    text = words_of(content)
    for sentence in (
        "干部任免审批表",
        "姓名林示甲性别男",
        "1980.06（45岁）",
        "硕士",
        "示例党校经济管理",
        "现任职务县委办公室副主任",
        "拟任职务县融媒体中心主任",
        "2019.05--县委办公室副主任",
        "2016.05，政务警告（示纪〔2016〕9号），2016.11解除",
        "2025年度：优秀",
        "妻子示例妻示例中学教师",
        "呈报单位中共澄溪县委组织部",
        "填表人：jingban",
    ):
        assert sentence in text, sentence
    assert "处分：无" not in text
    assert "学习形式未登记" not in text
    assert course.people[1].name not in text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("县委办公室副主任", 14),  # one line of eight characters
        ("某某示例职务" * 10, 11),  # sixty characters: two lines of thirty-one at eleven points, three at twelve
        ("某某示例职务" * 20, 8),
        ("某某示例职务" * 54, 8),  # 324, as many as the field may hold
        ("1" * 48, 14),  # figures take half the room
    ],
)
def test_text_is_fitted_into_its_cell_from_fourteen_points_down_to_eight(text: str, size: int) -> None:
    assert approval.fitted(text, width=124.8, height=12).size == size


@pytest.mark.parametrize(
    ("on", "age"), [(date(2026, 5, 31), 45), (date(2026, 6, 1), 46), (date(2026, 6, 30), 46), (date(2027, 5, 1), 46)]
)
def test_age_is_full_years_as_of_the_month(on: date, age: int) -> None:
    assert approval.age(date(1980, 6, 1), on) == age
