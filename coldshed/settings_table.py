"""`coldshed settings`: the table of settings with the values in force."""

import unicodedata
from collections.abc import Sequence

from coldshed.settings import TOLD
from coldshed.settings_loader import LoadedSettings, say, shown, variable_of


def table(given: LoadedSettings) -> str:
    """Setting, value, where it came from, what it is for; secrets are not shown."""
    rows = [(say("设置"), say("现在的值"), say("写在"), say("管什么"))]
    for name, told in TOLD.items():
        value = shown(name, getattr(given.settings, name))
        origin = given.origins.get(name)
        where = say("默认") if origin is None else say("环境变量") if origin == variable_of(name) else origin
        rows.append((variable_of(name), value, where, say(told.purpose)))
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Under each other, the last one as long as it likes."""
    last = len(rows[0]) - 1
    widths = [max(_width(row[column]) for row in rows) for column in range(last)]
    return "\n".join("  ".join((*map(_padded, row, widths), row[last])) for row in rows)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """In columns of a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
