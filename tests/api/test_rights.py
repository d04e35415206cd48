"""Who may call which route: 403 for everybody without the permission, for nobody with it."""

import pytest
from fastapi import FastAPI

from core.people.people import Role
from tests.api.scene import Callers

PEOPLE = ("admin", "manager", "keeper", "technician", "viewer", "alice")
SEES = PEOPLE
KEEPS_ROOMS = ("admin", "manager", "keeper", "technician")
PLACES_DEVICES = KEEPS_ROOMS
MAKES_RULES = GIVES_LOGINS = ("admin", "manager", "technician")
WRITES_STOCK = ("admin", "manager", "keeper", "alice")
SETS_LIMITS = ("admin", "manager")

ALLOWED: dict[str, tuple[str, ...]] = {
    "GET /metrics": ("admin",),
    "GET /api/v1/me": SEES,
    "GET /api/v1/rooms": SEES,
    "GET /api/v1/rooms/{room}": SEES,
    "GET /api/v1/rooms/{room}/history": SEES,
    "POST /api/v1/rooms/{room}/rest": KEEPS_ROOMS,
    "POST /api/v1/rooms/{room}/open": KEEPS_ROOMS,
    "GET /api/v1/patrols": SEES,
    "POST /api/v1/patrols": KEEPS_ROOMS,
    "GET /api/v1/patrols/day": SEES,
    "GET /api/v1/checks": SEES,
    "POST /api/v1/checks": KEEPS_ROOMS,
    "POST /api/v1/checks/ring": KEEPS_ROOMS,
    "GET /api/v1/checks/{check}": SEES,
    "GET /api/v1/readings/latest": SEES,
    "GET /api/v1/readings/rejected": SEES,
    "POST /api/v1/readings": KEEPS_ROOMS,
    "GET /api/v1/readings/by-hand": SEES,
    "GET /api/v1/devices": SEES,
    "GET /api/v1/devices/{device}": SEES,
    "GET /api/v1/devices/{device}/history": SEES,
    "PUT /api/v1/devices/{device}/name": PLACES_DEVICES,
    "POST /api/v1/devices/{device}/replace": PLACES_DEVICES,
    "POST /api/v1/devices/forget": GIVES_LOGINS,
    "GET /api/v1/issues": GIVES_LOGINS,
    "POST /api/v1/issues/acknowledge": GIVES_LOGINS,
    "GET /api/v1/placements": SEES,
    "POST /api/v1/placements": PLACES_DEVICES,
    "POST /api/v1/placements/end": PLACES_DEVICES,
    "GET /api/v1/calibrations": SEES,
    "POST /api/v1/calibrations": PLACES_DEVICES,
    "GET /api/v1/rules": MAKES_RULES,
    "POST /api/v1/rules": MAKES_RULES,
    "POST /api/v1/rules/try": MAKES_RULES,
    "GET /api/v1/rules/{rule_id}": MAKES_RULES,
    "PATCH /api/v1/rules/{rule_id}": MAKES_RULES,
    "DELETE /api/v1/rules/{rule_id}": MAKES_RULES,
    "GET /api/v1/produce": SEES,
    "GET /api/v1/lots": WRITES_STOCK,
    "POST /api/v1/lots": WRITES_STOCK,
    "GET /api/v1/lots/{lot}": WRITES_STOCK,
    "GET /api/v1/movements": WRITES_STOCK,
    "POST /api/v1/movements": WRITES_STOCK,
    "POST /api/v1/movements/{movement}/correct": WRITES_STOCK,
    "GET /api/v1/stock": WRITES_STOCK,
    "GET /api/v1/limits": SEES,
    "PUT /api/v1/limits": SETS_LIMITS,
    "DELETE /api/v1/limits": SETS_LIMITS,
    "GET /api/v1/alerts": SEES,
    "GET /api/v1/alerts/{alert}": SEES,
    "POST /api/v1/alerts/{alert}/acknowledge": KEEPS_ROOMS,
    "POST /api/v1/alerts/{alert}/close": KEEPS_ROOMS,
    "GET /api/v1/notifications": SEES,
    "GET /api/v1/roster": SEES,
    "GET /api/v1/export/rooms/{room}": WRITES_STOCK,
    "GET /api/v1/export/patrols": WRITES_STOCK,
    "GET /api/v1/export/stock": WRITES_STOCK,
    "GET /api/v1/export/calibrations": WRITES_STOCK,
}
OPEN = {"POST /api/v1/token", "GET /healthz"}
ENDLESS = {"GET /api/v1/live"}


def test_every_route_is_in_the_table_of_rights(shared_app: FastAPI) -> None:
    routes = {
        f"{method.upper()} {path}"
        for path, methods in shared_app.openapi()["paths"].items()
        for method in methods
    }
    assert routes - OPEN - ENDLESS == set(ALLOWED)


def test_there_is_a_person_of_every_role(callers: Callers) -> None:
    roles = {callers(name).get("/api/v1/me").json()["role"] for name in PEOPLE}
    assert roles == set(Role)


@pytest.mark.parametrize("route", ALLOWED)
def test_only_those_with_the_permission_may(callers: Callers, route: str) -> None:
    method, path = route.split(" ")
    url = path.replace("{device}", "nothing")
    for noun in ("room", "check", "lot", "movement", "alert", "rule_id"):
        url = url.replace(f"{{{noun}}}", "999")
    content = None if method == "GET" else b"not json"  # nothing is written: the body cannot be read
    if method == "DELETE":
        url += "?room=999" if "limits" in url else ""
    key = {"Idempotency-Key": "not allowed \n"} if url.endswith(("/ring", "/checks")) else {}
    for name in PEOPLE:
        if key and name in ALLOWED[route]:
            continue
        answer = callers(name).request(method, url, content=content)
        assert (answer.status_code == 403) == (name not in ALLOWED[route]), (name, answer.text)
        if answer.status_code == 403:
            assert answer.json()["type"] in ("/problems/not-allowed",), name
