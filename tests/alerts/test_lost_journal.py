"""The journal's file is lost or put back from an older copy: its rooms are judged on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from alerts.engine import Engine
from record.recorder import Recorder
from store import schema
from store.continuity import RESTARTED, reconcile
from store.history.sqlite import SqliteHistory
from store.overview.system_issues import open_issues
from tests.alerts.test_engine import alerts_of
from tests.alerts.village import Village
from tests.support.databases import open_databases


def delete(folder: Path) -> None:
    for file in folder.glob("journal.db*"):
        file.unlink()


def empty(folder: Path) -> None:
    delete(folder)
    (folder / "journal.db").touch()


def put_back_an_older_copy(folder: Path) -> None:
    delete(folder)
    shutil.copyfile(folder / "older" / "journal.db", folder / "journal.db")


def lose_the_last_rows(folder: Path) -> None:
    """As after a power cut of a disk that did not write what it confirmed."""
    (folder / "journal.db-wal").unlink()


@pytest.mark.parametrize("lose", [delete, empty, put_back_an_older_copy, lose_the_last_rows])
def test_a_warm_room_is_told_after_the_journal_is_gone(
    village: Village, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    engine = Engine(village.dbs)
    village.minutes(engine, 20, a=4.0)
    village.dbs.journal.close()  # also writes its -wal file into it
    (tmp_path / "older").mkdir()
    shutil.copyfile(tmp_path / "journal.db", tmp_path / "older" / "journal.db")
    village.minutes(engine, 20, a=4.0)
    history = SqliteHistory(village.dbs.history)
    Recorder(village.dbs, history, now=lambda: village.clock).step()
    shutil.copytree(tmp_path, tmp_path / "cut")  # with rows that only the -wal file holds
    village.dbs.close()
    lose(tmp_path / "cut")

    village.dbs = open_databases(tmp_path / "cut")
    if schema.shape(village.dbs) == schema.SchemaState.OLDER:
        schema.migrate(village.dbs)
    reconcile(village.dbs, village.clock)
    engine = Engine(village.dbs)
    village.minutes(engine, 45, a=9.0)
    assert [alert.condition for alert in alerts_of(village)] == ["high"]
    with village.dbs.records.read() as tx:
        assert RESTARTED in [issue.name for issue in open_issues(tx)]
    history = SqliteHistory(village.dbs.history)
    Recorder(village.dbs, history, now=lambda: village.clock).step()
    assert len(history.points([1], 0, village.clock)) == 20 + 20 + 45, "one curve, without a hole"
