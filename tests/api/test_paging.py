"""Lists by pages: `limit`, `cursor`, and where they end."""

from types import SimpleNamespace

import pytest
from fastapi import FastAPI

from api.paging import cursor_after, id_of_cursor, page_of_rows
from tests.api.scene import Callers

LISTS = {
    "/api/v1/rooms": 3,
    "/api/v1/patrols": 3,
    "/api/v1/checks": 3,
    "/api/v1/readings/latest": 5,
    "/api/v1/readings/by-hand": 3,
    "/api/v1/readings/rejected": 2,
    "/api/v1/devices": 2,
    "/api/v1/placements": 4,
    "/api/v1/calibrations": 3,
    "/api/v1/rules": 3,
    "/api/v1/produce": 10,
    "/api/v1/lots": 3,
    "/api/v1/movements": 6,
    "/api/v1/stock": 3,
    "/api/v1/roster": 3,
    "/api/v1/alerts": 0,
    "/api/v1/notifications": 0,
}


def test_every_list_is_in_the_table(shared_app: FastAPI) -> None:
    lists = set()
    for path, methods in shared_app.openapi()["paths"].items():
        names = {parameter["name"] for parameter in methods.get("get", {}).get("parameters", ())}
        if "cursor" in names:
            lists.add(path)
    assert lists == set(LISTS)


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_two_give_the_whole_list_once(callers: Callers, path: str) -> None:
    whole = callers("admin").get(path).json()["items"]
    assert len(whole) >= LISTS[path]
    pages, cursor = [], None
    for _ in range(len(whole) + 1):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = callers("admin").get(path, params=query).json()
        pages += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert cursor is None, "the last page has no next"
    assert pages == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "501"), ("limit", "many"), ("cursor", "-1"), ("cursor", "x")],
)
def test_a_wrong_limit_or_cursor_is_named(callers: Callers, path: str, name: str, value: str) -> None:
    answer = callers("admin").get(path, params={name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == ["query", name]


BY_ID = {
    f"/api/v1/{noun}"
    for noun in (
        *("patrols", "checks", "readings/by-hand", "readings/rejected"),
        *("lots", "movements", "alerts", "notifications"),
    )
}
"""Newest first: the cursor is the id of the last row. Elsewhere it is the number of rows before."""


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_behind_everything_ends_the_list(callers: Callers, path: str) -> None:
    behind = "1" if path in BY_ID else "999999"
    page = callers("admin").get(path, params={"cursor": behind}).json()
    assert page["items"] == []
    assert page["next"] is None


def test_a_slice_names_its_end_only_while_more_follows() -> None:
    assert page_of_rows("abcde", 2, None) == ("ab", "2")
    assert page_of_rows("abcde", 2, "2") == ("cd", "4")
    assert page_of_rows("abcde", 2, "4") == ("e", None)
    assert page_of_rows("abcd", 2, "2") == ("cd", None), "an exact fit is the end"
    assert page_of_rows("abc", 2, "99") == ("", None)


def test_rows_by_id_go_on_before_the_last_of_a_full_page() -> None:
    rows = [SimpleNamespace(id=9), SimpleNamespace(id=7)]
    assert cursor_after(rows, 2) == "7"
    assert cursor_after(rows, 3) is None
    assert (id_of_cursor(None), id_of_cursor("7")) == (None, 7)
