"""Entries of the record in plain words (全程纪实).

What an entry was given is named by the labels of the form it was given in.  Some things are never told here, though the
record commits to them: a teller's figures, notes of talks, and what and who somebody reported.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Value
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.reading import Reading
from selection.enums import Act, Choice, DeadlineKind, Matter, Role, Stage
from selection.models import Document, Seat, Selection
from selection.models.correction import OnRecord
from selection.web.forms.act import FORMS, EnumField, EnumsField

PER_PAGE = 50

#: Acts whose particulars stay between those who do them, and counts that are told when they are confirmed.
UNTOLD = frozenset({Act.ENTER_TALLY, Act.ENTER_NAMES, Act.FILE_OBJECTION, Act.FILE_REPORT})
#: Free texts that are shown while they exist; every other one is only committed to.
TOLD_TEXTS = frozenset(
    {
        "reason",
        "opinion",
        "opinions",
        "cause",
        "result",
        "feedback",
        "decision",
        "remark",
        "equal_number_reason",
        "low_votes_reason",
        "ground",
        "source_direction",
        "team_plan",
        "title",
        "present",
        "conditions",
        "scope",
        "procedure",
    }
)
#: What acts find out by themselves, in words.
FACTS: Mapping[str, str | Promise] = {
    "number": gettext_lazy("Selection no."),
    "destroyed": gettext_lazy("Texts destroyed"),
    "from": gettext_lazy("From stage"),
    "to": gettext_lazy("To stage"),
    "due": gettext_lazy("Due"),
    "last_day": gettext_lazy("Last day"),
    "template": gettext_lazy("Version of the template"),
    "inspected": gettext_lazy("Persons inspected"),
    "proposed": gettext_lazy("Persons proposed"),
    "issued": gettext_lazy("Forms issued"),
    "returned": gettext_lazy("Forms returned"),
    "valid": gettext_lazy("Valid forms"),
    "members": gettext_lazy("Members of the team"),
    "leader": gettext_lazy("Head of the team"),
    "department": gettext_lazy("Department"),
    "reminders": gettext_lazy("Reminders so far"),
    "refused": gettext_lazy("Ballots refused by the box"),
    "kind": gettext_lazy("What came due"),
    "present": gettext_lazy("Present"),
    "chair": gettext_lazy("Presided over by"),
    "slips": gettext_lazy("Slips"),
    "posts_left": gettext_lazy("Posts left"),
    "root": gettext_lazy("Root over all ballots"),
    "check_code": gettext_lazy("Characters of the box"),
    "in_box": gettext_lazy("Ballots in the box"),
    "names": gettext_lazy("Names on the ballots"),
    "go_on": gettext_lazy("Who goes on"),
    "tied": gettext_lazy("Equal votes"),
    "slips_to_hand_back": gettext_lazy("Slips to be handed back"),
    "too_late_for": gettext_lazy("Too late for ballots"),
    "old": gettext_lazy("Old value"),
    "new": gettext_lazy("New value"),
}


#: An enumeration makes its ``values`` anew whenever it is asked, and a page of entries asks a thousand times.
_ACTS = {act.value: act for act in Act}
_ROLES = {role.value: role for role in Role}


def label_of(action: str) -> str:
    """An action in words."""
    return str(_ACTS[action].label) if action in _ACTS else action


class Teller:
    """Tells entries of one selection; rows that entries point to are read once."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        parts = list(selection.participations.select_related("account", "person"))
        columns = ("of_type", "pk", "person_id", "person__name")
        people = selection.candidacies.order_by().annotate(of_type=Value("candidacy")).values_list(*columns)
        members = Seat.objects.filter(body__mandate=selection.mandate_id).order_by()
        known = list(people.union(members.annotate(of_type=Value("seat")).values_list(*columns), all=True))
        of_candidacy = {pk: name for kind, pk, _person, name in known if kind == "candidacy"}
        self.names = {
            **{("person", str(person)): name for kind, _pk, person, name in known if kind == "candidacy"},
            **{(kind, str(pk)): name for kind, pk, _person, name in known},
            **{
                ("appointment", str(row.pk)): of_candidacy.get(row.candidacy_id, "")
                for row in selection.appointments.all()
            },
            **{("account", str(row.account_id)): row.account.name for row in parts if row.account},
            **{("person", str(row.person_id)): row.person.name for row in parts if row.person},
            ("post", str(selection.post_id)): str(selection.sought),
        }
        self.matters = {str(row.pk): Matter(row.kind).label for row in selection.matters.all()}
        self.papers = {
            row.sha256: reverse("document", args=[row.pk])
            for row in Document.objects.filter(selection=selection).exclude(sha256="")
        }

    def item(self, entry: Reading) -> dict[str, Any]:
        """What ``timeline.html`` shows of an entry."""
        marks = self.marks(entry)
        about = self.names.get(entry.object, "") if entry.object[0] in ("candidacy", "appointment") else ""
        what = label_of(entry.action)
        return {
            "at": entry.at,
            "what": _("%(act)s: %(about)s") % {"act": what, "about": about} if about else what,
            "who": self.who(entry),
            "detail": {**self.given(entry), **({_("Important matter"): marks} if marks else {})},
            "tone": "warn" if marks else "",
            "papers": [
                {"title": str(file["name"]), "url": self.papers[str(file["sha256"])]}
                for file in entry.files
                if file["sha256"] in self.papers
            ],
        }

    def attempt(self, entry: Reading) -> dict[str, Any]:
        """An act that was refused: who tried, when, and against which articles."""
        unmet = [one.get("rule") for one in entry.data.get("unmet", []) if one.get("rule")]
        return {
            "at": entry.at,
            "what": _("Refused: %(act)s") % {"act": label_of(entry.action)},
            "who": self.who(entry),
            "detail": {_("Not met"): unmet} if unmet else "",
            "tone": "bad",
        }

    def who(self, entry: Reading) -> str:
        """Name, department and role of whoever acted."""
        if entry.actor["auth"] in ("clock", "public"):
            return str(Role(entry.actor["auth"]).label)
        role = str(_ROLES[entry.actor["role"]].label) if entry.actor["role"] in _ROLES else ""
        return " · ".join(part for part in (entry.actor["name"], entry.actor["dept"], role) if part)

    def marks(self, entry: Reading) -> list[str]:
        """Important matters that the act has made, and requirements that it passed with a written reason."""
        made = [self.matters.get(pk, "") for kind, pk in entry.data.get("made", []) if kind == "importantmatter"]
        waived = [_("%(rule)s passed with a written reason") % {"rule": rule} for rule in entry.data.get("waived", [])]
        reasons = [text for name, text in entry.opened.items() if name.startswith("waived.")]
        return [str(one) for one in (*made, *waived, *reasons) if one]

    def given(self, entry: Reading) -> dict[str, Any]:
        """What the act was given and found out, each thing under its label."""
        if entry.action not in _ACTS or entry.action in UNTOLD:
            return {}
        if entry.action in (Act.CORRECT_FACT, Act.CONFIRM_CORRECTION):
            return self.corrected(entry)
        form = FORMS.get(Act(entry.action))
        fields = form.base_fields if form else {}
        told: dict[str, Any] = {}
        plain = entry.data.get("given", {})
        for name, value in plain.items():
            if name in fields and value not in (None, "", []):
                told[str(fields[name].label)] = self.value(fields[name], value)
        for name, text in entry.opened.items():
            if name in TOLD_TEXTS and text:
                told[str(fields[name].label) if name in fields else str(FACTS.get(name, _("In words")))] = text
        for name, value in entry.data.get("facts", {}).items():
            if label := _label(name, value):
                told.setdefault(label, _fact(name, value))
            elif name == "person" and (who := self.row(value)):
                told.setdefault(_("Person"), who)
            elif name == "chair" and (who := self.row(value)):
                told.setdefault(str(FACTS["chair"]), who)
            elif name == "counts":
                told |= {self.row(key.split(":")): _counts(counted) for key, counted in value.items()}
        return {label: value for label, value in told.items() if value not in ("", [])}

    def corrected(self, entry: Reading) -> dict[str, Any]:
        """A fact that was corrected: which one, from what to what; free text is not told."""
        given, facts = entry.data.get("given", {}), entry.data.get("facts", {})
        kind, fact = (given.get("row") or facts["row"])[0], given.get("fact") or facts["fact"]
        name, _dash, about = str(fact).partition("-")
        act = next(
            (row.correctable.recorded_by for row in OnRecord.__subclasses__() if row.__name__.lower() == kind), None
        )
        fields = FORMS[act].base_fields if act else {}
        field = fields.get(name)
        label = str(field.label) if field else _("Votes received")
        told = {
            _("Fact"): f"{label_of(act)} · {label} {self.names.get(('candidacy', about), '')}".strip() if act else label
        }
        for key, value in (("old", facts.get("old")), ("new", given.get("value", facts.get("new")))):
            if value is not None:
                told[str(FACTS[key])] = self.value(field, value) if field else value
        if reason := entry.opened.get("reason"):
            told[str(FORMS[Act.CORRECT_FACT].base_fields["reason"].label)] = reason
        return told

    def value(self, field: Any, value: Any) -> Any:
        """A stored value in words: labels of enumerations, days, names of rows."""
        if isinstance(field, EnumField | EnumsField):
            labels = {str(key): label for key, label in list(field.choices)}  # type: ignore[arg-type]
            return [labels.get(one, one) for one in value] if isinstance(value, list) else labels.get(value, value)
        if isinstance(field, forms.TimeField):
            return datetime.fromisoformat(value)
        if isinstance(field, forms.DateField):
            return date.fromisoformat(value)
        if isinstance(value, list) and value and all(isinstance(one, list) for one in value):
            return [name for one in value if (name := self.row(one))]
        return self.row(value) if isinstance(value, list) else value

    def row(self, reference: Any) -> str:
        """The name of a row that an entry points to; empty where the page does not know it."""
        return self.names.get(tuple(reference), "")


def _label(name: str, value: Any) -> str:
    """What a fact is called; counts of a tally are told at its confirmation, numbers of a roll with its ballot."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    if name == "due" and isinstance(value, int):
        return _("Should attend")
    return str(FACTS[name]) if name in FACTS else ""


def _fact(name: str, value: Any) -> Any:
    """A fact in words."""
    if name in ("from", "to") and value in Stage.values:
        return Stage(value).label
    if name == "kind" and value in DeadlineKind.values:
        return DeadlineKind(value).label
    return date.fromisoformat(value) if name in ("due", "last_day") and isinstance(value, str) else value


def _counts(counted: Mapping[str, int]) -> str:
    return " · ".join(f"{choice.label} {counted.get(choice.value, 0)}" for choice in Choice)
