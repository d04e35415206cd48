"""Parses one value of a message: its metric and its number in the standard unit, or the reason for none."""

import re
from collections.abc import Mapping, Sequence
from math import isfinite

from core.decoding.rules import ValueSource
from core.decoding.value_names import MEANINGS, NamedValue, believed, split_words
from core.decoding.value_paths import PathMatch
from core.metrics import PROBED
from core.readings.units import converter
from ingest.decoders.bodies import parse_number

VALUE_KEYS = {
    "value",
    "val",
    "v",
    "data",
    "curvalue",
    "currentvalue",
    "值",
    "数值",
    "当前值",
    "reading",
    "dataval",
}
_NAME_KEYS = ("name", "registerName", "key", "tag", "point", "pointName", "sensorName", "名称", "名字",
              "metric", "type", "identifier", "code", "field", "param", "label", "sensorType", "attr",
              "dataName", "item", "参数")  # fmt: skip
_UNIT_KEYS = ("unit", "units", "单位", "Unit")
_WITH_UNIT = re.compile(
    r"([-+]?\d+(?:\.\d+)?)\s*(℃|°C|℉|°F|C|F|%RH|%rh|%|ppm|lx|Lux|lux|V|mV|hPa|kPa|Pa|dBm|度)"
)
_OPEN = {"open": 1.0, "opened": 1.0, "on": 1.0, "true": 1.0, "1": 1.0, "开": 1.0, "打开": 1.0, "有电": 1.0,
         "closed": 0.0, "close": 0.0, "off": 0.0, "false": 0.0, "0": 0.0, "关": 0.0, "关闭": 0.0, "没电": 0.0,
         "停电": 0.0}  # fmt: skip
_SWITCHED = ("door", "power")
_FILLERS = {
    *split_words(
        "err error fail failed fault na n/a null none nil offline timeout invalid bad over off nodata"
    ),
    *split_words("- -- --- ---- -- *** **** / 故障 错误"),
    *split_words("断线 离线 异常 无 无数据 超时 通信故障 传感器故障 失败 未连接"),
}
"""Words that gateways send if a probe gave no value."""


def named_value(match: PathMatch, source: ValueSource, label: object) -> NamedValue | None:
    """The meaning of a value by its `label` if the source has `named`, else by its key, else by the keys
    around it."""
    if source.named:
        return MEANINGS[label] if isinstance(label, str) else None
    if match.key.lower() not in VALUE_KEYS:
        return MEANINGS[match.key]
    holder = match.inside[-1] if match.inside else None
    if isinstance(holder, Mapping):
        for key in _NAME_KEYS:
            name = holder.get(key)
            meaning = MEANINGS[name] if isinstance(name, str) else None
            if meaning is not None:
                return meaning
    above = next((step for step in reversed(match.steps[:-1]) if isinstance(step, str)), "")
    return MEANINGS[above] if above else None


def unit_of_neighbour(match: PathMatch) -> str:
    """The unit in a field next to the value: `unit` in an element of a named list, else `temp_unit`,
    `tempUnit`."""
    holder = match.inside[-1] if match.inside else None
    if isinstance(holder, Mapping):
        split_words = match.key.lower() in VALUE_KEYS
        for key in (
            _UNIT_KEYS if split_words else (f"{match.key}_unit", f"{match.key}Unit", f"{match.key}单位")
        ):
            unit = holder.get(key)
            if isinstance(unit, str) and len(unit) < 12:
                return unit
    return ""


def parse_value(raw: object, metric: str, invalid: Sequence[str | float]) -> tuple[float | str, str]:
    """(number, unit written after it), or (reason why it is not a number, "")."""
    if isinstance(raw, bool):
        return (float(raw), "") if metric in _SWITCHED else ("wrong_type", "")
    if isinstance(raw, str):
        word = raw.strip().lower()
        if metric in _SWITCHED and word in _OPEN:
            return _OPEN[word], ""
        if word in _FILLERS or any(isinstance(filler, str) and filler.lower() == word for filler in invalid):
            return "error_code", ""
        if not word:
            return "null", ""
        with_unit = _WITH_UNIT.fullmatch(raw.strip())
        if with_unit:
            return float(with_unit[1]), "C" if with_unit[2] == "度" else with_unit[2]
    value = parse_number(raw)
    if (
        not isinstance(value, str)
        and metric in PROBED
        and any(not isinstance(word_or_number, str) and word_or_number == value for word_or_number in invalid)
    ):
        return "error_code", ""
    return value, ""


def to_standard_unit(
    metric: str, value: float, unit: str, *, guessed: bool
) -> tuple[str, float | str] | None:
    """(metric, value in its standard unit or reason). None if a guessed metric cannot have this value."""
    if unit == "csq":
        return (metric, value * 2 - 113) if 0 <= value <= 31 else None
    if guessed and not unit:
        if metric == "battery" and (value > 100 or (1 < value < 5 and value != int(value))):
            return "voltage", round(value / 1000, 4) if value > 100 else value
        if metric == "voltage" and value > 500:
            unit = "mV"
        if metric == "pressure":
            unit = "kPa" if 30 <= value <= 120 else "Pa" if value >= 30_000 else ""
            if not unit and not 300 <= value <= 1200:
                return None
    change = converter(metric, unit)
    if change is None:
        return metric, "unknown_unit"
    value = change(value)
    return metric, value if isfinite(value) else "not_finite"


def apply_scale(raw: object, value: float, source: ValueSource) -> float:
    """Multiplies by the rule's factor. If the rule scales only whole numbers, a number with a decimal
    point stays."""
    pointed = isinstance(raw, float) and not (raw.is_integer() and abs(raw) > 100)
    if source.whole and (pointed or (isinstance(raw, str) and "." in raw)):
        return value
    return value * source.scale + source.offset


def is_believable(meaning: NamedValue | None, value: float) -> bool:
    return meaning is None or believed(meaning, value)
