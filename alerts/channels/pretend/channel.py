"""Client of the pretend phone network (simulators/phones) over HTTP.

Uses only the standard library, so the alerting process stays small.
"""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from alerts.channels.contract import InboundMessage, Installation
from alerts.channels.pretend.settings import ChannelSettings
from core.errors import SendError
from core.patrols.pre_opening_check import SmsCredit

NAME = "pretend"
PATH = "/phones"
"""Where the web process mounts the network."""
SECRET_FILE = "phones.secret"
SECRET_HEADER = "X-Phones-Secret"
TIMEOUT_S = 5.0


def open_channel(_settings: ChannelSettings, installation: Installation) -> "PretendChannel":
    return PretendChannel(installation.page_address + PATH, installation.secret(SECRET_FILE))


class PretendChannel:
    """`base_url` is the network's address: http://127.0.0.1:8000/phones."""

    name = NAME

    def __init__(self, base_url: str, secret: str, timeout_s: float = TIMEOUT_S) -> None:
        self.base_url = base_url.rstrip("/")
        self.secret = secret
        self.timeout_s = timeout_s
        # No proxy: the network runs on this machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(self, phone: str, text: str, dedup_key: str) -> str:
        body = json.dumps({"phone": phone, "text": text, "dedup_key": dedup_key}).encode()
        try:
            return str(self._ask("/api/send", body)["id"])
        except KeyError as error:
            raise SendError("an answer without an id", retry=True) from error

    def receive(self, after: str | None) -> list[InboundMessage]:
        answer = self._ask("/api/inbox?" + urlencode({"after": after or "0"}))
        try:
            return [
                InboundMessage(
                    str(message["id"]), str(message["phone"]), str(message["text"]), int(message["at"])
                )
                for message in answer["items"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise SendError(f"an answer we cannot read: {error!r}", retry=True) from error

    def credit(self) -> SmsCredit | None:
        answer = self._ask("/api/credit")
        try:
            return SmsCredit(texts=int(answer["texts"]))
        except (KeyError, TypeError, ValueError) as error:
            raise SendError(f"an answer we cannot read: {error!r}", retry=True) from error

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {SECRET_HEADER: self.secret, "Content-Type": "application/json"}
        request = urllib.request.Request(self.base_url + path, body, headers)
        try:
            with self.opener.open(request, timeout=self.timeout_s) as answer:
                content = json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            # A retry helps against a broken, busy or misconfigured network, not against a bad text.
            raise SendError(f"HTTP {error.code}", retry=error.code not in (400, 422)) from error
        except (OSError, ValueError) as error:
            raise SendError(str(error), retry=True) from error
        if not isinstance(content, dict):
            raise SendError("an answer we cannot read", retry=True)
        return content
