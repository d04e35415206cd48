"""The files of one SQLite database: itself, and its write-ahead log and that log's index beside it."""

from pathlib import Path

SUFFIXES = ("-shm", "-wal", "")
"""The database last: without it, what is left of an interrupted move is no database."""


def exists(file: Path) -> bool:
    """Whether any of them is there."""
    return any(file.with_name(file.name + suffix).exists() for suffix in SUFFIXES)


def move(file: Path, target: Path) -> None:
    """Renames those that exist. Nobody may have the database open."""
    for suffix in SUFFIXES:
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(target.with_name(target.name + suffix))
