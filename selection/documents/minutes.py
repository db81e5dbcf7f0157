"""The minutes of a meeting (会议纪要): who was there, and item by item what was said by name and how the vote went.

Beside them the record of the consultation among leaders that comes before it (酝酿记录).  How anybody voted is not
here, since nobody knows it.  A member who is recused from an item is named at that item alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from selection import clock
from selection.documents.contexts import NOTHING, UNRECORDED, Line, came, day, label_of, moment, paragraphs, within
from selection.documents.render import OFFICIAL
from selection.enums import Act, AttendanceKind, Duty, ItemKind, Opinion, Paper, RoundState
from selection.models import AgendaItem, Attendance, Candidacy, Document, Meeting, Round, RoundItem, Selection
from selection.models.case import Case


@dataclass(frozen=True)
class Ballot:
    """One sitting: its figures in a sentence; once it is announced a row for each candidate and the root over all."""

    title: str
    figures: str
    rows: tuple[RoundItem, ...]
    root: str = ""


@dataclass(frozen=True)
class Item:
    """One item of the agenda as it went."""

    title: str
    lines: tuple[Line, ...]
    ballots: tuple[Ballot, ...]


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of minutes or of a consultation, in official Chinese whatever the reader's language."""
    meeting = document.meeting
    with translation.override(OFFICIAL):
        if meeting is not None:
            return "documents/minutes.html", minutes(meeting, at=at)
        assert document.selection_id is not None
        return "documents/consultation.html", consultation(Selection.objects.whole(document.selection_id), at=at)


def consultation(case: Case, *, at: datetime) -> dict[str, Any]:
    """CON-01: every consultation of a selection in the order of the days: who was there, and what was said."""
    selection = case.selection
    return {
        "title": str(Paper.CONSULTATION.label),
        "selection": selection,
        "department": selection.mandate.department.name,
        "post": selection.sought.full_title,
        "citation": rule.citation if (rule := case.rules.get("consultation.levels")) else None,
        "held": [
            (
                str(row.get_level_display()),
                [
                    Line("时间", day(row.held_on)),
                    Line("召集人", row.convener or UNRECORDED),
                    Line("到场职务", "、".join(label_of(Duty, duty) for duty in row.duties) or UNRECORDED),
                    Line("参加人员", within(row.present)),
                    Line("意见", "\n".join(paragraphs(row.opinions))),
                    Line("不同意见", "有" if row.dissent else "无"),
                ],
            )
            for row in sorted(case.consultations, key=lambda one: (one.held_on, one.pk))
        ],
        "created": at.astimezone(clock.LOCAL).isoformat(),
    }


def minutes(meeting: Meeting, *, at: datetime) -> dict[str, Any]:
    """What the minutes of a meeting say."""
    items = list(meeting.items.order_by("position").prefetch_related("removals"))
    department = meeting.body.mandate_set.select_related("department").first()
    return {
        "title": f"{meeting.full_title}纪要",
        "meeting": meeting,
        "department": department.department.name if department else meeting.body.title,
        "lines": [
            Line("会议名称", meeting.full_title),
            Line(
                "时间", f"{day(meeting.held_on)}" + (f"，{_time(meeting.closed_at)}散会" if meeting.closed_at else "")
            ),
            Line("地点", meeting.place),
            *_attendance(meeting),
            Line("议题", f"{len(items)}项"),
        ],
        "items": [_item(item, Selection.objects.whole(item.selection_id)) for item in items],
        "made_at": moment(at),
        "created": at.astimezone(clock.LOCAL).isoformat(),
    }


def _time(at: datetime) -> str:
    return clock.time_of(at)


def _attendance(meeting: Meeting) -> Iterable[Line]:
    rows = list(meeting.attendances.select_related("person", "seat").prefetch_related("movements"))
    members = [row for row in rows if row.kind == AttendanceKind.VOTING]
    here = [row for row in members if came(row, row.movements.all())]
    absent = [row for row in members if row not in here]
    if meeting.chair is not None:
        yield Line("主持人", meeting.chair.person.name)
    yield Line("应到、实到", f"应到{len(members)}人，实到{len(here)}人")
    yield Line("出席", _names(here))
    yield Line("缺席", _names(absent))
    yield Line("迟到、早退", "\n".join(filter(None, map(_moved, rows))) or "无")
    yield Line("列席", _names(row for row in rows if row.kind == AttendanceKind.OBSERVER))


def _names(rows: Iterable[Attendance]) -> str:
    return "、".join(row.person.name for row in rows) or "无"


def _moved(row: Attendance) -> str:
    """When somebody came or left, unless he was there from the beginning to the end."""
    moves = [f"{_time(move.moved_at)}{'到会' if move.arrived else '离会'}" for move in row.movements.all()]
    return f"{row.person.name}：{'，'.join(moves)}" if moves else ""


def _item(item: AgendaItem, case: Case) -> Item:
    selection = case.selection
    kind = ItemKind.APPOINT_AND_REMOVE if case.removals_at(item) else ItemKind.APPOINT
    kind = ItemKind.REMOVE if selection.is_removal else kind
    title = f"{item.position}．{selection.sought.full_title}{kind.label}事项（{selection.number}）"
    rounds = [row for row in case.rounds if row.poll.item_id == item.pk]
    return Item(title, tuple(_discussed(item, case)), tuple(_ballot(case, row) for row in rounds))


def _discussed(item: AgendaItem, case: Case) -> Iterable[Line]:
    recused = [seat.person.name for seat in case.seats_on(item.meeting.held_on) if not case.may_vote(seat)]
    yield Line("回避", "、".join(recused) or "无")
    if item.chair is not None:
        yield Line("本议题主持人", item.chair.person.name)
    introductions = {row.candidacy_id: row for row in case.introductions if row.item_id == item.pk}
    known = {row.candidacy_id for row in case.opinions if row.item_id == item.pk} | set(introductions)
    known |= {row.candidacy_id for row in case.round_items if row.round.poll.item_id == item.pk}
    candidates = [row for row in case.candidacies if row.pk in known]
    if not candidates:
        yield Line("讨论", NOTHING)
    for candidacy in candidates:
        yield Line(
            f"{'拟免人员' if case.selection.is_removal else '人选'}{candidacy.person.name}",
            "\n".join(_of_candidate(item, case, candidacy)),
        )
    removals = case.removals_at(item)
    if removals:
        said = [f"{row.person.name}：{row.tenure.post.full_title}；理由：{within(row.reason)}" for row in removals]
        yield Line("拟免职务", "\n".join(said))


def _of_candidate(item: AgendaItem, case: Case, candidacy: Candidacy) -> Iterable[str]:
    introduced = next((r for r in case.introductions if r.item_id == item.pk and r.candidacy_id == candidacy.pk), None)
    yield f"{introduced.introducer}介绍情况" if introduced else "未介绍情况"
    spoken = sorted(case.opinions_on(item, candidacy).values(), key=lambda row: (row.position, row.pk))
    for opinion in Opinion:
        names = [
            row.seat.person.name + (f"（{within(row.remark)}）" if row.remark else "")
            for row in spoken
            if row.opinion == opinion
        ]
        if names:
            yield f"{label_of(Opinion, opinion)}（{len(names)}人）：{'、'.join(names)}"
    if not spoken:
        yield "未发表意见"


def _ballot(case: Case, round_: Round) -> Ballot:
    said = [f"由{round_.chair.person.name}主持"] if round_.chair else []
    watched = [row.account.name for row in case.witnessed(round_, Act.CHECK_BOX)]
    said += [f"{'、'.join(watched)}监票"] if watched else []
    said += [f"应到{round_.due_count}人，实到{round_.present_count}人，发出表决票{round_.issued}张"]
    announced = round_.state == RoundState.ANNOUNCED
    if announced:
        tellers = [row.teller.name for row in case.paper_entered(round_)]
        said += [f"纸质票由{'、'.join(tellers)}录入"] if tellers else []
        said.append(f"收回{round_.returned}张，有效{round_.valid}张")
        least = case.selection.pass_rule.value.least(round_.due_count)
        said.append(f"同意{least}票以上通过")
    elif round_.state == RoundState.VOID:
        said.append(f"本次表决作废：{within(round_.void_reason)}")
    if round_.another_round is not None:
        said.append(f"{'决定' if round_.another_round else '不'}再次表决：{within(round_.another_round_decision)}")
    rows = [row for row in case.round_items if row.round_id == round_.pk] if announced else []
    return Ballot(f"第{round_.seq}次表决", "；".join(said), tuple(rows), round_.root)
