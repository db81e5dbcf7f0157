"""The rules that this project ships: whole, cited, and what the requirements rest on."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from django.db.models import TextChoices
from django.utils.translation import override

from selection import enums
from selection.rulebook import lint
from selection.rulebook.book import DATA, plain
from selection.rulebook.keys import KEYS, ROLES
from selection.rulebook.rules import Period, Rules, Share, bodies, history, in_force, under, working
from selection.rulebook.values import content

DAY = date(2026, 3, 2)
BODIES_OF_COUNTY = ("national", "credibility-county")
CODE = "".join(
    path.read_text(encoding="utf-8")
    for path in sorted(DATA.parent.parent.rglob("*.py"))
    if DATA.parent not in path.parents
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def county() -> Rules:
    return in_force("credibility-county", DAY)


def test_the_rulebook_has_no_problem():
    assert lint.problems(DATA) == []
    assert bodies() == {
        "national": "全国",
        "credibility-county": "公信度示范县",
        "house": "本规则库通用参数",
        "company": "公司中层",
        "first-nominator-city": "首提责任制市",
        "jinchang": "金昌市",
        "kunming": "昆明市",
        "recognition-county": "群众公认县",
        "section-officer": "主任科员选任",
        "subdistrict": "街道中层竞争上岗",
        "trainees": "年轻干部培养对象",
        "xiamen": "厦门市竞争上岗",
    }
    assert set(working()) == set(bodies()) - {"national", "house"}


def test_every_key_that_something_is_checked_against_has_a_value():
    assert [key for key, declared in KEYS.items() if not declared.kept and not history(key)] == []


def test_every_rule_of_the_county_is_in_force(county):
    assert set(county) == {key for key in KEYS if any(rule.body in BODIES_OF_COUNTY for rule in history(key))}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_read_by_the_code_or_says_that_it_is_only_kept(key):
    assert (f'"{key}"' in CODE) is not KEYS[key].kept


def test_only_cited_lines_are_kept_and_every_kept_line_is_cited():
    cited = {citation.source for key in KEYS for rule in history(key) for citation in rule.citations if citation.quote}
    kept = {
        f"seeds/{path.stem}.txt:L{n}"
        for path in (DATA / "sources").glob("*.toml")
        for n in tomllib.loads(path.read_text(encoding="utf-8"))["lines"]
    }
    assert kept == cited


def test_no_sentence_of_the_regulation_stands_as_a_quotation():
    for key in KEYS:
        for rule in history(key):
            assert all(not citation.quote for citation in rule.citations if citation.short in ("条例", "自定参数"))


#: What the regulation itself asks for only as a rule (一般).
AS_A_RULE = {"qualification.county_lower_posts"}


def test_what_nobody_compared_with_the_text_can_be_waived():
    for key, declared in KEYS.items():
        for rule in history(key):
            is_stop = all(citation.confirmed for citation in rule.citations) or not declared.waivable
            is_stop &= key not in AS_A_RULE
            assert (rule.level == "stop") is is_stop
            assert (rule.waived_by in ROLES) is not is_stop


def test_only_what_this_house_has_set_itself_is_waived_by_nobody_though_no_law_says_so():
    unread = [rule for key, declared in KEYS.items() if not declared.waivable for rule in history(key)]
    assert unread
    assert all(citation.short == "自定参数" for rule in unread for citation in rule.citations)


@pytest.mark.parametrize(
    ("key", "value", "label", "level"),
    [
        ("motion.consent", "secretary", "附件2 第三条（三）", "stop"),
        ("motion.freeze", ("reorganisation", "secretary_transfer"), "附件2 第十条（一）", "stop"),
        ("qualification.assessment_floor", Share(2, 3, strict=False), "实施方案 三（一）6", "stop"),
        ("qualification.unfit_ceiling", Share(1, 3, strict=True), "实施方案 三（一）6", "stop"),
        (
            "recusal.relations",
            ("spouse", "direct_blood", "collateral_blood", "near_affinity"),
            "条例 第五十三条",
            "stop",
        ),
        ("nomination.two_kinds", True, "附件1 第四条", "stop"),
        ("nomination.list_ratio", 3, "附件1 第六条（一）", "stop"),
        ("nomination.special_opinion", True, "附件1 第六条（三）", "stop"),
        ("nomination.excellent_years", 3, "附件1 第七条（三）", "stop"),
        (
            "nomination.exceptions",
            ("state_secret", "speciality", "structure", "special_need"),
            "附件1 第七条（六）",
            "stop",
        ),
        ("nomination.discipline", True, "附件1 第八条", "stop"),
        ("nomination.breaches", tuple(enums.Breach.values), "附件1 第八条", "stop"),
        ("recommendation.validity", Period(1, "year", "counted"), "条例 第十六条", "stop"),
        ("inspection.team", 2, "条例 第三十三条", "stop"),
        ("inquiry.bodies", ("discipline", "family_planning"), "实施方案 三（一）5", "stop"),
        ("consultation.levels", ("department", "secretaries", "standing_committee"), "附件3 差额酝酿办法", "stop"),
        ("deliberation.quorum", Share(2, 3, strict=False), "条例 第三十八条", "stop"),
        ("ballot.options", ("agree", "disagree", "abstain"), "附件3 差额票决办法", "stop"),
        ("ballot.write_in", False, "附件3 差额票决办法", "stop"),
        ("ballot.pass", Share(1, 2, strict=True), "附件3 差额票决办法", "stop"),
        ("ballot.bar_after", 2, "附件3 差额票决办法", "stop"),
        ("ballot.bar", Period(1, "year", "counted"), "附件3 差额票决办法", "stop"),
        ("ballot.recused_count", None, "自定参数 回避人员是否计入应到", "waivable"),
        ("removal.introduction", ("facts", "reasons"), "自定参数 免职介绍内容", "waivable"),
        ("removal.pass", Share(1, 2, strict=True), "自定参数 免职的通过线", "waivable"),
        ("notice.length", Period(5, "working_day", "next"), "条例 第四十二条", "stop"),
        ("notice.objections", ("hold", "upheld_cancels"), "附件4 第四条（三）6", "stop"),
        ("probation.length", Period(1, "year", "counted"), "条例 第四十三条", "waivable"),
        ("record.title", "干部选拔任用工作记实表", "附件4 第五条", "stop"),
    ],
)
def test_a_rule_of_the_county(county, key, value, label, level):
    rule = county[key]
    assert (rule.value, rule.citation.label, rule.level) == (value, label, level)


@pytest.mark.covers("WPR-03", "WPR-04", "WPR-18")
def test_the_record_form_has_twelve_facts_seven_procedures_and_eight_matters(county):
    counts = [len(county[f"record.{part}"].value) for part in ("basic_fields", "procedures", "important_matters")]
    assert counts == [12, 7, 8]
    for part in ("procedures", "important_matters"):
        assert len(county[f"record.{part}"].citations) == len(county[f"record.{part}"].value)


FOLDER = Path(__file__).parent / "cases"
CASES = [
    pytest.param(case, id=f"{path.stem}-{case['key']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


@pytest.mark.parametrize("case", CASES)
def test_a_value_of_a_body_and_its_words(case):
    """What each body asks on a day, against tables that are kept apart from the data."""
    rule = in_force(case["body"], case["day"])[case["key"]]
    assert (content(rule.value), rule.citation.label, rule.level) == (case["value"], case["label"], case["level"])
    with override("zh-hans"):
        assert rule.shown == case["words"]


def test_every_body_below_the_settings_has_its_table():
    told = {case.values[0]["body"] for case in CASES}
    assert told == {name for name in working() if under(name) == "house"}


def test_what_the_settings_say_is_nobodys_law():
    for key in KEYS:
        for rule in history(key):
            if rule.body == "house":
                assert (rule.is_own, rule.level == "waivable") == (True, KEYS[key].waivable)


def test_before_the_first_text_of_the_nation_it_says_nothing():
    assert len(in_force("national", date(2002, 7, 8))) == 0
    assert in_force("credibility-county", date(2015, 6, 1))["ballot.pass"].body == "credibility-county"


SEVEN_DAYS, FIVE_WORKING_DAYS = Period(7, "day", "counted"), Period(5, "working_day", "next")


@pytest.mark.parametrize(
    ("key", "in_2013", "in_2018", "in_2026"),
    [
        ("notice.length", SEVEN_DAYS, FIVE_WORKING_DAYS, FIVE_WORKING_DAYS),
        ("deliberation.quorum", None, Share(2, 3, strict=False), Share(2, 3, strict=False)),
        ("ballot.pass", *[Share(1, 2, strict=True)] * 3),
        ("appointment.talk", None, True, True),
        ("inspection.personal_matters", None, None, True),
        ("inspection.team", None, None, 2),
        ("recommendation.validity", *[Period(1, "year", "counted")] * 3),
        ("deliberation.reconsideration", None, None, Share(1, 2, strict=True)),
    ],
)
def test_what_the_text_of_each_time_says(key, in_2013, in_2018, in_2026):
    days = {date(2013, 6, 3): in_2013, date(2018, 6, 4): in_2018, date(2026, 3, 2): in_2026}
    assert {day: in_force("national", day).value(key) for day in days} == days


def test_the_day_before_and_the_first_day_of_a_text():
    by = {day: in_force("national", day)["notice.length"] for day in (date(2014, 1, 14), date(2014, 1, 15))}
    assert [rule.value for rule in by.values()] == [SEVEN_DAYS, FIVE_WORKING_DAYS]
    old, new = by.values()
    assert (old.citation.instrument, new.citation.instrument) != (new.citation.instrument, old.citation.instrument)
    assert old.level == "waivable", "nobody has compared it with the text of 2002"


def test_the_county_answers_to_the_nation_where_it_is_silent(county):
    silent = {key for key, rule in county.items() if rule.body == "national" and not key.startswith("sanction.")}
    assert silent == {
        "recusal.relations",
        "qualification.county_work_years",
        "qualification.county_party_years",
        "qualification.county_grassroots",
        "qualification.county_lower_posts",
        "qualification.county_deputy_years",
        "qualification.county_chief_years",
        "qualification.county_education",
        "qualification.exception_not",
        "recommendation.validity",
        "inspection.team",
        "inspection.integrity_conclusion",
        "deliberation.quorum",
        "deliberation.reconsideration",
        "notice.length",
        "probation.length",
        "probation.assessment",
    }


LISTED: dict[str, type[TextChoices]] = {
    "motion.triggers": enums.Trigger,
    "removal.triggers": enums.Trigger,
    "nomination.exceptions": enums.ExceptionGround,
    "nomination.breaches": enums.Breach,
    "recommendation.forms": enums.RecommendationForm,
    "inspection.steps": enums.InspectionStep,
    "inspection.talk_groups": enums.TalkGroup,
    "inspection.methods": enums.Check,
    "inspection.virtue": enums.Aspect,
    "recommendation.factors": enums.Aspect,
    "consultation.traits": enums.Aspect,
    "inquiry.bodies": enums.ConsultedBody,
    "consultation.levels": enums.ConsultationLevel,
    "ballot.options": enums.Choice,
    "ballot.recused_count": enums.RecusedCount,
    "recusal.relations": enums.Kin,
    "record.important_matters": enums.Matter,
}


@pytest.mark.parametrize("key", LISTED)
def test_the_rulebook_and_the_lists_of_the_project_use_the_same_words(key):
    """The rulebook imports nothing of ours, so that its codes and labels are held to the project's lists here."""
    words = {code: str(label) for code, label in KEYS[key].choices.items()}
    listed = {code: str(label) for code, label in LISTED[key].choices}
    assert words.items() <= listed.items()


def test_who_can_waive_is_a_role():
    assert set(ROLES) <= set(enums.Role.values)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_rule_can_be_read_in_both_languages(county, language):
    with override(language):
        for key, rule in county.items():
            words = [str(rule.says), *map(str, KEYS[key].choices.values()), rule.citation.caution]
            if key != "record.title":
                words.append(rule.shown)
            for word in filter(plain, words):
                if not word.isascii() or any(letter.isalpha() for letter in word):
                    assert bool(CHINESE.search(word)) is (language == "zh-hans"), (key, word)


@pytest.mark.parametrize(
    ("key", "english", "chinese"),
    [
        ("notice.length", "5 working days", "5 个工作日"),
        ("ballot.pass", "more than 1/2 of the members due to attend", "应到会成员中超过 1/2"),
        ("deliberation.quorum", "at least 2/3 of the members", "全体成员中不少于 2/3"),
        ("recommendation.forms", "Recommendation at a meeting; Recommendation in talks", "会议推荐；谈话推荐"),
        ("ballot.recused_count", "asked each time", "每次询问"),
        ("nomination.list_ratio", "3 names for each post", "每个职位 3 名人选"),
        ("ballot.secret", "Yes", "是"),
    ],
)
def test_a_value_in_words(county, key, english, chinese):
    with override("en"):
        assert county[key].shown == english
    with override("zh-hans"):
        assert county[key].shown == chinese
