"""One file of the data folder is damaged or gone: what does not need it works, and the file is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.security import hash_password
from coldshed import wiring
from coldshed.data import databases
from coldshed.migration import migrate
from coldshed.prepare import prepare_one_service
from coldshed.settings import Settings
from core.errors import SettingsError
from core.people.people import NewPerson, Role
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import MINUTE_MS
from record.recorder import Recorder
from store.clock import now_ms
from store.damaged_history import SET_ASIDE
from store.database import Databases
from store.devices import devices
from store.history.sqlite import SqliteHistory
from store.journal import journal, series
from store.overview.progress_files import ProgressFile
from store.overview.system_issues import open_issues
from store.people import people


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def overwrite_the_start(file: Path) -> None:
    with file.open("r+b") as bytes_of_file:
        bytes_of_file.write(b"x" * 100)


def replace_by_text(file: Path) -> None:
    file.write_text("this was a photo album\n" * 200)


DAMAGES = (truncate, overwrite_the_start, replace_by_text)
Damage = Callable[[Path], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with a device, a person and 200 readings in the history."""
    settings = Settings(data_dir=tmp_path)
    migrate(settings)
    with databases(settings) as dbs:
        report(dbs, 200)
        with dbs.records.write() as tx:
            boss = NewPerson(
                name="王主任", role=Role.ADMIN, username="boss", password_hash=hash_password("x")
            )
            people.add_person(tx, 0, boss)
        assert Recorder(dbs, SqliteHistory(dbs.history)).step() == 1
    return settings


def report(dbs: Databases, count: int) -> None:
    now = now_ms()
    with dbs.journal.write() as tx:
        devices.record_last_seen(tx, now, {"probe": "coldshed"})
        number = series.get_or_make(tx, "probe", "temperature", "", now)
        readings = [Reading(number, now - i * MINUTE_MS, 4.0) for i in range(count)]
        journal.append(tx, now, journal.READINGS, batch_body(readings, []))


def issues(dbs: Databases) -> list[str]:
    with dbs.records.read() as tx:
        return [issue.name for issue in open_issues(tx)]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_history_is_set_aside_at_the_start_and_said(settings: Settings, damage: Damage) -> None:
    damage(settings.data_dir / "history.db")
    with databases(settings, "journal", "records"):
        pass  # listener, alerts and page start without it
    migrate(settings)
    assert [path.name for path in settings.data_dir.glob("history.db.broken-*")] != []
    with databases(settings) as dbs:
        assert issues(dbs) == [SET_ASIDE]
        history = SqliteHistory(dbs.history)
        Recorder(dbs, history).step()
        assert len(history.points([1], 0, now_ms() + 1)) == 200, "filled again from the journal"


def test_a_history_damaged_while_it_is_written_is_set_aside_by_the_recorder(settings: Settings) -> None:
    with databases(settings) as dbs:
        recorder = Recorder(dbs, SqliteHistory(dbs.history))
        recorder.step()
        dbs.history.close()
        replace_by_text(settings.data_dir / "history.db")
        report(dbs, 3)
        stop = _StopAfter(lambda: bool(SqliteHistory(dbs.history).offset() == 2))
        recorder.run(stop)  # type: ignore[arg-type]
        assert SET_ASIDE in issues(dbs)


def test_the_recorder_alone_sets_a_damaged_history_aside(settings: Settings) -> None:
    replace_by_text(settings.data_dir / "history.db")
    progress = ProgressFile(settings.data_dir, "record")
    wiring.record(settings, _StopAfter(lambda: True), progress)  # type: ignore[arg-type]
    with databases(settings) as dbs:
        assert issues(dbs) == [SET_ASIDE]


def test_a_disk_that_damages_every_new_history_gets_no_second_one_within_the_hour(
    settings: Settings,
) -> None:
    replace_by_text(settings.data_dir / "history.db")
    migrate(settings)
    replace_by_text(settings.data_dir / "history.db")
    with pytest.raises(SettingsError):
        migrate(settings)
    assert len(list(settings.data_dir.glob("history.db.broken-*"))) == 1


@pytest.mark.parametrize("name", ["journal.db", "records.db"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_or_records_is_refused_by_name_with_the_remedy(
    settings: Settings, damage: Damage, name: str
) -> None:
    damage(settings.data_dir / name)
    with pytest.raises(SettingsError) as refused:
        migrate(settings)
    assert str(settings.data_dir / name) in str(refused.value)
    assert "coldshed restore" in str(refused.value)


def test_lost_records_do_not_open_an_empty_federation(settings: Settings) -> None:
    for file in settings.data_dir.glob("records.db*"):
        file.unlink()
    with pytest.raises(SettingsError, match=r"records\.db.*有1个设备.*coldshed restore.*--new-federation"):
        migrate(settings)
    prepare_one_service(settings, new_federation=True)
    with databases(settings) as dbs, dbs.records.read() as tx:
        assert people.people(tx) == []


class _StopAfter:
    """A stop event that is set once `done`."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done, self._rounds = done, 0

    def is_set(self) -> bool:
        self._rounds += 1
        return self._rounds > 50 or (self._rounds > 1 and self._done())

    def wait(self, _seconds: float) -> bool:
        return self.is_set()
