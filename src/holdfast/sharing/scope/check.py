"""Does a request belong to a task? The rules of its scope are asked first; where they are silent, its objectives.

Without a model, and always the same: the order of the lines, case and punctuation do not matter. What is not clear is
asked (`NEEDS_DECISION`), not guessed. What a request says of the scope is no evidence for it.
"""

from collections.abc import Iterator, Mapping

from holdfast.events import Scope
from holdfast.sharing.scope.amounts import exceeding
from holdfast.sharing.scope.asked import Asked, asked, overrides
from holdfast.sharing.scope.exact import exact_findings, exactly
from holdfast.sharing.scope.finding import Finding
from holdfast.sharing.scope.forbidding import forbidden
from holdfast.sharing.scope.judge import Judge, judged
from holdfast.sharing.scope.limiting import allows, limited
from holdfast.sharing.scope.lines import Line, lines
from holdfast.sharing.scope.request import MAX_CHARACTERS, Request
from holdfast.sharing.scope.serving import Service, served
from holdfast.sharing.scope.verdict import Verdict
from holdfast.sharing.scope.wording import verdict

__all__ = ["check"]


def check(
    request: Request | str | Mapping[str, object],
    scope: Scope | None,
    *,
    task: str | None = None,
    judge: Judge | None = None,
) -> Verdict:
    """Whether the request is within the scope of the task, and the line that says so.

    A scope that is absent or empty limits nothing, so all is allowed, and the verdict says why; so does one that has
    neither objectives nor a `task` to ask for, as long as no line is touched. `judge` is asked in place of a person
    about text that the rules leave open; it can forbid, but never allow what a rule says somebody must decide.
    Raises `InvalidInput`, naming the field, for a request that is empty or not one.
    """
    given = Request.of(request)
    rules = lines(scope) if scope else []
    if not rules:
        return verdict(given, task, [_unlimited(given)])
    findings = _findings(given, rules, task)
    answer = verdict(given, task, findings)
    if judge is None or scope is None or answer.result != "NEEDS_DECISION" or not given.words:
        return answer
    return judged(answer, judge, given, scope, bound=any(_bound(finding) for finding in findings))


def _bound(finding: Finding) -> bool:
    return finding.result == "NEEDS_DECISION" and finding.binding


def _findings(request: Request, rules: list[Line], task: str | None) -> list[Finding]:
    objectives = [line for line in rules if line.rule == "objective"] or _of_task(task)
    findings: list[Finding] = []
    if request.exact():
        findings += exact_findings(request.exact(), rules)
        part = exactly(request.exact())
        findings += _of_part(part, rules, objectives, task)
    text = request.words
    if text:
        parts, whole = asked(text[:MAX_CHARACTERS])
        for part in parts:
            findings += _of_part(part, rules, objectives, task)
        if not parts:
            findings.append(_unclear(text, "It does not say what is to be done"))
        if not whole or len(text) > MAX_CHARACTERS:
            findings.append(_too_long(text))
        findings += [_override(text, said) for said in overrides(text[:MAX_CHARACTERS])[:1]]
    return findings


def _of_task(task: str | None) -> list[Line]:
    return lines(Scope(objectives=[task])) if task and task.strip() else []


def _of_part(part: Asked, rules: list[Line], objectives: list[Line], task: str | None) -> Iterator[Finding]:
    usual = frozenset().union(*(line.actions for line in objectives))
    against = [finding for line in rules for finding in _against(part, line, usual)]
    service = served(part, objectives, _granted(rules, task))
    if service and service.enough:
        yield from (_contradicted(finding, service) for finding in against if not _harmless(finding, service))
        reason = f"It serves an objective of this task: {service.line.text}"
        yield Finding("ALLOWED", "serves an objective", reason, part.text, service.line, service.words, service.score,
                      "Go on.", kind="objective")  # fmt: skip
        return
    yield from against
    if against:
        return
    if objectives and not _settled_by_lists(part, rules):
        yield _unclear(part.text, "No objective of this task clearly asks for it", service)
    else:
        reason = "No line of the scope speaks against it"
        yield Finding("ALLOWED", "is not limited", reason, part.text, score=0.0, action="Go on.", kind="objective")


def _against(part: Asked, line: Line, usual: frozenset[str]) -> Iterator[Finding]:
    if line.rule in {"never", "unless", "excluded"}:
        yield from forbidden(part, line, usual)
    elif line.rule == "only":
        yield from limited(part, line)
    else:
        yield from exceeding(part, line)


def _granted(rules: list[Line], task: str | None) -> frozenset[str]:
    """What an objective need not explain: what the lists name, what says how to work, and what else is to be done."""
    lists = (allows(line) for line in rules if line.rule == "only")
    others = (line.senses for line in (*rules, *_of_task(task)) if line.rule in {"objective", "limit"})
    return frozenset().union(*lists, *others)


def _harmless(finding: Finding, service: Service) -> bool:
    """What only touches a line by words that the objective has itself."""
    return finding.kind == "touch" and service.explains(finding.words)


def _contradicted(finding: Finding, service: Service) -> Finding:
    """What an objective asks for in the very words in which another line excludes it: the scope contradicts itself."""
    if finding.result != "BLOCKED" or finding.line is None or finding.line.part != "out_of_scope":
        return finding
    if not all(not word.senses.isdisjoint(service.own) for word in finding.line.words):
        return finding
    reason = f"An objective asks for it ({service.line.text}), and another line excludes it: {finding.line.text}"
    return Finding("NEEDS_DECISION", "is asked for and excluded", reason, finding.asked, finding.line, finding.words,
                   finding.score, "Ask whoever set the scope.", binding=True,
                   options=("Yes, the objective holds", "No, the exclusion holds"))  # fmt: skip


def _settled_by_lists(part: Asked, rules: list[Line]) -> bool:
    """A request by fields alone, each of which a list has: there is nothing left to ask."""
    granted = frozenset().union(*(allows(line) for line in rules if line.rule == "only"))
    return part.exact and all(not word.senses.isdisjoint(granted) for word in part.content)


def _unclear(text: str, why: str, service: Service | None = None) -> Finding:
    near = service if service and service.score > 0 and service.words else None
    reason = f"{why}; the nearest is: {near.line.text}" if near else why
    options = ("Yes, it belongs to this task", "No, make a separate task of it")
    return Finding("NEEDS_DECISION", "is not clear", reason, text, near.line if near else None,
                   near.words if near else (), near.score if near else 0.0, "Ask whoever set the scope.",
                   options=options, kind="unclear")  # fmt: skip


def _override(text: str, said: str) -> Finding:
    reason = f"It asks to set the scope aside (“{said[:80]}”), which only whoever set it may do"
    return Finding("NEEDS_DECISION", "asks to set the scope aside", reason, text, None, (said[:80],), 1.0,
                   "Ask whoever set the scope.", binding=True,
                   options=("No, the scope holds", "Yes, and the scope is changed"))  # fmt: skip


def _too_long(text: str) -> Finding:
    reason = f"Of {len(text):,} characters only a part was read, so that the rest may ask for anything"
    return Finding("NEEDS_DECISION", "was not read to its end", reason, text[:200], None, (), 0.0,
                   "Ask for it in fewer words.", binding=True, options=("Yes, after reading it", "No"))  # fmt: skip


def _unlimited(request: Request) -> Finding:
    reason = "No scope was declared for this task, so nothing limits it"
    return Finding("ALLOWED", "is not limited", reason, str(request), score=0.0, action="Go on.", kind="objective")
