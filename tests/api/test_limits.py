"""Limits through the API: by hand, given back to the goods, and what is refused."""

from typing import Any

import pytest

from tests.api.scene import API, Callers

GIVEN = {"metric": "temperature", "safe_low": 3, "safe_high": 6, "hard_low": 1, "hard_high": 9}
ROOM = f"{API}/limits?room=2"


def put(callers: Callers, *limits: dict[str, Any], reason: str = "") -> Any:
    return callers("manager").put(ROOM, json={"limits": list(limits), "reason": reason})


def test_limits_by_hand_hold_until_they_are_given_back_to_the_goods(callers: Callers) -> None:
    answer = put(callers, GIVEN, reason="试运行").json()
    assert (answer["from"], answer["room"], answer["next"]) == ("hand", 2, None)
    limit = answer["items"][0]
    assert (limit["class"], limit["unit"], limit["origin"], limit["reason"]) == (
        "air",
        "°C",
        "hand",
        "试运行",
    )
    assert (limit["safe_delay_s"], limit["hard_delay_s"], limit["hysteresis"]) == (1800, 600, 0.5)
    assert callers("viewer").get(ROOM).json() == answer
    back = callers("manager").delete(ROOM).json()
    assert (back["from"], back["items"]) == ("contents", []), "nothing lies there: nothing must be kept"


def test_every_change_raises_the_version_so_that_delays_start_anew(callers: Callers) -> None:
    first = put(callers, GIVEN).json()["items"][0]["version"]
    second = put(callers, {**GIVEN, "safe_high": 7}).json()["items"][0]["version"]
    assert second == first + 1


def test_limits_that_are_left_out_are_no_longer_kept(callers: Callers) -> None:
    both = put(callers, GIVEN, {"metric": "co2", "safe_high": 900}).json()["items"]
    assert {limit["metric"] for limit in both} == {"temperature", "co2"}
    only = put(callers, {"metric": "humidity", "safe_low": 85}).json()["items"]
    assert [(limit["metric"], limit["hysteresis"], limit["safe_high"]) for limit in only] == [
        ("humidity", 3.0, None)
    ]


@pytest.mark.parametrize(
    ("limit", "kind"),
    [
        ({**GIVEN, "safe_low": 7}, "low-above-high"),
        ({**GIVEN, "hard_low": 10}, "low-above-high"),
        ({**GIVEN, "hard_low": 4}, "hard-inside-safe"),
        ({"metric": "temperature"}, "no-bounds"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(
    callers: Callers, limit: dict[str, Any], kind: str
) -> None:
    before = callers("manager").get(ROOM).json()
    answer = put(callers, limit)
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{kind}")
    assert callers("manager").get(ROOM).json() == before, "nothing was written"


def test_the_same_metric_and_class_twice_is_refused(callers: Callers) -> None:
    answer = put(callers, GIVEN, {**GIVEN, "safe_high": 5})
    assert answer.status_code == 409


def test_the_same_key_sets_them_once(callers: Callers) -> None:
    key = {"Idempotency-Key": "limits-1"}
    body = {"limits": [GIVEN]}
    first = callers("manager").put(ROOM, json=body, headers=key)
    again = callers("manager").put(ROOM, json=body, headers=key)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    other = callers("manager").put(ROOM, json={"limits": [{**GIVEN, "safe_high": 5}]}, headers=key)
    assert other.json()["type"] == "/problems/idempotency-conflict"
