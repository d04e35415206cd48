"""What is believed of a reading."""

from hypothesis import given
from hypothesis import strategies as st

from core.metrics import METRICS
from core.readings.readings import AHEAD_AT_MOST, EARLIEST, Flag, implausible, judge_time

NOW = 1_800_000_000_000


@given(st.integers(-(10**15), 10**15))
def test_a_stored_time_is_never_ahead_nor_before_clocks_were_set(at: int) -> None:
    stored, flags, claimed = judge_time(at, NOW)
    assert EARLIEST <= stored <= NOW + AHEAD_AT_MOST
    assert (claimed == at) == (flags == Flag.CLOCK_WRONG)
    assert claimed is not None or stored == at


def test_the_error_values_of_a_ds18b20_cannot_be_true() -> None:
    assert implausible("temperature", 85.0)
    assert implausible("temperature", -127.0)
    assert not implausible("temperature", 84.9)
    assert not implausible("humidity", 100.0)
    assert implausible("humidity", 100.1)


def test_every_metric_has_a_range() -> None:
    assert all(metric.low < metric.high for metric in METRICS.values())
