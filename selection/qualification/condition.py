"""One thing that rules ask of a person, and what came of it."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Expression
from django.db.models.enums import IntegerChoices
from django.utils.translation import gettext_lazy as _

from selection.acts import Requirement, Text
from selection.enums import Act
from selection.register.models import Person, PersonCase
from selection.rulebook import workdays
from selection.rulebook.rules import Rule
from selection.rulebook.values import Period


class Verdict(IntegerChoices):
    """What came of a condition, the worse the greater; ``MISSING`` is never met."""

    MET = 0, _("Met")
    MISSING = 1, _("The register lacks a fact")
    UNMET = 2, _("Not met")


#: Fact that the register may lack → the act on the person by which it is entered.
ENTERED_BY = {
    "votes": Act.ADD_APPRAISAL,
    "appraisals": Act.ADD_APPRAISAL,
    "grade": Act.CORRECT_PERSON,
    "joined_work_on": Act.CORRECT_PERSON,
    "joined_party_on": Act.CORRECT_PERSON,
    "status": Act.CORRECT_PERSON,
    "establishment": Act.CORRECT_PERSON,
    "tenures": Act.ADD_TENURE,
    "grassroots": Act.CORRECT_TENURE,
    "education": Act.ADD_FILE_ENTRY,
}


@dataclass(frozen=True)
class Judged:
    """One condition over one person; ``fact`` names what the register lacks, told once however many conditions ask."""

    rule: Rule
    says: Text
    verdict: Verdict
    observed: object
    required: object = None
    fact: str = ""

    def requirement(self, person: Person, *, passed_over: bool = False) -> Requirement:
        """As an act asks it; where a fact is missing, with the act by which it is entered.

        What is ``passed_over`` is asked no longer, since the person is promoted by exception.
        """
        return Requirement.under(
            self.rule,
            self.says,
            met=passed_over or self.verdict is Verdict.MET,
            observed=self.observed,
            required=self.required,
            field="person",
            entered_by=(ENTERED_BY[self.fact], person) if self.fact else None,
        )


class Condition:
    """One rule, over any person.  ``name`` is that of the annotation that ``verdict`` becomes.

    ``excepted`` says whether somebody may be promoted by exception who does not meet it: what is asked of time and
    education, never what bars from promotion.
    """

    rule: Rule
    name: str
    says: Text
    excepted = False

    def judge(self, file: PersonCase) -> Judged:
        """Of a person with what the register keeps of him or her, the latest first."""
        raise NotImplementedError

    def verdict(self) -> Expression:
        """The same, of each person of a query that ``with_facts`` has made ready."""
        raise NotImplementedError


def latest_over(period: Period, day: date) -> date:
    """The latest day on which the period may have begun to be over on the day given."""
    return day - timedelta(
        days=bisect_left(
            range((day - date.min).days),
            True,
            key=lambda back: day > workdays.ends(period, day - timedelta(days=back)).last_day,
        )
    )
