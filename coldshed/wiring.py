"""Builds the services, one function each. Each function imports its parts inside, so that a process loads
only what it runs."""

import threading
from dataclasses import fields
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from coldshed.addresses import broker_address
from coldshed.data import WATCHING, databases, history, ready_history
from coldshed.settings import SQLITE, Settings
from store.clock import now_ms
from store.overview.progress_files import ProgressFile

if TYPE_CHECKING:
    from simulators.mqtt_device import BrokerEndpoint


def ingest(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    from coldshed.credential_follower import CredentialFollower
    from ingest.address import BrokerAddress
    from ingest.discovery import Discovery, report_crashes, store_unknown_topics
    from ingest.earlier_session import take_over_earlier
    from ingest.listener import Listener
    from ingest.rules.rule_follower import RuleFollower
    from ingest.village_router import VillageRouter

    with databases(settings, *WATCHING) as dbs:
        broker, zone, router = broker_address(settings), ZoneInfo(settings.timezone), VillageRouter()
        rules = RuleFollower(dbs, router, now_ms)
        rules.refresh()
        discovery = Discovery(
            broker, router.knows, store_unknown_topics(dbs, now_ms), report_crashes(dbs, now_ms)
        )

        def make(address: BrokerAddress) -> Listener:
            return Listener(dbs, address, router, zone=zone, now=now_ms, refresh=rules.refresh)

        def run(listener: Listener, until: threading.Event) -> None:
            listener.run(until, progress.part("listener"))

        listener = make(broker)
        credentials = CredentialFollower(settings, dbs, listener.may_reload_logins)
        discovery.start(progress.part("discovery"))
        credentials.start(lambda: progress.part("logins"))
        try:
            take_over_earlier(dbs, broker, make, run, stop)
            run(listener, stop)
        finally:
            credentials.stop()
            discovery.stop()


def record(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    from record.recorder import Recorder, RetentionPeriods

    keep = RetentionPeriods(settings.keep_raw_days, settings.keep_5m_days, settings.keep_1h_days)
    with databases(settings, *WATCHING) as dbs:
        ready_history(settings, dbs)
        recorder = Recorder(dbs, history(settings, dbs), keep=keep)
        recorder.run(stop, progress.part("recorder"), outside=settings.history_url != SQLITE)


def alerts(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    from alerts import ups
    from alerts.service import AlertService
    from alerts.service_watch import ServiceWatch
    from coldshed.channels import chosen_channel

    with databases(settings, *WATCHING) as dbs:
        service = AlertService(
            dbs,
            chosen_channel(settings),
            escalate_after=settings.escalate_after_s * 1000,
            battery=ups.reader(settings.ups),
            last_minutes=settings.last_word_minutes,
        )
        watch = ServiceWatch(dbs, settings.sms_channel, settings.hung_after_s)
        service.run(stop, progress.part("engine"), progress.part("mail"), watch)


def simulate(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    from simulators import run
    from simulators.federation import DEMO

    run.run(
        endpoint_for_devices(settings), DEMO, stop, data_dir=settings.data_dir, weather=settings.demo_weather
    )


def endpoint_for_devices(settings: Settings) -> "BrokerEndpoint":
    """The broker as simulated devices reach it."""
    from simulators.mqtt_device import BrokerEndpoint

    address = broker_address(settings, devices=True)
    return BrokerEndpoint(**{field.name: getattr(address, field.name) for field in fields(BrokerEndpoint)})


def backfill(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    from coldshed import demo
    from coldshed.messages import translated
    from coldshed.progress import Progress

    with databases(settings) as dbs:
        demo.backfill(
            dbs,
            history(settings, dbs),
            settings.data_dir,
            now_ms(),
            Progress(translated("演示：补上前30天的读数")),
            stop,
            demo=demo.DemoPast(settings.demo_weather),
        )


def backups(settings: Settings, stop: threading.Event, progress: ProgressFile) -> None:
    """Makes the day's backup if it is due. A failure is a system issue until a backup succeeds."""
    from coldshed.backup import backup_if_due

    backup_if_due(settings, now_ms())
