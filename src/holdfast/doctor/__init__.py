"""Doctor: which part is ill, and what to do about it.

    settings.py      what is set, and where it was set                     the spool
    stream.py        Redis: version, append-only file, memory              the shards' backlogs
    store.py         Postgres: version, durability, schema                 timers, dead letters
    workers.py       which workers answer, what they consume, whether beat ticks
    examination.py   all of it at once, within a few seconds, whatever is down
    session.py       one session: its log, its snapshots, its dead letters, its lease

Each check is a plain function that returns a `Finding`, and changes nothing.
"""

from holdfast.doctor.examination import examine
from holdfast.doctor.finding import Finding, Verdict
from holdfast.doctor.session import examine_session

__all__ = ["Finding", "Verdict", "examine", "examine_session"]
