"""When this data folder was last backed up. A file of its own, because a restored database does not know."""

from pathlib import Path

import msgspec

NAME = "last-backup.json"


class LastBackup(msgspec.Struct, frozen=True):
    """`at` in ms."""

    at: int
    folder: str


def last_backup(data_dir: Path) -> LastBackup | None:
    """None if there was none. It does not say whether the backup still exists."""
    try:
        return msgspec.json.decode((data_dir / NAME).read_bytes(), type=LastBackup)
    except (OSError, msgspec.MsgspecError):
        return None


def note_backup(data_dir: Path, last: LastBackup) -> None:
    unfinished = data_dir / f"{NAME}.unfinished"
    unfinished.write_bytes(msgspec.json.encode(last))
    unfinished.rename(data_dir / NAME)
