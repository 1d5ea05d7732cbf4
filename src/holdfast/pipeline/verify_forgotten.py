"""Verify that a person was forgotten: look everywhere anew, and tell what is there, and where. Changes nothing.

It believes no receipt: rows are looked for by the person's id, by the digests of the sessions, and by what they say;
streams are read; both locations of the blobs are listed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from uuid import UUID

from redis import Redis
from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.errors import BlobMissing
from holdfast.remembering.receipt import Receipt, person_digest, session_digest
from holdfast.remembering.verdict import Trace, Verdict
from holdfast.saving.tracking import folder
from holdfast.store import forgetting, log, remains
from holdfast.store.transaction import transaction
from holdfast.stream.erasing import entries, notices
from holdfast.stream.failures import translated
from holdfast.stream.keys import Keys

__all__ = ["mentions", "verify_forgotten"]

NAMES = 1000
"""Names of blobs that are asked for at once."""

ADDRESS = re.compile("([0-9a-f]{64})[.]json")


def verify_forgotten(
    engine: Engine, redis: Redis, keys: Keys, places: Iterable[Place], tenant: str, user_id: str
) -> Verdict:
    """What is there of a person. Raises `StoreUnavailable`, `StreamUnavailable`, `BlobsUnavailable`."""
    person = person_digest(tenant, user_id)
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        receipts = forgetting.receipts(cursor, tenant, person)
        since = remains.begun_since(cursor, tenant, user_id, receipts[0].asked_at) if receipts else []
        own, others = remains.letters(cursor, tenant, user_id)
        found = [
            *remains.in_tables(cursor, tenant, user_id, since),
            *remains.of_forgettings(cursor, tenant, [UUID(each.id) for each in receipts]),
            ("dead_letters", "that were to begin a session of the person", own),
        ]
        named = [*remains.named_columns(cursor, tenant, user_id), ("dead_letters", "that name it", others)]
    found += _in_redis(redis, keys, tenant, receipts)
    for place in places:
        found += _in_place(engine, place, tenant, receipts)
    named.append(("events", "of others that name it", mentions(engine, tenant, user_id)))
    return Verdict(
        person=person.hex(),
        found=_traces(found),
        since=_traces([("sessions", "begun since", len(since))]),
        mentions=_traces(named),
        receipts=tuple(receipts),
    )


def mentions(engine: Engine, tenant: str, user_id: str) -> int:
    """How many events in sessions of others name a person's id. Reads all of the tenant's log, bit by bit."""
    count, after = 0, 0
    while True:
        with transaction(engine) as connection:
            found = remains.mentioned(log.cursor(connection), tenant, user_id, after=after)
        if found is None:
            return count
        count, after = count + found[0], found[1]


def _in_redis(redis: Redis, keys: Keys, tenant: str, receipts: Iterable[Receipt]) -> Iterator[tuple[str, str, int]]:
    digests = {bytes.fromhex(session.session) for each in receipts for session in each.sessions}

    def chosen(names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        return {name for name in names if session_digest(*name) in digests}

    with translated("looking for entries"):
        waiting = sum(len(ids) for _, ids in entries(redis, keys, chosen))
        yield "stream", "entries of sessions that were forgotten", waiting
        yield "notices", "that name sessions that were forgotten", len(notices(redis, keys, tenant, chosen))


def _in_place(engine: Engine, place: Place, tenant: str, receipts: Iterable[Receipt]) -> Iterator[tuple[str, str, int]]:
    """What lies in a location of blobs that was removed, and what nothing knows of."""
    removed = {address for each in receipts for address in each.blobs}
    back = lost = 0
    listed = iter(place.names(folder(tenant)))
    while names := list(islice(listed, NAMES)):
        again = {name for name in names if (match := ADDRESS.search(name)) and match[1] in removed}
        with transaction(engine) as connection:
            unknown = remains.unregistered(log.cursor(connection), names)
        back += sum(map(_is_there(place), again))
        lost += sum(map(_is_there(place), unknown - again))
    yield place.url, "blobs that were removed", back
    yield place.url, "blobs that nothing refers to", lost


def _is_there(place: Place) -> Callable[[str], bool]:
    """Whether a blob that was listed is still there: one that was just being collected is not."""

    def there(name: str) -> bool:
        try:
            place.read(name)
        except BlobMissing:
            return False
        return True

    return there


def _traces(found: Iterable[tuple[str, str, int]]) -> tuple[Trace, ...]:
    return tuple(Trace(where, what, count) for where, what, count in found if count)
