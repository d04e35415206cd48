"""PostgreSQL: connections and transactions.

Journal and records are one database, each in a schema of its own name (docs/decisions/0012-postgresql.md).
Only this file uses psycopg, and it is imported only if PostgreSQL is used.
"""

import psycopg
from psycopg.adapt import Buffer, Dumper
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

BUSY_S = 15
"""Maximum wait (s) for another writer, or for a server that does not answer."""
IDLE_S = 60
"""A transaction idle for this long (s), of a hung process, is ended, because others wait for it."""
KEPT, MOST = 2, 14
"""Connections per process and schema: kept open, and further ones on demand."""

LOCKS = {"journal": 1, "records": 2}
LOCK_CLASS = 0x636F6C64  # "cold": all programs of a database share the numbers of advisory locks

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def address(url: str) -> URL:
    """The SQLAlchemy URL of `postgresql://user:password@host:5432/database`."""
    return make_url(url).set(drivername="postgresql+psycopg")


def engine(url: str, schema: str) -> Engine:
    """An engine for one schema. A write transaction holds the schema's advisory lock from begin to end:
    one writer at a time, so sequence numbers become visible in order."""
    made = create_engine(
        address(url),
        pool_size=KEPT,
        max_overflow=MOST,
        pool_timeout=BUSY_S,
        connect_args={
            "autocommit": True,  # this module begins and commits explicitly
            "options": _options(schema),
            "application_name": f"coldshed {schema}",
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": int(BUSY_S * 1000),
        },
    )
    write = f"BEGIN; SELECT pg_advisory_xact_lock({LOCK_CLASS}, {LOCKS[schema]})"

    @event.listens_for(made, "connect")
    def on_connect(connection: "psycopg.Connection[object]", _record: object) -> None:
        connection.adapters.register_dumper(str, _Text)

    @event.listens_for(made, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("coldshed_writes", False)
        connection.exec_driver_sql(write if writes else _READ)

    return made


def _options(schema: str) -> str:
    return (
        f"-c search_path={schema} -c synchronous_commit=on -c timezone=UTC "
        f"-c lock_timeout={int(BUSY_S * 1000)} -c idle_in_transaction_session_timeout={IDLE_S}s"
    )


def use_schema(tx: Connection, schema: str) -> None:
    """From now on the write transaction works in this schema, and holds its lock too."""
    tx.exec_driver_sql(f"SET LOCAL search_path = {schema}")
    tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_CLASS}, {LOCKS[schema]})")


class _Text(Dumper):
    """PostgreSQL stores no NUL. It is replaced, so that texts of people and devices are not refused."""

    def dump(self, obj: str) -> Buffer:
        return obj.replace("\0", "\ufffd").encode()
