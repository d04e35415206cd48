"""When a message was last claimed: a claim later than the clock says that the clock was set back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("tried_at", sa.BigInteger(), nullable=True))
    last = "SELECT max(at) FROM notification_attempts WHERE notification = notifications.id"
    op.execute(f"UPDATE notifications SET tried_at = ({last})")
