"""Clocks of devices that are hours off, for who can set them."""

from sqlalchemy import Connection

from store.devices.clock_offsets import device_clocks
from web.base.localizer import Localizer


def off(off_ms: int, words: Localizer) -> str:
    """`时钟差8小时（慢），已改正`."""
    long = words.long(abs(off_ms))
    if off_ms > 0:
        return words("时钟差%(long)s（慢），数已按对的时间记", long=long)
    return words("时钟差%(long)s（快），数已按对的时间记", long=long)


def of_devices(tx: Connection, words: Localizer) -> dict[str, str]:
    """Device -> what its clock is like, of those that are wrong."""
    return {clock.device: off(clock.off, words) for clock in device_clocks(tx)}


def sentence(tx: Connection, words: Localizer) -> str:
    """One for all of them; nothing where every clock is right."""
    found = device_clocks(tx)
    if not found:
        return ""
    first = words("%(device)s的%(what)s", device=found[0].device, what=off(found[0].off, words))
    return first if len(found) == 1 else words("%(n)s个设备的时钟不对，%(first)s", n=len(found), first=first)
