"""Opens the data folder, its databases and the history store, as configured."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coldshed.messages import translated
from coldshed.settings import SQLITE, Settings
from coldshed.settings_loader import shown
from core.errors import SettingsError
from store import schema
from store.clock import now_ms
from store.damaged_history import set_aside
from store.database import DamagedDatabase, Databases
from store.history import History

if TYPE_CHECKING:
    from store.read_only import ReadOnlyDatabases

WATCHING = ("journal", "records")
"""The databases without which no room is watched. Without the history there are no curves."""
RESTORING = "restoring"
"""A folder that exists only while `coldshed restore` replaces the files."""
DEMO_WANTED = "demo.wanted"
"""A file with which the page tells `coldshed up` to run the demo's backfill and simulator."""


def data_dir(settings: Settings) -> Path:
    """The data folder, created if missing. Raises SettingsError."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = translated(
            "COLDSHED_DATA_DIR：%(dir)s 建不了（%(error)s）", dir=settings.data_dir, error=error
        )
        raise SettingsError(text) from error
    return settings.data_dir


def moment_in_name(settings: Settings, now: int) -> str:
    """`2026-11-28-030000`, for names of files and folders that are read by people."""
    return f"{datetime.fromtimestamp(now / 1000, ZoneInfo(settings.timezone)):%Y-%m-%d-%H%M%S}"


def refuse_unfinished_restore(settings: Settings) -> None:
    """Raises SettingsError if a restore was interrupted: the files may be of two moments."""
    if (settings.data_dir / RESTORING).exists():
        raise SettingsError(translated("上次恢复备份没做完。请再做一遍：coldshed restore <备份文件夹>"))


def open_databases(settings: Settings) -> Databases:
    """Opens the databases without checking their schema and without connecting. Raises SettingsError if
    the driver is missing."""
    with _driver_needed():
        return Databases(settings.data_dir, settings.database_url)


def read_only_databases(settings: Settings) -> "ReadOnlyDatabases":
    """The databases for somebody who changes nothing, not even a file beside them. Raises SettingsError if
    the driver is missing."""
    from store.read_only import ReadOnlyDatabases

    with _driver_needed():
        return ReadOnlyDatabases(settings.data_dir, settings.database_url)


@contextmanager
def _driver_needed() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        text = translated("COLDSHED_DATABASE_URL 是 PostgreSQL，还缺一个软件包。请先运行：make postgres")
        raise SettingsError(text) from error


@contextmanager
def databases(settings: Settings, *names: str) -> Iterator[Databases]:
    """The databases. Those named, or all, have this version's schema; a service names what it cannot work
    without. Raises SettingsError if they have another one or are damaged."""
    refuse_unfinished_restore(settings)
    dbs = open_databases(settings)
    try:
        try:
            state = schema.shape(dbs, *names)
        except DamagedDatabase as error:
            raise SettingsError(damaged(settings, error)) from error
        if state != schema.SchemaState.READY:
            raise SettingsError(_not_ready(settings, state))
        yield dbs
    finally:
        dbs.close()


def ready_history(settings: Settings, dbs: Databases) -> None:
    """Lets the recorder write: a damaged `history.db` is set aside. Raises SettingsError if it has another
    version's schema."""
    try:
        state = schema.shape(dbs, "history")
    except DamagedDatabase as error:
        set_aside(dbs, error, now_ms())
        state = schema.SchemaState.READY
    if state != schema.SchemaState.READY:
        raise SettingsError(_not_ready(settings, state))


def damaged(settings: Settings, error: DamagedDatabase) -> str:
    """What a person can do about a damaged file."""
    return translated(
        "%(file)s 坏了（%(why)s）。请停下库棚通，用最近的备份恢复：coldshed restore <备份文件夹>",
        file=settings.data_dir / error.name,
        why=error,
    )


def _not_ready(settings: Settings, state: schema.SchemaState) -> str:
    own = settings.database_url == SQLITE
    where = settings.data_dir if own else shown("database_url", settings.database_url)
    if state == schema.SchemaState.NEWER:
        return translated(
            "%(dir)s 里的数据是更新的库棚通写的。请更新这个程序，或者用回以前的备份。", dir=where
        )
    return translated("%(dir)s 里的数据库还没建好或者太旧。请先运行：coldshed migrate", dir=where)


def history(settings: Settings, dbs: Databases) -> History:
    """The history store. Raises StoreError only when it is used."""
    from store.history.choose import open_history
    from store.history.influx_retention import InfluxRetention

    keeping = InfluxRetention(settings.keep_raw_days, settings.keep_5m_days, settings.keep_1h_days)
    return open_history(dbs, settings.history_url, settings.history_token or "", keeping)
