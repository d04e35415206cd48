"""What `COLDSHED_HISTORY_URL` may say, and what it means."""

import pytest

from core.readings.history_url import HistoryAddress, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sqlite", HistoryAddress("sqlite")),
        ("influxdb://box/farm", HistoryAddress("influxdb", "http://box:8086", "farm", "coldshed")),
        ("influxdbs://box:9999/farm/north", HistoryAddress("influxdb", "https://box:9999", "farm", "north")),
        ("influxdb://box/万宝山/", HistoryAddress("influxdb", "http://box:8086", "万宝山")),
        ("influxdb://[::1]:8086/farm", HistoryAddress("influxdb", "http://[::1]:8086", "farm")),
        ("victoriametrics://box", HistoryAddress("victoriametrics", "http://box:8428")),
        (
            "victoriametricss://box:443/north",
            HistoryAddress("victoriametrics", "https://box:443", "", "north"),
        ),
    ],
)
def test_it_says_where_and_under_which_name(text: str, address: HistoryAddress) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "postgresql://box/db",
        "influxdb://box",
        "influxdb://u:p@box/farm",
        "victoriametrics://box/a-b",
        "influxdb://box:70000/farm",
        "x sqlite",
    ],
)
def test_it_refuses_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        parse(text)
