"""What papers say comes from rows and entries, whole and correct, and is read again out of the PDF."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from django.conf import settings
from django.utils import translation

from audit import reading
from selection.acts import Refused
from selection.documents import contexts, filing, making, requests
from selection.enums import Act, DocumentState, Effect, Matter, Paper, RecommendationForm, Role
from selection.models import Account, Document, Selection
from selection.stages import notice, recommendation, reports
from tests import factories
from tests.factories import Point
from tests.selection.documents.printed import fonts_in, words, words_of
from tests.selection.stages import cases

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

FACTS = [
    ("姓名", "林示甲"),
    ("性别", "男"),
    ("民族", "汉族"),
    ("成长地", "澄溪甲湾"),
    ("学历", "大学、学士"),
    ("出生年月", "1980年6月"),
    ("加入党派时间", "2001年6月（中共党员）"),
    ("参加工作时间", "2003年7月"),
    ("工作单位", "澄溪县委办公室"),
    ("现任职务", "县委办公室副主任"),
    ("任现职级时间", "2018年5月（副科级）"),
    ("拟任职务", "县融媒体中心主任"),
]


def paper_of(course: factories.Course, kind: Paper) -> bytes:
    """The last paper of this kind that the acts have asked for, made now."""
    document = Document.objects.filter(selection=course.selection, kind=kind).order_by("pk").last()
    assert document is not None
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert (document.state, document.problem) == (DocumentState.KEPT, "")
    return filing.read(document.sha256)


def form_of(course: factories.Course, nth: int = 0) -> dict[str, Any]:
    case = Selection.objects.whole(course.selection.pk)
    candidacies = [row for row in case.candidacies if row.pk == course.candidacies[nth].pk]
    with translation.override("zh-hans"):
        (form,) = contexts.record_form(case, candidacies, at=course.at)["forms"]
    return form


def said(parts: list[contexts.Part]) -> dict[str, dict[str, str]]:
    return {part.title: {line.label: line.text for line in part.lines} for part in parts}


def pairs(lines: list[contexts.Line]) -> list[tuple[str, str]]:
    return [(line.label, line.text) for line in lines]


# --- the public notice ----------------------------------------------------------------------------------------------


@pytest.mark.covers("NOT-02")
@pytest.mark.covers("NOT-07")
@pytest.mark.covers("NOT-17")
def test_notice_says_who_until_when_and_how_to_object() -> None:
    course = factories.run_to(Point.NOTICE)
    case = Selection.objects.whole(course.selection.pk)
    with translation.override("zh-hans"):
        context = contexts.notice(case, case.appointments[0])
    shown = [name for name, _text in FACTS if name not in ("成长地", "任现职级时间")]
    assert sorted(pairs(context["facts"])) == sorted(pair for pair in FACTS if pair[0] in shown)
    # published on Tuesday 10 March: five working days from the next day on, the weekend left out
    assert (context["published_on"], context["first_day"], context["last_day"], context["working_days"]) == (
        "2026年3月10日",
        "2026年3月11日",
        "2026年3月17日",
        5,
    )
    page = f"{settings.SITE_ADDRESS}/notices/{course.appointment.notice_slug}/"
    assert context["page"] == page
    assert context["code"] == segno.make(page, error="m", boost_error=False).svg_data_uri(border=0, omitsize=True)

    printed = paper_of(course, Paper.NOTICE)
    text = words_of(printed)
    for label, value in pairs(context["facts"]):
        assert words(label + value) in text
    for sentence in (
        "中共澄溪县委组织部干部任前公示",
        "经县委常委会讨论决定，现将拟任县融媒体中心主任人选林示甲的有关情况予以公示。",
        "公示范围：所在单位（县委办公室）、下属单位、公众。",
        "2026年3月11日至2026年3月17日24时止，共5个工作日（依据《党政领导干部选拔任用工作条例》第四十二条）。",
        "联系电话：0000-12380",
        "通信地址：县委组织部干部监督科",
        page,
    ):
        assert words(sentence) in text
    assert "暂定" not in text
    assert fonts_in(printed) == {"Noto-Serif-SC", "Noto-Serif-SC-Bold", "Noto-Sans-SC"}


@pytest.mark.covers("NOT-05", "NOT-06")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("recognition-county", ["所在单位（县融媒体中心）", "下属单位"]),
        ("section-officer", ["机关内（县委）"]),
        ("company", ["所在单位（县融媒体中心）", "下属单位", "公众"]),
    ],
)
def test_notice_says_for_whom_each_body_means_it(body: str, said: list[str]) -> None:
    with translation.override("zh-hans"):
        assert contexts.audience(cases.rules(body=body), cases.COUNTY, cases.person(1)) == said


@pytest.mark.covers("NOT-08", refused=True)
def test_notice_of_the_company_tells_the_person_and_the_post_and_nothing_else() -> None:
    course = factories.run_to(Point.NOTICE, rulebook="company")
    text = words_of(paper_of(course, Paper.NOTICE))
    for told in ("姓名林示甲", "拟任职务县融媒体中心主任"):
        assert told in text
    for kept in ("汉族", "1980年6月", "中共党员", "大学", "2003年7月", "澄溪甲湾", "林示乙"):
        assert kept not in text


@pytest.mark.covers("NOT-11")
def test_the_record_keeps_by_which_template_a_notice_was_made() -> None:
    course = factories.run_to(Point.NOTICE)
    published = reading.entries(stream=f"selection:{course.selection.pk}", actions=["publish_notice"])[0]
    template = Path(settings.BASE_DIR, "templates", "documents", "notice.html").read_bytes()
    assert published.data["facts"]["template"] == hashlib.sha256(template).hexdigest()[:12]


@pytest.mark.covers("NOT-09")
def test_notice_tells_what_the_post_asks_and_how_the_person_is_judged_where_the_rules_want_it() -> None:
    course = factories.run_to(Point.NOTICE)
    appointment = course.appointment
    appointment.notice_conduct = "德：政治坚定。\n能：善于协调。\n勤、绩、廉：群众认可。"
    post = appointment.proposed_post
    post.duties, post.standards, post.conditions = "主持全面工作。", "熟悉媒体融合。", ""
    told = contexts.sections(appointment, ["name", "standards", "conduct"])
    assert told == {
        "standards": ["主持全面工作。", "熟悉媒体融合。"],
        "conduct": ["德：政治坚定。", "能：善于协调。", "勤、绩、廉：群众认可。"],
    }
    post.duties = post.standards = ""
    assert contexts.sections(appointment, ["standards"]) == {"standards": ["未登记"]}


def test_notice_over_a_new_year_without_a_table_says_that_its_end_is_provisional(db: None) -> None:
    course = factories.course(at=datetime(2026, 12, 21, 1, 0, tzinfo=UTC)).go_to(Point.NOTICE)
    assert words("截止日期暂定") in words_of(paper_of(course, Paper.NOTICE))


# --- the notice of appointment --------------------------------------------------------------------------------------


@pytest.mark.covers("APT-05")
def test_the_notice_of_appointment_carries_number_and_day_and_whose_posts_end() -> None:
    course = factories.run_to(Point.APPOINTED)
    filed = Document.objects.get(selection=course.selection, kind=Paper.APPOINTMENT)
    assert (filed.title, filed.appointment) == ("任职通知（林示甲）", course.appointment)
    printed = words_of(paper_of(course, Paper.APPOINTMENT))
    for said in (
        "澄委干〔2026〕1号",
        "关于林示甲任免职的通知",
        "澄溪县融媒体中心：",
        "经2026年3月9日县委常委会讨论决定：",
        "林示甲任县融媒体中心主任，任职时间自2026年3月19日起计算，试用期1年，至2027年3月18日。",
        "免去林示甲的县委办公室副主任职务。",
        "2026年3月19日",
    ):
        assert words(said) in printed, said
    for other in (course.people[1].name, "未发现影响使用的情况", "0000-12380"):
        assert other not in printed


@pytest.mark.covers("APT-05", refused=True)
def test_no_notice_of_appointment_is_made_of_somebody_who_is_not_appointed() -> None:
    course = factories.run_to(Point.CLEARED)
    with pytest.raises(Refused) as refused:
        requests.request_document(
            course.selection, **course.by("jingban"), kind=Paper.APPOINTMENT, appointment=course.appointment
        )
    with translation.override("en"):
        assert [str(one.says) for one in refused.value.unmet] == ["The person has been appointed"]


# --- the form of nomination -----------------------------------------------------------------------------------------


@pytest.mark.covers("FNR-12", "FNR-17")
def test_the_form_of_nomination_carries_the_day_of_the_decision_once_there_is_one() -> None:
    course = factories.run_to(Point.DECIDED, rulebook="first-nominator-city")
    filed = Document.objects.get(selection=course.selection, kind=Paper.NOMINATION_FORM)
    assert (filed.title, filed.candidacy) == ("提名推荐表（林示甲）", course.candidacies[0])
    printed = words_of(paper_of(course, Paper.NOMINATION_FORM))
    for said in (
        "姓名林示甲",
        "√组织部门",
        "□领导干部个人",
        "首提责任人钱示首",
        "提名理由符合条件，群众认可。",
        "提名人（签名）：见存档的签名件",
        "2026年3月9日，县委常委会第1次会议讨论决定：获得通过",
    ):
        assert words(said) in printed
    assert course.people[1].name not in printed


@pytest.mark.covers("FNR-12")
def test_a_blank_form_names_the_post_and_nobody() -> None:
    course = factories.run_to(Point.LISTED, rulebook="first-nominator-city")
    requests.request_document(course.selection, **course.by("jingban"), kind=Paper.NOMINATION_FORM)
    printed = words_of(paper_of(course, Paper.NOMINATION_FORM))
    for said in ("提名职位：县融媒体中心主任", "提名人（签名）：", "年月日", "□组织部门"):
        assert words(said) in printed
    assert not any(person.name in printed for person in course.people)


def test_no_form_of_nomination_is_made_where_the_rules_know_none() -> None:
    course = factories.run_to(Point.LISTED)
    with pytest.raises(Refused) as refused:
        requests.request_document(course.selection, **course.by("jingban"), kind=Paper.NOMINATION_FORM)
    with translation.override("en"):
        assert [str(one.says) for one in refused.value.unmet] == ["The rules ask for a form of nomination"]


# --- the process record form ----------------------------------------------------------------------------------------


@pytest.mark.covers("WPR-01")
@pytest.mark.covers("WPR-03")
@pytest.mark.covers("WPR-04")
@pytest.mark.covers("WPR-05")
@pytest.mark.covers("WPR-06")
@pytest.mark.covers("WPR-08")
@pytest.mark.covers("WPR-09")
@pytest.mark.covers("WPR-10")
@pytest.mark.covers("WPR-11")
@pytest.mark.covers("WPR-16")
@pytest.mark.covers("WPR-20")
@pytest.mark.covers("DEL-21", "DEL-23")
@pytest.mark.covers("INS-25", "INS-28", "CON-05")
@pytest.mark.covers("WPR-07", "WPR-19", refused=True)
def test_record_form_tells_the_whole_way_of_one_person() -> None:
    course = factories.run_to(Point.NOTICE)
    objection = notice.file_objection(
        course.appointment,
        actor=Account.objects.public(),
        at=course.at,
        content="反映其兼职取酬。",
        reporter="钱举报",
        contact="0000-99999",
        receipt_hash="a" * 64,
    )
    reports.settle_objection(
        objection,
        **course.by("jingban"),
        effect=Effect.UNFOUNDED,
        investigation="经查无此事。",
        answer="已告知反映人。",
        evidence=factories.SCAN,
    )
    course.go_to(Point.CLOSED)
    form = form_of(course)
    assert pairs(form["facts"]) == FACTS
    procedures, matters = said(form["procedures"]), said(form["matters"])
    assert list(procedures) == ["动议", "初始提名", "民主推荐", "确定考察对象", "考察", "酝酿", "讨论决定、任职"]
    motion = procedures["动议"]
    assert motion["拟任职单位职数空缺"] == ("澄溪县融媒体中心正科级核定职数1名，动议时实配0名，空缺1名；本次选任1名")
    assert motion["提出动议的单位和人员"] == "县委组织部jingban，2026年3月2日"
    assert motion["动议理由"] == "原主任退休，职位空缺。"
    assert motion["人选产生方向、方式和理由"] == "县直单位和乡镇的副科级领导干部"
    nominated = procedures["初始提名"]
    assert [nominated[label] for label in ("领导个人推荐", "单位推荐")] == ["未发生"] * 2
    assert nominated["提名方式"] == "全委会成员从组织部候选人名单中择优推荐"
    assert nominated["县委全委会推荐"] == (
        "会议推荐：2026年3月5日；参加范围：县委全委会成员；应参加60人，实际参加54人；"
        "发出推荐票54张，收回52张，有效50张；得推荐票40票，得票排名第1"
    )
    assert nominated["组织提名"].startswith("县委组织部jingban，2026年3月3日；理由：符合条件，群众认可")
    assert procedures["民主推荐"] == {
        "会议投票推荐": "2026年3月5日；参加范围：本单位全体干部职工和服务对象代表；应参加60人，实际参加54人；"
        "发出推荐票54张，收回52张，有效50张；得推荐票40票，得票排名第1",
        "个别谈话推荐": "2026年3月5日；参加范围：本单位全体干部职工和服务对象代表；应参加60人，实际参加54人；"
        "发出推荐票54张，收回52张，有效50张；得推荐票40票，得票排名第1",
        "二次推荐": "未发生",
    }
    assert procedures["确定考察对象"] == {"研究确定考察对象的意见": "确定为考察对象。", "是否列为考察对象": "是"}
    inspected = procedures["考察"]
    assert inspected["民主测评"] == (
        "2026年3月7日；发出测评表40张，收回38张；优秀30票，称职6票，基本称职1票，不称职1票"
    )
    assert inspected["个别谈话"].count("3人（2026年3月7日）") == 4
    assert inspected["考察材料"].endswith("考察组建议：建议作为拟任人选。")
    assert inspected["考察材料"].startswith("2026年3月"), inspected["考察材料"]
    assert "kaocha1" in inspected["考察材料"], "who wrote the report answers for it"
    assert "考察组：kaocha1、kaocha2，联系电话：0000-12380" in inspected["考察预告"]
    assert procedures["酝酿"]["征求县直有关部门意见"].count("未发现影响使用的情况。") == 2
    assert procedures["酝酿"]["征求市有关部门意见"] == "未发生"
    assert procedures["酝酿"]["征求相关领导、部门意见"] == "未发生"
    assert procedures["酝酿"]["领导酝酿：书记碰头会"].startswith("2026年3月8日；书记召集；参加：与会人员名单")
    decided = procedures["讨论决定、任职"]
    chair = course.round.chair.person.name
    assert decided["常委会讨论"] == (
        f"2026年3月9日，县委常委会第1次会议；应到11人，实到11人；会议由{chair}主持；逐一发表意见：同意11人"
    )
    assert decided["无记名投票表决"] == (
        f"第1轮：由{chair}主持；应到11人，实到11人；发出选票11张，收回11张，有效11张；同意8票，不同意3票，弃权0票；获得通过"
    )
    assert decided["任前公示"].startswith(
        "2026年3月10日发布，公示至2026年3月17日；反映1（2026年3月10日收到）：2026年3月10日，"
    )
    assert "经查无此事" in decided["任前公示"]
    assert decided["任职"] == "2026年3月19日任职，文号：澄委干〔2026〕1号，2026年3月19日公布"
    assert "胜任" in decided["试用期"]
    assert "不胜任" not in decided["试用期"]
    with translation.override("zh-hans"):
        unfounded = str(Effect.UNFOUNDED.label)
        titles = [str(Matter(kind).label) for kind in Matter]
        reported = str(Matter.REPORTS.label)
    assert list(matters) == titles
    assert all(lines == {} for title, lines in matters.items() if title != reported)
    assert matters[reported] == {"时间": "2026年3月10日", "事由": "经查无此事。", "结果": unfounded}

    printed = paper_of(course, Paper.RECORD_FORM)
    text = words_of(printed)
    for label, value in FACTS:
        assert words(label + value) in text
    for part in (*form["procedures"], *form["matters"]):
        assert words(part.title) in text
        for line in part.lines:
            assert words(line.label) in text
    for secret in ("林示乙", "林示丙", "钱举报", "0000-99999"):
        assert secret not in text
    assert text.count("未发生") >= 7
    assert fonts_in(printed) == {"Noto-Serif-SC", "Noto-Serif-SC-Bold", "Noto-Sans-SC"}


@pytest.mark.covers("WPR-02")
@pytest.mark.covers("WPR-22")
def test_record_form_lists_who_did_what_and_when_with_the_last_digest() -> None:
    course = factories.run_to(Point.LISTED)
    requests.request_document(course.selection, **course.by("jiandu"), kind=Paper.RECORD_FORM)
    entries = list(reading.entries(stream=f"selection:{course.selection.pk}"))
    text = words_of(paper_of(course, Paper.RECORD_FORM))
    assert f"共有办理记录{len(entries)}条，最后一条的摘要（SHA-256）为{entries[-1].leaf}" in text
    for entry in entries:
        assert entry.leaf[:12] in text
    with translation.override("zh-hans"):
        opened = f"2026年3月2日09:00{Act.OPEN_SELECTION.label}jingban（{Role.STAFF.label}）"
        recommended = f"2026年3月3日09:00{Act.RECOMMEND_PERSONALLY.label}lingdao（{Role.LEADER.label}）"
    assert opened in text
    assert recommended in text


@pytest.mark.covers("WPR-19")
@pytest.mark.covers("WPR-05")
def test_record_form_keeps_the_day_of_a_motion_beside_the_day_of_its_entry() -> None:
    course = factories.course()
    course.open(moved_on=date(2026, 2, 27))
    course.go_to(Point.LISTED)
    motion = said(form_of(course)["procedures"])["动议"]
    assert motion["提出动议的单位和人员"] == "县委组织部jingban，2026年2月27日（2026年3月2日录入）"


@pytest.mark.covers("WPR-07", refused=True)
def test_record_form_gives_no_figures_of_a_count_that_nobody_confirmed_and_one_rank_to_equal_votes() -> None:
    course = factories.run_to(Point.RECOMMENDATION)
    poll = course.hold(RecommendationForm.MEETING)
    for teller in ("jipiao1", "jipiao2"):
        course.count(poll, (37, 37, 21), by=teller)
    recommended = said(form_of(course)["procedures"])["民主推荐"]["会议投票推荐"]
    assert recommended.endswith("应参加60人，实际参加54人；计票结果尚未确认")
    assert "37" not in recommended
    recommendation.confirm_tally(poll, **course.by("jingban"), evidence=factories.SCAN)
    told = [said(form_of(course, nth)["procedures"])["民主推荐"]["会议投票推荐"] for nth in range(3)]
    assert [line.split("；")[-1] for line in told] == [
        "得推荐票37票，得票排名第1",
        "得推荐票37票，得票排名第1",
        "得推荐票21票，得票排名第3",
    ]
    assert all("参加范围：本单位全体干部职工和服务对象代表" in line for line in told)


def test_record_form_before_anything_happened_says_so_for_every_candidate() -> None:
    course = factories.run_to(Point.LISTED)
    with translation.override("en"):
        requests.request_document(course.selection, **course.by("jingban"), kind=Paper.RECORD_FORM)
        text = words_of(paper_of(course, Paper.RECORD_FORM))
    assert text.count("干部选拔任用工作记实表") == 3
    assert [text.count(f"姓名{name}") for name in ("林示甲", "林示乙", "林示丙")] == [1, 1, 1]
    for nth in range(3):
        form = form_of(course, nth)
        procedures = said(form["procedures"])
        later = [procedures[title] for title in list(procedures)[2:]]
        assert all(set(lines.values()) == {"未发生"} for lines in later)
        assert [part.lines for part in form["matters"]] == [()] * 8
    assert said(form_of(course, 2)["procedures"])["初始提名"]["领导个人推荐"].startswith(
        "县政府lingdao，2026年3月3日；已署名"
    )


def test_record_form_of_one_candidate_names_no_other() -> None:
    course = factories.run_to(Point.LISTED)
    requests.request_document(
        course.selection, **course.by("jingban"), kind=Paper.RECORD_FORM, candidacy=course.candidacies[1]
    )
    document = Document.objects.latest("pk")
    assert document.title == "干部选拔任用工作记实表（林示乙）"
    text = words_of(paper_of(course, Paper.RECORD_FORM))
    assert "林示乙" in text
    assert "林示甲" not in text
    assert "林示丙" not in text
