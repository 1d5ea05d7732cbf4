"""How a session is saved: when, how much of it, under which name, and in which form. Pure: values in, values out.

    session.started ──> autosave_of ──> Policy     policy.py          when, and how many are kept
                                          │
    State ── content ──> JSON of a tier   │        contents.py        as the guide to persistence shows it
      │         │                         │        tiers.py           context, conversation, project_state, full
      │         └─ differences            │        diff.py            between two of them
      │                                   │
      └────────> recovery_point ──> RECOVERY-…     recovery_point.py  the id of a save
                 folder, registry, archive         tracking.py        the tree of files that an export writes

What writes and reads saves is in `holdfast.pipeline`; where they lie, in `holdfast.store` and `holdfast.blobs`.
"""
