"""Sentences about devices whose clock is wrong by hours, or whose readings arrive late."""

from sqlalchemy import Connection

from store.devices.clock_offsets import clock_offsets
from store.devices.late_arrivals import late_arrivals
from store.devices.usual_ages import usual_ages
from web.base.localizer import Localizer


def offset_text(off_ms: int, words: Localizer) -> str:
    """`时钟差8小时（慢），数已按对的时间记`. `off_ms` > 0: the clock is slow."""
    long = words.long(abs(off_ms))
    if off_ms > 0:
        return words("时钟差%(long)s（慢），数已按对的时间记", long=long)
    return words("时钟差%(long)s（快），数已按对的时间记", long=long)


def texts_by_device(tx: Connection, words: Localizer) -> dict[str, str]:
    """Device id -> sentence; only devices whose clock is wrong or whose readings come late."""
    late = {device: too_late_text(age, words) for device, age in late_arrivals(tx).items()}
    late |= {row.device: lateness_text(row.age, words) for row in usual_ages(tx)}
    return late | {clock.device: offset_text(clock.off, words) for clock in clock_offsets(tx)}


def lateness_text(age_ms: int, words: Localizer) -> str:
    return words("数总是晚%(long)s到（时钟慢或上传慢），照样看着", long=words.long(age_ms))


def too_late_text(age_ms: int, words: Localizer) -> str:
    """Of a device whose lateness follows no rule, or is too great to tell of now."""
    return words("数晚了%(long)s才到，不算现在的：查它的时钟和网", long=words.long(age_ms))


def summary(tx: Connection, words: Localizer) -> str:
    """One sentence about all wrong clocks; empty if every clock is right."""
    clocks = clock_offsets(tx)
    if not clocks:
        return ""
    first = words("%(device)s的%(what)s", device=clocks[0].device, what=offset_text(clocks[0].off, words))
    return (
        first if len(clocks) == 1 else words("%(n)s个设备的时钟不对，%(first)s", n=len(clocks), first=first)
    )
