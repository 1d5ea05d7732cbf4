"""The one place where errors become a message on stderr and an exit code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from holdfast import errors
from holdfast.errors import HoldfastError

__all__ = [
    "CHECK_FAILED",
    "CODES",
    "EXPLAINED",
    "INTERRUPTED",
    "NOT_FOUND",
    "OTHER",
    "PIPE_CLOSED",
    "UNAVAILABLE",
    "code_of",
    "translated",
]

OTHER, INPUT, NOT_FOUND, REFUSED, UNAVAILABLE, CHECK_FAILED = 1, 2, 3, 4, 5, 6
INTERRUPTED, PIPE_CLOSED = 130, 141
"""What a shell reports for a program that SIGINT or SIGPIPE ended."""

EXPLAINED = """\
Exit codes:
  0    done; for checks: nothing is wrong
  1    something else failed
  2    bad input or usage
  3    not found
  4    refused: closed, there already, another's, settled before, or beyond the budget
  5    a server is unavailable, not configured, or its schema outdated
  6    a check failed: the log, a save or a recovery is not what it should be
  130  interrupted (Ctrl-C)"""

CODES: dict[type[HoldfastError], int] = {
    errors.HoldfastError: OTHER,
    errors.InvalidInput: INPUT,
    errors.InvalidEvent: INPUT,
    errors.UnknownEventType: INPUT,
    errors.EventTooLarge: INPUT,
    errors.Refused: REFUSED,
    errors.SessionNotFound: NOT_FOUND,
    errors.SessionClosed: REFUSED,
    errors.SessionArchived: REFUSED,
    errors.StaleWriter: REFUSED,
    errors.SessionExists: REFUSED,
    errors.LeaseHeld: REFUSED,
    errors.EffectRefused: REFUSED,
    errors.EffectDone: REFUSED,
    errors.EffectUncertain: REFUSED,
    errors.GuardRefused: REFUSED,
    errors.BudgetExceeded: REFUSED,
    errors.ReservationSettled: REFUSED,
    errors.DecisionSettled: REFUSED,
    errors.HandoffSettled: REFUSED,
    errors.ConversationTaken: REFUSED,
    errors.CampaignStepRefused: REFUSED,
    errors.ForgettingRefused: REFUSED,
    errors.NotThere: NOT_FOUND,
    errors.DecisionNotFound: NOT_FOUND,
    errors.ReservationNotFound: NOT_FOUND,
    errors.HandoffNotFound: NOT_FOUND,
    errors.MemoryNotFound: NOT_FOUND,
    errors.RunNotFound: NOT_FOUND,
    errors.TokenInvalid: REFUSED,
    errors.NotCommittedYet: UNAVAILABLE,
    errors.Unavailable: UNAVAILABLE,
    errors.StreamUnavailable: UNAVAILABLE,
    errors.StoreUnavailable: UNAVAILABLE,
    errors.BlobsUnavailable: UNAVAILABLE,
    errors.NotConfigured: UNAVAILABLE,
    errors.SchemaOutdated: UNAVAILABLE,
    errors.SnapshotNotFound: NOT_FOUND,
    errors.SnapshotDamaged: CHECK_FAILED,
    errors.BlobDamaged: CHECK_FAILED,
    errors.BlobMissing: CHECK_FAILED,
    errors.WrongKey: UNAVAILABLE,
    errors.LogDamaged: CHECK_FAILED,
}
"""Every class of the tree, so that a new one must be decided on; a test holds the two against each other."""


def code_of(error: HoldfastError) -> int:
    """The exit code of an error."""
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)


@contextmanager
def translated() -> Iterator[None]:
    """An error of ours, Ctrl-C, or a reader that went away: each ends the program quietly, by its exit code."""
    try:
        yield
        sys.stdout.flush()
    except HoldfastError as error:
        if _interrupted(error):
            raise typer.Exit(INTERRUPTED) from error
        for line in (f"error: {error.message}", *getattr(error, "__notes__", ())):
            typer.echo(line, err=True)
        raise typer.Exit(code_of(error)) from error
    except BrokenPipeError as error:
        # What is still buffered has nowhere to go, and must not be complained about when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(PIPE_CLOSED) from error
    except (KeyboardInterrupt, typer.Abort) as error:
        raise typer.Exit(INTERRUPTED) from error
    except Exception as error:
        if not _interrupted(error):
            raise
        raise typer.Exit(INTERRUPTED) from error


def _interrupted(error: BaseException | None) -> bool:
    """Whether it was raised while Ctrl-C was being seen to: a driver that cannot tidy up says that instead."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None
