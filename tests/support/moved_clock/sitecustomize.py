"""Moves the wall clock of a Python process. Python imports this file at its start, where its folder is in
PYTHONPATH (tests.support.machine_clock)."""

import os
import time
from pathlib import Path

NOTICED_S = 0.1


class _MovedClock:
    """The right time plus the seconds in a file, which is read again every `NOTICED_S`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._right_ns = time.time_ns
        self._offset_ns = 0
        self._read_at = -NOTICED_S

    def time_ns(self) -> int:
        now = time.monotonic()
        if now - self._read_at >= NOTICED_S:
            self._read_at, self._offset_ns = now, int(self._file.read_text()) * 1_000_000_000
        return self._right_ns() + self._offset_ns

    def time(self) -> float:
        return self.time_ns() / 1e9


if "COLDSHED_TEST_CLOCK" in os.environ:
    _clock = _MovedClock(Path(os.environ["COLDSHED_TEST_CLOCK"]))
    time.time, time.time_ns = _clock.time, _clock.time_ns
