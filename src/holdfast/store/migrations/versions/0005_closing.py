"""Closing: summaries, memories with their evidence, traces, expiry, archived sessions, and what was forgotten.

Revision: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    "ALTER TABLE sessions ADD COLUMN untold bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN summarised bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN learned bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN expires_at timestamptz",
    "ALTER TABLE sessions ADD COLUMN expires_after double precision",
    "ALTER TABLE sessions ADD COLUMN archived_at timestamptz",
    "COMMENT ON COLUMN sessions.untold IS 'Messages that are in no summary yet'",
    "COMMENT ON COLUMN sessions.summarised IS 'Up to where the newest summary goes'",
    "COMMENT ON COLUMN sessions.learned IS 'Up to where memories were extracted'",
    "COMMENT ON COLUMN sessions.expires_at IS 'Its own end, whatever happens; null: none'",
    """
    COMMENT ON COLUMN sessions.expires_after IS
    'Seconds of quiet after which it ends; null: as the installation has it'
    """,
    """
    COMMENT ON COLUMN sessions.archived_at IS
    'When its rows were released: its log is in segments alone; null: it is here'
    """,
    "CREATE INDEX dead_letters_by_time ON dead_letters (created_at)",
    "CREATE INDEX inspections_done ON inspections (done_at) WHERE done_at IS NOT NULL",
    "CREATE INDEX tokens_by_end ON tokens ((least(expires_at, revoked_at)))",
    "CREATE INDEX events_of_recall ON events (session_key, seq) WHERE type = 'memory.recalled'",
    """
    CREATE TABLE summaries (
        session_key bigint NOT NULL REFERENCES sessions (key),
        upto bigint NOT NULL,
        recipe text NOT NULL,
        first bigint NOT NULL,
        base bigint,
        reason text NOT NULL,
        made_by text NOT NULL,
        content json NOT NULL,
        carry bytea,
        model text NOT NULL DEFAULT 'none',
        attempts bigint NOT NULL DEFAULT 0,
        problem text,
        tokens bigint NOT NULL DEFAULT 0,
        asked_at timestamptz,
        asking_until timestamptz,
        made_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (session_key, upto, recipe),
        CONSTRAINT summaries_model_check CHECK (model IN ('none', 'waiting', 'made', 'passed'))
    )
    """,
    "COMMENT ON COLUMN summaries.base IS 'Up to where the summary goes that this one builds on'",
    "COMMENT ON COLUMN summaries.made_by IS 'builtin, or the model''s name'",
    "COMMENT ON COLUMN summaries.carry IS 'What the next one builds on; null where it is a model''s'",
    "COMMENT ON COLUMN summaries.model IS 'Whether a model is asked for a better one of this range'",
    "COMMENT ON COLUMN summaries.problem IS 'Why the model''s last attempt came to nothing'",
    "COMMENT ON COLUMN summaries.tokens IS 'What models used for it on the day of asked_at, those that failed with it'",
    "COMMENT ON COLUMN summaries.asked_at IS 'When a model was last asked'",
    "COMMENT ON COLUMN summaries.asking_until IS 'Until when an answer may come; null: nobody asks just now'",
    "CREATE INDEX summaries_asked ON summaries (asked_at) WHERE asked_at IS NOT NULL",
    """
    CREATE TABLE runs (
        id uuid PRIMARY KEY,
        tenant text NOT NULL,
        session_key bigint NOT NULL REFERENCES sessions (key),
        first bigint NOT NULL,
        upto bigint NOT NULL,
        recipe text NOT NULL,
        campaign text,
        findings bigint NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        undone_at timestamptz,
        CONSTRAINT runs_range_key UNIQUE (session_key, recipe, first)
    )
    """,
    "CREATE INDEX runs_by_time ON runs (tenant, made_at, id)",
    "COMMENT ON COLUMN runs.campaign IS 'Which the session served at the range''s end'",
    """
    CREATE TABLE memories (
        id uuid PRIMARY KEY,
        tenant text NOT NULL,
        owner_kind text NOT NULL,
        owner text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        value json NOT NULL,
        text text NOT NULL,
        confidence double precision NOT NULL,
        source text NOT NULL,
        status text NOT NULL,
        temporary boolean NOT NULL,
        first_seen timestamptz NOT NULL,
        last_seen timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        replaces uuid[] NOT NULL,
        contradicts uuid[] NOT NULL,
        search tsvector NOT NULL GENERATED ALWAYS AS (
            to_tsvector('english', name || ' ' || text) || array_to_tsvector(
                ARRAY[hashtextextended(tenant || chr(31) || owner_kind || chr(31) || owner, 5)::text]
            )
        ) STORED,
        CONSTRAINT memories_owner_check CHECK (owner_kind IN ('user', 'campaign')),
        CONSTRAINT memories_kind_check CHECK (kind IN ('preference', 'fact', 'decision', 'learning')),
        CONSTRAINT memories_confidence_check CHECK (confidence BETWEEN 0 AND 1),
        CONSTRAINT memories_status_check CHECK (status IN ('current', 'contested', 'replaced', 'outweighed'))
    )
    """,
    "CREATE INDEX memories_by_subject ON memories (tenant, owner_kind, owner, kind, name)",
    "CREATE INDEX memories_by_owner ON memories (tenant, owner_kind, owner, last_seen, id)",
    "CREATE INDEX memories_by_time ON memories (tenant, last_seen, id)",
    "CREATE INDEX memories_by_end ON memories (expires_at)",
    "CREATE INDEX memories_by_text ON memories USING gin (search)",
    "COMMENT ON COLUMN memories.id IS 'Made of tenant, owner, kind, name and value'",
    "COMMENT ON COLUMN memories.name IS 'What it is about, as communication_style'",
    "COMMENT ON COLUMN memories.confidence IS 'As of last_seen; time lowers it since'",
    "COMMENT ON COLUMN memories.replaces IS 'Those that it took the place of'",
    "COMMENT ON COLUMN memories.contradicts IS 'Those that say otherwise'",
    """
    CREATE TABLE evidence (
        memory uuid NOT NULL,
        session_key bigint NOT NULL REFERENCES sessions (key),
        event_id uuid NOT NULL,
        stance text NOT NULL,
        run_id uuid NOT NULL REFERENCES runs (id),
        tenant text NOT NULL,
        owner_kind text NOT NULL,
        owner text NOT NULL,
        kind text NOT NULL,
        name text NOT NULL,
        value json NOT NULL,
        seq bigint NOT NULL,
        source text NOT NULL,
        strength double precision NOT NULL,
        said_at timestamptz NOT NULL,
        text text NOT NULL,
        single boolean NOT NULL,
        temporary boolean NOT NULL,
        PRIMARY KEY (memory, session_key, event_id, stance, run_id),
        CONSTRAINT evidence_stance_check CHECK (stance IN ('for', 'against')),
        CONSTRAINT evidence_source_check CHECK (source IN ('user', 'agent', 'tool', 'inferred'))
    )
    """,
    "CREATE INDEX evidence_by_subject ON evidence (tenant, owner_kind, owner, kind, name)",
    "CREATE INDEX evidence_by_run ON evidence (run_id)",
    "CREATE INDEX evidence_by_session ON evidence (session_key)",
    "COMMENT ON COLUMN evidence.memory IS 'The id of the memory that it makes, or would make'",
    """
    CREATE TABLE dismissals (
        memory uuid PRIMARY KEY,
        tenant text NOT NULL,
        owner_kind text NOT NULL,
        owner text NOT NULL,
        upto timestamptz NOT NULL,
        dismissed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "COMMENT ON COLUMN dismissals.memory IS 'Its id, which tells nothing of what it said'",
    """
    CREATE TABLE traces (
        session_key bigint PRIMARY KEY REFERENCES sessions (key),
        tenant text NOT NULL,
        user_id text NOT NULL,
        upto bigint NOT NULL,
        recipe text NOT NULL,
        trace json NOT NULL,
        started_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX traces_by_user ON traces (tenant, user_id, started_at)",
    """
    CREATE TABLE forgettings (
        id uuid PRIMARY KEY,
        tenant text NOT NULL,
        person bytea NOT NULL,
        asked_by text,
        begun_at timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz,
        removed json NOT NULL,
        kept json NOT NULL,
        blobs bytea[] NOT NULL DEFAULT '{}'
    )
    """,
    "CREATE INDEX forgettings_by_person ON forgettings (tenant, person, begun_at)",
    "CREATE INDEX forgettings_under_way ON forgettings (begun_at) WHERE done_at IS NULL",
    "COMMENT ON COLUMN forgettings.person IS 'A digest of the tenant and the user''s id'",
    "COMMENT ON COLUMN forgettings.asked_by IS 'Who asked for it'",
    "COMMENT ON COLUMN forgettings.done_at IS 'Null: under way, or killed and to be gone on with'",
    "COMMENT ON COLUMN forgettings.removed IS 'How much was removed, so far, by place'",
    "COMMENT ON COLUMN forgettings.kept IS 'How much was kept on purpose, by kind'",
    "COMMENT ON COLUMN forgettings.blobs IS 'The addresses of the blobs that were removed'",
    """
    CREATE TABLE forgotten (
        session bytea PRIMARY KEY,
        forgetting uuid NOT NULL REFERENCES forgettings (id),
        head bytea NOT NULL,
        events bigint NOT NULL
    )
    """,
    "CREATE INDEX forgotten_by_forgetting ON forgotten (forgetting)",
    "COMMENT ON COLUMN forgotten.session IS 'A digest of the tenant and the session''s id'",
    "COMMENT ON COLUMN forgotten.head IS 'The digest of its last event'",
    "COMMENT ON COLUMN forgotten.events IS 'How many it had'",
    "ALTER TABLE blobs ADD COLUMN written_for bigint",
    "ALTER TABLE blobs ADD COLUMN writing_since timestamptz",
    "CREATE INDEX blobs_by_session ON blobs (written_for)",
    """
    COMMENT ON COLUMN blobs.written_for IS
    'The session that it was written for first; null where an earlier release wrote it'
    """,
    """
    COMMENT ON COLUMN blobs.writing_since IS
    'When somebody last set out to write it, in one location or the other; null where that is done'
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
