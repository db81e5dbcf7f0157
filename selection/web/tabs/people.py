"""The tab of who has a part, who is recused, and of the important matters (经办与回避)."""

from typing import Any

from selection.enums import Act, Matter, Part
from selection.web.next_acts import Seen
from selection.web.tabs.facts import recused_of


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
            for name, unit in [recused_of(case, row)]
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
