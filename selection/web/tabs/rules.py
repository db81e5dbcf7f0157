"""The tab of the rules that the selection was opened under (规则)."""

from typing import Any

from django.urls import reverse

from selection.enums import Role
from selection.web.next_acts import Seen
from selection.web.rules import groups


def rules(seen: Seen) -> dict[str, Any]:
    """Every rule that the selection was opened under, stage by stage."""
    return {
        "rule_set": seen.case.rules,
        "rule_set_url": reverse("rule_set", args=[seen.case.selection.rule_set.digest]) if seen.sees_whole else "",
        "groups": groups(seen.case.rules, history=False),
        "roles": dict(Role.choices),
    }
