"""Writes the pages that code and tests can tell, `events.md`, `settings.md` and `proofs.md`, for `make docs`."""

import inspect
import re
import typing
from pathlib import Path

from pydantic.fields import FieldInfo

from holdfast.config import Settings
from holdfast.events import KNOWN, MAX_EVENT_BYTES, Payload

HERE = Path(__file__).parent

WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "datetime": "time",
    "Any": "any JSON",
}

EVENTS = f"""# Events

Every type of event, and the fields of its `data`. A field in **bold** is required; those that are not described are
what their name says. Fields that are not listed are kept as they are. `custom.anything` is for events of your own:
stored and shown, never folded.

The envelope of each: `id` (a UUID; made for you), `session_id`, `type`, `version`, `actor`, `occurred_at` (the agent's
clock; informative), `data`, and optionally `conversation`, `causation_id`, `fence`. An event has at most
{MAX_EVENT_BYTES // 1024} KiB.

As plain JSON: `{{"type": "message.added", "data": {{"role": "user", "content": "hi"}}}}`.
Typed: `holdfast.events.MessageAdded(role="user", content="hi")`.
"""

PROOFS = """# Proofs

Which tests prove which promise. [promises.md](promises.md) says what each promise means.
"""

PROMISES = {
    1: "Nothing acknowledged is lost",
    2: "Order is the server's",
    3: "Repeats are harmless",
    4: "A stale writer is refused",
    5: "Derived never destroys",
    6: "Recovery tells the truth",
    7: "Saving costs what changed",
    8: "No overspending, no trespass",
    9: "One tenant never sees another",
    10: "What is forgotten is gone, what is kept is explained",
}

MARKED = re.compile(r"((?:@pytest\.mark\.promise\(\d+\)\n)+)(?:@.*\n)*def (\w+)\(")

SETTINGS = """# Settings

Each is read from the environment, or given to `holdfast.connect(…)` by name. Where neither of the two URLs is set, they
come from `.holdfast/environment`, which `holdfast up` writes: commands in its folder find it.

| variable | default | |
|---|---|---|
"""


def events() -> str:
    """The page of events."""
    parts = [EVENTS]
    family = ""
    for name, payload in KNOWN.types.items():
        module = inspect.getmodule(payload)
        heading = (inspect.getdoc(module) or "").partition("\n")[0]
        if heading != family:
            parts.append(f"\n## {heading}\n")
            family = heading
        parts.append(f"\n### {name}\n\n{inspect.getdoc(payload)}\n\n{fields(payload)}")
    return "".join(parts)


def fields(payload: type[Payload]) -> str:
    """The table of a payload's fields."""
    rows = [row(name, field) for name, field in payload.model_fields.items()]
    return "| field | type | |\n|---|---|---|\n" + "".join(rows) if rows else "No fields.\n"


def row(name: str, field: FieldInfo) -> str:
    """A field's row."""
    shown = f"**{name}**" if field.is_required() else name
    return f"| {shown} | {kind(field.annotation)} | {' '.join((field.description or '').split())} |\n"


def kind(annotation: object) -> str:
    """A field's type in the words of JSON."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return kind(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {kind(arguments[0])}"
    if arguments and origin is not dict:
        return " or ".join(dict.fromkeys(kind(each) for each in arguments if each is not type(None)))
    return WORDS.get(getattr(annotation, "__name__", ""), "object")


def settings() -> str:
    """The page of settings."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `HOLDFAST_{name.upper()}` | {default} | {field.description} |\n")
    return SETTINGS + "".join(rows)


def proofs() -> str:
    """The page of proofs: which tests are marked as proving which promise."""
    proved: dict[int, list[str]] = {}
    for path in sorted((HERE.parent / "tests").rglob("test_*.py")):
        for marks, test in MARKED.findall(path.read_text(encoding="utf-8")):
            for number in re.findall(r"\d+", marks):
                sentence = test.removeprefix("test_").replace("_", " ")
                where = path.relative_to(HERE.parent).as_posix()
                proved.setdefault(int(number), []).append(f"- {sentence} (`{where}`)\n")
    parts = [f"\n## {number}. {PROMISES[number]}\n\n{''.join(tests)}" for number, tests in sorted(proved.items())]
    return PROOFS + "".join(parts)


PAGES = {"events.md": events, "settings.md": settings, "proofs.md": proofs}

if __name__ == "__main__":
    for page, render in PAGES.items():
        (HERE / page).write_text(render(), encoding="utf-8")
