"""Alembic runs this. The connection comes from `upgrade`, with its transaction already open."""

from alembic import context

from holdfast.store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
