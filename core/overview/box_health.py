"""Troubles of the box itself, as system issues: its disk, its memory, its backups, its number of devices.

Shares are of the whole. Times are ms.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from core.devices.login_shares import DEVICES_AT_MOST, NEAR, LoginUse, near_share
from core.times import DAY_MS, HOUR_MS

DISK_LOW_FREE, DISK_FULL_FREE = 0.10, 0.03
"""Exactly this much already counts as too little, also for the doctor and the pre-opening check."""
INODES_FREE = 0.03
MEMORY_FREE = 0.05
BACKUP_OLD_MS = 3 * DAY_MS
BACKUP_DUE_MS = 23 * HOUR_MS
"""One backup a day, also if it is looked at a little earlier than the day before."""
FIRST_BACKUP_MS = 7 * DAY_MS

ISSUE = "box."
DISK_LOW, DISK_FULL, READ_ONLY, INODES = "box.disk_low", "box.disk_full", "box.read_only", "box.inodes"
MEMORY, DEVICES = "box.memory", "box.devices"
NO_BACKUP, BACKUP_OLD, BACKUP_GONE = "box.no_backup", "box.backup_old", "box.backup_gone"
DATABASE_AWAY = "box.database_away"
"""Never noted, because there is nowhere to note it."""
UNWRITABLE = (DISK_FULL, READ_ONLY, INODES)
"""With these a row about the trouble itself may be refused."""
LOGIN = "box.login:"
"""Followed by the login (core.devices.login_shares)."""


class BoxFigures(NamedTuple):
    """`disk_free` and `memory_free` in bytes; a total of 0 means unknown. `logins`: what each has made.
    `backup_at`: the last backup, None without any. `since`: since when there is something to back up, None
    for the demo or an empty house. `backup_gone`: the folder of the last backup, if it is not there."""

    disk_free: int
    disk_total: int
    is_read_only: bool
    inodes_free: int
    inodes_total: int
    memory_free: int
    memory_total: int
    logins: Mapping[str, LoginUse]
    backup_at: int | None
    since: int | None
    backup_gone: str = ""


class BoxTrouble(NamedTuple):
    """`name` of a system issue, and its `why`."""

    name: str
    why: str


def box_troubles(box: BoxFigures, now: int) -> list[BoxTrouble]:
    return [*_disk(box), *_memory(box), *_devices(box), *_backup(box, now)]


def has_few_inodes(free: int, total: int) -> bool:
    """Whether few files can still be created."""
    return _share(free, total) <= INODES_FREE


def is_of_the_future(backup_at: int, now: int) -> bool:
    """Then a clock was wrong, and nobody knows how old it is."""
    return backup_at > now


def is_backup_due(backup_at: int | None, now: int) -> bool:
    return backup_at is None or is_of_the_future(backup_at, now) or now - backup_at >= BACKUP_DUE_MS


def disk_troubles(box: BoxFigures, *, is_refused: bool) -> list[BoxTrouble]:
    """Troubles for which rows may be refused. `is_refused`: one was, whatever the figures say."""
    troubles = list(_disk(box))
    if is_refused and not any(trouble.name in UNWRITABLE for trouble in troubles):
        troubles.append(BoxTrouble(READ_ONLY, ""))
    return [trouble for trouble in troubles if trouble.name in UNWRITABLE]


def _disk(box: BoxFigures) -> Iterator[BoxTrouble]:
    if box.is_read_only:
        yield BoxTrouble(READ_ONLY, "")
    free = _share(box.disk_free, box.disk_total)
    why = f"{free:.0%}, {box.disk_free / 1e9:.1f} GB"
    if free <= DISK_FULL_FREE:
        yield BoxTrouble(DISK_FULL, why)
    elif free <= DISK_LOW_FREE:
        yield BoxTrouble(DISK_LOW, why)
    if has_few_inodes(box.inodes_free, box.inodes_total):
        yield BoxTrouble(INODES, str(box.inodes_free))


def _memory(box: BoxFigures) -> Iterator[BoxTrouble]:
    if _share(box.memory_free, box.memory_total) <= MEMORY_FREE:
        yield BoxTrouble(MEMORY, f"{box.memory_free / 1e6:.0f} MB")


def _devices(box: BoxFigures) -> Iterator[BoxTrouble]:
    devices = sum(use.devices for use in box.logins.values())
    if devices >= NEAR * DEVICES_AT_MOST:
        yield BoxTrouble(DEVICES, f"{devices}/{DEVICES_AT_MOST}")
    for login, use in sorted(box.logins.items()):
        share = near_share(login, use)
        if share:
            yield BoxTrouble(LOGIN + login, f"{login} {share}")


def _backup(box: BoxFigures, now: int) -> Iterator[BoxTrouble]:
    if box.since is None:
        return
    if box.backup_at is None:
        if now - box.since > FIRST_BACKUP_MS:
            yield BoxTrouble(NO_BACKUP, "")
    elif now - box.backup_at > BACKUP_OLD_MS:
        yield BoxTrouble(BACKUP_OLD, str((now - box.backup_at) // DAY_MS))
    elif box.backup_gone:
        yield BoxTrouble(BACKUP_GONE, box.backup_gone)


def _share(free: int, total: int) -> float:
    return free / total if total else 1.0
