"""Which probe of the new device takes the place of which probe of the old one."""

from collections.abc import Sequence

from core.errors import Refused


def pairs(
    placed: Sequence[str], measuring: Sequence[str], position: str | None, new_position: str | None
) -> list[tuple[str, str]]:
    """(old position, new position) from the positions of the old device that stand somewhere, and those
    at which the new one measures.

    Asked for nothing: the only one, or each by its name. Refused where that does not say which.
    """
    if not placed:
        raise Refused("not_placed", "这个旧探头没放在哪个库,没有位置可换")
    if position is not None:
        return [(position, _same(position, measuring) if new_position is None else new_position)]
    if len(placed) == 1:
        return [(placed[0], _same(placed[0], measuring) if new_position is None else new_position)]
    if new_position is None and set(placed) <= set(measuring):
        return [(each, each) for each in placed]
    raise Refused("which_probe", "旧设备放着几个探头,请说明换哪一个")


def _same(position: str, measuring: Sequence[str]) -> str:
    """The one of the same name, else the only one."""
    return measuring[0] if position not in measuring and len(measuring) == 1 else position
