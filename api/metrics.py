"""Counts about the program in the Prometheus text format, read from the stores on request."""

import time

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from api.context import ApiContext
from core.overview.service_progress import last_worked
from store.overview.program_counts import journal_counts, record_counts
from store.overview.progress_files import read_progress

CONTENT_TYPE = CONTENT_TYPE_LATEST


def text(context: ApiContext, healthy: bool) -> bytes:
    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(f"coldshed_{name}", help_text, registry=registry).set(value)

    now = context.now()
    with context.dbs.journal.read() as tx:
        journal = journal_counts(tx)
    with context.dbs.records.read() as tx:
        records = record_counts(tx)
    gauge("healthy", "1 while /healthz answers 200", healthy)
    if journal.heartbeat_at is not None:
        gauge(
            "heartbeat_age_seconds",
            "since the listener's last heartbeat",
            (now - journal.heartbeat_at) / 1000,
        )
    if journal.reading_received_at is not None:
        gauge(
            "reading_age_seconds", "since the last stored reading", (now - journal.reading_received_at) / 1000
        )
    gauge("journal_sequence", "sequence number of the last journal row", journal.last_seq)
    gauge("series", "series that have a value", journal.series)
    gauge("rejected_messages", "messages that could not be decoded", journal.rejected)
    gauge("open_alerts", "alerts active or acknowledged", records.open_alerts)
    gauge("queued_notifications", "notifications not yet sent", records.queued_notifications)
    gauge("problems", "open system issues", records.system_issues)
    gauge("live_listeners", "subscribers of this process's live stream", context.hub.listeners)
    gauge("live_failures", "times the live stream could not read the stores", context.hub.failures)
    progress = Gauge(
        "coldshed_service_progress_age_seconds",
        "since the slowest loop of a service last did its work",
        ["service"],
        registry=registry,
    )
    for service, report in read_progress(context.dbs.data_dir).items():
        if not report.ended:
            progress.labels(service).set(max(0.0, time.monotonic() - last_worked(report)))
    lag = Gauge("coldshed_follower_rows_behind", "rows not yet handled", ["follower"], registry=registry)
    for name, rows in journal.rows_behind.items():
        lag.labels(name).set(rows)
    return generate_latest(registry)
