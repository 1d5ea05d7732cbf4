"""The laws of ingestion: whatever is published, repeated, cut into rounds and killed, the log is what it must be."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import SessionNotFound
from holdfast.events import KNOWN, RESERVED, Draft, Event, draft
from holdfast.pipeline.ingest import Ingest
from holdfast.session import State, fold
from holdfast.session.status import status_after
from strategies import event_data, instants, names, patient
from writing import drain

laws = settings(
    patient, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

SESSIONS = 3
TYPES = sorted(KNOWN.types.keys() - {"session.closed", "session.expired"})


class Killed(BaseException):
    """As SIGKILL: nothing in the code catches it."""


@dataclass
class Model:
    """What the log of one session must be, by the simplest account of the rules."""

    accepted: list[Draft] = field(default_factory=list)
    status: str | None = None

    def take(self, event: Draft) -> None:
        if event.id in {each.id for each in self.accepted}:
            return
        begins = event.type == "session.started"
        if begins == (self.status is not None) or self.status in {"closed", "expired"}:
            return
        if event.type in RESERVED or event.fence not in {None, 0}:
            return
        self.status = status_after(self.status or "active", event.type)
        self.accepted.append(event)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    """An event for one of the sessions: any type, most often one that does not end it."""
    ends = draw(st.integers(0, 15)) == 0
    event_type = "session.closed" if ends else draw(st.sampled_from([*TYPES, "custom.mood", "message.added"]))
    return {
        "type": event_type,
        "data": draw(event_data(event_type)),
        "actor": draw(names),
        "occurred_at": draw(instants),
        "fence": draw(st.sampled_from([None, None, None, 0, 5])),
    }


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, SESSIONS - 1), st.lists(items(), min_size=1, max_size=4)),
        st.tuples(st.just("repeat"), st.integers(0, 99), st.integers(1, 3)),
        st.tuples(st.sampled_from(["round", "killed before the commit", "killed before the trim"]), st.integers(1, 5)),
    ),
    min_size=3,
    max_size=14,
)


@pytest.fixture
def one_shard(settings: Settings) -> Settings:
    """All sessions meet in one stream."""
    return settings.model_copy(update={"shards": 1})


@pytest.fixture
def hf(one_shard: Settings) -> Iterator[Holdfast]:
    with Holdfast(one_shard) as holdfast:
        yield holdfast


def run_a_round(one_shard: Settings, engine: Engine, how: str, entries: int) -> None:
    """By a process of its own, which remembers nothing, reads so many entries, and may be killed."""

    def kill(*_: object) -> None:
        raise Killed

    ingest = bootstrap.ingest(one_shard, engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("holdfast.stream.reader.ROUND_ENTRIES", entries)
        patch.setattr("holdfast.stream.reader.PAGE_ENTRIES", entries)
        if how == "killed before the commit":
            patch.setattr(Ingest, "_bury", kill)
        elif how == "killed before the trim":
            patch.setattr(Ingest, "_after_commit", kill)
        with suppress(Killed):
            ingest.round(0)
    ingest.reader.close()


@pytest.mark.promise(1)
@pytest.mark.promise(2)
@pytest.mark.promise(3)
@laws
@given(steps=STEPS)
def test_each_event_is_in_the_log_once_in_its_publishers_order_wherever_drains_die(
    hf: Holdfast, one_shard: Settings, engine: Engine, steps: list[tuple[Any, ...]]
) -> None:
    sessions = [Session(hf, f"law-{uuid4()}", "agent") for _ in range(SESSIONS)]
    models = {session.id: Model() for session in sessions}
    published: list[Draft] = []

    def publish(session: Session, *given: Any) -> None:
        drafts = [draft(each, session_id=session.id, actor="agent") for each in given]
        # As another writer could: the client refuses what only Holdfast may write.
        hf.publisher.publish("default", drafts)
        published.extend(drafts)
        for each in drafts:
            models[session.id].take(each)

    for session in sessions[1:]:  # the first begins when its start is published, if ever
        publish(session, {"type": "session.started", "data": {"user_id": "u"}})
    for step, *how in steps:
        if step == "publish":
            publish(sessions[how[0]], *how[1])
        elif step == "repeat":
            first = published[how[0] % len(published)]
            again = [each for each in published if each.session_id == first.session_id][: how[1]]
            publish(Session(hf, first.session_id, "agent"), *again)
        else:
            run_a_round(one_shard, engine, step, how[0])
    drain_all(one_shard, engine)

    assert hf.publisher.redis.xlen(hf.publisher.keys.stream(0)) == 0
    for session in sessions:
        assert_as_modelled(session, models[session.id].accepted)


def drain_all(one_shard: Settings, engine: Engine) -> None:
    ingest = bootstrap.ingest(one_shard, engine)
    drain(ingest)
    ingest.reader.close()


def assert_as_modelled(session: Session, accepted: list[Draft]) -> None:
    if not accepted:
        with pytest.raises(SessionNotFound):
            session.events()
        return
    log = session.events(limit=None)
    assert [event.id for event in log] == [each.id for each in accepted]
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert session.verify() == len(log)
    state = session.state()
    assert state == fold(_as_events(accepted, log))
    assert State.model_validate_json(state.model_dump_json()) == state


def _as_events(accepted: list[Draft], log: list[Event]) -> Iterator[Event]:
    """What was accepted, as the log must have it; only the times and the chain are the database's to say."""
    for seq, (each, event) in enumerate(zip(accepted, log, strict=True), 1):
        given = {name: getattr(each, name) for name in Draft.__slots__ if name != "data"}
        payload = each.payload.model_dump(mode="json", exclude_unset=True)
        assert event.payload.model_dump(mode="json", exclude_unset=True) == payload
        yield Event(**given, seq=seq, data=event.data, recorded_at=event.recorded_at, digest=event.digest)


@pytest.mark.promise(3)
@laws
@given(batch=st.lists(items(), min_size=1, max_size=8))
def test_a_stream_that_is_ingested_twice_is_ingested_once(
    hf: Holdfast, one_shard: Settings, engine: Engine, batch: list[dict[str, Any]]
) -> None:
    session = hf.start("u", session_id=f"law-{uuid4()}")
    redis, stream = hf.publisher.redis, hf.publisher.keys.stream(0)
    hf.publisher.publish("default", [draft(each, session_id=session.id, actor="agent") for each in batch])
    entries: Any = redis.xrange(stream)
    drain_all(one_shard, engine)
    once, head = session.events(limit=None), hf.service.find(session.id)
    for _, fields in entries:
        redis.xadd(stream, fields)
    drain_all(one_shard, engine)
    redis.delete(stream)
    for entry_id, fields in entries:  # it came back as it was, from a replica that had not heard of the trim
        redis.xadd(stream, fields, id=entry_id)
    drain_all(one_shard, engine)
    assert session.events(limit=None) == once
    assert hf.service.find(session.id) == head
    assert session.verify() == len(once)
