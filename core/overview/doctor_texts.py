"""Sentences of `coldshed doctor`: the subject, the finding, and the technician's action."""

from core.overview.check_results import CheckVerdict

JOURNAL_FOLLOWED = "跟得上"

DEVICES = "设备"
NO_DEVICES = "还没有设备报过数。请给探头接电，让它往这台机器的MQTT端口发"
ALL_DEVICES_SILENT = "%(n)s个设备全都没数，最后一个是%(minutes)s分钟前。请查路由器、网关和消息服务器"
SOME_DEVICES_SILENT = "%(n)s个设备里有%(quiet)s个没数。请看网页上的“设备”"
DEVICES_FINE = "%(n)s个设备都有数"

QUEUE = "消息服务器的队列"
QUEUE_UNTRIED = "没试成。请看消息服务器让不让我们自己的用户收发 coldshed/listener/#"
QUEUE_FINE = "我们不在时它存得下至少%(kept)s条"
QUEUE_SHORT = (
    "太短：发了%(tried)s条，只存下%(kept)s条，多的丢了。"
    "请在mosquitto.conf里写 max_queued_messages %(wanted)s，再重启它"
)

MAINS = "停电"
NO_BATTERY = (
    "没找到电池：一停电主机就停。请给主机和路由器接UPS，再把它的名字写在 COLDSHED_UPS"
    "（docs/operators/power.md）"
)
ON_BATTERY_MINUTES = "正在用电池，还撑%(minutes)s分钟"
ON_BATTERY_PERCENT = "正在用电池，还有%(percent)s%%"
BATTERY_MINUTES_UNKNOWN = "有电池，还有%(percent)s%%；撑几分钟它没说"
BATTERY_SHORT = "停电后能撑%(minutes)s分钟，村里停电常比这长。请换大些的UPS"
BATTERY_FINE = "停电后能撑%(minutes)s分钟"

DATA_BACKUP = "备份"
NO_DATA_BACKUP = "还没有备份。请插个U盘，在设置里写 COLDSHED_BACKUP_DIR，或者跑：coldshed backup <文件夹>"
DATA_BACKUP_OLD = "最近的备份是%(days)s天前的（%(dir)s）。请看U盘还在不在，再跑一次：coldshed backup <文件夹>"
DATA_BACKUP_GONE = "备份不在了：%(dir)s。U盘插着没有？"
DATA_BACKUP_FINE = "最近三天里备份过（%(dir)s）"

CERTIFICATE = "消息服务器的证书"
CERTIFICATE_EXPIRED = "过期%(days)s天了。请在服务器上换新的"
CERTIFICATE_ENDS_SOON = "还有%(days)s天到期。请早点换"
CERTIFICATE_FINE = "还有%(days)s天到期"

SMS = "短信"
CHANNEL_TEXTS_LEFT = "%(name)s通着，还能发%(n)s条"
CHANNEL_MONEY_LEFT = "%(name)s通着，还有%(money)s元"
CHANNEL_CREDIT_UNKNOWN = "%(name)s通着，还剩多少它没说"
CHANNEL_AWAY = "%(name)s用不了：%(why)s。报警发不出去，请看 docs/channels.md"

SUMMARY = {
    CheckVerdict.OK: "都好。",
    CheckVerdict.LOOK: "能用，有几处要看。",
    CheckVerdict.BAD: "有毛病，请照上面说的办。",
}
