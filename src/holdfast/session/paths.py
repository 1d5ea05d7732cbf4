"""Where something is in a value of JSON, as text: `features.swap`; a key with signs of its own is quoted, `["a.b"]`."""

import json
import re

__all__ = ["below", "steps"]

_PLAIN = re.compile(r'[^.\[\]"*\s]+')
_STEP = re.compile(r'(?:^|(?<!^)\.)([^.\[\]"*\s]+)|\[("(?:[^"\\]|\\.)*")\]')


def below(path: str, key: str) -> str:
    """The path of a key of the object that is at `path`; of the root's, where that is empty. No two are the same."""
    if _PLAIN.fullmatch(key) is None:
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def steps(path: str) -> list[str] | None:
    """The keys that lead there from the root; None where the text is no path."""
    keys: list[str] = []
    place = 0
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            return None
        key = step[1] if step[2] is None else _unquoted(step[2])
        if key is None:
            return None
        keys.append(key)
        place = step.end()
    return keys


def _unquoted(text: str) -> str | None:
    try:
        key: str = json.loads(text)
        key.encode()
    except ValueError:  # what JSON does not have, or half a character
        return None
    return key
