"""Assigns the probes of a new device to those of the old device that it replaces."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from core.errors import Refused
from core.rooms.places import Placement


class Probe(NamedTuple):
    """One probe of a device. `position`: its name on the device, "" for the only one."""

    device: str
    position: str


class SpareProbe(NamedTuple):
    """A probe that may replace another. `rise`: how far (K) it is warmed in a hand, None if it is not;
    `quiet`: it missed its report."""

    key: str
    placed: bool
    replaced: bool
    in_ice: bool
    speaks: bool
    rise: float | None
    quiet: bool


def candidates(probes: Iterable[SpareProbe]) -> list[str]:
    """Keys of the probes that can replace another, the likeliest first: in the hand, then currently
    reporting."""
    free = [
        probe for probe in probes if probe.speaks and not (probe.placed or probe.replaced or probe.in_ice)
    ]
    in_order = sorted(free, key=lambda probe: (probe.rise is None, -(probe.rise or 0.0), probe.quiet))
    return [probe.key for probe in in_order]


def position_pairs(
    placed: Sequence[str], measuring: Sequence[str], position: str | None, new_position: str | None
) -> list[tuple[str, str]]:
    """(old position, new position) pairs; `placed`: placed positions of the old device, `measuring`: those
    of the new device.

    Without a given position it takes the only one, or matches all by name. Refused if that is ambiguous.
    """
    if not placed:
        raise _not_placed()
    if position is not None:
        return [(position, _same(position, measuring) if new_position is None else new_position)]
    if len(placed) == 1:
        return [(placed[0], _same(placed[0], measuring) if new_position is None else new_position)]
    if new_position is None and set(placed) <= set(measuring):
        return [(position, position) for position in placed]
    raise Refused("which_probe", "旧设备放着几个探头,请说明换哪一个")


def placement_to_take(
    old: Probe, new: Probe, old_placement: Placement | None, new_placement: Placement | None
) -> Placement:
    """The old probe's placement, which the new probe takes.

    Refused: itself (both are one probe), not_placed (the old probe), placed (the new probe).
    """
    if old == new:
        raise Refused("itself", "新的和旧的是同一个探头")
    if old_placement is None:
        raise _not_placed()
    if new_placement is not None:
        raise Refused("placed", "新探头正放在别的地方,先把它拿走")
    return old_placement


def _not_placed() -> Refused:
    return Refused("not_placed", "这个旧探头没放在哪个库,没有位置可换")


def _same(position: str, measuring: Sequence[str]) -> str:
    """The position of the same name, else the only one."""
    return measuring[0] if position not in measuring and len(measuring) == 1 else position
