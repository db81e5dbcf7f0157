"""The pictures of the README, taken of the demonstration (`make pictures` keeps them in docs/images)."""

import os
from pathlib import Path

import pytest

from selection.enums import Choice
from tests.browser.office import PHONE
from tests.browser.way import County, Course, able, enter, mark, vacant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LARGEST = 300_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: the folder that is asked for, else one that is gone afterwards."""
    wanted = os.environ.get("PICTURES")
    return Path(wanted) if wanted else tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def waiting(county: County, voting: Course) -> Course:
    """Beside the open ballot, a selection with two names on its list and a recommendation to be reviewed."""
    first, second, third = people = able()[9:12]
    course = Course(county, vacant()[3], people)
    course.open()
    course.nominate(first)
    course.nominate(second)
    course.recommend_personally(third)
    return course


def test_desk(county: County, waiting: Course, folder: Path) -> None:
    officer = county["jingban"]
    officer.go("/office/")
    officer.says("我的待办", waiting.people[2])
    officer.page.screenshot(path=folder / "desk.png")
    assert_small(folder / "desk.png")


def test_selection(waiting: Course, folder: Path) -> None:
    officer = waiting.look("jingban")
    officer.says("候选名单达到规定比例")
    officer.page.screenshot(path=folder / "selection.png")
    assert_small(folder / "selection.png")


def test_ballot(county: County, voting: Course, folder: Path) -> None:
    with county.voter(viewport=PHONE, device_scale_factor=2) as member:
        enter(member, voting.codes[-1])
        first, _second, *_ = voting.people
        mark(member, {first: Choice.AGREE})
        member.page.screenshot(path=folder / "ballot.png")
    assert_small(folder / "ballot.png")


def test_verify(county: County, voting: Course, folder: Path) -> None:
    auditor = county["jiandu"]
    auditor.go("/office/record/verify/")
    auditor.push("核验全部纪实")
    auditor.says("记录完整")
    auditor.page.screenshot(path=folder / "verify.png")
    assert_small(folder / "verify.png")


def assert_small(picture: Path) -> None:
    size = picture.stat().st_size
    assert 5_000 < size < LARGEST, f"{picture.name} has {size} bytes"
