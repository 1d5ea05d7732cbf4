"""The recovery commands of the guide to persistence, as structures and in words.

RECOVER_SESSION   "Initialize session with recovery from SESSION-240124-001"
                  "Emergency recovery - load critical project context only"
RESUME_TASK       "Resume TASK-6-004 from last checkpoint in SESSION-240124-001"
CONTEXT_SUMMARY   "Provide context summary for SESSION-240124-001 and current project state"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from holdfast.errors import InvalidInput
from holdfast.events import identifier
from holdfast.events.values import shown
from holdfast.recovering.report import MODES, Mode

__all__ = ["FORMS", "Command", "ContextSummary", "RecoverSession", "ResumeTask", "parse"]

MAX_CHARACTERS = 2000
"""A command that is longer is none."""

FORMS: Final = (
    "Initialize session with recovery from SESSION-240124-001",
    "Resume TASK-6-004 from last checkpoint in SESSION-240124-001",
    "Provide context summary for SESSION-240124-001 and current project state",
    "Emergency recovery - load critical project context only",
    '{"command": "RECOVER_SESSION", "parameters": {"sessionId": "…", "recoveryType": "quick|full|emergency"}}',
    '{"command": "RESUME_TASK", "parameters": {"taskId": "…", "sessionId": "…", "fromStep": "…"}}',
)
"""What is understood. Of the last, `sessionId` and `fromStep` may be left out, as `recoveryType` of the one before."""


@dataclass(frozen=True, slots=True)
class RecoverSession:
    """Recover a session; without an id the one that was last active."""

    session_id: str | None
    recovery_type: Mode = "quick"


@dataclass(frozen=True, slots=True)
class ResumeTask:
    """Go on with a task; without a session in the newest one that knows it."""

    task_id: str
    session_id: str | None = None
    from_step: str | None = None
    """The step to begin at; None: where the log says that the task is."""


@dataclass(frozen=True, slots=True)
class ContextSummary:
    """Say what a session is about, and how the project stands."""

    session_id: str


Command = RecoverSession | ResumeTask | ContextSummary

_ID = r"(?:session )?(?P<session>\S+)"
_LOAD = r"\W+load (?:the )?critical project context(?: only)?"
_WORDS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"(?P<recover>initiali[sz]e|start|begin) (?:an? |the )?(?:new )?session with recovery from {_ID}",
        rf"(?P<resume>resume) (?:task )?(?P<task>\S+) from (?:the )?last checkpoint(?: (?:in|of) {_ID})?",
        rf"(?P<resume>resume) (?P<task>task-\S+)(?: (?:in|of|from) {_ID})?",
        f"(?P<summary>provide) (?:a |the )?context summary (?:for|of) {_ID}(?: and (?:the )?current project state)?",
        f"(?P<emergency>emergency) recovery(?: (?:for|of|from|in) {_ID})?(?:{_LOAD})?",
        f"(?P<emergency>emergency) recovery{_LOAD} (?:for|of|from|in) {_ID}",
    )
)
"""For text on one line, with nothing but words at its ends."""

_ADDRESSED = re.compile(r"(?:ai|assistant) ?[:,] ?", re.IGNORECASE)

_GIVEN_OUT = re.compile(r"session-[0-9]{6}-[0-9]{3,}|task(?:-[0-9]+)+", re.IGNORECASE)
"""Ids that may be written in small letters: those that are given out, and tasks as the guide names them."""


def parse(command: str | Mapping[str, Any]) -> Command:
    """The command that this is: in words, as a mapping, or as the text of its JSON.

    A leading "AI:", capitals, punctuation at the ends and the number of spaces do not matter; what the id of a session
    or task is does, unless it is one that was given out. Raises `InvalidInput` saying what is wrong, and for what is no
    command at all, which are understood.
    """
    if isinstance(command, Mapping):
        return _structured(command)
    if not isinstance(command, str):
        raise InvalidInput("command", f"must be text or an object, not {shown(command)}; {_understood()}")
    if len(command) > MAX_CHARACTERS:
        raise InvalidInput("command", f"has {len(command):,} characters, and may have {MAX_CHARACTERS:,}")
    return _structured(_read(command)) if command.lstrip().startswith("{") else _spoken(command)


def _read(text: str) -> Mapping[str, Any]:
    try:
        read: Mapping[str, Any] = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise InvalidInput("command", f"begins as JSON and is none: {error}") from error
    return read


def _spoken(text: str) -> Command:
    said = _bare(" ".join(text.split()))
    address = _ADDRESSED.match(said)
    said = _bare(said[address.end() :]) if address else said
    found = next((match for pattern in _WORDS if (match := pattern.fullmatch(said))), None)
    if found is None:
        raise InvalidInput("command", f"{shown(text)} is none that is understood; {_understood()}")
    groups = found.groupdict()
    session = None if groups.get("session") is None else _id("session", groups["session"])
    if groups.get("resume"):
        return ResumeTask(_id("task", groups["task"]), session)
    if groups.get("summary") and session is not None:
        return ContextSummary(session)
    return RecoverSession(session, "emergency" if groups.get("emergency") else "quick")


def _id(field: str, text: str) -> str:
    bare = _bare(text)
    return identifier(field, bare.upper() if _GIVEN_OUT.fullmatch(bare) else bare)


def _bare(text: str) -> str:
    """Without the punctuation at its ends."""
    words = [place for place, character in enumerate(text) if character.isalnum()]
    return text[words[0] : words[-1] + 1] if words else ""


def _structured(command: Mapping[str, Any]) -> Command:
    if not all(isinstance(name, str) for name in command):
        raise InvalidInput("command", f"has a name that is no text; {_understood()}")
    _known("command", command, {"command", "parameters"})
    name, parameters = command.get("command"), command.get("parameters")
    if name not in ("RECOVER_SESSION", "RESUME_TASK"):
        raise InvalidInput("command", f"must be RECOVER_SESSION or RESUME_TASK, not {shown(name)}; {_understood()}")
    if not isinstance(parameters, Mapping) or not all(isinstance(each, str) for each in parameters):
        raise InvalidInput("parameters", f"must be an object, not {shown(parameters)}")
    if name == "RESUME_TASK":
        _known("parameters", parameters, {"taskId", "sessionId", "fromStep"})
        return ResumeTask(
            _required(parameters, "taskId"), _session(parameters, required=False), _optional(parameters, "fromStep")
        )
    _known("parameters", parameters, {"sessionId", "recoveryType"})
    session, kind = _session(parameters, required=True), parameters.get("recoveryType")
    mode = next((mode for mode in MODES if mode == kind), None) if kind is not None else "quick"
    if mode is None:
        raise InvalidInput("parameters.recoveryType", f"must be one of {', '.join(MODES)}, not {shown(kind)}")
    return RecoverSession(session, mode)


def _known(field: str, given: Mapping[str, Any], names: set[str]) -> None:
    unknown = sorted(given.keys() - names)
    if unknown:
        raise InvalidInput(field, f"has {shown(unknown[0])}, which is not known; there are {', '.join(sorted(names))}")


def _session(parameters: Mapping[str, Any], *, required: bool) -> str | None:
    value = parameters.get("sessionId")
    return None if value is None and not required else identifier("parameters.sessionId", value)


def _required(parameters: Mapping[str, Any], name: str) -> str:
    value = _optional(parameters, name)
    if value is None:
        raise InvalidInput(f"parameters.{name}", "is required")
    return value


def _optional(parameters: Mapping[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise InvalidInput(f"parameters.{name}", f"must be text, not {shown(value)}")


def _understood() -> str:
    return f"understood are: {' | '.join(FORMS)}"
