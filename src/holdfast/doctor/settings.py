"""What is set, where it was set, and whether the spool is empty."""

import os

from holdfast.config import Settings, masked
from holdfast.doctor.finding import Finding

__all__ = ["chosen", "spool"]

SECRET = frozenset({"blob_keys", "flower_password"})


def chosen(settings: Settings) -> Finding:
    """The settings that are not defaults, and where each comes from. Shows no password."""
    facts = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        shown = None if value is None else "***" if name in SECRET else masked(str(value))
        facts[name] = {"value": shown, "from": _source(settings, name)}
    differing = [
        f"{name} {fact['value']} ({fact['from']})" for name, fact in facts.items() if fact["from"] != "default"
    ]
    return Finding("settings", "ok", "; ".join(differing) or "all are defaults", facts=facts)


def spool(settings: Settings) -> list[Finding]:
    """Whether events wait in the spool of this machine. Nothing where none is configured."""
    if settings.spool is None:
        return []
    size = settings.spool.stat().st_size if settings.spool.is_file() else 0
    facts = {"path": str(settings.spool), "bytes": size}
    if not size:
        return [Finding("spool", "ok", f"{settings.spool} is empty", facts=facts)]
    advice = "Redis is or was down; a process that has this spool open sends them, as does the next that opens it"
    found = f"events wait in {settings.spool} ({size:,} bytes)"
    return [Finding("spool", "warning", found, advice, facts)]


def _source(settings: Settings, name: str) -> str:
    if f"HOLDFAST_{name.upper()}" in {variable.upper() for variable in os.environ}:
        return "variable"
    if name not in settings.model_fields_set:
        return "default"
    return str(settings.data_dir / "environment") if settings.found else "given"
