"""The one Celery configuration: broker, queues, routes, limits and the beat schedule.

It stands at the root of the project, where people look for it, and is part of the installed package as
`holdfast.worker.celeryconfig`; the app reads it there. What differs between installations comes from the settings
(`HOLDFAST_*`); see `holdfast.config`.
"""

from kombu import Exchange, Queue

from holdfast.config import Settings

_settings = Settings.load()

broker_url = _settings.redis_url
# Nobody waits for a task's result: what a task did is in Postgres.
task_ignore_result = True
result_backend = None

# --- queues: one a kind of work, so that each can have workers of its own ---------------------------------------------
# Each has a routing key of its own: without one Celery would give them all the default's, and every message five times.
task_queues = [
    Queue(name, Exchange("holdfast", type="direct"), routing_key=name)
    for name in ("ingest", "autosave", "recovery", "insight", "upkeep")
]
task_default_queue = "upkeep"
# A misspelt queue must fail, not become a queue that nobody consumes.
task_create_missing_queues = False
task_routes = {
    "holdfast.drain": {"queue": "ingest"},
    "holdfast.tick": {"queue": "upkeep"},
    "holdfast.sweep": {"queue": "upkeep"},
    "holdfast.pause_if_idle": {"queue": "upkeep"},
    "holdfast.pause_idle": {"queue": "upkeep"},
    "holdfast.summarise": {"queue": "upkeep"},
    "holdfast.learn": {"queue": "upkeep"},
    # The only tasks that wait for a model. Their queue has workers of its own, so that nothing waits behind them.
    "holdfast.ask_model": {"queue": "insight"},
    "holdfast.expire": {"queue": "upkeep"},
    "holdfast.archive": {"queue": "upkeep"},
    "holdfast.expire_rows": {"queue": "upkeep"},
    "holdfast.end_lease": {"queue": "upkeep"},
    "holdfast.release_reservations": {"queue": "upkeep"},
    "holdfast.lapse_decisions": {"queue": "upkeep"},
    "holdfast.expire_handoffs": {"queue": "upkeep"},
    "holdfast.expire_values": {"queue": "upkeep"},
    "holdfast.capture": {"queue": "autosave"},
    "holdfast.back_up": {"queue": "autosave"},
    "holdfast.collect": {"queue": "upkeep"},
    "holdfast.catch_up": {"queue": "upkeep"},
    "holdfast.forget": {"queue": "upkeep"},
}

# --- messages ---------------------------------------------------------------------------------------------------------
# JSON only: whoever can write to Redis must not be able to run code in a worker.
task_serializer = "json"
accept_content = ["json"]
result_accept_content = ["json"]

# --- delivery: every task may run twice, none may be lost -------------------------------------------------------------
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
# Seconds. A hard limit ends a task that hangs, and the message comes back after the visibility timeout, which is
# longer than any limit (else a task that is merely slow would be delivered a second time while it runs).
task_soft_time_limit = 30
task_time_limit = 60
task_annotations = {
    # A session of a million events is read back before it is archived.
    "holdfast.archive": {"soft_time_limit": 300, "time_limit": 330},
    # A long log whose first summary is to be made, or one after a change of the recipe.
    "holdfast.summarise": {"soft_time_limit": 240, "time_limit": 300},
    "holdfast.ask_model": {
        "soft_time_limit": _settings.model_timeout + 30,
        "time_limit": _settings.model_timeout + 60,
    },
}
broker_transport_options = {
    "visibility_timeout": max(600, int(_settings.model_timeout) + 120),
    "global_keyprefix": _settings.prefix,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    # A publisher must hear within its time limit that Redis is down; the stream holds the event in any case.
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.2,
}
# Redis may be away for as long as it likes; workers wait.
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
# Tasks that were running when the broker went away go on: they are repeatable, and what they commit stays.
worker_cancel_long_running_tasks_on_connection_loss = False

# --- workers ----------------------------------------------------------------------------------------------------------
# Flower shows what the workers report.
worker_send_task_events = True
task_send_sent_event = False
# On SIGTERM a worker finishes its tasks (for how long, `worker/stopping.py` says); on SIGQUIT for at most this many
# seconds. It hands the others back.
worker_soft_shutdown_timeout = 4.0
worker_enable_soft_shutdown_on_idle = False
# The app sets up structured logs; Celery must not replace them.
worker_hijack_root_logger = False
worker_redirect_stdouts = False

# --- beat: two at once do no harm, for what is due is claimed in Postgres ---------------------------------------------
beat_schedule = {
    # Workers that were stopped must not find a heap of old ticks. The expiry is by two machines' clocks, so it is far
    # above what they may differ by.
    "tick": {"task": "holdfast.tick", "schedule": 1.0, "options": {"expires": 60.0}},
    "sweep": {"task": "holdfast.sweep", "schedule": 2.0, "options": {"expires": 60.0}},
    "expire_rows": {"task": "holdfast.expire_rows", "schedule": 60.0, "options": {"expires": 60.0}},
    # What a worker looks for when it starts may come from one of the release before, which is at work beside it.
    "catch_up": {"task": "holdfast.catch_up", "schedule": 86_400.0, "options": {"expires": 3600.0}},
    # What a process that was killed has left: a look at an index of nothing, as a rule.
    "forget": {"task": "holdfast.forget", "schedule": 10.0, "options": {"expires": 60.0}},
    # As often as the grace of a blob: then none stays for more than twice that.
    "collect": {"task": "holdfast.collect", "schedule": _settings.blob_grace, "options": {"expires": 60.0}},
}
# With `--scheduler redbeat.RedBeatScheduler` several beats can stand by, and one is at work.
redbeat_redis_url = _settings.redis_url
redbeat_key_prefix = f"{_settings.prefix}redbeat:"
redbeat_lock_timeout = 30
