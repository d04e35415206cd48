"""`coldshed move`: people, stock and alerts from SQLite to PostgreSQL, or back."""

import shutil
from typing import Annotated

import msgspec
import typer

from coldshed.refusing import exit_on_refusal
from coldshed.settings import SQLITE, Settings
from core.errors import SettingsError
from store import database_files

FILES = tuple(database_files.file_name(name) for name in database_files.MOVABLE)
UNFINISHED = "moving"
MOVED = ".moved-"


def move(
    to: Annotated[str, typer.Argument(help="postgresql://user:password@host:5432/database, or sqlite")],
) -> None:
    """Moves everything from the database in COLDSHED_DATABASE_URL to another one, and compares every row.
    Stop Coldshed first."""
    with exit_on_refusal():
        from coldshed.messages import translated
        from coldshed.settings_loader import load
        from store.clock import now_ms

        settings = load().settings
        rows = move_databases(settings, to, now_ms())
        print(
            translated("搬好了，每一行都对过：%(n)s行。请把 COLDSHED_DATABASE_URL 改成新的，再启动", n=rows)
        )


def move_databases(settings: Settings, to: str, now: int) -> int:
    """Returns the number of rows. SQLite files that were moved get another name, so that nobody starts
    with them by mistake. Raises SettingsError or StoreError; then nothing has changed. If it is killed,
    repeat it."""
    from coldshed.messages import translated
    from coldshed.restore import refuse_running

    if (to == SQLITE) == (settings.database_url == SQLITE):
        raise SettingsError(translated("只能从 sqlite 搬到 PostgreSQL，或者搬回来；现在已经是这一种了"))
    refuse_running(settings)
    if to == SQLITE:
        return _to_sqlite(settings, now)
    _put_back(settings)
    rows = _copy(settings, msgspec.structs.replace(settings, database_url=to))
    _set_aside(settings, now)
    return rows


def _copy(source: Settings, target: Settings) -> int:
    from coldshed.data import WATCHING, databases, open_databases
    from coldshed.messages import translated
    from coldshed.progress import Progress
    from store.backup import move

    with databases(source, *WATCHING) as sent:
        arrived = open_databases(target)
        try:
            return move.move(sent, arrived, Progress(translated("搬数据")))
        finally:
            arrived.close()


def _to_sqlite(settings: Settings, now: int) -> int:
    """Copies into a folder of its own, so that a kill leaves no half file where `coldshed up` looks. If that
    folder is there already, a move was killed while it put its files in place."""
    from coldshed.messages import translated
    from store.backup.snapshot import sync

    folder = settings.data_dir
    unfinished = folder / UNFINISHED
    if unfinished.exists():
        shutil.rmtree(unfinished)
        _set_aside(settings, now)
    if any(database_files.exists(folder / file) for file in FILES):
        text = "%(dir)s 里已经有 %(files)s。请先改名或者挪走，再搬"
        raise SettingsError(translated(text, dir=folder, files="、".join(FILES)))
    unfinished.mkdir()
    rows = _copy(settings, msgspec.structs.replace(settings, data_dir=unfinished, database_url=SQLITE))
    for file in reversed(FILES):  # without records.db nothing starts
        database_files.move(unfinished / file, folder / file)
    sync(folder)
    shutil.rmtree(unfinished)
    return rows


def _set_aside(settings: Settings, now: int) -> None:
    from coldshed.data import moment_in_name

    for name in FILES:
        file = settings.data_dir / name
        database_files.move(file, file.with_name(f"{name}{MOVED}{moment_in_name(settings, now)}"))


def _put_back(settings: Settings) -> None:
    """After a move that was killed between the new names of its two files: both have their old name again."""
    records, journal = (settings.data_dir / name for name in FILES)
    if records.exists() or not journal.exists():
        return
    moved = sorted(settings.data_dir.glob(f"{records.name}{MOVED}*[0-9]"))
    if moved:
        database_files.move(moved[-1], records)
