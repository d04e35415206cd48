"""Tells technicians of a disk that takes no more rows: their text cannot be queued, so it is sent at once.

What was sent is remembered in this process until rows can be written, and becomes rows then. So nobody gets
the text twice, unless the process starts again meanwhile.
"""

import logging
import time
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from alerts.channels.contract import Channel
from alerts.technicians import notice_key, technicians
from alerts.text_context import TextContext
from core.errors import SendError, StoreError
from core.notifications.alert_texts import TextStyle
from core.notifications.escalation import NotificationKind
from core.notifications.issue_texts import issue_sms, issue_text_of
from core.notifications.new_message import NewMessage
from store.database import Databases
from store.notifications import notifications as outbox
from store.rooms.timezones import federation_timezone

log = logging.getLogger(__name__)

LASTING_S = 60.0
"""Refusals that are over sooner are told to nobody."""


class _Recipient(NamedTuple):
    person: int
    phone: str
    style: TextStyle


class DirectNotice:
    """People are read while the database can be read, because later it may not."""

    def __init__(self, dbs: Databases, channel: Channel, lasting_s: float = LASTING_S) -> None:
        self._dbs = dbs
        self._channel = channel
        self._lasting_s = lasting_s
        self._recipients: list[_Recipient] = []
        self._zone = ""
        self._refused_since: dict[str, float] = {}
        self._sent_messages: dict[tuple[str, int], NewMessage] = {}
        self._unrecorded: list[NewMessage] = []

    @property
    def has_unrecorded(self) -> bool:
        return bool(self._unrecorded)

    def read_people(self) -> None:
        """Never raises: the last people stay."""
        try:
            with self._dbs.records.read() as tx:
                context = TextContext.read(tx)
                self._zone = federation_timezone(tx)
        except StoreError:
            return
        self._recipients = [
            _Recipient(person.id, person.phone or "", context.style(person.id))
            for person in technicians(list(context.people.values()))
        ]

    def on_refused(self, troubles: Mapping[str, str], now: int) -> None:
        """Call with the troubles (name -> why) whose rows the store refuses. Sends the text of each that
        lasts, once; a text that the channel does not take is tried again."""
        since = self._refused_since
        self._refused_since = {name: since.get(name, time.monotonic()) for name in troubles}
        for name, why in troubles.items():
            wanted = issue_text_of(name)
            if wanted is None or time.monotonic() - self._refused_since[name] < self._lasting_s:
                continue
            for recipient in self._recipients:
                if (name, recipient.person) not in self._sent_messages:
                    text = issue_sms(recipient.style, wanted.text, why)
                    key = notice_key(name, now, self._zone, recipient.person, urgent=wanted.urgent)
                    message = NewMessage(recipient.person, NotificationKind.SERVICE, text, key)
                    if not self._is_sent(key):
                        self._send(name, recipient.phone, message)

    def on_written(self, tx: Connection, now: int) -> None:
        """Call in the first transaction that may succeed again: notes what was sent meanwhile."""
        for message in self._unrecorded:
            outbox.note_sent(tx, now, self._channel.name, message)

    def on_committed(self) -> None:
        self._unrecorded = []
        self._refused_since = {}
        self._sent_messages = {}

    def _is_sent(self, key: str) -> bool:
        """Whether it was sent before the store refused rows."""
        try:
            with self._dbs.records.read() as tx:
                return outbox.is_sent(tx, key)
        except StoreError:
            return False

    def _send(self, name: str, phone: str, message: NewMessage) -> None:
        try:
            self._channel.send(phone, message.text, message.dedup_key)
        except SendError as error:
            log.error("the store refuses rows, and the text about it was not sent: %s", error)
            return
        log.warning("the store refuses rows; told person %d directly", message.person)
        self._sent_messages[name, message.person] = message
        self._unrecorded.append(message)
