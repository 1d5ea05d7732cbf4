"""Where everything is built out of the settings: clients of Redis, the engine, the Celery app, the service."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from holdfast.config import Settings
from holdfast.errors import InvalidInput, NotConfigured, StreamUnavailable
from holdfast.remembering.expiry import expiry_of
from holdfast.saving.policy import Policy
from holdfast.stream.keys import Keys
from holdfast.stream.publisher import Publisher
from holdfast.stream.reader import Reader

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from holdfast.blobs.place import Place
    from holdfast.blobs.vault import Vault
    from holdfast.pipeline.capture import Saver
    from holdfast.pipeline.forget import Forgetter
    from holdfast.pipeline.ingest import Ingest
    from holdfast.pipeline.model import Writer
    from holdfast.pipeline.recovery import Recoverer
    from holdfast.pipeline.rules import Rules
    from holdfast.service import Recoveries, Service

__all__ = [
    "backup",
    "celery_app",
    "engine",
    "forgetter",
    "ingest",
    "keys",
    "policy",
    "publisher",
    "reader",
    "recoverer",
    "recoveries",
    "redis_client",
    "rules",
    "saver",
    "sending_app",
    "service",
    "unclaimed_vault",
    "vault",
    "writer",
]

EXPIRES_SECONDS = 60.0
"""By the clocks of two machines, so it is far above what they may differ by."""

NO_STORE = (
    "this needs Postgres: run `holdfast up` in this folder, or set HOLDFAST_DATABASE_URL (in Python: database_url=…); "
    "without it a process can only publish, append, and start sessions with ids of its own"
)


def keys(settings: Settings) -> Keys:
    """The names of the keys in Redis."""
    return Keys(settings.prefix, settings.shards)


def redis_client(settings: Settings, *, retries: int = 1, single: bool = False) -> Redis:
    """A client of Redis whose every call ends within the time limit. Raises `InvalidInput` for a malformed URL.

    One retry, at once, covers a connection that was closed while it rested. What timed out is not tried again: it may
    have arrived, and a large publish would arrive twice.
    """
    _check_options(settings.redis_url)
    try:
        return Redis.from_url(
            settings.redis_url,
            socket_timeout=settings.timeout / (retries + 1),
            socket_connect_timeout=settings.timeout / (retries + 1),
            retry=Retry(ConstantBackoff(0), retries, supported_errors=(RedisConnectionError,)),
            single_connection_client=single,
        )
    except ValueError as error:
        raise InvalidInput("redis_url", f"is not a URL of the form redis://:password@host:6379/0 ({error})") from error


def _check_options(url: str) -> None:
    """Options in the URL reach two libraries, which take different ones, and could lift the time limit."""
    parts = urlsplit(url)
    for name in parse_qs(parts.query):
        if parts.scheme != "rediss" or not name.startswith("ssl_"):
            raise InvalidInput("redis_url", f"has the option {name!r}; only ssl_… are taken, with rediss://")


def celery_app(settings: Settings) -> Celery:
    """The Celery app as `celeryconfig.py` configures it, on the broker that the settings name."""
    # Not the current app: an agent may have a Celery of its own, and its shared tasks must keep going there.
    app = Celery("holdfast", include=["holdfast.worker.tasks"], set_as_current=False)
    app.config_from_object("holdfast.worker.celeryconfig")
    app.conf.broker_url = settings.redis_url
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "global_keyprefix": settings.prefix,
    }
    return app


def sending_app(settings: Settings) -> Celery:
    """The same for a process that only sends: a Redis that hangs must not hold it for longer than its time limit."""
    app = celery_app(settings)
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "socket_timeout": settings.timeout,
        "socket_connect_timeout": settings.timeout,
    }
    return app


def publisher(settings: Settings, app: Celery) -> Publisher:
    """A publisher that sends its drains through `app`."""

    def ring(shard: int) -> None:
        try:
            # While no worker is there a drain is called again and again; those calls must not pile up for ever.
            app.send_task("holdfast.drain", args=(shard,), queue="ingest", expires=EXPIRES_SECONDS, retry=False)
        except (OperationalError, RedisError, OSError) as error:
            raise StreamUnavailable(f"the drain of shard {shard} could not be sent: {error}") from error

    return Publisher(redis_client(settings), keys(settings), ring)


def reader(settings: Settings) -> Reader:
    """A reader whose connections do not reconnect by themselves; why, `Reader` says."""
    return Reader(lambda: redis_client(settings, retries=0, single=True), keys(settings))


def engine(settings: Settings) -> Engine:
    """The engine of the database. Raises `NotConfigured` where none is configured or the package lacks the extra."""
    if settings.database_url is None:
        raise NotConfigured(NO_STORE)
    try:
        from holdfast.store.transaction import connect  # noqa: PLC0415  # part of the extra [server]
    except ImportError as error:
        raise NotConfigured(f"Postgres needs the server part: pip install 'holdfast[server]' ({error})") from error
    return connect(settings.database_url)


def policy(settings: Settings) -> Policy:
    """How sessions are saved that say nothing of it themselves. Raises `InvalidInput` for a trigger there is not."""
    try:
        return Policy(
            enabled=settings.autosave,
            intervals={
                "context": settings.autosave_context,
                "conversation": settings.autosave_conversation,
                "project_state": settings.autosave_project_state,
                "full": settings.autosave_full,
            },
            keep=settings.autosave_keep,
            triggers=frozenset(filter(None, map(str.strip, settings.autosave_triggers.split(",")))) - {"none"},
            tail=settings.autosave_tail,
        )
    except InvalidInput as error:
        raise InvalidInput(f"autosave_{error.field}", error.problem) from error


def rules(settings: Settings) -> Rules:
    """What the way into the log has to know of the settings."""
    from holdfast.pipeline.rules import Rules  # noqa: PLC0415  # part of the extra [server]

    return Rules(
        settings.idle_after,
        policy(settings),
        expiry_of(settings.expire_after, settings.archive_after, settings.expire_kinds),
        settings.summary_messages,
        settings.summary_seconds,
        settings.learn,
        settings.model is not None,
    )


def vault(settings: Settings, database: Engine) -> Vault:
    """The blobs of this database. Raises `InvalidInput` where the location is another installation's."""
    opened = unclaimed_vault(settings)
    _claim(opened.place, database, "blob_url")
    return opened


def unclaimed_vault(settings: Settings) -> Vault:
    """The blobs where the settings say that they are, whoever they belong to: only to be read."""
    from holdfast.blobs.cipher import Cipher  # noqa: PLC0415  # part of the extra [server]
    from holdfast.blobs.url import place_at  # noqa: PLC0415  # as above
    from holdfast.blobs.vault import Vault  # noqa: PLC0415  # as above

    keys = list(filter(None, map(str.strip, (settings.blob_keys or "").split(","))))
    return Vault(place_at(settings.blob_url or str(settings.data_dir / "blobs")), Cipher(keys))


def backup(settings: Settings, database: Engine) -> Place | None:
    """The second location; None where there is none. Raises `InvalidInput` where it is another installation's."""
    from holdfast.blobs.url import place_at  # noqa: PLC0415  # part of the extra [server]

    if settings.backup_url is None:
        return None
    place = place_at(settings.backup_url, setting="backup_url")
    _claim(place, database, "backup_url")
    return place


def _claim(place: Place, database: Engine, setting: str) -> None:
    from holdfast.blobs.claim import claim  # noqa: PLC0415  # part of the extra [server]
    from holdfast.store import blobs, log  # noqa: PLC0415  # as above
    from holdfast.store.transaction import transaction  # noqa: PLC0415  # as above

    with transaction(database) as connection:
        found = blobs.installation(log.cursor(connection))
    claim(place, str(found.id), used=found.used if setting == "blob_url" else found.backed_up, setting=setting)


def saver(settings: Settings, database: Engine, open_vault: Callable[[], Vault]) -> Saver:
    """What saves sessions. The location of the blobs is opened when it is first needed."""
    from holdfast.pipeline.capture import Saver  # noqa: PLC0415  # part of the extra [server]

    return Saver(database, open_vault, policy(settings), backup=settings.backup_url is not None)


def writer(settings: Settings) -> Writer | None:
    """The model that writes summaries; None where none is configured."""
    from holdfast.pipeline.model import provider  # noqa: PLC0415  # part of the extra [server]

    if settings.model is None:
        return None
    return provider(settings.model, settings.model_url, settings.model_key, settings.model_timeout)


def ingest(settings: Settings, database: Engine) -> Ingest:
    """What drains streams into `database`."""
    from holdfast.pipeline.ingest import Ingest  # noqa: PLC0415  # part of the extra [server]

    return Ingest(database, reader(settings), rules=rules(settings))


def service(settings: Settings, sender: Publisher) -> Service:
    """The service of the settings' tenant. Raises `NotConfigured`."""
    database = engine(settings)
    from holdfast.service import Saves, Service  # noqa: PLC0415  # part of the extra [server]
    from holdfast.service.forgetting import Forgetting  # noqa: PLC0415  # as above

    opened = cache(lambda: vault(settings, database))
    copied = cache(lambda: backup(settings, database))
    draining = ingest(settings, database)

    def places() -> list[Place]:
        elsewhere = copied()
        return [opened().place, *([] if elsewhere is None else [elsewhere])]

    return Service(
        database,
        sender,
        draining,
        tenant=settings.tenant,
        rules=rules(settings),
        append_timeout=settings.append_timeout,
        saves=Saves(database, saver(settings, database, opened), opened, tenant=settings.tenant),
        recoverer=recoverer(settings, database, opened),
        forgetting=Forgetting(
            database,
            sender.redis,
            keys(settings),
            forgetter(settings, database, draining, opened, copied),
            places,
            tenant=settings.tenant,
        ),
    )


def forgetter(
    settings: Settings,
    database: Engine,
    draining: Ingest,
    open_vault: Callable[[], Vault],
    open_backup: Callable[[], Place | None],
) -> Forgetter:
    """What forgets people, of any tenant."""
    from holdfast.pipeline.forget import Forgetter  # noqa: PLC0415  # part of the extra [server]

    return Forgetter(
        database,
        draining,
        lambda: redis_client(settings, retries=0, single=True),
        lambda: (open_vault().place, open_backup()),
    )


def recoverer(settings: Settings, database: Engine | None, open_vault: Callable[[], Vault]) -> Recoverer:
    """What recovers the tenant's sessions; without a database only out of the blobs and Redis."""
    from holdfast.pipeline.recovery import Recoverer  # noqa: PLC0415  # part of the extra [server]

    def alone() -> Vault:
        return unclaimed_vault(settings)

    # Through this reader nothing is trimmed, so that its connection may be a new one at any time, and threads share it.
    looking = Reader(cache(lambda: redis_client(settings)), keys(settings))
    return Recoverer(database, open_vault, cache(alone), looking, tenant=settings.tenant)


def recoveries(settings: Settings) -> Recoveries:
    """The recoveries of a process without a database. Raises `NotConfigured` where the package lacks the extra."""
    try:
        from holdfast.service import Inspections, Recoveries  # noqa: PLC0415  # part of the extra [server]
    except ImportError as error:
        raise NotConfigured(f"recovering needs the server part: pip install 'holdfast[server]' ({error})") from error
    note = Inspections(None, tenant=settings.tenant).note
    return Recoveries(recoverer(settings, None, lambda: unclaimed_vault(settings)), None, note)
