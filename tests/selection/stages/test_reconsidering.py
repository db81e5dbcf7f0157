"""A decision is reconsidered: who agrees, when, once; another meeting votes, what was announced stays (复议)."""

from datetime import date
from typing import Any

import pytest
from django.test import TestCase

from audit import reading
from selection import acts
from selection.enums import Act, AppointmentState, CandidacyState, Requester, RoundState, Stage
from selection.models import Bar, Document, Reconsideration, Round, RoundItem
from selection.rulebook.rules import Rules
from selection.stages import notice, way_back
from selection.stages.deliberation import ballot
from selection.web.acts import act_url
from tests.factories import DAY, SCAN, Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.stages import cases

REASON = "对票决结果有重大意见分歧"
AGREE = {"More than half of the members agree to it": "条例 第三十八条"}


def decided(stage: Stage = Stage.DECIDED) -> cases.Case:
    """The result is announced, the meeting closed, nothing published."""
    case = cases.with_round(cases.at(stage), RoundState.ANNOUNCED)
    case.meetings[0].closed_at = cases.NOW
    case.rounds[0].announced_at = cases.NOW
    states = [CandidacyState.PASSED, CandidacyState.NOT_PASSED]
    case.candidacies.clear()
    for pk, state in enumerate(states, 1):
        case.people[pk] = cases.person(pk)
        case.candidacies.append(cases.Candidacy(pk=pk, selection=case.selection, person=case.people[pk], state=state))
    case.round_items = [RoundItem(round=case.rounds[0], candidacy=row) for row in case.candidacies]
    return case


def refused(case: cases.Case, **given: Any) -> dict[str, str]:
    values: dict[str, Any] = {
        "requested_by": Requester.SUPERIOR,
        "consents": case.seats[:6],
        "candidates": case.candidacies,
        "reason": REASON,
        "evidence": SCAN,
    }
    return cases.refused(Act.RECONSIDER_DECISION, case, **values | given)


@pytest.mark.parametrize("stage", list(Stage))
def test_reconsider_at_the_committee_or_after_it(stage: Stage) -> None:
    case = decided()
    case.selection = cases.Selection(
        **{column.attname: getattr(case.selection, column.attname) for column in case.selection._meta.concrete_fields}
        | {"stage": stage}
    )
    allowed = stage in (Stage.DELIBERATION, Stage.DECIDED)
    closed = {"The selection is neither suspended nor closed": ""} if stage is Stage.CLOSED else {}
    assert refused(case) == ({} if allowed else {"The selection is at the right stage": ""} | closed)


@pytest.mark.parametrize(("agreeing", "enough"), [(0, False), (5, False), (6, True), (11, True)])
def test_more_than_half_of_all_members_agree(agreeing: int, enough: bool) -> None:
    case = decided()
    assert refused(case, consents=case.seats[:agreeing]) == ({} if enough else AGREE)


def test_a_recused_member_agrees_to_nothing_and_counts_among_the_members() -> None:
    case = decided()
    case.participations.append(cases.Participation(person=case.seats[0].person, part="recused", from_on=cases.TODAY))
    assert refused(case, consents=case.seats[:6]) == AGREE
    assert refused(case, consents=case.seats[:7]) == {}


def test_rules_that_do_not_know_of_it_do_not_allow_it() -> None:
    case = decided()
    content: dict[str, Any] = {**case.rules.content, "rules": dict(case.rules.content["rules"])}
    del content["rules"]["deliberation.reconsideration"]
    case.rules = Rules.load(content)
    assert refused(case) == {"The rules of the selection say who agrees to it": ""}


def test_reconsider_only_what_was_announced_last_at_a_closed_meeting() -> None:
    case = decided()
    case.meetings[0].closed_at = None
    assert refused(case) == {"The meeting that decided is closed, so that another one reconsiders": ""}
    case.meetings[0].closed_at = cases.NOW
    later = Round(pk=2, poll=case.rounds[0].poll, seq=2, state=RoundState.ANNOUNCED, announced_at=cases.NOW + DAY)
    case.rounds.append(later)
    assert refused(case) == {"It is the result announced last": ""}


@pytest.mark.parametrize("state", list(AppointmentState))
def test_reconsider_before_anything_is_published(state: AppointmentState) -> None:
    case = decided()
    case.appointments = cases.with_appointment(state).appointments
    live = state not in (AppointmentState.CANCELLED, AppointmentState.RELIEVED)
    says = {"Nothing of the decision is published: nobody is on notice or in office": ""}
    assert refused(case) == (says if live else {})


def test_reconsider_once_and_again_only_after_a_return() -> None:
    case = decided()
    case.reconsiderations = [Reconsideration(round_id=7, decided_at=cases.NOW)]
    assert refused(case) == {"The decision has not been reconsidered yet": ""}
    case.visits.append(cases.StageVisit(stage=Stage.INSPECTION, entered_at=cases.NOW + DAY, returned=True))
    assert refused(case) == {}


def test_reconsider_names_the_member_the_persons_the_reason_and_the_consent() -> None:
    case = decided()
    assert refused(case, requested_by=Requester.MEMBER) == {"The member who asks for it is named": ""}
    assert refused(case, requested_by=Requester.MEMBER, member=case.seats[3]) == {}
    assert refused(case, evidence=None) == {"The paper on which this rests is uploaded": "附件4 第六条"}
    assert refused(case, reason=" ") == {"The reason is written down": ""}
    whom = {"Those who are reconsidered were decided on in this ballot": ""}
    assert refused(case, candidates=[]) == whom
    assert refused(case, candidates=[cases.Candidacy(pk=9, person=cases.person(9))]) == whom
    case.bars.append(Bar(person_id=2, from_on=date(2026, 1, 1), until_on=date(2026, 12, 31)))
    assert refused(case) == {"Nobody on another ballot is barred from the post": "附件3 差额票决办法"}
    assert refused(case, candidates=case.candidacies[:1]) == {}


@pytest.mark.django_db
class TestReconsidered(TestCase):
    """One of two has passed; the meeting is closed and nothing is published."""

    databases = {"default", "box"}
    course: Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.DECIDED)

    def reconsider(self, **given: Any) -> Reconsideration:
        course = self.course
        values: dict[str, Any] = {
            "requested_by": Requester.MEMBER,
            "member": course.members()[4],
            "consents": course.members(6),
            "candidates": [course.candidacy(0), course.candidacy(1)],
            "reason": REASON,
            "evidence": SCAN,
        }
        made: Reconsideration = way_back.reconsider_decision(course.round, **course.by("jingban"), **values | given)
        return made

    @pytest.mark.covers("DEL-14")
    def test_another_meeting_votes_once_more_and_what_was_announced_stays(self) -> None:
        course = self.course
        first = course.round
        course.at += DAY
        made = self.reconsider()
        assert (made.consented, made.members, made.member) == (6, 11, course.members()[4])
        assert Document.objects.get(pk=made.document_id).sha256 == SCAN.sha256
        assert course.now().stage == Stage.DELIBERATION
        assert [course.candidacy(nth).state for nth in range(2)] == [CandidacyState.PROPOSED] * 2
        assert course.candidacy(1).ended_at is None
        with pytest.raises(acts.Refused):
            course.publish_notice()
        course.discuss(number="第2次")  # consultation was held already and is not asked for again
        course.ballot((3, 8))
        assert course.now().stage == Stage.DECIDED
        assert [course.candidacy(nth).state for nth in range(2)] == [CandidacyState.NOT_PASSED, CandidacyState.PASSED]
        assert course.round.poll_id != first.poll_id
        kept = list(RoundItem.objects.filter(round=first).order_by("pk").values_list("agree", "passed"))
        assert sorted(kept) == [(3, False), (8, True)]
        with pytest.raises(acts.Refused):
            self.reconsider()
        visits = course.now().visits.order_by("pk").values_list("stage", "returned", "reopened")
        assert list(visits)[-3:] == [
            ("decided", False, False),
            ("deliberation", False, True),
            ("decided", False, False),
        ]
        course.publish_notice(1)
        entry = reading.entries(stream=course.now().streams()[0], actions=["reconsider_decision"])[0]
        assert REASON not in entry.body
        assert [file["sha256"] for file in entry.files] == [SCAN.sha256]

    def test_a_failure_that_is_reconsidered_still_counts_towards_the_bar(self) -> None:
        course = self.course
        self.reconsider(candidates=[course.candidacy(1)])
        assert course.candidacy(0).state == CandidacyState.PASSED
        course.discuss(number="第2次")
        course.prepare_ballot()
        course.open_ballot()
        course.cast((3,))
        course.close_box()
        ballot.announce_result(course.round, **course.by("shuji"))
        assert Bar.objects.get().person == course.people[1]

    def test_reconsider_is_refused_once_the_notice_is_published_and_possible_when_it_was_cancelled(self) -> None:
        course = self.course
        course.publish_notice()
        with pytest.raises(acts.Refused):
            self.reconsider()
        notice.cancel_appointment(course.appointment, **course.by("buzhang"), reason="上级要求复议")
        self.reconsider(requested_by=Requester.SUPERIOR, member=None)
        assert course.now().stage == Stage.DELIBERATION

    def test_its_page_in_both_languages(self) -> None:
        course = self.course
        for language in ("en", "zh-hans"):
            client = LintingClient()
            client.force_login(course.county["jingban"])
            client.cookies["language"] = language
            html = client.get(course.now().get_absolute_url()).content.decode()
            url = act_url(Act.RECONSIDER_DECISION, course.round)
            assert url in html
            shown = client.get(url)
            offered = {str(course.candidacies[nth].pk) for nth in range(2)}
            assert set(shown.context["form"].fields["candidates"].rows) == offered
            assert client.post(url, {"token": "x" * 32, "requested_by": "superior"}).status_code == 422
