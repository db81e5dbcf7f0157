"""Forms of the initial nomination (初始提名表单)."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import (
    Act,
    CandidacyState,
    Evidence,
    ExceptionGround,
    NominationRoute,
    NominationSource,
    Origin,
    PostClass,
    RecommendationOutcome,
)
from selection.models import Nomination, Selection
from selection.models.case import Case
from selection.models.route import open_routes
from selection.register.models import Organisation
from selection.rulebook import workdays
from selection.web.forms.act import ActForm, DayField, EnumField, PersonField, RowField, TextField, UploadField

#: A leading cadre recommends under his or her own name, which is an act of its own.
_BY_THE_DEPARTMENT = [source for source in NominationSource if source is not NominationSource.PERSONAL]


class ChooseRouteForm(ActForm):
    act = Act.CHOOSE_ROUTE
    consequence = _("The route stands on the selection and in its process record; auditors are shown unusual ones.")

    route = EnumField(NominationRoute, label=_("Route of nomination"), widget=forms.RadioSelect)
    reason = TextField(
        label=_("Why this route is taken"),
        rows=3,
        required=False,
        help_text=_("Needed for an urgent need and for a special case."),
    )

    def prepare(self) -> None:
        _offer(self.fields["route"], open_routes(self.case.rules, PostClass.CHIEF))

    def first_values(self) -> dict[str, Any]:
        return {"route": self.case.selection.route or None, "reason": self.case.selection.route_reason}


def _offer(field: Any, members: Iterable[Any]) -> None:
    """Let a choice have these members of its enumeration alone."""
    field.choices = [(member.value, member.label) for member in members]


class DisciplineField(forms.BooleanField):
    """What must not be done when nominating, word for word, to be read before the form is sent (提名纪律)."""

    def __init__(self) -> None:
        super().__init__(label=_("I have read the discipline of nomination and keep to it."), required=False)

    def quote(self, case: Case) -> bool:
        """Show the words of the rule, after the principles where a rule has them; whether the rules have it."""
        rule = case.rules.get("nomination.discipline")
        if rule is not None:
            asked = [*case.rules.asking("nomination.principles"), rule]
            self.help_text = " ".join(f"{one.citation.label}：{one.citation.quote}。" for one in asked)
        return rule is not None


class NominateCandidateForm(ActForm):
    act = Act.NOMINATE_CANDIDATE

    person = PersonField(label=_("Person"))
    source = EnumField(
        NominationSource,
        among=_BY_THE_DEPARTMENT,
        label=_("Who nominates"),
        help_text=_("A leading cadre who recommends in person does so under his or her own account."),
    )
    route = EnumField(
        NominationRoute,
        label=_("Route of nomination"),
        widget=forms.RadioSelect,
        help_text=_(
            "A competition is held elsewhere, with its notice, examinations and interviews; its result is filed here."
        ),
    )
    ground = EnumField(
        ExceptionGround,
        label=_("Ground of the exception"),
        required=False,
        help_text=_("Needed only for an exception."),
        widget=forms.Select,
        choices=[("", "—"), *ExceptionGround.choices],
    )
    evidence = UploadField(
        label=_("Paper that the route rests on"),
        required=False,
        help_text=_(
            "Needed for somebody outstanding in a crisis or a major task (what the person did) and after a competition "
            "(its result).  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."
        ),
    )
    proposed_on = DayField(label=_("Proposed on"), help_text=_("The day of the meeting or of the letter."))
    unit = RowField(
        label=_("Unit that nominates"),
        required=False,
        help_text=_("Needed where the party organisation of a unit does."),
    )
    responsible = PersonField(
        label=_("Who answers first"),
        required=False,
        help_text=_("Only where the register names several heads of the unit.  Type the name."),
    )
    co_responsible = TextField(
        label=_("Who answers besides, and for what"),
        rows=2,
        required=False,
        help_text=_("Such as: the member of the leading body in charge of cadres."),
    )
    origin = EnumField(Origin, label=_("Where the person comes from"), widget=forms.RadioSelect)
    nobody_nearer = TextField(
        label=_("Why nobody of a nearer circle is suitable"),
        rows=2,
        required=False,
        help_text=_("Needed for everybody who does not come from the department itself."),
    )
    exception = TextField(
        label=_("Why the person is promoted by exception"),
        rows=2,
        required=False,
        help_text=_(
            "Only for the outstanding who do not meet what is asked of time or education. "
            "What was not met is recorded, and auditors see it in a list of their own."
        ),
    )
    training_later = forms.BooleanField(
        label=_("A training that is lacking will be made up for in time after the appointment."), required=False
    )
    signed_form = UploadField(label=Evidence.NOMINATION_FORM.label)
    reason = TextField(label=_("Reason for the nomination"))
    discipline = DisciplineField()

    def first_values(self) -> dict[str, Any]:
        of_committee = self.case.route is not None and self.case.route.source is not None
        source = self.case.route.source if of_committee else NominationSource.DEPARTMENT
        return {"source": source, "proposed_on": self.today}

    def prepare(self) -> None:
        """A chief's route is that of the selection; of others each has one, with what it needs."""
        if self.case.competed_for:
            _offer(self.fields["route"], [NominationRoute.COMPETITION])
            self.fields["route"].initial = NominationRoute.COMPETITION
            del self.fields["ground"]
        elif self.case.asks_for_routes and not self.case.is_for_chief:
            routes = open_routes(self.case.rules, PostClass.OTHER)
            _offer(self.fields["route"], [route for route in routes if route is not NominationRoute.PERSONAL])
        else:
            for name in ("route", "ground", "evidence"):
                del self.fields[name]
        if "nomination.fallback" in self.case.rules:
            self.fields["evidence"] = UploadField(
                label=_("Approval of the leaders"),
                required=False,
                help_text=_("Needed for whoever was found beyond the department."),
            )
        _with_discipline(self)
        _with_form(self)
        rules = self.case.rules
        if "nomination.first_responsible" in rules:
            units = Organisation.objects.filter(closed_on__isnull=True).order_by("code")
            self.fields["unit"].offer(units)  # type: ignore[attr-defined]
        else:
            for name in ("unit", "responsible", *([] if "nomination.responsibility" in rules else ["co_responsible"])):
                del self.fields[name]
        if "post.sources" in rules:
            _offer(self.fields["origin"], [Origin(one) for one in rules.value("post.sources")])
        else:
            del self.fields["origin"], self.fields["nobody_nearer"]
        if "qualification.exception" not in rules:
            del self.fields["exception"]
        if "qualification.training_within" not in rules:
            del self.fields["training_later"]
        subjects = rules.value("nomination.subjects", tuple(NominationSource))
        _offer(self.fields["source"], [source for source in _BY_THE_DEPARTMENT if source in subjects])


def _with_discipline(form: ActForm) -> None:
    field: Any = form.fields["discipline"]
    if not field.quote(form.case):
        del form.fields["discipline"]


def _with_form(form: ActForm) -> None:
    """The signed form is asked for where the rules have one, under its own name."""
    if title := form.case.rules.value("nomination.form"):
        form.fields["signed_form"].help_text = _("%(title)s, signed; a blank one is made under Papers.") % {
            "title": title
        }
    else:
        del form.fields["signed_form"]


class RecommendPersonallyForm(ActForm):
    act = Act.RECOMMEND_PERSONALLY
    consequence = _("The recommendation bears your name.  The department reviews it and tells you the outcome.")

    person = PersonField(label=_("Person whom you recommend"))
    reason = TextField(label=_("Why you recommend this person"))
    signed = forms.BooleanField(label=_("I sign this recommendation with my own name."), required=False)
    signed_form = UploadField(label=Evidence.NOMINATION_FORM.label)
    discipline = DisciplineField()

    def prepare(self) -> None:
        _with_discipline(self)
        _with_form(self)

    def next_url(self, result: Any) -> str:
        return reverse("recommend")


class TakeUpNominationForm(ActForm):
    act = Act.TAKE_UP_NOMINATION
    consequence = _("Who nominated and who answers for it stay the same; the reason is given anew, for this post.")

    nomination = RowField(label=_("Earlier nomination"))
    reason = TextField(label=_("Reason for this post"))

    def prepare(self) -> None:
        selection = self.case.selection
        seen = Selection.objects.visible_to(self.actor).filter(mandate=selection.mandate_id).exclude(pk=selection.pk)
        earlier = Nomination.objects.filter(selection__in=seen)
        period = self.case.rules.value("nomination.validity")
        if period is not None:
            earlier = earlier.filter(proposed_on__gte=workdays.begins(period, self.today).date())
        unused = earlier.exclude(candidacy__state=CandidacyState.PASSED)
        rows = unused.select_related("person__organisation", "selection__post__organisation").order_by("-proposed_on")
        self.fields["nomination"].offer(rows[:200], _earlier)  # type: ignore[attr-defined]


def _earlier(row: Nomination) -> str:
    return (
        f"{row.person.name}（{row.person.organisation}）{row.proposed_on} {row.selection.number} {row.selection.sought}"
    )


class ReviewRecommendationForm(ActForm):
    act = Act.REVIEW_RECOMMENDATION

    outcome = EnumField(RecommendationOutcome, label=_("Outcome of the review"))
    opinion = TextField(label=_("Opinion of the department"), rows=3)


class FeedBackRecommendationForm(ActForm):
    act = Act.FEED_BACK_RECOMMENDATION

    feedback = TextField(
        label=_("Answer to the recommender"), help_text=_("The recommender reads it on his or her own page.")
    )

    def first_values(self) -> dict[str, Any]:
        return {"feedback": self.case.subject.review_opinion}


class OpenRecommendationForm(ActForm):
    act = Act.OPEN_RECOMMENDATION
    consequence = _("The list of candidates is closed, and democratic recommendation begins.")
