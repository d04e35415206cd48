"""The last minutes of every temperature, from the journal, so that they exist even if the history is
behind."""

import threading
from collections import deque
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core.readings.journal_codec import decode_batch
from core.readings.readings import Flag
from core.times import MINUTE_MS
from store.database import Databases
from store.journal import journal
from store.journal.tables import journal as table
from store.journal.tables import series

KEPT = 15 * MINUTE_MS
"""ms. The journal keeps at least this much behind every follower."""
PIECE = 500
MOST_ROWS = 20_000
MOST_POINTS = 2_000
NO_WITNESS = int(Flag.IMPLAUSIBLE | Flag.TIME_UNKNOWN)
"""Flags of values to skip. Jumps are kept, because they are real here: from -18 °C into a hand, or into
ice water."""

Points = Sequence[tuple[int, float]]


class RecentValues:
    """(ms, °C) of every temperature series, raw, by time. One per process. It reads the journal only on a
    call, from where the last call ended."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._lock = threading.Lock()
        self._points: dict[int, deque[tuple[int, float]]] = {}
        self._temperatures: set[int] = set()
        self._others: set[int] = set()
        self._seq = -1
        self._asked_at = 0

    def temperatures(self, now: int) -> Mapping[int, Points]:
        """Series -> values of the last 15 minutes."""
        with self._lock:
            if self._seq < 0 or not 0 <= now - self._asked_at < KEPT:
                self._begin(now)
            self._asked_at = now
            self._read_on(now)
            return {number: sorted(points) for number, points in self._points.items() if points}

    def _begin(self, now: int) -> None:
        """Sets the offset back to the first row that is recent enough."""
        self._points.clear()
        with self._databases.journal.read() as tx:
            last = journal.last_seq(tx)
            columns = table.c["seq", "received_at"]
            self._seq = last
            while last - self._seq < MOST_ROWS:
                query = select(*columns).where(table.c.seq <= self._seq).order_by(table.c.seq.desc())
                rows = list(tx.execute(query.limit(PIECE)))
                fresh = [row.seq for row in rows if row.received_at >= now - KEPT]
                if fresh:
                    self._seq = fresh[-1] - 1
                if len(fresh) < PIECE:
                    break

    def _read_on(self, now: int) -> None:
        while True:
            with self._databases.journal.read() as tx:
                rows = journal.read_after(tx, self._seq, PIECE)
            for row in rows:
                if row.kind == journal.READINGS:
                    self._add_readings(row.body, now)
                self._seq = row.seq
            if len(rows) < PIECE:
                break
        for points in self._points.values():
            while points and points[0][0] < now - KEPT:
                points.popleft()

    def _add_readings(self, body: bytes, now: int) -> None:
        for number, at, value, flags, _ in decode_batch(body).readings:
            if flags & NO_WITNESS or at < now - KEPT or number in self._others:
                continue
            if number not in self._temperatures:
                self._learn()
                if number not in self._temperatures:
                    self._others.add(number)
                    continue
            held = self._points.get(number)
            if held is None:
                held = self._points[number] = deque(maxlen=MOST_POINTS)
            held.append((at, value))

    def _learn(self) -> None:
        with self._databases.journal.read() as tx:
            rows = tx.execute(select(series.c.id).where(series.c.metric == "temperature"))
            self._temperatures = set(rows.scalars())
