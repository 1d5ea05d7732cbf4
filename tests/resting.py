"""What the tests of expiry share: time that passes, what the timers then do without a worker, and what is left."""

from functools import cache, partial
from typing import Any

from sqlalchemy import Engine, text

from capturing import key_of, pass_time, saver_of
from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.archive import Archiver
from holdfast.pipeline.batches import batched
from holdfast.pipeline.expire import committed, expire
from holdfast.pipeline.idle import pause_idle
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.tick import tick
from holdfast.store.transaction import transaction
from writing import said

__all__ = ["Timers", "archiver_of", "due_in", "guards", "lived", "set_columns"]

GUARDS = {
    "budgets": "level, owner, max_calls, max_tokens, told_calls, told_tokens, deadline, limited_at, calls_used, "
    "tokens_used, calls_reserved, tokens_reserved, calls_over, tokens_over, opened_seq, ended, active",
    "reservations": "id, calls, tokens, reserved_at, expires_at, status",
    "decisions": "id, tenant, seq, status, escalated_to, campaign, escalated_at, deadline, settled_seq",
    "handoffs": "id, tenant, seq, status, receiver, offered_at, expires_at, accepted_by, settled_seq",
    "conversations": "tenant, id, conversation",
    "due_values": "key, event_id, due_at",
    "tokens": "id, label, expires_at, revoked_at",
}
"""Of each table what it says of a session, but for keys that are given out anew."""


class Timers:
    """Beat and a worker, for what ends sessions."""

    def __init__(self, settings: Settings, engine: Engine, ingest: Ingest) -> None:
        self._engine = engine
        self._ingest = ingest
        self.rules = bootstrap.rules(settings)
        self._archiver = archiver_of(settings, engine)

    def run(self) -> dict[str, int]:
        """Tick once, and do what came of it; returns how many sessions were paused, expired and archived."""
        with transaction(self._engine) as connection:
            follow_ups = tick(connection)
        done = dict.fromkeys(("paused", "expired", "archived"), 0)
        for each in follow_ups:
            keys = each.arguments.get("keys", [])
            if each.task == "holdfast.pause_idle":
                done["paused"] += batched(self._engine, keys, "idle", partial(pause_idle, rules=self.rules))
            elif each.task == "holdfast.expire":
                keys = committed(self._engine, self._ingest, keys, seconds=5)
                done["expired"] += batched(self._engine, keys, "expire", partial(expire, rules=self.rules))
            elif each.task == "holdfast.archive":
                done["archived"] += self._archiver.archive(keys)
        return {what: count for what, count in done.items() if count}

    def archive(self, *sessions: Session, derived: bool = True) -> int:
        """Let these be due for it, and archive them. What is made of them has been made, unless said otherwise."""
        for session in sessions:
            key = key_of(self._engine, session)
            with self._engine.begin() as connection:
                kinds = "('summary', 'learn', 'model')" if derived else "('')"
                connection.execute(text(f"DELETE FROM timers WHERE session_key = {key} AND kind IN {kinds}"))
            set_columns(self._engine, session, closed_at="now() - interval '10 years'")
        return self._archiver.archive([key_of(self._engine, session) for session in sessions])

    def passes(self, seconds: float) -> dict[str, int]:
        """Let time pass, and run."""
        pass_time(self._engine, seconds)
        return self.run()


def lived(hf: Holdfast, end: str = "session.closed", **given: Any) -> Session:
    """A session in which all kinds of things happened, and which has ended."""
    session = hf.start("ada", title="Launch", **given)
    session.append(*(said(f"m{number}") for number in range(30)))
    session.append(
        {"type": "preference.stated", "data": {"key": "communication_style", "value": "brief"}},
        {"type": "campaign.updated", "data": {"gtm_id": "c", "name": "C"}},
        {"type": "task.assigned", "data": {"task_id": "t", "description": "d", "budget": {"max_skill_calls": 9}}},
        {"type": "state.set", "data": {"key": "k", "value": 1, "ttl": 9_000_000}},
        {"type": "handoff.offered", "data": {"handoff_id": "h", "to": "writer"}},
    )
    session.reserve("look_up", calls=2).settle(calls=1)
    session.escalate("Which?", to="ada", decision_id="d")
    session.open_conversation("guide_agent")
    session.issue_token(seconds=9e6)
    session.save()
    session.append(said("the last"), {"type": end})
    return session


def archiver_of(settings: Settings, engine: Engine) -> Archiver:
    return Archiver(
        engine,
        saver_of(settings, engine),
        cache(lambda: bootstrap.vault(settings, engine)),
        cache(lambda: bootstrap.backup(settings, engine)),
        bootstrap.rules(settings),
    )


def set_columns(engine: Engine, session: Session, **columns: str) -> None:
    """Set columns of the session's row to these expressions."""
    said = ", ".join(f"{name} = {value}" for name, value in columns.items())
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE sessions SET {said} WHERE id = :id"), {"id": session.id})


def due_in(engine: Engine, session: Session) -> dict[str, float]:
    """By kind, in how many seconds the timers are due that end the session."""
    query = """
        SELECT t.kind, extract(epoch FROM t.due_at - now()) FROM timers t JOIN sessions s ON s.key = t.session_key
        WHERE s.id = :id AND t.kind IN ('idle', 'expire', 'archive')
    """
    with engine.connect() as connection:
        return {kind: float(seconds) for kind, seconds in connection.execute(text(query), {"id": session.id})}


def guards(engine: Engine, session: Session) -> dict[str, list[tuple[object, ...]]]:
    """What the guards' rows say of the session."""
    key = key_of(engine, session)
    with engine.connect() as connection:
        return {
            table: [
                tuple(row)
                for row in connection.execute(
                    text(
                        f"SELECT {columns} FROM {table} WHERE session_key = {key} ORDER BY {columns.split(', due')[0]}"
                    )
                )
            ]
            for table, columns in GUARDS.items()
        }
