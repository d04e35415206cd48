"""What may be forgotten: what was made up, never what the house rests on."""

import pytest

from core.devices.forgetting import TIE_TEXTS, DeviceSelection, DeviceTie, KnownDevice, forget_plan
from core.errors import Refused

PROBE = KnownDevice("probe-1", "board", 900, 2)
MADE_UP = [KnownDevice(f"x{number}", "gateway", 100 * number, 1) for number in range(3)]


def forgotten(selection: DeviceSelection, **ties: DeviceTie) -> list[str]:
    ties = {name.replace("_", "-"): tie for name, tie in ties.items()}
    return [device.id for device in forget_plan([PROBE, *MADE_UP], ties, selection).forget]


def test_every_condition_must_hold() -> None:
    assert forgotten(DeviceSelection(login="gateway")) == ["x0", "x1", "x2"]
    assert forgotten(DeviceSelection(like="x?")) == ["x0", "x1", "x2"]
    assert forgotten(DeviceSelection(silent_since=200)) == ["x0", "x1"]
    assert forgotten(DeviceSelection(login="gateway", silent_since=100)) == ["x0"]
    assert forgotten(DeviceSelection(names=frozenset(["probe-1", "x0"]), login="board")) == ["probe-1"]


@pytest.mark.parametrize("tie", DeviceTie)
def test_what_is_bound_to_the_house_stays_and_it_is_said_why(tie: DeviceTie) -> None:
    selection = DeviceSelection(like="*")
    plan = forget_plan([PROBE, *MADE_UP], {"probe-1": tie}, selection)
    assert plan.kept == [(PROBE, tie)]
    assert PROBE not in plan.forget
    assert TIE_TEXTS[tie]


def test_what_somebody_only_chose_goes_if_it_is_named() -> None:
    by_name = DeviceSelection(names=frozenset(["probe-1"]))
    assert forgotten(by_name, probe_1=DeviceTie.NAMED) == ["probe-1"]
    assert forgotten(by_name, probe_1=DeviceTie.LOGIN) == ["probe-1"]
    assert forgotten(by_name, probe_1=DeviceTie.PLACED) == []


def test_nothing_chosen_is_not_everything() -> None:
    with pytest.raises(Refused):
        DeviceSelection().checked()
