"""What users say of themselves that stays true: where they live, what they do, what they do not eat."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from holdfast.remembering.extracting.amounts import VERTICALS
from holdfast.remembering.extracting.sentences import Clause, Sentence
from holdfast.remembering.extracting.vocabulary import cues
from holdfast.remembering.extracting.vocabulary.manner import LANGUAGES
from holdfast.remembering.extracting.vocabulary.occupations import OCCUPATIONS

__all__ = ["Fact", "facts"]


class Fact(NamedTuple):
    """Something that is so."""

    key: str
    value: str
    single: bool = True
    denied: bool = False
    """It is so no longer."""


Read = Callable[[Clause, re.Match[str]], Iterator[Fact]]

_UNSURE = re.compile(
    r" (?:if i|not sure|not certain|unsure|pretty sure|quite sure|fairly sure|think i|i think|believe|whether|not entirely|supposed to|should be|might|maybe|perhaps|any chance|told|would be|could be|wish|used to|want to be|going to|thought|was|were|hopefully|seems?)(?= )"
)
_NAME = r"(?P<x>(?:[A-Z][\w.&'’-]*)(?:[ -](?:of |the |de |la |van |von |upon |and )?[A-Z][\w.&'’-]*){0,3})"
_DIETS = "vegetarian|vegan|pescatarian|lactose intolerant|gluten intolerant|gluten free|coeliac|celiac|diabetic|kosher|halal|keto|teetotal|flexitarian"
_LEVELS = "platinum|diamond|gold|silver|bronze|premium|prime|elite|vip|titanium|lifetime"


def facts(sentence: Sentence) -> Iterator[Fact]:
    """The facts of a sentence that is no question, no play of thought and not about others."""
    if sentence.question or cues.UNREAL.search(sentence.line) or _UNSURE.search(sentence.line):
        return
    for clause in sentence.clauses:
        for pattern, read in _PLAIN:
            for match in pattern.finditer(clause.line):
                yield from read(clause, match)
    for pattern, key in _WRITTEN:
        if (found := pattern.search(sentence.text)) and not _ORDINARY.search(found["x"]):
            yield Fact(key, found["x"].strip(" .,'’-"))


def _as(key: str, *, single: bool = True) -> Read:
    def read(_: Clause, match: re.Match[str]) -> Iterator[Fact]:
        denied = "not" in match.groupdict() and bool(match["not"])
        yield Fact(key, match["x"].strip(), single, denied)

    return read


def _occupation(_: Clause, match: re.Match[str]) -> Iterator[Fact]:
    said = match["x"].split()
    for first in range(max(0, len(said) - 3), len(said)):
        if " ".join(said[first:]) in OCCUPATIONS or said[-1] in OCCUPATIONS:
            kept = [word for word in said[first:] if word not in _ORDINALS]
            yield Fact("occupation", " ".join(kept))
            return


_ORDINALS = frozenset(
    "first second third fourth final year new busy young old senior junior full part time professional certified humble simple mere poor proud retired single frequent former self employed physics maths second-year".split()
) - {"senior", "junior", "retired"}


def _allergies(_: Clause, match: re.Match[str]) -> Iterator[Fact]:
    for each in re.split(r" (?:and|or|,) ", match["x"].strip()):
        plain = re.sub(r"^(?:all |any |the |severely |some |kinds of )+", "", each.strip())
        if plain and len(plain.split()) <= 2:
            yield Fact("allergy", plain, single=False)


def _industry(_: Clause, match: re.Match[str]) -> Iterator[Fact]:
    found = [each.value for each in VERTICALS if each.pattern.search(f" {match['x'].strip()} ")]
    if len(found) == 1:
        yield Fact("industry", found[0])


def _languages(_: Clause, match: re.Match[str]) -> Iterator[Fact]:
    said = {word for word in match["x"].split()}
    for name in LANGUAGES:
        if name.casefold() in said:
            yield Fact("languages", name, single=False)


_PLAIN: tuple[tuple[re.Pattern[str], Read], ...] = (
    (
        re.compile(
            rf" (?:i am|i have (?:gone|become|been|turned|recently gone|recently become|now gone)|i went|i turned|i eat|as) (?P<not>not |no longer )?(?:now |currently |also |strictly |an? |fully |only |\w+ly )*(?P<x>{_DIETS})(?! (?:i|option|restaurant))(?= )"
        ),
        _as("diet"),
    ),
    (
        re.compile(
            r" (?:i am|i have always been) (?:\w+ly )?allergic to (?P<x>(?:\w+ ?(?:, |and |or )?){1,5}?)(?= (?:so|,|please|which|that|from)|[ ]?$)"
        ),
        _allergies,
    ),
    (re.compile(r" i have an? (?:\w+ly |severe |bad )?(?P<x>\w+) allergy "), _allergies),
    (
        re.compile(
            r" i am an? (?P<x>(?:\w+ ){0,3}?\w+)(?= (?:,|so|by|at|in|from|with|working|and|who|for|here|myself|now|of)|[ ]?$)"
        ),
        _occupation,
    ),
    (
        re.compile(
            r" (?:i work|working|employed) as (?:an? |the )?(?P<x>(?:\w+ ){0,3}?\w+)(?= (?:,|so|at|in|from|with|and|who|for|of)|[ ]?$)"
        ),
        _occupation,
    ),
    (
        re.compile(
            r" (?:i|we) (?:mostly |mainly )?(?:work|am|are) in (?:the )?(?P<x>(?:\w+ ){0,2}?\w+)(?: (?:industry|sector|business|vertical|trade))?(?= (?:,|so|as|and|here|now)|[ ]?$)"
        ),
        _industry,
    ),
    (
        re.compile(
            rf" (?:i am|as|being) an? (?:long time |loyal |proud )?(?P<x>{_LEVELS}) (?:level |tier |status |class )?(?:members?|customer|cardholder|status)(?= )(?! status)"
        ),
        _as("membership"),
    ),
    (re.compile(rf" i (?:have|hold|got) (?:a )?(?P<x>{_LEVELS}) (?:status|membership|card)(?= )"), _as("membership")),
    (re.compile(rf" my (?P<x>{_LEVELS}) (?:member )?(?:status|membership)(?= )"), _as("membership")),
    (
        re.compile(r" i (?:can )?(?:speak|am fluent in)(?P<x> (?:\w+ ){0,5}?\w+)(?= (?:,|so|but|well|at)|[ ]?$)"),
        _languages,
    ),
    (re.compile(r" my (?:native|first|mother) (?:language|tongue) is (?P<x>\w+)"), _languages),
    (
        re.compile(
            r" i have (?P<x>(?:an? |two |three |four |five |\d )(?:\w+ ){0,2}?(?:kids?|children|sons?|daughters?|dogs?|cats?|toddlers?|twins))(?= )"
        ),
        _as("household", single=False),
    ),
    (
        re.compile(
            r" i (?:am|use a|am a) (?P<x>wheelchair(?: user)?|colou?r blind|dyslexic|deaf|blind|hard of hearing|left handed|visually impaired)(?= )"
        ),
        _as("accessibility", single=False),
    ),
    (
        re.compile(
            r" (?:i wear|i take|my (?:shoe |dress |shirt |clothing )?size is) (?:a )?(?:size )?(?P<x>\d{1,3}|xs|s|m|l|xl|xxl)(?= )"
        ),
        _as("size"),
    ),
    (
        re.compile(
            r" (?:i am (?:on|in)|my time ?zone is|i live in) (?P<x>cet|est|pst|gmt|utc|cst|mst|ist|jst|aest|bst|eastern time|pacific time|central time|mountain time)(?= )"
        ),
        _as("timezone"),
    ),
)

_WRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"\bI(?:'m|’m| am)? (?:currently |now |still )?(?:live|living|am based|based|reside|have moved|moved|just moved|'ve moved)(?: over| back| here)? (?:in|to|near) {_NAME}"
        ),
        "location",
    ),
    (
        re.compile(rf"\b{_NAME}(?: again)?,? (?:that(?:'s|’s| is)|which is) where I(?:'m| am)? (?:live|based)"),
        "location",
    ),
    (re.compile(rf"\bI (?:work|am working) (?:for|at) {_NAME}"), "employer"),
    (
        re.compile(
            rf"\b(?:[Mm]y|[Oo]ur) (?:company|employer|firm|startup|agency|business) is (?:called |named )?{_NAME}"
        ),
        "employer",
    ),
    (re.compile(rf"\b(?:I|we) (?:run|own|founded|lead|manage) \w*(?: ?\w+)? (?:here )?at {_NAME}"), "employer"),
    (re.compile(rf"\b[Mm]y (?:full )?name is {_NAME}"), "name"),
    (re.compile(rf"\b(?:[Pp]lease )?(?:just )?[Cc]all me {_NAME}(?=[.,!]|$| please)"), "name"),
    (
        re.compile(rf"\b[Mm]y home airport is {_NAME}|\b[Ff]rom my home airport,? {_NAME.replace('?P<x>', '')}"),
        "home_airport",
    ),
    (
        re.compile(
            r"\b[Ii](?:'m| am)? (?:use|using|have|own|on|carry) (?:an? |my )?(?P<x>iPhone(?: \d+)?(?: Pro| Max| mini)*|(?:Google )?Pixel(?: \d+\w?)?|(?:Samsung )?Galaxy \w+|MacBook(?: Pro| Air)?|ThinkPad|Android phone|Windows laptop|Linux laptop|iPad)"
        ),
        "device",
    ),
)
_ORDINARY = re.compile(
    r"^(?:I|The|This|My|A|An|It|And|But|If|Please|You|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
