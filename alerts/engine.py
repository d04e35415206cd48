"""Follows the journal, judges every room by core.alerts.alerts, and keeps what came of it.

Position, states, alerts and notifications are committed together, so a crash at any moment repeats
work and never an alert. Time is the journal's: a row is judged as of when it arrived. While the engine
is behind it judges and tells nobody; caught up, it tells what is still wrong.
"""

import logging
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from alerts.engine_state import EngineState, Group, RoomConfig
from alerts.notification_planner import NotificationPlanner
from core.alerts import alerts as judge
from core.alerts.alerts import Action, AlertKey, Condition, ConditionState, Decision, RoomObservation
from core.notifications.escalation import ESCALATE_AFTER
from core.readings.journal_codec import decode_batch, decode_heartbeat
from core.readings.monotonic_stamp import JUMP
from store.alerts import alerts as alert_store
from store.database import Databases
from store.journal import journal, offsets
from store.journal.series import all_series
from store.overview import system_issues
from store.rooms.places import next_move
from store.rooms.stock_on_hand import holdings
from store.tables import changes

log = logging.getLogger(__name__)

FOLLOWER = "engine"
BEHIND_AFTER = 60_000
ROWS = 500
KEEP_EVERY = 2_000
"""How often (ms) the position is kept when nothing happened: what is lost by a crash is judged again."""
TELL_EVERY = 1_000
HOUSE_NOUNS = ("room", "placement", "limits", "site", "calibration")


class Effect(NamedTuple):
    """A decision that changes rows, as of `at`. `value` is the value at the end of an alert."""

    key: AlertKey
    at: int
    before: ConditionState
    state: ConditionState
    decision: Decision
    value: float | None


class Overtaken(Exception):
    """Another engine moved the position; nothing of ours was kept."""


class Engine:
    """`channel` is the name under which notifications are queued, `escalate_after` in ms."""

    def __init__(
        self, dbs: Databases, channel: str = "pretend", escalate_after: int = ESCALATE_AFTER
    ) -> None:
        self.dbs = dbs
        self.teller = NotificationPlanner(channel, escalate_after)
        self.memory = EngineState()
        self.house = RoomConfig()
        self.position = 0
        self.caught_up = False
        self._ready = False
        self._kept = 0
        self._kept_at = 0
        self._told_at = 0
        self._changes_seen = -1
        self._behind_at: int | None = None
        self._next_move: int | None = None
        self._series = 0
        self._effects: list[Effect] = []
        self._broken: dict[str, str] = {}
        self._reported: dict[str, str] = {}

    def step(self, now: int) -> int:
        """Judges the next rows and keeps what came of it. How many rows there were.

        `now` (ms) is the wall's; StoreError leaves everything as the last commit left it.
        """
        try:
            return self._step(now)
        except BaseException:
            self._ready = False  # what memory holds beyond the last commit is judged again
            raise

    def _step(self, now: int) -> int:
        if not self._ready:
            self._restore()
        with self.dbs.journal.read() as tx:
            rows = journal.read_after(tx, self.position, ROWS)
        behind = bool(rows) and now - rows[0].received_at > BEHIND_AFTER
        if rows:
            self._refresh(rows[0].received_at if behind else None)
        for row in rows:
            if self._next_move is not None and row.received_at >= self._next_move:
                self._refresh(row.received_at)
            self._judge(row)
            self.position = row.seq
        self.caught_up = len(rows) < ROWS or now - rows[-1].received_at <= BEHIND_AFTER
        if rows:  # nothing is told as of a time before what it is told about
            now = max(now, rows[-1].received_at)
        self._commit(now, full=len(rows) == ROWS)
        return len(rows)

    # --- remembering ---

    def _restore(self) -> None:
        with self.dbs.records.read() as tx:
            self.position = self._kept = offsets.offset(tx, FOLLOWER)
            self.memory = EngineState.read(tx)
        self._effects = []
        self._changes_seen = -1
        self._ready = True

    def _refresh(self, behind_at: int | None) -> None:
        """Reads rooms, placements and limits again if any of them changed, and while behind in every
        step and at every move of a probe: placements count as they were then (`behind_at`)."""
        with self.dbs.records.read() as tx:
            if self._changes_seen < 0:
                seen, stale = int(tx.execute(select(func.max(changes.c.seq))).scalar() or 0), True
            else:
                query = select(changes.c.seq, changes.c.noun).where(changes.c.seq > self._changes_seen)
                news = list(tx.execute(query))
                seen = max((row.seq for row in news), default=self._changes_seen)
                stale = any(row.noun in HOUSE_NOUNS for row in news)
            if stale or behind_at is not None or self._behind_at is not None:
                self._read_house(tx, behind_at)
            self._changes_seen = seen
            self._behind_at = behind_at
            self._next_move = None if behind_at is None else next_move(tx, behind_at)

    def _read_house(self, tx: Connection, at: int | None) -> None:
        with self.dbs.journal.read() as spine:
            known = all_series(spine)
        self._series = max(known, default=0)
        self.house.read(tx, at, known.values())

    # --- judging ---

    def _judge(self, row: journal.JournalRow) -> None:
        now = row.received_at
        if now < self.memory.beat_at - JUMP:
            self.memory.set_back(now)
        if row.kind == journal.READINGS:
            readings = decode_batch(row.body).readings
            if readings and max(reading[0] for reading in readings) > self._series:
                with self.dbs.records.read() as tx:
                    self._read_house(tx, self._behind_at)
            for group in self.memory.hear(readings, self.house.slots):
                self._judge_group(group, now)
        elif row.kind == journal.HEARTBEAT:
            self.memory.beat(now, decode_heartbeat(row.body).connected)
            self._tick(now)

    def _judge_group(self, group: Group, now: int) -> None:
        room, metric, position_class = group
        for condition in judge.BY_LIMIT:
            key = AlertKey(room, condition, metric, position_class)
            if group in self.house.limits or key in self.memory.states:
                self._judge_key(key, now)
        for condition in judge.FAULTS:
            key = AlertKey(room, condition, metric, position_class)
            if key in self.memory.states or self.memory.faulty(self.house.groups.get(group, ())):
                self._judge_key(key, now)
        silent = AlertKey(room, Condition.SILENT, "temperature", "")
        if metric == "temperature" and silent in self.memory.states:
            self._judge_key(silent, now)

    def _tick(self, now: int) -> None:
        """Time passes: delays end, probes fall silent, limits change, although nobody says anything."""
        keys = {AlertKey(g[0], c, g[1], g[2]) for g in self.house.limits for c in judge.BY_LIMIT}
        keys |= {AlertKey(room, Condition.SILENT, "temperature", "") for room in self.house.rooms}
        faulty = self.memory.faulty(self.house.slots.values())
        keys |= {AlertKey(g[0], c, g[1], g[2]) for g in faulty for c in judge.FAULTS}
        keys |= {key for key, state in self.memory.states.items() if state != ConditionState()}
        for key in sorted(keys):
            self._judge_key(key, now)

    def _judge_key(self, key: AlertKey, now: int) -> None:
        name = f"alerts.room.{key.room}.{key.condition}.{key.metric}"
        try:
            before = self.memory.states.get(key, ConditionState())
            scene = self.memory.scene(now, self.house, key)
            after, decision = judge.step(key.condition, before, scene)
            if after != before:
                self.memory.states[key] = after
                self.memory.dirty_states.add(key)
            if decision.action != Action.NOTHING:
                self._effects.append(Effect(key, now, before, after, decision, _value_at_end(key, scene)))
            self._broken.pop(name, None)
        except Exception as error:  # one room's trouble must not stop the others
            if name not in self._broken:
                log.exception("%s: cannot be judged", name)
            self._broken[name] = repr(error)

    # --- keeping ---

    def _commit(self, now: int, *, full: bool) -> None:
        tell = self.caught_up and (bool(self._effects) or now - self._told_at >= TELL_EVERY)
        tell = tell or now < self._told_at  # the clock was set back
        keep = bool(self._effects) or full or abs(now - self._kept_at) >= KEEP_EVERY
        keep = (keep and self.position != self._kept) or self._broken != self._reported
        if tell and not self._effects:
            self._told_at = now
            with self.dbs.records.read() as tx:
                tell = bool(alert_store.unsettled(tx))
        if not (keep or tell):
            return
        with self.dbs.records.write() as tx:
            if keep:
                self._keep(tx, now)
            if tell and self.caught_up:
                self.teller.tell(tx, now)
        if keep:
            self.memory.kept()
            self._effects = []
            self._kept, self._kept_at = self.position, now
            self._reported = dict(self._broken)
        if tell:
            self._told_at = now

    def _keep(self, tx: Connection, now: int) -> None:
        if not offsets.advance(tx, FOLLOWER, self._kept, self.position, now):
            raise Overtaken("another alert engine works on the same data")
        for effect in self._effects:
            name = f"alerts.room.{effect.key.room}.effect"
            try:
                with tx.begin_nested():
                    self._apply(tx, effect)
                self._broken.pop(name, None)
            except Exception as error:  # one room's trouble must not stop the others
                log.exception("room %d: cannot be kept: %s", effect.key.room, effect.decision)
                self._broken[name] = repr(error)
                self.memory.states[effect.key] = effect.before  # so that the next tick tries again
        self._measure(tx)
        self.memory.keep(tx)
        self._report(tx, now)

    def _apply(self, tx: Connection, effect: Effect) -> None:
        key, at, _, state, decision, value = effect
        current = alert_store.open_of(tx, key)
        if decision.action == Action.RESOLVE:
            if current is not None:  # a person may have closed it
                alert_store.resolve(tx, at, current.id, decision.reason, value)
        elif current is None:
            lots = {holding.lot: holding.grams for holding in holdings(tx, room=key.room)}
            alert_store.activate(tx, at, key, state, decision.reason, lots)
        elif decision.action == Action.ESCALATE:
            alert_store.escalate(tx, at, current.id, state, decision.reason)

    def _measure(self, tx: Connection) -> None:
        standing = [k for k in self.memory.dirty_states if self.memory.states[k].severity is not None]
        if standing:
            known = {alert.key: alert for alert in alert_store.open_alerts(tx)}
            for key in standing:
                alert, state = known.get(key), self.memory.states[key]
                if alert and (alert.value, alert.worst, alert.limit) != (
                    state.value,
                    state.worst,
                    state.limit,
                ):
                    alert_store.measure(tx, alert.id, state)

    def _report(self, tx: Connection, now: int) -> None:
        for name in self._reported.keys() - self._broken.keys():
            system_issues.clear(tx, name, now)
        for name, text in self._broken.items():
            if self._reported.get(name) != text:
                system_issues.note(tx, name, text, now)

    @property
    def kept(self) -> int:
        """The journal position that is committed."""
        return self._kept


def _value_at_end(key: AlertKey, scene: RoomObservation) -> float | None:
    values = [(p.value, p.at) for p in scene.probes if p.value is not None]
    if not values:
        return None
    if key.condition not in judge.BY_LIMIT:
        return max(values, key=lambda v: v[1])[0]
    return max(values)[0] if key.condition == Condition.HIGH else min(values)[0]
