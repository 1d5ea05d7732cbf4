"""Drains a shard, and dies by SIGKILL between the commit of its first round and the trim of the stream."""

import os
import signal
import sys

from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.stream.reader import Reader


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(shard: str) -> None:
    settings = Settings.load()
    setattr(Reader, "trim", die)  # noqa: B010  # the fault that is injected
    bootstrap.ingest(settings, bootstrap.engine(settings)).drain(int(shard), seconds=2)


if __name__ == "__main__":
    main(sys.argv[1])
