"""`coldshed move`: people, stock and alerts from SQLite to PostgreSQL, or back."""

from typing import Annotated

import msgspec
import typer

from coldshed.refusing import exit_on_refusal
from coldshed.settings import SQLITE, Settings
from core.errors import SettingsError


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
    with them by mistake. Raises SettingsError or StoreError; then nothing has changed."""
    from coldshed.data import WATCHING, databases, open_databases
    from coldshed.messages import translated
    from coldshed.progress import Progress
    from coldshed.restore import refuse_running
    from store.backup import move

    if (to == SQLITE) == (settings.database_url == SQLITE):
        raise SettingsError(translated("只能从 sqlite 搬到 PostgreSQL，或者搬回来；现在已经是这一种了"))
    refuse_running(settings)
    with databases(settings, *WATCHING) as source:
        target = open_databases(msgspec.structs.replace(settings, database_url=to))
        try:
            rows = move.move(source, target, Progress(translated("搬数据")))
        finally:
            target.close()
    if settings.database_url == SQLITE:
        _rename_moved(settings, now)
    return rows


def _rename_moved(settings: Settings, now: int) -> None:
    from coldshed.data import moment_in_name
    from store import database_files

    for name in ("records.db", "journal.db"):
        file = settings.data_dir / name
        database_files.move(file, file.with_name(f"{name}.moved-{moment_in_name(settings, now)}"))
