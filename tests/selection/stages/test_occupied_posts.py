"""A motion for a post that somebody holds still: how the holder leaves, and nobody is appointed before (现任者去向)."""

from typing import Any

import pytest

from selection.acts import Refused
from selection.enums import Act, AppointmentState, Departure, Trigger
from selection.models import Selection
from selection.models.case import promised
from selection.register import keeping
from selection.register.models import Tenure
from selection.stages import motion
from selection.stages.deliberation import removal
from selection.web.acts import act_url
from tests.factories import Course, Point, able, course
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("MOT-02", "POS-03", "DEL-06")]
LANGUAGES = ("zh-hans", "en")


def open_motion(of: Course, departure: Departure | None, **given: Any) -> Selection:
    values: dict[str, Any] = {"post": of.post, "seats": 1, "triggers": [Trigger.ROTATION], "reason": "现任者即将到龄。"}
    made: Selection = motion.open_selection(
        of.county.mandate, **of.by("jingban"), **values | given, departure=departure
    )
    return made


@pytest.fixture
def held() -> tuple[Course, Tenure]:
    """A post with one place that somebody holds; the unit has no other free one."""
    one = course()
    person = able(one.county, "周示免", one.post, at=one.at)
    return one, Tenure.objects.get(person=person)


def moved(one: Course, departure: Departure = Departure.RETIREMENT) -> Course:
    one.selection = open_motion(one, departure)
    one.done.add(Point.MOTION)
    return one


def signed_in(one: Course, username: str = "jingban", language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(one.county[username])
    return client


@pytest.mark.covers("MOT-02", refused=True)
def test_a_held_post_is_moved_for_only_with_a_word_on_its_holder(held: tuple[Course, Tenure]) -> None:
    one, _tenure = held
    with pytest.raises(Refused) as refusal:
        open_motion(one, None)
    assert {"departure"} <= {row.field for row in refusal.value.unmet}
    assert not Selection.objects.exists()
    made = open_motion(one, Departure.RETIREMENT)
    assert made.departure == Departure.RETIREMENT
    motion.approve_motion(made, **one.by("shuji"), opinion="同意。")


@pytest.mark.covers("POS-03", refused=True)
def test_one_place_is_not_promised_twice_and_takes_none_of_the_others(held: tuple[Course, Tenure]) -> None:
    one, _tenure = held
    moved(one)
    assert promised(one.unit, one.post.grade).seats == 0  # the holder is counted already
    with pytest.raises(Refused) as refusal:
        open_motion(one, Departure.TRANSFER)
    assert [row.rule for row in refusal.value.unmet] == ["post.quota"]
    keeping.set_quota(one.unit, **one.by("jingban"), grade=one.post.grade, approved=2)
    other = keeping.add_post(
        one.unit, **one.by("jingban"), values={"title": "总编辑", "grade": one.post.grade, "seats": 1}
    )
    made = open_motion(one, None, post=other)
    assert promised(one.unit, one.post.grade).seats == 1
    motion.approve_motion(made, **one.by("shuji"), opinion="同意。")


@pytest.mark.covers("DEL-06", refused=True)
def test_nobody_takes_office_while_the_holder_stays(held: tuple[Course, Tenure]) -> None:
    one, tenure = held
    moved(one).go_to(Point.CLEARED)
    with pytest.raises(Refused) as refusal:
        one.appoint()
    assert len(refusal.value.unmet) == 2  # the holder, and with him the number of posts
    assert one.appointment.state == AppointmentState.CLEARED
    tenure.refresh_from_db()
    assert tenure.until_on is None
    keeping.correct_tenure(
        tenure.person, **one.by("jingban"), tenure=tenure, values={"until_on": one.day}, reason="到龄退休。"
    )
    one.appoint()
    assert list(Tenure.objects.held(one.day).filter(post=one.post).values_list("person", flat=True)) == [
        one.appointment.person_id
    ]


def test_the_decision_that_appoints_removes_the_holder(held: tuple[Course, Tenure]) -> None:
    one, tenure = held
    moved(one, Departure.REMOVAL).go_to(Point.DISCUSSED)
    removal.propose_removals(one.selection, **one.by("jingban"), tenures=[tenure], reason="到龄免职。")
    one.go_to(Point.APPOINTED)
    tenure.refresh_from_db()
    assert tenure.until_on == one.day


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_posts_stand_apart_and_the_pages_tell_the_holder(held: tuple[Course, Tenure], language: str) -> None:
    one, tenure = held
    client = signed_in(one, language=language)
    address = act_url(Act.OPEN_SELECTION, one.county.mandate)
    form = client.get(address).context["form"]
    groups = {str(unit): [str(label) for _key, label in posts] for unit, posts in form.fields["post"].choices[1:]}
    (apart,) = [labels for unit, labels in groups.items() if "县融媒体中心" in unit]
    assert "周示免" in apart[0]
    sent: dict[str, Any] = {"post": one.post.pk, "seats": 1, "triggers": [Trigger.ROTATION], "reason": "即将到龄。"}
    refused = client.post(address, sent | {"token": "t" * 32})
    assert refused.status_code == 422
    assert refused.context["form"].errors["departure"]
    done = client.post(address, sent | {"token": "u" * 32, "departure": Departure.RETIREMENT})
    assert done.status_code == 302
    one.selection = Selection.objects.get()
    one.done.add(Point.MOTION)
    assert "周示免" in client.get(one.selection.get_absolute_url()).content.decode()
    one.go_to(Point.DISCUSSED)
    page = f"/office/meetings/{one.meeting.pk}/"
    assert "周示免" in client.get(page).content.decode()
    removal.propose_removals(one.selection, **one.by("jingban"), tenures=[tenure], reason="到龄免职。")
    assert client.get(page).context["items"][0]["holders"] == []
