"""Where: sites, rooms, and the positions of probes in them."""

from dataclasses import dataclass
from enum import StrEnum


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
"""Where in (or at) a room a probe stands: word, and the class its limits go by."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A probe (`device`, `position` as the device names it) stood at a spot of a room from, to (ms)."""

    device: str
    position: str
    room: int
    spot: str
    valid_from: int
    valid_to: int | None = None

    @property
    def position_class(self) -> PositionClass:
        return SPOTS[self.spot][1]
