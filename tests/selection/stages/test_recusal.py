"""Recusal: by decision, by one's own declaration, asked for by kinship, ended where it was an error (回避)."""

from typing import Any

import pytest

from audit import reading
from selection import accounts, clock
from selection.acts import NotPermitted, Refused, Secret
from selection.ballots import box
from selection.enums import Kin, Opinion, Part, RecusalOrigin
from selection.models import Account, Participation, Selection
from selection.register import keeping
from selection.register.models import Person
from selection.stages import charge, inspection, way_back
from selection.stages.deliberation import ballot, meeting
from tests import factories
from tests.factories import Course, run_to

pytestmark = pytest.mark.django_db
REASON = "与一名人选有亲属关系。"
ARTICLE = "条例 第五十三条"


def related(course: Course, one: Person, other: Person | str, kind: Kin = Kin.SPOUSE) -> Any:
    """Enter that somebody is related to somebody of the register, or to a name."""
    values: dict[str, Any] = {"called": "妻子", "kind": kind}
    values["relative" if isinstance(other, Person) else "relative_name"] = other
    return keeping.add_kinship(one, **course.by("jingban"), values=values)


def knows(account: Account, selection: Selection) -> bool:
    return Selection.objects.open_to(account).filter(pk=selection.pk).exists()


def standing(course: Course) -> Participation:
    return course.selection.participations.get(part=Part.RECUSED, until_on__isnull=True)


DECLARE = ["jingban", "buzhang", "shuji", "kaocha1", "jipiao1", "jiandu", "changwei1"]


@pytest.mark.covers("QUA-19")
@pytest.mark.parametrize("username", DECLARE)
def test_declare_recusal_holds_at_once_and_ends_every_part(username: str) -> None:
    course = run_to("discussed")
    before = course.selection
    assert knows(course.county[username], before)
    charge.declare_recusal(before, **course.by(username), reason=REASON)
    account = course.county[username]
    row = standing(course)
    assert (row.account, row.person, row.origin) == (account, account.person, RecusalOrigin.DECLARATION)
    assert not knows(account, before)
    assert not before.participations.filter(account=account, until_on__isnull=True).exclude(part=Part.RECUSED).exists()
    entry = reading.entries(stream=before.streams()[0], newest_first=True)[0]
    assert (entry.action, entry.data["made"]) == ("declare_recusal", [["participation", str(row.pk)]])
    assert entry.opened["reason"] == REASON
    with pytest.raises(NotPermitted) as error:  # there is nothing there any more
        charge.declare_recusal(before, **course.by(username), reason=REASON)
    assert error.value.hidden


@pytest.mark.covers("QUA-19", refused=True)
@pytest.mark.parametrize("username", ["lingdao", "jiwei", "guanli"])
def test_declare_recusal_is_not_for_those_who_have_no_part(username: str) -> None:
    course = run_to("discussed")
    with pytest.raises(NotPermitted):
        charge.declare_recusal(course.selection, **course.by(username), reason=REASON)


@pytest.mark.parametrize(("username", "point"), [("kaocha1", "nomination"), ("changwei1", "inspection")])
def test_declare_recusal_where_one_has_no_part_yet_tells_nothing(username: str, point: str) -> None:
    course = run_to(point)
    with pytest.raises(NotPermitted):
        charge.declare_recusal(course.selection, **course.by(username), reason=REASON)


@pytest.mark.covers("QUA-19", refused=True)
def test_declare_recusal_without_a_reason_or_on_the_roll_of_a_ballot() -> None:
    course = run_to("prepared")
    with pytest.raises(Refused) as error:
        charge.declare_recusal(course.selection, **course.by("jingban"), reason=" ")
    assert [one.field for one in error.value.unmet] == ["reason"]
    with pytest.raises(Refused) as error:
        charge.declare_recusal(course.selection, **course.by("changwei1"), reason=REASON)
    assert [(one.observed, one.required) for one in error.value.unmet] == [(1, 0)]
    charge.declare_recusal(course.selection, **course.by("jingban"), reason=REASON)


def test_recuse_person_by_decision_says_so() -> None:
    course = run_to("nomination")
    person = course.county.seats[2].person
    charge.recuse_person(course.selection, **course.by("buzhang"), person=person, reason=REASON)
    assert (standing(course).origin, standing(course).person) == (RecusalOrigin.DECISION, person)


# --- the end of a recusal ----------------------------------------------------------------------------------------


def test_end_recusal_gives_sight_back_but_no_part() -> None:
    course = run_to("nomination")
    charge.declare_recusal(course.selection, **course.by("jipiao1"), reason=REASON)
    charge.end_recusal(course.selection, **course.by("buzhang"), recusal=standing(course), reason="系同名人员，误报。")
    row = course.selection.participations.get(part=Part.RECUSED)
    assert (row.until_on, row.end_reason) == (course.day, "系同名人员，误报。")
    account = course.county["jipiao1"]
    assert knows(account, course.selection)
    assert not Selection.objects.visible_to(account).exists()  # his part ended with the recusal
    charge.assign_officer(course.selection, **course.by("jingban"), account=account, part=Part.TELLER)
    entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[1]
    assert (entry.action, entry.opened["reason"]) == ("end_recusal", "系同名人员，误报。")


@pytest.mark.parametrize("username", ["jingban", "jingban2", "jiandu", "jipiao2", "guanli"])
def test_end_recusal_is_for_the_head_and_the_secretary(username: str) -> None:
    course = run_to("nomination")
    charge.declare_recusal(course.selection, **course.by("jipiao1"), reason=REASON)
    with pytest.raises(NotPermitted):
        charge.end_recusal(course.selection, **course.by(username), recusal=standing(course), reason="误报。")
    assert standing(course)


def test_end_recusal_of_oneself_is_hidden() -> None:
    course = run_to("nomination")
    charge.declare_recusal(course.selection, **course.by("buzhang"), reason=REASON)
    with pytest.raises(NotPermitted) as error:
        charge.end_recusal(course.selection, **course.by("buzhang"), recusal=standing(course), reason="误报。")
    assert error.value.hidden
    charge.end_recusal(course.selection, **course.by("shuji"), recusal=standing(course), reason="误报。")


def test_end_recusal_twice_or_without_a_reason() -> None:
    course = run_to("nomination")
    charge.declare_recusal(course.selection, **course.by("jipiao1"), reason=REASON)
    row = standing(course)
    with pytest.raises(Refused) as error:
        charge.end_recusal(course.selection, **course.by("buzhang"), recusal=row, reason="")
    assert [one.field for one in error.value.unmet] == ["reason"]
    charge.end_recusal(course.selection, **course.by("buzhang"), recusal=row, reason="误报。")
    row.refresh_from_db()
    with pytest.raises(Refused) as error:
        charge.end_recusal(course.selection, **course.by("buzhang"), recusal=row, reason="误报。")
    assert [one.field for one in error.value.unmet] == ["recusal"]


def test_end_recusal_of_a_known_relative_is_refused() -> None:
    course = run_to("listed")
    member = course.county.seats[4].person
    related(course, course.people[0], member)
    charge.recuse_person(course.selection, **course.by("buzhang"), person=member, reason=REASON)
    with pytest.raises(Refused) as error:
        charge.end_recusal(course.selection, **course.by("buzhang"), recusal=standing(course), reason="误报。")
    assert [one.citation.label for one in error.value.unmet if one.citation] == [ARTICLE]


# --- kinship -----------------------------------------------------------------------------------------------------


def officer_of(course: Course, username: str) -> Person:
    """A person of the register to whom an account belongs from now on."""
    person = factories.person(course.county, f"钱示{username[-1]}", at=course.at)
    accounts.correct_account(
        course.county[username],
        actor=course.county["guanli"],
        at=course.at,
        values={"person": person},
        reason="关联名册人员",
    )
    return person


@pytest.mark.covers("QUA-19", refused=True)
@pytest.mark.parametrize("kind", list(Kin))
@pytest.mark.parametrize("kept_by", ["candidate", "teller"])
def test_assign_officer_refuses_a_relative_of_a_candidate(kind: Kin, kept_by: str) -> None:
    course = run_to("listed")
    charge.declare_recusal(course.selection, **course.by("jipiao1"), reason=REASON)
    charge.end_recusal(course.selection, **course.by("buzhang"), recusal=standing(course), reason="误报。")
    teller = officer_of(course, "jipiao1")
    pair = (course.people[0], teller) if kept_by == "candidate" else (teller, course.people[0])
    related(course, *pair, kind)
    given = {"account": course.county["jipiao1"], "part": Part.TELLER}
    if kind == Kin.OTHER:
        charge.assign_officer(course.selection, **course.by("jingban"), **given)
        return
    with pytest.raises(Refused) as error:
        charge.assign_officer(course.selection, **course.by("jingban"), **given)
    (unmet,) = error.value.unmet
    assert (unmet.rule, unmet.citation.label, unmet.field) == ("recusal.relations", ARTICLE, "account")
    assert course.people[0].name in str(unmet.observed)


def test_form_team_refuses_a_relative_of_a_candidate() -> None:
    course = run_to("inspection")
    related(course, officer_of(course, "kaocha1"), course.people[0], Kin.NEAR_AFFINITY)
    members = [course.county["kaocha1"], course.county["kaocha2"]]
    with pytest.raises(Refused) as error:
        inspection.form_team(course.selection, **course.by("jingban"), members=members, leader=members[1])
    assert [one.rule for one in error.value.unmet] == ["recusal.relations"]


def test_a_relative_who_is_no_candidate_any_more_binds_nobody() -> None:
    course = run_to("listed")
    related(course, officer_of(course, "jingban2"), course.people[0])
    given = {"account": course.county["jingban2"], "part": Part.OFFICER}
    with pytest.raises(Refused):
        charge.assign_officer(course.selection, **course.by("jingban"), **given)
    way_back.end_candidacy(course.candidacy(0), **course.by("jingban"), reason="本人申请。")
    charge.assign_officer(course.selection, **course.by("jingban"), **given)


@pytest.mark.covers("QUA-19", "DEL-14", refused=True)
def test_a_member_related_to_a_candidate_neither_speaks_nor_votes() -> None:
    course = run_to("discussed")
    member = course.county.seats[4]
    related(course, member.person, course.people[0])
    proposed = course.candidacies[0]
    with pytest.raises(Refused) as error:
        ballot.prepare_ballot(course.selection, **course.by("jingban"), codes=Secret(box.make_codes(11)))
    assert "recusal.relations" in [one.rule for one in error.value.unmet]
    with pytest.raises(Refused) as error:
        meeting.record_opinion(
            course.selection, **course.by("jingban"), candidacy=proposed, seat=member, opinion=Opinion.AGREE
        )
    assert "recusal.relations" in [one.rule for one in error.value.unmet]


# --- hints -------------------------------------------------------------------------------------------------------


def test_ties_are_pointed_out_and_end_with_the_recusal() -> None:
    course = run_to("listed")
    member, other = course.county.seats[4].person, course.county.seats[5].person
    related(course, course.people[0], member)
    related(course, course.people[1], other.name)
    related(course, course.people[2], course.people[1])  # two candidates: nobody has to keep out for it

    def ties() -> set[tuple[str, str, bool]]:
        case = Selection.objects.whole(course.selection.pk)
        found = case.ties(clock.day_of(course.at))
        return {(tie.candidacy.person.name, tie.name, tie.is_certain) for tie in found}

    certain, likely = (course.people[0].name, member.name, True), (course.people[1].name, other.name, False)
    assert ties() == {certain, likely}
    charge.recuse_person(course.selection, **course.by("jingban"), person=member, reason=REASON)
    assert ties() == {likely}


def test_a_kinship_that_ended_binds_nobody() -> None:
    course = run_to("listed")
    made = related(course, course.people[0], course.county.seats[4].person)
    keeping.correct_kinship(
        course.people[0], **course.by("jingban"), kinship=made, values={"until_on": course.day}, reason="离婚"
    )
    assert Selection.objects.whole(course.selection.pk).ties(course.day) == []


def test_an_account_without_a_person_is_kept_out_as_well() -> None:
    course = run_to("discussed")
    charge.declare_recusal(course.selection, **course.by("jingban2"), reason=REASON)
    account = course.county["jingban2"]
    assert account.person is None
    assert not Selection.objects.visible_to(account).exists()
    assert Selection.objects.visible_to(course.county["jingban"]).exists()
