"""Sends events about new readings and changes to subscribers; follows the journal and the changes.

A process polls once for all subscribers, and not at all without one. An event's id is
`<journal>.<changes>.<epoch>`, so a subscriber can resume from it at any worker, and is told to reload if
the journal is another one.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from core.readings.calibrations import OffsetTable
from core.readings.journal_codec import decode_batch
from core.readings.manual_readings import manual_placement
from core.readings.readings import Reading
from core.times import MINUTE_MS
from store.alerts.tables import alerts
from store.columns import columns
from store.database import Databases
from store.journal import epochs, journal
from store.journal.series import Series, all_series
from store.readings.calibrations import corrections
from store.rooms.places import placements
from store.stock.tables import lots, movements
from store.tables import changes

POLL_S = 0.05
QUEUE = 1_000
CATCH_UP_ROWS = 20_000
PLACES_FOR = MINUTE_MS
"""Maximum age (ms) of cached placements: a placement can begin without a change (after an ice bath)."""
SLICE = 500

READING = "reading"
READY = "ready"
RESET = "reset"

log = logging.getLogger(__name__)

_CURSOR = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})(?:\.([0-9a-f]{0,32}))?")


class LiveCursor(NamedTuple):
    """`epoch` is the journal's (store.journal.epochs)."""

    journal: int
    changes: int
    epoch: str = ""

    def __str__(self) -> str:
        return f"{self.journal}.{self.changes}.{self.epoch}"

    @classmethod
    def parse(cls, text: str) -> "LiveCursor | None":
        """Parses an event's id. None if it is invalid."""
        match = _CURSOR.fullmatch(text.strip())
        return cls(int(match[1]), int(match[2]), match[3] or "") if match else None


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """`kind` is `reading`, `ready`, `reset` or a changed noun (`room`, `alert`, `movement` ...).

    Facts of a reading: series, device, position, metric, value, raw, at, received_at, flags, room, spot,
    class (times in ms; `value` corrected by calibration, `raw` as measured; room, spot and class None
    without a placement). Facts of a noun: id (text), at, and room, lot, cooperative, status if it has
    them. `ready` is the first event without a cursor to resume from. `reset` means that events were
    missed: reload everything.
    """

    id: str
    kind: str
    facts: dict[str, object]


_END = LiveEvent("", "end", {})


def position(dbs: Databases) -> LiveCursor:
    """The current end of both sequences. Take it, render a page, then subscribe from it: no event is
    missed."""
    with dbs.records.read() as tx:
        changed = int(tx.execute(select(func.max(changes.c.seq))).scalar() or 0)
    with dbs.journal.read() as tx:
        return LiveCursor(journal.last_seq(tx), changed, epochs.current_id(tx))


@dataclass(eq=False)
class _Listener:
    queue: "asyncio.Queue[LiveEvent]"
    dropped: bool = False


@dataclass
class Hub:
    """One per process, used from one event loop. `now` gives ms."""

    dbs: Databases
    now: Callable[[], int]
    queue_size: int = QUEUE
    failures: int = 0
    _listeners: set[_Listener] = field(default_factory=set)
    _at: LiveCursor = field(default_factory=lambda: LiveCursor(0, 0))
    _task: "asyncio.Task[None] | None" = None
    _places: "_Places | None" = None
    _lock: "asyncio.Lock | None" = None

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    @property
    def awake(self) -> bool:
        return self._task is not None

    async def subscribe(self, after: str | None = None) -> AsyncGenerator[LiveEvent, None]:
        """Yields events from now on, or all events after the id `after`. Ends only with its caller or with
        a `reset`: the subscriber was too slow, or events after `after` are trimmed."""
        listener = _Listener(asyncio.Queue(self.queue_size))
        try:
            joined = await self._join(listener)
            if after is None:
                yield LiveEvent(str(joined), READY, {})
            else:
                missed = await asyncio.to_thread(self._missed, LiveCursor.parse(after), joined)
                if missed is None:
                    yield LiveEvent(str(joined), RESET, {})
                else:
                    for event in missed:
                        yield event
            while not (listener.dropped and listener.queue.empty()):
                event = await listener.queue.get()
                if event is _END:
                    return
                yield event
        finally:
            self._leave(listener)

    def close(self) -> None:
        """Ends every subscription, so that a server can stop. A client that reconnects resumes by its last
        id."""
        for listener in list(self._listeners):
            self._listeners.discard(listener)
            listener.dropped = True
            with contextlib.suppress(asyncio.QueueFull):
                listener.queue.put_nowait(_END)

    async def _join(self, listener: _Listener) -> LiveCursor:
        """Adds a listener and starts polling. Events after the returned cursor reach its queue."""
        self._lock = self._lock or asyncio.Lock()
        async with self._lock:
            if self._task is None:
                self._at = await asyncio.to_thread(position, self.dbs)
                self._places = None
                self._task = asyncio.create_task(self._follow())
            self._listeners.add(listener)
            return self._at

    def _leave(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _follow(self) -> None:
        while True:
            try:
                events, self._at = await asyncio.to_thread(self._after, self._at)
            except Exception:
                self.failures += 1
                log.exception("live: cannot read new events")
                await asyncio.sleep(1)
                continue
            for event in events:
                self._queue_event(event)
            if not events:
                await asyncio.sleep(POLL_S)

    def _queue_event(self, event: LiveEvent) -> None:
        for listener in list(self._listeners):
            try:
                listener.queue.put_nowait(event)
            except asyncio.QueueFull:
                self._drop(listener, event.id)

    def _drop(self, listener: _Listener, ident: str) -> None:
        """Sends `reset` to a listener whose queue is full, so that nobody waits for it."""
        self._listeners.discard(listener)
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                listener.queue.get_nowait()
        listener.queue.put_nowait(LiveEvent(ident, RESET, {}))
        listener.dropped = True

    def _missed(self, after: LiveCursor | None, until: LiveCursor) -> list[LiveEvent] | None:
        """Events between two cursors. None if some are trimmed or there are too many."""
        if after is None or not self._kept(after, until):
            return None
        missed: list[LiveEvent] = []
        while after.journal < until.journal or after.changes < until.changes:
            events, reached = self._after(after, until)
            if reached == after:
                break
            missed += events
            after = reached
        return missed

    def _kept(self, after: LiveCursor, until: LiveCursor) -> bool:
        if after.epoch != until.epoch or after.journal > until.journal or after.changes > until.changes:
            return False  # the id belongs to another database
        if max(until.journal - after.journal, until.changes - after.changes) > CATCH_UP_ROWS:
            return False
        with self.dbs.journal.read() as tx:
            if after.journal < until.journal and not 0 < journal.first_seq(tx) <= after.journal + 1:
                return False
        with self.dbs.records.read() as tx:
            first = int(tx.execute(select(func.min(changes.c.seq))).scalar() or 0)
        return after.changes == until.changes or 0 < first <= after.changes + 1

    def _after(
        self, after: LiveCursor, until: LiveCursor | None = None
    ) -> tuple[list[LiveEvent], LiveCursor]:
        """One slice: its events, and the cursor after it."""
        with self.dbs.records.read() as tx:
            changed = _changes(tx, after.changes, until.changes if until else None)
            facts = _facts(tx, changed)
        with self.dbs.journal.read() as tx:
            rows = journal.read_after(tx, after.journal, SLICE)
        if until:
            rows = [row for row in rows if row.seq <= until.journal]
        reached = after._replace(
            journal=rows[-1].seq if rows else after.journal,
            changes=changed[-1].seq if changed else after.changes,
        )
        if any(change.noun in ("placement", "room", "calibration") for change in changed):
            self._places = None
        events = self._readings(rows, after, reached.journal)
        for change, facts_of_change in zip(changed, facts, strict=True):
            ident = after._replace(journal=reached.journal, changes=change.seq)
            events.append(
                LiveEvent(str(ident), change.noun, {"id": change.ident, "at": change.at, **facts_of_change})
            )
        return events, reached

    def _readings(
        self, rows: Iterable[journal.JournalRow], after: LiveCursor, reached: int
    ) -> list[LiveEvent]:
        """The latest reading of each series in the slice. Only the last event advances the id, so a client
        that disconnects in between gets them all again."""
        latest: dict[int, tuple[Reading, int]] = {}
        for row in rows:
            if row.kind != journal.READINGS:
                continue
            for reading in decode_batch(row.body).readings:
                held = latest.get(reading.series)
                if held is None or reading.at >= held[0].at:
                    latest[reading.series] = (reading, row.received_at)
        if not latest:
            return []
        now = self.now()
        if self._places is None or not self._places.know(latest, now):
            self._places = _Places.read(self.dbs, now)
        ids = [str(after)] * (len(latest) - 1) + [str(after._replace(journal=reached))]
        latest_by_event = zip(ids, latest.values(), strict=True)
        return [
            LiveEvent(i, READING, self._places.facts(r, received)) for i, (r, received) in latest_by_event
        ]


class _Change(NamedTuple):
    seq: int
    at: int
    noun: str
    ident: str


_CHANGE = columns(changes, _Change)


def _changes(tx: Connection, after: int, until: int | None) -> list[_Change]:
    query = _CHANGE.select().where(changes.c.seq > after)
    if until is not None:
        query = query.where(changes.c.seq <= until)
    return _CHANGE.all(tx, query.order_by(changes.c.seq).limit(SLICE))


def _facts(tx: Connection, changed: list[_Change]) -> list[dict[str, object]]:
    """Facts by which a subscriber filters changes."""
    return [_FACTS[change.noun](tx, change.ident) if change.noun in _FACTS else {} for change in changed]


def _alert_facts(tx: Connection, ident: str) -> dict[str, object]:
    wanted = alerts.c["room", "severity", "status", "condition"]
    return _first(tx, select(*wanted).where(alerts.c.id == int(ident)))


def _lot_facts(tx: Connection, ident: str) -> dict[str, object]:
    return _first(tx, select(lots.c.cooperative).where(lots.c.id == int(ident)))


def _movement_facts(tx: Connection, ident: str) -> dict[str, object]:
    query = select(*movements.c["lot", "from_room", "to_room"], lots.c.cooperative)
    query = query.join(lots, lots.c.id == movements.c.lot)
    return _first(tx, query.where(movements.c.id == int(ident)))


def _first(tx: Connection, query: Select[Any]) -> dict[str, object]:
    row = tx.execute(query).mappings().first()
    return dict(row) if row else {}


_FACTS: dict[str, Callable[[Connection, str], dict[str, object]]] = {
    "alert": _alert_facts,
    "lot": _lot_facts,
    "movement": _movement_facts,
    "room": lambda _, ident: {"room": int(ident)},
    "limits": lambda _, ident: {"room": int(ident)},  # a change of limits has the room's id
}


@dataclass(frozen=True)
class _Places:
    """Series, placements and calibrations as of `read_at`."""

    series: dict[int, Series]
    at: dict[tuple[str, str], tuple[int, str, str]]
    corrections: OffsetTable
    read_at: int

    @classmethod
    def read(cls, dbs: Databases, now: int) -> "_Places":
        with dbs.journal.read() as tx:
            series = all_series(tx)
        with dbs.records.read() as tx:
            standing = placements(tx, at=now)
            offsets = corrections(tx)
        places = {(p.device, p.position): (p.room, p.spot, str(p.position_class)) for p in standing}
        return cls(series, places, offsets, now)

    def know(self, wanted: Iterable[int], now: int) -> bool:
        fresh = 0 <= now - self.read_at < PLACES_FOR
        return fresh and all(number in self.series for number in wanted)

    def facts(self, reading: Reading, received_at: int) -> dict[str, object]:
        series = self.series.get(reading.series, Series(reading.series, "", "", ""))
        room, spot, cls = self.at.get((series.device, series.position)) or _by_hand(series)
        value = self.corrections.corrected_value(
            series.device, series.metric, series.position, reading.at, reading.value
        )
        return {
            "series": reading.series,
            "device": series.device,
            "position": series.position,
            "metric": series.metric,
            "value": value,
            "raw": reading.value,
            "at": reading.at,
            "received_at": received_at,
            "flags": reading.flags,
            "room": room,
            "spot": spot,
            "class": cls,
        }


def _by_hand(series: Series) -> tuple[int, str, str] | tuple[None, None, None]:
    """(room, spot, class) of a manual reading; all None for a device without a placement."""
    place = manual_placement(series.device, series.position)
    return (place.room, place.spot, str(place.position_class)) if place else (None, None, None)
