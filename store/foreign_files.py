"""Which of the three files belongs to another house, such as one that was put in by hand.

Journal, records and history carry the journal's epoch, and series and devices by id and name. Two of them
that belong together tell which is the third.
"""

from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select

from core.errors import StoreError
from store.database import Databases
from store.devices import devices
from store.history import series_copy
from store.journal import epochs
from store.journal.series import all_series, contradiction
from store.journal.tables import records_followed_epoch
from store.rooms.tables import placements


class StoreFile(StrEnum):
    JOURNAL = "journal.db"
    RECORDS = "records.db"
    HISTORY = "history.db"


class ForeignFile(NamedTuple):
    file: StoreFile
    why: str


def foreign_file(dbs: Databases) -> ForeignFile | None:
    """Changes nothing. A history that cannot be read is left out. Raises StoreError."""
    with dbs.records.read() as tx:
        records_epoch = str(tx.execute(select(records_followed_epoch.c.id)).scalar() or "")
        placed = set(tx.execute(select(placements.c.device).distinct()).scalars())
    with dbs.journal.read() as tx:
        epoch_ids = {epoch.id for epoch in epochs.epochs(tx)}
        series = all_series(tx)
        heard = {row.id for row in devices.devices(tx)}
    why = ""
    try:
        with dbs.history.read() as tx:
            why = contradiction(series, series_copy.read(tx))
    except StoreError:
        pass
    is_unknown = bool(records_epoch) and records_epoch not in epoch_ids
    if why:
        return ForeignFile(StoreFile.JOURNAL if is_unknown else StoreFile.HISTORY, why)
    if is_unknown and placed and heard and not placed & heard:
        why = f"none of its {len(placed)} placed devices is among the journal's {len(heard)}"
        return ForeignFile(StoreFile.RECORDS, why)
    return None
