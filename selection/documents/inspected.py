"""Papers of an inspection (考察文书): who is inspected and by whom, what was heard, counted, asked and concluded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from selection import clock
from selection.documents.contexts import (
    CHECKS,
    NOTHING,
    UNRECORDED,
    Line,
    day,
    facts,
    figures,
    paragraphs,
    posts_held,
    was_inspected,
    within,
)
from selection.documents.render import OFFICIAL
from selection.enums import Finding, Paper, PollKind
from selection.models import Assessment, Candidacy, Document, Inquiry, Selection
from selection.models.case import Case

#: What the papers of an inspection say of a person at their head.
_WHO = ("name", "sex", "ethnicity", "born", "education", "joined_party", "current_post", "proposed_post")
#: What is put up in public of each inspected person.
_IN_PUBLIC = ("name", "sex", "born", "current_post")


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of a paper of the inspection, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    candidacies = [row for row in case.candidacies if document.candidacy_id in (None, row.pk)]
    with translation.override(OFFICIAL):
        return f"documents/{document.kind}.html", {
            "title": str(Paper(document.kind).label),
            "selection": case.selection,
            "department": case.selection.mandate.department.name,
            "post": case.selection.sought.full_title,
            "made_on": day(clock.day_of(at)),
            "created": at.astimezone(clock.LOCAL).isoformat(),
            **_WORDS[Paper(document.kind)](case, candidacies),
        }


def prenotice(case: Case, _candidacies: list[Candidacy]) -> dict[str, Any]:
    """INS-01: the inspection announced in advance (考察预告), as it was last published."""
    row = case.prenotices[-1]
    return {
        "citation": rule.citation if (rule := case.rules.get("inspection.prenotice")) else None,
        "team": row.team_names,
        "phone": row.phone,
        "people": paragraphs(row.candidate_facts),
        "published_on": day(row.published_on),
    }


def inspected(case: Case, candidacies: list[Candidacy]) -> dict[str, Any]:
    """Who is inspected (考察对象公示); nobody whose nomination is a state secret."""
    public = [row for row in candidacies if was_inspected(row) and not case.is_secret(row)]
    row = case.prenotices[-1]
    held = posts_held([one.person_id for one in public], row.published_on)
    return {
        "head": [line.label for line in facts(None, _IN_PUBLIC, posts="", proposed="")],
        "rows": [
            [line.text for line in facts(one.person, _IN_PUBLIC, posts=held.get(one.person_id, ""), proposed="")]
            for one in public
        ],
        "phone": row.phone,
        "published_on": day(row.published_on),
    }


def talk_record(case: Case, candidacies: list[Candidacy]) -> dict[str, Any]:
    """What was said in individual talks about each person (个别谈话记录); whoever was talked with has no name here."""
    forms = []
    for candidacy in _with(case.talks, candidacies):
        talks = [
            {
                "lines": [
                    Line("谈话时间", day(row.held_on)),
                    Line("谈话对象", f"{row.get_group_display()}，{row.people}人"),
                    Line("记录人", row.recorded_by.name),
                ],
                "notes": paragraphs(row.notes),
            }
            for row in case.of(case.talks, candidacy)
        ]
        heard = sum(row.people for row in case.of(case.talks, candidacy))
        forms.append({**_head(case, candidacy), "talks": talks, "heard": heard})
    return {"forms": forms}


@dataclass(frozen=True)
class Rating:
    """One line of an assessment: how many forms say so, and their share of those that came back."""

    label: str
    count: int
    share: str


def assessment(case: Case, candidacies: list[Candidacy]) -> dict[str, Any]:
    """The democratic assessment of each person in figures (民主测评汇总表)."""
    return {
        "forms": [
            {
                **_head(case, candidacy),
                "assessments": [
                    {
                        "held_on": day(row.held_on),
                        "issued": row.issued,
                        "returned": row.returned,
                        "ratings": list(_ratings(row)),
                    }
                    for row in case.of(case.assessments, candidacy)
                ],
            }
            for candidacy in _with(case.assessments, candidacies)
        ]
    }


def _ratings(row: Assessment) -> Iterable[Rating]:
    known = [
        ("优秀", row.excellent),
        ("称职", row.competent),
        ("优秀与称职合计", row.excellent + row.competent),
        ("基本称职", row.basically_competent),
        ("不称职", row.incompetent),
        ("未作评价", row.returned - row.rated),
        *([("信任", row.trust)] if row.trust is not None else []),
    ]
    for label, count in known:
        yield Rating(label, count, f"{100 * count / row.returned:.2f}%" if row.returned else "")


def inquiry(case: Case, candidacies: list[Candidacy]) -> dict[str, Any]:
    """The letter that asks each body for its opinion (征求意见函), with the sheet on which it answers (回复函)."""
    return {
        "letters": [
            _letter(case, candidacy, row)
            for candidacy in candidacies
            for row in sorted(case.of(case.inquiries, candidacy), key=lambda one: (one.asked_at, one.pk))
        ],
        "citation": rule.citation if (rule := case.rules.get("inquiry.bodies")) else None,
    }


def _letter(case: Case, candidacy: Candidacy, row: Inquiry) -> dict[str, Any]:
    reply = case.reply_to(row)
    return {
        **_head(case, candidacy),
        "addressee": row.department,
        "body": str(row.get_body_display()),
        "asked_on": day(clock.day_of(row.asked_at)),
        "due_on": day(clock.day_of(row.due_at)),
        "findings": [(str(one.label), reply is not None and reply.finding == one) for one in Finding],
        "number": reply.number if reply else "",
        "opinion": paragraphs(reply.opinion) if reply else [],
        "replied_on": day(reply.replied_on) if reply else "",
        "late": bool(reply and reply.late),
    }


def inspection_report(case: Case, candidacies: list[Candidacy]) -> dict[str, Any]:
    """What the team found out about each person and suggests (考察材料), to be signed by all of the team."""
    team = [row.account.name for row in sorted(case.team(), key=lambda row: (not row.leads, row.pk)) if row.account]
    forms = []
    for candidacy in _with(case.reports, candidacies):
        report = case.of(case.reports, candidacy)[-1]
        polls = [row for row in case.polls if row.kind == PollKind.RECOMMENDATION]
        forms.append(
            {
                **_head(case, candidacy),
                "performance": paragraphs(report.performance),
                "shortcomings": paragraphs(report.shortcomings) or [UNRECORDED],
                "votes": [f"{row.get_form_display()}：{figures(case, row, candidacy)}" for row in polls] or [NOTHING],
                "assessed": [
                    f"{day(row.held_on)}民主测评，收回测评表{row.returned}张："
                    + "，".join(f"{one.label}{one.count}票" for one in _ratings(row) if one.count)
                    for row in case.of(case.assessments, candidacy)
                ]
                or [NOTHING],
                "checked": [
                    f"{CHECKS[row.check_kind]}：{day(row.held_on)}，{row.get_finding_display()}"  # type: ignore[index]
                    + (f"（{within(row.note)}）" if row.note else "")
                    for row in case.of(case.checks, candidacy)
                ]
                or [NOTHING],
                "suggestion": paragraphs(report.suggestion),
                "written_by": report.written_by.name,
                "written_on": day(clock.day_of(report.written_at)),
            }
        )
    return {"forms": forms, "team": team}


def _head(case: Case, candidacy: Candidacy) -> dict[str, Any]:
    """The person that a paper is about, as on the day of the nomination."""
    on, person = clock.day_of(candidacy.nominated_at), candidacy.person
    posts, proposed = posts_held([person.pk], on).get(person.pk, ""), candidacy.proposed_post.full_title
    return {"name": person.name, "facts": facts(person, _WHO, posts=posts, proposed=proposed), "proposed": proposed}


def _with(rows: Iterable[Any], candidacies: Iterable[Candidacy]) -> list[Candidacy]:
    """Those candidates of whom there is something among the rows."""
    known = {row.candidacy_id for row in rows}
    return [row for row in candidacies if row.pk in known]


_WORDS: dict[Paper, Callable[[Case, list[Candidacy]], dict[str, Any]]] = {
    Paper.PRENOTICE: prenotice,
    Paper.INSPECTED: inspected,
    Paper.TALK_RECORD: talk_record,
    Paper.ASSESSMENT: assessment,
    Paper.INQUIRY: inquiry,
    Paper.INSPECTION_REPORT: inspection_report,
}
