"""Lists for those who oversee: what stands in them, for whom, and what they cost (监督清单)."""

import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from audit import reading
from selection import acts, clock
from selection.acts import Refused
from selection.enums import (
    Act,
    AppointmentState,
    Breach,
    Channel,
    ConsultedBody,
    DeadlineKind,
    Effect,
    ExceptionGround,
    LiabilityGround,
    Matter,
    NominationRoute,
    NominationSource,
    Trigger,
)
from selection.models import (
    Appointment,
    Deadline,
    Freeze,
    ImportantMatter,
    Inquiry,
    Liability,
    Nomination,
    Objection,
    Poll,
    Round,
    RoundItem,
    RuleSet,
    Selection,
)
from selection.rulebook.keys import KEYS as KEYS_OF_RULES
from selection.stages import charge, motion, notice
from selection.web.oversight import AT_MOST, DISCIPLINES, LISTS, PER_PAGE, PRINTED
from selection.web.record import READ
from tests.factories import Course, Point
from tests.selection.web.standing import signed_in, standing_at, words
from tools.generate_docs import conditions

pytestmark = pytest.mark.django_db

KEYS = [listed.key for listed in LISTS]
EVERY = pytest.mark.parametrize("key", KEYS)
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
WAIVED, FEW, ALONE = "原文尚未核对，经研究同意。", "专业性强，群众基础较好。", "意见集中，等额考察。"
REPORTER, REPORTED, FOUND = "赵示举", "推荐会前宴请参会人员。", "正在逐一核实参会情况。"
URGENT, SECRET, UNFIT = "防汛期间急需配备。", "岗位涉密，由组织部提名。", "经考核认定不适宜担任现职。"
OUTSTANDING = "在防汛抢险中表现特别优秀。"


def add_rows(course: Course, number: int) -> None:
    """So many rows for every list, besides those that the way there has left."""
    selection, at, staff = course.selection, course.at, course.county["jingban"]
    for _nth in range(number):
        ImportantMatter.objects.create(
            selection=selection, kind=Matter.OTHER, noted_at=at, cause="条例 第二十五条", result=WAIVED,
            rule="inspection.equal_allowed", act=Act.OPEN_INSPECTION, noted_by=course.county["buzhang"],
        )  # fmt: skip
        ImportantMatter.objects.create(
            selection=selection,
            candidacy=course.candidacies[0],
            kind=Matter.LOW_VOTES,
            noted_at=at,
            cause=FEW,
        )
        Deadline.objects.create(
            selection=selection, kind=DeadlineKind.REPLY_DUE, due_at=at - timedelta(days=2), expected_at=at
        )
        Nomination.objects.create(
            selection=selection,
            person=course.people[0],
            nominator=staff,
            source=NominationSource.DEPARTMENT,
            first_responsible=course.people[2],
            reason=SECRET,
            route=NominationRoute.EXCEPTION,
            ground=ExceptionGround.STATE_SECRET,
            exception=OUTSTANDING,
            unmet=["nomination.two_kinds"],
            nominated_at=at,
        )
        with pytest.raises(Refused):
            notice.close_notice(course.appointment, actor=staff, at=at)
        appoint_and_cancel(course)
        Liability.objects.create(
            selection=selection,
            nomination=selection.nominations.order_by("pk")[0],
            person=course.people[2],
            ground=LiabilityGround.TAINTED,
            facts=REPORTED,
            opened_by=staff,
            opened_at=at,
        )
        Objection.objects.create(
            selection=selection,
            candidacy=course.candidacies[0],
            breach=Breach.CANVASSING,
            channel=Channel.LETTER,
            receipt_hash=secrets.token_hex(32),
            reporter=REPORTER,
            content=REPORTED,
            effect=Effect.HELD,
            investigation=FOUND,
            filed_at=at,
        )
        Inquiry.objects.create(
            selection=selection,
            candidacy=course.candidacies[0],
            body=ConsultedBody.AUDIT_OFFICE,
            department="县审计局",
            asked_at=at,
            due_at=at,
            reminders=2,
            reminded_at=at,
        )
        with pytest.raises(Refused):
            open_beyond_quota(course)
        acts.looked_at(staff, "personal_file", ("person", str(course.people[0].pk)), at)


def appoint_and_cancel(course: Course) -> None:
    at = course.at
    announced = Appointment.objects.create(
        selection=course.selection,
        candidacy=course.candidacies[1],
        person=course.people[1],
        notice_slug=secrets.token_hex(12),
        notice_at=at,
        notice_ends_at=at,
        notice_phone="0000-12380",
    )
    Appointment.objects.filter(pk=announced.pk).update(
        state=AppointmentState.CANCELLED, cleared_at=at, appointed_on=clock.day_of(at)
    )


def open_beyond_quota(course: Course) -> None:
    motion.open_selection(
        course.county.mandate,
        **course.by("jingban"),
        post=course.post,
        seats=1,
        triggers=[Trigger.VACANCY],
        reason="职位空缺。",
    )


def want_somebody_to_answer(course: Course) -> None:
    """The rules of the selection want somebody who answers first for each nomination."""
    kept = course.selection.rule_set
    rule = {**kept.content["rules"]["notice.channels"], "value": ["department"]}
    rules = {**kept.content["rules"], "nomination.first_responsible": rule}
    RuleSet.objects.filter(pk=kept.pk).update(content={**kept.content, "rules": rules})


def close_early(course: Course) -> None:
    """The notice ends a minute before its time, as if its length had been waived."""
    Appointment.objects.filter(pk=course.appointment.pk).update(
        cleared_at=course.appointment.notice_ends_at - timedelta(minutes=1)
    )


def hurry_before_a_freeze(course: Course) -> None:
    """As many are appointed as count for a rush, and the freeze that follows is lifted since."""
    for _nth in range(4):
        appoint_and_cancel(course)
    day = clock.day_of(course.at) + timedelta(days=1)
    Freeze.objects.create(
        mandate=course.county.mandate,
        organisation=course.county.organisation,
        ground="书记拟调动。",
        from_on=day,
        lifted_on=day,
    )
    acts.looked_at(course.county["jingban"], "personal_file", ("person", str(course.people[0].pk)), course.at)


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        Selection.objects.filter(pk=course.selection.pk).update(
            equal_number_reason=ALONE, route=NominationRoute.URGENT, route_reason=URGENT
        )
        add_rows(course, 1)
        want_somebody_to_answer(course)
        Nomination.objects.filter(candidacy=course.candidacies[0]).update(first_responsible=course.people[2])
        close_early(course)
        motion.open_removal(
            course.county.mandate,
            **course.by("jingban"),
            tenure=course.people[2].tenures.get(),
            triggers=[Trigger.UNFIT],
            reason=UNFIT,
        )
        hurry_before_a_freeze(course)
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def url(key: str, **query: Any) -> str:
    return reverse("oversight_list", args=[key], query=query or None)


# --- who may -----------------------------------------------------------------------------------------------------


@pytest.mark.covers("WPR-22", refused=True)
@pytest.mark.parametrize(
    "username", ["jingban", "buzhang", "shuji", "jiwei", "kaocha1", "jipiao1", "lingdao", "guanli", "changwei1"]
)
def test_the_lists_are_for_auditors_alone(course: Course, username: str) -> None:
    client = signed_in(course, username)
    for where in (reverse("oversight"), *map(url, KEYS)):
        answer = client.get(where)
        assert answer.status_code == 403
        assert course.selection.number not in words(answer)


@pytest.mark.covers("WPR-22")
@EVERY
def test_looking_at_a_list_is_recorded(course: Course, key: str) -> None:
    client = signed_in(course, "jiandu")
    before = len(list(reading.entries(stream="access")))
    client.get(url(key))
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.data["what"], entry.object) == ("oversight", ("list", key))
    assert entry.actor["id"] == str(course.county["jiandu"].pk)
    assert str(READ[entry.data["what"]])
    assert len(list(reading.entries(stream="access"))) == before + 1


def test_whoever_is_refused_a_list_has_not_read_it(course: Course) -> None:
    clients = signed_in(course, "jingban"), signed_in(course, "jiandu")
    before = len(list(reading.entries(stream="access")))
    clients[0].get(url("waived"))
    clients[1].get(url("everything"))
    assert len(list(reading.entries(stream="access"))) == before


def test_no_other_list_is_there(course: Course) -> None:
    assert signed_in(course, "jiandu").get(url("everything")).status_code == 404


def test_a_recused_auditor_finds_nothing_of_the_matter(course: Course) -> None:
    charge.declare_recusal(course.selection, **course.by("jiandu"), reason="系考察对象的亲属。")
    client = signed_in(course, "jiandu")
    for key in KEYS:
        html = words(client.get(url(key)))
        assert course.selection.number not in html, key
        assert str(course.post) not in html, key
        if key != "files":  # a file belongs to a person, not to a selection
            assert course.people[0].name not in html, key


# --- what stands there -------------------------------------------------------------------------------------------

SEEN = {
    "appointments": [AppointmentState.ON_NOTICE.label, AppointmentState.CANCELLED.label, "林示甲"],
    "waived": ["确定考察对象", WAIVED, "赵示四"],
    "low-votes": [FEW],
    "equal-number": [ALONE],
    "routes": ["闭会急需", "例外提名", "涉及国家机密不宜公开", URGENT, SECRET],
    "exceptions": ["破格提拔", "林示甲", OUTSTANDING, "附件1 第四条"],
    "over-quota": ["提出动议", "第十条（二）"],
    "refused": ["第四十二条"],
    "secretary": ["超职数配备领导干部", "第十条（二）"],
    "removals": [Trigger.UNFIT.label, UNFIT],
    "short-notices": ["应当公示至"],
    "late": [DeadlineKind.REPLY_DUE.label, "尚未办结"],
    "reports": ["拉票", "来信来访", "尚未办结，暂缓任职", FOUND],
    "surges": ["冻结动议前集中任职", "林示乙"],
    "unanswered": ["林示乙"],
    "nominators": ["林示丙", "提名2人次，列为人选1人次，表决通过1人次，被追究1件"],
    "liabilities": ["提拔前存在严重影响任职的问题", "林示丙", "尚未办结"],
    "reminders": ["审计部门", "县审计局", "催办次数：2", "尚未办结"],
    "files": ["查阅"],
}


@pytest.mark.covers("WPR-22", "POS-03")
@EVERY
def test_a_row_tells_what_happened_and_leads_there(course: Course, key: str) -> None:
    answer = signed_in(course, "jiandu").get(url(key))
    html = words(answer)
    assert answer.context["rows"], key
    for row in answer.context["rows"]:
        assert row["url"].startswith("/office/"), key
    if key not in ("over-quota", "secretary", "files", "removals", "nominators", "surges"):
        assert reverse("record_of", args=[course.selection.number]) in html
    for text in SEEN[key]:
        assert str(text) in html, (key, text)


@pytest.mark.covers("FNR-21")
def test_whoever_is_appointed_is_named_while_nobody_answers_for_the_nomination(course: Course) -> None:
    client = signed_in(course, "jiandu")
    assert course.people[1].name in words(client.get(url("unanswered")))
    Nomination.objects.filter(candidacy=course.candidacies[1]).update(first_responsible=course.people[2])
    assert course.people[1].name not in words(client.get(url("unanswered")))


@pytest.mark.covers("FNR-22")
def test_whoever_nominates_is_told_of_by_what_became_of_it(course: Course) -> None:
    client = signed_in(course, "jiandu")
    (before,) = client.get(url("nominators")).context["rows"]
    Nomination.objects.filter(candidacy=course.candidacies[0]).update(first_responsible=None)
    html = words(client.get(url("nominators")))
    assert "提名1人次，列为人选0人次，表决通过0人次，被追究0件" in html
    assert before["url"] == reverse("person_record", args=[course.people[2].pk])


@pytest.mark.covers("FNR-05", refused=True)
def test_a_case_tells_no_more_than_who_answers_and_where_it_went(course: Course) -> None:
    assert REPORTED not in words(signed_in(course, "jiandu").get(url("liabilities")))


@pytest.mark.covers("WPR-22", refused=True)
def test_neither_what_was_reported_nor_by_whom_stands_in_a_list(course: Course) -> None:
    html = words(signed_in(course, "jiandu").get(url("reports")))
    assert REPORTER not in html
    assert REPORTED not in html


def test_rows_of_the_record_lead_to_their_entry(course: Course) -> None:
    client = signed_in(course, "jiandu")
    for key in ("refused", "over-quota", "files"):
        target = client.get(url(key)).context["rows"][0]["url"]
        assert re.search(r"/access/\d+/$", target)
        assert client.get(target).status_code == 200


def test_only_what_rests_on_the_quota_is_an_attempt_beyond_it(course: Course) -> None:
    client = signed_in(course, "jiandu")
    said = {row["what"].split(" · ")[0] for row in client.get(url("over-quota")).context["rows"]}
    assert said == {str(Act.OPEN_SELECTION.label)}
    more = {row["what"].split(" · ")[0] for row in client.get(url("refused")).context["rows"]}
    assert more == {str(Act.OPEN_SELECTION.label), str(Act.CLOSE_NOTICE.label)}


@pytest.mark.parametrize(("minutes", "listed"), [(-1, True), (0, False), (1, False)])
def test_a_notice_is_short_by_a_minute(course: Course, minutes: int, listed: bool) -> None:
    ends = course.appointment.notice_ends_at
    Appointment.objects.update(cleared_at=ends + timedelta(minutes=minutes))
    assert bool(signed_in(course, "jiandu").get(url("short-notices")).context["rows"]) is listed


@pytest.mark.parametrize(
    ("kind", "due", "ended", "listed"),
    [
        (DeadlineKind.REPLY_DUE, -1, None, True),
        (DeadlineKind.REPLY_DUE, 1, None, False),
        (DeadlineKind.REPLY_DUE, -3, -2, True),
        (DeadlineKind.REPLY_DUE, -3, -3, False),
        (DeadlineKind.NOTICE_END, -1, None, True),
        (DeadlineKind.NOTICE_END, -3, -2, False),
        (DeadlineKind.PROBATION_REMINDER, -1, None, False),
    ],
)
def test_what_is_late(course: Course, kind: DeadlineKind, due: int, ended: int | None, listed: bool) -> None:
    now = clock.now()
    Deadline.objects.all().update(due_at=now + timedelta(days=30), ended_at=now)
    Deadline.objects.create(
        selection=course.selection,
        kind=kind,
        expected_at=course.at,
        due_at=now + timedelta(days=due),
        ended_at=None if ended is None else now + timedelta(days=ended),
    )
    assert bool(signed_in(course, "jiandu").get(url("late")).context["rows"]) is listed


@pytest.mark.parametrize(("candidates", "listed"), [(1, True), (2, False)])
def test_a_first_ballot_on_as_many_as_posts(course: Course, candidates: int, listed: bool) -> None:
    Selection.objects.filter(pk=course.selection.pk).update(equal_number_reason="")
    first = Round.objects.get(seq=1)
    assert Poll.objects.get(pk=first.poll_id).kind == "decision"
    RoundItem.objects.filter(round=first).exclude(
        pk__in=RoundItem.objects.filter(round=first).order_by("pk").values("pk")[:candidates]
    ).delete()
    assert first.items.count() == candidates
    assert bool(signed_in(course, "jiandu").get(url("equal-number")).context["rows"]) is listed


# --- filters, pages, print ---------------------------------------------------------------------------------------


@EVERY
def test_filters_narrow(course: Course, key: str) -> None:
    client = signed_in(course, "jiandu")
    everything = client.get(url(key)).context["page"].paginator.count
    assert everything

    def count(**query: Any) -> int:
        return int(client.get(url(key, **query)).context["page"].paginator.count)

    assert count(since="2001-01-01", until="2099-12-31") == everything
    assert count(until="2001-01-01") == count(since="2099-12-31") == 0
    assert count(number="1999-001") == 0
    if key not in ("over-quota", "secretary", "files", "removals"):
        assert count(number=course.selection.number) > 0
    assert "没有符合筛选条件的记录" in words(client.get(url(key, until="2001-01-01")))


@EVERY
def test_lists_are_paged_and_print_view_is_longer(course: Course, key: str) -> None:
    client = signed_in(course, "jiandu")
    client.get(url(key))
    with CaptureQueriesContext(connection) as few:
        client.get(url(key))
    add_rows(course, 30)
    if key not in ("equal-number", "routes", "removals", "short-notices", "nominators", "surges"):
        with CaptureQueriesContext(connection) as many:
            page = client.get(url(key))
        assert len(many) == len(few) <= 14, key
        assert len(page.context["rows"]) == PER_PAGE
        assert len(client.get(url(key, print=1)).context["rows"]) > PER_PAGE
        assert client.get(url(key, page=2)).context["rows"]
    assert len(few) <= 14
    assert PER_PAGE < PRINTED < AT_MOST


def test_overview_costs_the_same_for_many(course: Course) -> None:
    client = signed_in(course, "jiandu")
    client.get(reverse("oversight"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("oversight"))
    add_rows(course, 5)
    with CaptureQueriesContext(connection) as many:
        shown = client.get(reverse("oversight")).context["lists"]
    assert len(many) == len(few) <= 14
    assert all(number for _listed, number in shown)


@LANGUAGES
@EVERY
def test_every_list_reads_well_full_filtered_and_printed(course: Course, key: str, language: str) -> None:
    client = signed_in(course, "jiandu", language)
    for query in ({}, {"print": 1}, {"number": "1999-001"}):
        assert client.get(url(key, **query)).status_code == 200
    assert client.get(reverse("oversight")).status_code == 200


@LANGUAGES
@pytest.mark.covers("SEC-04", refused=True)
def test_what_was_tried_or_waived_against_the_disciplines_of_the_secretary_and_nothing_else(
    course: Course, language: str
) -> None:
    ImportantMatter.objects.create(
        selection=course.selection, kind=Matter.OTHER, noted_at=course.at + timedelta(hours=1), cause="附件3",
        result="到会人数不足，经请示。", rule="deliberation.quorum", act=Act.OPEN_BALLOT,
        noted_by=course.county["buzhang"],
    )  # fmt: skip
    with pytest.raises(Refused):  # of another rule: the notice runs still
        notice.close_notice(course.appointment, **course.by("jingban"))
    rows = signed_in(course, "jiandu", language).get(url("secretary")).context["rows"]
    with translation.override(language):
        discipline = KEYS_OF_RULES["secretary.discipline"].choices
        says = [str(one["says"][0]) for one in rows]
        assert set(says) == {str(discipline[name]) for name in ("quorum", "quota")}
        assert says[0] == str(discipline["quorum"])
    quota = list(reading.attempts_refused(resting_on=["post.quota"]))
    assert len(rows) == 1 + len(quota)
    assert all("notice.length" not in str(one["says"]) for one in rows)


def test_every_discipline_but_one_is_kept_by_a_rule_that_some_act_asks_for() -> None:
    """Investigations are no act of the secretary's, which the table of roles shows."""
    assert set(DISCIPLINES.values()) == set(KEYS_OF_RULES["secretary.discipline"].choices) - {"interference"}
    asked = {key for act in Act if (by := acts.CATALOGUE[act].requires) for key in conditions(by)[1]}
    assert set(DISCIPLINES) - asked == set()
