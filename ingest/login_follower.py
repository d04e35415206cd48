"""Keeps the rights of the logins current, by which the listener tells whose message it is."""

import logging

from core.devices.login_shares import LoginFinder
from core.devices.topic_rights import TopicRight
from core.errors import Refused, StoreError
from store.database import Databases
from store.devices import credentials

log = logging.getLogger(__name__)


class LoginFollower:
    """`refresh` is cheap if nothing changed, and never raises: the last rights stay."""

    def __init__(self, dbs: Databases) -> None:
        self._dbs = dbs
        self._stamp: object = None
        self._finder = LoginFinder()
        self.refresh()

    def sender_of(self, topic: str) -> str:
        return self._finder.sender_of(topic)

    def refresh(self) -> None:
        try:
            with self._dbs.records.read() as tx:
                stamp = credentials.stamp(tx)
                if stamp == self._stamp:
                    return
                active = credentials.active(tx)
        except StoreError as error:
            log.error("cannot read the logins, the last ones stay in use: %s", error)
            return
        self._stamp = stamp
        self._finder = LoginFinder({credential.name: _rights(credential) for credential in active})


def _rights(credential: credentials.Credential) -> tuple[TopicRight, ...]:
    try:
        return credential.rights
    except Refused:  # issued by an earlier version
        return ()
