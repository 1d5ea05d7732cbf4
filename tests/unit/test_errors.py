"""The error tree: one, drawn, complete, and fit to travel."""

import pickle
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from holdfast import errors
from holdfast.errors import (
    BlobDamaged,
    BudgetExceeded,
    CampaignStepRefused,
    EffectRefused,
    GuardRefused,
    HoldfastError,
    InvalidInput,
    LeaseHeld,
    LogDamaged,
    NotThere,
    Refused,
    SnapshotDamaged,
    WrongKey,
)


def below(error: type[HoldfastError]) -> list[type[HoldfastError]]:
    return [error, *(each for child in error.__subclasses__() for each in below(child))]


TREE = below(HoldfastError)


ARGUMENTS: dict[type[HoldfastError], tuple[object, ...]] = {
    InvalidInput: ("data.role", "is required"),
    Refused: ("SESSION-260129-001", "there is no such session"),
    LeaseHeld: ("SESSION-260129-001", "planner", datetime(2026, 1, 29, tzinfo=UTC)),
    EffectRefused: ("send_mail/trip-1", "was done before"),
    BudgetExceeded: ("agent", "writer", "calls", 5, 2),
    GuardRefused: ("decision-001", "answered"),
    CampaignStepRefused: ("published", "kickoff", ["in_progress"]),
    NotThere: ("decision-001", "there is no question 'decision-001'"),
    LogDamaged: ("SESSION-260129-001", 7, "the digest is not the one of its data"),
    BlobDamaged: ("default/segments/0a/0a1b.jsonl.gz", "is cut: its end is missing"),
    SnapshotDamaged: ("RECOVERY-260129-001-103000", "its row was altered after it was saved"),
    WrongKey: ("default/segments/0a/0a1b.jsonl.gz", "is encrypted, and no key was given"),
    HoldfastError: ("Redis did not answer within 2 s",),
}


def made(error: type[HoldfastError]) -> HoldfastError:
    return error(*next(ARGUMENTS[kind] for kind in error.__mro__ if kind in ARGUMENTS))


def test_the_drawing_shows_the_tree() -> None:
    drawn: dict[str, str | None] = {"HoldfastError": None}
    path = ["HoldfastError"]
    for line in (errors.__doc__ or "").splitlines():
        branch = re.match(r"    ([│ ]*)[├└]── (\w+)", line)
        if branch:
            path = [*path[: len(branch[1]) // 4 + 1], branch[2]]
            drawn[branch[2]] = path[-2]
    parents = {error.__name__: error.__mro__[1].__name__ for error in TREE}
    assert drawn == parents | {"HoldfastError": None}


def test_every_error_is_public_and_in_order() -> None:
    assert sorted(error.__name__ for error in TREE) == errors.__all__
    assert all(first < second for first, second in pairwise(errors.__all__))


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [vars(error)["code"] for error in TREE]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z_]+", code) for code in codes)


@pytest.mark.parametrize("error", TREE)
def test_every_error_says_what_it_means_and_travels(error: type[HoldfastError]) -> None:
    assert error.__doc__
    before = made(error)
    after = pickle.loads(pickle.dumps(before))
    assert type(after) is error
    assert (after.message, vars(after)) == (before.message, vars(before))
    assert before.message == str(before) != ""


def test_errors_are_what_python_calls_them_too() -> None:
    assert issubclass(errors.InvalidInput, ValueError)
    assert issubclass(errors.SessionNotFound, LookupError)
    assert issubclass(errors.NotCommittedYet, TimeoutError)
    assert issubclass(errors.Unavailable, ConnectionError)
    assert issubclass(errors.BlobMissing, LookupError)
