"""People of the register (干部名册): the list, and the file of one person as far as the register has it."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.enums import Act, FileKind, Grade, Role
from selection.models import Account, Appointment, Candidacy, Seat, Selection
from selection.register.models import (
    Appraisal,
    ArchiveAudit,
    EconomicAudit,
    Education,
    Entry,
    Kinship,
    Organisation,
    Person,
    PersonQuerySet,
    Sanction,
    Tenure,
    Training,
)
from selection.roles import ROLES
from selection.web.acts import act_url

READERS = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.INSPECTOR, Role.AUDITOR})
PER_PAGE = 25

View = Callable[..., HttpResponse]


def for_readers(view: View) -> View:
    """Only those who work with the register see it."""

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_superuser or not READERS & roles_of(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(require_safe(seen))


def roles_of(account: Account) -> set[Role]:
    """The roles of today, under whichever mandate: the register belongs to all of them."""
    return {role for role, _mandate in account.roles_in_force(clock.today())}


def buttons(names: Sequence[Act], subject: acts.Subject, account: Account) -> list[dict[str, Any]]:
    """The acts on the subject that this account may perform."""
    held = roles_of(account)
    return [
        {"label": name.label, "url": act_url(name, subject), "may": True, "tone": "plain"}
        for name in names
        if held & ROLES[name]
    ]


def years(since: date, on: date) -> int:
    """Full years from one day to another."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def month(day: date | None) -> str:
    """A month, written as in the form of appointment and removal (任免审批表)."""
    return date_format(day, pgettext("date format", "F Y")) if day else ""


def born(one: Person, on: date) -> str:
    """Month of birth and age."""
    return _("%(month)s (aged %(age)d)") % {"month": month(one.born_on), "age": years(one.born_on, on)}


# --- the list ----------------------------------------------------------------------------------------------------


class Filters(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=50)
    unit = forms.CharField(label=gettext_lazy("Name or code of the unit"), required=False, max_length=100)
    grade = forms.ChoiceField(
        label=gettext_lazy("Grade"), required=False, choices=[("", gettext_lazy("All")), *Grade.choices]
    )
    left = forms.BooleanField(label=gettext_lazy("Also those who have left"), required=False)

    @cached_property
    def units(self) -> list[Organisation]:
        """The units that were meant: the one of this code or name, or else all whose name has these words."""
        words = self.cleaned_data.get("unit", "") if self.is_valid() else ""
        if not words:
            return []
        named = Q(code=words) | Q(name__contains=words) | Q(short_name__contains=words)
        found = list(Organisation.objects.filter(named))
        return [unit for unit in found if words in (unit.code, unit.name, unit.short_name)] or found

    def among(self, rows: PersonQuerySet, on: date) -> PersonQuerySet:
        """Those of the people who were asked for; a filter with an error leaves nobody out."""
        wanted = self.cleaned_data if self.is_valid() else {}
        if name := wanted.get("q"):
            rows = rows.filter(name__contains=name)
        if wanted.get("unit"):
            rows = rows.filter(organisation__in=self.units)
        if grade := wanted.get("grade"):
            rows = rows.filter(grade=grade)
        return rows if wanted.get("left") else rows.in_service(on)

    @property
    def unit_asked_for(self) -> Organisation | None:
        """The one unit that was asked for, if it is one."""
        return self.units[0] if len(self.units) == 1 else None


@for_readers
def people(request: HttpRequest) -> HttpResponse:
    """Everybody in service, in the order of the strokes of their names."""
    today = clock.today()
    filters = Filters(request.GET if set(request.GET) & set(Filters.base_fields) else None)
    rows = filters.among(Person.objects.all(), today).in_stroke_order()
    page = Paginator(rows.with_posts(today), PER_PAGE).get_page(request.GET.get("page"))
    unit = filters.unit_asked_for
    return render(
        request,
        "register/people.html",
        {
            "filters": filters,
            "page": page,
            "people": [(one, born(one, today)) for one in page],
            "unit": unit,
            "acts": buttons([Act.ADD_PERSON], unit, request.user) if unit else [],  # type: ignore[arg-type]
        },
    )


# --- one person --------------------------------------------------------------------------------------------------


@for_readers
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a person; that it was read is recorded first."""
    account: Account = request.user  # type: ignore[assignment]
    found = get_object_or_404(Person.objects.select_related("organisation").with_files(), pk=pk)
    stream = found.streams()[0]  # as the case of the entry, by which the readers of the file are found again
    acts.looked_at(account, "personal_file", ("person", str(pk)), clock.now(), case=stream)
    today = clock.today()
    held = roles_of(account)
    file = found.file()
    tenures = sorted(file.tenures, key=lambda tenure: (tenure.from_on, tenure.pk), reverse=True)
    candidacies = Candidacy.objects.filter(person=found, selection__in=Selection.objects.visible_to(account))
    whole = Selection.objects.visible_to(account, taking_part=()).order_by().values("pk")
    led_to = Appointment.objects.filter(candidacy=OuterRef("pk"), selection__in=whole).order_by("-pk")
    candidacies = candidacies.annotate(appointment=Subquery(led_to.values("pk")[:1]))
    return render(
        request,
        "register/person.html",
        {
            "person": found,
            "is_gone": not found.is_in_service(today),
            "facts": facts_of(found, tenures, today),
            "tenures": [
                {"tenure": tenure, "years": years(tenure.from_on, tenure.until_on or today), **links}
                for tenure in tenures
                for links in [correction(Act.CORRECT_TENURE, found, held, tenure=tenure.pk)]
            ],
            "appraisals": [
                {**shares(appraisal), **correction(Act.CORRECT_APPRAISAL, found, held, appraisal=appraisal.pk)}
                for appraisal in file.appraisals
            ],
            "entries": [
                {"kind": kind, "rows": entries_of(kind, rows, found, held), "add_url": add_url(kind, found, held)}
                for kind, rows in (
                    (FileKind.EDUCATION, file.educations),
                    (FileKind.TRAINING, file.trainings),
                    (FileKind.SANCTION, file.sanctions),
                    (FileKind.ARCHIVE_AUDIT, file.archiveaudits),
                    (FileKind.ECONOMIC_AUDIT, file.economicaudits),
                )
            ],
            "seats": Seat.objects.filter(person=found).select_related("body").order_by("-from_on", "pk"),
            "candidacies": candidacies.select_related("selection__post__organisation", "post__organisation").order_by(
                "-selection__opened_at", "-pk"
            ),
            "relatives": relatives_of(found, held),
            "acts": buttons([Act.ADD_TENURE, Act.ADD_APPRAISAL, Act.ADD_KINSHIP, Act.CORRECT_PERSON], found, account),
            "may_audit": account.reads_record(),
            "today": today,
        },
    )


def facts_of(found: Person, tenures: Sequence[Tenure], today: date) -> list[tuple[str, Any]]:
    """The cells of the form of appointment and removal (任免审批表) that the register can fill."""
    held = [tenure.post.full_title for tenure in reversed(tenures) if tenure.runs_on(today)]
    facts: list[tuple[str, Any]] = [
        (_("Name"), found.name),
        (_("Sex"), found.get_sex_display()),
        (_("Month of birth"), born(found, today)),
        (_("Ethnicity"), found.ethnicity),
        (_("Native place"), found.native_place),
        (_("Personnel status"), found.get_status_display()),
        (_("Establishment"), found.get_establishment_display()),
        (_("Political affiliation"), found.party),
        (_("Joined the party in"), month(found.joined_party_on)),
        (_("Began work in"), month(found.joined_work_on)),
        (_("Education"), found.education),
        (_("Degree"), found.degree),
        (_("Unit"), found.organisation.name),
        (_("Grade"), found.get_grade_display()),
        (_("In this grade since"), month(found.grade_since)),
        (_("Posts held"), "、".join(held)),
    ]
    return [*facts, (_("Left on"), found.gone_on)] if found.gone_on else facts


def entries_of(kind: FileKind, rows: Sequence[Entry], found: Person, held: set[Role]) -> list[dict[str, Any]]:
    """Each entry in words: when, what and the rest."""
    return [
        {
            "row": row,
            "when": _when(row),
            "says": _said(row),
            **correction(Act.CORRECT_FILE_ENTRY, found, held, kind_of_entry=kind, entry=row.pk),
        }
        for row in rows
    ]


def _when(row: Entry) -> str:
    if isinstance(row, Education):
        return month(row.graduated_on)
    if isinstance(row, Training) and row.until_on != row.from_on:
        return _("%(from)s to %(until)s") % {"from": clock.worded(row.from_on), "until": clock.worded(row.until_on)}
    return str(clock.worded(row.day))


def _said(row: Entry) -> list[str]:
    """What is known of an entry besides its name and day."""
    if isinstance(row, Education):
        return [row.get_mode_display(), row.get_kind_display()]
    if isinstance(row, Training):
        return [ngettext("%(hours)d hour", "%(hours)d hours", row.hours) % {"hours": row.hours}] if row.hours else []
    if isinstance(row, Sanction):
        said = [(_("until %(day)s"), row.until_on), (_("lifted on %(day)s"), row.lifted_on)]
        return [row.basis] * bool(row.basis) + [words % {"day": clock.worded(day)} for words, day in said if day]
    if isinstance(row, EconomicAudit):
        return _audited(row)
    return [row.remark] if isinstance(row, ArchiveAudit) and row.remark else []


def _audited(row: EconomicAudit) -> list[str]:
    """An audit of economic responsibility: report, sections, what came of it."""
    said = [row.number, row.conclusion]
    if row.appointing:
        said.append(_("appointments: %(said)s") % {"said": row.appointing})
    if row.staffing:
        said.append(_("establishment: %(said)s") % {"said": row.staffing})
    if row.amount is not None:
        said.append(_("%(amount)s yuan") % {"amount": f"{row.amount:,}"})
    if row.outcome:
        said.append(row.get_outcome_display())
    if row.notified_on:
        said.append(_("notice of %(day)s") % {"day": clock.worded(row.notified_on)})
    return said


def add_url(kind: FileKind, found: Person, held: set[Role]) -> str:
    """Where an entry of the kind is added, for whom it may be."""
    return act_url(Act.ADD_FILE_ENTRY, found, kind_of_entry=kind) if held & ROLES[Act.ADD_FILE_ENTRY] else ""


def relatives_of(found: Person, held: set[Role]) -> list[dict[str, Any]]:
    """Relatives in the person's own file, and those in whose file the person stands as one."""
    rows = Kinship.objects.of([found.pk]).select_related("person__organisation", "relative__organisation")
    return [
        {
            "kinship": row,
            "own": row.person_id == found.pk,
            "other": row.relative if row.person_id == found.pk else row.person,
            **(correction(Act.CORRECT_KINSHIP, found, held, kinship=row.pk) if row.person_id == found.pk else {}),
        }
        for row in rows.order_by(F("until_on").desc(nulls_first=True), "pk")
    ]


def correction(name: Act, found: Person, held: set[Role], **which: object) -> dict[str, str]:
    """Where one row of the person is corrected, for whom it may be."""
    return {"correct_url": act_url(name, found, **which) if held & ROLES[name] else ""}


def shares(appraisal: Appraisal) -> dict[str, Any]:
    """An appraisal with the numbers that its shares are made of."""
    votes = appraisal.votes
    return {
        "appraisal": appraisal,
        "votes": votes,
        "good": (appraisal.votes_excellent or 0) + (appraisal.votes_competent or 0),
    }


urlpatterns = [
    path("people/", people, name="people"),
    path("people/<int:pk>/", person, name="person"),
]
