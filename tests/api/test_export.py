"""Papers through the API: who gets which, and what is refused before a child process starts."""

import pytest

from api.app import create_app
from api.context import OutsideServices
from core.errors import Refused, StoreError
from tests.api.scene import API, Callers


@pytest.mark.parametrize(
    ("path", "kind", "facts"),
    [
        ("rooms/1?month=2026-01", "room-month", {"room": 1, "month": "2026-01"}),
        ("patrols?month=2026-01", "patrols", {"room": None, "month": "2026-01"}),
        ("patrols?month=2026-01&room=2", "patrols", {"room": 2, "month": "2026-01"}),
        ("stock", "stock", {}),
        ("calibrations", "calibrations", {}),
    ],
)
def test_a_paper_is_asked_for_in_the_name_of_the_person(
    callers: Callers, path: str, kind: str, facts: dict[str, object]
) -> None:
    callers.house.exported.clear()
    answer = callers("alice").get(f"{API}/export/{path}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    asked_kind, asked_facts, form, person = callers.house.exported[0]
    assert (asked_kind, asked_facts, form, person.name) == (kind, facts, "csv", "alice")


def test_the_name_of_the_file_may_be_chinese(callers: Callers) -> None:
    answer = callers("keeper").get(f"{API}/export/stock", params={"format": "xlsx"})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''3%E5%8F%B7%E5%BA%93.xlsx"


@pytest.mark.parametrize("month", ["2026-1", "2026-00", "2026-13", "january", "2026-01-01", ""])
def test_a_month_that_is_none_starts_nothing(callers: Callers, month: str) -> None:
    callers.house.exported.clear()
    answer = callers("keeper").get(f"{API}/export/rooms/1", params={"month": month})
    assert answer.status_code == 422
    assert callers.house.exported == []


def test_a_process_that_cannot_export_says_so(callers: Callers) -> None:
    house = callers.house
    app = create_app(house.dbs, house.history, now=lambda: house.now)
    answer = Callers(app, house)("keeper").get(f"{API}/export/stock")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/export-unavailable")


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Refused("export_busy", "正在导出别的文件,请过一会儿再试"), 409, "export-busy"),
        (Refused("unknown_month", "没有这个月"), 404, "unknown-month"),
        (StoreError("the report took longer than 60 s"), 503, "store-unavailable"),
    ],
)
def test_an_export_that_fails_is_a_problem_and_no_file(
    callers: Callers, error: Exception, status: int, kind: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    house = callers.house
    services = OutsideServices(export=fail)  # type: ignore[arg-type]
    app = create_app(house.dbs, house.history, now=lambda: house.now, services=services)
    answer = Callers(app, house)("keeper").get(f"{API}/export/stock")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
