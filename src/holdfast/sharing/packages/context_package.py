"""The package that an agent gets with a session: the session protocol's, so that it need not ask again."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from holdfast.errors import InvalidInput
from holdfast.events import HandoffPackage
from holdfast.events.problems import invalid
from holdfast.events.values import shown, whole
from holdfast.sharing.packages.fields import object_at, text_at
from holdfast.sharing.packages.sources import Package, Sources, traced
from holdfast.sharing.slices import View
from holdfast.sharing.slices.branch import size_of
from holdfast.sharing.slices.fitting import fitted
from holdfast.sharing.slices.relevance import Weights
from holdfast.sharing.slices.shape import Origins
from holdfast.sharing.slices.slice import redactions
from holdfast.sharing.slices.visible import visible

__all__ = ["WHOLE", "context_package", "read_context_package"]

WHOLE = View(include=("**",))
"""All of a package but its secrets."""

_WEIGHTS = Weights(
    opened={(): (dict, list)},
    kept=frozenset({(name,) for name in ("session_id", "user_id", "current_step", "requesting_capability")}),
    points={("session_context",): 7, ("user_preferences",): 6, ("decisions_made",): 5},
    measured=frozenset(),
)
"""What the user told goes last, decisions go first, the oldest before the others."""


def context_package(  # noqa: PLR0913 # the fields of the format, each by its name
    *,
    session_id: str,
    user_id: str | None,
    preferences: Mapping[str, Any],
    information: Mapping[str, Any],
    decisions: Sequence[Mapping[str, Any]],
    step: int | None = None,
    capability: str | None = None,
    sources: Sources | None = None,
    view: View = WHOLE,
) -> Package:
    """The package, in exactly the protocol's layout.

    `preferences` and `information` are values by key. Of a decision the package has its type (or its question), its
    value (or, in words, its decision) and its confidence. `sources` are by paths of the package, as
    `session_context.budget` or `decisions_made[0]`, with the places that `decisions` gives; so are the paths of `view`,
    which by default hides nothing but secrets. Raises `InvalidInput`.
    """
    whole_package = {
        "session_id": text_at("session_id", session_id),
        "user_id": user_id,
        "user_preferences": dict(object_at("user_preferences", preferences)),
        "session_context": dict(object_at("session_context", information)),
        "decisions_made": [_decision(at, each) for at, each in enumerate(decisions)],
        "current_step": None if step is None else whole("current_step", step),
        "requesting_capability": capability,
    }
    empty = {name: type(each)() for name, each in whole_package.items() if isinstance(each, dict | list)}
    seen = visible(whole_package, view)
    origins = Origins(seen.places)
    found = fitted(seen.tree, origins, view, _WEIGHTS, words=[], around=size_of(empty))
    content = {name: found.content.get(name, empty.get(name)) for name in whole_package}
    trace = traced(content, origins.of, sources or {})
    return Package(content, *trace, dropped=(*found.dropped, *redactions([*seen.redacted, *found.secrets])))


def read_context_package(given: Mapping[str, Any]) -> HandoffPackage:
    """The package that was received. Raises `InvalidInput`, which names the field."""
    package = dict(object_at("package", given))
    text_at("package.session_id", package.get("session_id"))
    try:
        return HandoffPackage.model_validate(package)
    except ValidationError as error:
        wrong = invalid(error, package)
        raise InvalidInput(wrong.field.replace("data", "package", 1), wrong.problem) from None


def _decision(at: int, given: Mapping[str, Any]) -> dict[str, Any]:
    told = object_at(f"decisions_made[{at}]", given)
    value = told.get("decision") if told.get("value") is None else told["value"]
    kind = told.get("type") or told.get("question")
    if kind is not None and not isinstance(kind, str):
        raise InvalidInput(f"decisions_made[{at}].type", f"must be text, not {shown(kind)}")
    return {"type": kind, "value": value, "confidence": told.get("confidence")}
