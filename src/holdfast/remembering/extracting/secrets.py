"""What is never learned: passwords, numbers of cards and accounts, codes."""

import re
from typing import Any

__all__ = ["secret"]

_NAMED = re.compile(
    r"pass ?-?(?:word|code|phrase|wd)|\bpwd\b|\bpin\b|\bpuk\b|\bcv[vc]2?\b|security (?:code|number|answer)|secret"
    r"|\botp\b"
    r"|(?:access|api|private|auth|refresh|bearer|session) ?-?(?:key|token)|\btokens?\b|credential|\bssn\b"
    r"|social security"
    r"|card ?-?(?:number|no\b)|account ?-?(?:number|no\b)|\biban\b|routing number|passport|driving licen[cs]e|tax id"
    r"|verification code|one[- ]time",
    re.IGNORECASE,
)
_LOOKS_SO = re.compile(
    r"(?<![\w.])(?:\d[ -]?){12,18}\d(?![\w])"  # a card's number
    r"|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"  # an IBAN
    r"|\b\d{3}-\d{2}-\d{4}\b"  # a social security number
    r"|\b(?:sk|pk|rk|gh[oprsu]|github_pat|glpat|hf|npm|xox[abeoprs])[-_][A-Za-z0-9_-]{12,}"  # keys and tokens
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bAIza[A-Za-z0-9_-]{20,}|\beyJ[A-Za-z0-9_-]{20,}"
    r"|\b(?:Bearer|Basic) [A-Za-z0-9+/=._~-]{16,}|-----BEGIN [A-Z ]{0,40}PRIVATE KEY"
    r"|://[^\s/:@]{0,200}:[^\s/@]{1,200}@"  # a password in an address
)


def secret(*said: Any) -> bool:
    """Whether any of these, at any depth, is a secret or speaks of one."""
    waiting = list(said)
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple):
            waiting += each
        elif isinstance(each, str | int | float) and _is(str(each)):
            return True
    return False


def _is(text: str) -> bool:
    return bool(_NAMED.search(text.replace("_", " ")) or _LOOKS_SO.search(text))
