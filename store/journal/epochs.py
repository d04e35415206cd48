"""The journal's epochs (core.readings.journal_epochs)."""

from secrets import token_hex

from sqlalchemy import Connection, insert

from core.readings.journal_epochs import Epoch
from store.columns import columns
from store.journal.tables import journal_epochs as table

_EPOCH = columns(table, Epoch)


def epochs(tx: Connection) -> list[Epoch]:
    """Oldest first; none in a journal that nothing was ever written to."""
    return _EPOCH.all(tx, _EPOCH.select().order_by(table.c.number))


def begin(tx: Connection, after: int, now: int) -> Epoch:
    """Begins a new epoch after the journal's last row."""
    epoch = Epoch(token_hex(8), after, now)
    tx.execute(insert(table).values(epoch._asdict()))
    return epoch


def current_id(tx: Connection) -> str:
    """The current epoch's id, "" before the first."""
    listed = epochs(tx)
    return listed[-1].id if listed else ""
