"""What a person may type, and what it says about the probe."""

import pytest

from core.errors import Refused
from core.readings.manual_readings import (
    BACK_AT_MOST,
    ManualReading,
    ProbeComparison,
    check_values,
    device_of,
    disagreement,
    is_manual_device,
    manual_placement,
    nearest_value,
    parse,
    room_of,
)
from core.rooms.places import PositionClass
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_768_360_786_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3.4", 3.4),
        ("３．４", 3.4),
        ("3,4", 3.4),
        ("3。4", 3.4),
        ("零下2", -2.0),
        ("负0.5度", -0.5),
        ("−1.5", -1.5),
        (" 4 ℃", 4.0),
        ("91%", 91.0),
        ("12 °C", 12.0),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert parse(text) == value


@pytest.mark.parametrize("text", ["", "三度", "3.4.5", "1e3", "nan", "3-4", "--2", "99999999"])
def test_what_is_no_number_is_refused_with_what_was_typed(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text)
    assert refused.value.reason == "not_a_number"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "no_value"),
        ({"temperature": 85.0}, "impossible_value"),
        ({"temperature": float("nan")}, "impossible_value"),
        ({"humidity": 101}, "impossible_value"),
        ({"door": 1}, "unknown_metric"),
    ],
)
def test_a_slip_of_the_thumb_is_asked_again(values: dict[str, float], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        check_values("door", values, None, NOW)
    assert refused.value.reason == reason
    assert str(refused.value)


def test_the_paper_book_of_a_month_may_be_typed_in_and_not_more() -> None:
    check_values("door", {"temperature": 3.4}, NOW - BACK_AT_MOST, NOW)
    for at, reason in ((NOW - BACK_AT_MOST - 1, "too_long_ago"), (NOW + 6 * MINUTE_MS, "in_the_future")):
        with pytest.raises(Refused) as refused:
            check_values("door", {"temperature": 3.4}, at, NOW)
        assert refused.value.reason == reason
    with pytest.raises(Refused):
        check_values("roof", {"temperature": 3.4}, None, NOW)


def test_a_thermometer_stands_in_its_room_for_ever_and_hardware_does_not() -> None:
    place = manual_placement(device_of(3), "pile")
    assert place
    assert (place.room, place.spot, place.position_class) == (3, "pile", PositionClass.CORE)
    assert (room_of("person:3"), room_of("person:"), room_of("person:x"), room_of("probe-3")) == (
        3,
        None,
        None,
        None,
    )
    assert manual_placement("probe-3", "door") is None
    assert manual_placement("person:3", "roof") is None
    assert is_manual_device("person:anything")
    assert not is_manual_device("a/person:3")


def test_only_a_probe_heard_within_a_quarter_of_an_hour_is_compared() -> None:
    assert nearest_value(NOW, [(NOW - 16 * MINUTE_MS, 1.0)]) is None
    assert nearest_value(NOW, [(NOW - 15 * MINUTE_MS, 1.0), (NOW + 5 * MINUTE_MS, 2.0)]) == 2.0
    assert nearest_value(NOW, []) is None


def look(hours_ago: float, thermometer: float, probe: float | None) -> ProbeComparison:
    at = NOW - round(hours_ago * HOUR_MS)
    return ProbeComparison(ManualReading(1, 3, "door", at, at, 1, {"temperature": thermometer}), probe)


def test_a_probe_that_is_off_for_a_day_to_one_side_is_called_so() -> None:
    looks = [look(0, 3.0, 3.8), look(12, 3.0, 3.7), look(26, 3.0, 3.9), look(40, 3.0, 3.0)]
    assert disagreement(looks) == pytest.approx(0.8)
    assert disagreement(list(reversed(looks))) == pytest.approx(0.8)


@pytest.mark.parametrize(
    "looks",
    [
        [],
        [look(0, 3.0, 3.8), look(12, 3.0, 3.8)],
        [look(0, 3.0, 3.8), look(1, 3.0, 3.8), look(2, 3.0, 3.8)],
        [look(0, 3.0, 3.1), look(12, 3.0, 3.8), look(26, 3.0, 3.8), look(40, 3.0, 3.8)],
        [look(0, 3.0, 3.8), look(12, 3.0, 2.2), look(26, 3.0, 3.8)],
        [look(0, 3.0, None), look(12, 3.0, None), look(26, 3.0, None)],
    ],
)
def test_one_odd_look_or_an_hour_says_nothing_about_a_probe(looks: list[ProbeComparison]) -> None:
    assert disagreement(looks) is None


def test_looks_without_a_probe_near_do_not_break_the_row() -> None:
    looks = [look(0, 3.0, 2.0), look(6, 3.0, None), look(12, 3.0, 2.2), look(26, 3.0, 2.1)]
    assert disagreement(looks) == pytest.approx(-0.9)
