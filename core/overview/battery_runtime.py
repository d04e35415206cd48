"""The box's own electricity: when its last word is due before the battery is empty."""

from enum import StrEnum
from typing import NamedTuple

LAST_MINUTES = 5
LAST_PER_CENT = 15.0
"""Where nobody says for how long the battery lasts, so much is little."""


class PowerSupply(NamedTuple):
    """What a battery or UPS says: per cent left and minutes left, nothing where it does not say."""

    on_battery: bool
    percent: float | None = None
    minutes: float | None = None
    low: bool = False
    """The UPS itself says that the end is near."""


class BatteryNotice(StrEnum):
    NOTHING = "nothing"
    LAST = "last"
    BACK = "back"


def due_notice(
    supply: PowerSupply | None, *, announced: bool, minutes: float = LAST_MINUTES
) -> BatteryNotice:
    """What is due now; `announced`: the last word is out and nobody has heard yet that all is well again."""
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
