"""Ctrl-C is heard in time, and not in the middle of a query."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from holdfast.interfaces.cli.interrupts import heard


@pytest.fixture
def default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, [])  # a call that lets what is pending come


@pytest.mark.usefixtures("default_handler")
def test_ctrl_c_is_raised_at_the_next_sleep_and_not_before() -> None:
    with heard() as sleep:
        sleep(0)
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            sleep(60)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("default_handler")
def test_ctrl_c_ends_a_sleep() -> None:
    with heard() as sleep:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            sleep(60)


@pytest.mark.usefixtures("default_handler")
def test_the_second_ctrl_c_does_not_wait() -> None:
    with heard():
        interrupt()
        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_who_listens_already_is_left_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard() as sleep:
            interrupt()
            interrupt()
            sleep(0)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
