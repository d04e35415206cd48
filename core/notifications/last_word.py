"""Texts about the box's own mains power, each in one SMS part."""

from core.notifications import sms_length
from core.notifications.alert_texts import TextStyle
from core.wording import COMPACT
from core.wording.durations import duration


def last_word_text(style: TextStyle, minutes: int | None) -> str:
    """The box's battery is nearly empty. `minutes`: time left, None if unknown."""
    _ = style.translate
    on_battery = _("库棚通主机停电,电池还撑%(n)s分钟") % {"n": minutes}
    soon = on_battery if minutes else _("库棚通主机停电,电池快没了")
    return one_part(style, soon + _(",之后不收数也不报警。请派人守库看温度计。"))


def power_back_text(style: TextStyle, away_ms: int) -> str:
    """The box has mains power again after `away_ms`."""
    _ = style.translate
    text = _("库棚通主机来电了,前后%(long)s,照常收数报警。请看一眼各库。")
    return one_part(style, text % {"long": duration(away_ms, COMPACT).translated(_)})


def one_part(style: TextStyle, text: str) -> str:
    """The text with its signature, cut to one SMS part."""
    whole = f"【{style.signature}】{text}"
    while sms_length.length(whole) > sms_length.ONE_PART:
        whole = whole[:-2] + "…"
    return whole
