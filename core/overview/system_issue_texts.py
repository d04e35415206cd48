"""Sentences of system issues (store.overview.system_issues) by name, for the board and the doctor.

Placeholders: `why` (the issue's text), `since` (first time), `long` (for how long), `at` (last time), `n`
(how often).
"""

from core.overview.box_health import LOGIN

CLOCK_ISSUE = "clock."
"""Issues about this machine's clock; the page and the doctor judge the clock themselves, at each look."""
CLOCK_AHEAD, CLOCK_BEHIND = f"{CLOCK_ISSUE}ahead", f"{CLOCK_ISSUE}behind"

SYSTEM_ISSUE_TEXTS: dict[str, str] = {
    CLOCK_AHEAD: "这台机器的钟比设备的钟快了（%(why)s）。库房照样看着，记的时间不对。请对时",
    CLOCK_BEHIND: "这台机器的钟比设备的钟慢了（%(why)s）。库房照样看着，记的时间不对。请对时",
    "history_away": "历史库写不进去，已经%(long)s。数都留着，好了自己补上。请看它开着没有（%(why)s）",
    "history_refused": "有些读数历史库不收，另外存着了。老这样就请看它的设置（%(at)s：%(why)s）",
    "history.set_aside": (
        "曲线的文件（history.db）坏了，%(at)s起记在新的里，旧的改名留着（%(why)s）。"
        "以前的曲线请用备份恢复：coldshed restore <备份文件夹>。这条留7天"
    ),
    "history_missed": (
        "历史里缺了%(since)s到%(at)s的数（%(why)s批），补不回来了。请看那时磁盘满没满。这条留7天"
    ),
    "history_lost": (
        "历史库里的%(why)s不见了（%(at)s发现），已经重新建了，汇总会自己重新算。"
        "读数要是在里面，请从备份找回。这条留7天"
    ),
    "journal.restarted": (
        "存数的文件（journal.db）丢过，或者换回了旧的：%(since)s到%(at)s的数可能缺了一段，房间接着看着。"
        "请查硬盘，再看备份（%(why)s）。这条留7天"
    ),
    "journal_unreadable": (
        "有%(n)s段存下的数读不出来（%(since)s到%(at)s）。请查有没有坏：coldshed check。这条留7天"
    ),
    "box.disk_low": "磁盘只剩%(why)s。请删掉不要的文件，把COLDSHED_KEEP_RAW_DAYS改小，或者换大的盘",
    "box.disk_full": "磁盘快满了，只剩%(why)s：满了就存不了数。请马上删掉不要的文件，或者换大的盘",
    "box.read_only": (
        "磁盘变成只读了，什么都存不进去，多半是盘要坏。"
        "请换盘，用最近的备份恢复：coldshed restore <备份文件夹>"
    ),
    "box.inodes": "磁盘上的文件太多（还能建%(why)s个），再多就存不了。请删掉不要的小文件",
    "box.database_away": "数据库用不了（%(why)s），这时没人会收到报警。请看 PostgreSQL 开着没有",
    "box.memory": "内存快用完了，只剩%(why)s。请关掉别的程序，或者加内存",
    "box.devices": (
        "设备快到上限了（%(why)s）：到了上限，新探头就收不进来。请看网页上的“设备”，多半是哪个网关乱编名字"
    ),
    LOGIN: (
        "登录%(why)s：它报来的设备或探头快到上限了，满了它的新探头收不进来，别的登录照常。"
        "多半是乱编名字。请查这个网关，再到网页“设备”里忘掉编出来的：coldshed devices forget"
    ),
    "box.no_backup": (
        "还没有备份。请插个U盘，在设置里写 COLDSHED_BACKUP_DIR，或者跑：coldshed backup <文件夹>"
    ),
    "box.backup_gone": "备份不在了：%(why)s。请看U盘插着没有，再跑一次：coldshed backup <文件夹>",
    "box.backup_old": "最近的备份是%(why)s天前的。请看U盘还在不在，再跑一次：coldshed backup <文件夹>",
    "backup.failed": "备份没做成（%(at)s：%(why)s）。请看U盘插着没有、满了没有",
    "power.on_battery": "主机停电，正在用电池（还有%(why)s）。停的时候长就请先关别的用电",
    "power.ups_away": (
        "UPS %(why)s 不回答：主机停电会没人知道。请看 NUT 开着没有，COLDSHED_UPS 里的名字对不对"
    ),
    "power.last_word": "主机电池快没了，已经告诉值班的人。请关机，来电再开",
    "alerts.sending": ("短信发不出去，正在重试（%(why)s）。请看短信通道、余额和网；哪些没发出去，看“通知”"),
    "alerts.answers": "收不到人回的短信（%(why)s）。请看短信通道；这时接警请在网页上点",
    "alerts.engine": "判断报警的程序出错，正在重试（%(why)s）。请查有没有坏：coldshed doctor",
    "alerts.mail": "发短信的程序出错，正在重试（%(why)s）。请查有没有坏：coldshed doctor",
    "alerts.heartbeat": "收数的程序没动静，库里怎样不知道。请看它开着没有：systemctl status coldshed",
    "alerts.nobody_to_tell": "%(why)s有报警，没有人可告诉。请在“值班”里排人，给人写上电话",
    "alerts.told_all_there_are": "%(why)s有报警，能告诉的人都告诉了，没人去。请打电话找人去看",
    "listener.crashed": "收数的程序出错，断开后又接上了。老这样就请更新库棚通（%(why)s）",
    "discovery.crashed": "找新设备的程序出错了，过一会儿再试。老这样就请更新库棚通（%(why)s）",
    "logins.failing": (
        "设备的登录写不到消息服务器那里，新发的登录用不了，停掉的还能用。"
        "请看放登录的文件夹写得进去没有：coldshed doctor（%(why)s）"
    ),
    "broker.login": "消息服务器不让收数的程序登录。请看 COLDSHED_MQTT_URL 里的用户名和密码对不对",
    "broker.refuses": "消息服务器不接收数的程序。请看它的日志（%(why)s）",
    "broker.subscription": (
        "消息服务器不让收数的程序听全部消息，有的设备会没数。请在服务器上给它读的权限（%(why)s）"
    ),
    "broker.taken": (
        "另一台机器用同样的名字连消息服务器，两边抢着收数。请停掉一台，或者让它连别的服务器（%(why)s）"
    ),
    "broker.cut_off": (
        "消息服务器接上几秒就断，断了又断。多半是别的设备用了和收数程序一样的名字（client id），"
        "或者服务器自己在重启。请看服务器的日志里是谁（%(why)s）"
    ),
    "broker.deaf": (
        "连着消息服务器，可什么都收不到，自己发的也没传回来。正在重新连。"
        "老这样就请看服务器让不让我们自己的用户收发 coldshed/listener/#（%(why)s）"
    ),
    "broker.no_answer": "消息服务器接了线又挂断，不说话。请看它是不是要加密（mqtts://），是不是要我们的证书",
    "broker.silent": "消息服务器接了线一直不说话，多半是卡住了。请重启它（%(why)s）",
    "broker.refused_connection": "消息服务器没开，或者端口不对。请看它开着没有（%(why)s）",
    "broker.unreachable": "连不到消息服务器。请看网线、路由器和 COLDSHED_MQTT_URL（%(why)s）",
    "broker.no_such_host": "找不到消息服务器这个地址。请看网和 COLDSHED_MQTT_URL（%(why)s）",
    "broker.tls": "和消息服务器对不上加密。请看端口是不是加密的那个，一般是8883（%(why)s）",
    "broker.certificate_unknown": (
        "不认识消息服务器的证书。请把签它的 CA 证书写在 COLDSHED_MQTT_CA_FILE 里（%(why)s）"
    ),
    "broker.certificate_unfit": (
        "消息服务器的证书或签它的 CA 做得不合规矩。请照 docs/operators/broker.md 里“TLS”一节重新做（%(why)s）"
    ),
    "broker.certificate_expired": "消息服务器的证书过期了。请在服务器上换新的（%(why)s）",
    "broker.certificate_not_yet": "消息服务器的证书还没到日子。多半是这台机器的钟慢了，请对时（%(why)s）",
    "broker.certificate_name": (
        "消息服务器的证书是别的名字的。请在 COLDSHED_MQTT_URL 里写证书上的名字，或者给它换证书（%(why)s）"
    ),
    "broker.certificate_file": "CA 证书或我们自己的证书文件读不了。请看文件在不在、对不对（%(why)s）",
}
UNKNOWN_ISSUE = "“%(name)s”有毛病：%(why)s。请看日志"

SERVICE_ISSUE = "service."
"""Issues that the alerts note about other services in trouble; the page judges those itself, at each look."""
RESTARTED_ISSUE = "restarted."
RESTARTED = "%(service)s的程序%(at)s卡住%(why)s秒没动静，已自动重启（一天里%(n)s次）。老这样就请查磁盘和内存"
NOT_WORKING = "%(service)s的程序没干活。请看日志"


def kind_of(name: str) -> str:
    """`box.login:` of `box.login:gateway-1`, and `alerts.nobody_to_tell` of `alerts.nobody_to_tell.7`: the
    key of its texts, and a name that says nothing of people's own names."""
    kind, colon, _ = name.partition(":")
    stem, _, number = kind.rpartition(".")
    return stem if number.isdigit() else kind + colon


def source_text(name: str) -> str:
    """The sentence of a system issue. `restarted.alerts` and the like take `service` as well."""
    if name.startswith(RESTARTED_ISSUE):
        return RESTARTED
    if name.startswith(SERVICE_ISSUE):
        return NOT_WORKING
    return SYSTEM_ISSUE_TEXTS.get(kind_of(name), UNKNOWN_ISSUE)
