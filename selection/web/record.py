"""The process record for auditors (全程纪实): every act on one selection or one person, in plain words.

One line is one entry of the chain.  Beside the acts stand the important matters, the attempts that were refused and who
fetched which file.  The pages change nothing; reading them is recorded itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import BigIntegerField, CharField, Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reading
from audit.reading import Reading
from selection import acts, clock, roles
from selection.enums import Act, DocumentState, Effect, Matter, Paper, Role, Stage
from selection.models import (
    Account,
    Appointment,
    Candidacy,
    Document,
    ImportantMatter,
    Inquiry,
    Liability,
    Meeting,
    Nomination,
    Plan,
    Seat,
    Selection,
    SittingItem,
    StageVisit,
)
from selection.register.models import Organisation, Person, Post, Tenure
from selection.web.acts import act_url
from selection.web.papers import row_of
from selection.web.selection_record import Teller, label_of

PER_PAGE = 25
APART = timedelta(minutes=1)
"""From here on the time of an act and the time at which it was recorded are two."""

#: Acts that carry a selection to another stage; the act itself still belongs to the stage that it leaves.
MOVES = frozenset(
    {
        Act.APPROVE_MOTION,
        Act.OPEN_RECOMMENDATION,
        Act.OPEN_INSPECTION,
        Act.OPEN_DELIBERATION,
        Act.ANNOUNCE_RESULT,
        Act.APPOINT_CANDIDATE,
        Act.CONFIRM_APPOINTMENT,
        Act.RELIEVE_APPOINTMENT,
        Act.CANCEL_APPOINTMENT,
        Act.REMOVE_HOLDER,
        Act.RECONSIDER_DECISION,
        Act.RETURN_SELECTION,
        Act.END_SELECTION,
    }
)
#: What was read → in words.
READ = {
    "archive_index": gettext_lazy("Looked at the index of the file"),
    "audit_package": gettext_lazy("Fetched the audit package of a ballot"),
    "document": gettext_lazy("Fetched a paper"),
    "dossier": gettext_lazy("Took a dossier away"),
    "material": gettext_lazy("Opened a paper of a meeting"),
    "look_back": gettext_lazy("Looked back at an appointment"),
    "oversight": gettext_lazy("Looked at an oversight list"),
    "paper_checked": gettext_lazy("Checked a paper"),
    "personal_file": gettext_lazy("Read the person's file"),
    "qualified": gettext_lazy("Looked up who qualifies for a post"),
    "readers_of_file": gettext_lazy("Looked up who read the person's file"),
    "record_entry": gettext_lazy("Read the raw record"),
    "record_stream": gettext_lazy("Read the raw record"),
    "record_verified": gettext_lazy("Verified the record"),
    "record_checkpoints": gettext_lazy("Read the checkpoints"),
    "selection_record": gettext_lazy("Read the process record"),
    "person_record": gettext_lazy("Read the process record"),
}


# --- names -----------------------------------------------------------------------------------------------------------

_NAMED: dict[str, tuple[Any, Any]] = {
    "account": (Account, F("name")),
    "appointment": (Appointment, F("person__name")),
    "candidacy": (Candidacy, F("person__name")),
    "document": (Document, F("title")),
    "inquiry": (Inquiry, Concat("department", Value("（"), "candidacy__person__name", Value("）"))),
    "liability": (Liability, F("person__name")),
    "meeting": (Meeting, F("number")),
    "nomination": (Nomination, F("person__name")),
    "plan": (Plan, F("selection__number")),
    "organisation": (Organisation, F("short_name")),
    "person": (Person, F("name")),
    "post": (Post, Concat("organisation__short_name", "title")),
    "seat": (Seat, F("person__name")),
    "selection": (Selection, F("number")),
    "sittingitem": (SittingItem, F("selection__number")),
    "tenure": (Tenure, Concat("post__organisation__short_name", "post__title")),
}


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Every ``[type, id]`` in the values of an entry."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "votes" and isinstance(inner, dict):
                yield from (("candidacy", candidate) for candidate in inner)
            yield from references(inner)
    elif isinstance(value, list | tuple):
        if len(value) == 2 and isinstance(value[0], str) and value[0] in _NAMED and str(value[1]).isdigit():
            yield (value[0], str(value[1]))
        else:
            for inner in value:
                yield from references(inner)


#: Rows that are about one person: type → how the person's key is reached; the name of the row is the person's.
_PERSON_OF = {
    "appointment": F("person_id"),
    "candidacy": F("person_id"),
    "nomination": F("person_id"),
    "person": F("pk"),
}


@dataclass(frozen=True)
class Named:
    """What a row is called, and the key of the person whom it is about, if it is about one."""

    name: str
    person: int | None


def rows_of(entries: Iterable[Reading]) -> dict[tuple[str, str], Named]:
    """Type and key → what is told of the row, for every row that the entries point to; one query."""
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        for kind, pk in references([entry.object, entry.data]):
            wanted.setdefault(kind, set()).add(int(pk))
    if not wanted:
        return {}
    text, key = CharField(), BigIntegerField()
    parts = [
        _NAMED[kind][0]
        ._base_manager.filter(pk__in=pks)
        .order_by()
        .annotate(
            of_type=Value(kind, output_field=text),
            in_words=Cast(_NAMED[kind][1], text),
            about=Cast(_PERSON_OF.get(kind, Value(None)), key),
        )
        .values_list("of_type", "pk", "in_words", "about")
        for kind, pks in sorted(wanted.items())
    ]
    rows: QuerySet[Any, Any] = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(kind, str(pk)): Named(said, person) for kind, pk, said, person in rows}


class Auditing(Teller):
    """Tells entries of any number of selections; it knows the name of every row that they point to."""

    def __init__(
        self, entries: Sequence[Reading], matters: Iterable[ImportantMatter], papers: Iterable[Document]
    ) -> None:
        found = rows_of(entries)
        self.names = {row: named.name for row, named in found.items()}
        self.people = {row: named.person for row, named in found.items() if named.person is not None}
        matters = list(matters)
        self.kinds = {str(row.pk): Matter(row.kind) for row in matters}
        self.matters = {str(row.pk): Matter(row.kind).label for row in matters}
        self.papers = {
            row.sha256: reverse("document", args=[row.pk]) for row in papers if row.state == DocumentState.KEPT
        }

    def about(self, entry: Reading) -> str:
        """Whom or what the act was done to, where that is not the selection itself."""
        return "" if entry.object[0] == "selection" else self.names.get(entry.object, "")

    def what(self, entry: Reading) -> str:
        """The name of the act."""
        return label_of(entry.action)

    def votes(self, entry: Reading) -> dict[str, Any]:
        """The votes of a confirmed count by name."""
        counted = entry.data.get("facts", {}).get("votes", {})
        return {self.names.get(("candidacy", pk), pk): number for pk, number in counted.items()}

    def value(self, field: Any, value: Any) -> Any:
        """A stored value in words, also where the choices of its field are no enumeration."""
        labels = {str(key): label for key, label in getattr(field, "choices", ())}
        if not labels:
            return super().value(field, value)
        return (
            [labels.get(str(one), one) for one in value] if isinstance(value, list) else labels.get(str(value), value)
        )

    def kinds_of(self, entry: Reading) -> list[Matter]:
        """Of which kinds the important matters are that the act has made."""
        made = (pk for of_type, pk in entry.data.get("made", []) if of_type == "importantmatter")
        return [self.kinds[pk] for pk in made if pk in self.kinds]

    def concerns(self, entry: Reading) -> dict[str, str]:
        """Key → name of every person whom the act concerns."""
        pointed = references([entry.object, entry.data])
        return {str(self.people[row]): self.names[row] for row in pointed if row in self.people}

    def line(self, entry: Reading, *, stage: str = "", selection: Selection | None = None) -> dict[str, Any]:
        """One act as a row of the table."""
        return {
            "entry": entry,
            "what": self.what(entry),
            "about": self.about(entry),
            "who": self.who(entry),
            "detail": {**self.given(entry), **self.votes(entry)},
            "marks": self.marks(entry),
            "kinds": self.kinds_of(entry),
            "concerns": self.concerns(entry),
            "recorded_at": entry.recorded_at if abs(entry.recorded_at - entry.at) >= APART else None,
            "papers": self.item(entry)["papers"],
            "stage": Stage(stage).label if stage else "",
            "stage_key": stage,
            "selection": selection,
            "raw_url": reverse("audit:entry", args=[entry.stream, entry.seq]),
        }

    def view(self, entry: Reading) -> dict[str, Any]:
        """Who read or fetched something, as an item of ``timeline.html``."""
        about = self.names.get(entry.object, "")
        said = str(READ.get(entry.data.get("what", ""), entry.data.get("what", "")))
        what = f"{said}{pgettext('between label and value', ': ')}{about}" if about else said
        return {"at": entry.at, "what": what, "who": self.who(entry), "tone": "muted"}


def split(entries: Iterable[Reading], stream: str) -> tuple[list[Reading], list[Reading], list[Reading]]:
    """The entries of the stream in order, the attempts that were refused, and what was read, the latest first."""
    own: list[Reading] = []
    refused: list[Reading] = []
    read: list[Reading] = []
    for entry in entries:
        if entry.stream == stream:
            own.append(entry)
        elif entry.stream == "access":
            (refused if entry.data.get("kind") == "refused" else read).append(entry)
    return sorted(own, key=lambda entry: entry.seq), refused[::-1], read[::-1]


def stages_of(entries: Iterable[Reading], visits: Sequence[StageVisit]) -> Iterator[str]:
    """The stage in which each entry was made."""
    place = 0
    for entry in entries:
        yield visits[place].stage if visits else ""
        following = visits[place + 1] if place + 1 < len(visits) else None
        if following is not None and entry.action in MOVES and entry.at == following.entered_at:
            place += 1


# --- who may ---------------------------------------------------------------------------------------------------------


def audited_by(account: Account) -> QuerySet[Selection]:
    """Selections of the mandates for which the account is an auditor, as far as it may see them.

    Raises:
        PermissionDenied: it is no auditor.
    """
    if not account.reads_record():
        raise PermissionDenied
    held = [mandate for role, mandate in account.roles_in_force(clock.today()) if role is Role.AUDITOR]
    return Selection.objects.visible_to(account).filter(mandate__in=held)


# --- pages -----------------------------------------------------------------------------------------------------------


class IndexForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Number or post"), max_length=60, required=False)
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"), required=False, choices=[("", gettext_lazy("All")), *Stage.choices]
    )
    matters = forms.BooleanField(label=gettext_lazy("With important matters only"), required=False)


@never_cache
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """Every selection that the auditor may look into."""
    account: Account = request.user  # type: ignore[assignment]
    matters = ImportantMatter.objects.filter(selection=OuterRef("pk")).order_by()
    number = Subquery(matters.values("selection").annotate(number=Count("pk")).values("number"))
    rows = audited_by(account).select_related("post__organisation").annotate(number_of_matters=Coalesce(number, 0))
    form = IndexForm(request.GET or None)
    if form.is_valid():
        given = form.cleaned_data
        if given["q"]:
            rows = rows.annotate(
                in_words=Concat("number", Value(" "), "post__organisation__short_name", "post__title")
            ).filter(in_words__contains=given["q"].strip())
        if given["stage"]:
            rows = rows.filter(stage=given["stage"])
        if given["matters"]:
            rows = rows.filter(Exists(matters))
    page = Paginator(rows.order_by("-opened_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    streams = {selection.streams()[0]: selection for selection in page}
    counted = reading.summaries(streams)
    return render(
        request,
        "selection/record.html",
        {
            "page": page,
            "form": form,
            "lines": [(selection, counted.get(stream)) for stream, selection in streams.items()],
        },
    )


class LinesForm(forms.Form):
    """Which acts to show; people are told apart by their keys, so that no name stands in an address."""

    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False)
    act = forms.ChoiceField(label=gettext_lazy("Act"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Acted by"), required=False)
    about = forms.ChoiceField(label=gettext_lazy("Person concerned"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of important matter"), required=False)
    marked = forms.BooleanField(label=gettext_lazy("Important matters only"), required=False)

    def __init__(self, data: Any, *, lines: Sequence[dict[str, Any]]) -> None:
        super().__init__(data)
        kinds = {kind for line in lines for kind in line["kinds"]}
        offered: dict[str, dict[str, Any]] = {
            "stage": {line["stage_key"]: line["stage"] for line in lines if line["stage_key"]},
            "act": {line["entry"].action: line["what"] for line in lines},
            "who": {line["entry"].actor["id"]: line["entry"].actor["name"] for line in lines},
            "about": {key: name for line in lines for key, name in line["concerns"].items()},
            "kind": {kind.value: kind.label for kind in Matter if kind in kinds},
        }
        for name, choices in offered.items():
            self.fields[name].choices = [("", _("All")), *choices.items()]  # type: ignore[attr-defined]
        for name in ("stage", "kind"):
            if not offered[name]:
                del self.fields[name]
        if len(offered["about"]) < 2:
            del self.fields["about"]

    def narrowed(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines that meet every filter; a filter with an error narrows nothing."""
        self.full_clean()
        given = self.cleaned_data if self.is_bound else {}
        return [
            line
            for line in lines
            if given.get("stage", "") in ("", line["stage_key"])
            and given.get("act", "") in ("", line["entry"].action)
            and given.get("who", "") in ("", line["entry"].actor["id"])
            and given.get("about", "") in ("", *line["concerns"])
            and given.get("kind", "") in ("", *line["kinds"])
            and (line["marks"] or not given.get("marked"))
        ]

    def in_words(self) -> dict[str, Any]:
        """The filters that are set, each by its label, for the printed page; empty where everything is shown."""
        given = self.cleaned_data if self.is_bound else {}
        return {
            str(field.label): dict(field.choices)[given[name]] if isinstance(field, forms.ChoiceField) else True  # type: ignore[arg-type]
            for name, field in self.fields.items()
            if given.get(name)
        }


@never_cache
@require_safe
def record_of(request: HttpRequest, number: str) -> HttpResponse:
    """Every act on one selection, its important matters, refused attempts and fetched files."""
    account: Account = request.user  # type: ignore[assignment]
    selection = audited_by(account).select_related("post__organisation", "rule_set").filter(number=number).first()
    if selection is None:
        raise Http404
    at = clock.now()
    stream = selection.streams()[0]
    acts.looked_at(account, "selection_record", ("selection", str(selection.pk)), at, case=stream)
    own, refused, read = split(reading.of_case(stream)[:], stream)
    matters = list(selection.matters.select_related("candidacy__person"))
    papers = list(selection.documents.all())
    teller = Auditing(own + refused + read, matters, papers)
    visits = list(selection.visits.order_by("entered_at", "pk"))
    lines = [teller.line(entry, stage=stage) for entry, stage in zip(own, stages_of(own, visits), strict=True)]
    form = LinesForm(request.GET or None, lines=lines)
    held = {role for role, mandate in account.roles_in_force(clock.day_of(at)) if mandate == selection.mandate_id}
    anew = act_url(Act.REQUEST_DOCUMENT, selection, kind=Paper.RECORD_FORM.value)
    return render(
        request,
        "selection/record_of.html",
        {
            "selection": selection,
            "stream": stream,
            "lines": form.narrowed(lines),
            "all_lines": len(lines),
            "form": form,
            "printed_at": at,
            "effects": dict(Effect.choices),
            "appointments": selection.appointments.select_related("person"),
            "kinds": [(kind.label, [row for row in matters if row.kind == kind]) for kind in Matter],
            "refused": [teller.attempt(entry) for entry in refused],
            "read": [teller.view(entry) for entry in read],
            "papers": [row_of(row) for row in papers if row.kind == Paper.RECORD_FORM],
            "request_url": anew if held & roles.ROLES[Act.REQUEST_DOCUMENT] else "",
        },
    )


@never_cache
@require_safe
def person_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Every act on one person, over all selections that the auditor may see, and who read the person's file."""
    account: Account = request.user  # type: ignore[assignment]
    audited = audited_by(account)
    person = Person.objects.select_related("organisation").filter(pk=pk).first()
    if person is None:
        raise Http404
    stream = person.streams()[0]
    at = clock.now()
    acts.looked_at(account, "person_record", ("person", str(pk)), at, case=stream)
    own, _refused, read = split(reading.of_case(stream)[:], stream)
    cases = {int(entry.case.removeprefix("selection:")) for entry in own if entry.case.startswith("selection:")}
    seen = audited.in_bulk(cases) if cases else {}
    own = [entry for entry in own if not entry.case or int(entry.case.removeprefix("selection:")) in seen]
    matters = ImportantMatter.objects.filter(selection__in=seen, candidacy__person=person)
    papers = Document.objects.filter(selection__in=seen).defer("problem")
    teller = Auditing(own + read, matters, papers)
    lines = [
        teller.line(entry, selection=seen.get(int(entry.case.removeprefix("selection:"))) if entry.case else None)
        for entry in own
    ]
    form = LinesForm(request.GET or None, lines=lines)
    return render(
        request,
        "selection/record_person.html",
        {
            "person": person,
            "stream": stream,
            "lines": form.narrowed(lines),
            "all_lines": len(lines),
            "form": form,
            "printed_at": at,
            "read": [teller.view(entry) for entry in read],
        },
    )


urlpatterns = [
    path("process-record/", record, name="record"),
    path("process-record/selections/<str:number>/", record_of, name="record_of"),
    path("process-record/people/<int:pk>/", person_record, name="person_record"),
]
