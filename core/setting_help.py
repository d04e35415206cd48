"""What people read about a setting, wherever the setting is defined."""

from typing import NamedTuple


class SettingHelp(NamedTuple):
    """Chinese source sentences: what the setting is for, and what to write there.

    A `secret` is never shown, and may be given as a file (`..._FILE`).
    """

    purpose: str
    write: str
    secret: bool = False
