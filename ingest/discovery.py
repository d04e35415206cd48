"""Samples topics that no decoder family reads, so that a technician sees what a new device sends.

It subscribes to `#` on a separate connection with QoS 0 and without a session, so the broker queues
nothing while it is away. Under heavy traffic it connects only now and then.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from core.errors import StoreError
from ingest.address import BrokerAddress
from store.database import Databases
from store.decoding import rejected
from store.overview import system_issues
from store.overview.progress_files import EVERY_S, PartReporter

log = logging.getLogger(__name__)

UNKNOWN_TOPIC = "unknown_topic"
NOT_OURS = ("$", "homeassistant/", "coldshed/listener/")
NOTES_A_WINDOW = 100
RETAINED_A_WINDOW = 5_000
REMEMBER_TOPICS = rejected.KEEP_TOPICS
LOOP_S = 0.25

CRASHED = "discovery.crashed"

Note = Callable[[str, bytes, bool], None]
"""(topic, payload, whether the message is retained)"""
Report = Callable[[str], None]
"""Why discovery crashed; an empty text when it works again."""


def store_unknown_topics(dbs: Databases, now: Callable[[], int]) -> Note:
    """A `Note` that stores unknown topics with the rejected messages."""

    def note(topic: str, payload: bytes, retained: bool) -> None:
        with dbs.journal.write() as tx:
            rejected.add_rejected(tx, now(), topic, UNKNOWN_TOPIC, "", payload, retained)

    return note


def report_crashes(dbs: Databases, now: Callable[[], int], name: str = CRASHED) -> Report:
    """A `Report` that shows a crash on the page and in `/metrics`, as the system issue `name`."""

    def report(text: str) -> None:
        try:
            with dbs.records.write() as tx:
                if text:
                    system_issues.note(tx, name, text, now())
                else:
                    system_issues.clear(tx, name, now())
        except StoreError as error:
            log.error("cannot note %s: %s", name, error)

    return report


def _subscribe(client: paho.Client, *_: object) -> None:
    client.subscribe("#", 0)


class DiscoveryPace(NamedTuple):
    """Above `busy_per_s` messages a second over `window_s`, discovery stays away for `rest_s`. A topic is
    noted again after `note_again_s`."""

    busy_per_s: float = 200
    window_s: float = 5.0
    rest_s: float = 60.0
    note_again_s: float = 60.0


class Discovery:
    """Calls `note(topic, payload, retained)` for topics that `knows` does not, at the given `pace`.

    `start` returns at once, `stop` waits for the thread.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        knows: Callable[[str], bool],
        note: Note,
        report: Report = lambda _: None,
        pace: DiscoveryPace = DiscoveryPace(),  # noqa: B008 - immutable
    ) -> None:
        self._broker = broker
        self._knows = knows
        self._note = note
        self._report = report
        self._pace = pace
        self._noted: dict[str, float] = {}
        self._live = self._retained = self._notes = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._logged = ""
        self._reported: str | None = None
        self._progress = PartReporter()

    def start(self, progress: PartReporter | None = None) -> None:
        """`progress` reports only that the thread comes round: a crash is a system issue, and to restart the
        listener would not help."""
        self._progress = progress or self._progress
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="discovery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch()
            except OSError as error:  # the listener reports an unreachable broker
                self._log_once(f"discovery cannot connect: {error}")
            except Exception as error:  # noqa: BLE001 - top of the loop; discovery never stops the rest
                self._report_crash(f"{type(error).__name__}: {error}")
            self._rest()

    def _rest(self) -> None:
        end = time.monotonic() + self._pace.rest_s
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            self._progress.worked()
            self._stop.wait(min(left, EVERY_S))

    def _watch(self) -> None:
        """One connection: until `stop`, an error, or too much traffic. Raises OSError."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311, clean_session=True
        )
        self._broker.prepare(client)
        client.on_connect = _subscribe
        client.on_message = self._message
        client.connect(self._broker.host, self._broker.port, keepalive=30)
        self._log_once("")
        try:
            ends = self._new_window()
            while not self._stop.is_set() and not self._is_busy():
                self._progress.worked()
                if client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                if time.monotonic() > ends:
                    ends = self._new_window()
                    self._report_recovery()
        finally:
            client.disconnect()

    def _new_window(self) -> float:
        self._live = self._retained = self._notes = 0
        return time.monotonic() + self._pace.window_s

    def _is_busy(self) -> bool:
        return self._live > self._pace.busy_per_s * self._pace.window_s or self._retained > RETAINED_A_WINDOW

    def _message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.retain:
            self._retained += 1
        else:
            self._live += 1
        if self._is_busy() or not message.payload or self._notes >= NOTES_A_WINDOW:
            return
        topic = message.topic
        if topic.startswith(NOT_OURS) or self._knows(topic) or not self._is_due(topic):
            return
        self._notes += 1
        self._note(topic, bytes(message.payload), message.retain)

    def _is_due(self, topic: str) -> bool:
        now = time.monotonic()
        before = self._noted.get(topic)
        if before is not None and now - before < self._pace.note_again_s:
            return False
        if before is None and len(self._noted) >= REMEMBER_TOPICS:
            self._noted = {
                topic: at for topic, at in self._noted.items() if now - at < self._pace.note_again_s
            }
            if len(self._noted) >= REMEMBER_TOPICS:
                return False
        self._noted[topic] = now
        return True

    def _report_crash(self, text: str) -> None:
        self._log_once(f"discovery crashed; trying again: {text}")
        if text != self._reported:
            self._report(text)
            self._reported = text

    def _report_recovery(self) -> None:
        """Call after a window without a crash. The first call clears what an earlier process reported."""
        if self._reported != "":
            self._report("")
            self._reported = ""

    def _log_once(self, text: str) -> None:
        if text and text != self._logged:
            log.warning(text)
        self._logged = text
