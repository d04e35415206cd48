"""The two styles of wording (see the package)."""

from enum import StrEnum


class Style(StrEnum):
    COMPACT = "compact"
    FULL = "full"


COMPACT, FULL = Style.COMPACT, Style.FULL
