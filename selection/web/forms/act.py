"""The form of an act (办理表单).

A form gives the keyword arguments of its act and nothing else: what may be done is said by the requirements of the act.
An act that needs nothing filled in needs no form of its own.
"""

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from selection import acts, clock
from selection.documents import filing
from selection.enums import Act, Evidence
from selection.models import Account, Candidacy
from selection.register.models import Person
from selection.standing import needs_paper
from selection.web.tags import zh

FORMS: dict[Act, type["ActForm"]] = {}


def not_met(requirement: acts.Requirement) -> str:
    """What to say beside the field: a requirement is worded as it should be, so alone it would sound fulfilled."""
    return _("Not met: %(requirement)s") % {"requirement": requirement.says}


class ActForm(forms.Form):
    """Base of every form of an act.

    ``act`` names the act.  A field's name is the keyword argument that it gives.  ``prepare`` fills in choices from the
    case; ``given`` may be extended where an argument is made of several fields.  ``table`` is the template of a form
    whose fields stand in one.
    """

    act: ClassVar[Act]
    consequence: ClassVar[str | Promise] = ""
    danger: ClassVar[bool] = False
    submit: ClassVar[str | Promise] = ""
    table: ClassVar[str] = ""

    token = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "act" in cls.__dict__:
            FORMS[cls.act] = cls

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        subject: Any,
        case: Any,
        actor: Account,
        at: datetime,
        initial: dict[str, Any] | None = None,
    ) -> None:
        self.subject, self.case, self.actor, self.at = subject, case, actor, at
        super().__init__(data, files, initial={"token": uuid.uuid4().hex, **self.first_values(), **(initial or {})})
        self.order_fields([name for name in self.fields if name != "token"])
        for field in self.fields.values():
            if isinstance(field, PaperField):
                field.required = field.always or needs_paper(case, field.paper)
        self.prepare()

    def first_values(self) -> dict[str, Any]:
        """What stands in the form when it is first shown."""
        return {}

    def prepare(self) -> None:
        """Fill in choices from ``self.case``."""

    def given(self) -> dict[str, Any]:
        """The keyword arguments of the act."""
        return {name: value for name, value in self.cleaned_data.items() if name != "token"}

    def next_url(self, result: Any) -> str:
        """Where to go on after the act; empty for the page of the subject."""
        return ""

    def performed(self, request: HttpRequest) -> None:
        """What follows for the session in which the act was performed."""

    def blame(self, requirements: Iterable[acts.Requirement]) -> None:
        """Put what was refused beside the field that it is about."""
        for requirement in requirements:
            if requirement.field in self.fields and not requirement.met:
                self.add_error(requirement.field, not_met(requirement))

    @property
    def today(self) -> Any:
        return clock.day_of(self.at)


class UploadInput(forms.FileInput):
    """The control of a file; what was kept already stays with the form, signed, when the form is shown again."""

    kept: acts.Upload | None = None

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name) or data.get(f"{name}-kept") or None

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and f"{name}-kept" not in data

    def use_required_attribute(self, initial: Any) -> bool:
        return super().use_required_attribute(initial) and self.kept is None

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        html = super().render(name, value, attrs, renderer)
        if self.kept is None:
            return html
        says = _("Kept already: {name} ({size}).  Choose another file only to replace it.")
        said = format_html(str(says), name=zh(self.kept.name), size=filesizeformat(self.kept.size))
        return format_html(
            '<p class="field-help" id="{0}-kept">{1}</p><input type="hidden" name="{0}-kept" value="{2}">{3}',
            name,
            said,
            signing.dumps(asdict(self.kept), salt=_SALT),
            html,
        )


_SALT = "selection.upload"


class UploadField(forms.FileField):
    """A file that is filed under its hash as soon as it is sent, so that a refused form loses nothing."""

    widget = UploadInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."))
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ",".join(filing.ENDINGS)}

    def clean(self, data: Any, initial: Any = None) -> acts.Upload | None:
        kept = self._kept_before(data) if isinstance(data, str) else self._kept_now(super().clean(data, initial))
        self.widget.kept = kept  # Django copies field and widget for every form
        return kept

    @staticmethod
    def _kept_now(sent: Any) -> acts.Upload | None:
        return filing.keep(sent.read(), sent.name or "") if isinstance(sent, UploadedFile) else None

    @staticmethod
    def _kept_before(signed: str) -> acts.Upload:
        """What this site kept when the form was sent before."""
        try:
            return acts.Upload(**signing.loads(signed, salt=_SALT))
        except signing.BadSignature as error:
            raise forms.ValidationError(_("Choose the file once more.")) from error


class PaperField(UploadField):
    """The paper on which an act rests; it is asked for where the rules of the selection say so, or always."""

    def __init__(self, paper: Evidence, *, always: bool = False, **kwargs: Any) -> None:
        self.paper, self.always = paper, always
        super().__init__(label=paper.label, required=always, **kwargs)


class EnumField(forms.TypedChoiceField):
    """One member of an enumeration; ``among`` leaves only some of them."""

    def __init__(self, enumeration: Any, *, among: Iterable[Any] | None = None, **kwargs: Any) -> None:
        members = list(enumeration) if among is None else list(among)
        kwargs.setdefault("choices", [(member.value, member.label) for member in members])
        kwargs.setdefault("widget", forms.RadioSelect if len(members) <= 5 else forms.Select)
        super().__init__(coerce=enumeration, empty_value=None, **kwargs)


class EnumsField(forms.TypedMultipleChoiceField):
    """Several members of an enumeration, as boxes to tick."""

    def __init__(self, enumeration: Any, *, among: Iterable[Any] | None = None, **kwargs: Any) -> None:
        members = list(enumeration) if among is None else list(among)
        super().__init__(
            choices=[(member.value, member.label) for member in members],
            coerce=enumeration,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class RowField(forms.TypedChoiceField):
    """One row of the case (a candidate, a seat, an account); the choices come from ``offer``."""

    def __init__(self, **kwargs: Any) -> None:
        self.rows: dict[str, Any] = {}
        super().__init__(empty_value=None, **kwargs)

    def offer(self, rows: Iterable[Any], label: Any = str) -> None:
        """Offer these rows."""
        self.rows = {str(row.pk): row for row in rows}
        self.coerce = self.rows.__getitem__  # here, for Django copies the field for every form
        self.choices = [("", "—"), *((key, label(row)) for key, row in self.rows.items())]


class RowsField(forms.TypedMultipleChoiceField):
    """Several rows of the case, as boxes to tick."""

    def __init__(self, **kwargs: Any) -> None:
        self.rows: dict[str, Any] = {}
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(empty_value=[], **kwargs)

    def offer(self, rows: Iterable[Any], label: Any = str) -> None:
        """Offer these rows."""
        self.rows = {str(row.pk): row for row in rows}
        self.coerce = self.rows.__getitem__  # here, for Django copies the field for every form
        self.choices = [(key, label(row)) for key, row in self.rows.items()]


class TextField(forms.CharField):
    """Free text of several lines."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": rows}), max_length=kwargs.pop("max_length", 5000), **kwargs
        )


class DayField(forms.DateField):
    """A day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": _("Give a day such as 2026-11-21.")})
        super().__init__(**kwargs)


class PersonField(forms.CharField):
    """A person of the register, found by name; namesakes are told apart by their unit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Type the name.  For namesakes add the unit after a space."))
        super().__init__(max_length=160, **kwargs)

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        if not text:
            return None
        name, _space, unit = text.strip().partition(" ")
        found = list(Person.objects.select_related("organisation").filter(name=name))
        if unit:
            found = [
                person for person in found if unit.strip() in (person.organisation.short_name, person.organisation.name)
            ]
        if not found:
            raise forms.ValidationError(
                _("The register has nobody of this name.  Check it, or enter the person first.")
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several people have this name.  Add the unit after a space: %(units)s"),
                params={"units": "、".join(person.organisation.short_name for person in found)},
            )
        return found[0]


def candidate_label(candidacy: Candidacy) -> str:
    """How a candidate stands in a list to choose from."""
    return f"{candidacy.person.name}（{candidacy.person.organisation}）"
