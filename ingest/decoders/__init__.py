"""Routes a topic to a decoder family or rule. A family is a folder here and an entry in
`core.devices.families`.

If filters overlap, a federation's own rules come first, then the families in order, then the shipped
rules. How to add a family: docs/developers/house.md.
"""

from collections.abc import Iterable
from importlib import import_module
from itertools import islice
from typing import NamedTuple, cast

from core.decoding.rules import RULE_FAMILY as RULE_FAMILY
from core.decoding.topic_filters import widest
from core.devices import families
from ingest.decoder_memory import FamilyMemory
from ingest.decoders.contract import Decode, Family, RuleDecoders, Topics
from ingest.decoders.dedup import skip_copies
from ingest.decoders.filters import Filters

FAMILIES: tuple[tuple[str, str], ...] = tuple(
    (family.id, family.module) for family in families.FAMILIES if family.has_decoder
)
"""(family, module), in the order of `core.devices.families`."""

REMEMBER_TOPICS = 50_000
LEARNED_AT_MOST = 10_000
"""Topics that one family may learn; a limit for a flood of made-up definitions."""


class Route(NamedTuple):
    family: str
    decode: Decode


def load(module: str) -> Family:
    return cast(Family, import_module(module))


class Router:
    """Topic -> route, cached. The cache holds at most `most` topics and is cleared when full, so a flood
    of names costs no memory.

    `version` grows whenever filters change: routes found before are no longer valid.
    """

    def __init__(self, modules: Iterable[tuple[str, str]] = FAMILIES, most: int = REMEMBER_TOPICS) -> None:
        self._filters: dict[str, None] = {}
        self._routes: Filters[Route] = Filters()
        self._quiet: Filters[bool] = Filters()
        self._by_family: dict[str, Route] = {}
        self._learned_topics: dict[str, Topics] = {}
        self._learned: dict[str, dict[str, Route]] = {}
        for family, module in modules:
            loaded = load(module)
            route = self._by_family[family] = Route(family, loaded.decode)
            self._filters |= dict.fromkeys(loaded.FILTERS)
            for item in loaded.FILTERS:
                self._routes.add(item, route)
            for item in getattr(loaded, "QUIET", ()):
                self._quiet.add(item, True)
            if hasattr(loaded, "topics"):
                self._learned_topics[family] = loaded.topics
        self._most = most
        self._remembered: dict[str, Route | None] = {}
        self._learnable: dict[str, bool] = {}
        self._rules: RuleDecoders | None = None
        self._subscribed: Filters[bool] | None = None
        self.version = 0

    def use_rules(self, rules: RuleDecoders) -> None:
        """Replaces the rules."""
        self._rules = rules
        self._subscribed = None
        self._learnable.clear()
        self._remembered = {}
        self.version += 1

    def filters(self) -> list[str]:
        """Every topic filter to subscribe to, in order. No rule's filter is within another filter."""
        learned = dict.fromkeys(topic for topics in self._learned.values() for topic in topics)
        if self._rules is None:
            return list(self._filters | learned)
        return list(dict.fromkeys((*widest((*self._filters, *self._rules.filters)), *learned)))

    def find(self, topic: str) -> Route | None:
        """The route, None if no family or rule reads the topic."""
        try:
            return self._remembered[topic]
        except KeyError:
            return self._match_new_topic(topic)

    def knows(self, topic: str) -> bool:
        """Whether a family or rule has this topic, also as one without readings (a `QUIET` filter)."""
        levels = topic.split("/")
        return self._match(topic, levels) is not None or self._quiet.first_match(levels) is not None

    def on_memory_changed(self, family: str, memory: FamilyMemory) -> None:
        """Reads again which topics a family has learned."""
        wants = self._learned_topics.get(family)
        if wants is None:
            return
        route = self._by_family[family]
        learned = dict.fromkeys(islice(filter(self._is_learnable, wants(memory)), LEARNED_AT_MOST), route)
        if learned != self._learned.get(family, {}):
            self._learned[family] = learned
            self._subscribed = None
            self._remembered = {}
            self.version += 1

    def _is_learnable(self, topic: str) -> bool:
        """Whether it is a single topic that no filter matches already."""
        learnable = self._learnable.get(topic)
        if learnable is None:
            if len(self._learnable) >= self._most:
                self._learnable.clear()
            learnable = self._learnable[topic] = (
                _exact(topic) and self._routes.first_match(topic.split("/")) is None
            )
        return learnable

    def _match_new_topic(self, topic: str) -> Route | None:
        if len(self._remembered) >= self._most:
            self._remembered.clear()
        levels = topic.split("/")
        route = self._match(topic, levels)
        if route is not None and self._fits_several(levels):
            route = Route(route.family, skip_copies(route.decode))
        self._remembered[topic] = route
        return route

    def _fits_several(self, levels: list[str]) -> bool:
        """Whether several subscriptions match, so that the broker may send each message several times."""
        if self._subscribed is None:
            self._subscribed = Filters()
            for item in self.filters():
                self._subscribed.add(item, True)
        return self._subscribed.matches_several(levels)

    def _match(self, topic: str, levels: list[str]) -> Route | None:
        own = self._rules.own(levels) if self._rules else None
        if own is not None:
            return Route(RULE_FAMILY, own)
        route = self._routes.first_match(levels)
        if route is not None:
            return route
        for topics in self._learned.values():
            if topic in topics:
                return topics[topic]
        shipped = self._rules.shipped(levels) if self._rules else None
        return Route(RULE_FAMILY, shipped) if shipped is not None else None


def _exact(topic: str) -> bool:
    """Whether it is a topic without wildcards that can be subscribed to."""
    return 0 < len(topic.encode(errors="replace")) <= 512 and not set(topic) & set("+#\0") and topic[0] != "$"
