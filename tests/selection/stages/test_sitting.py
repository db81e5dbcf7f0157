"""Nomination by ballot at sittings: in two rounds, freely and then on a list (两轮推荐提名：海推、公推)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from selection.acts import NotPermitted, Refused
from selection.enums import Act, Grade, NamesKind, PlanOutcome, Role, Stage
from selection.models import (
    Announcement,
    NameSheet,
    Plan,
    Ranking,
    Sitting,
    SittingItem,
    StageVisit,
    TieDecision,
    WrittenName,
)
from selection.models.case import Case
from selection.models.sitting import as_written, cut, in_lines, names_in
from selection.register import keeping
from selection.register.models import Person
from selection.stages import charge, sitting
from tests import factories
from tests.factories import SCAN, Point, run_to
from tests.selection.stages import cases

DAY = timedelta(days=1)
FIRST = ["county_leaders", "enterprise_heads", "discipline_committee", "delegates_above", "masses"]
SECOND = ["deputy_department_leaders", "committee_members", "discipline_committee"]
RULES: dict[str, Any] = {
    "post__documents": ("conditions", "announcement", "plan"),
    "nomination__rounds": ("open", "listed"),
    "nomination__first_roll": tuple(FIRST),
    "nomination__second_roll": tuple(SECOND),
    "nomination__first_cut": 5,
    "nomination__second_cut": 2,
    "nomination__published_between": True,
    "nomination__supervised": True,
}


def roll(groups: list[str], due: int = 52, present: int = 50) -> dict[str, dict[str, int]]:
    return {group: {"due": due, "present": present} for group in groups}


def post(pk: int = 1, *, seats: int = 1) -> Case:
    """A post that is ready for the first round, under the rules of the city."""
    case = cases.under(**RULES)
    case.selection.pk = pk
    case.selection.seats = seats
    case.selection.rule_set_id = 1
    case.candidacies, case.nominations = [], []
    case.plans = [Plan(pk=1, outcome=PlanOutcome.APPROVED)]
    case.announcements = [Announcement(published_on=cases.TODAY, conditions="大学本科以上学历")]
    case.people = {pk: cases.person(pk) for pk in range(1, 9)}
    return case


def at_sitting(case: Case, round_: int = 1, **values: Any) -> SittingItem:
    """The post at a sitting of this round, as its next item."""
    kind = NamesKind.OPEN if round_ == 1 else NamesKind.LISTED
    held = Sitting(pk=round_, round=round_, kind=kind, held_on=cases.TODAY, roll=roll(FIRST if round_ == 1 else SECOND))
    held.opened_at = cases.NOW
    item = SittingItem(pk=round_, selection=case.selection, sitting=held, **values)
    case.sitting_items.append(item)
    case.subject = item
    return item


def named(case: Case, item: SittingItem, votes: dict[int, int]) -> None:
    """Names on the ballots, confirmed and found in the register."""
    item.confirmed_at = cases.NOW
    case.written_names += [
        WrittenName(pk=10 * pk, item=item, words=f"林示{pk}", votes=number, person_id=pk, looked_at=cases.NOW)
        for pk, number in votes.items()
    ]


def ranked(case: Case, item: SittingItem, people: list[int]) -> None:
    """The post settled, these going on."""
    item.settled_at = item.confirmed_at = cases.NOW
    case.rankings += [
        Ranking(pk=10 * item.pk + pk, item=item, person=case.people[pk], votes=9, place=place, goes_on=True)
        for place, pk in enumerate(people, 1)
    ]


def opening(*posts: Case, round_: int = 1, **given: Any) -> dict[str, str]:
    """What opening a sitting for these posts is refused for."""
    before = cases.mandate_case(cases=list(posts))
    values = {
        "selections": [one.selection for one in posts],
        "round": round_,
        "held_on": cases.TODAY,
        "roll": roll(FIRST if round_ == 1 else SECOND),
    }
    return cases.refused(Act.OPEN_SITTING, before, **values | given)


# --- W2 step 1: the papers come first --------------------------------------------------------------------------------


@pytest.mark.covers("TRN-01", "TRN-02", "POS-07", refused=True)
@pytest.mark.parametrize("missing", ["conditions", "announcement", "plan", ""])
def test_the_first_round_waits_for_the_three_papers_of_each_post(missing: str) -> None:
    posts = [post(pk) for pk in range(1, 12)]
    lacking = posts[7]
    if missing in ("conditions", "announcement"):
        lacking.announcements = [Announcement(published_on=cases.TODAY)] if missing == "conditions" else []
    if missing == "plan":
        lacking.plans = []
    unmet = opening(*posts)
    assert set(unmet) == ({"The papers are there that come before nominations"} if missing else set())


def test_the_posts_of_a_sitting_are_under_one_set_of_rules_and_have_tellers() -> None:
    one, other = post(1), post(2)
    other.selection.rule_set_id = 2
    other.participations = other.participations[:1]
    assert set(opening(one, other)) == {
        "All posts of the sitting are filled under the same rules",
        "Two tellers are named",
    }


# --- step 2: the first round, without a list -------------------------------------------------------------------------


@pytest.mark.covers("TRN-04", "TRN-09", refused=True)
@pytest.mark.parametrize("left_out", [*FIRST, ""])
def test_each_group_that_the_rules_name_is_on_the_roll(left_out: str) -> None:
    groups = [group for group in FIRST if group != left_out]
    unmet = opening(post(), roll=roll(groups))
    assert ("Each group that nominates is on the roll" in unmet) is bool(left_out)
    assert "No more took part than should have" in opening(post(), roll=roll(FIRST, due=10, present=11))


@pytest.mark.covers("TRN-03", refused=True)
@pytest.mark.parametrize(
    ("issued", "returned", "valid", "names", "unmet"),
    [
        (250, 248, 240, "林示一 130\n林示二\t110", set()),
        (251, 248, 240, "林示一 1", {"Valid, returned and issued forms and persons present follow in order"}),
        (250, 248, 240, "林示一 241", {
            "Nobody has more votes than there are valid forms",
            "There are no more votes than the valid forms can have",
        }),
        (250, 248, 240, "林示一 130\n林示二 111", {"There are no more votes than the valid forms can have"}),
        (250, 248, 240, "林示一 130\n林 示一 2", {"Every line has one name, which stands once, and its votes"}),
        (250, 248, 240, "林示一", {"Every line has one name, which stands once, and its votes"}),
    ],
)  # fmt: skip
def test_names_are_written_in_and_no_ballot_counts_twice(
    issued: int, returned: int, valid: int, names: str, unmet: set[str]
) -> None:
    case = post()
    at_sitting(case)
    given = {"issued": issued, "returned": returned, "valid": valid, "names": names}
    assert set(cases.refused(Act.ENTER_NAMES, case, **given)) == unmet


def test_a_name_is_read_as_both_tellers_would_write_it() -> None:
    assert names_in("林 示　一，12票\n\nＬin  Wei: 3\n") == ({"林示一": 12, "Lin Wei": 3}, [])
    assert names_in("林示一 0\n12\n林示二 7") == ({"林示二": 7}, [1, 2])
    assert as_written(" 欧阳  示 ") == "欧阳示"
    assert in_lines({"乙": 1, "甲": 2}) == in_lines({"甲": 2, "乙": 1})


@pytest.mark.covers("TRN-03", refused=True)
@pytest.mark.parametrize(
    ("counts", "unmet"),
    [
        (["林示1\t5"], {"Two tellers have entered their counts", "The two counts agree"}),
        (["林示1\t5", "林示1\t4"], {"The two counts agree"}),
        (["林示1\t5", "林示1\t5"], set()),
    ],
)
def test_a_count_of_names_stands_when_two_tellers_agree(counts: list[str], unmet: set[str]) -> None:
    case = post()
    item = at_sitting(case)
    case.name_sheets = [
        NameSheet(pk=n, item=item, teller=cases.account(20 + n), issued=9, returned=9, valid=9, names=names)
        for n, names in enumerate(counts, 1)
    ]
    assert set(cases.refused(Act.CONFIRM_NAMES, case, evidence=SCAN)) == unmet
    assert ("The two counts differ" in cases.refused(Act.REJECT_NAMES, case, reason="不一致")) is (
        unmet != {"The two counts agree"}
    )
    assert "You have not entered this count yet" in cases.refused(Act.ENTER_NAMES, case, actor=cases.account(21))


@pytest.mark.covers("TRN-03", refused=True)
def test_nobody_goes_on_before_the_register_was_searched_for_every_name() -> None:
    case = post()
    item = at_sitting(case)
    named(case, item, {1: 9, 2: 8})
    case.name_sheets = [NameSheet(pk=1, item=item, teller_id=21, issued=9, returned=9, valid=9)]
    says = "The register was searched for every written name"
    assert says not in cases.refused(Act.SETTLE_NAMES, case)
    case.written_names.append(WrittenName(pk=99, item=item, words="林小示", votes=7))
    assert says in cases.refused(Act.SETTLE_NAMES, case)
    looked_at = {"10": case.people[1], "20": case.people[2], "99": None}
    assert cases.refused(Act.RESOLVE_NAMES, case, people=looked_at) == {}
    assert "Every name of these ballots is looked at, and no other" in cases.refused(
        Act.RESOLVE_NAMES, case, people={"10": None}
    )
    gone = Person(pk=3, name="林示3", gone_on=cases.TODAY)
    assert set(cases.refused(Act.RESOLVE_NAMES, case, people=looked_at | {"99": gone})) == {"Each person is in service"}
    joined = looked_at | {"99": case.people[1]}  # 9 votes and 7 of 9 valid forms
    assert "Nobody has more votes than there are valid forms" in cases.refused(Act.RESOLVE_NAMES, case, people=joined)


def test_a_name_that_is_nobodys_counts_for_nobody_and_two_words_for_one_person_join() -> None:
    case = post()
    item = at_sitting(case)
    named(case, item, {1: 5, 2: 6})
    case.written_names += [
        WrittenName(pk=91, item=item, words="林示1（小）", votes=2, person_id=1, looked_at=cases.NOW),
        WrittenName(pk=92, item=item, words="某某", votes=90, looked_at=cases.NOW),
    ]
    assert case.votes_at(item) == {1: 7, 2: 6}
    assert [row.words for row in case.names_at(item)] == ["某某", "林示2", "林示1", "林示1（小）"]


# --- steps 3 and 6: who goes on --------------------------------------------------------------------------------------


@pytest.mark.covers("TRN-05", "TRN-10", refused=True)
@pytest.mark.parametrize(
    ("votes", "places", "through", "tied", "free"),
    [
        ([9, 8, 7, 6, 5, 4], 5, [1, 2, 3, 4, 5], [], 0),
        ([9, 8, 7, 6, 5, 5], 5, [1, 2, 3, 4], [5, 6], 1),
        ([9, 8, 7, 5, 5, 5], 5, [1, 2, 3], [4, 5, 6], 2),
        ([9, 9, 9, 9, 9, 4], 5, [1, 2, 3, 4, 5], [], 0),
        ([5, 5, 5, 5, 5, 5], 5, [], [1, 2, 3, 4, 5, 6], 5),
        ([9, 8, 7], 5, [1, 2, 3], [], 0),
        ([9, 8, 8, 1, 1], 2, [1], [2, 3], 1),
        ([9, 8, 7, 1, 1], 2, [1, 2], [], 0),
        ([9, 8, 7, 1, 1], None, [1, 2, 3, 4, 5], [], 0),
    ],
)
def test_the_first_by_votes_go_on_and_equal_votes_at_the_last_place_are_decided(
    votes: list[int], places: int | None, through: list[int], tied: list[int], free: int
) -> None:
    counted = dict(enumerate(votes, 1))
    found = cut(counted, places)
    assert (found.through, found.tied, found.free) == (through, tied, free)
    if places is None:
        return
    case = post()
    case.rules = cases.rules_with(**RULES | {"nomination__first_cut": places})
    item = at_sitting(case)
    named(case, item, counted)
    says = "Equal votes at the last place that goes on are decided upon"
    assert (says in cases.refused(Act.SETTLE_NAMES, case)) is bool(tied)
    given: dict[str, Any] = {"decision": "按任职年限", "decided_on": cases.TODAY, "evidence": SCAN}
    if not tied:
        refused = cases.refused(Act.DECIDE_TIE, case, taken=[], **given)
        assert "Votes are equal at the last place that goes on" in refused
        return
    chosen = [case.people[pk] for pk in tied[:free]]
    assert cases.refused(Act.DECIDE_TIE, case, taken=chosen, **given) == {}
    for wrong in ([case.people[pk] for pk in tied], [], [case.people[8]] * free):
        assert set(cases.refused(Act.DECIDE_TIE, case, taken=wrong, **given)) == {
            "As many of them are taken as places are left"
        }
    assert "The paper on which this rests is uploaded" in cases.refused(
        Act.DECIDE_TIE, case, taken=chosen, **given | {"evidence": None}
    )
    case.tie_decisions = [TieDecision(item=item, tied=tied, taken=tied[:free])]
    assert says not in cases.refused(Act.SETTLE_NAMES, case)
    case.tie_decisions = [TieDecision(item=item, tied=[*tied, 8], taken=tied[:free])]  # of other equal votes
    assert says in cases.refused(Act.SETTLE_NAMES, case)


# --- step 4: made public, under the supervisor's eyes ----------------------------------------------------------------


@pytest.mark.covers("TRN-06", "TRN-07", refused=True)
@pytest.mark.parametrize(
    ("published", "signed", "unmet"),
    [
        (0, 0, set()),
        (None, 0, {"Whoever goes on from the first round was made public before the second"}),
        (1, 0, {"Whoever goes on from the first round was made public before the second"}),
        (0, None, {"The supervisor has signed the first round"}),
        (0, 1, {"The supervisor has signed the first round"}),
    ],
)
def test_the_second_round_waits_for_publication_and_for_the_supervisor(
    published: int | None, signed: int | None, unmet: set[str]
) -> None:
    case = post()
    item = at_sitting(case)
    ranked(case, item, [1, 2, 3, 4, 5])
    item.published_on = None if published is None else cases.TODAY + published * DAY
    item.signed_off_on = None if signed is None else cases.TODAY + signed * DAY
    assert set(opening(case, round_=2)) == unmet


def test_rounds_follow_one_another() -> None:
    says = "The post has this round before it"
    assert says in opening(post(), round_=2)
    case = post()
    item = at_sitting(case)
    assert says in opening(case)  # still at a sitting
    ranked(case, item, [1, 2])
    assert says in opening(case)
    item.annulled_at = cases.NOW
    assert opening(case) == {}


@pytest.mark.covers("TRN-07", refused=True)
def test_a_supervisor_signs_by_log_in_or_on_paper_and_once() -> None:
    case = post()
    item = at_sitting(case)
    ranked(case, item, [1, 2])
    staff, auditor = cases.account(1), cases.account(2)
    staff.__dict__["_roles"] = {cases.TODAY: [(Role.STAFF, 1)]}
    auditor.__dict__["_roles"] = {cases.TODAY: [(Role.AUDITOR, 1)]}
    given = {"supervisor": "陈示督", "signed_off_on": cases.TODAY, "evidence": None}
    assert cases.refused(Act.SIGN_OFF_NAMES, case, actor=auditor, **given) == {}
    assert set(cases.refused(Act.SIGN_OFF_NAMES, case, actor=staff, **given)) == {
        "The paper on which this rests is uploaded"
    }
    assert cases.refused(Act.SIGN_OFF_NAMES, case, actor=staff, **given | {"evidence": SCAN}) == {}
    assert "The supervisor is named" in cases.refused(
        Act.SIGN_OFF_NAMES, case, actor=auditor, **given | {"supervisor": " "}
    )
    item.signed_off_on = cases.TODAY
    assert "The supervisor has not signed yet" in cases.refused(Act.SIGN_OFF_NAMES, case, actor=auditor, **given)


# --- step 5: the second round, on the list ---------------------------------------------------------------------------


@pytest.mark.covers("TRN-08", refused=True)
@pytest.mark.parametrize(
    ("votes", "unmet"),
    [
        ({"1": 40, "2": 30, "3": 20, "4": 5, "5": 3}, set()),
        ({"1": 40, "6": 1}, {"The ballots of this round have the names of its list alone"}),
    ],
)
def test_the_ballots_of_the_second_round_have_the_five_alone(votes: dict[str, int], unmet: set[str]) -> None:
    case = post()
    ranked(case, at_sitting(case), [1, 2, 3, 4, 5])
    at_sitting(case, 2)
    given = {"issued": 140, "returned": 130, "valid": 100, "votes": votes}
    assert set(cases.refused(Act.ENTER_NAMES, case, **given)) == unmet
    written = cases.refused(Act.ENTER_NAMES, case, **given | {"names": "林示6 1"})
    assert "The ballots of this round have the names of its list alone" in written


@pytest.mark.covers("TRN-09", refused=True)
def test_the_second_round_has_a_roll_of_its_own() -> None:
    case = post()
    case.rules = cases.rules_with(**RULES | {"nomination__second_roll": tuple(FIRST)})
    ranked(case, at_sitting(case, published_on=cases.TODAY, signed_off_on=cases.TODAY), [1, 2, 3, 4, 5])
    assert set(opening(case, round_=2, roll=roll(FIRST))) == {"The roll is not that of the round before"}


# --- step 7: only those who went on are put forward ------------------------------------------------------------------


@pytest.mark.covers("TRN-10", refused=True)
@pytest.mark.parametrize(("person", "refused"), [(1, False), (2, False), (3, True), (6, True)])
def test_only_the_two_of_the_last_round_are_put_forward(person: int, refused: bool) -> None:
    says = "Only those are put forward who went on from the last round of nomination"
    case = post()
    assert says in cases.refused(Act.NOMINATE_CANDIDATE, case, person=case.people[person])
    first = at_sitting(case)
    ranked(case, first, [1, 2, 3, 4, 5])
    assert says in cases.refused(Act.NOMINATE_CANDIDATE, case, person=case.people[person])
    ranked(case, at_sitting(case, 2), [1, 2])
    found = cases.refused(Act.NOMINATE_CANDIDATE, case, person=case.people[person])
    assert (says in found) is refused
    cases.add_candidates(case, person, "nominated")
    case.candidacies = case.candidacies[-1:]
    assert (says in cases.refused(Act.OPEN_RECOMMENDATION, case)) is refused
    if not refused:
        case.sitting_items[-1].annulled_at = cases.NOW
        assert says in cases.refused(Act.OPEN_RECOMMENDATION, case)


def test_a_round_is_annulled_before_the_one_on_which_it_rests() -> None:
    case = post()
    first = at_sitting(case)
    ranked(case, first, [1, 2])
    second = at_sitting(case, 2)
    case.subject = first
    assert "No later round rests on it" in cases.refused(Act.ANNUL_NAMES, case, reason="计票有误")
    case.subject = second
    assert cases.refused(Act.ANNUL_NAMES, case, reason="计票有误") == {}
    assert "The reason is written down" in cases.refused(Act.ANNUL_NAMES, case, reason=" ")
    case.visits.append(StageVisit(stage=Stage.NOMINATION, entered_at=cases.NOW + DAY, returned=True))
    assert case.sat == []
    assert cases.refused(Act.ANNUL_NAMES, case, reason="退回之前未办完") == {}
    assert "The nomination by ballot has not been annulled" in cases.refused(Act.SETTLE_NAMES, case)


def unmet(call: Any, *args: Any, **given: Any) -> set[str]:
    """What the act is refused for, in English."""
    with pytest.raises(Refused) as refusal:
        call(*args, **given)
    with translation.override("en"):
        return {str(requirement.says) for requirement in refusal.value.unmet}


# --- by acts ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.covers("TRN-01", "TRN-02", "TRN-03", "TRN-05", "TRN-06", "TRN-08", "TRN-10", refused=True)
def test_a_city_nominates_in_two_rounds(django_assert_num_queries: Any) -> None:
    course = run_to(Point.NOMINATION, rulebook="kunming")
    people = [*course.people, *(factories.person(course.county, f"何示{n}", at=course.at) for n in "一二三四")]
    course.at += DAY
    item = course.sit().items.get()
    votes = dict(zip(people, (60, 50, 40, 30, 20, 20, 10), strict=True))
    course.count_names(item, votes, settle=False)
    assert unmet(sitting.settle_names, course.fresh(item), **course.by("jingban")) == {
        "Equal votes at the last place that goes on are decided upon"
    }
    sitting.decide_tie(
        course.fresh(item),
        **course.by("jingban"),
        taken=[people[5]],
        decision="市委组织部部务会研究决定。",
        decided_on=course.day,
        evidence=SCAN,
    )
    sitting.settle_names(course.fresh(item), **course.by("jingban"))
    case = course.now().case()
    assert [row.person for row in case.went_on(case.sat[0])] == [*people[:4], people[5]]
    assert Ranking.objects.filter(item=item).count() == 7
    assert unmet(course.sit, 2) == {
        "Whoever goes on from the first round was made public before the second",
        "The supervisor has signed the first round",
    }
    course.publish_names(course.fresh(item))
    second = course.sit(2, due=150, present=140).items.get()
    listed = dict(zip([*people[:4], people[5]], (10, 60, 40, 30, 0), strict=True))
    course.count_names(second, listed)
    case = course.now().case()
    assert [row.person for row in case.went_on(case.sat[1])] == [people[1], people[2]]
    assert Ranking.objects.filter(item=second).count() == 4  # nobody wrote the fifth
    assert unmet(course.nominate, people[0]) == {
        "Only those are put forward who went on from the last round of nomination"
    }
    assert course.nominate(people[1]).person == people[1]
    with django_assert_num_queries(5):
        course.now().case()


@pytest.mark.django_db(transaction=True)
def test_a_sitting_for_several_posts_keeps_to_those_that_one_may_know() -> None:
    course = run_to(Point.NOMINATION, rulebook="kunming")
    keeping.set_quota(course.unit, **course.by("jingban"), grade=Grade.TOWNSHIP_DEPUTY, approved=1)
    values = {"title": "副主任", "grade": Grade.TOWNSHIP_DEPUTY, "seats": 1}
    other = course.again(keeping.add_post(course.unit, **course.by("jingban"), values=values), at=course.at)
    other.go_to(Point.NOMINATION)
    both = [course.selection, other.selection]
    held = course.sit(1, *both)
    assert held.items.count() == 2
    assert held.present == 255
    for item in held.items.all():
        sitting.annul_names(item, **course.by("buzhang"), reason="会议改期。")
    charge.declare_recusal(other.selection, **course.by("jingban2"), reason="本人亲属可能参选。")
    with pytest.raises(NotPermitted):
        sitting.open_sitting(
            course.county.mandate,
            **course.by("jingban2"),
            selections=both,
            round=1,
            held_on=course.day,
            roll=held.roll,
        )


@pytest.mark.django_db(transaction=True)
def test_a_post_is_at_one_sitting_at_a_time_and_two_tellers_count_it() -> None:
    course = run_to(Point.NOMINATION, rulebook="kunming")
    item = course.sit().items.get()
    assert unmet(course.sit) == {"The post has this round before it"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SittingItem.objects.create(selection=course.selection, sitting=item.sitting)
    sheet = {"issued": 9, "returned": 9, "valid": 9}
    sitting.enter_names(item, **course.by("jipiao1"), **sheet, names="林示 9")
    with pytest.raises(NotPermitted):
        sitting.enter_names(item, **course.by("jingban"), **sheet, names="林示 9")
    sitting.enter_names(item, **course.by("jipiao2"), **sheet, names="林示 8")
    assert unmet(sitting.confirm_names, item, **course.by("jingban"), evidence=SCAN) == {"The two counts agree"}
    sitting.reject_names(item, **course.by("jingban"), reason="两份计票不一致。")
    sitting.enter_names(course.fresh(item), **course.by("jipiao1"), **sheet, names="林示 9")
    assert NameSheet.objects.filter(item=item, rejected_at__isnull=True).count() == 1
