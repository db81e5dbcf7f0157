"""The pages of an item that only removes somebody from a post (免职议题)."""

from typing import Any

import pytest

from selection.enums import Act, Stage, Trigger
from selection.models import Removal, Selection
from selection.register.models import Tenure
from selection.stages import motion
from selection.web.acts import act_url
from tests.factories import Course, Point, able, course
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db(databases=["default", "box"])
LANGUAGES = ("zh-hans", "en")


def signed_in(one: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(one.county[username])
    return client


def pages_read_well(one: Course) -> dict[str, str]:
    """The page of the removal, the list and the meeting as staff see them in both languages; the Chinese ones."""
    found = {}
    addresses = {"page": one.selection.get_absolute_url(), "list": "/office/selections/", "desk": "/office/"}
    if "meeting" in one.__dict__:
        addresses["meeting"] = f"/office/meetings/{one.meeting.pk}/"
    for language in LANGUAGES:
        client = signed_in(one, "jingban", language)
        for name, address in addresses.items():
            page = client.get(address)
            assert page.status_code == 200, (name, language)
            if language == "zh-hans":
                found[name] = page.content.decode()
    return found


def test_a_removal_is_opened_followed_and_carried_out_on_its_pages() -> None:
    one = course()
    person = able(one.county, "周示免", one.post, at=one.at)
    tenure = Tenure.objects.get(person=person)
    staff = signed_in(one, "jingban")
    form = act_url(Act.OPEN_REMOVAL, one.county.mandate)
    assert form in staff.get("/office/selections/").content.decode()
    offered = staff.get(form).context["form"].fields
    assert tenure in offered["tenure"].rows.values()
    assert Trigger.VACANCY not in dict(offered["triggers"].choices)
    sent: dict[str, Any] = {"token": "t" * 32, "tenure": tenure.pk, "triggers": [Trigger.UNFIT], "reason": ""}
    assert staff.post(form, sent).status_code == 422
    made = staff.post(form, sent | {"reason": "年度考核认定为不胜任现职。"})
    one.selection = Selection.objects.get()
    assert made.headers["Location"] == one.selection.get_absolute_url()
    assert "免职事项：县融媒体中心主任" in pages_read_well(one)["page"]
    for language in LANGUAGES:
        assert signed_in(one, "shuji", language).get(act_url(Act.APPROVE_MOTION, one.selection)).status_code == 200
    motion.approve_motion(one.selection, **one.by("shuji"), opinion="同意。")
    pages_read_well(one)
    one.candidacies = list(one.selection.candidacies.all())
    one.done = set(list(Point)[: list(Point).index(Point.CONSULTED) + 1])
    one.meet()
    introduce = staff.get(act_url(Act.INTRODUCE_CANDIDATE, one.selection)).context["form"]
    assert not {"recommendation", "assessment"} & set(introduce.fields)
    there = pages_read_well(one)
    assert "免去：" in there["meeting"]
    assert "周示免：县融媒体中心主任" in there["meeting"]
    assert "拟免人员" in there["page"]
    assert ">拟任人选<" not in there["page"]
    assert act_url(Act.PROPOSE_REMOVALS, one.selection) not in there["meeting"] + there["page"]
    one.introduce(one.candidacy(0))
    for seat in sorted(one.members(), key=lambda seat: seat.is_chief):
        one.speak(one.candidacy(0), seat)
    one.prepare_ballot()
    one.open_ballot()
    one.vote((9,))
    one.announce()
    removal = Removal.objects.get()
    carry_out = act_url(Act.REMOVE_HOLDER, removal)
    after = pages_read_well(one)
    assert carry_out in after["page"]
    assert [row["url"] for row in staff.get("/office/").context["waiting"]] == [carry_out]
    assert signed_in(one, "changwei1").get(carry_out).status_code == 403
    for language in LANGUAGES:
        page = signed_in(one, "jingban", language).get(carry_out)
        assert page.status_code == 200
        assert "周示免" in page.content.decode()
    done = {"token": "d" * 32, "document_number": "澄委干〔2026〕9号", "removed_on": str(one.day)}
    assert staff.post(carry_out, done).status_code == 302
    assert one.selection.stage == Stage.CLOSED
    pages_read_well(one)
    for language in LANGUAGES:
        auditor = signed_in(one, "jiandu", language)
        listed = auditor.get("/office/oversight/removals/")
        assert "周示免" in listed.content.decode()
        assert auditor.get("/office/oversight/equal-number/").context["page"].paginator.count == 0
        assert auditor.get(f"{one.selection.get_absolute_url()}record/").status_code == 200
