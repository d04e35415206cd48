"""amqtt, set up so that a named client's session outlives its connection (a nameless one's never does)."""

import asyncio
import logging
import threading
from dataclasses import dataclass
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import BaseContext
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session

from coldshed.settings import Settings

log = logging.getLogger(__name__)

STOP_POLL_S = 0.25
SESSION_S = 14 * 24 * 3600


class Doorkeeper(BaseAuthPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Lets in who knows the password; where none is set, everybody, but only the named keep a session."""

    @dataclass
    class Config:
        username: str = ""
        password: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._username = self._get_config_option("username", "")
        self._password = self._get_config_option("password", "")

    async def authenticate(self, *, session: Session) -> bool | None:
        session.is_anonymous = not session.username
        if not self._password:
            return True
        return (session.username, session.password) == (self._username, self._password)


def run(settings: Settings, stop: threading.Event) -> None:
    """Until `stop`."""
    logging.getLogger("amqtt").setLevel(logging.WARNING)
    logging.getLogger("transitions").setLevel(logging.WARNING)
    asyncio.run(_serve(settings, stop))


async def _serve(settings: Settings, stop: threading.Event) -> None:
    asyncio.get_running_loop().set_exception_handler(_say_small)
    password = settings.mqtt_password or ""
    host = f"[{settings.mqtt_host}]" if ":" in settings.mqtt_host else settings.mqtt_host
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{settings.mqtt_port}"}},
            "session_expiry_interval": SESSION_S,
            "plugins": {
                f"{__name__}.{Doorkeeper.__name__}": {
                    "username": settings.mqtt_username,
                    "password": password,
                }
            },
        }
    )
    await broker.start()
    while not stop.is_set():
        await asyncio.sleep(STOP_POLL_S)
    await broker.shutdown()


def _say_small(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """amqtt leaves a task unheard for every client that goes without a word, as one with MQTT 5 does."""
    error = context.get("exception")
    level = logging.DEBUG if isinstance(error, OSError) else logging.ERROR
    log.log(level, "amqtt: %s: %r", context["message"], error)
