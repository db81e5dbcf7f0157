"""A competition for a grade under the rules of Xiamen, driven by acts (职级竞争)."""

from selection.enums import Competition, Grade
from selection.register import keeping
from selection.register.models import Post
from tests.factories import Course, Point, course


def motion() -> Course:
    """Two free posts of one grade and unit, and six people; nothing is done yet."""
    made = course(rulebook="xiamen", people=6)
    by = made.by("jingban")
    keeping.set_quota(made.unit, **by, grade=Grade.TOWNSHIP_DEPUTY, approved=2)
    for title in ("综合科科长", "技术科科长"):
        values = {"title": title, "grade": Grade.TOWNSHIP_DEPUTY, "seats": 1, "is_probationary": False}
        made.post = keeping.add_post(made.unit, **by, values=values)
    made.seats = 2
    return made


def competing(point: Point) -> Course:
    """The two posts competed for, come to the point."""
    made = motion()
    made.open(competition=Competition.GRADE, posts=offered(made))
    return made.go_to(point)


def decided() -> Course:
    """The committee has voted, and two have passed."""
    made = competing(Point.VOTING)
    made.vote((11, 11) + (0,) * (made.round.items.count() - 2))
    made.announce()
    return made


def offered(made: Course) -> list[Post]:
    return list(Post.objects.filter(organisation=made.unit, grade=Grade.TOWNSHIP_DEPUTY).order_by("pk"))
