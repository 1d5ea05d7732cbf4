"""How a session is saved: when, how much of it, under which name, and in which form. Pure: values in, values out.

    session.started ──> autosave_of ──> Policy       policy.py          when, and how many saves are kept
                                                     tiers.py           how much: four tiers
    State ─┬─> content ──> JSON of a tier            contents.py        as the guide to persistence shows it
           │      ├─> registry, archive, folder      tracking.py        the tree of files that an export writes
           │      └─> differences                    diff.py            between two saves
           └─> a full snapshot's blob                body.py
    events ──> segments ──> a cover of the log       segment.py cover.py packing.py
    a save ──> RECOVERY-…, its row, its blobs        recovery_point.py snapshot.py names.py

What writes and reads saves is in `holdfast.pipeline`; where they lie, in `holdfast.store` and `holdfast.blobs`.
"""
