"""Texts for technicians' phones about other system issues, each in one SMS part: what is wrong and what to
do. The page has the details."""

from typing import NamedTuple

from core.notifications.alert_texts import TextStyle
from core.notifications.last_word import one_part
from core.overview.box_health import LOGIN
from core.overview.system_issue_texts import kind_of
from core.times import MINUTE_MS
from core.wording.known_facts import fill_known


class IssueText(NamedTuple):
    """`urgent`: told at any hour, because readings or alerts are lost otherwise. `after` (ms): how long the
    issue must last; shorter ones mend themselves."""

    text: str
    urgent: bool = False
    after: int = 2 * MINUTE_MS


ISSUE_TEXTS: dict[str, IssueText] = {
    "box.disk_low": IssueText("库棚通主机的磁盘只剩%(why)s。请有空删掉不要的文件,或者换大的。"),
    "box.disk_full": IssueText("库棚通主机的磁盘快满了,只剩%(why)s,满了存不了数。请马上删文件或换盘。", True),
    "box.read_only": IssueText("库棚通主机的磁盘写不进去了,多半要坏。请换盘,用备份恢复。", True),
    "box.inodes": IssueText("库棚通主机的磁盘文件太多,快存不了数了。请马上删掉不要的小文件。", True),
    "box.database_away": IssueText("库棚通的数据库用不了,这时没人会收到报警。请看PostgreSQL开着没有。", True),
    "box.memory": IssueText("库棚通主机的内存快用完了,只剩%(why)s。请有空关掉别的程序。"),
    "box.devices": IssueText("库棚通的设备快到上限了(%(why)s),再多新探头收不进来。请有空看网页上的设备。"),
    LOGIN: IssueText("库棚通有登录报来的设备太多,满了它的新探头收不进来。请在网页的设备里忘掉乱编的:%(why)s"),
    "box.no_backup": IssueText("库棚通还没有备份。请有空插个U盘,照网页上的毛病办。"),
    "box.backup_old": IssueText("库棚通最近的备份是%(why)s天前的。请有空看看U盘。"),
    "power.ups_away": IssueText("库棚通主机的UPS不回答,停电会没人知道。请有空看看NUT和UPS的线。"),
    "backup.failed": IssueText("库棚通的备份没做成。请有空看看U盘插着没有、满了没有。"),
    "history_away": IssueText(
        "库棚通的历史库写不进去,曲线会晚,数都留着。请有空看网页上的毛病。", after=30 * MINUTE_MS
    ),
    "history.set_aside": IssueText(
        "库棚通的曲线文件坏了,已经换了新的。以前的曲线要用备份恢复,请看网页上的毛病。"
    ),
    "journal.restarted": IssueText(
        "库棚通存数的文件丢过或换过旧的,可能缺了一段数。请有空查硬盘,看网页上的毛病。"
    ),
}
BROKER_TEXT = IssueText("库棚通收不到数:和消息服务器的连接有毛病。请看网页上的毛病。", True, 3 * MINUTE_MS)
BROKER_ISSUES = "broker."


def issue_text_of(name: str) -> IssueText | None:
    """None for an issue that nobody is told by phone."""
    return BROKER_TEXT if name.startswith(BROKER_ISSUES) else ISSUE_TEXTS.get(kind_of(name))


def issue_sms(style: TextStyle, text: str, why: str) -> str:
    return one_part(style, fill_known(text, {"why": why}, style.translate))
