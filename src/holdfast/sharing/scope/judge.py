"""A model, or whatever else can judge, asked about a text that the rules leave open."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from holdfast.events import Scope
from holdfast.events.values import shown
from holdfast.sharing.scope.finding import DENIED
from holdfast.sharing.scope.request import Request
from holdfast.sharing.scope.verdict import Result, Verdict

__all__ = ["Judge", "judged"]

Judge = Callable[[Request, Scope], "Verdict | Mapping[str, object] | str"]
"""Given the request and the scope, answers with a verdict, with an object that has its `result` and maybe a `reason`
and an `action`, or with the result alone. It keeps its own time limit."""

RESULTS: tuple[Result, ...] = ("ALLOWED", "BLOCKED", "NEEDS_DECISION")


def judged(open_: Verdict, judge: Judge, request: Request, scope: Scope, *, bound: bool) -> Verdict:
    """The open verdict, made definite by the judge where it may be.

    `bound` says that a rule has somebody decide: then the judge can block, but not allow. One that raises, or answers
    what is no verdict, leaves it open, and the verdict's context says so.
    """
    try:
        result, reason, action = _read(judge(request, scope))
    # Whatever a model raises is the same news: it did not judge.
    except Exception as error:  # noqa: BLE001
        return _left(open_, _text(f"The judge failed: {type(error).__name__}: {error}"[:500]) or "")
    if result == "NEEDS_DECISION":
        return _left(open_, f"The judge leaves it open: {reason}" if reason else "The judge leaves it open")
    if result == "ALLOWED" and bound:
        return _left(open_, "The judge would allow it, which a rule of the scope does not leave to it")
    usual = DENIED if result == "BLOCKED" else "Go on."
    return replace(
        open_,
        result=result,
        reason=reason or f"The judge says so, where the rules leave it open: {open_.reason}",
        action=action or usual,
        question=None,
        options=(),
        context=None,
        decided_by="judge",
    )


def _read(answer: object) -> tuple[Result, str | None, str | None]:
    if isinstance(answer, Verdict):
        return answer.result, answer.reason, answer.action
    said: Mapping[str, object] = answer if isinstance(answer, Mapping) else {"result": answer}
    result = next((one for one in RESULTS if one == said.get("result")), None)
    if result is None:
        raise ValueError(f"its result must be one of {', '.join(RESULTS)}, not {shown(said.get('result'))}")
    reason, action = said.get("reason"), said.get("action")
    return result, _text(reason), _text(action)


def _text(said: object) -> str | None:
    """What a model said, as an event can hold it: half a character is escaped."""
    return str(said).encode(errors="backslashreplace").decode() if said else None


def _left(open_: Verdict, note: str) -> Verdict:
    return replace(open_, context=f"{open_.context}\n{note}" if open_.context else note)
