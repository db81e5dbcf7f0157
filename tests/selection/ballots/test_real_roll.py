"""The same attack on a whole county: a real meeting, its roll, its slips and its record (真实名册的关联测试).

Only the discussion before the vote is written in bulk, four hundred times two opinions; everything that touches the
ballot is done by the acts that do it in an office.
"""

import random
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest
from django.db import connections
from django.db.transaction import atomic

from audit import record
from selection.ballots import box
from selection.ballots.codes import code_hash, nullifier_of
from selection.enums import CandidacyState, Choice, Duty, Grade, Opinion
from selection.models import AgendaItem, Candidacy, StatedOpinion
from selection.stages.deliberation import ballot
from tests.audit.entries import entry
from tests.factories import DAY, Course, Point, person, run_to, seat
from tests.selection.ballots.linking import attack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.covers("DEL-09")]

VOTERS = 400


@pytest.fixture
def specimen() -> Iterator[None]:
    """What a hasty design adds: the slip's hash stored as it is drawn, the same hash on the ballot."""
    with connections["default"].cursor() as site, connections["box"].cursor() as urn:
        site.execute("CREATE TABLE specimen_slip (id uuid PRIMARY KEY, code_sha256 bytea)")
        urn.execute("CREATE TABLE specimen_ballot (code_sha256 bytea PRIMARY KEY, vote text)")
    yield
    with connections["default"].cursor() as site, connections["box"].cursor() as urn:
        site.execute("DROP TABLE IF EXISTS specimen_slip")
        urn.execute("DROP TABLE IF EXISTS specimen_ballot")


def test_the_whole_county_names_nobody(specimen: None) -> None:
    course = at_the_ballot_box()
    codes = dict(zip((member.pk for member in course.members()), course.codes, strict=True))

    for member in random.sample(course.members(), VOTERS):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=member)
        with connections["default"].cursor() as site:
            site.execute("INSERT INTO specimen_slip VALUES (%s, %s)", [uuid4(), code_hash(codes[member.pk])])
    course.open_box()
    for member in random.sample(course.members(), VOTERS):
        cast(codes[member.pk], [str(row.candidacy_id) for row in course.round.items.all()])
    course.close_box()
    ballot.announce_result(course.round, **course.by("shuji"))
    assert course.round.valid == VOTERS

    site, urn = connections["default"], connections["box"]
    leaking = attack(site, urn, {member: code_hash(code) for member, code in codes.items()})
    assert leaking.best[1] >= 0.95
    with site.cursor() as cursor:
        cursor.execute("DROP TABLE specimen_slip")
    with urn.cursor() as cursor:
        cursor.execute("DROP TABLE specimen_ballot")

    ours = attack(site, urn, {member: nullifier_of(code) for member, code in codes.items()})
    name, found = ours.best
    assert found <= ours.chance < 0.04, name
    assert any("roll" in name for name in ours.hits)
    assert any("audit_entry" in name for name in ours.hits)


def cast(code: str, candidates: list[str]) -> None:
    """One voter's ballot, and beside it the specimen's."""
    choices = dict.fromkeys(candidates, Choice.DISAGREE.value)
    choices[random.choice(candidates)] = Choice.AGREE.value
    box.cast(code, choices, attempt=uuid4().hex)
    with connections["box"].cursor() as urn:
        urn.execute("INSERT INTO specimen_ballot VALUES (%s, 'agree')", [code_hash(code)])


def at_the_ballot_box() -> Course:
    """Four hundred members are at the meeting, everybody has spoken, the slips are printed."""
    course = run_to(Point.CONSULTED)
    spread_ids()
    county = course.county
    course.at += DAY
    for rank in range(len(county.seats) + 1, VOTERS + 1):
        member = person(county, f"赵示第{rank}", at=course.at, grade=Grade.COUNTY_DEPUTY)
        county.seats.append(seat(county, member, Duty.MEMBER, rank, at=course.at))
    course.meet(VOTERS)
    proposed = list(course.now().candidacies.filter(state=CandidacyState.PROPOSED).order_by("pk"))
    for candidacy in proposed:
        course.introduce(candidacy)
    discuss(course, proposed)
    course.prepare_ballot()
    return course


def spread_ids() -> None:
    """Let ids of members differ from all other numbers, so that a match is a match."""
    with connections["default"].cursor() as cursor:
        for table, first in (
            ("register_person", 5_000_000),
            ("selection_seat", 7_000_000),
            ("selection_rollmember", 9_000_000),
        ):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first])


def discuss(course: Course, candidacies: Sequence[Candidacy]) -> None:
    """Everybody's opinion on everybody, the chief last, in one transaction under one entry."""
    selection = course.selection
    speakers = sorted(course.members(), key=lambda member: member.is_chief)
    with atomic():
        StatedOpinion.objects.bulk_create(
            StatedOpinion(
                selection=selection,
                item=AgendaItem.of(selection),
                candidacy=candidacy,
                seat=member,
                opinion=Opinion.AGREE,
                stated_at=course.at,
                position=position,
            )
            for candidacy in candidacies
            for position, member in enumerate(speakers, start=1)
        )
        record.append([entry(stream=f"selection:{selection.pk}", action="record_opinion")])
