"""Names of processes: who holds a lease or wrote a file, and whether they still run on this machine."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """This process's name: machine, process id, start time (so that a reused id is another holder)."""
    return process_name(os.getpid())


def process_name(pid: int) -> str:
    """The name of a process of this machine."""
    return f"{_machine()}:{pid}:{_started(pid)}"


def is_dead(holder: str) -> bool:
    """Whether `holder` was a process of this machine that no longer runs. False for other machines. Raises
    ValueError if `holder` is not such a name."""
    machine, pid, started = holder.rsplit(":", 2)
    return machine == _machine() and _started(int(pid)) != started


def is_gone(text: str) -> bool:
    """`is_dead` for untrusted text: anything that is not a holder's name is gone."""
    try:
        return is_dead(text)
    except ValueError:
        return True


def describe(holder: str) -> str:
    """Machine and process id, for people."""
    machine, pid, _ = holder.rsplit(":", 2)
    return f"{machine.split('/')[0]} (process {pid})"


def process_id(holder: str) -> int:
    return int(holder.rsplit(":", 2)[1])


def same_machine(holder: str) -> bool:
    return holder.rsplit(":", 2)[0] == _machine()


def same_boot(holder: str) -> bool:
    """Whether `holder` was named since this machine booted, also in another container: its monotonic clock
    is ours."""
    return holder.rsplit(":", 2)[0].rpartition("/")[2] == _machine().rpartition("/")[2]


def pid_namespace() -> str:
    """Process ids are comparable only within it; "" where the system has none."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()}/{boot}"


def _started(pid: int) -> str:
    """A process's start time in clock ticks since boot (Linux proc(5), field 22); "" if it does not run. A
    zombie does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return "" if fields[0] == "Z" else fields[19]
    except (OSError, IndexError):
        return ""
