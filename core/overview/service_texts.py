"""Sentences about services that do not do their work, for the page, the doctor and technicians' phones.

Placeholders: `service` (a name below), `effect` (what it means for the rooms), `long` (since when), `why`.
"""

from core.overview.service_health import ServiceState
from core.overview.service_progress import ServiceTrouble

SERVICE_NAMES: dict[str, str] = {
    "alerts": "报警",
    "ingest": "收数",
    "record": "记历史",
    "web": "网页",
    "broker": "消息服务器",
    "up": "看管",
}
SERVICE_EFFECTS: dict[str, str] = {
    "alerts": "这时没人会收到报警",
    "ingest": "这时收不到数",
    "record": "曲线会晚，数不会丢",
    "web": "网页打不开",
    "broker": "这时收不到数",
    "up": "哪个程序停了都不会自动重启",
}
TROUBLE_TEXTS: dict[ServiceTrouble, str] = {
    ServiceTrouble.HUNG: (
        "%(service)s的程序卡住了，%(long)s没动静，%(effect)s。它会自动重启；一直不好就请重启这台机器"
    ),
    ServiceTrouble.ENDED: (
        "%(service)s的程序没开着，%(long)s没动静，%(effect)s。"
        "请运行 coldshed up，或者 systemctl start coldshed"
    ),
    ServiceTrouble.FAILING: (
        "%(service)s的程序一直出错，%(long)s没干成活，%(effect)s（%(why)s）。请查有没有坏：coldshed doctor"
    ),
    ServiceTrouble.BEHIND: "%(service)s的程序落后%(long)s，%(effect)s。一直不好就请重启这台机器",
}
UNSENT = "有短信%(long)s前就该发，还没发出去。请看“通知”和短信通道"
WAITS_FOR_OUTSIDE = "%(service)s的程序在等外面的程序，已经%(long)s，%(effect)s。请看那个程序（%(why)s）"
WORKS = "在干活，%(seconds)s秒前干完一遍"
NOT_SEEN = (
    "开机以来没见它在这台机器上干活。它该在这台上的话，请运行 coldshed up，或者 systemctl start coldshed"
)


def trouble_text(state: ServiceState) -> str:
    """The source sentence of a service's trouble, or of what it waits for."""
    if state.unsent:
        return UNSENT
    return WAITS_FOR_OUTSIDE if state.trouble is None else TROUBLE_TEXTS[state.trouble]
