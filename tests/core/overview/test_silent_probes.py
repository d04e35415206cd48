"""How many of a room's probes are silent."""

from dataclasses import replace

from core.overview.silent_probes import SilentShare, silent_share
from core.overview.status import ProbeNow
from core.rooms.places import Placement, PositionClass
from core.times import HOUR_MS, MINUTE_MS

NOW = 1_768_331_986_000
DOOR = ProbeNow(1, "a", "", "door", PositionClass.AIR, "temperature", 4.0, NOW, 0, True, False)
BACK = replace(DOOR, series=2, device="b", spot="back", at=NOW - 5 * HOUR_MS, fresh=False)
OUT = replace(BACK, series=3, device="c", spot="outside", position_class=PositionClass.OUTSIDE)
PLACED = Placement("d", "", 1, "middle", NOW - HOUR_MS)


def test_those_inside_count_by_probe_and_not_by_value() -> None:
    humid = replace(DOOR, series=4, metric="humidity", fresh=False)
    assert silent_share([DOOR, humid, BACK, OUT], [], NOW) == SilentShare(1, 2)


def test_one_that_never_reported_counts_after_an_hour() -> None:
    assert silent_share([DOOR], [PLACED], NOW) == SilentShare(1, 2)
    assert silent_share([DOOR], [replace(PLACED, valid_from=NOW - 59 * MINUTE_MS)], NOW) == SilentShare(0, 1)


def test_one_that_cannot_be_believed_is_not_silent() -> None:
    assert silent_share([replace(DOOR, fresh=False, doubtful=True), BACK], [], NOW) == SilentShare(1, 2)


def test_all_or_none_is_not_some() -> None:
    assert not SilentShare(0, 2).is_partial
    assert not SilentShare(2, 2).is_partial
    assert SilentShare(1, 2).is_partial
