"""`coldshed backup`, `restore` and `check`: what is kept, what is refused, and what a kill leaves."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import structs
from typer.testing import CliRunner

from alerts.engine import Engine
from coldshed.backup import PARTIAL, backup_if_due, backups, make_backup
from coldshed.check import damages
from coldshed.commands import app
from coldshed.data import RESTORING, databases
from coldshed.migration import migrate
from coldshed.move_command import move_databases
from coldshed.restore import check_backup, restore
from coldshed.settings import Settings
from core.errors import SettingsError, StoreError
from core.readings.journal_codec import batch_body
from core.readings.readings import Reading
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from record.recorder import Recorder
from store import schema
from store.backup import manifest
from store.backup.last_backup import last_backup
from store.backup.snapshot import copy_database
from store.clock import now_ms
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.journal import epochs, journal, series
from store.overview.progress_files import ProgressFile
from store.overview.system_issues import open_issues
from store.people.federation import add_federation, federation
from tests.support.databases import Server
from tests.support.machines import free_port
from tests.upgrade.test_upgrade import restore as restore_earlier_data

ROOT = Path(__file__).parents[2]


def quiet(_file: str) -> "Silent":
    return Silent()


class Silent:
    def __call__(self, _done: int, _total: int) -> None: ...


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with a federation, a rule and 50 readings that recorder and engine have read."""
    settings = Settings(data_dir=tmp_path / "data")
    migrate(settings)
    (settings.data_dir / "rules").mkdir()
    (settings.data_dir / "rules" / "own.toml").write_text("# a rule\n")
    with databases(settings) as dbs:
        with dbs.records.write() as tx:
            add_federation(tx, 1, "万宝山联村经济发展联合社", "万宝山联合社")
        report(dbs, 50)
        follow(dbs)
    return settings


def report(dbs: Databases, count: int, device: str = "probe") -> None:
    now = now_ms()
    with dbs.journal.write() as tx:
        number = series.get_or_make(tx, device, "temperature", "", now)
        readings = [Reading(number, now - i * MINUTE_MS, 4.0) for i in range(count)]
        journal.append(tx, now, journal.READINGS, batch_body(readings, []))


def follow(dbs: Databases) -> int:
    """Recorder and engine read to the end. Returns how many rows the engine read."""
    Recorder(dbs, SqliteHistory(dbs.history)).step()
    engine, read = Engine(dbs), 0
    while rows := engine.step(now_ms() + HOUR_MS):
        read += rows
    return read


def points(dbs: Databases) -> int:
    return len(SqliteHistory(dbs.history).points([1], 0, now_ms() + HOUR_MS))


def test_a_backup_made_under_load_comes_back_whole(settings: Settings, tmp_path: Path) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    with databases(settings) as dbs:
        report(dbs, 10)
        follow(dbs)
    shutil.rmtree(settings.data_dir)  # the machine is lost
    restore(settings, check_backup(settings, made), now_ms())
    assert (settings.data_dir / "rules" / "own.toml").read_text() == "# a rule\n"
    with databases(settings) as dbs:
        with dbs.records.read() as tx:
            existing = federation(tx)
        assert existing is not None
        assert points(dbs) == 50
        report(dbs, 1)
        assert follow(dbs) == 1, "the next reading is judged, and nothing again"


def test_the_present_data_are_kept_aside_and_come_back_too(settings: Settings, tmp_path: Path) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    with databases(settings) as dbs:
        report(dbs, 10, "another")
    (aside,) = restore(settings, check_backup(settings, made), now_ms())
    assert sorted(path.name for path in aside.iterdir() if path.suffix in (".db", "")) == [
        "history.db",
        "journal.db",
        "records.db",
        "rules",
    ]


def test_files_of_two_backups_are_refused(settings: Settings, tmp_path: Path) -> None:
    first = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    with databases(settings) as dbs:
        report(dbs, 10)
        follow(dbs)
    second = make_backup(settings, tmp_path / "stick", 7, now_ms() + 1_000, quiet)
    for name in ("records.db", "history.db", "journal.db"):
        mixed = tmp_path / f"mixed-{name}"
        shutil.copytree(second, mixed)
        shutil.copyfile(first / name, mixed / name)
        with pytest.raises(SettingsError, match=f"不完整.*{name}"):
            check_backup(settings, mixed)


@pytest.mark.parametrize("spoil", ["missing", "cut", "no list", "newer"])
def test_what_is_no_whole_backup_is_refused(settings: Settings, tmp_path: Path, spoil: str) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    if spoil == "missing":
        (made / "records.db").unlink()
    elif spoil == "cut":
        (made / "history.db").write_bytes((made / "history.db").read_bytes()[:-4096])
    elif spoil == "no list":
        (made / "backup.json").unlink()
    else:
        listed = json.loads((made / "backup.json").read_text())
        listed["schemas"]["records"] = "9999"
        (made / "backup.json").write_text(json.dumps(listed))
    with pytest.raises(SettingsError):
        check_backup(settings, made)


def test_a_killed_backup_is_none_and_the_next_one_clears_it(settings: Settings, tmp_path: Path) -> None:
    stick = tmp_path / "stick"

    class Killed(Exception):
        pass

    def killed(file: str) -> Silent:
        if file == "journal.db":
            raise Killed
        return Silent()

    with pytest.raises(Killed):
        make_backup(settings, stick, 7, now_ms(), killed)
    assert (stick / PARTIAL / "records.db").exists()
    assert backups(stick) == []
    assert last_backup(settings.data_dir) is None
    made = make_backup(settings, stick, 7, now_ms(), quiet)
    assert backups(stick) == [made]
    assert not (stick / PARTIAL).exists()


def test_a_folder_on_a_stick_that_is_not_plugged_in_is_not_made_on_the_box(
    settings: Settings, tmp_path: Path
) -> None:
    stick = tmp_path / "stick" / "coldshed"
    with pytest.raises(SettingsError, match="stick"):
        make_backup(settings, stick, 7, now_ms(), quiet)
    assert not stick.parent.exists()


def test_only_the_latest_backups_are_kept(settings: Settings, tmp_path: Path) -> None:
    stick, now = tmp_path / "stick", now_ms()
    made = [make_backup(settings, stick, 2, now + i * HOUR_MS, quiet) for i in range(4)]
    assert backups(stick) == made[-2:]
    last = last_backup(settings.data_dir)
    assert last is not None
    assert (last.at, last.folder) == (now + 3 * HOUR_MS, str(made[-1]))


def test_a_kill_while_an_old_backup_is_deleted_leaves_only_whole_ones(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick, now = tmp_path / "stick", now_ms()
    make_backup(settings, stick, 1, now, quiet)

    def killed(folder: Path, *, ignore_errors: bool = False) -> None:
        if folder.exists():
            (folder / "records.db").unlink()
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            make_backup(settings, stick, 1, now + HOUR_MS, quiet)
    (left,) = backups(stick)
    check_backup(settings, left)
    made = make_backup(settings, stick, 1, now + 2 * HOUR_MS, quiet)
    assert [path.name for path in stick.iterdir()] == [made.name]


def test_backups_by_a_clock_that_was_ahead_do_not_push_out_the_new_one(
    settings: Settings, tmp_path: Path
) -> None:
    stick, now = tmp_path / "stick", now_ms()
    ahead = [make_backup(settings, stick, 2, now + 400 * DAY_MS + i * HOUR_MS, quiet) for i in range(2)]
    made = make_backup(settings, stick, 2, now, quiet)
    assert backups(stick) == [made, ahead[1]]


def test_a_backup_that_has_no_room_for_the_history_is_none(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
        if source.name == "history.db":
            raise StoreError("history.db: database or disk is full")
        copy_database(source, target, progress)

    monkeypatch.setattr("coldshed.backup.copy_database", copied)
    with pytest.raises(StoreError, match="full"):
        make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    assert backups(tmp_path / "stick") == []


def test_a_second_backup_waits_for_the_first(settings: Settings, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    first = os.open(stick, os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    second = threading.Thread(target=make_backup, args=(settings, stick, 7, now_ms(), quiet))
    second.start()
    second.join(0.5)
    assert list(stick.iterdir()) == [], "it touches nothing of the first"
    os.close(first)
    second.join(30)
    assert len(backups(stick)) == 1


def test_a_damaged_history_does_not_prevent_the_backup_of_the_rest(
    settings: Settings, tmp_path: Path
) -> None:
    (settings.data_dir / "history.db").write_text("a photo" * 1_000)
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    assert sorted(path.name for path in made.glob("*.db")) == ["journal.db", "records.db"]
    restore(settings, check_backup(settings, made), now_ms())
    migrate(settings)
    with databases(settings) as dbs:
        follow(dbs)
        assert points(dbs) == 50


def test_an_interrupted_restore_starts_nothing_until_it_is_repeated(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    rename = Path.rename

    def killed_at_the_second_file(path: Path, target: Path) -> Path:
        if path == settings.data_dir / RESTORING / "history.db":
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed_at_the_second_file)
        with pytest.raises(KeyboardInterrupt):
            restore(settings, check_backup(settings, made), now_ms())
    (first,) = settings.data_dir.glob("before-restore-*")
    (first / "extra.txt").touch()
    with pytest.raises(SettingsError, match="coldshed restore"):
        migrate(settings)
    (earlier,) = restore(settings, check_backup(settings, made), now_ms() + 1_000)
    assert (earlier / "extra.txt").exists(), "it names the earlier data, not half a backup"
    with databases(settings) as dbs:
        assert points(dbs) == 50


def test_a_restore_that_is_killed_while_it_moves_the_earlier_data_names_both_folders(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _killed_at_rename_of("journal.db"))
        with pytest.raises(KeyboardInterrupt):
            restore(settings, check_backup(settings, made), now_ms())
    folders = restore(settings, check_backup(settings, made), now_ms() + 1_000)
    assert len(folders) == 2
    assert {"records.db", "journal.db", "history.db"} <= {
        path.name for folder in folders for path in folder.iterdir()
    }


def test_a_restore_that_is_killed_before_it_began_an_epoch_is_repeated(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("coldshed.restore._begin_epoch", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(settings, check_backup(settings, made), now_ms())
    with pytest.raises(SettingsError, match="coldshed restore"):
        migrate(settings)
    restore(settings, check_backup(settings, made), now_ms() + 1_000)
    migrate(settings)


def test_a_restored_backup_of_an_earlier_version_begins_an_epoch(settings: Settings, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    restore_earlier_data(earlier)
    files = {file.name: manifest.describe(file) for file in earlier.iterdir()}
    schemas = dict.fromkeys(schema.METADATA, "0001")
    manifest.write(earlier, manifest.Manifest(now_ms() - DAY_MS, "0.1.0", schemas, files))
    restore(settings, check_backup(settings, earlier), now_ms())
    with databases(settings) as dbs, dbs.journal.read() as tx:
        assert epochs.epochs(tx)[-1].after == journal.last_seq(tx) > 0


@pytest.fixture
def web(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    port = free_port()
    environment = {
        **os.environ,
        "COLDSHED_DATA_DIR": str(settings.data_dir),
        "COLDSHED_HTTP_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, "-m", "coldshed", "alerts"], env=environment)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def test_a_restore_beside_a_running_service_is_refused(
    settings: Settings, tmp_path: Path, web: subprocess.Popen[bytes]
) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    deadline = time.monotonic() + 30
    refused = False
    while not refused and time.monotonic() < deadline:
        try:
            check_backup(settings, made)
        except SettingsError as error:
            refused = "请先停下它" in str(error)
        time.sleep(0.1)
    assert refused
    assert web.poll() is None


def test_a_restore_beside_a_service_that_holds_no_file_open_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    made = make_backup(settings, tmp_path / "stick", 7, now_ms(), quiet)
    progress = ProgressFile(settings.data_dir, "alerts")  # with PostgreSQL it has no database file
    with pytest.raises(SettingsError, match="请先停下它"):
        check_backup(settings, made)
    file = settings.data_dir / "run" / "alerts.json"
    report_elsewhere = {**json.loads(file.read_text()), "pid_namespace": "pid:[1]"}
    file.write_text(json.dumps(report_elsewhere))
    with pytest.raises(SettingsError, match="请先停下它"):
        check_backup(settings, made)
    file.write_text(json.dumps({**report_elsewhere, "ended": True}))
    check_backup(settings, made)
    progress.close()


def test_check_names_the_damaged_file_and_the_remedy(settings: Settings) -> None:
    assert list(damages(settings)) == []
    file = settings.data_dir / "history.db"
    content = bytearray(file.read_bytes())
    content[8192:] = b"\x07" * (len(content) - 8192)
    file.write_bytes(content)
    (settings.data_dir / "records.db").unlink()
    missing, damaged = damages(settings)
    assert str(settings.data_dir / "records.db") in missing
    assert str(settings.data_dir / "history.db") in damaged
    assert "coldshed restore" in damaged


def test_the_commands_say_what_they_did_and_what_a_restore_loses(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDSHED_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COLDSHED_LANG", "zh")

    def run(*words: str) -> str:
        return CliRunner().invoke(app, list(words)).output

    assert "备份好了，也查过了" in run("backup", str(tmp_path / "stick"))
    (made,) = backups(tmp_path / "stick")
    with databases(settings) as dbs, dbs.journal.write() as tx:
        journal.append(tx, now_ms() + 3 * HOUR_MS, journal.READINGS, batch_body([], []))
    assert "那以后3小时里记的" in run("restore", str(made))
    assert "恢复好了" in run("restore", str(made), "--yes")
    assert "数据文件都完好" in run("check")
    assert "里面没有 backup.json" in run("restore", str(tmp_path))


def test_moving_leaves_no_file_that_somebody_could_start_with(
    settings: Settings, postgres: Server, tmp_path: Path
) -> None:
    url = postgres.new_database()
    move_databases(settings, url, now_ms())
    assert sorted(path.name[:16] for path in settings.data_dir.glob("*.moved-*")) == [
        "journal.db.moved",
        "records.db.moved",
    ]
    moved = structs.replace(settings, database_url=url)
    with databases(moved) as dbs:
        report(dbs, 1)
        assert follow(dbs) == 1, "the alerts go on where they were"
    with pytest.raises(SettingsError, match="已经是这一种"):
        move_databases(moved, url, now_ms())
    move_databases(moved, "sqlite", now_ms())
    with databases(settings) as dbs:
        report(dbs, 1)
        assert follow(dbs) == 1
        assert points(dbs) >= 50


def _killed_at_rename_of(name: str) -> Callable[[Path, Path], Path]:
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        if path.name == name:
            raise KeyboardInterrupt
        return rename(path, target)

    return renamed


@pytest.mark.parametrize("name", ["records.db", "journal.db"])
def test_a_move_that_is_killed_while_files_are_renamed_starts_nothing_half_and_is_repeated(
    settings: Settings, postgres: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    url = postgres.new_database()
    moved = structs.replace(settings, database_url=url)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _killed_at_rename_of(name))
        with pytest.raises(KeyboardInterrupt):
            move_databases(settings, url, now_ms())
    move_databases(settings, url, now_ms())
    assert not list(settings.data_dir.glob("*.db-*"))
    assert [path.name for path in settings.data_dir.glob("*.db")] == ["history.db"]
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", _killed_at_rename_of(name))
        with pytest.raises(KeyboardInterrupt):
            move_databases(moved, "sqlite", now_ms() + 1_000)
    assert not (settings.data_dir / "records.db").exists(), "nothing starts with one of two files"
    move_databases(moved, "sqlite", now_ms() + 2_000)
    with databases(settings) as dbs:
        report(dbs, 1)
        assert follow(dbs) == 1


def test_the_backup_of_the_day_is_made_once_and_a_failure_is_said_until_it_succeeds(
    settings: Settings, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    scheduled = structs.replace(settings, backup_dir=stick, backup_keep=2)
    stick.write_text("no folder: the stick is not there")
    now = now_ms()
    assert backup_if_due(scheduled, now) is None
    assert open_issue_names(settings) == ["backup.failed"]
    stick.unlink()
    assert backup_if_due(scheduled, now) is not None
    assert open_issue_names(settings) == []
    assert backup_if_due(scheduled, now + HOUR_MS) is None
    assert backup_if_due(scheduled, now + 24 * HOUR_MS) is not None
    assert len(backups(stick)) == 2
    assert backup_if_due(settings, now) is None, "nobody asked for one"


def test_a_backup_that_a_person_made_ends_the_failure_of_the_day(settings: Settings, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    scheduled = structs.replace(settings, backup_dir=stick)
    stick.write_text("no folder: the stick is not there")
    now = now_ms()
    backup_if_due(scheduled, now)
    stick.unlink()
    make_backup(settings, stick, 7, now, quiet)
    assert backup_if_due(scheduled, now + HOUR_MS) is None
    assert open_issue_names(settings) == []


def open_issue_names(settings: Settings) -> list[str]:
    with databases(settings) as dbs, dbs.records.read() as tx:
        return [issue.name for issue in open_issues(tx)]
