"""Recovery: a session as whoever comes next needs it, in three ways.

    identification ── context loading ── synchronisation ── knowledge update ── continuation planning
                        │
                        ├─ quick.py      the newest good snapshot, and the events after it
                        ├─ full.py       every event from the first along the chain, every snapshot against the log
                        └─ emergency.py  the newest good full snapshot, and what waits in Redis: without Postgres

recover.py goes through the steps, and from a recovery that fails a critical check to the next; loaded.py is what each
of the three comes back with; proof.py follows the chain.
"""

from holdfast.pipeline.recovery.recover import Recoverer

__all__ = ["Recoverer"]
