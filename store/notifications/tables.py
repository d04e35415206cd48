"""Tables of notifications, replies, and the duty roster."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from store.alerts.tables import alerts
from store.metadata import Id, records_metadata
from store.people.tables import people
from store.rooms.tables import sites

notifications = Table(
    "notifications",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", ForeignKey(alerts.c.id), index=True),
    Column("person", ForeignKey(people.c.id), nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),  # core.notifications.escalation.NotificationKind
    Column("text", Text, nullable=False),
    Column("dedup_key", Text, nullable=False, unique=True),
    # queued | sent | failed | dropped (no longer needed before the first attempt)
    Column("status", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("next_try_at", BigInteger, nullable=False),
    Column("tried_at", BigInteger),  # the last claim
    Column("claimed_by", Text),  # store.processes.this_process() of who sends it now
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),
    Column("error", Text),
    Index("ix_notifications_status_next_try_at", "status", "next_try_at"),
    sqlite_autoincrement=True,
)

notification_attempts = Table(
    "notification_attempts",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("notification", ForeignKey(notifications.c.id), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("error", Text),  # NULL: accepted by the channel
)

inbound = Table(
    "inbound",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("effect", Text, nullable=False),  # acknowledged | passed_on | not_understood | unknown_phone ...
    UniqueConstraint("channel", "external_id"),
)

duties = Table(
    "duties",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("site", ForeignKey(sites.c.id), nullable=False),
    Column("person", ForeignKey(people.c.id), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)
