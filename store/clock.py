"""The wall clock of the services. `core` takes `now` as a parameter instead."""

import time


def now_ms() -> int:
    """Unix time in ms."""
    return time.time_ns() // 1_000_000
