"""Limits the journal's size and keeps the disk from filling up."""

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from core.errors import StoreError
from store.database import Databases
from store.journal import journal

log = logging.getLogger(__name__)

UPKEEP_S = 60.0
BALLAST_BYTES = 32 << 20
BALLAST_FREE, BALLAST_AGAIN_FREE = 0.05, 0.10
"""Free shares of the disk: from the first on the ballast file is deleted, above the second it is written
again."""
JOURNAL_SHARE = 0.20


class Upkeep:
    """Trims the journal and keeps the ballast file, once a minute. A failure is only logged."""

    def __init__(self, dbs: Databases, now: Callable[[], int]) -> None:
        self._dbs, self._now = dbs, now
        self._due = 0.0

    def step(self, clock: float) -> None:
        """`clock` in s, monotonic."""
        if clock >= self._due:
            self.make_room()
            self._due = clock + (0 if self._trim() else UPKEEP_S)

    def make_room(self) -> None:
        """Deletes the ballast if the disk is full and not even a heartbeat can be written."""
        try:
            keep_ballast(self._dbs.data_dir)
        except (OSError, StoreError) as error:
            log.error("upkeep failed: %s", error)

    def _trim(self) -> bool:
        """Trims one chunk. Returns whether there is more to trim."""
        try:
            return trim(self._dbs, self._now())
        except (OSError, StoreError) as error:
            log.error("upkeep failed: %s", error)
            return False


def trim(dbs: Databases, now: int) -> bool:
    """Deletes a chunk of rows that every follower has passed. Then deletes, with an error in the log, a
    chunk of unread rows that are older than a week or exceed a fifth of the disk. One transaction deletes
    one chunk. Returns whether there is more."""
    with dbs.journal.write() as tx:
        passed = journal.trim(tx, now)
    room_short = _too_large(dbs)
    with dbs.journal.write() as tx:
        gap = journal.trim_by_force(tx, now, room_short=room_short)
    if gap is not None:
        log.error("trimmed unread journal rows %d-%d (%s)", gap.first, gap.last, gap.reason)
    return bool(passed or gap or room_short)


def _too_large(dbs: Databases) -> bool:
    """Whether the journal exceeds a fifth of our own disk, even if a database server elsewhere stores it."""
    most = int(JOURNAL_SHARE * shutil.disk_usage(dbs.data_dir).total)
    with dbs.journal.read() as tx:
        return journal.larger_than(tx, most)


def keep_ballast(data_dir: Path) -> None:
    """Keeps a file of 32 MB and deletes it when the disk is nearly full, so that the alert about it can be
    written."""
    ballast = data_dir / "ballast"
    disk = shutil.disk_usage(data_dir)
    free = disk.free / disk.total
    if free <= BALLAST_FREE and ballast.exists():
        ballast.unlink()
        log.error("disk is %.0f %% full; deleted the ballast of 32 MB", (1 - free) * 100)
    elif free > BALLAST_AGAIN_FREE and not ballast.exists():
        try:
            ballast.write_bytes(bytes(BALLAST_BYTES))
        except OSError as error:
            ballast.unlink(missing_ok=True)
            raise StoreError(f"no room for the ballast file: {error}") from error
