"""Sessions that leave an installation and come back: exports, imports, and the restore out of a location of blobs.

    sessions ──> export ──> a directory ──> bundle       export.py, bundle.py
                            └── manifest.py   what is in it, and the SHA-256 of every file
                            └── history.py    the log of a session, as JSON lines
    a directory or bundle ──> arrive ──> put_back        arrive.py
    blobs ──> restore ──> put_back                       restore.py

What comes back is equal, event by event. Whatever does not verify is named, and nothing of its session is put back.
"""
