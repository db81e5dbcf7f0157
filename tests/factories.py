"""Counties for tests (测试用县), made by founding one and performing acts, never by writing rows.

``county`` has an account for every role and a standing committee; each later state is reached by the acts that lead
there.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property, wraps
from typing import Any, Generic, TypeVar, cast

from django.db.models import Model
from PIL import Image

from selection import accounts, acts, clock
from selection.acts import Secret, Upload
from selection.ballots import box
from selection.documents import filing
from selection.enums import (
    AppraisalResult,
    CandidacyState,
    Check,
    Choice,
    Competition,
    ConsultationLevel,
    ConsultedBody,
    Duty,
    EducationKind,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    FileKind,
    Finding,
    FormalityItem,
    Grade,
    NamesKind,
    NominationRoute,
    NominationSource,
    Opinion,
    Origin,
    Part,
    PersonnelStatus,
    PlanOutcome,
    PostClass,
    RecommendationForm,
    RecommendationOutcome,
    ReviewStep,
    Role,
    Sex,
    Stage,
    TalkGroup,
    Trigger,
    UnitKind,
)
from selection.models import (
    Account,
    Appointment,
    Batch,
    Body,
    Candidacy,
    Inquiry,
    Mandate,
    Meeting,
    Nomination,
    Poll,
    Round,
    Seat,
    Selection,
    Sitting,
    SittingItem,
    TallySheet,
)
from selection.models.founding import Founded, found_county
from selection.models.route import BY_BALLOT, OF_THE_PLENUM
from selection.register import keeping
from selection.register.models import Organisation, Person, Post, Tenure
from selection.rulebook.rules import in_force
from selection.stages import (
    charge,
    formality,
    inspection,
    motion,
    nomination,
    notice,
    planning,
    probation,
    recommendation,
    review,
    sitting,
)
from selection.stages.deliberation import ballot, consultation, material, meeting, scrutiny
from selection.standing import consulted_one_by_one, formalities_before, review_asked
from tests.kept import kept

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""
BEGUN = clock.now()
"""When this run began: a state that begins now is one and the same for all tests of the run, so that it is kept."""
PASSWORD = "yanshi-2026"
RULEBOOK = "credibility-county"

#: User name → role and department, for everybody who has no seat.
OFFICERS = {
    "jingban": (Role.STAFF, "县委组织部"),
    "jingban2": (Role.STAFF, "县委组织部"),
    "jipiao1": (Role.TELLER, "县委组织部"),
    "jipiao2": (Role.TELLER, "县纪委监委"),
    "jianpiao1": (Role.SCRUTINEER, "县纪委监委"),
    "jianpiao2": (Role.SCRUTINEER, "县委组织部"),
    "kaocha1": (Role.INSPECTOR, "县委组织部"),
    "kaocha2": (Role.INSPECTOR, "县纪委监委"),
    "lingdao": (Role.LEADER, "县政府"),
    "jiwei": (Role.REVIEWER, "县纪委监委"),
    "jisheng": (Role.REVIEWER, "县计划生育局"),
    "jiandu": (Role.AUDITOR, "县委组织部"),
}
SCRUTINEERS = ("jianpiao1", "jianpiao2")
#: Duty of the seat → user name and role; the other members are changwei1, changwei2, …
LEADERS = {
    Duty.SECRETARY: ("shuji", Role.SECRETARY),
    Duty.ORGANISATION: ("buzhang", Role.DEPARTMENT_HEAD),
}
DUTIES = [Duty.SECRETARY, Duty.DEPUTY_SECRETARY, Duty.DEPUTY_SECRETARY, Duty.ORGANISATION, Duty.DISCIPLINE]


@dataclass
class County:
    """A founded county; ``county["jingban"]`` is an account, read anew so that it knows its roles of today."""

    founded: Founded
    seats: list[Seat] = field(default_factory=list)

    def __getitem__(self, username: str) -> Account:
        return Account.objects.select_related("person").get(username=username)

    @property
    def mandate(self) -> Mandate:
        return self.founded.mandate

    @property
    def body(self) -> Body:
        return self.founded.body

    @property
    def organisation(self) -> Organisation:
        return self.founded.organisation

    @property
    def department(self) -> Organisation:
        return self.founded.department

    @property
    def administrator(self) -> Account:
        """The first administrator, who knows what roles he had when first asked; ``county["guanli"]`` reads anew."""
        return self.founded.administrator

    @cached_property
    def registrar(self) -> Account:
        """The officer who keeps the register, likewise."""
        return self["jingban"]

    def hold(self, username: str, *held: Role, at: datetime = AT, **account: Any) -> Account:
        """A new account with these roles from the day of ``at`` on."""
        values = {"name": username, "password": Secret(PASSWORD), **account}
        made = accounts.create_account(self.mandate, actor=self.administrator, at=at, username=username, **values)
        for role in held:
            grant(self, username, role, at=at)
        return self[made.username]


@kept
def county(at: datetime = AT, *, members: int = 11, rulebook: str = RULEBOOK) -> County:
    """A county with an account for every role and a committee of so many members, each with an account."""
    made = County(founding(at, rulebook))
    for username, (role, department) in OFFICERS.items():
        made.hold(username, role, at=at, department=department)
    others = 0
    for rank in range(1, members + 1):
        duty = DUTIES[rank - 1] if rank <= len(DUTIES) else Duty.MEMBER
        member = person(
            made, f"赵示{'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸'[rank - 1]}", at=at, grade=Grade.COUNTY_DEPUTY
        )
        made.seats.append(seat(made, member, duty, rank, at=at))
        username, *held = LEADERS.get(duty, ("",))
        if not username:
            others += 1
            username = f"changwei{others}"
        made.hold(username, *held, Role.MEMBER, at=at, name=member.name, person=member)
    return made


def founding(at: datetime = AT, rulebook: str = RULEBOOK) -> Founded:
    """A county with nobody but its administrator ``guanli``."""
    return found_county(
        committee="中共澄溪县委员会",
        department="中共澄溪县委组织部",
        code="county",
        rulebook=rulebook,
        administrator={"username": "guanli", "name": "管理员", "password": PASSWORD},
        at=at,
        committee_code="CX-0101",
        department_code="CX-0202",
    )


def grant(
    in_county: County,
    username: str,
    role: Role,
    *,
    at: datetime = AT,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Any:
    """A role for an account, given by the administrator."""
    return accounts.grant_role(
        in_county[username],
        actor=in_county.administrator,
        at=at,
        mandate=in_county.mandate,
        role=role,
        from_on=from_on or clock.day_of(at),
        until_on=until_on,
    )


def seat(in_county: County, member: Person, duty: Duty, rank: int, *, at: datetime = AT) -> Seat:
    """A seat in the standing committee since the beginning of 2024."""
    made: Seat = accounts.seat_member(
        in_county.body,
        actor=in_county.administrator,
        at=at,
        person=member,
        duty=duty,
        rank=rank,
        from_on=date(2024, 1, 2),
    )
    return made


def other_mandate(in_county: County, *, at: datetime = AT) -> Mandate:
    """Another mandate of the same body, on which nobody has a role yet."""
    other = Mandate.objects.create(
        code="other",
        title="另一批职务",
        body=in_county.body,
        department=in_county.department,
        rulebook="national",
        grades=["staff_grade"],
    )
    acts.record_founding(["system", *in_county.organisation.streams()], [other], at)
    return other


def unit(
    in_county: County, short_name: str, code: str, *, kind: UnitKind = UnitKind.INSTITUTION, at: datetime = AT
) -> Organisation:
    """A unit below the committee."""
    values = {"name": f"澄溪{short_name}", "short_name": short_name, "kind": kind, "code": code}
    made: Organisation = keeping.add_organisation(
        in_county.organisation, actor=in_county.registrar, at=at, values=values
    )
    return made


def person(
    in_county: County,
    name: str,
    *,
    of: Organisation | None = None,
    at: datetime = AT,
    tenures: Sequence[Mapping[str, Any]] = (),
    appraisals: Sequence[Mapping[str, Any]] = (),
    entries: Sequence[tuple[FileKind, Mapping[str, Any]]] = (),
    **values: Any,
) -> Person:
    """Somebody in the service of a unit, by default of the committee."""
    given = {
        "name": name,
        "sex": Sex.MALE,
        "ethnicity": "汉族",
        "native_place": "澄溪甲湾",
        "born_on": date(1980, 6, 1),
        "party": "中共党员",
        "joined_party_on": date(2001, 6, 1),
        "education": "大学",
        "degree": "学士",
        "joined_work_on": date(2003, 7, 1),
        "status": PersonnelStatus.CIVIL_SERVANT,
        "establishment": EstablishmentKind.ADMINISTRATIVE,
        "grade": Grade.TOWNSHIP_DEPUTY,
        "grade_since": date(2018, 5, 1),
    } | values
    made: Person = keeping.add_person(
        of or in_county.organisation,
        actor=in_county.registrar,
        at=at,
        values=given,
        tenures=tenures,
        appraisals=appraisals,
        entries=entries,
    )
    return made


# --- a selection on its way --------------------------------------------------------------------------------------

DAY = timedelta(days=1)
CALLED = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
#: Whom every inspection may talk with, and who signs a conclusion on integrity.
GROUPS = [TalkGroup.LEADERS, TalkGroup.MIDDLE, TalkGroup.DELEGATES, TalkGroup.CANDIDATE]
SIGNED = {"signed_by": "党组书记", "countersigned_by": "纪检组长"}
#: The levels of consultation in their order.
LEVELS = [ConsultationLevel.DEPARTMENT, ConsultationLevel.SECRETARIES, ConsultationLevel.STANDING_COMMITTEE]


class Point(StrEnum):
    """How far a selection may be taken; the names of stages mean that the stage has just been entered."""

    MOTION = "motion"
    NOMINATION = "nomination"
    LISTED = "listed"
    RECOMMENDATION = "recommendation"
    COUNTED = "counted"
    INSPECTION = "inspection"
    INSPECTED = "inspected"
    DELIBERATION = "deliberation"
    CONSULTED = "consulted"
    DISCUSSED = "discussed"
    PREPARED = "prepared"
    VOTING = "voting"
    VOTED = "voted"
    DECIDED = "decided"
    NOTICE = "notice"
    CLEARED = "cleared"
    APPOINTED = "appointed"
    ASSESSED = "assessed"
    CLOSED = "closed"


_METHODS: dict[Point, str] = {}
Method = TypeVar("Method", bound=Callable[..., None])


def reaches(point: Point) -> Callable[[Method], Method]:
    """A method after which the selection has come to the point; called by ``go_to``, or by a test in its own way."""

    def decorate(method: Method) -> Method:
        @wraps(method)
        def perform(course: Course, *args: Any, **given: Any) -> None:
            method(course, *args, **given)
            course.done.add(point)

        _METHODS[point] = method.__name__
        return cast(Method, perform)

    return decorate


Row = TypeVar("Row", bound=Model)


class Fresh(Generic[Row]):
    """A row that is read anew each time it is asked for, as a page does."""

    def __init__(self, model: type[Row]) -> None:
        self.model = model

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, course: Course, owner: type | None = None) -> Row:
        return self.model._base_manager.get(pk=course.__dict__[self.name])

    def __set__(self, course: Course, row: Row) -> None:
        course.__dict__[self.name] = row.pk


@dataclass
class Course:
    """One selection and everything that its acts have made, one method per point; ``at`` moves with them."""

    selection = Fresh(Selection)
    nomination = Fresh(Nomination)
    meeting = Fresh(Meeting)
    round = Fresh(Round)
    appointment = Fresh(Appointment)

    county: County
    at: datetime
    unit: Organisation
    post: Post
    people: list[Person]
    discipline: Organisation
    family_planning: Organisation
    seats: int = 1
    batch: Batch | None = None
    candidacies: list[Candidacy] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    done: set[Point] = field(default_factory=set)

    # what tests ask of it
    def go_to(self, point: Point | Stage | str) -> Course:
        """Perform what still lies between here and the point."""
        points = list(Point)
        for between in points[: points.index(Point(str(point))) + 1]:
            if between not in self.done:
                getattr(self, _METHODS[between])()
        return self

    def by(self, username: str) -> dict[str, Any]:
        """The keyword arguments of an act done by this account now: ``**course.by("jingban")``."""
        return {"actor": self.county[username], "at": self.at}

    @property
    def day(self) -> date:
        return clock.day_of(self.at)

    @property
    def issued(self) -> int:
        """Ballots of the round that are handed out."""
        return self.now().case().issued(self.fresh(self.round))

    @property
    def spare(self) -> int:
        """Slips of the round that somebody has to hand back."""
        return self.fresh(self.round).spare(self.round.roll.all())

    def fresh(self, row: Any) -> Any:
        """The row as it stands in the database."""
        return type(row)._base_manager.get(pk=row.pk)

    def now(self) -> Selection:
        """The selection as it stands in the database."""
        return self.selection

    def candidacy(self, nth: int) -> Candidacy:
        """The nth candidate (0, 1, 2) as it stands in the database."""
        return Candidacy.objects.get(pk=self.candidacies[nth].pk)

    def person(self, nth: int) -> Person:
        return self.people[nth]

    def members(self, number: int | None = None) -> list[Seat]:
        """The first members of the committee, the chief first."""
        return self.county.seats[:number]

    def again(self, post: Post | None = None, *, at: datetime) -> Course:
        """Another selection in the same county with the same people, for this post or another; nothing done yet."""
        return replace(
            self,
            at=at,
            post=post or self.post,
            candidacies=[],
            polls=[],
            inquiries=[],
            codes=[],
            done=set(),
        )

    # the way
    @reaches(Point.MOTION)
    def open(self, **given: Any) -> None:
        if "post.competition_mode" in in_force(self.county.mandate.rulebook, self.day):
            given.setdefault("competition", Competition.POST)
        self.selection = motion.open_selection(
            self.county.mandate,
            **self.by("jingban"),
            post=self.post,
            seats=self.seats,
            triggers=[Trigger.VACANCY],
            reason="原主任退休，职位空缺。",
            source_direction="县直单位和乡镇的副科级领导干部",
            batch=self.batch,
            **given,
        )

    @reaches(Point.NOMINATION)
    def approve(self) -> None:
        self.agree()
        self.prepare()

    def agree(self) -> None:
        """The secretary agrees, and the tellers are named; nothing has gone above or been made public yet."""
        motion.approve_motion(self.selection, **self.by("shuji"), opinion="同意启动。")
        case = self.now().case()
        if case.asks_for_routes and case.is_for_chief:
            self.choose(NominationRoute.PLENUM_LIST)
        for username in ("jipiao1", "jipiao2"):
            charge.assign_officer(self.selection, **self.by("jingban"), account=self.county[username], part=Part.TELLER)

    def prepare(self) -> None:
        """The plan and the post made public, where the rules want them before anybody is nominated or recommended."""
        rules, today = self.selection.rules, self.day
        papers = rules.value("post.documents", ())
        quota = {"quota_confirmed": self.seats, "quota_confirmed_on": today, "quota_evidence": SCAN}
        if "plan" in papers or "plan.gate" in rules:
            plan = planning.submit_plan(
                self.selection,
                **self.by("jingban"),
                superior="市委组织部",
                submitted_on=today,
                evidence=SCAN,
                **(quota if "post.quota_confirmed_by" in rules else {}),
            )
        if "plan.gate" in rules:
            outcome = PlanOutcome(planning.GATES[rules["plan.gate"].value])
            planning.answer_plan(plan, **self.by("jingban"), outcome=outcome, answered_on=today, evidence=SCAN)
        if papers or rules.first("post.announcement", "post.prenotice"):
            planning.announce_post(
                self.selection,
                **self.by("jingban"),
                published_on=today,
                posts="县水利局局长",
                seats=self.seats,
                conditions="大学本科以上学历，任副科级职务满三年",
                scope="县直单位和乡镇的副科级领导干部",
                procedure="初始提名、民主推荐、考察、讨论决定、公示",
            )

    def choose(self, route: NominationRoute, reason: str = "") -> None:
        """The route by which a chief is nominated."""
        nomination.choose_route(self.selection, **self.by("jingban"), route=route, reason=reason)

    def nominate(
        self, person: Person, source: NominationSource = NominationSource.DEPARTMENT, **given: Any
    ) -> Candidacy:
        """Put somebody on the list; by default one who is no chief is promoted on his unit's recommendation."""
        case = self.now().case()
        if case.asks_for_routes and not case.is_for_chief:
            given = {"route": NominationRoute.PROMOTION} | given
        rules = case.rules
        if "nomination.form" in rules:
            given = {"signed_form": SCAN} | given
        if "qualification.training_within" in rules:
            given = {"training_later": True} | given
        if "post.sources" in rules:
            given = {"origin": Origin.COMPANY, "nobody_nearer": "本部门无人符合条件。", "evidence": SCAN} | given
        if "nomination.responsibility" in rules:
            given = {"co_responsible": "部务会集体研究提名，部长负责。"} | given
        made: Any = nomination.nominate_candidate(
            self.selection,
            **self.by("jingban"),
            **{"person": person, "source": source, "reason": "符合条件，群众认可。", "discipline": True} | given,
        )
        if any(rules.asking("nomination.reviewed")):
            made = self.accept(made)
        candidacy: Candidacy = made
        return candidacy

    def review(self) -> None:
        """Whoever has to be reviewed is found to qualify, by the own unit first where the rules say so."""
        case = self.now().case()
        asked = bool(case.selection.post.conditions) or None
        given = {"qualified": True, "basic": True, "health": True, "post_conditions": asked, "exam": "86分"}
        for candidacy in [row for row in case.live if review_asked(case, row)]:
            for step in ReviewStep if any(case.rules.asking("qualification.unit_review")) else [ReviewStep.DEPARTMENT]:
                review.review_qualification(
                    candidacy,
                    **self.by("jingban"),
                    **given,
                    step=step,
                    archive=True,
                    reviewed_on=self.day,
                    evidence=SCAN if step is ReviewStep.UNIT else None,
                )

    def accept(self, nominated: Nomination) -> Candidacy:
        """The department reviews a nomination and takes the person onto the list."""
        made: Candidacy = nomination.review_recommendation(
            nominated, **self.by("jingban"), outcome=RecommendationOutcome.ACCEPTED, opinion="符合条件。"
        )
        return made

    def sit(self, round_: int = 1, *selections: Selection, due: int = 260, present: int = 255) -> Sitting:
        """A sitting that nominates for these posts, with its groups in equal parts."""
        of = [*selections] or [self.selection]
        groups = list(sitting.groups(of[0].rules, round_))
        share = len(groups)
        roll = {group: {"due": due // share, "present": present // share} for group in groups}
        roll[groups[0]] = {
            "due": due - due // share * (share - 1),
            "present": present - present // share * (share - 1),
        }
        made: Sitting = sitting.open_sitting(
            self.county.mandate, **self.by("jingban"), selections=of, round=round_, held_on=self.day, roll=roll
        )
        return made

    def count_names(self, item: SittingItem, votes: Mapping[Person, int], *, settle: bool = True) -> None:
        """Both tellers count these votes, whose names are those of the register, and those who go on are fixed."""
        listed = item.sitting.kind == "listed"
        given: dict[str, Any] = (
            {"votes": {str(one.pk): number for one, number in votes.items()}}
            if listed
            else {"names": "\n".join(f"{one.name} {number}" for one, number in votes.items())}
        )
        cast = sum(votes.values())
        for teller in ("jipiao1", "jipiao2"):
            sitting.enter_names(item, **self.by(teller), issued=cast, returned=cast, valid=cast, **given)
        sitting.confirm_names(item, **self.by("jingban"), evidence=SCAN)
        if not listed:
            people = {one.name: one for one in votes}
            resolved = {str(row.pk): people[row.words] for row in item.names.all()}
            sitting.resolve_names(item, **self.by("jingban"), people=resolved)
        if settle:
            sitting.settle_names(item, **self.by("jingban"))

    def publish_names(self, item: SittingItem) -> None:
        """Those who go on are made public, and the auditor signs as supervisor."""
        sitting.publish_names(item, **self.by("jingban"), published_on=self.day)
        sitting.sign_off_names(item, **self.by("jiandu"), supervisor="市纪委 陈示督", signed_off_on=self.day)

    def nominate_in_rounds(self) -> None:
        """By ballot, in each round of the rules: the first and the last of the people have the most votes."""
        votes = {one: 20 - place for place, one in enumerate([self.people[0], self.people[-1], *self.people[1:-1]])}
        for round_ in range(1, len(sitting.kinds(self.selection.rules)) + 1):
            item = self.sit(round_).items.get()
            self.count_names(item, votes)
            self.publish_names(item)
            self.at += DAY

    @reaches(Point.LISTED)
    def draw_up_list(self) -> None:
        """All but the last by the department; the last one recommended by a leading cadre, reviewed, answered."""
        self.at += DAY
        answered = "nomination.first_responsible" in self.selection.rules
        if answered:
            head_of_department(self.county, at=self.at)
        listed = self.people
        if "nomination.rounds" in self.selection.rules:
            self.nominate_in_rounds()
            listed = [self.people[0], self.people[-1]]
        self.candidacies = [self.nominate(person) for person in listed[:-1]]
        self.nomination = nomination.recommend_personally(
            self.selection,
            **self.by("shuji" if answered else "lingdao"),  # whoever answers first is in the register
            person=self.people[-1],
            reason="主持过全县的融媒体改革。",
            signed=True,
            signed_form=SCAN if "nomination.form" in self.selection.rules else None,
            discipline=True,
        )
        self.candidacies.append(self.accept(self.nomination))
        nomination.feed_back_recommendation(self.nomination, **self.by("jingban"), feedback="已列入候选人名单。")
        self.review()

    @reaches(Point.RECOMMENDATION)
    def open_recommendation(self) -> None:
        self.at += DAY
        nomination.open_recommendation(self.selection, **self.by("jingban"))

    def hold(self, form: RecommendationForm, *, due: int = 60, present: int = 54, held_on: date | None = None) -> Poll:
        """By so many; of a plenary committee with seats on record by all its members."""
        by_plenum = form in OF_THE_PLENUM
        case = self.now().case()
        seats = len(case.plenum_on(held_on or self.day)) if by_plenum else 0
        ballots = form in BY_BALLOT and case.rules.first("recommendation.floor_unlisted")
        again = case.rounds_of_recommendation(form)
        poll: Poll = recommendation.hold_recommendation(
            self.selection,
            **self.by("jingban"),
            form=form,
            held_on=held_on or self.day,
            scope="县委全委会成员" if by_plenum else "本单位全体干部职工和服务对象代表",
            due_count=None if seats else due,
            present_count=seats or present,
            names=NamesKind.LISTED if ballots else None,
            unsigned="recommendation.secret" in case.rules,
            groups=dict.fromkeys(recommendation.groups_of(case.rules, form), 18),
            called_on=self.day if "recommendation.called" in case.rules else None,
            statements_on=self.day if again and "recommendation.statement_between" in case.rules else None,
            evidence=SCAN if by_plenum and not seats else None,
        )
        return poll

    def count(self, poll: Poll, votes: Sequence[int], *, by: str, valid: int = 50) -> TallySheet:
        """One teller's count, the votes in the order of the candidates."""
        issued, returned = min(54, poll.present_count), min(52, poll.present_count)
        of, valid = valid, min(valid, returned)
        cast = {str(row.pk): number * valid // of for row, number in zip(self.candidacies, votes, strict=True)}
        sheet: TallySheet = recommendation.enter_tally(
            poll, **self.by(by), issued=issued, returned=returned, valid=valid, votes=cast
        )
        return sheet

    @reaches(Point.COUNTED)
    def recommend(self, votes: Sequence[int] = ()) -> None:
        """Hold both forms; by default each candidate has a few votes less than the one before."""
        self.at += DAY
        votes = votes or [40 - 4 * place for place in range(len(self.candidacies))]
        case = self.now().case()
        rounds = case.rules.value("recommendation.rounds", 1)
        for form in [one for one in case.inputs() for _round in range(rounds if one == "meeting" else 1)]:
            poll = self.hold(form)
            for teller in ("jipiao1", "jipiao2"):
                self.count(poll, votes, by=teller)
            recommendation.confirm_tally(poll, **self.by("jingban"), evidence=SCAN)
            self.polls.append(poll)

    def result_review(self) -> dict[str, Any]:
        """What is given of a review of the recommendation, where the rules want one."""
        asked = any(recommendation.reviewers_of_the_result(self.selection.rules))
        return {"result_reviewed_on": self.day, "evidence": SCAN} if asked else {}

    @reaches(Point.INSPECTION)
    def open_inspection(self, **given: Any) -> None:
        self.at += DAY
        if any(consulted_one_by_one(self.now().case(), "before_inspection")):
            self.consult_at(ConsultationLevel.INDIVIDUAL)
        recommendation.open_inspection(
            self.selection,
            **self.by("buzhang"),
            **{"candidates": self.inspected, "opinion": "确定为考察对象。", **self.result_review()} | given,
        )

    @property
    def inspected(self) -> list[Candidacy]:
        more = 0 if "inspection.as_many_as_posts" in self.selection.rules else 1
        return self.candidacies[: self.seats + more]

    def announce_inspection(self) -> None:
        """Form the team and publish the pre-notice."""
        inspection.form_team(
            self.selection,
            **self.by("jingban"),
            members=[self.county["kaocha1"], self.county["kaocha2"]],
            leader=self.county["kaocha1"],
        )
        inspection.publish_prenotice(
            self.selection,
            **self.by("jingban"),
            published_on=self.day,
            phone="0000-12380",
            candidate_facts="考察对象的基本情况。",
        )

    @reaches(Point.INSPECTED)
    def inspect(self) -> None:
        self.announce_inspection()
        self.at += DAY
        rules = self.selection.rules
        for candidacy in self.inspected:
            for group in [*GROUPS, *sorted(set(rules.value("inspection.talk_groups", ())).difference(GROUPS))]:
                inspection.record_talk(
                    self.selection,
                    **self.by("kaocha1"),
                    candidacy=candidacy,
                    group=group,
                    held_on=self.day,
                    people=3,
                    notes="工作扎实，作风正派。",
                )
            inspection.record_assessment(
                self.selection,
                **self.by("kaocha1"),
                candidacy=candidacy,
                held_on=self.day,
                issued=40,
                returned=38,
                excellent=30,
                competent=6,
                basically_competent=1,
                incompetent=1,
                trust=36 if "inspection.trust_floor" in self.selection.rules else None,
                evidence=SCAN,
            )
            for kind in self.now().case().checks_known:
                inspection.record_check(
                    self.selection,
                    **self.by("kaocha2"),
                    candidacy=candidacy,
                    check_kind=kind,
                    held_on=self.day,
                    finding=Finding.CLEAR,
                    evidence=SCAN if kind in (Check.PERSONAL_MATTERS, Check.INTEGRITY) else None,
                    **SIGNED if kind is Check.INTEGRITY else {},
                )
            self.ask(candidacy)
            inspection.write_report(
                self.selection,
                **self.by("kaocha1"),
                candidacy=candidacy,
                performance="熟悉业务，成绩突出。",
                shortcomings="抓落实有时偏急。",
                suggestion="建议作为拟任人选。",
            )

    def ask(self, candidacy: Candidacy) -> None:
        """Ask whom the rules name: discipline answers itself, the others on paper, which staff file."""
        departments = {ConsultedBody.DISCIPLINE: self.discipline, ConsultedBody.FAMILY_PLANNING: self.family_planning}
        rules = self.now().case().rules
        asked = [ConsultedBody(body) for body in rules.value("inquiry.bodies", ())]
        asked += [ConsultedBody.SUPERIOR for _rule in rules.asking("deliberation.filed_before")]
        rows: list[Inquiry] = [
            inspection.ask_opinion(
                self.selection,
                **self.by("jingban"),
                candidacy=candidacy,
                body=body,
                department=departments.get(body),
                outside="" if body in departments else f"县{body.label}",
            )
            for body in asked
        ]
        answer = {"replied_on": self.day, "finding": Finding.CLEAR, "opinion": "未发现影响使用的情况。"}
        for row in rows:
            if row.body == ConsultedBody.DISCIPLINE:
                inspection.answer_inquiry(row, **self.by("jiwei"), number=f"纪函{row.pk}号", evidence=None, **answer)
            else:
                inspection.file_reply(row, **self.by("jingban"), number=f"计函{row.pk}号", evidence=SCAN, **answer)
        self.inquiries += rows

    @reaches(Point.DELIBERATION)
    def open_deliberation(self, **given: Any) -> None:
        self.at += DAY
        inspection.open_deliberation(
            self.selection,
            **self.by("buzhang"),
            **{"candidates": self.inspected, "opinion": "提交常委会讨论决定。", **self.after_the_report()} | given,
        )

    def after_the_report(self) -> dict[str, Any]:
        """What is said of the report of the inspection where the rules ask for it."""
        rules, given = self.selection.rules, {}
        if any(rules.asking("inspection.reviewed")):
            given |= {"report_reviewed_on": self.day, "evidence": SCAN}
        if any(rules.asking("inspection.result_notified")):
            given |= {"findings_told_on": self.day, "findings_told_to": "所在单位党委（党组）"}
        return given

    def consult_at(self, level: ConsultationLevel, **given: Any) -> None:
        values: dict[str, Any] = {
            "level": level,
            "held_on": self.day,
            "duties": [duty for duty in Duty if duty != Duty.MEMBER],
            "convener": "书记",
            "present": "与会人员名单",
            "opinions": "意见一致。",
            "dissent": False,
            "evidence": SCAN,
        }
        consultation.record_consultation(self.selection, **self.by("jingban"), **values | given)

    @reaches(Point.CONSULTED)
    def consult(self) -> None:
        alone = any(consulted_one_by_one(self.now().case(), "before_decision"))
        for level in ([ConsultationLevel.INDIVIDUAL] if alone else []) + LEVELS:
            self.consult_at(level)

    def call(self, number: str = "第1次") -> Meeting:
        made: Meeting = meeting.call_meeting(
            self.county.body, **self.by("jingban"), number=number, held_on=self.day, place="县委常委会议室"
        )
        return made

    def meet(
        self, present: int | Sequence[Seat] = 11, *, number: str = "第1次", observers: Sequence[Person] = ()
    ) -> None:
        """Call the meeting, put the selection on its agenda, record who is there."""
        self.meeting = self.call(number)
        meeting.put_on_agenda(self.selection, **self.by("jingban"), meeting=self.meeting)
        self.attend(present, observers=observers)

    def attend(self, present: int | Sequence[Seat] = 11, *, observers: Sequence[Person] = ()) -> None:
        here = self.members(present) if isinstance(present, int) else list(present)
        able = [seat for seat in here if self.now().case().may_vote(seat)]
        meeting.record_attendance(
            self.meeting, **self.by("jingban"), present=here, chair=[*able, *here][0], observers=list(observers)
        )

    def foretell(self) -> None:
        """Send the members the material of the item, where the rules want them told before."""
        case = self.now().case()
        if any(case.rules.asking("deliberation.foretold")) and not case.materials:
            material.send_material(
                self.selection, **self.by("jingban"), documents=[], upload=SCAN, title="拟提交会议讨论的人选情况"
            )

    def introduce(self, candidacy: Candidacy) -> None:
        self.foretell()
        sections = ("basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason")
        meeting.introduce_candidate(
            self.selection,
            **self.by("jingban"),
            candidacy=candidacy,
            introducer="组织部部长",
            **dict.fromkeys(sections, "情况介绍。"),
        )

    def speak(self, candidacy: Candidacy, seat: Seat, opinion: Opinion = Opinion.AGREE, remark: str = "") -> None:
        meeting.record_opinion(
            self.selection, **self.by("jingban"), candidacy=candidacy, seat=seat, opinion=opinion, remark=remark
        )

    @reaches(Point.DISCUSSED)
    def discuss(
        self, present: int | Sequence[Seat] = 11, *, number: str = "第1次", observers: Sequence[Person] = ()
    ) -> None:
        """The meeting up to the vote: everybody who is there speaks on everybody, the chief last."""
        self.at += DAY
        self.meet(present, number=number, observers=observers)
        here = self.members(present) if isinstance(present, int) else list(present)
        proposed = list(self.now().candidacies.filter(state=CandidacyState.PROPOSED).order_by("pk"))
        for candidacy in proposed:
            self.introduce(candidacy)
        for candidacy in proposed:
            for seat in sorted(here, key=lambda seat: seat.is_chief):
                self.speak(candidacy, seat)

    @reaches(Point.PREPARED)
    def prepare_ballot(self, **given: Any) -> None:
        item = self.now().case().item
        self.codes = box.make_codes(len(self.now().case().present_voters(item)))
        self.round = ballot.prepare_ballot(
            self.selection, **self.by("jingban"), **{"codes": Secret(list(self.codes))} | given
        )

    @reaches(Point.VOTING)
    def open_ballot(self) -> None:
        for row in self.round.roll.filter(present=True):
            ballot.issue_slip(self.round, **self.by("jingban"), seat=row.seat)
        self.open_box()

    def open_box(self, round_: Round | None = None, *, by: str = "shuji") -> None:
        """Two scrutineers check the box, and who presides opens it."""
        opened = self.fresh(round_ or self.round)
        for scrutineer in SCRUTINEERS:
            if not opened.witnesses.filter(account__username=scrutineer).exists():
                scrutiny.check_box(opened, **self.by(scrutineer))
        ballot.open_ballot(opened, **self.by(by))

    def close_box(self, round_: Round | None = None, *, by: str = "shuji") -> None:
        """A scrutineer agrees, and who presides closes the box."""
        closed = self.fresh(round_ or self.round)
        scrutiny.agree_closing(closed, **self.by(SCRUTINEERS[0]))
        ballot.close_ballot(closed, **self.by(by))

    def cast(self, agreeing: Sequence[int]) -> None:
        """Ballots by all slips: so many agree with the first candidate, so many others with the second.

        Nobody agrees with two, unless the post has two seats.
        """
        voted_on = set(self.round.items.values_list("candidacy_id", flat=True))
        candidates = [str(row.pk) for row in self.candidacies if row.pk in voted_on]
        ballots = [dict.fromkeys(candidates, Choice.DISAGREE.value) for _ in self.codes]
        place = 0
        for candidate, number in zip(candidates, agreeing, strict=True):
            for _ in range(number):
                ballots[place % len(ballots)][candidate] = Choice.AGREE.value
                place += 1
        for code, choices in zip(self.codes, ballots, strict=True):
            box.cast(code, choices)

    @reaches(Point.VOTED)
    def vote(self, agreeing: Sequence[int] = ()) -> None:
        self.cast(agreeing or (8, 3)[: len(self.inspected)])
        self.close_box()

    @reaches(Point.DECIDED)
    def announce(self) -> None:
        ballot.announce_result(self.round, **self.by("shuji"))
        if self.now().stage == Stage.DECIDED:
            meeting.close_meeting(self.meeting, **self.by("jingban"))

    def ballot(self, agreeing: Sequence[int], **given: Any) -> None:
        """A whole round: slips, ballots, count, announcement."""
        self.prepare_ballot(**given)
        self.open_ballot()
        self.vote(agreeing)
        self.announce()

    @property
    def photo(self) -> Upload:
        """A picture that is kept, of one colour."""
        content = io.BytesIO()
        Image.new("RGB", (35, 49), "#335577").save(content, "PNG")
        return filing.keep(content.getvalue(), "照片.png")

    @reaches(Point.NOTICE)
    def publish_notice(self, nth: int = 0) -> None:
        self.at += DAY
        talk = {"talked_on": self.day, "talked_by": "总经理", "talk_notes": "肯定成绩，提出要求。"}
        first = self.selection.rules.value("appointment.talk_before") == "notice"
        told = {"achievements": "主持全县融媒体改革。", "rewards": "2024年记三等功。", "photo": self.photo}
        asked = self.selection.rules.value("notice.fields", ())
        self.appointment = notice.publish_notice(
            self.candidacy(nth),
            **self.by("jingban"),
            **{name: value for name, value in told.items() if name in asked},
            **(talk if first else {}),
            phone="0000-12380",
            address="县委组织部干部监督科",
            channels=["page", "poster"],
        )

    @reaches(Point.CLEARED)
    def close_notice(self) -> None:
        self.at = max(self.at, self.appointment.notice_ends_at)
        notice.close_notice(self.appointment, **self.by("jingban"))

    def talk(self) -> None:
        probation.hold_appointment_talk(
            self.appointment, **self.by("buzhang"), talked_on=self.day, talked_by="组织部部长", talk_notes="提出要求。"
        )

    def prepare_for_office(self) -> None:
        """What the rules want on file before the appointment."""
        case = self.now().case()
        for item in formalities_before(case, self.fresh(self.appointment)):
            formality.record_formality(
                self.appointment,
                **self.by("jingban"),
                item=item,
                done_on=self.day,
                in_charge="纪检监察机关负责人",
                score="92分" if item is FormalityItem.EXAM else "",
                passed=True if item in formality.JUDGED else None,
                notes="本人廉政情况良好。",
                evidence=SCAN,
            )

    @reaches(Point.APPOINTED)
    def appoint(self) -> None:
        self.prepare_for_office()
        if self.fresh(self.appointment).talked_on is None:
            self.talk()
        self.at += DAY
        probation.appoint_candidate(
            self.appointment,
            **self.by("jingban"),
            document_number=f"澄委干〔{self.day.year}〕1号",
            appointed_on=self.day,
            published_on=self.day,
            ended=list(Tenure.objects.filter(person_id=self.appointment.person_id, until_on__isnull=True)),
        )

    @reaches(Point.ASSESSED)
    def assess(self, *, fit: bool = True) -> None:
        ends = self.appointment.probation_ends_at
        self.at = max(self.at, ends - 14 * DAY)
        probation.assess_probation(
            self.appointment, **self.by("jingban"), assessed_on=self.day, fit=fit, opinion="试用期考核情况。"
        )

    @reaches(Point.CLOSED)
    def confirm(self) -> None:
        self.at = max(self.at, self.appointment.probation_ends_at)
        probation.confirm_appointment(self.appointment, **self.by("buzhang"))


SCAN = Upload(name="计函.pdf", sha256="5c" * 32, size=2048, media_type="application/pdf")


@kept
def course(
    in_county: County | None = None, *, at: datetime = AT, seats: int = 1, people: int = 0, rulebook: str = RULEBOOK
) -> Course:
    """A county with a post to fill and people who may fill it; no act of the selection has been done yet."""
    in_county = in_county or county(at, rulebook=rulebook)
    people = people or 3 * seats
    media = unit(in_county, "县融媒体中心", "CX-0401", at=at)
    office = unit(in_county, "县委办公室", "CX-0201", kind=UnitKind.PARTY_ORGAN, at=at)
    by_staff: dict[str, Any] = {"actor": in_county["jingban"], "at": at}
    keeping.set_quota(media, **by_staff, grade=Grade.TOWNSHIP_CHIEF, approved=seats)
    keeping.set_quota(office, **by_staff, grade=Grade.TOWNSHIP_DEPUTY, approved=people)
    chief = keeping.add_post(
        media,
        **by_staff,
        values={
            "title": "主任",
            "grade": Grade.TOWNSHIP_CHIEF,
            "post_class": PostClass.CHIEF,
            "is_probationary": True,
            "seats": seats,
        },
    )
    deputy = keeping.add_post(
        office, **by_staff, values={"title": "副主任", "grade": Grade.TOWNSHIP_DEPUTY, "seats": people}
    )
    return Course(
        county=in_county,
        at=at,
        unit=media,
        post=chief,
        people=[able(in_county, f"林示{CALLED[n]}", deputy, at=at) for n in range(people)],
        discipline=unit(in_county, "县纪委监委", "CX-0103", kind=UnitKind.PARTY_ORGAN, at=at),
        family_planning=unit(in_county, "县计划生育局", "CX-0305", kind=UnitKind.GOVERNMENT_ORGAN, at=at),
        seats=seats,
    )


def head_of_department(in_county: County, *, at: datetime = AT) -> Person:
    """Somebody who heads the organisation department since last year."""
    department = in_county.mandate.department
    by: dict[str, Any] = {"actor": in_county["jingban"], "at": at}
    values = {"title": "部长", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
    keeping.set_quota(department, **by, grade=Grade.TOWNSHIP_CHIEF, approved=1)
    post = keeping.add_post(department, **by, values=values)
    tenures = [{"post": post, "from_on": date(2025, 1, 6)}]
    return person(in_county, "钱示首", of=department, at=at, tenures=tenures)


SCHOOLED = {
    "level": EducationLevel.BACHELOR,
    "mode": EducationMode.FULL_TIME,
    "kind": EducationKind.REGULAR,
    "graduated_on": date(2003, 6, 1),
}


def able(in_county: County, name: str, post: Post, *, at: datetime = AT, **appraisal: Any) -> Person:
    """Somebody who holds a post and whose appraisals and time in the grade allow a promotion."""
    last = clock.day_of(at).year - 1
    # the county asks for the latest alone; what others ask for besides is on file where one of them is the body
    elsewhere = in_county.mandate.rulebook != RULEBOOK
    before = [last - 1, last - 2] if elsewhere else []
    votes = {"votes_excellent": 20, "votes_competent": 8, "votes_basic": 1, "votes_incompetent": 1}
    return person(
        in_county,
        name,
        of=post.organisation,
        at=at,
        tenures=[{"post": post, "from_on": date(2019, 5, 1), "is_grassroots": True if elsewhere else None}],
        appraisals=[
            {"year": last, "result": AppraisalResult.EXCELLENT, **votes, **appraisal},
            *({"year": year, "result": AppraisalResult.COMPETENT} for year in before),
        ],
        entries=[(FileKind.EDUCATION, SCHOOLED)] if elsewhere else [],
    )


@kept
def run_to(point: Point | Stage | str, in_county: County | None = None, *, at: datetime = AT, **given: Any) -> Course:
    """A selection that has come to the point, by the acts that lead there."""
    before = list(Point)[: list(Point).index(Point(str(point)))]
    if before and in_county is None:
        return run_to(before[-1], at=at, **given).go_to(point)
    return course(in_county, at=at, **given).go_to(point)
