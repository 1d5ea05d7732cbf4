"""The lines of a scope, each as a rule: what it allows, forbids, or makes depend on something."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from holdfast.events import Scope
from holdfast.sharing.scope.verdict import Part
from holdfast.sharing.scope.vocabulary import ACTIONS, CHANNELS, ENVIRONMENTS, LANGUAGES, SPEECH
from holdfast.sharing.scope.words import Word, channel, light, plain, words

__all__ = ["Dimension", "Line", "Rule", "lines", "weight"]

Rule = Literal["objective", "only", "never", "unless", "excluded", "limit"]
"""`unless` is a `never` with a condition; a `limit` says how to work, and decides nothing."""
Dimension = Literal["channel", "language", "environment", "path", "action", "artifact", "other"]

MAX_CHARACTERS = 2_000
"""Characters that are read of a line."""


@dataclass(frozen=True)
class Line:
    """A line of a scope, and what was understood of it."""

    text: str
    """As it stands there."""
    part: Part | None
    """None for the task's own description."""
    rule: Rule
    subject: str
    """What it is about, in its own words, without a remark in parentheses."""
    words: tuple[Word, ...]
    """Of the subject, without those that say nothing."""
    condition: tuple[Word, ...] = ()
    condition_text: str = ""
    """What must be given, as "approval"."""
    remark: str = ""
    """What stood in parentheses, as "separate task"."""
    dimension: Dimension = "other"
    values: tuple[frozenset[str], ...] = ()
    """Of an `only`: what each item of its list means."""

    @cached_property
    def senses(self) -> frozenset[str]:
        """All that its words mean."""
        return frozenset().union(*(word.senses for word in self.words))

    @cached_property
    def actions(self) -> frozenset[str]:
        """The things to do that it speaks of."""
        return self.senses & ACTIONS

    @cached_property
    def elsewhere(self) -> bool:
        """Whether it means all but something: "other roles"."""
        return "other" in self.senses

    @cached_property
    def about_speech(self) -> bool:
        """Whether it forbids to say something, rather than to do it."""
        return not self.senses.isdisjoint(SPEECH)


def lines(scope: Scope) -> list[Line]:
    """Every line of the scope that says something, each once, in an order of their own."""
    found = {_line(text[:MAX_CHARACTERS], part) for part in PARTS for text in getattr(scope, part) if text.strip()}
    if scope.channels:
        found.add(_channels(tuple(sorted(scope.channels))))
    return sorted(found, key=lambda line: (line.part or "", line.text))


def weight(word: Word) -> float:
    """How much it matters, of a line's words, that this one is found."""
    if light(word):
        return 0.3
    return 0.5 if "create" in word.senses else 1.0


PARTS: tuple[Part, ...] = ("objectives", "boundaries", "out_of_scope")


def _channels(names: tuple[str, ...]) -> Line:
    text = ", ".join(names)
    values = tuple(frozenset({f"channel:{channel(name)}"}) for name in names)
    return Line(text, "channels", "only", text, (), dimension="channel", values=values)


@lru_cache(maxsize=4096)
def _line(text: str, part: Part) -> Line:
    said = plain(text).strip().rstrip(".!;")
    remark = REMARK.search(said)
    bare = said[: remark.start()].strip() if remark else said
    note = remark[1].strip() if remark else ""
    if part == "objectives":
        return _made(text, part, "objective", bare, note)
    if part == "out_of_scope":
        return _made(text, part, "excluded", bare, note)
    return _only(text, bare) or _forbidden(text, bare, note) or _made(text, part, "limit", bare, note)


def _made(text: str, part: Part, rule: Rule, subject: str, remark: str = "", condition: str = "") -> Line:
    return Line(
        text, part, rule, subject.strip(" ,:"), _content(subject), _content(condition), condition.strip(" ,:"), remark
    )


def _content(text: str) -> tuple[Word, ...]:
    return tuple(word for word in words(text) if not word.stop)


def _forbidden(text: str, said: str, remark: str) -> Line | None:
    required = ASK_FIRST.match(said) or REQUIRED.match(said)
    if required:
        return _made(text, "boundaries", "unless", required["what"], remark, required["needs"])
    never = NOT_ALLOWED.match(said) or NEVER.match(said) or MUST_NOT.match(said)
    if never is None:
        return None
    condition = CONDITION.search(never["what"])
    if condition is None:
        return _made(text, "boundaries", "never", never["what"], remark)
    core, needs = never["what"][: condition.start()], never["what"][condition.end() :]
    return _made(text, "boundaries", "unless", core, remark, needs)


def _only(text: str, said: str) -> Line | None:
    match = next((found for pattern in ONLY if (found := pattern.match(said))), None)
    if match is None:
        return None
    named, _, listed = match["what"].rpartition(":") if ":" in match["what"] else ("", "", match["what"])
    kind = match.groupdict().get("kind") or named
    items = [item for item in ITEMS.split(listed) if item.strip()]
    dimension, values = _values(kind, items)
    if dimension is None:
        return None
    return Line(text, "boundaries", "only", listed.strip(), _content(listed), dimension=dimension, values=values)


def _values(kind: str, items: list[str]) -> tuple[Dimension | None, tuple[frozenset[str], ...]]:
    """What is listed, and of which kind: as it is called, or as every item shows. None where there is no list."""
    called = next((DIMENSIONS[word] for word in reversed(re.findall(r"\w+", kind)) if word in DIMENSIONS), None)
    read = [_item(item) for item in items]
    shown = {dimension for dimension, _ in read}
    if called == "channel":
        return called, tuple(frozenset({f"channel:{channel(item)}"}) for item in items)
    if len(shown) == 1 and (dimension := shown.pop()) != "other":
        return dimension, tuple(senses for _, senses in read)
    if called or kind:
        return called or "other", tuple(senses for _, senses in read)
    return None, ()


def _item(item: str) -> tuple[Dimension, frozenset[str]]:
    found = words(item)
    paths = frozenset(sense for word in found for sense in word.senses if sense.startswith("path:"))
    if paths:
        return "path", paths
    bare = re.sub(r"^(?:on|in|to|the|for|post on|use) ", "", item.strip())
    if channel(bare) in CHANNELS:
        return "channel", frozenset({f"channel:{channel(bare)}"})
    texts = {word.text for word in found}
    for dimension, known in VOCABULARIES:
        if texts & known:
            return dimension, frozenset(texts & known)
    return "other", frozenset().union(*(word.senses for word in found if not word.stop))


VOCABULARIES: tuple[tuple[Dimension, frozenset[str]], ...] = (("language", LANGUAGES), ("environment", ENVIRONMENTS))
NAMES: dict[Dimension, str] = {
    "channel": "channel channels platform platforms network networks outlet outlets",
    "language": "language languages",
    "environment": "environment environments",
    "path": "file files path paths folder folders directory directories",
    "action": "action actions operation operations",
    "artifact": "artifact artifacts artefacts format formats deliverable deliverables type types output outputs",
}
DIMENSIONS = {name: dimension for dimension, names in NAMES.items() for name in names.split()}
KINDS = "|".join(sorted(DIMENSIONS, key=len, reverse=True))
ITEMS = re.compile(r"\s*(?:,|;|\||&|\band\b|\bor\b)\s*")
REMARK = re.compile(r"\s*\(([^()]*)\)\s*$")
ONLY = (
    re.compile(rf"no (?:other )?(?P<kind>{KINDS}) (?:except|but|other than|besides)(?: for)? (?P<what>.+)"),
    re.compile(r"(?:use |stick to |keep to |work in )?only (?P<what>.+)"),
    re.compile(rf"(?:the )?(?P<kind>{KINDS}) (?:are |is )?(?:limited|restricted) to:? (?P<what>.+)"),
    re.compile(rf"(?P<kind>(?:allowed |permitted )?(?:{KINDS})(?: allowed)?): (?P<what>.+)"),
    re.compile(r"(?P<what>.+?) only"),
)
NEVER = re.compile(
    r"(?:please )?(?:no|never|do not|don't|must not|mustn't|may not|cannot|can't|avoid|refrain from|stay away from|"
    r"nothing|not|forbidden:?|prohibited:?|not allowed:?)\b(?: any| ever)? ?(?P<what>.+)"
)
MUST_NOT = re.compile(r".{0,80}?\b(?:must|may|should|shall|are|is|can) ?(?:not|never)(?: be| to)? (?P<what>.+)")
NOT_ALLOWED = re.compile(
    r"(?P<what>.+?) (?:is|are) (?:not allowed|not permitted|forbidden|prohibited|off limits|banned|off-limits)"
)
CONDITION = re.compile(
    r"\b(?:without|unless|until|before|pending|except(?: with| after| when| if)?|but only (?:with|after|if|when))\b"
)
NEEDED = (
    r"(?:an? |the |written |explicit )*(?:\w+ )?"
    r"(?:approval|permission|consent|review|sign-?off|confirmation|agreement)\b.*"
)
REQUIRED = re.compile(
    rf"(?:only )?(?P<what>.+?) (?:requires?|needs?|only with|only after|must have|with|after) (?P<needs>{NEEDED})"
)
ASK_FIRST = re.compile(r"(?P<needs>(?:always )?(?:ask|check|confirm|get|obtain|seek|wait).{0,60}?) before (?P<what>.+)")
