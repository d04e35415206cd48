"""Sets a damaged `history.db` aside and begins a new one, so that readings are kept from now on."""

import logging
from datetime import UTC, datetime

from core.times import HOUR_MS
from store import database_files, schema
from store.database import DamagedDatabase, Databases
from store.overview import system_issues

log = logging.getLogger(__name__)

SET_ASIDE = "history.set_aside"
MARK = ".broken-"


def set_aside(dbs: Databases, error: DamagedDatabase, now: int) -> None:
    """Renames `history.db` and creates an empty one. Raises `error` if that was done within the last hour:
    then the disk is at fault, and another file would help as little."""
    file = dbs.data_dir / "history.db"
    earlier = [path.stat().st_mtime * 1000 for path in dbs.data_dir.glob(f"history.db{MARK}*")]
    if any(abs(now - at) < HOUR_MS for at in earlier):
        raise error
    dbs.history.close()
    aside = f"{file.name}{MARK}{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%d-%H%M%S}"
    database_files.move(file, file.with_name(aside))
    file.with_name(aside).touch()
    schema.create(dbs, "history")
    log.error("%s; kept as %s, a new one begins", error, aside)
    with dbs.records.write() as tx:
        system_issues.note(tx, SET_ASIDE, aside, now)
