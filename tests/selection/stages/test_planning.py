"""The plan and the post made public, before anybody is nominated (方案、职位公告)."""

from datetime import date
from typing import Any

import pytest

from selection.enums import Act, PlanOutcome, Stage
from selection.models import Announcement, Plan
from tests.factories import SCAN
from tests.selection.stages import cases

ITEMS = ("posts", "seats", "conditions", "scope")
SAID: dict[str, Any] = {
    "posts": "县融媒体中心主任",
    "seats": 1,
    "conditions": "大学本科以上学历",
    "scope": "县直单位",
    "published_on": cases.TODAY,
}
HANDED_IN = {"superior": "区公务员局", "submitted_on": cases.TODAY, "evidence": SCAN}


def plan(outcome: str = "", **values: Any) -> Plan:
    return Plan(pk=1, submitted_on=cases.TODAY, outcome=outcome, **values)


@pytest.mark.covers("POS-12", refused=True)
@pytest.mark.parametrize(
    ("plans", "passes"),
    [([], False), ([""], False), (["returned"], False), (["returned", "approved"], True), (["filed"], True)],
)
def test_nobody_is_nominated_before_the_plan_has_passed(plans: list[str], passes: bool) -> None:
    under = cases.under(plan__gate="approval")
    under.plans = [plan(outcome) for outcome in plans]
    says = "The superior has approved the plan, or taken it on file"
    for act in (Act.NOMINATE_CANDIDATE, Act.RECOMMEND_PERSONALLY, Act.OPEN_RECOMMENDATION):
        assert (says in cases.refused(act, under)) is not passes, act


@pytest.mark.covers("POS-01", "POS-02", refused=True)
@pytest.mark.parametrize(("confirmed", "passes"), [(None, False), (0, False), (1, True), (2, True)])
def test_a_plan_needs_as_many_confirmed_posts_as_are_filled(confirmed: int | None, passes: bool) -> None:
    under = cases.under(plan__gate="approval", post__quota_confirmed_by="civil_service_office")
    given = {**HANDED_IN, "quota_confirmed": confirmed, "quota_confirmed_on": cases.TODAY, "quota_evidence": SCAN}
    says = "As many free posts are confirmed as are to be filled"
    assert (says in cases.refused(Act.SUBMIT_PLAN, under, **given)) is not passes


@pytest.mark.covers("POS-01", refused=True)
def test_the_free_posts_are_confirmed_on_paper_and_before_the_plan() -> None:
    under = cases.under(plan__gate="approval", post__quota_confirmed_by="civil_service_office")
    late = cases.TODAY + cases.DAY
    given = {**HANDED_IN, "quota_confirmed": 1, "quota_confirmed_on": late, "quota_evidence": None}
    assert set(cases.refused(Act.SUBMIT_PLAN, under, **given)) == {
        "The free posts were confirmed before the plan was handed in",
        "The confirmation of the free posts is uploaded",
    }


def test_one_plan_at_a_time_and_an_answer_that_the_rules_know() -> None:
    under = cases.under(plan__gate="filing")
    under.plans = [plan()]
    assert "No plan of this selection stands or waits for its answer" in cases.refused(Act.SUBMIT_PLAN, under)
    under.subject = under.plans[0]
    day = {"answered_on": cases.TODAY}
    approved = cases.refused(Act.ANSWER_PLAN, under, outcome=PlanOutcome.APPROVED, evidence=SCAN, **day)
    assert set(approved) == {"The answer is one that the rules know"}
    silent = cases.refused(Act.ANSWER_PLAN, under, outcome=PlanOutcome.RETURNED, answer=" ", **day)
    assert set(silent) == {"What has to be put right is written down"}
    before = cases.refused(Act.ANSWER_PLAN, under, outcome=PlanOutcome.FILED, answered_on=date(2026, 3, 13))
    assert set(before) == {"The answer does not come before the plan was handed in"}


@pytest.mark.covers("POS-08", refused=True)
@pytest.mark.parametrize("item", ITEMS)
def test_each_item_that_the_rules_name_is_made_public(item: str) -> None:
    under = cases.under(post__announcement=ITEMS)
    assert cases.refused(Act.ANNOUNCE_POST, under, **SAID) == {}
    unmet = cases.refused(Act.ANNOUNCE_POST, under, **{**SAID, item: "" if item != "seats" else None})
    assert any(says.startswith("Made public: ") for says in unmet)
    assert cases.refused(Act.ANNOUNCE_POST, cases.under(), **{**SAID, "conditions": ""}) == {}


@pytest.mark.covers("POS-08", refused=True)
def test_nobody_is_recommended_before_the_post_is_public() -> None:
    under = cases.under(Stage.RECOMMENDATION, post__announcement=ITEMS)
    under.polls = []
    says = "The post was made public before"
    assert says in cases.refused(Act.HOLD_RECOMMENDATION, under, held_on=cases.TODAY)
    under.announcements = [Announcement(published_on=cases.TODAY)]
    assert says not in cases.refused(Act.HOLD_RECOMMENDATION, under, held_on=cases.TODAY)
    assert says in cases.refused(Act.HOLD_RECOMMENDATION, under, held_on=cases.TODAY - cases.DAY)
    assert says in cases.refused(Act.OPEN_RECOMMENDATION, cases.under(post__announcement=ITEMS))


@pytest.mark.covers("POS-07", refused=True)
@pytest.mark.parametrize("missing", ["conditions", "announcement", "plan", ""])
def test_three_papers_come_before_nominations(missing: str) -> None:
    under = cases.under(post__documents=("conditions", "announcement", "plan"))
    if missing != "announcement":
        under.announcements = [Announcement(conditions="" if missing == "conditions" else "大学本科以上学历")]
    if missing != "plan":
        under.plans = [plan()]
    refused = "The papers are there that come before nominations" in cases.refused(Act.NOMINATE_CANDIDATE, under)
    assert refused is bool(missing)


@pytest.mark.covers("DIF-02", refused=True)
@pytest.mark.parametrize("lacking", ["conditions", "scope", "procedure"])
def test_jinchang_makes_all_of_it_public_while_it_still_can(lacking: str) -> None:
    case = cases.at(Stage.NOMINATION, body="jinchang")
    told = {"conditions": "大学本科以上学历", "scope": "县直单位", "procedure": "推荐、考察、讨论决定"}
    given = {"posts": "示例职位", "seats": 1, "published_on": cases.TODAY}
    says = "Conditions, scope and procedure are made public"
    assert says not in cases.refused(Act.ANNOUNCE_POST, case, **given, **told)
    refused = cases.refused(Act.ANNOUNCE_POST, case, **given, **told | {lacking: " "})
    assert refused[says] == "金昌实施意见 二、（一）2"
    assert says not in cases.refused(Act.ANNOUNCE_POST, cases.at(Stage.NOMINATION), **given)
