"""The model that writes better summaries: the one place that talks to a provider. Needs the extra [llm]."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from holdfast.recovering.summary import shortened
from holdfast.remembering.summary import ModelSummary, NoSummary, Prompt, Summary

if TYPE_CHECKING:
    from pydantic_ai.models import Model
    from pydantic_ai.usage import RunUsage

__all__ = ["OUTPUT_TOKENS", "Answer", "NoAnswer", "Provider", "Writer", "provider", "tokens_of"]

OUTPUT_TOKENS = 4000
"""What an answer may have: sixty lines with their events, and some thought."""

REQUESTS = 2
"""An answer that is no summary is sent back once, with what is wrong with it."""

CHARACTERS_OF_A_TOKEN = 3
"""Few, so that no prompt turns out to be dearer than what was set aside for it."""

NO_MODEL = "a model needs the extra: pip install 'holdfast[llm]'"

Check = Callable[[ModelSummary], Summary]
"""Makes a summary of what the model said, or raises `NoSummary`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary that was believed, and what it cost."""

    summary: Summary
    tokens: int


class NoAnswer(Exception):
    """There is no summary yet. `nonsense`: the model answered, and more than once, but not with one."""

    def __init__(self, problem: str, *, tokens: int, nonsense: bool = False) -> None:
        super().__init__(shortened(problem, 300))
        self.tokens = tokens
        self.nonsense = nonsense


class Writer(Protocol):
    """Writes summaries. It may take as long as `seconds`, and fail in any way, which is a `NoAnswer`."""

    name: str
    seconds: float

    def write(self, prompt: Prompt, check: Check) -> Answer:
        """Ask for a summary. Raises `NoAnswer`."""


def tokens_of(prompt: Prompt) -> int:
    """What asking may cost at most: every request that may be sent, each with a full answer."""
    given = (len(prompt.instructions) + len(prompt.text)) // CHARACTERS_OF_A_TOKEN
    return REQUESTS * (given + OUTPUT_TOKENS)


class Provider:
    """A model at its provider, as `openai:gpt-5-mini`."""

    def __init__(self, name: str, seconds: float, open_model: Callable[[], Model]) -> None:
        self.name = name
        self.seconds = seconds
        self._open_model = open_model

    def write(self, prompt: Prompt, check: Check) -> Answer:
        """Ask for a summary, within the time limit. Raises `NoAnswer` whatever goes wrong."""
        try:
            from pydantic_ai.exceptions import UnexpectedModelBehavior  # noqa: PLC0415  # part of the extra [llm]
            from pydantic_ai.usage import RunUsage  # noqa: PLC0415  # as above
        except ImportError as error:
            raise NoAnswer(f"{NO_MODEL} ({error})", tokens=0) from error
        usage = RunUsage()
        try:
            summary = asyncio.run(self._ask(prompt, check, usage))
        except TimeoutError as error:
            raise NoAnswer(f"no answer within {self.seconds:g} s", tokens=tokens_of(prompt)) from error
        except UnexpectedModelBehavior as error:
            problem = f"it answered with no summary: {error.__cause__ or error}"
            raise NoAnswer(problem, tokens=_used(usage, prompt), nonsense=True) from error
        # A provider's client raises what it likes, and all of it means the same: later.
        except Exception as error:
            raise NoAnswer(f"{type(error).__name__}: {error}", tokens=usage.total_tokens) from error
        return Answer(summary, _used(usage, prompt))

    async def _ask(self, prompt: Prompt, check: Check, usage: RunUsage) -> Summary:
        from pydantic_ai import Agent, ModelRetry, UsageLimits  # noqa: PLC0415  # part of the extra [llm]

        agent = Agent(self._open_model(), output_type=ModelSummary, instructions=prompt.instructions, retries=1)
        found: list[Summary] = []

        @agent.output_validator
        def believe(said: ModelSummary) -> ModelSummary:
            try:
                found.append(check(said))
            except NoSummary as error:
                raise ModelRetry(f"{error}; answer again") from error
            return said

        # The client's own limits are for each read: a server that sends a byte a minute would keep it for ever.
        async with asyncio.timeout(self.seconds):
            await agent.run(
                prompt.text,
                model_settings={"timeout": self.seconds, "max_tokens": OUTPUT_TOKENS},
                usage_limits=UsageLimits(request_limit=REQUESTS),
                usage=usage,
            )
        return found[-1]


def _used(usage: RunUsage, prompt: Prompt) -> int:
    """What the provider counted; where it tells nothing, what one request may have cost."""
    return usage.total_tokens or tokens_of(prompt) // REQUESTS


def provider(name: str, url: str | None, key: str | None, seconds: float) -> Provider:
    """The model of that name. Where the package lacks the extra, or the name is none, it never has an answer."""
    # Made anew for each summary: a client's connections belong to the event loop in which they were opened.
    return Provider(name, seconds, lambda: _model(name, url, key, seconds))


def _model(name: str, url: str | None, key: str | None, seconds: float) -> Model:
    from pydantic_ai.models import infer_model  # noqa: PLC0415  # part of the extra [llm]
    from pydantic_ai.providers import infer_provider, infer_provider_class  # noqa: PLC0415  # as above

    kind, _, model = name.partition(":")
    if kind == "openai" or url is not None:
        from openai import AsyncOpenAI  # noqa: PLC0415  # as above
        from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415  # as above
        from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415  # as above

        # No retries of its own: the timer is the one that tries again, and says so.
        client = AsyncOpenAI(base_url=url, api_key=key or ("none" if url else None), timeout=seconds, max_retries=0)
        return OpenAIChatModel(model or kind, provider=OpenAIProvider(openai_client=client))
    if key is None:
        return infer_model(name, infer_provider)
    return infer_model(name, lambda given: infer_provider_class(given)(api_key=key))  # type: ignore[call-arg]  # those that take one
