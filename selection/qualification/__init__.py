"""What a body's rules ask of a person before a post, held against the register (任职资格).

Every condition is known in two forms that must agree: ``judge`` says of one person what is found and what is missing,
``verdict`` is the same as an expression of the database, so that all people of a county are counted in one statement.
A fact that the register lacks is neither met nor unmet; whoever asks for a person to be put forward treats it as unmet.
Rulebook keys: ``qualification.*``, ``sanction.*``.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, FilteredRelation, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from selection.acts import Requirement
from selection.enums import Grade, PostClass, UnitKind
from selection.models.case import Case
from selection.qualification.appraisals import (
    LATEST,
    GoodVotes,
    NoVeto,
    OfTheVotes,
    Rated,
    UnfitVotes,
    of_all_votes,
    of_the_latest,
)
from selection.qualification.career import (
    AtGrassroots,
    GradeHeld,
    NotOlder,
    OfStatus,
    OnEstablishment,
    OnPromotion,
    PostsHeld,
    SinceDay,
)
from selection.qualification.condition import Condition, Judged, Verdict
from selection.qualification.file import Educated, NoSanction, is_trained
from selection.register.models import Person, PersonCase, Post
from selection.rulebook.rules import Rules

#: Posts of which the regulation asks more than of others.
COUNTY_LEVEL = (Grade.COUNTY_CHIEF, Grade.COUNTY_DEPUTY)

__all__ = [
    "Condition",
    "Judged",
    "Verdict",
    "conditions",
    "counted",
    "is_trained",
    "judged",
    "passed_over",
    "sanctioned",
    "with_verdicts",
]


def conditions(rules: Rules, post: Post, day: date) -> list[Condition]:
    """What the rules ask of whoever is put forward on that day for this post."""
    found: list[Condition] = []
    if "qualification.assessment_floor" in rules:
        floor, ceiling = rules["qualification.assessment_floor"], rules["qualification.unfit_ceiling"]
        found += [GoodVotes(floor), UnfitVotes(ceiling), NoVeto(rules.first("qualification.veto", floor.key) or floor)]
    excellent = rules.value("qualification.excellent_in_row", 0)
    found += [Rated(rule, excellent, day) for rule in rules.asking("qualification.competent_in_row")]
    found += [Rated(rule, 0, day) for rule in rules.asking("qualification.recent_competent")]
    counted_to = _cut_off(rules, day)
    found += [GradeHeld(rule, post.grade, counted_to) for rule in rules.asking("qualification.grade_years")]
    if not post.is_special:
        found += [AtGrassroots(rule, counted_to) for rule in rules.asking("qualification.grassroots")]
    if post.grade in COUNTY_LEVEL:
        found += [OnPromotion(one, post.grade) for one in _of_county_level(rules, post, counted_to)]
    found += [OfStatus(rule) for rule in rules.asking("qualification.status")]
    found += [OnEstablishment(rule) for rule in rules.asking("qualification.establishment")]
    found += [Educated(rule, rules) for rule in rules.asking("qualification.education")]
    if post.post_class == PostClass.RESERVE:
        found += [NotOlder(rule, day) for rule in rules.asking("qualification.age_most")]
    if NoSanction.asked(rules):
        found.append(NoSanction(rules, post.grade, day))
    return found


def _of_county_level(rules: Rules, post: Post, day: date) -> Iterator[Condition]:
    """What the nation asks besides of whoever is promoted to a leading post of the county-division level (县处级).

    A post in an organ of the party asks for years in the party too (党龄).
    """
    grade = post.grade
    if post.organisation.kind == UnitKind.PARTY_ORGAN:
        for rule in rules.asking("qualification.county_party_years"):
            yield SinceDay(rule, "party_years", _("The years in the party are enough"), "joined_party_on", day)
    for rule in rules.asking("qualification.county_work_years"):
        yield SinceDay(rule, "county_work_years", _("The years of work are enough"), "joined_work_on", day)
    for rule in rules.asking("qualification.county_grassroots"):
        yield AtGrassroots(rule, day)
    for rule in rules.asking("qualification.county_lower_posts"):
        yield PostsHeld(rule, grade, day)
    held = "qualification.county_deputy_years" if grade == Grade.COUNTY_CHIEF else "qualification.county_chief_years"
    for rule in rules.asking(held):
        yield GradeHeld(rule, grade, day, name="county_grade_years")
    for rule in rules.asking("qualification.county_education"):
        yield Educated(rule, rules)


def _cut_off(rules: Rules, day: date) -> date:
    """The day after the last one that counts: the end of the month of the rules in that year, or of the day before."""
    for rule in rules.asking("qualification.cut_off_month"):
        return date(day.year + rule.value // 12, rule.value % 12 + 1, 1)
    return day


def judged(asked: Iterable[Condition], file: PersonCase) -> Iterator[Judged]:
    """Each condition over one person; what is missing for several of them is told once."""
    lacking: set[str] = set()
    for condition in asked:
        one = condition.judge(file)
        if one.fact not in lacking:
            yield one
        lacking |= {one.fact} - {""}


def sanctioned(case: Case, people: Iterable[Person], day: date) -> Iterator[Requirement]:
    """Of those who are candidates already: whose sanction counts, as one that came later may; nothing of the others."""
    if NoSanction.asked(case.rules):
        asked = NoSanction(case.rules, case.selection.post.grade, day)
        for person in people:
            one = asked.judge(case.file_of(person))
            if one.verdict is Verdict.UNMET:
                yield one.requirement(person)


def passed_over(asked: Iterable[Condition], file: PersonCase) -> list[str]:
    """QUA-18: keys of the rules that somebody does not meet whom an exception lets through; a missing fact is none."""
    excepted = [condition.judge(file) for condition in asked if condition.excepted]
    return [one.rule.key for one in excepted if one.verdict is Verdict.UNMET]


# --- over all people -------------------------------------------------------------------------------------------------


def with_verdicts(people: Any, asked: Sequence[Condition], day: date) -> Any:
    """The people with a verdict for each condition, under its name, and ``overall``: unmet where one is unmet.

    Takes and gives a queryset of ``Person``.
    """
    people = _with_facts(people, asked, day).annotate(**{condition.name: condition.verdict() for condition in asked})
    worst = [condition.verdict() for condition in asked if not isinstance(condition, OfTheVotes)]
    if votes := [condition for condition in asked if isinstance(condition, OfTheVotes)]:
        worst.append(of_all_votes(votes))
    # looked up once for a person, where the verdicts one by one would look the votes up again and again
    overall = Greatest(*worst) if len(worst) > 1 else next(iter(worst), Value(Verdict.MET))
    return people.annotate(overall=overall)


def counted(people: Any, asked: Sequence[Condition], day: date) -> dict[str, dict[Verdict, int]]:
    """Name of a condition, or ``overall`` → how many people have which verdict; one statement for all of them."""
    votes = [condition for condition in asked if isinstance(condition, OfTheVotes)]
    others = [condition for condition in asked if not isinstance(condition, OfTheVotes)]
    counts = {name: dict.fromkeys(Verdict, 0) for name in (*(condition.name for condition in asked), "overall")}
    if not asked:
        counts["overall"][Verdict.MET] = people.count()
        return counts
    keys = [*(["votes_kept"] if votes else []), *(condition.name for condition in others)]
    ready = _with_facts(people, asked, day).annotate(**{condition.name: condition.verdict() for condition in others})
    for *values, number in ready.order_by().values_list(*keys).annotate(number=Count("pk")):
        row = dict(zip(keys, values, strict=True))
        found = {condition.name: condition.told(row["votes_kept"]) for condition in votes}
        found |= {condition.name: Verdict(row[condition.name]) for condition in others}
        found["overall"] = max(found.values(), default=Verdict.MET)
        for name, verdict in found.items():
            counts[name][verdict] += number
    return counts


def _with_facts(people: Any, asked: Sequence[Condition], day: date) -> Any:
    """With what the conditions compare: the latest votes, and the result of each year that any of them asks for."""
    if votes := [condition for condition in asked if isinstance(condition, OfTheVotes)]:
        people = people.annotate(votes_kept=of_the_latest(sum((one.mark() for one in votes), Value(0))))
    years = max((condition.years for condition in asked if isinstance(condition, Rated)), default=0)
    back = range(years + LATEST - 1) if years else ()
    return people.alias(
        **{f"rated_{nth}": FilteredRelation("appraisals", condition=Q(appraisals__year=day.year - nth)) for nth in back}
    )
