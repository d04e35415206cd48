"""The three databases' names, and their files: the database, and beside it its log and the log's index."""

from pathlib import Path

NAMES = ("records", "history", "journal")
"""In the order of a backup: records and history remember how far they have read the journal, which must not
be older than they."""
MOVABLE = ("records", "journal")
"""Those that may be in PostgreSQL."""

SUFFIXES = ("-shm", "-wal", "")
"""The database last: without it, what is left of an interrupted move is no database."""


def file_name(name: str) -> str:
    return f"{name}.db"


def size(file: Path) -> int:
    """How many bytes a copy takes at most; 0 without a file."""
    parts = [file.with_name(file.name + suffix) for suffix in SUFFIXES if not suffix.endswith("shm")]
    return sum(part.stat().st_size for part in parts if part.exists())


def exists(file: Path) -> bool:
    """Whether any of them is there."""
    return any(file.with_name(file.name + suffix).exists() for suffix in SUFFIXES)


def move(file: Path, target: Path) -> None:
    """Renames those that exist. Nobody may have the database open."""
    for suffix in SUFFIXES:
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))
