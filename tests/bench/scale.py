"""A county as large as the measurements want it (测量用的大数据量).

Ten selections are brought to ten points by acts; every row that hangs on them is then copied in the database, and the
record of every copy is chained anew with ``audit.chain`` and loaded by COPY.  Of ten selections nine are closed and one
is under way.  They are spread over three hundred units, each copy with a post of its own.  Nothing here is for a real
site: triggers sleep while rows are copied.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q

from audit import chain
from audit.imprint import Imprints, imprinted
from selection.enums import Grade, PostClass
from selection.models import Meeting, Selection
from selection.register import keeping
from selection.register.models import Appraisal, Organisation, Person, Post, Quota, Tenure
from tests.factories import Course, Point, able, course

STRIDE = 1_000_000
"""Copies keep the number of their original within a stride, so that keys stay joined by one addition."""
RUNNING = (
    Point.NOMINATION,
    Point.LISTED,
    Point.COUNTED,
    Point.INSPECTED,
    Point.CONSULTED,
    Point.DISCUSSED,
    Point.DECIDED,
    Point.NOTICE,
    Point.APPOINTED,
)
_COPIED_TEXT = {
    ("selection_selection", "number"): "left({column}, 11) || '-' || g.n",
    ("selection_meeting", "number"): "{column} || '-' || g.n",
    ("selection_appointment", "notice_slug"): "left({column}, 12) || '-' || g.n",
    ("selection_objection", "receipt_hash"): "encode(sha256(convert_to({column} || g.n, 'UTF8')), 'hex')",
    ("selection_round", "box"): "gen_random_uuid()",
    ("selection_tallysheet", "votes"): (
        "(SELECT coalesce(jsonb_object_agg((key::bigint + g.n * {stride})::text, value), '{{}}')"
        " FROM jsonb_each({column}))"
    ),
    ("register_organisation", "code"): "{column} || '-' || g.n",
    ("register_person", "name"): "{column} || g.n",
}
UNITS = 300
"""How many units have selections, at any size; copies go to one after another, so that none has too many."""


@dataclass
class Scale:
    """The originals, and how many selections and persons there are by now."""

    closed: Course
    running: list[Course]
    selections: int = 0
    _next: int = 1
    _keys: dict[str, list[int]] = field(default_factory=dict)

    @property
    def county(self) -> Any:
        return self.closed.county

    def grow_to(self, selections: int) -> None:
        """Copy the originals until there are so many selections."""
        missing = selections - Selection.objects.count()
        wanted = max(1, missing // 10)
        per_original = wanted // len(RUNNING) + 1
        made = 0
        with triggers_asleep():
            for nth, one in enumerate(self.running):
                number = min(per_original, max(0, wanted - nth * per_original))
                made += self._copy([one], number)
            self._copy([self.closed], missing - made)
        self._next += max(per_original, missing)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what a site does by itself after a while

    def add_people(self, number: int) -> None:
        """Copy the candidates until the register has so many persons."""
        missing = max(0, number - Person.objects.count())
        people = [person.pk for one in (self.closed, *self.running) for person in one.people]
        each = missing // len(people) + 1
        rows = _in_their_places(people, [])
        sets = {model: set(keys) for model, keys in rows.items()}
        with triggers_asleep():
            for model, keys in rows.items():
                _multiply(model, keys, sets, self._next, self._next + each)
        self._next += each
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what a site does by itself after a while

    def _copy(self, courses: list[Course], times: int) -> int:
        if times <= 0:
            return 0
        rows = _hanging_on([one.selection.pk for one in courses])
        sets = {model: set(keys) for model, keys in rows.items()}
        for model, keys in rows.items():
            _multiply(model, keys, sets, self._next, self._next + times)
        for one in courses:
            _copy_record(one.selection.pk, self._next, self._next + times)
        return times


def grown() -> Scale:
    """The ten originals, by acts."""
    first = course()
    by: dict[str, Any] = first.by("jingban")
    deputy = Post.objects.select_related("organisation").get(title="副主任")
    keeping.set_quota(deputy.organisation, **by, grade=Grade.TOWNSHIP_DEPUTY, approved=3 * (len(RUNNING) + 1))
    several = {"title": "调研员", "grade": Grade.TOWNSHIP_DEPUTY, "seats": 3 * len(RUNNING)}
    office = keeping.add_post(deputy.organisation, **by, values=several)
    keeping.set_quota(first.unit, **by, grade=Grade.TOWNSHIP_CHIEF, approved=len(RUNNING) + 1)
    courses = [first]
    for number in range(1, len(RUNNING) + 1):
        values = {
            "title": f"总工程师（{number}）", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF,
            "is_probationary": True, "seats": 1,
        }  # fmt: skip
        courses.append(first.again(keeping.add_post(first.unit, **by, values=values), at=first.at))
    for number, one in enumerate(courses):
        if number:
            one.people = [able(first.county, f"林示{number}号{nth}", office) for nth in "甲乙丙"]
        one.at += number * timedelta(hours=1)
    for number, (one, point) in enumerate(zip(courses, (Point.CLOSED, *RUNNING), strict=True)):
        if list(Point).index(point) >= list(Point).index(Point.DISCUSSED):
            one.go_to(Point.CONSULTED)
            one.discuss(number=f"第{number + 1}次")
        one.go_to(point)
    return Scale(closed=courses[0], running=courses[1:])


def _hanging_on(selections: list[int]) -> dict[type[models.Model], list[int]]:
    """Keys of every row that is copied with these selections, by model."""
    found: dict[type[models.Model], list[int]] = {Selection: selections}
    for model in apps.get_app_config("selection").get_models():
        if any(field.name == "selection" and field.is_relation for field in model._meta.fields):
            found[model] = list(model._base_manager.filter(selection__in=selections).values_list("pk", flat=True))
    people = list(Person.objects.filter(candidacies__selection__in=selections).values_list("pk", flat=True))
    found |= _in_their_places(people, selections)
    meetings = list(Meeting.objects.filter(items__selection__in=selections).values_list("pk", flat=True))
    found[Meeting] = meetings
    attendance = apps.get_model("selection", "Attendance")
    found[attendance] = list(attendance._base_manager.filter(meeting__in=meetings).values_list("pk", flat=True))
    return found


def _in_their_places(people: list[int], selections: list[int]) -> dict[type[models.Model], list[int]]:
    """Persons with their appraisals and tenures, and the units and posts of these and of the selections."""
    tenures = Tenure.objects.filter(person__in=people)
    posts = Post.objects.filter(Q(pk__in=tenures.values("post")) | Q(selections__in=selections)).distinct()
    units = Organisation.objects.filter(pk__in=posts.order_by().values("organisation"))
    found: dict[type[models.Model], models.QuerySet[Any]] = {
        Organisation: units,
        Quota: Quota.objects.filter(organisation__in=units),
        Post: posts,
        Person: Person.objects.filter(pk__in=people),
        Appraisal: Appraisal.objects.filter(person__in=people),
        Tenure: tenures,
    }
    return {model: list(rows.values_list("pk", flat=True)) for model, rows in found.items()}


def _multiply(
    model: type[models.Model], keys: list[int], sets: dict[type[models.Model], set[int]], first: int, end: int
) -> None:
    """Copy rows of one table once for each number from ``first`` up to ``end``."""
    if not keys or end <= first:
        return
    shared = (Organisation, Quota, Post)  # several originals are of one unit and have candidates from one post
    if model in (Organisation, Quota):
        first, end = 1, UNITS
    table, columns, values = model._meta.db_table, [], []
    for column in model._meta.local_concrete_fields:
        name = f't."{column.column}"'
        columns.append(f'"{column.column}"')
        if column.primary_key:
            values.append(f"{name} + g.n * {STRIDE}")
        elif column.is_relation and column.related_model in sets and sets[column.related_model]:
            among = ", ".join(map(str, sorted(sets[column.related_model])))
            nth = f"g.n %% {UNITS}" if column.related_model is Organisation else "g.n"
            values.append(f"CASE WHEN {name} IN ({among}) THEN {name} + ({nth}) * {STRIDE} ELSE {name} END")
        elif (made := _COPIED_TEXT.get((table, column.column))) is not None:
            values.append(made.format(column=name, stride=STRIDE))
        else:
            values.append(name)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(columns)}) OVERRIDING SYSTEM VALUE '
            f'SELECT {", ".join(values)} FROM "{table}" t, generate_series(%s::bigint, %s::bigint) AS g(n)'
            f' WHERE t."{_key(model)}" = ANY(%s){" ON CONFLICT DO NOTHING" if model in shared else ""}',
            [first, end - 1, keys],
        )
        cursor.execute(
            f'SELECT setval(pg_get_serial_sequence(%s, %s), greatest((SELECT max(id) FROM "{table}"), 1))',
            [table, _key(model)],
        )


def _key(model: type[models.Model]) -> str:
    assert model._meta.pk is not None
    return model._meta.pk.column


_ENTRY = (
    "stream", "seq", "recorded_at", "leaf", "body", "at", "action", "actor_id", "actor_name", "case_name",
    "object_type", "object_id", "req", "txid",
)  # fmt: skip


def _copy_record(selection: int, first: int, end: int) -> None:
    """The entries of one selection's stream, chained anew for every copy, and their openings."""
    stream = f"selection:{selection}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {', '.join(_ENTRY)} FROM audit_entry WHERE stream = %s ORDER BY seq",
            [stream],
        )
        originals = cursor.fetchall()
        cursor.execute("SELECT max(id) FROM audit_entry")
        number = cursor.fetchone()[0]
        portion = max(1, 50_000 // len(originals))
        for begin in range(first, end, portion):
            rows = io.StringIO()
            ids: list[tuple[int, int]] = []
            for copy in range(begin, min(end, begin + portion)):
                name = f"selection:{selection + copy * STRIDE}"
                before = chain.origin(name)
                for original, _stream, seq, recorded_at, _leaf, body, *others in originals:
                    number += 1
                    content = json.loads(body)
                    content["data"].pop("rows", None)  # copied rows leave imprints of their own
                    content |= {
                        "stream": name,
                        "prev": before,
                        "case": name if content["case"] == stream else content["case"],
                    }
                    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
                    before = chain.leaf(written)
                    at, action, actor_id, actor_name, case, *object_and_request = others
                    case = name if case == stream else case
                    _write(
                        rows,
                        (
                            number,
                            name,
                            seq,
                            recorded_at,
                            before,
                            written,
                            at,
                            action,
                            actor_id,
                            actor_name,
                            case,
                            *object_and_request,
                        ),
                    )
                    ids.append((original, number))
            rows.seek(0)
            cursor.copy_expert(f"COPY audit_entry (id, {', '.join(_ENTRY)}) FROM STDIN", rows)
            pairs = io.StringIO("".join(f"{old}\t{new}\n" for old, new in ids))
            cursor.execute("CREATE TEMP TABLE copied (old bigint, new bigint) ON COMMIT PRESERVE ROWS")
            cursor.copy_expert("COPY copied FROM STDIN", pairs)
            cursor.execute(
                "INSERT INTO audit_opening (entry_id, field, salt, value)"
                " SELECT c.new, o.field, o.salt, o.value FROM audit_opening o JOIN copied c ON c.old = o.entry_id"
            )
            cursor.execute("DROP TABLE copied")
        cursor.execute("SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), %s)", [number])


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _write(rows: io.StringIO, values: tuple[Any, ...]) -> None:
    rows.write("\t".join(str(value).translate(_ESCAPES) for value in values) + "\n")


@contextmanager
def triggers_asleep() -> Iterator[None]:
    """Every trigger and foreign key of the database rests, and is afterwards what it was; all rows leave imprints."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
            " WHERE c.relnamespace = 'public'::regnamespace AND tgparentid = 0"
        )
        found = cursor.fetchall()
        for table in sorted({table for table, _name, _state in found}):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        try:
            yield
        finally:
            how = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "D": "DISABLE"}
            for table, name, state in found:
                cursor.execute(f'ALTER TABLE {table} {how[state]} TRIGGER "{name}"')
            with transaction.atomic():
                cursor.execute(Imprints(imprinted()).sql)
