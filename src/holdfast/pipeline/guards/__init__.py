"""The guards: rows that must be decided atomically, moved in the transaction of the event that records it.

    event ── the log ── move ─┬─ budgets      what may be used, what is set aside, what was used
                              ├─ decisions    the questions that wait
                              ├─ handoffs     the offers
                              ├─ conversations   whose id is whose
                              └─ values       what ends by itself

An event is a fact, and is taken whatever a guard says; it moves the guard as far as that goes, and never beyond. Only
an event that was asked for strictly is refused where its guard does not allow it: the error ends the transaction.
"""
