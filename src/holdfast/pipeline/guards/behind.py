"""Behind: sessions whose newest events were written by a release that had no guards. They are caught up with.

Such a release may be at work beside this one until all are upgraded. So whoever locks a session looks, and what is
behind moves its guards now, as facts do, before anything is decided by them.
"""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import Engine

from holdfast.pipeline.follow import serve
from holdfast.pipeline.guards.budgets import uncharged
from holdfast.pipeline.guards.move import SERVED, move
from holdfast.saving.segment import Line
from holdfast.store import log, sessions
from holdfast.store.log import Cursor, Head
from holdfast.store.transaction import transaction

__all__ = ["catch_all_up", "catch_up"]

CHUNK = 2000


def catch_up(cursor: Cursor, heads: Iterable[Head]) -> None:
    """Let the events of these sessions, which are locked, move their guards where they have not yet."""
    for head in heads:
        if head.moved < head.seq:
            _catch_up(cursor, head)


def catch_all_up(engine: Engine) -> int:
    """Do that for every session, in a transaction each; returns how many there were."""
    with transaction(engine) as connection:
        behind = sessions.behind(log.cursor(connection))
    for tenant, session_id in behind:
        with transaction(engine) as connection:
            cursor = log.cursor(connection)
            catch_up(cursor, log.lock(cursor, [(tenant, session_id)]).values())
    return len(behind)


def _catch_up(cursor: Cursor, head: Head) -> None:
    forked_at = 0
    coming = log.lines(cursor, head.key, after=head.moved, upto=head.seq)
    while chunk := list(islice(coming, CHUNK)):
        served = {head.key: head.campaign}
        for line in (Line(*row[:-1]) for row in chunk):
            if line.type == SERVED:
                serve(head, line)
            elif line.type == "session.forked":
                forked_at = line.seq
        move(cursor, [head], [(head.key, *row) for row in chunk], served=served)
    if forked_at:
        uncharged(cursor, head, forked_at)
    head.moved = head.seq
    log.caught_up(cursor, head)
