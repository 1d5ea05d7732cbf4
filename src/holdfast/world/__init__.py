"""The world: what lies outside a session and changes behind its back, as probes on the agent's side see it."""
