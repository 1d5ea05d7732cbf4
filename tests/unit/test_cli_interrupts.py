"""Ctrl-C is heard where Python would have dropped it."""

import os
import signal
from contextlib import suppress

import pytest

from holdfast.interfaces.cli.interrupts import heard


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, [])  # a call that lets what is pending come


def test_an_interrupt_that_was_dropped_is_raised_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with heard() as interrupted:
            interrupted()
            with suppress(KeyboardInterrupt):  # as a finaliser does
                interrupt()
            with pytest.raises(KeyboardInterrupt):
                interrupted()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_who_listens_already_is_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard() as interrupted:
            interrupt()
            interrupted()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
