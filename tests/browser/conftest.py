"""A whole site with its demonstration, and people who come to it with a browser of their own."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.way import County, Course, able, vacant
from tests.served import Site, whole_site

PLAIN_HOST = "gbxt.test"
"""A name of the site on plain http that is not localhost, where browsers hold back what they keep for https."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, which finds no other machine than this one."""
    local = f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    quiet = ["--lang=zh-CN", "--disable-background-networking", "--disable-component-update", "--no-first-run", local]
    return browser_type_launch_args | {"args": [*browser_type_launch_args["args"], *quiet]}


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """One site for all tests of a process, which leave it with the posts, people and seats that others count on."""
    with whole_site(LC_ALL="zh_CN.UTF-8", ALLOWED_HOSTS=f"127.0.0.1,{PLAIN_HOST}", BOX_JITTER="0") as served:
        yield served


@pytest.fixture(scope="session")
def county(site: Site, browser: Browser) -> Iterator[County]:
    """The site with everybody who has come to it."""
    county = County(browser, site)
    yield county
    county.leave()


@pytest.fixture(scope="session")
def voting(county: County) -> Course:
    """A selection whose ballot is open, with the codes of its slips."""
    course = Course(county, vacant()[0], able()[3:6])
    course.go_ahead("voting")
    return course
