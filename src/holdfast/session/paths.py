"""Where something is in a value of JSON, as text: `features.swap`; a key with signs of its own is quoted, `["a.b"]`."""

import json
import re

__all__ = ["below"]

_PLAIN = re.compile(r'[^.\[\]"*\s]+')


def below(path: str, key: str) -> str:
    """The path of a key of the object that is at `path`; of the root's, where that is empty. No two are the same."""
    if _PLAIN.fullmatch(key) is None:
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
