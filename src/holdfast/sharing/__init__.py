"""The words of sharing: scope, slices, handoff packages, and the documents of the protocols. Pure."""
