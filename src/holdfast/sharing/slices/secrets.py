"""Keys that name secrets. Their values are not shown, whatever else is."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

__all__ = ["LEAVES", "REDACTED", "SECRETS", "Secrets", "Trail", "secrets_of", "unwound"]

REDACTED = "[redacted]"
"""What stands in the place of a value that is there and is not shown."""

SECRETS: tuple[str, ...] = (
    *("password", "passwords", "passwd", "passphrase", "pwd", "secret", "secrets", "credential", "credentials"),
    *("token", "authorization", "cookie", "cookies", "api_key", "api_keys", "access_key", "private_key", "secret_key"),
    *("signing_key", "encryption_key", "ssh_key", "connection_string"),
)
"""Names of keys whose values are secrets: those that end in one too, as `github_token` and `X-API-Key` and `apiKey`.

`tokens` is not among them: compute is counted in tokens. A secret in the midst of a text is not found; what may be in
texts is left out by path.
"""

LEAVES = frozenset({str, int, float, bool, type(None)})
"""Types of values that have no parts."""

REMEMBERED = 8192

Trail = tuple[Any, str | int] | None
"""A path from its end: the path above, and the last step. Making one costs a tuple, however deep it is."""


class Secrets:
    """The keys that some names make secret."""

    def __init__(self, names: Sequence[str]) -> None:
        folded = [_folded(name) for name in names]
        self._ends = tuple(dict.fromkeys([*folded, *(name.replace("_", "") for name in folded)]))
        self._plain: set[str] = set()

    def holds(self, key: str) -> bool:
        """Whether the key names a secret."""
        if key in self._plain:
            return False
        if self._ends and _folded(key).endswith(self._ends):
            return True
        if len(self._plain) >= REMEMBERED:
            self._plain.clear()
        self._plain.add(key)
        return False

    def cleaned(self, value: Any, trail: Trail, found: list[Trail]) -> Any:
        """A copy of the JSON value without secrets. The places of those that were there are added to `found`."""
        if isinstance(value, dict):
            plain = self._plain
            return {
                key: self._masked((trail, key), found)
                if key not in plain and self.holds(key)
                else each
                if type(each) in LEAVES
                else self.cleaned(each, (trail, key), found)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [
                each if type(each) in LEAVES else self.cleaned(each, (trail, at), found)
                for at, each in enumerate(value)
            ]
        return value

    @staticmethod
    def _masked(trail: Trail, found: list[Trail]) -> str:
        found.append(trail)
        return REDACTED


@lru_cache(maxsize=256)
def secrets_of(names: tuple[str, ...]) -> Secrets:
    """One for each list of names, so that keys are looked at once."""
    return Secrets(names)


def unwound(trail: Trail) -> tuple[str | int, ...]:
    """The path of a trail."""
    steps: list[str | int] = []
    while trail is not None:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


def _folded(key: str) -> str:
    return key.lower().replace("-", "_").replace(" ", "_")
