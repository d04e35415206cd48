"""Limits failed logins."""

import threading
from collections import OrderedDict

from core.times import MINUTE_MS

WINDOW_MS = 15 * MINUTE_MS
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 40
PER_NAME = 40
REMEMBERED = 10_000


class LoginAttempts:
    """Failed attempts of the last quarter of an hour, in this process: at most five for a name from one
    address, forty from one address, forty for one name. Times in ms."""

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], list[int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, name: str, address: str, now: int) -> int:
        """Seconds until the next attempt is allowed, 0 for at once."""
        with self._lock:
            return max(self._wait(key, most, now) for key, most in _keys(name, address))

    def failed(self, name: str, address: str, now: int) -> None:
        with self._lock:
            for key, most in _keys(name, address):
                times = [at for at in self._failed.pop(key, []) if at > now - WINDOW_MS]
                self._failed[key] = [*times, now][-most:]
            while len(self._failed) > REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        with self._lock:
            self._failed.pop(_keys(name, address)[0][0], None)

    def _wait(self, key: tuple[str, str], most: int, now: int) -> int:
        times = [at for at in self._failed.get(key, []) if at > now - WINDOW_MS]
        if len(times) < most:
            return 0
        return -(-(times[-most] + WINDOW_MS - now) // 1000)


def _keys(name: str, address: str) -> list[tuple[tuple[str, str], int]]:
    short = name[:100]
    return [((short, address), PER_NAME_AND_ADDRESS), (("", address), PER_ADDRESS), ((short, ""), PER_NAME)]
