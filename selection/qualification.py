"""What a body's rules ask of a person before a post, held against the register (任职资格).

Every condition is known in two forms that must agree: ``judge`` says of one person what is found and what is missing,
``verdict`` is the same as an expression of the database, so that all people of a county are counted in one statement.
A fact that the register lacks is neither met nor unmet; whoever asks for a person to be put forward treats it as unmet.
Rulebook keys: ``qualification.*``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import (
    Case,
    Count,
    Expression,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.enums import IntegerChoices
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Requirement, Text
from selection.enums import RANKS, Act, AppraisalResult, Grade
from selection.register.models import Appraisal, Person
from selection.rulebook import workdays
from selection.rulebook.rules import Rule, Rules
from selection.rulebook.values import Period

GOOD = (AppraisalResult.EXCELLENT, AppraisalResult.COMPETENT)


class Verdict(IntegerChoices):
    """What came of a condition, the worse the greater; ``MISSING`` is never met."""

    MET = 0, _("Met")
    MISSING = 1, _("The register lacks a fact")
    UNMET = 2, _("Not met")


@dataclass(frozen=True)
class Judged:
    """One condition over one person; ``fact`` names what the register lacks, told once however many conditions ask."""

    rule: Rule
    says: Text
    verdict: Verdict
    observed: object
    required: object = None
    fact: str = ""

    def requirement(self, person: Person) -> Requirement:
        """As an act asks it; where a fact is missing, with the act by which it is entered."""
        return Requirement.under(
            self.rule,
            self.says,
            met=self.verdict is Verdict.MET,
            observed=self.observed,
            required=self.required,
            field="person",
            entered_by=(ENTERED_BY[self.fact], person) if self.fact else None,
        )


#: Fact that the register may lack → the act on the person by which it is entered.
ENTERED_BY = {"votes": Act.ADD_APPRAISAL, "appraisals": Act.ADD_APPRAISAL, "grade": Act.CORRECT_PERSON}


class Condition:
    """One rule, over any person.  ``name`` is that of the annotation that ``verdict`` becomes."""

    rule: Rule
    name: str
    says: Text

    def judge(self, person: Person, appraisals: Sequence[Appraisal]) -> Judged:
        """Of a person with all his or her appraisals, the latest first."""
        raise NotImplementedError

    def verdict(self) -> Expression:
        """The same, of each person of a query that ``_with_facts`` has made ready."""
        raise NotImplementedError


def conditions(rules: Rules, grade: str, day: date) -> list[Condition]:
    """What the rules ask of whoever is put forward on that day for a post of this grade."""
    found: list[Condition] = []
    if "qualification.assessment_floor" in rules:
        floor, ceiling = rules["qualification.assessment_floor"], rules["qualification.unfit_ceiling"]
        found += [GoodVotes(floor), UnfitVotes(ceiling), NoVeto(rules.first("qualification.veto", floor.key) or floor)]
    excellent = rules.value("qualification.excellent_in_row", 0)
    found += [Rated(rule, excellent, day) for rule in rules.asking("qualification.competent_in_row")]
    found += [Rated(rule, 0, day) for rule in rules.asking("qualification.recent_competent")]
    found += [GradeHeld(rule, grade, day) for rule in rules.asking("qualification.grade_years")]
    return found


def judged(asked: Iterable[Condition], person: Person, appraisals: Sequence[Appraisal]) -> Iterator[Judged]:
    """Each condition over one person; what is missing for several of them is told once."""
    lacking: set[str] = set()
    for condition in asked:
        one = condition.judge(person, appraisals)
        if one.fact not in lacking:
            yield one
        lacking |= {one.fact} - {""}


# --- over all people -------------------------------------------------------------------------------------------------


def with_verdicts(people: Any, asked: Sequence[Condition], day: date) -> Any:
    """The people with a verdict for each condition, under its name, and ``overall``: unmet where one is unmet.

    Takes and gives a queryset of ``Person``.
    """
    people = _with_facts(people, asked, day).annotate(**{condition.name: condition.verdict() for condition in asked})
    worst = [condition.verdict() for condition in asked if not isinstance(condition, OfTheVotes)]
    if votes := [condition for condition in asked if isinstance(condition, OfTheVotes)]:
        worst.append(_of_all_votes(votes))
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


#: A row of appraisals begins with that of this year or of one of the two before: a year is on file in the next.
_LATEST = 3


def _with_facts(people: Any, asked: Sequence[Condition], day: date) -> Any:
    """With what the conditions compare: the latest votes, and the result of each year that any of them asks for."""
    if votes := [condition for condition in asked if isinstance(condition, OfTheVotes)]:
        people = people.annotate(votes_kept=_of_the_latest(sum((one.mark() for one in votes), Value(0))))
    years = max((condition.years for condition in asked if isinstance(condition, Rated)), default=0)
    back = range(years + _LATEST - 1) if years else ()
    return people.alias(
        **{f"rated_{nth}": FilteredRelation("appraisals", condition=Q(appraisals__year=day.year - nth)) for nth in back}
    )


# --- the votes of the latest appraisal (QUA-08, QUA-09) --------------------------------------------------------------

_CAST = F("votes_excellent") + F("votes_competent") + F("votes_basic") + F("votes_incompetent")


def _of_the_latest(value: Any) -> Subquery:
    """Something of each person's latest appraisal that has votes; null where there is none."""
    voted = Appraisal.objects.filter(person=OuterRef("pk"), votes_excellent__isnull=False).alias(cast=_CAST)
    return Subquery(voted.filter(cast__gt=0).order_by("-year").values_list(value)[:1])


def _of_all_votes(asked: Sequence["OfTheVotes"]) -> Expression:
    """The worst verdict of these, looked up once."""
    held = Q(*[condition.held() for condition in asked])
    found = Case(When(held, Value(Verdict.MET)), default=Value(Verdict.UNMET), output_field=IntegerField())
    return Coalesce(_of_the_latest(found), Value(Verdict.MISSING), output_field=IntegerField())


class OfTheVotes(Condition):
    """Something that must hold of the latest appraisal that has votes; ``BIT`` is its place in ``votes_kept``."""

    BIT: int

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def holds(self, appraisal: Appraisal, cast: int) -> tuple[bool, object, object]:
        """(whether it holds, what was found, what is asked) of an appraisal with so many votes."""
        raise NotImplementedError

    def held(self) -> Q:
        """The same, of a row of appraisals with ``cast``."""
        raise NotImplementedError

    def mark(self) -> Expression:
        return Case(When(self.held(), Value(self.BIT)), default=Value(0), output_field=IntegerField())

    def judge(self, person: Person, appraisals: Sequence[Appraisal]) -> Judged:
        latest = next((row for row in appraisals if row.votes), None)
        if latest is None or not latest.votes:
            says: Text = _("An annual appraisal with its votes is in the register")
            wanted = _("the votes of the latest appraisal")
            return Judged(self.rule, says, Verdict.MISSING, _("none"), wanted, fact="votes")
        met, observed, required = self.holds(latest, latest.votes)
        return Judged(self.rule, self.says, Verdict.MET if met else Verdict.UNMET, observed, required)

    def told(self, marks: int | None) -> Verdict:
        """The verdict of whoever has these ``votes_kept``."""
        return Verdict.MISSING if marks is None else Verdict.MET if marks & self.BIT else Verdict.UNMET

    def verdict(self) -> Expression:
        marked = [marks for marks in range(8) if marks & self.BIT]
        return Case(
            When(votes_kept__isnull=True, then=Value(Verdict.MISSING)),
            When(votes_kept__in=marked, then=Value(Verdict.MET)),
            default=Value(Verdict.UNMET),
            output_field=IntegerField(),
        )


def _reaches(part: Any, rule: Rule) -> Q:
    """Whether a part of ``cast`` reaches the share of the rule, in whole numbers."""
    have, need = part * rule.value.denominator, F("cast") * rule.value.numerator
    return Q(GreaterThanOrEqual(have - need, 1 if rule.value.strict else 0))


class GoodVotes(OfTheVotes):
    """QUA-08: excellent and competent votes together reach the share."""

    BIT, name = 1, "good_votes"
    says: Text = _("Excellent and competent votes together reach the share")

    def holds(self, appraisal: Appraisal, cast: int) -> tuple[bool, object, object]:
        good = (appraisal.votes_excellent or 0) + (appraisal.votes_competent or 0)
        return self.rule.value.met(good, cast), Fraction(good, cast), None

    def held(self) -> Q:
        return _reaches(F("votes_excellent") + F("votes_competent"), self.rule)


class UnfitVotes(OfTheVotes):
    """QUA-08: incompetent votes do not exceed the share."""

    BIT, name = 2, "unfit_votes"
    says: Text = _("Incompetent votes do not exceed the share")

    def holds(self, appraisal: Appraisal, cast: int) -> tuple[bool, object, object]:
        unfit = appraisal.votes_incompetent or 0
        required = _("not %(share)s") % {"share": self.rule.value}
        return not self.rule.value.met(unfit, cast), Fraction(unfit, cast), required

    def held(self) -> Q:
        return ~_reaches(F("votes_incompetent"), self.rule)


class NoVeto(OfTheVotes):
    """QUA-09: no matter of veto stands in it."""

    BIT, name = 4, "no_veto"
    says: Text = _("No matter of veto stands in the latest appraisal")

    def holds(self, appraisal: Appraisal, cast: int) -> tuple[bool, object, object]:
        return not appraisal.veto, None, _("none")

    def held(self) -> Q:
        return Q(veto=False)


# --- the results of the latest years (QUA-05, QUA-11) ----------------------------------------------------------------


class Rated(Condition):
    """So many years in a row competent or better, or fewer of them excellent where the rules take that as well.

    The row begins with the latest year on file, which may be this one or either of the two before.
    """

    says: Text = _("The appraisals of the latest years are as good as the rules ask")

    def __init__(self, rule: Rule, excellent: int, day: date) -> None:
        self.rule, self.excellent, self.year = rule, excellent, day.year
        self.name = rule.key.partition(".")[2]
        self.years = max(rule.value, excellent)
        self._ways = [(rule.value, GOOD), *([(excellent, GOOD[:1])] if excellent else [])]

    @property
    def required(self) -> Text:
        if self.excellent:
            said = _("%(excellent)s years excellent or %(competent)s years competent or better, one after another")
            return said % {"excellent": self.excellent, "competent": self.rule.value}
        return _("%(competent)s years competent or better, one after another") % {"competent": self.rule.value}

    def judge(self, person: Person, appraisals: Sequence[Appraisal]) -> Judged:
        rated = {row.year: row.result for row in appraisals}
        on_file = [year for year in range(self.year, self.year - _LATEST, -1) if year in rated]
        newest = next(iter(on_file), self.year - 1)
        years = [(year, rated.get(year, "")) for year in range(newest, newest - self.years, -1)]
        results = [result for _year, result in years]
        if any(all(result in wanted for result in results[:number]) for number, wanted in self._ways):
            verdict = Verdict.MET
        elif any(all(not result or result in wanted for result in results[:number]) for number, wanted in self._ways):
            verdict = Verdict.MISSING
        else:
            verdict = Verdict.UNMET
        missing = _("not in the register")
        told = [f"{year}: {AppraisalResult(result).label if result else missing}" for year, result in years]
        fact = "appraisals" if verdict is Verdict.MISSING else ""
        return Judged(self.rule, self.says, verdict, told, self.required, fact=fact)

    def verdict(self) -> Expression:
        cases: list[When] = []
        starts = [Q(**{f"rated_{first}__pk__isnull": False}) for first in range(_LATEST)]
        for first, begins in [*enumerate(starts), (1, Q(pk__isnull=False))]:
            met, possible = Q(_connector=Q.OR), Q(_connector=Q.OR)
            for number, wanted in self._ways:
                results = [f"rated_{first + nth}__result" for nth in range(number)]
                met |= Q(*[Q(**{f"{name}__in": wanted}) for name in results])
                possible |= Q(*[Q(**{f"{name}__in": wanted}) | Q(**{f"{name}__isnull": True}) for name in results])
            cases += [
                When(begins & met, Value(Verdict.MET)),
                When(begins & possible, Value(Verdict.MISSING)),
                When(begins, Value(Verdict.UNMET)),
            ]
        return Case(*cases, output_field=IntegerField())


# --- time in the grade below (QUA-04) --------------------------------------------------------------------------------


class GradeHeld(Condition):
    """The grade below was held long enough; no time is asked of whoever is of the grade already."""

    name = "grade_years"
    says: Text = _("The grade below has been held long enough")

    def __init__(self, rule: Rule, grade: str, day: date) -> None:
        self.rule, self.day = rule, day
        place = RANKS.index(Grade(grade))
        self._above, self._below = RANKS[: place + 1], RANKS[place + 1 : place + 2]

    def _is_over(self, since: date) -> bool:
        period: Period = self.rule.value
        return self.day > workdays.ends(period, since).last_day

    def judge(self, person: Person, appraisals: Sequence[Appraisal]) -> Judged:
        if not person.grade or (person.grade in self._below and not person.grade_since):
            return Judged(self.rule, self.says, Verdict.MISSING, _("not in the register"), fact="grade")
        met = person.grade in self._above or (person.grade in self._below and self._is_over(person.grade_since))
        observed: object = person.get_grade_display()
        if person.grade in self._below:
            observed = _("since %(day)s") % {"day": clock.worded(person.grade_since)}
        return Judged(self.rule, self.says, Verdict.MET if met else Verdict.UNMET, observed)

    def verdict(self) -> Expression:
        return Case(
            When(grade__in=self._above, then=Value(Verdict.MET)),
            When(grade__in=self._below, grade_since__lte=self._last_month(), then=Value(Verdict.MET)),
            default=Value(Verdict.UNMET),
            output_field=IntegerField(),
        )

    def _last_month(self) -> date:
        """The latest first of a month from which the time is over by now."""
        month = self.day.replace(day=1)
        while not self._is_over(month):
            month = (month - timedelta(days=1)).replace(day=1)
        return month
