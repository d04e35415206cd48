"""Whether a disk has room for a copy of databases."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from coldshed.messages import translated
from core.errors import SettingsError
from store import database_files


def refuse_small_disk(folder: Path, files: Iterable[Path], sentence: str) -> None:
    """Raises SettingsError with `sentence` (its facts: `dir`, `free` and `needed` MB), or OSError if the
    folder's disk cannot be asked."""
    free, needed = shutil.disk_usage(folder).free, sum(database_files.size(file) for file in files)
    if free < needed:
        raise SettingsError(translated(sentence, dir=folder, free=free >> 20, needed=needed >> 20))
