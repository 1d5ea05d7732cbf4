"""Settings: what can be set, its default, and the environment variable that sets it (`HOLDFAST_` + the name)."""

from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from holdfast.errors import InvalidInput

__all__ = ["Settings"]


class Settings(BaseSettings):
    """Everything that can be configured. Read once, at the edge, and passed in; never read in the middle of the code."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", frozen=True, extra="forbid")

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
    idle_after: float = Field(1800.0, gt=0, description="Seconds without an event after which a session is paused.")
    data_dir: Path = Field(Path(".holdfast"), description="Where the embedded servers keep their data.")
    flower_password: str | None = Field(None, description="Flower's password, user `holdfast`. Flower needs one.")
    log_format: str = Field("console", pattern="^(console|json)$", description="How logs are written.")

    @classmethod
    def load(cls, **given: object) -> Self:
        """Settings from the environment, overridden by what is `given`. Raises `InvalidInput` naming the setting."""
        try:
            return cls(**given)  # type: ignore[arg-type]  # pydantic checks the values, and says which is wrong
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(".".join(str(part) for part in first["loc"]), first["msg"]) from error
