"""Sentences of `coldshed doctor`: the subject, the finding, and the technician's action."""

from core.overview.check_results import CheckVerdict

JOURNAL_FOLLOWED = "跟得上"

FOLDER = "数据文件夹"
FOLDER_UNREADABLE = "%(dir)s看不了（%(why)s）。请看盘在不在，COLDSHED_DATA_DIR 写对没有"
NO_FOLDER = (
    "没有%(dir)s。请看 COLDSHED_DATA_DIR 写对没有，是不是在库棚通的文件夹里运行的；新装的请运行 coldshed up"
)
NO_DATA = "%(dir)s里没有库棚通的数据。请看 COLDSHED_DATA_DIR 写对没有；新装的请运行 coldshed up"
NOT_WRITABLE = "%(dir)s写不进去（%(why)s）。请看盘坏没坏、满没满，这个文件夹归不归运行库棚通的用户"
WRITABLE = "写得进去：%(dirs)s"
RESTORE_UNFINISHED = "上次恢复备份没做完，文件可能是两个时候的。请再做一遍：coldshed restore <备份文件夹>"

FILES = {
    "journal": "journal.db（收来的数）",
    "records": "records.db（人、库、货、报警）",
    "history": "history.db（曲线）",
}
FILE_FINE = "打得开，是这个版本的，查过，没坏"
SCHEMA_FINE = "连得上，是这个版本的"
FILE_PARTLY_CHECKED = (
    "打得开，是这个版本的；%(seconds)s秒只查了一部分，没见坏。请有空全查一遍：coldshed check"
)
FILE_UNREADABLE = "打不开（%(why)s）。请看盘坏没坏，它归不归运行库棚通的用户"
FILE_DAMAGED = "坏了（%(why)s）。请停下库棚通，用最近的备份恢复：coldshed restore <备份文件夹>"
HISTORY_DAMAGED = (
    "坏了（%(why)s）。请重新启动 coldshed up：它会改名放一边，从现在起记在新的里；"
    "以前的曲线要用备份恢复：coldshed restore <备份文件夹>"
)
FILE_MISSING = {
    "journal": (
        "没有了。请用最近的备份恢复：coldshed restore <备份文件夹>；没有备份就运行 coldshed up，从现在记起"
    ),
    "records": (
        "没有了：人、库房、存货都在里面。请用最近的备份恢复：coldshed restore <备份文件夹>。"
        "真要从头开始：coldshed migrate --new-federation"
    ),
    "history": (
        "没有了。以前的曲线请用备份恢复：coldshed restore <备份文件夹>；"
        "没有备份就运行 coldshed up，从现在记起"
    ),
}
FILE_WITHOUT_VERSION = "里写着版本的那一行没有了。请用最近的备份恢复：coldshed restore <备份文件夹>"
FILE_OLDER = "是旧版的。请停下库棚通，运行 coldshed migrate"
FILE_NEWER = "是更新的库棚通写的。请更新这个程序，或者用回以前的备份：coldshed restore <备份文件夹>"
FOREIGN = (
    "%(file)s 是另一个库的，跟别的文件对不上（%(why)s）。请用同一份备份恢复：coldshed restore <备份文件夹>"
)
READ_ON = (
    "journal.db 丢过，或者换回了旧的：别的文件已经读到它后面去了。"
    "请查硬盘，重新启动 coldshed up，它会接着看；缺的一段要从备份找"
)
POSTGRESQL_AWAY = "PostgreSQL 用不了（%(why)s）。请看它开着没有，COLDSHED_DATABASE_URL 写对没有"

CHECK_FAILED = "没查成（%(why)s）。请用运行库棚通的用户再查一遍，还这样就看日志"

BROKER = "消息服务器"
BROKER_KNOWS_US = "在%(host)s:%(port)s，认得我们"
BROKER_OFF = "自带的消息服务器没开着。请运行 coldshed up，或者 systemctl start coldshed"
BROKER_PORT_TAKEN = (
    "%(port)s端口被别的程序占着（%(who)s），自带的消息服务器开不了。"
    "请关掉那个程序，或者用 COLDSHED_MQTT_PORT 换端口"
)
PAGE_PORT_TAKEN = (
    "%(port)s端口被别的程序占着（%(who)s），网页开不了。请关掉那个程序，或者用 COLDSHED_HTTP_PORT 换端口"
)

PAGE_SILENT = (
    "网页不回答（%(why)s）。请看 coldshed up 开着没有；开着就等一分钟，它会自动重启；还不好就请重启这台机器"
)

HISTORY = "历史"
HISTORY_AWAY = (
    "历史库用不了（%(why)s）。数都先存着，好了自己补上。"
    "请看历史库开着没有，COLDSHED_HISTORY_URL 和 COLDSHED_HISTORY_TOKEN 写对没有"
)
HISTORY_BEHIND = "落后%(minutes)s分钟。曲线会晚，数不会丢。请看历史库和记数的程序开着没有：coldshed up"

SERVICES = "程序"
ISSUES = "毛病"

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
UPS_AWAY = "UPS %(name)s 不回答。请看 NUT 开着没有，COLDSHED_UPS 里的名字对不对"
ON_BATTERY_MINUTES = "正在用电池，还撑%(minutes)s分钟。请看是不是停电，停的时候长就先关别的用电"
ON_BATTERY_PERCENT = "正在用电池，还有%(percent)s%%。请看是不是停电，停的时候长就先关别的用电"
BATTERY_MINUTES_UNKNOWN = "有电池，还有%(percent)s%%；撑几分钟它没说"
BATTERY_SHORT = "停电后能撑%(minutes)s分钟，村里停电常比这长。请换大些的UPS"
BATTERY_FINE = "停电后能撑%(minutes)s分钟"

DATA_BACKUP = "备份"
NO_DATA_BACKUP = "还没有备份。请插个U盘，在设置里写 COLDSHED_BACKUP_DIR，或者跑：coldshed backup <文件夹>"
DATA_BACKUP_OLD = "最近的备份是%(days)s天前的（%(dir)s）。请看U盘还在不在，再跑一次：coldshed backup <文件夹>"
DATA_BACKUP_OF_THE_FUTURE = (
    "最近的备份写着以后的时间（%(dir)s）：那时主机的钟不对，说不准它有多旧。"
    "请再跑一次：coldshed backup <文件夹>"
)
DATA_BACKUP_GONE = "备份不在了：%(dir)s。请看U盘插着没有，再跑一次：coldshed backup <文件夹>"
BACKUP_FOLDER_AWAY = "没有%(dir)s，备份做不成。请看U盘插着没有，COLDSHED_BACKUP_DIR 写对没有"
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

FOUND_AND_TODO = "%(found)s。%(todo)s"
SUMMARY = {
    CheckVerdict.OK: "都好。",
    CheckVerdict.LOOK: "能用，有几处要看。",
    CheckVerdict.BAD: "有毛病，请照上面说的办。",
}
