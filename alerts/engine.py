"""Follows the journal, judges every room by core.alerts.conditions and writes the outcome.

Offset, states, alerts and notifications are committed together: a crash repeats work but never an alert.
The engine uses the journal's time: a row is judged as of its arrival. While it is behind, it judges but
notifies nobody; once it has caught up, it notifies about alerts that are still open.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection

from alerts.engine_state import EngineState
from alerts.guard import Guard
from alerts.notification_planner import NotificationPlanner
from alerts.room_config import RoomConfig
from core.alerts import conditions
from core.alerts.alerts import AlertKey
from core.alerts.conditions import CONDITIONS
from core.alerts.judging import Action, ConditionState, Decision, RoomObservation
from core.notifications.escalation import ESCALATE_AFTER
from core.readings.journal_codec import decode_batch, decode_heartbeat
from store import changes
from store.alerts import alerts as alert_store
from store.alerts import lifecycle
from store.continuity import reconcile
from store.database import Databases
from store.devices.devices import devices
from store.journal import journal, offsets
from store.journal.series import all_series
from store.rooms.places import next_placement_change
from store.rooms.stock_on_hand import holdings

log = logging.getLogger(__name__)

BEHIND_AFTER_MS = 60_000
ROWS = 500
SAVE_EVERY_MS = 30_000
"""How often the offset is saved while no alert changes; after a crash the rows since then are judged
again."""
NOTIFY_EVERY_MS = 1_000
CONFIG_NOUNS = {"room", "placement", "limits", "site", "calibration"}


class Effect(NamedTuple):
    """A decision that changes rows, as of `at` (ms). `value`: the value when the alert ended."""

    key: AlertKey
    at: int
    before: ConditionState
    state: ConditionState
    decision: Decision
    value: float | None


class Overtaken(Exception):
    """Another engine moved the offset; this one saved nothing."""


class Engine:
    """`channel`: the name under which notifications are queued. `escalate_after` in ms."""

    def __init__(
        self, dbs: Databases, channel: str = "pretend", escalate_after: int = ESCALATE_AFTER
    ) -> None:
        self.dbs = dbs
        self.planner = NotificationPlanner(channel, escalate_after)
        self.state = EngineState()
        self.config = RoomConfig()
        self.offset = 0
        self.caught_up = False
        self._ready = False
        self._saved = 0
        self._saved_at = 0
        self._notified_at = 0
        self._changes_read = -1
        self._behind_at: int | None = None
        self._next_move: int | None = None
        self._effects: list[Effect] = []
        self._guard = Guard(log)

    @property
    def saved_offset(self) -> int:
        """The committed journal offset."""
        return self._saved

    def step(self, now: int) -> int:
        """Judges the next rows and writes the outcome. Returns the number of rows.

        `now` is the wall clock (ms). On StoreError everything stays as the last commit left it.
        """
        try:
            return self._step(now)
        except BaseException:
            self._ready = False  # rows after the last commit are judged again
            raise

    def _step(self, now: int) -> int:
        if not self._ready:
            self._restore(now)
        with self.dbs.journal.read() as tx:
            rows = journal.read_after(tx, self.offset, ROWS)
        behind = bool(rows) and now - rows[0].received_at > BEHIND_AFTER_MS
        if rows:
            self._refresh(rows[0].received_at if behind else None)
        for row in rows:
            if self._next_move is not None and row.received_at >= self._next_move:
                self._refresh(row.received_at)
            self._judge(row)
            self.offset = row.seq
        self.caught_up = len(rows) < ROWS or now - rows[-1].received_at <= BEHIND_AFTER_MS
        if rows:  # a notification must not be dated before the event it reports
            now = max(now, rows[-1].received_at)
        self._commit(now, full=len(rows) == ROWS)
        return len(rows)

    # --- configuration ---

    def _restore(self, now: int) -> None:
        reconcile(self.dbs, now)
        with self.dbs.records.read() as tx:
            self.offset = self._saved = offsets.offset(tx, journal.ENGINE)
            self.state = EngineState.read(tx)
        self._effects = []
        self._changes_read = -1
        self._ready = True

    def _refresh(self, behind_at: int | None) -> None:
        """Reads rooms, placements and limits again when any of them changed. While behind, also at every
        step and whenever a probe moved: readings count at the placement of their time (`behind_at`,
        ms)."""
        with self.dbs.records.read() as tx:
            if self._changes_read < 0:
                last_change, stale = changes.last_seq(tx), True
            else:
                last_change, nouns = changes.nouns_after(tx, self._changes_read)
                stale = bool(nouns & CONFIG_NOUNS)
            if stale or behind_at is not None or self._behind_at is not None:
                self._read_config(tx, behind_at)
            self._changes_read = last_change
            self._behind_at = behind_at
            self._next_move = None if behind_at is None else next_placement_change(tx, behind_at)

    def _read_config(self, tx: Connection, at: int | None) -> None:
        with self.dbs.journal.read() as journal_tx:
            series = all_series(journal_tx)
            gateways = {device.id: device.gateway for device in devices(journal_tx)}
        self.config.read(tx, at, series.values(), gateways)

    # --- judging ---

    def _judge(self, row: journal.JournalRow) -> None:
        now = row.received_at
        if row.kind == journal.READINGS:
            readings = decode_batch(row.body).readings
            if self.config.lacks_series_of(readings):
                with self.dbs.records.read() as tx:
                    self._read_config(tx, self._behind_at)
            due = self.state.follow_readings(now, readings, self.config)
        elif row.kind == journal.HEARTBEAT:
            due = self.state.follow_heartbeat(now, decode_heartbeat(row.body).connected, self.config)
        else:
            return
        for key, observe in due:
            self._judge_key(now, key, observe)

    def _judge_key(self, now: int, key: AlertKey, observe: Callable[[], RoomObservation]) -> None:
        name = f"alerts.room.{key.room}.{key.condition}.{key.metric}"
        with self._guard.guarded(name, "cannot be judged"):
            before = self.state.states.get(key, ConditionState())
            observation = observe()
            after, decision = conditions.judge(key.condition, before, observation)
            if after != before:
                self.state.remember(key, after)
            if decision.action != Action.NOTHING:
                value = CONDITIONS[key.condition].value_at_end(observation.judged_probes)
                self._effects.append(Effect(key, now, before, after, decision, value))

    # --- writing ---

    def _commit(self, now: int, *, full: bool) -> None:
        notify = self.caught_up and (bool(self._effects) or now - self._notified_at >= NOTIFY_EVERY_MS)
        notify = notify or now < self._notified_at  # the clock was set back
        save = bool(self._effects) or full or abs(now - self._saved_at) >= SAVE_EVERY_MS
        save = (save and self.offset != self._saved) or self._guard.has_news
        if notify and not self._effects:
            self._notified_at = now
            with self.dbs.records.read() as tx:
                notify = bool(alert_store.unsettled(tx))
        if not (save or notify):
            return
        with self.dbs.records.write() as tx:
            if save:
                self._save(tx, now)
            if notify and self.caught_up:
                self.planner.plan(tx, now)
        if save:
            self.state.on_committed()
            self._guard.on_committed()
            self._effects = []
            self._saved, self._saved_at = self.offset, now
        if notify:
            self.planner.on_committed()
            self._notified_at = now

    def _save(self, tx: Connection, now: int) -> None:
        if not offsets.advance(tx, journal.ENGINE, self._saved, self.offset, now):
            raise Overtaken("another alert engine works on the same data")
        for effect in self._effects:
            name = f"alerts.room.{effect.key.room}.effect"
            problem = f"cannot be written: {effect.decision}"
            with self._guard.guarded(name, problem) as attempt, tx.begin_nested():
                self._apply(tx, effect)
            if attempt.failed:
                self.state.states[effect.key] = effect.before  # the next step tries again
        self._measure(tx)
        self.state.save(tx)
        self._guard.report(tx, now)

    def _apply(self, tx: Connection, effect: Effect) -> None:
        key, at, _, state, decision, value = effect
        alert = alert_store.open_of(tx, key)
        if decision.action == Action.RESOLVE:
            if alert is not None:  # a person may have closed the alert already
                lifecycle.resolve(tx, at, alert.id, decision.reason, value, state.ended_at)
        elif alert is None:
            lots = {holding.lot: holding.grams for holding in holdings(tx, room=key.room)}
            lifecycle.activate(tx, at, key, state, decision.reason, lots)
        elif decision.action == Action.ESCALATE:
            lifecycle.escalate(tx, at, alert, state, decision.reason)

    def _measure(self, tx: Connection) -> None:
        """Updates the evidence of open alerts."""
        standing = [k for k in self.state.dirty_states if self.state.states[k].severity is not None]
        if not standing:
            return
        alert_by_key = {alert.key: alert for alert in alert_store.open_alerts(tx)}
        for key in standing:
            alert, state = alert_by_key.get(key), self.state.states[key]
            if alert and state.evidence and state.evidence.is_news_after(alert.evidence):
                lifecycle.measure(tx, alert, state)
