"""A browser that is signed in at the office votes at the box, which learns nothing of it (同一浏览器的办公区与票箱)."""

import pytest
from playwright.sync_api import Request

from selection.enums import Choice
from tests.browser.way import County, Course, cast

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_on_one_host_no_cookie_of_the_office_reaches_the_box(county: County, voting: Course) -> None:
    """One host and two ports, as on a bare address: to a browser that is one place for cookies."""
    with county.stranger() as member:
        sent: list[Request] = []
        member.context.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - it cannot keep a built-in
        member.log_in("changwei1")
        office, at_the_site = member.root, len(sent)
        names = {cookie["name"] for cookie in member.context.cookies()}
        assert "office" in names
        assert any("cookie" in one.all_headers() for one in sent), "and is sent to the office"

        member.root = f"http://{county.site.box_address}"  # whatever else is asked for from here on is a fault
        assert member.root.rpartition(":")[0] == office.rpartition(":")[0]
        cast(member, voting.codes[2], dict.fromkeys(voting.people[:2], Choice.ABSTAIN))
        at_the_box = sent[at_the_site:]
        assert {one.method for one in at_the_box} == {"GET", "POST"}
        assert any(".css" in one.url for one in at_the_box), "the style comes from the box itself"
        for one in at_the_box:
            assert one.url.startswith(f"{member.root}/")
            told = {name for name, value in one.all_headers().items() if value}
            assert not {"cookie", "authorization", "referer"} & told, one.url
            answer = one.response()
            assert answer is not None
            assert "set-cookie" not in answer.all_headers(), one.url
        assert {cookie["name"] for cookie in member.context.cookies()} == names
