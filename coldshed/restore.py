"""Puts a backup in the place of the present data, which is kept aside."""

import shutil
import sqlite3
from pathlib import Path
from typing import NamedTuple

from coldshed.backup import DUMP, RULES, run_postgres_tool
from coldshed.data import RESTORING, data_dir, moment_in_name, open_databases
from coldshed.messages import translated
from coldshed.migration import migrate_databases
from coldshed.settings import SQLITE, Settings
from core.errors import SettingsError, StoreError
from i18n.language import as_lang
from ingest.lease import LISTENER
from store import database_files, schema
from store.backup import manifest
from store.backup.snapshot import sync
from store.clock import now_ms
from store.continuity import reconcile
from store.journal import epochs, journal, leases
from store.overview.progress_files import read_progress, runs_still
from web.base.localizer import Localizer

ASIDE = "before-restore-"
ASIDE_NOTE = "aside"
"""A file in the folder of the mark: `MOVING` or `MOVED`, and the names of the folders of the earlier data."""
MOVING, MOVED = "moving", "moved"
BUSY_S = 1.0
PG_RESTORE = (
    *("pg_restore", "--clean", "--if-exists", "--no-owner"),
    *("--exit-on-error", "--single-transaction"),
)
DATABASES = tuple(database_files.file_name(name) for name in database_files.NAMES)


class Restorable(NamedTuple):
    """A checked backup. `made_at` in ms; `lost_until` (ms) is when the present data last received
    something, 0 if unknown."""

    folder: Path
    made_at: int
    lost_until: int
    files: tuple[str, ...]


def check_backup(settings: Settings, folder: Path) -> Restorable:
    """Checks that `folder` is one whole backup for this program and that nothing runs here. Raises
    SettingsError with a sentence."""
    listed = manifest.read(folder)
    if listed is None:
        raise SettingsError(translated("%(dir)s 不是备份：里面没有 %(file)s", dir=folder, file=manifest.NAME))
    faults = manifest.faults(folder, listed)
    if faults:
        why = "、".join(f"{name}（{fault}）" for name, fault in faults.items())
        text = translated("这份备份不完整，不能用：%(why)s。请换一份，几份备份的文件不能混着用", why=why)
        raise SettingsError(text)
    newer = [name for name, number in listed.schemas.items() if number > schema.head(name)]
    if newer:
        raise SettingsError(translated("%(dir)s 是更新的库棚通备份的。请先更新这个程序", dir=folder))
    if (settings.database_url == SQLITE) == (DUMP in listed.files):
        raise SettingsError(translated("这份备份和 COLDSHED_DATABASE_URL 不是一种数据库。请先改设置，再恢复"))
    refuse_running(settings)
    return Restorable(folder, listed.made_at, _last_received(settings), tuple(listed.files))


def loss(settings: Settings, backup: Restorable) -> str:
    """What restoring loses, as a sentence."""
    words = Localizer(as_lang(settings.lang))
    made = (
        f"{words.iso_day(backup.made_at, settings.timezone)} {words.clock(backup.made_at, settings.timezone)}"
    )
    if backup.lost_until <= backup.made_at:
        return translated("备份是%(made)s的", made=made)
    lost = words.long(backup.lost_until - backup.made_at)
    return translated(
        "备份是%(made)s的。那以后%(lost)s里记的（读数、出入库、报警）会没有", made=made, lost=lost
    )


def restore(settings: Settings, backup: Restorable, now: int) -> list[Path]:
    """Replaces the data. Returns the folders of the earlier data, none if there were none. If it is killed,
    repeat it: until it ends, no service starts."""
    folder = data_dir(settings)
    names = [name for name in backup.files if name.endswith(".db") or name.split("/")[0] in RULES]
    mark = folder / RESTORING
    mark.mkdir(exist_ok=True)
    sync(folder)
    for name in names:
        (mark / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(backup.folder / name, mark / name)
        sync(mark / name)
    aside = _move_aside(settings, mark, now)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (mark / name).rename(folder / name)
    if settings.database_url != SQLITE:
        run_postgres_tool(settings.database_url, *PG_RESTORE, str(backup.folder / DUMP))
    sync(folder)
    _begin_epoch(settings, now)
    shutil.rmtree(mark)
    sync(folder)
    return aside


def _move_aside(settings: Settings, mark: Path, now: int) -> list[Path]:
    """Moves the present files into a folder of the data folder. Returns the folders of the earlier data: an
    interrupted restore may have moved them, or some. What is present after it moved all is half a backup,
    and is kept too, but is not the earlier data."""
    folder, note = settings.data_dir, mark / ASIDE_NOTE
    state, *names = note.read_text().split() if note.exists() else [MOVING]
    present = [folder / name for name in (*DATABASES, *RULES) if database_files.exists(folder / name)]
    if present:
        aside = folder / f"{ASIDE}{moment_in_name(settings, now)}"
        aside.mkdir()
        if state == MOVING:
            names.append(aside.name)
            _write_note(note, [MOVING, *names])
        for path in present:
            database_files.move(path, aside / path.name)
    _write_note(note, [MOVED, *names])
    return [folder / name for name in names if (folder / name).exists()]


def _write_note(note: Path, words: list[str]) -> None:
    unfinished = note.with_suffix(".unfinished")
    unfinished.write_text(" ".join(words))
    sync(unfinished)
    unfinished.rename(note)
    sync(note.parent)


def refuse_running(settings: Settings) -> None:
    """Raises SettingsError while services run: they would go on writing what was copied already."""
    services = read_progress(settings.data_dir).values()
    if (
        any(map(runs_still, services))
        or _is_led(settings)
        or any(_is_open_elsewhere(settings.data_dir / name) for name in DATABASES)
    ):
        raise SettingsError(translated("库棚通还开着。请先停下它"))


def _is_open_elsewhere(file: Path) -> bool:
    """Whether another process has a database open. A damaged file cannot be asked, and is replaced."""
    if not file.exists():
        return False
    database = sqlite3.connect(file, timeout=BUSY_S)
    try:
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
        database.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    except sqlite3.DatabaseError:
        return False
    finally:
        database.close()
    return False


def _is_led(settings: Settings) -> bool:
    """Whether a listener holds the lease of a journal in PostgreSQL."""
    if settings.database_url == SQLITE:
        return False
    dbs = open_databases(settings)
    try:
        with dbs.journal.read() as tx:
            return leases.is_held(tx, LISTENER, now_ms())
    except StoreError:
        return False
    finally:
        dbs.close()


def _last_received(settings: Settings) -> int:
    dbs = open_databases(settings)
    try:
        with dbs.journal.read() as tx:
            return journal.last_received_at(tx)
    except StoreError:
        return 0
    finally:
        dbs.close()


def _begin_epoch(settings: Settings, now: int) -> None:
    """Rows after the backup are gone: browsers, and copies of later files, must not take new rows for
    them. A backup of an earlier version is migrated first, because the next start begins no epoch."""
    dbs = open_databases(settings)
    try:
        migrate_databases(dbs)
        if schema.shape(dbs) == schema.SchemaState.READY:
            reconcile(dbs, now)
            with dbs.journal.write() as tx:
                epochs.begin(tx, journal.last_seq(tx), now)
            reconcile(dbs, now)
    finally:
        dbs.close()
