"""People (干部).  Neither an identity number nor a telephone number is kept here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.enums import EstablishmentKind, Grade, PersonnelStatus, Sex
from selection.register import strokes
from selection.register.models.mandates import every_mandate
from selection.register.models.organisation import Organisation

if TYPE_CHECKING:
    from selection.register.models.appraisal import Appraisal
    from selection.register.models.file import ArchiveAudit, EconomicAudit, Education, Sanction, Training
    from selection.register.models.tenure import Tenure


def first_of_month(day: date) -> None:
    """A month is kept as its first day."""
    if day.day != 1:
        raise ValidationError(_("Give the first day of the month."), code="not_first_of_month")


def every_character_is_standard(name: str) -> None:
    """Old input methods put rare characters at private places, where no font and no other computer finds them."""
    if odd := [character for character in name if unicodedata.category(character) in ("Co", "Cn", "Cc", "Cf")]:
        raise ValidationError(
            _("The character %(character)s is not a standard one; enter the standard character instead."),
            code="private_character",
            params={"character": f"U+{ord(odd[0]):04X}"},
        )


@dataclass(frozen=True)
class PersonCase:
    """What requirements see of a person: all tenures, and the rest of the file with the latest first."""

    person: Person
    tenures: tuple[Tenure, ...]
    appraisals: tuple[Appraisal, ...]
    educations: tuple[Education, ...] = ()
    trainings: tuple[Training, ...] = ()
    sanctions: tuple[Sanction, ...] = ()
    archiveaudits: tuple[ArchiveAudit, ...] = ()
    economicaudits: tuple[EconomicAudit, ...] = ()


#: What a file holds beside the tenures: rows of a person, by their name and in their order.
_IN_FILES = ("appraisals", "educations", "trainings", "sanctions", "archiveaudits", "economicaudits")


def _as_json(person: type[models.Model], name: str) -> ArraySubquery:
    """Rows of each person as JSON, in the order of their model."""
    model: Any = person._meta.get_field(name).related_model
    columns = {field.attname: field.attname for field in model._meta.concrete_fields}
    rows = model._default_manager.filter(person=OuterRef("pk"))
    return ArraySubquery(rows.order_by(*model._meta.ordering).values_list(JSONObject(**columns)))


def _from_json(person: Person, name: str) -> tuple[Any, ...]:
    """Those rows of a person read with them."""
    model: Any = person._meta.get_field(name).related_model
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    return tuple(
        model.from_db("default", names, [field.to_python(row[field.attname]) for field in fields])
        for row in getattr(person, f"kept_{name}")
    )


def titles(held: Iterable[Tenure]) -> str:
    """Posts in one line."""
    return "、".join(tenure.post.full_title for tenure in held)


class PersonQuerySet(models.QuerySet["Person"]):
    def in_service(self, on: date) -> PersonQuerySet:
        """People who have not left on that day."""
        return self.filter(Q(gone_on__isnull=True) | Q(gone_on__gt=on))

    def in_stroke_order(self) -> PersonQuerySet:
        """In the order in which lists of names are printed (按姓氏笔画为序)."""
        return self.order_by("stroke_key", "pk")

    def with_files(self) -> PersonQuerySet:
        """With all that ``file`` puts together, in two queries however many kinds of rows a file has."""
        from selection.register.models.tenure import Tenure

        held = Tenure.objects.select_related("post__organisation").order_by("post__organisation__code", "pk")
        kept = {f"kept_{name}": _as_json(self.model, name) for name in _IN_FILES}
        return self.prefetch_related(Prefetch("tenures", held)).annotate(**kept)

    def with_posts(self, on: date) -> PersonQuerySet:
        """With the posts held on that day, so that ``title`` costs no query per person."""
        from selection.register.models.tenure import Tenure

        held = Tenure.objects.held(on).select_related("post__organisation").order_by("post__organisation__code", "pk")
        return self.select_related("organisation").prefetch_related(Prefetch("tenures", held, to_attr="held_tenures"))


class Person(acts.Subject, models.Model):
    """A person in the service of a unit."""

    organisation_id: int
    name = models.CharField(_("Name"), max_length=50, db_index=True, validators=[every_character_is_standard])
    sex = models.CharField(_("Sex"), max_length=10, choices=Sex.choices)
    ethnicity = models.CharField(_("Ethnicity"), max_length=20)
    native_place = models.CharField(_("Native place"), max_length=40)
    born_on = models.DateField(_("Month of birth"), validators=[first_of_month])
    party = models.CharField(_("Political affiliation"), max_length=40)
    joined_party_on = models.DateField(_("Joined the party in"), null=True, blank=True, validators=[first_of_month])
    education = models.CharField(_("Education"), max_length=40)
    degree = models.CharField(_("Degree"), max_length=40, blank=True)
    joined_work_on = models.DateField(_("Began work in"), validators=[first_of_month])
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("Unit"), related_name="people")
    status = models.CharField(_("Personnel status"), max_length=20, choices=PersonnelStatus.choices, blank=True)
    establishment = models.CharField(_("Establishment"), max_length=20, choices=EstablishmentKind.choices, blank=True)
    grade = models.CharField(_("Grade"), max_length=20, choices=Grade.choices)
    grade_since = models.DateField(_("In this grade since"), validators=[first_of_month])
    gone_on = models.DateField(_("Left on"), null=True, blank=True)
    stroke_key = models.CharField(max_length=520, db_collation="C", editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["stroke_key", "pk"]
        indexes = [
            models.Index(fields=["stroke_key", "id"], name="people_in_stroke_order"),
            models.Index(fields=["gone_on"], name="people_by_leaving"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(born_on__lt=F("joined_work_on")) & Q(joined_work_on__lte=F("grade_since")),
                name="born_then_at_work_then_in_the_grade",
                violation_error_message=_(
                    "The months of birth, of beginning work and of the grade must follow in order."
                ),
            ),
            models.CheckConstraint(
                condition=Q(joined_party_on__isnull=True) | Q(joined_party_on__gt=F("born_on")),
                name="born_before_joining_the_party",
                violation_error_message=_("Nobody joins a party before being born."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.stroke_key = strokes.key(self.name)
        super().save(*args, **kwargs)

    @property
    def title(self) -> str:
        """The posts held, in one line; of a person read by ``with_posts``."""
        return titles(self.held_tenures)  # type: ignore[attr-defined]

    def is_in_service(self, on: date) -> bool:
        """Whether the person has not left on that day."""
        return self.gone_on is None or on < self.gone_on

    def streams(self) -> tuple[str, ...]:
        return (f"person:{self.pk}",)

    def mandates(self) -> Iterable[int]:
        return every_mandate()

    def file(self) -> PersonCase:
        """All that requirements see, of a person read ``with_files``."""
        rows = {name: _from_json(self, name) for name in _IN_FILES}
        return PersonCase(person=self, tenures=tuple(self.tenures.all()), **rows)

    def case(self) -> PersonCase:
        return PersonCase(
            person=self,
            tenures=tuple(self.tenures.select_related("post__organisation")),
            appraisals=tuple(self.appraisals.all()),
        )
