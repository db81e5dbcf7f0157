"""Keeping the register (名册管理): units, approved numbers, posts, people, tenures, annual appraisals, relatives.

Nothing is ever deleted: what has ended gets its day, and what was wrong is corrected with the old values, the new ones
and the reason in the record.  ``values`` maps the names of fields to values; what is not a value of its field raises
``ValidationError``, what may not be is a requirement.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, NotPermitted, Refused, Requirement, act
from selection.enums import Act, FileKind
from selection.register.models import (
    ENTRIES,
    Appraisal,
    Entry,
    Establishment,
    Kinship,
    Organisation,
    OrganisationCase,
    Person,
    PersonCase,
    Post,
    PostCase,
    Quota,
    Register,
    Tenure,
)
from selection.register.models.tenure import most_at_once
from selection.roles import Actor

Values = Mapping[str, Any]
Row = TypeVar("Row", bound=models.Model)

ORGANISATION_FIELDS = ("name", "short_name", "kind", "code")
POST_FACTS = (
    *("title", "grade", "post_class", "is_probationary", "seats", "key_kind", "is_special", "superior", "co_manager"),
)
POST_FIELDS = (*POST_FACTS, "duties", "standards", "conditions")
PERSON_FIELDS = (
    "name",
    "sex",
    "ethnicity",
    "native_place",
    "born_on",
    "party",
    "joined_party_on",
    "education",
    "degree",
    "joined_work_on",
    "status",
    "establishment",
    "grade",
    "grade_since",
)
TENURE_FIELDS = ("post", "from_on", "until_on", "on_probation", "is_grassroots", "is_seconded", "basis")
APPRAISAL_FIELDS = (
    "year",
    "result",
    "votes_excellent",
    "votes_competent",
    "votes_basic",
    "votes_incompetent",
    "veto",
)
FILE_FIELDS = {
    FileKind.EDUCATION: ("level", "mode", "kind", "graduated_on", "school", "subject"),
    FileKind.TRAINING: ("title", "from_on", "until_on", "hours"),
    FileKind.SANCTION: ("kind", "decided_on", "until_on", "lifted_on", "basis"),
    FileKind.ARCHIVE_AUDIT: ("audited_on", "result", "remark"),
    FileKind.ECONOMIC_AUDIT: (
        *("kind", "reported_on", "number", "notified_on", "conclusion", "appointing", "staffing"),
        *("outcome", "amount"),
    ),
}
KINSHIP_FIELDS = ("called", "kind", "relative", "relative_name", "relative_unit", "until_on")


# --- units -------------------------------------------------------------------------------------------------------


def before_adding_to_unit(case: OrganisationCase, *, actor: Actor, at: datetime) -> Iterator[Requirement]:
    unit = case.organisation
    yield Requirement(
        _("The unit has not been closed"), met=case.is_open(clock.day_of(at)), observed=unit and unit.closed_on
    )


@act(
    Act.ADD_ORGANISATION,
    subject="organisation",
    requires=before_adding_to_unit,
    plain=(*ORGANISATION_FIELDS,),
)
def add_organisation(parent: Organisation | Register, *, actor: Actor, at: datetime, values: Values) -> Organisation:
    """Add a unit below another one; the unit at the top is added to the ``Register``."""
    unit = Organisation(parent=parent if isinstance(parent, Organisation) else None)
    return _save(_filled(unit, values, ORGANISATION_FIELDS))


def before_correcting_organisation(
    case: OrganisationCase, *, actor: Actor, at: datetime, values: Values | None = None
) -> Iterator[Requirement]:
    values = values or {}
    if values.get("closed_on") is not None:
        for says, number in (
            (_("Every post of the unit has been abolished"), case.posts),
            (_("Nobody is in the service of the unit any more"), case.people),
            (_("Every unit below it has been closed"), case.units),
        ):
            yield Requirement(says, met=number == 0, observed=number, required=0, field="closed_on")
    if (above := values.get("parent")) is not None:
        yield Requirement(
            _("The unit above has not been closed"),
            met=above.is_open(clock.day_of(at)),
            observed=above.closed_on,
            field="parent",
        )


@act(
    Act.CORRECT_ORGANISATION,
    subject="organisation",
    requires=before_correcting_organisation,
    plain=(*ORGANISATION_FIELDS, "parent", "closed_on"),
)
def correct_organisation(
    organisation: Organisation, *, actor: Actor, at: datetime, values: Values, reason: str
) -> Facts:
    """Correct or close a unit, or put it below another one."""
    return _correct(organisation, values, (*ORGANISATION_FIELDS, "parent", "closed_on"), reason)


@act(Act.SET_QUOTA, subject="organisation", requires=before_adding_to_unit, plain=("grade", "basis"))
def set_quota(
    organisation: Organisation, *, actor: Actor, at: datetime, grade: str, approved: int, basis: str = ""
) -> Facts:
    """Set how many posts of a grade the unit may have; ``basis`` is the number of the approving document."""
    quota = Quota.objects.filter(organisation=organisation, grade=grade).first()
    old = quota.approved if quota else None
    quota = quota or Quota(organisation=organisation)
    _save(_filled(quota, {"grade": grade, "approved": approved}, ("grade", "approved")))
    return Facts({"old": old, "new": quota.approved}, made=[quota])


def before_setting_establishment(
    case: OrganisationCase, *, actor: Actor, at: datetime, from_on: date | None = None
) -> Iterator[Requirement]:
    yield from before_adding_to_unit(case, actor=actor, at=at)
    if from_on is not None:
        today = clock.day_of(at)
        yield Requirement(
            _("The day is not in the future"), met=from_on <= today, observed=from_on, required=today, field="from_on"
        )


@act(Act.SET_ESTABLISHMENT, subject="organisation", requires=before_setting_establishment, plain=("kind", "basis"))
def set_establishment(
    organisation: Organisation, *, actor: Actor, at: datetime, kind: str, approved: int, from_on: date, basis: str = ""
) -> Facts:
    """Set how many people of a kind the unit may have from a day on; what was set for that very day is replaced."""
    row = Establishment.objects.filter(organisation=organisation, kind=kind, from_on=from_on).first()
    old = row.approved if row else None
    row = row or Establishment(organisation=organisation)
    values = {"kind": kind, "approved": approved, "from_on": from_on, "basis": basis}
    _save(_filled(row, values, tuple(values)))
    return Facts({"old": old, "new": row.approved}, made=[row])


# --- posts -------------------------------------------------------------------------------------------------------


@act(Act.ADD_POST, subject="organisation", requires=before_adding_to_unit, plain=POST_FACTS)
def add_post(organisation: Organisation, *, actor: Actor, at: datetime, values: Values) -> Post:
    """Add a post to the unit."""
    return _save(_filled(Post(organisation=organisation), values, POST_FIELDS))


def before_correcting_post(
    case: PostCase, *, actor: Actor, at: datetime, values: Values | None = None
) -> Iterator[Requirement]:
    values, holders = values or {}, len(case.open_tenures)
    if values.get("abolished_on") is not None:
        yield Requirement(
            _("Nobody holds the post any more"), met=holders == 0, observed=holders, required=0, field="abolished_on"
        )
    if (seats := values.get("seats")) is not None:
        yield Requirement(
            _("The post keeps a seat for everyone who holds it"),
            met=seats >= holders,
            observed=seats,
            required=holders,
            field="seats",
        )


@act(Act.CORRECT_POST, subject="post", requires=before_correcting_post, plain=POST_FACTS)
def correct_post(post: Post, *, actor: Actor, at: datetime, values: Values, reason: str) -> Facts:
    """Correct or abolish a post."""
    return _correct(post, values, (*POST_FIELDS, "abolished_on"), reason)


# --- people ------------------------------------------------------------------------------------------------------


@act(Act.ADD_PERSON, subject="organisation", requires=before_adding_to_unit)
def add_person(
    organisation: Organisation,
    *,
    actor: Actor,
    at: datetime,
    values: Values,
    tenures: Sequence[Values] = (),
    appraisals: Sequence[Values] = (),
    entries: Sequence[tuple[FileKind, Values]] = (),
) -> Facts:
    """Open the file of a person in the service of the unit (建档), with the tenures, appraisals and entries in it."""
    person = Person(organisation=organisation)
    _save(_filled(person, values, PERSON_FIELDS))
    held: list[Tenure] = []
    found: list[Requirement] = []
    for given in tenures:
        case = PersonCase(person=person, tenures=tuple(held), appraisals=())
        found += before_adding_tenure(case, actor=actor, at=at, values=given)
        held.append(_filled(Tenure(person=person), given, TENURE_FIELDS))
    rated: list[Appraisal] = []
    for given in appraisals:
        case = PersonCase(person=person, tenures=(), appraisals=())
        found += before_adding_appraisal(case, actor=actor, at=at, values=given)
        rated.append(_filled(Appraisal(person=person), given, APPRAISAL_FIELDS))
    filed: list[Entry] = []
    for kind, given in entries:
        case = PersonCase(person=person, tenures=(), appraisals=())
        found += before_adding_file_entry(case, actor=actor, at=at, kind=kind, values=given)
        filed.append(_filled(ENTRIES[kind](person=person), given, FILE_FIELDS[kind]))
    if any(not requirement.met for requirement in found):
        raise Refused(Act.ADD_PERSON, found)
    _save_all(Tenure, held)
    _save_all(Appraisal, rated)
    for model in ENTRIES.values():
        _save_all(model, [entry for entry in filed if isinstance(entry, model)])
    _keep_seats(Act.ADD_PERSON, *held)
    return Facts(made=[person, *held, *rated, *filed])


def before_correcting_person(
    case: PersonCase, *, actor: Actor, at: datetime, values: Values | None = None
) -> Iterator[Requirement]:
    values = values or {}
    if (gone_on := values.get("gone_on")) is not None:
        held = [tenure for tenure in case.tenures if tenure.until_on is None or tenure.until_on > gone_on]
        yield Requirement(
            _("Every tenure has ended by the day on which the person left"),
            met=not held,
            observed=[tenure.post.full_title for tenure in held],
            field="gone_on",
        )
    if (unit := values.get("organisation")) is not None:
        yield Requirement(
            _("The unit has not been closed"),
            met=unit.is_open(clock.day_of(at)),
            observed=unit.closed_on,
            field="organisation",
        )


@act(Act.CORRECT_PERSON, subject="person", requires=before_correcting_person)
def correct_person(person: Person, *, actor: Actor, at: datetime, values: Values, reason: str) -> Facts:
    """Correct a person's file, move it to another unit, or note that the person left."""
    return _correct(person, values, (*PERSON_FIELDS, "organisation", "gone_on"), reason)


# --- tenures -----------------------------------------------------------------------------------------------------


def before_adding_tenure(
    case: PersonCase, *, actor: Actor, at: datetime, values: Values | None = None
) -> Iterator[Requirement]:
    if not values or values.get("post") is None or values.get("from_on") is None:
        return
    yield from _tenure_fits(case, None, values["post"], values["from_on"], values.get("until_on"))


@act(Act.ADD_TENURE, subject="person", requires=before_adding_tenure, plain=("basis",))
def add_tenure(person: Person, *, actor: Actor, at: datetime, values: Values) -> Tenure:
    """Add that the person holds or held a post."""
    tenure = _save(_filled(Tenure(person=person), values, TENURE_FIELDS))
    _keep_seats(Act.ADD_TENURE, tenure)
    return tenure


def before_correcting_tenure(
    case: PersonCase, *, actor: Actor, at: datetime, tenure: Tenure | None = None, values: Values | None = None
) -> Iterator[Requirement]:
    if tenure is None or not values:
        return
    from_on, until_on = values.get("from_on", tenure.from_on), values.get("until_on", tenure.until_on)
    if from_on is not None:
        yield from _tenure_fits(case, tenure, values.get("post", tenure.post), from_on, until_on)


@act(Act.CORRECT_TENURE, subject="person", requires=before_correcting_tenure, plain=("basis",))
def correct_tenure(person: Person, *, actor: Actor, at: datetime, tenure: Tenure, values: Values, reason: str) -> Facts:
    """Correct or end a tenure."""
    tenure = _own(Act.CORRECT_TENURE, person.tenures, tenure)
    facts = _correct(tenure, values, TENURE_FIELDS, reason)
    _keep_seats(Act.CORRECT_TENURE, tenure)
    return facts


def _tenure_fits(
    case: PersonCase, corrected: Tenure | None, post: Post, from_on: date, until_on: date | None
) -> Iterator[Requirement]:
    """What holds for any tenure, new or corrected, besides the seats of the post, which are counted under its lock."""
    person = case.person
    again = [
        tenure
        for tenure in case.tenures
        if tenure.post_id == post.pk and tenure != corrected and tenure.overlaps(from_on, until_on)
    ]
    yield Requirement(
        _("The person does not hold the same post at the same time"),
        met=not again,
        observed=[tenure.from_on for tenure in again],
        field="post",
    )
    yield Requirement(
        _("The tenure does not end before it begins"),
        met=until_on is None or until_on >= from_on,
        observed=until_on,
        required=from_on,
        field="until_on",
    )
    yield Requirement(
        _("The tenure begins after the person began work"),
        met=from_on >= person.joined_work_on,
        observed=from_on,
        required=person.joined_work_on,
        field="from_on",
    )
    ends = [day for day in (person.gone_on, post.abolished_on, post.organisation.closed_on) if day is not None]
    yield Requirement(
        _("The person, the post and its unit exist as long as the tenure runs"),
        met=all(from_on <= day and until_on is not None and until_on <= day for day in ends),
        observed=until_on,
        required=min(ends, default=None),
        field="until_on",
    )


def _keep_seats(name: Act, *tenures: Tenure) -> None:
    """Refuse more holders at a time than a post has seats; the lock on the post makes two at once queue up."""
    posts = Post.objects.select_for_update(of=("self",)).filter(pk__in={tenure.post_id for tenure in tenures})
    for post in posts.order_by("pk").prefetch_related("tenures"):
        for tenure in tenures:
            if tenure.post_id != post.pk:
                continue
            holders = most_at_once(
                (other.from_on, other.until_on)
                for other in post.tenures.all()
                if other.overlaps(tenure.from_on, tenure.until_on)
            )
            requirement = Requirement(
                _("The post has a seat for everyone who holds it"),
                met=holders <= post.seats,
                observed=holders,
                required=post.seats,
                field="post",
            )
            if not requirement.met:
                raise Refused(name, [requirement])


# --- appraisals --------------------------------------------------------------------------------------------------


def before_adding_appraisal(
    case: PersonCase, *, actor: Actor, at: datetime, values: Values | None = None
) -> Iterator[Requirement]:
    if not values or values.get("year") is None:
        return
    first, last = case.person.joined_work_on.year, clock.day_of(at).year
    yield Requirement(
        _("The year is one in which the person was at work, and not in the future"),
        met=first <= values["year"] <= last,
        observed=values["year"],
        required=[first, last],
        field="year",
    )


@act(Act.ADD_APPRAISAL, subject="person", requires=before_adding_appraisal)
def add_appraisal(person: Person, *, actor: Actor, at: datetime, values: Values) -> Appraisal:
    """Add the result of an annual appraisal."""
    return _save(_filled(Appraisal(person=person), values, APPRAISAL_FIELDS))


def before_correcting_appraisal(
    case: PersonCase, *, actor: Actor, at: datetime, appraisal: Appraisal | None = None, values: Values | None = None
) -> Iterator[Requirement]:
    yield from before_adding_appraisal(case, actor=actor, at=at, values=values)


@act(Act.CORRECT_APPRAISAL, subject="person", requires=before_correcting_appraisal)
def correct_appraisal(
    person: Person, *, actor: Actor, at: datetime, appraisal: Appraisal, values: Values, reason: str
) -> Facts:
    """Correct the result of an annual appraisal or its votes."""
    appraisal = _own(Act.CORRECT_APPRAISAL, person.appraisals, appraisal)
    return _correct(appraisal, values, APPRAISAL_FIELDS, reason)


# --- relatives ---------------------------------------------------------------------------------------------------


@act(Act.ADD_KINSHIP, subject="person")
def add_kinship(person: Person, *, actor: Actor, at: datetime, values: Values) -> Kinship:
    """Add a relative; what is kept in the file of one of the two holds for both."""
    return _save(_filled(Kinship(person=person), values, KINSHIP_FIELDS))


@act(Act.CORRECT_KINSHIP, subject="person")
def correct_kinship(
    person: Person, *, actor: Actor, at: datetime, kinship: Kinship, values: Values, reason: str
) -> Facts:
    """Correct a relation or note that it has ended."""
    kinship = _own(Act.CORRECT_KINSHIP, person.kinships, kinship)
    return _correct(kinship, values, KINSHIP_FIELDS, reason)


# --- the rest of the file ------------------------------------------------------------------------------------------

#: Nobody has finished a junior college, or any school beyond it, before this age in years.
YOUNGEST_GRADUATE = 15


def before_adding_file_entry(
    case: PersonCase, *, actor: Actor, at: datetime, kind: FileKind | None = None, values: Values | None = None
) -> Iterator[Requirement]:
    day = (values or {}).get(ENTRIES[kind].begins) if kind else None
    if kind is None or day is None:
        return
    yield from _in_its_time(case, kind, day, at)


@act(Act.ADD_FILE_ENTRY, subject="person", requires=before_adding_file_entry, plain=("basis",))
def add_file_entry(person: Person, *, actor: Actor, at: datetime, kind: FileKind, values: Values) -> Entry:
    """Add an education, a training, a sanction or an audit to the file of a person."""
    return _save(_filled(ENTRIES[kind](person=person), values, FILE_FIELDS[kind]))


def before_correcting_file_entry(
    case: PersonCase,
    *,
    actor: Actor,
    at: datetime,
    kind: FileKind | None = None,
    entry: Entry | None = None,
    values: Values | None = None,
) -> Iterator[Requirement]:
    if kind is not None and entry is not None and values:
        yield from _in_its_time(case, kind, values.get(entry.begins, entry.day), at)


@act(Act.CORRECT_FILE_ENTRY, subject="person", requires=before_correcting_file_entry, plain=("basis",))
def correct_file_entry(
    person: Person, *, actor: Actor, at: datetime, kind: FileKind, entry: Entry, values: Values, reason: str
) -> Facts:
    """Correct an entry, or note that a sanction was lifted."""
    entry = _own(Act.CORRECT_FILE_ENTRY, ENTRIES[kind]._default_manager.filter(person=person), entry)
    return _correct(entry, values, FILE_FIELDS[kind], reason)


def _in_its_time(case: PersonCase, kind: FileKind, day: date, at: datetime) -> Iterator[Requirement]:
    """An entry tells of what has happened, in the working life of the person or, at school, at an age for it."""
    field, person, today = ENTRIES[kind].begins, case.person, clock.day_of(at)
    yield Requirement(_("The day is not in the future"), met=day <= today, observed=day, required=today, field=field)
    if kind == FileKind.EDUCATION:
        says = _("The person was old enough to graduate")
        first = person.born_on.replace(year=person.born_on.year + YOUNGEST_GRADUATE)
    else:
        says, first = _("It happened after the person began work"), person.joined_work_on
    yield Requirement(says, met=day >= first, observed=day, required=first, field=field)


# --- how a row is filled and corrected ---------------------------------------------------------------------------


def _filled(row: Row, values: Values, fields: Sequence[str]) -> Row:
    """The row with its values, or field by field what is wrong with them."""
    if unknown := set(values) - set(fields):
        raise TypeError(f"{row._meta.model_name} takes no {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(row, name, value)
    given = [column.name for column in row._meta.concrete_fields if column.is_relation and getattr(row, column.attname)]
    row.clean_fields(exclude=given)  # a row that is given is a row that exists
    row.clean()
    return row


def _save(row: Row) -> Row:
    """Save a new or changed row."""
    with _refusals_in_words(row):
        row.save()
    return row


def _save_all(kind: type[Row], rows: Sequence[Row]) -> None:
    """Save new rows of one kind at once."""
    if rows:
        with _refusals_in_words(*rows):
            kind._base_manager.bulk_create(rows)


@contextmanager
def _refusals_in_words(*rows: models.Model) -> Iterator[None]:
    """The database checks what is unique and in order; only when it refuses are the rows asked what is wrong."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        for row in rows:
            row.validate_unique()
            row.validate_constraints()
        raise


def _correct(row: models.Model, values: Values, fields: Sequence[str], reason: str) -> Facts:
    """Change the row; the record keeps the old and the new value of what changed."""
    if not reason.strip():
        raise ValidationError({"reason": _("Give the reason for the correction.")})
    old = {name: getattr(row, name) for name in values if name in fields}
    _save(_filled(row, values, fields))
    changed = [name for name in old if old[name] != getattr(row, name)]
    if not changed:
        raise ValidationError(_("Nothing has been changed."), code="unchanged")
    return Facts({"old": {name: old[name] for name in changed}, "new": {name: getattr(row, name) for name in changed}})


def _own(name: Act, rows: Any, row: models.Model) -> Any:
    """The row read anew under a lock, if it belongs to the subject."""
    found = rows.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise NotPermitted(name, hidden=True)
    return found
