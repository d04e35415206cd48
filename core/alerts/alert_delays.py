"""The delays of an alert beside those of its limit. Reasons: docs/decisions/0021-delays-count-readings.md."""

from core.times import HOUR_MS, MINUTE_MS

HELD_AT_MOST = 20 * MINUTE_MS
"""How long (ms) a value outside the hard bound, or an impossible one that alone should show a room, waits for
a second reading that proves it."""
OFF_DELAY = 20 * MINUTE_MS
"""Proven time (ms) inside the bound before an alert ends: the cold half of the longest compressor cycle."""
OFF_DELAY_AT_MOST = 2 * HOUR_MS
RE_ALARM = 2 * HOUR_MS
"""A breach that begins within this time (ms) after the end of an alert is the same trouble again."""


def off_delay(repeats: int) -> int:
    """The off-delay (ms) of an alert that came back `repeats` times; it doubles with each return."""
    return min(OFF_DELAY << min(repeats, 8), OFF_DELAY_AT_MOST)
