"""Sharing: budgets and their reservations, decisions that wait, handoffs, conversations, tokens, values with an end.

Revision: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    "ALTER TABLE sessions ADD COLUMN campaign text",
    "ALTER TABLE sessions ADD COLUMN campaign_status text",
    "ALTER TABLE sessions ADD COLUMN moved bigint NOT NULL DEFAULT 0",
    "COMMENT ON COLUMN sessions.moved IS 'Up to where its events have moved the guards'",
    "COMMENT ON COLUMN sessions.campaign IS 'The id of the campaign that it serves; null where it serves none'",
    "COMMENT ON COLUMN sessions.campaign_status IS 'Where that campaign is in its life, as this session knows it'",
    """
    CREATE TABLE budgets (
        key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        level text NOT NULL,
        session_key bigint REFERENCES sessions (key),
        owner text NOT NULL,
        max_calls bigint,
        max_tokens bigint,
        told_calls bigint,
        told_tokens bigint,
        deadline timestamptz,
        limited_at timestamptz,
        calls_used bigint NOT NULL DEFAULT 0,
        tokens_used bigint NOT NULL DEFAULT 0,
        calls_reserved bigint NOT NULL DEFAULT 0,
        tokens_reserved bigint NOT NULL DEFAULT 0,
        calls_over bigint NOT NULL DEFAULT 0,
        tokens_over bigint NOT NULL DEFAULT 0,
        opened_seq bigint NOT NULL DEFAULT 0,
        ended boolean NOT NULL DEFAULT false,
        active boolean NOT NULL DEFAULT false,
        CONSTRAINT budgets_owner_key UNIQUE NULLS NOT DISTINCT (tenant, level, session_key, owner),
        CONSTRAINT budgets_level_check CHECK (level IN ('campaign', 'session', 'task', 'agent')),
        CONSTRAINT budgets_calls_check CHECK (calls_used + calls_reserved <= max_calls),
        CONSTRAINT budgets_tokens_check CHECK (tokens_used + tokens_reserved <= max_tokens),
        CONSTRAINT budgets_figures_check CHECK (
            least(calls_used, tokens_used, calls_reserved, tokens_reserved, calls_over, tokens_over) >= 0
        )
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX budgets_by_session ON budgets (session_key)",
    "COMMENT ON COLUMN budgets.session_key IS 'Null for a campaign, which has many'",
    "COMMENT ON COLUMN budgets.owner IS 'The campaign, the task or the agent; empty for the session itself'",
    "COMMENT ON COLUMN budgets.max_calls IS 'Null: not limited'",
    "COMMENT ON COLUMN budgets.told_calls IS 'The limit as it was set; max_calls is above it while more is set aside'",
    "COMMENT ON COLUMN budgets.limited_at IS 'When its limits were set; newer ones are not replaced'",
    "COMMENT ON COLUMN budgets.calls_over IS 'Used without having been reserved, where nothing is left'",
    "COMMENT ON COLUMN budgets.active IS 'Of a task: it is the one that is worked on'",
    "COMMENT ON COLUMN budgets.opened_seq IS 'Of a task: the event that opened it'",
    """
    CREATE TABLE reservations (
        session_key bigint NOT NULL REFERENCES sessions (key),
        id text NOT NULL,
        budgets bigint[] NOT NULL,
        calls bigint NOT NULL,
        tokens bigint NOT NULL,
        reserved_at timestamptz NOT NULL,
        expires_at timestamptz,
        status text NOT NULL DEFAULT 'open',
        PRIMARY KEY (session_key, id),
        CONSTRAINT reservations_status_check CHECK (status IN ('open', 'settled', 'released', 'expired'))
    )
    """,
    "CREATE INDEX reservations_open ON reservations (session_key, expires_at) WHERE status = 'open'",
    "COMMENT ON COLUMN reservations.budgets IS 'The rows that it counts in'",
    """
    CREATE TABLE decisions (
        session_key bigint NOT NULL REFERENCES sessions (key),
        id text NOT NULL,
        tenant text NOT NULL,
        seq bigint NOT NULL,
        status text NOT NULL DEFAULT 'pending',
        escalated_to text,
        campaign text,
        escalated_at timestamptz NOT NULL,
        deadline timestamptz,
        settled_seq bigint,
        PRIMARY KEY (session_key, id),
        CONSTRAINT decisions_status_check CHECK (status IN ('pending', 'answered', 'lapsed', 'withdrawn'))
    )
    """,
    "CREATE INDEX decisions_by_person ON decisions (tenant, escalated_to, escalated_at)",
    "CREATE INDEX decisions_by_campaign ON decisions (tenant, campaign, escalated_at)",
    "CREATE INDEX decisions_by_time ON decisions (tenant, escalated_at)",
    "COMMENT ON COLUMN decisions.seq IS 'The event that asks the question'",
    "COMMENT ON COLUMN decisions.settled_seq IS 'The event that settled it'",
    """
    CREATE TABLE handoffs (
        session_key bigint NOT NULL REFERENCES sessions (key),
        id text NOT NULL,
        tenant text NOT NULL,
        seq bigint NOT NULL,
        status text NOT NULL DEFAULT 'offered',
        receiver text NOT NULL,
        offered_at timestamptz NOT NULL,
        expires_at timestamptz,
        accepted_by text,
        settled_seq bigint,
        PRIMARY KEY (session_key, id),
        CONSTRAINT handoffs_status_check CHECK (status IN ('offered', 'accepted', 'refused', 'completed', 'expired'))
    )
    """,
    "CREATE INDEX handoffs_by_receiver ON handoffs (tenant, receiver, offered_at)",
    "CREATE INDEX handoffs_by_time ON handoffs (tenant, offered_at)",
    "COMMENT ON COLUMN handoffs.seq IS 'The event that offers it, with its package'",
    "COMMENT ON COLUMN handoffs.settled_seq IS 'The event that last moved it on'",
    """
    CREATE TABLE conversations (
        tenant text NOT NULL,
        id text NOT NULL,
        session_key bigint NOT NULL REFERENCES sessions (key),
        conversation text NOT NULL,
        PRIMARY KEY (tenant, id)
    )
    """,
    "CREATE INDEX conversations_by_session ON conversations (session_key)",
    "COMMENT ON COLUMN conversations.conversation IS 'Its name in the session, as guide_agent'",
    """
    CREATE TABLE tokens (
        hash bytea PRIMARY KEY,
        id text NOT NULL,
        tenant text NOT NULL,
        session_key bigint NOT NULL REFERENCES sessions (key),
        label text,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        replaced_by bytea,
        CONSTRAINT tokens_id_key UNIQUE (tenant, id)
    )
    """,
    "CREATE INDEX tokens_by_session ON tokens (session_key)",
    "COMMENT ON COLUMN tokens.hash IS 'SHA-256 of the token, which is stored nowhere'",
    "COMMENT ON COLUMN tokens.id IS 'How it is spoken of'",
    "COMMENT ON COLUMN tokens.replaced_by IS 'The hash of the token that it was exchanged for'",
    """
    CREATE TABLE due_values (
        session_key bigint NOT NULL REFERENCES sessions (key),
        key text NOT NULL,
        event_id uuid NOT NULL,
        due_at timestamptz NOT NULL,
        PRIMARY KEY (session_key, key)
    )
    """,
    "COMMENT ON COLUMN due_values.event_id IS 'The event that set the value which ends'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
