"""One session, as one agent writes to it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.client import budgets, conversing, deciding, handing, orchestrating, slicing, updating
from holdfast.client.budgets import Reservation
from holdfast.client.checking import checked
from holdfast.client.effects import Effect, Outcome, effect_id
from holdfast.client.lease import Lease
from holdfast.client.observing import observed
from holdfast.client.recovering import recover
from holdfast.errors import HoldfastError, InvalidEvent, InvalidInput, StaleWriter
from holdfast.events import RESERVED, Draft, Event, Level, Payload, draft, name, reserved, whole
from holdfast.outcome import Receipt
from holdfast.recovering.history import History, rendered
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import Format, Mode, RecoveryReport
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import Tier
from holdfast.session import Message, State
from holdfast.session.parts import Consultation
from holdfast.sharing.document import document, to_yaml
from holdfast.sharing.handing import Known
from holdfast.sharing.plan import Window, initial_states, orchestrator_state, orchestrator_states
from holdfast.sharing.scope import Request, Verdict
from holdfast.sharing.scope.judge import Judge
from holdfast.sharing.slices import Slice

if TYPE_CHECKING:
    from holdfast.client.handing import Handoff
    from holdfast.client.holdfast import Holdfast
    from holdfast.pipeline.lease import Lease as Taken
    from holdfast.service.budgets import BudgetReport
    from holdfast.service.contexts import Context
    from holdfast.service.decisions import Decision
    from holdfast.store.tokens import Token

__all__ = ["Session"]

Item = Payload | Mapping[str, Any] | str | bytes | Draft
"""What can be published: a typed event, the same as JSON (a mapping or its text), or a draft of an earlier try."""


MAX_EVENTS = 1000
MAX_BYTES = 8 * 1024 * 1024
"""What one call takes, all or none: as much as Redis swallows well within the time limit."""


class Session:
    """One session, as one agent writes to it. Made by `Holdfast.start` and `Holdfast.session`."""

    def __init__(self, holdfast: Holdfast, session_id: str, agent: str) -> None:
        self.id = session_id
        self.agent = agent
        self._holdfast = holdfast
        self._lease: Lease | None = None
        self._offered: set[str] = set()  # handoffs that this object offered
        self._conversing: set[str] = set()  # conversations that are known to have an id

    def __repr__(self) -> str:
        return f"<Session {self.id} of {self.agent}>"

    def publish(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[UUID]:
        """Hand events over to Redis, all or none, in this order; returns their ids. At most 1,000, with 8 MiB of data.

        Raises `InvalidEvent` before anything is sent; `StreamUnavailable` within the time limit (2 s by default), whose
        `events` can be published again without harm. What Redis promises then depends on how it is set up: see
        `docs/promises.md`.
        """
        drafts = self._drafts(events, conversation, actor)
        self._holdfast._publish(drafts)  # noqa: SLF001  # the two classes are one surface
        return [draft.id for draft in drafts]

    def append(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[Receipt]:
        """Commit events to the log, behind what was published before; returns their receipts, in order.

        Each is accepted or refused by itself; the first refusal is raised when all have been tried.

        Raises as `publish` does; `StaleWriter`, `SessionClosed` or `SessionNotFound` where the log refuses an event;
        `NotCommittedYet` where Postgres is away for longer than `append_timeout`.
        """
        return self._holdfast._append(self._drafts(events, conversation, actor))  # noqa: SLF001  # as above

    def events(self, after: int = 0, limit: int | None = 1000) -> list[Event]:
        """Committed events with a sequence number above `after`, in order, at most `limit` (None: all)."""
        return self._holdfast.service.events(self.id, after=whole("after", after), limit=_limit(limit))

    def messages(
        self, conversation: str | None = None, *, after: int = 0, before: int | None = None, limit: int | None = None
    ) -> list[Message]:
        """The newest `limit` messages (None: all), in order; of one conversation, or of all together.

        `after` and `before` are sequence numbers: only what lies between them counts, without them.
        """
        return self._holdfast.service.messages(
            self.id,
            conversation=conversation,
            after=whole("after", after),
            before=None if before is None else whole("before", before),
            limit=_limit(limit),
        )

    def history(
        self,
        format: Format = "openai",  # noqa: A002  # the word of the design
        *,
        max_tokens: int | None = None,
        conversation: str | None = None,
    ) -> History:
        """What was said so far, in the form that a model accepts: the same as a recovery's, for the turns after it.

        Calls without a result, and what else no model takes, are mended in what is returned; the log is not changed.
        With `max_tokens` it is the newest part that fits, behind a summary of what is left out. Raises `InvalidInput`.
        """
        return rendered(self.messages(conversation), format, max_tokens=max_tokens)

    def state(self, at: int | datetime | str | None = None) -> State:
        """What is known, decided and open: the fold of the session's committed events.

        With `at` as it was: after that event (its sequence number), at that time, or at that recovery point. Raises
        `InvalidInput` for what lies outside the log, `SnapshotNotFound` for a recovery point that is not there.
        """
        service = self._holdfast.service
        return service.state(self.id) if at is None else service.saves.state(self.id, at)

    def add_conversation_message(
        self,
        agent_type: str,
        role: str,
        content: Any,
        orchestrator_context: Mapping[str, Any] | None = None,
        *,
        timestamp: datetime | str | None = None,
        actor: str | None = None,
    ) -> dict[str, Any]:
        """Commit what was said in the conversation with that agent; returns it in the state plan's form.

        The first message of a conversation gives it an id. `timestamp` is when it was said, if not now. Raises as
        `append` does.
        """
        return conversing.message_added(
            self, agent_type, role, content, orchestrator_context, timestamp=timestamp, actor=actor
        )

    def get_conversation_history(
        self,
        agent_type: str | None = None,
        *,
        conversation_id: str | None = None,
        limit: int | None = None,
        after: int | None = None,
        before: int | None = None,
    ) -> Window:
        """What was said in a conversation, named by its agent or its id, in order: a list in the plan's form.

        With `limit` it is the newest that many before `before`; given `after`, the first that many after it. Both are
        places in the log: of this window they are in its `first` and `last`. Raises `SessionNotFound`, `InvalidInput`.
        """
        return conversing.history(self, agent_type, conversation_id, limit=limit, after=after, before=before)

    def update_conversation_orchestrator_context(
        self, agent_type: str, orchestrator_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Set keys of what the conversation knows of its orchestrator, and keep the others; returns all of it."""
        return conversing.context_updated(self, agent_type, orchestrator_context)

    def open_conversation(self, agent_type: str, conversation_id: str | None = None) -> str:
        """Give the conversation an id by which `Holdfast.session_by_conversation` finds it; returns its id.

        Without one it keeps what it has, or gets one. Raises `ConversationTaken` where the id belongs to another.
        """
        return conversing.opened(self, agent_type, conversation_id)

    def track_orchestrator_workflow(
        self, orchestrator_name: str, workflow_data: Mapping[str, Any], *, timestamp: datetime | str | None = None
    ) -> Receipt:
        """Commit how an orchestrator's workflow stands: its `workflow_id`, `status`, `started_at`, `enabling_services`.

        It is active until its status is `completed`, `failed` or `cancelled`. What is left out stays as it was.
        """
        return orchestrating.workflow_tracked(self, orchestrator_name, workflow_data, timestamp)

    def get_orchestrator_state(self, orchestrator_name: str) -> dict[str, Any]:
        """Where an orchestrator stands: its status, and its workflows; `not_started` before the first."""
        return orchestrator_state(self.state().orchestrator_context, orchestrator_name)

    def get_orchestrator_states(self) -> dict[str, dict[str, Any]]:
        """Where every orchestrator stands that was heard of, by name."""
        return orchestrator_states(self.state().orchestrator_context)

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
        return self._holdfast.service.conversations.record(self.id, state_id)

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

    def issue_token(self, *, seconds: float | None = None, label: str | None = None) -> str:
        """A token that opens this session: to be given to one front end, and never shown again.

        It is good for `seconds`, a week unless given. Only its hash is stored.
        """
        return self._holdfast.service.tokens.issue(self.id, seconds=seconds, label=label).text

    def tokens(self) -> list[Token]:
        """The session's tokens, the newest first, also those that ended: their ids, labels and times."""
        return self._holdfast.service.tokens.listed(self.id)

    def revoke_token(self, token_id: str) -> bool:
        """End the token of that id, at once. False where it had ended already. Raises `InvalidInput` for no such id."""
        return self._holdfast.service.tokens.revoke(self.id, token_id) > 0

    def revoke_tokens(self) -> int:
        """End all tokens of the session, at once; returns how many were still good."""
        return self._holdfast.service.tokens.revoke(self.id)

    def escalate(  # noqa: PLR0913  # one argument a field
        self,
        question: str,
        to: str | None = None,
        *,
        options: Sequence[Any] = (),
        context: str | None = None,
        deadline: datetime | str | float | None = None,
        default: Any = None,
        escalation_path: Sequence[str] = (),
        decision_id: str | None = None,
        details: str | None = None,
    ) -> Decision:
        """Ask somebody to decide, by default the campaign's owner. It waits, and the work can go on without.

        At the `deadline`, a time or so many seconds from now, those of the `escalation_path` are asked in turn, each
        for as long; then the `default` holds. The `options` are suggestions. With a `decision_id` the same question is
        asked once: asked again, as after a crash, this returns what became of it.

        Raises `InvalidInput` where there is nobody to ask, or the id is that of another question; `StaleWriter` where
        somebody else has the lease; and as the log refuses an event.
        """
        return deciding.escalated(
            self,
            question,
            to,
            options=options,
            context=context,
            deadline=deadline,
            default=default,
            escalation_path=escalation_path,
            decision_id=decision_id,
            details=details,
        )

    def answer(
        self,
        decision_id: str,
        decision: Any,
        *,
        by: str | None = None,
        rationale: str | None = None,
        confidence: Any = None,
        details: str | None = None,
        answer_id: UUID | str | None = None,
    ) -> Receipt:
        """Answer a question that waits, once: who comes later is told what holds, by `DecisionSettled`.

        `by` is who decides, by default this agent; whoever has the session's lease, it keeps no answer out. Given an
        `answer_id`, a UUID, a second try with it is the same answer. After the deadline an answer still counts, until a
        worker has put the default in its place. Raises besides `DecisionNotFound`, and as the log refuses an event.
        """
        return deciding.answered(
            self,
            decision_id,
            decision,
            by=by,
            rationale=rationale,
            confidence=confidence,
            details=details,
            answer_id=answer_id,
        )

    def withdraw(self, decision_id: str, reason: str | None = None) -> Receipt:
        """Take a question back that waits. Raises `DecisionSettled`, `DecisionNotFound`, and as `escalate`."""
        return deciding.withdrawn(self, decision_id, reason)

    def decision(self, decision_id: str, *, wait: float = 0.0) -> Decision:
        """A question that was asked, and what became of it; waits up to so many seconds for that, looking seldomer.

        Raises `DecisionNotFound`.
        """
        return self._holdfast.service.decisions.wait(self.id, decision_id, wait)

    def reserve(  # noqa: PLR0913  # one argument a field
        self,
        skill: str,
        calls: int = 1,
        tokens: int = 0,
        *,
        agent: str | None = None,
        task_id: str | None = None,
        seconds: int | None = None,
        request: str | None = None,
        escalate: bool = False,
        escalate_to: str | None = None,
    ) -> Reservation:
        """Set calls and tokens aside at every level that the work belongs to, before it; use it `with` a block.

        It counts for `agent` (this one, unless given) and `task_id` (the active task), and is given back after
        `seconds` (the setting `reservation_seconds`) by the database's clock. Raises `BudgetExceeded` where a level has
        too little left or its deadline has passed: that is recorded as blocked, as `request`, and asked of
        `escalate_to`, or with `escalate` of the campaign's owner. Raises besides as `append`, and `StoreUnavailable`.
        """
        return budgets.reserved(
            self,
            skill,
            calls,
            tokens,
            agent=agent,
            task_id=task_id,
            seconds=seconds,
            request=request,
            escalate=escalate,
            escalate_to=escalate_to,
        )

    def settle(self, reservation_id: str, *, calls: int, tokens: int = 0, result: str | None = "success") -> Receipt:
        """Tell what a reservation's work used, as from another process. Raises as `Reservation.settle` does.

        Raises `ReservationNotFound` for an id under which nothing was ever reserved.
        """
        return budgets.settled(self, reservation_id, calls, tokens, result, {})

    def release(self, reservation_id: str, reason: str | None = None) -> Receipt:
        """Give back what was reserved under that id. Raises as `Reservation.release`, and `ReservationNotFound`."""
        return budgets.released(self, reservation_id, reason)

    def use(  # one argument a field
        self,
        skill: str,
        calls: int = 1,
        tokens: int = 0,
        *,
        agent: str | None = None,
        task_id: str | None = None,
        result: str | None = "success",
    ) -> Receipt:
        """Commit what was used without having been reserved. It is a fact: what no limit allowed is counted as over."""
        said = {"skill": skill, "calls": calls, "tokens": tokens, "agent": agent, "task_id": task_id, "result": result}
        return budgets.used(self, said)

    def set_budget(  # one argument a field
        self,
        level: Level = "session",
        owner: str | None = None,
        *,
        max_skill_calls: int | None = None,
        max_tokens: int | None = None,
        deadline: datetime | str | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Set what may be used at a level, with what was used before; what is not given is not limited from now on.

        `owner` is the campaign, the task or the agent: without it the session's own campaign, its active task, this
        agent. Raises `InvalidInput` for less than what is used and set aside already.
        """
        return budgets.budget_set(
            self,
            level,
            owner,
            max_skill_calls=max_skill_calls,
            max_tokens=max_tokens,
            deadline=deadline,
            reason=reason,
        )

    def budget(self) -> BudgetReport:
        """What may be used, is set aside, was used and is left at each level, beside the log's account of it."""
        return self._holdfast.service.budgets.report(self.id)

    def hand_off(  # noqa: PLR0913  # one argument a field
        self,
        to: str,
        *,
        capability: str | None = None,
        task: str | None = None,
        reason: str | None = None,
        seconds: float | None = None,
        expires_at: datetime | str | None = None,
        current_step: int | None = None,
        context: Mapping[str, Any] | None = None,
        constraints: Sequence[str] = (),
        details: str | None = None,
        handoff_id: str | None = None,
    ) -> Handoff:
        """Offer the session to another agent, with what it needs so that it asks for nothing again.

        The package is what the user told and wants, and what was decided; given a `task`, there is a `skill_invocation`
        too, sliced for the receiver. `context` adds to the first, `constraints` to the second. Nothing changes for this
        agent until it is accepted. Not accepted within `seconds`, or by `expires_at`, it expires. With a `handoff_id`
        it is offered once: offered again, as after a crash, this returns what became of it.

        Raises `InvalidInput`, `EventTooLarge`, `StaleWriter` where somebody else has the lease; and as the log refuses
        an event.
        """
        return handing.handed_off(
            self,
            to,
            capability=capability,
            task=task,
            reason=reason,
            seconds=seconds,
            expires_at=expires_at,
            current_step=current_step,
            context=context,
            constraints=constraints,
            details=details,
            handoff_id=handoff_id,
        )

    def handoff(self, handoff_id: str) -> Handoff:
        """An offer of this session, and what became of it. Raises `HandoffNotFound`."""
        return handing.Handoff.of(self._holdfast, self._holdfast.service.handoffs.find(self.id, handoff_id))

    def known(self, key: str) -> Known | None:
        """What need not be asked: the value, who said it and when, and the event that says so. None: it is not known.

        It was told by the user, decided, or is a preference, also of another session of the same user; of those in this
        session whichever was said last counts.
        """
        return self._holdfast.service.handoffs.known(self.id, key)

    def provided(self) -> dict[str, Known]:
        """All that the user told in this session, by key."""
        return self._holdfast.service.handoffs.provided(self.id)

    def consulted(self, agent: str | None = None) -> list[Consultation]:
        """Which agents were asked, in order, and what each said; or only what that one said."""
        return [each for each in self.state().agents_consulted if agent in (None, each.agent)]

    def observe(self, *probes: Probe) -> Observation:
        """Look at what is outside, here and now, and commit what was seen: a later recovery says what changed since.

        A probe that cannot look is told as such, and raises nothing. Raises `EventTooLarge` for more than an event can
        hold, `InvalidInput` for no probe or two of one name, and what `append` raises.
        """
        return observed(self, probes)

    def save(self, tier: Tier = "full", *, world: Sequence[Probe] = ()) -> Snapshot:
        """Save the session now; returns when the snapshot was read back and is what it should be.

        `world` are probes, which look first, as by `observe`.

        Nothing is stored where the session was saved at this very event before: that snapshot is returned. Needs
        Postgres and the location of the blobs; a process without them can publish a `save.requested` instead. Raises
        `BlobsUnavailable`, and `NotCommittedYet` where what was published before cannot be committed in time.
        """
        if world:
            observed(self, world)
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        return self._holdfast.service.save(self.id, tier)

    def recover(self, mode: Mode = "quick", *, world: Sequence[Probe] = (), record: bool = True) -> RecoveryReport:
        """What was known, decided and left open, and the truth about the rest; for whoever goes on with the session.

        `quick` reads the newest good snapshot and what came since; `full` proves the log from its first event and
        looks at every snapshot; `emergency` asks nothing of Postgres, only the blobs and Redis. One that cannot be
        done, or fails a critical check, becomes the next. `world` are probes that look here at what may have changed
        outside. The recovery is recorded as an event, unless it failed.

        Nothing is raised for what could not be recovered: it is in the report. Raises `InvalidInput` for a mode that
        there is not, and `NotConfigured` where the package lacks the extra [server].
        """
        losses = self._holdfast._spooled()  # noqa: SLF001  # as above
        return recover(self, self._holdfast._recoveries, mode, world, losses, record=record)  # noqa: SLF001  # as above

    def snapshots(self) -> list[Snapshot]:
        """The session's snapshots that are kept, the newest first."""
        return self._holdfast.service.saves.snapshots(self.id)

    def pin(self, point: str | None = None, *, note: str | None = None) -> None:
        """Keep a snapshot for ever; without `point` all of the session's, those to come as well: a legal hold."""
        self._holdfast.service.saves.pin(self.id, point, note=note)

    def unpin(self, point: str | None = None) -> None:
        """Let go of what was pinned, so that it is pruned when it is old. Raises `InvalidInput` where nothing was."""
        self._holdfast.service.saves.unpin(self.id, point)

    def verify(self) -> int:
        """Check the log against its hash chain; returns the number of events. Raises `LogDamaged`."""
        return self._holdfast.service.verify(self.id)

    @contextmanager
    def lease(
        self, owner: str, *, exclusive: bool = True, takeover: bool = False, seconds: float | None = None
    ) -> Iterator[Lease]:
        """Write alone. Inside the block this object's events carry the lease's fence; others' are refused.

        The lease is renewed while the block runs, and runs out `seconds` after its holder died or hung (by default
        as the setting `lease_seconds` says). The same owner takes it again at once, under a higher fence; somebody
        else's is respected until it has run out, unless this is a `takeover`, which the log then tells.

        Raises `LeaseHeld`, `SessionNotFound`, `SessionClosed`, and `InvalidInput` for an exclusive lease on a session
        that was started as shared. Once it is lost, `publish`, `append` and the end of the block raise `StaleWriter`;
        what was published too late is in `refused()` of the lease, and among the dead letters.
        """
        name("owner", owner)
        seconds = self._holdfast.settings.lease_seconds if seconds is None else _seconds(seconds)
        service = self._holdfast.service
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        asked_at = time.monotonic()
        taken = service.take_lease(self.id, owner, exclusive=exclusive, takeover=takeover, seconds=seconds)
        before, self._lease = self._lease, Lease(service, self.id, taken, seconds, asked_at)
        held = self._lease
        with self._holdfast._renewing(held):  # noqa: SLF001  # as above
            try:
                yield held
            except BaseException as error:
                try:
                    self._give_back(taken)
                except HoldfastError as failed:
                    # An event of this block was refused for the same reason: no news.
                    if not (isinstance(error, StaleWriter) and isinstance(failed, StaleWriter)):
                        error.add_note(f"and the lease could not be released: {failed}")
                raise
            else:
                self._give_back(taken)
            finally:
                self._lease = before

    def _give_back(self, taken: Taken) -> None:
        # What lies in the spool carries this fence, and is refused once somebody has taken the lease after this.
        with suppress(OSError):
            self._holdfast.flush()
        try:
            self._holdfast.service.release_lease(self.id, taken)
        except StaleWriter:
            if not handing.went_over(self, taken):
                raise

    @contextmanager
    def effect(
        self,
        kind: str,
        key: str,
        *,
        target: str | None = None,
        arguments: dict[str, Any] | None = None,
        repeatable: bool = False,
    ) -> Iterator[Effect]:
        """Do something that cannot be undone: it is in the log before the block begins, and settled when it ends.

        `key` names it among those of its `kind`, and is what the other side should know it by. A block that raises
        leaves it uncertain, since what raised may have been done all the same; `fail` says that it was not. One that
        is `repeatable` may be begun again.

        Raises before anything is done `EffectDone` and `EffectUncertain` where it was begun before, `EffectRefused`
        where it was abandoned, and as `append`. `InvalidEvent` at the end names a result that no event can hold; the
        effect is then settled without it.
        """
        name("kind", kind)
        name("key", key)
        begun = Effect(effect_id(kind, key), kind, key)
        intended = {
            "action": kind,
            "effect_id": begun.id,
            "idempotency_key": key,
            "target": target,
            "arguments": arguments,
            "repeatable": repeatable or None,
        }
        data = {name: value for name, value in intended.items() if value is not None}
        (made,) = self._drafts(({"type": "effect.intended", "data": data},), None, None)
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        self._holdfast.service.intend(made)
        try:
            yield begun
        except BaseException as error:
            if begun.outcome is None:
                error.add_note(f"effect {begun.id} is uncertain: nobody knows whether it was done")
                raise
            try:
                self._settle_whole(begun)
            except HoldfastError as failed:
                error.add_note(f"and effect {begun.id} could not be settled as {begun.outcome}: {failed}")
            raise
        else:
            begun.outcome = begun.outcome or "done"
            self._settle_whole(begun)

    def settle_effect(
        self, kind: str, key: str, outcome: Outcome, *, result: Any = None, error: str | None = None
    ) -> Receipt:
        """Say what became of an effect that was uncertain: `done`, `failed` (not done) or `abandoned`."""
        name("kind", kind)
        name("key", key)
        return self._settle(Effect(effect_id(kind, key), kind, key, outcome, result, error))

    def check(
        self,
        request: Request | str | Mapping[str, Any],
        *,
        task_id: str | None = None,
        escalate_to: str | None = None,
        judge: Judge | None = None,
        record: bool = True,
    ) -> Verdict:
        """Whether a request belongs to the active task, or another that is open; the scope's line that says so.

        `ALLOWED`, `BLOCKED`, or `NEEDS_DECISION`: then the question is escalated, to the campaign's owner unless said
        otherwise, once; what is answered to it decides the same request from then on. What was found is recorded as an
        event unless `record` is false. A `judge` is asked about text that the rules leave open.

        Raises `InvalidInput` for a request that is none and for a task that is not open, and as `append`.
        """
        return checked(self, request, task_id=task_id, escalate_to=escalate_to, judge=judge, record=record)

    def context(self) -> dict[str, Any]:
        """The shared context, `{"session_context": ...}` in the protocol's layout, after all that is committed.

        It is yours to change: it shares nothing with what others get. Looked at again, it costs what has come since.
        """
        return document(self._context.look()[0])

    def context_yaml(self) -> str:
        """The same as text, as it is kept in a `session_context.yaml`."""
        return to_yaml(self.context())

    def update_context(self, update: Mapping[str, Any], *, base: int | None = None) -> list[Receipt]:
        """Add to the shared context what a `context_update` of the protocol says: all in one append, or nothing.

        `base` is the last event that this agent had seen: facts that others stated up to there it replaces knowingly.
        Otherwise a fact on which another source says something else is kept from both, as a conflict.

        Raises `InvalidInput` naming the place in the update, `CampaignStepRefused`, and as `append`.
        """
        return updating.updated(self, update, base, self._context.look()[0])

    def slice(self, agent: str, *, task: str | None = None, max_tokens: int | None = None) -> Slice:
        """What that agent is to see of the session's context, as was declared for it, or as its role has it.

        `Slice.as_document()` is in the protocol's form, `context_for_<agent>`; `dropped` says what was left out to fit
        the limit of tokens, the least relevant to the `task` first. What is not declared is not seen. Looked at again,
        it costs what has come since. Raises `InvalidInput` where what is never left out is over the limit.
        """
        return slicing.slice_of(self, agent, task=task, max_tokens=max_tokens)

    def declare_slice(  # one argument a field
        self,
        agent: str,
        *,
        role: str | None = None,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        redact: Sequence[str] | None = None,
        max_tokens: int | None = None,
        max_bytes: int | Mapping[str, int] | None = None,
    ) -> Receipt:
        """Commit what an agent sees from now on, instead of what was declared before; the rest is as its role has it.

        `include`, `exclude` and `redact` are patterns of paths, as `knowledge.*`; `docs/sharing.md` has the roles.
        Raises `InvalidInput` naming the field, and as `append`.
        """
        return slicing.declared(
            self,
            agent,
            role=role,
            include=include,
            exclude=exclude,
            redact=redact,
            max_tokens=max_tokens,
            max_bytes=max_bytes,
        )

    @cached_property
    def _context(self) -> Context:
        return self._holdfast.service.contexts.of(self.id)

    def _settle_whole(self, effect: Effect) -> None:
        try:
            self._settle(effect)
        except InvalidEvent:
            # That it was done is known; a result which no event can hold must not make it uncertain.
            self._settle(Effect(effect.id, effect.kind, effect.key, effect.outcome))
            raise

    def _settle(self, effect: Effect) -> Receipt:
        settled = {
            "effect_id": effect.id,
            "outcome": effect.outcome,
            "result": effect.result,
            "error": effect.error,
        }
        data = {name: value for name, value in settled.items() if value is not None}
        return self.append({"type": "effect.settled", "data": data})[0]

    def _drafts(self, events: tuple[Item, ...], conversation: str | None, actor: str | None) -> list[Draft]:
        if self._lease:
            self._lease.check()
        fence = self._lease.fence if self._lease else None
        drafts = [
            draft(item, session_id=self.id, actor=actor or self.agent, conversation=conversation, fence=fence)
            for item in events
        ]
        for made in drafts:
            if made.type in RESERVED:
                raise reserved(made.type)
        size = sum(len(made.data) for made in drafts)
        if len(drafts) > MAX_EVENTS or size > MAX_BYTES:
            raise InvalidInput(
                "events",
                f"are {len(drafts):,} with {size:,} bytes; one call takes {MAX_EVENTS:,} and {MAX_BYTES:,} bytes",
            )
        return drafts


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400:
        return float(value)
    raise InvalidInput("seconds", f"must be a number of seconds above 0 and up to a day, not {value!r}")


def _limit(limit: int | None) -> int | None:
    return None if limit is None else whole("limit", limit, 1)
