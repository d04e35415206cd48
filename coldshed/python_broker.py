"""amqtt, configured to keep the sessions of named clients after they disconnect (anonymous sessions end)."""

import asyncio
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakSet

import amqtt.broker
from amqtt.broker import Broker
from amqtt.contexts import Action
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from coldshed import broker_credentials
from coldshed.settings import Settings
from core.decoding.topic_filters import matches
from core.devices.credentials import is_password
from core.devices.topic_rights import READ, WRITE, allows

log = logging.getLogger(__name__)

STOP_POLL_S = 0.25
SESSION_S = 14 * 24 * 3600


class LoginFiles:
    """The logins of Mosquitto's two files; call `reload_if_changed` often. Without the files everybody may
    connect."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._signatures: object = ()
        self._logins: dict[str, broker_credentials.BrokerLogin] | None = None

    def reload_if_changed(self) -> bool:
        """Reloads the files if they changed and returns whether they did. On an error the logins stay
        unchanged."""
        signatures = tuple(
            _signature(self._folder / name) for name in (broker_credentials.PASSWORDS, broker_credentials.ACL)
        )
        if signatures == self._signatures:
            return False
        logins = broker_credentials.read(self._folder)
        self._logins = None if logins is None else {login.name: login for login in logins}
        self._signatures = signatures
        return True

    def is_authenticated(self, name: str | None, password: str | None) -> bool:
        if self._logins is None:
            return True
        login = self._logins.get(name or "")
        return login is not None and is_password(password or "", login.password)

    def is_allowed(self, name: str | None, access: str, topic: str) -> bool:
        if self._logins is None:
            return True
        login = self._logins.get(name or "")
        return login is not None and allows(login.rights, access, topic)


def _signature(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


KNOWN_AS = "coldshed_known_as"
"""Session attribute with the name that was proved by its password. amqtt sets `username` before it checks
the password, also in the session of another client that is connected with the same client id."""


class Authenticator(BaseAuthPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Authenticates clients by name and password; only named clients keep a session."""

    @dataclass
    class Config:
        book: Any = None

    async def authenticate(self, *, session: Session) -> bool | None:
        book: LoginFiles = self._get_config_option("book")
        session.is_anonymous = not session.username
        right = book.is_authenticated(session.username, session.password)
        setattr(session, KNOWN_AS, session.username if right else None)
        if session.will_flag and not book.is_allowed(session.username, WRITE, session.will_topic or ""):
            log.warning("%s may not have a will on %s; will ignored", session.username, session.will_topic)
            session.will_flag = False
        return right


class TopicRights(BaseTopicPlugin):  # type: ignore[misc]
    """Whether a login may publish to or receive a topic. Every subscription is accepted, as by Mosquitto;
    messages without read access are not sent."""

    @dataclass
    class Config:
        book: Any = None

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        if action == Action.SUBSCRIBE or session is None:
            return True
        book: LoginFiles = self._get_config_option("book")
        access = WRITE if action == Action.PUBLISH else READ
        return book.is_allowed(getattr(session, KNOWN_AS, None), access, topic or "")


class OwnSessions(BrokerProtocolHandler):  # type: ignore[misc]
    """Gives each login sessions of its own.

    amqtt finds a session by its client id alone, and ends or continues it before it checks the password:
    anybody who knows a client id made its owner deaf.
    """

    book: ClassVar[LoginFiles]

    @classmethod
    async def init_from_connect(
        cls, reader: Any, writer: Any, plugins_manager: Any, loop: Any = None
    ) -> tuple[BrokerProtocolHandler, Session]:
        handler, session = await super().init_from_connect(reader, writer, plugins_manager, loop)
        if cls.book.is_authenticated(session.username, session.password):
            session.client_id = f"{session.username or ''}/{session.client_id}"
        else:  # one for an address, because amqtt keeps refused sessions
            session.client_id, session.clean_session = f"/refused/{session.remote_address}", True
        return handler, session


class StrictBroker(Broker):  # type: ignore[misc]
    """Corrects amqtt in two points.

    It sends retained messages without checking read access, also to clients whose subscription was
    refused. And it does not close its connections when it stops: since Python 3.12 the server waits for
    them, so one idle client kept the process alive.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._writers: WeakSet[asyncio.StreamWriter] = WeakSet()

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        self._writers.add(writer)
        await super().stream_connected(reader, writer, listener_name)

    async def shutdown(self) -> None:
        """Stops accepting, ends the sessions, closes all connections, then stops."""
        for server in self._servers.values():
            server.instance.close()
        for client_id in list(self._sessions):
            await self._cleanup_session(client_id)
        for writer in list(self._writers):
            writer.close()
        await super().shutdown()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        wanted, qos = subscription
        handler = self._get_handler(session)
        if handler is None or all(
            session is not subscriber for subscriber, _ in self._subscriptions.get(wanted, ())
        ):
            return
        sending = []
        for topic, kept in list(self._retained_messages.items()):
            if matches(wanted, topic) and await self._topic_filtering(session, topic, Action.RECEIVE):
                sending.append(handler.mqtt_publish(topic, kept.data, min(qos, kept.qos or qos), retain=True))
        await asyncio.gather(*sending)

    async def disconnect_revoked(self, book: LoginFiles) -> None:
        """Disconnects clients whose login was revoked, as Mosquitto does."""
        for client_id, (session, handler) in list(self._sessions.items()):
            name = getattr(session, KNOWN_AS, None)
            if not book.is_authenticated(name, session.password):
                log.warning("login of %s (%s) was revoked; disconnecting", name, client_id)
                if session.transitions.is_connected():
                    session.will_flag = False
                    await handler.handle_connection_closed()
                    await handler.stop()


def run(settings: Settings, stop: threading.Event) -> None:
    """Runs until `stop` is set."""
    logging.getLogger("amqtt").setLevel(logging.WARNING)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    asyncio.run(_serve(settings, stop))


async def _serve(settings: Settings, stop: threading.Event) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_loop_error)
    host = f"[{settings.mqtt_host}]" if ":" in settings.mqtt_host else settings.mqtt_host
    book = LoginFiles(broker_credentials.own_folder(settings))
    book.reload_if_changed()
    OwnSessions.book = book
    amqtt.broker.BrokerProtocolHandler = OwnSessions  # amqtt makes its handlers by this name
    broker = StrictBroker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{settings.mqtt_port}"}},
            "session_expiry_interval": SESSION_S,
            "plugins": {
                f"{__name__}.{plugin.__name__}": {"book": book} for plugin in (Authenticator, TopicRights)
            },
        }
    )
    await broker.start()
    while not stop.is_set():
        await asyncio.sleep(STOP_POLL_S)
        try:
            if book.reload_if_changed():
                await broker.disconnect_revoked(book)
        except (OSError, ValueError, TypeError) as error:
            log.error("cannot read the broker's logins: %s", error)
    await broker.shutdown()


def _log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs connection errors at debug level only: amqtt leaves an unretrieved task exception for every
    client that disconnects without DISCONNECT, such as an MQTT 5 client."""
    error = context.get("exception")
    level = logging.DEBUG if isinstance(error, OSError) else logging.ERROR
    log.log(level, "amqtt: %s: %r", context["message"], error)
