"""The demo moves from SQLite to PostgreSQL and back: `python -m tests.e2e.move_drill [days]`.

Every table has rows, and every row is compared after each move. `coldshed up` then runs on the new database,
and a room that goes wrong must be told. Before it is made, each move is killed in its middle.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, Popen

import psycopg
from sqlalchemy import delete, select

from coldshed import demo
from coldshed.move_command import FILES, UNFINISHED
from store import schema
from store.clock import now_ms
from store.database import Databases
from store.history.sqlite import SqliteHistory
from tests.e2e.supervised_house import House
from tests.e2e.watched_rooms import PhoneWatch, Probe, RoomLoad, add_rooms, until_text
from tests.support.figures import print_figures
from tests.support.filler import fill_empty_tables
from tests.support.machines import Postgres, need

DAYS = 30
MOVED = ("records", "journal")
SQLITE = "sqlite"
WITHIN_S = 60.0
DELAY_S = 5
Rows = dict[str, list[tuple[object, ...]]]
"""Table -> its rows, in order."""


@dataclass
class Moved:
    """One move. `unequal`: tables whose rows differ. `left_by_kill`: rows that a killed move left behind;
    `lost_by_kill`: tables of the source that it changed. `told_s`: seconds from `coldshed up` to the text
    about a room that goes wrong."""

    to: str
    tables: int = 0
    rows: int = 0
    empty: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    left_by_kill: int = 0
    lost_by_kill: list[str] = field(default_factory=list)
    seconds: float = 0.0
    healthy_s: float = 0.0
    told_s: float = 0.0

    def right(self) -> bool:
        wrong = self.unequal or self.left_by_kill or self.lost_by_kill or self.empty
        return not wrong and self.rows > 0 and 0 < self.told_s <= WITHIN_S

    def figures(self) -> list[tuple[str, object]]:
        return [
            ("tables", self.tables),
            ("  without a row", ", ".join(self.empty) or 0),
            ("  that differ", ", ".join(self.unequal) or 0),
            ("rows", self.rows),
            ("killed in the middle: rows left in the target", self.left_by_kill),
            ("killed in the middle: tables changed in the source", len(self.lost_by_kill)),
            ("move (s)", self.seconds),
            ("start until healthy (s)", self.healthy_s),
            ("start until a new alert is on a phone (s)", self.told_s),
        ]


class MoveDrill:
    """The demo with `days` of readings in `folder`, and a PostgreSQL that is there as long as `run` runs."""

    def __init__(self, folder: Path, url: str, days: int) -> None:
        need("mosquitto")
        self._house, self._url = House(folder), url
        self._house.data.mkdir(parents=True)
        dbs = Databases(self._house.data)
        schema.create(dbs)
        now = now_ms()
        demo.seed(dbs, now, lambda _password: "no password")
        past = demo.DemoPast("april", days)
        history = SqliteHistory(dbs.history)
        self.past_readings = demo.backfill(
            dbs, history, self._house.data, now, lambda _done, _total: None, demo=past
        )
        with dbs.records.read() as tx:
            site = int(tx.exec_driver_sql("SELECT min(id) FROM sites").scalar_one())
        self._probes: list[Probe] = add_rooms(dbs, site, 3, DELAY_S)
        dbs.close()

    def run(self) -> list[Moved]:
        load = RoomLoad(self._house.mqtt_port, self._probes).start()
        phones = PhoneWatch(self._house.data).start()
        try:
            self._live(load, phones, self._probes[0], Moved(SQLITE))
            outcomes = []
            for to, probe in ((self._url, self._probes[1]), (SQLITE, self._probes[2])):
                moved = Moved(to.partition(":")[0])
                filled = self._fill()
                self._move(to, moved)
                self._empty(filled)
                self._live(load, phones, probe, moved)
                outcomes.append(moved)
            return outcomes
        finally:
            load.stop()
            phones.stop()
            self._house.kill_everything()

    def _live(self, load: RoomLoad, phones: PhoneWatch, probe: Probe, moved: Moved) -> None:
        """`coldshed up`; a room goes wrong; it is told; `coldshed up` ends."""
        began = time.monotonic()
        moved.healthy_s = self._house.start().until_well()
        dbs = self._databases()
        try:
            load.spoil(probe.room)
            told_at = until_text(dbs, phones, probe.room, 2 * WITHIN_S, self._house.text).seen_at
        finally:
            dbs.close()
        moved.told_s = told_at - began
        assert self._house.stop() == 0, self._house.text()

    def _databases(self, url: str | None = None) -> Databases:
        here = str(self._house.settings.get("database_url", SQLITE))
        return Databases(self._house.data, here if url is None else url)

    def _fill(self) -> dict[str, list[str]]:
        """A row in every table. Returns, by database, the tables that had none."""
        dbs, filled = self._databases(), {}
        for name in MOVED:
            with getattr(dbs, name).write() as tx:
                filled[name] = fill_empty_tables(tx, schema.METADATA[name])
        dbs.close()
        return filled

    def _empty(self, filled: dict[str, list[str]]) -> None:
        """Services would not understand what the rows say."""
        dbs = self._databases()
        for name, tables in filled.items():
            with getattr(dbs, name).write() as tx:
                for table in reversed(tables):
                    tx.execute(delete(schema.METADATA[name].tables[table]))
        dbs.close()

    def _move(self, to: str, moved: Moved) -> None:
        before = rows(self._databases())
        moved.tables, moved.rows = len(before), sum(map(len, before.values()))
        moved.empty = [name for name, content in before.items() if not content]
        in_the_middle = self._sqlite_begun if to == SQLITE else self._postgresql_begun
        self._kill_move(to, in_the_middle)
        moved.left_by_kill = self._left(to)
        moved.lost_by_kill = differing(before, rows(self._databases()))
        began = time.monotonic()
        done = self._house.run("move", to)
        assert done.returncode == 0, done.stdout + done.stderr
        moved.seconds = time.monotonic() - began
        self._house.settings["database_url"] = to
        moved.unequal = differing(before, rows(self._databases()))

    def _kill_move(self, to: str, in_the_middle: Callable[[], bool]) -> None:
        process = Popen(
            self._house.command("move", to), env=self._house.environment, stdout=DEVNULL, stderr=DEVNULL
        )
        while not in_the_middle():
            assert process.poll() is None, "the move ended before it was killed"
        process.kill()
        process.wait()

    def _postgresql_begun(self) -> bool:
        """Whether rows are being inserted."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO changes%'"
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        return bool(row and row[0])

    def _sqlite_begun(self) -> bool:
        file = self._house.data / UNFINISHED / f"{FILES[0]}-wal"
        try:
            return file.stat().st_size > 0
        except FileNotFoundError:
            return False

    def _left(self, to: str) -> int:
        """Rows where `coldshed up` would find them."""
        if to == SQLITE:
            return sum((self._house.data / file).exists() for file in FILES)
        dbs = self._databases(to)
        try:
            if all(schema.is_empty(getattr(dbs, name)) for name in MOVED):
                return 0
            return sum(map(len, rows(dbs, close=False).values()))
        finally:
            dbs.close()


def rows(dbs: Databases, *, close: bool = True) -> Rows:
    content = {}
    for name in MOVED:
        with getattr(dbs, name).read() as tx:
            for table in schema.METADATA[name].sorted_tables:
                query = select(table).order_by(*table.primary_key.columns)
                content[f"{name}.{table.name}"] = [tuple(row) for row in tx.execute(query)]
    if close:
        dbs.close()
    return content


def differing(before: Rows, after: Rows) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    server = Postgres().start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            drill = MoveDrill(Path(folder), server.create("drill"), days)
            outcomes = drill.run()
    finally:
        server.remove()
    print_figures("The demo", [("days of readings", days), ("readings of the past", drill.past_readings)])
    for moved in outcomes:
        print_figures(f"Move to {moved.to}", moved.figures())
    right = all(moved.right() for moved in outcomes)
    print("RIGHT" if right else "WRONG")
    sys.exit(not right)


if __name__ == "__main__":
    main()
