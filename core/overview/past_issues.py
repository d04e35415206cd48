"""System issues about something that is over: nothing can end them, so they end after a time, or by hand."""

from core.errors import Refused
from core.times import DAY_MS

SHOWN_FOR: dict[str, int] = {
    "history_refused": DAY_MS,
    "history_missed": 7 * DAY_MS,
    "history_lost": 7 * DAY_MS,
    "history.set_aside": 7 * DAY_MS,
    "journal_unreadable": 7 * DAY_MS,
    "journal.restarted": 7 * DAY_MS,
}
"""How long (ms) after its last occurrence an issue is shown."""


def is_past(name: str) -> bool:
    """Whether a person who has seen it may end it."""
    return name in SHOWN_FOR


def is_over(name: str, last_at: int, now: int) -> bool:
    return is_past(name) and last_at < now - SHOWN_FOR[name]


def check_past(name: str) -> None:
    """Refused: an issue that ends by itself when it is mended."""
    if not is_past(name):
        raise Refused("not_past", "这条修好了自己会没，不用点知道了")
