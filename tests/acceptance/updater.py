"""A process that adds to a session's context: `updater.py NAME SESSION TURNS`.

Each turn adds a fact and an item of its own, and says of one fact what all say otherwise, of another what all say.
It prints, as JSON, the sequence numbers of the events of each turn.
"""

import sys

import orjson

from holdfast.client import connect


def main(name: str, session_id: str, turns: str) -> None:
    written: dict[str, list[int]] = {}
    with connect() as hf:
        session = hf.session(session_id, agent=name)
        for turn in range(int(turns)):
            receipts = session.update_context(
                {
                    "knowledge": {
                        "product": {"of": {name: {f"turn_{turn}": turn}}, "contested": name, "agreed": "by all"},
                        "past_learnings": [f"{name} learned {turn}", "learned by all"],
                    },
                    "artifacts": [{"path": f"{name}/{turn}.md", "type": "draft"}],
                    "compute": {"tokens_used": 10},
                    "history": [{"action": "turn", "details": str(turn)}],
                }
            )
            written[str(turn)] = [receipt.seq for receipt in receipts]
    sys.stdout.write(orjson.dumps(written).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
