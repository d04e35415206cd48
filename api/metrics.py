"""Numbers about us, read from the stores when somebody asks."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Table, func, select

from api.context import ApiContext
from core.alerts.alerts import OPEN
from store.alerts.tables import alerts
from store.decoding.tables import rejected_counts
from store.journal import journal
from store.journal.tables import latest
from store.notifications.tables import notifications
from store.overview.tables import problems

CONTENT_TYPE = CONTENT_TYPE_LATEST


def text(context: ApiContext, healthy: bool) -> bytes:
    """In Prometheus' text format."""
    registry = CollectorRegistry()

    def gauge(name: str, help_text: str, value: float) -> None:
        Gauge(f"coldshed_{name}", help_text, registry=registry).set(value)

    now = context.now()
    with context.dbs.journal.read() as tx:
        last = journal.last_seq(tx)
        beats = journal.recent(tx, journal.HEARTBEAT, 1)
        reading = tx.execute(select(func.max(latest.c.received_at))).scalar()
        series = tx.execute(select(func.count()).select_from(latest)).scalar_one()
        rejected = tx.execute(select(func.coalesce(func.sum(rejected_counts.c.count), 0))).scalar_one()
        behind = {name: last - seq for name, seq in journal.reported_offsets(tx).items()}
    with context.dbs.records.read() as tx:
        open_alerts = tx.execute(_count(alerts).where(alerts.c.status.in_(OPEN))).scalar_one()
        queued = tx.execute(_count(notifications).where(notifications.c.status == "queued")).scalar_one()
        troubles = tx.execute(_count(problems)).scalar_one()
    gauge("healthy", "1 where /healthz is well", healthy)
    if beats:
        gauge("heartbeat_age_seconds", "since the listener's last word", (now - beats[0].received_at) / 1000)
    if reading is not None:
        gauge("reading_age_seconds", "since the last stored reading", (now - reading) / 1000)
    gauge("journal_sequence", "the newest row of the journal", last)
    gauge("series", "series that have a value", series)
    gauge("rejected_messages", "messages that could not be read", rejected)
    gauge("open_alerts", "alerts active or acknowledged", open_alerts)
    gauge("queued_notifications", "messages that wait to go out", queued)
    gauge("problems", "things that a part of ours cannot do", troubles)
    gauge("live_listeners", "who follows the live stream of this process", context.hub.listeners)
    gauge("live_failures", "times the live stream could not read the stores", context.hub.failures)
    lag = Gauge("coldshed_follower_rows_behind", "rows not yet handled", ["follower"], registry=registry)
    for name, rows in behind.items():
        lag.labels(name).set(rows)
    return generate_latest(registry)


def _count(table: Table):  # type: ignore[no-untyped-def]
    return select(func.count()).select_from(table)
