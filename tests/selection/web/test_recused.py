"""A recused person sees nothing of the matter: every role, by every way in which a page could tell (回避：角色与渠道).

Each cell is asked twice: as it stands, when the page must tell something, so that there is something to leak; and after
the recusal, when nothing of it may be left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import reverse

from selection import acts
from selection.acts import Refused
from selection.enums import Act, Paper, Part, Trigger
from selection.models import Account, AgendaItem, Document, Inquiry, Round, Selection
from selection.stages import charge, motion, notice
from selection.web import oversight, units
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, standing_at, words

pytestmark = pytest.mark.django_db
REASON = "与一名人选有亲属关系。"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        with pytest.raises(Refused):
            notice.close_notice(course.appointment, **course.by("jingban"))
        acts.looked_at(
            course.county["jingban"], "document", ("document", "1"), course.at, case=course.selection.streams()[0]
        )
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


# --- the ways in -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Channel:
    """An address, and the texts by which the page would betray the matter; without any the page itself would."""

    url: Callable[[Course], str]
    tells: Callable[[Course], list[str]] = lambda course: []


def matter(course: Course) -> list[str]:
    return [course.selection.number, *(row.person.name for row in course.candidacies)]


def number(course: Course) -> list[str]:
    return [course.selection.number]


def of(name: str) -> Callable[[Course], str]:
    return lambda course: reverse(name, args=[course.selection.number])


def at(name: str, found: Callable[[Course], Any]) -> Callable[[Course], str]:
    return lambda course: reverse(name, args=[found(course).pk])


def doing(act: Act, found: Callable[[Course], Any], **first: Any) -> Callable[[Course], str]:
    return lambda course: act_url(act, found(course), **first)


def this(course: Course) -> Selection:
    return course.selection


def the_round(course: Course) -> Round:
    return Round.objects.latest("pk")


def overseen(key: str) -> Channel:
    return Channel(lambda course: reverse("oversight_list", args=[key]), number)


CHANNELS: dict[str, Channel] = {
    "desk": Channel(lambda course: reverse("desk"), matter),
    "list": Channel(lambda course: reverse("selections"), number),
    "search": Channel(lambda course: reverse("search", query={"q": course.post.title}), number),
    "page": Channel(of("selection")),
    "votes": Channel(of("selection_votes")),
    "papers": Channel(of("selection_papers")),
    "record tab": Channel(of("selection_record")),
    "rules tab": Channel(of("selection_rules")),
    "people tab": Channel(of("selection_people")),
    "compare": Channel(of("compare")),
    "person": Channel(lambda course: reverse("person", args=[course.people[0].pk]), number),
    "meeting": Channel(at("meeting", lambda course: course.meeting), number),
    "opinions": Channel(at("opinions", lambda course: AgendaItem.objects.get())),
    "ballot and roll": Channel(at("ballot", the_round)),
    "wall": Channel(at("wall", the_round)),
    "paper": Channel(at("document_state", lambda course: Document.objects.earliest("pk"))),
    "inquiries": Channel(lambda course: reverse("inquiries"), matter),
    "recommend": Channel(lambda course: reverse("recommend"), matter),
    "record index": Channel(lambda course: reverse("record"), number),
    "record": Channel(of("record_of")),
    "record of a person": Channel(lambda course: reverse("person_record", args=[course.people[0].pk]), number),
    "look back": Channel(
        lambda course: reverse("look_back", args=[course.selection.number, course.appointment.pk]),
    ),
    "index of the file": Channel(of("archive")),
    "raw streams": Channel(lambda course: reverse("audit:streams"), lambda course: [course.selection.streams()[0]]),
    "raw stream": Channel(lambda course: reverse("audit:stream", args=[course.selection.streams()[0]])),
    "raw entry": Channel(lambda course: reverse("audit:entry", args=[course.selection.streams()[0], 0])),
    "raw access": Channel(
        lambda course: reverse("audit:stream", args=["access"]), lambda course: [str(Act.CLOSE_NOTICE.label)]
    ),
    "verify": Channel(
        lambda course: reverse("audit:verify", query={"stream": course.selection.streams()[0]}),
    ),
    "refused attempts": overseen("refused"),
    "act on the selection": Channel(doing(Act.NOTE_MATTER, this)),
    "act on a candidate": Channel(doing(Act.END_CANDIDACY, lambda course: course.candidacies[0])),
    "act on an appointment": Channel(doing(Act.CLOSE_NOTICE, lambda course: course.appointment)),
    "export": Channel(doing(Act.REQUEST_DOCUMENT, this, kind=Paper.RECORD_FORM.value)),
    "declaration": Channel(doing(Act.DECLARE_RECUSAL, this)),
    "inquiry": Channel(doing(Act.ANSWER_INQUIRY, lambda course: Inquiry.objects.earliest("pk"))),
}

WHOLE = {
    "desk", "list", "search", "page", "votes", "papers", "record tab", "rules tab", "people tab", "compare", "person",
    "meeting", "ballot and roll", "wall", "paper", "declaration", "look back",
    "index of the file",
}  # fmt: skip
#: Who, by user name → the ways by which that account learns of the matter as long as it is not recused.
OPEN: dict[str, set[str]] = {
    "jingban2": WHOLE
    | {"opinions", "inquiries", "act on the selection", "act on a candidate", "act on an appointment", "export"},
    "buzhang": WHOLE | {"inquiries", "act on the selection", "act on a candidate", "export"},
    "shuji": WHOLE,
    "jiandu": WHOLE
    | {
        "record index", "record", "record of a person", "refused attempts", "export",
        "raw streams", "raw stream", "raw entry", "raw access", "verify",
    },
    "kaocha1": {
        "desk", "list", "search", "page", "rules tab", "person", "ballot and roll", "wall", "declaration",
    },
    "jipiao1": {"desk", "list", "search", "page", "votes", "rules tab", "ballot and roll", "wall", "declaration"},
    "changwei1": {"declaration"},
    "lingdao": {"recommend"},
    "jiwei": {"inquiries", "inquiry"},
}  # fmt: skip


def told_by(client: LintingClient, course: Course) -> set[str]:
    """The channels by which the account learns of the matter."""
    found = set()
    for name, channel in CHANNELS.items():
        answer = client.get(channel.url(course))
        texts = channel.tells(course)
        if answer.status_code == 200 and (not texts or any(text in words(answer) for text in texts)):
            found.add(name)
        if answer.status_code != 200:  # a refusal betrays nothing either
            assert not any(text in words(answer) for text in matter(course)), name
    return found


def recuse(course: Course, username: str) -> None:
    """By declaration where that is open to the account, else by decision."""
    account = course.county[username]
    if "declaration" in OPEN[username]:
        charge.declare_recusal(course.selection, **course.by(username), reason=REASON)
        return
    own = account.person or factories.person(course.county, "郑示避", at=course.at)
    with beside_an_entry():
        Account.objects.filter(pk=account.pk).update(person=own)
    charge.recuse_person(course.selection, **course.by("buzhang"), person=own, reason=REASON)


@pytest.mark.covers("QUA-19", refused=True)
@pytest.mark.parametrize("username", OPEN)
def test_a_recused_account_learns_nothing_by_any_way(course: Course, username: str) -> None:
    client = signed_in(course, username)
    assert told_by(client, course) == OPEN[username]
    recuse(course, username)
    assert told_by(client, course) == set()


def test_a_colleague_goes_on_seeing_it(course: Course) -> None:
    recuse(course, "jingban2")
    assert told_by(signed_in(course, "jingban"), course) == OPEN["jingban2"]


@pytest.mark.parametrize("username", ["jingban2", "buzhang", "shuji", "jiandu", "changwei1"])
def test_counts_do_not_betray_it(course: Course, username: str) -> None:
    def counts() -> tuple[int, ...]:
        client = signed_in(course, username)
        (meeting,) = client.get(reverse("meetings")).context["page"]
        listed = client.get(reverse("selections"))
        papers = sum(client.get(reverse("status")).context["papers"].values())
        return (meeting.number_of_items, len(listed.context["rows"]) if listed.status_code == 200 else 0, papers)

    of_the_matter = Document.objects.filter(selection=course.selection).count()
    others = Document.objects.count() - of_the_matter
    assert of_the_matter
    assert counts() == (1, 0 if username == "changwei1" else 1, others + of_the_matter)
    recuse(course, username)
    assert counts() == (0, 0, others)


def test_the_number_of_reserved_posts_does_not_betray_it(course: Course) -> None:
    def reserved() -> int:
        account = course.county["jingban2"]
        numbers = units.numbers_of([course.unit.pk], course.day, account)[course.unit.pk]
        return sum(one.reserved for one in numbers)

    assert reserved() == 1
    recuse(course, "jingban2")
    assert reserved() == 0


@pytest.mark.covers("POS-03", refused=True)
def test_a_motion_for_the_same_post_does_not_betray_it(course: Course) -> None:
    """The one free post of the unit is promised to the matter: who keeps out of it is told of a free post."""
    given = {"post": course.post, "seats": 1, "triggers": [Trigger.VACANCY], "reason": "岗位空缺。"}

    def free() -> Any:
        case = course.county.mandate.case_for(given, course.at)
        account = course.county["jingban2"]
        found = acts.requirements(Act.OPEN_SELECTION, case, actor=account, at=course.at, **given)
        return next((row.met, row.observed) for row in found if row.rule == "post.quota")

    assert free() == (False, 0)
    recuse(course, "jingban2")
    assert free() == (True, 1)
    other = motion.open_selection(course.county.mandate, **course.by("jingban2"), **given)
    page = signed_in(course, "jingban2").get(reverse("selection", args=[other.number]))
    assert "空缺 1" in words(page)
    assert course.selection.number not in words(page)
    # Whoever decides on it knows of both, and nobody agrees to a second one.
    with pytest.raises(Refused) as refusal:
        motion.approve_motion(other, **course.by("shuji"))
    assert [row.rule for row in refusal.value.unmet] == ["post.quota"]


def test_an_act_is_hidden_from_a_recused_account(course: Course) -> None:
    charge.assign_officer(
        course.selection, **course.by("jingban"), account=course.county["jingban2"], part=Part.OFFICER
    )
    recuse(course, "jingban2")
    with pytest.raises(acts.NotPermitted) as error:
        notice.close_notice(course.appointment, **course.by("jingban2"))
    assert error.value.hidden
    assert not Selection.objects.open_to(course.county["jingban2"]).exists()
    client = signed_in(course, "jingban2")
    answer = client.post(act_url(Act.NOTE_MATTER, course.selection), {"kind": "other", "cause": "。", "token": "a"})
    assert answer.status_code == 404


def test_oversight_tells_a_recused_auditor_nothing(course: Course) -> None:
    recuse(course, "jiandu")
    asked = oversight.Asked(course.county["jiandu"], course.at)
    for listed in oversight.LISTS:
        if listed.key != "files":
            told = listed.tell(list(listed.rows(asked)), asked)
            assert all(row["selection"] is None for row in told), listed.key
