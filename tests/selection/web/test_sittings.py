"""Two rounds of nomination by ballot on their pages: forms, sitting, public list (两轮推荐提名页面)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection import clock
from selection.enums import Act
from selection.models import SittingItem
from selection.register import keeping
from selection.register.models import Person
from selection.stages import charge, motion, sitting, way_back
from selection.web.acts import act_url
from selection.web.selections import tab_url
from tests import factories
from tests.factories import SCAN, Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.web.standing import fill_in, scan, signed_in

LANGUAGES = ("zh-hans", "en")
DAY = timedelta(days=1)


def city(people: int = 6) -> Course:
    """A post of the city that nominates in rounds, with so many who may be named."""
    course = run_to(Point.NOMINATION, rulebook="kunming")
    more = "甲乙丙丁戊己庚辛"[: people - len(course.people)]
    course.people += [factories.person(course.county, f"何示{n}", at=course.at) for n in more]
    return course


def send(course: Course, act: Act, subject: Any, by: str = "jingban", **given: Any) -> Any:
    return fill_in(signed_in(course, by), act_url(act, subject), **given)


def roll(due: int, present: int, groups: Any) -> dict[str, int]:
    return {f"{what}-{group}": number for group in groups for what, number in (("due", due), ("present", present))}


def lines(votes: Mapping[Person, int]) -> str:
    return "\n".join(f"{one.name} {number}" for one, number in votes.items())


@pytest.mark.covers("TRN-01", "TRN-03", "TRN-04", "TRN-05", "TRN-06", "TRN-07", "TRN-08", "TRN-10", refused=True)
@pytest.mark.covers("NOM-21")
@pytest.mark.django_db
def test_a_post_is_nominated_for_in_two_rounds_on_the_pages(client: Client) -> None:
    course = city()
    course.at += DAY
    mandate, people = course.county.mandate, course.people
    first = sitting.groups(course.selection.rules, 1)
    given = {"selections": [course.selection.pk], "round": 1, "held_on": course.day, "names_each": 1}
    too_many = send(course, Act.OPEN_SITTING, mandate, **given, **roll(52, 53, first))
    assert too_many.status_code == 422
    assert "实到不多于应到" in too_many.content.decode()
    opened = send(course, Act.OPEN_SITTING, mandate, **given, **roll(52, 51, first))
    assert opened.status_code == 302, opened.context["form"].errors
    item = SittingItem.objects.get()
    assert opened.url == reverse("sitting", args=[item.sitting_id])

    votes = dict(zip(people, (60, 50, 40, 30, 20, 20), strict=True))
    counted = {"issued": 255, "returned": 250, "valid": 240}
    unread = send(course, Act.ENTER_NAMES, item, "jipiao1", **counted, names="林示甲 六十")
    assert "第 1 行" in unread.content.decode()
    for teller in ("jipiao1", "jipiao2"):
        sent = send(course, Act.ENTER_NAMES, item, teller, **counted, names=lines(votes) + "\n何甲 3")
        assert sent.status_code == 302, sent.context["form"].errors
    assert send(course, Act.CONFIRM_NAMES, item, evidence=scan("计票.pdf")).status_code == 302
    page = signed_in(course, "jingban").get(act_url(Act.RESOLVE_NAMES, item))
    shown = {row["words"]: row["field"] for row in page.context["form"].rows()}
    assert shown["何甲"].initial == ""
    assert shown[people[0].name].initial.startswith(people[0].name)
    typed = {field.html_name: field.initial for field in shown.values()}
    wrong = send(course, Act.RESOLVE_NAMES, item, **typed | {shown["何甲"].html_name: "何无人"})
    assert wrong.status_code == 422
    assert send(course, Act.RESOLVE_NAMES, item, **typed | {shown["何甲"].html_name: "何示甲"}).status_code == 302
    tie = {"decision": "部务会研究决定。", "decided_on": course.day, "evidence": scan("会议纪要.pdf")}
    # 何示甲 stands fourth with 33 now; the last two are tied for the last place
    settled = send(course, Act.SETTLE_NAMES, item)
    assert settled.status_code == 422
    assert "末位同票已作出处理决定" in settled.content.decode()
    assert send(course, Act.DECIDE_TIE, item, taken=[people[5].pk], **tie).status_code == 302
    assert send(course, Act.SETTLE_NAMES, item).status_code == 302
    public = reverse("notices")
    assert people[5].name not in client.get(public).content.decode()
    assert send(course, Act.PUBLISH_NAMES, item, published_on=clock.today()).status_code == 302
    signed = {"supervisor": "市纪委 陈示督", "signed_off_on": clock.today()}
    assert send(course, Act.SIGN_OFF_NAMES, item, **signed).status_code == 422  # an officer has it on paper
    assert send(course, Act.SIGN_OFF_NAMES, item, "jiandu", **signed).status_code == 302
    seen = client.get(public).content.decode()
    assert [one.name for one in people if one.name in seen] == [one.name for one in (*people[:4], people[5])]
    assert "60" not in seen

    second = sitting.groups(course.selection.rules, 2)
    again = {**given, "round": 2, "held_on": clock.today(), **roll(20, 18, second)}
    assert send(course, Act.OPEN_SITTING, mandate, **again).status_code == 302
    last = SittingItem.objects.latest("pk")
    form = signed_in(course, "jipiao1").get(act_url(Act.ENTER_NAMES, last)).context["form"]
    listed = [name for name in form.fields if name.startswith("votes-")]
    assert listed == [f"votes-{one.pk}" for one in (*people[:4], people[5])]
    marks = dict(zip(listed, (5, 40, 30, 20, 5), strict=True))
    for teller in ("jipiao1", "jipiao2"):
        sent = send(course, Act.ENTER_NAMES, last, teller, issued=108, returned=105, valid=100, **marks)
        assert sent.status_code == 302, sent.context["form"].errors
    assert send(course, Act.CONFIRM_NAMES, last, evidence=scan("计票.pdf")).status_code == 302
    assert send(course, Act.SETTLE_NAMES, last).status_code == 302
    case = course.now().case()
    assert [row.person for row in case.went_on(case.sat[-1])] == [people[1], people[2]]
    told = signed_in(course, "jingban").get(course.selection.get_absolute_url()).content.decode()
    assert "第1轮投票240人" in told
    assert "第2轮投票100人" in told


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_of_a_sitting_reads_well(language: str) -> None:
    course = city(7)

    def opens(username: str, act: Act, subject: Any, **first: Any) -> None:
        browser = LintingClient(headers={"accept-language": language})
        browser.force_login(course.county[username])
        assert browser.get(act_url(act, subject, **first)).status_code == 200, act
        assert browser.post(act_url(act, subject), {"token": ""}).status_code == 422, act
        assert browser.get(tab_url("candidates", course.selection.number)).status_code == 200
        if isinstance(subject, SittingItem):
            assert browser.get(reverse("sitting", args=[subject.sitting_id])).status_code == 200
        assert browser.get(reverse("notices"), {"language": language}).status_code == 200

    opens("jingban", Act.OPEN_SITTING, course.county.mandate, selection=course.selection.pk, round=1)
    item = course.sit().items.get()
    opens("jipiao1", Act.ENTER_NAMES, item)
    for username, names in (("jipiao1", "何示甲 5"), ("jipiao2", "何示甲 4")):
        sitting.enter_names(item, **course.by(username), issued=9, returned=9, valid=9, names=names)
    opens("jingban", Act.REJECT_NAMES, item)
    sitting.reject_names(item, **course.by("jingban"), reason="两份计票不一致。")
    names = "\n".join(f"{one.name} 5" for one in course.people) + "\n不识者 2"
    for username in ("jipiao1", "jipiao2"):
        sitting.enter_names(item, **course.by(username), issued=90, returned=90, valid=90, names=names)
    opens("jingban", Act.CONFIRM_NAMES, item)
    sitting.confirm_names(item, **course.by("jingban"), evidence=SCAN)
    opens("jingban", Act.RESOLVE_NAMES, item)
    by_name = {one.name: one for one in course.people}
    found = {str(row.pk): by_name.get(row.words) for row in item.names.all()}
    sitting.resolve_names(item, **course.by("jingban"), people=found)
    opens("jingban", Act.DECIDE_TIE, item)
    given = {"decision": "部务会决定。", "decided_on": course.day, "evidence": SCAN}
    sitting.decide_tie(course.fresh(item), **course.by("jingban"), taken=course.people[:5], **given)
    assert signed_in(course, "jingban").get(act_url(Act.SETTLE_NAMES, item)).status_code == 200
    sitting.settle_names(course.fresh(item), **course.by("jingban"))
    opens("jingban", Act.PUBLISH_NAMES, item)
    opens("jiandu", Act.SIGN_OFF_NAMES, item)
    course.publish_names(course.fresh(item))
    opens("jingban", Act.OPEN_SITTING, course.county.mandate, selection=course.selection.pk, round=2)
    second = course.sit(2).items.get()
    opens("jipiao1", Act.ENTER_NAMES, second)
    opens("buzhang", Act.ANNUL_NAMES, second)


@pytest.mark.covers("TRN-02", "TRN-04", "NOM-21")
@pytest.mark.django_db
@pytest.mark.parametrize("posts", [1, 11])
def test_a_sitting_shows_each_group_and_each_post_by_as_many_queries(posts: int) -> None:
    course = city(3)
    selections = [course.selection, *another(course, posts - 1)]
    held = course.sit(1, *selections)
    for item in held.items.all():
        course.count_names(item, dict(zip(course.people, (9, 8, 7), strict=True)))
    browser = signed_in(course, "jingban")
    browser.get(reverse("sitting", args=[held.pk]))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = browser.get(reverse("sitting", args=[held.pk]))
    assert len(page.context["rows"]) == posts
    assert [(row["due"], row["present"], row["part"]) for row in page.context["turnout"]] == [(52, 51, "98.1%")] * 5
    assert len(queries) == 12
    with CaptureQueriesContext(connection) as public:
        assert Client().get(reverse("notices")).status_code == 200
    assert len(public) <= 12


def another(course: Course, number: int) -> list[Any]:
    """So many other posts that are ready for the first round."""
    made = []
    for n in range(number):
        unit = factories.unit(course.county, f"第{n}示范中心", f"CX-9{n:03d}", at=course.at)
        by: dict[str, Any] = course.by("jingban")
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        values = {"title": "主任", "grade": "township_chief", "post_class": "chief", "seats": 1}
        other = course.again(keeping.add_post(unit, **by, values=values), at=course.at)
        other.go_to(Point.NOMINATION)
        made.append(other.selection)
    return made


@pytest.mark.django_db
def test_whoever_is_recused_or_not_of_it_sees_nothing_of_a_sitting() -> None:
    course = city(3)
    held = course.sit()
    address = reverse("sitting", args=[held.pk])
    assert signed_in(course, "jingban2").get(address).status_code == 200
    charge.declare_recusal(course.selection, **course.by("jingban2"), reason="本人亲属可能参选。")
    assert signed_in(course, "jingban2").get(address).status_code == 404
    assert signed_in(course, "kaocha1").get(address).status_code == 404
    assert signed_in(course, "jingban2").get(act_url(Act.OPEN_SITTING, course.county.mandate)).status_code == 200


@pytest.mark.django_db
def test_a_teller_sees_no_name_of_another_before_or_after() -> None:
    course = city(3)
    item = course.sit().items.get()
    sitting.enter_names(item, **course.by("jipiao1"), issued=9, returned=9, valid=9, names="林示秘 9")
    for username in ("jipiao2", "jingban", "buzhang"):
        for address in (reverse("sitting", args=[item.sitting_id]), tab_url("candidates", course.selection.number)):
            assert "林示秘" not in signed_in(course, username).get(address).content.decode()


@pytest.mark.django_db
def test_a_sitting_is_opened_for_the_posts_of_a_batch() -> None:
    course = factories.course(rulebook="kunming")
    opening = {"title": "市直正职", "grounds": "多个职位空缺。"}
    made = course.batch = motion.open_batch(course.county.mandate, **course.by("jingban"), **opening)
    course.go_to(Point.NOMINATION)
    course.batch = None
    [other] = another(course, 1)  # of no batch, and not chosen from the start
    officer, batch = signed_in(course, "jingban"), reverse("batch", args=[made.pk])
    first = officer.get(officer.get(batch).context["sitting_url"]).context["form"]
    assert first["selections"].value() == [str(course.selection.pk)]
    assert {int(key) for key, _label in first.fields["selections"].choices} == {course.selection.pk, other.pk}
    held = course.sit()
    assert (held.batch, held.items.get().selection) == (made, course.selection)
    page = officer.get(batch)
    assert reverse("sitting", args=[held.pk]) in page.content.decode()
    second = officer.get(page.context["sitting_url"])
    assert second.context["form"].fields["selections"].choices == []
    assert "目前没有职位待进行本轮推荐" in second.content.decode()


@pytest.mark.django_db
def test_a_desk_tells_what_a_sitting_waits_for() -> None:
    course = city(3)
    item = course.sit().items.get()
    entering, page = act_url(Act.ENTER_NAMES, item), reverse("sitting", args=[item.sitting_id])

    def desk(username: str) -> str:
        return str(signed_in(course, username).get(reverse("desk")).content.decode())

    assert entering in desk("jipiao1")
    assert page not in desk("jingban")
    for username in ("jipiao1", "jipiao2"):
        sitting.enter_names(item, **course.by(username), issued=9, returned=9, valid=9, names="何示甲 9")
        assert entering not in desk(username)
    assert page in desk("jingban")
    assert page in desk("jingban2")
    charge.declare_recusal(course.selection, **course.by("jingban2"), reason="本人亲属可能参选。")
    assert page not in desk("jingban2")


@pytest.mark.covers("TRN-06", "TRN-11", refused=True)
@pytest.mark.django_db
def test_the_public_list_ends_with_the_suspension_and_the_annulment(client: Client) -> None:
    course = city(3)
    item = course.sit().items.get()
    course.count_names(item, dict(zip(course.people, (9, 8, 7), strict=True)))
    course.publish_names(course.fresh(item))
    address = reverse("notices")
    assert course.people[0].name in client.get(address).content.decode()
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="核查反映。")
    assert course.people[0].name not in client.get(address).content.decode()
    way_back.resume_selection(course.selection, **course.by("buzhang"), reason="核查完毕。")
    assert course.people[0].name in client.get(address).content.decode()
    sitting.annul_names(course.fresh(item), **course.by("buzhang"), reason="名册有误。")
    assert course.people[0].name not in client.get(address).content.decode()
