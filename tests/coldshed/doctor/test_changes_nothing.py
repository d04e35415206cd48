"""The doctor looks at any folder without changing it, and never ends in a traceback."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from coldshed.commands import app
from coldshed.doctor import folders
from coldshed.doctor.folders import fault_of_writing
from store.database import Databases
from store.journal import journal
from store.read_only import ReadOnlyDatabases, quick_check
from tests.support.databases import new_databases
from tests.support.machines import free_port

FILES = ("journal.db", "records.db", "history.db")
NOW = 1_700_000_000_000


def empty(_folder: Path) -> None: ...


def closed_house(folder: Path) -> None:
    dbs = new_databases(folder)
    with dbs.journal.write() as tx:
        journal.append(tx, NOW, journal.READINGS, b"[[],[]]")
    dbs.close()


def killed_house(folder: Path) -> None:
    """Its write-ahead logs hold what the files lack."""
    new_databases(folder).close()
    child = os.fork()
    if child == 0:
        dbs = Databases(folder)
        for database in (dbs.journal, dbs.records, dbs.history):
            with database.write() as tx:
                tx.exec_driver_sql("CREATE TABLE IF NOT EXISTS more (x)")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink(missing_ok=True) if not (folder / name).is_dir() else None


def garble(name: str) -> Callable[[Path], None]:
    return lambda folder: _write(folder / name, b"\0garbage [1, 2" * 300)


def cut(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        if (folder / name).is_file():
            os.truncate(folder / name, (folder / name).stat().st_size // 2)

    return damage


def put_folder(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        remove(name)(folder)
        (folder / name).mkdir(parents=True, exist_ok=True)

    return damage


def forget_version(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        try:
            with closing(sqlite3.connect(folder / name)) as database:
                database.execute("DELETE FROM alembic_version")
                database.commit()
        except sqlite3.Error:
            pass

    return damage


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_dir():
        file.write_bytes(content)


SMALL_FILES = ("run/alerts.json", "run/up.json", "broker.json", "last-backup.json", "broker/service.secret")
HOUSES = (empty, closed_house, killed_house)
DAMAGES = [
    *(make(name) for make in (remove, garble, cut, put_folder, forget_version) for name in FILES),
    *(remove(f"{name}-shm") for name in FILES),
    *(make(name) for make in (garble, put_folder) for name in SMALL_FILES),
    put_folder("restoring"),
]


def content_of(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything that is below the folder, and itself."""
    facts_by_path: dict[str, tuple[object, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        facts = path.lstat()
        text = sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        facts_by_path[str(path)] = (facts.st_ino, facts.st_mode, facts.st_mtime_ns, facts.st_size, text)
    return facts_by_path


@contextmanager
def environment(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLDSHED_DATA_DIR", str(folder))
        patch.setenv("COLDSHED_LANG", "en")
        patch.setenv("COLDSHED_MQTT_PORT", str(free_port()))
        patch.setenv("COLDSHED_HTTP_PORT", str(free_port()))
        yield


def doctor(folder: Path) -> tuple[int, str]:
    with environment(folder):
        done = CliRunner().invoke(app, ["doctor", "--quick"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    return done.exit_code, done.output


@settings(max_examples=40)
@given(st.sampled_from(HOUSES), st.lists(st.sampled_from(DAMAGES), max_size=3))
def test_it_changes_nothing_whatever_the_folder_looks_like(
    house: Callable[[Path], None], damages: list[Callable[[Path], None]]
) -> None:
    with TemporaryDirectory() as folder:
        house(Path(folder))
        for damage in damages:
            damage(Path(folder))
        before = content_of(Path(folder))
        code, text = doctor(Path(folder))
        assert content_of(Path(folder)) == before
        assert code == 1, text
        assert "could not be checked" not in text, text


def test_it_does_not_make_the_folder_that_is_missing(tmp_path: Path) -> None:
    code, text = doctor(tmp_path / "not" / "there")
    assert code == 1
    assert "there is no" in text
    assert list(tmp_path.iterdir()) == []


def test_a_house_at_work_is_read_with_what_its_log_holds(tmp_path: Path) -> None:
    dbs = new_databases(tmp_path)
    with dbs.journal.write() as tx:
        journal.append(tx, NOW, journal.READINGS, b"[[],[]]")
    before = content_of(tmp_path)
    with environment(tmp_path):
        command = [sys.executable, "-m", "coldshed", "doctor", "--quick"]
        text = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert "[bad] Recording: Service “Recording” is" in text  # the row waits for it
    assert content_of(tmp_path) == before
    dbs.close()


def test_a_log_without_its_index_is_read_from_a_copy(tmp_path: Path) -> None:
    killed_house(tmp_path)
    (tmp_path / "journal.db-shm").unlink()
    before = content_of(tmp_path)
    looking = ReadOnlyDatabases(tmp_path)
    with looking.journal.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM more").scalar() == 0
    looking.close()
    assert content_of(tmp_path) == before


def test_a_check_that_takes_too_long_says_so(tmp_path: Path) -> None:
    new_databases(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        database.execute("CREATE TABLE long (x)")
        rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000000) SELECT x FROM n"
        database.execute(f"INSERT INTO long {rows}")
        database.commit()
    looking = ReadOnlyDatabases(tmp_path)
    assert quick_check(looking.history, 0.05) == ("", False)
    assert quick_check(looking.history, 60.0) == ("", True)


@pytest.mark.parametrize("nameless", [True, False])
def test_the_file_that_tries_a_folder_leaves_no_trace(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.setattr(folders, "NAMELESS", os.O_DIRECTORY)
    before = content_of(tmp_path)
    assert fault_of_writing(tmp_path) == ""
    assert content_of(tmp_path) == before


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=40", "tmpfs", str(folder)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"a file system cannot be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_read_only_disk_is_named(disk: Path) -> None:
    closed_house(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, text = doctor(disk)
    assert code == 1
    assert "has become read-only" in text
    assert f"{disk} cannot be written to (Read-only file system)" in text
    assert "opens, is of this version" in text


def fill(disk: Path, bytes_at_once: int) -> None:
    """With files of that size until nothing more can be created."""
    with suppress(OSError):
        for number in range(1000):
            (disk / f"file-{number}").write_bytes(bytes(bytes_at_once))


def test_a_disk_without_inodes_or_without_room_is_named(disk: Path) -> None:
    closed_house(disk)
    fill(disk, 0)
    code, text = doctor(disk)
    assert code == 1
    assert "too many files" in text
    assert "cannot be written to (No space left on device)" in text
    for file in disk.glob("file-*"):
        file.unlink()
    fill(disk, 1 << 20)
    _, text = doctor(disk)
    assert "Only 0% of the disk are free" in text
    assert "cannot be written to (No space left on device)" in text
