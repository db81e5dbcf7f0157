"""Public notice: its length, what may close it, objections (任前公示)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from selection.enums import Act, AppointmentState, CandidacyState, EarlyEnd, Effect, Grade, KeyPost, PostClass, Stage
from selection.register.models import Tenure
from selection.rulebook import workdays
from selection.stages.notice import change_of, is_made_public, is_running
from tests.selection.stages import cases

FULL_LENGTH = {"The notice has run its full length": "条例 第四十二条"}
SETTLED = {"Every objection has been settled": "附件4 第四条（三）6"}


@pytest.mark.covers("NOT-02")
@pytest.mark.parametrize(
    ("published", "last_day"),
    [
        (date(2026, 9, 28), date(2026, 10, 10)),
        (date(2026, 3, 16), date(2026, 3, 23)),
        (date(2026, 3, 20), date(2026, 3, 27)),
        (date(2026, 3, 21), date(2026, 3, 27)),
    ],
    ids=["over the holidays of October", "from a Monday", "from a Friday", "from a Saturday"],
)
def test_notice_runs_five_working_days_from_the_next_one(published: date, last_day: date) -> None:
    assert workdays.ends(cases.rules(published)["notice.length"].value, published).last_day == last_day


@pytest.mark.covers("NOT-02", refused=True)
def test_close_notice_to_the_minute() -> None:
    case = cases.with_appointment()
    assert case.appointments[0].notice_ends_at == datetime(2026, 3, 23, 16, tzinfo=UTC)
    for at, refused in (
        (cases.NOW, FULL_LENGTH),
        (datetime(2026, 3, 23, 15, 59, 59, tzinfo=UTC), FULL_LENGTH),
        (datetime(2026, 3, 23, 16, 0, tzinfo=UTC), {}),
    ):
        assert cases.refused(Act.CLOSE_NOTICE, case, at=at) == refused


#: Body → the day of publication, the last day of its notice, and the article that asks for it.
BY_BODY = {
    "subdistrict": (date(2026, 3, 13), date(2026, 3, 16), "街道方案 五、（二）6"),
    "section-officer": (date(2026, 12, 24), date(2026, 12, 30), "主任科员方案 五、9"),
    "company": (date(2026, 4, 30), date(2026, 5, 11), "公司方案 四、（五）①"),
}


@pytest.mark.covers("NOT-01", "NOT-02", "NOT-03", refused=True)
@pytest.mark.parametrize("body", BY_BODY)
def test_close_notice_after_the_length_that_the_body_itself_asks_for(body: str) -> None:
    published, last_day, article = BY_BODY[body]
    case = cases.with_appointment(body=body)
    appointment = case.appointments[0]
    ends = workdays.ends(case.rules["notice.length"].value, published)
    appointment.notice_at, appointment.notice_ends_at = cases.NOW, ends.at
    assert ends.last_day == last_day
    last_moment = ends.at - timedelta(microseconds=1)
    assert cases.refused(Act.CLOSE_NOTICE, case, at=last_moment) == {"The notice has run its full length": article}
    assert cases.refused(Act.CLOSE_NOTICE, case, at=ends.at) == {}
    assert "The appointment is at the right point" in cases.refused(Act.APPOINT_CANDIDATE, case, at=last_moment)


# --- who is made public ----------------------------------------------------------------------------------------------

#: Grade and class of the post held, whether the new one is a key post → what change it is.  The new post is a chief's.
CHANGES = [
    (Grade.TOWNSHIP_DEPUTY, PostClass.OTHER, "", "promotion"),
    ("", PostClass.OTHER, "", "promotion"),
    (Grade.TOWNSHIP_CHIEF, PostClass.NON_LEADING, "", "to_leading"),
    (Grade.TOWNSHIP_CHIEF, None, "", "to_leading"),
    (Grade.TOWNSHIP_CHIEF, PostClass.OTHER, KeyPost.APPROVAL, "lateral_to_key"),
    (Grade.TOWNSHIP_CHIEF, PostClass.OTHER, "", ""),
]


def changing(grade: str, held: PostClass | None, key_kind: str, body: str = "recognition-county") -> cases.Case:
    """Passed, and about to be announced."""
    case = cases.with_appointment(body=body)
    post = cases.Post(pk=9, organisation=cases.UNIT, title="主任", grade=Grade.TOWNSHIP_CHIEF, key_kind=key_kind)
    post.post_class, case.appointments, case.subject = PostClass.CHIEF, [], case.candidacies[0]
    case.selection.post = post
    case.subject.person.grade = grade
    if held:
        former = cases.Post(pk=8, organisation=cases.UNIT, title="科员", grade=Grade.TOWNSHIP_CHIEF, post_class=held)
        case.served = [Tenure(person_id=1, post=former, from_on=date(2020, 1, 2))]
    return case


@pytest.mark.covers("NOT-04", refused=True)
@pytest.mark.parametrize(("grade", "held", "key_kind", "change"), CHANGES)
def test_publish_notice_of_the_changes_that_the_rules_want_made_public(
    grade: str, held: PostClass | None, key_kind: str, change: str
) -> None:
    case = changing(grade, held, key_kind)
    assert change_of(case, case.subject) == change
    refused = cases.refused(Act.PUBLISH_NOTICE, case, phone="0000-12380", channels=[])
    assert refused == ({"At least one channel is chosen": "群众公认县材料 一、四是"} if change else {})
    assert cases.refused(Act.PUBLISH_NOTICE, case, phone="0000-12380", channels=["poster"]) == {}
    of_the_county = changing(grade, held, key_kind, "credibility-county")
    assert is_made_public(of_the_county, of_the_county.subject), "rules that name no change want every one made public"


@pytest.mark.covers("NOT-09", refused=True)
@pytest.mark.parametrize("said", ["", " \n"])
def test_publish_notice_without_the_judgement_that_the_rules_want_told(said: str) -> None:
    case = cases.under(Stage.DECIDED, notice__fields=["name", "proposed_post", "conduct"])
    case.subject = case.candidacies[0]
    given = {"phone": "0000-12380", "channels": ["poster"]}
    refused = cases.refused(Act.PUBLISH_NOTICE, case, **given, conduct=said)
    assert set(refused) == {"The notice says all that the rules want told of the person"}
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given, conduct="德能勤绩廉均好。") == {}


@pytest.mark.covers("NOT-04", refused=True)
def test_close_notice_at_once_of_what_the_rules_do_not_want_made_public() -> None:
    case = cases.with_appointment(body="recognition-county", notice_ends_at=cases.NOW)
    assert cases.refused(Act.CLOSE_NOTICE, case) == {}
    cases.objection(case)
    assert list(cases.refused(Act.CLOSE_NOTICE, case)) == ["Every objection has been settled"]


@pytest.mark.covers("APT-01", refused=True)
def test_publish_notice_after_the_talk_where_the_rules_put_it_first() -> None:
    case = cases.with_appointment(body="company")
    case.appointments, case.subject = [], case.candidacies[0]
    given = {"phone": "0000-12380", "channels": ["poster"], "talked_by": "总经理"}
    before = {"The talk with the person was held before the notice": "公司方案 四、（四）"}
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given) == before
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given | {"talked_on": cases.TODAY, "talked_by": " "}) == before
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given, talked_on=cases.TODAY) == {}
    ahead = cases.refused(Act.PUBLISH_NOTICE, case, **given, talked_on=cases.TODAY + timedelta(days=1))
    assert ahead == {"The day is not in the future": ""}


@pytest.mark.covers("NOT-02", "WPR-16", refused=True)
def test_close_notice_with_an_objection_that_is_not_settled() -> None:
    case = cases.with_appointment()
    first, second = cases.objection(case), cases.objection(case)
    end = case.appointments[0].notice_ends_at
    first.settled_at = cases.NOW
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == SETTLED
    assert cases.refused(Act.CLOSE_NOTICE, case) == SETTLED | FULL_LENGTH
    second.settled_at = cases.NOW
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == {}


def test_objection_to_another_appointment_holds_nothing() -> None:
    case = cases.with_appointment()
    end = case.appointments[0].notice_ends_at
    cases.objection(case).appointment = cases.Appointment(pk=2)
    assert cases.refused(Act.CLOSE_NOTICE, case, at=end) == {}


@pytest.mark.covers("NOT-02")
def test_an_objection_is_in_time_until_the_last_moment_and_is_never_turned_away() -> None:
    case = cases.with_appointment()
    appointment = case.appointments[0]
    end = appointment.notice_ends_at
    last = end - timedelta(microseconds=1)
    assert [is_running(appointment, at) for at in (cases.NOW, last, end)] == [True, True, False]
    case.selection.suspended_at = cases.NOW
    assert not is_running(appointment, last)
    cleared = cases.with_appointment(AppointmentState.CLEARED)
    assert not is_running(cleared.appointments[0], last)
    assert cases.refused(Act.FILE_OBJECTION, case, content=" ") == {"What is objected to is written down": ""}
    for one in (case, cleared):
        assert cases.refused(Act.FILE_OBJECTION, one, at=end, content="反映问题") == {}


@pytest.mark.covers("NOT-14", refused=True)
@pytest.mark.parametrize(
    ("act", "state"),
    [(Act.APPOINT_CANDIDATE, AppointmentState.CLEARED), (Act.CONFIRM_APPOINTMENT, AppointmentState.APPOINTED)],
)
def test_a_report_that_holds_the_appointment_until_its_conclusion(act: Act, state: AppointmentState) -> None:
    case = cases.with_appointment(state)
    holds = {"No report that is being investigated holds a candidate": "附件4 第四条（三）6"}
    report = cases.objection(case, late=True)
    assert not holds.items() & cases.refused(act, case).items()
    report.effect = Effect.HELD
    assert holds.items() <= cases.refused(act, case).items()
    report.settled_at = cases.NOW
    assert not holds.items() & cases.refused(act, case).items()


@pytest.mark.covers("NOT-14", refused=True)
def test_nobody_is_appointed_while_the_selection_has_still_to_go_back() -> None:
    case = cases.with_appointment(AppointmentState.CLEARED)
    report = cases.objection(case, late=True)
    report.effect, report.settled_at = Effect.RETURNED, cases.NOW
    back = {"The selection has gone back where the conclusion of a report says so": "附件4 第四条（三）6"}
    assert back.items() <= cases.refused(Act.APPOINT_CANDIDATE, case).items()
    report.effect = Effect.NO_EFFECT
    assert not back.items() & cases.refused(Act.APPOINT_CANDIDATE, case).items()


def test_investigate_objection_while_it_is_open_and_in_words() -> None:
    case = cases.with_appointment()
    case.subject = cases.objection(case)
    assert cases.refused(Act.INVESTIGATE_OBJECTION, case, notes="已调阅账目") == {}
    assert cases.refused(Act.INVESTIGATE_OBJECTION, case, notes=" ") == {"What was found is written down": ""}
    case.subject.settled_at = cases.NOW
    assert cases.refused(Act.INVESTIGATE_OBJECTION, case, notes="已调阅账目") == {
        "The objection is not settled yet": ""
    }


@pytest.mark.covers("WPR-16", refused=True)
def test_settle_objection_with_investigation_and_answer_once() -> None:
    case = cases.with_appointment()
    case.subject = cases.objection(case)
    given = {"effect": Effect.UNFOUNDED, "investigation": "查无实据", "answer": "已答复"}
    assert cases.refused(Act.SETTLE_OBJECTION, case, **given) == {}
    assert cases.refused(Act.SETTLE_OBJECTION, case, **given | {"investigation": "", "answer": " "}) == {
        "The investigation and its conclusion are written down": "附件4 第四条（三）6",
        "The answer to the reporter is written down": "附件4 第四条（三）6",
    }
    case.subject.settled_at = cases.NOW
    assert cases.refused(Act.SETTLE_OBJECTION, case, **given) == {"The objection is not settled yet": ""}


@pytest.mark.covers("DEL-01", "DEL-14", refused=True)
@pytest.mark.parametrize("state", [state for state in CandidacyState if state is not CandidacyState.PASSED])
def test_publish_notice_for_somebody_who_has_not_passed(state: CandidacyState) -> None:
    case = cases.at(Stage.DECIDED, candidates=0)
    cases.add_candidates(case, 1, state)
    case.subject = case.candidacies[0]
    given = {"phone": "0000-12380", "channels": ["page"]}
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given) == {"The person has passed the vote": ""}


def test_publish_notice_once_with_telephone_and_channel() -> None:
    case = cases.with_appointment()
    case.subject = case.candidacies[0]
    given = {"phone": "0000-12380", "channels": ["page"]}
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given) == {"The person is not on notice yet": ""}
    case.appointments = []
    assert cases.refused(Act.PUBLISH_NOTICE, case, **given) == {}
    assert cases.refused(Act.PUBLISH_NOTICE, case, phone="", channels=[]) == {
        "A telephone for objections is given": "自定参数 公示内容",
        "At least one channel is chosen": "",
    }


@pytest.mark.parametrize("state", list(AppointmentState))
def test_cancel_appointment_before_it_takes_effect(state: AppointmentState) -> None:
    case = cases.with_appointment(state)
    before = state in (AppointmentState.ON_NOTICE, AppointmentState.CLEARED)
    if state is AppointmentState.APPOINTED:
        ground = {"The ground is one on which probation ends early": "自定参数 提前终止试用"}
        assert cases.refused(Act.CANCEL_APPOINTMENT, case, reason="程序有误") == ground
        assert cases.refused(Act.CANCEL_APPOINTMENT, case, reason="程序有误", ground=EarlyEnd.PROCEDURE) == {}
        return
    refused = {} if before else {"The appointment has not taken effect, or is on probation": ""}
    assert cases.refused(Act.CANCEL_APPOINTMENT, case, reason="程序有误") == refused
