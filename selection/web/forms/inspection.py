"""Forms of the inspection (考察表单)."""

from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, CandidacyState, Check, ConsultedBody, Evidence, Finding, Role, TalkGroup, UnitKind
from selection.models import Account, Inquiry
from selection.register.models import Organisation
from selection.stages.inspection.opinions import comes_too_late
from selection.standing import needs_paper
from selection.web.forms.act import (
    ActForm,
    DayField,
    EnumField,
    PaperField,
    RowField,
    RowsField,
    TextField,
    UploadField,
    candidate_label,
)

_MOST = 99999


def accounts_holding(mandate: int, on: Any, *held: Role) -> list[Account]:
    """Active accounts that hold one of these roles for the mandate on that day."""
    rows = Account.objects.filter(
        is_active=True, holdings__mandate=mandate, holdings__role__in=held, holdings__from_on__lte=on
    ).exclude(holdings__until_on__lt=on)
    return list(rows.distinct())


def account_label(account: Account) -> str:
    """How an account stands in a list to choose from."""
    return f"{account.name}（{account.department or account.username}）"


class FormTeamForm(ActForm):
    act = Act.FORM_TEAM
    consequence = _("A team formed before ends; the new one records talks, checks and the reports.")

    members = RowsField(label=_("Members of the team"))
    leader = RowField(label=_("Head of the team"))

    def first_values(self) -> dict[str, Any]:
        team = self.case.team()
        return {
            "members": [str(row.account_id) for row in team],
            "leader": next((str(row.account_id) for row in team if row.leads), ""),
        }

    def prepare(self) -> None:
        eligible = [
            account
            for account in accounts_holding(self.case.selection.mandate_id, self.today, Role.INSPECTOR)
            if not self.case.is_apart(account)
        ]
        for name in ("members", "leader"):
            self.fields[name].offer(eligible, account_label)  # type: ignore[attr-defined]


class PublishPrenoticeForm(ActForm):
    act = Act.PUBLISH_PRENOTICE
    consequence = _("Talks, visits and checks may be dated from this day on.")

    published_on = DayField(label=_("Published on"))
    phone = forms.CharField(label=_("Telephone of the team"), max_length=40)
    candidate_facts = TextField(label=_("Basic facts of the inspected persons"), rows=6)

    def first_values(self) -> dict[str, Any]:
        lines = [
            f"{row.person.name}，{row.person.get_sex_display()}，{row.person.ethnicity}，"
            f"{row.person.born_on:%Y}年{row.person.born_on:%m}月生，{row.person.education}，{row.person.organisation.name}"
            for row in self.case.at(CandidacyState.INSPECTED)
        ]
        return {"published_on": self.today, "candidate_facts": "\n".join(lines)}


class _OfOneInspected(ActForm):
    """Fields that every record about one inspected person begins with."""

    candidacy = RowField(label=_("Inspected person"))
    held_on = DayField(label=_("Day"))

    def first_values(self) -> dict[str, Any]:
        return {"held_on": self.today}

    def prepare(self) -> None:
        self.fields["candidacy"].offer(self.case.at(CandidacyState.INSPECTED), candidate_label)  # type: ignore[attr-defined]


#: Groups that only some rules know.
_OF_SECTIONS = (TalkGroup.SECTION, TalkGroup.RELATED)


class RecordTalkForm(_OfOneInspected):
    act = Act.RECORD_TALK
    consequence = _("What was said enters the process record as a commitment only, never in words.")

    group = EnumField(TalkGroup, label=_("Who was talked with"))
    people = forms.IntegerField(label=_("Number of persons talked with"), min_value=1, max_value=999, initial=1)
    notes = TextField(label=_("What was said"), rows=8)
    evidence = PaperField(Evidence.TALK)

    def prepare(self) -> None:
        super().prepare()
        named = self.case.rules.value("inspection.talk_groups", ())
        field: Any = self.fields["group"]
        field.choices = [one for one in field.choices if one[0] in named or one[0] not in _OF_SECTIONS]


class RecordAssessmentForm(_OfOneInspected):
    act = Act.RECORD_ASSESSMENT

    issued = forms.IntegerField(label=_("Forms issued"), min_value=0, max_value=_MOST)
    returned = forms.IntegerField(label=_("Forms returned"), min_value=0, max_value=_MOST)
    excellent = forms.IntegerField(label=_("Excellent"), min_value=0, max_value=_MOST)
    competent = forms.IntegerField(label=_("Competent"), min_value=0, max_value=_MOST)
    basically_competent = forms.IntegerField(label=_("Basically competent"), min_value=0, max_value=_MOST)
    incompetent = forms.IntegerField(label=_("Incompetent"), min_value=0, max_value=_MOST)
    trust = forms.IntegerField(label=_("Votes of trust"), min_value=0, max_value=_MOST)
    evidence = PaperField(Evidence.ASSESSMENT)

    def prepare(self) -> None:
        super().prepare()
        if "inspection.trust_floor" not in self.case.rules:
            del self.fields["trust"]


class RecordCheckForm(_OfOneInspected):
    act = Act.RECORD_CHECK

    check_kind = EnumField(Check, label=_("What was checked"))
    finding = EnumField(Finding, label=_("Conclusion"))
    note = TextField(
        label=_("Explanation"),
        rows=3,
        required=False,
        help_text=_("Needed where the conclusion is not clear.  Never copy the content of a personal file here."),
    )
    signed_by = forms.CharField(
        label=_("Signed by"),
        max_length=60,
        required=False,
        help_text=_("For a conclusion on integrity: the party secretary of the unit."),
    )
    countersigned_by = forms.CharField(
        label=_("Countersigned by"),
        max_length=60,
        required=False,
        help_text=_("For a conclusion on integrity: the secretary of discipline, or the head of the discipline group."),
    )
    evidence = PaperField(Evidence.CHECK)

    def prepare(self) -> None:
        super().prepare()
        kinds: Any = self.fields["check_kind"]
        kinds.choices = [(one.value, one.label) for one in self.case.checks_known]
        if Check.INTEGRITY not in self.case.checks_known:
            del self.fields["signed_by"], self.fields["countersigned_by"]
        if needs_paper(self.case, Evidence.PERSONAL_MATTERS):
            self.fields["evidence"].help_text = _(
                "Needed for the report on personal matters.  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."
            )


class WriteReportForm(ActForm):
    act = Act.WRITE_REPORT

    candidacy = RowField(label=_("Inspected person"))
    performance = TextField(label=_("Performance and main strengths"), rows=6)
    shortcomings = TextField(label=_("Main shortcomings"), rows=3)
    suggestion = TextField(label=_("What the team suggests"), rows=3)

    def prepare(self) -> None:
        self.fields["candidacy"].offer(self.case.at(CandidacyState.INSPECTED), candidate_label)  # type: ignore[attr-defined]


#: By what the organ of a consulted body is found among those of the county when it is asked for the first time.
_CALLED = {
    ConsultedBody.DISCIPLINE: "纪委",
    ConsultedBody.SUPERVISION: "监察",
    ConsultedBody.FAMILY_PLANNING: "计划生育",
    ConsultedBody.AUDIT_OFFICE: "审计",
}


class AskOpinionForm(ActForm):
    act = Act.ASK_OPINION
    consequence = _("The department finds the inquiry on its own page, with the day until which it is to answer.")

    candidacy = RowField(label=_("Inspected person"))
    body = EnumField(ConsultedBody, label=_("In which capacity it is asked"))
    department = RowField(label=_("Department"), required=False)
    outside = forms.CharField(
        label=_("Department outside the county"),
        max_length=80,
        required=False,
        help_text=_("Such as the superior organisation department; it answers on paper, which is then filed."),
    )

    def prepare(self) -> None:
        inspected = self.case.at(CandidacyState.INSPECTED)
        organs = list(
            Organisation.objects.filter(
                Q(kind__in=[UnitKind.PARTY_ORGAN, UnitKind.GOVERNMENT_ORGAN])
                | Q(pk__in=[row.person.organisation_id for row in inspected]),
                closed_on__isnull=True,
            )
        )
        self.fields["candidacy"].offer(inspected, candidate_label)  # type: ignore[attr-defined]
        self.fields["department"].offer(organs)  # type: ignore[attr-defined]
        asked = self.initial.get("body", "")
        if asked == ConsultedBody.CO_MANAGER and self.case.selection.post.co_manager:
            self.initial.setdefault("outside", self.case.selection.post.co_manager)
        elif asked in ConsultedBody.values and "department" not in self.initial:
            self.initial["department"] = self._usual(ConsultedBody(asked), organs)

    def _usual(self, body: ConsultedBody, organs: list[Organisation]) -> int | None:
        """The organ that was asked in this capacity before, or else the one called so; the person's own unit."""
        if body is ConsultedBody.UNIT:
            about = {str(row.pk): row.person.organisation_id for row in self.case.at(CandidacyState.INSPECTED)}
            return about.get(str(self.initial.get("candidacy", "")))
        before = Inquiry.objects.filter(body=body).order_by("-asked_at").values_list("department", flat=True).first()
        for organ in organs:
            if organ.short_name == before or (
                before is None and body in _CALLED and _CALLED[body] in organ.short_name + organ.name
            ):
                return organ.pk
        return None


class RemindDepartmentForm(ActForm):
    act = Act.REMIND_DEPARTMENT
    consequence = _("The department finds the reminder on its desk and beside the inquiry.")

    def next_url(self, result: Any) -> str:
        return reverse("inquiries")


class AnswerInquiryForm(ActForm):
    act = Act.ANSWER_INQUIRY
    consequence = _("The answer goes to the organisation department and cannot be changed afterwards.")

    number = forms.CharField(label=_("Number of the reply"), max_length=40)
    replied_on = DayField(label=_("Date of the reply"))
    finding = EnumField(Finding, label=_("Conclusion"))
    opinion = TextField(label=_("Opinion"))
    evidence = UploadField(label=Evidence.REPLY.label, required=False)

    def first_values(self) -> dict[str, Any]:
        return {"replied_on": self.today}

    def prepare(self) -> None:
        if self.subject.body == ConsultedBody.AUDIT_OFFICE:
            self._ask_for(Evidence.AUDIT)
        if comes_too_late(self.case.selection):
            self.consequence = _(  # type: ignore[misc]
                "The inspection is over: the reply is filed as having come too late, is shown as such, and changes "
                "nothing by itself."
            )

    def _ask_for(self, paper: Evidence) -> None:
        """The audit bureau gives its result; whether it answers itself or on paper."""
        field = self.fields["evidence"]
        field.label, field.required = paper.label, field.required or needs_paper(self.case, paper)

    def next_url(self, result: Any) -> str:
        return reverse("inquiries")


class FileReplyForm(AnswerInquiryForm):
    act = Act.FILE_REPLY
    consequence = _("The reply is filed in the name of the department, marked as filed from paper.")

    evidence = PaperField(Evidence.REPLY, always=True)

    def next_url(self, result: Any) -> str:
        return ""


class OpenDeliberationForm(ActForm):
    act = Act.OPEN_DELIBERATION
    consequence = _("Whoever is not proposed leaves the selection here, with this opinion as the reason.")

    candidates = RowsField(label=_("Persons proposed to the committee"))
    opinion = TextField(label=_("Opinion of the meeting of department heads"), rows=3)
    equal_number_reason = TextField(
        label=_("Why no more persons than posts"),
        rows=2,
        required=False,
        help_text=_("Needed only where as many persons are proposed as there are posts."),
    )
    report_reviewed_on = DayField(label=_("Report of the inspection reviewed by the leaders on"))
    evidence = PaperField(Evidence.REPORT_REVIEW, always=True)
    findings_told_on = DayField(label=_("Result of the inspection told on"))
    findings_told_to = forms.CharField(
        label=_("Told to"), max_length=120, help_text=_("Units and persons who were told of the result.")
    )

    def prepare(self) -> None:
        if not any(self.case.rules.asking("inspection.reviewed")):
            del self.fields["report_reviewed_on"], self.fields["evidence"]
        if not any(self.case.rules.asking("inspection.result_notified")):
            del self.fields["findings_told_on"], self.fields["findings_told_to"]
        self.fields["candidates"].offer(self.case.at(CandidacyState.INSPECTED), candidate_label)  # type: ignore[attr-defined]
