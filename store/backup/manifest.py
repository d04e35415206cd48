"""The list of a backup's files. A folder is a backup once it holds this list."""

from pathlib import Path

import msgspec

from core.errors import StoreError
from store.backup.snapshot import checksum, damage_of

NAME = "backup.json"


class BackupFile(msgspec.Struct, frozen=True):
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`made_at` (ms): the moment that every file holds at least. `schemas`: database -> version of its
    tables."""

    made_at: int
    program: str
    schemas: dict[str, str]
    files: dict[str, BackupFile]


def write(folder: Path, manifest: Manifest) -> None:
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def describe(file: Path) -> BackupFile:
    return BackupFile(file.stat().st_size, checksum(file))


def read(folder: Path) -> Manifest | None:
    """None if the folder holds no list. Raises StoreError if the list cannot be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(f"{folder / NAME}: {error}") from error


def faults(folder: Path, manifest: Manifest) -> dict[str, str]:
    """File -> what is wrong with it: missing, not the one of this backup, or damaged. Empty if all is
    well."""
    faults_by_file = {}
    for name, wanted in manifest.files.items():
        file = folder / name
        if not file.is_file():
            faults_by_file[name] = "missing"
        elif file.stat().st_size != wanted.size or checksum(file) != wanted.sha256:
            faults_by_file[name] = "not the file of this backup"
        elif name.endswith(".db") and (damage := damage_of(file)):
            faults_by_file[name] = damage
    return faults_by_file
