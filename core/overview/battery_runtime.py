"""The box's own power supply: when to send the last notification before the battery is empty."""

from enum import StrEnum
from typing import NamedTuple

LAST_MINUTES = 5
LAST_PER_CENT = 15.0
"""Nearly empty, for a battery that does not report its remaining minutes."""


class PowerSupply(NamedTuple):
    """The state of a battery or UPS: charge in % and minutes left, None if not reported."""

    on_battery: bool
    percent: float | None = None
    minutes: float | None = None
    low: bool = False
    """The UPS itself reports that it is nearly empty."""


class BatteryNotice(StrEnum):
    NOTHING = "nothing"
    LAST = "last"
    BACK = "back"


def due_notice(
    supply: PowerSupply | None, *, announced: bool, minutes: float = LAST_MINUTES
) -> BatteryNotice:
    """The notification due now. `announced`: the last one has been sent, and the one about the mains'
    return has not."""
    if supply is None:
        return BatteryNotice.NOTHING
    if not supply.on_battery:
        return BatteryNotice.BACK if announced else BatteryNotice.NOTHING
    return BatteryNotice.LAST if not announced and nearly_empty(supply, minutes) else BatteryNotice.NOTHING


def nearly_empty(supply: PowerSupply, minutes: float = LAST_MINUTES) -> bool:
    if supply.low:
        return True
    if supply.minutes is not None:
        return supply.minutes <= minutes
    return supply.percent is not None and supply.percent <= LAST_PER_CENT
