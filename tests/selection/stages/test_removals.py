"""Posts that are left by the decision that appoints (任免并行)."""

from typing import Any

import pytest

from audit import reading
from selection.acts import Refused
from selection.ballots import box
from selection.enums import Act, ItemKind, Stage
from selection.models import AgendaItem, Removal
from selection.register.models import Tenure
from selection.stages import probation
from selection.stages.deliberation import removal
from selection.web.acts import act_url
from tests.factories import Course, Point, able, run_to
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-04", "DEL-06")]


def held_by(course: Course, nth: int) -> Tenure:
    return Tenure.objects.get(person=course.person(nth), until_on__isnull=True)


def propose(course: Course, *tenures: Tenure, reason: str = "任新职后不再兼任。") -> None:
    removal.propose_removals(course.selection, **course.by("jingban"), tenures=list(tenures), reason=reason)


def appoint(course: Course, *ended: Tenure) -> None:
    course.talk()
    probation.appoint_candidate(
        course.appointment,
        **course.by("jingban"),
        document_number="澄委干〔2026〕1号",
        appointed_on=course.day,
        published_on=course.day,
        ended=list(ended),
    )


def test_the_removal_is_voted_on_with_the_appointment_and_ends_the_post_with_it() -> None:
    course = run_to(Point.DISCUSSED)
    former, kept = held_by(course, 0), held_by(course, 1)
    propose(course, former, kept)
    assert AgendaItem.of(course.selection).kind == ItemKind.APPOINT_AND_REMOVE
    course.prepare_ballot()
    course.open_ballot()
    details = [row.facts for row in box.look(course.codes[0]).sheet.candidates]
    assert all("拟免：县委办公室副主任" in detail for detail in details)
    course.go_to(Point.CLEARED)
    appoint(course)  # without a tick: what was decided ends all the same
    former.refresh_from_db()
    kept.refresh_from_db()
    assert former.until_on == course.day
    assert kept.until_on is None  # of the one who was not appointed
    assert course.appointment.former == [former.pk]
    assert Removal.objects.get(tenure=former).ended_on == course.day
    assert reading.verify().whole


def test_the_holder_leaves_when_the_successor_is_appointed_and_frees_seat_and_quota() -> None:
    course = run_to(Point.DISCUSSED)
    holder = able(course.county, "周示免", course.post, at=course.at)
    tenure = Tenure.objects.get(person=holder)
    propose(course, tenure, reason="到龄免职。")
    course.go_to(Point.CLEARED)
    appoint(course)
    tenure.refresh_from_db()
    assert tenure.until_on == course.day
    ended = [entry for entry in reading.entries(stream=f"person:{holder.pk}") if entry.action == "appoint_candidate"]
    assert len(ended) == 1
    assert list(Tenure.objects.held(course.day).filter(post=course.post).values_list("person", flat=True)) == [
        course.appointment.person_id
    ]


def test_without_the_decision_a_held_post_has_no_room_for_a_successor() -> None:
    course = run_to(Point.DECIDED)
    able(course.county, "周示免", course.post, at=course.at)
    course.go_to(Point.CLEARED)
    with pytest.raises(Refused) as refusal:
        appoint(course)
    assert len(refusal.value.unmet) == 2  # neither seat nor quota


@pytest.mark.covers("DEL-06", refused=True)
def test_nothing_is_added_to_a_decision_once_its_ballot_is_prepared() -> None:
    course = run_to(Point.PREPARED)
    with pytest.raises(Refused) as refusal:
        propose(course, held_by(course, 0))
    assert [row.field for row in refusal.value.unmet] == ["tenures"]
    assert not Removal.objects.exists()


def test_a_post_of_somebody_else_or_without_a_reason_is_refused() -> None:
    course = run_to(Point.DISCUSSED)
    for tenure, reason in ((held_by(course, 2), "调整。"), (held_by(course, 0), " ")):  # the third was not proposed
        with pytest.raises(Refused):
            propose(course, tenure, reason=reason)
    propose(course, held_by(course, 0))
    propose(course)  # what was proposed is taken back
    assert AgendaItem.of(course.selection).kind == ItemKind.APPOINT


def test_a_failed_vote_removes_nobody() -> None:
    course = run_to(Point.DISCUSSED)
    former = held_by(course, 0)
    propose(course, former)
    course.ballot((5, 5))
    assert course.now().stage == Stage.DELIBERATION
    assert course.now().case().removals_with(course.candidacy(0)) == []
    former.refresh_from_db()
    assert former.until_on is None


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_form_and_page_of_the_meeting_show_kind_and_posts(language: str) -> None:
    course = run_to(Point.DISCUSSED)
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county["jingban"])
    address = act_url(Act.PROPOSE_REMOVALS, course.selection)
    offered = client.get(address).context["form"].fields["tenures"].rows
    former = held_by(course, 0)
    assert former in offered.values()
    sent: dict[str, Any] = {"token": "t" * 32, "tenures": [former.pk], "reason": ""}
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"reason": "任新职。"}).status_code == 302
    page = client.get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert ("任免" if language == "zh-hans" else "Appointment and removal") in page
    assert "县委办公室副主任" in page
    course.go_to(Point.CLEARED)
    form = client.get(act_url(Act.APPOINT_CANDIDATE, course.appointment))
    assert former.post.full_title in str(form.context["form"].consequence)
