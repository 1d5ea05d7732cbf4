"""A verdict in words: of all that was found, the worst decides."""

from holdfast.sharing.scope.finding import Finding
from holdfast.sharing.scope.request import Request
from holdfast.sharing.scope.verdict import Verdict

__all__ = ["MOST", "verdict"]

MOST = 12
"""Pieces of evidence that a verdict shows."""
QUOTED = 200
"""Characters of a request, or of a part of it, that a sentence quotes."""


def verdict(request: Request, task: str | None, findings: list[Finding]) -> Verdict:
    """The verdict that rests on the findings, of which there is at least one. Their order does not matter."""
    ranked = sorted(findings, key=Finding.rank)
    decides = ranked[0]
    several = len({finding.asked for finding in findings}) > 1
    reason = f"{decides.reason} (in “{_cut(decides.asked)}”)" if several and _names_part(decides) else decides.reason
    open_ = decides.result == "NEEDS_DECISION"
    return Verdict(
        result=decides.result,
        request=str(request),
        reason=reason,
        action=decides.action,
        task=task,
        line=decides.line.text if decides.line else None,
        part=decides.line.part if decides.line else None,
        score=round(decides.score, 2),
        evidence=tuple(dict.fromkeys(finding.evidence() for finding in ranked))[:MOST],
        question=f"May this be done: “{_cut(decides.asked)}”? {decides.reason}." if open_ else None,
        options=decides.options if open_ else (),
        context=_context(request, task, ranked) if open_ else None,
    )


def _names_part(decides: Finding) -> bool:
    return decides.result != "ALLOWED"


def _context(request: Request, task: str | None, ranked: list[Finding]) -> str:
    said = [f"Request: {_cut(str(request), 1000)}"]
    if task:
        said.insert(0, f"Task: {_cut(task, 1000)}")
    reasons = dict.fromkeys(finding.reason for finding in ranked if finding.result == "NEEDS_DECISION")
    return "\n".join([*said, *reasons][: MOST + 2])


def _cut(text: str, most: int = QUOTED) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
