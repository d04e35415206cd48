"""One cause, one message: rooms of a site that fall silent together are told in one text.

The first is held back for a minute so that the others can join it. Those that joined are not asked about
on their own while it stands, and are acknowledged with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from core.alerts.alerts import Alert, AlertStatus, Condition
from core.readings.readings import MINUTE_MS
from store.alerts import alerts as alert_store
from store.alerts.alert_events import joined_to, note_event
from store.alerts.lifecycle import acknowledge
from store.notifications import notifications

GATHER_FOR = MINUTE_MS
"""How long (ms) the first silent room of a site waits for others."""
RECOVER_WITHIN = 5 * MINUTE_MS
"""When the first speaks again, the others have this long (ms) to do so too."""

JOINED = "joined"
GATHERED = "gathered"


class SilenceGroup(NamedTuple):
    """`held`: alerts about which nothing is said now; `rooms`: of an alert that speaks for several."""

    held: frozenset[int]
    rooms: Mapping[int, int]


NOBODY_SILENT = SilenceGroup(frozenset(), {})


def gather(tx: Connection, now: int, alerts: Iterable[Alert], site_of: Mapping[int, int]) -> SilenceGroup:
    """Joins the silent rooms of each site (`site_of`: room -> site) among the unsettled `alerts`."""
    held: set[int] = set()
    rooms: dict[int, int] = defaultdict(lambda: 1)
    alone: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.condition != Condition.SILENT or not alert.open or alert.room not in site_of:
            continue
        joined = joined_to(tx, alert.id)
        lead = None if joined is None else alert_store.alert(tx, joined)
        if lead is not None and _speaks_for_others(lead, now):
            held.add(alert.id)
            rooms[lead.id] += 1
            _follow(tx, now, alert, lead)
        elif alert.status == AlertStatus.ACTIVE and not notifications.told(tx, alert.id):
            alone[site_of[alert.room]].append(alert)
    for waiting in alone.values():
        first, *others = sorted(waiting, key=lambda alert: alert.id)
        if now - first.activated_at < GATHER_FOR:
            held |= {alert.id for alert in waiting}
            continue
        for other in others:
            note_event(tx, now, other.id, JOINED, None, lead=first.id)
            held.add(other.id)
        if others:
            rooms[first.id] += len(others)
            note_event(tx, now, first.id, GATHERED, None, rooms=len(waiting))
    return SilenceGroup(frozenset(held), dict(rooms))


def _speaks_for_others(lead: Alert, now: int) -> bool:
    return lead.open or (lead.resolved_at is not None and now - lead.resolved_at < RECOVER_WITHIN)


def _follow(tx: Connection, now: int, alert: Alert, lead: Alert) -> None:
    if (
        lead.status == AlertStatus.ACKNOWLEDGED
        and lead.acknowledged_by
        and alert.status == AlertStatus.ACTIVE
    ):
        acknowledge(tx, now, alert.id, lead.acknowledged_by, "joined")
