"""Forms of democratic recommendation (民主推荐表单)."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.enums import Act, CandidacyState, Evidence, NamesKind, PollKind, RecommendationForm
from selection.models import Poll, Selection
from selection.models.case import Case
from selection.models.route import OF_THE_PLENUM
from selection.rulebook.keys import KEYS
from selection.stages.recommendation import groups_of, reviewers_of_the_result
from selection.web.forms.act import (
    ActForm,
    DayField,
    EnumField,
    PaperField,
    RowsField,
    TextField,
    UploadField,
    candidate_label,
    not_met,
)
from selection.web.tags import rate_of

_MOST = 99999


def scope_like(selection: Selection, form: str) -> str:
    """REC-16: who took part in the last recommendation of this form for a post of the same class and grade."""
    like = Poll.objects.filter(
        kind=PollKind.RECOMMENDATION,
        form=form,
        selection__mandate=selection.mandate_id,
        selection__post__post_class=selection.post.post_class,
        selection__post__grade=selection.post.grade,
    )
    return like.exclude(scope="").order_by("-held_at", "-pk").values_list("scope", flat=True).first() or ""


_VOTES = "votes-"
_GROUP = "group-"


class HoldRecommendationForm(ActForm):
    act = Act.HOLD_RECOMMENDATION

    form = EnumField(RecommendationForm, label=_("Form of the recommendation"))
    held_on = DayField(label=_("Held on"))
    scope = forms.CharField(
        label=_("Who took part"),
        max_length=120,
        help_text=_(
            "Such as: leading body, middle-level cadres and staff representatives of the unit.  It is filled in from "
            "the last recommendation for a post of this class and grade."
        ),
    )
    due_count = forms.IntegerField(label=_("Should have taken part"), min_value=1, max_value=_MOST)
    present_count = forms.IntegerField(label=_("Took part"), min_value=1, max_value=_MOST)
    names = EnumField(NamesKind, label=_("Ballots"), required=False)
    unsigned = forms.BooleanField(label=_("The ballots bear no name of whoever filled them in."), required=False)
    called_on = DayField(label=_("Notice of the meeting sent on"), required=False, help_text=_("Needed for a meeting."))
    statements_on = DayField(
        label=_("The persons on the list spoke for themselves on"),
        required=False,
        help_text=_("Between the round before and this one; empty at the first round."),
    )
    evidence = UploadField(label=Evidence.ROLL.label, required=False)

    def first_values(self) -> dict[str, Any]:
        forms_now = self.case.forms_now()
        only = forms_now[0] if len(forms_now) == 1 else None
        first = next((form for form in forms_now if not self.case.poll_of(form)), only)
        return {"held_on": self.today, **({"form": first} if first else {})}

    def prepare(self) -> None:
        offered: Any = self.fields["form"]
        offered.choices = [(form.value, form.label) for form in self.case.forms_now()]
        if chosen := self.initial.get("form"):
            self.initial.setdefault("scope", scope_like(self.case.selection, chosen))
        self._ask_for_the_number_due()
        self._ask_what_the_rules_ask()

    def _ask_what_the_rules_ask(self) -> None:
        """What only some bodies want to know is asked under their rules alone."""
        rules = self.case.rules
        floors = ("recommendation.floor_unlisted", "recommendation.floor_listed")
        wanted = {
            "names": rules.first(*floors),
            "unsigned": next(rules.asking("recommendation.secret"), None),
            "called_on": next(rules.asking("recommendation.called"), None),
            "statements_on": next(rules.asking("recommendation.statement_between"), None),
        }
        for name, rule in wanted.items():
            if rule is None:
                del self.fields[name]
        if wanted["names"]:
            floor = {
                key: rate_of(Fraction(share.numerator, share.denominator))
                for key in floors
                if (share := rules.value(key))
            }
            self.fields["names"].help_text = _(
                "Nobody goes on with less than %(unlisted)s of the votes without a list of names, "
                "or than %(listed)s on one."
            ) % {"unlisted": floor.get(floors[0], "—"), "listed": floor.get(floors[1], "—")}
        for form in self.case.forms_now():
            for group, who in groups_of(rules, form).items():
                self.fields[f"{_GROUP}{form.value}-{group}"] = forms.IntegerField(
                    label=_("%(form)s: %(group)s, took part") % {"form": form.label, "group": who},
                    help_text=_("Needed for this form; somebody of each group takes part."),
                    min_value=0,
                    max_value=_MOST,
                    required=False,
                )

    def given(self) -> dict[str, Any]:
        values = super().given()
        mine = f"{_GROUP}{values.get('form')}-"
        typed = {name: values.pop(name) for name in list(values) if name.startswith(_GROUP)}
        groups = {name.removeprefix(mine): number or 0 for name, number in typed.items() if name.startswith(mine)}
        return {"evidence": None, **values, **({"groups": groups} if groups else {})}

    def blame(self, requirements: Iterable[acts.Requirement]) -> None:
        """What is wrong with the groups is said beside each of the form of which nobody took part."""
        unmet = [requirement for requirement in requirements if not requirement.met]
        super().blame(unmet)
        for requirement in unmet:
            if requirement.field == "groups":
                mine = f"{_GROUP}{self.cleaned_data.get('form')}-"
                for name, number in list(self.cleaned_data.items()):
                    if name.startswith(mine) and not number:
                        self.add_error(name, not_met(requirement))

    def _ask_for_the_number_due(self) -> None:
        """Of the plenary committee it is counted from its seats; where none are on record, its roll is asked for."""
        due = self.fields["due_count"]
        if not set(OF_THE_PLENUM) & set(self.case.forms_now()):
            del self.fields["evidence"]
            return
        due.required = False
        roll = self.fields["evidence"]
        if seats := len(self.case.plenum_on(self.today)):
            roll.help_text = _(
                "Needed only for the plenary committee, and for a day on which it had no seats on record."
            )
            due.help_text = _(
                "Leave it empty for the plenary committee: whoever has a seat in it on that day is counted "
                "(%(seats)s today)."
            ) % {"seats": seats}
        else:
            due.help_text = _(
                "No seats of the plenary committee are on record, so the number is typed and shown by its roll.  "
                "The administrator gives its members their seats, under the accounts."
            )
            roll.help_text = _("Needed for the plenary committee.  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB.")


class EnterTallyForm(ActForm):
    """One teller's count from paper: a number for every candidate."""

    act = Act.ENTER_TALLY
    consequence = _(
        "Nobody sees these figures before both tellers have entered theirs and the count is confirmed.  "
        "You cannot change them yourself."
    )

    issued = forms.IntegerField(label=_("Forms issued"), min_value=0, max_value=_MOST)
    returned = forms.IntegerField(label=_("Forms returned"), min_value=0, max_value=_MOST)
    valid = forms.IntegerField(label=_("Valid forms"), min_value=0, max_value=_MOST)

    def prepare(self) -> None:
        for candidacy in self.case.live:
            self.fields[f"{_VOTES}{candidacy.pk}"] = forms.IntegerField(
                label=_("Votes for %(name)s") % {"name": candidate_label(candidacy)}, min_value=0, max_value=_MOST
            )

    def given(self) -> dict[str, Any]:
        values = super().given()
        votes = {name.removeprefix(_VOTES): values.pop(name) for name in list(values) if name.startswith(_VOTES)}
        return {**values, "votes": votes}

    def blame(self, requirements: Iterable[acts.Requirement]) -> None:
        """What is wrong with the votes is said beside each candidate who has too many."""
        unmet = [requirement for requirement in requirements if not requirement.met]
        super().blame(unmet)
        for requirement in unmet:
            if requirement.field == "votes":
                for name, value in list(self.cleaned_data.items()):
                    if name.startswith(_VOTES) and value > self.cleaned_data.get("valid", 0):
                        self.add_error(name, not_met(requirement))


class ConfirmTallyForm(ActForm):
    act = Act.CONFIRM_TALLY
    consequence = _("The count becomes the result of this recommendation and can be seen on the selection.")

    evidence = PaperField(Evidence.COUNT)


class RejectTallyForm(ActForm):
    act = Act.REJECT_TALLY
    consequence = _("Both counts are put aside, and both tellers count again.")

    reason = TextField(label=_("Reason"), rows=3)


def with_rates(case: Case) -> Any:
    """How a candidate stands in the list of those who may be inspected: with what the recommendation gave."""

    def label(candidacy: Any) -> str:
        said = [candidate_label(candidacy)]
        for form in case.forms_held():
            votes, rank = case.votes_for(candidacy, form), case.rank_of(candidacy, form)
            if votes and rank:
                said.append(
                    _("%(form)s: %(votes)s of %(valid)s, place %(rank)s")
                    % {"form": form.label, "votes": votes[0], "valid": votes[1], "rank": rank}
                )
        if (weighted := case.weighted(candidacy)) is not None:
            said.append(_("weighted: %(share)s") % {"share": rate_of(weighted)})
        return " · ".join(str(part) for part in said)

    return label


class OpenInspectionForm(ActForm):
    act = Act.OPEN_INSPECTION
    consequence = _("Whoever is not chosen leaves the selection here, with this opinion as the reason.")

    candidates = RowsField(label=_("Persons to be inspected"))
    opinion = TextField(
        label=_("Opinion of the meeting of department heads"),
        rows=3,
        help_text=_("What the choice rests on besides the votes."),
    )
    equal_number_reason = TextField(
        label=_("Why no more persons than posts"),
        rows=2,
        required=False,
        help_text=_("Needed only where as many persons are inspected as there are posts."),
    )
    low_votes_reason = TextField(
        label=_("Why somebody with few votes is inspected"),
        rows=2,
        required=False,
        help_text=_("Needed only in that case; it becomes an important matter in the process record."),
    )
    result_reviewed_on = DayField(label=_("Result of the recommendation reviewed on"))
    evidence = PaperField(Evidence.RESULT_REVIEW, always=True)

    def prepare(self) -> None:
        rules = self.case.rules
        for rule in rules.asking("inspection.fixed_by"):
            who = KEYS[rule.key].choices[rule.value]
            self.fields["opinion"].label = _("Opinion of those who fix the persons: %(who)s") % {"who": who}
        reviewed_by = [str(who) for _rule, who in reviewers_of_the_result(rules)]
        if reviewed_by:
            self.fields["result_reviewed_on"].help_text = _("Reviewed by: %(who)s") % {"who": "、".join(reviewed_by)}
        else:
            del self.fields["result_reviewed_on"], self.fields["evidence"]
        if any(rules.asking("inspection.as_many_as_posts")):
            del self.fields["equal_number_reason"]
        self.fields["candidates"].offer(self.case.at(CandidacyState.NOMINATED), with_rates(self.case))  # type: ignore[attr-defined]

    def side_by_side(self) -> dict[str, Any]:
        """What the choice rests on: each candidate in every recommendation, for those who may be chosen."""
        forms_ = self.case.forms_held()
        return {
            "forms": [form.label for form in forms_],
            "rows": [
                {
                    "name": str(row),
                    "cells": [
                        {
                            "form": form.label,
                            "votes": self.case.votes_for(row, form),
                            "rank": self.case.rank_of(row, form),
                        }
                        for form in forms_
                    ],
                }
                for row in self.case.at(CandidacyState.NOMINATED)
            ],
        }
