"""Every field of every request: what cannot be is refused with 422 and names the field."""

from typing import Any

import pytest

from tests.api.scene import API, Callers

LOT: dict[str, Any] = {"produce": "potato_table", "cooperative": 1, "room": 1, "kg": 1}
MOVEMENT: dict[str, Any] = {"lot": 1, "kind": "issue", "kg": 1}
PLACEMENT: dict[str, Any] = {"device": "probe-9", "room": 1, "spot": "door"}
CALIBRATION: dict[str, Any] = {"device": "coldroom-3", "position": "door", "offset": 0.1, "method": "ice"}
READING: dict[str, Any] = {"room": 1, "temperature": 3.4}
LIMIT: dict[str, Any] = {"metric": "temperature", "safe_high": 7}
LONG = "好" * 501
FAR = "9999-01-01T00:00:00Z"

FIELDS: list[tuple[str, str, dict[str, Any], str, Any]] = [
    *(
        ("POST", "/lots", LOT, name, value)
        for name, value in (
            ("produce", ""),
            ("produce", "x" * 61),
            ("produce", None),
            ("cooperative", 0),
            ("cooperative", 2**31),
            ("room", "three"),
            ("room", -1),
            ("kg", -5),
            ("kg", 10_000_001),
            ("variety", "x" * 61),
            ("bags", 0),
            ("bags", 1.5),
            ("harvested_on", "2025-13-01"),
            ("note", LONG),
            ("at", "yesterday"),
            ("at", "2026-01-14T03:19:46"),
            ("at", FAR),
            ("at", 1_768_360_786),
        )
    ),
    *(
        ("POST", "/movements", MOVEMENT, name, value)
        for name, value in (
            ("lot", 0),
            ("lot", None),
            ("kind", "receive"),
            ("kind", "steal"),
            ("kg", 0),
            ("kg", "NaN"),
            ("room", 0),
            ("from_room", 2**31),
            ("at", "soon"),
            ("reason", LONG),
        )
    ),
    ("POST", "/movements/1/correct", {}, "reason", ""),
    ("POST", "/movements/1/correct", {}, "reason", None),
    ("POST", "/movements/1/correct", {}, "reason", LONG),
    *(
        ("POST", "/placements", PLACEMENT, name, value)
        for name, value in (
            ("device", ""),
            ("device", "x" * 201),
            ("position", "x" * 201),
            ("room", 0),
            ("spot", "roof"),
            ("spot", None),
            ("valid_from", "then"),
        )
    ),
    ("POST", "/placements/end", {}, "device", ""),
    ("POST", "/placements/end", {"device": "coldroom-3"}, "position", 7),
    *(
        ("POST", "/calibrations", CALIBRATION, name, value)
        for name, value in (
            ("device", ""),
            ("position", "x" * 201),
            ("metric", "x" * 41),
            ("offset", 1e7),
            ("offset", "warm"),
            ("reference", "NaN"),
            ("measured", -1e7),
            ("method", "guess"),
            ("method", None),
            ("done_at", "then"),
            ("due_at", "2027-01-14"),
            ("certificate", "x" * 201),
            ("note", "x" * 201),
        )
    ),
    *(
        ("POST", "/readings", READING, name, value)
        for name, value in (
            ("room", 0),
            ("spot", "roof"),
            ("temperature", "warm"),
            ("humidity", "NaN"),
            ("co2", "Infinity"),
            ("at", "today"),
        )
    ),
    *(
        ("POST", "/patrols", {"room": 1}, name, value)
        for name, value in (
            ("room", None),
            ("spot", "roof"),
            ("temperature", "warm"),
            ("wrong", ["ghosts"]),
            ("wrong", ["door"] * 11),
            ("note", "x" * 301),
            ("at", "today"),
        )
    ),
    ("POST", "/checks", {}, "room", 0),
    ("POST", "/rooms/1/open", {}, "use", ""),
    ("POST", "/rooms/1/open", {}, "use", "x" * 101),
    ("PUT", "/devices/coldroom-3/name", {}, "name", "x" * 101),
    ("PUT", "/devices/coldroom-3/name", {}, "name", None),
    ("POST", "/devices/coldroom-3/replace", {}, "new", ""),
    ("POST", "/devices/coldroom-3/replace", {"new": "coldroom-6"}, "new_position", "x" * 201),
    ("POST", "/alerts/1/close", {}, "cause", LONG),
    ("POST", "/alerts/1/close", {}, "action", LONG),
    ("PUT", "/limits?room=1", {}, "limits", []),
    ("PUT", "/limits?room=1", {}, "limits", [LIMIT] * 13),
    ("PUT", "/limits?room=1", {"limits": [LIMIT]}, "reason", LONG),
    ("POST", "/rules/try", {"topic": "a"}, "topic", ""),
    ("POST", "/rules/try", {"topic": "a"}, "payload", "x" * 65_537),
]


@pytest.mark.parametrize(
    ("method", "path", "body", "name", "value"),
    FIELDS,
    ids=[f"{path[1:]}-{name}-{number}" for number, (_, path, _, name, _) in enumerate(FIELDS)],
)
def test_a_field_that_cannot_be_is_named(
    callers: Callers, method: str, path: str, body: dict[str, Any], name: str, value: Any
) -> None:
    answer = callers("admin").request(method, f"{API}{path}", json={**body, name: value})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request"), answer.text
    assert answer.json()["errors"][0]["where"][:2] == ["body", name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metric", "door"),
        ("class", "outside"),
        ("safe_low", -201),
        ("safe_high", 200_001),
        ("hard_low", "cold"),
        ("hard_high", "NaN"),
        ("safe_delay_s", -1),
        ("hard_delay_s", 10**9),
        ("hysteresis", -0.1),
    ],
)
def test_a_field_of_a_limit_that_cannot_be_is_named(callers: Callers, name: str, value: object) -> None:
    body = {"limits": [{**LIMIT, name: value}]}
    answer = callers("admin").put(f"{API}/limits?room=1", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == ["body", "limits", "0", name]


QUERIES = [
    ("/rooms/1/history", "metric", "x" * 41),
    ("/rooms/1/history", "start", "yesterday"),
    ("/rooms/1/history", "end", "2026-01-14"),
    ("/rooms/1/history", "points", "1"),
    ("/rooms/1/history", "points", "5001"),
    ("/rooms/1/history", "doubtful", "perhaps"),
    ("/rooms/1/history", "class", "roof"),
    ("/rooms/1/history", "position", "x" * 201),
    ("/devices/coldroom-3/history", "points", "0"),
    ("/devices/coldroom-3/history", "position", "x" * 201),
    ("/readings/latest", "room", "0"),
    ("/readings/latest", "device", "x" * 201),
    ("/readings/by-hand", "start", "then"),
    ("/patrols", "room", "x"),
    ("/patrols", "end", "then"),
    ("/patrols/day", "day", "2026-02-30"),
    ("/patrols/day", "day", "0001-01-01"),
    ("/patrols/day", "day", "9999-12-31"),
    ("/placements", "at", "then"),
    ("/calibrations", "device", "x" * 201),
    ("/lots", "cooperative", "0"),
    ("/movements", "lot", "0"),
    ("/movements", "room", "x"),
    ("/stock", "room", "0"),
    ("/limits", "room", "x"),
    ("/alerts", "status", "over"),
    ("/alerts", "room", "0"),
    ("/notifications", "status", "lost"),
    ("/notifications", "alert", "0"),
    ("/roster", "site", "0"),
    ("/roster", "start", "then"),
    ("/export/rooms/1", "month", "2026-13"),
    ("/export/patrols", "month", "1999-01"),
    ("/export/stock", "format", "pdf"),
]


@pytest.mark.parametrize(("path", "name", "value"), QUERIES)
def test_a_parameter_that_cannot_be_is_named(callers: Callers, path: str, name: str, value: str) -> None:
    month = {"month": "2026-01"} if path.startswith("/export") else {}
    answer = callers("admin").get(f"{API}{path}", params={**month, name: value})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert answer.json()["errors"][0]["where"] == ["query", name]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/rooms/99", None),
        ("GET", "/rooms/99/history", None),
        ("POST", "/rooms/99/rest", {}),
        ("POST", "/rooms/99/open", {}),
        ("GET", "/checks/99", None),
        ("POST", "/checks", {"room": 99}),
        ("POST", "/patrols", {"room": 99}),
        ("POST", "/readings", {**READING, "room": 99}),
        ("GET", "/devices/nothing", None),
        ("GET", "/devices/nothing/history", None),
        ("PUT", "/devices/nothing/name", {"name": "x"}),
        ("POST", "/devices/coldroom-3/replace", {"new": "nothing"}),
        ("POST", "/placements", {**PLACEMENT, "room": 99}),
        ("POST", "/placements/end", {"device": "nothing"}),
        ("POST", "/calibrations", {**CALIBRATION, "device": "nothing"}),
        ("POST", "/calibrations", {**CALIBRATION, "position": "roof"}),
        ("POST", "/calibrations", {**CALIBRATION, "metric": "co2"}),
        ("GET", "/lots/99", None),
        ("POST", "/lots", {**LOT, "room": 99}),
        ("POST", "/lots", {**LOT, "produce": "unicorn"}),
        ("POST", "/lots", {**LOT, "cooperative": 99}),
        ("POST", "/movements", {**MOVEMENT, "lot": 99}),
        ("POST", "/movements", {**MOVEMENT, "kind": "transfer", "room": 99}),
        ("POST", "/movements/99/correct", {"reason": "x"}),
        ("GET", "/limits?room=99", None),
        ("PUT", "/limits?room=99", {"limits": [LIMIT]}),
        ("DELETE", "/limits?room=99", None),
        ("GET", "/alerts/99", None),
        ("POST", "/alerts/99/acknowledge", {}),
        ("POST", "/alerts/99/close", {"cause": "x", "action": "y"}),
        ("GET", "/rules/99", None),
        ("DELETE", "/rules/99", None),
        ("GET", "/export/rooms/99?month=2026-01", None),
        ("GET", "/export/patrols?month=2026-01&room=99", None),
    ],
)
def test_what_is_not_there_is_404_with_a_sentence(
    callers: Callers, method: str, path: str, body: dict[str, object] | None
) -> None:
    answer = callers("admin").request(method, f"{API}{path}", json=body)
    assert answer.status_code == 404, answer.text
    assert answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
