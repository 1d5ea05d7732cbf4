"""The ids of continuations, as the guide to persistence writes them: `CONTINUATION-240124-001-STEP-003`, `…-NAME`."""

import re

from holdfast.session import State

__all__ = ["continuation_id"]

NAME_CHARACTERS = 60


def continuation_id(session_id: str, state: State) -> str:
    """Where the work goes on: at the step that the active task has named, otherwise at the number of the next one.

    A session whose task names no step goes on at the step after those that are completed.
    """
    task = state.active_task
    of = f"CONTINUATION-{session_id.removeprefix('SESSION-')}"
    name = _name(task.current_step) if task and task.current_step else ""
    return f"{of}-{name}" if name else f"{of}-STEP-{len(task.completed_steps) + 1 if task else 1:03d}"


def _name(text: str) -> str:
    """As the guide's `ADMIN-INTERFACE`; empty where nothing of the text can be part of a name."""
    return re.sub(r"[^A-Z0-9]+", "-", text.upper())[:NAME_CHARACTERS].strip("-")
