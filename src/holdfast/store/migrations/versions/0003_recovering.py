"""Recovering: leases that run out, shared sessions, effects found by their keys, what somebody should look at.

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
    """
    CREATE TABLE inspections (
        tenant text NOT NULL,
        session_id text NOT NULL,
        code text NOT NULL,
        problem text NOT NULL,
        details json NOT NULL,
        noted_at timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz,
        PRIMARY KEY (tenant, session_id, code, problem)
    )
    """,
    "COMMENT ON COLUMN inspections.session_id IS 'As it was asked for'",
    "COMMENT ON COLUMN inspections.code IS 'The code of the error'",
    "COMMENT ON COLUMN inspections.problem IS 'In a sentence, cut to what an index holds'",
    "COMMENT ON COLUMN inspections.noted_at IS 'When it was last met'",
    "COMMENT ON COLUMN inspections.done_at IS 'When somebody said that it was seen to; null: open'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
