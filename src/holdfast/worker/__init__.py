"""Celery: the app, the base of its tasks, and the tasks, each a wrapper around a plain function of the pipeline."""
