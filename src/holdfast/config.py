"""Settings: what can be set, its default, and the environment variable that sets it (`HOLDFAST_` + the name)."""

import os
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from holdfast.errors import InvalidInput

__all__ = ["LEASE_SECONDS", "Settings", "masked"]

LEASE_SECONDS = 30.0

SERVERS = frozenset({"redis_url", "database_url"})


class Settings(BaseSettings):
    """Everything that can be configured. Read once, at the edge, and passed in; never read in the middle."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", env_ignore_empty=True, frozen=True, extra="forbid")

    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis 6.2 or newer, or Valkey: stream and broker.")
    database_url: str | None = Field(
        None, description="Postgres 15 or newer. Without it this process can publish, and append by waiting."
    )
    tenant: str = Field("default", description="Whose sessions this process sees.", max_length=128)
    prefix: str = Field("holdfast:", description="Before every key in Redis, so that installations can share a server.")
    shards: int = Field(8, ge=1, le=1024, description="Streams in Redis. The same everywhere; fixed once events flow.")
    timeout: float = Field(2.0, gt=0, description="Seconds that a call to Redis may take before it fails.")
    append_timeout: float = Field(30.0, gt=0, description="Seconds that `append` waits for the commit.")
    spool: Path | None = Field(None, description="A file that keeps events while Redis is down.")
    idle_after: float = Field(
        1800.0, gt=0, description="Seconds without an event after which a session is paused. The same everywhere."
    )
    lease_seconds: float = Field(
        LEASE_SECONDS, gt=0, le=86_400, description="Seconds that an exclusive lease lasts unless it is renewed."
    )
    reservation_seconds: int = Field(
        900,
        ge=1,
        le=31_536_000,
        description="Seconds that a reservation of calls and tokens lasts unless it is settled.",
    )
    autosave: bool = Field(
        default=True, description="Whether sessions are saved by themselves. A session may say otherwise."
    )
    autosave_context: float = Field(30.0, gt=0, description="Seconds from an event to the save of the context.")
    autosave_conversation: float = Field(60.0, gt=0, description="The same for the conversations.")
    autosave_project_state: float = Field(300.0, gt=0, description="The same for the project's state.")
    autosave_full: float = Field(900.0, gt=0, description="The same for everything.")
    autosave_triggers: str = Field(
        "task-completion,major-decision,file-modification,error-occurrence,user-request,session-end,tail-size",
        description="What makes a save come early, separated by commas, or `none`. The same everywhere, as all of "
        "`autosave…`.",
    )
    autosave_tail: int = Field(500, ge=1, description="Events since the last save that make one due (`tail-size`).")
    autosave_keep: int = Field(5, ge=1, le=1000, description="How many saves of each tier a session keeps.")
    blob_url: str | None = Field(
        None,
        description="Where segments and full snapshots lie: a directory, or a URL such as s3://bucket/path. The same "
        "for every process that saves or reads saves. Not given: `blobs` in `data_dir`.",
    )
    blob_keys: str | None = Field(
        None,
        description="Fernet keys, separated by commas: blobs are encrypted with the first, and read with any. Made by "
        "`holdfast keys new`.",
    )
    blob_grace: float = Field(
        600.0, gt=0, description="Seconds that a blob stays after the last snapshot that needed it was pruned."
    )
    backup_url: str | None = Field(
        None, description="A second location, elsewhere, that gets a copy of every full snapshot and its segments."
    )
    summary_messages: int = Field(
        50, ge=1, description="New messages after which a session is summarised. The same everywhere, as what follows."
    )
    summary_seconds: float = Field(
        3600.0, gt=0, description="Seconds from a new message to the summary, where no more come."
    )
    learn: bool = Field(
        default=True, description="Whether memories are extracted from sessions that pause or end, by themselves."
    )
    model: str | None = Field(
        None,
        description="A model that writes better summaries, as `openai:gpt-5-mini` (needs the extra `llm`). Not given: "
        "the built-in ones are all there is.",
    )
    model_url: str | None = Field(None, description="Where the model is, for a server that speaks OpenAI's protocol.")
    model_key: str | None = Field(None, description="The key of the model's provider, where its own variable has none.")
    model_timeout: float = Field(60.0, gt=0, le=600, description="Seconds that a model may take for one summary.")
    model_tokens: int = Field(
        1_000_000,
        ge=0,
        description="Tokens that models may use a day (UTC) for the tenant's summaries; then they wait.",
    )
    expire_after: float = Field(
        7_776_000.0,
        gt=0,
        le=3_155_760_000,
        description="Seconds of quiet after which a paused session expires: 90 days.",
    )
    archive_after: float = Field(
        31_536_000.0,
        gt=0,
        le=3_155_760_000,
        description="Seconds after its end at which a session's rows are released: a year.",
    )
    expire_kinds: str = Field(
        "",
        description="Where kinds of session differ: `chat=7d/30d, audit=never`: after how much quiet they expire, and "
        "how long after that they are archived.",
    )
    dead_letter_seconds: float = Field(
        2_592_000.0, gt=0, le=3_155_760_000, description="Seconds that a dead letter is kept: 30 days."
    )
    data_dir: Path = Field(Path(".holdfast"), description="Where the embedded servers keep their data.")
    flower_password: str | None = Field(None, description="Flower's password, user `holdfast`. Flower needs one.")
    log_format: str = Field("console", pattern="^(console|json)$", description="How logs are written.")

    _found: bool = PrivateAttr(default=False)

    @property
    def found(self) -> bool:
        """Whether the servers' addresses are those that a running stack left in `data_dir`."""
        return self._found

    @classmethod
    def load(cls, **given: object) -> Self:
        """Settings from the environment, overridden by what is `given`. Raises `InvalidInput` naming the setting.

        Where neither says which Redis or Postgres, the file `environment` in `data_dir` does: `holdfast up` keeps the
        addresses of its servers there while it runs, so that a command in the same folder finds them. It is all or
        nothing: with one of the two named elsewhere the file is not read, for a mixture would be nobody's installation.
        """
        try:
            settings = cls(**given)  # type: ignore[arg-type]  # pydantic checks the values, and says which is wrong
            running = settings.data_dir / "environment"
            if SERVERS.isdisjoint(settings.model_fields_set) and os.access(running, os.R_OK):
                settings = cls(_env_file=running, **given)  # type: ignore[arg-type]
                settings._found = True
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(".".join(str(part) for part in first["loc"]), first["msg"]) from error
        return settings


def masked(url: str) -> str:
    """A URL without its password."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return url
    return url.replace(f":{password}@", ":***@", 1) if password else url
