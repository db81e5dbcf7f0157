"""Runs the lines of the tables in ``workflows/`` (办事流程验收表).

A line names an act, what is given, and the rules by which the act must be refused; a line that names none must be
allowed.  All that the rules of its body ask for is in order to begin with, so that nothing but what the line gives can
be wrong.  What is not the name of a ``Fact`` is handed to the act as it stands in the table.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.utils import translation

from selection import acts
from selection.enums import (
    Act,
    AppointmentState,
    EducationKind,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    Grade,
    LiabilityGround,
    NamesKind,
    NominationRoute,
    NominationSource,
    Origin,
    PersonnelStatus,
    PlanOutcome,
    PostClass,
    RecommendationForm,
    RecommendationOutcome,
    ReviewStep,
    Stage,
    TalkGroup,
    Trigger,
)
from selection.models import (
    Account,
    Announcement,
    Candidacy,
    Formality,
    Freeze,
    NameSheet,
    Nomination,
    Plan,
    Poll,
    Ranking,
    Review,
    Selection,
    Sitting,
    SittingItem,
    WrittenName,
)
from selection.models.case import Case
from selection.models.mandate import MandateCase
from selection.register.models import Appraisal, Education, Post, Tenure, Vacancy
from selection.rulebook import workdays
from selection.stages import sitting
from selection.stages.recommendation import groups_of
from tests.factories import SCAN
from tests.selection.stages import cases

TABLES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "workflows").glob("*.toml"))
}
Line = dict[str, Any]
NOMINEE, HEAD = 9, 50
YESTERDAY = cases.TODAY - cases.DAY
DUE, PRESENT, VALID = 60, 54, 50
"""Of every recommendation, as ``cases.add_polls`` makes them."""


def lines(table: str) -> Iterator[tuple[str, Line]]:
    """(number of the check, line) of one table; a line has the body of the table unless it names its own."""
    for step in TABLES[table]["step"]:
        for line in step.get("case", ()):
            yield f"{table}.{step['number']}", {"body": TABLES[table]["body"]} | line


def refusals(line: Line) -> dict[str, str]:
    """Key of a rule → its article, for all that refuses the act of the line; what rests on no rule in its own words."""
    tried = Attempt(line)
    with translation.override("en"):
        asked = acts.requirements(tried.act, tried.case, actor=tried.actor, at=tried.at, **tried.given)
        unmet = [one for one in asked if not one.met]
        return {one.rule or str(one.says): one.citation.label if one.citation else "" for one in unmet}


class Attempt:
    """An act that is about to be tried; the facts of a line change one thing each."""

    def __init__(self, line: Line) -> None:
        facts = dict(line.get("given", {}))
        self.body, self.act = line["body"], Act(line["act"])
        self.at, self.actor = cases.NOW, cases.account(1, person=cases.person(60))
        self.case: Any = _case(self.body, self.act, facts)
        self.given: dict[str, Any] = USUAL.get(self.act, lambda _case: {})(self.case)
        for name, value in facts.items():
            if name in FACTS:
                FACTS[name](self, value)
            elif name not in acts.CATALOGUE[self.act].parameters:
                raise LookupError(f"{self.act.value} takes no {name}, and no fact is called so")
            else:
                self.given[name] = (SCAN if value else None) if name in PAPERS else value


PHOTO = replace(SCAN, name="照片.jpg", media_type="image/jpeg")
PAPERS = ("evidence", "photo", "signed_form", "quota_evidence", "superior_approval")
#: The stage at which an act is tried, where that is not nomination.
STAGES = {
    Act.OPEN_INSPECTION: Stage.RECOMMENDATION,
    Act.FORM_TEAM: Stage.INSPECTION,
    Act.RECORD_ASSESSMENT: Stage.INSPECTION,
    Act.RECORD_TALK: Stage.INSPECTION,
    Act.OPEN_DELIBERATION: Stage.INSPECTION,
}


def _case(body: str, act: Act, facts: dict[str, Any]) -> Case | MandateCase:
    if act == Act.OPEN_SELECTION:
        return cases.mandate_case(rules=cases.rules(body=body))
    if act == Act.OPEN_SITTING:
        posts = [_ready(body, act, facts) for _ in range(facts.pop("posts", 1))]
        for pk, one in enumerate(posts, 1):
            one.selection.pk = pk
        return cases.mandate_case(rules=cases.rules(body=body), cases=posts)
    if act == Act.CLOSE_NOTICE:
        return cases.with_appointment(body=body)
    if act in (Act.RECORD_FORMALITY, Act.APPOINT_CANDIDATE):
        done = {"cleared_at": cases.NOW, "talked_on": cases.TODAY}
        return cases.with_appointment(AppointmentState.CLEARED, body=body, **done)
    if act == Act.PUBLISH_NOTICE:
        case = cases.at(Stage.DECIDED, body=body)
        case.subject = case.candidacies[0]
        return case
    return _ready(body, act, facts)


def _ready(body: str, act: Act, facts: dict[str, Any]) -> Case:
    """A selection in which everything is there that the rules of the body ask for before the act."""
    post = cases.DEPUTY if facts.get("post") == "deputy" else cases.POST
    stage = Stage(facts.get("stage") or STAGES.get(act, Stage.NOMINATION))
    case = cases.at(stage, post=post, body=body, candidates=facts.get("on_the_list"))
    case.selection.rule_set_id = 1
    case.heads = {cases.MANDATE.department_id: [cases.person(HEAD)]}
    for row in case.nominations:
        row.selection, row.first_responsible = case.selection, cases.person(HEAD)
    nominee = case.people[NOMINEE] = cases.person(NOMINEE)
    nominee.grade, nominee.grade_since, nominee.education = Grade.TOWNSHIP_DEPUTY, date(2018, 5, 1), "大学"
    nominee.status, nominee.establishment = PersonnelStatus.CIVIL_SERVANT, EstablishmentKind.ADMINISTRATIVE
    nominee.joined_work_on = date(2003, 7, 1)
    case.educations = [_education()]
    case.served = [Tenure(person_id=NOMINEE, post=cases.DEPUTY, from_on=date(2018, 5, 1), is_grassroots=True)]
    rated(case, ["excellent", "competent", "competent"], 2025)
    papers = case.rules.value("post.documents", ())
    if act != Act.SUBMIT_PLAN and (papers or "plan.gate" in case.rules):
        case.plans = [Plan(pk=1, submitted_on=YESTERDAY, outcome=PlanOutcome.APPROVED)]
    if papers or case.rules.first("post.announcement", "post.prenotice"):
        case.announcements = [Announcement(published_on=YESTERDAY, conditions="大学本科以上学历")]
    for row in case.candidacies:
        row.nominated_at = cases.NOW
        case.reviews.append(Review(candidacy=row, step=ReviewStep.DEPARTMENT, qualified=True, reviewed_at=cases.NOW))
    if act == Act.HOLD_RECOMMENDATION:
        case.polls, case.sheets = [], []
    if "nomination.rounds" in case.rules and act in (Act.NOMINATE_CANDIDATE, Act.OPEN_RECOMMENDATION):
        for round_ in (1, 2):
            settled(case, sat(case, round_), [NOMINEE, 1])
    case.subject = SUBJECTS[act](case) if act in SUBJECTS else None
    return case


def _education(**values: Any) -> Education:
    """The nominee's only education, by default a bachelor's before the first job."""
    given = {"level": EducationLevel.BACHELOR, "mode": EducationMode.FULL_TIME, "kind": EducationKind.REGULAR}
    return Education(person_id=NOMINEE, graduated_on=date(2003, 7, 1), **given | values)


def rated(case: Case, results: list[str], newest: int) -> None:
    """The annual appraisals of the nominee, the latest first; the latest with its votes."""
    case.appraisals = [row for row in case.appraisals if row.person_id != NOMINEE]
    for nth, result in enumerate(results):
        votes = {"votes_excellent": 20, "votes_competent": 8, "votes_basic": 1, "votes_incompetent": 1}
        case.appraisals.append(Appraisal(person_id=NOMINEE, year=newest - nth, result=result, **({} if nth else votes)))


# --- sittings --------------------------------------------------------------------------------------------------------


def _roll(case: Case, round_: int) -> dict[str, dict[str, int]]:
    """All groups that nominate in the round, 260 people who should have come and 255 who came."""
    groups = list(sitting.groups(case.rules, round_))
    roll = {group: {"due": 0, "present": 0} for group in groups}
    for kind, people in (("due", 260), ("present", 255)):
        for nth in range(people):
            roll[groups[nth % len(groups)]][kind] += 1
    return roll


def sat(case: Case, round_: int) -> SittingItem:
    """The post at a sitting of the round, as its next item."""
    kind = NamesKind.OPEN if round_ == 1 else NamesKind.LISTED
    held = Sitting(pk=round_, round=round_, kind=kind, held_on=cases.TODAY, roll=_roll(case, round_))
    held.opened_at = cases.NOW
    item = SittingItem(pk=round_, selection=case.selection, sitting=held)
    case.sitting_items.append(item)
    return item


def settled(case: Case, item: SittingItem, people: list[int]) -> None:
    """Who goes on is fixed, made public and signed by the supervisor."""
    item.settled_at = item.confirmed_at = cases.NOW
    item.published_on = item.signed_off_on = cases.TODAY
    for place, pk in enumerate(people, 1):
        case.people.setdefault(pk, cases.person(pk))
        case.rankings.append(
            Ranking(pk=10 * item.pk + pk, item=item, person=case.people[pk], votes=9, place=place, goes_on=True)
        )


def _at_first_round(case: Case) -> SittingItem:
    item = sat(case, 1)
    case.name_sheets = [NameSheet(pk=1, item=item, teller_id=21, issued=255, returned=255, valid=VALID)]
    return item


# --- what is usually given -------------------------------------------------------------------------------------------


def _nomination(case: Case) -> dict[str, Any]:
    given: dict[str, Any] = {"person": case.people[NOMINEE], "reason": "适合本职位", "discipline": True}
    given |= {"signed_form": SCAN} if "nomination.form" in case.rules else {}
    given |= {"co_responsible": "部长负责"} if "nomination.responsibility" in case.rules else {}
    return given | ({"training_later": True} if "qualification.training_within" in case.rules else {})


def _nominating(case: Case) -> dict[str, Any]:
    given = _nomination(case) | {"source": NominationSource.DEPARTMENT}
    if "post.sources" in case.rules:
        given |= {"origin": Origin.COMPANY, "nobody_nearer": "本部门无人符合条件。", "evidence": SCAN}
    return given


def _earlier(case: Case) -> Nomination:
    other = Selection(pk=7, mandate=cases.MANDATE, rule_set_id=1)
    return Nomination(
        pk=70,
        selection=other,
        person=case.people[NOMINEE],
        source=NominationSource.DEPARTMENT,
        proposed_on=YESTERDAY,
    )


def _personal(case: Case) -> Nomination:
    made = Nomination(
        pk=71,
        selection=case.selection,
        person=case.people[NOMINEE],
        source=NominationSource.PERSONAL,
        nominator=cases.account(7),
        signed=True,
        reason="熟悉情况",
    )
    case.nominations.append(made)
    return made


def _under_review(case: Case) -> Candidacy:
    """The first candidate, who is the nominee."""
    case.reviews = []
    candidacy = case.candidacies[0]
    candidacy.person = case.people[NOMINEE]
    return candidacy


SUBJECTS: dict[Act, Callable[[Case], Any]] = {
    Act.ENTER_NAMES: _at_first_round,
    Act.SETTLE_NAMES: _at_first_round,
    Act.REVIEW_QUALIFICATION: _under_review,
    Act.REVIEW_RECOMMENDATION: _personal,
    Act.FEED_BACK_RECOMMENDATION: _personal,
}

USUAL: dict[Act, Callable[[Any], dict[str, Any]]] = {
    Act.OPEN_SELECTION: lambda _case: {
        "post": cases.POST,
        "seats": 1,
        "triggers": [Trigger.VACANCY],
        "reason": "职位空缺",
    },
    Act.SUBMIT_PLAN: lambda _case: {
        "superior": "区公务员局",
        "submitted_on": cases.TODAY,
        "evidence": SCAN,
        "quota_confirmed": 1,
        "quota_confirmed_on": cases.TODAY,
        "quota_evidence": SCAN,
    },
    Act.ANNOUNCE_POST: lambda _case: {
        "posts": "县融媒体中心主任",
        "seats": 1,
        "conditions": "大学本科以上学历",
        "scope": "县直单位",
        "procedure": "推荐、考察、讨论决定",
        "published_on": cases.TODAY,
    },
    Act.CHOOSE_ROUTE: lambda _case: {"route": NominationRoute.PLENUM_LIST, "reason": "全委会闭会"},
    Act.NOMINATE_CANDIDATE: _nominating,
    Act.RECOMMEND_PERSONALLY: lambda case: _nomination(case) | {"signed": True},
    Act.REVIEW_RECOMMENDATION: lambda _case: {"outcome": RecommendationOutcome.ACCEPTED, "opinion": "符合条件"},
    Act.REVIEW_QUALIFICATION: lambda _case: {
        "step": ReviewStep.DEPARTMENT,
        "qualified": True,
        "basic": True,
        "reviewed_on": cases.TODAY,
    },
    Act.FEED_BACK_RECOMMENDATION: lambda _case: {"feedback": "已列入初步人选。"},
    Act.TAKE_UP_NOMINATION: lambda case: {"nomination": _earlier(case), "reason": "适合本职位"},
    Act.OPEN_LIABILITY: lambda case: {
        "nomination": case.nominations[0],
        "ground": LiabilityGround.TAINTED,
        "facts": "查明的情况",
        "evidence": SCAN,
    },
    Act.OPEN_SITTING: lambda case: {
        "selections": [one.selection for one in case.cases],
        "round": 1,
        "held_on": cases.TODAY,
        "roll": _roll(case.cases[0], 1),
    },
    Act.ENTER_NAMES: lambda _case: {"issued": 255, "returned": 255, "valid": 255},
    Act.HOLD_RECOMMENDATION: lambda case: {
        "form": RecommendationForm.MEETING,
        "held_on": cases.TODAY,
        "due_count": DUE,
        "present_count": PRESENT,
        "names": NamesKind.LISTED if "recommendation.floor_unlisted" in case.rules else None,
        "unsigned": "recommendation.secret" in case.rules,
        "groups": dict.fromkeys(groups_of(case.rules, RecommendationForm.MEETING), 18),
        "called_on": YESTERDAY if "recommendation.called" in case.rules else None,
        "evidence": SCAN,
    },
    Act.OPEN_INSPECTION: lambda case: {
        "candidates": case.candidacies[:2],
        "opinion": "同意",
        "result_reviewed_on": cases.TODAY,
        "evidence": SCAN,
    },
    Act.FORM_TEAM: lambda _case: _team("县委组织部", "县纪委监委"),
    Act.RECORD_ASSESSMENT: lambda case: {
        "candidacy": case.candidacies[0],
        "held_on": cases.TODAY,
        "issued": 10000,
        "returned": 10000,
        "excellent": 10000,
        "trust": 6000,
        "evidence": SCAN,
    },
    Act.OPEN_DELIBERATION: lambda case: {
        "candidates": case.candidacies[:2],
        "opinion": "同意",
        "report_reviewed_on": cases.TODAY,
        "findings_told_on": cases.TODAY,
        "findings_told_to": "所在单位党委",
        "evidence": SCAN,
    },
    Act.RECORD_TALK: lambda case: {
        "candidacy": case.candidacies[0],
        "group": TalkGroup.LEADERS,
        "people": 3,
        "held_on": cases.TODAY,
        "notes": "工作扎实",
        "evidence": SCAN,
    },
    Act.RECORD_FORMALITY: lambda _case: {"done_on": cases.TODAY, "in_charge": "纪委书记", "evidence": SCAN},
    Act.APPOINT_CANDIDATE: lambda _case: {
        "document_number": "1号",
        "appointed_on": cases.TODAY,
        "published_on": cases.TODAY,
        "ended": [],
    },
    Act.PUBLISH_NOTICE: lambda case: {
        "phone": "0000-12380",
        "channels": ["poster"],
        **({"achievements": "成绩明显", "rewards": "无", "photo": PHOTO} if case.rules.body == "jinchang" else {}),
    },
}


# --- facts: each takes the attempt and what stands in the table ------------------------------------------------------


def _chosen(tried: Attempt, number: int) -> None:
    """So many of the candidates are chosen."""
    tried.given["candidates"] = tried.case.candidacies[:number]


def _approved(tried: Attempt, number: int) -> None:
    """So many free posts of the grade."""
    tried.case.vacancy = Vacancy(approved=number)


def _to_fill(tried: Attempt, number: int) -> None:
    """How many posts the motion is about."""
    tried.case.selection.seats = number


def _frozen(tried: Attempt, since: date) -> None:
    tried.case.freezes = [Freeze(mandate=cases.MANDATE, ground="机构改革", from_on=since)]


def _plan(tried: Attempt, outcome: str) -> None:
    """What became of the plan: ``none``, ``waiting``, or its outcome."""
    made = Plan(pk=1, submitted_on=YESTERDAY, outcome="" if outcome == "waiting" else outcome)
    tried.case.plans = [] if outcome == "none" else [made]


def _announced(tried: Attempt, on: date | bool) -> None:
    """On which day the post was made public, or that it was not."""
    tried.case.announcements = [Announcement(published_on=on, conditions="大学本科以上学历")] if on else []


def _lacking(tried: Attempt, paper: str) -> None:
    """One of the posts of a sitting lacks a paper."""
    post = tried.case.cases[-1]
    if paper == "plan":
        post.plans = []
    else:
        post.announcements = [Announcement(published_on=YESTERDAY)] if paper == "conditions" else []


def _chiefs_route(tried: Attempt, route: str) -> None:
    """The route of the whole selection, with the recommendations that belong to it."""
    case: Case = tried.case
    case.selection.route = NominationRoute(route)
    if case.polls:
        case.polls, case.sheets = [], []
        cases.add_polls(case)


def _held(tried: Attempt, forms: list[str]) -> None:
    """Which recommendations were held and counted."""
    kept = [RecommendationForm(form) for form in forms]
    tried.case.polls = [poll for poll in tried.case.polls if poll.form in kept]


def _votes(tried: Attempt, number: int) -> None:
    """How many of fifty valid forms are for the second of those chosen, in every recommendation."""
    for sheet in tried.case.sheets:
        sheet.votes = {"1": 40, "2": number, "3": 1}


def _ballots(tried: Attempt, votes: dict[str, int | str]) -> None:
    """Of how many ballots the second of those chosen has how many votes, and whether there was a list (``names``)."""
    for sheet in tried.case.sheets:
        sheet.poll.names = votes["names"]
        sheet.issued = sheet.returned = sheet.valid = votes["of"]
        sheet.votes = {"1": votes["of"], "2": votes["votes"], "3": 1}


def _rounds(tried: Attempt, number: int) -> None:
    """How many rounds of the meeting were held and counted."""
    case: Case = tried.case
    case.polls, case.sheets = [], []
    cases.add_polls(case, held_on=YESTERDAY)
    case.polls = [poll for poll in case.polls if poll.form == RecommendationForm.MEETING][:number] + [
        poll for poll in case.polls if poll.form != RecommendationForm.MEETING
    ]


def _asked_on(tried: Attempt, on: date) -> None:
    """When the members of the plenary committee were asked for their opinion."""
    values = {"form": RecommendationForm.OPINION, "held_at": cases.NOW, "due_count": 35, "present_count": 33}
    tried.case.polls.append(Poll(pk=99, kind="recommendation", held_on=on, **values))


def _heads(tried: Attempt, number: int) -> None:
    """How many heads the register knows of the unit that nominates."""
    people = [cases.person(HEAD + nth) for nth in range(number)]
    tried.case.heads = {cases.MANDATE.department_id: people}


def _results(tried: Attempt, results: list[str]) -> None:
    rated(tried.case, results, 2025)


def _nominee(tried: Attempt, columns: dict[str, Any]) -> None:
    """What the register says of the nominee."""
    for name, value in columns.items():
        setattr(tried.case.people[NOMINEE], name, value)


def _qualified(tried: Attempt, found: list[bool]) -> None:
    """What came of the reviews of qualification, candidate by candidate; the others were not reviewed."""
    tried.case.reviews = tried.case.reviews[: len(found)]
    for row, qualified in zip(tried.case.reviews, found, strict=True):
        row.qualified = qualified


def _education_of(tried: Attempt, columns: dict[str, Any]) -> None:
    """What the register says of the nominee's education; empty where it says nothing."""
    tried.case.educations = [_education(**columns)] if columns else []


def _reviewed(tried: Attempt, done: bool) -> None:
    """Whether every nomination has been reviewed."""
    tried.case.nominations[0].reviewed_at = cases.NOW if done else None


def _recommendation_reviewed(tried: Attempt, done: bool) -> None:
    """Whether the personal recommendation has been reviewed."""
    tried.case.subject.reviewed_at = cases.NOW if done else None


def _answered_for(tried: Attempt, done: bool) -> None:
    """Whether the nomination names who answers first."""
    tried.case.nominations[0].first_responsible = cases.person(HEAD) if done else None


def _in_the_register(tried: Attempt, known: bool) -> None:
    """Whether the register knows the person who acts."""
    tried.actor = cases.account(1, person=cases.person(60) if known else None)


def _nominated_on(tried: Attempt, on: date) -> None:
    """On which day the earlier nomination was made."""
    tried.given["nomination"].proposed_on = on


def _went_on(tried: Attempt, people: list[int]) -> None:
    """Who went on from both rounds."""
    tried.case.rankings = []
    for item in tried.case.sitting_items:
        settled(tried.case, item, people)


def _counted(tried: Attempt, votes: list[int]) -> None:
    """The votes of each written name, all of them found in the register."""
    case: Case = tried.case
    case.subject.confirmed_at = cases.NOW
    case.people |= {pk: cases.person(pk) for pk in range(1, len(votes) + 1)}
    case.written_names = [
        WrittenName(pk=pk, item=case.subject, words=f"林示{pk}", votes=number, person_id=pk, looked_at=cases.NOW)
        for pk, number in enumerate(votes, 1)
    ]


def _second_round(tried: Attempt, since_the_first: list[str]) -> None:
    """The second round comes next; what was done since the first: ``published``, ``signed``."""
    for case in tried.case.cases:
        item = sat(case, 1)
        settled(case, item, [1, 2, 3, 4, 5])
        item.published_on = cases.TODAY if "published" in since_the_first else None
        item.signed_off_on = cases.TODAY if "signed" in since_the_first else None
    tried.given |= {"round": 2, "roll": _roll(tried.case.cases[0], 2)}


def _roll_of(tried: Attempt, round_: int) -> None:
    """Those nominate who nominate in the other round."""
    tried.given["roll"] = _roll(tried.case.cases[0], round_)


def _listed(tried: Attempt, people: list[int]) -> None:
    """The ballots are those of the second round, and these people are on its list."""
    case: Case = tried.case
    settled(case, case.sitting_items[0], people)
    case.subject = sat(case, 2)


def _at(tried: Attempt, at: datetime) -> None:
    """When the act is tried."""
    tried.at = at


def _on_notice_since(tried: Attempt, on: date) -> None:
    """On which day the public notice began, at nine in the morning."""
    appointment = tried.case.subject
    appointment.notice_at = datetime.combine(on, time(9), workdays.SHANGHAI)
    appointment.notice_ends_at = workdays.ends(tried.case.rules["notice.length"].value, on).at


def _moves(tried: Attempt, change: dict[str, str]) -> None:
    """From which grade and class of post somebody comes to a chief's post, and whether that is a key post (``key``)."""
    case: Case = tried.case
    post, held = (
        Post(pk=pk, organisation=cases.UNIT, title="主任", grade=Grade.TOWNSHIP_CHIEF, post_class=of)
        for pk, of in ((8, PostClass.CHIEF), (9, change["held"]))
    )
    post.key_kind, case.selection.post = change.get("key", ""), post
    case.subject.person.grade = change["grade"]
    case.served = [Tenure(person_id=case.subject.person.pk, post=held, from_on=date(2020, 1, 2))]


def _on_file(tried: Attempt, passed: dict[str, bool]) -> None:
    """The formalities on file, and whether each was passed."""
    for item, fits in passed.items():
        row = Formality(appointment=tried.case.subject, item=item, done_on=cases.TODAY, passed=fits)
        tried.case.formalities.append(row)


def _objection(tried: Attempt, settled_: bool) -> None:
    """An objection was raised, and whether it has its conclusion."""
    cases.objection(tried.case, settled_at=cases.NOW if settled_ else None)


def _prenotice_on(tried: Attempt, on: date) -> None:
    tried.case.prenotices[0].published_on = on


def _without(tried: Attempt, names: list[str]) -> None:
    """What is not given, though it usually is."""
    tried.given |= dict.fromkeys(names)


def _team(*departments: str) -> dict[str, Any]:
    """A team of accounts of these departments."""
    members = [Account(pk=70 + nth, name=name, department=name) for nth, name in enumerate(departments)]
    return {"members": members, "leader": members[0]}


def _team_of(tried: Attempt, departments: list[str]) -> None:
    """From which departments the members of the team come."""
    tried.given |= _team(*departments)


def _trusted(tried: Attempt, votes: int) -> None:
    """How many of ten thousand forms trust the first candidate."""
    row = tried.case.assessments[0]
    row.issued = row.returned = 10000
    row.trust = votes


def _unanswered(tried: Attempt, body: str) -> None:
    """Which department has not answered on the first candidate."""
    of = {row.pk for row in tried.case.inquiries if row.body == body and row.candidacy_id == 1}
    tried.case.replies = [row for row in tried.case.replies if row.inquiry_id not in of]


def _assessed(tried: Attempt, done: bool) -> None:
    """Whether the first candidate was assessed."""
    tried.case.assessments = tried.case.assessments if done else tried.case.assessments[1:]


def _report_of(tried: Attempt, columns: dict[str, str]) -> None:
    """What the report on the first candidate says."""
    for name, value in columns.items():
        setattr(tried.case.reports[0], name, value)


def _grade_of_all(tried: Attempt, grade: str) -> None:
    """The grade of all candidates."""
    for row in tried.case.candidacies:
        row.person.grade = grade


def _already_used(_tried: Attempt, _value: Any) -> None:
    """What was needed to make the case."""


Fact = Callable[[Attempt, Any], None]
FACTS: dict[str, Fact] = {
    "announced": _announced,
    "answered_for": _answered_for,
    "approved": _approved,
    "asked_on": _asked_on,
    "assessed": _assessed,
    "at": _at,
    "ballots": _ballots,
    "chiefs_route": _chiefs_route,
    "chosen": _chosen,
    "counted": _counted,
    "education": _education_of,
    "frozen": _frozen,
    "grade_of_all": _grade_of_all,
    "heads": _heads,
    "held": _held,
    "in_the_register": _in_the_register,
    "lacking": _lacking,
    "listed": _listed,
    "moves": _moves,
    "nominated_on": _nominated_on,
    "nominee": _nominee,
    "objection_settled": _objection,
    "on_file": _on_file,
    "on_notice_since": _on_notice_since,
    "on_the_list": _already_used,
    "plan": _plan,
    "post": _already_used,
    "prenotice_on": _prenotice_on,
    "qualified_by_review": _qualified,
    "recommendation_reviewed": _recommendation_reviewed,
    "report": _report_of,
    "results": _results,
    "reviewed": _reviewed,
    "roll_of_round": _roll_of,
    "rounds": _rounds,
    "second_round": _second_round,
    "stage": _already_used,
    "team": _team_of,
    "to_fill": _to_fill,
    "trusted": _trusted,
    "unanswered": _unanswered,
    "votes_for_second": _votes,
    "went_on": _went_on,
    "without": _without,
}
