"""The folders that services write to: room, inodes, and whether a file can be written and synced there."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from coldshed import broker_credentials
from coldshed.data import RESTORING
from coldshed.doctor.inspection import Inspection
from coldshed.settings import Settings
from core.overview import doctor_texts as texts
from core.overview import machine_health
from core.overview.box_health import INODES, READ_ONLY, has_few_inodes
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding, machine_finding
from core.overview.machine_texts import DISK
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS

NAMELESS = getattr(os, "O_TMPFILE", os.O_DIRECTORY)
"""Opens a file without a name; fails where the system has none."""
PROBE = b"coldshed doctor\n" * 256
"""One block, so that a full disk shows."""


def check_folders(inspection: Inspection) -> list[DoctorFinding]:
    return list(_findings(inspection.settings))


def _findings(settings: Settings) -> Iterator[DoctorFinding]:
    folder = settings.data_dir
    bad = CheckVerdict.BAD
    try:
        exists = folder.is_dir()
        existing = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
        disk = os.statvfs(existing)
    except OSError as error:
        facts = {"dir": folder, "why": error.strerror}
        yield DoctorFinding(texts.FOLDER, bad, texts.FOLDER_UNREADABLE, facts)
        return
    yield machine_finding(machine_health.disk(disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize))
    if disk.f_flag & os.ST_RDONLY:
        yield DoctorFinding(DISK, bad, SYSTEM_ISSUE_TEXTS[READ_ONLY])
    if has_few_inodes(disk.f_favail, disk.f_files):
        yield DoctorFinding(DISK, bad, SYSTEM_ISSUE_TEXTS[INODES], {"why": disk.f_favail})
    if not exists:
        yield DoctorFinding(texts.FOLDER, bad, texts.NO_FOLDER, {"dir": folder})
        return
    yield from _writing(settings)
    if (folder / RESTORING).exists():
        yield DoctorFinding(texts.FOLDER, bad, texts.RESTORE_UNFINISHED)


def _writing(settings: Settings) -> Iterator[DoctorFinding]:
    writable = []
    for folder in _folders(settings):
        why = fault_of_writing(folder)
        if why:
            facts = {"dir": folder, "why": why}
            yield DoctorFinding(texts.FOLDER, CheckVerdict.BAD, texts.NOT_WRITABLE, facts)
        else:
            writable.append(str(folder))
    if writable:
        dirs = ", ".join(writable)
        yield DoctorFinding(texts.FOLDER, CheckVerdict.OK, texts.WRITABLE, {"dirs": dirs})
    if settings.backup_dir is not None and not settings.backup_dir.is_dir():
        facts = {"dir": settings.backup_dir}
        yield DoctorFinding(texts.DATA_BACKUP, CheckVerdict.BAD, texts.BACKUP_FOLDER_AWAY, facts)


def _folders(settings: Settings) -> list[Path]:
    """Those that exist; the services create what is missing, except the backups' disk."""
    logins = broker_credentials.own_folder_path(settings) if settings.mqtt_url is None else None
    wanted = (settings.data_dir, logins or settings.mqtt_logins_dir, settings.backup_dir)
    return [folder for folder in wanted if folder is not None and folder.is_dir()]


def fault_of_writing(folder: Path) -> str:
    """Writes and syncs a block in `folder`, as a file without a name where the file system has those. Nothing
    stays. Returns why it cannot be written, "" if it can."""
    try:
        try:
            handle = os.open(folder, NAMELESS | os.O_WRONLY, 0o600)
        except OSError:
            return _fault_of_named_file(folder)
        _write(handle)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _fault_of_named_file(folder: Path) -> str:
    """Also sets the folder's time back, which a new name in it has changed."""
    before = folder.stat()
    file = folder / f".doctor-{secrets.token_hex(8)}"
    try:
        _write(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    finally:
        file.unlink(missing_ok=True)
        with suppress(OSError):
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
    return ""


def _write(handle: int) -> None:
    try:
        if os.write(handle, PROBE) < len(PROBE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    finally:
        os.close(handle)
