"""The web process: the API, the pages and, until a real channel is set, the pretend phones."""

import logging
import socket
import threading
import time
from importlib.metadata import version

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.context import ApiSettings
from coldshed.settings import Settings
from coldshed.wiring import databases
from store.database import Databases
from store.history.sqlite import SqliteHistory
from store.live import Hub

log = logging.getLogger(__name__)

LAST_WORDS_S = 1
THREADS = 8


def build(settings: Settings, dbs: Databases) -> FastAPI:
    """Everything that answers on the page's port."""
    api = ApiSettings(version=version("coldshed"))
    hub = Hub(dbs, lambda: time.time_ns() // 1_000_000)
    return create_app(dbs, SqliteHistory(dbs.history), api, hub=hub)


def web(settings: Settings, stop: threading.Event) -> None:
    """Until a signal; open live streams are cut after a second."""
    with databases(settings) as dbs:
        server = _Server(
            uvicorn.Config(
                build(settings, dbs),
                host=settings.http_host,
                port=settings.http_port,
                http="h11",
                ws="none",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=LAST_WORDS_S,
            )
        )
        server.run()


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # each thread that reads holds connections and their caches
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
