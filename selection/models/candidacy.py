"""Candidates of a selection and what becomes of them (人选、提名、任职)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django_fsm import RETURN_VALUE, FSMField, transition

from selection import clock
from selection.enums import (
    AppointmentState,
    CandidacyState,
    EarlyEnd,
    ExceptionGround,
    Grade,
    NominationRoute,
    NominationSource,
    Origin,
    RecommendationOutcome,
    Stage,
)
from selection.models.account import Account
from selection.models.machine import Machine
from selection.models.selection import GradeSought, OfSelection, Selection
from selection.register.models import Organisation, Person, Post, Tenure

_LIVE = [
    CandidacyState.NOMINATED,
    CandidacyState.INSPECTED,
    CandidacyState.PROPOSED,
    CandidacyState.PASSED,
    CandidacyState.NOT_PASSED,
]


class Candidacy(OfSelection, Machine):
    """One person's part in one selection.

    ``post`` is the one that was assigned after a competition for a grade, with the day of that decision and why.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="candidacies")
    person = models.ForeignKey(Person, models.PROTECT, related_name="candidacies")
    state = FSMField(max_length=20, choices=CandidacyState.choices, default=CandidacyState.NOMINATED, protected=True)
    source = models.CharField(max_length=20, choices=NominationSource.choices)
    reason = models.TextField()
    nominated_at = models.DateTimeField()
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+")
    assigned_on = models.DateField(null=True, blank=True)
    assignment_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_stage = models.CharField(max_length=20, choices=Stage.choices, blank=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["selection", "person"], name="one_candidacy_per_person_and_selection")
        ]

    def __str__(self) -> str:
        return str(self.person)

    @property
    def is_live(self) -> bool:
        return self.state in _LIVE

    @property
    def proposed_post(self) -> Post | GradeSought:
        """The post that the person is to have; before it is assigned, the grade that is competed for."""
        return self.post or self.selection.sought

    def get_state_display(self) -> str:  # type: ignore[no-redef]  # Django leaves it where a class has its own
        """The state in words; whom a removal concerns is proposed for no post."""
        if self.state == CandidacyState.PROPOSED and self.selection.is_removal:
            return _("Proposed for removal")
        return str(CandidacyState(self.state).label)

    @transition(field=state, source=[CandidacyState.ENDED, CandidacyState.WITHDRAWN], target=CandidacyState.NOMINATED)
    def nominate_candidate(self) -> None:
        """Nominated anew after the selection came back to nomination."""

    @transition(field=state, source=CandidacyState.NOMINATED, target=CandidacyState.PROPOSED)
    def approve_motion(self) -> None:
        """The one whom a removal concerns stands before the committee."""

    @transition(
        field=state,
        source=CandidacyState.NOMINATED,
        target=RETURN_VALUE(CandidacyState.INSPECTED, CandidacyState.ENDED),
    )
    def open_inspection(self, *, chosen: bool) -> CandidacyState:
        return CandidacyState.INSPECTED if chosen else CandidacyState.ENDED

    @transition(
        field=state,
        source=CandidacyState.INSPECTED,
        target=RETURN_VALUE(CandidacyState.PROPOSED, CandidacyState.ENDED),
    )
    def open_deliberation(self, *, chosen: bool) -> CandidacyState:
        return CandidacyState.PROPOSED if chosen else CandidacyState.ENDED

    @transition(
        field=state,
        source=CandidacyState.PROPOSED,
        target=RETURN_VALUE(CandidacyState.PASSED, CandidacyState.NOT_PASSED),
    )
    def announce_result(self, *, passed: bool) -> CandidacyState:
        return CandidacyState.PASSED if passed else CandidacyState.NOT_PASSED

    @transition(field=state, source=_LIVE, target=CandidacyState.ENDED)
    def settle_objection(self) -> None:
        """An objection was upheld, or a report excludes the candidate: the person is not taken further."""

    @transition(field=state, source=CandidacyState.PASSED, target=CandidacyState.ENDED)
    def cancel_appointment(self) -> None:
        """The appointment was cancelled on probation: the person is not taken further."""

    @transition(field=state, source=CandidacyState.NOT_PASSED, target=CandidacyState.PROPOSED)
    def decide_revote(self) -> None: ...

    @transition(field=state, source=[CandidacyState.PASSED, CandidacyState.NOT_PASSED], target=CandidacyState.PROPOSED)
    def reconsider_decision(self) -> None: ...

    @transition(field=state, source=CandidacyState.INSPECTED, target=RETURN_VALUE(CandidacyState.NOMINATED))
    @transition(
        field=state,
        source=CandidacyState.PROPOSED,
        target=RETURN_VALUE(CandidacyState.NOMINATED, CandidacyState.INSPECTED),
    )
    @transition(
        field=state,
        source=[CandidacyState.PASSED, CandidacyState.NOT_PASSED],
        target=RETURN_VALUE(CandidacyState.NOMINATED, CandidacyState.INSPECTED, CandidacyState.PROPOSED),
    )
    def return_selection(self, *, state: CandidacyState) -> CandidacyState:
        return state

    @transition(field=state, source=_LIVE, target=CandidacyState.WITHDRAWN)
    def withdraw_candidacy(self) -> None: ...

    @transition(field=state, source=_LIVE, target=CandidacyState.ENDED)
    def end_candidacy(self) -> None: ...

    @transition(field=state, source=_LIVE, target=CandidacyState.ENDED)
    def end_selection(self) -> None: ...

    def leave(self, *, at: Any, stage: str, reason: str) -> None:
        """Keep the stage at which the candidate left, and why."""
        self.ended_at, self.ended_stage, self.end_reason = at, stage, reason


class Nomination(OfSelection, models.Model):
    """A person put forward: by the department, by a body, or under a leading cadre's own name (署名推荐).

    ``route`` is blank where the whole selection has one.  ``proposed_on`` is the day on which a body or the department
    proposed the person, which may lie before the day on which that was put on file.  ``first_responsible`` answers for
    the nomination first, where the rules want one person to (首提责任人); ``taken_from`` is the nomination of another
    selection that this one takes up.  ``origin`` is the circle that the person comes from, where the rules know such,
    and ``nobody_nearer`` why nobody of a narrower one is suitable.  ``exception`` says why somebody is promoted by
    exception (破格), and ``unmet`` holds the keys of the rules that he or she did not meet.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="nominations")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="nominations")
    source = models.CharField(max_length=20, choices=NominationSource.choices)
    nominator = models.ForeignKey(Account, models.PROTECT, related_name="+")
    signed = models.BooleanField(default=False)
    reason = models.TextField()
    route = models.CharField(max_length=20, choices=NominationRoute.choices, blank=True)
    ground = models.CharField(max_length=20, choices=ExceptionGround.choices, blank=True)
    evidence = models.ForeignKey("selection.Document", models.PROTECT, null=True, blank=True, related_name="+")
    proposed_on = models.DateField(null=True, blank=True)
    unit = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    first_responsible = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="answers_for")
    co_responsible = models.TextField(blank=True)
    origin = models.CharField(max_length=20, choices=Origin.choices, blank=True)
    nobody_nearer = models.TextField(blank=True)
    exception = models.TextField(blank=True)
    unmet = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    form = models.ForeignKey("selection.Document", models.PROTECT, null=True, blank=True, related_name="+")
    taken_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="taken_up")
    discipline_read = models.BooleanField(default=False)
    nominated_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=RecommendationOutcome.choices, blank=True)
    review_opinion = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    fed_back_at = models.DateTimeField(null=True, blank=True)
    feedback = models.TextField(blank=True)

    class Meta:
        ordering = ["nominated_at", "pk"]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_source_display()})"


class Bar(models.Model):
    """A person who may not be nominated for one post until a day has passed (两次未获通过)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="bars")
    person = models.ForeignKey(Person, models.PROTECT, related_name="bars")
    post = models.ForeignKey(Post, models.PROTECT, related_name="bars")
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        ordering = ["-until_on"]
        indexes = [models.Index(fields=["post", "person", "until_on"], name="bar_by_post_and_person")]

    def __str__(self) -> str:
        return f"{self.person} / {self.post} → {self.until_on}"


class Appointment(OfSelection, Machine):
    """What follows the vote for one person: public notice, appointment, probation (公示、任职、试用).

    ``former`` are the keys of the tenures that ended with it, and ``former_grade`` the grade from before.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="appointments")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    state = FSMField(
        max_length=20, choices=AppointmentState.choices, default=AppointmentState.ON_NOTICE, protected=True
    )
    notice_slug = models.CharField(max_length=24, unique=True)
    notice_at = models.DateTimeField()
    notice_ends_at = models.DateTimeField()
    notice_is_provisional = models.BooleanField(default=False)
    notice_channels = ArrayField(models.CharField(max_length=40), default=list)
    notice_phone = models.CharField(max_length=40)
    notice_address = models.CharField(max_length=120, blank=True)
    notice_text = models.TextField(blank=True)
    notice_achievements = models.TextField(blank=True)
    notice_rewards = models.TextField(blank=True)
    notice_conduct = models.TextField(blank=True)
    notice_photo = models.ForeignKey("selection.Document", models.PROTECT, null=True, blank=True, related_name="+")
    cleared_at = models.DateTimeField(null=True, blank=True)
    talked_on = models.DateField(null=True, blank=True)
    talked_by = models.CharField(max_length=60, blank=True)
    talk_notes = models.TextField(blank=True)
    document_number = models.CharField(max_length=40, blank=True)
    appointed_on = models.DateField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    probation_ends_at = models.DateTimeField(null=True, blank=True)
    tenure = models.ForeignKey(Tenure, models.PROTECT, null=True, blank=True, related_name="+")
    former = ArrayField(models.BigIntegerField(), default=list, blank=True)
    former_grade = models.CharField(max_length=20, choices=Grade.choices, blank=True)
    former_grade_since = models.DateField(null=True, blank=True)
    assessed_on = models.DateField(null=True, blank=True)
    assessed_fit = models.BooleanField(null=True, blank=True)
    assessment_opinion = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    early_end = models.CharField(max_length=20, choices=EarlyEnd.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidacy"],
                condition=~Q(state=AppointmentState.CANCELLED),
                name="one_live_appointment_per_candidacy",
            ),
        ]
        indexes = [models.Index(fields=["-notice_at", "-id"], name="appointments_by_notice")]

    def __str__(self) -> str:
        return str(self.person)

    @transition(field=state, source=AppointmentState.ON_NOTICE, target=AppointmentState.CLEARED)
    def close_notice(self) -> None: ...

    @transition(
        field=state,
        source=[AppointmentState.ON_NOTICE, AppointmentState.CLEARED],
        target=AppointmentState.CANCELLED,
    )
    def settle_objection(self) -> None:
        """An objection was upheld: the appointment is cancelled."""

    @transition(
        field=state,
        source=[AppointmentState.ON_NOTICE, AppointmentState.CLEARED, AppointmentState.APPOINTED],
        target=AppointmentState.CANCELLED,
    )
    def cancel_appointment(self) -> None: ...

    @transition(
        field=state,
        source=AppointmentState.CLEARED,
        target=RETURN_VALUE(AppointmentState.APPOINTED, AppointmentState.CONFIRMED),
    )
    def appoint_candidate(self, *, probation: bool) -> AppointmentState:
        return AppointmentState.APPOINTED if probation else AppointmentState.CONFIRMED

    @transition(field=state, source=AppointmentState.APPOINTED, target=AppointmentState.CONFIRMED)
    def confirm_appointment(self) -> None: ...

    @transition(field=state, source=AppointmentState.APPOINTED, target=AppointmentState.RELIEVED)
    def relieve_appointment(self) -> None: ...

    @transition(
        field=state,
        source=[AppointmentState.ON_NOTICE, AppointmentState.CLEARED],
        target=AppointmentState.CANCELLED,
    )
    def end_selection(self) -> None: ...

    @property
    def proposed_post(self) -> Post | GradeSought:
        """The post that the person is to have."""
        return self.candidacy.post or self.selection.sought

    @property
    def is_live(self) -> bool:
        return self.state not in (AppointmentState.CANCELLED, AppointmentState.RELIEVED)

    def case(self) -> Any:
        return self._with_former(super().case(), clock.today())

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        return self._with_former(super().case_for(given, at), clock.day_of(at))

    def _with_former(self, case: Any, on: date) -> Any:
        """On probation the case knows the posts to which the person could return."""
        from selection.models.case import former_posts

        if self.state == AppointmentState.APPOINTED and self.former:
            case.former = former_posts(self, on)
        return case

    def streams(self) -> tuple[str, ...]:
        return (f"selection:{self.selection_id}", f"person:{self.person_id}")
