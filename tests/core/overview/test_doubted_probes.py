from dataclasses import replace

from core.overview.doubted_probes import SPOKE_WITHIN_MS, doubted_probes, spoke_lately
from core.overview.status import ProbeNow
from core.readings.readings import Flag
from core.rooms.places import PositionClass

NOW = 1_768_331_986_000
DOUBTED = ProbeNow(
    series=1,
    device="d",
    position="",
    spot="door",
    position_class=PositionClass.AIR,
    metric="temperature",
    value=85.0,
    at=NOW - 60_000,
    flags=Flag.IMPLAUSIBLE,
    fresh=False,
    doubtful=True,
)


def test_a_probe_that_can_be_believed_is_none_of_them() -> None:
    assert doubted_probes([replace(DOUBTED, doubtful=False)], NOW) == []


def test_what_an_outside_probe_says_does_not_concern_the_room() -> None:
    assert doubted_probes([replace(DOUBTED, position_class=PositionClass.OUTSIDE)], NOW) == []


def test_a_probe_that_fell_silent_is_silent_not_doubted() -> None:
    silent = replace(DOUBTED, at=NOW - SPOKE_WITHIN_MS - 1)
    assert not spoke_lately(silent, NOW)
    assert doubted_probes([silent], NOW) == []
    assert doubted_probes([replace(DOUBTED, at=NOW - SPOKE_WITHIN_MS)], NOW)


def test_a_temperature_comes_first_then_the_spot_by_the_door() -> None:
    humid = replace(DOUBTED, metric="humidity")
    back = replace(DOUBTED, spot="back")
    assert doubted_probes([humid, back, DOUBTED], NOW) == [DOUBTED, back, humid]
