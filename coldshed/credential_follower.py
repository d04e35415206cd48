"""Keeps the broker's logins as the records say, from the listener's process: the one that always runs.

It writes the files when a login comes or goes, and lets our own Mosquitto read them again (SIGHUP). A
broker elsewhere is told by who watches the files there: deploy/mosquitto/start.sh, docs/operators/broker.md.
"""

import logging
import threading

from coldshed import broker, broker_credentials
from coldshed.settings import Settings
from core.errors import StoreError
from store.database import Databases
from store.devices import credentials

log = logging.getLogger(__name__)

LOOK_S = 1.0
ANYWAY_S = 60.0


class CredentialFollower:
    """`start` returns at once, `stop` waits."""

    def __init__(self, settings: Settings, dbs: Databases) -> None:
        self._settings, self._dbs = settings, dbs
        self._written_state: object = None
        self._last_error = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logins", daemon=True)

    def start(self) -> None:
        if broker_credentials.folder(self._settings) is not None:
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        waited = ANYWAY_S
        while not self._stop.wait(LOOK_S):
            waited += LOOK_S
            try:
                self.step(anyway=waited >= ANYWAY_S)
                self._say_once("")
            except (OSError, StoreError) as error:
                self._say_once(f"the broker's logins cannot be written: {error}")
            if waited >= ANYWAY_S:
                waited = 0.0

    def step(self, anyway: bool = False) -> None:
        """Writes and tells the broker where something is new: a login, the broker itself, or the files were
        touched. Telling once too often is harmless; a crash in between makes the next process tell."""
        running = broker.running(self._settings)
        with self._dbs.records.read() as tx:
            now = (credentials.stamp(tx), running, broker_credentials.simulated(self._settings))
        new = now != self._written_state
        if not new and not anyway:
            return
        if broker.bring_up_to_date(self._settings, self._dbs) or new:
            broker.tell(running)
        self._written_state = now

    def _say_once(self, text: str) -> None:
        if text and text != self._last_error:
            log.error(text)
        self._last_error = text
