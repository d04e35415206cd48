"""The time under which a value is stored if its device sent none or a wrong one. Times are ms UTC."""

from core.devices.clock_offset import correct
from core.readings.readings import Flag, judge_time

TIME_UNKNOWN = int(Flag.TIME_UNKNOWN)


def time_of_value(
    at: int | None, now: int, clock_offset: int, *, has_waited: bool
) -> tuple[int, int, int | None, bool, bool]:
    """(time, flags, claimed time that was not trusted, whether the time is the device's, whether it is
    odd).

    `clock_offset` is how far the device's clock is behind ours (ms). `has_waited`: the message may have
    waited at the broker, so its arrival time is not the time of its values.
    """
    unknown = TIME_UNKNOWN if has_waited else 0
    if at is None:
        return now, unknown, None, False, False
    corrected = correct(at, now, clock_offset) if clock_offset else None
    if corrected is not None:
        return (*corrected, True, False)
    stored_at, flags, claimed = judge_time(at, now)
    if claimed is not None:
        return now, flags | unknown, claimed, False, True
    return stored_at, flags, None, True, True


class ArrivalTimes:
    """Arrival times for values without a time of their own; a series never gets one time twice.

    A last time that is `drift` (ms) or more ahead came from a wrong clock and is forgotten.
    """

    def __init__(self, drift: int) -> None:
        self._drift = drift
        self._last: dict[int, int] = {}

    def next(self, series: int, at: int) -> int:
        last = self._last.get(series, 0)
        if at <= last < at + self._drift:
            at = last + 1
        self._last[series] = at
        return at
