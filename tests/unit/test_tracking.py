"""The documents of the guide's tracking tree, and names of files for ids of any kind."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.saving.tracking import (
    active_sessions,
    archived,
    context_snapshots,
    folder,
    recovery_protocols,
    session_registry,
)
from strategies import identifiers, patient


def entry(session_id: str, status: str) -> dict[str, Any]:
    return {"id": session_id, "status": status}


ENTRIES = [entry("SESSION-240124-001", "closed"), entry("b", "active"), entry("SESSION-240124-002", "paused")]


def test_the_registry_counts_its_sessions_and_names_the_last() -> None:
    assert session_registry(iter(ENTRIES)) == {
        "sessionRegistry": {
            "metadata": {
                "totalSessions": 3,
                "activeSessions": 1,
                "lastSessionId": "SESSION-240124-002",
                "systemVersion": "1.0",
            },
            "sessions": {each["id"]: each for each in ENTRIES},
        }
    }


def test_the_registry_of_no_sessions_is_the_one_of_the_guide() -> None:
    assert session_registry([])["sessionRegistry"] == {
        "metadata": {
            "totalSessions": 0,
            "activeSessions": 0,
            "lastSessionId": "SESSION-000000",
            "systemVersion": "1.0",
        },
        "sessions": {},
    }


def test_the_other_documents_are_by_session() -> None:
    assert active_sessions(ENTRIES) == {"activeSessions": {"b": ENTRIES[1]}}
    assert archived(ENTRIES[0]) == {"sessionArchive": {"SESSION-240124-001": ENTRIES[0]}}
    assert context_snapshots("b", {"timestamp": "t"}) == {"contextSnapshots": {"b": {"timestamp": "t"}}}


def test_the_protocols_are_those_of_the_guide() -> None:
    protocols = recovery_protocols()["recoveryProtocols"]
    assert {
        name: (each["timeLimit"], each["estimatedTime"], len(each["steps"])) for name, each in protocols.items()
    } == {
        "quickRecovery": ("24 hours", "30 seconds", 4),
        "fullRecovery": ("unlimited", "2-5 minutes", 5),
        "emergencyRecovery": ("unlimited", "15 seconds", 3),
    }


@pytest.mark.parametrize(
    "usual",
    ["SESSION-240124-001", "SESSION-240124-1000", "0199b2f4-7a11-7bd1-8e07-0a5f7be2c9d1", "thread_7", "default", "a.b"],
)
def test_a_usual_id_is_its_own_name(usual: str) -> None:
    assert folder(usual) == usual


@pytest.mark.parametrize(
    ("odd", "shown"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..", "id"),
        (".hidden", "hidden"),
        ("a/b", "a-b"),
        ("Thread-7", "thread-7"),
        ("session-240124-001", "session-240124-001"),
        ("SESSION-240124-001-fork", "session-240124-001-fork"),
        ("a.", "a"),
        ("nul", "nul"),
        ("com1.txt", "com1-txt"),
        ("проводник", "id"),
        ("a~" + "0" * 32, "a-" + "0" * 32),
        ("X" * 128, "x" * 60),
    ],
)
def test_any_other_id_is_shown_and_told_by_a_digest(odd: str, shown: str) -> None:
    name, digest = folder(odd).split("~")
    assert name == shown
    assert re.fullmatch("[0-9a-f]{32}", digest)


# Letters that meet each other, so that ids come close.
close = st.text(st.sampled_from("aAsSeEiI\u0130\u0131oOnN.-_~/ \\0\u017f"), min_size=1, max_size=6) | st.sampled_from(
    ["SESSION-1", "session-1", "Session-1", "SESSION-1-", "nul", "NUL", "nul.a", "con"]
)


@settings(patient, max_examples=400)
@given(identifiers | close, identifiers | close)
@example("SESSION-1", "session-1")
@example("abc", "ABC")
def test_no_two_ids_have_the_same_name_though_case_does_not_count(one: str, other: str) -> None:
    first, second = folder(one), folder(other)
    assert (first.casefold() == second.casefold()) == (one == other)
    for name in (first, second):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}", name)
        assert not name.endswith(".")
        assert folder(name) == name or "~" in name
