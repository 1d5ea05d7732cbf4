"""A process that races for a session: `racer.py NAME SESSION TURNS`. Whoever gets the lease writes two events, in turn.

It prints, as JSON, the ids of what was acknowledged under each fence.
"""

import sys

import orjson

from holdfast.client import connect
from holdfast.errors import LeaseHeld, StaleWriter


def main(name: str, session_id: str, turns: str) -> None:
    written: dict[str, list[str]] = {}
    with connect() as hf:
        session = hf.session(session_id, agent=name)
        while len(written) < int(turns):
            try:
                with session.lease(name) as held:
                    for part in ("first", "second"):
                        (receipt,) = session.append({"type": "custom.step", "data": {"by": name, "part": part}})
                        written.setdefault(str(held.fence), []).append(str(receipt.event_id))
            except (LeaseHeld, StaleWriter):
                continue
    sys.stdout.write(orjson.dumps(written).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
