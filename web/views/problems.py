"""What our own parts cannot do at the moment, in sentences for those who can mend it."""

from collections.abc import Mapping, Sequence

from api.context import Context
from store.health import health
from store.places import sites
from store.problems import Problem, problems
from web.visit import Visit
from web.words import N_, Words

SAID: Mapping[str, str] = {
    "history_away": N_("历史库写不进去，已经%(long)s。数都留着，好了自己补上（%(why)s）"),
    "history_refused": N_("有些读数历史库不收，另外存着了（%(at)s：%(why)s）"),
    "history_missed": N_("历史里缺了一段数，补不回来了（%(at)s）"),
    "journal_unreadable": N_("有%(n)s段存下的数读不出来（%(at)s）"),
    "listener-silent": N_("收数的程序没动静了。请看它还开着没有"),
    "broker-not-connected": N_("收数的程序连不上消息服务器。请看服务器和网"),
    "clock-behind": N_("本机时钟不准：比存下的数慢了%(long)s。请对时"),
}
UNKNOWN = N_("“%(name)s”有毛病：%(why)s")


def may_mend(seen: Visit) -> bool:
    """Who reads of our own troubles: a keeper could do nothing about them at three in the morning."""
    return seen.who.role in ("technician", "admin")


def own_problems(about: Context, words: Words, now: int) -> Sequence[str]:
    """Whether readings come in first, then what was noted, oldest first."""
    with about.dbs.journal.read() as tx:
        seen = health(tx, now, about.settings.heartbeat_missing_s * 1000)
    behind = words.long(max(0, -(seen.heartbeat_age or 0)))
    found = [words(SAID[seen.reason], long=behind)] if seen.reason else []
    with about.dbs.records.read() as tx:
        zone = next((site.timezone for site in sites(tx)), "Asia/Shanghai")
        return found + [said(one, words, now, zone) for one in problems(tx)]


def said(one: Problem, words: Words, now: int, zone: str) -> str:
    text = SAID.get(one.name)
    if text is None:
        return words(UNKNOWN, name=one.name, why=one.text)
    at = words.moment(one.last_at, now, zone)
    return words(text, long=words.long(now - one.first_at), at=at, n=one.times, why=one.text)
