"""Compact for one glance, full for what must be exact (see the package)."""

from enum import StrEnum


class Style(StrEnum):
    COMPACT = "compact"
    FULL = "full"


COMPACT, FULL = Style.COMPACT, Style.FULL
