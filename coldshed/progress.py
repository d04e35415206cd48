"""Progress of tasks that take longer than two seconds."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

QUIET_S = 2.0


class Progress:
    """Call with (done, total) at any rate. Prints a line every two seconds, and a last line if it printed
    any."""

    def __init__(
        self, what: str, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._out = out or sys.stdout
        self._clock = clock
        self._next = clock() + QUIET_S
        self._has_printed = False

    def __call__(self, done: int, total: int) -> None:
        finished = done >= total
        if (finished and not self._has_printed) or (not finished and self._clock() < self._next):
            return
        self._next = self._clock() + QUIET_S
        self._has_printed = not finished
        share = 100 * done // total if total else 100
        print(f"{self._what} {done}/{total} ({share} %)", file=self._out, flush=True)
