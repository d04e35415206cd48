"""Every page that is reached by a plain address, as the administrator sees it."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

PROBE = quote(json.dumps(["1号库-door", ""]))
ADDRESSES = (
    "/",
    "/alerts",
    "/checks",
    "/checks/new?room=1",
    "/checks/ring",
    "/devices",
    "/devices/calibrate?probe=" + PROBE,
    "/devices/calibrations",
    "/devices/ice",
    "/devices/label?device=" + quote("1号库-door"),
    "/devices/one?device=" + quote("1号库-door"),
    "/devices/place?device=new&room=1",
    "/devices/replace?probe=" + PROBE,
    "/doors",
    "/more",
    "/patrol",
    "/people",
    "/people/1",
    "/people/new",
    "/rules",
    "/rejected",
    "/rooms/1",
    "/rooms/1/patrol",
    "/rooms/1/read",
    "/rooms/7",
    "/rooms/new?kind=mushroom_shed",
    "/roster",
    "/roster/new",
    "/stock",
    "/stock/issue?lot=1&room=1",
    "/stock/receive?again=1",
    "/stock/transfer",
)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_opens_in_both_languages(signed_in: Callable[[str], TestClient], lang: str) -> None:
    admin = signed_in("admin")
    admin.post("/lang", data={"lang": lang})
    wrong = {address: answer.status_code for address in ADDRESSES if (answer := admin.get(address)).is_error}
    assert not wrong


def test_a_page_that_is_none_says_so_and_leads_back(signed_in: Callable[[str], TestClient]) -> None:
    answer = signed_in("admin").get("/rooms/999")
    assert answer.status_code == 404
    assert "没有这个库" in answer.text
    assert 'href="/"' in answer.text
