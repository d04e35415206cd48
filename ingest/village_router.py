"""Messages that another box forwards: `village/<name>/<topic as it was there>` (docs/operators/shape-two.md).

They are read as they would be there, by a router and a memory of the village's own, and its devices are
called `<device>@<village>` here: two probes of one name in two villages stay two.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from ingest.decoder_memory import FamilyMemory
from ingest.decoders import Route, Router
from ingest.decoders.contract import Decode, DecodeContext, DecodedReport
from ingest.rules.rule_list import RuleList

PREFIX = "village/"
VILLAGES_AT_MOST = 500
_NAME = re.compile(r"[^/+#@\x00-\x1f]{1,40}")
_MARK = "\x00village/"
"""In front of a village's keys in its family's memory; no family's own key begins so."""


class VillagePart(FamilyMemory):
    """A village's share of a family's memory; with no village, what is the hub's own."""

    def __init__(self, whole: FamilyMemory, village: str = "") -> None:
        super().__init__()
        self.whole = whole
        self._before = f"{_MARK}{village}/" if village else ""

    def get(self, key: str) -> Any:
        return self.whole.get(self._before + key)

    def put(self, key: str, value: Any, *, lasting: bool = True) -> None:
        self.whole.put(self._before + key, value, lasting=lasting)

    def drop(self, key: str) -> None:
        self.whole.drop(self._before + key)

    def items(self) -> Iterator[tuple[str, Any]]:
        for key, value in self.whole.items():
            if self._before and key.startswith(self._before):
                yield key[len(self._before) :], value
            elif not self._before and not key.startswith(_MARK):
                yield key, value


class VillageRouter:
    """A router for what comes from here, and one for each village that was heard of. `make` makes one."""

    def __init__(self, make: Callable[[], Router] = Router) -> None:
        self._make = make
        self._own = make()
        self._blank = make()  # has learned nothing: what every village has from the start
        self._of: dict[str, Router] = {}
        self._rules: RuleList | None = None

    def use(self, rules: RuleList) -> None:
        """Everywhere, in place of those before."""
        self._rules = rules
        for router in (self._own, self._blank, *self._of.values()):
            router.use(rules)

    @property
    def version(self) -> int:
        return self._own.version + sum(router.version for router in self._of.values())

    def filters(self) -> list[str]:
        """Ours, and the same below `village/+/`; what one village's devices have taught only below it."""
        found = dict.fromkeys(self._own.filters())
        anywhere = self._blank.filters()
        found |= dict.fromkeys(f"{PREFIX}+/{each}" for each in anywhere)
        known = set(anywhere)
        for name, router in self._of.items():
            found |= dict.fromkeys(f"{PREFIX}{name}/{each}" for each in router.filters() if each not in known)
        return list(found)

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
        return rest.startswith("coldshed/listener/") or self._blank.knows(rest)

    def heard(self, family: str, memory: FamilyMemory) -> None:
        """A family's memory has changed: its share of each village may want other topics."""
        self._own.heard(family, VillagePart(memory))
        names = {key[len(_MARK) :].partition("/")[0] for key, _ in memory.items() if key.startswith(_MARK)}
        for name in sorted(names):
            router = self._village(name)
            if router is not None:
                router.heard(family, VillagePart(memory, name))

    def _village(self, name: str) -> Router | None:
        """Nothing for a name that is none, or for one more than there can be."""
        found = self._of.get(name)
        if found is None and len(self._of) < VILLAGES_AT_MOST and _NAME.fullmatch(name):
            found = self._of[name] = self._make()
            if self._rules is not None:
                found.use(self._rules)
        return found


def _split(topic: str) -> tuple[str, str]:
    name, _, rest = topic[len(PREFIX) :].partition("/")
    return name, rest


def _decode_as_village(decode: Decode, village: str, topic: str) -> Decode:
    """Reads as the village would, and names its devices after it. Nothing is said to them from here: the way
    is one-way, and the village's own box asks for what it misses."""

    part: VillagePart | None = None

    def decoded(_topic: str, payload: bytes, context: DecodeContext) -> list[DecodedReport]:
        nonlocal part
        if part is None or part.whole is not context.memory:
            part = VillagePart(context.memory, village)
        context.memory = part
        said = len(context.commands)
        reports = decode(topic, payload, context)
        del context.commands[said:]
        for report in reports:
            report.device = f"{report.device}@{village}"
            if report.gateway:
                report.gateway = f"{report.gateway}@{village}"
        return reports

    return decoded
