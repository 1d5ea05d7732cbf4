"""Greeting: who comes, what they are offered, how they want things, and a new session where none is gone on with."""

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Greeting, Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, NotConfigured, SessionNotFound
from holdfast.greeting.answer import APOLOGY, CONTINUE, NOTHING_EARLIER, WELCOME, WELCOME_BACK
from holdfast.store import users
from writing import said

GO_ON = "Continue where we left off"
STEPS = ["IDENTIFY USER", "CHECK FOR SESSION RESUME", "LOAD PREFERENCES", "CREATE NEW SESSION"]


@pytest.fixture
def other(settings: Settings) -> Iterator[Holdfast]:
    """Another tenant of the same servers."""
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as holdfast:
        yield holdfast


def prefers(key: str, value: object) -> dict[str, object]:
    return {"type": "preference.stated", "data": {"key": key, "value": value}}


def decided(kind: str, value: object) -> dict[str, object]:
    return {"type": "decision.made", "data": {"type": kind, "value": value, "confidence": "HIGH"}}


def campaign(hf: Holdfast, user_id: str = "user-1") -> Session:
    """A session in which something was decided, and a task is half done."""
    session = hf.start(user_id, agent="planner")
    session.append(
        said("Plan me a campaign"),
        {"type": "task.assigned", "data": {"task_id": "t1", "description": "a 500K Retail campaign"}},
        decided("budget", 500000),
        decided("channels", "Paid Search and CTV"),
        {
            "type": "task.progressed",
            "data": {"task_id": "t1", "progress": 40, "last_action": "compared channels", "next_steps": ["split it"]},
        },
    )
    return session


def ids(hf: Holdfast, user_id: str = "user-1") -> list[str]:
    return [each.id for each in hf.sessions(user_id=user_id).items]


def of(greeting: Greeting) -> dict[str, str]:
    return {step.name: step.outcome for step in greeting.steps}


def test_a_new_user_gets_a_new_session(hf: Holdfast) -> None:
    greeting = hf.greet("user-1", "Plan a trip to Paris", kind="travel", agent="planner")
    assert greeting.session is not None
    assert (greeting.last_session_id, greeting.session_count, greeting.preferences) == (None, 0, {})
    assert (greeting.resumable, greeting.answer, greeting.problems) == (None, WELCOME, ())
    assert not greeting.intent.wanted
    assert [step.name for step in greeting.steps] == STEPS
    assert of(greeting)["CREATE NEW SESSION"] == greeting.session.id
    listed = hf.service.find(greeting.session.id)
    assert (listed.user_id, listed.kind, listed.agent) == ("user-1", "travel", "planner")
    assert hf.service.greetings.record("user-1") == (greeting.session.id, 1)


def test_who_comes_back_with_something_else_gets_a_new_session_too(hf: Holdfast) -> None:
    before = campaign(hf)
    greeting = hf.greet("user-1", "Continue with the second option")
    assert greeting.session is not None
    assert greeting.session.id != before.id
    assert (greeting.last_session_id, greeting.session_count) == (before.id, 1)
    assert (greeting.resumable, greeting.answer) == (None, WELCOME_BACK)
    assert greeting.session.state().continues is None
    assert hf.service.greetings.record("user-1") == (greeting.session.id, 2)
    with pytest.raises(SessionNotFound):
        greeting.resume()
    assert greeting.fresh() is greeting.session


def test_who_asks_to_go_on_is_told_what_the_log_says_and_asked(hf: Holdfast) -> None:
    before = campaign(hf)
    events = hf.service.find(before.id).events
    greeting = hf.greet("user-1", GO_ON, agent="planner")
    assert (greeting.session, greeting.resumable, greeting.problems) == (None, before.id, ())
    assert greeting.answer.startswith("Last time we were working on: a 500K Retail campaign.")
    for told in ("budget 500000", "channels Paid Search and CTV", "40%", "compared channels", "Next: split it."):
        assert told in greeting.answer
    assert greeting.answer.endswith(CONTINUE)
    assert [step.name for step in greeting.steps] == STEPS
    assert "resume, or start fresh" in of(greeting)["CREATE NEW SESSION"]
    assert ids(hf) == [before.id]
    assert hf.service.find(before.id).events == events


def test_going_on_goes_on_in_the_same_session(hf: Holdfast) -> None:
    before = campaign(hf)
    greeting = hf.greet("user-1", GO_ON, agent="helper")
    session = greeting.resume()
    assert (session.id, session.agent) == (before.id, "helper")
    assert greeting.session is session
    assert session is greeting.resume()
    assert session is greeting.fresh()
    assert [event.type for event in session.events()].count("session.resumed") == 0
    session.append(said("so"))
    assert ids(hf) == [before.id]


@pytest.mark.parametrize("ending", ["session.paused", "session.failed"])
def test_a_session_that_is_paused_or_failed_is_resumed(hf: Holdfast, ending: str) -> None:
    before = campaign(hf)
    before.append({"type": ending, "data": {"reason": "enough"}})
    session = hf.greet("user-1", GO_ON, agent="helper").resume()
    last = list(session.events())[-1]
    assert (session.id, last.type, last.data["agent"]) == (before.id, "session.resumed", "helper")
    assert hf.service.find(before.id).status == "active"


def test_one_that_has_ended_is_taken_up_by_a_new_one(hf: Holdfast) -> None:
    before = campaign(hf)
    before.append({"type": "session.closed", "data": {"summary": "The plan stands"}})
    greeting = hf.greet("user-1", GO_ON)
    assert "In short: The plan stands." in greeting.answer
    session = greeting.resume()
    assert session.state().continues == before.id
    assert session.id != before.id


def test_starting_fresh_has_nothing_to_do_with_what_was(hf: Holdfast) -> None:
    before = campaign(hf)
    greeting = hf.greet("user-1", GO_ON)
    session = greeting.fresh()
    assert session.id != before.id
    assert session.state().continues is None
    assert greeting.resume() is session
    assert ids(hf) == [session.id, before.id]


def test_sessions_in_which_nothing_happened_are_not_gone_on_with(hf: Holdfast) -> None:
    before = campaign(hf)
    empty = hf.start("user-1")
    empty.append({"type": "session.paused", "data": {}})
    newest = hf.greet("user-1", "Plan something else").session
    assert newest is not None
    greeting = hf.greet("user-1", GO_ON)
    assert (greeting.last_session_id, greeting.resumable) == (newest.id, before.id)


def test_it_is_the_session_in_which_they_were_last_at_work(hf: Holdfast) -> None:
    first, second = campaign(hf), campaign(hf)
    assert hf.greet("user-1", GO_ON).resumable == second.id
    first.append(said("one thing more"))
    assert hf.greet("user-1", GO_ON).resumable == first.id


def test_where_there_is_nothing_to_go_on_with_it_is_said_and_a_new_one_begun(hf: Holdfast) -> None:
    greeting = hf.greet("user-1", GO_ON)
    assert greeting.session is not None
    assert (greeting.resumable, greeting.answer, greeting.problems) == (None, NOTHING_EARLIER, ())


def test_what_was_only_published_counts(hf: Holdfast) -> None:
    session = hf.start("user-1")
    session.publish(said("Plan"), prefers("communication_style", "concise"))
    greeting = hf.greet("user-1", GO_ON)
    assert greeting.resumable == session.id
    assert greeting.preferences == {"communication_style": "concise"}


def test_preferences_are_the_newest_of_each_key_over_all_sessions(hf: Holdfast) -> None:
    first, second = hf.start("user-1"), hf.start("user-1")
    second.append(prefers("communication_style", "detailed"), prefers("default_vertical", "Retail"))
    first.append(prefers("communication_style", "concise"), prefers("excluded_channels", ["radio", "a\0b"]))
    expected = {"communication_style": "concise", "default_vertical": "Retail", "excluded_channels": ["radio", "a\0b"]}
    greeting = hf.greet("user-1", "Plan a campaign")
    assert greeting.preferences == expected
    assert of(greeting)["LOAD PREFERENCES"] == "communication_style, default_vertical, excluded_channels"
    assert hf.service.greetings.preferences("user-1") == expected
    assert hf.greet("user-1", GO_ON).preferences == expected


def test_users_do_not_see_each_other(hf: Holdfast) -> None:
    session = campaign(hf, "user-2")
    session.append(prefers("communication_style", "concise"))
    for words in (GO_ON, f"Resume {session.id}", "hello"):
        greeting = hf.greet("user-1", words)
        assert (greeting.resumable, greeting.preferences) == (None, {})
        assert "500K" not in repr(greeting)


def test_tenants_do_not_see_each_other(hf: Holdfast, other: Holdfast) -> None:
    session = other.start("user-1", session_id="SESSION-260101-007")
    session.append(said("secret"), prefers("communication_style", "concise"))
    for words in (GO_ON, f"Resume {session.id}"):
        greeting = hf.greet("user-1", words)
        assert (greeting.resumable, greeting.preferences) == (None, {})
        assert "secret" not in repr(greeting)
    assert other.greet("user-1", GO_ON).resumable == session.id


def test_a_session_of_ones_own_can_be_named(hf: Holdfast) -> None:
    first, second = campaign(hf), campaign(hf)
    greeting = hf.greet("user-1", f"Continue from {first.id.lower()} but there have been some changes")
    assert (greeting.resumable, greeting.last_session_id) == (first.id, second.id)


def test_a_session_of_another_user_is_as_one_that_is_not_there(hf: Holdfast) -> None:
    theirs = campaign(hf, "user-2")
    mine = campaign(hf)
    nowhere = "SESSION-200101-999"
    problems = []
    for named in (theirs.id, nowhere):
        greeting = hf.greet("user-1", f"Resume {named}")
        assert greeting.session is not None
        assert (greeting.resumable, greeting.answer) == (None, APOLOGY)
        problems.append([each.replace(named, "…") for each in greeting.problems])
    assert problems == [["there is no session '…'"]] * 2
    assert mine.id in ids(hf)


def test_a_damaged_session_is_apologised_for_and_kept(
    hf: Holdfast, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    before = campaign(hf)
    before.append(prefers("communication_style", "concise"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET actor = 'somebody' WHERE seq = 3"))
        rows = connection.execute(text("SELECT * FROM events ORDER BY seq")).all()
    with caplog.at_level(logging.ERROR, "holdfast"):
        greeting = hf.greet("user-1", GO_ON)
    assert (
        greeting.answer == "I apologize but I could not load your previous session. Let me help you get set up quickly."
    )
    assert greeting.session is not None
    assert greeting.session.id != before.id
    assert greeting.session.state().continues is None
    assert greeting.resumable is None
    assert any("event 3" in each for each in greeting.problems)
    assert greeting.preferences == {}, "what comes after the damage is not relied upon"
    (record,) = [each for each in caplog.records if each.msg == "greeting.not_resumed"]
    assert (record.__dict__["user_id"], record.__dict__["session_id"]) == ("user-1", before.id)
    with engine.begin() as connection:
        query = "SELECT e.* FROM events e JOIN sessions s ON s.key = session_key WHERE s.id = :id ORDER BY e.seq"
        assert connection.execute(text(query), {"id": before.id}).all() == rows
    assert [each.session_id for each in hf.service.inspections.listed()] == [before.id]


def test_a_session_whose_preferences_do_not_match_its_log_is_not_gone_on_with(
    hf: Holdfast, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = campaign(hf)
    before.append(prefers("communication_style", "concise"))
    report = hf.service.recoveries.recover(before.id, "full")
    report.state.preferences["communication_style"].value = "long-winded"
    monkeypatch.setattr(hf.service.recoveries, "recover", lambda *_: report)
    greeting = hf.greet("user-1", GO_ON)
    assert greeting.answer == APOLOGY
    assert greeting.problems == (f"the preferences in session {before.id} do not match those in its log",)


def test_a_preference_that_cannot_be_read_is_named_and_the_others_hold(hf: Holdfast, engine: Engine) -> None:
    hf.start("user-1").append(prefers("communication_style", "concise"))
    hf.start("user-1").append(prefers("default_vertical", "Retail"))
    with engine.begin() as connection:
        connection.execute(text("""UPDATE events SET data = '{"key": 3}' WHERE data::text LIKE '%concise%'"""))
    greeting = hf.greet("user-1", "hello")
    assert greeting.preferences == {"default_vertical": "Retail"}
    (problem,) = greeting.problems
    assert "a preference cannot be read" in problem


def test_the_threshold_can_be_set(hf: Holdfast) -> None:
    campaign(hf)
    assert hf.greet("user-1", GO_ON, threshold=1).session is not None
    assert hf.greet("user-1", "hello", threshold=0).resumable is not None


def test_bad_input_is_refused_and_begins_nothing(hf: Holdfast, settings: Settings) -> None:
    for user_id, words, more, field in (
        ("a b", "hi", {}, "user_id"),
        ("user-1", None, {}, "text"),
        ("user-1", "hi", {"threshold": 2}, "threshold"),
        ("user-1", "hi", {"kind": ""}, "kind"),
        ("user-1", "hi", {"agent": ""}, "agent"),
    ):
        with pytest.raises(InvalidInput) as raised:
            hf.greet(user_id, words, **more)  # type: ignore[arg-type]
        assert raised.value.field == field
    assert hf.sessions().items == []
    with Holdfast(settings.model_copy(update={"database_url": None})) as bare, pytest.raises(NotConfigured):
        bare.greet("user-1", "hi")


def test_an_effect_of_which_nobody_knows_is_said(hf: Holdfast) -> None:
    session = campaign(hf)
    session.append({"type": "effect.intended", "data": {"effect_id": "e1", "action": "send_email"}})
    greeting = hf.greet("user-1", GO_ON)
    assert "Whether this was done is not known: send_email." in greeting.answer
    assert greeting.problems


def test_the_command_changes_nothing_but_with_start(hf: Holdfast, settings: Settings) -> None:
    holdfast = Command(settings)
    (line,) = holdfast("greet", "user-1", "Plan a trip to Paris", "--json").lines
    assert (line["session"], line["resumable"], line["session_count"], line["answer"]) == (None, None, 0, WELCOME)
    assert [step["name"] for step in line["steps"]] == STEPS
    assert hf.sessions().items == []
    shown = holdfast("greet", "user-1", "Plan a trip to Paris")
    assert shown.out.startswith(WELCOME)
    assert "--start" in shown.err
    (begun,) = holdfast("greet", "user-1", "Plan a trip to Paris", "--start", "--json").lines
    assert ids(hf) == [begun["session"]]


def test_the_command_shows_answer_steps_evidence_preferences(hf: Holdfast, settings: Settings) -> None:
    before = campaign(hf)
    before.append(prefers("communication_style", "con\x1b[31mcise"))
    holdfast = Command(settings)
    for options in ((), ("--start",)):
        (line,) = holdfast("greet", "user-1", GO_ON, *options, "--json").lines
        assert (line["resumable"], line["session"], line["intent"]["wanted"]) == (before.id, None, True)
        assert line["intent"]["evidence"][0]["found"] == GO_ON
        shown = holdfast("greet", "user-1", GO_ON, *options).out
        for told in ("Last time", "IDENTIFY USER", "CREATE NEW SESSION", f"'{GO_ON}'", "communication_style: con"):
            assert told in shown
        assert "\x1b" not in shown
    assert ids(hf) == [before.id]
    assert holdfast("greet", "user-1", GO_ON, "--threshold", 1, "--json").lines[0]["resumable"] is None
    assert holdfast("greet", "user-1", GO_ON, "--threshold", 2).code == 2
    assert holdfast("greet", "a b", GO_ON).code == 2


def test_a_users_preferences_are_found_by_their_index(hf: Holdfast, engine: Engine) -> None:
    hf.start("user-1").append(prefers("a", 1))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(text(f"EXPLAIN {users.PREFERENCES}".replace("%s", "'f'"))).scalars().all()
    assert any("events_of_preferences" in line for line in plan), plan
