"""The alert engine's persistent state: condition states, probes, and how long it was connected."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from core.alerts.alerts import AlertKey
from core.alerts.evidence import from_json
from core.alerts.judging import ConditionState
from core.alerts.outside_time import OutsideTime
from store.alerts.tables import alert_probes, alert_states
from store.columns import columns
from store.sql import execute_sql


class StoredProbe(NamedTuple):
    """A series as of the engine's offset; `heard` is on the clock of `Listening.ms`."""

    series: int
    at: int
    value: float | None
    doubted: bool
    heard: int
    interval: int | None
    fault: int = 0
    doubted_value: float | None = None
    age: int = 0


class Listening(NamedTuple):
    """Total time (ms) that the listener was connected, the time of the last heartbeat, and whether it was
    connected then."""

    ms: int = 0
    at: int = 0
    connected: bool = False


_PROBE_COLUMNS = columns(alert_probes, StoredProbe)
_KEY = ("room", "condition", "metric", "class", "series")
_LISTENING = AlertKey(0, "listening", "", "")
"""Key of the row that stores `Listening`; no room has id 0."""


def condition_states(tx: Connection) -> dict[AlertKey, ConditionState]:
    rows = tx.execute(select(*alert_states.c[*_KEY, "state"]))
    return {AlertKey(*row[:5]): state_from_json(row.state) for row in rows if row.room}


def save_condition_states(tx: Connection, states: Mapping[AlertKey, ConditionState]) -> None:
    _save(tx, {key: state_to_json(state) for key, state in states.items()})


def state_to_json(state: ConditionState) -> dict[str, Any]:
    return {
        "version": state.version,
        "since": state.since,
        "severity": state.severity,
        "judged_at": state.judged_at,
        "evidence": state.evidence.to_json() if state.evidence else None,
        "outside": state.outside and state.outside._asdict(),
        "hard": state.hard and state.hard._asdict(),
        "ended_at": state.ended_at,
        "repeats": state.repeats,
    }


def state_from_json(facts: Mapping[str, Any]) -> ConditionState:
    evidence = facts["evidence"]
    return ConditionState(
        version=facts["version"],
        since=facts["since"],
        severity=facts["severity"],
        judged_at=facts["judged_at"],
        evidence=from_json(evidence) if evidence else None,
        outside=_timer(facts, "outside", "since"),
        hard=_timer(facts, "hard", "hard_since"),
        ended_at=facts.get("ended_at"),
        repeats=facts.get("repeats", 0),
    )


def _timer(facts: Mapping[str, Any], name: str, since: str) -> OutsideTime | None:
    """The timer `name`. A state of an earlier version has only its start, `since`: the time until it was
    last judged counts."""
    if name in facts:
        return OutsideTime(**facts[name]) if facts[name] else None
    begun, judged_at = facts.get(since), facts["judged_at"]
    if begun is None or facts["severity"] is not None:
        return None
    return OutsideTime(max(0, judged_at - begun), max(begun, judged_at), True, begun)


def listening(tx: Connection) -> Listening:
    state = tx.execute(select(alert_states.c.state).where(alert_states.c.room == 0)).scalar()
    return Listening(state["ms"], state["at"], state["connected"]) if state else Listening()


def save_listening(tx: Connection, clock: Listening) -> None:
    _save(tx, {_LISTENING: clock._asdict()})


def _save(tx: Connection, rows: Mapping[AlertKey, Mapping[str, object]]) -> None:
    for key, state in rows.items():
        values = dict(zip(_KEY, key, strict=True))
        same = [alert_states.c[name] == value for name, value in values.items()]
        if tx.execute(update(alert_states).where(*same).values(state=state)).rowcount == 0:
            tx.execute(insert(alert_states).values({**values, "state": state}))


def probes(tx: Connection) -> list[StoredProbe]:
    return _PROBE_COLUMNS.all(tx, _PROBE_COLUMNS.select())


_SAVE_PROBE = (
    f"INSERT INTO alert_probes ({', '.join(StoredProbe._fields)}) "
    f"VALUES ({', '.join('?' for _ in StoredProbe._fields)}) ON CONFLICT (series) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in StoredProbe._fields[1:])
)


def save_probes(tx: Connection, stored: Iterable[StoredProbe]) -> None:
    """Uses a plain statement, because there may be 100,000 probes."""
    rows = [tuple(probe) for probe in stored]
    if rows:
        execute_sql(tx, _SAVE_PROBE, rows)
