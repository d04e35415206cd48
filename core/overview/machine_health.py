"""Health of the machine's disk, clock and listener, shared by the doctor, `/healthz` and the pre-opening
check. Times and ages are ms."""

from enum import StrEnum

from core.overview.box_health import DISK_FULL_FREE, DISK_LOW_FREE
from core.overview.check_results import CheckResult, CheckVerdict
from core.times import MINUTE_MS

CLOCK_BEHIND_MS = MINUTE_MS
LISTENER_MISSING_MS = 30_000
"""A listener writes a heartbeat every 5 s; without one for this long it counts as dead."""


class ReceivingFault(StrEnum):
    """Why no readings can arrive; the `reason` of `/healthz`."""

    LISTENER_SILENT = "listener-silent"
    BROKER_NOT_CONNECTED = "broker-not-connected"
    CLOCK_BEHIND = "clock-behind"
    CLOCK_AHEAD = "clock-ahead"


def disk(free: int, total: int) -> CheckResult:
    """`free` and `total` in bytes. A disk of size 0 counts as full."""
    share = free / total if total else 0.0
    facts = {"percent": round(share * 100), "gb": f"{free / 1e9:.1f}"}
    if share <= DISK_FULL_FREE:
        return CheckResult("disk_low", CheckVerdict.BAD, facts)
    if share <= DISK_LOW_FREE:
        return CheckResult("disk_low", CheckVerdict.LOOK, facts)
    return CheckResult("disk_fine", CheckVerdict.OK, facts)


def is_clock_behind(behind: int) -> bool:
    """`behind`: how far (ms) the machine's clock is behind the latest journal row or the devices' clocks."""
    return behind > CLOCK_BEHIND_MS


def own_clock(behind: int, *, ahead: int = 0, synchronized: bool | None = None) -> CheckResult:
    """`ahead`: how far (ms) the clock is ahead of the devices' clocks, 0 if it is not. `synchronized`:
    whether NTP has synchronized the clock; None if unknown."""
    if ahead:
        return CheckResult("own_clock_ahead", CheckVerdict.BAD, {"minutes": ahead // MINUTE_MS})
    if is_clock_behind(behind):
        return CheckResult("own_clock", CheckVerdict.BAD, {"minutes": behind // MINUTE_MS})
    if synchronized is None:
        return CheckResult("own_clock_unverified", CheckVerdict.OK)
    if not synchronized:
        return CheckResult("own_clock_unsynchronized", CheckVerdict.LOOK)
    return CheckResult("own_clock_right", CheckVerdict.OK)


def listener_fault(
    heartbeat_age: int | None, *, connected: bool, missing: int = LISTENER_MISSING_MS
) -> ReceivingFault | None:
    """`heartbeat_age`: None if there was no heartbeat. `missing`: the age from which the listener counts
    as dead."""
    if heartbeat_age is None or heartbeat_age > missing:
        return ReceivingFault.LISTENER_SILENT
    return None if connected else ReceivingFault.BROKER_NOT_CONNECTED


def receiving_fault(
    heartbeat_age: int | None,
    clock_behind: int,
    *,
    connected: bool,
    missing: int = LISTENER_MISSING_MS,
    clock_ahead: int = 0,
) -> ReceivingFault | None:
    """The most urgent reason. A wrong clock comes before the broker, because it makes ages meaningless."""
    fault = listener_fault(heartbeat_age, connected=connected, missing=missing)
    if fault != ReceivingFault.LISTENER_SILENT and is_clock_behind(clock_behind):
        return ReceivingFault.CLOCK_BEHIND
    if fault != ReceivingFault.LISTENER_SILENT and clock_ahead:
        return ReceivingFault.CLOCK_AHEAD
    return fault


def listener(
    heartbeat_age: int | None, *, connected: bool, missing: int = LISTENER_MISSING_MS
) -> CheckResult:
    """The listener only; the clock has its own result."""
    fault = listener_fault(heartbeat_age, connected=connected, missing=missing)
    return (
        CheckResult("broker_fine", CheckVerdict.OK) if fault is None else CheckResult(fault, CheckVerdict.BAD)
    )
