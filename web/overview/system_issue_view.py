"""System issues as sentences for those who can fix them."""

from collections.abc import Mapping, Sequence

from api.context import ApiContext
from store.overview.health import health
from store.overview.system_issues import SystemIssue, open_issues
from store.rooms.timezones import federation_timezone
from web.base import clock_offset_text
from web.base.localizer import N_, Localizer
from web.base.request_context import PageRequest

ISSUE_TEXTS: Mapping[str, str] = {
    "history_away": N_("历史库写不进去，已经%(long)s。数都留着，好了自己补上（%(why)s）"),
    "history_refused": N_("有些读数历史库不收，另外存着了（%(at)s：%(why)s）"),
    "history_missed": N_("历史里缺了一段数，补不回来了（%(at)s）"),
    "journal_unreadable": N_("有%(n)s段存下的数读不出来（%(at)s）"),
    "listener-silent": N_("收数的程序没动静了。请看它还开着没有"),
    "broker-not-connected": N_("收数的程序连不上消息服务器。请看服务器和网"),
    "clock-behind": N_("本机时钟不准：比存下的数慢了%(long)s。请对时"),
    "power.on_battery": N_("主机停电，正在用电池（还有%(why)s）。停的时候长就先关别的用电"),
    "power.last_word": N_("主机电池快没了，已经告诉值班的人"),
    "listener.crashed": N_("收数的程序出错，断开后又接上了（%(why)s）"),
    "discovery.crashed": N_("找新设备的程序出错了，过一会儿再试（%(why)s）"),
    "broker.login": N_("消息服务器不让收数的程序登录。请看 COLDSHED_MQTT_URL 里的用户名和密码对不对"),
    "broker.refuses": N_("消息服务器不接收数的程序：%(why)s"),
    "broker.subscription": N_(
        "消息服务器不让收数的程序听全部消息，有的设备会没数。请在服务器上给它读的权限（%(why)s）"
    ),
    "broker.taken": N_(
        "另一台机器用同样的名字连消息服务器，两边抢着收数。请停掉一台，或者让它连别的服务器（%(why)s）"
    ),
    "broker.no_answer": N_(
        "消息服务器接了线又挂断，不说话。看它是不是要加密（mqtts://），是不是要我们的证书"
    ),
    "broker.refused_connection": N_("消息服务器没开，或者端口不对（%(why)s）"),
    "broker.unreachable": N_("连不到消息服务器。请看网线、路由器和 COLDSHED_MQTT_URL（%(why)s）"),
    "broker.no_such_host": N_("找不到消息服务器这个地址。请看网和 COLDSHED_MQTT_URL（%(why)s）"),
    "broker.tls": N_("和消息服务器对不上加密。看端口是不是加密的那个，一般是8883（%(why)s）"),
    "broker.certificate_unknown": N_(
        "不认识消息服务器的证书。请把签它的 CA 证书写在 COLDSHED_MQTT_CA_FILE 里（%(why)s）"
    ),
    "broker.certificate_unfit": N_(
        "消息服务器的证书或签它的 CA 做得不合规矩。请照 docs/operators/broker.md 里“TLS”一节重新做（%(why)s）"
    ),
    "broker.certificate_expired": N_("消息服务器的证书过期了。请在服务器上换新的（%(why)s）"),
    "broker.certificate_not_yet": N_("消息服务器的证书还没到日子。多半是这台机器的钟慢了，请对时（%(why)s）"),
    "broker.certificate_name": N_(
        "消息服务器的证书是别的名字的。COLDSHED_MQTT_URL 里要写证书上的名字，或者给它换证书（%(why)s）"
    ),
    "broker.certificate_file": N_("CA 证书或我们自己的证书文件读不了。请看文件在不在、对不对（%(why)s）"),
}
UNKNOWN_ISSUE = N_("“%(name)s”有毛病：%(why)s")


def may_fix(page: PageRequest) -> bool:
    """Whether the user is shown system issues. Keepers are not: they cannot fix them."""
    return page.who.role in ("technician", "admin")


def system_issue_lines(context: ApiContext, words: Localizer, now: int) -> Sequence[str]:
    """The listener's state, then wrong clocks, then recorded issues, oldest first."""
    with context.dbs.journal.read() as tx:
        listener = health(tx, now, context.settings.heartbeat_missing_s * 1000)
        clocks = clock_offset_text.summary(tx, words)
    behind = words.long(listener.clock_behind)
    lines = [words(ISSUE_TEXTS[listener.reason], long=behind)] if listener.reason else []
    lines += [clocks] if clocks else []
    with context.dbs.records.read() as tx:
        zone = federation_timezone(tx)
        return lines + [issue_text(issue, words, now, zone) for issue in open_issues(tx)]


def issue_text(issue: SystemIssue, words: Localizer, now: int, zone: str) -> str:
    text = ISSUE_TEXTS.get(issue.name)
    if text is None:
        return words(UNKNOWN_ISSUE, name=issue.name, why=issue.text)
    at = words.moment(issue.last_at, now, zone)
    return words(text, long=words.long(now - issue.first_at), at=at, n=issue.times, why=issue.text)
