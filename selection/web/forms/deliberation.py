"""Forms of consultation, meeting and ballot (酝酿、会议、票决表单)."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Secret
from selection.ballots import box
from selection.enums import (
    Act,
    AttendanceKind,
    CandidacyState,
    ConsultationLevel,
    DocumentState,
    Duty,
    Evidence,
    Opinion,
    RecusedCount,
)
from selection.models import Meeting, Seat
from selection.models.meeting import is_there
from selection.register.models import Tenure
from selection.web.forms.act import (
    ActForm,
    DayField,
    EnumField,
    EnumsField,
    PaperField,
    PersonField,
    RowField,
    RowsField,
    TextField,
    UploadField,
    candidate_label,
)


def with_duty(seat: Seat) -> str:
    """A member with his or her duty, for a list to choose from."""
    return _("%(name)s (%(duty)s)") % {"name": seat.person.name, "duty": seat.get_duty_display()}


class RecordConsultationForm(ActForm):
    act = Act.RECORD_CONSULTATION
    consequence = _("Disagreement becomes an important matter in the process record.")

    level = EnumField(ConsultationLevel, label=_("Level"))
    held_on = DayField(label=_("Held on"))
    convener = forms.CharField(label=_("Convened by"), max_length=60)
    duties = EnumsField(
        Duty,
        among=[Duty.SECRETARY, Duty.DEPUTY_SECRETARY, Duty.ORGANISATION, Duty.DISCIPLINE],
        label=_("Who of these took part"),
        required=False,
        help_text=_("Needed for the meeting of the secretary with the deputies in charge."),
    )
    present = TextField(label=_("Present"), rows=2)
    opinions = TextField(label=_("Opinions on each candidate"), rows=6)
    dissent = forms.BooleanField(label=_("There was disagreement"), required=False)
    evidence = PaperField(Evidence.CONSULTATION)

    def prepare(self) -> None:
        if "consultation.individual" not in self.case.rules:
            field: Any = self.fields["level"]
            field.choices = [one for one in field.choices if one[0] != ConsultationLevel.INDIVIDUAL]

    def first_values(self) -> dict[str, Any]:
        return {"held_on": self.today}


class CallMeetingForm(ActForm):
    act = Act.CALL_MEETING

    number = forms.CharField(label=_("Number of the meeting"), max_length=40)
    held_on = DayField(label=_("Day"))
    place = forms.CharField(label=_("Place"), max_length=80)

    def first_values(self) -> dict[str, Any]:
        return {"held_on": self.today}

    def next_url(self, result: Any) -> str:
        return reverse("meeting", args=[result.pk])


class PutOnAgendaForm(ActForm):
    act = Act.PUT_ON_AGENDA

    meeting = RowField(label=_("Meeting"))

    def prepare(self) -> None:
        open_ = Meeting.objects.select_related("body").filter(
            body_id=self.case.selection.mandate.body_id, closed_at__isnull=True
        )
        self.fields["meeting"].offer(open_, lambda meeting: f"{meeting.number}（{meeting.held_on}）")  # type: ignore[attr-defined]

    def next_url(self, result: Any) -> str:
        return reverse("meeting", args=[result.meeting_id])


class ProposeRemovalsForm(ActForm):
    act = Act.PROPOSE_REMOVALS
    consequence = _(
        "The item becomes one of appointment and removal. The posts stand on the ballot, and end on the day of the"
        " appointment. What was proposed before is replaced."
    )

    tenures = RowsField(label=_("Posts that are left"), required=False)
    reason = TextField(label=_("Reason"), rows=3, required=False)

    def prepare(self) -> None:
        people = [row.person_id for row in self.case.at(CandidacyState.PROPOSED)]
        held = Tenure.objects.filter(
            Q(person__in=people) | Q(post=self.case.selection.post_id), until_on__isnull=True
        ).select_related("person", "post__organisation")
        self.fields["tenures"].offer(held, lambda row: f"{row.person.name}（{row.post.full_title}）")  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        proposed = self.case.removals_at(self.case.item)
        return {
            "tenures": [str(row.tenure_id) for row in proposed],
            "reason": proposed[0].reason if proposed else "",
        }

    def next_url(self, result: Any) -> str:
        return reverse("meeting", args=[self.case.item.meeting_id])


class SendMaterialForm(ActForm):
    act = Act.SEND_MATERIAL
    consequence = _(
        "Every member of the body who is not recused can open the papers under the own account and acknowledges them."
    )

    documents = RowsField(label=_("Papers on file"), required=False)
    upload = UploadField(label=_("Another file"), required=False)
    title = forms.CharField(label=_("Title of the other file"), max_length=120, required=False)

    def prepare(self) -> None:
        item = self.case.item
        sent = {row.document_id for row in self.case.materials if item and row.item_id == item.pk}
        kept = [row for row in self.case.documents if row.state == DocumentState.KEPT and row.pk not in sent]
        self.fields["documents"].offer(kept, lambda row: row.title)  # type: ignore[attr-defined]
        if not kept:
            del self.fields["documents"]

    def given(self) -> dict[str, Any]:
        return {"documents": [], **super().given()}

    def next_url(self, result: Any) -> str:
        return reverse("materials", args=[self.case.item.meeting_id])


class AcknowledgeMaterialForm(ActForm):
    act = Act.ACKNOWLEDGE_MATERIAL

    def next_url(self, result: Any) -> str:
        return reverse("materials", args=[self.case.item.meeting_id])


class RecordAttendanceForm(ActForm):
    act = Act.RECORD_ATTENDANCE

    present = RowsField(label=_("Members who are present"), required=False)
    chair = RowField(
        label=_("Presided over by"),
        help_text=_("One of the members present. Over an item from which this member is recused another presides."),
    )
    observer = PersonField(label=_("Attending without a vote"), required=False)
    second_observer = PersonField(label=_("Attending without a vote (second person)"), required=False)

    def prepare(self) -> None:
        for name in ("present", "chair"):
            self.fields[name].offer(self.case.seats, with_duty)  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        """As recorded before; whoever is not chosen yet, the chief of the body presides."""
        rows = self.subject.attendances.filter(kind=AttendanceKind.VOTING, present=True)
        chief = next((seat.pk for seat in self.case.seats if seat.is_chief), "")
        return {"present": [str(row.seat_id) for row in rows], "chair": str(self.subject.chair_id or chief)}

    def given(self) -> dict[str, Any]:
        observers = [self.cleaned_data["observer"], self.cleaned_data["second_observer"]]
        present, chair = self.cleaned_data["present"], self.cleaned_data["chair"]
        return {"present": present, "chair": chair, "observers": [person for person in observers if person]}


class NameChairForm(ActForm):
    act = Act.NAME_CHAIR
    consequence = _("This member presides over the item, and stands with it in the minutes and beside the result.")

    seat = RowField(label=_("Who presides over this item"))

    def prepare(self) -> None:
        item = self.case.item
        voters = self.case.present_voters(item) if item else []
        self.fields["seat"].offer(voters, with_duty)  # type: ignore[attr-defined]

    def next_url(self, result: Any) -> str:
        return reverse("meeting", args=[self.case.item.meeting_id])


class MovementForm(ActForm):
    """Who came or left, and when."""

    arriving: ClassVar[bool]

    attendance = RowField(label=_("Who"))
    moved_at = forms.TimeField(
        label=_("At what time"),
        error_messages={"invalid": _("Give a time such as 9:40.")},
        help_text=_("Such as 9:40."),
    )

    def prepare(self) -> None:
        rows = [row for row in self.case.attendances if is_there(row, self.case.movements) is not self.arriving]
        self.fields["attendance"].offer(rows, lambda row: str(row.person))  # type: ignore[attr-defined]

    def first_values(self) -> dict[str, Any]:
        return {"moved_at": clock.time_of(self.at)}

    def clean_moved_at(self) -> datetime:
        return datetime.combine(self.subject.held_on, self.cleaned_data["moved_at"], clock.LOCAL)


class RecordArrivalForm(MovementForm):
    act = Act.RECORD_ARRIVAL
    arriving = True
    consequence = _(
        "Whoever comes after a ballot was prepared does not vote in it: its roll is fixed. To let the member vote, void"
        " that ballot and prepare another."
    )


class RecordDepartureForm(MovementForm):
    act = Act.RECORD_DEPARTURE
    arriving = False
    consequence = _(
        "Where a ballot is prepared and not open yet, the slip of a member who leaves has to be handed back. Whoever"
        " leaves during an open ballot and has not voted is one ballot less in the box."
    )


class CandidateForm(ActForm):
    """A form about one proposed candidate."""

    candidacy = RowField(label=_("Candidate"))

    def prepare(self) -> None:
        self.fields["candidacy"].offer(self.case.at(CandidacyState.PROPOSED), candidate_label)  # type: ignore[attr-defined]


class IntroduceCandidateForm(CandidateForm):
    act = Act.INTRODUCE_CANDIDATE

    introducer = forms.CharField(label=_("Introduced by"), max_length=60)
    basic_facts = TextField(label=_("Basic facts"), rows=3)
    recommendation = TextField(label=_("Democratic recommendation"), rows=3)
    assessment = TextField(label=_("Democratic assessment"), rows=3)
    strengths_and_shortcomings = TextField(label=_("Main traits and shortcomings"), rows=3)
    reason = TextField(label=_("Reasons for the appointment"), rows=3)

    def prepare(self) -> None:
        super().prepare()
        if self.case.selection.is_removal:
            for section in ("recommendation", "assessment", "strengths_and_shortcomings"):
                del self.fields[section]
            self.fields["candidacy"].label = _("Who is to be removed")
            self.fields["reason"].label = _("Reasons for the removal")


class RecordOpinionForm(CandidateForm):
    act = Act.RECORD_OPINION

    seat = RowField(label=_("Member"))
    opinion = EnumField(Opinion, label=_("Opinion"))
    remark = TextField(label=_("What was said"), rows=3, required=False)

    def prepare(self) -> None:
        super().prepare()
        item = self.case.item
        voters = self.case.present_voters(item) if item else []
        self.fields["seat"].offer(voters, lambda seat: str(seat.person))  # type: ignore[attr-defined]


class PrepareBallotForm(ActForm):
    act = Act.PREPARE_BALLOT
    consequence = _(
        "Roll and candidates are fixed, and members can collect their electronic ballots. Slips appear once, on the"
        " next page: print them at once, shuffle them face down, and let whoever needs one draw it."
    )
    submit = _("Prepare the ballot")

    slips = forms.IntegerField(
        label=_("How many slips to print"),
        min_value=0,
        initial=0,
        help_text=_(
            "For members without a phone or tablet.  What nobody draws has to be handed back before the ballot opens."
        ),
    )
    recused_count = EnumField(
        RecusedCount,
        label=_("Does a recused member count among those who should attend?"),
        help_text=_("No rule says so; the committee decides and the answer is recorded."),
        required=False,
    )

    def prepare(self) -> None:
        item = self.case.item
        voters = self.case.present_voters(item) if item else []
        self.fields["slips"].widget.attrs["max"] = len(voters)
        self.fields["slips"].validators.append(MaxValueValidator(len(voters)))
        recused = item and [s for s in self.case.seats_on(item.meeting.held_on) if not self.case.may_vote(s)]
        if not recused:
            del self.fields["recused_count"]

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in super().given().items() if name != "slips"}


class IssueSlipForm(ActForm):
    act = Act.ISSUE_SLIP

    seat = RowField(label=_("Member"))

    def prepare(self) -> None:
        rows = [row for row in self.case.roll_of(self.subject) if row.may_cast]
        self.fields["seat"].offer([row.seat for row in rows], lambda seat: str(seat.person))  # type: ignore[attr-defined]

    def next_url(self, result: Any) -> str:
        return reverse("ballot", args=[self.subject.pk])


class IssuePaperForm(IssueSlipForm):
    act = Act.ISSUE_PAPER


class RoundForm(ActForm):
    """An act on a round that needs nothing filled in and leads back to its page."""

    def next_url(self, result: Any) -> str:
        return reverse("ballot", args=[self.subject.pk])


class HandBackSlipForm(RoundForm):
    act = Act.HAND_BACK_SLIP
    consequence = _("The box forgets the slip: nobody can vote with it any more.")

    code = forms.CharField(
        label=_("Code on the slip"),
        max_length=60,
        help_text=_("The slip of a member who does not vote on this item. Tear it up when it has been taken back."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            box.recognise(self.subject.box, code)
        except box.CastRefused as refused:
            raise forms.ValidationError(refused.reason.label) from refused
        return code

    def given(self) -> dict[str, Any]:
        return {"code": Secret(self.cleaned_data["code"])}


class OpenBallotForm(RoundForm):
    act = Act.OPEN_BALLOT
    consequence = _("From now on ballots are accepted.")


class CloseBallotForm(RoundForm):
    act = Act.CLOSE_BALLOT
    consequence = _("No further ballot is accepted.")


class AnnounceResultForm(RoundForm):
    act = Act.ANNOUNCE_RESULT
    consequence = _("The result appears on the screen at once and is final.")


class VoidBallotForm(RoundForm):
    act = Act.VOID_BALLOT
    danger = True
    consequence = _("The ballots cast are not counted. Another ballot can be prepared.")

    reason = TextField(label=_("Reason"))


class DecideRevoteForm(RoundForm):
    act = Act.DECIDE_REVOTE

    another = forms.TypedChoiceField(
        label=_("What did the committee decide?"),
        choices=[("yes", _("Vote once more")), ("no", _("Do not vote again"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    candidates = RowsField(label=_("Candidates of the next ballot"), required=False)
    decision = TextField(label=_("Decision of the committee, in its words"))

    def prepare(self) -> None:
        self.fields["candidates"].offer(self.case.at(CandidacyState.NOT_PASSED), candidate_label)  # type: ignore[attr-defined]


class CloseMeetingForm(ActForm):
    act = Act.CLOSE_MEETING
    consequence = _("Nothing can be added to a closed meeting.")


class RemoveHolderForm(ActForm):
    act = Act.REMOVE_HOLDER
    consequence = _("The post ends on that day, its place is free, and the matter is closed.")

    document_number = forms.CharField(label=_("Number of the removal document"), max_length=60)
    removed_on = DayField(label=_("Removed on"))

    def first_values(self) -> dict[str, Any]:
        return {"removed_on": self.today}
