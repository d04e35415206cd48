"""Run by Alembic for each of the three databases; `store.schema` says which and hands in the transaction."""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    on_version_apply=given["on_applied"],
    render_as_batch=True,  # SQLite alters by making the table anew
)
context.run_migrations()
