"""Forms of the initial nomination (初始提名表单)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, NominationSource, RecommendationOutcome
from selection.web.forms.act import ActForm, EnumField, PersonField, TextField

#: A leading cadre recommends under his or her own name, which is an act of its own.
_BY_THE_DEPARTMENT = [source for source in NominationSource if source is not NominationSource.PERSONAL]


class NominateCandidateForm(ActForm):
    act = Act.NOMINATE_CANDIDATE

    person = PersonField(label=_("Person"))
    source = EnumField(
        NominationSource,
        among=_BY_THE_DEPARTMENT,
        label=_("Who nominates"),
        help_text=_("A leading cadre who recommends in person does so under his or her own account."),
    )
    reason = TextField(label=_("Reason for the nomination"))

    def first_values(self) -> dict[str, Any]:
        return {"source": NominationSource.DEPARTMENT}


class RecommendPersonallyForm(ActForm):
    act = Act.RECOMMEND_PERSONALLY
    consequence = _("The recommendation bears your name.  The department reviews it and tells you the outcome.")

    person = PersonField(label=_("Person whom you recommend"))
    reason = TextField(label=_("Why you recommend this person"))
    signed = forms.BooleanField(label=_("I sign this recommendation with my own name."), required=False)

    def next_url(self, result: Any) -> str:
        return reverse("recommend")


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
