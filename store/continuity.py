"""Lets the journal and its followers go on after one of their databases was lost or restored alone.

Sequence numbers and series ids are given by the journal and used in all three databases. `reconcile`
compares them: it finds where each follower goes on, and restores the series that the history knows.
"""

import logging
from typing import NamedTuple

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from core.errors import StoreError
from core.readings.journal_epochs import Epoch, FollowedOffset, is_ahead, resume_after
from store.alerts.tables import alert_probes
from store.database import Database, Databases
from store.history import series_copy
from store.history.tables import history_followed_epoch, history_offsets
from store.journal import epochs, journal
from store.journal.series import Series, all_series, restore
from store.journal.tables import records_followed_epoch, records_offsets
from store.overview import system_issues

log = logging.getLogger(__name__)

RESTARTED = "journal.restarted"


class MixedDatabases(StoreError):
    """The files are of two houses, or of two restores: neither is right."""


class _Follower(NamedTuple):
    name: str
    offsets: Table
    epoch: Table


_ENGINE = _Follower(journal.ENGINE, records_offsets, records_followed_epoch)
_RECORDER = _Follower(journal.RECORDER, history_offsets, history_followed_epoch)


def reconcile(dbs: Databases, now: int) -> None:
    """Call before the first write to the journal and before reading an offset. Costs four short reads if
    nothing happened. A history that cannot be used is left out. Raises StoreError, also if the files do not
    belong together.
    """
    followers = [(dbs.records, _ENGINE, _read(dbs.records, _ENGINE))]
    lost: list[Series] = []
    try:
        with dbs.history.read() as tx:
            followers.append((dbs.history, _RECORDER, _followed(tx, _RECORDER)))
            lost, highest = series_copy.read(tx), series_copy.highest_id(tx)
    except StoreError as error:
        highest = 0
        log.warning("cannot compare the history with the journal: %s", error)
    with dbs.journal.read() as tx:
        listed, last = epochs.epochs(tx), journal.last_seq(tx)
    if listed and all(
        followed.epoch == listed[-1].id and followed.seq <= last for _, _, followed in followers
    ):
        return
    ahead = [followed for _, _, followed in followers if _is_lost(listed, last, followed)]
    if ahead:
        _note_loss(dbs.records, ahead, last, now)
    with dbs.records.read() as tx:
        highest = max(highest, tx.execute(select(func.max(alert_probes.c.series))).scalar() or 0)
    listed, last = _continue_journal(dbs.journal, [row[2] for row in followers], lost, highest, now)
    for database, follower, followed in followers:
        _continue_follower(database, follower, listed, resume_after(listed, last, followed), now)


def has_lost_rows(dbs: Databases) -> bool:
    """Whether rows that a follower has read are gone, and it has not gone on yet (`reconcile`). Changes
    nothing. Raises StoreError."""
    with dbs.records.read() as tx:
        followers = [_followed(tx, _ENGINE)]
    with dbs.history.read() as tx:
        followers.append(_followed(tx, _RECORDER))
    with dbs.journal.read() as tx:
        listed, last = epochs.epochs(tx), journal.last_seq(tx)
    return any(_is_lost(listed, last, followed) for followed in followers)


def copy_series(dbs: Databases) -> int:
    """Copies the journal's series into the history. Returns the highest id, 0 without any. Raises
    StoreError."""
    with dbs.journal.read() as tx:
        series = all_series(tx)
    with dbs.history.write() as tx:
        series_copy.put(tx, series.values())
    return max(series, default=0)


def _read(database: Database, follower: _Follower) -> FollowedOffset:
    with database.read() as tx:
        return _followed(tx, follower)


def _followed(tx: Connection, follower: _Follower) -> FollowedOffset:
    offset = follower.offsets
    row = tx.execute(select(offset.c.seq, offset.c.at).where(offset.c.follower == follower.name)).first()
    epoch = tx.execute(select(follower.epoch.c.id)).scalar() or ""
    return FollowedOffset(str(epoch), *(row or (0, 0)))


def _is_lost(listed: list[Epoch], last: int, followed: FollowedOffset) -> bool:
    """Whether rows that the follower has read are gone."""
    return is_ahead(listed, last, followed) or resume_after(listed, last, followed) < followed.seq


def _note_loss(database: Database, ahead: list[FollowedOffset], last: int, now: int) -> None:
    since = min(followed.at for followed in ahead)
    text = f"read up to row {max(followed.seq for followed in ahead)}, the journal ends at row {last}"
    log.error("the journal was lost or restored from an older copy: %s", text)
    with database.write() as tx:
        system_issues.note(tx, RESTARTED, text, now, since)


def _continue_journal(
    database: Database, followed: list[FollowedOffset], lost: list[Series], highest: int, now: int
) -> tuple[list[Epoch], int]:
    """Begins an epoch where needed. Returns all epochs and the last sequence number."""
    with database.write() as tx:
        listed, last = epochs.epochs(tx), journal.last_seq(tx)
        if not listed:
            listed.append(epochs.begin(tx, 0, now))
        elif any(is_ahead(listed, last, offset) for offset in followed):
            listed.append(epochs.begin(tx, last, now))
        try:
            restore(tx, lost, highest, now)
        except ValueError as error:
            raise MixedDatabases(f"journal.db and history.db do not belong together: {error}") from error
        return listed, last


def _continue_follower(
    database: Database, follower: _Follower, epochs_of_journal: list[Epoch], seq: int, now: int
) -> None:
    offset = follower.offsets
    with database.write() as tx:
        tx.execute(delete(follower.epoch))
        tx.execute(insert(follower.epoch).values(id=epochs_of_journal[-1].id))
        moved = (offset.c.follower == follower.name) & (offset.c.seq != seq)
        tx.execute(update(offset).where(moved).values(seq=seq, at=now))
