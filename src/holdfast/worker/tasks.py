"""The tasks. Each takes ids and calls a plain function; queues, limits and schedules are in `celeryconfig.py`."""

from functools import partial

from holdfast.blobs.place import Place
from holdfast.pipeline import backup, collect, idle, lease, overdue, sweep, tick
from holdfast.pipeline import expire_rows as rows
from holdfast.pipeline.archive import Archiver
from holdfast.pipeline.ask_model import ask_model
from holdfast.pipeline.batches import batched
from holdfast.pipeline.catch_up import catch_up
from holdfast.pipeline.expire import committed, expire
from holdfast.pipeline.learn import learn_sessions
from holdfast.pipeline.making import Order
from holdfast.pipeline.summarise import summarise_sessions
from holdfast.saving.tiers import Tier
from holdfast.store import timers
from holdfast.store.transaction import transaction
from holdfast.worker.app import app
from holdfast.worker.base import BaseTask
from holdfast.worker.parts import parts

__all__ = [
    "archive_sessions",
    "ask_for_summary",
    "back_up",
    "capture",
    "catch_up_saves",
    "collect_blobs",
    "drain",
    "end_lease",
    "expire_handoffs",
    "expire_rows",
    "expire_sessions",
    "expire_values",
    "go_on_forgetting",
    "lapse_decisions",
    "learn",
    "pause_idle",
    "pause_if_idle",
    "release_reservations",
    "summarise",
    "sweep_shards",
    "tick_timers",
]

SLICE_SECONDS = 1.0
"""A drain that takes longer makes room for others and rings again. Far below the life of a bell: a drain that waits for
longer than that is dropped."""


ARCHIVE_SECONDS = 20.0
"""After that no further session is begun: one that is long takes minutes by itself."""

EXPIRE_SECONDS = 5.0
"""For so long what waits in front of sessions that may expire is committed; what takes longer waits for its timer."""

FORGET_SECONDS = 20.0
"""Below the limit of a task: what is left, the next one does."""


# It comes back after 1, 2, 4 and then every 5 seconds and never gives up, though the message that called it would have
# expired. Not later, because a Redis broker delivers a message with a late countdown again and again. The other tasks
# need no retry: beat, or their timer, repeats them.
@app.task(  # type: ignore[untyped-decorator]  # Celery ships no types
    name="holdfast.drain",
    base=BaseTask,
    autoretry_for=BaseTask.throws,
    max_retries=None,
    retry_kwargs={"expires": None},
    retry_backoff=True,
    retry_backoff_max=5,
    retry_jitter=False,
)
def drain(shard: int) -> None:
    """Drain a shard's stream into the log."""
    if not parts().ingest.drain(shard, seconds=SLICE_SECONDS):
        parts().publisher.ring(shard)


@app.task(name="holdfast.sweep", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def sweep_shards() -> None:
    """Ring for every shard that has a backlog and no drain on its way."""
    sweep.sweep(parts().publisher, parts().ingest.reader)


@app.task(name="holdfast.tick", base=BaseTask, bind=True)  # type: ignore[untyped-decorator]  # as above
def tick_timers(self: BaseTask) -> None:
    """Send what is due."""
    with transaction(parts().engine) as connection:
        follow_ups = tick.tick(connection)
    self.enqueue(follow_ups)


@app.task(name="holdfast.pause_idle", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def pause_idle(keys: list[int]) -> None:
    """Pause sessions that have been quiet for long enough."""
    batched(parts().engine, keys, timers.IDLE, partial(idle.pause_idle, rules=parts().rules))


@app.task(name="holdfast.expire", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def expire_sessions(keys: list[int]) -> None:
    """End sessions that have been quiet for as long as they may be, once what was published before is committed."""
    keys = committed(parts().engine, parts().ingest, keys, seconds=EXPIRE_SECONDS)
    batched(parts().engine, keys, timers.EXPIRE, partial(expire, rules=parts().rules))


@app.task(name="holdfast.archive", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def archive_sessions(keys: list[int]) -> None:
    """Release the rows of sessions that ended long ago."""
    archiver = Archiver(parts().engine, parts().saver, parts().open_vault, parts().open_backup, parts().rules)
    archiver.archive(keys, seconds=ARCHIVE_SECONDS)


@app.task(name="holdfast.expire_rows", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def expire_rows() -> None:
    """Delete what nobody needs after its time: dead letters, tokens, memories, marks that were seen to."""
    rows.expire_rows(parts().engine, parts().settings.dead_letter_seconds)


@app.task(name="holdfast.pause_if_idle", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def pause_if_idle(tenant: str, session_id: str) -> None:
    """The same for one, as the release before this one sends it."""
    with transaction(parts().engine) as connection:
        idle.pause_if_idle(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.summarise", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def summarise(keys: list[int]) -> None:
    """Add the summaries that sessions lack."""
    summarise_sessions(parts().engine, keys, rules=parts().rules)


@app.task(name="holdfast.learn", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def learn(keys: list[int]) -> None:
    """Remember what sessions said that is worth keeping."""
    learn_sessions(parts().engine, keys)


@app.task(name="holdfast.ask_model", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def ask_for_summary(tenant: str, session_id: str) -> None:
    """Ask a model for a better summary than the built-in one."""
    ask_model(parts().engine, parts().writer, tenant, session_id, budget=parts().settings.model_tokens)


@app.task(name="holdfast.end_lease", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def end_lease(tenant: str, session_id: str) -> None:
    """End a lease that nobody renewed, once what its holder published in time is committed."""
    shard = parts().publisher.keys.shard(session_id)
    if parts().ingest.settle(shard, seconds=SLICE_SECONDS):
        with transaction(parts().engine) as connection:
            lease.lapse(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.release_reservations", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def release_reservations(tenant: str, session_id: str) -> None:
    """Give back what nobody settled in time."""
    with transaction(parts().engine) as connection:
        overdue.release_reservations(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.lapse_decisions", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def lapse_decisions(tenant: str, session_id: str) -> None:
    """Ask the next person, or let the default hold, where nobody answered in time."""
    with transaction(parts().engine) as connection:
        overdue.lapse_decisions(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.expire_handoffs", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def expire_handoffs(tenant: str, session_id: str) -> None:
    """End the offers that nobody accepted in time."""
    with transaction(parts().engine) as connection:
        overdue.expire_handoffs(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.expire_values", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def expire_values(tenant: str, session_id: str) -> None:
    """Take away the values whose time is over."""
    with transaction(parts().engine) as connection:
        overdue.expire_values(connection, tenant, session_id, rules=parts().rules)


@app.task(name="holdfast.capture", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def capture(saves: list[tuple[int, dict[Tier, str | None]]]) -> None:
    """Save sessions: of each, by its key, the tiers that are due, and why."""
    parts().saver.save([Order(key, tiers) for key, tiers in saves])


@app.task(name="holdfast.back_up", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def back_up(tenant: str, session_id: str) -> None:
    """Copy a session's newest full snapshot to the second location."""
    place = parts().open_backup()
    if place is not None:
        backup.back_up(parts().engine, parts().open_vault(), place, parts().rules.autosave, tenant, session_id)


@app.task(name="holdfast.collect", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def collect_blobs() -> None:
    """Delete blobs that nothing refers to any more."""
    collect.collect(parts().engine, _places(), grace=parts().settings.blob_grace)


@app.task(name="holdfast.forget", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def go_on_forgetting() -> None:
    """Go on with removing people where whoever began it does not."""
    parts().forgetter.go_on(seconds=FORGET_SECONDS)


@app.task(name="holdfast.catch_up", base=BaseTask)  # type: ignore[untyped-decorator]  # as above
def catch_up_saves() -> None:
    """Set timers for what was never saved or never copied, and remove what killed writers left."""
    catch_up(parts().engine, parts().rules, backup=parts().settings.backup_url is not None)
    collect.tidy(_places())


def _places() -> list[Place]:
    backup_place = parts().open_backup()
    return [parts().open_vault().place, *([backup_place] if backup_place else [])]
