"""The parts of a selection's page (人选、票决、材料、规则、经办与回避), all from the case, without a query.

No figure of a count stands here before the count is confirmed, and none of a ballot before it is announced.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from selection import clock
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    Check,
    ConsultedBody,
    CorrectionState,
    Effect,
    Finding,
    Matter,
    NominationSource,
    Part,
    PollKind,
    RecommendationForm,
    Role,
    RoundState,
    Stage,
    TalkGroup,
    Trigger,
)
from selection.models import Candidacy, Document, Participation, Poll, Round
from selection.models.case import Case
from selection.rulebook import workdays
from selection.web.next_acts import Seen, after_the_vote, appointment_of, consultation_levels
from selection.web.papers import row_of
from selection.web.rules import groups
from selection.web.tags import day, percent

TONES = {
    CandidacyState.NOMINATED: "info",
    CandidacyState.INSPECTED: "info",
    CandidacyState.PROPOSED: "good",
    CandidacyState.PASSED: "good",
    CandidacyState.NOT_PASSED: "warn",
    CandidacyState.WITHDRAWN: "muted",
    CandidacyState.ENDED: "muted",
}
_FINDING_TONES = {Finding.CLEAR: "good", Finding.EXPLAIN: "warn", Finding.BAR: "bad"}


def facts(seen: Seen) -> list[tuple[str, Any]]:
    """The basic facts beside the page."""
    case, selection = seen.case, seen.case.selection
    found: list[tuple[str, Any]] = [
        (
            _("Posts of this grade in the unit"),
            _("approved %(approved)s · filled %(filled)s · free %(free)s")
            % {"approved": case.vacancy.approved, "filled": case.vacancy.occupied, "free": case.free_quota},
        ),
        *([(_("Batch"), str(selection.batch))] if selection.batch else []),
        (_("What started the motion"), [Trigger(trigger).label for trigger in selection.triggers]),
        (
            _("Deciding body"),
            _("%(body)s (%(seats)s members)")
            % {"body": selection.mandate.body.title, "seats": len(case.seats_on(clock.day_of(seen.at)))},
        ),
        (
            _("In charge"),
            [row.account.name for row in _parts(case, Part.OFFICER)],
        ),
        (_("Tellers"), [row.account.name for row in _parts(case, Part.TELLER)]),
    ]
    if seen.sees_whole:
        recused = [_recused(case, row)[0] for row in _parts(case, Part.RECUSED)]
        found += [
            (_("Recused"), recused),
            (_("Reason for the motion"), selection.reason),
        ]
        if selection.approved_by:
            found.append(
                (
                    _("Agreed by"),
                    f"{selection.approved_by.name} · {day(selection.approved_at)}",
                )
            )
    return found


def _parts(case: Case, part: Part) -> list[Any]:
    return [row for row in case.participations if row.part == part and row.until_on is None]


def _recused(case: Case, row: Participation) -> tuple[str, str]:
    """Name and unit of a recused person, or of an account without one."""
    if row.person_id:
        return case.people[row.person_id].name, str(case.people[row.person_id].organisation)
    return (row.account.name, row.account.department) if row.account else ("", "")


def person_url(seen: Seen, person: int) -> str:
    """A person's file, for whoever sees the whole selection."""
    return reverse("person", args=[person]) if seen.sees_whole else ""


# --- candidates -----------------------------------------------------------------------------------------------------


def candidates(seen: Seen) -> dict[str, Any]:
    """Who is still in, who left and why, and what the present stage needs for each of them."""
    case = seen.case
    work = {
        Stage.NOMINATION: nominations,
        Stage.RECOMMENDATION: recommendations,
        Stage.INSPECTION: inspection,
        Stage.DELIBERATION: deliberation,
        Stage.DECIDED: appointments,
    }.get(Stage(case.selection.stage))
    found: dict[str, Any] = {
        "levels": funnel(seen),
        "still_in": [_standing(seen, row) for row in case.live],
    }
    if work is not None and case.selection.suspended_at is None:
        found |= work(seen)
    return found


_LEVELS = (Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION)


def funnel(seen: Seen) -> list[dict[str, Any]]:
    """How many came into each stage so far, and who left there; the reasons are for those who see the whole."""
    case = seen.case
    if not case.candidacies:
        return []
    reached = [level for level in _LEVELS if level == Stage.NOMINATION or case.entered(level)]
    inside = len(case.candidacies)
    levels = []
    for level in reached:
        left = [row for row in case.candidacies if not row.is_live and row.ended_stage == level]
        if level == Stage.DELIBERATION and case.selection.stage in (Stage.DECIDED, Stage.CLOSED):
            left += case.at(CandidacyState.NOT_PASSED)
        levels.append(
            {
                "label": level.label,
                "entered": inside,
                "inside": inside - len(left),
                "left": [
                    {
                        "name": row.person.name,
                        "url": person_url(seen, row.person_id),
                        "state": row.get_state_display(),
                        "reason": row.end_reason if seen.sees_whole else "",
                        "on": clock.day_of(row.ended_at) if row.ended_at else None,
                    }
                    for row in left
                ],
            }
        )
        inside -= len(left)
    return levels


def _standing(seen: Seen, candidacy: Candidacy) -> dict[str, Any]:
    """One candidate who is still in: facts, what the stages gave, what may be done."""
    case, person = seen.case, candidacy.person
    gave = [f"{form.label} {rate}" for form, rate in rates(case, candidacy)] if seen.sees_whole else []
    if seen.sees_whole and (assessed := case.counting(case.assessments, candidacy)):
        last = assessed[-1]
        gave.append(
            _("assessment: %(excellent)s excellent, %(competent)s competent")
            % {"excellent": last.excellent, "competent": last.competent}
        )
    appointment = appointment_of(case, candidacy)
    may_leave = appointment is None and case.selection.closed_at is None
    return {
        "name": person.name,
        "url": person_url(seen, candidacy.person_id),
        "facts": [
            person.get_sex_display(),
            f"{person.born_on:%Y.%m}",
            person.education,
            str(person.organisation),
            person.get_grade_display(),
        ],
        "gave": gave,
        "label": (appointment or candidacy).get_state_display(),
        "tone": TONES[CandidacyState(candidacy.state)],
        "withdraw_url": seen.url(Act.WITHDRAW_CANDIDACY, candidacy) if may_leave else "",
        "end_url": seen.url(Act.END_CANDIDACY, candidacy) if may_leave else "",
    }


def rates(case: Case, candidacy: Candidacy) -> list[tuple[RecommendationForm, str]]:
    """Share of the votes in each confirmed recommendation."""
    return [
        (form, percent(*votes)) for form in RecommendationForm if (votes := case.votes_for(candidacy, form)) is not None
    ]


def corrected_url(seen: Seen, row: Any) -> str:
    """Where it is told that a fact of the row was corrected, for whoever sees the whole; else an empty text."""
    of_row = (row._meta.model_name, row.pk)
    made = [
        one
        for one in seen.case.corrections
        if (one.kind, one.row) == of_row and one.state == CorrectionState.IN_FORCE and seen.sees_whole
    ]
    address = reverse("selection_facts", args=[seen.case.selection.number])
    return f"{address}#correction-{made[-1].pk}" if made else ""


# --- what the present stage needs -----------------------------------------------------------------------------------


def nominations(seen: Seen) -> dict[str, Any]:
    """Recommendations under a leading cadre's own name, with review and feedback."""
    if not seen.sees_whole:
        return {}
    case = seen.case
    return {
        "nominations": [
            {
                "name": case.people[row.person_id].name,
                "unit": str(case.people[row.person_id].organisation),
                "url": person_url(seen, row.person_id),
                "by": row.nominator.name,
                "at": row.nominated_at,
                "reason": row.reason,
                "outcome": row.get_outcome_display() if row.outcome else "",
                "accepted": row.outcome == "accepted",
                "fed_back_at": row.fed_back_at,
                "review_url": "" if row.reviewed_at else seen.url(Act.REVIEW_RECOMMENDATION, row),
                "feedback_url": seen.url(Act.FEED_BACK_RECOMMENDATION, row)
                if row.reviewed_at and not row.fed_back_at
                else "",
            }
            for row in case.nominations
            if row.source == NominationSource.PERSONAL
        ]
    }


def recommendations(seen: Seen) -> dict[str, Any]:
    """The recommendations held, how far their counts are, and what to do with them."""
    return {"polls": [_poll(seen, poll) for poll in seen.case.polls if poll.kind == PollKind.RECOMMENDATION]}


def _poll(seen: Seen, poll: Poll) -> dict[str, Any]:
    case = seen.case
    sheets = case.sheets_of(poll)
    mine = any(sheet.teller_id == seen.account.pk for sheet in sheets)
    agree = len(sheets) == 2 and sheets[0].figures() == sheets[1].figures()
    if poll.confirmed_at:
        state, tone = _("Count confirmed"), "good"
    elif len(sheets) < 2:
        state, tone = _("%(entered)s of 2 counts entered") % {"entered": len(sheets)}, "info"
    elif agree:
        state, tone = _("Both counts agree"), "warn"
    else:
        state, tone = _("The two counts differ"), "bad"
    open_ = poll.confirmed_at is None
    return {
        "form": poll.get_form_display(),
        "held_on": poll.held_on,
        "scope": poll.scope,
        "due": poll.due_count,
        "present": poll.present_count,
        "state": state,
        "tone": tone,
        "mine": mine,
        "enter_url": seen.url(Act.ENTER_TALLY, poll) if open_ and not mine and len(sheets) < 2 else "",
        "confirm_url": seen.url(Act.CONFIRM_TALLY, poll) if open_ and agree else "",
        "reject_url": seen.url(Act.REJECT_TALLY, poll) if open_ and len(sheets) == 2 and not agree else "",
        "result": _result(seen, poll),
    }


def _result(seen: Seen, poll: Poll) -> dict[str, Any] | None:
    """The confirmed count: candidates by votes."""
    case = seen.case
    sheet = case.accepted_sheet(poll)
    if sheet is None:
        return None
    votes = {int(key): int(number) for key, number in sheet.votes.items()}
    counted = [row for row in case.candidacies if row.pk in votes]
    return {
        "issued": sheet.issued,
        "returned": sheet.returned,
        "valid": sheet.valid,
        "corrected": corrected_url(seen, sheet),
        "rows": [
            {
                "name": row.person.name,
                "votes": votes[row.pk],
                "rate": percent(votes[row.pk], sheet.valid),
                "place": 1 + sum(1 for other in votes.values() if other > votes[row.pk]),
            }
            for row in sorted(counted, key=lambda row: -votes[row.pk])
        ],
    }


def inspection(seen: Seen) -> dict[str, Any]:
    """For each inspected person: steps, groups, checks, opinions, report; a tick, or a link to the act."""
    if not (seen.sees_whole or seen.takes_part(Part.INSPECTOR)):
        return {}
    case = seen.case
    people = case.at(CandidacyState.INSPECTED)
    selection = case.selection
    rows: list[dict[str, Any]] = []

    def row(label: Any, cell: Any) -> None:
        rows.append({"label": label, "cells": [cell(candidacy) for candidacy in people]})

    def missing(act: Act, candidacy: Candidacy, **first: Any) -> dict[str, Any]:
        return {
            "url": seen.url(act, selection, candidacy=candidacy.pk, **first),
            "act": act.label,
            "of": str(candidacy),
        }

    def assessed(candidacy: Candidacy) -> dict[str, Any]:
        found = case.counting(case.assessments, candidacy)
        if not found:
            return missing(Act.RECORD_ASSESSMENT, candidacy)
        return {"done": found[-1].held_on, "corrected": corrected_url(seen, found[-1])}

    def talked(group: TalkGroup) -> Any:
        def cell(candidacy: Candidacy) -> dict[str, Any]:
            found = [talk for talk in case.counting(case.talks, candidacy) if talk.group == group]
            if not found:
                return missing(Act.RECORD_TALK, candidacy, group=group)
            note = _("%(n)s persons") % {"n": sum(talk.people for talk in found)}
            corrected = next((url for talk in found if (url := corrected_url(seen, talk))), "")
            return {"done": found[-1].held_on, "note": note, "corrected": corrected}

        return cell

    def checked(kind: Check) -> Any:
        def cell(candidacy: Candidacy) -> dict[str, Any]:
            found = [check for check in case.counting(case.checks, candidacy) if check.check_kind == kind]
            if not found:
                return missing(Act.RECORD_CHECK, candidacy, check_kind=kind)
            last = Finding(found[-1].finding)
            corrected = corrected_url(seen, found[-1])
            return {"done": found[-1].held_on, "note": last.label, "tone": _FINDING_TONES[last], "corrected": corrected}

        return cell

    def asked(body: ConsultedBody) -> Any:
        def cell(candidacy: Candidacy) -> dict[str, Any]:
            inquiry = next((one for one in case.counting(case.inquiries, candidacy) if one.body == body), None)
            if inquiry is None:
                return missing(Act.ASK_OPINION, candidacy, body=body)
            reply = case.reply_to(inquiry)
            if reply is None:
                return {
                    "waits": clock.last_day_before(inquiry.due_at),
                    "left": workdays.working_days_left(seen.at, inquiry.due_at),
                    "url": seen.url(Act.FILE_REPLY, inquiry),
                    "act": Act.FILE_REPLY.label,
                    "of": str(candidacy),
                }
            finding = Finding(reply.finding)
            shown = finding.label if seen.sees_whole else ""
            tone = _FINDING_TONES[finding] if shown else ""
            return {
                "done": reply.replied_on,
                "note": shown,
                "tone": tone,
                "late": reply.late and seen.sees_whole,
                "corrected": corrected_url(seen, reply),
            }

        return cell

    def reported(candidacy: Candidacy) -> dict[str, Any]:
        found = case.counting(case.reports, candidacy)
        return {"done": clock.day_of(found[-1].written_at)} if found else missing(Act.WRITE_REPORT, candidacy)

    row(_("Democratic assessment"), assessed)
    for group in case.rules["inspection.talk_groups"].value:
        row(_("Talks: %(group)s") % {"group": TalkGroup(group).label}, talked(TalkGroup(group)))
    for kind in Check:
        row(kind.label, checked(kind))
    for body in case.rules["inquiry.bodies"].value:
        row(_("Opinion: %(body)s") % {"body": ConsultedBody(body).label}, asked(ConsultedBody(body)))
    row(_("Inspection report"), reported)
    notice = case.prenotices[-1] if case.prenotices else None
    return {
        "inspected": [{"name": one.person.name, "url": person_url(seen, one.person_id)} for one in people],
        "inspection_rows": rows,
        "team": [
            {"name": member.account.name, "leads": member.leads}
            for member in sorted(case.team(), key=lambda m: not m.leads)
            if member.account
        ],
        "team_url": seen.url(Act.FORM_TEAM, selection),
        "prenotice": notice,
        "prenotice_url": seen.url(Act.PUBLISH_PRENOTICE, selection),
    }


def deliberation(seen: Seen) -> dict[str, Any]:
    """Consultation level by level, the meeting, introductions and opinions, the sittings."""
    if not seen.sees_whole:
        return {}
    case, item = seen.case, seen.case.item
    levels = [
        {
            "label": one["level"].label,
            "row": one["row"],
            "url": seen.url(Act.RECORD_CONSULTATION, case.selection, level=one["level"]),
        }
        for one in consultation_levels(case)
    ]
    found: dict[str, Any] = {"consultation": levels, "item": item}
    if item is None:
        return found | {"agenda_url": seen.url(Act.PUT_ON_AGENDA, case.selection)}
    voters = case.present_voters(item)
    introduced = {row.candidacy_id for row in case.introductions if row.item_id == item.pk}
    return found | {
        "meeting_url": reverse("meeting", args=[item.meeting_id]),
        "opinions_url": reverse("opinions", args=[item.pk]),
        "voters": len(voters),
        "discussed": [
            {
                "name": row.person.name,
                "introduced": row.pk in introduced,
                "introduce_url": seen.url(Act.INTRODUCE_CANDIDATE, case.selection, candidacy=row.pk),
                "spoken": len(case.opinions_on(item, row)),
            }
            for row in case.at(CandidacyState.PROPOSED, CandidacyState.PASSED, CandidacyState.NOT_PASSED)
        ],
        "sittings": [_sitting(case, row) for row in case.rounds if row.poll.item_id == item.pk],
    }


def appointments(seen: Seen) -> dict[str, Any]:
    """What follows the vote, person by person: notice, objections, talk, appointment, probation."""
    if not seen.sees_whole:
        return {}
    case = seen.case
    found = []
    for candidacy in case.at(CandidacyState.PASSED):
        appointment = appointment_of(case, candidacy)
        state = AppointmentState(appointment.state) if appointment else None
        due = _due_of(appointment)
        found.append(
            {
                "name": candidacy.person.name,
                "url": person_url(seen, candidacy.person_id),
                "state": state.label if state else _("Passed the vote, not announced yet"),
                "tone": "good" if state in (AppointmentState.CONFIRMED, AppointmentState.CLEARED) else "info",
                "appointment": appointment,
                "due_on": clock.last_day_before(due) if due else None,
                "left": workdays.working_days_left(seen.at, due) if due else 0,
                "due_label": _("Notice runs until")
                if state == AppointmentState.ON_NOTICE
                else _("Probation runs until"),
                "provisional": bool(appointment and appointment.notice_is_provisional),
                "objections": [
                    {
                        "filed_at": row.filed_at,
                        "effect": Effect(row.effect).label if row.effect else "",
                        "late": row.late,
                        "holds": row.holds,
                        "url": "" if row.settled_at else seen.url(Act.SETTLE_OBJECTION, row),
                        "note_url": "" if row.settled_at else seen.url(Act.INVESTIGATE_OBJECTION, row),
                    }
                    for row in case.objections
                    if appointment and row.appointment_id == appointment.pk
                ],
                "acts": [seen.button(step) for step in after_the_vote(case, candidacy)],
                "notice_url": reverse("notice", args=[appointment.notice_slug]) if appointment else "",
                "objection_url": seen.url(Act.FILE_OBJECTION, appointment) if appointment else "",
            }
        )
    return {"appointed": found}


def _due_of(appointment: Any) -> Any:
    if appointment is None:
        return None
    if appointment.state == AppointmentState.ON_NOTICE:
        return appointment.notice_ends_at
    return appointment.probation_ends_at if appointment.state == AppointmentState.APPOINTED else None


# --- votes ----------------------------------------------------------------------------------------------------------


def votes(seen: Seen) -> dict[str, Any]:
    """Recommendations after their confirmation, sittings after their announcement."""
    return {
        **recommendations(seen),
        "sittings": [_sitting(seen.case, row) for row in seen.case.rounds] if seen.sees_whole else [],
    }


def _sitting(case: Case, round_: Round) -> dict[str, Any]:
    """One sitting; counts only once it is announced."""
    announced = round_.state == RoundState.ANNOUNCED
    rule = case.rules["ballot.pass"]
    return {
        "seq": round_.seq,
        "label": round_.get_state_display(),
        "tone": "good" if announced else "muted" if round_.state == RoundState.VOID else "info",
        "url": reverse("ballot", args=[round_.pk]),
        "held_on": round_.poll.held_on,
        "meeting": str(round_.poll.item.meeting) if round_.poll.item else "",
        "announced": announced,
        "due": round_.due_count,
        "present": round_.present_count,
        "issued": round_.issued,
        "returned": round_.returned,
        "valid": round_.valid,
        "least": rule.value.least(round_.due_count),
        "citation": rule.citation,
        "void_reason": round_.void_reason,
        "decision": round_.another_round_decision,
        "items": [
            {
                "name": item.candidacy.person.name,
                "agree": item.agree,
                "disagree": item.disagree,
                "abstain": item.abstain,
                "passed": item.passed,
            }
            for item in case.round_items
            if announced and item.round_id == round_.pk
        ],
    }


# --- papers, rules, people ------------------------------------------------------------------------------------------


def papers(seen: Seen) -> dict[str, Any]:
    """Papers that the system made, and files that were filed."""
    case = seen.case
    names = {row.pk: row.person.name for row in case.candidacies}
    return {
        "papers": [_paper(row, names) for row in case.documents],
        "request_url": seen.url(Act.REQUEST_DOCUMENT, case.selection),
        "file_url": seen.url(Act.FILE_DOCUMENT, case.selection),
    }


def _paper(document: Document, names: Mapping[int, str]) -> dict[str, Any]:
    about = names.get(document.candidacy_id or 0, "")
    title = f"{document.title}（{about}）" if about and about not in document.title else document.title
    return {**row_of(document), "title": title}


def rules(seen: Seen) -> dict[str, Any]:
    """Every rule that the selection was opened under, stage by stage."""
    return {
        "rule_set": seen.case.rules,
        "rule_set_url": reverse("rule_set", args=[seen.case.selection.rule_set.digest]) if seen.sees_whole else "",
        "groups": groups(seen.case.rules, history=False),
        "roles": dict(Role.choices),
    }


def people(seen: Seen) -> dict[str, Any]:
    """Who has a part, who is recused, and the important matters."""
    case = seen.case
    names = {row.pk: row.person.name for row in case.candidacies}
    return {
        "in_charge": [
            {
                "part": row.get_part_display(),
                "leads": row.leads,
                "name": row.account.name,
                "unit": row.account.department,
                "from_on": row.from_on,
                "until_on": row.until_on,
            }
            for row in case.participations
            if row.part != Part.RECUSED and row.account
        ],
        "recused": [
            {
                "name": name,
                "unit": unit,
                "reason": row.reason,
                "origin": row.get_origin_display(),
                "from_on": row.from_on,
                "until_on": row.until_on,
                "end_reason": row.end_reason,
                "end_url": "" if row.until_on else seen.url(Act.END_RECUSAL, case.selection, recusal=row.pk),
            }
            for row in case.participations
            if row.part == Part.RECUSED
            for name, unit in [_recused(case, row)]
        ],
        "matters": [
            {
                "kind": Matter(row.kind).label,
                "about": names.get(row.candidacy_id or 0, ""),
                "at": row.noted_at,
                "cause": row.cause,
                "result": row.result,
                "by_itself": row.by_itself,
            }
            for row in case.matters
        ],
        "assign_url": seen.url(Act.ASSIGN_OFFICER, case.selection),
        "recuse_url": seen.url(Act.RECUSE_PERSON, case.selection),
        "declare_url": seen.url(Act.DECLARE_RECUSAL, case.selection),
        "matter_url": seen.url(Act.NOTE_MATTER, case.selection),
    }


# --- side by side ---------------------------------------------------------------------------------------------------


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
            ],
        ),
        (
            _("Democratic recommendation"),
            [
                line_
                for form in RecommendationForm
                for line_ in (
                    line(form.label, lambda row, form=form: _votes_cell(case, row, form)),
                    line(
                        _("Place (%(form)s)") % {"form": form.label},
                        lambda row, form=form: case.rank_of(row, form),
                    ),
                )
            ],
        ),
        (
            _("Inspection"),
            [
                line(_("Democratic assessment"), lambda row: _assessment_cell(case, row)),
                line(_("Talks"), lambda row: _talks_cell(case, row)),
                *(line(kind.label, lambda row, kind=kind: _check_cell(case, row, kind)) for kind in Check),
                *(
                    line(ConsultedBody(body).label, lambda row, body=body: _opinion_cell(case, row, body))
                    for body in case.rules["inquiry.bodies"].value
                ),
                line(_("Annual appraisals"), lambda row: _appraisals_cell(case, row)),
                line(_("Performance and main strengths"), lambda row: _report(case, row, "performance")),
                line(_("Main shortcomings"), lambda row: _report(case, row, "shortcomings")),
                line(_("What the team suggests"), lambda row: _report(case, row, "suggestion")),
            ],
        ),
    ]


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
    }


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
