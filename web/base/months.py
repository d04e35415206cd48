"""The last months by name, for papers and exports."""

from typing import NamedTuple

from web.base.localizer import Localizer, local


class Month(NamedTuple):
    value: str  # 2026-01
    word: str


def months(now: int, words: Localizer, zone: str, count: int = 12) -> list[Month]:
    """The current month and those before it, newest first."""
    local_now = local(now, zone)
    year, month, choices = local_now.year, local_now.month, []
    for _ in range(count):
        choices.append(Month(f"{year}-{month:02d}", words("%(y)s年%(m)s月", y=year, m=month)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return choices
