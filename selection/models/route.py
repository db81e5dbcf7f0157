"""Routes of nomination (提名方式): four for chiefs, chosen for the whole selection; seven for others, one a person.

A route is a row of ``ROUTES``: the rule it stands under, who proposes, and what is counted before a preliminary
candidate is fixed.  Requirements, pages and papers read the table and ask for no route by its name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from selection.acts import Text
from selection.enums import NominationRoute, NominationSource, PostClass, RecommendationForm, RouteFlag
from selection.rulebook.rules import Rule, Rules

#: The rule by which posts are of two kinds; sets of rules stored before it was there ask for no route.
TWO_KINDS = "nomination.two_kinds"
#: What the members of the plenary committee do, which they may do before the list is closed.
OF_THE_PLENUM = (RecommendationForm.PLENUM, RecommendationForm.WRITTEN, RecommendationForm.OPINION)
#: What is done with ballots; in a talk, and where an opinion is asked, nobody hands one in.
BY_BALLOT = (RecommendationForm.MEETING, RecommendationForm.PLENUM, RecommendationForm.WRITTEN)
#: What ``nomination.inputs`` calls the things that are weighed together.
_INPUTS = {
    "plenum_meeting": RecommendationForm.PLENUM,
    "leaders_talk": RecommendationForm.TALK,
    "unit_recommendation": RecommendationForm.MEETING,
}


@dataclass(frozen=True)
class Route:
    """One way of being put forward.

    ``form`` is what the members of the plenary committee do on it, and ``weighed`` the rule that asks for it, by
    default the route's own; ``ratio`` the rule of how many names the list has; ``source`` who alone proposes; ``paper``
    what is filed with a nomination on it.
    """

    name: NominationRoute
    posts: PostClass
    rule: str
    form: RecommendationForm | None = None
    weighed: str = ""
    ratio: str = ""
    source: NominationSource | None = None
    flag: RouteFlag | None = None
    paper: Text = ""
    needs_ground: bool = False

    def inputs(self, rules: Rules) -> Iterator[tuple[RecommendationForm, Rule]]:
        """What is counted before anybody is fixed, with the rule that asks for it."""
        if self.form is not None:
            rule = rules[self.weighed or self.rule]
            forms = [_INPUTS[one] for one in rule.value] if isinstance(rule.value, tuple) else [self.form]
            yield from ((form, rule) for form in forms)


_CHIEF, _OTHER, _DEPARTMENT = PostClass.CHIEF, PostClass.OTHER, NominationSource.DEPARTMENT

ROUTES: dict[NominationRoute, Route] = {
    route.name: route
    for route in (
        Route(
            NominationRoute.PLENUM_MEETING,
            _CHIEF,
            "nomination.inputs",
            form=RecommendationForm.PLENUM,
        ),
        Route(
            NominationRoute.PLENUM_LIST,
            _CHIEF,
            "nomination.list_ratio",
            form=RecommendationForm.PLENUM,
            weighed="nomination.inputs",
            ratio="nomination.list_ratio",
        ),
        Route(
            NominationRoute.URGENT,
            _CHIEF,
            "nomination.urgent_list_ratio",
            form=RecommendationForm.WRITTEN,
            ratio="nomination.urgent_list_ratio",
            flag=RouteFlag.URGENT,
        ),
        Route(
            NominationRoute.SPECIAL,
            _CHIEF,
            "nomination.special_opinion",
            form=RecommendationForm.OPINION,
            source=NominationSource.STANDING_COMMITTEE,
            flag=RouteFlag.SPECIAL,
        ),
        Route(NominationRoute.PROMOTION, _OTHER, "recommendation.forms"),
        Route(NominationRoute.ROTATION, _OTHER, "nomination.rotation", source=_DEPARTMENT, flag=RouteFlag.DIRECT),
        Route(
            NominationRoute.EXCELLENT, _OTHER, "nomination.excellent_years", source=_DEPARTMENT, flag=RouteFlag.DIRECT
        ),
        Route(
            NominationRoute.OUTSTANDING,
            _OTHER,
            "nomination.outstanding",
            source=_DEPARTMENT,
            flag=RouteFlag.DIRECT,
            paper=_("a paper that shows what the person did"),
        ),
        Route(NominationRoute.COMPETITION, _OTHER, "nomination.competition", paper=_("the result of the competition")),
        Route(
            NominationRoute.EXCEPTION,
            _OTHER,
            "nomination.exceptions",
            source=_DEPARTMENT,
            flag=RouteFlag.EXCEPTION,
            needs_ground=True,
        ),
        Route(NominationRoute.PERSONAL, _OTHER, "nomination.signed", source=NominationSource.PERSONAL),
    )
}


def open_routes(rules: Rules, posts: PostClass) -> list[NominationRoute]:
    """The routes that the rules have for posts of this class."""
    return [route.name for route in ROUTES.values() if route.posts == posts and route.rule in rules]


def flagged(*flags: RouteFlag) -> list[NominationRoute]:
    """The routes that auditors are shown under one of these flags."""
    return [route.name for route in ROUTES.values() if route.flag in flags]
