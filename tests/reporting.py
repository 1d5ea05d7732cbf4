"""Reports of recoveries, made without any server: of a state, and of what probes see."""

from typing import Any

from holdfast.recovering.checks import check_world
from holdfast.recovering.continuation import continuation_id
from holdfast.recovering.effects import standings
from holdfast.recovering.observation import Observation
from holdfast.recovering.plan import next_steps
from holdfast.recovering.report import RecoveryReport
from holdfast.recovering.summary import context_summary
from holdfast.recovering.world import world_changes
from holdfast.session import State

__all__ = ["report_of"]


def report_of(state: State, observation: Observation | None = None, **given: Any) -> RecoveryReport:
    """A quick recovery with success, but for what is given."""
    changes = world_changes(state, observation)
    checks, effects = check_world(state, observation, changes), standings(state)
    session_id = given.pop("session_id", state.session_id or "s")
    made: dict[str, Any] = {
        "mode": "quick",
        "asked": "quick",
        "status": "success",
        "context_summary": context_summary(state, []),
        "next_steps": next_steps(state, effects, checks, []),
        "warnings": [
            *(each.sentence for each in changes),
            *(each.doubt for each in effects if each.standing == "uncertain"),
        ],
        "recovery_point": None,
        "refused": [],
        "last_good_seq": state.history.last_seq,
        "pending": 0,
        "missing": [],
        "state_diff": [],
        "changes": changes,
        "checks": checks,
        "effects": effects,
        "continuation_id": continuation_id(session_id, state),
        "steps": [],
        "escalations": [],
        "action": None,
        "state": state,
    }
    return RecoveryReport(session_id=session_id, **(made | given))
