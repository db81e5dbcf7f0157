"""Forms of nomination by ballot at sittings (会议推荐提名表单)."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Evidence, NamesKind, Role, SelectionKind, Stage
from selection.models import Selection
from selection.models.case import of_sittings
from selection.models.sitting import names_in
from selection.register.models import Person
from selection.stages.sitting import cut_of, groups, listed
from selection.web.forms.act import ActForm, DayField, PaperField, RowsField, TextField

_MOST = 99999
_VOTES = "votes-"
_PERSON = "person-"
_OFFERED = 100


class OpenSittingForm(ActForm):
    """The posts that have this round before them, and the groups that the rules let nominate in it."""

    act = Act.OPEN_SITTING
    consequence = _("Two tellers then enter the names on the ballots, each post on a page of its own.")
    table = "selection/sitting_roll.html"

    selections = RowsField(label=_("Posts on the ballots"))
    round = forms.IntegerField(label=_("Round"), widget=forms.HiddenInput, min_value=1, max_value=9)
    held_on = DayField(label=_("Held on"))
    names_each = forms.IntegerField(
        label=_("Names that a ballot may have for each post"), min_value=1, max_value=20, initial=1
    )

    def first_values(self) -> dict[str, Any]:
        return {"held_on": self.today, "round": 1}

    def prepare(self) -> None:
        self.number = self._number()
        running = Selection.objects.visible_to(self.actor).filter(
            mandate=self.case.mandate,
            stage=Stage.NOMINATION,
            kind=SelectionKind.APPOINTMENT,
            suspended_at__isnull=True,
        )
        cases = of_sittings(running.order_by("-opened_at").values("pk")[:_OFFERED])
        ready = [
            one.selection for one in cases if len(one.sat) + 1 == self.number and all(row.settled_at for row in one.sat)
        ]
        chooser: Any = self.fields["selections"]
        chooser.offer(ready)
        if not ready:
            chooser.help_text = _("No post has this round before it now.")
        first = [str(row.pk) for row in ready if str(row.batch_id) == str(self.initial.get("batch"))]
        first += [str(row.pk) for row in ready if str(row.pk) == str(self.initial.get("selection"))]
        self.initial["selections"] = first
        sent: Any = self.data
        chosen = {*first, *(sent.getlist("selections") if self.is_bound else ())}
        rules = next((row.rules for row in ready if str(row.pk) in chosen), self.case.rules)
        self.groups = groups(rules, self.number)
        for group, name in self.groups.items():
            for what, label in (("due", _("%(group)s: due")), ("present", _("%(group)s: present"))):
                self.fields[f"{what}-{group}"] = forms.IntegerField(
                    label=label % {"group": name}, min_value=0, max_value=_MOST
                )

    def _number(self) -> int:
        given = str((self.data if self.is_bound else self.initial).get("round", ""))
        return int(given) if given.isdigit() and 0 < int(given) < 10 else 1

    def before_roll(self) -> Iterator[Any]:
        """The fields that stand above the roll."""
        return (self[name] for name in ("token", "round", "selections", "held_on", "names_each"))

    def roll(self) -> list[dict[str, Any]]:
        """A row of controls for each group."""
        return [
            {"name": name, "due": self[f"due-{group}"], "present": self[f"present-{group}"]}
            for group, name in self.groups.items()
        ]

    def given(self) -> dict[str, Any]:
        values = super().given()
        roll = {group: {what: values.pop(f"{what}-{group}") for what in ("due", "present")} for group in self.groups}
        return {**values, "roll": roll}

    def next_url(self, result: Any) -> str:
        return reverse("sitting", args=[result.pk])


class _AtSitting(ActForm):
    """What is done for one post goes back to the sitting, where the other posts stand."""

    def next_url(self, result: Any) -> str:
        return reverse("sitting", args=[self.subject.sitting_id])


class EnterNamesForm(_AtSitting):
    """One teller's count for one post: names written in, a line each, or a number for each name of the list."""

    act = Act.ENTER_NAMES
    consequence = _(
        "Nobody sees these figures before both tellers have entered theirs and the count is confirmed.  "
        "You cannot change them yourself."
    )

    issued = forms.IntegerField(label=_("Forms issued"), min_value=0, max_value=_MOST)
    returned = forms.IntegerField(label=_("Forms returned"), min_value=0, max_value=_MOST)
    valid = forms.IntegerField(label=_("Valid forms"), min_value=0, max_value=_MOST)
    names = TextField(
        label=_("Names on the ballots with their votes"),
        rows=14,
        max_length=20000,
        required=False,
        help_text=_("One name a line, then a space and its votes, as it is written on the ballots."),
    )

    def prepare(self) -> None:
        if self.subject.sitting.kind == NamesKind.OPEN:
            self.fields["names"].required = True
            return
        del self.fields["names"]
        for row in listed(self.case, self.subject):
            label = _("Votes for %(name)s") % {"name": f"{row.person.name}（{row.person.organisation}）"}
            self.fields[f"{_VOTES}{row.person_id}"] = forms.IntegerField(label=label, min_value=0, max_value=_MOST)

    def clean_names(self) -> str:
        text: str = self.cleaned_data["names"]
        if bad := names_in(text)[1]:
            raise forms.ValidationError(
                _("Not a name with its votes, or the name stands further up: lines %(lines)s."),
                params={"lines": "、".join(map(str, bad))},
            )
        return text

    def given(self) -> dict[str, Any]:
        values = super().given()
        votes = {name.removeprefix(_VOTES): values.pop(name) for name in list(values) if name.startswith(_VOTES)}
        return {**values, "votes": votes} if votes else values


class ConfirmNamesForm(_AtSitting):
    act = Act.CONFIRM_NAMES
    consequence = _("The names with their votes are those of the ballots, and the register is searched for them.")

    evidence = PaperField(Evidence.COUNT)


class RejectNamesForm(_AtSitting):
    act = Act.REJECT_NAMES
    consequence = _("Both counts are put aside, and both tellers count again.")

    reason = TextField(label=_("Why it is counted again"), rows=3)


class ResolveNamesForm(_AtSitting):
    """A control for each written name, in which stands whoever the register has under it."""

    act = Act.RESOLVE_NAMES
    consequence = _(
        "A name that is left empty stays listed and counts for nobody.  The votes of two names of one person are "
        "added up.  Until those who go on are fixed, this can be done again."
    )
    table = "selection/sitting_names.html"

    def prepare(self) -> None:
        self.names = self.case.names_at(self.subject)
        known = self._of_name(row.words for row in self.names)
        for row in self.names:
            found = known.get(row.words, [])
            first = row.person or (found[0] if len(found) == 1 else None)
            self.fields[f"{_PERSON}{row.pk}"] = forms.CharField(
                label=_("Person of the register for %(words)s") % {"words": row.words},
                max_length=160,
                required=False,
                initial=_told(first) if first else "",
                help_text=_("Namesakes: %(units)s") % {"units": "、".join(_told(one) for one in found)}
                if len(found) > 1
                else "",
            )

    def _of_name(self, names: Any) -> dict[str, list[Person]]:
        """Those in service by their names."""
        found: dict[str, list[Person]] = {}
        for person in Person.objects.filter(name__in=set(names)).select_related("organisation").order_by("pk"):
            if person.is_in_service(self.today):
                found.setdefault(person.name, []).append(person)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Each written name with its votes and its control."""
        return [{"words": row.words, "votes": row.votes, "field": self[f"{_PERSON}{row.pk}"]} for row in self.names]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        typed = {row.pk: values.get(f"{_PERSON}{row.pk}", "").strip() for row in self.names}
        known = self._of_name(text.partition(" ")[0] for text in typed.values())
        self.people: dict[str, Person | None] = {}
        for row in self.names:
            name, _space, unit = typed[row.pk].partition(" ")
            found = known.get(name, [])
            if unit:
                found = [one for one in found if unit.strip() in (one.organisation.short_name, one.organisation.name)]
            if name and not found:
                self.add_error(
                    f"{_PERSON}{row.pk}",
                    _("Nobody in service has this name.  Leave it empty, or enter the person first."),
                )
            elif len(found) > 1:
                self.add_error(f"{_PERSON}{row.pk}", _("Several people have this name.  Add the unit after a space."))
            self.people[str(row.pk)] = found[0] if name and len(found) == 1 else None
        return values

    def given(self) -> dict[str, Any]:
        return {"people": self.people}


def _told(person: Person) -> str:
    return f"{person.name} {person.organisation.short_name}"


class DecideTieForm(_AtSitting):
    act = Act.DECIDE_TIE
    consequence = _("The decision stands beside the votes; then those who go on can be fixed.")

    taken = RowsField(label=_("Who of them goes on"))
    decision = TextField(label=_("Who decided, and why so"), rows=3)
    decided_on = DayField(label=_("Decided on"))
    evidence = PaperField(Evidence.TIE, always=True)

    def first_values(self) -> dict[str, Any]:
        return {"decided_on": self.today}

    def prepare(self) -> None:
        found = cut_of(self.case, self.subject)
        taken: Any = self.fields["taken"]
        taken.offer([self.case.people[key] for key in found.tied], _told)
        taken.help_text = _("Places that are left: %(number)s") % {"number": found.free}


class SettleNamesForm(_AtSitting):
    act = Act.SETTLE_NAMES
    consequence = _("Everybody is ranked by votes.  Those who go on are fixed; the others stay in the record.")


class PublishNamesForm(_AtSitting):
    act = Act.PUBLISH_NAMES
    consequence = _("The names of those who go on stand on the public pages until nomination is over.")

    published_on = DayField(label=_("Published on"))

    def first_values(self) -> dict[str, Any]:
        return {"published_on": self.today}


class SignOffNamesForm(_AtSitting):
    act = Act.SIGN_OFF_NAMES
    consequence = _("Whoever watched over the nomination confirms that it went by the rules.")

    supervisor = forms.CharField(label=_("Supervisor"), max_length=80)
    signed_off_on = DayField(label=_("Signed on"))
    evidence = PaperField(Evidence.SIGN_OFF)

    def first_values(self) -> dict[str, Any]:
        own = self.actor.holds(Role.AUDITOR, self.today)
        return {"signed_off_on": self.today, **({"supervisor": self.actor.name} if own else {})}

    def prepare(self) -> None:
        self.fields["evidence"].required = not self.actor.holds(Role.AUDITOR, self.today)


class AnnulNamesForm(_AtSitting):
    act = Act.ANNUL_NAMES
    danger = True
    consequence = _("Nothing of it counts any more for this post, which is nominated for anew.")

    reason = TextField(label=_("Why it is annulled"), rows=3)
