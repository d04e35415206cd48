"""Groups silences: one notification for the rooms, or the probes, of a site that fall silent together.

The first alert is held for a minute so that others can join. Joined alerts send no requests of their own
while the first (the lead) is open, and are acknowledged with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.alerts.alerts import Alert, AlertStatus
from core.alerts.evidence import ProbeSilenceEvidence, SilenceEvidence
from core.notifications.alert_history import AlertHistory
from core.notifications.alert_plan import AddEvent, Change, Take
from core.times import MINUTE_MS

GATHER_FOR = MINUTE_MS
"""How long (ms) the first silent room of a site waits for others."""
RECOVER_WITHIN = 5 * MINUTE_MS
"""After the lead reports again, the others have this long (ms) to report too."""

JOINED = "joined"
GATHERED = "gathered"


@dataclass(frozen=True)
class SilenceGroup:
    """`held`: alerts without notification for now. `rooms`: lead -> number of rooms (or probes) in its
    group."""

    held: frozenset[int] = frozenset()
    rooms: Mapping[int, int] = field(default_factory=dict)
    changes: Sequence[Change] = ()


def group_silences(histories: Iterable[AlertHistory], site_of: Mapping[int, int], now: int) -> SilenceGroup:
    """Groups the silences of each site among unsettled alerts. `site_of`: room -> site."""
    held: set[int] = set()
    changes: list[Change] = []
    rooms: dict[int, int] = defaultdict(lambda: 1)
    alone: dict[tuple[object, ...], list[Alert]] = defaultdict(list)
    for history in histories:
        alert, lead = history.alert, history.lead
        kind = _kind_of_silence(alert)
        if kind is None or not alert.open or alert.room not in site_of:
            continue
        if lead is not None and _kind_of_silence(lead) == kind and _speaks_for_others(lead, now):
            held.add(alert.id)
            rooms[lead.id] += 1
            if lead.status == AlertStatus.ACKNOWLEDGED and alert.status == AlertStatus.ACTIVE:
                changes += [Take(alert.id, lead.acknowledged_by)] if lead.acknowledged_by else []
        elif alert.status == AlertStatus.ACTIVE and not history.requests:
            alone[site_of[alert.room], *kind].append(alert)
    for waiting in alone.values():
        first, *others = sorted(waiting, key=lambda alert: alert.id)
        if now - first.activated_at < GATHER_FOR:
            held |= {alert.id for alert in waiting}
            continue
        for other in others:
            changes.append(AddEvent(other.id, JOINED, {"lead": first.id}))
            held.add(other.id)
        if others:
            rooms[first.id] += len(others)
            changes.append(AddEvent(first.id, GATHERED, {"rooms": len(waiting)}))
    return SilenceGroup(frozenset(held), dict(rooms), changes)


def _kind_of_silence(alert: Alert) -> tuple[object, ...] | None:
    """What may be told in one text; None if the alert is told on its own."""
    evidence = alert.evidence
    if isinstance(evidence, SilenceEvidence):
        return ("rooms",)
    if not isinstance(evidence, ProbeSilenceEvidence) or evidence.was_outside:
        return None
    return ("probes", alert.blind, alert.metric if alert.blind else "")


def _speaks_for_others(lead: Alert, now: int) -> bool:
    return lead.open or (lead.resolved_at is not None and now - lead.resolved_at < RECOVER_WITHIN)
