"""What a channel must be able to do, and what it may know. docs/channels.md says how to add one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from core.patrols.pre_opening_check import SmsCredit


@dataclass(frozen=True, slots=True)
class Installation:
    """What a channel may know of the machine it runs on, besides its own settings."""

    data_dir: Path
    page_address: str
    """The page as processes of this machine reach it, such as http://127.0.0.1:8000."""
    secret: Callable[[str], str]
    """The content of a secret file of that name in the data folder, made at first need."""


class InboundMessage(NamedTuple):
    """An answer. `external_id` is the channel's own, in the order in which answers came; `at` ms."""

    external_id: str
    phone: str
    text: str
    at: int


class Channel(Protocol):
    """All methods raise core.errors.SendError; `retry` says whether trying again can help."""

    @property
    def name(self) -> str: ...

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        """Hands one text over and returns the channel's id of it.

        The same `dedup_key` may come twice (after a crash between sending and writing down that it
        was sent); a channel that can tell must deliver it once.
        """
        ...

    def receive(self, after: str | None) -> list[InboundMessage]:
        """Answers after that `external_id`, oldest first; a channel without answers returns none."""
        ...

    def credit(self) -> SmsCredit | None:
        """How many texts and how much money are left; None where the channel cannot say."""
        ...
