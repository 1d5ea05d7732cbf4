"""Workflows, services and state records, in the words of the state plan; and its document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from holdfast.client import orchestrating
from holdfast.client.session.log import Log
from holdfast.events import whole
from holdfast.outcome import Receipt
from holdfast.sharing.plan import initial_states, orchestrator_state, orchestrator_states

__all__ = ["Orchestration"]


class Orchestration(Log):
    """Workflows, services and state records, in the words of the state plan; and its document."""

    def track_orchestrator_workflow(
        self, orchestrator_name: str, workflow_data: Mapping[str, Any], *, timestamp: datetime | str | None = None
    ) -> Receipt:
        """Commit how an orchestrator's workflow stands: its `workflow_id`, `status`, `started_at`, `enabling_services`.

        It is active until its status is `completed`, `failed` or `cancelled`. What is left out stays as it was.
        """
        return orchestrating.workflow_tracked(self, orchestrator_name, workflow_data, timestamp)

    def get_orchestrator_state(self, orchestrator_name: str) -> dict[str, Any]:
        """Where an orchestrator stands: its status, and its workflows; `not_started` before the first."""
        with self._context.reading() as state:
            return orchestrator_state(state.orchestrator_context, orchestrator_name)

    def get_orchestrator_states(self) -> dict[str, dict[str, Any]]:
        """Where every orchestrator stands that was heard of, by name."""
        with self._context.reading() as state:
            return orchestrator_states(state.orchestrator_context)

    @staticmethod
    def get_initial_orchestrator_states(names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Where orchestrators stand before anything has happened, by name."""
        return initial_states(names)

    def update_enabling_service_status(
        self,
        service_name: str,
        status: str | None = None,
        *,
        invocations: int = 1,
        contribution: str | None = None,
        workflow_id: str | None = None,
        timestamp: datetime | str | None = None,
    ) -> Receipt:
        """Commit that a service was used so many times, and how it is; with 0 `invocations` only how it is."""
        return orchestrating.service_used(
            self,
            service_name,
            status,
            invocations=invocations,
            contribution=contribution,
            workflow_id=workflow_id,
            timestamp=timestamp,
        )

    def record_delegation(
        self,
        chain: Sequence[str],
        *,
        workflow_id: str | None = None,
        task: str | None = None,
        timestamp: datetime | str | None = None,
    ) -> Receipt:
        """Commit how work was passed on: `chain` names everyone, from the orchestrator down to who does it."""
        return orchestrating.delegated(self, chain, workflow_id=workflow_id, task=task, timestamp=timestamp)

    def store_state(
        self,
        state_id: str,
        state_data: Any,
        *,
        orchestrator_metadata: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        ttl: int | None = None,
        timestamp: datetime | str | None = None,
    ) -> dict[str, Any]:
        """Commit a state record, in the place of the one of that id; returns it in the plan's form.

        After `ttl` seconds, by the clock of the database from when it was committed, it is gone.
        """
        return orchestrating.stored(
            self,
            state_id,
            state_data,
            orchestrator_metadata=orchestrator_metadata,
            metadata=metadata,
            ttl=ttl,
            timestamp=timestamp,
        )

    def get_state(self, state_id: str) -> dict[str, Any] | None:
        """A state record in the plan's form; None where there is none, or its time is over."""
        return self._holdfast.service.conversations.record(self._context, state_id)

    def contribute(
        self, state_id: str, service: str, contribution: str, *, timestamp: datetime | str | None = None
    ) -> Receipt:
        """Commit what a service gave to a state record. It adds to what others give at the same time."""
        return orchestrating.service_used(
            self, service, None, contribution=contribution, state_id=state_id, timestamp=timestamp
        )

    def document(self, *, token: str | None = None, messages: int | None = None) -> dict[str, Any]:
        """The session in exactly the state plan's form, all of one moment.

        `token` is the caller's own, to be shown as its `session_token`: only hashes are stored. With `messages` there
        are only the newest that many of each conversation; without, all.
        """
        messages = None if messages is None else whole("messages", messages)
        return self._holdfast.service.conversations.document(self.id, token=token, messages=messages)
