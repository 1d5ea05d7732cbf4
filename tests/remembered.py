"""Evidence made up for tests: by hypothesis, and by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st

from holdfast.remembering.memory import SOURCES, Evidence, Finding

__all__ = ["AT", "evidence", "piece", "pieces"]

AT = datetime(2026, 1, 29, 10, tzinfo=UTC)
NAMESPACE = UUID("00000000-0000-0000-0000-000000000001")


def piece(value: Any = "concise", days: float = 0, **more: Any) -> Evidence:
    """One piece of evidence, said so many days after `AT`; in a session of its own unless told otherwise."""
    session_id = more.pop("session_id", f"s{days}")
    run_id = more.pop("run_id", "run")
    seq = more.pop("seq", 1)
    fields = {
        "owner_kind": "user",
        "kind": "preference",
        "key": "communication_style",
        "value": value,
        "text": f"Prefers {value}.",
        "source": "user",
        "event_id": uuid5(NAMESPACE, f"{session_id} {seq}"),
        "seq": seq,
        "said_at": AT + timedelta(days=days),
    }
    return Evidence(Finding(**(fields | more)), session_id, run_id)


def evidence(values: st.SearchStrategy[Any] = st.sampled_from(["a", "b", 1, 1.0, True, None])) -> Any:  # noqa: B008  # a constant
    """Any piece: few sessions and days, so that pieces meet."""
    return st.builds(
        piece,
        values,
        days=st.integers(0, 400),
        session_id=st.sampled_from("xyz"),
        seq=st.integers(1, 6),
        source=st.sampled_from(SOURCES),
        strength=st.floats(0, 1),
        stance=st.sampled_from(["for", "for", "against"]),
        single=st.sampled_from([True, True, False]),
        temporary=st.booleans(),
        run_id=st.sampled_from(["r1", "r2"]),
    )


def pieces(**more: Any) -> st.SearchStrategy[list[Evidence]]:
    """Some of them."""
    return st.lists(evidence(**more), max_size=8)
