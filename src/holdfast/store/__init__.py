"""Postgres: the canonical state. Tables, the transaction, the log, sessions, leases, timers and dead letters."""
