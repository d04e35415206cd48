"""What a technician should know of the installation, one finding for each thing looked at.

Pure: from figures to a level and a sentence that says what to do. Times and ages are ms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.overview.battery_runtime import LAST_MINUTES, PowerSupply
from core.readings.readings import MINUTE_MS


class FindingLevel(StrEnum):
    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """`about` and `text` are Chinese source sentences; `facts` fill the places of `text`."""

    about: str
    level: FindingLevel
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)


DISK_LOOK, DISK_BAD = 0.85, 0.95
BEHIND_LOOK, BEHIND_BAD = 2 * MINUTE_MS, 10 * MINUTE_MS
CLOCK_LOOK = MINUTE_MS
CERTIFICATE_LOOK_DAYS = 30
BACKUP_ENOUGH_MINUTES = 30
QUEUE_TRIED = 1_200
QUEUE_WANTED = 200_000


def disk(used: float, free_bytes: int) -> DoctorFinding:
    """`used`: share of the disk, 0 to 1."""
    facts = {"percent": round(used * 100), "free": f"{free_bytes / 1e9:.1f}"}
    if used >= DISK_BAD:
        text = "快满了：用了%(percent)s%%，只剩%(free)sGB。请马上删掉不要的文件，或者换大的盘"
        return DoctorFinding("磁盘", FindingLevel.BAD, text, facts)
    if used >= DISK_LOOK:
        text = "用了%(percent)s%%，还剩%(free)sGB。请找时间腾地方，或者把COLDSHED_KEEP_RAW_DAYS改小"
        return DoctorFinding("磁盘", FindingLevel.LOOK, text, facts)
    return DoctorFinding("磁盘", FindingLevel.GOOD, "用了%(percent)s%%，还剩%(free)sGB", facts)


def behind(about: str, age: int | None, text: str) -> DoctorFinding:
    """How old the oldest row is that a follower of the journal has not done yet; `None`: it is at the end.
    `text` says how far it is behind (`%(minutes)s`) and what to do."""
    if age is None or age < BEHIND_LOOK:
        return DoctorFinding(about, FindingLevel.GOOD, "跟得上")
    level = FindingLevel.BAD if age >= BEHIND_BAD else FindingLevel.LOOK
    return DoctorFinding(about, level, text, {"minutes": age // MINUTE_MS})


def heartbeat(age: int | None, connected: bool, missing: int) -> DoctorFinding:
    """What the listener said last; `missing`: after how long without a word it counts as dead."""
    about = "收数"
    if age is None or age > missing:
        text = "收数的程序没动静。请看它开着没有：coldshed up，或者 systemctl status coldshed"
        return DoctorFinding(about, FindingLevel.BAD, text)
    if not connected:
        return DoctorFinding(
            about, FindingLevel.BAD, "收数的程序开着，可是连不上消息服务器。看下面“消息服务器”那一行"
        )
    return DoctorFinding(about, FindingLevel.GOOD, "开着，连着")


def readings(age: int | None, devices: int, quiet: int) -> DoctorFinding:
    """How long ago the newest reading came, and how many of the devices have fallen silent."""
    about = "设备"
    if devices == 0:
        text = "还没有设备报过数。请给探头接电，让它往这台机器的MQTT端口发"
        return DoctorFinding(about, FindingLevel.LOOK, text)
    facts = {"n": devices, "quiet": quiet, "minutes": (age or 0) // MINUTE_MS}
    if quiet == devices:
        text = "%(n)s个设备全都没数，最后一个是%(minutes)s分钟前。请查路由器、网关和消息服务器"
        return DoctorFinding(about, FindingLevel.BAD, text, facts)
    if quiet:
        return DoctorFinding(
            about, FindingLevel.LOOK, "%(n)s个设备里有%(quiet)s个没数。请看网页上的“设备”", facts
        )
    return DoctorFinding(about, FindingLevel.GOOD, "%(n)s个设备都有数", facts)


def queue(kept: int | None) -> DoctorFinding:
    """How many of `QUEUE_TRIED` messages the broker held for a client that was away."""
    about = "消息服务器的队列"
    if kept is None:
        return DoctorFinding(
            about, FindingLevel.LOOK, "没试成。请看消息服务器让不让我们自己的用户收发 coldshed/listener/#"
        )
    if kept >= QUEUE_TRIED:
        return DoctorFinding(about, FindingLevel.GOOD, "我们不在时它存得下至少%(kept)s条", {"kept": kept})
    text = (
        "太短：发了%(tried)s条，只存下%(kept)s条，多的丢了。"
        "请在mosquitto.conf里写 max_queued_messages %(wanted)s，再重启它"
    )
    facts = {"tried": QUEUE_TRIED, "kept": kept, "wanted": QUEUE_WANTED}
    return DoctorFinding(about, FindingLevel.BAD, text, facts)


def clock(synchronised: bool | None, behind_ms: int) -> DoctorFinding:
    """Whether a time server vouches for the clock, and how far what was kept last is ahead of it."""
    about = "时钟"
    if behind_ms > CLOCK_LOOK:
        text = "比存下的数慢%(minutes)s分钟。请对时：timedatectl set-ntp true；没有网就用 date 设"
        return DoctorFinding(about, FindingLevel.BAD, text, {"minutes": max(1, behind_ms // MINUTE_MS)})
    if synchronised is False:
        text = "没有和时间服务器对上。请连一次网，或者 timedatectl set-ntp true"
        return DoctorFinding(about, FindingLevel.LOOK, text)
    if synchronised is None:
        return DoctorFinding(about, FindingLevel.GOOD, "走得对不对没处查，看着没毛病")
    return DoctorFinding(about, FindingLevel.GOOD, "和时间服务器对上了")


def backup(supply: PowerSupply | None) -> DoctorFinding:
    """For how long the box goes on without mains."""
    about = "停电"
    if supply is None:
        text = (
            "没找到电池：一停电主机就停。请给主机和路由器接UPS，再把它的名字写在 COLDSHED_UPS"
            "（docs/operators/power.md）"
        )
        return DoctorFinding(about, FindingLevel.LOOK, text)
    minutes = None if supply.minutes is None else round(supply.minutes)
    percent = None if supply.percent is None else round(supply.percent)
    facts = {"minutes": minutes, "percent": percent}
    if supply.on_battery:
        near = supply.low or (minutes is not None and minutes <= LAST_MINUTES)
        text = "正在用电池，还撑%(minutes)s分钟" if minutes is not None else "正在用电池，还有%(percent)s%%"
        return DoctorFinding(about, FindingLevel.BAD if near else FindingLevel.LOOK, text, facts)
    if minutes is None:
        return DoctorFinding(about, FindingLevel.GOOD, "有电池，还有%(percent)s%%；撑几分钟它没说", facts)
    if minutes < BACKUP_ENOUGH_MINUTES:
        text = "停电后能撑%(minutes)s分钟，村里停电常比这长。请换大些的UPS"
        return DoctorFinding(about, FindingLevel.LOOK, text, facts)
    return DoctorFinding(about, FindingLevel.GOOD, "停电后能撑%(minutes)s分钟", facts)


def certificate(days: int) -> DoctorFinding:
    """Until the broker's certificate ends."""
    about = "消息服务器的证书"
    if days < 0:
        return DoctorFinding(about, FindingLevel.BAD, "过期%(days)s天了。请在服务器上换新的", {"days": -days})
    if days < CERTIFICATE_LOOK_DAYS:
        return DoctorFinding(about, FindingLevel.LOOK, "还有%(days)s天到期。请早点换", {"days": days})
    return DoctorFinding(about, FindingLevel.GOOD, "还有%(days)s天到期", {"days": days})


def channel(name: str, texts: int | None, money: float | None) -> DoctorFinding:
    """A channel that answers, and what it says is left: texts, yuan, or nothing."""
    facts = {"name": name, "n": texts, "money": None if money is None else f"{money:.2f}"}
    if texts is not None:
        return DoctorFinding("短信", FindingLevel.GOOD, "%(name)s通着，还能发%(n)s条", facts)
    if money is not None:
        return DoctorFinding("短信", FindingLevel.GOOD, "%(name)s通着，还有%(money)s元", facts)
    return DoctorFinding("短信", FindingLevel.GOOD, "%(name)s通着，还剩多少它没说", facts)


def channel_away(name: str, why: str) -> DoctorFinding:
    """A channel that could not be asked."""
    text = "%(name)s用不了：%(why)s。报警发不出去，请看 docs/channels.md"
    return DoctorFinding("短信", FindingLevel.BAD, text, {"name": name, "why": why})


def worst(found: list[DoctorFinding]) -> FindingLevel:
    levels = {finding.level for finding in found}
    return next(
        (level for level in (FindingLevel.BAD, FindingLevel.LOOK) if level in levels), FindingLevel.GOOD
    )
