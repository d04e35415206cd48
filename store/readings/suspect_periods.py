"""Series whose values are currently not plausible, and why: stuck, or pinned at the end of a range.

The recorder finds them in the history; the listener flags new readings by them.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from store.readings.tables import suspect_periods as table


class SuspectPeriod(NamedTuple):
    """Readings of `series` from `since` until `until` (ms; None while it lasts) with a value from `low` to
    `high` get the flag. `rested`: how long (ms) the value had not changed when it was found."""

    series: int
    flag: int
    since: int
    low: float
    high: float
    rested: int
    until: int | None = None
    after: float | None = None
    """The value that ended it."""

    def marks(self, at: int, value: float) -> bool:
        return self.low <= value <= self.high and self.since <= at and (self.until is None or at < self.until)


def begin(tx: Connection, doubt: SuspectPeriod) -> None:
    tx.execute(insert(table).values(doubt._asdict()))


def end(tx: Connection, doubt: SuspectPeriod, until: int, after: float) -> None:
    """The series moved at `until`; the earliest such time is stored."""
    same = (table.c.series == doubt.series) & (table.c.flag == doubt.flag) & (table.c.since == doubt.since)
    earlier = or_(table.c.until.is_(None), table.c.until > until)
    tx.execute(update(table).where(same, earlier).values(until=until, after=after))


def periods(
    tx: Connection, *, ended_after: int | None = None, series: int | None = None
) -> list[SuspectPeriod]:
    """Open periods, and those that ended after `ended_after`; of one series or of all."""
    wanted: ColumnElement[bool] = table.c.until.is_(None)
    if ended_after is not None:
        wanted = or_(wanted, table.c.until > ended_after)
    query = select(*table.c[SuspectPeriod._fields]).where(wanted)
    if series is not None:
        query = query.where(table.c.series == series)
    return [SuspectPeriod(*row) for row in tx.execute(query.order_by(table.c.series, table.c.since))]


def forget(tx: Connection, before: int) -> None:
    """Deletes periods that ended before `before` (ms)."""
    tx.execute(delete(table).where(table.c.until < before))
