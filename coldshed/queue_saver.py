"""When the included Mosquitto saves its queues, so that a power cut loses little and a memory card lasts.

Each save writes all subscriptions, 35 kB. While the listener takes every message at once, nothing waits that
is worth it, and Mosquitto's own save every minute is enough. What devices send while the listener is away
waits at Mosquitto only, so it is then asked to save every `SAVE_S`. Imports nothing heavy, for `coldshed up`.
Times are `time.monotonic()`.
"""

from core.overview.service_progress import PartProgress

SAVE_S = 5.0
QUIET_S = 7.0
"""The listener reports every 5 s. One that reports nothing for longer may be hung."""
SETTLED_S = 60.0
"""Saving goes on for so long after the listener is back, because it first takes what has waited."""


class QueueSaver:
    def __init__(self, now: float) -> None:
        self._save_until = now + SETTLED_S
        self._save_at = now

    def is_due(self, listener: PartProgress | None, now: float) -> bool:
        """Whether to ask Mosquitto to save now. `listener`: its latest report, None without one."""
        if listener is None or listener.error or now - listener.alive_at > QUIET_S:
            self._save_until = now + SETTLED_S
        if not self._save_at <= now <= self._save_until:
            return False
        self._save_at = now + SAVE_S
        return True
