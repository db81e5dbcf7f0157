"""What the inspection needs, person by person (考察)."""

from typing import Any

from django.utils.translation import gettext as _

from selection import clock
from selection.enums import Act, CandidacyState, Check, ConsultedBody, Finding, Part, TalkGroup
from selection.models import Candidacy
from selection.rulebook import workdays
from selection.web.next_acts import Seen
from selection.web.tabs.links import corrected_url, person_url

_FINDING_TONES = {Finding.CLEAR: "good", Finding.EXPLAIN: "warn", Finding.BAR: "bad"}


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
    for group in case.rules.value("inspection.talk_groups", ()):
        row(_("Talks: %(group)s") % {"group": TalkGroup(group).label}, talked(TalkGroup(group)))
    for kind in case.checks_known:
        row(kind.label, checked(kind))
    for body in case.consulted():
        row(_("Opinion: %(body)s") % {"body": body.label}, asked(body))
    row(_("Inspection report"), reported)
    notice = case.prenotices[-1] if case.prenotices else None
    return {
        "post": selection.post,
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
