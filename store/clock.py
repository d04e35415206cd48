"""The wall clock of the services. Decisions in `core` never ask it: they take `now`."""

import time


def now_ms() -> int:
    """Milliseconds since 1970 in UTC."""
    return time.time_ns() // 1_000_000
