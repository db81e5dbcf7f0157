"""Forms of the register (名册表单): units, approved numbers, posts, people, tenures, annual appraisals, relatives.

Labels and checks of a field are those of its column.  A form to correct starts with what stands in the register, gives
what differs, and asks for the reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import Q
from django.forms.models import fields_for_model
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from selection.enums import (
    Act,
    AppraisalResult,
    AuditOutcome,
    AuditResult,
    EconomicAuditKind,
    EducationKind,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    FileKind,
    Grade,
    KeyPost,
    Kin,
    PersonnelStatus,
    PostClass,
    SanctionKind,
    Sex,
    UnitKind,
)
from selection.register import keeping
from selection.register.models import (
    ENTRIES,
    Appraisal,
    ArchiveAudit,
    EconomicAudit,
    Education,
    Entry,
    Establishment,
    Kinship,
    Organisation,
    Person,
    Post,
    Quota,
    Sanction,
    Tenure,
)
from selection.register.models.person import first_of_month
from selection.web.forms.act import ActForm, DayField, EnumField, PersonField, RowField, TextField

_ENUMERATIONS: dict[str, Any] = {
    "kind": UnitKind,
    "grade": Grade,
    "post_class": PostClass,
    "sex": Sex,
    "result": AppraisalResult,
}
_ENUMERATIONS_OF: dict[tuple[type[models.Model], str], Any] = {
    (Kinship, "kind"): Kin,
    (Education, "level"): EducationLevel,
    (Education, "mode"): EducationMode,
    (Education, "kind"): EducationKind,
    (Sanction, "kind"): SanctionKind,
    (ArchiveAudit, "result"): AuditResult,
    (EconomicAudit, "kind"): EconomicAuditKind,
}
_HELP = {
    "short_name": _("As it stands before a post: the short name and the title together are the full title."),
    "seats": _("How many people may hold the post at once."),
    "notified_on": _("When the audit organ sent its notice; empty where none came."),
    "appointing": _("Needed for a joint review of three responsibilities."),
    "staffing": _("Needed for a joint review of three responsibilities."),
    "is_special": _("Rules that ask for years at the grass roots do not ask for them before a special post."),
    "superior": _("For posts whose appointments go to a superior for approval by the authority over cadres."),
    "co_manager": _("For posts under dual management; its opinion is asked on everybody inspected for the post."),
    "duties": _("What the holder answers for; shown to the inspection team and where candidates are compared."),
    "conditions": _("One on each line, such as: eight years in teaching. Asked when the qualification is reviewed."),
    "until_on": _("Empty as long as the post is held; this day itself no longer counts."),
    "from_on": _("The day from which the post is held."),
    "closed_on": _("Only a unit without posts, people and units below it can be closed."),
    "abolished_on": _("Only a post that nobody holds can be abolished."),
    "gone_on": _("Only after every tenure has ended, for instance on retirement."),
    "is_grassroots": _("Rules that ask for years at the grass roots count such posts; leave it open where not known."),
    "is_seconded": _("The person works there for a time and stays on the staff of another unit."),
    "votes_excellent": _("Votes of the democratic assessment: all four numbers, or none where nobody voted."),
}


class MonthInput(forms.TextInput):
    """A month, with the browser's own picker where it has one."""

    input_type = "month"

    def format_value(self, value: Any) -> str | None:
        return f"{value:%Y-%m}" if isinstance(value, date) else super().format_value(value)


class MonthField(forms.DateField):
    """A month, kept as its first day."""

    widget = MonthInput
    default_error_messages = {"invalid": _("Give a month such as 1985-06.")}
    input_formats = ("%Y-%m", "%Y.%m", "%Y/%m", "%Y年%m月")


class SuggestingInput(forms.TextInput):
    """A text with suggestions of the browser's own kind, which need no script."""

    suggestions: Sequence[str] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        offered = f"{(attrs or {}).get('id', name)}_offered"
        options = format_html_join("", '<option value="{}"></option>', ((text,) for text in self.suggestions))
        drawn = super().render(name, value, {**(attrs or {}), "list": offered, "autocomplete": "off"}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', drawn, offered, options)


class PostField(forms.CharField):
    """A post of the register, found by its full title; those of the same title by the code of the unit."""

    def __init__(self, **kwargs: Any) -> None:
        self.posts: dict[int, Post] = {}
        kwargs.setdefault(
            "help_text", _("Short name of the unit and title in one; titles are suggested while you type.")
        )
        super().__init__(max_length=120, widget=SuggestingInput, **kwargs)

    def offer(self, posts: Iterable[Post]) -> None:
        """Know these posts and suggest their titles."""
        self.posts = {post.pk: post for post in posts}
        self.widget.suggestions = [post.full_title for post in self.posts.values()]

    def prepare_value(self, value: Any) -> Any:
        post = self.posts.get(int(value)) if str(value).isdecimal() else None
        return post.full_title if post else value

    def clean(self, value: Any) -> Post | None:
        text = _close(super().clean(value) or "")
        if not text:
            return None
        posts = self.posts.values()
        found = [post for post in posts if text in map(_close, (post.full_title, post.organisation.code + post.title))]
        if not found:
            raise forms.ValidationError(_("The register has no such post.  Check the title, or add the post first."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several posts have this title.  Put the code of the unit before it: %(codes)s"),
                params={"codes": "、".join(f"{post.organisation.code} {post.title}" for post in found)},
            )
        return found[0]


class EmptyEnumField(EnumField):
    """One member of an enumeration, or none: an empty text, as the column keeps it."""

    def __init__(self, enumeration: Any, **kwargs: Any) -> None:
        super().__init__(enumeration, widget=forms.Select, choices=[("", "—"), *enumeration.choices], **kwargs)
        self.empty_value = ""


class RelativeField(PersonField):
    """A relative who is in the register; empty for everybody else."""

    def prepare_value(self, value: Any) -> Any:
        if not str(value).isdecimal():
            return value
        found = Person.objects.select_related("organisation").get(pk=value)
        return f"{found.name} {found.organisation.short_name}"


def _close(text: str) -> str:
    """A text without blanks."""
    return "".join(text.split())


def field_of(column: Any, **kwargs: Any) -> forms.Field:
    """The form field of a column."""
    given: dict[str, Any] = {
        "label": column.verbose_name,
        "required": not column.blank and not isinstance(column, models.BooleanField),
        "help_text": _HELP.get(column.name, ""),
    }
    if enumeration := _ENUMERATIONS_OF.get((column.model, column.name)):
        return EnumField(enumeration, **given)
    if column.name == "key_kind":
        return EmptyEnumField(KeyPost, **given)
    if column.name == "establishment":
        return EmptyEnumField(EstablishmentKind, **given)
    if column.name == "outcome":
        return EmptyEnumField(AuditOutcome, **given)
    if column.name == "status":
        return EmptyEnumField(PersonnelStatus, **given)
    if column.name in _ENUMERATIONS:
        return EnumField(_ENUMERATIONS[column.name], **given)
    if isinstance(column, models.DateField):
        return MonthField(**given) if first_of_month in column.validators else DayField(**given)
    if column.name == "post":
        del given["help_text"]
        return PostField(**given)
    if column.name == "relative":
        return RelativeField(label=given["label"], required=False)
    if isinstance(column, models.ForeignKey):
        return RowField(**given)
    return column.formfield(**{**kwargs, "help_text": given["help_text"]})


class RowForm(ActForm):
    """The columns of one row; what is wrong with the row is said before the act is tried."""

    columns: ClassVar[tuple[str, ...]]

    def row(self) -> models.Model:
        """The row as it stands before: a new one, or the one to be corrected."""
        raise NotImplementedError

    def first_values(self) -> dict[str, Any]:
        row = self.row()
        return {name: row.serializable_value(name) for name in self.columns}

    def prepare(self) -> None:
        made = fields_for_model(type(self.row()), fields=self.columns, formfield_callback=field_of)
        self.fields = {**made, **self.fields}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        row = copy(self.row())
        for name in self.columns:
            setattr(row, name, given[name])
        try:
            row.clean_fields(exclude={column.name for column in row._meta.fields} - {*self.columns})
            row.clean()
            row.validate_unique()
            row.validate_constraints()
        except forms.ValidationError as error:
            self.add_error(None, error)
        return given

    def values(self) -> dict[str, Any]:
        """The values of the row as the act takes them."""
        return {name: self.cleaned_data[name] for name in self.columns}

    def given(self) -> dict[str, Any]:
        return {"values": self.values()}


class CorrectionForm(RowForm):
    """A form to correct a row: only what differs is given, with the reason."""

    reason = TextField(label=_("Reason for the correction"), rows=2)
    consequence = _("The record keeps the old values, the new ones and the reason.")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and not self.values():
            raise forms.ValidationError(_("Nothing has been changed."), code="unchanged")
        return given

    def values(self) -> dict[str, Any]:
        row = self.row()
        return {name: value for name, value in super().values().items() if value != getattr(row, name)}

    def given(self) -> dict[str, Any]:
        return {**super().given(), "reason": self.cleaned_data["reason"]}


# --- units -------------------------------------------------------------------------------------------------------


def unit_label(unit: Organisation) -> str:
    """How a unit stands in a list to choose from."""
    return f"{unit.code} {unit.short_name}"


def open_units(on: date, also: int | None = None) -> models.QuerySet[Organisation]:
    """Units that exist on that day, and the one that stands in the row already."""
    return Organisation.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on) | Q(pk=also)).order_by("code")


class AddOrganisationForm(RowForm):
    act = Act.ADD_ORGANISATION
    columns = keeping.ORGANISATION_FIELDS

    def row(self) -> Organisation:
        return Organisation(parent=self.subject)

    def next_url(self, result: Organisation) -> str:
        return reverse("unit", args=[result.pk])


class CorrectOrganisationForm(CorrectionForm):
    act = Act.CORRECT_ORGANISATION
    columns = (*keeping.ORGANISATION_FIELDS, "parent", "closed_on")

    def row(self) -> Organisation:
        return self.subject

    def prepare(self) -> None:
        super().prepare()
        above: Any = self.fields["parent"]
        above.required = self.subject.parent_id is not None
        above.offer(open_units(self.today, self.subject.parent_id).exclude(pk=self.subject.pk), unit_label)


class SetQuotaForm(ActForm):
    act = Act.SET_QUOTA
    consequence = _("A number that is already there is replaced; the record keeps the old one.")

    grade = EnumField(Grade, label=_("Grade"))
    approved = forms.IntegerField(label=Quota._meta.get_field("approved").verbose_name, min_value=0, max_value=999)
    basis = forms.CharField(label=_("Number of the approving document"), max_length=60, required=False)


class SetEstablishmentForm(ActForm):
    act = Act.SET_ESTABLISHMENT
    consequence = _("The number holds from that day until the next one; earlier ones stay in the ledger.")

    kind = EnumField(EstablishmentKind, label=Establishment._meta.get_field("kind").verbose_name)
    approved = forms.IntegerField(label=_("Approved number of people"), min_value=0, max_value=9999)
    from_on = DayField(label=_("Holds from"))
    basis = forms.CharField(label=_("Number of the approving document"), max_length=60, required=False)

    def first_values(self) -> dict[str, Any]:
        return {"from_on": self.today}


# --- posts -------------------------------------------------------------------------------------------------------


class AddPostForm(RowForm):
    act = Act.ADD_POST
    columns = keeping.POST_FIELDS

    def row(self) -> Post:
        return Post(organisation=self.subject)


class CorrectPostForm(CorrectionForm):
    act = Act.CORRECT_POST
    columns = (*keeping.POST_FIELDS, "abolished_on")

    def row(self) -> Post:
        return self.subject


# --- people ------------------------------------------------------------------------------------------------------


class AddPersonForm(RowForm):
    act = Act.ADD_PERSON
    columns = keeping.PERSON_FIELDS
    consequence = _("Posts and annual appraisals are added on the page of the person afterwards.")

    def row(self) -> Person:
        return Person(organisation=self.subject)

    def next_url(self, result: Person) -> str:
        return reverse("person", args=[result.pk])


class CorrectPersonForm(CorrectionForm):
    act = Act.CORRECT_PERSON
    columns = (*keeping.PERSON_FIELDS, "organisation", "gone_on")

    def row(self) -> Person:
        return self.subject

    def prepare(self) -> None:
        super().prepare()
        unit: Any = self.fields["organisation"]
        unit.offer(open_units(self.today, self.subject.organisation_id), unit_label)


# --- tenures and appraisals --------------------------------------------------------------------------------------


def offer_posts(form: ActForm) -> None:
    """Every post, also those abolished, for somebody may have held one of them."""
    post: Any = form.fields["post"]
    post.offer(Post.objects.select_related("organisation"))


class AddTenureForm(RowForm):
    act = Act.ADD_TENURE
    columns = keeping.TENURE_FIELDS

    def row(self) -> Tenure:
        return Tenure(person=self.subject)

    def prepare(self) -> None:
        super().prepare()
        offer_posts(self)


class AddAppraisalForm(RowForm):
    act = Act.ADD_APPRAISAL
    columns = keeping.APPRAISAL_FIELDS

    def row(self) -> Appraisal:
        return Appraisal(person=self.subject)

    def first_values(self) -> dict[str, Any]:
        return {**super().first_values(), "year": self.today.year - 1}


class AddKinshipForm(RowForm):
    act = Act.ADD_KINSHIP
    columns = keeping.KINSHIP_FIELDS
    consequence = _("The relation holds for both; where one is a candidate, the other is asked to be recused.")

    def row(self) -> Kinship:
        return Kinship(person=self.subject)

    def prepare(self) -> None:
        super().prepare()
        word_kinship(self)


def word_kinship(form: ActForm) -> None:
    """Say how the fields of a relation are meant."""
    form.fields["called"].help_text = _("As in the form of appointment and removal: wife, father-in-law.")
    form.fields["relative_name"].help_text = _("Only for a relative who is not in the register.")
    form.fields["until_on"].help_text = _("Empty as long as the relation stands; a day, for instance, of a divorce.")


class OfOneKind(RowForm):
    """A form of entries of every kind, which the address names: an education where it does not."""

    @property
    def kind(self) -> FileKind:
        asked: Mapping[str, Any] = self.data if self.is_bound else self.initial
        try:
            return FileKind(asked.get("kind_of_entry", FileKind.EDUCATION))
        except ValueError:
            raise Http404 from None

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return keeping.FILE_FIELDS[self.kind]

    def prepare(self) -> None:
        super().prepare()
        says = _("Otherwise the rules say how long it counts.") if self.kind == FileKind.SANCTION else ""
        for name in ("from_on", "until_on"):
            if name in self.fields:
                self.fields[name].help_text = says
        self.fields["kind_of_entry"] = forms.CharField(widget=forms.HiddenInput)
        self.initial["kind_of_entry"] = self.kind

    def given(self) -> dict[str, Any]:
        return {**super().given(), "kind": self.kind}


class AddFileEntryForm(OfOneKind):
    act = Act.ADD_FILE_ENTRY

    def first_values(self) -> dict[str, Any]:
        return {}  # of which kind is not known yet

    def row(self) -> Entry:
        return ENTRIES[self.kind](person=self.subject)

    def prepare(self) -> None:
        super().prepare()
        self.consequence = _("Added to the file: %(kind)s.") % {"kind": self.kind.label}  # type: ignore[misc]


class CorrectionOfPart(CorrectionForm):
    """A correction of one of several rows of a person; the address names it, the latest one where it does not."""

    part: ClassVar[str]

    def rows(self) -> Sequence[Any]:
        """The rows of the person, the latest one first."""
        raise NotImplementedError

    def row(self) -> Any:
        asked: Mapping[str, Any] = self.data if self.is_bound else self.initial
        wanted = asked.get(self.part)
        for row in self.rows():
            if wanted is None or str(wanted) == str(row.pk):
                return row
        raise Http404

    def first_values(self) -> dict[str, Any]:
        return {}

    def prepare(self) -> None:
        super().prepare()
        row = self.row()
        for name, value in super().first_values().items():
            self.initial.setdefault(name, value)
        which = RowField(widget=forms.HiddenInput)
        which.offer([row])
        self.fields[self.part] = which
        self.initial[self.part] = row.pk
        what = {"what": row, "kept": self.consequence}
        self.consequence = _("You are correcting: %(what)s. %(kept)s") % what  # type: ignore[misc, assignment]

    def given(self) -> dict[str, Any]:
        return {**super().given(), self.part: self.cleaned_data[self.part]}


class CorrectTenureForm(CorrectionOfPart):
    act = Act.CORRECT_TENURE
    columns = keeping.TENURE_FIELDS
    part = "tenure"

    def rows(self) -> Sequence[Tenure]:
        return self.case.tenures[::-1]

    def prepare(self) -> None:
        super().prepare()
        offer_posts(self)


class CorrectAppraisalForm(CorrectionOfPart):
    act = Act.CORRECT_APPRAISAL
    columns = keeping.APPRAISAL_FIELDS
    part = "appraisal"

    def rows(self) -> Sequence[Appraisal]:
        return self.case.appraisals


class CorrectKinshipForm(CorrectionOfPart):
    act = Act.CORRECT_KINSHIP
    columns = keeping.KINSHIP_FIELDS
    part = "kinship"

    def rows(self) -> Sequence[Kinship]:
        return list(self.subject.kinships.select_related("relative"))

    def prepare(self) -> None:
        super().prepare()
        word_kinship(self)


class CorrectFileEntryForm(CorrectionOfPart, OfOneKind):
    act = Act.CORRECT_FILE_ENTRY
    part = "entry"

    def rows(self) -> Sequence[Entry]:
        return list(ENTRIES[self.kind]._default_manager.filter(person=self.subject))
