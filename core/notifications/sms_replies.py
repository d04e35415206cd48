"""Interprets people's answers by SMS."""

import unicodedata
from enum import StrEnum


class SmsReply(StrEnum):
    GOING = "going"
    PASS = "pass"
    UNCLEAR = "unclear"


_GOING = {
    "1",
    "一",
    "我去",
    "去",
    "我去了",
    "收到",
    "好",
    "好的",
    "行",
    "1我去",
    "1收到",
    "ok",
    "go",
    "going",
}
_PASS = {"2", "二", "换人", "换", "换下一个人", "换下一个", "2换人", "去不了", "我去不了", "pass"}


def understand(text: str) -> SmsReply:
    """Accepts `1` and `2` in full width, with spaces or a full stop, or as words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(c for c in plain if c.isalnum()).removeprefix("回")
    if plain in _GOING:
        return SmsReply.GOING
    return SmsReply.PASS if plain in _PASS else SmsReply.UNCLEAR
