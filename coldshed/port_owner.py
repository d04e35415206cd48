"""Which process of this machine listens on a port, as Linux tells it (proc(5))."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"


def port_owner(port: int) -> str | None:
    """`nginx (1234)`; "" if somebody listens who cannot be seen (another user's process, without root); None
    if nobody does."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    if not sockets:
        return None
    for process in PROC.glob("[0-9]*"):
        if any(_target(link) in sockets for link in _links(process / "fd")):
            name = ""
            with suppress(OSError):
                name = (process / "comm").read_text().strip()
            return f"{name} ({process.name})".strip()
    return ""


def _listening(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _links(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
