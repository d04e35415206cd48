"""Run by Alembic for each of the three databases; `store.schema` says which and hands in the transaction."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    on_version_apply=attributes["on_applied"],
    render_as_batch=True,  # SQLite alters by making the table anew
)
context.run_migrations()
