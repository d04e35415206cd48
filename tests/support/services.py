"""Reports of services, and the work that they have done, for tests of what is said about them."""

import time
from pathlib import Path

from core.overview.service_progress import PartProgress
from store.database import Databases
from store.history.writer_state import set_offset
from store.journal import journal, offsets
from store.overview.progress_files import PartReporter, ProgressFile


def report(
    data_dir: Path,
    service: str,
    *,
    quiet_s: float = 0,
    idle_s: float = 0,
    error: str = "",
    outside: bool = False,
    supervisor: str = "",
) -> ProgressFile:
    """A report of this process whose loop came round `quiet_s` ago and last worked `idle_s` ago."""
    file = ProgressFile(data_dir, service, supervisor)
    loop = file.part("loop")
    now = time.monotonic()
    _set(loop, PartProgress(now - quiet_s, now - max(idle_s, quiet_s), error, outside))
    file.write()
    return file


def _set(reporter: PartReporter, progress: PartProgress) -> None:
    reporter._alive_at, reporter._worked_at, reporter._error, reporter._outside = progress


def follow(dbs: Databases, now: int) -> None:
    """The engine and the recorder have done all there is to do, at `now` (ms)."""
    with dbs.journal.read() as tx:
        last = journal.last_seq(tx)
    with dbs.records.write() as tx:
        offsets.advance(tx, "engine", offsets.offset(tx, "engine"), last, now)
    with dbs.history.write() as tx:
        set_offset(tx, last, now)
