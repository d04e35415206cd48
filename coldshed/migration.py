"""Brings the databases to this version's schema, and refuses what only a person can decide."""

import shutil

from coldshed.data import WATCHING, damaged, data_dir, open_databases, refuse_unfinished_restore
from coldshed.disk_room import refuse_small_disk
from coldshed.messages import translated
from coldshed.progress import Progress
from coldshed.settings import SQLITE, Settings
from core.errors import SettingsError, StoreError
from core.overview import doctor_texts
from core.phrases import N_
from store import schema
from store.backup.snapshot import copy_database, sync
from store.clock import now_ms
from store.damaged_history import set_aside
from store.database import DamagedDatabase, Databases
from store.devices import devices
from store.foreign_files import StoreFile, foreign_file
from store.schema import SchemaState

COPY = "before-update"
UNFINISHED = "unfinished"
"""A file in that folder until every database is migrated."""


def migrate(settings: Settings, *, new_federation: bool = False, copy: bool = True) -> None:
    """Migrates the databases, after a copy of those that change into the folder `before-update`.

    A damaged history, or one of another house, is set aside. Raises SettingsError for such a journal or
    such records, for lost records beside a journal in use unless `new_federation`, and if the disk has no
    room for the copy unless `copy` is false.
    """
    data_dir(settings)
    refuse_unfinished_restore(settings)
    dbs = open_databases(settings)
    try:
        _refuse_lost_version(settings, dbs)  # first: without it, records that are there look lost
        if not new_federation:
            _refuse_lost_records(settings, dbs)
        if copy:
            _copy_before(settings, dbs)
        migrate_databases(dbs)
        if schema.shape(dbs) == SchemaState.READY:
            (settings.data_dir / COPY / UNFINISHED).unlink(missing_ok=True)
        _refuse_foreign_files(settings, dbs)
    except DamagedDatabase as error:
        raise SettingsError(damaged(settings, error)) from error
    finally:
        dbs.close()


def migrate_databases(dbs: Databases) -> None:
    """Migrates without a copy. Raises SettingsError if that fails, and DamagedDatabase."""
    progress = Progress(translated("整理数据库"))
    try:
        if schema.shape(dbs, *WATCHING) == SchemaState.OLDER:
            schema.migrate(dbs, *WATCHING, progress=progress)
    except DamagedDatabase:
        raise
    except StoreError as error:
        text = "数据库整理不了（%(why)s），里面的数没有动。请用最近的备份恢复：coldshed restore <备份文件夹>"
        raise SettingsError(translated(text, why=error)) from error
    if schema.shape(dbs, *WATCHING) != SchemaState.READY:
        return  # of a newer program
    try:
        if schema.shape(dbs, "history") == SchemaState.OLDER:
            schema.migrate(dbs, "history", progress=progress)
    except DamagedDatabase as error:
        set_aside(dbs, error, now_ms())


def _refuse_lost_records(settings: Settings, dbs: Databases) -> None:
    """Without records the page would offer an empty federation to whoever opens it first."""
    if schema.is_empty(dbs.journal) or not schema.is_empty(dbs.records):
        return
    with dbs.journal.read() as tx:
        device_count = devices.count(tx)
    if device_count:
        text = translated(
            "%(file)s 没有了：人、库房、存货都在里面，收数的文件里却有%(n)s个设备。"
            "请用最近的备份恢复：coldshed restore <备份文件夹>。"
            "真要从头开始：coldshed migrate --new-federation",
            file=settings.data_dir / "records.db",
            n=device_count,
        )
        raise SettingsError(text)


def _refuse_foreign_files(settings: Settings, dbs: Databases) -> None:
    """Names a file of another house, which would stop a service later or show wrong rooms."""
    if schema.shape(dbs) != SchemaState.READY:
        return
    foreign = foreign_file(dbs)
    if foreign is None:
        return
    if foreign.file == StoreFile.HISTORY:
        set_aside(dbs, DamagedDatabase(foreign.file, foreign.why), now_ms())
        return
    file = settings.data_dir / foreign.file
    raise SettingsError(translated(doctor_texts.FOREIGN, file=file, why=foreign.why))


def _refuse_lost_version(settings: Settings, dbs: Databases) -> None:
    """Migrations that began again from the first would fail at a table that exists."""
    for name in WATCHING:
        if schema.has_lost_version(getattr(dbs, name), name):
            text = translated(
                "%(file)s 里写着版本的那一行没有了。请用最近的备份恢复：coldshed restore <备份文件夹>",
                file=settings.data_dir / f"{name}.db" if settings.database_url == SQLITE else name,
            )
            raise SettingsError(text)


def _copy_before(settings: Settings, dbs: Databases) -> None:
    """An update cannot be undone. The copy of the last one is kept. PostgreSQL's own is its operator's.

    An update that was killed goes on: the copies of databases that it has migrated stay."""
    names = ["history"] if settings.database_url != SQLITE else list(schema.METADATA)
    files = [settings.data_dir / f"{name}.db" for name in names if _is_older(dbs, name)]
    if not files:
        return
    target = settings.data_dir / COPY
    if not (target / UNFINISHED).exists():
        shutil.rmtree(target, ignore_errors=True)
    for file in files:
        (target / file.name).unlink(missing_ok=True)
    refuse_small_disk(
        settings.data_dir,
        files,
        N_(
            "更新前要先留一份数据，盘上只剩%(free)s MB，要%(needed)s MB。"
            "请腾出地方；已经备份过的，可以：coldshed migrate --no-copy"
        ),
    )
    target.mkdir(exist_ok=True)
    (target / UNFINISHED).touch()
    for file in files:
        copy_database(
            file, target / file.name, Progress(translated("更新前先留一份：%(file)s", file=file.name))
        )
    sync(target)


def _is_older(dbs: Databases, name: str) -> bool:
    try:
        is_empty = schema.is_empty(getattr(dbs, name))
        return not is_empty and schema.shape(dbs, name) == SchemaState.OLDER
    except DamagedDatabase:
        if name in WATCHING:
            raise
        return False  # it will be set aside
