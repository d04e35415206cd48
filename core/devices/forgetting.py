"""Which devices may be forgotten: those that nobody chose and nothing in the house rests on."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import NamedTuple

from core.errors import Refused


class DeviceTie(StrEnum):
    """What binds a device to the house."""

    PLACED = "placed"
    CALIBRATED = "calibrated"
    REPLACED = "replaced"
    ALERT = "alert"
    RULE = "rule"
    NAMED = "named"
    LOGIN = "login"


TIE_TEXTS: dict[DeviceTie, str] = {
    DeviceTie.PLACED: "放在库房里，或者放过：库房的曲线要用它的数",
    DeviceTie.CALIBRATED: "校过：校验记录要用它",
    DeviceTie.REPLACED: "换过探头：库房的曲线要用它的数",
    DeviceTie.ALERT: "报过警：报警记录要用它",
    DeviceTie.RULE: "规则里写着它的名字：先改规则",
    DeviceTie.NAMED: "有人给它起了名：要忘就写它的名字",
    DeviceTie.LOGIN: "它有自己的登录：要忘就写它的名字",
}
CHOSEN = (DeviceTie.NAMED, DeviceTie.LOGIN)
"""Somebody chose the device. It is forgotten only by its exact id."""
SILENT_DAYS = 7


class KnownDevice(NamedTuple):
    """`login`: who made it (core.devices.login_shares). `heard_at`: ms, 0 if never. `series`: how many."""

    id: str
    login: str
    heard_at: int
    series: int


class DeviceSelection(NamedTuple):
    """What a person wants to forget; every condition given must hold. `like`: a pattern with `*` and `?`.
    `silent_since`: not heard since then (ms)."""

    names: frozenset[str] = frozenset()
    like: str = ""
    login: str = ""
    silent_since: int | None = None

    def checked(self) -> "DeviceSelection":
        """Refused: no condition."""
        if self == DeviceSelection():
            raise Refused("nothing_chosen", "请写要忘掉哪些设备：名字、名字的样子、登录，或者多少天没数")
        return self

    def matches(self, device: KnownDevice) -> bool:
        return (
            (not self.names or device.id in self.names)
            and (not self.like or fnmatchcase(device.id, self.like))
            and (not self.login or device.login == self.login)
            and (self.silent_since is None or device.heard_at < self.silent_since)
        )

    def keeps(self, device: KnownDevice, tie: DeviceTie) -> bool:
        """Whether the tie keeps the device from being forgotten."""
        return tie not in CHOSEN or device.id not in self.names


class ForgetPlan(NamedTuple):
    """`kept`: devices that match and stay, with the reason."""

    forget: list[KnownDevice]
    kept: list[tuple[KnownDevice, DeviceTie]]


def forget_plan(
    devices: Iterable[KnownDevice], ties: Mapping[str, DeviceTie], selection: DeviceSelection
) -> ForgetPlan:
    plan = ForgetPlan([], [])
    for device in devices:
        if selection.matches(device):
            tie = ties.get(device.id)
            if tie is not None and selection.keeps(device, tie):
                plan.kept.append((device, tie))
            else:
                plan.forget.append(device)
    return plan
