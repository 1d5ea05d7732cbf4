"""A process of agents that race for the last of budgets: `spender.py FIRST THREADS TURNS DEADLY FILE SESSION...`.

Each thread is an agent, which reserves in any of the sessions, and gives back or settles. What was acknowledged is in
the file, a line each: `settled CALLS TOKENS`, `released`, `blocked`. From turn DEADLY (0: never) the first agent that
has reserved kills the process before it settles.
"""

import os
import signal
import sys
import threading
from random import Random

from holdfast.client import Holdfast, connect
from holdfast.errors import BudgetExceeded

SECONDS = 10
"""That a reservation lasts: longer than anybody holds one who is alive."""


def main(first: str, threads: str, turns: str, deadly: str, file: str, *sessions: str) -> None:
    told = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with connect() as hf:
        racing = [
            threading.Thread(target=spend, args=(hf, f"agent-{number}", int(turns), int(deadly), told, sessions))
            for number in range(int(first), int(first) + int(threads))
        ]
        for each in racing:
            each.start()
        for each in racing:
            each.join()


def spend(hf: Holdfast, agent: str, turns: int, deadly: int, told: int, sessions: tuple[str, ...]) -> None:
    chosen = Random(agent)
    mine = [hf.session(session_id, agent=agent) for session_id in sessions]
    for turn in range(1, turns + 1):
        calls, tokens = chosen.randint(1, 3), chosen.randint(0, 200)
        try:
            reservation = chosen.choice(mine).reserve("content-worker", calls, tokens, seconds=SECONDS)
        except BudgetExceeded:
            os.write(told, b"blocked\n")
            continue
        if 0 < deadly <= turn:
            os.kill(os.getpid(), signal.SIGKILL)
        if chosen.random() < 0.8:
            reservation.release()
            os.write(told, b"released\n")
        else:
            used, spent = chosen.randint(1, calls), chosen.randint(0, tokens)
            reservation.settle(calls=used, tokens=spent)
            os.write(told, f"settled {used} {spent}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
