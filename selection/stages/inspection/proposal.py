"""What must be on file for every inspected person, and the proposal for appointment (任用建议方案)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    CandidacyState,
    Check,
    ConsultedBody,
    DeadlineKind,
    Evidence,
    Finding,
    InspectionStep,
    Matter,
    Stage,
    TalkGroup,
)
from selection.models import Account, Candidacy, ImportantMatter, Selection
from selection.models.case import Case
from selection.rulebook.keys import KEYS
from selection.stages.inspection.announcement import after_prenotice
from selection.stages.inspection.findings import lacks_trust
from selection.standing import (
    at_stage,
    given,
    more_than_posts,
    not_in_future,
    nothing_reported,
    of_this_selection,
    running,
)


def steps_done(case: Case, candidacy: Candidacy) -> set[str]:
    """Which of the mandatory steps have a dated record for this person."""
    done = {check.check_kind for check in case.counting(case.checks, candidacy)}
    if case.counting(case.assessments, candidacy):
        done.add(InspectionStep.ASSESSMENT)
    if case.counting(case.talks, candidacy):
        done.add(InspectionStep.TALK)
    return {str(step) for step in done}


def completeness(case: Case, candidacy: Candidacy) -> Iterator[Requirement]:
    """What must be on file for one inspected person before the proposal is adopted."""
    for steps in case.rules.asking("inspection.steps"):
        missing = [step for step in steps.value if step not in steps_done(case, candidacy)]
        yield Requirement.under(
            steps,
            _("All steps of the inspection are done for %(name)s") % {"name": candidacy},
            met=not missing,
            observed=[InspectionStep(step).label for step in steps.value if step not in missing],
            required=[InspectionStep(step).label for step in steps.value],
        )
    for groups in case.rules.asking("inspection.talk_groups"):
        talked = {talk.group for talk in case.counting(case.talks, candidacy)}
        silent = [group for group in groups.value if group not in talked]
        yield Requirement.under(
            groups,
            _("All groups were talked with about %(name)s") % {"name": candidacy},
            met=not silent,
            observed=[TalkGroup(group).label for group in groups.value if group in talked],
            required=[TalkGroup(group).label for group in groups.value],
        )
    for rule in case.rules.asking("inspection.personal_matters"):
        reports = [row for row in case.counting(case.checks, candidacy) if row.check_kind == Check.PERSONAL_MATTERS]
        yield Requirement.under(
            rule,
            _("The report on personal matters is on file for %(name)s") % {"name": candidacy},
            met=bool(reports),
            observed=len(reports),
            required=1,
        )
    for rule in case.rules.asking("inspection.integrity_conclusion"):
        concluded = [row for row in case.counting(case.checks, candidacy) if row.check_kind == Check.INTEGRITY]
        yield Requirement.under(
            rule,
            _("The signed conclusion on the integrity of %(name)s is on file") % {"name": candidacy},
            met=bool(concluded),
            observed=len(concluded),
            required=1,
        )
    asked = {inquiry.body: inquiry for inquiry in case.counting(case.inquiries, candidacy)}
    for body in case.rules.value("inquiry.bodies", ()):
        inquiry = asked.get(body)
        reply = case.reply_to(inquiry) if inquiry else None
        yield Requirement.under(
            case.rules["inquiry.bodies"],
            _("%(body)s has answered on %(name)s") % {"body": ConsultedBody(body).label, "name": candidacy},
            met=reply is not None,
            observed=reply.replied_on if reply else (_("asked, not answered") if inquiry else _("not asked")),
            required=_("a written opinion"),
        )
    yield from _audited(case, candidacy)
    manager = case.selection.post.co_manager
    if manager and ConsultedBody.CO_MANAGER not in case.rules.value("inquiry.bodies", ()):
        inquiry = asked.get(ConsultedBody.CO_MANAGER)
        answered = inquiry is not None and case.reply_to(inquiry) is not None
        yield Requirement(
            _("%(manager)s, which manages the post jointly, was asked about %(name)s")
            % {"manager": manager, "name": candidacy},
            met=inquiry is not None,
            observed=_("answered") if answered else (_("asked, not answered") if inquiry else _("not asked")),
            required=_("asked"),
        )
    yield Requirement(
        _("The team's report on %(name)s is written") % {"name": candidacy},
        met=bool(case.counting(case.reports, candidacy)),
    )
    for rule in case.rules.asking("inspection.report_parts"):
        words, there = KEYS[rule.key].choices, parts_there(case, candidacy)
        yield Requirement.under(
            rule,
            _("The report on %(name)s has all its parts") % {"name": candidacy},
            met=there >= set(rule.value),
            observed=[words[part] for part in rule.value if part in there],
            required=[words[part] for part in rule.value],
        )


def _audited(case: Case, candidacy: Candidacy) -> Iterator[Requirement]:
    """AUD-01: the audit bureau has reported on whoever is promoted, or said that there is nothing to audit."""
    for rule in case.rules.asking("audit.when"):
        if "before_promotion" in rule.value and case.rises(candidacy):
            inquiries = case.counting(case.inquiries, candidacy)
            replies = [case.reply_to(row) for row in inquiries if row.body == ConsultedBody.AUDIT_OFFICE]
            yield Requirement.under(
                rule,
                _("%(name)s, who is to be promoted, has been audited") % {"name": candidacy},
                met=any(replies),
                observed=_("asked, not answered") if replies and not any(replies) else len(replies),
                required=_("an audit report, or why there is none"),
            )


def parts_there(case: Case, candidacy: Candidacy) -> set[str]:
    """INS-21: which parts of a report are on file, as ``inspection.report_parts`` names them."""
    written, person = case.counting(case.reports, candidacy), candidacy.person
    last = written[-1] if written else None
    votes = all(any(poll.form == form and poll.confirmed_at for poll in case.polls) for form in case.inputs())
    found = {
        "facts": bool(person.born_on and person.organisation_id),
        "work": last is not None and given(last.performance),
        "votes": votes and bool(case.counting(case.assessments, candidacy)),
        "shortcomings": last is not None and given(last.shortcomings),
    }
    return {part for part, there in found.items() if there}


def before_opening_deliberation(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidates: list[Candidacy] | None = None,
    opinion: str | None = None,
    equal_number_reason: str = "",
    report_reviewed_on: date | None = None,
    findings_told_on: date | None = None,
    findings_told_to: str = "",
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield from after_prenotice(case, None)
    for candidacy in case.at(CandidacyState.INSPECTED):
        yield from completeness(case, candidacy)
    yield from nothing_reported(case, case.live if candidates is None else candidates)
    for _rule in case.rules.asking("inspection.reviewed"):
        yield not_in_future(report_reviewed_on, at, field="report_reviewed_on")
    for _rule in case.rules.asking("inspection.result_notified"):
        yield not_in_future(findings_told_on, at, field="findings_told_on")
    if candidates is not None:
        yield of_this_selection(case, candidates, field="candidates")
        yield more_than_posts(case, len(candidates), equal_number_reason, field="candidates")
        barred = [
            candidacy
            for candidacy in candidates
            if any(check.finding == Finding.BAR for check in case.counting(case.checks, candidacy))
            or any(
                reply.finding == Finding.BAR
                for inquiry in case.counting(case.inquiries, candidacy)
                if (reply := case.reply_to(inquiry))
            )
        ]
        yield Requirement.under(
            case.rules.get("inquiry.bodies"),
            _("Nobody is proposed against a check or an opinion that affects the use"),
            met=not barred,
            observed=[str(candidacy) for candidacy in barred] or _("nobody"),
            required=_("nobody"),
            field="candidates",
        )
        for rule in case.rules.asking("inspection.trust_floor"):
            distrusted = [
                candidacy
                for candidacy in candidates
                if any(lacks_trust(case.rules, row) for row in case.counting(case.assessments, candidacy)[-1:])
            ]
            yield Requirement.under(
                rule,
                _("Nobody is proposed whose votes of trust are too few"),
                met=not distrusted,
                observed=[str(candidacy) for candidacy in distrusted] or _("nobody"),
                field="candidates",
            )
        yield Requirement(
            _("The opinion of the meeting of department heads is written down"), met=given(opinion), field="opinion"
        )
        yield from _report_reviewed(case, report_reviewed_on, evidence)
        yield from _findings_told(case, findings_told_on, findings_told_to)


def _last_report(case: Case) -> date | None:
    """The day of the last report on anybody who is inspected."""
    written = [row.written_at for one in case.at(CandidacyState.INSPECTED) for row in case.counting(case.reports, one)]
    return clock.day_of(max(written)) if written else None


def _report_reviewed(case: Case, on: date | None, evidence: Upload | None) -> Iterator[Requirement]:
    """CON-09: the leaders have reviewed the report of the inspection, as a paper shows."""
    for rule in case.rules.asking("inspection.reviewed"):
        last = _last_report(case)
        yield Requirement.under(
            rule,
            _("The leaders have reviewed the report of the inspection"),
            met=on is not None and (last is None or last <= on),
            observed=on or _("not given"),
            required=_("since %(day)s") % {"day": clock.worded(last)} if last else None,
            field="report_reviewed_on",
        )
        yield Requirement.under(
            rule,
            _("The paper on which this rests is uploaded"),
            met=evidence is not None and evidence is not UNASKED,
            observed=evidence.name if evidence else _("no file"),
            required=Evidence.REPORT_REVIEW.label,
            field="evidence",
        )


def _findings_told(case: Case, on: date | None, to: str) -> Iterator[Requirement]:
    """INS-05: the result of the inspection was told, to whom and when."""
    for rule in case.rules.asking("inspection.result_notified"):
        last = _last_report(case)
        yield Requirement.under(
            rule,
            _("It is said when the result of the inspection was told"),
            met=on is not None and (last is None or last <= on),
            observed=on or _("not given"),
            required=_("since %(day)s") % {"day": clock.worded(last)} if last else None,
            field="findings_told_on",
        )
        yield Requirement.under(
            rule, _("It is said to whom the result was told"), met=given(to), field="findings_told_to"
        )


@act(Act.OPEN_DELIBERATION, subject="selection", requires=before_opening_deliberation)
def open_deliberation(
    selection: Selection,
    *,
    candidates: list[Candidacy],
    opinion: str,
    equal_number_reason: str = "",
    report_reviewed_on: date | None = None,
    findings_told_on: date | None = None,
    findings_told_to: str = "",
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Adopt the proposal for appointment: who goes to the committee; the others leave the selection here.

    Where the rules want the report reviewed, or its result told, it is said when; the review with its paper.
    """
    chosen = {candidacy.pk for candidacy in candidates}
    unanswered = _unanswered(selection.case(), candidates, at)
    for candidacy in selection.candidacies.filter(state=CandidacyState.INSPECTED):
        taken = candidacy.pk in chosen
        candidacy.open_deliberation(chosen=taken)
        if not taken:
            candidacy.leave(at=at, stage=Stage.INSPECTION, reason=opinion)
        candidacy.save()
    selection.proposal_opinion = opinion
    selection.report_reviewed_on = report_reviewed_on
    selection.findings_told_on, selection.findings_told_to = findings_told_on, findings_told_to.strip()
    papers = requests.attach(selection, Evidence.REPORT_REVIEW, evidence, actor=actor, at=at)
    if equal_number_reason:
        selection.equal_number_reason = equal_number_reason
    selection.open_deliberation()
    selection.enter(at)
    deadlines.end(selection, at=at, kinds=[DeadlineKind.REPLY_DUE])
    return Facts({"proposed": len(chosen)}, [*unanswered, *papers])


def _unanswered(case: Case, candidates: list[Candidacy], at: datetime) -> list[ImportantMatter]:
    """Departments that were asked about somebody who is proposed and have not answered, as important matters."""
    return [
        ImportantMatter.objects.create(
            selection=case.selection,
            candidacy=candidacy,
            kind=Matter.OPINION_EXPLAINED,
            noted_at=at,
            cause=f"{inquiry.department}（已征求意见，形成任用建议方案时未答复）",
        )
        for candidacy in candidates
        for inquiry in case.counting(case.inquiries, candidacy)
        if case.reply_to(inquiry) is None
    ]
