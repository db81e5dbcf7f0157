"""What several stages ask before an act (通用条件): the stage, that the matter runs, that a day lies in the past."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Requirement, Upload
from selection.enums import (
    ConsultationLevel,
    ConsultedBody,
    EconomicAuditKind,
    Effect,
    Evidence,
    Finding,
    FormalityItem,
    Matter,
    PlanOutcome,
    PostClass,
    ReviewStep,
    RoundState,
    SanctionKind,
    SelectionKind,
    Stage,
    UnitKind,
)
from selection.models import Appointment, Candidacy, Objection, Review
from selection.models.case import Case
from selection.register.models import Sanction, Tenure
from selection.rulebook.keys import ANNOUNCED, KEYS
from selection.rulebook.rules import Rule, Rules

UNDER_WAY = (RoundState.PREPARED, RoundState.OPEN, RoundState.CLOSED)
#: Conclusions of a report by which a candidate goes no further.
TAKES_OUT = (Effect.UPHELD, Effect.EXCLUDED)


def at_stage(case: Case, *stages: Stage) -> Requirement:
    """The selection stands at one of these stages."""
    return Requirement(
        _("The selection is at the right stage"),
        met=case.selection.is_at(*stages),
        observed=Stage(case.selection.stage).label,
        required=[stage.label for stage in stages],
    )


def running(case: Case) -> Requirement:
    """The selection is neither suspended nor closed."""
    return Requirement(
        _("The selection is neither suspended nor closed"),
        met=case.selection.suspended_at is None and case.selection.stage != Stage.CLOSED,
    )


def to_appoint(case: Case) -> Requirement:
    """The selection is to fill a post, not to remove somebody from one."""
    return Requirement(
        _("The selection is to fill a post"),
        met=not case.selection.is_removal,
        observed=SelectionKind(case.selection.kind).label,
    )


def on_the_agenda(case: Case) -> Requirement:
    """The committee is to deal with the selection at a meeting that still runs or is still to come."""
    return Requirement(
        _("The selection is on the agenda of a meeting that is not closed"),
        met=case.item is not None,
        observed=str(case.item.meeting) if case.item else _("on no agenda"),
    )


def no_ballot_under_way(case: Case) -> Requirement:
    """No round stands between its preparation and its announcement."""
    busy = [round_ for round_ in case.rounds if round_.state in UNDER_WAY]
    return Requirement(_("No ballot is under way"), met=not busy, observed=len(busy), required=0)


def not_in_future(on: date | None, at: datetime, *, field: str) -> Requirement:
    """A day on which something was done has come."""
    today = clock.day_of(at)
    return Requirement(
        _("The day is not in the future"), met=on is None or on <= today, observed=on, required=today, field=field
    )


def of_this_selection(case: Case, candidacies: list[Candidacy], *, field: str) -> Requirement:
    """Every named candidate is still in this selection."""
    live = {candidacy.pk for candidacy in case.live}
    return Requirement(
        _("Every chosen person is a candidate of this selection"),
        met=all(candidacy.pk in live for candidacy in candidacies),
        observed=[str(candidacy) for candidacy in candidacies if candidacy.pk not in live],
        field=field,
    )


def planned(case: Case) -> Iterator[Requirement]:
    """POS-07, POS-12: the plan has passed the superior, and the papers are there that the rules want before names."""
    plan = case.plans[-1] if case.plans else None
    for rule in case.rules.asking("plan.gate"):
        outcome = PlanOutcome(plan.outcome).label if plan and plan.outcome else _("not answered yet")
        yield Requirement.under(
            rule,
            _("The superior has approved the plan, or taken it on file"),
            met=plan is not None and plan.outcome in (PlanOutcome.APPROVED, PlanOutcome.FILED),
            observed=outcome if plan else _("no plan"),
            required=KEYS[rule.key].choices[rule.value],
        )
    for rule in case.rules.asking("post.documents"):
        there = {
            "conditions": any(given(row.conditions) for row in case.announcements),
            "announcement": bool(case.announcements),
            "plan": plan is not None and plan.outcome != PlanOutcome.RETURNED,
        }
        words = KEYS[rule.key].choices
        yield Requirement.under(
            rule,
            _("The papers are there that come before nominations"),
            met=all(there[one] for one in rule.value),
            observed=[words[one] for one in rule.value if there[one]] or _("none"),
            required=[words[one] for one in rule.value],
        )


def announced(case: Case, on: date | None = None) -> Iterator[Requirement]:
    """POS-08, POS-09: the post was made public before anybody is recommended for it."""
    for rule in (*case.rules.asking("post.announcement"), *case.rules.asking("post.prenotice")):
        first = min((row.published_on for row in case.announcements), default=None)
        yield Requirement.under(
            rule,
            _("The post was made public before"),
            met=first is not None and (on is None or first <= on),
            observed=first or _("not yet"),
            required=[ANNOUNCED[item] for item in rule.value] if rule.key == "post.announcement" else _("made public"),
            field="held_on",
        )


def enough_names(case: Case) -> Requirement:
    """NOM-05, NOM-07: as many names on the list as the route asks for each post; else at least one a post."""
    says = _("The list has enough names for each post")
    ratio = "nomination.list_ratio"
    if case.asks_for_routes:
        ratio = case.route.ratio if case.route else ""
    if ratio not in case.rules:
        seats = case.selection.seats
        return Requirement(says, met=len(case.live) >= seats, observed=len(case.live), required=seats)
    rule = case.rules[ratio]
    least = rule.value * case.selection.seats
    return Requirement.under(rule, says, met=len(case.live) >= least, observed=len(case.live), required=least)


def more_than_posts(case: Case, chosen: int, equal_number_reason: str, *, field: str) -> Requirement:
    """DIF-04, DIF-11: more persons than posts, or just as many with a written reason; DIF-10: one for each post."""
    seats = case.selection.seats
    for one_each in case.rules.asking("inspection.as_many_as_posts"):
        says = _("As many persons as posts")
        return Requirement.under(one_each, says, met=chosen == seats, observed=chosen, required=seats, field=field)
    rule, equal = case.rules.get("inspection.more_than_posts"), case.rules.get("inspection.equal_allowed")
    if rule is None or not rule.value:
        return Requirement.under(
            rule, _("Somebody is chosen"), met=chosen > 0, observed=chosen, required=_("at least one"), field=field
        )
    alone = chosen == seats and equal is not None and equal.value and given(equal_number_reason)
    return Requirement.under(
        equal if chosen == seats and equal else rule,
        _("More persons than posts, or an equal number with a written reason"),
        met=chosen > seats or alone,
        observed=chosen,
        required=seats + 1,
        field=field,
    )


def on_paper(
    case: Case, paper: Evidence, upload: Upload | None, *, always: bool = False, field: str = "evidence"
) -> Iterator[Requirement]:
    """The paper on which the act rests is uploaded, where the rules of the selection ask for it or it is ``always`` so.

    Sets of rules stored before the rule was there ask for none.
    """
    if upload is UNASKED:
        return
    says, observed = _("The paper on which this rests is uploaded"), upload.name if upload else _("no file")
    if needs_paper(case, paper):
        yield Requirement.under(
            case.rules["record.papers"],
            says,
            met=upload is not None,
            observed=observed,
            required=paper.label,
            field=field,
        )
    elif always:
        yield Requirement(says, met=upload is not None, observed=observed, required=paper.label, field=field)


def needs_paper(case: Case, paper: Evidence) -> bool:
    """Whether the rules of the selection let the act be done only with this paper."""
    return "record.papers" in case.rules and paper in case.rules["record.papers"].value


def nothing_reported(case: Case, candidacies: Iterable[Candidacy]) -> Iterator[Requirement]:
    """No report holds one of these candidates, and where one sends the selection back, it has gone back."""
    candidacies = list(candidacies)
    yield from nothing_held_elsewhere(case, [candidacy.person_id for candidacy in candidacies])
    if not case.objections:
        return
    yield nothing_held(case, candidacies)
    back = max((visit.entered_at for visit in case.visits if visit.returned), default=None)
    owed = [
        row
        for row in case.objections
        if row.effect == Effect.RETURNED and row.settled_at and (back is None or back < row.settled_at)
    ]
    yield Requirement.under(
        case.rules.get("notice.objections"),
        _("The selection has gone back where the conclusion of a report says so"),
        met=not owed,
        observed=len(owed),
        required=0,
    )


def nothing_held(case: Case, candidacies: Iterable[Candidacy]) -> Requirement:
    """No report that is being investigated holds one of these candidates until its conclusion."""
    keys = [candidacy.pk for candidacy in candidacies]
    holding = [row for row in case.objections if row.holds and any(row.concerns(key) for key in keys)]
    return Requirement.under(
        case.rules.get("notice.objections"),
        _("No report that is being investigated holds a candidate"),
        met=not holding,
        observed=len(holding),
        required=0,
    )


def nothing_held_elsewhere(case: Case, people: Iterable[int], *, field: str = "") -> Iterator[Requirement]:
    """QUA-22: no report about one of these people that another selection has under investigation holds the person.

    It is said only where there is one, and never of which selection.
    """
    held = {candidacy.person_id for candidacy in case.held_elsewhere} & set(people)
    for rule in case.rules.asking("qualification.reports_settled") if held else ():
        yield Requirement.under(
            rule,
            _("No report that another selection investigates holds the person"),
            met=False,
            observed=len(held),
            required=0,
            field=field,
        )


#: Into whose units nobody is transferred without an examination (党政机关).
ORGANS = (UnitKind.COMMITTEE, UnitKind.PARTY_ORGAN, UnitKind.GOVERNMENT_ORGAN)


def needs_exam(case: Case, candidacy: Candidacy) -> bool:
    """QUA-17: whether the post transfers the person into an organ, which the rules allow after an examination alone."""
    unit = case.selection.post.organisation
    transferred = unit.kind in ORGANS and candidacy.person.organisation_id != unit.pk
    return transferred and any(case.rules.asking("qualification.exam_for_transfer"))


def review_asked(case: Case, candidacy: Candidacy) -> Rule | None:
    """The rule for which a candidate's qualification is reviewed by somebody before the recommendation; none for none.

    Some rules want a review of everybody; others ask something that only a review can answer, such as the basic
    conditions.
    """
    rules = case.rules
    for rule in (*rules.asking("qualification.reviewed"), *rules.asking("qualification.unit_review")):
        return rule
    if needs_exam(case, candidacy):
        return rules["qualification.exam_for_transfer"]
    return next(rules.asking("qualification.basic"), None)


def reviewed(case: Case) -> Iterator[Requirement]:
    """QUA-07, QUA-14: whoever has to be reviewed was, and qualifies."""
    owed: dict[Rule, list[Candidacy]] = {}
    for row in case.live:
        if rule := review_asked(case, row):
            owed.setdefault(rule, []).append(row)
    for rule, rows in owed.items():
        passed = [row for row in rows if _passed(case, case.review_of(row, ReviewStep.DEPARTMENT))]
        yield Requirement.under(
            rule,
            _("Everybody on the list whose qualification is to be reviewed was found to qualify"),
            met=len(passed) == len(rows),
            observed=[_("not yet: %(name)s") % {"name": row} for row in rows if row not in passed] or _("all"),
            required=_("all"),
        )


def _passed(case: Case, review: Review | None) -> bool:
    """Whether a review found that somebody qualifies; conditions that the post was given since are to be looked at."""
    answered = review is not None and (bool(review.post_conditions) or not case.selection.post.conditions)
    return answered and review is not None and review.qualified


def rule_of_report(rules: Rules, report: Objection) -> Rule | None:
    """What the conclusion of a report rests on: the discipline where that was broken, else the rule on reports."""
    return rules.first(*(["nomination.discipline"] if report.breach else []), "notice.objections")


def with_reason(reason: str | None) -> Iterator[Requirement]:
    """Why it is done is written down; a page that has yet to ask is not told so."""
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


def matter_of_opinion(body: ConsultedBody, finding: Finding, *, late: bool) -> Matter | None:
    """The important matter that the opinion of a department is, if it is one.

    Whatever the superior department answers is one, and so is any objection of the party that manages the cadre
    jointly.  What comes ``late``, after its day or after the proposal, needs explaining even if nothing is in the way.
    """
    if body is ConsultedBody.SUPERIOR:
        return Matter.SUPERIOR_CONSULTED
    if finding == Finding.CLEAR:
        return Matter.OPINION_EXPLAINED if late else None
    return Matter.DUAL_MANAGEMENT if body is ConsultedBody.CO_MANAGER else Matter.OPINION_EXPLAINED


def consulted_one_by_one(case: Case, when: str) -> Iterator[Requirement]:
    """CON-02: leaders and departments were asked one by one about whoever is promoted or gets a chief's post.

    ``when`` is ``before_inspection`` or ``before_decision``; each time counts what was recorded at that stage.
    """
    for rule in case.rules.asking("consultation.individual"):
        if when not in rule.value or not (case.is_for_chief or any(map(case.rises, case.live))):
            continue
        since = case.entered(Stage.RECOMMENDATION if when == "before_inspection" else Stage.DELIBERATION)
        rows = [row for row in case.consultations if row.level == ConsultationLevel.INDIVIDUAL]
        held = [row.held_on for row in rows if since is None or row.recorded_at >= since]
        yield Requirement.under(
            rule,
            _("Leaders and departments were asked one by one before the inspection")
            if when == "before_inspection"
            else _("Leaders and departments were asked one by one before the decision"),
            met=bool(held),
            observed=max(held, default=None) or _("nobody was asked"),
            required=_("a consultation on record"),
        )


def of_a_township_chief(case: Case) -> bool:
    """Whether the selection fills the post of a township's chief."""
    return case.is_for_chief and case.selection.post.organisation.kind == UnitKind.TOWNSHIP


#: What somebody does for integrity before the appointment, as far as it is put on file with the appointment.
FOR_INTEGRITY = (
    *(FormalityItem.EXAM, FormalityItem.REPORT, FormalityItem.PLEDGE, FormalityItem.TALK),
    *(FormalityItem.FILM, FormalityItem.COMMITMENT, FormalityItem.STUDY),
)


def formalities_before(case: Case, appointment: Appointment) -> dict[FormalityItem, Rule]:
    """What is put on file before somebody is appointed, each with the rule that asks for it."""
    asked = {
        item: rule
        for rule in case.rules.asking("integrity.items")
        for item in FOR_INTEGRITY
        if item.value in rule.value
    }
    post = appointment.candidacy.post or case.selection.post
    for rule in case.rules.asking("appointment.approval") if post.superior else ():
        asked[FormalityItem.APPROVAL] = rule
    return asked


def formalities_after(case: Case) -> dict[FormalityItem, Rule]:
    """What is put on file once somebody is appointed, each with the rule that asks for it."""
    return {FormalityItem(item): rule for rule in case.rules.asking("appointment.followed_by") for item in rule.value}


def formalities_done(case: Case, appointment: Appointment) -> Iterator[Requirement]:
    """NOT-21, APT-02, APT-03, APT-04: what is asked before the appointment is on file, passed where it can be."""
    by_rule: dict[Rule, list[FormalityItem]] = {}
    for item, rule in formalities_before(case, appointment).items():
        by_rule.setdefault(rule, []).append(item)
    for rule, items in by_rule.items():
        lacking = [item for item in lacking_before(case, appointment) if item in items]
        approval = rule.key == "appointment.approval"
        yield Requirement.under(
            rule,
            _("The superior has approved the appointment")
            if approval
            else _("What is asked for integrity before the appointment is on file"),
            met=not lacking,
            observed=[_("not on file, or not passed: %(item)s") % {"item": item.label} for item in lacking] or _("all"),
            required=_("approved") if approval else [item.label for item in items],
        )
    for rule in case.rules.asking("integrity.items"):
        if "discipline_statement" in rule.value:
            asked = [
                row for row in case.of(case.inquiries, appointment.candidacy) if row.body == ConsultedBody.DISCIPLINE
            ]
            yield Requirement.under(
                rule,
                _("The discipline inspection has stated in writing what it knows of the person's integrity"),
                met=any(case.reply_to(row) for row in asked),
            )


def lacking_before(case: Case, appointment: Appointment) -> list[FormalityItem]:
    """What is asked before the appointment and is not on file, or was not passed."""
    found = {item: case.formality_of(appointment, item) for item in formalities_before(case, appointment)}
    return [item for item, last in found.items() if last is None or last.passed is False]


#: Sanctions that end a probation early: a serious warning within the party, a serious demerit, and what is heavier.
_ENDS_PROBATION = (
    *(SanctionKind.SERIOUS_PARTY_WARNING, SanctionKind.REMOVAL_FROM_PARTY_POSTS, SanctionKind.PARTY_PROBATION),
    *(SanctionKind.SERIOUS_DEMERIT, SanctionKind.LOWER_RANK, SanctionKind.REMOVAL_FROM_OFFICE),
)


def ends_probation() -> Q:
    """Sanctions that end the probation during which they were decided, from the row of the appointment."""
    return Q(kind__in=_ENDS_PROBATION, lifted_on__isnull=True)


def ends_early(case: Case, appointment: Appointment) -> Sanction | None:
    """PRO-04: the sanction for which this probation has to end, where the rules end one by a sanction."""
    since = appointment.published_on
    if since is None or "sanction" not in case.rules.value("probation.early_end", ()):
        return None
    return next(
        (
            row
            for row in case.sanctions
            if row.person_id == appointment.person_id
            and row.kind in _ENDS_PROBATION
            and row.lifted_on is None
            and row.decided_on >= since
        ),
        None,
    )


def not_ended_early(case: Case, appointment: Appointment, *, field: str = "") -> Requirement:
    """PRO-04: no sanction since the appointment ends the probation."""
    found = ends_early(case, appointment)
    return Requirement.under(
        case.rules.get("probation.early_end"),
        _("No sanction since the appointment ends the probation"),
        met=found is None,
        observed=[found.get_kind_display(), found.decided_on] if found else _("none"),
        required=_("none"),
        field=field,
    )


def given(text: Any) -> bool:
    """Whether something was written."""
    return bool(str(text or "").strip())


def no_kin(case: Case, people: Iterable[tuple[int | None, str]], *, field: str = "") -> Iterator[Requirement]:
    """The register knows no close relation between any of these people (key, name) and a candidate who is still in.

    The rule is read where the case has it: sets of rules stored before it was there know nothing of it.
    """
    if "recusal.relations" not in case.rules:
        return
    rule = case.rules["recusal.relations"]
    ties = case.ties_of((person, name, "") for person, name in people)
    found = [tie for tie in ties if tie.is_certain and tie.kinship.kind in rule.value]
    yield Requirement.under(
        rule,
        _("Nobody who takes part is a close relative of a candidate"),
        met=not found,
        observed=[tie.words for tie in found] or _("no relation is known"),
        required=_("recusal"),
        field=field,
    )


def audited_on_leaving(case: Case, left: Iterable[Tenure]) -> Iterator[Requirement]:
    """AUD-02, AUD-04: audited first, then gone (先审计、后离任), of whoever was the chief of a unit."""
    for rule in case.rules.asking("audit.before_leaving"):
        led = [row for row in left if row.post.post_class == PostClass.CHIEF]
        owing = [row for row in led if not _audited_as(case, row)]
        yield Requirement.under(
            rule,
            _("The audit on leaving is in the file of whoever leaves a post as chief"),
            met=not owing,
            observed=[row.post.full_title for row in owing] or (_("audited") if led else _("no post as chief ends")),
            required=_("a report of the audit"),
        )


def _audited_as(case: Case, tenure: Tenure) -> bool:
    on_leaving = (EconomicAuditKind.ON_LEAVING, EconomicAuditKind.JOINT)
    return any(
        row.person_id == tenure.person_id and row.kind in on_leaving and row.reported_on >= tenure.from_on
        for row in case.economic_audits
    )
