"""`python bench [NAME]`: run one bench or all, print what was found, and keep it in `bench/out/NAME.json`."""

import os
import sys
import time

import closing
import ingest
import recovery
import saving
import sharing
from report import show, write
from stack import OUT

BENCHES = {
    "ingest": (ingest.run, ingest.AIMS),
    "saving": (saving.run, saving.AIMS),
    "recovery": (recovery.run, recovery.AIMS),
    "sharing": (sharing.run, sharing.AIMS),
    "closing": (closing.run, closing.AIMS),
}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"there is no bench {unknown[0]!r}; there are: {', '.join(BENCHES)}")
    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        del os.environ[name]  # what is measured is this project as it comes
    for name in names or BENCHES:
        run, aims = BENCHES[name]
        began = time.monotonic()
        figures = run()
        write(OUT / f"{name}.json", figures, aims)
        show(f"{name}, {time.monotonic() - began:.0f} s", figures, aims)


if __name__ == "__main__":
    main(sys.argv[1:])
