"""A process that races for what one gets: `rival.py NAME take|answer|hold FILE`, where FILE names sessions, one a line.

It tries to accept the handoff `it`, or to answer the question `it`, of each session in turn, and prints as JSON what
it got and what it was told where it came too late. With `hold` it accepts one, writes an event, and waits to be killed.
"""

import signal
import sys
from pathlib import Path

import orjson

from holdfast.client import Holdfast, connect
from holdfast.errors import DecisionSettled, HandoffSettled


def take(hf: Holdfast, name: str, session_id: str) -> str | None:
    """Who has it, where that is somebody else."""
    try:
        with hf.session(session_id).handoff("it").accept() as accepted:
            accepted.session.append({"type": "custom.step", "data": {"by": name}})
            accepted.complete({"by": name})
    except HandoffSettled as error:
        return error.accepted_by or error.status
    return None


def answer(hf: Holdfast, name: str, session_id: str) -> str | None:
    """What holds, where that is another's answer."""
    try:
        hf.session(session_id, agent=name).answer("it", f"{name} says so")
    except DecisionSettled as error:
        return str(error.decision)
    return None


def hold(hf: Holdfast, name: str, session_id: str) -> str | None:
    accepted = hf.session(session_id).handoff("it").accept(seconds=3)
    accepted.session.append({"type": "custom.step", "data": {"by": name}})
    sys.stdout.write("held\n")
    sys.stdout.flush()
    signal.pause()
    return None


def main(name: str, what: str, file: str) -> None:
    tries = {"take": take, "answer": answer, "hold": hold}
    with connect() as hf:
        told = {each: tries[what](hf, name, each) for each in Path(file).read_text().split()}
    sys.stdout.write(orjson.dumps(told).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
