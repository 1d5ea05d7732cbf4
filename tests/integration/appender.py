"""A process that appends to the sessions named on its command line, from two threads, and prints its receipts."""

import sys
from concurrent.futures import ThreadPoolExecutor

import orjson

from holdfast.client import connect


def main(name: str, count: str, *session_ids: str) -> None:
    with connect() as hf:

        def work(thread: int) -> list[tuple[str, str, int, bool]]:
            receipts = []
            for number in range(int(count)):
                session = hf.session(session_ids[(number + thread) % len(session_ids)], agent=f"{name}{thread}")
                steps = [{"type": "custom.step", "data": {"number": number}}] * (1 + number % 3)
                receipts += [(session.id, str(each.event_id), *each[1:]) for each in session.append(*steps)]
            return receipts

        with ThreadPoolExecutor(2) as pool:
            receipts = [receipt for each in pool.map(work, range(2)) for receipt in each]
    sys.stdout.write(orjson.dumps(receipts).decode())


if __name__ == "__main__":
    main(*sys.argv[1:])
