"""What an act does around itself: permission, hiding, one entry, refusals on file, replays, waivers (办理)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test import TestCase

from audit import reading
from selection import acts, clock
from selection.enums import Act, DeadlineKind, Matter, NominationSource, Part, RecommendationOutcome, Role, Stage
from selection.models import Account, Candidacy, Deadline, ImportantMatter, Nomination, Selection
from selection.stages import charge, motion, nomination, recommendation, way_back
from tests import factories
from tests.factories import Point, run_to
from tests.selection.beside import beside_an_entry

NAMES = {"person", "reason", "source"}


def entries(stream: str) -> list[str]:
    return [entry.action for entry in reading.entries(stream=stream)]


@pytest.mark.django_db
class TestPerforming(TestCase):
    """A selection just come to nomination."""

    databases = {"default", "box"}
    course: factories.Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.NOMINATION)

    @property
    def stream(self) -> str:
        return f"selection:{self.course.selection.pk}"

    def nominate(self, **given: Any) -> Candidacy:
        values = {"person": self.course.people[0], "source": NominationSource.DEPARTMENT, "reason": "符合条件"}
        values |= {"discipline": True}
        made: Candidacy = nomination.nominate_candidate(self.course.now(), **self.course.by("jingban") | values | given)
        return made

    def test_one_act_one_entry_with_its_text_as_a_commitment(self) -> None:
        before = entries(self.stream)
        self.nominate(reason="一段只应以摘要进入记录的文字")
        assert entries(self.stream) == [*before, "nominate_candidate"]
        last = reading.entries(stream=self.stream, newest_first=True)[0]
        assert (last.actor["name"], last.actor["role"], last.case) == ("jingban", "staff", self.stream)
        assert "一段只应" not in str(last.body)
        assert last.opened["reason"] == "一段只应以摘要进入记录的文字"

    @pytest.mark.covers("NOM-05", refused=True)
    def test_refused_attempt_is_on_file_in_access_and_not_with_the_selection(self) -> None:
        self.nominate()
        self.nominate(person=self.course.people[1])
        before = entries(self.stream)
        with pytest.raises(acts.Refused) as refusal:
            nomination.open_recommendation(self.course.now(), **self.course.by("jingban"))
        assert [(one.observed, one.required, one.citation.label) for one in refusal.value.unmet if one.citation] == [
            (2, 3, "附件1 第六条（一）"),
            (["尚未通过：林示乙", "尚未通过：林示甲"], "全部", "附件1 第三条"),
        ]
        assert self.course.now().stage == Stage.NOMINATION
        assert entries(self.stream) == before
        last = reading.entries(stream="access", newest_first=True)[0]
        assert (last.action, last.case, last.data["kind"]) == ("open_recommendation", self.stream, "refused")
        assert last.data["unmet"][0] == {
            "key": "nomination.list_ratio",
            "rule": "县领导干部初始提名办法（试行） 第六条（一）",
            "observed": 2,
        }
        assert [row["key"] for row in last.data["unmet"]] == ["nomination.list_ratio", "qualification.basic"]

    def test_refused_act_leaves_nothing_behind(self) -> None:
        with pytest.raises(acts.Refused):
            self.nominate(reason=" ")
        assert not Candidacy.objects.exists()
        assert not Nomination.objects.exists()

    def test_same_form_twice_is_a_conflict_and_doubles_nothing(self) -> None:
        self.nominate(token="form-1")
        before = entries(self.stream)
        for person in self.course.people[:2]:
            with pytest.raises(acts.Conflict):
                self.nominate(token="form-1", person=person)
        assert Candidacy.objects.count() == 1
        assert entries(self.stream) == before

    def test_refused_form_can_be_sent_again_once_it_is_right(self) -> None:
        with pytest.raises(acts.Refused):
            self.nominate(token="form-2", reason="")
        self.nominate(token="form-2")
        assert Candidacy.objects.count() == 1

    def test_who_was_too_late_is_told_so_and_who_is_wrong_is_told_why(self) -> None:
        stale = Selection.objects.get(pk=self.course.selection.pk)
        way_back.suspend_selection(self.course.now(), **self.course.by("buzhang"), reason="另有安排")
        with pytest.raises(acts.Conflict):
            way_back.suspend_selection(stale, **self.course.by("buzhang"), reason="另有安排")
        with pytest.raises(acts.Refused):
            way_back.suspend_selection(self.course.now(), **self.course.by("buzhang"), reason="另有安排")
        assert entries(self.stream)[-1] == "suspend_selection"
        assert entries(self.stream).count("suspend_selection") == 1

    def test_wrong_role_is_not_permitted_and_hears_nothing_of_the_requirements(self) -> None:
        before = entries("access")
        for username in ("shuji", "jipiao1", "kaocha1", "lingdao", "jiwei", "jiandu", "changwei1", "guanli"):
            with pytest.raises(acts.NotPermitted) as error:
                nomination.nominate_candidate(
                    self.course.now(),
                    **self.course.by(username),
                    person=self.course.people[0],
                    source=NominationSource.DEPARTMENT,
                    reason="",
                )
            assert not error.value.hidden
        assert entries("access") == before

    def test_superuser_closed_account_and_ended_role_do_nothing(self) -> None:
        with beside_an_entry():
            Account.objects.filter(username="jingban").update(is_superuser=True)
        with pytest.raises(acts.NotPermitted):
            self.nominate()
        with beside_an_entry():
            Account.objects.filter(username="jingban").update(is_superuser=False, is_active=False)
        with pytest.raises(acts.NotPermitted):
            self.nominate()
        with beside_an_entry():
            Account.objects.filter(username="jingban").update(is_active=True)
        staff = self.course.county["jingban"].holdings.get(role=Role.STAFF)
        with pytest.raises(acts.NotPermitted):
            self.nominate(at=self.course.at - timedelta(days=30))
        staff.until_on = self.course.day
        with beside_an_entry():
            staff.save()
        self.nominate()
        self.course.at += factories.DAY
        with pytest.raises(acts.NotPermitted):
            self.nominate(person=self.course.people[1])

    def test_recused_person_and_candidate_must_not_know_that_it_exists(self) -> None:
        account = self.course.county["jingban2"]
        official = factories.person(self.course.county, "钱示一")
        with beside_an_entry():
            Account.objects.filter(pk=account.pk).update(person=official)
        self.nominate(actor=self.course.county["jingban2"])
        charge.recuse_person(self.course.now(), **self.course.by("jingban"), person=official, reason="亲属关系")
        before = entries(self.stream)
        with pytest.raises(acts.NotPermitted) as error:
            self.nominate(actor=self.course.county["jingban2"], person=self.course.people[1])
        assert error.value.hidden
        assert not Selection.objects.visible_to(self.course.county["jingban2"]).exists()

        with beside_an_entry():
            Account.objects.filter(pk=account.pk).update(person=self.course.people[0])
        with pytest.raises(acts.NotPermitted) as error:
            self.nominate(actor=self.course.county["jingban2"], person=self.course.people[1])
        assert error.value.hidden
        assert not Selection.objects.visible_to(self.course.county["jingban2"]).exists()
        assert entries(self.stream) == before

    def test_recusal_takes_the_part_away(self) -> None:
        account = self.course.county["jipiao1"]
        official = factories.person(self.course.county, "钱示二")
        with beside_an_entry():
            Account.objects.filter(pk=account.pk).update(person=official)
        charge.recuse_person(self.course.now(), **self.course.by("jingban"), person=official, reason="亲属关系")
        assert not account.participations.filter(part=Part.TELLER, until_on__isnull=True).exists()

    def test_teller_of_another_selection_counts_nothing_here(self) -> None:
        self.course.go_to(Point.RECOMMENDATION)
        poll = self.course.hold(recommendation.RecommendationForm.MEETING)
        other = self.course.county.hold("jipiao3", Role.TELLER)
        with pytest.raises(acts.NotPermitted):
            self.course.count(poll, (40, 30, 20), by=other.username)
        self.course.count(poll, (40, 30, 20), by="jipiao1")

    @pytest.mark.covers("NOM-15")
    def test_feedback_is_due_five_working_days_after_the_review_and_ends_when_given(self) -> None:
        made = nomination.recommend_personally(
            self.course.now(),
            **self.course.by("lingdao"),
            person=self.course.people[0],
            reason="主持改革",
            signed=True,
            discipline=True,
        )
        assert not Deadline.objects.exists()
        given = {"outcome": RecommendationOutcome.DECLINED, "opinion": "资历不足"}
        nomination.review_recommendation(made, **self.course.by("jingban"), **given)
        (deadline,) = Deadline.objects.all()
        assert (deadline.kind, deadline.nomination) == (DeadlineKind.FEEDBACK_DUE, made)
        assert clock.last_day_before(deadline.due_at) == date(2026, 3, 9)
        nomination.feed_back_recommendation(self.course.fresh(made), **self.course.by("jingban"), feedback="未列入名单")
        assert [row.ended_at for row in Deadline.objects.all()] == [self.course.at]
        assert not Candidacy.objects.exists()

    def test_subject_that_is_gone_is_hidden(self) -> None:
        with pytest.raises(acts.NotPermitted) as error:
            motion.approve_motion(Selection(pk=987654), **self.course.by("shuji"))
        assert error.value.hidden

    def test_raw_jump_of_the_stage_is_refused_by_the_database(self) -> None:
        self.nominate()
        for table, column, state in (
            ("selection_selection", "stage", "decided"),
            ("selection_selection", "stage", "motion"),
            ("selection_candidacy", "state", "passed"),
        ):
            with (
                pytest.raises(IntegrityError, match="stage_edge"),
                acts.transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"UPDATE {table} SET {column} = %s", [state])
        with pytest.raises(IntegrityError, match="stage_edge"), acts.transaction.atomic():
            Selection.objects.filter(pk=self.course.selection.pk).update(stage=Stage.CLOSED.value + "x")
        assert self.course.now().stage == Stage.NOMINATION


@pytest.mark.django_db
class TestWaiving(TestCase):
    """A selection whose recommendation is counted; the third candidate has few votes."""

    databases = {"default", "box"}
    course: factories.Course

    @classmethod
    def setUpTestData(cls) -> None:
        cls.course = run_to(Point.COUNTED)

    def fix(self, **given: Any) -> None:
        course = self.course
        candidates = [course.candidacy(0), course.candidacy(2)]
        recommendation.open_inspection(
            course.now(), **course.by("buzhang") | {"candidates": candidates, "opinion": "同意"} | given
        )

    def place(self) -> int:
        """Where the requirement on few votes stands among the requirements."""
        course = self.course
        found = acts.requirements(
            Act.OPEN_INSPECTION,
            course.now().case(),
            **course.by("buzhang"),
            candidates=[course.candidacy(0), course.candidacy(2)],
            opinion="同意",
        )
        (place,) = [index for index, one in enumerate(found) if not one.met]
        assert (found[place].level, found[place].waived_by) == (acts.Level.WAIVABLE, Role.DEPARTMENT_HEAD)
        return place

    @pytest.mark.covers("REC-21", refused=True)
    def test_few_votes_without_a_reason_are_refused(self) -> None:
        for reasons in ({}, {self.place(): "  "}, {self.place() + 1: "岗位特殊"}):
            with pytest.raises(acts.Refused):
                self.fix(reasons=reasons)
        assert self.course.now().stage == Stage.RECOMMENDATION
        assert not ImportantMatter.objects.exists()

    @pytest.mark.covers("REC-21", "WPR-12", "WPR-13")
    def test_few_votes_with_a_reason_are_an_important_matter_by_itself(self) -> None:
        self.fix(low_votes_reason="岗位特殊，专业对口")
        assert self.course.now().stage == Stage.INSPECTION
        (matter,) = ImportantMatter.objects.all()
        assert (matter.kind, matter.candidacy, matter.cause, matter.by_itself) == (
            Matter.LOW_VOTES,
            self.course.candidacy(2),
            "岗位特殊，专业对口",
            True,
        )

    def test_waived_requirement_is_recorded_with_its_article_and_is_an_important_matter(self) -> None:
        place = self.place()
        self.fix(reasons={place: "经部长办公会研究，岗位特殊"})
        last = reading.entries(stream=f"selection:{self.course.selection.pk}", newest_first=True)[0]
        assert last.data["waived"] == ["本规则库自定参数 得票不高的口径"]
        assert last.opened[f"waived.{place}"] == "经部长办公会研究，岗位特殊"
        other = ImportantMatter.objects.get(kind=Matter.OTHER)
        assert other.result == "经部长办公会研究，岗位特殊"
        assert other.cause.startswith("自定参数 得票不高的口径")

    def test_a_stop_is_not_waived_by_any_reason(self) -> None:
        with pytest.raises(acts.Refused) as refusal:
            self.fix(candidates=[self.course.candidacy(0)], reasons=dict.fromkeys(range(20), "情况特殊"))
        assert [one.level for one in refusal.value.unmet] == [acts.Level.STOP]
