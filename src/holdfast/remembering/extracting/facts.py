"""What users say of themselves that stays true: where they live, what they do, what they do not eat."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from holdfast.remembering.extracting.amounts import VERTICALS
from holdfast.remembering.extracting.sentences import Clause, Sentence
from holdfast.remembering.extracting.vocabulary import cues
from holdfast.remembering.extracting.vocabulary.manner import LANGUAGES
from holdfast.remembering.extracting.vocabulary.occupations import OCCUPATIONS
from holdfast.remembering.extracting.vocabulary.topic import words

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
    r" (?:if i|not sure|not certain|unsure|pretty sure|quite sure|fairly sure|think i|i think|believe|whether"
    r"|not entirely|supposed to|should be|might|maybe|perhaps|any chance|told|would be|could be|wish|used to"
    r"|want to be|going to|thought|was|were|hopefully|seems?)(?= )"
)
_WORD = r"(?!I\b)[A-ZÀ-ÞŁŚŻŠŽČ][\w.&\u2019-]*"
_NAME = rf"(?P<x>{_WORD}(?:[ -](?:of |the |de |la |van |von |upon |and )?{_WORD}){{0,3}})"
_DIETS = (
    "vegetarian|vegan|pescatarian|lactose intolerant|gluten intolerant|gluten free|coeliac|celiac|diabetic"
    "|kosher|halal|keto|teetotal|flexitarian"
)
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
            yield Fact(key, found["x"].strip(" .,'\u2019-"))


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


_ORDINALS = words(
    """
    first second third fourth final year new busy young old full part time professional certified humble simple mere
    poor proud single frequent former self employed physics maths
    """
)
"""Words before an occupation that are no part of it."""


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
    said = set(match["x"].split())
    for name in LANGUAGES:
        if name.casefold() in said:
            yield Fact("languages", name, single=False)


_PLAIN: tuple[tuple[re.Pattern[str], Read], ...] = (
    (
        re.compile(
            rf" (?:i am|i have (?:gone|become|been|turned|recently gone|recently become|now gone)|i went"
            rf"|i turned|i eat|i only eat|i eat only|as) (?P<not>not |no longer )?(?:now |currently |also "
            rf"|strictly |an? |fully |only |\w+ly ){{0,3}}(?P<x>{_DIETS})(?! (?:i|option|restaurant))(?= )"
        ),
        _as("diet"),
    ),
    (
        re.compile(
            r" (?:i am|i have always been) (?:\w+ly )?allergic to (?P<x>(?:(?!so |and |or |please |that |which "
            r"|from |by |too )\w+ ){1,2}"
            r"(?:(?:, )?(?:and|or) (?:(?!so |and |or |please )\w+ ){1,2}){0,3})"
        ),
        _allergies,
    ),
    (re.compile(r" i have an? (?:\w+ly |severe |bad )?(?P<x>\w+) allergy "), _allergies),
    (
        re.compile(
            r" i am an? (?P<x>(?:\w+ ){0,3}?\w+)(?= (?:,|so|by|at|in|from|with|working|and|who|for|here|myself"
            r"|now|of)|[ ]?$)"
        ),
        _occupation,
    ),
    (
        re.compile(
            r" (?:i work|working|employed) as (?:an? |the )?(?P<x>(?:\w+ ){0,3}?\w+)(?= (?:,|so|at|in|from|with"
            r"|and|who|for|of)|[ ]?$)"
        ),
        _occupation,
    ),
    (
        re.compile(
            r" (?:i|we) (?:mostly |mainly )?(?:work|am|are) in (?:the )?(?P<x>(?:\w+ ){0,2}?\w+)(?: (?:industry"
            r"|sector|business|vertical|trade))?(?= (?:,|so|as|and|here|now)|[ ]?$)"
        ),
        _industry,
    ),
    (
        re.compile(
            rf" (?:i am|as|being) an? (?:long time |loyal |proud )?(?P<x>{_LEVELS}) (?:level |tier |status "
            rf"|class )?(?:members?|customer|cardholder|status)(?= )(?! status)"
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
            r" i have (?P<x>(?:an? |two |three |four |five |\d )(?:\w+ ){0,2}?(?:kids?|children|sons?"
            r"|daughters?|dogs?|cats?|toddlers?|twins))(?= )"
        ),
        _as("household", single=False),
    ),
    (
        re.compile(
            r" i (?:am|use a|am a) (?P<x>wheelchair(?: user)?|colou?r blind|dyslexic|deaf|blind|hard of hearing"
            r"|left handed|visually impaired)(?= )"
        ),
        _as("accessibility", single=False),
    ),
    (
        re.compile(
            r" (?:i wear|i take|my (?:shoe |dress |shirt |clothing )?size is) (?:a )?(?:size )?(?P<x>\d{1,3}|xs"
            r"|s|m|l|xl|xxl)(?= )"
        ),
        _as("size"),
    ),
    (
        re.compile(
            r" (?:i am (?:on|in)|my time ?zone is|i live in) (?P<x>cet|est|pst|gmt|utc|cst|mst|ist|jst|aest|bst"
            r"|eastern time|pacific time|central time|mountain time)(?= )"
        ),
        _as("timezone"),
    ),
)

_WRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"\b(?:I|[Ww]e)(?:'m|\u2019m| am|'re|\u2019re| are)? (?:currently |now |still )?(?:live|living|am based"
            rf"|based|reside|have moved|moved|just moved|'ve moved)(?: over| back| here)? (?:in|to"
            rf"|near) {_NAME}"
        ),
        "location",
    ),
    (
        re.compile(rf"\b{_NAME}(?: again)?,? (?:that(?:'s|\u2019s| is)|which is) where I(?:'m| am)? (?:live|based)"),
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
            r"\b[Ii](?:'m| am)? (?:use|using|have|own|on|carry) (?:an? |my )?(?P<x>iPhone(?: \d+)?(?: Pro| Max"
            r"| mini)*|(?:Google )?Pixel(?: \d+\w?)?|(?:Samsung )?Galaxy \w+|MacBook(?: Pro| Air)?|ThinkPad"
            r"|Android phone|Windows laptop|Linux laptop|iPad)"
        ),
        "device",
    ),
)
_ORDINARY = re.compile(
    r"^(?:I|The|This|My|A|An|It|And|But|If|Please|You|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    r"|January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
