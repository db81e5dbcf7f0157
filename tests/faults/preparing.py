"""Selections brought to an open ballot by acts, before anything is killed (备好待票决的事项).

Run beside the site, in a process of its own: ``python -m tests.faults.preparing 4`` prints one line of JSON for each
selection, with the codes of its slips, which are nowhere else; ``… discussed`` prints one that six members have
discussed and whose ballot is to be prepared; ``… deadlines`` opens selections whose recommendations wait for feedback.
"""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup()

from selection import clock  # noqa: E402 - the settings are read by django.setup above
from selection.enums import Grade, PostClass, RecommendationOutcome, Trigger  # noqa: E402
from selection.models import Account, Mandate, Selection  # noqa: E402
from selection.register import keeping  # noqa: E402
from selection.register.models import Person  # noqa: E402
from selection.stages import motion, nomination  # noqa: E402
from tests import factories  # noqa: E402
from tests.factories import Course, Point  # noqa: E402

MEMBERS = 5
SEALED = 20
"""Days before today on which the motion was made: what follows up to the ballot lies in the past."""


def prepare(number: int) -> None:
    """So many selections of one county, each with people and a meeting of its own."""
    at = clock.now() - timedelta(days=SEALED)
    county = factories.county(at, members=MEMBERS)
    first = factories.course(county, at=at, people=3)
    by = first.by("jingban")
    keeping.set_quota(first.unit, **by, grade=Grade.TOWNSHIP_CHIEF, approved=number)
    office = first.people[0].organisation
    keeping.set_quota(office, **by, grade=Grade.TOWNSHIP_DEPUTY, approved=3 * number)
    deputies = keeping.add_post(
        office, **by, values={"title": "科长", "grade": Grade.TOWNSHIP_DEPUTY, "seats": 3 * number}
    )
    for nth in range(1, number + 1):
        title = {"title": f"第{nth}总工程师", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
        one = first.again(keeping.add_post(first.unit, **by, values=title), at=at)
        one.people = [factories.able(county, f"钱示{_spelled(3 * nth + n)}", deputies, at=at) for n in range(3)]
        vote(one, nth)


def vote(one: Course, nth: int) -> None:
    """Up to the open ballot, and tell what a voter and the office need to go on."""
    one.go_to(Point.CONSULTED)
    one.discuss(MEMBERS, number=f"第{nth}次")
    one.prepare_ballot()
    one.open_ballot()
    selection = one.now()
    told = {
        "selection": selection.pk,
        "number": selection.number,
        "round": one.round.pk,
        "box": str(one.round.box),
        "chosen": one.candidacies[0].pk,
        "candidates": [one.candidacies[0].pk, one.candidacies[1].pk],
        "codes": one.codes,
    }
    print(json.dumps(told), flush=True)


def discussed() -> None:
    """One selection whose ballot is the next thing to prepare."""
    at = clock.now() - timedelta(days=SEALED)
    one = factories.course(factories.county(at, members=6), at=at).go_to(Point.DISCUSSED)
    print(
        json.dumps({"selection": one.selection.pk, "number": one.now().number, "meeting": one.meeting.pk}), flush=True
    )


def deadlines(selections: int = 4, each: int = 9) -> None:
    """More selections with so many recommendations each that were declined, of which the recommender is to be told."""
    at = clock.now()
    by = {name: {"actor": Account.objects.get(username=name), "at": at} for name in ("jingban", "shuji", "lingdao")}
    unit, mandate = Selection.objects.latest("pk").post.organisation, Mandate.objects.get()
    keeping.set_quota(unit, **by["jingban"], grade=Grade.TOWNSHIP_CHIEF, approved=9)
    for nth in range(1, selections + 1):
        title = {"title": f"第{nth}总会计师", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
        selection = motion.open_selection(
            mandate,
            **by["jingban"],
            post=keeping.add_post(unit, **by["jingban"], values=title),
            seats=1,
            triggers=[Trigger.VACANCY],
            reason="职位空缺。",
            source_direction="县直单位的副科级领导干部",
        )
        motion.approve_motion(selection, **by["shuji"], opinion="同意启动。")
        for person in Person.objects.order_by("pk")[:each]:
            recommended = nomination.recommend_personally(
                selection, **by["lingdao"], person=person, reason="成绩突出。", signed=True, discipline=True
            )
            nomination.review_recommendation(
                recommended, **by["jingban"], outcome=RecommendationOutcome.DECLINED, opinion="名额有限。"
            )


def _spelled(number: int) -> str:
    return "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in str(number))


if __name__ == "__main__":
    other = {"deadlines": deadlines, "discussed": discussed}.get(sys.argv[1])
    other() if other else prepare(int(sys.argv[1]))
