"""What is written into the books is checked once, and a refusal names the field to change."""

import pytest

from core.errors import Refused
from core.stock.new_entries import NewLot, NewMovement, time_of_entry
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_768_360_000_000


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        ({"grams": 0}, "weight_not_positive", "amount"),
        ({"grams": 10**12}, "weight_too_big", "amount"),
        ({"bags": 0}, "bad_count", "bags"),
        ({"harvested_on": "2025-13-40"}, "bad_date", "harvested_on"),
    ],
)
def test_a_lot_that_cannot_be_is_refused_at_its_field(
    wrong: dict[str, object], reason: str, field: str
) -> None:
    facts: dict[str, object] = {
        "produce": "potato_table",
        "cooperative": 1,
        "room": 1,
        "grams": 5,
        "by": None,
    }
    with pytest.raises(Refused) as refused:
        NewLot(**{**facts, **wrong}).check()  # type: ignore[arg-type]
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_a_movement_of_nothing_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        NewMovement(lot=1, grams=0, by=None).check()
    assert refused.value.field == "amount"


def test_a_phone_that_runs_ahead_a_little_means_now() -> None:
    assert time_of_entry(None, NOW) == NOW
    assert time_of_entry(NOW + MINUTE_MS, NOW) == NOW
    assert time_of_entry(NOW - HOUR_MS, NOW) == NOW - HOUR_MS


@pytest.mark.parametrize(("at", "reason"), [(NOW + HOUR_MS, "in_the_future"), (0, "too_long_ago")])
def test_a_time_that_cannot_be_is_refused(at: int, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        time_of_entry(at, NOW)
    assert (refused.value.reason, refused.value.field) == (reason, "at")
