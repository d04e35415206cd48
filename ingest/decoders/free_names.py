"""Finds the metric of a value by a free name and a unit: `Evaporator Temperature` in °F, `Inputs/temp_1`.

The name decides if the unit allows several metrics (`%` is humidity or battery). A word for something else
(a set point, an alarm, the chip, the soil) rejects the name. A family with a closed list of names has its
own table.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from core.readings.units import converter

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+")

_NOT_MEASURED = {
    *("set", "setpoint", "setpoints", "target", "setting", "settings", "config", "limit", "limits", "alarm"),
    *("alarms", "alert", "threshold", "thresholds", "min", "max", "minimum", "maximum", "calibration"),
    *(
        "offset",
        "hysteresis",
        "dew",
        "dewpoint",
        "feels",
        "heat",
        "index",
        "apparent",
        "wet",
        "bulb",
        "delta",
    ),
    *("trend", "rate", "flow", "absolute", "deficit", "forecast", "duty", "output", "sp", "desired"),
    *("correction", "error", "errors", "fault", "faults", "count", "counter", "deadband"),
}
_NOT_MEASURED_ZH = ("设定", "目标", "报警", "上限", "下限", "阈值", "校准", "露点", "偏差", "故障")
_SOIL = {"soil", "moisture", "plant", "leaf"}
_CHIP = {
    "cpu",
    "chip",
    "soc",
    "mcu",
    "processor",
    "gpu",
    "die",
    "pcb",
    "heatsink",
    "cputemp",
    "rp2040",
    "nrf52",
}
_CHIP_TEMPERATURE = re.compile(
    r"((internal|board|system|onboard|esp(32|8266)?([ _-]?[scph]\d)?)[ _/-]?"
    r"|(device|module|controller|gateway|plc|driver|radio)[ _-]?)temp",
    re.IGNORECASE,
)
_CHIP_ZH = ("芯片", "主板", "设备温度", "控制器温度")
_TEMPERATURE = {
    "temperature",
    "temp",
    "temps",
    "tmp",
    "temperatur",
    "temperatura",
    "wendu",
    "dallas",
    "tempc",
    "tempf",
    "ds18b20",
    "pt100",
    "thermometer",
}
_HUMIDITY = {
    *("humidity", "hum", "humi", "rh", "humid", "hygrometer", "shidu", "humedad"),
    *("feuchte", "feuchtigkeit", "luftfeuchte", "luftfeuchtigkeit"),
}
_BATTERY = {"battery", "batt", "bat", "vbat", "batterie"}
_CO2 = {"co2", "carbondioxide", "eco2"}
_LIGHT = {"light", "lux", "illuminance", "illumination", "luminosity", "brightness"}
_PRESSURE = {"pressure", "barometer", "barometric", "atmospheric", "baro"}
_PIPE = {"suction", "discharge", "water", "oil", "refrigerant", "high", "low", "gas", "tyre", "tire", "pump"}
_SIGNAL = {"rssi", "signal", "wifi"}
_DOOR = {"door", "contact", "window", "opening", "gate", "lid", "reed"}
_MAINS = {"mains", "grid"}
_ENERGY = {"energy", "consumption", "kwh"}
_UNIT_WORDS = {"c", "f", "celsius", "fahrenheit", "degc", "degf", "deg"}

_METRIC_OF_UNIT = {
    **dict.fromkeys(("°c", "°f", "℃", "℉", "degc", "degf", "celsius", "fahrenheit"), "temperature"),
    **dict.fromkeys(("%rh", "rh%"), "humidity"),
    **dict.fromkeys(("lx", "lux"), "light"),
    **dict.fromkeys(("hpa", "mbar"), "pressure"),
    **dict.fromkeys(("kwh", "wh", "mwh"), "energy"),
    "dbm": "signal",
}
"""Units that determine the metric without a name."""
_LATIN = {
    "%RH": "%",
    "RH%": "%",
    "%rH": "%",
    "% RH": "%",
    "degC": "C",
    "degF": "F",
    "deg C": "C",
    "deg F": "F",
}


@lru_cache(8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `Climate/CO2_ppm` -> climate, co2, ppm."""
    low = [word.lower() for word in _WORDS.findall(name.replace("°", " "))]
    joined: list[str] = []
    for word in low:
        if word == "2" and joined and joined[-1] == "co":
            joined[-1] = "co2"
        elif word.isdigit() and joined and joined[-1] in ("esp", "ds", "pt", "nrf", "rp"):
            joined[-1] += word
        elif joined and joined[-1] == "ds18" and word == "b":
            joined[-1] = "ds18b"
        elif joined and joined[-1] == "ds18b" and word == "20":
            joined[-1] = "ds18b20"
        else:
            joined.append(word)
    return tuple(joined)


def is_chips(name: str) -> bool:
    """Whether the name is that of a part inside the device."""
    return (
        not _CHIP.isdisjoint(words(name))
        or _CHIP_TEMPERATURE.search(name) is not None
        or any(item in name for item in _CHIP_ZH)
    )


@lru_cache(8192)
def is_measured(name: str, metric: str) -> bool:
    """Whether no word of the name says that it is a set point, an alarm, the soil …"""
    name_words = set(words(name))
    if not name_words.isdisjoint(_NOT_MEASURED) or any(item in name for item in _NOT_MEASURED_ZH):
        return False
    if metric == "humidity" and (name_words & _SOIL or "土壤" in name):
        return False
    return metric != "pressure" or not name_words & _PIPE


@lru_cache(8192)
def metric_of(name: str, unit: str) -> str | None:
    """The metric of a number called `name` in `unit` ("" if unknown). None if it is not a metric."""
    name_words = set(words(name))
    unit = " ".join(unit.split())
    if not name_words.isdisjoint(_NOT_MEASURED) or any(item in name for item in _NOT_MEASURED_ZH):
        return None
    for metric in _candidates(name, name_words, unit):
        if metric == "temperature" and is_chips(name):
            return None
        if converter(metric, our_unit(unit)) is not None:
            return metric
    return None


def our_unit(unit: str) -> str:
    """The unit in the spelling of `core.readings.units`."""
    unit = " ".join(unit.split())
    return _LATIN.get(unit, unit)


def _candidates(name: str, name_words: set[str], unit: str) -> Iterable[str]:
    def named(those: set[str], *chinese: str) -> bool:
        return not name_words.isdisjoint(those) or any(item in name for item in chinese)

    low = unit.lower().replace("º", "°").replace("° ", "°")
    if named(_BATTERY, "电池", "电量") and "energy" not in name_words:
        yield (
            "voltage"
            if low in ("v", "mv") or (not low and name_words & {"voltage", "vbat", "volt"})
            else "battery"
        )
        return
    if named(_CO2, "二氧化碳") or {"carbon", "dioxide"} <= name_words:
        if "eco2" not in name_words:
            yield "co2"
        return
    if (
        {"carbon", "monoxide"} <= name_words
        or "一氧化碳" in name
        or (low in ("ppm", "ppb") and "co" in name_words)
    ):
        yield "co"
        return
    if named(_SIGNAL) and low in ("dbm", "db", ""):
        yield "signal"
        return
    if named(_PRESSURE, "气压") and not (name_words & _PIPE):
        yield "pressure"
    if named(_HUMIDITY, "湿度") and not (name_words & _SOIL or "土壤" in name):
        yield "humidity"
    if named(_TEMPERATURE, "温度") or (low in ("c", "f", "k") and not named(_PRESSURE)):
        yield "temperature"
    if named(_LIGHT, "光照", "照度") and low != "%" and (low or not name_words & {"light", "brightness"}):
        yield "light"
    if named(_ENERGY) and low:
        yield "energy"
    if low in ("v", "mv") and (
        named({"voltage", "volt", "volts", "supply", "mains"}, "电压") or not name_words
    ):
        yield "voltage"
    alone = _METRIC_OF_UNIT.get(low)
    if alone is not None and not (alone == "pressure" and name_words & _PIPE):
        yield alone


@lru_cache(4096)
def switch_of(name: str) -> str | None:
    """`door` or `power` (the mains) for a yes/no value of that name. None for other names."""
    name_words = set(words(name))
    if not name_words.isdisjoint(_NOT_MEASURED):
        return None
    if not name_words.isdisjoint(_DOOR) or "门" in name:
        return "door"
    if not name_words.isdisjoint(_MAINS) or "市电" in name or {"ac", "power"} <= name_words:
        return "power"
    return None


def fahrenheit_twins(named: dict[str, str]) -> set[str]:
    """Of names (-> unit), those in °F that another name has in °C."""
    celsius = {
        _without_unit_words(name) for name, unit in named.items() if our_unit(unit).strip("°").lower() != "f"
    }
    return {
        name
        for name, unit in named.items()
        if our_unit(unit).strip("°").lower() == "f"
        and _without_unit_words(name) in celsius
        and words(name) != _without_unit_words(name)
    }


def _without_unit_words(name: str) -> tuple[str, ...]:
    return tuple(
        "temp" if word in ("tempc", "tempf") else word for word in words(name) if word not in _UNIT_WORDS
    )
