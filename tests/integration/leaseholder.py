"""A process that takes a session's lease time and again, while others do, and writes under it at random moments.

It prints the ids of the events whose append was acknowledged.
"""

import random
import sys
from contextlib import suppress

import orjson

from holdfast.client import connect
from holdfast.errors import StaleWriter


def main(name: str, session_id: str, seed: str, turns: str) -> None:
    chance = random.Random(f"{seed} {name}")
    acknowledged: list[str] = []
    with connect() as hf:
        session = hf.session(session_id, agent=name)
        for turn in range(int(turns)):
            with suppress(StaleWriter), session.lease(name, takeover=True) as held:
                for _ in range(chance.randrange(4)):
                    event = {"type": "custom.step", "data": {"owner": name, "turn": turn, "fence": held.fence}}
                    if chance.random() < 0.5:
                        session.publish(event)
                    else:
                        acknowledged += [str(receipt.event_id) for receipt in session.append(event)]
    sys.stdout.write(orjson.dumps(acknowledged).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
