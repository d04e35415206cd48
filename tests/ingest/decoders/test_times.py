from zoneinfo import ZoneInfo

import pytest

from ingest.decoders.times import parse_time

ZONE = ZoneInfo("Asia/Shanghai")
AT = 1_773_270_932_000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-03-12T07:15:32+08:00", AT),
        ("2026-03-12T07:15:32+0800", AT),
        ("2026-03-11T23:15:32Z", AT),
        ("2026-03-11T23:15:32.250Z", AT + 250),
        ("2026-03-11T23:15:32.250999999Z", AT + 250),
        ("2026-03-12T07:15:32", AT),
        ("2026-03-12 07:15:32", AT),
        ("20260312T071532", AT),
        ("2026-03-12T07:15", AT - 32_000),
        (1_773_270_932, AT),
        (1_773_270_932.25, AT + 250),
        (AT, AT),
        (AT * 1000, AT),
        (AT * 1_000_000, AT),
        ("1773270932", AT),
        ("1773270932000", AT),
        ("1970-01-01T00:00:12Z", 12_000),
        (0, 0),
    ],
)
def test_times_as_devices_write_them(raw: object, expected: int) -> None:
    assert parse_time(raw, ZONE) == expected


@pytest.mark.parametrize(
    "raw",
    ["", "yesterday", "2026-03-12", "2026-13-45T99:99:99", "1969-12-31T23:59:59Z", -1, True, [], {},
     float("nan"), float("inf"), 10**30, 10**400,
     "0001-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "07:15:32"],
)  # fmt: skip
def test_what_is_no_time_is_none(raw: object) -> None:
    assert parse_time(raw, ZONE) is None


def test_local_time_follows_the_sites_zone() -> None:
    assert parse_time("2026-03-12T07:15:32", ZoneInfo("Asia/Urumqi")) == AT + 2 * 3_600_000
