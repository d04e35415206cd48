"""Whose message it is, by its topic, and how many devices and series one sender may make.

The broker does not pass on the login of a message. A login may publish only below its own topics
(core.devices.credentials), so the topic tells which login it was. What no single login may publish is
counted together, by the first level of the topic.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.decoding.topic_filters import levels_match
from core.devices.topic_rights import READ, TopicRight

DEVICES_AT_MOST, SERIES_AT_MOST = 20_000, 100_000
"""More than a county has; a limit for a flood of made-up names."""
LOGIN_SHARE, AREA_SHARE = 4, 2
"""A login may make a quarter of them, an area without a login of its own a half, so that nobody's nonsense
takes the room of all others."""
NEAR = 0.9

_ANY = "+"
_AREA = "/#"
_VILLAGE = "village"


class LoginUse(NamedTuple):
    """How many devices and series a sender has made."""

    devices: int
    series: int = 0


class LoginFinder:
    """Topic -> sender: the name of a login, or an area such as `zigbee2mqtt/#`."""

    def __init__(self, rights_by_login: Mapping[str, Iterable[TopicRight]] | None = None) -> None:
        self._by_first_level: dict[str, list[tuple[str, list[str]]]] = {}
        for name, rights in (rights_by_login or {}).items():
            for right in rights:
                if right.access != READ:
                    levels = right.topic.split("/")
                    self._by_first_level.setdefault(levels[0], []).append((name, levels))

    def sender_of(self, topic: str) -> str:
        """The login with the most exact right to publish it; the area if several have it, or none."""
        levels = topic.split("/")
        candidates = (*self._by_first_level.get(levels[0], ()), *self._by_first_level.get(_ANY, ()))
        ranked = sorted(
            ((_exactness(wanted), name) for name, wanted in candidates if levels_match(wanted, levels)),
            reverse=True,
        )
        best = {name for rank, name in ranked if rank == ranked[0][0]}
        return best.pop() if len(best) == 1 else area_of(topic)


def area_of(topic: str) -> str:
    """`village/guchi/#` of a village's box, `tele/#` of others."""
    levels = topic.split("/", 2)
    return "/".join(levels[:2] if levels[0] == _VILLAGE else levels[:1]) + _AREA


def _exactness(levels: list[str]) -> int:
    return sum(level not in ("+", "#") for level in levels)


def is_area(sender: str) -> bool:
    return sender.endswith(_AREA)


def devices_at_most(sender: str) -> int:
    return DEVICES_AT_MOST // (AREA_SHARE if is_area(sender) else LOGIN_SHARE)


def series_at_most(sender: str) -> int:
    return SERIES_AT_MOST // (AREA_SHARE if is_area(sender) else LOGIN_SHARE)


def near_share(sender: str, use: LoginUse) -> str:
    """`4700/5000` if the sender has used nine tenths of what it may make, else empty. The unnamed sender
    stands for devices of earlier versions, whose login is not known."""
    if not sender:
        return ""
    most, series_most = devices_at_most(sender), series_at_most(sender)
    if use.devices >= NEAR * most and use.devices / most >= use.series / series_most:
        return f"{use.devices}/{most}"
    return f"{use.series}/{series_most}" if use.series >= NEAR * series_most else ""
