"""Writes blobs into the place that it is told, one after the other, until it is killed, or kills itself.

blob_writer.py URL many           blobs named after their SHA-256, until it is killed
blob_writer.py URL one NAME BYTE TIMES  the same name again and again, with content made of that byte
blob_writer.py URL die STEP       one blob, `die/blob`; SIGKILL to itself before the STEP-th call of os.fsync
"""

import itertools
import os
import signal
import sys
from typing import Any

from holdfast.blobs.url import place_at
from holdfast.blobs.vault import address

SIZE = 1 << 20


def many(url: str) -> None:
    place = place_at(url)
    for number in itertools.count():
        content = number.to_bytes(4) * (SIZE // 4)
        place.write(f"many/{address(content).hex()}", content)


def one(url: str, name: str, byte: str, times: str) -> None:
    place = place_at(url)
    for _ in range(int(times)):
        place.write(name, byte.encode() * SIZE)


def die(url: str, step: str) -> None:
    calls = itertools.count(1)
    sync = os.fsync

    def fsync(fd: Any) -> None:
        if next(calls) == int(step):
            os.kill(os.getpid(), signal.SIGKILL)
        sync(fd)

    os.fsync = fsync
    place_at(url).write("die/blob", b"x" * SIZE)


if __name__ == "__main__":
    ways: dict[str, Any] = {"many": many, "one": one, "die": die}
    ways[sys.argv[2]](sys.argv[1], *sys.argv[3:])
