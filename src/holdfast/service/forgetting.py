"""One tenant's people who are to be forgotten: asking for it, and looking whether it is so."""

from collections.abc import Callable, Sequence

from redis import Redis
from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.events import identifier, name
from holdfast.pipeline.forget import Forgetter
from holdfast.pipeline.verify_forgotten import mentions, verify_forgotten
from holdfast.remembering.receipt import Receipt, person_digest
from holdfast.remembering.verdict import Verdict
from holdfast.store import forgetting, log
from holdfast.store.transaction import transaction
from holdfast.stream.keys import Keys

__all__ = ["Forgetting"]


class Forgetting:
    """One tenant's forgettings."""

    def __init__(
        self,
        engine: Engine,
        redis: Redis,
        keys: Keys,
        forgetter: Forgetter,
        places: Callable[[], Sequence[Place]],
        *,
        tenant: str,
    ) -> None:
        """`places` gives the locations of the blobs, as `verify` looks through them."""
        self._engine = engine
        self._redis = redis
        self._keys = keys
        self._forgetter = forgetter
        self._places = places
        self.tenant = tenant

    def forget(self, user_id: str, *, asked_by: str | None = None, override: bool = False) -> Receipt:
        """Remove a person, all of it; returns when that is done. Killed, it goes on by itself, or when called again.

        Raises `ForgettingRefused` where a legal hold is on one of the person's sessions, or copies lie where this
        process does not reach, and nothing was changed; unless `override`. Raises `StreamUnavailable`,
        `StoreUnavailable`, `BlobsUnavailable` and `NotCommittedYet`: what was begun then goes on once that is mended.
        """
        identifier("user_id", user_id)
        if asked_by is not None:
            name("asked_by", asked_by)
        begun = self._forgetter.begin(self.tenant, user_id, asked_by=asked_by, override=override)
        self._forgetter.finish(begun, self.tenant)
        count = mentions(self._engine, self.tenant, user_id)
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            forgetting.name_mentions(cursor, begun, count)
            found = forgetting.receipts(cursor, self.tenant, person_digest(self.tenant, user_id))
        return next(each for each in found if each.id == str(begun))

    def receipts(self, user_id: str) -> list[Receipt]:
        """The receipts of a person, the newest first: also of what is under way."""
        identifier("user_id", user_id)
        with transaction(self._engine) as connection:
            return forgetting.receipts(log.cursor(connection), self.tenant, person_digest(self.tenant, user_id))

    def verify(self, user_id: str) -> Verdict:
        """Look everywhere anew for what there is of a person. Changes nothing; raises as `forget` does."""
        identifier("user_id", user_id)
        return verify_forgotten(self._engine, self._redis, self._keys, self._places(), self.tenant, user_id)
