"""Acts: one act, one word (办理).

Everything that anybody does here is an act: a function with one subject, the permission it needs, the requirements it
rests on, and one entry in the record for each stream that it touches, all in one transaction.  This module is generic:
it knows subjects and actors by their interface and imports no model.
"""

import functools
import inspect
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Any, Self

from django.db import IntegrityError, OperationalError, models, transaction
from django.utils.functional import Promise
from django_fsm import TransitionNotAllowed

from audit import chain, reading, record
from selection import roles
from selection.enums import Act, Role
from selection.roles import Actor as Actor
from selection.rulebook.rules import Citation, Rule

Text = str | Promise


class Level(StrEnum):
    """How hard a requirement stands."""

    STOP = "stop"
    WAIVABLE = "waivable"


@dataclass(frozen=True)
class Requirement:
    """One thing that must hold before an act, as a reader sees it.

    ``observed`` and ``required`` are plain values (numbers, days, shares, labels, lists of them) which pages put into
    words; ``rule`` is the key of the rule and ``citation`` its article.  A ``WAIVABLE`` one may be passed with a
    written reason by ``waived_by``.  ``entered_by`` says by which act, and of what, a missing fact is entered.
    """

    says: Text
    met: bool
    observed: object = None
    required: object = None
    citation: Citation | None = None
    level: Level = Level.STOP
    waived_by: Role | None = None
    field: str = ""
    rule: str = ""
    entered_by: tuple[Act, "Subject"] | None = None

    @classmethod
    def under(
        cls,
        rule: Rule | None,
        says: Text,
        *,
        met: bool,
        observed: object = None,
        required: object = None,
        field: str = "",
        entered_by: tuple[Act, "Subject"] | None = None,
    ) -> Self:
        """A requirement that rests on a rule: its article, and how hard it stands.

        Where the rules of the body do not speak of it (None), it stands for itself: the next step makes no sense
        without it.  What is asked only because a rule asks it is not yielded then: ``Rules.asking``.
        """
        if rule is None:
            return cls(says, met, observed, required, field=field, entered_by=entered_by)
        return cls(
            says,
            met,
            observed,
            rule.named if required is None else required,
            rule.citation,
            Level(rule.level),
            Role(rule.waived_by) if rule.waived_by else None,
            field,
            rule.key,
            entered_by,
        )

    @property
    def is_waivable(self) -> bool:
        return self.level is Level.WAIVABLE


class Refused(Exception):
    """Something is missing (422): carries every requirement of the act."""

    def __init__(self, act: Act, requirements: Sequence[Requirement]) -> None:
        self.act = act
        self.requirements = tuple(requirements)
        super().__init__(f"{act.value}: {'; '.join(str(requirement.says) for requirement in self.unmet)}")

    @property
    def unmet(self) -> list[Requirement]:
        return [requirement for requirement in self.requirements if not requirement.met]


class NotPermitted(Exception):
    """This actor may not do this, or must not know that it exists (403 or 404)."""

    def __init__(self, act: Act | None = None, *, hidden: bool = False) -> None:
        self.act = act
        self.hidden = hidden
        super().__init__(act.value if act else "")


class Conflict(Exception):
    """Somebody was faster, or the same form came twice (409)."""


class Subject:
    """What an act is done to: a mixin for models.

    A subject names its streams, the mandates under which it may be acted upon, and what its requirements see.
    """

    pk: Any
    _meta: Any

    def streams(self) -> tuple[str, ...]:
        """Whose record the entries belong to; the first one is the subject's own."""
        raise NotImplementedError

    def mandates(self) -> Iterable[int]:
        """Primary keys of the mandates that cover this subject."""
        raise NotImplementedError

    def locked(self) -> Any:
        """This subject read anew under a row lock, with everything it touches locked in key order."""
        return type(self)._base_manager.select_for_update().get(pk=self.pk)  # type: ignore[attr-defined]

    def case(self) -> Any:
        """What requirements see; read in a fixed number of queries."""
        return self

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        """What requirements see when an act is given this at that time: the case, and what the given rows add to it."""
        return self.case()

    def basis(self) -> str:
        """Digest of the rules that the subject is judged by, or an empty string."""
        return ""

    def matter(self) -> str:
        """The selection to which an entry belongs, ``selection:<id>``, or an empty string."""
        return ""

    def passed_over(
        self, act: Act, requirement: Requirement, reason: str, *, actor: Actor, at: datetime
    ) -> Sequence[models.Model]:
        """What the subject keeps of a waivable requirement that was passed with a reason: the rows it made."""
        return ()

    def admits(self, act: Act, actor: Actor, role: Role, at: datetime) -> bool:
        """Whether the actor, who holds ``role``, takes part in this very matter."""
        return True

    def hides_from(self, actor: Actor) -> bool:
        """Whether the actor must not learn that the subject exists (a recused person)."""
        return False


@dataclass(frozen=True)
class Upload:
    """A file kept under its SHA-256 that an act rests on."""

    name: str
    sha256: str
    size: int
    media_type: str


#: A paper for which nobody has been asked yet: a page that only lists what must hold says nothing of it.
UNASKED = Upload("", "", 0, "")


@dataclass(frozen=True)
class Secret:
    """A value that an act needs and that the record never learns, such as a password: not even as a commitment."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Facts:
    """What an act wants in its entry besides what it was given; ``made`` are the rows it made.

    Texts in ``sealed`` enter as free text does that was given: as a commitment.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    made: Sequence[models.Model] = ()
    sealed: Mapping[str, str] = field(default_factory=dict)


Requires = Callable[..., Iterable[Requirement]]


@dataclass(frozen=True)
class Beside:
    """How an act goes on beside others of its kind on the same subject, which acts of other kinds wait for.

    ``locked(subject, actor)`` reads the subject anew under a lock that it shares with them, and locks the actor's own
    part of it; ``case(subject, given)`` is what the requirements see, which is that part of the whole case.
    """

    locked: Callable[[Any, Actor], Any]
    case: Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Performed:
    """One act as the catalogue of acts knows it."""

    act: Act
    function: Callable[..., Any]
    requires: Requires | None
    subject: str
    module: str
    parameters: tuple[str, ...]
    sentence: str


CATALOGUE: dict[Act, Performed] = {}

#: PostgreSQL's words for a row that is there already, a transaction that came too late, and a deadlock.
_LOST_RACES = ("23505", "40001", "40P01")


def requirements(act: Act, case: object, *, actor: Actor, at: datetime, **given: object) -> list[Requirement]:
    """The requirements of ``act`` over ``case``, met and unmet; those on what a form has yet to give are left out."""
    requires = CATALOGUE[act].requires
    if requires is None:
        return []
    known = inspect.signature(requires).parameters
    return list(requires(case, actor=actor, at=at, **{key: value for key, value in given.items() if key in known}))


def permitted(act: Act, subject: Subject, *, actor: Actor, at: datetime) -> Role | None:
    """The role by which the actor may perform the act on the subject, or None.  No superuser passes."""
    if actor.is_superuser or not actor.is_active:
        return None
    for role in roles.roles_for(act, subject.mandates(), actor=actor, at=at):
        if subject.admits(act, actor, role, at):
            return role
    return None


def act(
    name: Act,
    *,
    subject: str,
    requires: Requires | None = None,
    plain: Iterable[str] = (),
    beside: Beside | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function an act.

    The function is called as ``function(subject, *, actor, at, **given)``.  Free text among ``given`` enters the record
    as a salted commitment, unless named in ``plain``; everything else enters as it is.  With ``beside`` many perform
    the act on one subject at the same moment and hardly wait for each other.  The wrapper takes two more keyword
    arguments: ``token``, which makes a second submission of the same form a ``Conflict``, and ``reasons``, a
    mapping from the position of a waivable requirement to the written reason for passing it.

    Raises, when called:
        NotPermitted, Refused, Conflict
    """
    in_plain = frozenset(plain)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        parameters = tuple(
            parameter for parameter in inspect.signature(function).parameters if parameter not in ("actor", "at")
        )[1:]

        @functools.wraps(function)
        def perform(
            subject: Subject,
            *,
            actor: Actor,
            at: datetime,
            token: str = "",
            reasons: Mapping[int, str] | None = None,
            **given: Any,
        ) -> Any:
            try:
                return _perform(name, function, beside, subject, actor, at, token, reasons or {}, given, in_plain)
            except Refused as refusal:
                _record_refusal(refusal, subject, actor, at)
                raise
            except TransitionNotAllowed as error:
                raise Conflict(name.value) from error
            except (IntegrityError, OperationalError) as error:
                if getattr(error.__cause__, "pgcode", "") in _LOST_RACES:
                    raise Conflict(name.value) from error
                raise

        CATALOGUE[name] = Performed(
            name, perform, requires, subject, function.__module__, parameters, inspect.getdoc(function) or ""
        )
        return perform

    return decorate


def _perform(
    name: Act,
    function: Callable[..., Any],
    beside: Beside | None,
    subject: Any,
    actor: Actor,
    at: datetime,
    token: str,
    reasons: Mapping[int, str],
    given: dict[str, Any],
    in_plain: frozenset[str],
) -> Any:
    seen = _state_seen(subject)
    roles.permissions_of(actor, at)  # kept on the actor: nobody waits for it behind the lock
    with transaction.atomic(durable=True):
        try:
            subject = beside.locked(subject, actor) if beside else subject.locked()
        except models.ObjectDoesNotExist as error:
            raise NotPermitted(name, hidden=True) from error
        if subject.hides_from(actor):
            raise NotPermitted(name, hidden=True)
        role = permitted(name, subject, actor=actor, at=at)
        if role is None:
            raise NotPermitted(name)
        if token and reading.has_request(token):
            raise Conflict(name.value)
        case = beside.case(subject, given) if beside else subject.case_for(given, at)
        found = requirements(name, case, actor=actor, at=at, **given)
        waived = {
            index: reasons[index].strip()
            for index, requirement in enumerate(found)
            if not requirement.met and _may_waive(requirement, role) and reasons.get(index, "").strip()
        }
        if any(not requirement.met and index not in waived for index, requirement in enumerate(found)):
            if _state_seen(subject) != seen:
                raise Conflict(name.value)
            raise Refused(name, found)
        result = function(subject, actor=actor, at=at, **given)
        _record(name, subject, actor, role, at, token or uuid.uuid4().hex, given, in_plain, result, found, waived)
        return result.made[0] if isinstance(result, Facts) and result.made else result


def _state_seen(subject: Any) -> str:
    """What the caller saw of the subject: where it has changed meanwhile, an unmet requirement is a lost race."""
    return state_of(subject) if isinstance(subject, models.Model) else ""


def _may_waive(requirement: Requirement, role: Role) -> bool:
    return requirement.is_waivable and requirement.waived_by in (None, role)


def _record(
    name: Act,
    subject: Any,
    actor: Actor,
    role: Role,
    at: datetime,
    req: str,
    given: Mapping[str, Any],
    in_plain: frozenset[str],
    result: object,
    found: Sequence[Requirement],
    waived: Mapping[int, str],
) -> None:
    sealed: dict[str, str] = {}
    files: list[dict[str, object]] = []
    data: dict[str, object] = {"given": _plain(given, sealed, files, in_plain)}
    made: list[models.Model] = []
    if isinstance(result, Facts):
        made += result.made
        sealed.update({name: text for name, text in result.sealed.items() if text})
        if result.facts:
            data["facts"] = _plain(result.facts, sealed, files, frozenset(result.facts))
    elif isinstance(result, models.Model):
        made.append(result)
    for index, reason in waived.items():
        made += subject.passed_over(name, found[index], reason, actor=actor, at=at)
    if made:
        data["made"] = [reference(row) for row in made]
    if waived:
        data["waived"] = [_waived(found[index]) for index in waived]
        sealed.update({f"waived.{index}": reason for index, reason in waived.items()})
    streams = dict.fromkeys(subject.streams())
    for row in made:
        if isinstance(row, Subject):
            streams.update(dict.fromkeys(row.streams()))
    told_of = made[0] if made and isinstance(made[0], Subject) else subject
    matter = subject.matter() or next((stream for stream in streams if stream.startswith("selection:")), "")
    record.append(
        [
            record.Entry(
                stream=stream,
                action=name.value,
                actor=actor_of(actor, role),
                at=at,
                basis=subject.basis(),
                case=matter,
                object=tuple(reference(subject)),  # type: ignore[arg-type]
                data=data,
                files=files,
                req=req,
                state=state_of(told_of),
                sealed=sealed,
            )
            for stream in streams
        ]
    )


def _waived(requirement: Requirement) -> str:
    citation = requirement.citation
    return f"{citation.instrument} {citation.article}" if citation else str(requirement.says)


def _record_refusal(refusal: Refused, subject: Any, actor: Actor, at: datetime) -> None:
    """A refused attempt is shown to auditors from the stream of access, not in the chain of the case."""
    unmet = [
        {
            "key": r.rule,
            "rule": f"{r.citation.instrument} {r.citation.article}" if r.citation else "",
            "observed": _value(r.observed),
        }
        for r in refusal.unmet
    ]
    with transaction.atomic(durable=True):
        record.append(
            [
                record.Entry(
                    stream="access",
                    action=refusal.act.value,
                    actor=actor_of(actor, None),
                    at=at,
                    basis="",
                    case=subject.matter(),
                    object=tuple(reference(subject)),  # type: ignore[arg-type]
                    data={"kind": "refused", "unmet": unmet},
                    files=[],
                    req=uuid.uuid4().hex,
                    state="",
                    sealed={},
                )
            ]
        )


def looked_at(actor: Actor, what: str, subject: tuple[str, str], at: datetime, *, case: str = "") -> None:
    """Record that somebody read a personal file, logged in or downloaded a paper (stream ``access``)."""
    with transaction.atomic(durable=True):
        record.append(
            [
                record.Entry(
                    stream="access",
                    action="looked_at",
                    actor=actor_of(actor, None),
                    at=at,
                    basis="",
                    case=case,
                    object=subject,
                    data={"kind": "read", "what": what},
                    files=[],
                    req=uuid.uuid4().hex,
                    state="",
                    sealed={},
                )
            ]
        )


FOUNDING = "found_county"
_FOUNDER = {"id": "0", "name": "system", "dept": "", "role": "", "auth": "founding"}


def record_founding(streams: Sequence[str], made: Sequence[models.Model], at: datetime) -> None:
    """Record the rows with which a county begins; called once, in the transaction that makes them.

    It is no act: before the first administrator there is nobody who could perform one.
    """
    req = uuid.uuid4().hex
    record.append(
        [
            record.Entry(
                stream=stream,
                action=FOUNDING,
                actor=_FOUNDER,
                at=at,
                basis="",
                case="",
                object=tuple(reference(made[0])),  # type: ignore[arg-type]
                data={"made": [reference(row) for row in made]},
                files=[],
                req=req,
                state=state_of(made[0]),
                sealed={},
            )
            for stream in streams
        ]
    )


def actor_of(actor: Actor, role: Role | None) -> dict[str, str]:
    """The actor as values: ids and names, never a foreign key."""
    return {
        "id": str(actor.pk),
        "name": actor.name,
        "dept": actor.department,
        "role": role.value if role else "",
        "auth": actor.auth,
    }


def reference(row: Any) -> list[str]:
    """``[type, id]`` of a row."""
    return [row._meta.model_name, str(row.pk)]


def state_of(row: Any) -> str:
    """Hash of the canonical after-image of a row: its values without free text."""
    image: dict[str, object] = {}
    for column in row._meta.concrete_fields:
        if isinstance(column, models.TextField) or column.name == "password":
            continue
        image[column.attname] = _value(getattr(row, column.attname))
    return chain.hashing(chain.canonical(image)).hexdigest()


def _plain(
    given: Mapping[str, Any],
    sealed: dict[str, str],
    files: list[dict[str, object]],
    in_plain: frozenset[str],
    prefix: str = "",
) -> dict[str, object]:
    """``given`` as canonical values; free text goes to ``sealed``, uploads to ``files``."""
    values: dict[str, object] = {}
    for key, value in given.items():
        path = f"{prefix}{key}"
        if isinstance(value, Secret):
            continue
        if isinstance(value, Upload):
            files.append({"name": value.name, "sha256": value.sha256, "bytes": value.size})
        elif isinstance(value, str) and not isinstance(value, Enum) and key not in in_plain:
            if value:
                sealed[path] = value
        elif isinstance(value, Mapping):
            values[str(key)] = _plain(value, sealed, files, in_plain, f"{path}.")
        else:
            values[str(key)] = _value(value)
    return values


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, int):
        return value
    if isinstance(value, models.Model):
        return reference(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Mapping):
        return {str(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, models.QuerySet | list | tuple | set | frozenset | Iterator):
        return [_value(inner) for inner in value]
    return str(value)
