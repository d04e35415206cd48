"""Definitions of metrics from a birth certificate: names of aliases, units, types. Stored per node and
device."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ingest.decoders.free_names import fahrenheit_twins, metric_of, our_unit, switch_of
from ingest.decoders.sparkplug.wire import SparkplugMetric

NAME_AT_MOST = 200
_CONTROL = ("Node Control/", "Device Control/", "Node Info/", "Node Properties/")
_TEXT = (12, 13, 14, 15)
_BOOLEAN = 11
NUMBERS = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 10})
"""Data types of measurements. UInt64 is left out, because it holds counters and times."""


class Definition(NamedTuple):
    """`metric` is "" if Coldshed does not use it."""

    metric: str
    unit: str
    datatype: int


class Birth:
    """A stored birth. `alias`: alias -> name; `names`: definitions of the metrics in use; `other`: the
    other aliases, as ranges."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._alias = definitions["alias"]
        self._names = definitions["names"]
        self._other = definitions["other"]

    def name(self, metric: SparkplugMetric) -> str | None:
        """The metric's name; empty if it is not in use. None if no birth has named its alias."""
        if metric.name:
            return metric.name
        definition = self._alias.get(str(metric.alias))
        if definition is not None or metric.alias is None:
            return str(definition or "")
        return "" if any(first <= metric.alias <= last for first, last in self._other) else None

    def definition(self, name: str) -> Definition | None:
        definition = self._names.get(name)
        return Definition(*definition) if definition else None


def flatten(metrics: list[SparkplugMetric], before: str = "") -> Iterator[tuple[str, SparkplugMetric]]:
    """(full name, metric); a template's members are named `<template>/<member>`."""
    for metric in metrics:
        name = f"{before}{metric.name}"[:NAME_AT_MOST]
        if metric.members is not None:
            yield from flatten(metric.members, f"{name}/")
        else:
            yield name, metric


def learn_birth(metrics: list[SparkplugMetric]) -> dict[str, Any]:
    """The definitions to store of a birth, as `Birth` reads them."""
    named = dict(flatten(metrics))
    units = {name: metric.unit or "" for name, metric in named.items()}
    twins = fahrenheit_twins(units)
    names = {
        name: definition
        for name, metric in named.items()
        if (definition := define_metric(name, units[name], metric.datatype)).metric and name not in twins
    }
    alias, other = {}, []
    for metric in metrics:
        if metric.alias is None:
            continue
        prefix = f"{metric.name}/"
        if metric.name in names or (metric.members is not None and any(n.startswith(prefix) for n in names)):
            alias[str(metric.alias)] = metric.name[:NAME_AT_MOST]
        else:
            other.append(metric.alias)
    return {"alias": alias, "names": names, "other": _ranges(other)}


def define_metric(name: str, unit: str, datatype: int) -> Definition:
    if name.startswith(_CONTROL) or datatype > 15:
        return Definition("", "", datatype)
    if datatype == _BOOLEAN:
        return Definition(switch_of(name) or "", "", datatype)
    metric = metric_of(name, unit)
    if metric is None and datatype not in _TEXT and not unit:
        metric = switch_of(name)
    return Definition(metric or "", our_unit(unit), datatype)


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges
