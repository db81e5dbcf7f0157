"""What a paper says (文书内容): every field from rows and entries, nothing typed in.

A part for which nothing was recorded says so (未发生); it is never left out.  Other candidates are not named on a
person's form, nor is anybody who reported something.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from audit import reading
from selection import clock
from selection.documents import filing
from selection.documents.render import OFFICIAL
from selection.enums import (
    Act,
    AttendanceKind,
    CandidacyState,
    Check,
    ConsultationLevel,
    ConsultedBody,
    Effect,
    Matter,
    NominationSource,
    Opinion,
    Paper,
    PollKind,
    RecommendationForm,
    Role,
    RoundState,
    Stage,
    TalkGroup,
)
from selection.models import (
    Appointment,
    Attendance,
    Candidacy,
    Consultation,
    Document,
    Movement,
    Nomination,
    Poll,
    Removal,
    Round,
    RoundItem,
    Selection,
)
from selection.models.case import Case
from selection.models.route import Route
from selection.register.models import Organisation, Person, Post, Tenure, vacancies
from selection.rulebook.keys import FACTS, KEYS, NOTICE_FACTS
from selection.rulebook.rules import Rules
from selection.rulebook.workdays import Calendar

NOTHING = "未发生"
UNRECORDED = "未登记"


@dataclass(frozen=True)
class Line:
    """One thing on a form: what it is, and what the rows say of it."""

    label: str
    text: str


@dataclass(frozen=True)
class Part:
    """A procedure or an important matter with its lines; none means that it did not happen."""

    title: str
    lines: tuple[Line, ...]


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of a requested paper, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    with translation.override(OFFICIAL):
        if document.kind == Paper.NOTICE:
            appointment = next(row for row in case.appointments if row.pk == document.appointment_id)
            return "documents/notice.html", notice(case, appointment)
        if document.kind == Paper.NOMINATION_FORM:
            person = next((row.person_id for row in case.candidacies if row.pk == document.candidacy_id), None)
            return "documents/nomination_form.html", nomination_form(case, person, at=at)
        candidacies = [row for row in case.candidacies if document.candidacy_id in (None, row.pk)]
        return "documents/record_form.html", record_form(case, candidacies, at=at)


# --- facts of a person ----------------------------------------------------------------------------------------------


def facts(person: Person | None, keys: Iterable[str], *, posts: str, proposed: str) -> list[Line]:
    """The facts of a person that a rule asks for, in its order; without a person blanks to be filled in by hand."""
    if person is None:
        return [Line(str(FACTS[key]), proposed if key == "proposed_post" else "") for key in keys]
    values: dict[str, Callable[[], str]] = {
        "name": lambda: person.name,
        "sex": lambda: str(person.get_sex_display()),
        "ethnicity": lambda: person.ethnicity,
        "raised_in": lambda: person.native_place,
        "education": lambda: "、".join(filter(None, (person.education, person.degree))),
        "born": lambda: month(person.born_on),
        "joined_party": lambda: (
            f"{month(person.joined_party_on)}（{person.party}）" if person.joined_party_on else person.party
        ),
        "started_work": lambda: month(person.joined_work_on),
        "unit": lambda: person.organisation.name,
        "current_post": lambda: posts,
        "grade_since": lambda: f"{month(person.grade_since)}（{person.get_grade_display()}）",
        "proposed_post": lambda: proposed,
    }
    return [Line(str(FACTS[key]), values[key]() or UNRECORDED) for key in keys if key in FACTS]


def posts_held(people: Iterable[int], on: date) -> dict[int, str]:
    """Person → the posts held on that day, in one line; whoever holds none is a cadre without a post."""
    rows = Tenure.objects.held(on).filter(person_id__in=list(people)).select_related("post__organisation")
    held: dict[int, list[str]] = {}
    for tenure in rows.order_by("post__organisation__code", "pk"):
        held.setdefault(tenure.person_id, []).append(tenure.post.full_title)
    return {person: "、".join(titles) for person, titles in held.items()}


# --- the public notice ----------------------------------------------------------------------------------------------


def notice(case: Case, appointment: Appointment) -> dict[str, Any]:
    """The notice before appointment (任前公示) of one person."""
    selection, person = case.selection, case.people[appointment.person_id]
    published_on = clock.day_of(appointment.notice_at)
    last_day = clock.day_of(appointment.notice_ends_at - timedelta(microseconds=1))
    length = case.rules["notice.length"]
    first_day = published_on if length.value.first_day == "counted" else published_on + timedelta(days=1)
    keys = case.rules.value("notice.fields", tuple(FACTS))
    posts = posts_held([person.pk], published_on).get(person.pk, "")
    secret = any(case.is_secret(row) for row in case.candidacies if row.pk == appointment.candidacy_id)
    address = settings.SITE_ADDRESS + reverse("notice", args=[appointment.notice_slug])
    return {
        "title": "干部任前公示",
        "selection": selection,
        "department": selection.mandate.department.name,
        "deciding_body": selection.mandate.body.title,
        "person": person,
        "post": appointment.proposed_post.full_title,
        "citation": length.citation,
        "audience": audience(case.rules, selection.mandate.department, person),
        "facts": facts(person, keys, posts=posts, proposed=appointment.proposed_post.full_title),
        "photo": picture(appointment.notice_photo) if "photo" in keys else "",
        "sections": [(NOTICE_FACTS[key], lines) for key, lines in sections(appointment, keys).items()],
        "text": paragraphs(appointment.notice_text),
        "published_on": day(published_on),
        "first_day": day(first_day),
        "last_day": day(last_day),
        "working_days": sum(1 for _day in days(first_day, last_day) if Calendar.official().is_working(_day)),
        "in_working_days": length.value.unit == "working_day",
        "provisional": appointment.notice_is_provisional,
        "phone": appointment.notice_phone,
        "postal_address": appointment.notice_address,
        "page": "" if secret else address,
        "code": ""
        if secret
        else segno.make(address, error="m", boost_error=False).svg_data_uri(border=0, omitsize=True),
        "created": appointment.notice_at.astimezone(clock.LOCAL).isoformat(),
    }


def sections(appointment: Appointment, keys: Iterable[str]) -> dict[str, list[str]]:
    """NOT-09, NOT-10: which fact → paragraphs, of what a notice tells at length, in the order of the rules."""
    told: dict[str, Callable[[], list[str]]] = {
        "resume": lambda: career(appointment.person_id, clock.day_of(appointment.notice_at)),
        "achievements": lambda: paragraphs(appointment.notice_achievements),
        "rewards": lambda: paragraphs(appointment.notice_rewards),
        "conduct": lambda: paragraphs(appointment.notice_conduct),
        "standards": lambda: asked_by(appointment.proposed_post),
    }
    return {key: told[key]() or [UNRECORDED] for key in keys if key in told}


def asked_by(post: object) -> list[str]:
    """What a post asks of its holder, as the register keeps it; nothing of a grade, which no one post stands for."""
    if not isinstance(post, Post):
        return []
    return paragraphs("\n".join(filter(None, (post.duties, post.standards, post.conditions))))


def career(person: int, on: date) -> list[str]:
    """The posts somebody has held until that day, the first at the top."""
    rows = Tenure.objects.filter(person_id=person, from_on__lte=on).select_related("post__organisation")
    told = []
    for row in rows.order_by("from_on", "pk"):
        until = month(row.until_on) if row.until_on and row.until_on <= on else "今"
        told.append(f"{month(row.from_on)}至{until}　{row.post.full_title}")
    return told


def picture(document: Document | None) -> str:
    """A kept picture as an address that holds it itself, since the press fetches nothing."""
    if document is None:
        return ""
    content = base64.b64encode(filing.read(document.sha256)).decode()
    return f"data:{document.media_type};base64,{content}"


def audience(rules: Rules, organ: Organisation, person: Person) -> list[str]:
    """NOT-05, NOT-06: for whom a notice is meant, in the order of the rules; the units that the register knows by name.

    Empty where the rules say nothing of it.
    """
    words, unit = KEYS["notice.audience"].choices, person.organisation
    named = {"unit": unit.short_name, "organ": organ.short_name}
    return [
        f"{words[one]}（{named[one]}）" if one in named else str(words[one])
        for one in rules.value("notice.audience", ())
    ]


# --- the form of nomination -----------------------------------------------------------------------------------------


def nomination_form(case: Case, person: int | None, *, at: datetime) -> dict[str, Any]:
    """The form of nomination (提名推荐表): one for each nomination of a person, or a blank one to be signed.

    Once the committee has decided on the person, the form carries the day.
    """
    selection = case.selection
    return {
        "title": str(Paper.NOMINATION_FORM.label),
        "selection": selection,
        "department": selection.mandate.department.name,
        "post": selection.sought.full_title,
        "answered": "nomination.first_responsible" in case.rules,
        "sources": [label_of(NominationSource, one) for one in case.rules.value("nomination.subjects", _ANY_SOURCE)],
        "citation": rule.citation if (rule := case.rules.get("nomination.form")) else None,
        "created": at.astimezone(clock.LOCAL).isoformat(),
        "forms": [_nominated(case, row) for row in case.nominations if row.person_id == person]
        or [{"facts": facts(None, FORM_FACTS, posts="", proposed=selection.sought.full_title)}],
    }


#: What a form of nomination says of the person, in its order.
FORM_FACTS: tuple[str, ...] = (
    *("name", "sex", "ethnicity", "born", "education", "joined_party", "started_work"),
    *("unit", "current_post", "grade_since"),
)

_ANY_SOURCE = tuple(NominationSource.values)


def _nominated(case: Case, nomination: Nomination) -> dict[str, Any]:
    person, on = nomination.person, nomination.proposed_on or clock.day_of(nomination.nominated_at)
    reviewed = nomination.reviewed_at and clock.day_of(nomination.reviewed_at)
    return {
        "facts": facts(
            person,
            FORM_FACTS,
            posts=posts_held([person.pk], on).get(person.pk, ""),
            proposed=case.selection.sought.full_title,
        ),
        "source": str(nomination.get_source_display()),
        "unit": nomination.unit.name if nomination.unit else nomination.nominator.department,
        "answers": nomination.first_responsible.name if nomination.first_responsible else "",
        "beside": nomination.co_responsible,
        "reason": paragraphs(nomination.reason),
        "signed_on": day(on),
        "signed_by": "见存档的签名件" if nomination.form else nomination.nominator.name if nomination.signed else "",
        "outcome": str(nomination.get_outcome_display()) if nomination.outcome else "",
        "opinion": nomination.review_opinion,
        "reviewed_on": day(reviewed) if reviewed else "",
        "decided": [_decided(case, item) for item in case.round_items if item.candidacy_id == nomination.candidacy_id],
    }


def _decided(case: Case, item: RoundItem) -> str:
    """When the committee voted on the person, and with what result."""
    round_ = next(row for row in case.rounds if row.pk == item.round_id)
    if round_.state != RoundState.ANNOUNCED:
        return ""
    held_at = next(row.meeting_id for row in case.items if row.pk == round_.poll.item_id)
    meeting = next(row for row in case.meetings if row.pk == held_at)
    return f"{day(meeting.held_on)}，{meeting.full_title}讨论决定：{'获得通过' if item.passed else '未获通过'}"


# --- the process record form ----------------------------------------------------------------------------------------


def record_form(case: Case, candidacies: Iterable[Candidacy], *, at: datetime) -> dict[str, Any]:
    """The process record form (干部选拔任用工作纪实表): one form for each person, and the list of entries."""
    selection = case.selection
    stream = f"selection:{selection.pk}"
    entries = list(reading.entries(stream=stream))
    title = str(case.rules.value("record.title", "干部选拔任用工作纪实表"))
    nominated = {row.pk: clock.day_of(row.nominated_at) for row in candidacies}
    return {
        "title": title,
        "selection": selection,
        "department": selection.mandate.department.name,
        "post": selection.sought.full_title,
        "made_at": moment(at),
        "created": at.astimezone(clock.LOCAL).isoformat(),
        "forms": [_form(case, row, on=nominated[row.pk], at=at) for row in candidacies],
        "entries": [
            {
                "seq": entry.seq,
                "at": moment(entry.at),
                "act": label_of(Act, entry.action),
                "actor": entry.actor.get("name", ""),
                "dept": entry.actor.get("dept", ""),
                "role": label_of(Role, entry.actor.get("role", "")),
                "digest": entry.leaf[:12],
            }
            for entry in entries
        ],
        "last_digest": entries[-1].leaf if entries else "",
    }


def _form(case: Case, candidacy: Candidacy, *, on: date, at: datetime) -> dict[str, Any]:
    rules, person = case.rules, candidacy.person
    keys = rules.value("record.basic_fields", tuple(FACTS))
    procedures = rules.value("record.procedures", tuple(_PROCEDURES))
    matters = rules.value("record.important_matters", tuple(Matter.values))
    titles = KEYS["record.procedures"].choices
    posts = posts_held([person.pk], on).get(person.pk, "")
    return {
        "name": person.name,
        "state": str(candidacy.get_state_display()),
        "facts": facts(person, keys, posts=posts, proposed=candidacy.proposed_post.full_title),
        "procedures": [Part(str(titles[key]), tuple(_PROCEDURES[key](case, candidacy))) for key in procedures],
        "matters": [Part(str(Matter(kind).label), tuple(_matters(case, candidacy, kind))) for kind in matters],
    }


def _motion(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    selection = case.selection
    moved_on, entered_on = selection.day_of_motion, clock.day_of(selection.opened_at)
    later = f"（{day(entered_on)}录入）" if entered_on != moved_on else ""
    vacancy = vacancies(selection.organisation, selection.post.grade, moved_on)
    yield Line(
        "拟任职单位职数空缺",
        f"{selection.organisation.name}{selection.post.get_grade_display()}核定职数{vacancy.approved}名，"
        f"动议时实配{vacancy.occupied}名，空缺{max(vacancy.free, 0)}名；本次选任{selection.seats}名",
    )
    yield Line("启动情形", "；".join(label_of(KEYS["motion.triggers"].choices, one) for one in selection.triggers))
    mover = selection.opened_by
    yield Line("提出动议的单位和人员", f"{mover.department}{mover.name}，{day(moved_on)}{later}")
    yield Line("动议理由", selection.reason or UNRECORDED)
    yield Line("人选产生方向、方式和理由", selection.source_direction or UNRECORDED)
    if selection.approved_at and selection.approved_by:
        yield Line("动议同意", f"{selection.approved_by.name}，{day(clock.day_of(selection.approved_at))}")
    else:
        yield Line("动议同意", NOTHING)
    if selection.suspended_at:
        yield Line("暂停", day(clock.day_of(selection.suspended_at)))


_FOUR_SOURCES = {
    NominationSource.PERSONAL: "领导个人推荐",
    NominationSource.PLENUM: "县委全委会推荐",
    NominationSource.GRASSROOTS: "单位推荐",
    NominationSource.DEPARTMENT: "组织提名",
}


_BY_PLENUM = {
    RecommendationForm.PLENUM: "会议推荐",
    RecommendationForm.WRITTEN: "书面差额推荐",
    RecommendationForm.OPINION: "征求全委会成员意见",
}


def _route(case: Case, candidacy: Candidacy, route: Route) -> Iterable[str]:
    yield str(route.name.label)
    if route.flag:
        yield str(route.flag.label)
    if case.route is not None:
        if case.selection.route_reason:
            yield f"理由：{within(case.selection.route_reason)}"
        return
    nomination = case.nomination_of(candidacy)
    if nomination and nomination.ground:
        yield f"情形：{nomination.get_ground_display()}"
    if nomination and nomination.evidence_id:
        paper = next((row.title for row in case.documents if row.pk == nomination.evidence_id), "")
        yield f"证明材料：{paper}"


def _nomination(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    rows = [row for row in case.nominations if row.person_id == candidacy.person_id]
    by_source: dict[str, list[str]] = {}
    for row in rows:
        said = [f"{row.nominator.department}{row.nominator.name}，{day(clock.day_of(row.nominated_at))}"]
        if row.signed:
            said.append("已署名")
        if row.first_responsible is not None:
            said.append(f"首提责任人：{row.first_responsible.name}")
        said.append(f"理由：{within(row.reason)}")
        if row.outcome:
            said.append(
                f"审核：{row.get_outcome_display()}" + (f"，{within(row.review_opinion)}" if row.review_opinion else "")
            )
        if row.fed_back_at:
            said.append(
                f"{day(clock.day_of(row.fed_back_at))}向推荐人反馈" + (f"：{row.feedback}" if row.feedback else "")
            )
        by_source.setdefault(row.source, []).append("；".join(said))
    if candidacy.source not in by_source:
        said_of = f"{day(clock.day_of(candidacy.nominated_at))}；理由：{candidacy.reason}"
        by_source[candidacy.source] = [said_of]
    if route := case.route_of(candidacy):
        yield Line("提名方式", "；".join(_route(case, candidacy, route)))
    for form, label in _BY_PLENUM.items():
        held = [poll for poll in case.polls if poll.form == form]
        said_there = [f"{label}：{figures(case, poll, candidacy)}" for poll in held]
        if said_there:
            by_source[NominationSource.PLENUM] = [*by_source.get(NominationSource.PLENUM, []), *said_there]
    for source, label in _FOUR_SOURCES.items():
        yield Line(label, "\n".join(by_source.pop(source, [NOTHING])))
    for other, said in by_source.items():
        yield Line(label_of(NominationSource, other), "\n".join(said))


def _recommendation(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    polls = [poll for poll in case.polls if poll.kind == PollKind.RECOMMENDATION]
    forms = ((RecommendationForm.MEETING, "会议投票推荐"), (RecommendationForm.TALK, "个别谈话推荐"))
    again: list[str] = []
    for form, label in forms:
        held = [poll for poll in polls if poll.form == form]
        yield Line(label, figures(case, held[0], candidacy) if held else NOTHING)
        again += [f"{label}：{figures(case, poll, candidacy)}" for poll in held[1:]]
    yield Line("二次推荐", "\n".join(again) or NOTHING)


def figures(case: Case, poll: Poll, candidacy: Candidacy) -> str:
    """What a recommendation came to for one candidate, in one line."""
    said = [day(poll.held_on)]
    if poll.scope:
        said.append(f"参加范围：{poll.scope}")
    said.append(f"应参加{poll.due_count}人，实际参加{poll.present_count}人")
    sheet = case.accepted_sheet(poll)
    if sheet is None:
        said.append("计票结果尚未确认")
    else:
        votes = {key: int(count) for key, count in sheet.votes.items()}
        mine = votes.get(str(candidacy.pk), 0)
        rank = 1 + sum(1 for count in votes.values() if count > mine)
        said.append(f"发出推荐票{sheet.issued}张，收回{sheet.returned}张，有效{sheet.valid}张")
        said.append(f"得推荐票{mine}票，得票排名第{rank}")
    return "；".join(said)


def _inspected_persons(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    chosen = any(rows for rows in (case.of(case.talks, candidacy), case.of(case.assessments, candidacy)))
    fixed = case.selection.fixing_opinion
    yield Line("研究确定考察对象的意见", fixed or NOTHING)
    if case.selection.equal_number_reason:
        yield Line("等额考察的理由", case.selection.equal_number_reason)
    if fixed:
        yield Line("是否列为考察对象", "是" if chosen or was_inspected(candidacy) else "否")


def was_inspected(candidacy: Candidacy) -> bool:
    """Whether the candidate came as far as the inspection."""
    early = candidacy.ended_stage in (Stage.NOMINATION, Stage.RECOMMENDATION)
    return candidacy.state != CandidacyState.NOMINATED and not early


def _inspection(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    previews = [
        f"{day(row.published_on)}发布，考察组：{row.team_names}，联系电话：{row.phone}" for row in case.prenotices
    ]
    yield Line("考察预告", "\n".join(previews) or NOTHING)
    talks = case.of(case.talks, candidacy)
    held: list[str] = []
    for group in TalkGroup:
        rows = [row for row in talks if row.group == group]
        if rows:
            span = {row.held_on for row in rows}
            held.append(f"{group.label}{sum(row.people for row in rows)}人（{_span(span)}）")
    yield Line("个别谈话", "；".join(held) or NOTHING)
    assessed = [
        f"{day(row.held_on)}；发出测评表{row.issued}张，收回{row.returned}张；优秀{row.excellent}票，称职{row.competent}票，"
        f"基本称职{row.basically_competent}票，不称职{row.incompetent}票"
        + (f"，信任票{row.trust}票" if row.trust is not None else "")
        for row in case.of(case.assessments, candidacy)
    ]
    yield Line("民主测评", "\n".join(assessed) or NOTHING)
    for kind, label in CHECKS.items():
        if kind not in case.checks_known:
            continue
        found = [
            f"{day(row.held_on)}，{row.get_finding_display()}"
            + (f"，{row.signed_by}、{row.countersigned_by}签字" if row.signed_by else "")
            + (f"：{row.note}" if row.note else "")
            for row in case.of(case.checks, candidacy)
            if row.check_kind == kind
        ]
        yield Line(label, "\n".join(found) or NOTHING)
    reports = [
        f"{day(clock.day_of(row.written_at))}，{row.written_by.name}；考察组建议：{row.suggestion}"
        for row in case.of(case.reports, candidacy)
    ]
    yield Line("考察材料", "\n".join(reports) or NOTHING)


CHECKS = {
    Check.ARCHIVE: "查阅干部人事档案",
    Check.SITE_VISIT: "实地走访",
    Check.PERSONAL_MATTERS: "核查个人有关事项报告",
    Check.OPINION_FORMS: "发放征求意见表",
    Check.SURVEY: "专项调查",
    Check.EXTENDED: "延伸考察",
    Check.INTEGRITY: "廉洁自律结论性意见",
}


def _consultation(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    """CON-05: what leaders and departments, the city's and the county's, said, and what leaders said to each other."""
    asked: dict[str, list[str]] = {label: [] for label in _ASKED.values()}
    for inquiry in case.of(case.inquiries, candidacy):
        reply = case.reply_to(inquiry)
        said = f"{inquiry.department}：{day(clock.day_of(inquiry.asked_at))}发函"
        if reply is None:
            said += "，尚未回复"
        else:
            said += f"，{day(reply.replied_on)}回复（{reply.number}），{reply.get_finding_display()}：{reply.opinion}"
        asked[_ASKED.get(ConsultedBody(inquiry.body), _OF_COUNTY)].append(said)
    alone = [_held(row) for row in case.consultations if row.level == ConsultationLevel.INDIVIDUAL]
    asked[_OF_LEADERS] = alone + asked[_OF_LEADERS]
    for label, told in asked.items():
        yield Line(label, "\n".join(told) or NOTHING)
    levels = case.rules.value("consultation.levels", ())
    titles = KEYS["consultation.levels"].choices
    others = {row.level for row in case.consultations if row.level != ConsultationLevel.INDIVIDUAL}
    for level in (*levels, *sorted(others.difference(levels))):
        held = [_held(row) for row in case.consultations if row.level == level]
        yield Line(f"领导酝酿：{label_of(titles, level)}", "\n".join(held) or NOTHING)


_OF_LEADERS, _OF_CITY, _OF_COUNTY = "征求相关领导、部门意见", "征求市有关部门意见", "征求县直有关部门意见"
#: Whose opinion stands under which heading; of every other body under that of the county's departments.
_ASKED = {
    ConsultedBody.UNIT: _OF_LEADERS,
    ConsultedBody.CO_MANAGER: _OF_LEADERS,
    ConsultedBody.SUPERIOR: _OF_CITY,
    ConsultedBody.DISCIPLINE: _OF_COUNTY,
}


def _held(row: Consultation) -> str:
    convened = f"{row.convener}召集；" if row.convener else ""
    said = f"{day(row.held_on)}；{convened}参加：{within(row.present)}；意见：{within(row.opinions)}"
    return said + ("；有不同意见" if row.dissent else "")


def _decision(case: Case, candidacy: Candidacy) -> Iterable[Line]:
    yield Line("研究提出任用建议", case.selection.proposal_opinion or NOTHING)
    yield Line("常委会讨论", "\n".join(_discussions(case, candidacy)) or NOTHING)
    removed = [row for row in case.removals if row.candidacy_id in (None, candidacy.pk)]
    if removed:
        yield Line("拟免职务", "\n".join(_removals(removed)))
    yield Line("无记名投票表决", "\n".join(_votes(case, candidacy)) or NOTHING)
    appointments = case.of(case.appointments, candidacy)
    yield Line("任前公示", "\n".join(_notices(case, appointments)) or NOTHING)
    talks = [f"{day(row.talked_on)}，谈话人：{row.talked_by}" for row in appointments if row.talked_on]
    yield Line("任前谈话", "\n".join(talks) or NOTHING)
    yield Line("任职", "\n".join(_appointed(appointments)) or NOTHING)
    yield Line("试用期", "\n".join(_probations(appointments)) or NOTHING)
    if candidacy.ended_at:
        yield Line(
            "退出选任",
            f"{day(clock.day_of(candidacy.ended_at))}，{candidacy.get_ended_stage_display()}环节，"
            f"{candidacy.get_state_display()}" + (f"：{candidacy.end_reason}" if candidacy.end_reason else ""),
        )


def _discussions(case: Case, candidacy: Candidacy) -> Iterable[str]:
    for meeting in sorted(case.meetings, key=lambda row: (row.held_on, row.pk)):
        members = [
            row for row in case.attendances if row.meeting_id == meeting.pk and row.kind == AttendanceKind.VOTING
        ]
        said = [f"{day(meeting.held_on)}，{meeting.full_title}"]
        if members:
            said.append(f"应到{len(members)}人，实到{sum(came(row, case.movements) for row in members)}人")
        item = case.item_of(meeting)
        if meeting.chair is not None:
            said.append(f"会议由{meeting.chair.person.name}主持")
        if item is not None and item.chair is not None:
            said.append(f"本议题由{item.chair.person.name}主持")
        spoken = [row for row in case.opinions if item and row.item_id == item.pk and row.candidacy_id == candidacy.pk]
        if spoken:
            counted = [(word, sum(1 for row in spoken if row.opinion == word)) for word in Opinion]
            said.append("逐一发表意见：" + "，".join(f"{word.label}{count}人" for word, count in counted if count))
        yield "；".join(said)


def came(attendance: Attendance, movements: Iterable[Movement]) -> bool:
    """Whether somebody was at the meeting at all, from the beginning or later."""
    return attendance.present or any(row.attendance_id == attendance.pk for row in movements)


def _removals(removals: Iterable[Removal]) -> Iterable[str]:
    for row in removals:
        ended = f"，自{day(row.ended_on)}免去" if row.ended_on else ""
        yield f"{row.person.name}：{row.tenure.post.full_title}；理由：{within(row.reason)}{ended}"


def _votes(case: Case, candidacy: Candidacy) -> Iterable[str]:
    for round_ in sorted(case.rounds, key=lambda row: (row.poll_id, row.seq)):
        item = next(
            (row for row in case.round_items if row.round_id == round_.pk and row.candidacy_id == candidacy.pk), None
        )
        if item is not None:
            yield _result(round_, item)


def _result(round_: Round, item: Any) -> str:
    presided = f"由{round_.chair.person.name}主持；" if round_.chair else ""
    said = [f"第{round_.seq}轮：{presided}应到{round_.due_count}人，实到{round_.present_count}人"]
    if round_.state == RoundState.VOID:
        said.append(f"本轮作废：{within(round_.void_reason)}")
    elif round_.state != RoundState.ANNOUNCED:
        said.append("结果尚未宣布")
    else:
        said.append(f"发出选票{round_.issued}张，收回{round_.returned}张，有效{round_.valid}张")
        said.append(f"同意{item.agree}票，不同意{item.disagree}票，弃权{item.abstain}票")
        said.append("获得通过" if item.passed else "未获通过")
    if round_.another_round is not None:
        said.append(f"{'决定' if round_.another_round else '不'}再次表决：{round_.another_round_decision}")
    return "；".join(said)


def _notices(case: Case, appointments: Iterable[Appointment]) -> Iterable[str]:
    for row in appointments:
        last = clock.day_of(row.notice_ends_at - timedelta(microseconds=1))
        said = [f"{day(clock.day_of(row.notice_at))}发布，公示至{day(last)}"]
        reports = [one for one in case.objections if one.appointment_id == row.pk]
        if not reports:
            said.append("公示期间未收到反映")
        for number, report in enumerate(reports, start=1):
            settled = (
                f"{day(clock.day_of(report.settled_at))}，{report.get_effect_display()}：{within(report.investigation)}"
                if report.settled_at
                else "正在核查"
            )
            said.append(f"反映{number}（{day(clock.day_of(report.filed_at))}收到）：{settled}")
        if row.cleared_at:
            said.append(f"{day(clock.day_of(row.cleared_at))}公示结束，不影响任职")
        yield "；".join(said)


def _appointed(appointments: Iterable[Appointment]) -> Iterable[str]:
    for row in appointments:
        if row.appointed_on:
            published = f"，{day(row.published_on)}公布" if row.published_on else ""
            yield f"{day(row.appointed_on)}任职，文号：{row.document_number or UNRECORDED}{published}"
        elif row.ended_at:
            yield f"{day(clock.day_of(row.ended_at))}{row.get_state_display()}：{row.end_reason}"


def _probations(appointments: Iterable[Appointment]) -> Iterable[str]:
    for row in appointments:
        if not row.probation_ends_at:
            continue
        last = clock.day_of(row.probation_ends_at - timedelta(microseconds=1))
        said = [f"至{day(last)}"]
        if row.assessed_on:
            fit = "胜任" if row.assessed_fit else "不胜任"
            said.append(f"{day(row.assessed_on)}考核：{fit}，{row.assessment_opinion}")
        if row.ended_at:
            said.append(
                f"{day(clock.day_of(row.ended_at))}{row.get_state_display()}"
                + (f"：{row.end_reason}" if row.end_reason else "")
            )
        yield "；".join(said)


def _matters(case: Case, candidacy: Candidacy, kind: str) -> Iterable[Line]:
    for row in case.matters:
        if row.kind == kind and row.candidacy_id in (None, candidacy.pk):
            yield Line("时间", day(clock.day_of(row.noted_at)))
            yield Line("事由", row.cause)
            result = label_of(Effect, row.result) if kind == Matter.REPORTS else row.result
            yield Line("结果", result or "尚无结果")


_PROCEDURES: dict[str, Callable[[Case, Candidacy], Iterable[Line]]] = {
    "motion": _motion,
    "nomination": _nomination,
    "recommendation": _recommendation,
    "inspected_persons": _inspected_persons,
    "inspection": _inspection,
    "consultation": _consultation,
    "decision": _decision,
}


# --- words ----------------------------------------------------------------------------------------------------------


def day(value: date) -> str:
    """A day as official papers write it: Arabic figures without leading zeros."""
    return f"{value.year}年{value.month}月{value.day}日"


def month(value: date) -> str:
    return f"{value.year}年{value.month}月"


def moment(value: datetime) -> str:
    local = value.astimezone(clock.LOCAL)
    return f"{day(local.date())}{local:%H:%M}"


def days(first: date, last: date) -> Iterable[date]:
    """Every day from the first to the last."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def within(text: str) -> str:
    """A text as a part of a longer line, which ends it itself."""
    return text.strip().rstrip("。；;.")


def label_of(choices: Any, value: str) -> str:
    """The label of a value in an enumeration or a mapping; a value of an older version stands as it is."""
    if isinstance(choices, Mapping):
        return str(choices.get(value, value))
    try:
        return str(choices(value).label)
    except ValueError:
        return value


def _span(held_on: set[date]) -> str:
    first, last = min(held_on), max(held_on)
    return day(first) if first == last else f"{day(first)}至{day(last)}"
