"""Everything that the rulebook refuses, each with file, line, key and reason."""

import pytest

from selection.rulebook import lint
from selection.rulebook.book import Problem

from .conftest import CITE, COUNTY, EXCERPT, NATION, OWN, notice

NATION_LINE = NATION.count("\n") + 2  # the first line of what a test appends
COUNTY_LINE = COUNTY.count("\n") + 2


def at(problem: Problem) -> tuple[str, int, str]:
    return problem.file, problem.line, problem.key


def only() -> Problem:
    (problem,) = lint.problems()
    return problem


def test_a_whole_rulebook_has_no_problem(write, capsys):
    root = write(nation=notice(5, "2014-01-15", CITE), county=notice(7, "2020-01-01", OWN))
    assert lint.problems() == []
    assert lint.main([str(root)]) == 0
    assert capsys.readouterr().out == "2 dated rules of 2 bodies, every one cited.\n"


@pytest.mark.parametrize("key", ["notice.colour", "holiday.length"])
def test_an_unknown_key_is_refused(write, capsys, key):
    root = write(nation=notice(5, "2014-01-15", CITE).replace("notice.length", key))
    problem = only()
    assert at(problem)[0] == "nation.toml"
    assert "unknown key" in problem.reason
    assert lint.main([str(root)]) == 1
    assert str(problem) in capsys.readouterr().err


def test_an_unknown_key_is_named_with_its_line(write):
    write(nation=notice(5, "2014-01-15", CITE) + notice(5, "2014-01-15", CITE).replace("length", "colour"))
    assert at(only()) == ("nation.toml", NATION_LINE + 5, "notice.colour")


@pytest.mark.parametrize(
    ("cite", "line", "reason"),
    [
        ("", 0, "no rule without its source"),
        ("cite = {}", 3, "no rule without its source"),
        ("cite = [{}]", 3, "none of the instruments"),
        ('cite = "第一条"', 3, "cite holds"),
        (CITE.replace("law", "rumour"), 3, "'rumour' is none of the instruments"),
        (CITE.replace("第一条", ""), 3, "no article"),
        (CITE.replace('"第一条"', "1"), 3, "its parts are texts"),
        (CITE.replace('paraphrase = "意思", ', ""), 3, "either quote or paraphrase"),
        (CITE.replace("paraphrase", 'quote = "意思", paraphrase'), 3, "either quote or paraphrase"),
        (CITE.replace(", confirmed = true", ""), 3, "confirmed = true or confirmed = false"),
        (CITE.replace(', source = "web.cn/1"', ""), 3, "names the page"),
        (CITE.replace("article", "chapter"), 3, "cite holds"),
    ],
)
def test_a_missing_citation_is_refused(write, cite, line, reason):
    write(nation=notice(5, "2014-01-15", cite))
    problem = only()
    assert at(problem) == ("nation.toml", NATION_LINE + line, "notice.length")
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("quote", "says"),
    [
        ("公示期为五个工作日,自次日起算(节假日除外)。", ""),  # half-width punctuation
        ("第二条公示期为 五个工作日", ""),  # white space
        ("公示期为三个工作日", "does not stand in seeds/paper.txt:L7"),
        ("公示期为五个工作日。", "does not stand in seeds/paper.txt:L7"),  # the sentence goes on
        ("公示期为５个工作日", "does not stand in seeds/paper.txt:L7"),
    ],
)
def test_a_quote_stands_in_its_line(write, quote, says):
    write(county=notice(7, "2020-01-01", OWN.replace("公示期为五个工作日", quote)))
    found = lint.problems()
    assert [says in problem.reason for problem in found] == [True] * bool(says)
    assert all(at(problem) == ("county.toml", COUNTY_LINE + 3, "notice.length") for problem in found)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("seeds/paper.txt:L8", "does not hold line 8"),
        ("seeds/other.txt:L7", "sources/other.toml does not hold line 7"),
        ("seeds/../paper.txt:L7", "source of a quote is like"),
        ("web.cn/1", "source of a quote is like"),
        ("", "source of a quote is like"),
    ],
)
def test_a_quote_without_a_line_to_compare_is_refused(write, source, reason):
    write(county=notice(7, "2020-01-01", OWN.replace("seeds/paper.txt:L7", source)))
    assert reason in only().reason


def test_a_quote_cannot_call_itself_confirmed(write):
    write(county=notice(7, "2020-01-01", OWN.replace(" }", ", confirmed = true }")))
    assert "leave out confirmed" in only().reason


def test_two_values_from_the_same_day_overlap(write):
    write(nation=notice(5, "2014-01-15", CITE) + notice(7, "2014-01-15", CITE))
    problem = only()
    assert at(problem) == ("nation.toml", NATION_LINE + 5, "notice.length")
    assert problem.reason == f"overlap: line {NATION_LINE} already gives a value from 2014-01-15"


def test_a_body_under_another_does_not_loosen(write):
    write(nation=notice(5, "2014-01-15", CITE), county=notice(3, "2020-01-01", OWN))
    problem = only()
    assert at(problem) == ("county.toml", COUNTY_LINE, "notice.length")
    assert problem.reason.startswith('loosened: {"n": 3, "unit": "working_day", "first_day": "next"} where nation has')


def test_a_body_under_another_loosens_where_it_cites_the_clause(write):
    clause = f"permitted_by = {OWN.partition(' = ')[2]}"
    write(nation=notice(5, "2014-01-15", CITE), county=notice(3, "2020-01-01", OWN, clause))
    assert lint.problems() == []


def test_a_clause_that_is_not_cited_properly_permits_nothing(write):
    clause = f"permitted_by = {OWN.partition(' = ')[2]}".replace("五个", "三个")
    write(nation=notice(5, "2014-01-15", CITE), county=notice(3, "2020-01-01", OWN, clause))
    problem = only()
    assert at(problem) == ("county.toml", COUNTY_LINE + 4, "notice.length")
    assert "does not stand in" in problem.reason


def test_a_rule_that_the_nation_overtakes_is_loosened_from_that_day(write):
    write(
        nation=notice(5, "2014-01-15", CITE) + notice(9, "2030-01-01", CITE),
        county=notice(7, "2020-01-01", OWN),
    )
    assert at(only()) == ("county.toml", COUNTY_LINE, "notice.length")
    assert "from 2030-01-01" in only().reason


def test_a_rule_that_was_replaced_in_time_is_not_loosened(write):
    write(
        nation=notice(5, "2014-01-15", CITE) + notice(9, "2030-01-01", CITE),
        county=notice(7, "2020-01-01", OWN) + notice(9, "2030-01-01", OWN),
    )
    assert lint.problems() == []


@pytest.mark.parametrize("more", ['waivable_by = "secretary"', ""])
def test_a_stop_of_the_nation_cannot_become_waivable_below(write, more):
    cite = OWN if more else OWN.replace("quote", "confirmed = false, paraphrase")
    write(nation=notice(5, "2014-01-15", CITE), county=notice(5, "2020-01-01", cite, more))
    assert "can be waived where nation has a stop" in only().reason


def test_how_few_may_hold_one_kind_of_ballot_is_waived_by_nobody(write):
    few = notice(3, "2014-01-15", CITE, 'waivable_by = "secretary"').replace("notice.length", "ballot.least_by_kind")
    write(nation=few.replace('{ n = 3, unit = "working_day", first_day = "next" }', "3"))
    problem = only()
    assert at(problem) == ("nation.toml", NATION_LINE + 4, "ballot.least_by_kind")
    assert problem.reason == "nobody can waive this rule"


def test_only_those_who_can_waive_are_named(write):
    write(nation=notice(5, "2014-01-15", CITE, 'waivable_by = "clock"'))
    problem = only()
    assert at(problem) == ("nation.toml", NATION_LINE + 4, "notice.length")
    assert "not 'clock'" in problem.reason


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        (
            'value = { n = 5, unit = "working_day", first_day = "next" }',
            "value = 5",
            2,
            "expected { n, unit, first_day }",
        ),
        ("working_day", "week", 2, "unit of a period"),
        ("n = 5", "n = 0", 2, "at least 1"),
        ("n = 5", "n = 5.5", 2, "whole number"),
        ("from = 2014-01-15", "", 0, "from is missing"),
        ("from = 2014-01-15", 'from = "2014"', 1, "from is missing or no date"),
        ("from = 2014-01-15", "from = 2014-01-15T00:00:00", 1, "from is missing or no date"),
        ("value", "velue", 0, "give one of value"),
        ("from", "repealed = true\nfrom", 3, "give one of value"),
    ],
)
def test_a_bad_value_is_refused_on_its_line(write, old, new, line, reason):
    write(nation=notice(5, "2014-01-15", CITE).replace(old, new, 1))
    found = [problem for problem in lint.problems() if reason in problem.reason]
    assert [at(problem) for problem in found] == [("nation.toml", NATION_LINE + line, "notice.length")]


def test_a_choice_that_stands_in_its_list_twice_is_refused(write):
    said = notice(5, "2014-01-15", CITE).replace("notice.length", "recommendation.forms")
    write(nation=said.replace('{ n = 5, unit = "working_day", first_day = "next" }', '["talk", "talk"]'))
    assert at(only()) == ("nation.toml", NATION_LINE + 2, "recommendation.forms")
    assert only().reason == "bad value: the same choice stands in the list twice"


def test_a_word_that_means_nothing_is_refused(write):
    write(nation=notice(5, "2014-01-15", CITE, "until = 2020-01-01"))
    assert at(only()) == ("nation.toml", NATION_LINE + 4, "notice.length")
    assert only().reason == "unknown word 'until'"


@pytest.mark.parametrize(
    "text", ["\n[notice]\nlength = 5\n", "\n[notice.length]\nfrom = 2014-01-15\n", "\n[notice]\nlength = [5]\n"]
)
def test_a_value_without_a_date_is_refused(write, text):
    write(nation=text)
    assert only().reason == "write dated values as [[notice.length]]"


def test_toml_that_cannot_be_read_is_named_with_its_line(write):
    write(nation=notice(5, "2014-01-15", CITE).replace("n = 5,", "n = ,"))
    problem = only_of("nation.toml")
    assert problem.line == NATION_LINE + 2
    assert problem.reason.startswith("cannot be read")


def only_of(file: str) -> Problem:
    """The one problem of a file; when the nation cannot be read, the county also misses it."""
    (problem,) = [problem for problem in lint.problems() if problem.file == file]
    return problem


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('title = "试验县"', "", "title is missing"),
        ('body  = "county"', 'body = "city"', "body must be 'county'"),
        ('under = "nation"', 'under = "province"', "there is no body 'province'"),
        ('under = "nation"', 'under = "county"', "stands under itself"),
        ('unconfirmed_waived_by = "department_head"', 'unconfirmed_waived_by = "anyone"', "can waive a rule"),
        ('short = "办法"', "", "has no title or no short"),
        ('short = "办法"', 'short = "办法"\nyear = 2011', "holds title, short and own"),
    ],
)
def test_the_head_of_a_file_is_checked(write, old, new, reason):
    root = write()
    file = root / "county.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert reason in only_of("county.toml").reason


def test_an_excerpt_under_no_line_number_is_refused(write):
    write(excerpt=EXCERPT.replace("7 =", "seven ="))
    assert only().file == "sources/paper.toml"


@pytest.mark.parametrize("calendar", ["[[year]]\nyear = 2027\n", "year = ["])
def test_a_broken_calendar_is_a_broken_rulebook(write, calendar):
    write(calendar=calendar)
    assert only().file == "calendar.toml"


def test_an_empty_folder_is_no_rulebook(tmp_path):
    assert {problem.reason.partition(":")[0] for problem in lint.problems(tmp_path)} == {
        "no rulebook here",
        "is missing",
    }


UNREAD = CITE.replace('confirmed = true, source = "web.cn/1"', "confirmed = false")
SETTING = UNREAD.replace("law", "house")
HOUSE = """
body  = "house"
under = "nation"
title = "自定"
unconfirmed_waived_by = "secretary"

[instruments.house]
title = "试验自定参数"
short = "自定"
own   = true
"""


def test_a_setting_between_binds_nobody_and_hides_nobody_above(write):
    """A body may ask for less than a setting, and for no less than the law above it."""
    root = write(nation=notice(5, "2014-01-15", UNREAD), county=notice(7, "2020-01-01", OWN))
    (root / "house.toml").write_text(HOUSE + notice(9, "2014-01-15", SETTING), encoding="utf-8")
    county = (root / "county.toml").read_text(encoding="utf-8").replace('under = "nation"', 'under = "house"')
    (root / "county.toml").write_text(county, encoding="utf-8")
    assert lint.problems() == []
    (root / "county.toml").write_text(county.replace("n = 7", "n = 3"), encoding="utf-8")
    assert "loosened" in only().reason


def weight(form: str, value: int) -> str:
    return f"\n[[recommendation.weight_{form}]]\nfrom = 2020-01-01\nvalue = {value}\n{OWN}\n"


@pytest.mark.covers("REC-13", refused=True)
@pytest.mark.parametrize(
    ("weights", "total"),
    [
        ({"meeting": 60, "talk": 40}, None),
        ({"meeting": 60, "talk": 50}, 110),
        ({"talk": 40}, 40),
        ({"talk": 100}, None),
    ],
)
def test_weights_come_to_a_hundred(write, weights, total):
    write(county="".join(weight(form, value) for form, value in weights.items()))
    said = [problem.reason for problem in lint.problems()]
    assert said == ([f"the weights come to {total} on 2020-01-01, and not to 100"] if total else [])
