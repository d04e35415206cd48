"""Rules that people made stand in a table called rules, and what is wrong with one is noted under that word.

The rows are copied instead of renaming the table: SQLite cannot rename the constraints of a table. The next
number stays the same, so that no number is given twice.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "rules",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name=op.f("fk_rules_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_rules_name")),
        sqlite_autoincrement=True,
    )
    columns = '"id", "name", "facts", "active", "version", "changed_at", "by"'
    op.execute(f"INSERT INTO rules ({columns}) SELECT {columns} FROM recipes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('rules', 'id'), last_value, is_called) FROM recipes_id_seq"
        )
    else:
        op.execute("DELETE FROM sqlite_sequence WHERE name = 'rules'")
        op.execute(
            "INSERT INTO sqlite_sequence (name, seq) "
            "SELECT 'rules', seq FROM sqlite_sequence WHERE name = 'recipes'"
        )
    op.drop_table("recipes")
    op.execute("UPDATE problems SET name = 'rule:' || substr(name, 8) WHERE name LIKE 'recipe:%'")
    op.execute("UPDATE changes SET noun = 'rule' WHERE noun = 'recipe'")
