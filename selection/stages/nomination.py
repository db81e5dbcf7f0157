"""Initial nomination (初始提名).

A chief's post is nominated for by one route, chosen for the whole selection; any other leading cadre comes onto the
list by a route of his or her own.  The department draws up the list; leading cadres may recommend persons under their
own names, which the department reviews and answers.  The stage ends when democratic recommendation opens on a list that
is long enough.
Rulebook keys: ``nomination.*``, ``qualification.*``, ``ballot.bar``, ``post.sources``, ``post.competition_only``.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import UNASKED, Facts, NotPermitted, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    RANKS,
    Act,
    AppraisalResult,
    CandidacyState,
    DeadlineKind,
    Effect,
    Evidence,
    ExceptionGround,
    Grade,
    NominationRoute,
    NominationSource,
    Origin,
    PostClass,
    RecommendationOutcome,
    Stage,
)
from selection.models import Account, Candidacy, Document, Nomination, Selection
from selection.models.case import Case
from selection.models.route import ROUTES, TWO_KINDS, Route, open_routes
from selection.qualification import conditions, is_trained, judged, passed_over
from selection.qualification.condition import latest_over
from selection.register.models import Organisation, Person, heads
from selection.rulebook import workdays
from selection.rulebook.values import Period
from selection.standing import (
    TAKES_OUT,
    announced,
    at_stage,
    enough_names,
    given,
    not_in_future,
    nothing_held_elsewhere,
    planned,
    reviewed,
    rule_of_report,
    running,
)

YEAR = Period(1, "year", "counted")


def qualification(case: Case, person: Person, at: datetime, *, exception: str = "") -> Iterator[Requirement]:
    """What must hold of a person before he or she is put forward for this post, by ``exception`` where one is given."""
    day = clock.day_of(at)
    yield Requirement(
        _("The person is in service"),
        met=person.is_in_service(day),
        field="person",
    )
    standing = next((row for row in case.candidacies if row.person_id == person.pk), None)
    yield Requirement(
        _("The person is not yet a candidate of this selection"),
        met=standing is None or not standing.is_live,
        observed=CandidacyState(standing.state).label if standing else None,
        field="person",
    )
    bar = max(
        (bar for bar in case.bars if bar.person_id == person.pk and bar.from_on <= day <= bar.until_on),
        key=lambda bar: bar.until_on,
        default=None,
    )
    yield Requirement.under(
        case.rules.get("ballot.bar"),
        _("The person is not barred from this post"),
        met=bar is None,
        observed=_("barred until %(day)s") % {"day": clock.worded(bar.until_on)} if bar else _("not barred"),
        required=_("not barred"),
        field="person",
    )
    asked = conditions(case.rules, case.selection.post, day)
    file = case.file_of(person)
    let_through = passed_over(asked, file) if given(exception) and "qualification.exception" in case.rules else []
    for one in judged(asked, file):
        yield one.requirement(person, passed_over=one.rule.key in let_through)
    if let_through:
        yield from _outside_exceptions(case, person, day)
    yield from nothing_held_elsewhere(case, [person.pk], field="person")
    yield from _excluded(case, standing)
    yield from _through_the_rounds(case, [person.pk], field="person")


def _outside_exceptions(case: Case, person: Person, day: date) -> Iterator[Requirement]:
    """Whom not even an exception lets through (不得破格提拔): on probation, promoted lately, or over two levels."""
    for rule in case.rules.asking("qualification.exception_not"):
        on_probation = [
            row for row in case.served if row.person_id == person.pk and row.runs_on(day) and row.on_probation
        ]
        if "on_probation" in rule.value:
            yield Requirement.under(
                rule,
                _("Nobody is promoted by exception while on probation"),
                met=not on_probation,
                observed=[row.post.full_title for row in on_probation] or None,
                field="exception",
            )
        if "within_a_year" in rule.value:
            since = latest_over(YEAR, day)
            yield Requirement.under(
                rule,
                _("Nobody is promoted by exception within a year of the last promotion"),
                met=person.grade_since is None or person.grade_since <= since,
                observed=person.grade_since,
                required=since,
                field="exception",
            )
        if "two_levels" in rule.value and person.grade in RANKS:
            risen = RANKS.index(Grade(person.grade)) - RANKS.index(Grade(case.selection.post.grade))
            yield Requirement.under(
                rule,
                _("Nobody is promoted by exception over two levels"),
                met=risen <= 2,
                observed=person.get_grade_display(),
                field="exception",
            )


def _through_the_rounds(case: Case, people: Iterable[int], *, field: str = "") -> Iterator[Requirement]:
    """TRN-10: where the rules know rounds of nomination, only those who go on from the last are put forward."""
    for rule in case.rules.asking("nomination.rounds"):
        last = next((row for row in case.sat if row.sitting.round == len(rule.value) and row.settled_at), None)
        through = case.went_on(last)
        yield Requirement.under(
            rule,
            _("Only those are put forward who went on from the last round of nomination"),
            met=last is not None and set(people) <= {row.person_id for row in through},
            observed=[str(row.person) for row in through] or _("the rounds are not over"),
            field=field,
        )


def _excluded(case: Case, candidacy: Candidacy | None) -> Iterator[Requirement]:
    """NOM-16: whom a substantiated report has excluded is not put forward here again."""
    against = [
        row
        for row in case.objections
        if candidacy is not None
        and row.candidate == candidacy
        and row.effect in TAKES_OUT
        and row.settled_at is not None
    ]
    for row in against[-1:]:
        yield Requirement.under(
            rule_of_report(case.rules, row),
            _("The person was not excluded from this selection by a report"),
            met=False,
            observed=Effect(row.effect).label,
            required=_("not excluded"),
            field="person",
        )


# --- the route -----------------------------------------------------------------------------------------------------


def before_choosing(
    case: Case, *, actor: Account, at: datetime, route: NominationRoute | None = None, reason: str = ""
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    if not case.asks_for_routes:
        yield Requirement(_("The rules of this selection know routes of nomination"), met=False)
        return
    yield Requirement.under(
        case.rules[TWO_KINDS],
        _("The post is a chief's; for any other, each candidate has a route"),
        met=case.is_for_chief,
        observed=PostClass(case.selection.post.post_class).label,
        required=PostClass.CHIEF.label,
    )
    if route is not None:
        yield from _among(case, route, PostClass.CHIEF)
        chosen = ROUTES[NominationRoute(route)]
        if chosen.flag is not None:
            yield Requirement.under(
                case.rules[chosen.rule],
                _("Why this route is taken is written down"),
                met=given(reason),
                required=_("a reason"),
                field="reason",
            )


def _among(case: Case, route: NominationRoute, posts: PostClass) -> Iterator[Requirement]:
    """The route is one of those for posts of this class."""
    open_ = open_routes(case.rules, posts)
    yield Requirement.under(
        case.rules[TWO_KINDS],
        _("The route is one of those for posts of this class"),
        met=route in open_,
        observed=NominationRoute(route).label,
        required=[one.label for one in open_],
        field="route",
    )


@act(Act.CHOOSE_ROUTE, subject="selection", requires=before_choosing)
def choose_route(
    selection: Selection, *, route: NominationRoute, reason: str = "", actor: Account, at: datetime
) -> None:
    """Choose by which route a chief is nominated, and say why where it is not the usual one; it may be changed."""
    selection.route, selection.route_reason = route, reason
    selection.save()


# --- the list ------------------------------------------------------------------------------------------------------


def before_nominating(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    person: Person | None = None,
    source: NominationSource | None = None,
    reason: str | None = None,
    route: NominationRoute | None = None,
    ground: ExceptionGround | None = None,
    evidence: Upload | None = None,
    proposed_on: date | None = None,
    unit: Organisation | None = None,
    responsible: Person | None = None,
    co_responsible: str = "",
    origin: Origin | None = None,
    nobody_nearer: str = "",
    exception: str = "",
    training_later: bool = False,
    signed_form: Upload | None = UNASKED,
    discipline: bool = False,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    if case.asks_for_routes and case.is_for_chief:
        yield from _route_chosen(case)
    yield from planned(case)
    yield from _by_competition(case, route, evidence)
    yield not_in_future(proposed_on, at, field="proposed_on")
    if source is not None:
        yield Requirement.under(
            case.rules.get("nomination.signed"),
            _("A leading cadre recommends under his or her own name"),
            met=source != NominationSource.PERSONAL,
            observed=NominationSource(source).label,
            required=_("signed by the recommender"),
            field="source",
        )
        yield from _subject(case, source)
    if person is not None:
        yield from qualification(case, person, at, exception=exception)
        for rule in case.rules.asking("qualification.training_within"):
            trained = is_trained(case.file_of(person), person.grade_since)
            yield Requirement.under(
                rule,
                _("A training since the present grade began is in the file, or will be made up for in time"),
                met=trained or training_later,
                observed=_("trained") if trained else _("no training in the file"),
                required=_("within %(period)s of the appointment") % {"period": rule.value},
                field="training_later",
            )
        yield Requirement.under(
            case.rules.get("nomination.signed"),
            _("The reason is written down"),
            met=given(reason),
            required=_("a reason"),
            field="reason",
        )
        yield from _discipline(case, discipline)
        yield from _on_its_form(case, signed_form)
        yield from _from_the_nearest(case, person, origin, nobody_nearer)
        if origin == Origin.COMPANY:
            yield from _leaders_approve(case, evidence)
        yield from _responsibility(case, person, co_responsible)
        if source is not None:
            yield from _one_who_answers(case, source, unit, responsible)
        if case.asks_for_routes and not case.is_for_chief:
            yield from _own_route(case, person, at, route=route, ground=ground, evidence=evidence)
        taken = case.route or (ROUTES[NominationRoute(route)] if route and case.asks_for_routes else None)
        if taken is not None and source is not None:
            yield from _proposer(case, taken, source, proposed_on or clock.day_of(at))


def _from_the_nearest(case: Case, person: Person, origin: Origin | None, nobody_nearer: str) -> Iterator[Requirement]:
    """POS-13: from which circle somebody comes, and a wider one only after the narrower ones gave nobody."""
    for rule in case.rules.asking("post.sources"):
        yield Requirement.under(
            rule,
            _("It is said from where the person comes"),
            met=origin in rule.value,
            observed=Origin(origin).label if origin else _("none"),
            required=[Origin(one).label for one in rule.value],
            field="origin",
        )
        if origin not in rule.value:
            return
        if origin == Origin.DEPARTMENT:
            yield Requirement.under(
                rule,
                _("Whoever comes from the department itself is in its service"),
                met=person.organisation_id == case.selection.post.organisation_id,
                observed=str(person.organisation),
                required=str(case.selection.post.organisation),
                field="origin",
            )
        nearer = rule.value[: list(rule.value).index(origin)]
        if nearer:
            still = {row.pk: row for row in case.live}
            left = [
                still[row.candidacy_id]
                for row in case.nominations
                if row.origin in nearer and row.candidacy_id in still
            ]
            yield Requirement.under(
                rule,
                _("Nobody from a nearer circle is still a candidate, and why nobody there is suitable is written down"),
                met=not left and given(nobody_nearer),
                observed=[str(row) for row in left] or (_("written down") if given(nobody_nearer) else _("no reason")),
                required=_("nobody suitable in: %(circles)s")
                % {"circles": "、".join(str(Origin(one).label) for one in nearer)},
                field="nobody_nearer",
            )


def _leaders_approve(case: Case, evidence: Upload | None) -> Iterator[Requirement]:
    """NOM-19: whom the personnel department finds in the whole company, the leaders have gone over."""
    for rule in case.rules.asking("nomination.fallback"):
        yield Requirement.under(
            rule,
            _("The leaders have approved whom the personnel department found beyond the department"),
            met=evidence is not None,
            observed=evidence.name if evidence else _("no file"),
            required=_("their approval in writing"),
            field="evidence",
        )


def _responsibility(case: Case, person: Person, co_responsible: str) -> Iterator[Requirement]:
    """NOM-17: of a promotion, and of a move to a key post, it is written down who answers for the nomination."""
    post = case.selection.post
    promoted = person.grade not in RANKS[: RANKS.index(Grade(post.grade)) + 1]
    for rule in case.rules.asking("nomination.responsibility"):
        if (promoted and "promotion" in rule.value) or (post.key_kind and "key_post" in rule.value):
            yield Requirement.under(
                rule,
                _("It is written down who answers for the nomination, and for what"),
                met=given(co_responsible),
                observed=_("written down") if given(co_responsible) else _("no name"),
                field="co_responsible",
            )


def _subject(case: Case, source: NominationSource) -> Iterator[Requirement]:
    """NOM-03: who may nominate at all under these rules."""
    for rule in case.rules.asking("nomination.subjects"):
        yield Requirement.under(
            rule,
            _("Whoever nominates is one of those who may"),
            met=source in rule.value,
            observed=NominationSource(source).label,
            required=[NominationSource(one).label for one in rule.value],
            field="source",
        )


def _on_its_form(case: Case, form: Upload | None) -> Iterator[Requirement]:
    """FNR-12: nothing is nominated by word of mouth."""
    for rule in case.rules.asking("nomination.form"):
        if form is not UNASKED:
            yield Requirement.under(
                rule,
                _("The signed form of nomination is uploaded"),
                met=form is not None,
                observed=form.name if form else _("no file"),
                field="signed_form",
            )


def _one_who_answers(
    case: Case, source: NominationSource, unit: Organisation | None, responsible: Person | None
) -> Iterator[Requirement]:
    """FNR-01 to FNR-04: exactly one person answers first, and the register says that it is he or she."""
    for rule in case.rules.asking("nomination.first_responsible"):
        if source not in rule.value or source == NominationSource.PERSONAL:
            continue
        if source == NominationSource.GRASSROOTS:
            yield Requirement.under(
                rule,
                _("The unit that nominates is named"),
                met=unit is not None,
                required=_("a unit"),
                field="unit",
            )
        able = _heads(case, source, unit)
        yield Requirement.under(
            rule,
            _("Exactly one person answers first: who heads the unit that nominates, by the register"),
            met=first_responsible(able, responsible) is not None,
            observed=[person.name for person in able] or _("the register has no head of it on that day"),
            required=_("one of them") if len(able) > 1 else _("its head"),
            field="responsible",
        )


def _by_competition(case: Case, route: NominationRoute | None, evidence: Upload | None = None) -> Iterator[Requirement]:
    """POS-22: where posts of this class are filled by competition alone, there is no other way onto the list."""
    if (rule := case.competed_for) is None:
        return
    yield Requirement.under(
        rule,
        _("Posts of this class are filled by competition alone"),
        met=route == NominationRoute.COMPETITION,
        observed=NominationRoute(route).label if route else _("none"),
        required=NominationRoute.COMPETITION.label,
        field="route",
    )
    if route == NominationRoute.COMPETITION and not case.asks_for_routes:
        yield Requirement.under(
            rule,
            _("The paper that this route rests on is uploaded"),
            met=evidence is not None,
            observed=evidence.name if evidence else _("no file"),
            required=ROUTES[route].paper,
            field="evidence",
        )


def _heads(case: Case, source: NominationSource, unit: Organisation | None) -> list[Person]:
    if source == NominationSource.DEPARTMENT:
        return case.heads.get(case.selection.mandate.department_id, [])
    return case.heads.get(unit.pk, []) if unit is not None else []


def first_responsible(able: list[Person], chosen: Person | None) -> Person | None:
    """Who answers first: whom the register names alone, or the one chosen of several; nobody where it is open."""
    if chosen is not None:
        return next((person for person in able if person.pk == chosen.pk), None)
    return able[0] if len(able) == 1 else None


def _route_chosen(case: Case) -> Iterator[Requirement]:
    yield Requirement.under(
        case.rules[TWO_KINDS],
        _("The route of nomination is chosen"),
        met=case.route is not None,
        observed=case.route.name.label if case.route else _("none"),
        required=[one.label for one in open_routes(case.rules, PostClass.CHIEF)],
    )


def _own_route(
    case: Case,
    person: Person,
    at: datetime,
    *,
    route: NominationRoute | None,
    ground: ExceptionGround | None,
    evidence: Upload | None,
) -> Iterator[Requirement]:
    """附件1 第七条: somebody who is no chief comes onto the list by a route, with what that route needs."""
    yield Requirement.under(
        case.rules[TWO_KINDS],
        _("The route of nomination is chosen"),
        met=route is not None,
        observed=NominationRoute(route).label if route else _("none"),
        required=[one.label for one in open_routes(case.rules, PostClass.OTHER)],
        field="route",
    )
    if route is None:
        return
    yield from _among(case, route, PostClass.OTHER)
    taken = ROUTES[NominationRoute(route)]
    if taken.rule not in case.rules:
        return
    rule = case.rules[taken.rule]
    if taken.name is NominationRoute.EXCELLENT:
        yield from _excellent_years(case, person, at)
    if taken.paper:
        yield Requirement.under(
            rule,
            _("The paper that this route rests on is uploaded"),
            met=evidence is not None,
            observed=evidence.name if evidence else _("no file"),
            required=taken.paper,
            field="evidence",
        )
    if taken.needs_ground:
        yield Requirement.under(
            rule,
            _("The exception has one of the grounds"),
            met=ground in rule.value,
            observed=ExceptionGround(ground).label if ground else _("none"),
            required=[ExceptionGround(one).label for one in rule.value],
            field="ground",
        )


def _excellent_years(case: Case, person: Person, at: datetime) -> Iterator[Requirement]:
    """NOM-11: the latest years in the present grade, without a gap, all rated excellent."""
    rule = case.rules["nomination.excellent_years"]
    since = person.grade_since
    in_grade = [row for row in case.appraisals_of(person.pk) if since is not None and row.year >= since.year]
    latest = in_grade[: rule.value]
    newest = latest[0].year if latest else 0
    in_a_row = [row.year for row in latest] == list(range(newest, newest - rule.value, -1))
    yield Requirement.under(
        rule,
        _("The latest years in the present grade, one after another, are all rated excellent"),
        met=in_a_row
        and newest >= clock.day_of(at).year - 2  # the appraisal of a year is on file some time in the next
        and all(row.result == AppraisalResult.EXCELLENT for row in latest),
        observed=[f"{row.year}: {AppraisalResult(row.result).label}" for row in latest if row.result] or _("none"),
        field="person",
    )


def _proposer(case: Case, route: Route, source: NominationSource, day: date) -> Iterator[Requirement]:
    """Who proposes on this route; the standing committee only after the members of the plenum were asked."""
    if route.source is not None:
        yield Requirement.under(
            case.rules[route.rule],
            _("On this route it is proposed by whom the rules name"),
            met=source == route.source,
            observed=NominationSource(source).label,
            required=route.source.label,
            field="source",
        )
    if route.name is NominationRoute.SPECIAL:
        asked = [poll.held_on for poll in case.opinions_of_plenum()]
        yield Requirement.under(
            case.rules[route.rule],
            _("The members of the plenary committee were asked before the proposal"),
            met=any(on <= day for on in asked),
            observed=min(asked, default=None),
            required=_("until %(day)s") % {"day": clock.worded(day)},
            field="proposed_on",
        )


def _discipline(case: Case, read: bool) -> Iterator[Requirement]:
    """NOM-16: whoever nominates has read the discipline; sets of rules stored before it stood there do not ask."""
    if "nomination.discipline" in case.rules:
        yield Requirement.under(
            case.rules["nomination.discipline"],
            _("The discipline of nomination has been read"),
            met=read,
            required=_("read"),
            field="discipline",
        )


@act(Act.NOMINATE_CANDIDATE, subject="selection", requires=before_nominating)
def nominate_candidate(
    selection: Selection,
    *,
    person: Person,
    source: NominationSource,
    reason: str,
    route: NominationRoute | None = None,
    ground: ExceptionGround | None = None,
    evidence: Upload | None = None,
    proposed_on: date | None = None,
    unit: Organisation | None = None,
    responsible: Person | None = None,
    co_responsible: str = "",
    origin: Origin | None = None,
    nobody_nearer: str = "",
    exception: str = "",
    training_later: bool = False,
    signed_form: Upload | None = None,
    discipline: bool = False,
    actor: Account,
    at: datetime,
) -> Facts:
    """Put a person on the list, and say who put him or her forward, by which route and why.

    Where the rules want every nomination reviewed, the person comes onto the list when it is accepted.
    """
    reviewed = any(selection.rules.asking("nomination.reviewed"))
    let_through: list[str] = []
    if given(exception):
        file = Person.objects.with_files().get(pk=person.pk).file()
        let_through = passed_over(conditions(selection.rules, selection.post, clock.day_of(at)), file)
    candidacy = None if reviewed else _put_forward(selection, person, source, reason, at)
    papers: list[Document] = []
    if evidence is not None:
        papers.append(requests.file(selection, evidence, evidence.name, actor=actor, at=at, candidacy=candidacy))
    signed = requests.attach(selection, Evidence.NOMINATION_FORM, signed_form, person.name, actor=actor, at=at)
    papers += signed
    answers = None
    if source in selection.rules.value("nomination.first_responsible", ()):
        day = proposed_on or clock.day_of(at)
        nominates = unit.pk if source == NominationSource.GRASSROOTS and unit else selection.mandate.department_id
        answers = first_responsible(heads([nominates], day).get(nominates, []), responsible)
    needs_ground = route is not None and ROUTES[NominationRoute(route)].needs_ground
    nomination = Nomination.objects.create(
        selection=selection,
        person=person,
        candidacy=candidacy,
        source=source,
        nominator=actor,
        reason=reason,
        route=route or "",
        ground=(ground or "") if needs_ground else "",
        evidence=papers[0] if papers else None,
        proposed_on=proposed_on or clock.day_of(at),
        unit=unit,
        first_responsible=answers,
        co_responsible=co_responsible,
        origin=origin or "",
        nobody_nearer=nobody_nearer,
        exception=exception if let_through else "",
        unmet=let_through,
        form=signed[0] if signed else None,
        discipline_read=discipline,
        nominated_at=at,
        outcome="" if reviewed else RecommendationOutcome.ACCEPTED,
        reviewed_at=None if reviewed else at,
    )
    _valid_until(nomination, at)
    facts: dict[str, Any] = {"person": person, **({"first_responsible": answers} if answers else {})}
    if let_through:
        facts["unmet"] = let_through
    return Facts(facts, [*([candidacy] if candidacy else []), nomination, *papers])


def last_day_of(nomination: Nomination, valid: Period) -> date:
    """The last day on which a nomination can be used (FNR-18)."""
    return workdays.ends(valid, nomination.proposed_on or clock.day_of(nomination.nominated_at)).last_day


def _valid_until(nomination: Nomination, at: datetime) -> None:
    """The desk tells when a nomination that led nowhere is about to lapse, also once the selection is closed."""
    for rule in nomination.selection.rules.asking("nomination.validity"):
        ends = workdays.midnight_after(last_day_of(nomination, rule.value))
        if ends > at:
            deadlines.expect(nomination.selection, DeadlineKind.NOMINATION_ENDS, ends, at=at, nomination=nomination)


def _put_forward(
    selection: Selection, person: Person, source: NominationSource, reason: str, at: datetime
) -> Candidacy:
    former = Candidacy.objects.filter(selection=selection, person=person).first()
    if former is None:
        return Candidacy.objects.create(
            selection=selection, person=person, source=source, reason=reason, nominated_at=at
        )
    former.nominate_candidate()
    former.source, former.reason, former.nominated_at = source, reason, at
    former.leave(at=None, stage="", reason="")
    former.save()
    return former


def before_recommending_personally(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    person: Person | None = None,
    reason: str | None = None,
    signed: bool | None = None,
    signed_form: Upload | None = UNASKED,
    discipline: bool = False,
) -> Iterator[Requirement]:
    rule = case.rules.get("nomination.signed")
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield from planned(case)
    yield from _by_competition(case, NominationRoute.PERSONAL)
    if signed is not None:
        yield Requirement.under(
            rule,
            _("The recommendation is signed"),
            met=signed,
            observed=actor.name if signed else _("not signed"),
            required=_("signed"),
            field="signed",
        )
        yield Requirement.under(
            rule, _("The reason is written down"), met=given(reason), required=_("a reason"), field="reason"
        )
    if person is not None:
        yield Requirement(
            _("Nobody recommends himself or herself this way"), met=person.pk != actor.person_id, field="person"
        )
        mine = [row for row in case.nominations if row.nominator_id == actor.pk and row.person_id == person.pk]
        yield Requirement(
            _("You have not recommended this person here before"),
            met=not any(row.source == NominationSource.PERSONAL for row in mine),
            field="person",
        )
        yield from _discipline(case, discipline)
        yield from _subject(case, NominationSource.PERSONAL)
        yield from _on_its_form(case, signed_form)
        for answers in case.rules.asking("nomination.first_responsible"):
            yield Requirement.under(
                answers,
                _("Whoever recommends is in the register, and answers first"),
                met=actor.person_id is not None or NominationSource.PERSONAL not in answers.value,
                observed=actor.name,
                required=_("a person of the register"),
                field="person",
            )


@act(Act.RECOMMEND_PERSONALLY, subject="selection", requires=before_recommending_personally)
def recommend_personally(
    selection: Selection,
    *,
    person: Person,
    reason: str,
    signed: bool,
    signed_form: Upload | None = None,
    discipline: bool = False,
    actor: Account,
    at: datetime,
) -> Facts:
    """Recommend a person under one's own name, with the reason."""
    papers = requests.attach(selection, Evidence.NOMINATION_FORM, signed_form, person.name, actor=actor, at=at)
    answers = NominationSource.PERSONAL in selection.rules.value("nomination.first_responsible", ())
    own = TWO_KINDS in selection.rules and selection.post.post_class != PostClass.CHIEF
    nomination = Nomination.objects.create(
        selection=selection,
        person=person,
        source=NominationSource.PERSONAL,
        nominator=actor,
        signed=signed,
        reason=reason,
        route=NominationRoute.PERSONAL if own else "",
        proposed_on=clock.day_of(at),
        first_responsible=actor.person if answers else None,
        form=papers[0] if papers else None,
        discipline_read=discipline,
        nominated_at=at,
    )
    _valid_until(nomination, at)
    return Facts({}, [nomination, *papers])


def before_reviewing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    outcome: RecommendationOutcome | None = None,
    opinion: str | None = None,
) -> Iterator[Requirement]:
    nomination: Nomination = case.subject
    rule = case.rules.get("nomination.signed")
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield Requirement.under(
        rule,
        _("The recommendation is signed and gives its reason"),
        met=(nomination.signed or nomination.source != NominationSource.PERSONAL) and given(nomination.reason),
        required=_("both"),
    )
    yield Requirement(_("The recommendation has not been reviewed yet"), met=nomination.reviewed_at is None)
    if outcome is not None:
        yield Requirement.under(
            rule, _("The opinion is written down"), met=given(opinion), required=_("an opinion"), field="opinion"
        )
    if outcome == RecommendationOutcome.ACCEPTED:
        yield from qualification(case, case.people[nomination.person_id], at, exception=nomination.exception)


@act(Act.REVIEW_RECOMMENDATION, subject="nomination", requires=before_reviewing)
def review_recommendation(
    nomination: Nomination, *, outcome: RecommendationOutcome, opinion: str, actor: Account, at: datetime
) -> Facts:
    """Accept a nomination, which makes the person a candidate, keep it for later, or decline it.

    Whoever recommended in person is to be told, by a day where the rules give one.
    """
    made: list[Candidacy] = []
    if outcome == RecommendationOutcome.ACCEPTED:
        made.append(
            _put_forward(
                nomination.selection, nomination.person, NominationSource(nomination.source), nomination.reason, at
            )
        )
        nomination.candidacy = made[0]
    nomination.outcome, nomination.review_opinion, nomination.reviewed_at = outcome, opinion, at
    nomination.save()
    selection = nomination.selection
    facts: dict[str, object] = {"person": nomination.person}
    personal = nomination.source == NominationSource.PERSONAL
    for rule in selection.rules.asking("nomination.feedback_due") if personal else ():
        due = workdays.ends(rule.value, clock.day_of(at))
        deadlines.expect(
            selection, DeadlineKind.FEEDBACK_DUE, due.at, at=at, provisional=due.provisional, nomination=nomination
        )
        facts["feedback_due"] = due.last_day
    return Facts(facts, made)


def before_feeding_back(
    case: Case, *, actor: Account, at: datetime, feedback: str | None = None
) -> Iterator[Requirement]:
    nomination: Nomination = case.subject
    rule = case.rules.get("nomination.feedback")
    yield Requirement.under(
        rule,
        _("The recommendation has been reviewed"),
        met=nomination.reviewed_at is not None,
        observed=nomination.reviewed_at,
        required=_("reviewed"),
    )
    yield Requirement(_("The recommender has not been told yet"), met=nomination.fed_back_at is None)
    if feedback is not None:
        yield Requirement.under(
            rule, _("The answer is written down"), met=given(feedback), required=_("an answer"), field="feedback"
        )


@act(Act.FEED_BACK_RECOMMENDATION, subject="nomination", requires=before_feeding_back)
def feed_back_recommendation(nomination: Nomination, *, feedback: str, actor: Account, at: datetime) -> None:
    """Tell the recommender what became of the recommendation."""
    nomination.feedback, nomination.fed_back_at = feedback, at
    nomination.save()
    deadlines.end(nomination.selection, at=at, kinds=[DeadlineKind.FEEDBACK_DUE], nominations=[nomination])


def before_taking_up(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    nomination: Nomination | None = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    rule = next(case.rules.asking("nomination.validity"), None)
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    yield from planned(case)
    yield Requirement.under(
        rule, _("The rules let a nomination be taken up again"), met=rule is not None, observed=None, required=None
    )
    if nomination is None or rule is None:
        return
    yield Requirement.under(
        rule,
        _("The nomination was made for another selection of this mandate"),
        met=nomination.selection_id != case.selection.pk
        and nomination.selection.mandate_id == case.selection.mandate_id,
        required=_("another selection"),
        field="nomination",
    )
    last = last_day_of(nomination, rule.value)
    yield Requirement.under(
        rule,
        _("The nomination is still valid"),
        met=clock.day_of(at) <= last,
        observed=clock.day_of(at),
        required=_("until %(day)s") % {"day": clock.worded(last)},
        field="nomination",
    )
    used = nomination.candidacy is not None and nomination.candidacy.state == CandidacyState.PASSED
    yield Requirement.under(
        rule, _("The nomination has led to no appointment"), met=not used, required=_("not used"), field="nomination"
    )
    yield Requirement.under(
        rule, _("The reason for this post is written down"), met=given(reason), required=_("a reason"), field="reason"
    )
    yield from qualification(case, nomination.person, at)


@act(Act.TAKE_UP_NOMINATION, subject="selection", requires=before_taking_up)
def take_up_nomination(
    selection: Selection, *, nomination: Nomination, reason: str, actor: Account, at: datetime
) -> Facts:
    """Take up for this post what was nominated earlier and led to no appointment; who answers for it stays the same."""
    if nomination.selection.hides_from(actor):
        raise NotPermitted(Act.TAKE_UP_NOMINATION, hidden=True)
    reviewed = any(selection.rules.asking("nomination.reviewed"))
    source = NominationSource(nomination.source)
    candidacy = None if reviewed else _put_forward(selection, nomination.person, source, reason, at)
    made = Nomination.objects.create(
        selection=selection,
        person=nomination.person,
        candidacy=candidacy,
        source=source,
        nominator=nomination.nominator,
        signed=nomination.signed,
        reason=reason,
        proposed_on=nomination.proposed_on,
        unit=nomination.unit,
        first_responsible=nomination.first_responsible,
        co_responsible=nomination.co_responsible,
        origin=nomination.origin,
        taken_from=nomination,
        discipline_read=nomination.discipline_read,
        nominated_at=at,
        outcome="" if reviewed else RecommendationOutcome.ACCEPTED,
        reviewed_at=None if reviewed else at,
    )
    deadlines.end(nomination.selection, at=at, kinds=[DeadlineKind.NOMINATION_ENDS], nominations=[nomination])
    _valid_until(made, at)
    return Facts({"person": nomination.person}, [*([candidacy] if candidacy else []), made])


def before_opening_recommendation(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    waiting = [row for row in case.nominations if row.reviewed_at is None]
    yield at_stage(case, Stage.NOMINATION)
    yield running(case)
    if case.asks_for_routes:
        yield from _all_by_their_route(case)
    yield from planned(case)
    yield from announced(case)
    yield enough_names(case)
    yield from _through_the_rounds(case, [row.person_id for row in case.live])
    yield from reviewed(case)
    yield Requirement.under(
        case.rules.get("nomination.signed"),
        _("Every nomination that has to be reviewed has been"),
        met=not waiting,
        observed=_("%(number)s not done") % {"number": len(waiting)} if waiting else _("all done"),
        required=_("all done"),
    )


def _all_by_their_route(case: Case) -> Iterator[Requirement]:
    """A route may have been chosen, or the class of the post corrected, after somebody came onto the list."""
    if not case.is_for_chief:
        without = [str(row) for row in case.live if case.route_of(row) is None]
        yield Requirement.under(
            case.rules[TWO_KINDS],
            _("Everybody on the list has a route of nomination"),
            met=not without,
            observed=without or None,
        )
        return
    yield from _route_chosen(case)
    if case.route is not None and case.route.name is NominationRoute.SPECIAL:
        rule = case.rules[case.route.rule]
        others = [
            str(row)
            for row in case.live
            if (nomination := case.nomination_of(row)) is None or nomination.source != case.route.source
        ]
        yield Requirement.under(
            rule,
            _("Everybody on the list was proposed by the standing committee"),
            met=not others,
            observed=others or None,
            required=NominationSource.STANDING_COMMITTEE.label,
        )
        yield Requirement.under(
            rule,
            _("The members of the plenary committee were asked before the proposal"),
            met=case.proposed_in_time(case.opinions_of_plenum()),
            required=_("the opinion before the proposal"),
        )


@act(Act.OPEN_RECOMMENDATION, subject="selection", requires=before_opening_recommendation)
def open_recommendation(selection: Selection, *, actor: Account, at: datetime) -> None:
    """Close the list and open democratic recommendation."""
    selection.open_recommendation()
    selection.enter(at)
