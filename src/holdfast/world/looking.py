"""Looking at the world: each probe is asked once, and one that cannot look stops nothing."""

from collections.abc import Iterable
from typing import Any

from holdfast import clock
from holdfast.errors import InvalidInput
from holdfast.events import name
from holdfast.events.encoding import decode, encode
from holdfast.events.payload import Json
from holdfast.events.values import shown
from holdfast.recovering.asking import PATIENCE, ask
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe

__all__ = ["observe"]


def observe(probes: Iterable[Probe], *, patience: float = PATIENCE) -> Observation:
    """What the probes see now. One that raises, takes longer than `patience` seconds or sees no JSON has failed.

    A probe that failed has seen nothing that could be believed: neither "empty" nor "as before". Each is asked in a
    thread of its own. Raises `InvalidInput` for two probes of one name, and for what is no list of probes.
    """
    if not isinstance(probes, Iterable):
        raise InvalidInput("world", f"must be a list of probes, such as [Git('.')], not {shown(probes)}")
    given: dict[str, Probe] = {}
    for probe in probes:
        called = name("world", getattr(probe, "name", None))
        if called in given:
            raise InvalidInput("world", f"two probes are named {called!r}; give one of them another name")
        given[called] = probe
    at = clock.now()
    return Observation(at=at, probes={called: _look(called, probe, patience) for called, probe in given.items()})


def _look(called: str, probe: Probe, patience: float) -> dict[str, Json]:
    answer = ask(lambda: _as_json(called, probe.look()), patience)
    return {"seen": answer.value} if answer.value is not None else {"failed": answer.failed}


def _as_json(called: str, seen: object) -> dict[str, Any]:
    """As it will come back from the log, so that the two looks can be compared."""
    if not isinstance(seen, dict):
        raise InvalidInput("look", f"must return a JSON object, not {shown(seen)}")
    read: dict[str, Any] = decode(encode({"probes": {called: {"seen": seen}}}))["probes"][called]["seen"]
    return read
