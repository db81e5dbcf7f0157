"""What an appointment did to the posts of a person, undone (免去试任职务后的安排)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Conflict, Requirement
from selection.enums import Act, AppointmentState, Matter
from selection.models import Appointment, ImportantMatter, Selection
from selection.models.case import Case, is_free
from selection.register.models import Person, Post, Tenure


@dataclass(frozen=True)
class Undone:
    """What was restored, for the entry in the record."""

    posts: tuple[Tenure, ...]
    grade: bool
    matter: ImportantMatter


def posts_are_free(case: Case, restored: Sequence[Tenure] | None) -> Requirement:
    """The posts to which the person returns were left for the trial post, and are free."""
    free = {row.tenure.pk for row in case.former if row.is_free}
    return Requirement(
        _("The posts to which the person returns were left for this one and are free"),
        met=all(row.pk in free for row in restored or []),
        observed=[row.post.full_title for row in restored or [] if row.pk not in free] or None,
        field="restored",
    )


def undo(appointment: Appointment, restored: Sequence[Tenure], reason: str, *, act: Act, at: datetime) -> Undone:
    """End the trial post, and give back the posts chosen and the grade from before, in the transaction of the act.

    Raises:
        Conflict: somebody took one of the posts meanwhile.
    """
    on = clock.day_of(at)
    tenure = appointment.tenure
    assert tenure is not None
    tenure.until_on, tenure.on_probation = max(on, tenure.from_on), False
    tenure.save()
    posts = [row.post_id for row in restored]
    for post in Post.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk__in=posts):
        if not is_free(post, on):
            raise Conflict(act.value)
    given = tuple(
        Tenure.objects.create(
            person_id=row.person_id, post_id=row.post_id, from_on=on, basis=appointment.document_number
        )
        for row in restored
    )
    grade = _grade_back(appointment)
    with translation.override(settings.LANGUAGE_CODE):  # an important matter is told in official Chinese
        back = "、".join(row.post.full_title for row in restored)
        result = f"已恢复原任职务：{back}。" if back else "原任职务未恢复，需另行安排职务并在名册中登记。"
        matter = ImportantMatter.objects.create(
            selection=appointment.selection,
            candidacy_id=appointment.candidacy_id,
            kind=Matter.OTHER,
            noted_at=at,
            cause=f"{act.label}：{reason}",
            result=result,
        )
    return Undone(given, grade, matter)


def _grade_back(appointment: Appointment) -> bool:
    """The grade as it was before the appointment, where the register has another one now."""
    person = Person.objects.select_for_update(of=("self",)).get(pk=appointment.person_id)
    grade, since = appointment.former_grade, appointment.former_grade_since
    if since is None or (grade, since) == (person.grade, person.grade_since):
        return False
    person.grade, person.grade_since = grade, since
    person.save()
    return True


def seats_settled(selection: Selection) -> int:
    """Seats whose holder was confirmed, or left the trial post: nothing more is to be done for them here."""
    over = selection.appointments.filter(state__in=[AppointmentState.CONFIRMED, AppointmentState.RELIEVED]).count()
    return over + selection.appointments.filter(state=AppointmentState.CANCELLED, tenure__isnull=False).count()
