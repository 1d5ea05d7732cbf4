"""Saving: folds, segments, snapshots, pins, the registry of blobs, and what the tables of 0001 need for it.

Revision: 0002
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "ALTER TABLE sessions ADD COLUMN autosave text",
    "ALTER TABLE sessions ADD COLUMN timed smallint NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN saved bigint NOT NULL DEFAULT 0",
    "COMMENT ON COLUMN sessions.autosave IS 'The session''s own rules for saving, as JSON; null where it has none'",
    "COMMENT ON COLUMN sessions.timed IS 'Tiers whose timers are set: a bit each'",
    "COMMENT ON COLUMN sessions.saved IS 'Up to where the newest snapshot goes'",
    "ALTER TABLE timers ADD COLUMN reason text",
    "COMMENT ON COLUMN timers.reason IS 'What made a save due before its time; null where nothing did'",
    """
    CREATE TABLE installation (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "INSERT INTO installation DEFAULT VALUES",
    """
    CREATE TABLE blobs (
        key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        address bytea NOT NULL,
        size bigint NOT NULL,
        key_id text,
        loose_since timestamptz DEFAULT now(),
        doomed boolean NOT NULL DEFAULT false,
        backed_up_at timestamptz,
        CONSTRAINT blobs_name_key UNIQUE (name)
    )
    """,
    "CREATE INDEX blobs_loose ON blobs (loose_since) WHERE loose_since IS NOT NULL",
    "COMMENT ON COLUMN blobs.name IS 'Where it lies, below the location of the blobs'",
    "COMMENT ON COLUMN blobs.address IS 'SHA-256 of the content, before it is encrypted'",
    "COMMENT ON COLUMN blobs.size IS 'Bytes of the content, before it is encrypted'",
    "COMMENT ON COLUMN blobs.key_id IS 'The fingerprint of the key that it is encrypted with; null where it is not'",
    "COMMENT ON COLUMN blobs.loose_since IS 'Since when nothing refers to it; null where something does'",
    "COMMENT ON COLUMN blobs.doomed IS 'It is about to be deleted, and nothing may refer to it any more'",
    """
    CREATE TABLE segments (
        session_key bigint NOT NULL REFERENCES sessions (key),
        first bigint NOT NULL,
        last bigint NOT NULL,
        added bigint NOT NULL,
        removed bigint,
        bytes bigint NOT NULL,
        blob bigint NOT NULL REFERENCES blobs (key),
        PRIMARY KEY (session_key, first, last, added)
    )
    """,
    "CREATE INDEX segments_by_blob ON segments (blob)",
    "COMMENT ON COLUMN segments.added IS 'The first version of the session''s cover that it is part of'",
    "COMMENT ON COLUMN segments.removed IS 'The first version that it is no longer part of'",
    "COMMENT ON COLUMN segments.bytes IS 'Bytes of its events'' data as JSON'",
    """
    CREATE TABLE folds (
        session_key bigint NOT NULL REFERENCES sessions (key),
        seq bigint NOT NULL,
        recipe smallint NOT NULL,
        body bytea NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (session_key, seq)
    )
    """,
    # The bodies are compressed already.
    "ALTER TABLE folds ALTER COLUMN body SET STORAGE EXTERNAL",
    "COMMENT ON COLUMN folds.recipe IS 'The version of the fold that made it'",
    "COMMENT ON COLUMN folds.body IS 'The state, as JSON, compressed with gzip'",
    """
    CREATE TABLE snapshots (
        session_key bigint NOT NULL REFERENCES sessions (key),
        tier text NOT NULL
            CONSTRAINT snapshots_tier_check CHECK (tier IN ('context', 'conversation', 'project_state', 'full')),
        seq bigint NOT NULL,
        id text NOT NULL,
        reason text NOT NULL,
        log_digest bytea NOT NULL,
        fold_seq bigint NOT NULL,
        cover bigint,
        body bigint REFERENCES blobs (key),
        created_at timestamptz NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (session_key, tier, seq),
        CONSTRAINT snapshots_session_key_id_key UNIQUE (session_key, id),
        CONSTRAINT snapshots_fold_fkey FOREIGN KEY (session_key, fold_seq) REFERENCES folds (session_key, seq)
    )
    """,
    "CREATE INDEX snapshots_by_body ON snapshots (body) WHERE body IS NOT NULL",
    "COMMENT ON COLUMN snapshots.id IS 'The recovery point'",
    "COMMENT ON COLUMN snapshots.log_digest IS 'The digest of the event `seq`: where its events'' chain must end'",
    "COMMENT ON COLUMN snapshots.fold_seq IS 'The fold that it starts from, at `seq` or before'",
    "COMMENT ON COLUMN snapshots.cover IS 'The version of the cover that a full one needs; others need the newest'",
    "COMMENT ON COLUMN snapshots.body IS 'The blob of a full snapshot''s own'",
    "COMMENT ON COLUMN snapshots.digest IS 'SHA-256 of all the others: a row that was altered is found'",
    """
    CREATE TABLE pins (
        session_key bigint NOT NULL REFERENCES sessions (key),
        snapshot_id text NOT NULL,
        note text,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (session_key, snapshot_id)
    )
    """,
    "COMMENT ON COLUMN pins.snapshot_id IS 'A recovery point; empty for the whole session'",
    """
    CREATE TABLE recovery_points (
        session_key bigint NOT NULL REFERENCES sessions (key),
        id text NOT NULL,
        PRIMARY KEY (session_key, id)
    )
    """,
    """
    CREATE TABLE savings (
        session_key bigint PRIMARY KEY REFERENCES sessions (key),
        autosaves bigint NOT NULL DEFAULT 0,
        captured_at timestamptz,
        fold_seq bigint NOT NULL DEFAULT 0,
        fold_bytes bigint NOT NULL DEFAULT 0,
        covered bigint NOT NULL DEFAULT 0,
        cover bigint NOT NULL DEFAULT 0,
        tail_bytes bigint NOT NULL DEFAULT 0
    )
    """,
    "COMMENT ON COLUMN savings.autosaves IS 'How many auto-saves were numbered'",
    "COMMENT ON COLUMN savings.fold_bytes IS 'The newest fold, as JSON'",
    "COMMENT ON COLUMN savings.covered IS 'Up to where segments cover the log'",
    "COMMENT ON COLUMN savings.cover IS 'The version of the cover, raised with every change'",
    "COMMENT ON COLUMN savings.tail_bytes IS 'Bytes of the events'' data that were covered since the newest fold'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
