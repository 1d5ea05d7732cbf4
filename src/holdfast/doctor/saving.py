"""Saving: whether the blobs can be reached and read, and how far the second location is behind."""

from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.blobs.claim import claimant
from holdfast.blobs.directory import Directory
from holdfast.config import Settings
from holdfast.doctor.finding import Finding
from holdfast.errors import HoldfastError
from holdfast.store import backups, blobs, log
from holdfast.store.backups import Behind
from holdfast.store.transaction import transaction

__all__ = ["backup", "keys", "look", "place"]

BEHIND_SECONDS = 120.0


def look(settings: Settings, engine: Engine) -> list[Finding]:
    """Everything about saves, changing nothing."""
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        installation, sealed, behind = blobs.installation(cursor), blobs.by_key(cursor), backups.behind(cursor)
    try:
        vault = bootstrap.unclaimed_vault(settings)
        # A directory is made by the first save that needs it.
        new = not installation.used and isinstance(vault.place, Directory) and not vault.place.root.exists()
        found = None if new else claimant(vault.place)
        findings = [
            place(vault.place.url, found, str(installation.id), used=installation.used),
            keys(sealed, vault.cipher.key_ids),
        ]
    except HoldfastError as error:
        advice = "Saves of the whole session and of conversations wait; nothing is lost, and the log is not concerned"
        return [Finding("blobs", "ill", error.message, advice)]
    return [*findings, backup(settings, behind)]


def place(url: str, found: str | None, installation: str, *, used: bool) -> Finding:
    """Whether the blobs lie where this process looks for them. `found` is whose place it says it is."""
    facts = {"url": url, "installation": found}
    if found == installation:
        return Finding("blobs", "ok", url, facts=facts)
    if found is None and not used:
        return Finding("blobs", "ok", f"{url}, nothing there yet", facts=facts)
    whose = "belongs to another installation" if found else "is not where they were written"
    advice = "Set HOLDFAST_BLOB_URL to the same location for every process of this installation"
    return Finding("blobs", "ill", f"{url} {whose}", advice, facts)


def keys(sealed: list[tuple[str | None, int, int]], known: list[str]) -> Finding:
    """Whether every blob can be read, and is encrypted with the newest key. `sealed`: key, blobs, bytes."""
    newest = known[0] if known else None
    facts = {"blobs": {key_id or "none": number for key_id, number, _ in sealed}, "newest": newest}
    unknown = sum(number for key_id, number, _ in sealed if key_id is not None and key_id not in known)
    if unknown:
        advice = "Add the key that they were encrypted with to HOLDFAST_BLOB_KEYS"
        return Finding("blob keys", "ill", f"{unknown:,} blobs are encrypted with a key that is not set", advice, facts)
    old = sum(number for key_id, number, _ in sealed if key_id != newest)
    if old:
        advice = "`holdfast keys rotate` encrypts them with the newest; until then keep the others set"
        return Finding("blob keys", "warning", f"{old:,} blobs are not encrypted with the newest key", advice, facts)
    return Finding("blob keys", "ok", "blobs are encrypted" if known else "blobs are not encrypted", facts=facts)


def backup(settings: Settings, behind: Behind) -> Finding:
    """Whether the second location has what it should."""
    facts = behind._asdict()
    if settings.backup_url is None:
        return Finding("backup", "ok", "no second location is set", facts=facts)
    found = f"{behind.waiting:,} sessions wait to be copied, for up to {behind.seconds:.0f} s"
    if behind.waiting and behind.seconds > BEHIND_SECONDS:
        advice = "No worker consumes `autosave`, or the location is out of reach; its log says `task.waits` and why"
        return Finding("backup", "ill", found, advice, facts)
    whole = f"{found}; {behind.never:,} sessions have no copy yet"
    return Finding(
        "backup", "ok", whole if behind.waiting or behind.never else "nothing waits to be copied", facts=facts
    )
