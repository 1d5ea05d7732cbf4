"""The log: sessions, events, shards, dead letters, timers and the counter of session ids.

Revision: 0001
"""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE sessions (
        key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        id text NOT NULL,
        user_id text NOT NULL,
        kind text NOT NULL,
        agent text NOT NULL,
        title text,
        status text NOT NULL
            CONSTRAINT sessions_status_check CHECK (status IN ('active', 'paused', 'closed', 'expired', 'failed')),
        seq bigint NOT NULL,
        digest bytea NOT NULL,
        fence bigint NOT NULL DEFAULT 0,
        holder text,
        created_at timestamptz NOT NULL,
        last_activity_at timestamptz NOT NULL,
        closed_at timestamptz,
        search tsvector NOT NULL GENERATED ALWAYS AS (
            to_tsvector('simple', id || ' ' || user_id || ' ' || kind || ' ' || agent || ' ' || coalesce(title, ''))
        ) STORED,
        CONSTRAINT sessions_tenant_id_key UNIQUE (tenant, id)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX sessions_by_time ON sessions (tenant, created_at, key)",
    "CREATE INDEX sessions_by_user ON sessions (tenant, user_id, created_at, key)",
    "CREATE INDEX sessions_by_status ON sessions (tenant, status, created_at, key)",
    "CREATE INDEX sessions_by_text ON sessions USING gin (search)",
    "COMMENT ON COLUMN sessions.seq IS 'Sequence number of the newest event'",
    "COMMENT ON COLUMN sessions.digest IS 'The hash chain''s head: the newest event''s digest'",
    "COMMENT ON COLUMN sessions.fence IS 'Grows each time the lease is taken'",
    "COMMENT ON COLUMN sessions.holder IS 'Who holds the exclusive lease; null where writing is shared'",
    """
    CREATE TABLE events (
        session_key bigint NOT NULL REFERENCES sessions (key),
        seq bigint NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        version smallint NOT NULL,
        actor text NOT NULL,
        conversation text,
        causation_id uuid,
        fence bigint,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        data json NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (session_key, seq),
        CONSTRAINT events_session_key_event_id_key UNIQUE (session_key, event_id)
    )
    """,
    "CREATE INDEX events_by_conversation ON events (session_key, conversation, seq) WHERE type = 'message.added'",
    """
    CREATE TABLE shards (
        shard bigint PRIMARY KEY,
        position text NOT NULL DEFAULT '0-0'
    )
    """,
    "COMMENT ON COLUMN shards.position IS 'Stream id of the last committed entry'",
    """
    CREATE TABLE dead_letters (
        key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text,
        session_id text,
        event_id text,
        shard bigint NOT NULL,
        entry_id text NOT NULL,
        entry_digest bytea NOT NULL,
        entry bytea[] NOT NULL,
        reason text NOT NULL,
        detail text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT dead_letters_entry_key UNIQUE (shard, entry_id, entry_digest)
    )
    """,
    "CREATE INDEX dead_letters_by_event ON dead_letters (event_id)",
    "CREATE INDEX dead_letters_by_session ON dead_letters (tenant, session_id, key)",
    "COMMENT ON COLUMN dead_letters.entry_id IS 'Its id in the stream'",
    "COMMENT ON COLUMN dead_letters.entry_digest IS 'SHA-256 of the entry: a stream that begins anew reuses ids'",
    "COMMENT ON COLUMN dead_letters.entry IS 'Field, value, field, value …'",
    "COMMENT ON COLUMN dead_letters.reason IS 'The code of the error'",
    """
    CREATE TABLE timers (
        session_key bigint NOT NULL REFERENCES sessions (key),
        kind text NOT NULL,
        due_at timestamptz NOT NULL,
        PRIMARY KEY (session_key, kind)
    )
    """,
    "CREATE INDEX timers_by_due ON timers (due_at)",
    """
    CREATE TABLE session_counters (
        tenant text NOT NULL,
        day text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant, day)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
