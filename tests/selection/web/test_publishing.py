"""Publishing a notice by rules that a body has of its own (任前公示的发布)."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from selection import clock
from selection.documents import contexts, filing
from selection.enums import Act, AppointmentState, Paper
from selection.models import Appointment, Document
from selection.register.models import Person
from selection.web.acts import act_url
from tests.factories import Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.bodies import body
from tests.selection.web.standing import fill_in, scan, signed_in


def turn_to(course: Course, settings: Any) -> None:
    """Set the site's clock to the day after that of the course."""
    days = (course.day - clock.today()).days
    settings.CLOCK_FILE.write_text(f"{days + 1}\n")


@pytest.mark.covers("NOT-04")
@pytest.mark.django_db
def test_a_change_of_post_that_nobody_wants_made_public_is_published_nowhere(tmp_path: Path, settings: Any) -> None:
    """From a post of the same rank, and to no key post."""
    settings.CLOCK_FILE = tmp_path / "clock"
    only = {"notice__changes": '["promotion", "to_leading", "lateral_to_key"]'}
    course = run_to(Point.DECIDED, rulebook=body(settings, tmp_path, "lateral", **only))
    turn_to(course, settings)
    candidacy, client = course.candidacy(0), signed_in(course, "jingban")
    url = act_url(Act.PUBLISH_NOTICE, candidacy)
    assert "属于应当公示的情形：提拔任用" in client.get(url).content.decode()
    Person.objects.filter(pk=candidacy.person_id).update(grade=course.post.grade)
    assert "不勾选公示方式即不予公示" in client.get(url).content.decode()
    assert fill_in(client, url, channels=[], phone="").status_code == 302
    made = Appointment.objects.get(candidacy=candidacy)
    assert (made.notice_channels, Document.objects.filter(kind=Paper.NOTICE).count()) == ([], 0)
    shown = LintingClient().get(f"/notices/{made.notice_slug}/").content.decode()
    assert "林示甲" not in shown
    assert "林示甲" not in LintingClient().get("/notices/").content.decode()
    assert fill_in(client, act_url(Act.CLOSE_NOTICE, made)).status_code == 302
    assert Appointment.objects.get(pk=made.pk).state == AppointmentState.CLEARED


@pytest.mark.slow
@pytest.mark.covers("NOT-10", refused=True)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_notice_tells_what_the_city_adds_and_shows_the_photograph_while_it_runs(
    language: str, tmp_path: Path, settings: Any
) -> None:
    settings.CLOCK_FILE = tmp_path / "clock"
    course = run_to(Point.DECIDED, rulebook="jinchang")
    turn_to(course, settings)
    client, url = signed_in(course, "jingban", language), act_url(Act.PUBLISH_NOTICE, course.candidacy(0))
    told = {"phone": "0000-12380", "achievements": "主持全县融媒体改革。", "rewards": "2024年记三等功。"}
    assert set(fill_in(client, url, **told).context["form"].errors) == {"photo"}
    wrong = fill_in(client, url, **told, photo=scan("照片.pdf"))
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"photo"})
    picture = SimpleUploadedFile("照片.png", filing.read(course.photo.sha256))
    lacking = fill_in(client, url, **told | {"rewards": ""}, photo=picture)
    assert set(lacking.context["form"].errors) == {"rewards"}
    picture.seek(0)
    assert fill_in(client, url, **told, photo=picture).status_code == 302
    course.appointment = Appointment.objects.get(candidacy=course.candidacy(0))
    address = f"/notices/{course.appointment.notice_slug}/"
    shown = LintingClient().get(f"{address}?language={language}").content.decode()
    for said in ("主持全县融媒体改革。", "2024年记三等功。", "今　县委办公室副主任", f"{address}photo/"):
        assert said in shown
    photo = LintingClient().get(f"{address}photo/")
    assert (photo.status_code, photo["Content-Type"]) == (200, "image/png")
    assert photo.content == filing.read(course.photo.sha256)
    with translation.override("zh-hans"):
        paper = contexts.notice(course.now().case(), course.appointment)
    assert paper["photo"].startswith("data:image/png;base64,")
    assert [lines for _heading, lines in paper["sections"]][1:] == [["主持全县融媒体改革。"], ["2024年记三等功。"]]
    course.at = course.appointment.notice_ends_at
    turn_to(course, settings)
    assert LintingClient().get(f"{address}photo/").status_code == 404
