"""Takes over what waits in the session of an earlier version, whose client id was not a secret."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from ingest.address import BrokerAddress
from ingest.listener import Listener
from store.database import Databases
from store.service_secrets import forget, get

log = logging.getLogger(__name__)

EARLIER_CLIENT_ID = "earlier_client_id"
END_S = 10.0

RunListener = Callable[[Listener, threading.Event], None]
MakeListener = Callable[[BrokerAddress], Listener]


def take_over_earlier(
    dbs: Databases, broker: BrokerAddress, make: MakeListener, run: RunListener, stop: threading.Event
) -> None:
    """Stores what waits there, then ends that session. Does nothing after the first time. If it is killed,
    the next start repeats it.

    The new session is subscribed first, so that each message is in one of the two.
    """
    with dbs.records.read() as tx:
        earlier = get(tx, EARLIER_CLIENT_ID)
    if earlier is None:
        return
    new = make(broker)
    run(new, _Until(stop, lambda: new.session.is_ready))
    old = make(replace(broker, client_id=earlier))
    run(old, _Until(stop, lambda: old.session.is_ready and not old.leadership.pipeline.queued))
    if stop.is_set():
        return
    if not _end_session(broker, earlier):
        log.warning("the session of the earlier version could not be ended; the next start tries again")
        return
    with dbs.records.write() as tx:
        forget(tx, EARLIER_CLIENT_ID)
    log.warning("took over the session of the earlier version")


class _Until(threading.Event):
    """A stop event that is also set once `done` was true, also if it is not any more."""

    def __init__(self, stop: threading.Event, done: Callable[[], bool]) -> None:
        super().__init__()
        self._stop, self._done = stop, done

    def is_set(self) -> bool:
        if self._stop.is_set() or self._done():
            self.set()
        return super().is_set()


def _end_session(broker: BrokerAddress, client_id: str) -> bool:
    """A clean session that disconnects leaves nothing behind. Returns whether the broker accepted it. Raises
    OSError."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
    broker.prepare(client)
    client.connect(broker.host, broker.port)
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.loop_start()
    has_connected = connected.wait(END_S)
    client.disconnect()
    client.loop_stop()
    return has_connected
