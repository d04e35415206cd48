"""Calibrations through the API: what counts from when, and what is refused."""

from typing import Any

import pytest

from api.times import iso
from core.times import DAY_MS, HOUR_MS
from tests.api.scene import API, Callers

PROBE = {"device": "coldroom-3", "position": "back", "metric": "temperature", "method": "ice"}


def write(callers: Callers, **more: object) -> Any:
    return callers("technician").post(f"{API}/calibrations", json={**PROBE, **more})


def test_it_is_valid_from_the_full_hour_in_which_it_was_done(callers: Callers) -> None:
    done = callers.house.now - 90 * 60_000
    answer = write(callers, reference=0, measured=0.3, done_at=iso(done)).json()
    assert (answer["offset"], answer["reference"], answer["measured"]) == (-0.3, 0.0, 0.3)
    assert answer["valid_from"] == iso(done - done % HOUR_MS)
    assert (answer["done_at"], answer["recorded_at"]) == (iso(done), iso(callers.house.now))
    assert (answer["unit"], answer["method"], answer["by"]) == (
        "°C",
        "ice",
        callers.house.people["technician"],
    )


def test_an_offset_goes_before_reference_and_measured(callers: Callers) -> None:
    assert write(callers, offset=0.5, reference=0, measured=0.3).json()["offset"] == 0.5


@pytest.mark.parametrize("half", [{}, {"reference": 0.0}, {"measured": 0.3}])
def test_half_of_a_comparison_is_refused(callers: Callers, half: dict[str, object]) -> None:
    answer = write(callers, **half)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/no-offset")


@pytest.mark.parametrize(
    "more",
    [
        {"offset": 50},
        {"offset": 0.1, "done_at": "2027-01-14T03:19:46Z"},
        {"offset": 0.1, "done_at": "2026-01-10T00:00:00Z", "due_at": "2026-01-09T00:00:00Z"},
    ],
)
def test_a_calibration_that_cannot_be_is_refused_and_not_listed(
    callers: Callers, more: dict[str, object]
) -> None:
    before = callers("viewer").get(f"{API}/calibrations").json()["items"]
    answer = write(callers, **more)
    assert answer.status_code == 409
    assert answer.json()["detail"]
    assert callers("viewer").get(f"{API}/calibrations").json()["items"] == before


def test_the_list_narrows_to_a_device(callers: Callers) -> None:
    write(callers, offset=0.1)
    rows = callers("viewer").get(f"{API}/calibrations", params={"device": "coldroom-3"}).json()["items"]
    assert {row["device"] for row in rows} == {"coldroom-3"}
    assert callers("viewer").get(f"{API}/calibrations", params={"device": "x"}).json()["items"] == []


def test_the_due_date_shows_at_the_device(callers: Callers) -> None:
    due = iso(callers.house.now + 300 * DAY_MS)
    body = {"device": "coldroom-6", "room": 2, "spot": "middle"}
    callers.house.say("coldroom-6", "temperature", 3.0)
    assert callers("technician").post(f"{API}/placements", json=body).status_code == 201
    assert write(callers, device="coldroom-6", position=None, offset=0.0, due_at=due).status_code == 201
    assert callers("viewer").get(f"{API}/devices/coldroom-6").json()["calibration_due"] == due
