"""A publisher for the chaos: publishes numbered events until it is told to stop, and writes down what was acknowledged.

Each acknowledged event is a line `session id, event id, number` in the file given. An event is published again, with
the same id, until it is acknowledged; so each publisher's numbers must reach each session's log in order.
"""

import os
import random
import signal
import sys
import threading

from holdfast.client import Session, connect
from holdfast.errors import NotCommittedYet, StreamUnavailable
from holdfast.events import Draft, draft

RETRY_SECONDS = 0.05


def main(name: str, path: str, seed: str, *session_ids: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    chance = random.Random(f"{seed} {name}")
    acknowledged = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with connect(append_timeout=5.0) as holdfast:
        sessions = [Session(holdfast, session_id, name) for session_id in session_ids]
        number = 0
        while not stop.is_set():
            session = chance.choice(sessions)
            drafts = []
            for _ in range(chance.choice((1, 1, 1, 5, 20))):
                number += 1
                step = {"type": "custom.step", "data": {"publisher": name, "number": number, "text": "x" * 200}}
                drafts.append(draft(step, session_id=session.id, actor=name))
            if hand_over(session, drafts, waiting=chance.random() < 0.2, stop=stop):
                lines = "".join(f"{session.id} {event.id} {number}\n" for event in drafts)
                os.write(acknowledged, lines.encode())


def hand_over(session: Session, drafts: list[Draft], *, waiting: bool, stop: threading.Event) -> bool:
    """Publish or append until it is acknowledged. False where it was told to stop before."""
    while True:
        try:
            if waiting:
                session.append(*drafts)
            else:
                session.publish(*drafts)
        except (StreamUnavailable, NotCommittedYet):
            if stop.wait(RETRY_SECONDS):
                return False
        else:
            return True


if __name__ == "__main__":
    main(*sys.argv[1:])
