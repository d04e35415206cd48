import pytest

from core.metrics import METRICS
from core.readings.units import UNITS, convert, converter


@pytest.mark.parametrize(
    ("metric", "value", "unit", "expected"),
    [
        ("temperature", 39.0, "F", 3.89),
        ("temperature", 14.0, "°F", -10.0),
        ("temperature", 14.0, "℉", -10.0),
        ("temperature", 3.9, "°C", 3.9),
        ("temperature", 3.9, "℃", 3.9),
        ("temperature", 3.9, "Cel", 3.9),
        ("temperature", 276.15, "K", 3.0),
        ("pressure", 690.0, "mmHg", 919.92),
        ("pressure", 27.17, "inHg", 920.08),
        ("pressure", 91.86, "kPa", 918.6),
        ("pressure", 91860, "Pa", 918.6),
        ("voltage", 3025, "mV", 3.025),
        ("energy", 1500, "Wh", 1.5),
        ("humidity", 0.91, "/", 91.0),
        ("co2", 1200, "ppm", 1200),
        ("signal", -71, "dBm", -71),
    ],
)
def test_units_become_ours(metric: str, value: float, unit: str, expected: float) -> None:
    assert convert(metric, value, unit) == pytest.approx(expected)


def test_a_unit_of_another_metric_is_refused() -> None:
    assert converter("temperature", "%") is None
    with pytest.raises(KeyError):
        convert("temperature", 1.0, "hPa")


def test_every_metric_takes_its_own_unit() -> None:
    assert set(UNITS) == set(METRICS)
    for metric, row in METRICS.items():
        assert convert(metric, 1.0, row.unit) == 1.0
        assert convert(metric, 1.0, "") == 1.0
