"""Every table of the three databases. Times are milliseconds since 1970, UTC; quantities are grams."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
journal_metadata = MetaData(naming_convention=_NAMES)
records_metadata = MetaData(naming_convention=_NAMES)
history_metadata = MetaData(naming_convention=_NAMES)

# SQLite counts only INTEGER PRIMARY KEY by itself, and in it as far as anybody wants
Id = Integer
Long = BigInteger().with_variant(Integer, "sqlite")
"""For what may pass two thousand million."""

# --- journal.db: what arrived ----------------------------------------------------------------

journal = Table(
    "journal",
    journal_metadata,
    Column("seq", Long, primary_key=True, autoincrement=True),
    Column("received_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # readings | heartbeat | gap
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

series = Table(
    "series",
    journal_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("position", Text, nullable=False, server_default=""),
    Column("first_at", BigInteger, nullable=False),
    UniqueConstraint("device", "metric", "position"),
    sqlite_autoincrement=True,
)

newest = Table(
    "newest",
    journal_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("value", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    Column("claimed", BigInteger),
)

devices = Table(
    "devices",
    journal_metadata,
    Column("id", Text, primary_key=True),
    Column("family", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("online", Boolean),
    Column("online_at", BigInteger),
    Column("name", Text, nullable=False, server_default=""),  # as its own system calls it
    Column("gateway", Text, nullable=False, server_default=""),
    Column("removed_at", BigInteger),  # taken out of use by its own system
)

rejected = Table(
    "rejected",
    journal_metadata,
    Column("id", Long, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("waited", Boolean, nullable=False, server_default=false()),  # arrival says nothing of its time
    Index("ix_rejected_topic_reason", "topic", "reason", "id"),
    sqlite_autoincrement=True,
)

rejected_counts = Table(
    "rejected_counts",
    journal_metadata,
    Column("topic", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("count", Long, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)

decoder_memory = Table(
    "decoder_memory",
    journal_metadata,
    Column("family", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

leases = Table(
    "leases",
    journal_metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)

followers = Table(
    "followers",
    journal_metadata,
    Column("name", Text, primary_key=True),  # a report for trimming only; the true position
    Column("seq", BigInteger, nullable=False),  # stands beside the follower's own effect
    Column("at", BigInteger, nullable=False),
)

# --- history.db: points and roll-ups ---------------------------------------------------------

points = Table(
    "points",
    history_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Float, nullable=False),
    Column("flags", Integer, nullable=False),
    sqlite_with_rowid=False,
)


def _rollup(name: str) -> Table:
    return Table(
        name,
        history_metadata,
        Column("series", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("min", Float, nullable=False),
        Column("sum", Float, nullable=False),
        Column("max", Float, nullable=False),
        Column("count", Integer, nullable=False),
        sqlite_with_rowid=False,
    )


rollup_5m = _rollup("rollup_5m")
rollup_1h = _rollup("rollup_1h")

trimmed = Table(
    "trimmed",
    history_metadata,
    Column("level", Text, primary_key=True),  # points | rollup_5m | rollup_1h
    Column("before", BigInteger, nullable=False),  # a full hour; what is older may be gone
)


def _positions(metadata: MetaData) -> Table:
    return Table(
        "positions",
        metadata,
        Column("follower", Text, primary_key=True),
        Column("seq", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
    )


history_positions = _positions(history_metadata)

# --- records.db: who, where, what, and what was told --------------------------------------------

records_positions = _positions(records_metadata)

changes = Table(
    "changes",
    records_metadata,
    Column("seq", Long, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("noun", Text, nullable=False),
    Column("ident", Text, nullable=False),
    sqlite_autoincrement=True,
)

federations = Table(
    "federations",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("signature", Text, nullable=False),  # in front of every SMS, without the brackets
    Column("weight_unit", Text, nullable=False, server_default="jin"),  # jin | kg
    Column("demo", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

villages = Table(
    "villages",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),  # administrative code, 12 digits
)

cooperatives = Table(
    "cooperatives",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("village", ForeignKey("villages.id"), nullable=False),
)

sites = Table(
    "sites",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("village", ForeignKey("villages.id")),
    Column("timezone", Text, nullable=False, server_default="Asia/Shanghai"),
)

rooms = Table(
    "rooms",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("site", ForeignKey("sites.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # cold_room | mushroom_shed
    Column("capacity_grams", BigInteger),
    Column("use", Text),  # declared use: a produce id, a shed's "species/phase", or nothing
    Column("limits_from", Text, nullable=False, server_default="contents"),  # contents | hand
    Column("limits_version", Integer, nullable=False, server_default="0"),  # in force; 0: never had any
    Column("empty_since", BigInteger),  # a person declared it empty
    Column("empty_by", ForeignKey("people.id")),
    Column("sort", Integer, nullable=False, server_default="0"),
)

placements = Table(
    "placements",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("device", Text, nullable=False),
    Column("position", Text, nullable=False, server_default=""),
    Column("room", ForeignKey("rooms.id"), nullable=False),
    Column("spot", Text, nullable=False),  # core.rooms.places.SPOTS
    Column("valid_from", BigInteger, nullable=False),
    Column("valid_to", BigInteger),
    Column("by", ForeignKey("people.id")),
    Index("ix_placements_device_position", "device", "position"),
)

people = Table(
    "people",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default="zh"),
    Column("role", Text, nullable=False),  # core.people.people.Role
    Column("cooperative", ForeignKey("cooperatives.id")),
    Column("village", ForeignKey("villages.id")),
    Column("username", Text, unique=True),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False, server_default="1"),
)

tokens = Table(
    "tokens",
    records_metadata,
    Column("hash", Text, primary_key=True),  # sha256 of the token; the token itself is not kept
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("kind", Text, nullable=False),  # page | api
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

produce = Table(
    "produce",
    records_metadata,
    Column("id", Text, primary_key=True),
    Column(
        "facts", JSON, nullable=False
    ),  # core.catalogue.produce.Produce; a federation may edit its own copy
    Column("edited_at", BigInteger),
    Column("edited_by", ForeignKey("people.id")),
)

lots = Table(
    "lots",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("produce", ForeignKey("produce.id"), nullable=False),
    Column("cooperative", ForeignKey("cooperatives.id"), nullable=False),
    Column("variety", Text, nullable=False, server_default=""),
    Column("bags", Integer),
    Column("harvested_on", Text),  # ISO date
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("by", ForeignKey("people.id")),
    sqlite_autoincrement=True,
)

movements = Table(
    "movements",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("lot", ForeignKey("lots.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # core.stock.stock.MovementKind
    Column("grams", BigInteger, nullable=False),  # always positive; the rooms say the direction
    Column("from_room", ForeignKey("rooms.id")),
    Column("to_room", ForeignKey("rooms.id")),
    Column("at", BigInteger, nullable=False),  # when it happened
    Column("recorded_at", BigInteger, nullable=False),  # when it was written down
    Column("by", ForeignKey("people.id")),
    Column("reason", Text, nullable=False, server_default=""),
    Column("reverses", ForeignKey("movements.id")),
    sqlite_autoincrement=True,
)

limits = Table(
    "limits",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey("rooms.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),  # rooms.limits_version is in force, all kept
    Column("metric", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("safe_low", Float),
    Column("safe_high", Float),
    Column("hard_low", Float),
    Column("hard_high", Float),
    Column("safe_delay_s", Integer, nullable=False),
    Column("hard_delay_s", Integer, nullable=False),
    Column("hysteresis", Float, nullable=False),
    Column("origin", Text, nullable=False),  # contents | use | hand
    Column("produce", JSON, nullable=False),  # produce ids that asked for it
    Column("reason", Text, nullable=False, server_default=""),
    Column("by", ForeignKey("people.id")),
    Column("valid_from", BigInteger, nullable=False),
    UniqueConstraint("room", "version", "metric", "class"),
)

alert_states = Table(
    "alert_states",
    records_metadata,
    Column("room", Integer, primary_key=True, autoincrement=False),
    Column("condition", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("class", Text, primary_key=True),
    Column("state", JSON, nullable=False),  # core.alerts.alerts.State
)

alert_probes = Table(
    "alert_probes",  # what the engine had heard of each series at its own position in the journal
    records_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Float),  # nothing: no believable one yet
    Column("doubted", Boolean, nullable=False),  # what it said since cannot be believed
    Column("heard", BigInteger, nullable=False),  # on the clock that runs only while we listen, ms
    Column("interval", BigInteger),
    Column("fault", Integer, nullable=False, server_default="0"),  # core.readings.readings.Flag
    Column("said", Float),  # what cannot be believed
)

alerts = Table(
    "alerts",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey("rooms.id"), nullable=False),
    Column("condition", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("severity", Text, nullable=False),  # warning | critical
    Column("status", Text, nullable=False),  # active | acknowledged | resolved | closed
    Column("since", BigInteger, nullable=False),  # when the limit was first passed
    Column("activated_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", ForeignKey("people.id")),
    Column("resolved_at", BigInteger),
    Column("resolved_reason", Text),
    Column("closed_at", BigInteger),
    Column("closed_by", ForeignKey("people.id")),
    Column("cause", Text),
    Column("action", Text),
    Column("limit", Float, nullable=False),  # the bound that was passed
    Column("value", Float, nullable=False),  # newest worst value
    Column("worst", Float, nullable=False),
    Column("worst_at", BigInteger, nullable=False),
    Column("spot", Text),
    Column("settled_at", BigInteger, index=True),  # all who should know its end were told
    Index("ix_alerts_room_status", "room", "status"),
    sqlite_autoincrement=True,
)

alert_events = Table(
    "alert_events",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", ForeignKey("alerts.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", ForeignKey("people.id")),
    Column("facts", JSON, nullable=False),
)

alert_lots = Table(
    "alert_lots",
    records_metadata,
    Column("alert", ForeignKey("alerts.id"), primary_key=True),
    Column("lot", ForeignKey("lots.id"), primary_key=True),
    Column("grams", BigInteger, nullable=False),
)

notifications = Table(
    "notifications",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", ForeignKey("alerts.id"), index=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),  # core.notifications.notifications.Kind
    Column("text", Text, nullable=False),
    Column("dedup_key", Text, nullable=False, unique=True),
    # queued | sent | failed | dropped (its matter ended before it went out)
    Column("status", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("next_try_at", BigInteger, nullable=False),
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
    Column("notification", ForeignKey("notifications.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("error", Text),  # nothing: it went out
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

problems = Table(
    "problems",  # what one of our own parts cannot do; gone when it can again
    records_metadata,
    Column("name", Text, primary_key=True),  # e.g. alerts.room.3.high
    Column("text", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)

duties = Table(
    "duties",
    records_metadata,
    Column("id", Id, primary_key=True),
    Column("site", ForeignKey("sites.id"), nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    records_metadata,
    Column("person", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("route", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)
