"""The shared context: the document, updates of it, what each agent sees, and what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.client import slicing, updating
from holdfast.client.session.log import Log
from holdfast.outcome import Receipt
from holdfast.session.parts import Consultation
from holdfast.sharing.document import document, to_yaml
from holdfast.sharing.handing import Known
from holdfast.sharing.slices import Slice

__all__ = ["SharedContext"]


class SharedContext(Log):
    """The shared context: the document, updates of it, what each agent sees, and what is known."""

    def context(self) -> dict[str, Any]:
        """The shared context, `{"session_context": ...}` in the protocol's layout, after all that is committed.

        It is yours to change: it shares nothing with what others get. Looked at again, it costs what has come since.
        """
        with self._context.reading() as state:
            return document(state)

    def context_yaml(self) -> str:
        """The same as text, as it is kept in a `session_context.yaml`."""
        return to_yaml(self.context())

    def update_context(self, update: Mapping[str, Any], *, base: int | None = None) -> list[Receipt]:
        """Add to the shared context what a `context_update` of the protocol says: all in one append, or nothing.

        `base` is the last event that this agent had seen: facts that others stated up to there it replaces knowingly.
        Otherwise a fact on which another source says something else is kept from both, as a conflict.

        Raises `InvalidInput` naming the place in the update, `CampaignStepRefused`, and as `append`.
        """
        with self._context.reading() as known:
            drafts = updating.drafts(self, update, base, known)
        return updating.committed(self, drafts)

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

    def known(self, key: str) -> Known | None:
        """What need not be asked: the value, who said it and when, and the event that says so. None: it is not known.

        It was told by the user, decided, or is a preference, also of another session of the same user; of those in this
        session whichever was said last counts.
        """
        return self._holdfast.service.handoffs.known(self._context, key)

    def provided(self) -> dict[str, Known]:
        """All that the user told in this session, by key."""
        return self._holdfast.service.handoffs.provided(self._context)

    def consulted(self, agent: str | None = None) -> list[Consultation]:
        """Which agents were asked, in order, and what each said; or only what that one said."""
        with self._context.reading() as state:
            return [each.model_copy() for each in state.agents_consulted if agent in (None, each.agent)]
