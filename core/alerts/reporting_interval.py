"""How often a probe reports, and after how long without a report it is called silent."""

from core.readings.readings import HOUR_MS, MINUTE_MS

QUIET_AT_LEAST = 10 * MINUTE_MS
QUIET_UNKNOWN = HOUR_MS
INTERVAL_AT_MOST = 2 * HOUR_MS


def quiet_after(interval: int | None) -> int:
    """After how long (ms) without a report a probe that reports every `interval` ms is called silent."""
    if interval is None:
        return QUIET_UNKNOWN
    return max(QUIET_AT_LEAST, 3 * min(interval, INTERVAL_AT_MOST))


def learn_interval(interval: int | None, gap: int) -> int:
    """The longest usual gap (ms). It grows by steps and shrinks slowly, so that one outage neither hides
    the next nor makes a slow device silent forever."""
    if interval is None:
        return min(gap, INTERVAL_AT_MOST)
    grown = min(gap, max(2 * interval, QUIET_AT_LEAST), INTERVAL_AT_MOST)
    return max(grown, interval * 9 // 10)
