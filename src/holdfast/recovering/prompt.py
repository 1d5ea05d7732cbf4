"""The session recovery prompt of the guide to persistence, filled with what a recovery found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.recovering.summary import last_action, progress, shortened
from holdfast.recovering.wording import NOT_RECORDED, current_task, cut, numbered, remarks
from holdfast.saving.contents import project_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.recovering.report import RecoveryReport

__all__ = ["recovery_prompt"]

UNREADABLE = "could not be recovered"
"""What stands in the place of everything where nothing could be read: that is not the same as not recorded."""

TEMPLATE = """\
# Session Recovery Prompt Template

You are resuming work from {session}.

## Previous Context:
- **Task**: {task}
- **Progress**: {progress}
- **Last Action**: {action}
- **Next Steps**: {steps}

## Project State:
- **Phase**: {phase}
- **Recent Changes**: {changes}
- **Active Issues**: {issues}

## Conversation Summary:
{summary}

## Instructions:
1. Acknowledge session recovery
2. Confirm current context understanding
3. Identify any changes since last session
4. Propose next actions
5. Ask for confirmation before proceeding

Continue from where we left off."""


def recovery_prompt(report: RecoveryReport) -> str:
    """The template, with the words of the guide, filled.

    What the log does not tell is `not recorded`. Texts of the log are put on a line each, so that none of them can pass
    for a part of the template. What is uncertain or missing is among the active issues.
    """
    state, failed = report.state, report.status == "failed"
    blank = UNREADABLE if failed else NOT_RECORDED
    action = last_action(state)
    return TEMPLATE.format(
        session=report.session_id,
        task=UNREADABLE if failed else current_task(state),
        progress=progress(state.active_task) or blank,
        action=shortened(action) if action else blank,
        steps="\n".join(["", *numbered(report.next_steps, "  ")]) if report.next_steps else blank,
        phase=shortened(state.world.current_phase) if state.world.current_phase else blank,
        changes=_joined(_changes(report), blank),
        issues=_joined(_issues(report), UNREADABLE if failed else "none recorded"),
        summary=report.context_summary,
    )


def _changes(report: RecoveryReport) -> list[str]:
    """Of the world, by others; and of the files, by the session itself."""
    changes = [each.sentence for each in report.changes]
    passed = {each.name for each in report.checks if each.outcome == "passed"}
    if not changes and {"project-state-consistency", "file-modification-check"} <= passed:
        changes = ["none by others, as far as the probes look"]
    own = project_state(report.state, at=None)["codeContext"]["lastModifiedFiles"]
    return [*changes, f"changed by the session itself: {', '.join(own)}"] if own else changes


def _issues(report: RecoveryReport) -> list[str]:
    state, task = report.state, report.state.active_task
    return [
        *(each.doubt for each in report.uncertain),
        *remarks(report),
        *(f"the check {each.name} failed" for each in report.checks if each.outcome == "failed"),
        *(f"waits for an answer: {each.question}" for each in state.pending_decisions.values()),
        *(f"blocked: {each}" for each in (task.blockers if task else ())),
        *state.world.critical_issues,
    ]


def _joined(texts: Sequence[str], otherwise: str) -> str:
    return "; ".join(cut(texts)) or otherwise
