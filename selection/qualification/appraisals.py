"""What rules ask of somebody's annual appraisals: the votes of the latest, the results of the last years."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Case, Expression, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import gettext_lazy as _

from selection.acts import Text
from selection.enums import AppraisalResult
from selection.qualification.condition import Condition, Judged, Verdict
from selection.register.models import Appraisal, PersonCase
from selection.rulebook.rules import Rule

GOOD = (AppraisalResult.EXCELLENT, AppraisalResult.COMPETENT)

# --- the votes of the latest appraisal (QUA-08, QUA-09) --------------------------------------------------------------

_CAST = F("votes_excellent") + F("votes_competent") + F("votes_basic") + F("votes_incompetent")


def of_the_latest(value: Any) -> Subquery:
    """Something of each person's latest appraisal that has votes; null where there is none."""
    voted = Appraisal.objects.filter(person=OuterRef("pk"), votes_excellent__isnull=False).alias(cast=_CAST)
    return Subquery(voted.filter(cast__gt=0).order_by("-year").values_list(value)[:1])


def of_all_votes(asked: Sequence["OfTheVotes"]) -> Expression:
    """The worst verdict of these, looked up once."""
    held = Q(*[condition.held() for condition in asked])
    found = Case(When(held, Value(Verdict.MET)), default=Value(Verdict.UNMET), output_field=IntegerField())
    return Coalesce(of_the_latest(found), Value(Verdict.MISSING), output_field=IntegerField())


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

    def judge(self, file: PersonCase) -> Judged:
        latest = next((row for row in file.appraisals if row.votes), None)
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


#: A row of appraisals begins with that of this year or of one of the two before: a year is on file in the next.
LATEST = 3


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

    def judge(self, file: PersonCase) -> Judged:
        rated = {row.year: row.result for row in file.appraisals}
        on_file = [year for year in range(self.year, self.year - LATEST, -1) if year in rated]
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
        starts = [Q(**{f"rated_{first}__pk__isnull": False}) for first in range(LATEST)]
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
