from zoneinfo import ZoneInfo

import pytest

from ingest.decoders.contract import DecodedReport, Value
from ingest.decoders.lorawan import GATEWAYS, add_best_gateway, add_codec_values

ZONE = ZoneInfo("Asia/Shanghai")


def gateway(*entries: object) -> tuple[str, list[Value]]:
    report = DecodedReport("a")
    add_best_gateway(report, list(entries), 1000, ("ids", "id"))
    return report.gateway, report.values


def test_the_gateway_with_the_strongest_signal_counts() -> None:
    entries = [{"rssi": -110, "ids": {"id": "far"}}, {"rssi": -71, "ids": {"id": "near"}}, {"rssi": -90}]
    assert gateway(*entries) == ("near", [Value("", "signal", -71.0, 1000)])


@pytest.mark.parametrize("entry", ["text", {}, {"rssi": None}, {"rssi": "weak"}])
def test_a_gateway_that_measured_nothing_is_left_out(entry: object) -> None:
    assert gateway(entry) == ("", [])
    assert gateway(entry, {"rssi": -80, "ids": {"id": "b"}})[0] == "b"


@pytest.mark.parametrize("ids", [None, "x", {"id": 7}, {"id": "bell\x07"}])
def test_a_gateway_without_a_name_still_gives_its_signal(ids: object) -> None:
    assert gateway({"rssi": -80, "ids": ids}) == ("", [Value("", "signal", -80.0, 1000)])


def test_a_flood_of_gateways_is_cut() -> None:
    entries = [{"rssi": -100 + number, "ids": {"id": str(number)}} for number in range(2 * GATEWAYS)]
    assert gateway(*entries)[0] == str(GATEWAYS - 1)


@pytest.mark.parametrize(
    ("body", "raw", "undecoded"),
    [
        ({"temperature": 3.5}, "AQI=", ""),
        ({"flux": 3.5}, "AQI=", "nothing_known"),
        ({}, "AQI=", "needs_codec"),
        (None, "AQI=", "needs_codec"),
        (None, "", ""),
        (None, None, ""),
    ],
)
def test_a_device_without_a_working_codec_is_shown_as_such(body: object, raw: object, undecoded: str) -> None:
    report = DecodedReport("a")
    add_codec_values(report, body, raw, 1000, ZONE)
    assert report.undecoded == undecoded


def test_a_signal_alone_does_not_hide_a_codec_that_gives_nothing() -> None:
    report = DecodedReport("a", values=[Value("", "signal", -80.0, 1000)])
    add_codec_values(report, {"flux": 1}, "AQI=", 1000, ZONE)
    assert report.undecoded == "nothing_known"
