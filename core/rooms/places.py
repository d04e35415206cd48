"""Rooms and the placements of probes in them."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.errors import Refused


class RoomKind(StrEnum):
    COLD_ROOM = "cold_room"
    MUSHROOM_SHED = "mushroom_shed"


class PositionClass(StrEnum):
    AIR = "air"
    CORE = "core"
    OUTSIDE = "outside"


SPOTS: dict[str, tuple[str, PositionClass]] = {
    "door": ("门边", PositionClass.AIR),
    "middle": ("中间", PositionClass.AIR),
    "back": ("最里", PositionClass.AIR),
    "pile": ("堆里", PositionClass.CORE),
    "outside": ("库外", PositionClass.OUTSIDE),
}
"""Spots of a room: label, and the position class whose limits apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRoom:
    """`use`: the declared use, a produce id or "species/phase". `limits_from`: "contents" or "hand"."""

    site: int
    name: str
    kind: str
    capacity_grams: int | None = None
    use: str | None = None
    limits_from: str = "contents"
    sort: int = 0

    def checked(self) -> "NewRoom":
        """Returns a copy with the name trimmed. Refused: no name, an unknown kind, a capacity of 0 or
        less."""
        if not self.name.strip():
            raise Refused("no_name", "名字没填", field="name")
        if self.kind not in list(RoomKind):
            raise Refused("unknown_kind", "没有这种库:%(kind)s", kind=self.kind, field="kind")
        if self.capacity_grams is not None and self.capacity_grams <= 0:
            raise Refused("bad_capacity", "容量要比0大", field="capacity")
        if self.limits_from not in ("contents", "hand"):
            text = "没有这种办法:%(value)s"
            raise Refused("unknown_limits_from", text, value=self.limits_from, field="limits_from")
        return replace(self, name=self.name.strip(), kind=str(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlacement:
    """Places a probe at a spot of a room from `valid_from` (ms); None means now."""

    device: str
    position: str
    room: int
    spot: str
    by: int | None = None
    valid_from: int | None = None

    def start(self, now: int) -> int:
        """The start time (ms). Refused: an unknown spot, a time in the future."""
        if self.spot not in SPOTS:
            raise Refused("unknown_spot", "没有这种位置:%(spot)s", spot=self.spot, field="spot")
        start = now if self.valid_from is None else self.valid_from
        if start > now:
            raise Refused("in_the_future", "时间还没到", field="valid_from")
        return start


@dataclass(frozen=True, slots=True)
class Placement:
    """A probe (`device`, and `position` as the device names it) at a spot of a room; times in ms."""

    device: str
    position: str
    room: int
    spot: str
    valid_from: int
    valid_to: int | None = None
    id: int = 0

    @property
    def position_class(self) -> PositionClass:
        return SPOTS[self.spot][1]
