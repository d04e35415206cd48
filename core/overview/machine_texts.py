"""Sentences of core.overview.machine_health: the finding, and the action for keepers (pre-opening check)
and for technicians (doctor)."""

from typing import NamedTuple

from core.overview.machine_health import ReceivingFault

CLOCKS, RECEIVING, DISK = "时钟", "收数情况", "磁盘"


class MachineTexts(NamedTuple):
    topic: str
    finding: str
    todo: str = ""
    technician_todo: str = ""


MACHINE_TEXTS: dict[str, MachineTexts] = {
    "disk_fine": MachineTexts(DISK, "磁盘还空%(percent)d%%（%(gb)sGB）"),
    "disk_low": MachineTexts(
        DISK,
        "磁盘只剩%(percent)d%%（%(gb)sGB）",
        "清理磁盘或换大的",
        "请删掉不要的文件，把COLDSHED_KEEP_RAW_DAYS改小，或者换大的盘",
    ),
    "own_clock": MachineTexts(
        CLOCKS,
        "这台机器的钟慢了",
        "联网对时，或手工把时间设对",
        "比存下的数慢%(minutes)s分钟。请对时：timedatectl set-ntp true；没有网就用 date 设",
    ),
    "own_clock_ahead": MachineTexts(
        CLOCKS,
        "这台机器的钟快了",
        "联网对时，或手工把时间设对",
        "比设备的钟快%(minutes)s分钟。请对时：timedatectl set-ntp true；没有网就用 date 设",
    ),
    "own_clock_unsynchronized": MachineTexts(
        CLOCKS,
        "没有和时间服务器对上",
        "联网对时，或手工把时间设对",
        "请连一次网，或者 timedatectl set-ntp true",
    ),
    "own_clock_unverified": MachineTexts(CLOCKS, "走得对不对没处查，看着没毛病"),
    "own_clock_right": MachineTexts(CLOCKS, "和时间服务器对上了"),
    "broker_fine": MachineTexts(RECEIVING, "收数正常"),
    "listener-silent": MachineTexts(
        RECEIVING,
        "收数的程序没动静",
        "重启这台机器，不行找技术员",
        "请看它开着没有：coldshed up，或者 systemctl status coldshed",
    ),
    "broker-not-connected": MachineTexts(
        RECEIVING, "收数的程序连不上消息服务器", "看消息服务器和网", "请看“消息服务器”那一行"
    ),
}
RECEIVING_FAULT_TEXTS: dict[ReceivingFault, str] = {
    ReceivingFault.LISTENER_SILENT: "收数的程序没动静了。请看它还开着没有",
    ReceivingFault.BROKER_NOT_CONNECTED: "收数的程序连不上消息服务器。请看服务器和网",
    ReceivingFault.CLOCK_BEHIND: "本机时钟不准：比存下的数慢了%(long)s。请对时",
    ReceivingFault.CLOCK_AHEAD: "本机时钟不准：比设备的钟快了%(long)s。库房照样看着。请对时",
}
"""The board's one line, with a hint that holds without the doctor's other lines."""
