"""The ids of saves, as the guide to persistence writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from holdfast.saving.recovery_point import auto_save_point, recovery_point

AT = datetime(2025, 1, 24, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("session_id", "point"),
    [
        ("SESSION-240124-001", "RECOVERY-240124-001-103000"),
        ("thread-7", "RECOVERY-thread-7-103000"),
        ("X-SESSION-1", "RECOVERY-X-SESSION-1-103000"),
    ],
)
def test_a_save_that_was_asked_for_has_its_time(session_id: str, point: str) -> None:
    assert recovery_point(session_id, AT) == point


def test_the_time_is_told_in_utc() -> None:
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert recovery_point("SESSION-240124-001", there) == "RECOVERY-240124-001-103000"


def test_one_of_the_same_second_of_any_day_is_numbered() -> None:
    taken: set[str] = set()
    for _ in range(3):
        taken.add(recovery_point("SESSION-240124-001", AT, taken))
    assert taken == {f"RECOVERY-240124-001-103000{number}" for number in ("", "-2", "-3")}
    gap = taken - {"RECOVERY-240124-001-103000-2"}
    assert recovery_point("SESSION-240124-001", AT, gap) == "RECOVERY-240124-001-103000-2"


def test_a_save_that_nobody_asked_for_has_its_number() -> None:
    assert auto_save_point("SESSION-240124-001", 15) == "RECOVERY-240124-001-AUTO-SAVE-15"
