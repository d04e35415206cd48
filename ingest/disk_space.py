"""Keeps the journal small and the disk from filling to the last byte."""

import logging
import shutil
from pathlib import Path

from core.errors import StoreError
from store.database import Databases
from store.journal import journal

log = logging.getLogger(__name__)

BALLAST_BYTES = 32 << 20
DISK_FULL = 0.95
DISK_ROOM_AGAIN = 0.90
JOURNAL_SHARE = 0.20


def trim(dbs: Databases, now: int) -> bool:
    """Drops one piece of what every follower has passed; then, loudly, one of what is older than a week or
    more than a fifth of the disk. Whether to come again at once: nobody waits for more than a piece."""
    with dbs.journal.write() as tx:
        passed = journal.trim(tx, now)
    room_short = _too_large(dbs)
    with dbs.journal.write() as tx:
        gap = journal.trim_by_force(tx, now, room_short=room_short)
    if gap is not None:
        log.error("journal rows %d to %d thrown away unread (%s)", gap.first, gap.last, gap.reason)
    return bool(passed or gap or room_short)


def _too_large(dbs: Databases) -> bool:
    """The journal against a fifth of the disk that we know, also where a server elsewhere keeps it."""
    most = int(JOURNAL_SHARE * shutil.disk_usage(dbs.data_dir).total)
    with dbs.journal.read() as tx:
        return journal.larger_than(tx, most)


def keep_ballast(data_dir: Path) -> None:
    """A file of 32 MB that goes when the disk is nearly full, so that the alert about it can be written."""
    ballast = data_dir / "ballast"
    disk = shutil.disk_usage(data_dir)
    used = 1 - disk.free / disk.total
    if used >= DISK_FULL and ballast.exists():
        ballast.unlink()
        log.error("the disk is %.0f %% full; the reserve of 32 MB has been given up", used * 100)
    elif used < DISK_ROOM_AGAIN and not ballast.exists():
        try:
            ballast.write_bytes(bytes(BALLAST_BYTES))
        except OSError as error:
            ballast.unlink(missing_ok=True)
            raise StoreError(f"no room for the reserve file: {error}") from error
