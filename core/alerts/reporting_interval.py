"""A probe's reporting interval, and when a probe counts as silent."""

from core.times import HOUR_MS, MINUTE_MS

QUIET_AT_LEAST = 10 * MINUTE_MS
QUIET_UNKNOWN = HOUR_MS
INTERVAL_AT_MOST = 2 * HOUR_MS
SILENT_AT_LEAST = 30 * MINUTE_MS
"""How long one of several probes may be silent (domain facts, sensor_offline: within 30 minutes)."""


def quiet_after(interval: int | None) -> int:
    """Time (ms) without a report after which a probe counts as silent; `interval` (ms) is None if unknown."""
    if interval is None:
        return QUIET_UNKNOWN
    return max(QUIET_AT_LEAST, 3 * min(interval, INTERVAL_AT_MOST))


def silent_after(quiet: int) -> int:
    """Time (ms) after which somebody must hear of a silent probe while others show the room. `quiet`: its
    `quiet_after`."""
    return max(SILENT_AT_LEAST, quiet)


def learn_interval(interval: int | None, gap: int) -> int:
    """Returns the longest usual gap (ms). It grows in steps and shrinks slowly, so that one outage does not
    hide the next, and a slow device does not count as silent forever."""
    if interval is None:
        return min(gap, INTERVAL_AT_MOST)
    grown = min(gap, max(2 * interval, QUIET_AT_LEAST), INTERVAL_AT_MOST)
    return max(grown, interval * 9 // 10)
