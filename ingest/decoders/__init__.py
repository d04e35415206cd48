"""Which family a topic belongs to. A family is one folder and one line in `FAMILIES`.

The order decides where filters overlap. How to add one: docs/devices.md.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import NamedTuple, cast

from ingest.decoders.contract import Decode, Family

FAMILIES: tuple[tuple[str, str], ...] = (
    ("coldshed", "ingest.decoders.coldshed.decoder"),
    ("zigbee2mqtt", "ingest.decoders.zigbee2mqtt.decoder"),
    ("tasmota", "ingest.decoders.tasmota.decoder"),
)

REMEMBER_TOPICS = 50_000


class Route(NamedTuple):
    family: str
    decode: Decode


def load(module: str) -> Family:
    return cast(Family, import_module(module))


def filters() -> list[str]:
    """Every topic filter to subscribe to, in order, each once."""
    return list(dict.fromkeys(each for _, module in FAMILIES for each in load(module).FILTERS))


def matches(topic_filter: str, topic: str) -> bool:
    """MQTT's rule: `+` is one level, a last `#` the rest (also none), neither at the start takes `$`."""
    return _levels_match(topic_filter.split("/"), topic.split("/"))


def _levels_match(wanted: list[str], levels: list[str]) -> bool:
    if levels[0][:1] == "$" and wanted[0] in ("+", "#"):
        return False
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        if len(levels) < len(wanted):
            return False
    elif len(levels) != len(wanted):
        return False
    return all(want in ("+", level) for want, level in zip(wanted, levels, strict=False))


class Router:
    """Topic -> route. Filters are matched only when a topic is first seen; the answer is remembered,
    at most `most` of them (then it forgets all and starts anew, so a flood of names costs no memory)."""

    def __init__(self, families: Iterable[tuple[str, str]] = FAMILIES, most: int = REMEMBER_TOPICS) -> None:
        self._routes: list[tuple[list[str], Route]] = []
        self._quiet: list[list[str]] = []
        for family, module in families:
            loaded = load(module)
            route = Route(family, loaded.decode)
            self._routes += [(each.split("/"), route) for each in loaded.FILTERS]
            self._quiet += [each.split("/") for each in getattr(loaded, "QUIET", ())]
        self._most = most
        self._seen: dict[str, Route | None] = {}

    def find(self, topic: str) -> Route | None:
        """The route, or `None` where no family has such a topic."""
        try:
            return self._seen[topic]
        except KeyError:
            return self._first_sight(topic)

    def knows(self, topic: str) -> bool:
        """Whether a family has this topic, be it only as one without readings (its `QUIET` filters)."""
        levels = topic.split("/")
        return self._match(levels) is not None or any(_levels_match(each, levels) for each in self._quiet)

    def _first_sight(self, topic: str) -> Route | None:
        if len(self._seen) >= self._most:
            self._seen.clear()
        route = self._seen[topic] = self._match(topic.split("/"))
        return route

    def _match(self, levels: list[str]) -> Route | None:
        for wanted, route in self._routes:
            if _levels_match(wanted, levels):
                return route
        return None
