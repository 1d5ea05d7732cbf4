"""The context document: what the agents of a session share, in the layout of the context protocol.

    state ──> document ──> YAML                          composed.py, written.py
    YAML ──> document ──> events ──> state               read.py, arriving.py
    an agent's `context_update` ──> events               updating.py

What a document held beyond the protocol travels beside its events (`beyond.py`) and comes out again at its place.
"""

from holdfast.sharing.document.arriving import events_of
from holdfast.sharing.document.composed import document
from holdfast.sharing.document.read import from_yaml
from holdfast.sharing.document.updating import updates_of
from holdfast.sharing.document.written import to_yaml

__all__ = ["document", "events_of", "from_yaml", "to_yaml", "updates_of"]
