"""Interfaces: each parses, calls the client or the service, and translates errors, once."""
