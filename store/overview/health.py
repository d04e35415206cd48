"""Whether readings can reach us: what the listener said of late."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from core.readings.journal_codec import decode_heartbeat
from store.journal import journal
from store.journal.tables import latest

HEARTBEATS = 8
"""Looked at: what the listener said in about the last half minute."""
CLOCK_BEHIND = 60_000
"""So far (ms) the machine's clock may be behind what was kept before anybody is told."""


class ListenerHealth(NamedTuple):
    """`reason`, where all is not well: listener-silent (no heartbeat for `missing` ms),
    broker-not-connected, or clock-behind (what was kept last is from the future of this machine). Ages
    are in ms, nothing where there never was one."""

    reason: str | None
    heartbeat_age: int | None
    reading_age: int | None
    connected: bool


def health(tx: Connection, now: int, missing: int) -> ListenerHealth:
    """From the journal's database. A quiet night is well: the age of a reading says nothing by itself."""
    beats = journal.recent(tx, journal.HEARTBEAT, HEARTBEATS)
    last_reading = tx.execute(select(func.max(latest.c.received_at))).scalar()
    heartbeat = now - beats[0].received_at if beats else None
    connected = any(
        decode_heartbeat(beat.body).connected for beat in beats if now - beat.received_at <= missing
    )
    reason = None
    if heartbeat is None or heartbeat > missing:
        reason = "listener-silent"
    elif heartbeat < -CLOCK_BEHIND:
        reason = "clock-behind"
    elif not connected:
        reason = "broker-not-connected"
    return ListenerHealth(
        reason, heartbeat, now - last_reading if last_reading is not None else None, connected
    )
