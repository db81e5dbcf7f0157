"""Nomination by ballot at sittings (会议推荐提名): written in freely, then on the list of the first.

A sitting nominates for one post or for several, with one roll.  Two tellers count the paper ballots of each post, each
without seeing the other's count; the department finds in the register whose each written name is, which counts for
nobody until then.  The first by votes go on; equal votes at the last place are decided upon and the decision filed.
Where the rules know two rounds, the first result is published under the supervisor's eyes before the second, whose
ballots have these names alone.  It ends for a post when those who go on are fixed: only they can be nominated.
Rulebook keys: ``nomination.rounds``, ``first_roll``, ``second_roll``, ``first_cut``, ``second_cut``,
``published_between``, ``supervised``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, NotPermitted, Requirement, Text, Upload, act
from selection.documents import requests
from selection.enums import Act, Evidence, NamesKind, Part, Role, Stage
from selection.models import (
    Account,
    Mandate,
    NameSheet,
    Ranking,
    Selection,
    Sitting,
    SittingItem,
    TieDecision,
    WrittenName,
)
from selection.models.case import Case
from selection.models.mandate import MandateCase
from selection.models.sitting import Cut, cut, in_lines, names_in
from selection.register.models import Person
from selection.rulebook.keys import KEYS
from selection.rulebook.rules import Rule, Rules
from selection.standing import (
    announced,
    at_stage,
    given,
    not_in_future,
    on_paper,
    planned,
    running,
    to_appoint,
    with_reason,
)

Roll = Mapping[str, Mapping[str, int]]

#: Which rule says who nominates, and which how many go on, round by round.
_ROLLS = ("nomination.first_roll", "nomination.second_roll")
_CUTS = ("nomination.first_cut", "nomination.second_cut")
EVERYBODY = "everybody"
"""The one group of a roll where the rules name none."""


def kinds(rules: Rules) -> tuple[NamesKind, ...]:
    """The rounds of nomination by ballot; one without a list where the rules know none."""
    return tuple(NamesKind(kind) for kind in rules.value("nomination.rounds", (NamesKind.OPEN,)))


def groups(rules: Rules, round_: int) -> dict[str, Text]:
    """Group → its name, for those whom the rules let nominate in this round."""
    for rule in rules.asking(_ROLLS[round_ - 1]) if round_ <= len(_ROLLS) else ():
        return {group: KEYS[rule.key].choices[group] for group in rule.value}
    return {EVERYBODY: _("Everybody who nominates")}


def places(rules: Rules, round_: int) -> Rule | None:
    """How many go on from this round, where the rules say."""
    return rules.get(_CUTS[round_ - 1]) if round_ <= len(_CUTS) else None


# --- the sitting ---------------------------------------------------------------------------------------------------


def before_opening_sitting(
    case: MandateCase,
    *,
    actor: Account,
    at: datetime,
    selections: Sequence[Selection] | None = None,
    round: int | None = None,
    held_on: date | None = None,
    roll: Roll | None = None,
) -> Iterator[Requirement]:
    yield not_in_future(held_on, at, field="held_on")
    if selections is None or round is None:
        return
    cases: list[Case] = case.cases
    yield Requirement(
        _("Every post is filled under this mandate"),
        met=bool(cases) and all(one.selection.mandate_id == case.mandate.pk for one in cases),
        observed=len(cases),
        field="selections",
    )
    yield Requirement(
        _("All posts of the sitting are filled under the same rules"),
        met=len({one.selection.rule_set_id for one in cases}) <= 1,
        field="selections",
    )
    yield from _of_all(cases, lambda one: [at_stage(one, Stage.NOMINATION), running(one), to_appoint(one)])
    yield from _of_all(cases, planned)
    yield from _of_all(cases, lambda one: announced(one, held_on))
    yield from _of_all(cases, _two_tellers)
    yield from _of_all(cases, lambda one: _next_round(one, round))
    if round > 1:
        yield from _of_all(cases, lambda one: _between(one, held_on))
    if cases and roll is not None:
        yield from _roll(cases, round, roll)


def _of_all(cases: Iterable[Case], ask: Callable[[Case], Iterable[Requirement]]) -> Iterator[Requirement]:
    """What is asked of each post as one requirement: met if it is for all, else with the posts for which it is not."""
    found: dict[str, list[tuple[Case, Requirement]]] = {}
    for case in cases:
        for requirement in ask(case):
            found.setdefault(str(requirement.says), []).append((case, requirement))
    for asked in found.values():
        unmet = [(case, requirement) for case, requirement in asked if not requirement.met]
        shown = unmet[0][1] if unmet else asked[0][1]
        several = len(asked) > 1 and unmet
        observed = [str(case.selection.sought) for case, _requirement in unmet] if several else shown.observed
        yield replace(shown, field="selections", observed=observed)


def _two_tellers(case: Case) -> Iterator[Requirement]:
    tellers = [row for row in case.participations if row.part == Part.TELLER and row.until_on is None]
    yield Requirement(_("Two tellers are named"), met=len(tellers) >= 2, observed=len(tellers), required=2)


def _next_round(case: Case, round_: int) -> Iterator[Requirement]:
    rule, held = case.rules.get("nomination.rounds"), case.sat
    yield Requirement.under(
        rule,
        _("The post has this round before it"),
        met=round_ == len(held) + 1 <= len(kinds(case.rules)) and all(row.settled_at for row in held),
        observed=len(held),
        required=round_ - 1,
    )


def _between(case: Case, held_on: date | None) -> Iterator[Requirement]:
    """TRN-06, TRN-07: the first result is public and signed by the supervisor before the second round."""
    last = case.sat[-1] if case.sat else None
    for rule in case.rules.asking("nomination.published_between"):
        published = last.published_on if last else None
        yield Requirement.under(
            rule,
            _("Whoever goes on from the first round was made public before the second"),
            met=published is not None and (held_on is None or published <= held_on),
            observed=published or _("not yet"),
            required=held_on,
        )
    for rule in case.rules.asking("nomination.supervised"):
        signed = last.signed_off_on if last else None
        yield Requirement.under(
            rule,
            _("The supervisor has signed the first round"),
            met=signed is not None and (held_on is None or signed <= held_on),
            observed=signed or _("not yet"),
            required=held_on,
        )


def _roll(cases: Sequence[Case], round_: int, roll: Roll) -> Iterator[Requirement]:
    """TRN-04, TRN-09: the groups that the rules name, each with its numbers; a roll of its own for each round."""
    rules = cases[0].rules
    rule = rules.get(_ROLLS[round_ - 1]) if round_ <= len(_ROLLS) else None
    named = groups(rules, round_)
    without = [name for group, name in named.items() if roll.get(group, {}).get("due", 0) < 1]
    yield Requirement.under(
        rule,
        _("Each group that nominates is on the roll"),
        met=not without and set(roll) <= set(named),
        observed=without or None,
        required=list(named.values()),
        field="roll",
    )
    yield Requirement(
        _("No more took part than should have"),
        met=all(0 <= group["present"] <= group["due"] for group in roll.values())
        and any(group["present"] for group in roll.values()),
        observed=sum(group["present"] for group in roll.values()),
        required=sum(group["due"] for group in roll.values()),
        field="roll",
    )
    before = [one.sat[-1].sitting.roll for one in cases if one.sat]
    yield Requirement.under(
        rule,
        _("The roll is not that of the round before"),
        met=not any(set(former) == set(roll) for former in before if round_ > 1 and rule is not None),
        field="roll",
    )


@act(Act.OPEN_SITTING, subject="mandate", requires=before_opening_sitting)
def open_sitting(
    mandate: Mandate,
    *,
    selections: Sequence[Selection],
    round: int,
    held_on: date,
    roll: Roll,
    names_each: int = 1,
    actor: Account,
    at: datetime,
) -> Facts:
    """Hold a sitting that nominates for these posts, by its roll of those who should have come and came."""
    seen = Selection.objects.visible_to(actor).filter(pk__in=[row.pk for row in selections])
    held = list(seen.select_related("rule_set").order_by("pk"))
    if len(held) != len({row.pk for row in selections}):
        raise NotPermitted(Act.OPEN_SITTING, hidden=True)
    batches = {row.batch_id for row in held}
    sitting = Sitting.objects.create(
        mandate=mandate,
        organisation_id=mandate.organisation_id,
        batch_id=batches.pop() if len(batches) == 1 else None,
        round=round,
        kind=kinds(held[0].rules)[round - 1],
        held_on=held_on,
        roll={group: dict(numbers) for group, numbers in roll.items()},
        names_each=names_each,
        opened_by=actor,
        opened_at=at,
    )
    items = [SittingItem.objects.create(selection=row, sitting=sitting) for row in held]
    return Facts({"due": sitting.due, "present": sitting.present}, [sitting, *items])


# --- what the ballots say ------------------------------------------------------------------------------------------


def _stands(case: Case) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield Requirement(_("The nomination by ballot has not been annulled"), met=item in case.sat)


def listed(case: Case, item: SittingItem) -> list[Ranking]:
    """Who is on the ballots of a round that has a list: those who went on from the round before."""
    before = [row for row in case.sat if row.sitting.round == item.sitting.round - 1]
    return case.went_on(before[-1] if before else None)


def before_entering_names(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    issued: int | None = None,
    returned: int | None = None,
    valid: int | None = None,
    names: str = "",
    votes: Mapping[str, int] | None = None,
) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    sheets = case.counted_names(item)
    yield from _stands(case)
    yield Requirement(_("The count waits for its tellers"), met=item.confirmed_at is None)
    yield Requirement(
        _("You have not entered this count yet"), met=all(sheet.teller_id != actor.pk for sheet in sheets)
    )
    yield Requirement(_("No more than two tellers count"), met=len(sheets) < 2, required=2)
    if issued is None or returned is None or valid is None:
        return
    yield Requirement(
        _("Valid, returned and issued forms and persons present follow in order"),
        met=0 <= valid <= returned <= issued <= item.sitting.present,
        observed=[valid, returned, issued, item.sitting.present],
        field="returned",
    )
    if item.sitting.kind == NamesKind.OPEN:
        counted, bad = names_in(names)
        yield Requirement(
            _("Every line has one name, which stands once, and its votes"),
            met=not bad and not votes,
            observed=_("not so in lines %(lines)s") % {"lines": "、".join(map(str, bad))} if bad else len(counted),
            field="names",
        )
    else:
        counted = {str(key): number for key, number in (votes or {}).items()}
        known = {str(row.person_id) for row in listed(case, item)}
        yield Requirement.under(
            case.rules.get("nomination.rounds"),
            _("The ballots of this round have the names of its list alone"),
            met=set(counted) <= known and not names,
            observed=len(set(counted) - known) or None,
            required=[str(row.person) for row in listed(case, item)],
            field="votes",
        )
    most = valid * item.sitting.names_each
    yield Requirement(
        _("Nobody has more votes than there are valid forms"),
        met=all(0 <= number <= valid for number in counted.values()),
        observed=max(counted.values(), default=0),
        required=valid,
        field="names" if item.sitting.kind == NamesKind.OPEN else "votes",
    )
    yield Requirement(
        _("There are no more votes than the valid forms can have"),
        met=sum(counted.values()) <= most,
        observed=sum(counted.values()),
        required=most,
        field="valid",
    )


@act(Act.ENTER_NAMES, subject="sittingitem", requires=before_entering_names)
def enter_names(
    item: SittingItem,
    *,
    issued: int,
    returned: int,
    valid: int,
    names: str = "",
    votes: Mapping[str, int] | None = None,
    actor: Account,
    at: datetime,
) -> NameSheet:
    """Enter one teller's count for one post: the names written in with their votes, or the votes of those listed."""
    return NameSheet.objects.create(
        selection=item.selection,
        item=item,
        teller=actor,
        issued=issued,
        returned=returned,
        valid=valid,
        names=in_lines(names_in(names)[0]),
        votes={str(key): number for key, number in (votes or {}).items()},
        entered_at=at,
    )


def before_confirming_names(
    case: Case, *, actor: Account, at: datetime, evidence: Upload | None = UNASKED
) -> Iterator[Requirement]:
    sheets = case.counted_names(case.subject)
    yield from _stands(case)
    yield Requirement(_("The count is not confirmed yet"), met=case.subject.confirmed_at is None)
    yield Requirement(
        _("Two tellers have entered their counts"), met=len(sheets) == 2, observed=len(sheets), required=2
    )
    yield Requirement(_("The two counts agree"), met=len(sheets) == 2 and sheets[0].figures() == sheets[1].figures())
    yield from on_paper(case, Evidence.COUNT, evidence)


@act(Act.CONFIRM_NAMES, subject="sittingitem", requires=before_confirming_names)
def confirm_names(item: SittingItem, *, evidence: Upload | None = None, actor: Account, at: datetime) -> Facts:
    """Make the names on which both tellers agree those of the ballots; of a list it is known whose they are."""
    sheet = NameSheet.objects.filter(item=item, rejected_at__isnull=True).earliest("entered_at")
    people = Person.objects.in_bulk([int(key) for key in sheet.votes])
    rows = [WrittenName(words=words, votes=number) for words, number in names_in(sheet.names)[0].items()]
    rows += [
        WrittenName(words=people[int(key)].name, votes=number, person_id=int(key), looked_at=at)
        for key, number in sheet.votes.items()
        if number
    ]
    for row in rows:
        row.selection, row.item = item.selection, item
    WrittenName.objects.bulk_create(rows)
    item.confirmed_at = at
    item.save()
    filed = requests.attach(item.selection, Evidence.COUNT, evidence, actor=actor, at=at)
    figures = {"issued": sheet.issued, "returned": sheet.returned, "valid": sheet.valid, "names": len(rows)}
    return Facts(figures, [item, *filed])


def before_rejecting_names(
    case: Case, *, actor: Account, at: datetime, reason: str | None = None
) -> Iterator[Requirement]:
    sheets = case.counted_names(case.subject)
    yield from _stands(case)
    yield Requirement(_("The count is not confirmed yet"), met=case.subject.confirmed_at is None)
    yield Requirement(_("The two counts differ"), met=len(sheets) == 2 and sheets[0].figures() != sheets[1].figures())
    yield from with_reason(reason)


@act(Act.REJECT_NAMES, subject="sittingitem", requires=before_rejecting_names)
def reject_names(item: SittingItem, *, reason: str, actor: Account, at: datetime) -> None:
    """Have both tellers count the names again, since their counts differ."""
    NameSheet.objects.filter(item=item, rejected_at__isnull=True).update(rejected_at=at)


def before_resolving_names(
    case: Case, *, actor: Account, at: datetime, people: Mapping[str, Person | None] | None = None
) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    names = case.names_at(item)
    yield from _stands(case)
    yield Requirement(_("Both tellers agree on the names"), met=item.confirmed_at is not None)
    yield Requirement(_("Who goes on is not fixed yet"), met=item.settled_at is None)
    yield Requirement(
        _("The names were written in freely"),
        met=item.sitting.kind == NamesKind.OPEN,
        observed=NamesKind(item.sitting.kind).label,
    )
    if people is None:
        return
    yield Requirement(
        _("Every name of these ballots is looked at, and no other"),
        met=set(people) == {str(row.pk) for row in names},
        observed=len(people),
        required=len(names),
        field="people",
    )
    day = clock.day_of(at)
    gone = [person for person in people.values() if person is not None and not person.is_in_service(day)]
    yield Requirement(
        _("Each person is in service"), met=not gone, observed=[str(person) for person in gone] or None, field="people"
    )
    valid = min((sheet.valid for sheet in case.counted_names(item)), default=0)
    joined: dict[int, int] = {}
    for row in names:
        if (person := people.get(str(row.pk))) is not None:
            joined[person.pk] = joined.get(person.pk, 0) + row.votes
    yield Requirement(
        _("Nobody has more votes than there are valid forms"),
        met=all(number <= valid for number in joined.values()),
        observed=max(joined.values(), default=0),
        required=valid,
        field="people",
    )


@act(Act.RESOLVE_NAMES, subject="sittingitem", requires=before_resolving_names)
def resolve_names(
    item: SittingItem, *, people: Mapping[str, Person | None], actor: Account, at: datetime
) -> SittingItem:
    """Say of every written name whose it is in the register, or that it is nobody's and counts for nobody."""
    rows = list(item.names.all())
    for row in rows:
        row.person, row.looked_at = people[str(row.pk)], at
    WrittenName.objects.bulk_update(rows, ["person", "looked_at"])
    return item


# --- who goes on ---------------------------------------------------------------------------------------------------


def cut_of(case: Case, item: SittingItem) -> Cut:
    """Who goes on by votes alone, and who is tied for the places that are left."""
    rule = places(case.rules, item.sitting.round)
    return cut(case.votes_at(item), rule.value if rule else None)


def decided(case: Case, item: SittingItem, found: Cut) -> TieDecision | None:
    """The decision on exactly these equal votes, if there is one."""
    rows = [row for row in case.tie_decisions if row.item_id == item.pk and set(row.tied) == set(found.tied)]
    return rows[-1] if rows and len(rows[-1].taken) == found.free else None


def _counted(case: Case) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    names = case.names_at(item)
    waiting = [row for row in names if row.looked_at is None]
    yield from _stands(case)
    yield Requirement(_("Both tellers agree on the names"), met=item.confirmed_at is not None)
    yield Requirement(_("Who goes on is not fixed yet"), met=item.settled_at is None)
    yield Requirement(
        _("The register was searched for every written name"),
        met=not waiting,
        observed=_("%(number)s not done") % {"number": len(waiting)} if waiting else _("all done"),
        required=_("all done"),
    )


def before_deciding_tie(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    taken: Sequence[Person] | None = None,
    decision: str | None = None,
    decided_on: date | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    found = cut_of(case, item)
    rule = places(case.rules, item.sitting.round)
    yield from _counted(case)
    yield Requirement.under(
        rule,
        _("Votes are equal at the last place that goes on"),
        met=bool(found.tied),
        observed=[str(case.people[person]) for person in found.tied] or _("none"),
        required=_("equal votes"),
    )
    yield not_in_future(decided_on, at, field="decided_on")
    if decided_on is not None:
        yield Requirement(
            _("The decision does not come before the sitting"),
            met=decided_on >= item.sitting.held_on,
            observed=decided_on,
            required=item.sitting.held_on,
            field="decided_on",
        )
    if taken is not None:
        yield Requirement.under(
            rule,
            _("As many of them are taken as places are left"),
            met=len(taken) == found.free and {person.pk for person in taken} <= set(found.tied),
            observed=len(taken),
            required=found.free,
            field="taken",
        )
    if decision is not None:
        yield Requirement(_("The decision is written down"), met=given(decision), field="decision")
    yield from on_paper(case, Evidence.TIE, evidence, always=True)


@act(Act.DECIDE_TIE, subject="sittingitem", requires=before_deciding_tie)
def decide_tie(
    item: SittingItem,
    *,
    taken: Sequence[Person],
    decision: str,
    decided_on: date,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Take down who of those with equal votes goes on, by whose decision and why."""
    case = item.case()
    filed = requests.attach(item.selection, Evidence.TIE, evidence, actor=actor, at=at)
    found = cut_of(case, item)
    row = TieDecision.objects.create(
        selection=item.selection,
        item=item,
        tied=found.tied,
        taken=[person.pk for person in taken],
        decision=decision,
        document=filed[0],
        decided_on=decided_on,
        decided_at=at,
    )
    return Facts({"tied": [case.people[person] for person in found.tied]}, [item, row, *filed])


def before_settling_names(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    found = cut_of(case, item)
    rule = places(case.rules, item.sitting.round)
    yield from _counted(case)
    yield Requirement.under(
        rule,
        _("Somebody has votes"),
        met=bool(found.through or found.tied),
        observed=len(case.votes_at(item)),
    )
    yield Requirement.under(
        rule,
        _("Equal votes at the last place that goes on are decided upon"),
        met=not found.tied or decided(case, item, found) is not None,
        observed=[str(case.people[person]) for person in found.tied] or _("no equal votes"),
    )


@act(Act.SETTLE_NAMES, subject="sittingitem", requires=before_settling_names)
def settle_names(item: SittingItem, *, actor: Account, at: datetime) -> Facts:
    """Rank everybody by votes and fix who goes on; the others stay in the record of the sitting."""
    case = item.case()
    found, votes = cut_of(case, item), case.votes_at(item)
    chosen = decided(case, item, found)
    through = {*found.through, *(chosen.taken if chosen else ())}
    Ranking.objects.bulk_create(
        Ranking(
            selection=item.selection,
            item=item,
            person_id=person,
            votes=number,
            place=1 + sum(1 for other in votes.values() if other > number),
            goes_on=person in through,
        )
        for person, number in sorted(votes.items(), key=lambda row: (-row[1], row[0]))
    )
    item.settled_at = at
    item.save()
    return Facts({"go_on": [case.people[person] for person in votes if person in through]}, [item])


def before_publishing_names(
    case: Case, *, actor: Account, at: datetime, published_on: date | None = None
) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    yield from _stands(case)
    yield Requirement.under(
        case.rules.get("nomination.published_between"),
        _("Who goes on is fixed"),
        met=item.settled_at is not None,
        observed=item.settled_at,
        required=_("fixed"),
    )
    yield Requirement(_("It has not been published yet"), met=item.published_on is None, observed=item.published_on)
    yield from _after_the_sitting(item, published_on, at, field="published_on")


def _after_the_sitting(item: SittingItem, day: date | None, at: datetime, *, field: str) -> Iterator[Requirement]:
    yield not_in_future(day, at, field=field)
    if day is not None and item.settled_at is not None:
        settled = clock.day_of(item.settled_at)
        yield Requirement(
            _("The day does not come before the result"),
            met=day >= settled,
            observed=day,
            required=settled,
            field=field,
        )


@act(Act.PUBLISH_NAMES, subject="sittingitem", requires=before_publishing_names)
def publish_names(item: SittingItem, *, published_on: date, actor: Account, at: datetime) -> Facts:
    """Make public who goes on for this post, on the pages for everybody."""
    item.published_on = published_on
    item.save()
    return Facts({}, [item])


def before_signing_off(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    supervisor: str | None = None,
    signed_off_on: date | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    rule = case.rules.get("nomination.supervised")
    yield from _stands(case)
    yield Requirement.under(
        rule, _("Who goes on is fixed"), met=item.settled_at is not None, observed=item.settled_at, required=_("fixed")
    )
    yield Requirement(
        _("The supervisor has not signed yet"), met=item.signed_off_on is None, observed=item.supervisor or None
    )
    yield from _after_the_sitting(item, signed_off_on, at, field="signed_off_on")
    if supervisor is not None:
        yield Requirement.under(
            rule, _("The supervisor is named"), met=given(supervisor), required=_("a name"), field="supervisor"
        )
    if not actor.holds(Role.AUDITOR, clock.day_of(at)):
        yield from on_paper(case, Evidence.SIGN_OFF, evidence, always=True)


@act(Act.SIGN_OFF_NAMES, subject="sittingitem", requires=before_signing_off, plain=["supervisor"])
def sign_off_names(
    item: SittingItem,
    *,
    supervisor: str,
    signed_off_on: date,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Sign as supervisor that the nomination went by the rules; what a supervisor signed on paper is filed."""
    filed = requests.attach(item.selection, Evidence.SIGN_OFF, evidence, supervisor, actor=actor, at=at)
    item.supervisor, item.signed_off_on, item.signed_off_by = supervisor.strip(), signed_off_on, actor
    item.save()
    return Facts({}, [item, *filed])


def before_annulling(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    item: SittingItem = case.subject
    later = [row for row in case.sat if row.sitting.round > item.sitting.round]
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    # What lies before a return counts no more, but keeps the post from its next sitting until it is annulled.
    yield Requirement(_("The nomination by ballot has not been annulled"), met=item.annulled_at is None)
    yield Requirement(_("No later round rests on it"), met=not later or item not in case.sat)
    yield from with_reason(reason)


@act(Act.ANNUL_NAMES, subject="sittingitem", requires=before_annulling)
def annul_names(item: SittingItem, *, reason: str, actor: Account, at: datetime) -> Facts:
    """Annul what a sitting did for one post, which is then held anew; all of it stays in the record."""
    item.annulled_at, item.annul_reason = at, reason
    item.save()
    return Facts({}, [item])
