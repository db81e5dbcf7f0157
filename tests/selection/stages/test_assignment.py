"""A competition for a grade, whose posts are assigned once the committee has voted (职级竞争)."""

from typing import Any

import pytest

from selection.acts import Refused
from selection.enums import Act, CandidacyState, Competition, Grade, PostClass, Stage, Trigger
from selection.models import Candidacy, OfferedPost
from selection.register.models import Organisation, Post, Tenure, Vacancy
from selection.stages import assignment, planning
from tests.factories import SCAN, Course, Point
from tests.selection.stages import cases
from tests.selection.stages.competing import competing, decided, offered

MODES = ("post", "grade")
FIRST = Post(pk=11, organisation=cases.UNIT, title="综合科科长", grade=Grade.TOWNSHIP_DEPUTY)
SECOND = Post(pk=12, organisation=cases.UNIT, title="技术科科长", grade=Grade.TOWNSHIP_DEPUTY)
HIGHER = Post(pk=13, organisation=cases.UNIT, title="总编室主任", grade=Grade.TOWNSHIP_CHIEF)
CHIEF = Post(pk=14, organisation=cases.UNIT, title="科长", grade=Grade.TOWNSHIP_DEPUTY, post_class=PostClass.CHIEF)
ELSEWHERE = Post(
    pk=15, organisation=Organisation(pk=9, short_name="县档案馆"), title="科长", grade=Grade.TOWNSHIP_DEPUTY
)
ALIKE = "At least two posts of the same unit, grade and class are offered, the one to be filled among them"
FREE = "Each of the posts offered has a free seat"
SAID = "It is said whether candidates compete for the post or for its grade"


def moving(**given: Any) -> dict[str, str]:
    """What a motion for posts of the unit is refused for where the rules know both kinds of competition."""
    under = given.pop("rules", cases.rules_with(post__competition_mode=MODES))
    held = given.pop("free", {FIRST.pk: 1, SECOND.pk: 1, HIGHER.pk: 1, CHIEF.pk: 1, ELSEWHERE.pk: 1})
    posts = given.get("posts") or []
    free = {row.pk: held[row.pk] for row in posts}
    case = cases.mandate_case(rules=under, free_seats=free, vacancy=Vacancy(approved=2))
    usual = {"post": FIRST, "seats": 2, "triggers": [Trigger.VACANCY], "reason": "职位空缺"}
    return cases.refused(Act.OPEN_SELECTION, case, **{**usual, **given})


@pytest.mark.covers("POS-18", refused=True)
def test_a_motion_says_what_is_competed_for() -> None:
    grade: dict[str, Any] = {"competition": Competition.GRADE, "posts": [FIRST, SECOND]}
    assert moving(**grade) == {}
    assert moving(competition=Competition.POST, seats=1) == {}
    assert set(moving(seats=1)) == {SAID}
    assert set(moving(competition=Competition.POST, seats=1, posts=[FIRST, SECOND])) == {
        "Several posts are offered only where their grade is competed for"
    }
    assert SAID in moving(**grade, rules=cases.rules())
    assert SAID in moving(**grade, rules=cases.rules_with(post__competition_mode=("post",)))


@pytest.mark.covers("POS-18", refused=True)
@pytest.mark.parametrize(
    ("posts", "says"),
    [
        ([FIRST], {ALIKE, "At least one seat, and no more than are free on the posts offered"}),
        ([SECOND, SECOND], {ALIKE}),
        ([FIRST, HIGHER], {ALIKE}),
        ([FIRST, CHIEF], {ALIKE}),
        ([FIRST, ELSEWHERE], {ALIKE}),
    ],
)
def test_the_posts_of_a_grade_are_alike(posts: list[Post], says: set[str]) -> None:
    refused = set(moving(competition=Competition.GRADE, posts=posts))
    assert ALIKE in refused
    assert refused <= says | {"At least one seat, and no more than are free on the posts offered"}


def test_the_posts_of_a_grade_are_free_and_nobody_leaves_one() -> None:
    grade: dict[str, Any] = {"competition": Competition.GRADE, "posts": [FIRST, SECOND]}
    assert FREE in moving(**grade, free={FIRST.pk: 1, SECOND.pk: 0})
    assert FREE in moving(**grade, departure="transfer")
    assert set(moving(**grade, seats=3)) >= {"At least one seat, and no more than are free on the posts offered"}


def passed(made: Course) -> list[Candidacy]:
    return [row for row in made.now().case().candidacies if row.state == CandidacyState.PASSED]


def assign(made: Course, candidacy: Candidacy, post: Post, **given: Any) -> Any:
    usual = {"decided_on": made.day, "reason": "综合成绩第一，长期从事技术工作。", "evidence": SCAN}
    return assignment.assign_post(made.fresh(candidacy), **made.by("jingban"), post=post, **{**usual, **given})


@pytest.mark.covers("POS-18")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_posts_are_assigned_after_the_vote_and_held_then() -> None:
    made = decided()
    first, second = offered(made)
    assert set(OfferedPost.objects.values_list("post", flat=True)) == {first.pk, second.pk}
    assert str(made.now().sought) == "县融媒体中心副科级职位"
    one, other = passed(made)
    case = made.fresh(one).case()
    assert cases.refused(Act.PUBLISH_NOTICE, case, at=made.at) == {
        "The post that the person gets is decided on": "厦门材料 二、四是"
    }
    assign(made, one, first)
    with pytest.raises(Refused) as refusal:
        assign(made, other, first)
    assert [row.field for row in refusal.value.unmet] == ["post"]
    assign(made, one, second)  # a later decision takes the place of the former
    assign(made, other, first)
    for candidacy, post in ((one, second), (other, first)):
        appoint(made, made.fresh(candidacy))
        held = Tenure.objects.get(person=candidacy.person_id, until_on__isnull=True)
        assert held.post == post
    assert made.now().stage == Stage.CLOSED


def appoint(made: Course, candidacy: Candidacy) -> None:
    """Notice, talk and appointment of one person; on notice no other post is assigned."""
    made.candidacies = [candidacy]
    made.publish_notice()
    assert made.appointment.proposed_post == candidacy.post
    with pytest.raises(Refused) as refusal:
        assign(made, candidacy, offered(made)[0])
    assert "该人选尚未公示" in [str(row.says) for row in refusal.value.unmet]
    made.close_notice()
    made.appoint()


@pytest.mark.covers("POS-18", refused=True)
@pytest.mark.django_db
def test_nobody_is_assigned_a_post_without_reason_minutes_or_a_grade() -> None:
    case = cases.at(Stage.DECIDED, seats=2)
    case.rules = cases.rules_with(post__competition_mode=MODES)
    case.subject = case.candidacies[0]
    case.offered = [OfferedPost(pk=1, post=FIRST), OfferedPost(pk=2, post=SECOND)]
    given: dict[str, Any] = {"decided_on": cases.TODAY, "reason": "业务对口", "evidence": SCAN}
    assert set(cases.refused(Act.ASSIGN_POST, case, post=FIRST, **given)) == {"A grade was competed for"}
    case.selection.competition = Competition.GRADE
    assert cases.refused(Act.ASSIGN_POST, case, post=FIRST, **given) == {}
    bad = {"decided_on": cases.TODAY + cases.DAY, "reason": " ", "evidence": None}
    assert set(cases.refused(Act.ASSIGN_POST, case, post=HIGHER, **bad)) == {
        "The post is one of those offered, and has a seat that nobody else was assigned",
        "The day is not in the future",
        "Why this person gets this post is written down",
        "The paper on which this rests is uploaded",
    }
    early = {**given, "decided_on": cases.TODAY - 30 * cases.DAY}
    assert set(cases.refused(Act.ASSIGN_POST, case, post=FIRST, **early)) == {
        "The posts are assigned after the result of the vote"
    }
    case.held[FIRST.pk] = 1
    assert "The post is one of those offered, and has a seat that nobody else was assigned" in cases.refused(
        Act.ASSIGN_POST, case, post=FIRST, **given
    )


@pytest.mark.covers("POS-18", refused=True)
@pytest.mark.django_db(transaction=True)
def test_only_grade_and_number_are_made_public() -> None:
    made = competing(Point.NOMINATION)
    said: dict[str, Any] = {"seats": 2, "published_on": made.day}
    with pytest.raises(Refused) as refusal:
        planning.announce_post(made.selection, **made.by("jingban"), posts="县融媒体中心综合科科长等", **said)
    assert [str(row.says) for row in refusal.value.unmet if not row.met] == ["只公布职级和职数，不公布具体职位"]
    planning.announce_post(made.selection, **made.by("jingban"), posts="县融媒体中心副科级职位", **said)
