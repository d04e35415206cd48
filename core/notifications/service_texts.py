"""Texts for technicians' phones about a service that does not do its work, or a wrong clock, each in one SMS
part."""

from core.notifications.alert_texts import TextStyle
from core.notifications.last_word import one_part
from core.overview.service_texts import SERVICE_EFFECTS, SERVICE_NAMES
from core.wording import COMPACT
from core.wording.durations import duration

URGENT_SERVICES = ("alerts", "ingest")
"""Without them no room is watched, so their trouble is told at any hour."""
URGENT_RESTARTS = 3
"""So many restarts within a day do not mend the service."""


def trouble_text(style: TextStyle, service: str, quiet_ms: int) -> str:
    """The service does not do its work now."""
    _ = style.translate
    text = _("库棚通的%(service)s程序%(long)s没干活,%(effect)s。请看网页上的毛病,不行就重启主机。")
    return one_part(style, text % _facts(style, service, quiet_ms))


def restarted_text(style: TextStyle, service: str, quiet_ms: int, times: int) -> str:
    """The service was restarted because it made no progress."""
    _ = style.translate
    text = _("库棚通的%(service)s程序卡住过%(long)s,自动重启了%(n)s次。请有空看网页上的毛病。")
    return one_part(style, text % {**_facts(style, service, quiet_ms), "n": times})


def clock_text(style: TextStyle, off_ms: int, *, is_ahead: bool) -> str:
    """This machine's clock differs from those of the devices."""
    _ = style.translate
    text = (
        _("库棚通主机的钟比设备快%(long)s,库照样看着,请对时。")
        if is_ahead
        else _("库棚通主机的钟比设备慢%(long)s,库照样看着,请对时。")
    )
    return one_part(style, text % {"long": duration(off_ms, COMPACT).translated(_)})


def _facts(style: TextStyle, service: str, quiet_ms: int) -> dict[str, object]:
    _ = style.translate
    return {
        "service": _(SERVICE_NAMES[service]),
        "effect": _(SERVICE_EFFECTS[service]),
        "long": duration(quiet_ms, COMPACT).translated(_),
    }
