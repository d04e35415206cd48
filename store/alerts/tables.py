"""Tables of alerts, and of the alert engine's state."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    TypeDecorator,
    false,
)

from core.alerts.evidence import Evidence, from_json
from store.metadata import Id, records_metadata
from store.people.tables import people
from store.rooms.tables import rooms
from store.stock.tables import lots


class EvidenceJson(TypeDecorator[Evidence]):
    """core.alerts.evidence.Evidence as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Evidence | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else value.to_json()

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Evidence | None:
        return None if value is None else from_json(value)


alert_states = Table(
    "alert_states",
    records_metadata,
    Column("room", Integer, primary_key=True, autoincrement=False),
    Column("condition", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("class", Text, primary_key=True),
    Column("series", Integer, primary_key=True, autoincrement=False, server_default="0"),
    Column("state", JSON, nullable=False),  # store.alerts.engine_state.state_to_json
)

alert_probes = Table(
    "alert_probes",  # each series as of the engine's journal offset
    records_metadata,
    Column("series", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("value", Float),  # NULL: no plausible value yet
    Column("doubted", Boolean, nullable=False),  # a later value was implausible
    Column("heard", BigInteger, nullable=False),  # ms, on the clock of engine_state.Listening
    Column("interval", BigInteger),
    Column("fault", Integer, nullable=False, server_default="0"),  # core.readings.readings.Flag
    Column("doubted_value", Float),  # the implausible value
    Column("age", BigInteger, nullable=False, server_default="0"),  # ms; of `value` when it arrived
)

alerts = Table(
    "alerts",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("room", ForeignKey(rooms.c.id), nullable=False),
    Column("condition", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("series", Integer, nullable=False, server_default="0"),  # of the silent probe, else 0
    Column("severity", Text, nullable=False),  # warning | critical
    Column("status", Text, nullable=False),  # active | acknowledged | resolved | closed
    Column("since", BigInteger, nullable=False),  # when the limit was first exceeded
    Column("activated_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", ForeignKey(people.c.id)),
    Column("resolved_at", BigInteger),
    Column("resolved_reason", Text),
    Column("closed_at", BigInteger),
    Column("closed_by", ForeignKey(people.c.id)),
    Column("cause", Text),
    Column("action", Text),
    Column("evidence", EvidenceJson, nullable=False, server_default="{}"),
    Column("blind", Boolean, nullable=False, server_default=false()),  # the room's temperature is unknown
    Column("settled_at", BigInteger, index=True),  # no further notification is due
    Index("ix_alerts_room_status", "room", "status"),
    sqlite_autoincrement=True,
)

alert_events = Table(
    "alert_events",
    records_metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("alert", ForeignKey(alerts.c.id), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", ForeignKey(people.c.id)),
    Column("facts", JSON, nullable=False),
)

alert_lots = Table(
    "alert_lots",
    records_metadata,
    Column("alert", ForeignKey(alerts.c.id), primary_key=True),
    Column("lot", ForeignKey(lots.c.id), primary_key=True),
    Column("grams", BigInteger, nullable=False),
)
