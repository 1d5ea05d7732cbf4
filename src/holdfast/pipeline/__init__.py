"""The stages, as plain functions: apply, ingest, start, lease, idle, tick, sweep. No Celery here."""
