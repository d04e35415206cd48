"""Reads what core.overview.box_health judges: the disk, the memory, the backups, the number of devices."""

import os
from pathlib import Path

from sqlalchemy import Connection

from core.overview.box_health import BoxFigures
from store.backup.last_backup import last_backup
from store.database import Databases
from store.devices import devices
from store.people import federation

MEMORY = Path("/proc/meminfo")


def box_figures(dbs: Databases) -> BoxFigures:
    """Raises StoreError or OSError."""
    disk = disk_figures(dbs.data_dir)
    memory_free, memory_total = _memory()
    last = last_backup(dbs.data_dir)
    with dbs.journal.read() as tx:
        logins = devices.uses_by_login(tx)
    with dbs.records.read() as tx:
        since = _since(tx)
    return disk._replace(
        memory_free=memory_free,
        memory_total=memory_total,
        logins=logins,
        backup_at=None if last is None else last.at,
        since=since,
        backup_gone="" if last is None or not _is_gone(last.folder) else last.folder,
    )


def disk_figures(data_dir: Path) -> BoxFigures:
    """Only what is known without the databases. Raises OSError."""
    disk = os.statvfs(data_dir)
    return BoxFigures(
        disk_free=disk.f_bavail * disk.f_frsize,
        disk_total=disk.f_blocks * disk.f_frsize,
        is_read_only=bool(disk.f_flag & os.ST_RDONLY),
        inodes_free=disk.f_favail,
        inodes_total=disk.f_files,
        memory_free=0,
        memory_total=0,
        logins={},
        backup_at=None,
        since=None,
    )


def _is_gone(folder: str) -> bool:
    """A folder that this process may not see, such as a home, is not gone."""
    try:
        os.stat(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _since(tx: Connection) -> int | None:
    existing = federation.federation(tx)
    return None if existing is None or existing.demo else existing.created_at


def _memory() -> tuple[int, int]:
    """(free, total) in bytes; (0, 0) where the kernel does not say."""
    try:
        lines = MEMORY.read_text().splitlines()
    except OSError:
        return 0, 0
    values = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return values.get("MemAvailable", 0), values.get("MemTotal", 0)
