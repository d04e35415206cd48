"""Messages forwarded by another box: `village/<name>/<topic on that box>` (docs/operators/shape-two.md).

Each village has its own router and its share of the decoder memory, so a message is decoded as on its own
box. Devices are named `<device>@<village>` here, so probes of one name in two villages stay apart.
"""

from collections.abc import Callable, Iterator
from typing import Any

from core.devices.credentials import is_village_name
from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Route, Router
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport
from ingest.rules.rule_list import RuleList

PREFIX = "village/"
VILLAGES_AT_MOST = 500
_MARK = "\x00village/"
"""Prefix of a village's keys in its family's memory; no family's own key begins with it."""


class VillagePart(FamilyMemory):
    """A village's share of a family's memory; without a village, the hub's own share."""

    def __init__(self, whole: FamilyMemory, village: str = "") -> None:
        super().__init__()
        self.whole = whole
        self._prefix = f"{_MARK}{village}/" if village else ""

    def get(self, key: str) -> Any:
        return self.whole.get(self._prefix + key)

    def put(self, key: str, value: Any, *, lasting: bool = True) -> None:
        self.whole.put(self._prefix + key, value, lasting=lasting)

    def drop(self, key: str) -> None:
        self.whole.drop(self._prefix + key)

    def items(self) -> Iterator[tuple[str, Any]]:
        for key, value in self.whole.items():
            if self._prefix and key.startswith(self._prefix):
                yield key[len(self._prefix) :], value
            elif not self._prefix and not key.startswith(_MARK):
                yield key, value


class VillageRouter:
    """A router for the hub's own topics, and one for each village that has sent a message."""

    def __init__(self, make_router: Callable[[], Router] = Router) -> None:
        self._make_router = make_router
        self._own = make_router()
        self._default = make_router()  # learns nothing: its filters are those of every village
        self._villages: dict[str, Router] = {}
        self._rules: RuleList | None = None

    def use_rules(self, rules: RuleList) -> None:
        """Replaces the rules of every router."""
        self._rules = rules
        for router in (self._own, self._default, *self._villages.values()):
            router.use_rules(rules)

    @property
    def version(self) -> int:
        return self._own.version + sum(router.version for router in self._villages.values())

    def filters(self) -> list[str]:
        """The hub's filters, the default ones below `village/+/`, and the topics learned from a village's
        devices below `village/<name>/`."""
        filters = dict.fromkeys(self._own.filters())
        default = self._default.filters()
        filters |= dict.fromkeys(f"{PREFIX}+/{topic_filter}" for topic_filter in default)
        for name, router in self._villages.items():
            learned = [topic for topic in router.filters() if topic not in default]
            filters |= dict.fromkeys(f"{PREFIX}{name}/{topic}" for topic in learned)
        return list(filters)

    def find(self, topic: str) -> Route | None:
        if not topic.startswith(PREFIX):
            return self._own.find(topic)
        name, rest = _split(topic)
        router = self._village(name)
        route = router.find(rest) if router is not None and rest else None
        return Route(route.family, _decode_as_village(route.decode, name, rest)) if route else None

    def knows(self, topic: str) -> bool:
        if not topic.startswith(PREFIX):
            return self._own.knows(topic)
        _, rest = _split(topic)
        return rest.startswith("coldshed/listener/") or self._default.knows(rest)

    def on_memory_changed(self, family: str, memory: FamilyMemory) -> None:
        """Passes each router its share of a family's memory, because it may want other topics now."""
        self._own.on_memory_changed(family, VillagePart(memory))
        names = {key[len(_MARK) :].partition("/")[0] for key, _ in memory.items() if key.startswith(_MARK)}
        for name in sorted(names):
            router = self._village(name)
            if router is not None:
                router.on_memory_changed(family, VillagePart(memory, name))

    def _village(self, name: str) -> Router | None:
        """The village's router, made on first use. None for an invalid name or if there are too many
        villages."""
        router = self._villages.get(name)
        if router is None and len(self._villages) < VILLAGES_AT_MOST and is_village_name(name):
            router = self._villages[name] = self._make_router()
            if self._rules is not None:
                router.use_rules(self._rules)
        return router


def _split(topic: str) -> tuple[str, str]:
    name, _, rest = topic[len(PREFIX) :].partition("/")
    return name, rest


def _decode_as_village(decode: Decode, village: str, topic: str) -> Decode:
    """A decoder for the topic on the village's box; it adds the village to device names. It drops
    commands: the bridge is one-way, and the village's own box requests what it misses."""

    part: VillagePart | None = None

    def decode_as_village(_topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        nonlocal part
        if part is None or part.whole is not context.memory:
            part = VillagePart(context.memory, village)
        context.memory = part
        commands_before = len(context.commands)
        reports = decode(topic, payload, context)
        del context.commands[commands_before:]
        for report in reports:
            report.device = f"{report.device}@{village}"
            if report.gateway:
                report.gateway = f"{report.gateway}@{village}"
        return reports

    return decode_as_village
