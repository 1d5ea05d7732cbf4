"""Whose place it is: so that a wrong URL is seen before blobs of two installations lie in one place, or in two."""

import json

from holdfast.blobs.place import MARKER, Place
from holdfast.errors import BlobDamaged, BlobMissing, InvalidInput

__all__ = ["claim", "claimant"]

FORMAT = 1


def claim(place: Place, installation: str, *, used: bool, setting: str = "blob_url") -> None:
    """Make sure that the place is this installation's, and mark it as such where it is new.

    `used`: the database says that blobs were written, so the place cannot be new. Raises `InvalidInput` naming the
    setting where it is another installation's place, or an unmarked one although it is used.
    """
    if not used:
        place.prepare()
    if (found := claimant(place)) is None and not used:
        place.write(MARKER, json.dumps({"installation": installation, "format": FORMAT}).encode())
        found = claimant(place)  # two may have come at the same moment
    if found != installation:
        whose = "it belongs to another installation" if found else f"it holds no {MARKER}"
        raise InvalidInput(setting, f"{place.url} is not where this database's snapshots are: {whose}")


def claimant(place: Place) -> str | None:
    """The installation that the place is marked as belonging to; None for an unmarked place.

    Raises `BlobDamaged` for a marker that cannot be read, and `InvalidInput` for one of a later format.
    """
    try:
        marker = json.loads(place.read(MARKER))
        installation, version = str(marker["installation"]), int(marker["format"])
    except BlobMissing:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise BlobDamaged(MARKER, f"is altered in {place.url}") from error
    if version > FORMAT:
        raise InvalidInput(
            "blob_url", f"{place.url} was written by a newer release; this one reads up to format {FORMAT}"
        )
    return installation
