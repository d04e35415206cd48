"""The journal's numbers come from its last row, so SQLite need not keep the highest one in a page of its own,
which each commit wrote."""

from alembic import op

revision = "0010"
down_revision = "0009"

COLUMNS = "seq, received_at, kind, body"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ALTER TABLE journal RENAME TO journal_before")
    op.execute(
        "CREATE TABLE journal (seq INTEGER NOT NULL, received_at BIGINT NOT NULL, kind TEXT NOT NULL, "
        "body BLOB NOT NULL, CONSTRAINT pk_journal PRIMARY KEY (seq))"
    )
    op.execute(f"INSERT INTO journal ({COLUMNS}) SELECT {COLUMNS} FROM journal_before ORDER BY seq")
    op.execute("DROP TABLE journal_before")
