"""Whether readings can arrive: the facts that core.overview.machine_health judges."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from core.overview.machine_health import (
    LISTENER_MISSING_MS,
    ReceivingFault,
    listener_fault,
    receiving_fault,
)
from core.readings.journal_codec import decode_heartbeat
from store.journal import journal
from store.journal.tables import latest

HEARTBEATS = 8
"""Heartbeats to check: about the last half minute."""


class ListenerHealth(NamedTuple):
    """`reason` is None if all is well. Ages are in ms, None if there never was one. `clock_behind`: how far
    (ms) this machine's clock is behind the latest row of the journal or the devices' clocks; `clock_ahead`:
    ahead of the devices' clocks."""

    reason: ReceivingFault | None
    heartbeat_age: int | None
    reading_age: int | None
    connected: bool
    clock_behind: int
    clock_ahead: int = 0


def health(tx: Connection, now: int, missing: int = LISTENER_MISSING_MS) -> ListenerHealth:
    """Reads the journal database. `missing`: the heartbeat's age (ms) at which the listener counts as dead.
    The age of the last reading does not count, because devices may be silent."""
    beats = journal.recent(tx, journal.HEARTBEAT, HEARTBEATS)
    last_reading = tx.execute(select(func.max(latest.c.received_at))).scalar()
    heartbeat_age = now - beats[0].received_at if beats else None
    connected = any(
        decode_heartbeat(beat.body).connected for beat in beats if now - beat.received_at <= missing
    )
    clock_lead = decode_heartbeat(beats[0].body).clock_lead if beats else 0
    clock_behind = max(0, journal.last_received_at(tx) - now, -clock_lead)
    clock_ahead = max(0, clock_lead)
    return ListenerHealth(
        receiving_fault(
            heartbeat_age, clock_behind, connected=connected, missing=missing, clock_ahead=clock_ahead
        ),
        heartbeat_age,
        None if last_reading is None else now - last_reading,
        connected,
        clock_behind,
        clock_ahead,
    )


def clock_lead(tx: Connection) -> int:
    """How far (ms) this machine's clock is ahead of the devices' (negative: behind), 0 if it is right."""
    beats = journal.recent(tx, journal.HEARTBEAT, 1)
    return decode_heartbeat(beats[0].body).clock_lead if beats else 0


def is_listener_away(tx: Connection, now: int) -> bool:
    """Whether the listener has a session at the broker and is not connected, by its latest heartbeat."""
    beats = journal.recent(tx, journal.HEARTBEAT, 1)
    if not beats:
        return False
    age = now - beats[0].received_at
    return age < 0 or listener_fault(age, connected=decode_heartbeat(beats[0].body).connected) is not None
