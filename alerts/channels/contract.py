"""The interface of a channel. docs/channels.md says how to add one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from core.patrols.pre_opening_check import SmsCredit


@dataclass(frozen=True, slots=True)
class Installation:
    """The machine's facts that a channel may use besides its own settings."""

    data_dir: Path
    page_address: str
    """Base URL of the pages, as processes of this machine reach it: http://127.0.0.1:8000."""
    secret: Callable[[str], str]
    """Name of a secret file in the data folder -> its content; creates the file on first use."""


class InboundMessage(NamedTuple):
    """An SMS that came in. `external_id` is the channel's own and grows with each message; `at` is in ms."""

    external_id: str
    phone: str
    text: str
    at: int


class Channel(Protocol):
    """Every method raises core.errors.SendError; its `retry` says whether another attempt can help."""

    @property
    def name(self) -> str: ...

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        """Sends one text and returns the channel's id of it.

        The same `dedup_key` comes twice when the process crashes between sending and recording; a channel
        that supports keys must deliver such a text once.
        """
        ...

    def receive(self, after: str | None) -> list[InboundMessage]:
        """Inbound messages after `after` (an `external_id`), oldest first; empty for a channel without
        answers."""
        ...

    def credit(self) -> SmsCredit | None:
        """The texts and the money that are left; None if the channel cannot report them."""
        ...
