"""The agent as a process: `python -m holdfast.demo.agent SESSION FOLDER PACE`.

It reaches Redis and nothing else. Each event is published by itself, as it happens, and its id is written to
`FOLDER/acknowledged` when Redis has taken it and not before: that list is what the log is checked against. PACE is
the seconds between two events, so that a person can follow.
"""

import os
import sys
import time
from pathlib import Path

from holdfast.client import Session, connect
from holdfast.demo.planner import AGENT, TRIP, Planner
from holdfast.errors import StreamUnavailable
from holdfast.events import Draft, Payload, draft

__all__ = ["ACKNOWLEDGED", "main"]

ACKNOWLEDGED = "acknowledged"
PATIENCE_SECONDS = 30.0


def main(session_id: str, folder: Path, pace: float) -> None:
    """Plan the trip, and publish what happens."""
    written = os.open(folder / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with connect() as holdfast:
        session = holdfast.session(session_id, agent=AGENT)
        for event in Planner(TRIP, folder).work():
            made = publish(session, event)
            os.write(written, f"{made.id}\n".encode())
            time.sleep(pace)
    os.close(written)


def publish(session: Session, event: Payload) -> Draft:
    """Publish until Redis acknowledges it; its id makes a repeat harmless. Raises `StreamUnavailable` in the end."""
    made = draft(event, session_id=session.id, actor=session.agent)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            session.publish(made)
        except StreamUnavailable:
            if time.monotonic() > until:
                raise
        else:
            return made


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
