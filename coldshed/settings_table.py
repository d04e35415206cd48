"""`coldshed settings`: the table of settings with their effective values."""

import unicodedata
from collections.abc import Sequence

from coldshed.messages import translated
from coldshed.settings import setting_helps
from coldshed.settings_loader import LoadedSettings, shown, variable_of


def table(loaded: LoadedSettings) -> str:
    """Columns: setting, value, source, purpose. Secrets are hidden."""
    rows = [(translated("设置"), translated("现在的值"), translated("写在"), translated("管什么"))]
    for name, setting_help in setting_helps().items():
        value = shown(name, loaded.settings.value(name))
        origin = loaded.origins.get(name)
        where = (
            translated("默认")
            if origin is None
            else translated("环境变量")
            if origin == variable_of(name)
            else origin
        )
        rows.append((variable_of(name), value, where, translated(setting_help.purpose)))
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Aligns all columns except the last."""
    last = len(rows[0]) - 1
    widths = [max(_width(row[column]) for row in rows) for column in range(last)]
    return "\n".join("  ".join((*map(_padded, row, widths), row[last])) for row in rows)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Width in terminal columns; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
