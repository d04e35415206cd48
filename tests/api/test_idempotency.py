"""Every write with a key: repeated it answers the same and writes nothing; with another body it is 409."""

from typing import Any

import pytest
from fastapi import FastAPI

from tests.api.scene import API, Callers

LOT = {"produce": "potato_table", "cooperative": 1, "room": 1, "kg": 1}
RULE = {"name": "again", "topics": ["again/{device}/up"], "values": [{"path": "t", "metric": "temperature"}]}
CALIBRATION = {"device": "coldroom-3", "position": "door", "offset": 0.1, "method": "ice"}
LIMITS = {"limits": [{"metric": "temperature", "safe_high": 7}]}

WRITES: dict[str, tuple[Any, Any]] = {
    "POST /lots": (LOT, {**LOT, "kg": 2}),
    "POST /movements": (
        {"lot": 1, "kind": "issue", "kg": 0.001},
        {"lot": 1, "kind": "issue", "kg": 0.002},
    ),
    "POST /movements/2/correct": ({"reason": "x"}, {"reason": "y"}),
    "POST /placements": (
        {"device": "again", "room": 1, "spot": "door"},
        {"device": "again", "room": 2, "spot": "door"},
    ),
    "POST /placements/end": ({"device": "again"}, {"device": "other"}),
    "POST /calibrations": (CALIBRATION, {**CALIBRATION, "offset": 0.2}),
    "POST /readings": ({"room": 1, "temperature": 3}, {"room": 1, "temperature": 4}),
    "POST /patrols": ({"room": 1, "temperature": 3}, {"room": 1, "temperature": 4}),
    "POST /checks": ({"room": 1}, {"room": 2}),
    "POST /checks/ring": (None, None),
    "POST /rooms/3/rest": (None, None),
    "POST /rooms/3/open": ({}, {"use": "potato_table"}),
    "PUT /devices/coldroom-3/name": ({"name": "a"}, {"name": "b"}),
    "PUT /limits?room=2": (LIMITS, {"limits": [{"metric": "temperature", "safe_high": 8}]}),
    "DELETE /limits?room=2": (None, None),
    "POST /rules": ({"rule": RULE}, {"rule": {**RULE, "name": "other"}}),
    "PATCH /rules/1": ({"active": False}, {"active": True}),
    "DELETE /rules/3": (None, None),
}
NOT_HERE = {
    "POST /alerts/{alert}/acknowledge",
    "POST /alerts/{alert}/close",
    "POST /devices/{device}/replace",
    "POST /devices/forget",
    "POST /issues/acknowledge",
}
"""Tested with alerts, devices and issues of their own."""
WITHOUT_A_KEY = {"POST /token", "POST /rules/try"}


def test_every_write_is_in_the_table(shared_app: FastAPI) -> None:
    def template(write: str) -> str:
        path = write.partition("?")[0]
        for number, noun in (("movements/2", "movements/{movement}"), ("rooms/3", "rooms/{room}")):
            path = path.replace(number, noun)
        for number in "13":
            path = path.replace(f"rules/{number}", "rules/{rule_id}")
        return path.replace("devices/coldroom-3", "devices/{device}")

    routes = {
        f"{method.upper()} {path.removeprefix(API)}"
        for path, methods in shared_app.openapi()["paths"].items()
        for method in methods
        if method not in ("get", "head")
    }
    assert routes - WITHOUT_A_KEY - NOT_HERE == {template(write) for write in WRITES}


@pytest.mark.parametrize("write", WRITES)
def test_a_repeated_write_is_answered_the_same(callers: Callers, write: str) -> None:
    method, path = write.split(" ")
    body, other = WRITES[write]
    headers = {"Idempotency-Key": write.replace(" ", "-")}
    first = callers("admin").request(method, f"{API}{path}", json=body, headers=headers)
    assert first.status_code in (200, 201), first.text
    assert "Idempotency-Replayed" not in first.headers
    again = callers("admin").request(method, f"{API}{path}", json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    if other != body:
        conflict = callers("admin").request(method, f"{API}{path}", json=other, headers=headers)
        assert (conflict.status_code, conflict.json()["type"]) == (409, "/problems/idempotency-conflict")


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "键"])
def test_a_key_that_is_no_printable_ascii_is_refused(callers: Callers, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = callers("admin").post(f"{API}/lots", json=LOT, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == ["header", "Idempotency-Key"]
