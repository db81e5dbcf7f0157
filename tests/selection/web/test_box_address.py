"""Where slips lead: to the box, wherever it is, and never to the site (选票上的地址)."""

import pytest
import segno
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from selection.web.voting import box_address, slips


@pytest.mark.parametrize(
    ("host", "bound", "meant"),
    [
        ("127.0.0.1:8000", "127.0.0.1:8001", "http://127.0.0.1:8001/box/"),
        ("10.1.2.3:8000", "0.0.0.0:8001", "http://10.1.2.3:8001/box/"),
        ("zuzhibu.intranet", "0.0.0.0:8443", "http://zuzhibu.intranet:8443/box/"),
        ("[fd00::5]:8000", "[::]:8001", "http://[fd00::5]:8001/box/"),
    ],
)
def test_without_an_address_of_its_own_the_box_is_at_the_host_of_the_request(
    settings: Settings, host: str, bound: str, meant: str
) -> None:
    settings.ALLOWED_HOSTS, settings.BOX_BIND, settings.BOX_ADDRESS = ["*"], bound, ""
    assert box_address(RequestFactory().get("/office/", headers={"host": host})) == meant


def test_the_address_of_the_place_comes_first(settings: Settings) -> None:
    settings.BOX_ADDRESS = "https://box.selection.example"
    request = RequestFactory().get("/office/", headers={"host": "127.0.0.1:8000"})
    assert box_address(request) == "https://box.selection.example/box/"


def test_the_picture_of_a_slip_leads_to_the_box_with_the_code_behind_the_hash() -> None:
    [slip] = slips(["ABC-DEF"], "http://10.1.2.3:8001/box/")
    picture = segno.make("http://10.1.2.3:8001/box/#ABC-DEF", error="m").svg_data_uri(scale=4, border=2)
    assert slip == {"code": "ABC-DEF", "picture": picture}
