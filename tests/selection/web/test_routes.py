"""Routes of nomination on the pages, in the paper and to the public (提名方式页面)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from audit import reading
from selection import accounts, acts, clock
from selection.documents import contexts
from selection.enums import Act, ExceptionGround, NominationRoute, NominationSource, RecommendationForm
from selection.models import Body, Document, Nomination, Poll, Selection
from selection.register import keeping
from selection.register.models import Post
from selection.stages import nomination, recommendation
from selection.stages.deliberation.meeting import call_meeting
from selection.web.acts import act_url
from tests import factories
from tests.factories import SCAN, Course, Point
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import fill_in, signed_in, words

pytestmark = pytest.mark.django_db(databases=["default", "box"])
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


def for_deputy(**given: Any) -> Course:
    """A selection for a post that is no chief's."""
    course = factories.course(**given)
    values = {"title": "副主任", "grade": "township_chief", "seats": 1}
    post = keeping.add_post(course.unit, actor=course.county["jingban"], at=course.at, values=values)
    return course.again(Post.objects.get(pk=post.pk), at=course.at).go_to(Point.NOMINATION)


def page(course: Course, username: str = "jingban", part: str = "", language: str = "zh-hans") -> str:
    address = f"/office/selections/{course.selection.number}/{part}"
    answer = signed_in(course, username, language).get(address)
    assert answer.status_code == 200
    return words(answer)


@LANGUAGES
@pytest.mark.covers("NOM-02", "NOM-16")
def test_the_discipline_stands_word_for_word_above_the_button(language: str) -> None:
    course = factories.run_to(Point.NOMINATION)
    quote = course.selection.rules["nomination.discipline"].citation.quote
    assert "不得凭个人好恶" in quote
    principles = course.selection.rules["nomination.principles"].citation.quote
    assert "德才兼备、以德为先" in principles
    for username, act in (("jingban", Act.NOMINATE_CANDIDATE), ("lingdao", Act.RECOMMEND_PERSONALLY)):
        shown = words(signed_in(course, username, language).get(act_url(act, course.selection)))
        assert quote in shown
        assert principles in shown
    course.nominate(course.person(0))
    assert Nomination.objects.get().discipline_read


@pytest.mark.covers("NOM-21")
def test_how_many_nominated_is_told_by_who_they_are() -> None:
    course = factories.run_to(Point.NOMINATION)
    assert "提名人数" not in page(course)
    for nth in range(2):
        course.nominate(course.person(nth))
    given = {"person": course.person(2), "reason": "德才兼备。", "signed": True, "discipline": True}
    nomination.recommend_personally(course.selection, **course.by("lingdao"), **given)
    shown = page(course)
    assert "组织部门1人" in shown
    assert "领导干部个人1人" in shown


@pytest.mark.covers("NOM-07", "REC-19")
@LANGUAGES
def test_the_urgent_route_from_the_list_to_the_persons_fixed(language: str) -> None:
    """Chosen with its reason, three names, counted by two tellers, side by side, flagged, printed."""
    course = factories.run_to(Point.NOMINATION)
    course.choose(NominationRoute.URGENT, "防汛期间急需配备。")
    course.candidacies = [course.nominate(person) for person in course.people]
    course.review()
    poll = course.hold(RecommendationForm.WRITTEN, due=54)
    for teller in ("jipiao1", "jipiao2"):
        course.count(poll, (33, 20, 6), by=teller)
    recommendation.confirm_tally(poll, **course.by("jingban"), evidence=SCAN)
    course.done.add(Point.LISTED)
    course.go_to(Point.RECOMMENDATION)
    shown = signed_in(course, "buzhang", language).get(act_url(Act.OPEN_INSPECTION, course.selection))
    beside = {row["name"]: row["cells"] for row in shown.context["form"].side_by_side()["rows"]}
    assert [cell["votes"] for cell in beside[course.people[0].name]] == [None, None, (33, 50)]
    for form in (RecommendationForm.MEETING, RecommendationForm.TALK):
        other = course.hold(form)
        for teller in ("jipiao1", "jipiao2"):
            course.count(other, (40, 36, 32), by=teller)
        recommendation.confirm_tally(other, **course.by("jingban"), evidence=SCAN)
    course.open_inspection()
    assert "防汛期间急需配备。" in page(course, language=language)
    flagged = words(signed_in(course, "jiandu", language).get("/office/oversight/routes/"))
    assert ("闭会急需" if language == "zh-hans" else "Urgent need") in flagged
    assert course.selection.number in flagged
    translation.activate("zh-hans")
    form = contexts.record_form(course.selection.case(), course.selection.case().candidacies, at=course.at)
    first = next(one for one in form["forms"] if one["name"] == course.people[0].name)
    told = "".join(f"{line.label}：{line.text}" for one in first["procedures"] for line in one.lines)
    assert "闭会期间急需任用：全委会成员书面差额推荐；闭会急需；理由：防汛期间急需配备" in told
    assert "书面差额推荐：" in told
    assert "得推荐票33票，得票排名第1" in told


@pytest.mark.covers("NOM-08", refused=True)
def test_the_special_route_keeps_the_day_of_the_proposal() -> None:
    course = factories.run_to(Point.NOMINATION)
    course.choose(NominationRoute.SPECIAL, "机构合并，情况特殊。")
    course.at += factories.DAY
    early = {"source": NominationSource.STANDING_COMMITTEE, "proposed_on": course.day - factories.DAY}
    course.hold(RecommendationForm.OPINION, due=54)
    with pytest.raises(acts.Refused) as refusal:
        course.nominate(course.person(0), **early)
    assert [one.citation.label for one in refusal.value.unmet if one.citation] == ["附件1 第六条（三）"]
    course.nominate(course.person(0), **early | {"proposed_on": course.day})
    assert Nomination.objects.get().proposed_on == course.day
    assert Poll.objects.get().form == RecommendationForm.OPINION
    assert "征求全委会成员意见" in page(course)


@LANGUAGES
@pytest.mark.covers("NOM-04")
def test_the_number_due_is_counted_from_the_seats_of_the_plenary_committee(language: str) -> None:
    """Typed with the roll while no seats are on record; afterwards counted, and the seats stand in the entry."""
    course = factories.run_to(Point.LISTED)
    url = act_url(Act.HOLD_RECOMMENDATION, course.selection, form="plenum")
    client = signed_in(course, "jingban", language)
    says = "没有登记全委会的席位" if language == "zh-hans" else "No seats of the plenary committee are on record"
    assert says in words(client.get(url))
    sent = {"form": "plenum", "held_on": course.day, "scope": "县委全委会成员", "due_count": 35, "present_count": 12}
    refused = fill_in(client, url, **sent)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["evidence"]
    county, opened = course.county, signed_in(course, "guanli", language)
    where = reverse("accounts")
    assert act_url(Act.ADD_PLENUM, county.mandate) in words(opened.get(where))
    assert fill_in(opened, act_url(Act.ADD_PLENUM, county.mandate)).status_code == 302
    assert act_url(Act.ADD_PLENUM, county.mandate) not in words(opened.get(where))
    plenum = Body.objects.get(kind="plenum")
    members = [seat.person for seat in county.seats] + course.people
    by = {"actor": county["guanli"], "at": course.at, "duty": "member", "from_on": course.day}
    for rank, person in enumerate(members, 1):
        accounts.seat_member(plenum, **by, person=person, rank=rank)
    shown = words(client.get(url))
    assert says not in shown
    assert ("今天为14人" if language == "zh-hans" else "14 today") in shown
    assert list(fill_in(client, url, **sent).context["form"].errors) == ["due_count"]
    assert fill_in(client, url, **sent | {"due_count": ""}).status_code == 302
    assert Poll.objects.get().due_count == 14
    entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
    assert entry.data["facts"]["due"] == 14
    assert [pk for _kind, pk in entry.data["facts"]["roll"]] == [str(seat.pk) for seat in plenum.seats.order_by("rank")]


def test_nobody_calls_a_meeting_of_the_plenary_committee_or_votes_in_it() -> None:
    course = factories.run_to(Point.NOMINATION)
    plenum = accounts.add_plenum(course.county.mandate, **course.by("guanli"))
    with pytest.raises(acts.NotPermitted):
        call_meeting(plenum, **course.by("jingban"), number="第1次", held_on=course.day, place="礼堂")
    with pytest.raises(acts.NotPermitted):
        accounts.seat_member(
            plenum, **course.by("jingban"), person=course.people[0], duty="member", rank=1, from_on=course.day
        )
    with pytest.raises(acts.Conflict):
        accounts.add_plenum(course.county.mandate, **course.by("guanli"))


@pytest.mark.covers("NOM-09", "NOM-10", "NOM-12", "NOM-13", "NOM-14", "NOM-15")
def test_each_of_the_others_has_a_route_of_his_own() -> None:
    course = for_deputy()
    first, second, third = course.people
    client = signed_in(course, "jingban")
    url = act_url(Act.NOMINATE_CANDIDATE, course.selection)
    text = words(client.get(url))
    assert "竞争性选拔的公告、考试和面试在本系统之外进行" in text
    assert "全委会成员书面差额推荐" not in text
    sent = {"token": "n1", "person": first.name, "source": "department", "reason": "岗位涉密。", "discipline": "on"}
    sent |= {"proposed_on": course.day.isoformat(), "route": "exception"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "附件1 第七条（六）" in words(refused)
    unshown = client.post(url, sent | {"token": "n1b", "route": "competition"})
    assert unshown.status_code == 422
    assert "附件1 第七条（五）" in words(unshown)
    assert "竞争性选拔结果材料" in words(unshown)
    assert client.post(url, sent | {"token": "n2", "ground": "speciality"}).status_code == 302
    course.nominate(second, route=NominationRoute.OUTSTANDING, evidence=SCAN)
    assert Nomination.objects.get(person=second).evidence == Document.objects.get(name=SCAN.name)
    mine = nomination.recommend_personally(
        course.selection, **course.by("lingdao"), person=third, reason="实绩突出。", signed=True, discipline=True
    )
    nomination.review_recommendation(mine, **course.by("jingban"), outcome="accepted", opinion="符合条件。")
    shown = page(course)
    for label in (NominationRoute.EXCEPTION, NominationRoute.OUTSTANDING, NominationRoute.PERSONAL):
        assert str(label.label) in shown
    flagged = words(signed_in(course, "jiandu").get("/office/oversight/routes/"))
    assert first.name in flagged
    assert second.name in flagged
    assert third.name not in flagged
    assert "例外提名" in flagged
    assert "直接提名" in flagged


@pytest.mark.covers("NOM-14", refused=True)
def test_who_was_nominated_in_confidence_is_shown_to_nobody_outside() -> None:
    course = factories.run_to(Point.NOTICE, at=clock.now() - timedelta(days=9))
    row = Nomination.objects.filter(candidacy=course.candidacies[0].pk)
    address = f"/notices/{course.appointment.notice_slug}/"
    client = signed_in(course, "jingban")
    client.logout()
    name = course.people[0].name
    assert name in words(client.get("/notices/"))
    with beside_an_entry(course.selection):
        row.update(ground=ExceptionGround.STATE_SECRET, route=NominationRoute.EXCEPTION)
    assert name not in words(client.get("/notices/"))
    for where in (address, f"{address}objection/"):
        answer = client.get(where)
        assert answer.status_code == 404
        assert name not in words(answer)
    assert address not in page(course)
    case = Selection.objects.whole(course.selection.pk)
    paper = contexts.notice(case, course.appointment)
    assert (paper["page"], paper["code"]) == ("", "")
    case.subject = next(one for one in case.candidacies if one.pk == course.candidacies[0].pk)
    case.appointments = []
    asked: dict[str, Any] = {"phone": "0000-12380", "channels": ["page", "poster"]}
    unmet = [
        one.citation.label
        for one in acts.requirements(Act.PUBLISH_NOTICE, case, actor=course.county["jingban"], at=course.at, **asked)
        if not one.met and one.citation
    ]
    assert unmet == ["附件1 第七条（六）"]
