"""Keeps what it is given in a list."""

from alerts.channels.contract import InboundMessage, Installation
from core.errors import SendError
from core.patrols.pre_opening_check import SmsCredit
from tests.support.tiny_channel.settings import ChannelSettings

sent: list[tuple[str, str, str]] = []


def open_channel(settings: ChannelSettings, _installation: Installation) -> "TinyChannel":
    return TinyChannel(settings)


class TinyChannel:
    name = "tiny"

    def __init__(self, settings: ChannelSettings) -> None:
        self._settings = settings

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        sent.append((phone, text, dedup_key))
        return str(len(sent))

    def receive(self, _after: str | None) -> list[InboundMessage]:
        return []

    def credit(self) -> SmsCredit | None:
        if self._settings.tiny_key == "revoked":
            raise SendError("the key is refused", retry=True)
        return SmsCredit(texts=7)
