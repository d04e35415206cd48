"""Many readings at an even rate, with what the broker acknowledged of them, and when."""

import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from tests.e2e.kills import Sent, wire
from tests.support.flood import flood

DEVICES = 40
PAUSE_S = 0.5


class Accepted(NamedTuple):
    """A reading, and when the broker had acknowledged it (s, monotonic)."""

    sent: Sent
    at: float


class Traffic:
    """Publishes `count` readings evenly over `over_s`, in a thread; the rest at `finish`. Each value is
    given once, and each time once for a device. It ends when the broker goes away."""

    def __init__(self, port: int, count: int, over_s: float) -> None:
        self._port, self._count, self._over_s = port, count, over_s
        self._next, self._next_at = 0, 0
        self.accepted: list[Accepted] = []
        self.is_cut_off = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Traffic":
        self._thread.start()
        return self

    def finish(self) -> None:
        self._stop.set()
        self._thread.join(300)

    def _run(self) -> None:
        began = time.monotonic()
        while self._next < self._count:
            share = 1.0 if self._stop.is_set() else (time.monotonic() - began) / self._over_s
            due = min(self._count, int(share * self._count)) - self._next
            messages = list(self._messages(max(1, due)))
            try:
                for index in flood(self._port, map(wire, messages)):
                    self.accepted.append(Accepted(messages[index], time.monotonic()))
            except OSError:
                self.is_cut_off = True
                return
            self._stop.wait(PAUSE_S)

    def _messages(self, count: int) -> Iterator[Sent]:
        """Three of four carry their time; a device gets one millisecond later each time."""
        began_at = self._next_at = max(self._next_at, time.time_ns() // 1_000_000 - count // DEVICES)
        for number in range(count):
            index, timed = self._next, self._next % 4 != 3
            device = f"{'timed' if timed else 'timeless'}-{index % DEVICES:02d}"
            at = began_at + number // DEVICES
            self._next_at = at + 1
            yield Sent(device, at if timed else None, round(index * 1e-4, 4))
            self._next += 1
