"""Which metrics exist: one row each. Below all subjects, since rooms and readings both need them."""

from typing import NamedTuple


class Metric(NamedTuple):
    unit: str
    low: float
    high: float
    decimals: int


METRICS: dict[str, Metric] = {
    "temperature": Metric("°C", -60, 100, 1),
    "humidity": Metric("%", 0, 100, 0),
    "co2": Metric("ppm", 0, 100_000, 0),
    "co": Metric("ppm", 0, 10_000, 0),
    "light": Metric("lx", 0, 200_000, 0),
    "pressure": Metric("hPa", 300, 1200, 0),
    "door": Metric("", 0, 1, 0),
    "power": Metric("", 0, 1, 0),
    "energy": Metric("kWh", 0, 1e9, 1),
    "battery": Metric("%", 0, 100, 0),
    "voltage": Metric("V", 0, 500, 2),
    "signal": Metric("dBm", -200, 20, 0),
    "linkquality": Metric("", 0, 255, 0),
}
"""Standard metrics: unit, and the range outside of which a value cannot be true."""
