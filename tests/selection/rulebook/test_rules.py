"""Which rules are in force for a body on a day, and the stored rule set."""

import json
from datetime import date

import pytest
from django.utils.translation import override

from selection.rulebook import rules
from selection.rulebook.rules import Period, RulebookBroken, Rules, in_force

from .conftest import CITE, OWN, notice

DAY = date(2026, 3, 2)


def days(rules: Rules) -> int:
    return rules["notice.length"].value.n


def test_the_latest_value_not_after_the_day_is_in_force(write):
    write(nation=notice(5, "2014-01-15", CITE) + notice(7, "2019-03-03", CITE))
    assert in_force("nation", date(2014, 1, 14)).get("notice.length") is None
    assert days(in_force("nation", date(2014, 1, 15))) == 5
    assert days(in_force("nation", date(2019, 3, 2))) == 5
    assert days(in_force("nation", date(2019, 3, 3))) == 7
    assert days(in_force("nation", date(2040, 1, 1))) == 7


def test_the_order_in_the_file_does_not_matter(write):
    write(nation=notice(7, "2019-03-03", CITE) + notice(5, "2014-01-15", CITE))
    assert days(in_force("nation", date(2015, 1, 1))) == 5


def test_a_body_inherits_until_it_says_more_and_keeps_its_own(write):
    write(nation=notice(5, "2014-01-15", CITE) + notice(6, "2025-01-01", CITE), county=notice(7, "2020-01-01", OWN))
    assert days(in_force("county", date(2019, 1, 1))) == 5
    found = in_force("county", date(2026, 1, 1))["notice.length"]
    assert (found.value.n, found.body, found.from_on) == (7, "county", date(2020, 1, 1))
    assert found.citation.quote == "公示期为五个工作日"
    assert days(in_force("nation", date(2026, 1, 1))) == 6


def test_a_repealed_rule_falls_back_to_the_body_above(write):
    repeal = f"\n[[notice.length]]\nfrom = 2022-01-01\nrepealed = true\n{OWN}\n"
    write(nation=notice(5, "2014-01-15", CITE), county=notice(7, "2020-01-01", OWN) + repeal)
    assert days(in_force("county", date(2021, 12, 31))) == 7
    assert days(in_force("county", date(2022, 1, 1))) == 5
    with override("en"):
        assert [rule.shown for rule in rules.history("notice.length")] == [
            "5 working days",
            "7 working days",
            "repealed",
        ]


def test_an_unknown_body_is_no_body(write):
    write()
    with pytest.raises(LookupError, match="no body 'city'"):
        in_force("city", DAY)


def test_a_broken_rulebook_decides_nothing(write):
    write(nation=notice(5, "2014-01-15", "cite = {}"), county=notice(7, "2020-01-01", OWN))
    with pytest.raises(RulebookBroken) as broken:
        in_force("county", DAY)
    assert str(broken.value) == "nation.toml, line 13: notice.length: missing citation: no rule without its source"


def test_bodies_come_with_titles_from_the_nation_down(write):
    write()
    assert list(rules.bodies().items()) == [("nation", "全国"), ("county", "试验县")]
    assert (rules.under("county"), rules.under("nation")) == ("nation", "")


def test_an_unconfirmed_paraphrase_is_always_waivable(write):
    unread = CITE.replace("confirmed = true", "confirmed = false")
    write(nation=notice(5, "2014-01-15", unread))
    rule = in_force("nation", DAY)["notice.length"]
    assert (rule.level, rule.waived_by) == ("waivable", "secretary")
    with override("en"):
        assert rule.citation.caution == "not checked against the original text"


def test_a_confirmed_rule_is_a_stop_unless_the_data_say_who_waives_it(write):
    write(
        nation=notice(5, "2014-01-15", CITE),
        county=notice(5, "2020-01-01", OWN, 'waivable_by = "secretary"', f"permitted_by = {OWN.partition(' = ')[2]}"),
    )
    rule = in_force("nation", DAY)["notice.length"]
    assert (rule.level, rule.waived_by, rule.citation.caution) == ("stop", None, "")
    rule = in_force("county", DAY)["notice.length"]
    assert (rule.level, rule.waived_by) == ("waivable", "secretary")
    assert rule.permitted_by is not None
    assert rule.permitted_by.label == "办法 第二条"


def test_a_stored_set_comes_back_whole(write):
    asked = "\n[[ballot.recused_count]]\nfrom = 2019-03-03\nasked = true\n" + CITE + "\n"
    write(nation=notice(5, "2014-01-15", CITE) + asked, county=notice(7, "2020-01-01", OWN))
    found = in_force("county", DAY)
    stored = json.loads(json.dumps(found.content))
    loaded = Rules.load(stored)
    assert (loaded.body, loaded.title, loaded.on) == ("county", "试验县", DAY)
    assert dict(loaded) == dict(found)
    assert loaded.content == found.content
    assert loaded.digest == found.digest
    assert (loaded["ballot.recused_count"].asked, loaded["ballot.recused_count"].value) == (True, None)


def test_the_digest_does_not_depend_on_order_and_changes_with_every_word(write):
    write(county=notice(7, "2020-01-01", OWN))
    found = in_force("county", DAY)
    turned = json.loads(json.dumps(found.content, sort_keys=True))
    assert Rules.load(turned).digest == found.digest
    turned["rules"]["notice.length"]["cite"][0]["quote"] = "公示期为三个工作日"
    assert Rules.load(turned).digest != found.digest


def test_a_stored_rule_outlives_its_key(write):
    write(county=notice(7, "2020-01-01", OWN))
    stored = json.loads(json.dumps(in_force("county", DAY).content))
    stored["rules"]["notice.old_name"] = stored["rules"].pop("notice.length")
    rule = Rules.load(stored)["notice.old_name"]
    assert rule.value == Period(7, "working_day", "next")
    assert (rule.says, rule.citation.label) == ("notice.old_name", "办法 第二条")


def test_a_stored_set_of_another_format_is_refused(write):
    write(county=notice(7, "2020-01-01", OWN))
    with pytest.raises(ValueError, match="format 9"):
        Rules.load({**in_force("county", DAY).content, "format": 9})


def test_a_set_without_the_more_special_rule_goes_on_by_the_general_one(write):
    write(county=notice(7, "2020-01-01", OWN))
    found = in_force("county", DAY)
    assert found.first("notice.audience", "notice.length").key == "notice.length"
    assert found.first("notice.length", "notice.audience").key == "notice.length"
    assert found.first("notice.audience") is None


def test_what_no_rule_speaks_of_is_not_asked(write):
    write(county=notice(7, "2020-01-01", OWN))
    found = in_force("county", DAY)
    assert [rule.key for rule in found.asking("notice.length")] == ["notice.length"]
    assert list(found.asking("notice.audience")) == []
    assert found.value("notice.audience", ("unit",)) == ("unit",)


def test_a_rule_that_says_no_asks_for_nothing(write):
    write(county=f"\n[[inspection.prenotice]]\nfrom = 2020-01-01\nvalue = false\n{OWN}\n")
    assert list(in_force("county", DAY).asking("inspection.prenotice")) == []
