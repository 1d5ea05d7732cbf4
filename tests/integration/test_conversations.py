"""Conversations: what was said comes back, window by window, and an id leads to one conversation only."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import ConversationTaken, InvalidInput, SessionClosed, SessionNotFound
from holdfast.portable import arrive
from holdfast.portable.export import Exporter
from holdfast.store import log
from holdfast.testing import drain
from twice import another
from writing import said


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("u", agent="guide")


def naming(session: Session) -> list[str]:
    """The ids that the log gives to conversations."""
    return [each.data["conversation_id"] for each in session.events() if "conversation_id" in each.data]


def talk(session: Session, number: int, agent_type: str = "guide_agent") -> None:
    events = [{"type": "message.added", "data": {"role": "user", "content": str(each)}} for each in range(number)]
    for start in range(0, number, 1000):
        session.append(*events[start : start + 1000], conversation=agent_type)


def test_what_was_said_comes_back_as_it_was(hf: Holdfast, session: Session) -> None:
    added = [
        session.add_conversation_message("guide_agent", "user", "hi", timestamp="2025-11-09T10:00:00Z"),
        session.add_conversation_message("guide_agent", "assistant", "ho", {"workflow_id": "w"}),
    ]
    session.add_conversation_message("content_liaison", "user", "elsewhere", {})
    assert added[0] == {"role": "user", "content": "hi", "timestamp": "2025-11-09T10:00:00Z"}
    again = hf.session(session.id)
    assert again.get_conversation_history("guide_agent") == added
    (elsewhere,) = again.get_conversation_history("content_liaison")
    assert list(elsewhere) == ["role", "content", "timestamp"]
    assert again.get_conversation_history("nobody") == []


def test_a_conversation_gets_its_id_with_its_first_message_and_once(hf: Holdfast, session: Session) -> None:
    for _ in range(2):
        each = hf.session(session.id)
        each.add_conversation_message("guide_agent", "user", "hi")
        each.add_conversation_message("guide_agent", "user", "hi")
    each.update_conversation_orchestrator_context("content_liaison", {"status": "processing"})
    guide, liaison = naming(session)
    assert guide.startswith("conv_guide_agent_")
    assert liaison.startswith("conv_content_liaison_")
    assert hf.session_by_conversation(guide).id == session.id
    assert len(session.get_conversation_history(conversation_id=guide)) == 4
    assert session.document()["conversations"]["guide_agent"]["conversation_id"] == guide
    other = hf.start("u")
    other.add_conversation_message("guide_agent", "user", "hi")
    assert naming(other) != [guide]


def test_of_many_that_begin_a_conversation_at_once_all_are_heard_and_it_has_one_id(
    hf: Holdfast, session: Session
) -> None:
    def begin(number: int) -> None:
        hf.session(session.id).add_conversation_message("guide_agent", "user", str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(32)))
    assert len(naming(session)) == 1
    assert sorted(int(each["content"]) for each in session.get_conversation_history("guide_agent")) == list(range(32))


def test_an_id_of_ones_own_leads_to_one_conversation_only(hf: Holdfast, session: Session) -> None:
    assert session.open_conversation("guide_agent", "conv_guide_123") == "conv_guide_123"
    before = session.events()
    assert session.open_conversation("guide_agent", "conv_guide_123") == "conv_guide_123"
    assert session.open_conversation("guide_agent") == "conv_guide_123"
    assert session.events() == before
    hf.session(session.id).add_conversation_message("guide_agent", "user", "hi")
    assert naming(session) == ["conv_guide_123"]
    other = hf.start("u")
    with pytest.raises(ConversationTaken):
        other.open_conversation("guide_agent", "conv_guide_123")
    with pytest.raises(ConversationTaken):
        session.open_conversation("content_liaison", "conv_guide_123")
    assert (naming(other), other.state().conversations) == ([], {})
    assert hf.session_by_conversation("conv_guide_123").id == session.id
    with pytest.raises(SessionNotFound):
        hf.session_by_conversation("conv_guide_124")


@pytest.mark.promise(9)
def test_another_tenants_conversation_is_not_there(settings: Settings, session: Session) -> None:
    session.open_conversation("guide_agent", "conv_guide_123")
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        with pytest.raises(SessionNotFound):
            other.session_by_conversation("conv_guide_123")
        assert other.start("u").open_conversation("guide_agent", "conv_guide_123") == "conv_guide_123"


def test_history_is_read_in_windows_either_way(session: Session) -> None:
    talk(session, 10)
    session.append(said("of nobody's conversation"))
    talk(session, 3, "content_liaison")
    newest = session.get_conversation_history("guide_agent", limit=4)
    assert [each["content"] for each in newest] == ["6", "7", "8", "9"]
    backwards, window = list(newest), newest
    while window := session.get_conversation_history("guide_agent", limit=4, before=window.first):
        backwards = [*window, *backwards]
    assert backwards == session.get_conversation_history("guide_agent")
    forwards: list[dict[str, Any]] = []
    window = session.get_conversation_history("guide_agent", limit=4, after=0)
    while window:
        forwards += window
        window = session.get_conversation_history("guide_agent", limit=4, after=window.last)
    assert forwards == backwards
    assert window.last == newest.last
    session.add_conversation_message("guide_agent", "user", "new")
    assert [each["content"] for each in session.get_conversation_history("guide_agent", after=window.last)] == ["new"]
    between = session.messages("guide_agent", after=3, before=6)
    assert [each.seq for each in between] == [4, 5]


@pytest.mark.promise(7)
@pytest.mark.parametrize("name", ["guide_agent", "begun_early", "begun_late"])
@pytest.mark.parametrize(("after", "upto", "oldest"), [(0, 2**63 - 1, False), (0, 900, False), (900, 2**63 - 1, True)])
def test_a_window_costs_the_same_however_long_the_conversation_is(
    hf: Holdfast, session: Session, engine: Engine, name: str, after: int, upto: int, *, oldest: bool
) -> None:
    talk(session, 1000, "begun_early")
    talk(session, 20_000)
    talk(session, 1000, "begun_late")
    query, values = log._of_messages(hf.service.find(session.id).key, name, after, upto, oldest=oldest)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE events"))
        cursor = log.cursor(connection)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", (*values, 50))
        (told,) = cursor.fetchone() or ([],)
    plan = told[0]["Plan"]["Plans"][0]
    assert plan["Index Name"] == "events_by_conversation"
    assert plan.get("Rows Removed by Filter", 0) == 0
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 30


def test_the_orchestrators_context_is_set_key_by_key(session: Session) -> None:
    session.update_conversation_orchestrator_context("guide_agent", {"active_workflows": ["a"], "status": "processing"})
    whole = session.update_conversation_orchestrator_context("guide_agent", {"status": "completed"})
    assert whole == {"active_workflows": ["a"], "status": "completed"}
    assert session.document()["conversations"]["guide_agent"]["orchestrator_context"] == whole


@pytest.mark.parametrize(
    ("agent_type", "options"),
    [
        ("two words", {}),
        (None, {}),
        ("guide_agent", {"conversation_id": "c"}),
        ("guide_agent", {"limit": 0}),
        ("guide_agent", {"after": -1}),
        ("guide_agent", {"before": "5"}),
    ],
)
def test_what_is_no_window_is_refused(session: Session, agent_type: str | None, options: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        session.get_conversation_history(agent_type, **options)  # type: ignore[arg-type]  # that is the point


def test_anothers_conversation_is_not_read_here(hf: Holdfast, session: Session) -> None:
    theirs = hf.start("u").open_conversation("guide_agent")
    with pytest.raises(InvalidInput, match="is no conversation of session"):
        session.get_conversation_history(conversation_id=theirs)


def test_a_message_that_is_refused_leaves_nothing_behind(session: Session) -> None:
    with pytest.raises(InvalidInput, match=r"data\.role"):
        session.add_conversation_message("guide_agent", "nobody", "hi")
    session.append({"type": "session.closed", "data": {}})
    with pytest.raises(SessionClosed):
        session.add_conversation_message("guide_agent", "user", "hi")
    assert naming(session) == []


def test_a_fork_has_the_conversation_and_an_id_of_its_own_from_the_next_message(hf: Holdfast, session: Session) -> None:
    session.add_conversation_message("guide_agent", "user", "hi")
    (first,) = naming(session)
    fork = hf.fork(session.id)
    fork.add_conversation_message("guide_agent", "user", "on my own")
    assert hf.session_by_conversation(first).id == session.id
    assert hf.session_by_conversation(naming(fork)[-1]).id == fork.id
    assert [each["content"] for each in fork.get_conversation_history("guide_agent")] == ["hi", "on my own"]


def test_what_was_only_published_is_found_and_an_import_brings_it_along(
    hf: Holdfast, session: Session, settings: Settings, tmp_path: Path
) -> None:
    session.publish(
        {"type": "conversation.context_updated", "data": {"conversation_id": "raw"}, "conversation": "guide_agent"}
    )
    drain(settings)
    assert hf.session_by_conversation("raw").id == session.id
    Exporter(hf.service._engine, settings.tenant, bootstrap.policy(settings), tmp_path / "out").export([session.id])
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as second:
        with arrive.opened(tmp_path / "out") as (root, manifest):
            chosen = {session.id: session.id}
            list(arrive.arrive(second.service._engine, "default", second.service._rules, root, manifest, chosen))
        assert second.session_by_conversation("raw").id == session.id


@pytest.mark.parametrize("given", ["zzz-given", "aaa-given"])
def test_a_conversation_keeps_the_id_that_it_was_given_last(hf: Holdfast, session: Session, given: str) -> None:
    def shown() -> str:
        conversation_id: str = session.document()["conversations"]["guide"]["conversation_id"]
        return conversation_id

    first = session.open_conversation("guide")
    assert session.open_conversation("guide", given) == given
    for each in (session, hf.session(session.id)):
        assert each.open_conversation("guide") == shown() == given
    assert session.open_conversation("guide", first) == shown() == first
    assert hf.session_by_conversation(given).id == hf.session_by_conversation(first).id == session.id


@pytest.mark.parametrize("context", [5, "x", ["q"], [("a", 1)]])
def test_an_orchestrators_context_is_an_object(session: Session, context: Any) -> None:
    before = len(session.events())
    with pytest.raises(InvalidInput, match="orchestrator_context"):
        session.add_conversation_message("guide", "user", "hi", context)
    with pytest.raises(InvalidInput, match="orchestrator_context"):
        session.update_conversation_orchestrator_context("guide", context)
    assert len(session.events()) == before
