"""Recover: the five steps of the guide to persistence, and from a recovery that fails a critical check to the next.

Nothing is written here, nothing repeated and nothing guessed: the report is what could be read and proven. Whoever
asked for it records it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import HoldfastError, LogDamaged, SessionNotFound, StoreUnavailable, Unavailable
from holdfast.logs import get_logger
from holdfast.pipeline.recovery import archived, emergency, full, quick
from holdfast.pipeline.recovery.loaded import Loaded
from holdfast.pipeline.recovery.source import Place, messages
from holdfast.recovering.checks import check_world
from holdfast.recovering.continuation import continuation_id
from holdfast.recovering.effects import Standing, standings
from holdfast.recovering.failure import APOLOGY, failed_steps
from holdfast.recovering.findings import ON_FAILURE, Check
from holdfast.recovering.history import Repair, repaired
from holdfast.recovering.knowledge import knowledge
from holdfast.recovering.observation import Change, Observation
from holdfast.recovering.plan import next_steps
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import MODES, Escalation, Missing, Mode, RecoveryReport, Status, Step
from holdfast.recovering.summary import context_summary
from holdfast.recovering.world import world_changes
from holdfast.saving.diff import Difference, differences
from holdfast.session import State
from holdfast.store import log, sessions
from holdfast.store.sessions import Listed
from holdfast.store.transaction import transaction
from holdfast.stream.reader import Reader

__all__ = ["STEPS", "Recoverer"]

logger = get_logger(__name__)

STEPS = {
    "Session Identification": "session-metadata",
    "Context Loading": "context-snapshot",
    "State Synchronization": "state-diff",
    "Knowledge Update": "updated-knowledge-base",
    "Continuation Planning": "continuation-plan",
}
"""The steps and what the guide calls their outputs."""

STORED = {"quick": quick.load, "full": full.load}

COUNTED = frozenset({"history", "updated_at", "last_activity"})
"""Parts of a state that every event changes: no news."""


@dataclass
class _Run:
    """One recovery on its way: what the steps found, and how long they took, whichever mode they were of."""

    asked: Mode
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    found: dict[str, dict[str, Any]] = field(default_factory=lambda: {step: {} for step in STEPS})
    escalations: list[Escalation] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, Any]]:
        """Time a step; what is put into the value is its output."""
        began = time.perf_counter()
        self.found[name] = {}
        try:
            yield self.found[name]
        finally:
            self.seconds[name] += time.perf_counter() - began

    def steps(self) -> list[Step]:
        return [Step(name, output, self.seconds[name], self.found[name]) for name, output in STEPS.items()]


@dataclass(frozen=True)
class _Synchronised:
    """What the third step found."""

    loaded: Loaded
    diff: list[Difference]
    changes: list[Change]
    checks: list[Check]

    @property
    def failed(self) -> list[Check]:
        return [each for each in self.checks if each.critical and each.outcome == "failed"]


class Recoverer:
    """Recovers one tenant's sessions."""

    def __init__(
        self,
        engine: Engine | None,
        open_vault: Callable[[], Vault],
        open_vault_alone: Callable[[], Vault],
        reader: Reader,
        *,
        tenant: str,
    ) -> None:
        """`open_vault_alone` opens the blobs without asking the database whose they are."""
        self._engine = engine
        self._open_vault = open_vault
        self._open_vault_alone = open_vault_alone
        self._reader = reader
        self.tenant = tenant

    def close(self) -> None:
        """Close the connections to Redis."""
        self._reader.close()

    def recover(
        self,
        session_id: str,
        mode: Mode,
        *,
        observation: Observation | None = None,
        probes: Sequence[Probe] = (),
        warnings: Sequence[str] = (),
    ) -> RecoveryReport:
        """Recover the session. What goes wrong is in the report, and not raised.

        `observation` is what `probes` saw where the agent runs. `warnings` are losses that the caller knows of.
        """
        run = _Run(mode)
        synchronised: _Synchronised | None = None
        problem: HoldfastError | None = None
        for tried, following in zip(modes := MODES[MODES.index(mode) :], (*modes[1:], None), strict=True):
            try:
                code = None
                synchronised = self._attempt(run, session_id, tried, synchronised, observation, probes)
                why = "; ".join(f"{each.name}: {each.evidence[0]}" for each in synchronised.failed)
            except HoldfastError as error:
                logger.warning(
                    "recovery.failed", session_id=session_id, mode=tried, code=error.code, problem=error.message
                )
                why, code = error.message, error.code
                problem = error if problem is None or _says_more(error, problem) else problem
            if not why or following is None:
                break
            run.escalations.append(Escalation(tried, following, why, code))
        if synchronised is None:
            return _failed(run, session_id, problem or SessionNotFound(session_id, "there is no such session"))
        return _reported(run, synchronised, warnings)

    def _attempt(
        self,
        run: _Run,
        session_id: str,
        mode: Mode,
        before: _Synchronised | None,
        observation: Observation | None,
        probes: Sequence[Probe],
    ) -> _Synchronised:
        if mode == "emergency" and before is not None:
            # What was proven stays: the emergency is that somebody must look before the work goes on.
            return replace(before, loaded=replace(before.loaded, mode=mode))
        loaded = self._emergency(run, session_id) if mode == "emergency" else self._stored(run, session_id, mode)
        with run.step("State Synchronization") as found:
            diff = _since(loaded)
            changes = world_changes(loaded.state, observation, probes)
            checks = check_world(loaded.state, observation, changes)
            if mode == "quick" and loaded.damage is not None:
                checks[0] = replace(checks[0], outcome="failed", evidence=[loaded.damage, *checks[0].evidence])
            found.update(changed=len(diff), world=len(changes), checks={each.name: each.outcome for each in checks})
        return _Synchronised(loaded, diff, changes, checks)

    def _stored(self, run: _Run, session_id: str, mode: Mode) -> Loaded:
        """Quick and full: by what Postgres has, all of one moment."""
        if self._engine is None:
            raise StoreUnavailable("this process has no database configured")
        with transaction(self._engine) as connection:
            with run.step("Session Identification") as identified:
                log.steady(connection)
                found, head = sessions.find(connection, self.tenant, session_id, archived=True)
                identified.update(_metadata(found))
            with run.step("Context Loading") as loading:
                place = Place(self.tenant, session_id, found.key, found.events, head)
                load = STORED[mode] if found.archived_at is None else partial(archived.load, mode)
                loaded = load(connection, place, self._open_vault)
                loading.update(_snapshot(loaded))
        if found.archived_at is not None:
            return loaded
        good = Place(self.tenant, session_id, found.key, loaded.last_good, loaded.head)
        loaded.history = partial(messages, self._engine, good, self._open_vault)
        return loaded

    def _emergency(self, run: _Run, session_id: str) -> Loaded:
        with run.step("Context Loading") as loading:
            loaded = emergency.load(self.tenant, session_id, self._open_vault_alone, self._reader)
            loading.update(_snapshot(loaded))
        with run.step("Session Identification") as identified:
            state = loaded.state
            identified.update(id=session_id, user_id=state.user_id, kind=state.kind, status=state.status)
        return loaded


def _says_more(error: HoldfastError, before: HoldfastError) -> bool:
    """What Postgres knows of a session is not put out by others who do not, or cannot be asked."""
    if isinstance(before, LogDamaged | Unavailable):
        return not isinstance(error, SessionNotFound | Unavailable)
    return not (isinstance(before, SessionNotFound) and isinstance(error, Unavailable))


def _since(loaded: Loaded) -> list[Difference]:
    if loaded.at_point is None:
        return []
    now = loaded.state.model_dump(mode="json")
    return [each for each in differences(loaded.at_point, now) if each.path[0] not in COUNTED]


def _reported(run: _Run, synchronised: _Synchronised, warnings: Sequence[str]) -> RecoveryReport:
    loaded, state = synchronised.loaded, synchronised.loaded.state
    with run.step("Knowledge Update") as known:
        known.update(knowledge(state, synchronised.diff, synchronised.changes))
        summary = context_summary(state, loaded.last)
    with run.step("Continuation Planning") as planned:
        effects = standings(state)
        interrupted = _interrupted(loaded)
        gap = next((each.first for each in loaded.missing if each.first is not None), None)
        plan = next_steps(state, effects, synchronised.checks, interrupted, missing_from=gap)
        where = continuation_id(loaded.session_id, state)
        planned.update(continuation_id=where, next_steps=plan)
    losses = [*warnings, *loaded.warnings]
    return RecoveryReport(
        session_id=loaded.session_id,
        mode=loaded.mode,
        asked=run.asked,
        status=_status(synchronised, warnings),
        context_summary=summary,
        next_steps=plan,
        warnings=[*losses, *_warnings(synchronised, effects, interrupted)],
        recovery_point=loaded.point,
        refused=loaded.refused,
        last_good_seq=loaded.last_good,
        pending=loaded.pending,
        missing=loaded.missing,
        state_diff=synchronised.diff,
        changes=synchronised.changes,
        checks=synchronised.checks,
        effects=effects,
        continuation_id=where,
        steps=run.steps(),
        escalations=run.escalations,
        action=ON_FAILURE["action"] if synchronised.failed else None,
        state=state,
        damage=loaded.damage,
        read_history=loaded.history,
    )


def _failed(run: _Run, session_id: str, problem: HoldfastError) -> RecoveryReport:
    """Nothing could be read. That is said, and not taken for a session in which nothing was."""
    state = State()
    return RecoveryReport(
        session_id=session_id,
        mode=MODES[-1],
        asked=run.asked,
        status="failed",
        context_summary=APOLOGY,
        next_steps=failed_steps(session_id),
        warnings=[problem.message],
        recovery_point=None,
        refused=[],
        last_good_seq=0,
        pending=0,
        missing=[Missing(problem.seq, None, problem.problem)] if isinstance(problem, LogDamaged) else [],
        state_diff=[],
        changes=[],
        checks=[],
        effects=[],
        continuation_id=continuation_id(session_id, state),
        steps=run.steps(),
        escalations=run.escalations,
        action=ON_FAILURE["action"],
        state=state,
        problem=problem,
        read_history=partial(_unreadable, problem),
    )


def _unreadable(problem: HoldfastError) -> Sequence[Any]:
    raise problem


def _status(synchronised: _Synchronised, losses: Sequence[str]) -> Status:
    loaded = synchronised.loaded
    whole = not (loaded.missing or loaded.refused or loaded.damage or losses or synchronised.failed)
    return "success" if whole else "partial"


def _warnings(synchronised: _Synchronised, effects: Sequence[Standing], interrupted: Sequence[Repair]) -> Iterator[str]:
    loaded = synchronised.loaded
    for point in loaded.refused:
        yield f"{point.point} was not used ({point.reason}): {point.detail}"
    for missing in loaded.missing:
        if missing.first is None:
            yield f"Missing: {missing.why}"
        else:
            last = "on" if missing.last is None else f"to {missing.last}"
            yield f"Missing from event {missing.first} {last}: {missing.why}"
    yield from (each.sentence for each in synchronised.changes)
    for check in synchronised.checks:
        if check.outcome == "failed":
            yield f"The check {check.name} failed: {'; '.join(check.evidence)}"
        elif check.outcome == "not_checked" and loaded.state.world.observed_at is not None:
            yield f"The check {check.name} could not be made: {'; '.join(check.evidence)}"
    for each in effects:
        if each.standing == "uncertain":
            yield each.doubt
    yield from (each.what for each in interrupted)


def _interrupted(loaded: Loaded) -> list[Repair]:
    """Calls of the last thing that the assistant did. What it left open before, it has gone on from."""
    latest = max((each.seq for each in loaded.last if each.role == "assistant"), default=0)
    found = repaired(loaded.last)[1]
    return [each for each in found if each.problem == "interrupted_call" and each.seq >= latest]


def _metadata(found: Listed) -> dict[str, Any]:
    return {
        "id": found.id,
        "user_id": found.user_id,
        "kind": found.kind,
        "agent": found.agent,
        "status": found.status,
        "events": found.events,
        "holder": found.holder,
        "fence": found.fence,
        "shared": found.shared,
    }


def _snapshot(loaded: Loaded) -> dict[str, Any]:
    return {
        "recovery_point": loaded.point,
        "refused": len(loaded.refused),
        "last_good_seq": loaded.last_good,
        "pending": loaded.pending,
    }
