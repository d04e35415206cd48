"""VictoriaMetrics' own limits are read before it drops points silently."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from store.history.http import HttpAnswer
from store.history.victoria_settings import AHEAD_MS, VictoriaSettings, read_settings

NOW = 1_767_225_600_000


class Metrics:
    """A server with this text at `/metrics`; none if the page is hidden."""

    def __init__(self, text: bytes | None) -> None:
        self._text = text

    def get(self, path: str) -> bytes:
        assert path == "/metrics"
        if self._text is None:
            raise HttpAnswer("forbidden", 403, "forbidden", 0.0)
        return self._text


def settings_of(text: bytes | None) -> VictoriaSettings:
    server: Any = Metrics(text)
    return read_settings(server)


def flag(name: str, value: str) -> bytes:
    return f'flag{{name="{name}", value="{value}", is_set="true"}} 1\n'.encode()


@pytest.mark.parametrize(
    ("period", "ms"),
    [
        ("10y", 3650 * DAY_MS),
        ("2w", 14 * DAY_MS),
        ("36h", 36 * HOUR_MS),
        ("1", 31 * DAY_MS),
        ("1.5d", 36 * HOUR_MS),
    ],
)
def test_a_period_without_a_unit_is_in_months(period: str, ms: int) -> None:
    assert settings_of(flag("retentionPeriod", period)).retention == ms


@pytest.mark.parametrize("text", [None, b"", b"\xff\xfe", b"<html>", flag("retentionPeriod", "long")])
def test_a_hidden_or_strange_page_leaves_the_limits_unknown(text: bytes | None) -> None:
    settings = settings_of(text)
    assert settings == VictoriaSettings(None, None, None)
    settings.check_usable()
    assert settings.accepted_range(NOW) == (0, NOW + AHEAD_MS)
    assert "not known" in settings.report()[0]


@pytest.mark.parametrize("dedup", ["", "0", "0s", "0ms"])
def test_a_server_without_deduplication_is_refused(dedup: str) -> None:
    settings = settings_of(flag("dedup.minScrapeInterval", dedup))
    with pytest.raises(StoreError, match="dedup"):
        settings.check_usable()


def test_the_start_of_the_process_is_in_milliseconds() -> None:
    text = flag("dedup.minScrapeInterval", "1ms") + b"process_start_time_seconds 1.7672256e+09\n"
    settings = settings_of(text)
    settings.check_usable()
    assert settings.started_at == NOW


@given(retention=st.integers(0, 200 * 365 * DAY_MS))
def test_the_oldest_accepted_time_is_never_before_1970_nor_at_the_edge_of_the_retention(
    retention: int,
) -> None:
    oldest, end = VictoriaSettings(None, retention, None).accepted_range(NOW)
    assert oldest == max(0, NOW - retention + MINUTE_MS)
    assert end == NOW + AHEAD_MS
