"""The web process: the API, the pages and, if no real channel is configured, the pretend phones."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

import anyio.to_thread
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import Scope

from alerts import contact_check
from alerts.channels.pretend import channel as pretend_channel
from alerts.notification_planner import NotificationPlanner
from api.app import create_app
from api.context import ApiSettings, OutsideServices
from api.security import person_or_none
from coldshed import broker_credentials
from coldshed.channels import chosen_channel
from coldshed.data import DEMO_WANTED, WATCHING, databases, history
from coldshed.exports import exporter
from coldshed.public_broker_address import server
from coldshed.secret_files import secret_file
from coldshed.settings import Settings
from core.people.people import has_permission
from ingest.decoders.reasons import REASONS
from ingest.rules.workbench import Workbench
from reports.export_process import StoreAddresses
from simulators.phones import phones_app
from store.clock import now_ms
from store.database import Databases
from store.live import Hub
from store.overview.progress_files import ProgressFile
from store.people.people import people
from web.app import install
from web.base.request_context import CredentialSettings, PageSettings

log = logging.getLogger(__name__)

LAST_WORDS_S = 1
THREADS = 8
TRY_THREAD_S = 5.0
DEMO_PATIENCE_S = 120


def build(settings: Settings, dbs: Databases, hub: Hub) -> FastAPI:
    """The application of the page's port."""
    api = ApiSettings(
        version=version("coldshed"),
        metrics_token=settings.metrics_token or "",
        secure_cookies=settings.secure_cookies,
        hung_after_s=settings.hung_after_s,
    )
    token = settings.history_token or ""
    stores = StoreAddresses(settings.data_dir, settings.history_url, token, settings.database_url)
    channel = chosen_channel(settings)
    app = create_app(
        dbs,
        history(settings, dbs),
        api,
        hub=hub,
        services=OutsideServices(
            export=exporter(stores),
            credit=channel.credit,
            ring=partial(contact_check.queue_test_messages, settings.sms_channel),
            bench=Workbench(),
        ),
    )
    pretend = settings.sms_channel == pretend_channel.NAME
    if pretend:
        _add_phones(app, settings, dbs)
    teller = NotificationPlanner(settings.sms_channel, settings.escalate_after_s * 1000)
    install(
        app,
        PageSettings(
            lang=settings.lang,
            start_demo=DemoStart(settings.data_dir),
            pass_on=teller.pass_on,
            phones_url=f"{pretend_channel.PATH}/" if pretend else "",
            reasons=REASONS,
            logins=_logins(settings),
        ),
    )
    return app


def _logins(settings: Settings) -> CredentialSettings | None:
    if settings.mqtt_url is not None and settings.mqtt_logins_dir is None:
        return None
    return CredentialSettings(
        partial(server, settings), frozenset(broker_credentials.reserved_names(settings))
    )


def _add_phones(app: FastAPI, settings: Settings, dbs: Databases) -> None:
    async def guard(scope: Scope) -> bool:
        """Reading the phones needs the permission to see alerts; writing needs the permission to
        acknowledge them."""
        request = Request(dict(scope, app=app))
        person = await anyio.to_thread.run_sync(person_or_none, request)
        return person is not None and has_permission(
            person, "see_alerts" if request.method == "GET" else "acknowledge"
        )

    def names() -> list[tuple[str, str]]:
        with dbs.records.read() as tx:
            return [(person.phone, person.name) for person in people(tx) if person.phone and person.active]

    secret = secret_file(settings.data_dir / pretend_channel.SECRET_FILE)
    app.mount(pretend_channel.PATH, phones_app(settings.data_dir, secret, guard, names))


class DemoStart:
    """Creates the demo federation in another process, which prints its accounts, and asks `coldshed up` to
    run its simulator. Returns at once; a second call meanwhile does nothing."""

    def __init__(self, data_dir: Path) -> None:
        self._wanted = data_dir / DEMO_WANTED
        self._making = threading.Lock()

    def __call__(self) -> None:
        if self._making.acquire(blocking=False):
            threading.Thread(target=self._make, name="demo", daemon=True).start()

    def _make(self) -> None:
        try:
            command = [sys.executable, "-m", "coldshed", "demo", "--under", str(os.getpid())]
            code = subprocess.run(command, timeout=DEMO_PATIENCE_S, check=False).returncode
            if code == 0:
                self._wanted.touch()
            else:
                log.error("cannot create the demo (exit code %d)", code)
        finally:
            self._making.release()


def web(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    """Serves until `stop`; live streams end then."""
    with databases(settings, *WATCHING) as dbs:
        hub = Hub(dbs, now_ms)
        server = _Server(
            uvicorn.Config(
                build(settings, dbs, hub),
                host=settings.http_host,
                port=settings.http_port,
                http="h11",
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=LAST_WORDS_S,
            ),
            hub,
            stop,
            WebProgress(progress),
        )
        if not stop.is_set():
            server.run()


class WebProgress:
    """Reports that the event loop comes round, and that a thread is free to answer: both may be stuck
    alone."""

    def __init__(self, progress: ProgressFile) -> None:
        self._loop = progress.part("loop")
        self._threads = progress.part("threads")
        self._trial: asyncio.Task[None] | None = None

    def on_tick(self) -> None:
        self._loop.worked()
        if self._trial is None or self._trial.done():
            self._trial = asyncio.get_running_loop().create_task(self._try_thread())

    async def _try_thread(self) -> None:
        await anyio.to_thread.run_sync(self._threads.worked)
        await asyncio.sleep(TRY_THREAD_S)


class _Server(uvicorn.Server):
    """Stops on `stop`, which the service's own signal handlers set. uvicorn's would lose a signal that
    comes before them, and are installed after seconds of imports."""

    def __init__(
        self, config: uvicorn.Config, hub: Hub, stop: threading.Event, progress: WebProgress
    ) -> None:
        super().__init__(config)
        self._hub = hub
        self._stop = stop
        self._progress = progress

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        self._progress.on_tick()
        self.should_exit = self.should_exit or self._stop.is_set()
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # every thread that reads holds connections and their caches
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()  # otherwise the shutdown waits for live streams
        await super().shutdown(sockets)
