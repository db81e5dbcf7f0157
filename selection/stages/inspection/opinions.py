"""Written opinions of the consulted departments, asked with a due date (征求意见)."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import (
    Act,
    ConsultedBody,
    DeadlineKind,
    Evidence,
    Finding,
    Stage,
)
from selection.models import (
    Account,
    Candidacy,
    Document,
    ImportantMatter,
    Inquiry,
    Reply,
    Selection,
)
from selection.models.case import Case
from selection.register.models import Organisation
from selection.rulebook import workdays
from selection.stages.inspection.announcement import under_inspection
from selection.standing import at_stage, given, matter_of_opinion, not_in_future, on_paper, running


def before_asking_opinion(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    body: ConsultedBody | None = None,
    department: Organisation | None = None,
    outside: str | None = None,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    if candidacy is not None and body is not None:
        yield under_inspection(case, candidacy)
        asked = {inquiry.body for inquiry in case.counting(case.inquiries, candidacy)}
        yield Requirement(
            _("This department has not been asked about this person yet"), met=body not in asked, field="body"
        )
    if outside is not None:
        yield Requirement(
            _("One department is named: one of the county, or one outside it"),
            met=(department is None) == given(outside),
            field="department",
        )


@act(Act.ASK_OPINION, subject="selection", requires=before_asking_opinion, plain=["outside"])
def ask_opinion(
    selection: Selection,
    *,
    candidacy: Candidacy,
    body: ConsultedBody,
    department: Organisation | None,
    outside: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Ask a department in writing for its opinion on one inspected person; the reply has a due date.

    One ``outside`` the county, such as the superior's, is named in words and answers on paper.
    """
    due = workdays.ends(selection.rules["inquiry.due"].value, clock.day_of(at))
    inquiry = Inquiry.objects.create(
        selection=selection,
        candidacy=candidacy,
        body=body,
        department=department.short_name if department else outside.strip(),
        asked_at=at,
        due_at=due.at,
    )
    deadlines.expect(selection, DeadlineKind.REPLY_DUE, due.at, at=at, provisional=due.provisional, inquiry=inquiry)
    return Facts({"due": due.last_day, "department": inquiry.department}, [inquiry])


def before_reminding(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    inquiry: Inquiry = case.subject
    yield running(case)
    yield Requirement(_("The inquiry has not been answered yet"), met=case.reply_to(inquiry) is None)
    yield Requirement(
        _("The department has not been reminded today"),
        met=inquiry.reminded_at is None or clock.day_of(inquiry.reminded_at) < clock.day_of(at),
        observed=clock.day_of(inquiry.reminded_at) if inquiry.reminded_at else None,
    )


@act(Act.REMIND_DEPARTMENT, subject="inquiry", requires=before_reminding)
def remind_department(inquiry: Inquiry, *, actor: Account, at: datetime) -> Facts:
    """Remind a department of an inquiry that it has not answered; it finds the reminder on its desk."""
    inquiry.remind(at)
    return Facts({"department": inquiry.department, "reminders": inquiry.reminders}, [inquiry])


def comes_too_late(selection: Selection) -> bool:
    """Whether the proposal was adopted already, so that a reply that comes now was weighed by nobody."""
    return not selection.stands_before(Stage.DELIBERATION)


def _came(selection: Selection, *, overdue: bool) -> str:
    """What an important matter says of when the reply came, in official Chinese; nothing where it came in time."""
    if selection.is_at(Stage.DECIDED):
        return "（讨论决定后收到）"
    if comes_too_late(selection):
        return "（形成任用建议方案后收到）"
    return "（超过回复期限收到）" if overdue else ""


def before_replying(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    replied_on: date | None = None,
    number: str | None = None,
    opinion: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    inquiry: Inquiry = case.subject
    yield Requirement(_("The inquiry has not been answered yet"), met=case.reply_to(inquiry) is None)
    if inquiry.body == ConsultedBody.AUDIT_OFFICE:
        yield from on_paper(case, Evidence.AUDIT, evidence)
    if number is not None:
        yield Requirement(
            _("The reply has a number and an opinion"), met=given(number) and given(opinion), field="number"
        )
    if replied_on is not None:
        yield not_in_future(replied_on, at, field="replied_on")
        yield Requirement(
            _("The reply is not older than the inquiry"),
            met=replied_on >= clock.day_of(inquiry.asked_at),
            observed=replied_on,
            required=clock.day_of(inquiry.asked_at),
            field="replied_on",
        )


@act(Act.ANSWER_INQUIRY, subject="inquiry", requires=before_replying, plain=["number"])
def answer_inquiry(
    inquiry: Inquiry,
    *,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Answer in the department's own name; after the proposal was adopted the answer is filed as late."""
    return _reply(inquiry, number, replied_on, finding, opinion, evidence, False, actor, at)


def before_filing_reply(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    replied_on: date | None = None,
    number: str | None = None,
    opinion: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    yield from before_replying(case, actor=actor, at=at, replied_on=replied_on, number=number, opinion=opinion)
    yield from on_paper(case, Evidence.REPLY, evidence, always=True)


@act(Act.FILE_REPLY, subject="inquiry", requires=before_filing_reply, plain=["number"])
def file_reply(
    inquiry: Inquiry,
    *,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """File a reply that came on paper; after the proposal was adopted it is filed as late."""
    return _reply(inquiry, number, replied_on, finding, opinion, evidence, True, actor, at)


def _reply(
    inquiry: Inquiry,
    number: str,
    replied_on: date,
    finding: Finding,
    opinion: str,
    evidence: Upload | None,
    from_paper: bool,
    actor: Account,
    at: datetime,
) -> Facts:
    selection = inquiry.selection
    late = comes_too_late(selection)
    came_on = replied_on if from_paper else clock.day_of(at)
    overdue = not late and came_on > clock.last_day_before(inquiry.due_at)
    paper = Evidence.AUDIT if inquiry.body == ConsultedBody.AUDIT_OFFICE else Evidence.REPLY
    about = f"{inquiry.department} {number}"
    filed = requests.attach(selection, paper, evidence, about, actor=actor, at=at, candidacy=inquiry.candidacy)
    reply = Reply.objects.create(
        selection=selection,
        inquiry=inquiry,
        number=number,
        replied_on=replied_on,
        finding=finding,
        opinion=opinion,
        filed_from_paper=from_paper,
        late=late,
        document=filed[0] if filed else None,
        replied_by=actor,
        replied_at=at,
    )
    made: list[Reply | ImportantMatter | Document] = [reply]
    kind = matter_of_opinion(ConsultedBody(inquiry.body), finding, late=late or overdue)
    if kind is not None:
        made.append(
            ImportantMatter.objects.create(
                selection=selection,
                candidacy=inquiry.candidacy,
                kind=kind,
                noted_at=at,
                cause=f"{inquiry.department} {number}{_came(selection, overdue=overdue)}",
                result=opinion,
            )
        )
    deadlines.end(selection, at=at, kinds=[DeadlineKind.REPLY_DUE], inquiry=inquiry)
    return Facts({"late": late, **({"overdue": True} if overdue else {})}, [*made, *filed])
