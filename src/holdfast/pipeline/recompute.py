"""Recompute: memories anew, from all the evidence that there is of them; and what takes evidence away."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from holdfast.errors import MemoryNotFound, RunNotFound
from holdfast.logs import get_logger
from holdfast.remembering.memory.change import Change, changes
from holdfast.remembering.memory.settled import settled
from holdfast.store import evidence, log, memories, runs
from holdfast.store.evidence import Subject
from holdfast.store.log import Cursor

__all__ = ["forget", "recompute", "undo"]

logger = get_logger(__name__)


def recompute(cursor: Cursor, tenant: str, subjects: Iterable[Subject]) -> tuple[Change, ...]:
    """Let the memories of these subjects be what their evidence comes to; returns what changed.

    A subject is a tuple of owner kind, owner, kind and key. Its owner's memories are locked until the transaction ends,
    so that of two transactions which change the evidence of one subject the second sees what the first did. One that
    recomputes several times must lock all owners first, with `evidence.lock_owners`.
    """
    wanted = sorted({Subject(*subject) for subject in subjects})
    if not wanted:
        return ()
    evidence.lock_owners(cursor, tenant, wanted)
    said = evidence.of_subjects(cursor, tenant, wanted)
    before = memories.of_subjects(cursor, tenant, wanted)
    found: list[Change] = []
    put, removed = [], []
    for subject in wanted:
        after = settled(said[subject], tenant=tenant, owner=subject.owner)
        stored = {memory.id: memory for memory in before[subject]}
        put += [memory for memory in after if stored.get(memory.id) != replace(memory, evidence=())]
        removed += [each for each in stored if each not in {memory.id for memory in after}]
        found += changes(before[subject], after)
    if removed:
        memories.remove(cursor, tenant, removed)
    if put:
        memories.put(cursor, tenant, put)
    return tuple(found)


def undo(connection: Connection, tenant: str, run_id: str) -> tuple[Change, ...]:
    """Take out what a run found, as if it had never been; returns what changed. Undone twice is undone once.

    The run stays, marked, so that its range is not learned from again by the same recipe. Raises `RunNotFound`.
    """
    cursor = log.cursor(connection)
    run = runs.find(cursor, tenant, run_id, lock=True)
    if run is None:
        raise RunNotFound(run_id, f"there is no run {run_id!r}; `holdfast memories runs` lists them")
    if run.undone_at is not None:
        return ()
    runs.undo(cursor, run_id)
    found = recompute(cursor, tenant, evidence.take_out(cursor, tenant, run_id=run_id))
    logger.info("run.undone", run_id=run_id, session_id=run.session_id, changed=len(found))
    return found


def forget(connection: Connection, tenant: str, memory_id: str) -> tuple[Change, ...]:
    """Delete a memory and its evidence for good: its owner wants it gone. Returns what changed.

    What was said of it up to now is never learned again, by whatever recipe; who says it once more is believed. Raises
    `MemoryNotFound`, also the second time.
    """
    cursor = log.cursor(connection)
    found = memories.find(cursor, tenant, [memory_id])
    if not found:
        raise MemoryNotFound(memory_id, f"there is no memory {memory_id!r}; `holdfast memories list` lists them")
    memory = found[0]
    subject = Subject(memory.owner_kind, memory.owner, memory.kind, memory.key)
    evidence.lock_owners(cursor, tenant, [subject])
    evidence.dismiss(cursor, tenant, memory_id)
    evidence.take_out(cursor, tenant, memory=memory_id)
    changed = recompute(cursor, tenant, [subject])
    logger.info("memory.dismissed", memory_id=memory_id)
    return changed
