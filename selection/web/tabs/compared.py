"""The candidates side by side (人选比较)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from selection.enums import Aspect, Check, ConsultedBody, FileKind, Finding, RecommendationForm, Stage
from selection.models import Candidacy
from selection.models.case import COMPARED_BY, Case
from selection.rulebook.keys import WEIGHTS
from selection.web.tags import percent, rate_of


def heads(rows: Iterable[Candidacy], held: Mapping[int, str]) -> list[dict[str, Any]]:
    """Whom the columns are about."""
    return [
        {
            "name": row.person.name,
            "url": reverse("person", args=[row.person_id]),
            "facts": held.get(row.person_id) or str(row.person.organisation),
        }
        for row in rows
    ]


def compared(case: Case, rows: list[Candidacy]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Sections of rows, the same for all; a row whose cells are not all the same is marked."""

    def line(label: Any, cell: Any) -> dict[str, Any]:
        cells = [cell(row) for row in rows]
        return {"label": label, "cells": cells, "differs": len({str(cell) for cell in cells}) > 1}

    def of_person(name: str) -> Any:
        return lambda row: getattr(row.person, name)

    return [
        (
            _("Basic facts"),
            [
                line(_("Sex"), lambda row: row.person.get_sex_display()),
                line(_("Month of birth"), lambda row: f"{row.person.born_on:%Y.%m}"),
                line(_("Ethnicity"), of_person("ethnicity")),
                line(_("Native place"), of_person("native_place")),
                line(_("Political affiliation"), of_person("party")),
                line(_("Education"), lambda row: [one for one in (row.person.education, row.person.degree) if one]),
                line(_("Began work in"), lambda row: f"{row.person.joined_work_on:%Y.%m}"),
                line(_("Unit"), lambda row: row.person.organisation.name),
                line(
                    _("Grade, and since when"),
                    lambda row: f"{row.person.get_grade_display()} · {row.person.grade_since:%Y.%m}",
                ),
                line(_("Nominated by"), lambda row: row.get_source_display()),
                line(_("Route of nomination"), lambda row: (route := case.route_of(row)) and route.name.label),
            ],
        ),
        (
            _("Democratic recommendation"),
            [
                line_
                for form in case.forms_held()
                for line_ in (
                    line(form.label, lambda row, form=form: _votes_cell(case, row, form)),
                    line(
                        _("Place (%(form)s)") % {"form": form.label},
                        lambda row, form=form: case.rank_of(row, form),
                    ),
                )
            ]
            + ([line(_("Weighted result"), lambda row: _weighted_cell(case, row))] if _is_weighed(case) else []),
        ),
        (
            _("Inspection"),
            [
                line(_("Democratic assessment"), lambda row: _assessment_cell(case, row)),
                line(_("Talks"), lambda row: _talks_cell(case, row)),
                *(line(kind.label, lambda row, kind=kind: _check_cell(case, row, kind)) for kind in case.checks_known),
                *(line(body.label, lambda row, body=body: _opinion_cell(case, row, body)) for body in case.consulted()),
                line(_("Annual appraisals"), lambda row: _appraisals_cell(case, row)),
                line(FileKind.ECONOMIC_AUDIT.label, lambda row: _audits_cell(case, row)),
                line(_("Performance and main strengths"), lambda row: _report(case, row, "performance")),
                line(_("Main shortcomings"), lambda row: _report(case, row, "shortcomings")),
                line(_("What the team suggests"), lambda row: _report(case, row, "suggestion")),
            ],
        ),
        *_weighed(case, line),
        *_managed_jointly(case, line),
    ]


def _audits_cell(case: Case, row: Candidacy) -> list[str] | None:
    """AUD-10: what audits of economic responsibility found, the latest first."""
    file = case.file_of(row.person)
    return [
        f"{one.get_kind_display()}（{one.reported_on:%Y.%m}）：{one.conclusion}" for one in file.economicaudits
    ] or None


def _weighed(case: Case, line: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """REC-14, INS-16, DIF-07: how each stands in what the rules want compared at each of three stages."""
    titles = {
        Stage.RECOMMENDATION: _("What weighs besides votes"),
        Stage.INSPECTION: _("Virtue of the inspected persons"),
        Stage.DELIBERATION: _("Compared with each other and with the post"),
    }

    def cell(row: Candidacy, stage: Stage, aspect: Aspect) -> str | None:
        return next((one.judgement for one in case.compared(row, stage) if one.aspect == aspect), None)

    return [
        (
            titles[stage],
            [
                line(aspect.label, lambda row, stage=stage, aspect=aspect: cell(row, stage, aspect))
                for aspect in map(Aspect, rule.value)
            ],
        )
        for stage, key in COMPARED_BY.items()
        for rule in case.rules.asking(key)
    ]


def _managed_jointly(case: Case, line: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """POS-20: what the party in charge and the one that manages the post jointly think of each."""
    if not (manager := case.selection.post.co_manager):
        return []
    return [
        (
            _("Dual management"),
            [
                line(
                    _("In charge: %(body)s") % {"body": case.selection.mandate.department},
                    lambda row: _report(case, row, "suggestion"),
                ),
                line(_("Jointly: %(body)s") % {"body": manager}, lambda row: _co_manager_cell(case, row)),
            ],
        )
    ]


def _co_manager_cell(case: Case, row: Candidacy) -> list[str] | None:
    inquiry = next((one for one in case.counting(case.inquiries, row) if one.body == ConsultedBody.CO_MANAGER), None)
    reply = case.reply_to(inquiry) if inquiry else None
    return [str(Finding(reply.finding).label), reply.opinion] if reply else None


def _is_weighed(case: Case) -> bool:
    return any(key in case.rules for key in WEIGHTS)


def _weighted_cell(case: Case, row: Candidacy) -> str | None:
    weighted = case.weighted(row)
    return rate_of(weighted) if weighted is not None else None


def _votes_cell(case: Case, row: Candidacy, form: RecommendationForm) -> str | None:
    found = case.votes_for(row, form)
    return f"{found[0]} / {found[1]} · {percent(*found)}" if found else None


def _assessment_cell(case: Case, row: Candidacy) -> dict[str, Any] | None:
    found = case.counting(case.assessments, row)
    if not found:
        return None
    last = found[-1]
    return {
        _("Excellent"): last.excellent,
        _("Competent"): last.competent,
        _("Basically competent"): last.basically_competent,
        _("Incompetent"): last.incompetent,
        **({_("Votes of trust"): _trust(last.trust, last.returned)} if last.trust is not None else {}),
    }


def _trust(trust: int, returned: int) -> str:
    return f"{trust} / {returned} · {percent(trust, returned)}"


def _talks_cell(case: Case, row: Candidacy) -> dict[str, Any] | None:
    counted: dict[str, int] = {}
    for talk in case.counting(case.talks, row):
        label = str(talk.get_group_display())
        counted[label] = counted.get(label, 0) + talk.people
    return counted or None


def _check_cell(case: Case, row: Candidacy, kind: Check) -> str | None:
    found = [check for check in case.counting(case.checks, row) if check.check_kind == kind]
    return str(Finding(found[-1].finding).label) if found else None


def _opinion_cell(case: Case, row: Candidacy, body: str) -> str | None:
    inquiry = next((one for one in case.counting(case.inquiries, row) if one.body == body), None)
    reply = case.reply_to(inquiry) if inquiry else None
    return str(Finding(reply.finding).label) if reply else None


def _appraisals_cell(case: Case, row: Candidacy) -> dict[str, Any] | None:
    return {str(one.year): one.get_result_display() for one in case.appraisals_of(row.person_id)[:3]} or None


def _report(case: Case, row: Candidacy, part: str) -> str | None:
    found = case.counting(case.reports, row)
    return getattr(found[-1], part) if found else None
