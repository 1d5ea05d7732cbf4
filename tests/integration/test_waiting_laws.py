"""The guards and the fold agree: what a row says of a question or an offer is what the state says, whatever came."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.client import Holdfast
from strategies import patient

IDS = ("one", "two")


def decision(kind: str, decision_id: str) -> dict[str, Any]:
    saying: dict[str, dict[str, Any]] = {
        "escalated": {"question": "?"},
        "made": {"value": 1},
        "answered": {"decision": "Yes"},
    }
    return {"type": f"decision.{kind}", "data": {"decision_id": decision_id, **saying.get(kind, {})}}


def handoff(kind: str, handoff_id: str) -> dict[str, Any]:
    said = {"to": "worker"} if kind == "offered" else {}
    return {"type": f"handoff.{kind}", "data": {"handoff_id": handoff_id, **said}}


DECISIONS = st.builds(
    decision, st.sampled_from(["escalated", "made", "answered", "lapsed", "withdrawn"]), st.sampled_from(IDS)
)
HANDOFFS = st.builds(
    handoff, st.sampled_from(["offered", "accepted", "refused", "completed", "expired"]), st.sampled_from(IDS)
)


@settings(patient, suppress_health_check=[*patient.suppress_health_check, HealthCheck.function_scoped_fixture])
@given(st.lists(DECISIONS | HANDOFFS, max_size=12))
def test_rows_and_state_say_the_same_of_what_was_asked_and_offered(hf: Holdfast, said: list[dict[str, Any]]) -> None:
    session = hf.start("u")
    session.append(*said)
    state = session.state()
    rows = {each.id: each for each in hf.decisions(session_id=session.id, status=None)}
    assert set(rows) == {each["data"]["decision_id"] for each in said if each["type"] == "decision.escalated"}
    assert {each.id for each in rows.values() if each.is_pending} == set(state.pending_decisions)
    for each in rows.values():
        made = [one.decision or one.value for one in state.decisions_made if one.id == each.id]
        if each.status == "answered":
            assert made[-1] == each.decision
        elif not each.is_pending:
            lapsed = next(one for one in reversed(state.decisions_lapsed) if one.id == each.id)
            assert lapsed.withdrawn == (each.status == "withdrawn")
    for offer in hf.handoffs(session_id=session.id, status=None):
        assert state.handoffs[offer.id].status == offer.status
        assert state.handoffs[offer.id].accepted_by == offer.accepted_by
