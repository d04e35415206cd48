"""记为0度: whether the value of a probe in ice water may be recorded as 0 °C."""

from core.errors import Refused
from core.readings.calibrations import IceSettling, ice_offset


def zero_offset(settled: IceSettling, *, in_ice: bool) -> float:
    """The offset (K) that corrects the probe's value to 0 °C.

    Refused if the probe is not in ice water, is not near 0 °C, or its value still changes. `in_ice`: its ice
    bath has started and has not ended.
    """
    if not in_ice:
        raise Refused("not_in_ice", "这个探头不在冰水里。先点冰水校准,放进冰水等10分钟")
    return ice_offset(settled)
