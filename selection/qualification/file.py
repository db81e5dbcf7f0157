"""What rules ask of the rest of somebody's file: education, and sanctions that count no longer."""

from datetime import date

from django.db.models import Case, Exists, Expression, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Text
from selection.enums import RANKS, EducationKind, EducationLevel, EducationMode, Grade, SanctionKind
from selection.qualification.condition import Condition, Judged, Verdict, latest_over
from selection.register.models import Education, Person, PersonCase, Sanction
from selection.rulebook import workdays
from selection.rulebook.rules import Rule, Rules

#: From the lowest to the highest.
LEVELS = list(EducationLevel)


class Educated(Condition):
    """QUA-03: an education of the level or above; where the rules say so full-time, before the first job, of no
    excluded kind."""

    name = "educated"
    excepted = True
    says: Text = _("The education reaches what the rules ask for")

    def __init__(self, rule: Rule, rules: Rules) -> None:
        self.rule = rule
        self._levels = LEVELS[LEVELS.index(EducationLevel(rule.value)) :]
        self._first = bool(rules.value("qualification.full_time_first", False))
        self._excluded = [EducationKind(one) for one in rules.value("qualification.kinds_excluded", ())]

    @property
    def required(self) -> list[Text]:
        said: list[Text] = [self._levels[0].label]
        if self._first:
            said.append(_("full-time, before the first job"))
        return said + [_("not: %(kind)s") % {"kind": kind.label} for kind in self._excluded]

    def _fits(self, row: Education, person: Person) -> bool:
        first = row.mode == EducationMode.FULL_TIME and row.graduated_on <= person.joined_work_on
        return row.level in self._levels and row.kind not in self._excluded and (first or not self._first)

    def judge(self, file: PersonCase) -> Judged:
        if not file.educations:
            return Judged(self.rule, self.says, Verdict.MISSING, _("not in the register"), self.required, "education")
        met = any(self._fits(row, file.person) for row in file.educations)
        found = [
            f"{row.get_level_display()} · {row.get_mode_display()} · {row.get_kind_display()}"
            for row in file.educations
        ]
        return Judged(self.rule, self.says, Verdict.MET if met else Verdict.UNMET, found, self.required)

    def verdict(self) -> Expression:
        fits = Q(level__in=self._levels) & ~Q(kind__in=self._excluded)
        if self._first:
            fits &= Q(mode=EducationMode.FULL_TIME, graduated_on__lte=OuterRef("joined_work_on"))
        best = Case(When(fits, then=Value(Verdict.MET)), default=Value(Verdict.UNMET), output_field=IntegerField())
        rows = Education.objects.filter(person=OuterRef("pk")).order_by().values("person")
        return Coalesce(Subquery(rows.annotate(best=Min(best)).values("best")), Value(Verdict.MISSING))


def is_trained(file: PersonCase, since: date) -> bool:
    """QUA-06: whether a training was finished since the day, such as that of the present grade."""
    return any(row.until_on >= since for row in file.trainings)


#: Key of the rule that says how long it counts, by the kind of sanction.
PERIODS: dict[SanctionKind, str] = {
    SanctionKind.PARTY_WARNING: "sanction.party_warning",
    SanctionKind.SERIOUS_PARTY_WARNING: "sanction.serious_party_warning",
    SanctionKind.REMOVAL_FROM_PARTY_POSTS: "sanction.removal_from_party_posts",
    SanctionKind.PARTY_PROBATION: "sanction.party_probation",
    SanctionKind.WARNING: "sanction.warning",
    SanctionKind.DEMERIT: "sanction.demerit",
    SanctionKind.SERIOUS_DEMERIT: "sanction.serious_demerit",
    SanctionKind.LOWER_RANK: "sanction.lower_rank",
    SanctionKind.REMOVAL_FROM_OFFICE: "sanction.removal_from_office",
    SanctionKind.ADMONITION: "sanction.admonition",
    SanctionKind.SUSPENSION: "sanction.suspension",
    SanctionKind.TRANSFER: "sanction.transfer",
    SanctionKind.ORDERED_RESIGNATION: "sanction.ordered_resignation",
    SanctionKind.RELIEVED: "sanction.relieved",
    SanctionKind.DEMOTION: "sanction.demotion",
}
#: Longer for a post above the grade that somebody has.
HIGHER = {
    SanctionKind.ORDERED_RESIGNATION: "sanction.ordered_resignation_higher",
    SanctionKind.RELIEVED: "sanction.relieved_higher",
}


class NoSanction(Condition):
    """No sanction counts any more: its last day, by the decision or by the rules, is over, or it was lifted."""

    name = "no_sanction"
    says: Text = _("No sanction against the person still counts")

    def __init__(self, rules: Rules, grade: str, day: date) -> None:
        self.day = day
        self._rules = {kind: rules[key] for kind, key in PERIODS.items() if any(rules.asking(key))}
        self._higher = {kind: rules[key] for kind, key in HIGHER.items() if any(rules.asking(key))}
        self._lower_grades = RANKS[RANKS.index(Grade(grade)) + 1 :]
        self.rule = next(iter(self._rules.values()))

    @staticmethod
    def asked(rules: Rules) -> bool:
        """Whether the rules give any such period."""
        return any(rule for key in PERIODS.values() for rule in rules.asking(key))

    def _counting(self, row: Sanction, person: Person) -> tuple[Rule, date] | None:
        """By which rule it still counts and until when; none where it does not."""
        kind = SanctionKind(row.kind)
        rule = self._higher.get(kind) if person.grade in self._lower_grades else None
        rule = rule or self._rules.get(kind)
        if rule is None or (row.lifted_on is not None and row.lifted_on <= self.day):
            return None
        last = row.until_on or workdays.ends(rule.value, row.decided_on).last_day
        return (rule, last) if self.day <= last else None

    def judge(self, file: PersonCase) -> Judged:
        counting = [(found, row) for row in file.sanctions if (found := self._counting(row, file.person))]
        if not counting:
            return Judged(self.rule, self.says, Verdict.MET, _("none"))
        (rule, _last), _row = max(counting, key=lambda one: one[0][1])
        told: list[Text] = [
            _("%(sanction)s, until %(day)s") % {"sanction": row, "day": clock.worded(last)}
            for (_rule, last), row in counting
        ]
        return Judged(rule, self.says, Verdict.UNMET, told, _("none"))

    def verdict(self) -> Expression:
        lower = Q(person__grade__in=self._lower_grades)
        counts = Q(pk__in=[])
        for kind, rule in self._rules.items():
            since = Q(decided_on__gt=latest_over(rule.value, self.day))
            if kind in self._higher:
                longer = Q(decided_on__gt=latest_over(self._higher[kind].value, self.day))
                since = (lower & longer) | (~lower & since)
            counts |= Q(kind=kind) & (Q(until_on__gte=self.day) | (Q(until_on__isnull=True) & since))
        rows = Sanction.objects.filter(counts, person=OuterRef("pk")).exclude(lifted_on__lte=self.day)
        return Case(
            When(Exists(rows), then=Value(Verdict.UNMET)), default=Value(Verdict.MET), output_field=IntegerField()
        )
