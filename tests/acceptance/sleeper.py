"""A process that holds a session's lease and hangs: `sleeper.py SESSION FOLDER SECONDS`.

It writes `held` into the folder when it has the lease, stops itself in the middle of its work (SIGSTOP), and when it
is let go on it tries to write, both ways; what came of that is in `tried`.
"""

import os
import signal
import sys
from pathlib import Path

import orjson

from holdfast.client import Session, connect
from holdfast.errors import HoldfastError


def main(session_id: str, folder: str, seconds: str) -> None:
    told: dict[str, str] = {}
    with connect() as hf:
        session = hf.session(session_id, agent="sleeper")
        try:
            with session.lease("sleeper", seconds=float(seconds)) as held:
                session.append(said("before it hung"))
                Path(folder, "held").write_text(str(held.fence))
                os.kill(os.getpid(), signal.SIGSTOP)
                for way in ("append", "publish"):
                    told[way] = tried(session, way)
                told["lost"] = str(held.lost)
        except HoldfastError as error:
            told["end"] = error.code
    Path(folder, "tried").write_bytes(orjson.dumps(told))


def tried(session: Session, way: str) -> str:
    try:
        getattr(session, way)(said(f"{way} after it hung"))
    except HoldfastError as error:
        return error.code
    return "accepted"


def said(text: str) -> dict[str, object]:
    return {"type": "message.added", "data": {"role": "assistant", "content": text}}


if __name__ == "__main__":
    main(*sys.argv[1:])
