"""Documents for tests: the protocol's own, generated ones, and the way through events and back."""

from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from holdfast.events import Event, draft
from holdfast.session import State, fold
from holdfast.sharing.document import from_yaml
from strategies import json_values

__all__ = ["SEEDS", "documents", "folded", "protocols_own"]

SEEDS = Path(__file__).with_name("seeds")


def protocols_own() -> dict[str, Any]:
    """The document that the protocol shows."""
    return from_yaml((SEEDS / "session_context.yaml").read_text(encoding="utf-8"))


def folded(
    events: list[dict[str, Any]], session_id: str = "session-2026-01-29-001", state: State | None = None
) -> State:
    """The state after events that were given as mappings, as the log would hold them."""
    before = state.history.last_seq if state else 0
    drafts = [draft(event, session_id=session_id, actor="agent") for event in events]
    return fold(
        [
            Event(
                session_id=session_id,
                seq=seq,
                id=made.id,
                type=made.type,
                version=made.version,
                actor=made.actor,
                occurred_at=made.occurred_at,
                recorded_at=made.occurred_at,
                data=orjson.loads(made.data),
                digest=b"",
            )
            for seq, made in enumerate(drafts, before + 1)
        ],
        state,
    )


words = st.sampled_from(["x", "é—", "yes", "12", "2026-01-29T10:00:00Z", "a: b # c", "\x00\x7f\u2028\ufeff", " "])
times = st.sampled_from(
    ["2026-01-29T10:00:00Z", "2026-01-29T12:30:00.5Z", "2026-01-29T12:30:00.500000Z", "2026-01-29 10:00+02:00"]
)
counts = st.integers(0, 50)
names = st.sampled_from(["@phil", "content-worker", "bot manager"])
unknown = st.dictionaries(st.sampled_from(["x_1", "of tomorrow", "priority", "a.b", ""]), json_values, max_size=2)


def entries(least: dict[str, st.SearchStrategy[Any]], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with these keys, with some of the others or null in their place, with unknown ones, in any order."""
    optional = {key: each | st.none() for key, each in more.items()}
    known = st.fixed_dictionaries(least, optional=optional)
    return st.builds(lambda one, other: {**other, **one}, known, unknown).flatmap(shuffled)


def shuffled(given: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.permutations(list(given)).map(lambda keys: {key: given[key] for key in keys})


def some(entry: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(entry, max_size=3) | st.none()


texts = st.lists(words, max_size=2)
areas = st.dictionaries(words, json_values, max_size=3) | st.lists(json_values, max_size=3)
statuses = st.sampled_from(["kickoff", "in_progress", "review", "published", "closed"])
sections: dict[str, st.SearchStrategy[Any]] = {
    "started_at": times,
    "last_updated": times,
    "campaign": entries(
        {}, gtm_id=words, title=words, tier=st.integers(0, 3), campaign_owner=st.just("@phil"), status=statuses
    ),
    "active_task": entries(
        {},
        type=words,
        description=words,
        assigned_to=names,
        started_at=times,
        scope=entries({}, objectives=texts, boundaries=texts, out_of_scope=texts),
        budget=entries({}, max_skill_calls=counts, max_tokens=counts, deadline=times),
    ),
    "knowledge": st.dictionaries(words, areas, max_size=3),
    "artifacts": some(entries({"path": words}, type=words, produced_by=names, timestamp=times, status=words)),
    "pending_decisions": some(
        entries(
            {"question": words}, id=words, context=words, options=texts, escalated_to=names, escalated_at=times,
            status=words, deadline=times,
        )
    ),
    "decisions_made": some(entries({"decision": words}, id=words, question=words, decided_by=names, timestamp=times)),
    "validations": st.dictionaries(
        words,
        entries(
            {"status": st.sampled_from(["pass", "fail", "blocked", "pending"])},
            last_run=times, issues=texts, notes=words, blockers=texts,
        ),
        max_size=2,
    ),
    "compute": entries(
        {},
        skills_invoked=counts,
        budget_remaining=counts,
        tokens_used=counts,
        budget_tokens_remaining=counts,
        invocation_log=some(entries({}, skill=words, timestamp=times, tokens=counts, result=words)),
    ),
    "history": some(entries({"action": words}, timestamp=times, actor=names, details=words)),
}  # fmt: skip

documents: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda content, beside: {"session_context": content, **beside},
    entries({"id": st.just("session-2026-01-29-001")}, **sections),
    st.just({}),
)
"""Documents of the protocol, with anything left out, and with unknown keys at every place that may have them."""
