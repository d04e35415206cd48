"""What a way to reach people must be able to do. To add one: a folder with `channel.py`, its tests,
a heading in docs/channels.md, and a line in `alerts/channels/__init__.py`."""

from typing import NamedTuple, Protocol

from core.patrols.pre_opening_check import SmsCredit


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
