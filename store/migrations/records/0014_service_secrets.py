"""A secret client id of the listener. Where it has run before, its session at the broker has the earlier,
public one, and may hold messages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "service_secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service_secrets")),
    )
    op.execute(
        "INSERT INTO service_secrets (name, value) "
        "SELECT 'earlier_client_id', 'coldshed' WHERE EXISTS (SELECT 1 FROM offsets)"
    )
