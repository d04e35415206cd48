"""Help texts of settings."""

from typing import NamedTuple


class SettingHelp(NamedTuple):
    """Chinese source sentences: the purpose of the setting, and what to write.

    A `secret` is never shown and may be given as a file (`..._FILE`).
    """

    purpose: str
    write: str
    secret: bool = False
