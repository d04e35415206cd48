"""Rewrites an older SQLite file with the page size that a new one gets."""

import logging
import sqlite3
from contextlib import closing

from store.database import Database

log = logging.getLogger(__name__)


def rewrite(database: Database, page_bytes: int) -> None:
    """Nobody else may use the file. Without room for a second copy it stays as it is: it only wears the disk
    more."""
    if database.postgresql or not database.engine.url.database:
        return
    database.close()
    with closing(sqlite3.connect(database.engine.url.database, isolation_level=None)) as file:
        if file.execute("PRAGMA page_size").fetchone()[0] == page_bytes:
            return
        try:
            for statement in ("PRAGMA journal_mode=DELETE", f"PRAGMA page_size={page_bytes}", "VACUUM"):
                file.execute(statement)
        except sqlite3.OperationalError as error:
            log.warning("%s keeps its page size: %s", database.name, error)
        finally:
            file.execute("PRAGMA journal_mode=WAL")
