"""A machine clock that tests move: the wall clock of the Python processes that are started with it.

`time.time` and `time.time_ns` are replaced in them, which all of ours use. libfaketime 0.9.10 would move
every program's, but lets `time.sleep` fail. Their monotonic clock goes on, and this process keeps the right
time.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "moved_clock"
ROOT = Path(__file__).parents[2]


class MachineClock:
    """`offset_s`: how far it is ahead of the right time."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "machine-clock"
        self.environment = {"COLDSHED_TEST_CLOCK": str(self._file), "PYTHONPATH": f"{FOLDER}:{ROOT}"}
        self.set(0)

    def set(self, offset_s: int) -> None:
        """Processes notice it at once, within a tenth of a second."""
        self.offset_s = offset_s
        new = self._file.with_suffix(".new")
        new.write_text(str(offset_s))
        new.replace(self._file)
