"""A data folder of an earlier version opens, migrates, and shows what it showed before."""

import gzip
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alerts.engine import Engine
from core.readings.journal_codec import Heartbeat, encode
from store.alerts import alerts
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import journal
from store.notifications import notifications
from store.schema import SchemaState, migrate, shape
from tests.web import scene as scenes
from tests.web.scene import PASSWORD, Scene

HERE = Path(__file__).parent
VERSIONS = ("before_sensors", "before_subjects", "release_0_1_0")
NOW = 1_768_331_986_000
ANSWERS: dict[str, dict[str, Any]] = {
    version: json.loads((HERE / version / "answers.json").read_text("utf-8")) for version in VERSIONS
}


RENAMED = {
    "by_hand": "manual_readings",
    "checks": "pre_opening_checks",
    "device_clocks": "clock_offsets",
    "doubts": "suspect_periods",
    "newest": "latest",
    "positions": "offsets",
    "problems": "system_issues",
    "recipes": "rules",
    "removals": "probe_removals",
    "rests": "seasonal_closures",
    "steps": "jump_windows",
}
"""A table's name in an earlier version -> today's."""
DECIDED_SINCE = re.compile(r"^/devices\.items\[\d+\]\.online: None became (True|False)$")
"""A device that does not say whether it is online is judged by its silence since then."""


def restore(folder: Path, version: str = "before_subjects") -> None:
    for dump in (HERE / version).glob("*.sql.gz"):
        database = sqlite3.connect(folder / dump.name.replace(".sql.gz", ".db"))
        database.executescript(gzip.decompress(dump.read_bytes()).decode("utf-8"))
        database.close()


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def upgraded(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("before")
    restore(folder, version)
    databases = Databases(folder)
    if shape(databases) != SchemaState.READY:
        migrate(databases)
    yield databases
    databases.close()


@pytest.fixture(scope="module")
def client(upgraded: Databases) -> Iterator[TestClient]:
    scene = Scene(upgraded, SqliteHistory(upgraded.history), {}, {}, {})
    with TestClient(scenes.app(scene, lambda: NOW)) as client:
        form = {"username": "admin", "password": PASSWORD}
        token = client.post("/api/v1/token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where `after` lacks or changes something of `before`; fields that are new are no difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from differences(value, after[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is gone"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


def test_the_folder_is_at_the_newest_shape(upgraded: Databases) -> None:
    assert shape(upgraded) == SchemaState.READY


def test_the_api_answers_as_before(client: TestClient, version: str) -> None:
    changed: list[str] = []
    for path, before in ANSWERS[version].items():
        answer = client.get(f"/api/v1{path}")
        after = answer.json() if answer.status_code == 200 else answer.text
        changed += differences(before, after, path)
    assert [line for line in changed if not DECIDED_SINCE.search(line)] == []


def test_every_row_of_every_table_is_still_there(version: str, upgraded: Databases) -> None:
    """Also of tables that have another name today."""
    lost = {}
    for name in ("journal", "records", "history"):
        before = row_counts((HERE / version / f"{name}.sql.gz").read_bytes())
        with getattr(upgraded, name).read() as tx:
            for table, count in before.items():
                today = RENAMED.get(table, table)
                after = tx.exec_driver_sql(f'SELECT count(*) FROM "{today}"').scalar()
                if after < count:
                    lost[f"{name}.{table}"] = (count, after)
    assert lost == {}


@pytest.mark.parametrize("name", ["journal", "records", "history"])
def test_the_release_left_a_row_in_every_table(name: str) -> None:
    """Else a migration that spoils the rows of an empty table would pass."""
    counts = row_counts((HERE / "release_0_1_0" / f"{name}.sql.gz").read_bytes())
    assert [table for table, count in counts.items() if not count] == []


def row_counts(dump: bytes) -> dict[str, int]:
    database = sqlite3.connect(":memory:")
    database.executescript(gzip.decompress(dump).decode("utf-8"))
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for name in tables
        if name not in ("sqlite_sequence", "alembic_version")
    }
    database.close()
    return counts


def test_a_difference_would_be_found() -> None:
    before = {"items": [{"value": 1.2, "room": 3}]}
    assert list(differences(before, {"items": [{"value": 1.2, "room": 3, "new": 1}]})) == []
    assert list(differences(before, {"items": [{"value": 1.3, "room": 3}]})) == [
        ".items[0].value: 1.2 became 1.3"
    ]
    assert list(differences(before, {"items": [{"value": 1.2}]})) == [".items[0].room is gone"]
    assert list(differences(before, {"items": []})) == [".items: [{'value': 1.2, 'room': 3}] became []"]


def test_the_board_shows_every_room_with_its_value(client: TestClient, version: str) -> None:
    form = {"username": "admin", "password": PASSWORD, "next": "/"}
    client.post("/login", data=form, follow_redirects=False)
    page = client.get("/").text
    for room in ANSWERS[version]["/rooms"]["items"]:
        assert room["name"] in page
        if room["temperature"] is not None and room["state"] != "empty":
            assert f"{abs(room['temperature']):.1f}" in page, room["name"]


def test_the_engine_goes_on_without_telling_anybody_twice(tmp_path: Path, version: str) -> None:
    restore(tmp_path, version)
    databases = Databases(tmp_path)
    if shape(databases) != SchemaState.READY:
        migrate(databases)
    with databases.records.read() as tx:
        open_before = {alert.id for alert in alerts.open_alerts(tx)}
        sent_before = [sent.id for sent in notifications.notifications(tx, limit=1000)]
    with databases.journal.write() as tx:
        journal.append(tx, NOW + 5_000, journal.HEARTBEAT, encode(Heartbeat(True, 0)))
    engine = Engine(databases)
    engine.step(NOW + 5_100)
    engine.step(NOW + 7_000)
    with databases.records.read() as tx:
        assert {alert.id for alert in alerts.open_alerts(tx)} == open_before
        assert [sent.id for sent in notifications.notifications(tx, limit=1000)] == sent_before
    databases.close()
