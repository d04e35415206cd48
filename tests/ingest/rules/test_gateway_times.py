"""Times as gateways write them: each way that was seen, and that nothing else gets a time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decoding.rules import TimeSource
from ingest.rules.gateway_times import UnreadableTime, parse_gateway_time

ZONE = ZoneInfo("Asia/Shanghai")
AT = 1_773_270_932_000  # 2026-03-12 07:15:32 +08:00
YEAR_10000 = 253_402_300_800_000


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-03-12 07:15:32", AT),
        ("2026-03-12 07:15", AT - 32_000),
        ("2026/03/12 07:15:32", AT),
        ("2026/3/12 7:15:32", AT),
        ("20260312071532", AT),
        ("20260312 07:15:32", AT),
        ("2026-03-12-07-15-32", AT),
        ("26-03-12 07:15:32", AT),
        ("07:15:32 2026-03-12", AT),
        ("03/12/2026 07:15:32", AT),
        ("07:15:32 03/12/2026", AT),
        ("2026年03月12日 07时15分32秒", AT),
        ("2026年3月12日07点15分", AT - 32_000),
        ("2026-03-11 23:15:32 UTC", AT),
        ("2026/03/11 23:15:32 gmt", AT),
        ("2026/03/11T23:15:32Z", AT),
        ("  2026/03/12   07:15:32  ", AT),
        ("2026/03/12 07:15:32.250", AT),
        ("1773270932", AT),
        (1_773_270_932, AT),
        (AT, AT),
    ],
)
def test_the_usual_ways_are_read_without_a_format(raw: object, expected: int) -> None:
    assert parse_gateway_time(raw, TimeSource(), ZONE) == expected


@pytest.mark.parametrize("raw", [None, "", 0, "0", True, False])
def test_a_gateway_without_a_clock_gives_no_time(raw: object) -> None:
    assert parse_gateway_time(raw, TimeSource(), ZONE) is None


@pytest.mark.parametrize(
    "raw",
    [
        "yesterday",
        "07:15:32",
        "2026-13-45 99:99:99",
        "2026-02-30 07:15:32",
        "31/12/2026 07:15:32",
        [],
        {"t": 1},
        -5,
    ],
)
def test_a_time_that_is_none_is_an_error_and_not_now(raw: object) -> None:
    with pytest.raises(UnreadableTime):
        parse_gateway_time(raw, TimeSource(), ZONE)


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        (1_773_270_932, "s", AT),
        ("1773270932.25", "s", AT + 250),
        (1_773_270_932, "ms", 1_773_270_932),
        (str(AT), "ms", AT),
    ],
)
def test_a_named_unit_is_not_guessed_from_the_digits(raw: object, unit: str, expected: int) -> None:
    assert parse_gateway_time(raw, TimeSource(format=unit), ZONE) == expected


@pytest.mark.parametrize(
    ("raw", "unit"), [("soon", "s"), (-1, "s"), (YEAR_10000, "ms"), (1e300, "s"), ([], "ms")]
)
def test_a_number_that_no_clock_shows_is_an_error(raw: object, unit: str) -> None:
    with pytest.raises(UnreadableTime):
        parse_gateway_time(raw, TimeSource(format=unit), ZONE)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("07:15:32 03/12/2026", "%H:%M:%S %m/%d/%Y", AT),
        ("23:15:32 03/11/2026 UTC", "%H:%M:%S %m/%d/%Y UTC", AT),
        ("2026-03-11T23:15:32Z", "%Y-%m-%dT%H:%M:%SZ", AT),
        ("2026-03-12T09:15:32+1000", "%Y-%m-%dT%H:%M:%S%z", AT),
    ],
)
def test_a_pattern_is_of_the_site_unless_it_says_utc(text: str, pattern: str, expected: int) -> None:
    assert parse_gateway_time(text, TimeSource(format=pattern), ZONE) == expected


@pytest.mark.parametrize("pattern", ["%H:%M", "%Q", "%", "%Y-%m-%d %H:%M:%S"])
def test_a_pattern_that_does_not_fit_is_an_error(pattern: str) -> None:
    with pytest.raises(UnreadableTime):
        parse_gateway_time("12.3.2026", TimeSource(format=pattern), ZONE)


def test_the_rules_zone_goes_before_the_sites() -> None:
    utc = TimeSource(zone="UTC")
    assert parse_gateway_time("2026-03-11 23:15:32", utc, ZONE) == AT
    assert parse_gateway_time("2026-03-11T23:15:32", utc, ZONE) == AT


@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - local, as gateways write them
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%H:%M:%S %m/%d/%Y"]
    ),
)
def test_what_was_written_is_read_again(time: datetime, pattern: str) -> None:
    expected = int(time.replace(microsecond=0, tzinfo=UTC).timestamp()) * 1000
    assert parse_gateway_time(time.strftime(pattern), TimeSource(zone="UTC"), ZONE) == expected


raws = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.lists(st.integers(), max_size=2),
    st.text("0123456789-/:. TZ年月日时分秒UTCGM", max_size=30),
)


@given(raws, st.sampled_from(["auto", "s", "ms", "%Y-%m-%d", "%H:%M:%S %m/%d/%Y UTC"]))
def test_whatever_comes_is_a_time_that_can_be_none_or_one_kind_of_error(raw: object, pattern: str) -> None:
    try:
        at = parse_gateway_time(raw, TimeSource(format=pattern), ZONE)
    except UnreadableTime:
        return
    assert at is None or (type(at) is int and 0 <= at < YEAR_10000)
