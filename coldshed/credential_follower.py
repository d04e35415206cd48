"""Keeps the broker's logins in step with the records. Runs in the listener's process, because that always
runs.

It writes the files when a login is added or revoked and makes the included Mosquitto reload them (SIGHUP),
but only while the listener says that nothing is lost by it: at a reload Mosquitto forgets what a client that
is away may read, and drops the messages for it although it has acknowledged them. For an external broker,
something else must watch the files: deploy/mosquitto/start.sh, docs/operators/broker.md.
"""

import logging
import threading
from collections.abc import Callable

from coldshed import broker, broker_credentials
from coldshed.settings import Settings
from ingest.discovery import report_crashes
from store.clock import now_ms
from store.database import Databases
from store.devices import credentials
from store.overview.progress_files import PartReporter

log = logging.getLogger(__name__)

FAILING = "logins.failing"
LOOK_S = 1.0
ANYWAY_S = 60.0


class CredentialFollower:
    """`start` returns at once; `stop` waits for the thread. `may_reload`: whether the broker can read its
    logins again without loss."""

    def __init__(self, settings: Settings, dbs: Databases, may_reload: Callable[[], bool]) -> None:
        self._settings, self._dbs, self._may_reload = settings, dbs, may_reload
        self._written_state: object = None
        self._last_error: str | None = None
        self._report = report_crashes(dbs, now_ms, FAILING)
        self._progress = PartReporter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="logins", daemon=True)

    def start(self, report: Callable[[], PartReporter] = PartReporter) -> None:
        """`report` makes the reporter of the thread, if there is one. It reports only that the thread comes
        round: a failure is a system issue, and to restart the listener would not help."""
        if broker_credentials.folder(self._settings) is not None:
            self._progress = report()
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        waited = ANYWAY_S
        while not self._stop.wait(LOOK_S):
            self._progress.worked()
            waited += LOOK_S
            try:
                self.step(anyway=waited >= ANYWAY_S)
                self._report_once("")
            except Exception as error:  # noqa: BLE001 - top of the loop; reported in the log and on the page
                self._report_once(str(error) or repr(error))
            if waited >= ANYWAY_S:
                waited = 0.0

    def step(self, anyway: bool = False) -> None:
        """Writes the files and reloads the broker if a login, the broker's process or a file changed, as
        soon as nothing is lost by it. While the listener is connected an extra reload is harmless; after a
        crash in between, the next process reloads."""
        running = broker.running_broker(self._settings)
        with self._dbs.records.read() as tx:
            now = (credentials.stamp(tx), running, broker_credentials.has_simulator_login(self._settings))
        new = now != self._written_state
        if not (new or anyway) or not (self._may_reload() or self._has_no_files()):
            return
        if broker.update_files(self._settings, self._dbs) or new:
            broker.reload_logins(running)
        self._written_state = now

    def _has_no_files(self) -> bool:
        """An external broker may be unable to start without them."""
        place = self._settings.mqtt_logins_dir
        return place is not None and broker_credentials.read(place) is None

    def _report_once(self, text: str) -> None:
        """An empty text: they can be written again; the first one clears what an earlier process reported."""
        if text == self._last_error:
            return
        if text:
            log.error("the broker's logins cannot be written: %s", text)
        self._report(text)
        self._last_error = text
