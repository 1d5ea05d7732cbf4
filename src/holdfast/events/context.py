"""The context family: the shared document, who sees which part of it, and what its history says."""

from holdfast.events.payload import Count, Json, Payload, Text

__all__ = ["ContextImported", "HistoryNoted", "SliceDeclared"]


class SliceDeclared(Payload):
    """Which part of the context an agent sees. It replaces what was declared for that agent before."""

    TYPE = "slice.declared"

    agent: Text
    """The agent's name."""
    role: str | None = None
    """Where what is not given here comes from, as `worker`."""
    include: list[Text] | None = None
    """Patterns of paths, as `knowledge.*`."""
    exclude: list[Text] | None = None
    redact: list[Text] | None = None
    """Paths of which is shown that they are there, not what they say."""
    max_tokens: Count | None = None
    max_bytes: Count | dict[str, Count] | None = None
    """Of each part, or of parts by their paths."""
    secrets: list[str] | None = None
    """Names of keys whose values are redacted wherever they are."""


class HistoryNoted(Payload):
    """An entry of the document's history."""

    TYPE = "history.noted"

    action: Text
    """As `session_started`."""
    details: str | None = None


class ContextImported(Payload):
    """A context document became part of this session. What it said lies in the events before."""

    TYPE = "context.imported"

    source: str | None = None
    """Where it came from, as a path."""
    digest: str | None = None
    extra: dict[str, Json] = {}
    """What the document held beyond the protocol, by its path: it is kept, and written out again."""
