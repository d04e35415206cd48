"""Probes: offset, noise, steps."""

from statistics import mean, stdev

import pytest

from simulators.sensors import KINDS, SimulatedProbe


def _many(kind: str, metric: str, true: float, probes: int = 200) -> list[float]:
    gauges = [SimulatedProbe(1, f"device{number}", "", kind, metric) for number in range(probes)]
    return [gauge.say(true, 1_800_000_000) for gauge in gauges]


def test_offsets_of_many_probes_spread_as_the_sheet_says() -> None:
    values = _many("SHT3X", "temperature", 4.0)
    assert mean(values) == pytest.approx(4.0, abs=0.05)
    assert stdev(values) == pytest.approx(0.1, rel=0.3)
    assert max(abs(value - 4.0) for value in values) < 0.4


def test_noise_of_one_probe_is_small_and_has_no_trend() -> None:
    gauge = SimulatedProbe(1, "ku2-men", "", "SHT3X", "temperature")
    values = [gauge.say(4.0, 1_800_000_000 + 20 * step) for step in range(2000)]
    assert stdev(values) == pytest.approx(0.03, rel=0.3)
    assert mean(values[:1000]) == pytest.approx(mean(values[1000:]), abs=0.01)


def test_a_ds18b20_counts_in_sixteenths() -> None:
    for value in _many("DS18B20", "temperature", 3.3):
        assert value * 16 == int(value * 16)


def test_humidity_never_exceeds_100_and_co2_comes_whole() -> None:
    assert max(_many("SHT3X", "humidity", 99.5)) <= 100
    assert all(value == int(value) for value in _many("SCD40", "co2", 900))


def test_a_probe_says_the_same_again_for_the_same_moment() -> None:
    first, second = (SimulatedProbe(1, "a", "b", "SCD40", "co2") for _ in range(2))
    moments = range(1_800_000_000, 1_800_003_600, 300)
    assert first.say_all([800.0] * 12, moments) == [second.say(800.0, at) for at in moments]


def test_every_kind_stays_within_its_range() -> None:
    for kind, metrics in KINDS.items():
        for metric, kind_by_metric in metrics.items():
            gauge = SimulatedProbe(1, "x", "", kind, metric)
            assert gauge.say(1e9, 5) <= kind_by_metric.high
            assert gauge.say(-1e9, 5) >= kind_by_metric.low
