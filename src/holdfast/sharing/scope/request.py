"""What somebody asks for: in their own words, as fields that can be decided exactly, or both."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from holdfast.errors import InvalidInput
from holdfast.events.values import shown, whole

__all__ = ["MAX_CHARACTERS", "MAX_FIELD", "Request"]

MAX_CHARACTERS = 8_000
"""Characters of a text that are read. A longer one is taken, but never allowed: what was not read may matter."""

MAX_FIELD = 200
"""Characters that a channel, an action or a type of artifact may have."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something that is asked of whoever does a task.

    `channel`, `action` and `artifact_type` are decided exactly, `text` and `description` by the scorer.
    """

    text: str | None = None
    """In the words of whoever asks."""
    channel: str | None = None
    """Where it is to appear, as `x`."""
    action: str | None = None
    """What is to be done, as `publish`."""
    artifact_type: str | None = None
    """What comes of it, as `blog_post`."""
    description: str | None = None
    """More of it, in words."""
    estimated_cost: int | None = None
    """What it is thought to cost; a matter of the budget, not of the scope."""

    def __post_init__(self) -> None:
        """Raise `InvalidInput`, naming the field, for what is not text, is too long, or says nothing at all."""
        for name in ("text", "description", *EXACT):
            _check(name, getattr(self, name))
        if self.estimated_cost is not None:
            whole("estimated_cost", self.estimated_cost)
        if not self.words and not any(getattr(self, name) for name in EXACT):
            raise InvalidInput("request", f"must say what is asked for: as text, or by {', '.join(EXACT)}")

    @classmethod
    def of(cls, given: "Request | str | Mapping[str, object]") -> "Request":
        """A request as it was given: itself, its text, or its fields by name. Else `InvalidInput`."""
        if isinstance(given, Request):
            return given
        if isinstance(given, str):
            return cls(text=given)
        if not isinstance(given, Mapping):
            raise InvalidInput("request", f"must be text or an object, not {shown(given)}")
        known = {each.name for each in fields(cls)}
        for name in given:
            if name not in known:
                raise InvalidInput(
                    f"request.{name}"[:MAX_FIELD], f"is no field of a request; they are {', '.join(sorted(known))}"
                )
        return cls(**dict(given))  # type: ignore[arg-type]  # checked in __post_init__

    @property
    def words(self) -> str:
        """What is asked for in words: text and description, or nothing."""
        return "\n".join(part.strip() for part in (self.text, self.description) if part and part.strip())

    def exact(self) -> dict[str, str]:
        """The fields that are given and decided exactly, by name."""
        return {name: value.strip() for name in EXACT if (value := getattr(self, name))}

    def __str__(self) -> str:
        """The request in words, for whoever reads the verdict."""
        if self.text and self.text.strip():
            return self.text
        said = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in self.exact().items())
        return f"{said}: {self.words}" if said and self.words else said or self.words


EXACT = ("action", "artifact_type", "channel")


def _check(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise InvalidInput(name, f"must be text, not {shown(value)}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(name, f"has half a character (a lone surrogate) at {error.start}") from error
    if name in EXACT and not value.strip():
        raise InvalidInput(name, "must not be empty")
    if name in EXACT and len(value) > MAX_FIELD:
        raise InvalidInput(name, f"has {len(value):,} characters, and may have {MAX_FIELD}")
