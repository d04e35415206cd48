"""Finds topics that no family knows, so that a technician sees what a new device really sends.

A connection of its own, QoS 0 and without a session, to `#`: it costs the broker nothing while it is
away and can lose nothing that matters. Where there is much traffic it looks only now and then, and
leaves as soon as it has seen that there is much.
"""

import logging
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from ingest.address import BrokerAddress
from store.database import Databases
from store.decoding import rejected

log = logging.getLogger(__name__)

UNKNOWN_TOPIC = "unknown_topic"
NOT_OURS = ("$", "homeassistant/", "coldshed/listener/")
BUSY_PER_S = 200
WINDOW_S = 5.0
REST_S = 60.0
AGAIN_S = 60.0
NOTES_A_WINDOW = 100
RETAINED_A_WINDOW = 5_000
REMEMBER_TOPICS = rejected.KEEP_TOPICS
LOOP_S = 0.25

Note = Callable[[str, bytes, bool], None]
"""Topic, payload, and whether the broker had kept it since some time before."""


def into(dbs: Databases, now: Callable[[], int]) -> Note:
    """A `note` that keeps what was found with the rejected messages."""

    def note(topic: str, payload: bytes, retained: bool) -> None:
        with dbs.journal.write() as tx:
            rejected.add_rejected(tx, now(), topic, UNKNOWN_TOPIC, "", payload, retained)

    return note


def _subscribe(client: paho.Client, *_: object) -> None:
    client.subscribe("#", 0)


class Discovery:
    """Calls `note(topic, payload, retained)` for every topic that `knows` denies, each at most once a minute.

    `busy_per_s` over `window_s` sends it away for `rest_s`. `start` returns at once, `stop` waits.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        knows: Callable[[str], bool],
        note: Note,
        *,
        busy_per_s: float = BUSY_PER_S,
        window_s: float = WINDOW_S,
        rest_s: float = REST_S,
        again_s: float = AGAIN_S,
    ) -> None:
        self._broker = broker
        self._knows = knows
        self._note = note
        self._most = busy_per_s * window_s
        self._window_s = window_s
        self._rest_s = rest_s
        self._again_s = again_s
        self._noted: dict[str, float] = {}
        self._seen = self._retained = self._notes = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said = ""

    def start(self) -> None:
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
            except Exception as error:  # noqa: BLE001 - top of the loop; looking for devices never stops the rest
                self._say_once(f"looking for unknown topics: {type(error).__name__}: {error}")
            self._stop.wait(self._rest_s)

    def _watch(self) -> None:
        """One connection, until `stop`, until it breaks, or until there is too much to see."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311, clean_session=True
        )
        self._broker.prepare(client)
        client.on_connect = _subscribe
        client.on_message = self._message
        client.connect(self._broker.host, self._broker.port, keepalive=30)
        self._say_once("")
        try:
            ends = self._new_window()
            while not self._stop.is_set() and not self._busy():
                if client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                if time.monotonic() > ends:
                    ends = self._new_window()
        finally:
            client.disconnect()

    def _new_window(self) -> float:
        self._seen = self._retained = self._notes = 0
        return time.monotonic() + self._window_s

    def _busy(self) -> bool:
        return self._seen > self._most or self._retained > RETAINED_A_WINDOW

    def _message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        if message.retain:
            self._retained += 1
        else:
            self._seen += 1
        if self._busy() or not message.payload or self._notes >= NOTES_A_WINDOW:
            return
        topic = message.topic
        if topic.startswith(NOT_OURS) or self._knows(topic) or not self._due(topic):
            return
        self._notes += 1
        self._note(topic, bytes(message.payload), message.retain)

    def _due(self, topic: str) -> bool:
        now = time.monotonic()
        before = self._noted.get(topic)
        if before is not None and now - before < self._again_s:
            return False
        if before is None and len(self._noted) >= REMEMBER_TOPICS:
            self._noted = {each: at for each, at in self._noted.items() if now - at < self._again_s}
            if len(self._noted) >= REMEMBER_TOPICS:
                return False
        self._noted[topic] = now
        return True

    def _say_once(self, text: str) -> None:
        if text and text != self._said:
            log.warning(text)
        self._said = text
