"""`coldshed check`: looks for damage in the databases."""

from collections.abc import Iterator

from rich.console import Console

from coldshed.data import damaged
from coldshed.messages import translated
from coldshed.settings import SQLITE, Settings
from store.backup.snapshot import damage_of
from store.database import DamagedDatabase
from store.database_files import NAMES, file_name


def damages(settings: Settings) -> Iterator[str]:
    """A sentence for each damaged or missing file. PostgreSQL checks its own."""
    console = Console(stderr=True)
    for name in NAMES if settings.database_url == SQLITE else ("history",):
        file = settings.data_dir / file_name(name)
        if not file.exists():
            yield translated("没有 %(file)s", file=file)
            continue
        with console.status(translated("查%(file)s", file=file.name)):
            damage = damage_of(file, thorough=True)
        if damage:
            yield damaged(settings, DamagedDatabase(file.name, damage))
