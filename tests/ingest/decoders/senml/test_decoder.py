from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from core.errors import DecodeError
from ingest.decoders.contract import DecodeContext, DecodedReport
from ingest.decoders.senml.decoder import decode

NOW = 1_773_271_000_000
AT_S = 1_773_270_932


def reports(pack: Any, topic: str = "senml/gw1") -> list[DecodedReport]:
    return decode(topic, msgspec.json.encode(pack), DecodeContext(ZoneInfo("UTC"), NOW))


def values(pack: Any) -> list[tuple[str, str, str, float, int | None]]:
    return [(report.device, *value) for report in reports(pack) for value in report.values]


def test_base_values_hold_until_another_one_comes() -> None:
    pack = [
        {"bn": "urn:dev:mac:01:", "bt": AT_S, "bu": "Cel", "n": "t", "v": 3.5},
        {"n": "h", "u": "%RH", "v": 91, "t": -60},
        {"bn": "urn:dev:mac:02:", "bv": 20, "n": "t", "v": 1.5},
    ]
    assert values(pack) == [
        ("urn:dev:mac:01", "urn:dev:mac:01:t", "temperature", 3.5, AT_S * 1000),
        ("urn:dev:mac:01", "urn:dev:mac:01:h", "humidity", 91.0, (AT_S - 60) * 1000),
        ("urn:dev:mac:02", "urn:dev:mac:02:t", "temperature", 21.5, AT_S * 1000),
    ]


@pytest.mark.parametrize(
    ("name", "device"),
    [("box/t", "box"), ("urn:dev:mac:01", "urn:dev:mac:01"), ("/t", "/t"), ("a/b/t", "a/b")],
)
def test_without_a_base_name_the_device_is_the_name_up_to_its_last_part(name: str, device: str) -> None:
    assert [report.device for report in reports([{"n": name, "u": "Cel", "v": 1}])] == [device]


@pytest.mark.parametrize(
    ("unit", "name", "expected"),
    [
        ("K", "t", ("temperature", 3.35)),
        ("degF", "t", ("temperature", 5.0)),
        ("Pa", "p", ("pressure", 1013.0)),
        ("%", "humidity", ("humidity", 50.0)),
        ("%", "battery", ("battery", 50.0)),
        ("ppm", "co2", ("co2", 50.0)),
        ("ppm", "co", ("co", 50.0)),
    ],
)
def test_the_unit_says_what_it_is_and_else_the_name(
    unit: str, name: str, expected: tuple[str, float]
) -> None:
    raw = {"K": 276.5, "degF": 41, "Pa": 101_300}.get(unit, 50)
    ((_, _, metric, value, _),) = values([{"n": f"a/{name}", "u": unit, "v": raw}])
    assert (metric, round(value, 6)) == expected


@pytest.mark.parametrize(
    "record", [{"u": "%", "v": 5}, {"u": "m/s", "v": 5}, {"v": 5}, {"u": 7, "v": 5}, {"vs": "on"}]
)
def test_a_pack_without_any_reading_of_ours_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(DecodeError) as error:
        reports([{"n": "a/x", **record}])
    assert error.value.reason == "nothing_known"


@pytest.mark.parametrize(
    ("seconds", "at"),
    [
        (0, None),
        (-60, NOW - 60_000),
        (AT_S, AT_S * 1000),
        ((1 << 28) - 1, NOW + ((1 << 28) - 1) * 1000),
        (1 << 28, (1 << 28) * 1000),
        (1 << 46, None),
    ],
)
def test_small_times_are_relative_to_now(seconds: int, at: int | None) -> None:
    assert [value[-1] for value in values([{"n": "a/t", "u": "Cel", "v": 1, "t": seconds}])] == [at]


def test_a_door_is_its_truth_value() -> None:
    pack = [{"n": "a/door", "vb": True}, {"n": "a/fan", "vb": True}, {"n": "a/t", "u": "Cel", "v": 1}]
    assert [value[2:4] for value in values(pack)] == [("door", 1.0), ("temperature", 1.0)]


@pytest.mark.parametrize(
    ("record", "reason"),
    [({"v": "warm"}, "not_a_number"), ({"v": None}, "null"), ({"v": 1, "bv": "x"}, "not_a_number")],
)
def test_a_value_that_is_none_is_counted(record: dict[str, Any], reason: str) -> None:
    (report,) = reports([{"n": "a/t", "u": "Cel", **record}])
    assert [invalid.reason for invalid in report.invalid] == [reason]


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        ([{"u": "Cel", "v": 1}], "no_device"),
        (["x"], "not_object"),
        ([{"n": "a/t", "u": "Cel", "v": 1, "t": "soon"}], "bad_time"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_with_its_reason(pack: Any, reason: str) -> None:
    with pytest.raises(DecodeError) as error:
        reports(pack)
    assert error.value.reason == reason


def test_a_topic_of_one_gateway_names_it_and_a_bare_one_does_not() -> None:
    pack = [{"n": "a/t", "u": "Cel", "v": 1}]
    assert [report.gateway for report in reports(pack, "senml/gw1") + reports(pack, "farm/senml")] == [
        "gw1",
        "",
    ]
