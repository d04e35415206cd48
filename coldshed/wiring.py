"""Puts the parts together, one function a service. Each imports its part inside, so that a process holds
only what it runs."""

import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coldshed.settings import SQLITE, Settings
from core.errors import SettingsError
from store import schema
from store.database import Databases
from store.history import History

if TYPE_CHECKING:
    from ingest.address import BrokerAddress

log = logging.getLogger(__name__)

PHONES_SECRET = "phones.secret"
PHONES = "/phones"
DEMO_WANTED = "demo.wanted"
"""A file by which the page tells `coldshed up` to let the demo's rooms come alive."""


def open_databases(settings: Settings) -> Databases:
    """Of whatever shape they are. Raises `SettingsError` where the driver is missing; asks no server yet."""
    try:
        return Databases(settings.data_dir, settings.database_url)
    except ImportError as error:
        from coldshed.settings_loader import say

        text = say("COLDSHED_DATABASE_URL 是 PostgreSQL，还缺一个软件包。请先运行：make postgres")
        raise SettingsError(text) from error


@contextmanager
def databases(settings: Settings) -> Iterator[Databases]:
    """The databases, at this program's shape. Raises `SettingsError` where they are not."""
    dbs = open_databases(settings)
    try:
        found = schema.shape(dbs)
        if found != schema.SchemaState.READY:
            raise SettingsError(_not_ready(settings, found))
        yield dbs
    finally:
        dbs.close()


def _not_ready(settings: Settings, found: schema.SchemaState) -> str:
    from coldshed.settings_loader import say, shown

    own = settings.database_url == SQLITE
    where = settings.data_dir if own else shown("database_url", settings.database_url)
    if found == schema.SchemaState.NEWER:
        return say("%(dir)s 里的数据是更新的库棚通写的。请更新这个程序，或者用回以前的备份。", dir=where)
    return say("%(dir)s 里的数据库还没建好或者太旧。请先运行：coldshed migrate", dir=where)


def ingest(settings: Settings, stop: threading.Event) -> None:
    from coldshed.credential_follower import CredentialFollower
    from ingest.discovery import Discovery, into
    from ingest.listener import Listener
    from ingest.rules.rule_follower import RuleFollower
    from ingest.village_router import VillageRouter

    with databases(settings) as dbs:
        broker, zone, router = broker_address(settings), ZoneInfo(settings.timezone), VillageRouter()
        rules = RuleFollower(dbs, router, _now)
        rules.refresh()
        discovery = Discovery(broker, router.knows, into(dbs, _now))
        followed = CredentialFollower(settings, dbs)
        discovery.start()
        followed.start()
        try:
            Listener(dbs, broker, router, zone=zone, now=_now, refresh=rules.refresh).run(stop)
        finally:
            followed.stop()
            discovery.stop()


def history(settings: Settings, dbs: Databases) -> History:
    """Where the readings of all times are. Raises `StoreError` only when it is used."""
    from store.history.choose import open_history
    from store.history.influx_retention import InfluxRetention

    keeping = InfluxRetention(settings.keep_raw_days, settings.keep_5m_days, settings.keep_1h_days)
    return open_history(dbs, settings.history_url, settings.history_token or "", keeping)


def record(settings: Settings, stop: threading.Event) -> None:
    from record.recorder import Recorder, RetentionPeriods

    keep = RetentionPeriods(settings.keep_raw_days, settings.keep_5m_days, settings.keep_1h_days)
    with databases(settings) as dbs:
        Recorder(dbs, history(settings, dbs), keep=keep).run(stop)


def alerts(settings: Settings, stop: threading.Event) -> None:
    from alerts import service, ups
    from alerts.channels.pretend.channel import PretendChannel

    with databases(settings) as dbs:
        channel = PretendChannel(local_address(settings) + PHONES, secret(settings))
        service.run(
            dbs,
            channel,
            stop,
            escalate_after=settings.escalate_after_s * 1000,
            battery=ups.reader(settings.ups),
            last_minutes=settings.last_word_minutes,
        )


def simulate(settings: Settings, stop: threading.Event) -> None:
    from simulators import run
    from simulators.federation import DEMO
    from simulators.mqtt_device import BrokerEndpoint

    broker = BrokerEndpoint(**asdict(broker_address(settings, devices=True)))
    run.run(broker, DEMO, stop, data_dir=settings.data_dir, weather=settings.demo_weather)


def backfill(settings: Settings, stop: threading.Event) -> None:
    from coldshed import demo
    from coldshed.progress import Progress
    from coldshed.settings_loader import say

    with databases(settings) as dbs:
        demo.backfill(
            dbs,
            history(settings, dbs),
            settings.data_dir,
            _now(),
            Progress(say("演示：补上前30天的读数")),
            stop,
            weather=settings.demo_weather,
        )


def broker_address(settings: Settings, *, devices: bool = False) -> "BrokerAddress":
    """Where and as whom our services reach the broker; `devices`: as somebody who speaks for all of them.
    Always as a named user: amqtt keeps nothing for nameless ones."""
    from coldshed import broker_credentials
    from ingest.address import BrokerAddress

    if settings.mqtt_url is not None:
        files = (settings.mqtt_ca_file, settings.mqtt_cert_file, settings.mqtt_key_file)
        found = BrokerAddress.of(settings.mqtt_url, *files)
        if devices and settings.mqtt_password and settings.mqtt_logins == "shared":
            found = replace(found, username=settings.mqtt_username, password=settings.mqtt_password)
        return found
    name = broker_credentials.SIMULATOR_NAME if devices else broker_credentials.SERVICE_NAME
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.mqtt_host, settings.mqtt_host)
    return BrokerAddress(host, settings.mqtt_port, name, broker_credentials.password_of(settings, name))


def _now() -> int:
    return time.time_ns() // 1_000_000


def local_address(settings: Settings) -> str:
    """The page as processes of this machine reach it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.http_port}"


def secret(settings: Settings) -> str:
    """For the pretend phones to talk with the outbox."""
    return secret_file(settings.data_dir / PHONES_SECRET)


def secret_file(file: Path) -> str:
    """What the file holds. Made at first need, readable by us only.

    Two may come first together: the file appears under its name whole, or not at all.
    """
    if not file.exists():
        made = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        try:
            with open(made, "x", opener=_private) as writing:
                writing.write(secrets.token_urlsafe(32))
                writing.flush()
                os.fsync(writing.fileno())
            with suppress(FileExistsError):
                os.link(made, file)
        finally:
            made.unlink(missing_ok=True)
    return file.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def data_dir(settings: Settings) -> Path:
    """The data folder, made where it is missing. Raises `SettingsError`."""
    from coldshed.settings_loader import say

    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = say("COLDSHED_DATA_DIR：%(dir)s 建不了（%(error)s）", dir=settings.data_dir, error=error)
        raise SettingsError(text) from error
    return settings.data_dir
