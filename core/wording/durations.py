"""Text of durations and ages, given in ms."""

from core.phrases import Phrase
from core.times import DAY_MS, HOUR_MS, MINUTE_MS
from core.wording.style import Style


def duration(ms: int, style: Style) -> Phrase:
    """At least one minute. Compact: minutes up to two hours, then hours. Full: the two largest units,
    from a week on whole days."""
    minutes = max(ms // MINUTE_MS, 1)
    hours, rest = divmod(minutes, 60)
    compact = style == Style.COMPACT
    if minutes < 60 or (compact and minutes < 120 and rest):
        return Phrase("%(n)s分钟", n=minutes)
    if hours < 24:
        return Phrase("%(h)s小时%(m)s分", h=hours, m=rest) if rest else Phrase("%(h)s小时", h=hours)
    if compact:
        return Phrase("%(h)s小时", h=hours)
    days, hours = divmod(hours, 24)
    return Phrase("%(d)s天%(h)s小时", d=days, h=hours) if hours and days < 7 else Phrase("%(n)s天", n=days)


def age(ms: int) -> Phrase:
    """The age of a value: 刚刚, 3分钟前."""
    if ms < MINUTE_MS:
        return Phrase("刚刚")
    if ms < HOUR_MS:
        return Phrase("%(n)s分钟前", n=ms // MINUTE_MS)
    if ms < DAY_MS:
        return Phrase("%(n)s小时前", n=ms // HOUR_MS)
    return Phrase("%(n)s天前", n=ms // DAY_MS)
