"""Makes a backup: a folder with every database of one moment, the rules and the settings, and their list."""

import fcntl
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

from coldshed import disk_room
from coldshed.data import WATCHING, databases, moment_in_name
from coldshed.messages import translated
from coldshed.settings import SQLITE, Settings
from coldshed.settings_loader import settings_file
from core.errors import SettingsError, StoreError
from core.overview.box_health import is_backup_due
from core.phrases import N_
from store import schema
from store.backup import manifest
from store.backup.last_backup import LastBackup, last_backup, note_backup
from store.backup.snapshot import copy_database, damage_of, sync
from store.database_files import NAMES, file_name
from store.overview import system_issues

log = logging.getLogger(__name__)

FAILED = "backup.failed"
PREFIX = "coldshed-"
PARTIAL = ".unfinished"
DUMP = "coldshed.dump"
RULES = ("rules", "recipes")

Progress = Callable[[str], Callable[[int, int], None]]
"""File -> what to call with (done, total)."""


def make_backup(settings: Settings, folder: Path, keep: int, now: int, progress: Progress) -> Path:
    """Makes a backup below `folder`, checks it, and deletes all but the `keep` latest. A backup that was
    killed leaves a folder that is not one, and that the next one deletes. Waits for another backup into
    `folder`. Raises SettingsError or StoreError."""
    _refuse_small_disk(settings, folder)
    with _locked(folder):
        return _make_backup(settings, folder, keep, now, progress)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two at once would take each other's half copies for their own. A kill ends the lock."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_backup(settings: Settings, folder: Path, keep: int, now: int, progress: Progress) -> Path:
    unfinished = folder / PARTIAL
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _copy_databases(settings, unfinished, progress)
    _copy_files(settings, unfinished)
    files = {str(path.relative_to(unfinished)): manifest.describe(path) for path in _files(unfinished)}
    schemas = {name: schema.head(name) for name in schema.METADATA}
    manifest.write(unfinished, manifest.Manifest(now, version("coldshed"), schemas, files))
    for path in _files(unfinished):
        sync(path)
    sync(unfinished)
    made = unfinished.rename(folder / f"{PREFIX}{moment_in_name(settings, now)}")
    sync(folder)
    note_backup(settings.data_dir, LastBackup(now, str(made)))
    for expired in _expired(folder, made, keep):
        shutil.rmtree(expired.rename(unfinished))  # what a kill leaves of it is no backup
    return made


def backup_if_due(settings: Settings, now: int) -> Path | None:
    """Makes a backup in COLDSHED_BACKUP_DIR once a day. A failure is noted as a system issue and tried
    again the next time; a success clears it, also one that a person made. Raises StoreError if the records
    are away."""
    if settings.backup_dir is None:
        return None
    last = last_backup(settings.data_dir)
    made, fault = None, ""
    if is_backup_due(None if last is None else last.at, now):
        try:
            made = make_backup(settings, settings.backup_dir, settings.backup_keep, now, _silent)
        except (OSError, SettingsError, StoreError) as error:
            fault = str(error)
            log.error("no backup: %s", fault)
    with databases(settings, *WATCHING) as dbs, dbs.records.write() as tx:
        if fault:
            system_issues.note(tx, FAILED, fault, now)
        else:
            system_issues.clear(tx, FAILED, now)
    return made


def _silent(_file: str) -> Callable[[int, int], None]:
    return lambda _done, _total: None


def backups(folder: Path) -> list[Path]:
    """The finished backups below a folder, oldest first."""
    return sorted(path for path in folder.glob(f"{PREFIX}*") if (path / manifest.NAME).exists())


def _expired(folder: Path, made: Path, keep: int) -> list[Path]:
    """All but the latest; never the one just made, which is not the latest by name if a clock was ahead."""
    earlier = [path for path in backups(folder) if path != made]
    return earlier[: max(0, len(earlier) + 1 - keep)]


def _copy_databases(settings: Settings, target: Path, progress: Progress) -> None:
    for name in NAMES if settings.database_url == SQLITE else ("history",):
        file = file_name(name)
        try:
            copy_database(settings.data_dir / file, target / file, progress(file))
            damage = damage_of(target / file)
        except StoreError:
            damage = damage_of(settings.data_dir / file) if name == "history" else ""
            if not damage:
                raise
        if damage and name != "history":
            raise StoreError(f"{file}: {damage}")
        if damage:  # the recorder sets it aside; people, rooms and stock are kept all the same
            log.error("the backup is without the history: %s", damage)
            (target / file).unlink(missing_ok=True)
    if settings.database_url != SQLITE:
        dump(settings.database_url, target / DUMP)


def dump(url: str, file: Path) -> None:
    """Journal and records of one moment, by PostgreSQL's own tool."""
    run_postgres_tool(url, "pg_dump", "--format=custom", f"--file={file}")


def run_postgres_tool(url: str, *command: str) -> None:
    """Runs a tool on the database at `url`; its password is not shown in the list of processes. Raises
    SettingsError if the tool is missing, StoreError if it fails."""
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")).geturl()
    environment = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    try:
        done = subprocess.run(
            [*command, f"--dbname={shown}"], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        text = translated("缺 %(tool)s。请装 PostgreSQL 的命令行工具（postgresql-client）", tool=command[0])
        raise SettingsError(text) from error
    if done.returncode:
        raise StoreError(f"{command[0]}: {' '.join(done.stderr.split())}")


def _copy_files(settings: Settings, target: Path) -> None:
    for name in RULES:
        source = settings.data_dir / name
        if source.is_dir():
            shutil.copytree(source, target / name)
    own = settings_file()
    if own is not None and own.exists():
        shutil.copyfile(own, target / own.name)
        os.chmod(target / own.name, 0o600)  # it may hold passwords


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _refuse_small_disk(settings: Settings, folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)  # not its parents: a stick that is not plugged in has none
        disk_room.refuse_small_disk(
            folder,
            [settings.data_dir / file_name(name) for name in NAMES],
            N_("%(dir)s 只剩%(free)s MB，备份要%(needed)s MB。请换个大的盘，或者少留几份（--keep）"),
        )
    except OSError as error:
        text = translated("备份文件夹 %(dir)s 用不了（%(why)s）", dir=folder, why=error.strerror)
        raise SettingsError(text) from error
