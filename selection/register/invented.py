"""An invented county (演示县): units, posts and people who do not exist, for the demonstration and for tests.

``county`` makes plain values from a fixed seed: the same day gives the same county.  ``load`` enters them through the
acts that keep the register, so that an invented county has a record like any other.  Every given name begins with a
character that says so (示例演样拟), and places are numbered with heavenly stems.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from selection import clock
from selection.enums import (
    AppraisalResult,
    AuditResult,
    EducationKind,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    FileKind,
    Grade,
    KeyPost,
    PersonnelStatus,
    PostClass,
    SanctionKind,
    Sex,
    UnitKind,
)
from selection.register import keeping
from selection.register.models import Organisation, Post, Register
from selection.register.models.tenure import most_at_once
from selection.roles import Actor

SEED = 20191103
PEOPLE = 600
_SURNAMES = """
丁 马 王 方 孔 邓 石 田 白 冯 吕 朱 刘 江 许 孙 李 杨 吴 何 余 汪 沈 宋 张 陈 林 罗 周 郑 赵 胡 钱
徐 高 郭 黄 曹 梁 彭 韩 程 谢 蔡 潘 欧阳 司马 上官
"""
SURNAMES = tuple(_SURNAMES.split())
MARKS = "示例演样拟"
ENDINGS = "一丁力文方平立永光星辰川山安成明林青岳和舟秋衡清景然齐磊霖瀚"
RARE_ENDINGS = "喆堃昇镕"
PLACES = tuple(
    f"{stem}{land}" for stem, land in zip("甲乙丙丁戊己庚辛壬癸子丑", "湾桥川岭塘坪店河口坡溪峰", strict=True)
)


@dataclass(frozen=True)
class Unit:
    """A unit and how many posts of each grade it may have."""

    code: str
    short_name: str
    name: str
    kind: UnitKind
    parent: str | None
    quotas: dict[Grade, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A post; ``key`` finds it."""

    unit: str
    title: str
    grade: Grade
    post_class: PostClass = PostClass.OTHER
    is_probationary: bool = False
    seats: int = 1
    key_kind: str = ""
    is_special: bool = False
    co_manager: str = ""
    superior: str = ""
    duties: str = ""
    standards: str = ""
    conditions: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.unit, self.title


@dataclass
class Somebody:
    """A person with tenures (values of a tenure, the post by its key) and appraisals."""

    unit: str
    values: dict[str, Any]
    tenures: list[dict[str, Any]] = field(default_factory=list)
    entries: list[tuple[FileKind, dict[str, Any]]] = field(default_factory=list)
    appraisals: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.values["name"])


@dataclass(frozen=True)
class County:
    """The whole county; ``remarkable`` names those whose votes lie at the limits of a rule."""

    units: list[Unit]
    jobs: list[Job]
    people: list[Somebody]
    remarkable: dict[str, str]


# --- units -------------------------------------------------------------------------------------------------------

COMMITTEE = "CX-0101"
GOVERNMENT = "CX-0102"
DISCIPLINE = "CX-0201"
DEPARTMENT = "CX-0202"
AUDIT_OFFICE = "CX-0317"
FAMILY_PLANNING = "CX-0316"
MEDIA_CENTRE = "CX-0401"
TOWNSHIP_SECRETARY = "党委书记"

_PARTY_ORGANS = (
    ("纪委监委", "纪律检查委员会、监察委员会", "书记"),
    ("委组织部", "委组织部", "部长"),
    ("委宣传部", "委宣传部", "部长"),
    ("委统战部", "委统一战线工作部", "部长"),
    ("委政法委", "委政法委员会", "书记"),
    ("委办公室", "委办公室", "主任"),
)
_BUREAUS = """
发展和改革局 教育局 科学技术局 工业和信息化局 民政局 司法局 财政局 人力资源和社会保障局 自然资源局
住房和城乡建设局 交通运输局 水利局 农业农村局 商务局 文化和旅游局 计划生育局 审计局 市场监督管理局
应急管理局 统计局 卫生健康局
"""
_INSTITUTIONS = ("融媒体中心", "政务服务中心", "档案馆", "农业技术推广中心")


def _units() -> Iterator[Unit]:
    yield Unit(COMMITTEE, "县委", "中共澄溪县委员会（演示）", UnitKind.COMMITTEE, None)
    yield Unit(GOVERNMENT, "县政府", "澄溪县人民政府（演示）", UnitKind.GOVERNMENT_ORGAN, COMMITTEE)
    for number, (short, long, _head) in enumerate(_PARTY_ORGANS, start=1):
        yield Unit(f"CX-02{number:02}", f"县{short}", f"中共澄溪县{long}（演示）", UnitKind.PARTY_ORGAN, COMMITTEE)
    for number, bureau in enumerate(_BUREAUS.split(), start=1):
        yield Unit(f"CX-03{number:02}", f"县{bureau}", f"澄溪县{bureau}（演示）", UnitKind.GOVERNMENT_ORGAN, GOVERNMENT)
    for number, institution in enumerate(_INSTITUTIONS, start=1):
        yield Unit(
            f"CX-04{number:02}", f"县{institution}", f"澄溪县{institution}（演示）", UnitKind.INSTITUTION, GOVERNMENT
        )
    for number, place in enumerate(PLACES, start=1):
        township = f"{place}{'镇' if number <= 8 else '乡'}"
        yield Unit(f"CX-05{number:02}", township, f"澄溪县{township}（演示）", UnitKind.TOWNSHIP, COMMITTEE)


def _establishment_of(kind: str) -> EstablishmentKind:
    """On which establishment the people of such a unit are."""
    return EstablishmentKind.INSTITUTION if kind == UnitKind.INSTITUTION else EstablishmentKind.ADMINISTRATIVE


# --- posts -------------------------------------------------------------------------------------------------------

_CLERK = "科员"
_CLERK_SEATS = 30


#: What the chief of any unit answers for, and what is asked of one.
_DUTIES = "主持本单位全面工作，对领导班子建设、重点任务落实和党风廉政建设负总责。"
_STANDARDS = "政治过硬，熟悉本领域业务和有关政策法规，有较强的统筹协调和抓落实能力。"
#: Unit → why its chief holds a key post.
_KEY_KINDS = {
    "县财政局": KeyPost.PEOPLE_MONEY_MATERIAL,
    "县人力资源和社会保障局": KeyPost.PEOPLE_MONEY_MATERIAL,
    "县发展和改革局": KeyPost.APPROVAL,
    "县自然资源局": KeyPost.APPROVAL,
    "县市场监督管理局": KeyPost.ENFORCEMENT,
    "县应急管理局": KeyPost.ENFORCEMENT,
}


def _described(job: Job, unit: Unit) -> Job:
    """The post with what it asks, where it is a chief's."""
    if job.post_class is not PostClass.CHIEF:
        return job
    return replace(job, duties=_DUTIES, standards=_STANDARDS, key_kind=_KEY_KINDS.get(unit.short_name, ""))


def _jobs(unit: Unit) -> Iterator[Job]:
    """The posts of a unit, the head first."""
    code, chief, deputy, staff = unit.code, Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY, Grade.STAFF_GRADE
    if code == COMMITTEE:
        yield Job(code, "书记", Grade.COUNTY_CHIEF)
        yield Job(code, "副书记", Grade.COUNTY_DEPUTY, seats=2)
        yield Job(code, "常委", Grade.COUNTY_DEPUTY, seats=8)
        return
    if code == GOVERNMENT:
        yield Job(code, "县长", Grade.COUNTY_CHIEF)
        yield Job(code, "常务副县长", Grade.COUNTY_DEPUTY)
        yield Job(code, "副县长", Grade.COUNTY_DEPUTY, seats=4)
        return
    offices: tuple[str, ...]
    if unit.kind is UnitKind.PARTY_ORGAN:
        head = next(head for short, _long, head in _PARTY_ORGANS if unit.short_name == f"县{short}")
        yield Job(code, head, Grade.COUNTY_DEPUTY)
        yield Job(code, f"常务副{head}", chief, PostClass.OTHER, is_probationary=True)
        yield Job(code, f"副{head}", deputy, is_probationary=True, seats=2)
        offices = ("综合室主任", "人事室主任", "业务一室主任", "业务二室主任", "信息室主任")
    elif unit.kind is UnitKind.GOVERNMENT_ORGAN:
        yield Job(code, "局长", chief, PostClass.CHIEF)
        yield Job(code, "副局长", deputy, is_probationary=True, seats=3)
        offices = ("办公室主任", "人事股股长", "财务股股长", "法规股股长", "业务一股股长", "业务二股股长")
    elif unit.kind is UnitKind.INSTITUTION:
        head = "馆长" if unit.short_name.endswith("馆") else "主任"
        yield Job(code, head, chief, PostClass.CHIEF, is_probationary=True)
        yield Job(code, f"副{head}", deputy, is_probationary=True, seats=2)
        offices = ("综合部部长", "业务一部部长", "业务二部部长", "技术部部长")
    else:
        level = unit.short_name[-1]
        yield Job(code, TOWNSHIP_SECRETARY, chief, PostClass.CHIEF)
        yield Job(code, f"{level}长", chief, PostClass.CHIEF)
        yield Job(code, "人大主席", chief, PostClass.CHIEF)
        yield Job(code, "党委副书记", deputy)
        yield Job(code, "纪委书记", deputy)
        yield Job(code, "党委委员", deputy, is_probationary=True, seats=2)
        yield Job(code, f"副{level}长", deputy, seats=2)
        offices = ("党政办公室主任", "经济发展办公室主任", "社会治理办公室主任")
    for office in offices:
        yield Job(code, office, staff)
    yield Job(code, _CLERK, staff, seats=_CLERK_SEATS)


# --- people ------------------------------------------------------------------------------------------------------

_AGES = {
    Grade.COUNTY_CHIEF: (48, 56),
    Grade.COUNTY_DEPUTY: (43, 56),
    Grade.TOWNSHIP_CHIEF: (37, 56),
    Grade.TOWNSHIP_DEPUTY: (33, 54),
    Grade.STAFF_GRADE: (27, 52),
}
#: Years in the present post, at least and at most.
_YEARS = {
    Grade.COUNTY_CHIEF: (1, 4),
    Grade.COUNTY_DEPUTY: (1, 5),
    Grade.TOWNSHIP_CHIEF: (1, 6),
    Grade.TOWNSHIP_DEPUTY: (1, 8),
    Grade.STAFF_GRADE: (1, 10),
}
_EDUCATION = (("大专", "", 21), ("大学", "学士", 22), ("大学", "学士", 23), ("研究生", "硕士", 25))
_LEVELS = {"大专": EducationLevel.COLLEGE, "大学": EducationLevel.BACHELOR, "研究生": EducationLevel.MASTER}
_ETHNICITIES = ("汉族",) * 17 + ("回族", "满族", "土家族")
_COMMUNIST = "中共党员"
_LIMITS = {
    "two_thirds_exactly": (8, 12, 6, 4),
    "below_two_thirds": (7, 12, 7, 4),
    "one_third_exactly": (8, 12, 0, 10),
    "above_one_third": (8, 11, 0, 11),
}
"""Votes of an assessment by 30 people at the limits of the rule on promotion: excellent, competent, basic, not."""


class _Town:
    """The generator at work: who holds which post so far."""

    def __init__(self, on: date) -> None:
        self.on = on
        self.random = Random(SEED)  # noqa: S311 - the same county every time is what is wanted
        self.names: set[str] = set()
        self.held: dict[tuple[str, str], list[tuple[date, date | None]]] = {}
        self.documents: dict[int, int] = {}

    def name(self) -> str:
        while True:
            endings = RARE_ENDINGS if self.random.random() < 0.04 else ENDINGS
            ending = "" if self.random.random() < 0.06 else self.random.choice(endings)
            name = self.random.choice(SURNAMES) + self.random.choice(MARKS) + ending
            if name not in self.names:
                self.names.add(name)
                return name

    def day(self, year: int) -> date:
        """Some day of the year that is past."""
        day = date(year, self.random.randint(1, 12), self.random.randint(3, 27))
        return day if day < self.on else day.replace(year=year - 1)

    def document(self, year: int) -> str:
        self.documents[year] = number = self.documents.get(year, 0) + 1
        return f"澄组演〔{year}〕{number}号"

    def fits(self, job: Job, from_on: date, until_on: date | None) -> bool:
        return most_at_once([*self.held.get(job.key, []), (from_on, until_on)]) <= job.seats

    def give(self, somebody: Somebody, job: Job, from_on: date, until_on: date | None = None) -> None:
        """Let somebody hold the post; on probation if the post begins with one and the year is not over."""
        self.held.setdefault(job.key, []).append((from_on, until_on))
        months = (self.on.year - from_on.year) * 12 + self.on.month - from_on.month
        somebody.tenures.append(
            {
                "post": job.key,
                "from_on": from_on,
                "until_on": until_on,
                "on_probation": until_on is None and job.is_probationary and months < 12,
                "basis": self.document(from_on.year),
            }
        )

    def person(self, job: Job) -> Somebody:
        """Somebody old enough for the post, in it since some years."""
        random = self.random
        birth = date(self.on.year - random.randint(*_AGES[job.grade]), random.randint(1, 12), 1)
        education, degree, age = random.choice(_EDUCATION)
        work = birth.replace(year=birth.year + age)
        since = max(self.day(self.on.year - random.randint(*_YEARS[job.grade])), work)
        grade_since = work if job.grade is Grade.STAFF_GRADE else since.replace(day=1)
        communist = job.grade is not Grade.STAFF_GRADE or random.random() < 0.7
        party = _COMMUNIST if communist else random.choice(("群众", "无党派人士"))
        somebody = Somebody(
            unit=job.unit,
            values={
                "name": self.name(),
                "sex": Sex.FEMALE if random.random() < 0.36 else Sex.MALE,
                "ethnicity": random.choice(_ETHNICITIES),
                "native_place": f"澄溪{random.choice(PLACES)}",
                "born_on": birth,
                "party": party,
                "joined_party_on": birth.replace(year=birth.year + random.randint(19, 23)) if communist else None,
                "education": education,
                "degree": degree,
                "joined_work_on": work,
                "grade": job.grade,
                "grade_since": grade_since,
            },
        )
        somebody.entries.append(
            (
                FileKind.EDUCATION,
                {
                    "level": _LEVELS[education],
                    "mode": EducationMode.FULL_TIME,
                    "kind": EducationKind.REGULAR,
                    "graduated_on": work,
                    "school": "示例大学",
                },
            )
        )
        self.give(somebody, job, since)
        return somebody

    def file(self, somebody: Somebody) -> None:
        """A training after the post began, an audit of the file, and now and then a sanction that counts no longer."""
        since = somebody.tenures[0]["from_on"]
        days = (self.on - since).days
        if somebody.values["grade"] is not Grade.STAFF_GRADE and days > 90:
            course = {
                "title": "领导干部任职培训班",
                "from_on": since + timedelta(60),
                "until_on": since + timedelta(74),
            }
            somebody.entries.append((FileKind.TRAINING, course | {"hours": 80}))
        # by the name, not drawn, so that the people drawn after this one stay who they were
        number = sum(map(ord, somebody.name))
        audited = date(self.on.year - 1, 1 + number % 12, 20)
        if number % 11 and audited > somebody.values["joined_work_on"]:
            result = AuditResult.CORRECTED if number % 7 == 0 else AuditResult.IN_ORDER
            somebody.entries.append((FileKind.ARCHIVE_AUDIT, {"audited_on": audited, "result": result}))
        decided = date(self.on.year - 4, 5, 10)
        if number % 97 == 0 and decided > somebody.values["joined_work_on"]:
            somebody.entries.append((FileKind.SANCTION, {"kind": SanctionKind.ADMONITION, "decided_on": decided}))

    def past(self, somebody: Somebody, clerk_of: Callable[[], Job], deputies: list[Job]) -> None:
        """What somebody did before the present post: clerk, and most of those who lead were deputy somewhere else."""
        now, work = somebody.tenures[0]["from_on"], somebody.values["joined_work_on"]
        grade = somebody.values["grade"]
        if grade in (Grade.COUNTY_CHIEF, Grade.COUNTY_DEPUTY) or (now - work).days < 400:
            return
        clerk_until = now
        if grade is Grade.TOWNSHIP_CHIEF or (grade is Grade.TOWNSHIP_DEPUTY and self.random.random() < 0.5):
            began = now.replace(year=max(now.year - self.random.randint(3, 6), work.year + 2))
            own = somebody.tenures[0]["post"]
            free = [job for job in deputies if job.key != own and self.fits(job, began, now)] if began < now else []
            if free:
                self.give(somebody, self.random.choice(free), began, now)
                clerk_until = began
                if grade is Grade.TOWNSHIP_DEPUTY:
                    somebody.values["grade_since"] = began.replace(day=1)
        for _attempt in range(5):
            job = clerk_of()
            if self.fits(job, work, clerk_until):
                self.give(somebody, job, work, clerk_until)
                break
        somebody.tenures.sort(key=lambda tenure: tenure["from_on"])

    def appraise(self, somebody: Somebody) -> None:
        """Results and votes of the last three full years."""
        for year in range(self.on.year - 3, self.on.year):
            if year <= somebody.values["joined_work_on"].year:
                continue
            voters = self.random.randint(24, 60)
            incompetent, basic = self.random.randint(0, 1), self.random.randint(0, 3)
            excellent = self.random.randint(voters // 3, voters * 2 // 3)
            best = excellent > voters * 3 // 5
            somebody.appraisals.append(
                {
                    "year": year,
                    "result": AppraisalResult.EXCELLENT if best else AppraisalResult.COMPETENT,
                    "votes_excellent": excellent,
                    "votes_competent": voters - excellent - basic - incompetent,
                    "votes_basic": basic,
                    "votes_incompetent": incompetent,
                    "veto": False,
                }
            )


def county(on: date) -> County:
    """The county as it stands on that day: about 40 units, 400 posts and 600 people.

    The post at the head of the media centre is vacant, and its unit has the number for it.
    """
    town = _Town(on)
    units = list(_units())
    jobs = [_described(job, unit) for unit in units for job in _jobs(unit)]
    people: list[Somebody] = []
    at = {job.key: job for job in jobs}
    for job in jobs:
        if job.key == (MEDIA_CENTRE, "主任") or job.title in (_CLERK, "常委", "副书记") or job.unit == COMMITTEE:
            continue
        for _seat in range(job.seats):
            full = job.grade is not Grade.STAFF_GRADE and (job.seats == 1 or job.unit in (MEDIA_CENTRE, GOVERNMENT))
            if full or town.random.random() < 0.85:
                people.append(town.person(job))
    people += _standing_committee(town, people, at)
    clerks = [job for job in jobs if job.title == _CLERK]
    while len(people) < PEOPLE:
        people.append(town.person(town.random.choice(clerks)))
    deputies = [job for job in jobs if job.grade is Grade.TOWNSHIP_DEPUTY and job.seats > 1]
    kinds = {unit.code: unit.kind for unit in units}
    at_grassroots = {job.key: kinds[job.unit] == UnitKind.TOWNSHIP for job in jobs}
    for somebody in people:
        somebody.values["establishment"] = held = _establishment_of(kinds[somebody.unit])
        civil = held is EstablishmentKind.ADMINISTRATIVE
        somebody.values["status"] = PersonnelStatus.CIVIL_SERVANT if civil else PersonnelStatus.INSTITUTION_STAFF
        town.past(somebody, lambda: town.random.choice(clerks), deputies)
        for tenure in somebody.tenures:
            tenure["is_grassroots"] = at_grassroots[tenure["post"]]
        town.appraise(somebody)
        town.file(somebody)
    return County(_approve(units, jobs), jobs, people, _remarkable(people))


def _standing_committee(town: _Town, people: list[Somebody], at: dict[tuple[str, str], Job]) -> list[Somebody]:
    """Eleven members: those who have other posts get their seat, the secretary and one deputy come besides."""

    def holder(unit: str, title: str) -> Somebody:
        return next(somebody for somebody in people if somebody.tenures[0]["post"] == (unit, title))

    town.give(mayor := holder(GOVERNMENT, "县长"), at[COMMITTEE, "副书记"], mayor.tenures[0]["from_on"])
    heads = [holder(f"CX-02{number:02}", head) for number, (_s, _l, head) in enumerate(_PARTY_ORGANS, start=1)]
    for member in [*heads, holder(GOVERNMENT, "常务副县长"), holder(GOVERNMENT, "副县长")]:
        town.give(member, at[COMMITTEE, "常委"], member.tenures[0]["from_on"])
    return [town.person(at[COMMITTEE, "书记"]), town.person(at[COMMITTEE, "副书记"])]


def _approve(units: list[Unit], jobs: list[Job]) -> list[Unit]:
    """As many posts approved as there are seats of leaders; those of staff have no number."""
    for unit in units:
        for job in jobs:
            if job.unit == unit.code and job.grade is not Grade.STAFF_GRADE:
                unit.quotas[job.grade] = unit.quotas.get(job.grade, 0) + job.seats
    return units


def _remarkable(people: list[Somebody]) -> dict[str, str]:
    """Five deputies whose last assessment lies at a limit, or who had a matter of veto."""
    deputies = [
        somebody
        for somebody in people
        if somebody.values["grade"] is Grade.TOWNSHIP_DEPUTY and somebody.unit.startswith("CX-03")
    ]
    named = dict(zip([*_LIMITS, "veto"], deputies[2::5], strict=False))
    for kind, somebody in named.items():
        last = somebody.appraisals[-1]
        last["result"] = AppraisalResult.COMPETENT
        if kind == "veto":
            last["veto"] = True
        else:
            votes = ("votes_excellent", "votes_competent", "votes_basic", "votes_incompetent")
            last.update(zip(votes, _LIMITS[kind], strict=True))
    return {kind: somebody.name for kind, somebody in named.items()}


# --- into the register -------------------------------------------------------------------------------------------


def load(actor: Actor, at: datetime) -> County:
    """Enter the county into the register, act by act; units that are there already, by their code, stay as they are."""
    made = county(clock.day_of(at))
    units = {unit.code: unit for unit in Organisation.objects.all()}
    posts: dict[tuple[str, str], Post] = {}
    for unit in made.units:
        if unit.code not in units:
            parent = units[unit.parent] if unit.parent else Register()
            values = {"name": unit.name, "short_name": unit.short_name, "kind": unit.kind, "code": unit.code}
            units[unit.code] = keeping.add_organisation(parent, actor=actor, at=at, values=values)
        for grade, approved in unit.quotas.items():
            keeping.set_quota(units[unit.code], actor=actor, at=at, grade=grade, approved=approved)
    begun = date(at.year - 1, 1, 1)
    for code, people in Counter(somebody.unit for somebody in made.people).items():
        kind = _establishment_of(units[code].kind)
        keeping.set_establishment(units[code], actor=actor, at=at, kind=kind, approved=people + 2, from_on=begun)
    for job in made.jobs:
        values = {name: getattr(job, name) for name in keeping.POST_FIELDS}
        posts[job.key] = keeping.add_post(units[job.unit], actor=actor, at=at, values=values)
    for somebody in made.people:
        keeping.add_person(
            units[somebody.unit],
            actor=actor,
            at=at,
            values=somebody.values,
            tenures=[{**tenure, "post": posts[tenure["post"]]} for tenure in somebody.tenures],
            appraisals=somebody.appraisals,
            entries=somebody.entries,
        )
    return made
