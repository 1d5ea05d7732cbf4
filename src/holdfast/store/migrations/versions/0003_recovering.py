"""Recovering: leases that run out, sessions that are shared on purpose, effects found by their keys.

Revision: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE sessions ADD COLUMN held_until timestamptz",
    "ALTER TABLE sessions ADD COLUMN shared boolean NOT NULL DEFAULT false",
    "COMMENT ON COLUMN sessions.holder IS 'Who holds the exclusive lease; null where nobody does'",
    "COMMENT ON COLUMN sessions.held_until IS 'When the exclusive lease runs out unless it is renewed'",
    "COMMENT ON COLUMN sessions.shared IS 'Started for many agents: nobody can lease it exclusively'",
    # A lease of before had no end. Whoever holds one and is alive takes it again, being its owner.
    "UPDATE sessions SET held_until = now() WHERE holder IS NOT NULL",
    "CREATE INDEX events_of_effects ON events (session_key, seq) WHERE type IN ('effect.intended', 'effect.settled')",
    "CREATE INDEX events_of_preferences ON events (session_key, seq) WHERE type = 'preference.stated'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
