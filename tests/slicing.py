"""Documents and views for the tests of slices and packages, and the laws of views in the plainest words."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from holdfast.sharing.slices import View

__all__ = ["contexts", "covers", "everything", "example", "leaves", "patterns", "restored", "written_pattern"]

SECTIONS = ["campaign", "knowledge", "artifacts", "decisions_made", "validations", "history", "compute", "beyond"]
KEYS = [
    "gtm_id",
    "product",
    "past_learnings",
    "brand_decisions",
    "invocation_log",
    "path",
    "a.b",
    "*",
    "budget_remaining",
]


def example() -> dict[str, Any]:
    """The whole document of the context protocol."""
    text = (Path(__file__).parent / "seeds" / "session_context.yaml").read_text(encoding="utf-8")
    context: dict[str, Any] = yaml.safe_load(text)["session_context"]
    return context


_texts = st.integers(0, 10**9).map(lambda number: f"content {number}") | st.text(max_size=6)
_values = st.recursive(
    _texts | st.none() | st.booleans() | st.integers(-(2**63), 2**63),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)
_tasks = st.fixed_dictionaries(
    {"description": st.sampled_from(["Draft content for a product", "x"])},
    optional={
        "type": _texts,
        "scope": st.fixed_dictionaries(
            {"boundaries": st.lists(st.sampled_from(["Only channels: X, Blog", "No claims", "Be kind"]), max_size=3)},
            optional={
                "channels": st.lists(st.sampled_from(["X", "Blog"]), min_size=1, max_size=2),
                "objectives": _values,
            },
        ),
    },
)
contexts = st.builds(
    lambda rest, more: {**rest, **more},
    st.dictionaries(st.sampled_from(SECTIONS), _values, max_size=6),
    st.fixed_dictionaries({}, optional={"active_task": _tasks, "id": _texts}),
)

_steps = st.sampled_from([*SECTIONS, *KEYS, "active_task", "scope", "description"]).map(lambda key: "." + key)
patterns = st.lists(_steps | st.sampled_from(["any", "item", "deep"]), min_size=1, max_size=4)


def written_pattern(steps: list[str]) -> str:
    """The steps, in the notation of views."""
    signs = {"any": "*", "item": "[*]", "deep": "**"}
    text = ""
    for step in steps:
        sign = signs.get(step, step[1:])
        if step == "item":
            text += sign
        elif step not in signs and any(mark in sign for mark in ".*"):
            text += f'["{sign}"]'
        else:
            text += f".{sign}" if text else sign
    return text


def covers(steps: list[str], path: tuple[str | int, ...]) -> bool:
    """Whether the pattern names the path, or something above it."""
    if not steps:
        return True
    if steps[0] == "deep":
        return any(covers(steps[1:], path[many:]) for many in range(len(path) + 1))
    if not path:
        return False
    wanted = {"any": isinstance(path[0], str), "item": isinstance(path[0], int)}.get(
        steps[0], "." + str(path[0]) == steps[0]
    )
    return wanted and (steps[0] == "item" or isinstance(path[0], str)) and covers(steps[1:], path[1:])


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Values without parts, by path."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from leaves(each, (*path, at))
    else:
        yield path, value


def restored(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a slice, in the layout of the document."""
    back = copy.deepcopy(content)
    if "task" in back:
        back["active_task"] = back.pop("task")
    if isinstance(budget := back.pop("budget", None), dict):
        of_compute = {"tokens_remaining": "budget_tokens_remaining", "calls_remaining": "budget_remaining"}
        back["compute"] = {**back.get("compute", {}), **{of_compute[name]: each for name, each in budget.items()}}
    return back


def everything(**limits: Any) -> View:
    """A view of all there is, secrets too."""
    return View(include=("**",), secrets=(), **limits)
