"""Events of the users' own."""

from holdfast.events.payload import Payload

__all__ = ["Custom"]


class Custom(Payload):
    """An event of a type that Holdfast does not know, `custom.` and a name: stored and shown, never folded.

    Its fields are whatever was given. Derive from it, with a `TYPE`, to publish typed events of your own.
    """

    TYPE = "custom.*"
