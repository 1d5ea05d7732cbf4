"""A process of contenders, `contender.py SESSION THREADS SECONDS`, each of which reserves and settles, again and again.

They end at the time, or when the budget is used up, and the process prints what came of it as JSON.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import orjson

import holdfast
from holdfast.errors import BudgetExceeded, StoreUnavailable


def contend(hf: holdfast.Holdfast, session_id: str, name: str, until: float) -> tuple[list[float], int]:
    session = hf.session(session_id, agent=name)
    times, settled = [], 0
    while time.perf_counter() < until:
        began = time.perf_counter()
        try:
            reservation = session.reserve("bench", tokens=10)
        except BudgetExceeded:
            break
        except StoreUnavailable:  # every connection of this process is in use
            continue
        times.append((time.perf_counter() - began) * 1000)
        reservation.settle(tokens=8)
        settled += 1
    return times, settled


def main(session_id: str, threads: int, seconds: float) -> None:
    with holdfast.connect() as hf, ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        agents = [pool.submit(contend, hf, session_id, f"agent-{n}", began + seconds) for n in range(threads)]
        found = [each.result() for each in agents]
        told = {
            "reserve_ms": [took for times, _ in found for took in times],
            "settled": sum(settled for _, settled in found),
            "seconds": time.perf_counter() - began,
        }
    sys.stdout.write(orjson.dumps(told).decode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
