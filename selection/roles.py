"""Who may perform which act (权限).

One table says which roles may perform an act.  ``grant`` turns it into guardian's rows: for each mandate one group per
role, with the permissions of that role on that mandate.  Who holds a role, from when until when, is a row of its own;
the groups have no members, so that a role ends on its day without anybody's doing.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, Protocol

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from guardian.models import GroupObjectPermission

from selection import clock
from selection.enums import Act, Role


class Actor(Protocol):
    """Who acts: an account, also that of the clock and that of the public."""

    pk: Any
    is_active: bool
    is_superuser: bool

    @property
    def auth(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def department(self) -> str: ...
    def roles_in_force(self, on: date) -> Iterable[tuple[Role, int]]: ...


_STAFF = frozenset({Role.STAFF})
_STAFF_OR_HEAD = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD})
_HEAD = frozenset({Role.DEPARTMENT_HEAD})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
_TEAM = frozenset({Role.INSPECTOR, Role.STAFF})
_SCRUTINEER = frozenset({Role.SCRUTINEER})
_CHAIR = frozenset({Role.MEMBER})

#: SEC-01: a secretary's powers, as ``secretary.powers`` names them → the acts in which they are used.  Nothing else is
#: given to the role.  Policy is seen to and consultations are convened outside; staff take down what came of them.
POWERS: dict[str, frozenset[Act]] = {
    "guide": frozenset(),
    "lead": frozenset({Act.END_RECUSAL, Act.AGREE_RECOUNT, Act.REFUSE_RECOUNT, Act.REQUEST_COUNT_REPORT}),
    "begin": frozenset({Act.APPROVE_MOTION}),
    "approve_plans": frozenset({Act.APPROVE_MOTION}),
    "nominate": frozenset({Act.RECOMMEND_PERSONALLY}),
    "consult": frozenset(),
    "preside": frozenset({Act.OPEN_BALLOT, Act.CLOSE_BALLOT, Act.VOID_BALLOT, Act.ANNOUNCE_RESULT}),
}

#: Act → the roles that may perform it.  Tellers and inspectors take part by name, a member carries on the ballot over
#: which he or she presides, and a password is changed by whom it belongs to, which the subject checks.
ROLES: dict[Act, frozenset[Role]] = {
    Act.ADD_ORGANISATION: _STAFF,
    Act.CORRECT_ORGANISATION: _STAFF,
    Act.SET_QUOTA: _STAFF,
    Act.SET_ESTABLISHMENT: _STAFF,
    Act.ADD_POST: _STAFF,
    Act.CORRECT_POST: _STAFF,
    Act.ADD_PERSON: _STAFF,
    Act.CORRECT_PERSON: _STAFF,
    Act.ADD_TENURE: _STAFF,
    Act.CORRECT_TENURE: _STAFF,
    Act.ADD_APPRAISAL: _STAFF,
    Act.CORRECT_APPRAISAL: _STAFF,
    Act.ADD_KINSHIP: _STAFF,
    Act.CORRECT_KINSHIP: _STAFF,
    Act.ADD_FILE_ENTRY: _STAFF,
    Act.CORRECT_FILE_ENTRY: _STAFF,
    Act.CREATE_ACCOUNT: _ADMINISTRATOR,
    Act.CORRECT_ACCOUNT: _ADMINISTRATOR,
    Act.RESET_PASSWORD: _ADMINISTRATOR,
    Act.CHANGE_PASSWORD: frozenset(Role) - {Role.CLOCK, Role.PUBLIC},
    Act.CLOSE_ACCOUNT: _ADMINISTRATOR,
    Act.REOPEN_ACCOUNT: _ADMINISTRATOR,
    Act.GRANT_ROLE: _ADMINISTRATOR,
    Act.END_ROLE: _ADMINISTRATOR,
    Act.SEAT_MEMBER: _ADMINISTRATOR,
    Act.END_SEAT: _ADMINISTRATOR,
    Act.ADD_PLENUM: _ADMINISTRATOR,
    Act.PROPOSE_RECOVERY: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Act.CONFIRM_RECOVERY: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    Act.FREEZE_MOTIONS: _STAFF_OR_HEAD,
    Act.LIFT_FREEZE: _HEAD,
    Act.OPEN_BATCH: _STAFF,
    Act.FILE_YEARLY_PLAN: _STAFF,
    Act.OPEN_SELECTION: _STAFF,
    Act.OPEN_REMOVAL: _STAFF,
    Act.APPROVE_MOTION: frozenset(),
    Act.SUBMIT_PLAN: _STAFF,
    Act.ANSWER_PLAN: _STAFF,
    Act.ANNOUNCE_POST: _STAFF,
    Act.ASSIGN_OFFICER: _STAFF_OR_HEAD,
    Act.RECUSE_PERSON: _STAFF_OR_HEAD,
    Act.DECLARE_RECUSAL: frozenset(
        {
            Role.STAFF,
            Role.DEPARTMENT_HEAD,
            Role.SECRETARY,
            Role.INSPECTOR,
            Role.TELLER,
            Role.SCRUTINEER,
            Role.MEMBER,
            Role.AUDITOR,
        }
    ),
    Act.END_RECUSAL: _HEAD,
    Act.CHOOSE_ROUTE: _STAFF,
    Act.NOMINATE_CANDIDATE: _STAFF_OR_HEAD,
    Act.RECOMMEND_PERSONALLY: frozenset({Role.LEADER}),
    Act.REVIEW_RECOMMENDATION: _STAFF_OR_HEAD,
    Act.FEED_BACK_RECOMMENDATION: _STAFF,
    Act.TAKE_UP_NOMINATION: _STAFF_OR_HEAD,
    Act.OPEN_SITTING: _STAFF,
    Act.ENTER_NAMES: frozenset({Role.TELLER}),
    Act.CONFIRM_NAMES: _STAFF,
    Act.REJECT_NAMES: _STAFF,
    Act.RESOLVE_NAMES: _STAFF,
    Act.DECIDE_TIE: _STAFF,
    Act.SETTLE_NAMES: _STAFF,
    Act.PUBLISH_NAMES: _STAFF,
    Act.SIGN_OFF_NAMES: frozenset({Role.STAFF, Role.AUDITOR}),
    Act.ANNUL_NAMES: _HEAD,
    Act.REVIEW_QUALIFICATION: _STAFF,
    Act.OPEN_RECOMMENDATION: _STAFF,
    Act.HOLD_RECOMMENDATION: _STAFF,
    Act.ENTER_TALLY: frozenset({Role.TELLER}),
    Act.CONFIRM_TALLY: _STAFF,
    Act.REJECT_TALLY: _STAFF,
    Act.COMPARE_CANDIDATE: _STAFF_OR_HEAD,
    Act.OPEN_INSPECTION: _HEAD,
    Act.FORM_TEAM: _STAFF,
    Act.PUBLISH_PRENOTICE: _STAFF,
    Act.RECORD_TALK: _TEAM,
    Act.RECORD_ASSESSMENT: _TEAM,
    Act.RECORD_CHECK: _TEAM,
    Act.WRITE_REPORT: _TEAM,
    Act.ASK_OPINION: _STAFF,
    Act.ANSWER_INQUIRY: frozenset({Role.REVIEWER}),
    Act.FILE_REPLY: _STAFF,
    Act.REMIND_DEPARTMENT: _STAFF_OR_HEAD,
    Act.OPEN_DELIBERATION: _HEAD,
    Act.RECORD_CONSULTATION: _STAFF,
    Act.CALL_MEETING: _STAFF,
    Act.PUT_ON_AGENDA: _STAFF,
    Act.PROPOSE_REMOVALS: _STAFF,
    Act.SEND_MATERIAL: _STAFF,
    Act.ACKNOWLEDGE_MATERIAL: frozenset({Role.MEMBER}),
    Act.RECORD_ATTENDANCE: _STAFF,
    Act.NAME_CHAIR: _STAFF,
    Act.RECORD_ARRIVAL: _STAFF,
    Act.RECORD_DEPARTURE: _STAFF,
    Act.INTRODUCE_CANDIDATE: _STAFF_OR_HEAD,
    Act.RECORD_OPINION: _STAFF,
    Act.PREPARE_BALLOT: _STAFF,
    Act.COLLECT_BALLOT: frozenset({Role.MEMBER}),
    Act.ISSUE_SLIP: _STAFF,
    Act.ISSUE_PAPER: _STAFF,
    Act.HAND_BACK_SLIP: _STAFF,
    Act.CHECK_BOX: _SCRUTINEER,
    Act.OPEN_BALLOT: _CHAIR,
    Act.AGREE_CLOSING: _SCRUTINEER,
    Act.CLOSE_BALLOT: _CHAIR,
    Act.ENTER_PAPER: frozenset({Role.TELLER}),
    Act.CONFIRM_PAPER: _SCRUTINEER,
    Act.REJECT_PAPER: _SCRUTINEER,
    Act.VOID_BALLOT: _CHAIR,
    Act.ANNOUNCE_RESULT: _CHAIR,
    Act.DECIDE_REVOTE: _STAFF,
    Act.REQUEST_RECOUNT: frozenset({Role.AUDITOR}),
    Act.AGREE_RECOUNT: _HEAD,
    Act.REFUSE_RECOUNT: _HEAD,
    Act.REQUEST_BALLOT_PAPER: _STAFF,
    Act.REQUEST_COUNT_REPORT: _CHAIR | frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.AUDITOR}),
    Act.DESTROY_SHEETS: frozenset({Role.CLOCK}),
    Act.CLOSE_MEETING: _STAFF,
    Act.REQUEST_MINUTES: _STAFF,
    Act.FILE_REPORT: frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.INSPECTOR, Role.AUDITOR}),
    Act.INVESTIGATE_OBJECTION: _STAFF_OR_HEAD,
    Act.SETTLE_OBJECTION: _STAFF_OR_HEAD,
    Act.ASSIGN_POST: _STAFF,
    Act.PUBLISH_NOTICE: _STAFF_OR_HEAD,
    Act.FILE_OBJECTION: frozenset({Role.PUBLIC, Role.STAFF}),
    Act.CLOSE_NOTICE: _STAFF,
    Act.CANCEL_APPOINTMENT: _HEAD,
    Act.HOLD_APPOINTMENT_TALK: _STAFF_OR_HEAD,
    Act.APPOINT_CANDIDATE: _STAFF,
    Act.ASSESS_PROBATION: _STAFF_OR_HEAD,
    Act.CONFIRM_APPOINTMENT: _HEAD,
    Act.RELIEVE_APPOINTMENT: _HEAD,
    Act.RECORD_FORMALITY: _STAFF_OR_HEAD,
    Act.REMOVE_HOLDER: _STAFF,
    Act.WITHDRAW_CANDIDACY: _STAFF,
    Act.END_CANDIDACY: _STAFF_OR_HEAD,
    Act.RETURN_SELECTION: _HEAD,
    Act.SUSPEND_SELECTION: _HEAD,
    Act.RESUME_SELECTION: _HEAD,
    Act.END_SELECTION: _HEAD,
    Act.RECONSIDER_DECISION: _STAFF_OR_HEAD,
    Act.CORRECT_FACT: _STAFF_OR_HEAD,
    Act.CONFIRM_CORRECTION: _STAFF_OR_HEAD,
    Act.REFUSE_CORRECTION: _STAFF_OR_HEAD,
    Act.DESTROY_TEXTS: frozenset({Role.CLOCK}),
    Act.OPEN_LIABILITY: frozenset({Role.DEPARTMENT_HEAD, Role.AUDITOR}),
    Act.HAND_OVER_LIABILITY: frozenset({Role.DEPARTMENT_HEAD, Role.AUDITOR}),
    Act.SETTLE_LIABILITY: frozenset({Role.DEPARTMENT_HEAD, Role.AUDITOR}),
    Act.FILE_DOCUMENT: _STAFF_OR_HEAD,
    Act.REQUEST_DOCUMENT: frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.AUDITOR}),
    Act.KEEP_DOCUMENT: frozenset({Role.CLOCK}),
    Act.NOTE_MATTER: _STAFF_OR_HEAD,
    Act.MEET_DEADLINE: frozenset({Role.CLOCK}),
    Act.MOVE_CLOCK: frozenset(Role) - {Role.PUBLIC},
}
for _used in POWERS.values():
    ROLES |= {_act: ROLES[_act] | {Role.SECRETARY} for _act in _used}


def in_power(act: Act, powers: Collection[str] | None) -> bool:
    """Whether one of these powers of the secretary covers the act; None stands for every power there is."""
    of = {power for power, used in POWERS.items() if act in used}
    return powers is None or not of or not of.isdisjoint(powers)


def group_name(role: Role, mandate: int) -> str:
    """The group that carries the permissions of ``role`` on the mandate with this primary key."""
    return f"{role.value}@{mandate}"


def grant(mandate: Any) -> None:
    """Give every role exactly its permissions on a mandate, in guardian's rows; can be called again."""
    groups = {role: Group.objects.get_or_create(name=group_name(role, mandate.pk))[0] for role in Role}
    of_mandate = ContentType.objects.get_for_model(mandate)
    permissions = _permissions(of_mandate)
    wanted = {(groups[role].pk, permissions[act.value]) for act, who in ROLES.items() for role in who}
    rows = GroupObjectPermission.objects.filter(content_type=of_mandate, object_pk=str(mandate.pk))
    found = {(group, permission): pk for pk, group, permission in rows.values_list("pk", "group_id", "permission_id")}
    rows.filter(pk__in=[pk for pair, pk in found.items() if pair not in wanted]).delete()
    GroupObjectPermission.objects.bulk_create(
        GroupObjectPermission(
            group_id=group, permission_id=permission, content_type=of_mandate, object_pk=str(mandate.pk)
        )
        for group, permission in sorted(wanted - set(found))
    )


def _permissions(of_mandate: ContentType) -> dict[str, int]:
    """One permission per act, codename → primary key; those of acts that are no more go."""
    known = Permission.objects.filter(content_type=of_mandate)
    known.exclude(codename__in=list(Act)).delete()
    Permission.objects.bulk_create(
        [
            Permission(content_type=of_mandate, codename=act.value, name=act.name.replace("_", " ").capitalize())
            for act in Act
        ],
        ignore_conflicts=True,
    )
    return dict(known.values_list("codename", "pk"))


def permissions_of(actor: Actor, at: datetime) -> dict[tuple[int, str], list[Role]]:
    """(mandate, act) → the roles by which the actor may do it on the day of ``at``; two queries, kept on the actor."""
    day = clock.day_of(at)
    kept: dict[Any, dict[tuple[int, str], list[Role]]] = actor.__dict__.setdefault("_permissions", {})
    if day not in kept:
        held = {group_name(role, mandate): (role, mandate) for role, mandate in actor.roles_in_force(day)}
        found: dict[tuple[int, str], list[Role]] = {}
        of_mandates = ContentType.objects.get_by_natural_key("selection", "mandate")
        rows = GroupObjectPermission.objects.filter(group__name__in=list(held), content_type=of_mandates).values_list(
            "group__name", "object_pk", "permission__codename"
        )
        for name, mandate, codename in rows:
            role, on = held[name]
            if str(on) == mandate:
                found.setdefault((on, codename), []).append(role)
        kept[day] = found
    return kept[day]


def roles_for(act: Act, mandates: Iterable[int], *, actor: Actor, at: datetime) -> list[Role]:
    """The roles by which the actor may perform the act on one of the mandates."""
    found = permissions_of(actor, at)
    return [role for mandate in mandates for role in found.get((mandate, act.value), [])]
