"""The table role × act against guardian's rows, dates of roles, and that nobody passes beside them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from guardian.models import GroupObjectPermission, UserObjectPermission

from selection import acts, roles
from selection.apps import grant_anew
from selection.enums import Act, Role, Stage
from selection.models import Account, Holding, Mandate, RuleSet
from selection.rulebook.rules import Rules, in_force
from selection.standing import at_stage
from tests import factories
from tests.factories import AT, County, other_mandate
from tools.generate_docs import conditions, stages_of

pytestmark = pytest.mark.django_db

ON_SELECTIONS = frozenset(Act) - {
    act
    for act, who in roles.ROLES.items()
    if who == {Role.ADMINISTRATOR}
    or act in (Act.MOVE_CLOCK, Act.CHANGE_PASSWORD, Act.PROPOSE_RECOVERY, Act.CONFIRM_RECOVERY)
}


@pytest.fixture
def county() -> County:
    return factories.county(members=5)


def of_role(county: County, role: Role) -> Account:
    return Account.objects.filter(holdings__role=role).order_by("holdings__pk").first()


def granted(mandate: Mandate) -> set[tuple[Role, Act]]:
    rows = GroupObjectPermission.objects.filter(object_pk=str(mandate.pk)).values_list(
        "group__name", "permission__codename"
    )
    return {(Role(group.split("@")[0]), Act(codename)) for group, codename in rows}


def test_rows_of_a_mandate_are_exactly_the_table(county: County) -> None:
    assert granted(county.mandate) == {(role, act) for act, who in roles.ROLES.items() for role in who}
    assert not UserObjectPermission.objects.exists()


def test_every_act_stands_in_the_table_and_is_a_permission(county: County) -> None:
    assert set(roles.ROLES) == set(Act)
    assert all(who for who in roles.ROLES.values())
    of_mandates = Permission.objects.filter(content_type__model="mandate", content_type__app_label="selection")
    assert set(of_mandates.values_list("codename", flat=True)) == {act.value for act in Act}


@pytest.mark.parametrize("role", list(Role))
def test_role_may_do_what_the_table_says_and_nothing_else(county: County, role: Role) -> None:
    account = Account.objects.create(username="only", name="仅此一职")
    Holding.objects.create(account=account, mandate=county.mandate, role=role, from_on=date(2026, 3, 2))
    may = {act for act in Act if acts.permitted(act, county.mandate, actor=account, at=AT) is role}
    assert may == {act for act in Act if role in roles.ROLES[act]}
    acts.record_founding(["system"], [account], AT)


def test_administrator_may_do_nothing_in_a_selection(county: County) -> None:
    assert len(ON_SELECTIONS) == len(Act) - 14
    assert not any(acts.permitted(act, county.mandate, actor=county.administrator, at=AT) for act in ON_SELECTIONS)
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=county["jingban"], at=AT) is Role.STAFF


def test_every_role_of_the_county_is_held_by_somebody(county: County) -> None:
    assert {role for role in Role if of_role(county, role) is None} == set()


@pytest.mark.parametrize(
    ("from_on", "until_on", "in_force"),
    [
        (timedelta(0), None, True),
        (timedelta(1), None, False),
        (timedelta(-9), timedelta(-1), False),
        (timedelta(-9), timedelta(0), True),
    ],
)
def test_role_gives_its_acts_from_its_first_to_its_last_day(
    county: County, from_on: timedelta, until_on: timedelta | None, in_force: bool
) -> None:
    today = date(2026, 3, 2)
    account = Account.objects.create(username="dated", name="限期")
    Holding.objects.create(
        account=account,
        mandate=county.mandate,
        role=Role.STAFF,
        from_on=today + from_on,
        until_on=None if until_on is None else today + until_on,
    )
    acts.record_founding(["system"], [account], AT)
    assert (acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=account, at=AT) is Role.STAFF) is in_force


def test_day_of_a_role_is_the_day_in_shanghai(county: County) -> None:
    account = county.hold("jinri")
    factories.grant(county, "jinri", Role.STAFF, from_on=date(2026, 3, 3))
    account = county["jinri"]
    still_today, tomorrow = AT.replace(hour=15, minute=59), AT.replace(hour=16, minute=0)
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=account, at=still_today) is None
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=account, at=tomorrow) is Role.STAFF


def test_superuser_passes_nowhere(county: County) -> None:
    account = county["jingban"]
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=account, at=AT) is Role.STAFF
    account.is_superuser = True
    assert not any(acts.permitted(act, county.mandate, actor=account, at=AT) for act in Act)
    assert not account.reads_record()


def test_superuser_cannot_be_made(county: County) -> None:
    with pytest.raises(AttributeError, match="create_superuser"):
        call_command("createsuperuser", interactive=False, username="root", verbosity=0)
    assert not Account.objects.filter(is_superuser=True).exists()


def test_closed_account_may_do_nothing(county: County) -> None:
    account = county["jingban"]
    account.is_active = False
    assert not any(acts.permitted(act, county.mandate, actor=account, at=AT) for act in Act)


def test_role_for_one_mandate_gives_nothing_for_another(county: County) -> None:
    other = other_mandate(county)
    roles.grant(other)
    staff = county["jingban"]
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=staff, at=AT) is Role.STAFF
    assert acts.permitted(Act.OPEN_SELECTION, other, actor=staff, at=AT) is None
    assert granted(other) == granted(county.mandate)


def test_permissions_follow_the_table_of_roles_after_an_upgrade(county: County) -> None:
    lost = GroupObjectPermission.objects.filter(object_pk=str(county.mandate.pk)).order_by("pk").first()
    GroupObjectPermission.objects.create(
        group=Group.objects.get(name=roles.group_name(Role.AUDITOR, county.mandate.pk)),
        permission=Permission.objects.get(codename=Act.END_SELECTION.value, content_type=lost.content_type),
        content_type=lost.content_type,
        object_pk=lost.object_pk,
    )
    lost.delete()
    grant_anew(using="default")
    assert granted(county.mandate) == {(role, act) for act, who in roles.ROLES.items() for role in who}


OWN = {
    Act.CHANGE_PASSWORD,
    Act.DECLARE_RECUSAL,
    Act.MOVE_CLOCK,
}  # for one's own account and person; a demonstration's clock


@pytest.mark.covers("SEC-01", refused=True)
def test_the_secretary_may_do_what_the_seven_powers_name_and_nothing_else(county: County) -> None:
    rule = in_force("credibility-county", AT.date())["secretary.powers"]
    assert len(rule.value) == 7
    assert set(roles.POWERS) == set(rule.value)
    given = OWN.union(*roles.POWERS.values())
    mandates = county.mandate.mandates()
    may = {act for act in Act if Role.SECRETARY in roles.roles_for(act, mandates, actor=county["shuji"], at=AT)}
    assert may == given
    for act in (Act.OPEN_SELECTION, Act.INVESTIGATE_OBJECTION, Act.SETTLE_OBJECTION, Act.RECONSIDER_DECISION):
        assert act not in may, "an investigation or a decision of the committee is no act of the secretary's"
        assert any(acts.permitted(act, county.mandate, actor=county[who], at=AT) for who in ("jingban", "buzhang"))


@pytest.mark.covers("SEC-01", refused=True)
def test_a_power_that_the_rules_of_a_selection_do_not_name_is_not_the_secretarys() -> None:
    course = factories.course()
    course.open()
    approve = {"actor": course.county["shuji"], "at": course.at}
    selection = course.now()
    assert acts.permitted(Act.APPROVE_MOTION, selection, **approve) is Role.SECRETARY
    base = selection.rules
    fewer = {"secretary.powers": replace(base["secretary.powers"], value=("nominate", "preside"))}
    selection = course.now()
    selection.rule_set = RuleSet.keep(Rules(base.body, base.title, base.on, {**base, **fewer}))
    assert acts.permitted(Act.APPROVE_MOTION, selection, **approve) is None
    assert acts.permitted(Act.RECOMMEND_PERSONALLY, selection, **approve) is Role.SECRETARY


def test_an_upgrade_brings_permissions_of_new_acts_and_takes_those_of_old_ones(county: County) -> None:
    of_mandates = Permission.objects.filter(content_type__model="mandate", content_type__app_label="selection")
    of_mandates.filter(codename=Act.END_SELECTION.value).delete()
    Permission.objects.create(
        content_type=of_mandates[0].content_type, codename="decide_alone", name="An act that is no more"
    )
    grant_anew(using="default")
    assert set(of_mandates.values_list("codename", flat=True)) == {act.value for act in Act}
    assert acts.permitted(Act.END_SELECTION, county.mandate, actor=county["buzhang"], at=AT) is Role.DEPARTMENT_HEAD


def test_whoever_may_pass_a_rule_over_may_do_every_act_that_asks_for_it() -> None:
    """A waiver is given in the act itself; a role that the rulebook names and that cannot act could never give it."""
    rules = in_force("credibility-county", AT.date())
    asking = [(act, rules[key]) for act in Act for key in keys_of(act) if key in rules]
    waived = {(act, rule.key, rule.waived_by) for act, rule in asking if rule.level == "waivable" and rule.waived_by}
    assert len(waived) > 5
    chosen = {(act, key, role) for act, key, role in waived if rules[key].asked}
    assert chosen == {(Act.PREPARE_BALLOT, "ballot.recused_count", Role.SECRETARY)}, "a choice is made, not passed over"
    assert {(act, key) for act, key, role in waived - chosen if Role(role) not in roles.ROLES[act]} == set()


def keys_of(act: Act) -> list[str]:
    """The rules that the requirements of an act read."""
    requires = acts.CATALOGUE[act].requires
    return conditions(requires)[1] if requires else []


@pytest.mark.slow
def test_every_cell_of_role_act_and_stage() -> None:
    """One selection walked through its stages: at each, what every role may do, and which acts the stage allows."""
    course = factories.course()
    for role in Role:
        if role not in (Role.CLOCK, Role.PUBLIC):
            course.county.hold(f"only-{role.value}", role, at=course.at)
    stages = {act: stages_of(acts.CATALOGUE[act].requires) for act in Act}
    # A sitting is opened on the mandate, and the stage asked of the posts that it is given.
    kinds = {acts.CATALOGUE[act].subject for act in Act if stages[act]} - {"mandate"}
    for stage in Stage:
        course.go_to(stage)
        selection = course.now()
        assert selection.stage == stage
        right = str(at_stage(selection.case(), stage).says)
        officer, cases = course.county["jingban"], {kind: first.case() for kind in kinds if (first := first_of(kind))}
        alone = {role: who for role in Role if (who := Account.objects.filter(username=f"only-{role.value}").first())}
        for act in Act:
            kind = acts.CATALOGUE[act].subject
            if stages[act] and kind in cases:
                asked = acts.requirements(act, cases[kind], actor=officer, at=course.at)
                assert [one.met for one in asked if str(one.says) == right] == [stage in stages[act]], (stage, act)
            if kind != "selection":
                continue
            for role, who in alone.items():
                by_name = role in (Role.TELLER, Role.INSPECTOR, Role.MEMBER)
                expected = role if role in roles.ROLES[act] and not by_name else None
                assert acts.permitted(act, selection, actor=who, at=course.at) is expected, (stage, act, role)
            parts = selection.participations.filter(until_on=None)
            for username, role, named in (
                ("jipiao1", Role.TELLER, parts.filter(account__username="jipiao1").exists()),
                ("kaocha1", Role.INSPECTOR, parts.filter(account__username="kaocha1").exists()),
                ("changwei1", Role.MEMBER, selection.agenda_items.exists()),
            ):
                expected = role if named and role in roles.ROLES[act] else None
                found = acts.permitted(act, selection, actor=course.county[username], at=course.at)
                assert found is expected, (stage, act, role)


def first_of(kind: str) -> Any:
    """The first subject of this kind, as soon as there is one."""
    return apps.get_model("selection", kind)._base_manager.order_by("pk").first()
