"""What rules ask of who somebody is and how long he or she has served: grade, grass roots, status, age."""

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, CharField, DateField, Expression, F, Func, IntegerField, Q, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from selection import clock
from selection.acts import Text
from selection.enums import RANKS, EstablishmentKind, Grade, PersonnelStatus
from selection.qualification.condition import Condition, Judged, Verdict, latest_over
from selection.register.models import PersonCase, Tenure
from selection.rulebook.rules import Rule


def _known(verdict: Q, fact: str) -> Expression:
    """Met or unmet by a column of the person, where it is filled."""
    return Case(
        When(verdict, then=Value(Verdict.MET)),
        When(**{fact: ""}, then=Value(Verdict.MISSING)),
        default=Value(Verdict.UNMET),
        output_field=IntegerField(),
    )


class SinceDay(Condition):
    """The years since a day of the person, such as that of the first job, are as many as the rule asks."""

    excepted = True

    def __init__(self, rule: Rule, name: str, says: Text, column: str, day: date) -> None:
        self.rule, self.name, self.says, self._column = rule, name, says, column
        self._since = latest_over(rule.value, day)

    def judge(self, file: PersonCase) -> Judged:
        since = getattr(file.person, self._column)
        if since is None:
            return Judged(self.rule, self.says, Verdict.MISSING, _("not in the register"), fact=self._column)
        observed = _("since %(day)s") % {"day": clock.worded(since)}
        return Judged(self.rule, self.says, Verdict.MET if since <= self._since else Verdict.UNMET, observed)

    def verdict(self) -> Expression:
        return Case(
            When(**{f"{self._column}__isnull": True}, then=Value(Verdict.MISSING)),
            When(**{f"{self._column}__lte": self._since}, then=Value(Verdict.MET)),
            default=Value(Verdict.UNMET),
            output_field=IntegerField(),
        )


class GradeHeld(Condition):
    """QUA-04: the grade below was held long enough; no time is asked of whoever is of the grade already."""

    name = "grade_years"
    excepted = True
    says: Text = _("The grade below has been held long enough")

    def __init__(self, rule: Rule, grade: str, day: date, *, name: str = name) -> None:
        self.rule, self.name, self._since = rule, name, latest_over(rule.value, day)
        place = RANKS.index(Grade(grade))
        self._above, self._below = RANKS[: place + 1], RANKS[place + 1 : place + 2]

    def judge(self, file: PersonCase) -> Judged:
        person = file.person
        if not person.grade or (person.grade in self._below and not person.grade_since):
            return Judged(self.rule, self.says, Verdict.MISSING, _("not in the register"), fact="grade")
        met = person.grade in self._above or (person.grade in self._below and person.grade_since <= self._since)
        observed: object = person.get_grade_display()
        if person.grade in self._below:
            observed = _("since %(day)s") % {"day": clock.worded(person.grade_since)}
        return Judged(self.rule, self.says, Verdict.MET if met else Verdict.UNMET, observed)

    def verdict(self) -> Expression:
        return Case(
            When(grade__in=self._above, then=Value(Verdict.MET)),
            When(grade__in=self._below, grade_since__lte=self._since, then=Value(Verdict.MET)),
            default=Value(Verdict.UNMET),
            output_field=IntegerField(),
        )


class OfStatus(Condition):
    """QUA-02, QUA-10: the person has one of these kinds of status, or any establishment where that is enough."""

    name = "of_status"
    says: Text = _("The status is one that the rules ask for")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._taken = [one for one in rule.value if one in PersonnelStatus.values]
        self._any_establishment = "on_establishment" in rule.value

    @property
    def required(self) -> list[Text]:
        named: list[Text] = [PersonnelStatus(one).label for one in self._taken]
        return [*named, *([_("On the establishment and in the post")] if self._any_establishment else [])]

    def judge(self, file: PersonCase) -> Judged:
        person = file.person
        met = person.status in self._taken or (self._any_establishment and bool(person.establishment))
        verdict = Verdict.MET if met else Verdict.UNMET if person.status else Verdict.MISSING
        observed = person.get_status_display() if person.status else _("not in the register")
        fact = "status" if verdict is Verdict.MISSING else ""
        return Judged(self.rule, self.says, verdict, observed, self.required, fact=fact)

    def verdict(self) -> Expression:
        met = Q(status__in=self._taken)
        return _known(met | ~Q(establishment="") if self._any_establishment else met, "status")


class OnEstablishment(Condition):
    """QUA-02: the person is on an establishment of one of these kinds."""

    name = "on_establishment"
    says: Text = _("The establishment is one that the rules ask for")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def judge(self, file: PersonCase) -> Judged:
        kind = file.person.establishment
        verdict = Verdict.MET if kind in self.rule.value else Verdict.UNMET if kind else Verdict.MISSING
        observed = file.person.get_establishment_display() if kind else _("not in the register")
        required = [EstablishmentKind(one).label for one in self.rule.value]
        fact = "" if kind else "establishment"
        return Judged(self.rule, self.says, verdict, observed, required, fact=fact)

    def verdict(self) -> Expression:
        return _known(Q(establishment__in=self.rule.value), "establishment")


class NotOlder(Condition):
    """QUA-21: the age is not above the highest; an age is reached in the month after that of birth, as in a notice."""

    name = "age_most"
    says: Text = _("The person is not older than the rules allow")

    def __init__(self, rule: Rule, day: date) -> None:
        self.rule, self._born_since = rule, date(day.year - rule.value - 1, day.month, 1)

    @property
    def required(self) -> Text:
        month = clock.worded(self._born_since)
        return _("%(age)s at most: born on %(day)s or later") % {"age": self.rule.value, "day": month}

    def judge(self, file: PersonCase) -> Judged:
        born: date | None = file.person.born_on
        if born is None:  # of everybody in the register it is known, of the person of a rehearsal not
            return Judged(self.rule, self.says, Verdict.MISSING, _("not in the register"), self.required)
        verdict = Verdict.MET if born >= self._born_since else Verdict.UNMET
        return Judged(self.rule, self.says, verdict, born, self.required)

    def verdict(self) -> Expression:
        return Case(
            When(born_on__gte=self._born_since, then=Value(Verdict.MET)),
            default=Value(Verdict.UNMET),
            output_field=IntegerField(),
        )


class _AtGrassroots(Func):
    """Verdict of a person (key, day, days asked): spells are united, so that a day in two of them counts once."""

    template = (
        "(SELECT CASE WHEN (SELECT SUM(UPPER(spell) - LOWER(spell)) FROM UNNEST(certain) AS spell) >= asked THEN 0"
        " WHEN tenures = 0"
        " OR (SELECT SUM(UPPER(spell) - LOWER(spell)) FROM UNNEST(possible) AS spell) >= asked THEN 1 ELSE 2 END"
        " FROM (SELECT COUNT(held.id) AS tenures, MIN(whose.days) AS asked,"
        " RANGE_AGG(DATERANGE(held.from_on, LEAST(held.until_on, whose.day)))"
        " FILTER (WHERE held.is_grassroots) AS certain,"
        " RANGE_AGG(DATERANGE(held.from_on, LEAST(held.until_on, whose.day)))"
        " FILTER (WHERE held.is_grassroots IS NOT FALSE) AS possible"
        " FROM (SELECT %(expressions)s) AS whose (person, day, days)"
        " LEFT JOIN register_tenure held ON held.person_id = whose.person AND held.from_on < whose.day) AS found)"
    )
    output_field = IntegerField()


class AtGrassroots(Condition):
    """QUA-16: as many days of work at the grass roots as the years before the day have; a day counts once.

    Where nobody has said of a tenure whether it was such work, that is missing if it would decide.
    """

    name = "grassroots"
    excepted = True
    says: Text = _("There was work at the grass roots for long enough")

    def __init__(self, rule: Rule, day: date) -> None:
        self.rule, self.day = rule, day
        self.days = (day - latest_over(rule.value, day)).days

    def judge(self, file: PersonCase) -> Judged:
        held = [tenure for tenure in file.tenures if tenure.from_on < self.day]
        certain = _days_once([tenure for tenure in held if tenure.is_grassroots], self.day)
        possible = _days_once([tenure for tenure in held if tenure.is_grassroots is not False], self.day)
        observed: Text = ngettext_lazy("%(days)d day", "%(days)d days", "days") % {"days": certain}
        if certain >= self.days:
            return Judged(self.rule, self.says, Verdict.MET, observed)
        if not held:
            return Judged(self.rule, self.says, Verdict.MISSING, _("no posts in the register"), fact="tenures")
        if possible >= self.days:
            unsaid = [tenure.post.full_title for tenure in held if tenure.is_grassroots is None]
            return Judged(self.rule, UNSAID, Verdict.MISSING, unsaid, fact="grassroots")
        return Judged(self.rule, self.says, Verdict.UNMET, observed)

    def verdict(self) -> Expression:
        return _AtGrassroots(F("pk"), Cast(Value(self.day), DateField()), Value(self.days))


UNSAID: Text = _("Of every post it is said whether it was work at the grass roots")


def _days_once(tenures: Iterable[Tenure], day: date) -> int:
    """How many days before ``day`` lie in at least one of the tenures."""
    days, until = 0, date.min
    for tenure in sorted(tenures, key=lambda tenure: tenure.from_on):
        end = min(tenure.until_on or day, day)
        days += max((end - max(tenure.from_on, until)).days, 0)
        until = max(until, end)
    return days


class _PostsHeld(Func):
    """Verdict of a person (key, day, posts asked, grades): different posts count, however often one was held."""

    template = (
        "(SELECT CASE WHEN COUNT(DISTINCT held.post_id) FILTER (WHERE post.grade = ANY (whose.grades))"
        " >= MIN(whose.posts) THEN 0 WHEN COUNT(held.id) = 0 THEN 1 ELSE 2 END"
        " FROM (SELECT %(expressions)s) AS whose (person, day, posts, grades)"
        " LEFT JOIN register_tenure held ON held.person_id = whose.person AND held.from_on < whose.day"
        " LEFT JOIN register_post post ON post.id = held.post_id)"
    )
    output_field = IntegerField()


class PostsHeld(Condition):
    """So many different posts of the level below were held before the day.

    Below a chief of a county stand its deputies and the whole township level, below a deputy the township level: which
    grades the level below has is our reading.
    """

    name = "lower_posts"
    says: Text = _("Enough posts of the level below have been held")

    def __init__(self, rule: Rule, grade: str, day: date) -> None:
        self.rule, self.day = rule, day
        place = RANKS.index(Grade(grade))
        self._below = [one.value for one in RANKS[place + 1 :] if one != Grade.STAFF_GRADE]

    def judge(self, file: PersonCase) -> Judged:
        held = [tenure for tenure in file.tenures if tenure.from_on < self.day]
        if not held:
            return Judged(self.rule, self.says, Verdict.MISSING, _("no posts in the register"), fact="tenures")
        posts = {tenure.post_id: tenure.post.full_title for tenure in held if tenure.post.grade in self._below}
        verdict = Verdict.MET if len(posts) >= self.rule.value else Verdict.UNMET
        return Judged(self.rule, self.says, verdict, list(posts.values()) or _("none"), self.rule.value)

    def verdict(self) -> Expression:
        return _PostsHeld(
            F("pk"),
            Cast(Value(self.day), DateField()),
            Value(self.rule.value),
            Value(self._below, ArrayField(CharField())),
        )


class OnPromotion(Condition):
    """A condition that is asked of nobody who is of the grade of the post already, or of a higher one."""

    def __init__(self, asked: Condition, grade: str) -> None:
        self.rule, self.says, self.excepted = asked.rule, asked.says, asked.excepted
        self.name, self._asked = f"promoted_{asked.name}", asked
        self._above = RANKS[: RANKS.index(Grade(grade)) + 1]

    def judge(self, file: PersonCase) -> Judged:
        if file.person.grade in self._above:
            return Judged(self.rule, self.says, Verdict.MET, file.person.get_grade_display())
        return self._asked.judge(file)

    def verdict(self) -> Expression:
        return Case(
            When(grade__in=self._above, then=Value(Verdict.MET)),
            default=self._asked.verdict(),
            output_field=IntegerField(),
        )
