"""The table of metrics: one row per metric, read by all code that depends on the metric.

`docs/developers/house.md` lists what else a new metric needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.phrases import N_, Phrase


class Verdict(StrEnum):
    """What is wrong with a room, in one word."""

    TOO_WARM = "too_warm"
    FREEZING = "freezing"
    TOO_COLD = "too_cold"
    TOO_DRY = "too_dry"
    TOO_DAMP = "too_damp"
    CO2_HIGH = "co2_high"


class MetricTexts(NamedTuple):
    """Texts of a value, a bound and a band; `%(name)s` is the metric's name."""

    value: str
    bound: str
    between: str
    at_least: str
    at_most: str


DEGREES = MetricTexts(
    "%(n)s度",
    "%(n)s度",
    "该在%(low)s到%(high)s度",
    "该在%(low)s度以上",
    "该在%(high)s度以下",
)
"""Temperature is shown without its name."""
NAMED = MetricTexts(
    N_("%(name)s%(n)s"),
    "%(n)s",
    "%(name)s该在%(low)s到%(high)s",
    "%(name)s该在%(low)s以上",
    "%(name)s该在%(high)s以下",
)


class StuckThreshold(NamedTuple):
    """`drift`: how far even the calmest room changes in a day. `moved`: how far the neighbours must have
    changed to count as evidence."""

    drift: float
    moved: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Numbers are in `unit`. A value outside `low` to `high` is impossible. `name` is a message of the
    translation catalogue. None or False means that the property does not apply to the metric."""

    name: str
    short: str = ""
    """The name in front of a value where space is short: a tile on a page. Empty: the name."""
    unit: str
    low: float
    high: float
    decimals: int = 0
    texts: MetricTexts = NAMED
    too_high: Verdict | None = None
    too_low: Verdict | None = None
    rank: int = 9
    """If two metrics are equally far outside, the lower rank decides the room's state."""
    of_room: bool = False
    """Measured in a room; other metrics are about the device itself."""
    probed: bool = False
    """Measured by a probe, so `null` means a broken probe. For batteries and the like `null` is not
    reported."""
    on_board: bool = False
    """Shown on the room's tile and as its curve."""
    sends: bool = False
    """A probe that reports impossible values raises an alert."""
    typed: tuple[float, float] | None = None
    """Range of a manual reading. Narrower than a probe's, because typing errors are common and the person
    can be asked again."""
    hysteresis: float | None = None
    """Default hysteresis of a limit set by hand. None: no limits can be set."""
    most_offset: float | None = None
    """The largest offset of a calibration. None: the metric is not calibrated."""
    stuck: StuckThreshold | None = None
    on_off: tuple[str, str] | None = None
    """The words for 0 and 1."""
    chart_margin: float = 2.0
    """Minimum margin above and below a curve."""


METRICS: Mapping[str, Metric] = {
    "temperature": Metric(
        name="温度",
        unit="°C",
        low=-60,
        high=100,
        decimals=1,
        texts=DEGREES,
        too_high=Verdict.TOO_WARM,
        too_low=Verdict.TOO_COLD,
        rank=0,
        of_room=True,
        probed=True,
        on_board=True,
        sends=True,
        typed=(-50, 60),
        hysteresis=0.5,
        most_offset=10.0,
        stuck=StuckThreshold(0.5, 0.5),
        chart_margin=0.5,
    ),
    "humidity": Metric(
        name="湿度",
        short=N_("湿"),
        unit="%",
        low=0,
        high=100,
        too_high=Verdict.TOO_DAMP,
        too_low=Verdict.TOO_DRY,
        rank=2,
        of_room=True,
        probed=True,
        on_board=True,
        sends=True,
        typed=(0, 100),
        hysteresis=3.0,
        most_offset=30.0,
        stuck=StuckThreshold(2.0, 3.0),
    ),
    "co2": Metric(
        name="二氧化碳",
        unit="ppm",
        low=0,
        high=100_000,
        too_high=Verdict.CO2_HIGH,
        rank=1,
        of_room=True,
        probed=True,
        on_board=True,
        sends=True,
        typed=(0, 50_000),
        hysteresis=100.0,
        most_offset=2_000.0,
        stuck=StuckThreshold(100.0, 50.0),
    ),
    "co": Metric(
        name="一氧化碳",
        unit="ppm",
        low=0,
        high=10_000,
        of_room=True,
        probed=True,
        sends=True,
        most_offset=200.0,
    ),
    "light": Metric(name="光照", unit="lx", low=0, high=200_000, of_room=True, probed=True),
    "pressure": Metric(
        name="气压",
        unit="hPa",
        low=300,
        high=1200,
        of_room=True,
        probed=True,
        stuck=StuckThreshold(2.0, 2.0),
    ),
    "door": Metric(name="门", unit="", low=0, high=1, of_room=True, probed=True, on_off=("门关着", "门开着")),
    "power": Metric(name="市电", unit="", low=0, high=1, of_room=True, on_off=("停电了", "有电")),
    "energy": Metric(name="用电量", unit="kWh", low=0, high=1e9, decimals=1, of_room=True),
    "battery": Metric(name="电量", unit="%", low=0, high=100),
    "voltage": Metric(name="电压", unit="V", low=0, high=500, decimals=2),
    "signal": Metric(name="信号", unit="dBm", low=-200, high=20),
    "linkquality": Metric(name="信号质量", unit="", low=0, high=255),
}
"""In display order."""

ROOM_METRICS = tuple(metric for metric, row in METRICS.items() if row.of_room)
PROBED = frozenset(metric for metric, row in METRICS.items() if row.probed)
ON_BOARD = tuple(metric for metric, row in METRICS.items() if row.on_board)
SENDS = frozenset(metric for metric, row in METRICS.items() if row.sends)
SETTABLE = tuple(metric for metric, row in METRICS.items() if row.hysteresis is not None)
TYPED = {metric: row.typed for metric, row in METRICS.items() if row.typed is not None}
MOST_OFFSET = {metric: row.most_offset for metric, row in METRICS.items() if row.most_offset is not None}


def name_of(metric: str) -> Phrase:
    """The metric's name; an unknown metric is returned as it is."""
    return Phrase(METRICS[metric].name if metric in METRICS else metric)
