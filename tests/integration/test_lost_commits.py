"""A connection that breaks right after the commit: what was decided is decided once, and its caller is told so."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine

from holdfast.client import Holdfast, Session
from holdfast.errors import StaleWriter, StoreUnavailable
from holdfast.service import guarded
from holdfast.store.transaction import transaction


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The transactions from now on whose commit nobody hears of: the first, counted down."""
    left = [0]

    @contextmanager
    def broken(engine: Engine) -> Iterator[Connection]:
        with transaction(engine) as connection:
            yield connection
        if left[0]:
            left[0] -= 1
            raise StoreUnavailable("the connection broke")

    monkeypatch.setattr(guarded, "transaction", broken)
    return left


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("u", agent="planner")


def types(session: Session) -> list[str]:
    return [event.type for event in session.events(limit=None)][1:]


def test_asking_answering_and_taking_back(session: Session, breaking: list[int]) -> None:
    breaking[0] = 1
    asked = session.escalate("One?", to="@phil")
    session.escalate("Two?", to="@phil", decision_id="two")
    breaking[0] = 2
    assert session.answer(asked.id, "Yes").duplicate
    breaking[0] = 1
    assert session.withdraw("two").duplicate
    assert types(session) == ["decision.escalated"] * 2 + ["decision.answered", "decision.withdrawn"]


def test_accepting_and_completing(hf: Holdfast, session: Session, breaking: list[int]) -> None:
    handoff = session.hand_off("worker", handoff_id="it")
    breaking[0] = 2
    with handoff.accept() as accepted:
        assert accepted.lease is not None
        accepted.session.append({"type": "custom.step"})
        breaking[0] = 1
        accepted.complete({"context_updates": {"knowledge": {"mix": {"ctv": 1}}}})
    assert types(session) == [
        "handoff.offered", "lease.taken", "handoff.accepted", "custom.step", "knowledge.learned", "handoff.completed",
        "lease.released",
    ]  # fmt: skip
    assert hf.service.find(session.id).holder is None


def test_offering_and_refusing(session: Session, breaking: list[int]) -> None:
    breaking[0] = 2
    handoff = session.hand_off("worker")
    breaking[0] = 1
    assert handoff.refuse("busy").duplicate
    assert types(session) == ["handoff.offered", "handoff.refused"]


def test_a_lease_that_was_lost_on_the_way_is_not_believed_in(
    hf: Holdfast, session: Session, breaking: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = session.hand_off("worker", handoff_id="it")

    def robbed(_: float) -> None:
        with hf.session(session.id).lease("robber", takeover=True):
            pass

    monkeypatch.setattr("holdfast.service.guarded.time.sleep", robbed)
    breaking[0] = 1
    with pytest.raises(StaleWriter, match="was accepted, and the lease that came with it is lost"):
        handoff.accept()
    assert session.handoff("it").status == "accepted"


def test_what_stays_broken_is_told(session: Session, breaking: list[int]) -> None:
    session.escalate("One?", to="@phil", decision_id="one")
    session._holdfast.service.decisions._timeout = 0.1
    breaking[0] = 1000
    with pytest.raises(StoreUnavailable):
        session.answer("one", "Yes")
    breaking[0] = 0
    assert session.decision("one").decision == "Yes", "it was committed all the same"
