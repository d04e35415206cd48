"""`coldshed settings`: the table of settings with the values in force."""

import unicodedata

from coldshed.given import Given, say, shown, variable_of
from coldshed.settings import Settings


def table(given: Given) -> str:
    """Setting, value, where it came from, what it is for; secrets are not shown."""
    rows = [(say("设置"), say("现在的值"), say("写在"), say("管什么"))]
    for name, field in Settings.model_fields.items():
        value = shown(name, getattr(given.settings, name))
        origin = given.origins.get(name)
        where = say("默认") if origin is None else say("环境变量") if origin == variable_of(name) else origin
        rows.append((variable_of(name), value, where, say(field.description or "")))
    widths = [max(_width(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join((*map(_padded, row, widths), row[3])) for row in rows)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """In columns of a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
