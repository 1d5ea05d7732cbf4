"""Sums of money that a user always works with, and lines of business."""

import re
from collections.abc import Iterator

from holdfast.remembering.extracting.manners import Manner
from holdfast.remembering.extracting.sentences import Clause
from holdfast.remembering.extracting.strength import CHOSEN
from holdfast.remembering.extracting.vocabulary.topic import values
from holdfast.remembering.extracting.wish import Wish

__all__ = ["VERTICALS", "amounts", "number", "verticals"]

_AMOUNT = r"(?P<sum>[$€£]?\d+(?:[.,]\d+)*)(?: ?(?P<unit>k|m|thousand|million|mio|mn|grand))?(?= |$)"
_BUDGET = re.compile(
    rf" (?:budgets?|spend(?:ing)?|limit) (?:\w+ ){{0,4}}?(?:is|are|of|at|to|,|stays?|around|about|under|below"
    rf"|as always|as usual|same)[ ,]+(?:\w+ ){{0,3}}?{_AMOUNT}"
    rf"| (?:spend|pay|go) (?:more than|over|above|beyond) {_AMOUNT.replace('sum', 'sum2').replace('unit', 'unit2')}"
    rf"| budget (?:as (?:always|usual)) , {_AMOUNT.replace('sum', 'sum3').replace('unit', 'unit3')}"
    rf"| (?:have|got) (?:about |around |roughly "
    rf"|some )?{_AMOUNT.replace('sum', 'sum4').replace('unit', 'unit4')} to spend"
)
_TIMES = {
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "m": 1_000_000,
    "million": 1_000_000,
    "mio": 1_000_000,
    "mn": 1_000_000,
}


def amounts(clause: Clause, manner: Manner) -> Iterator[Wish]:
    """The budget that somebody says they have."""
    line = re.sub(r"(\d)(k|m) ", r"\1 \2 ", clause.line)
    match = _BUDGET.search(line)
    if match is None or manner.temporary:
        return
    group = next(each for each in ("", "2", "3", "4") if match[f"sum{each}" if each else "sum"])
    found = number(match[f"sum{group}"], match[f"unit{group}"])
    if found is not None and found > 0:
        yield Wish(
            "budget", found, manner.strength if manner.durable else CHOSEN, "user" if manner.durable else "inferred"
        )


def number(said: str, unit: str | None = None) -> int | float | None:
    """An amount as a number: "250", "k" is 250000, "1,200.50" is 1200.5."""
    plain = said.strip("$€£ ")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        plain = re.sub("[.,]", "", plain)
    plain = plain.replace(",", "")
    if len(plain) > 15 or not re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return None
    found = float(plain) * _TIMES.get(unit or "", 1)
    return int(found) if found == int(found) else found


VERTICALS = values(
    ("Retail", r"retail(?:ers?)?"),
    ("Automotive", r"automotive|car industry|auto industry"),
    ("Finance", r"financ(?:e|ial services)|banking|fintech"),
    ("Insurance", r"insurance (?:industry|sector|business)"),
    ("CPG", r"cpg|fmcg|consumer goods|packaged goods"),
    ("Travel", r"travel(?: industry| sector| and tourism)|tourism"),
    ("Hospitality", r"hospitality"),
    ("Healthcare", r"health ?care"),
    ("Pharma", r"pharma(?:ceuticals?)?"),
    ("Technology", r"technology|tech(?: industry| sector)?|software|saas"),
    ("Entertainment", r"entertainment"),
    ("Education", r"education|edtech"),
    ("Telecom", r"telecom(?:munications?)?|telco"),
    ("Real Estate", r"real estate|property sector"),
    ("Gaming", r"gaming|games industry"),
    ("Food and Beverage", r"food and (?:beverage|drink)|catering|restaurants?"),
    ("Fashion", r"fashion|apparel"),
    ("Energy", r"energy|utilities"),
    ("Logistics", r"logistics|shipping industry"),
    ("Manufacturing", r"manufacturing"),
    ("Construction", r"construction"),
    ("Agriculture", r"agriculture|farming"),
    ("Media", r"media|publishing|advertising"),
    ("Nonprofit", r"non ?profits?|charit(?:y|ies)"),
    ("Government", r"government|public sector"),
)

_FOR_VERTICAL = re.compile(
    r" (?:default to|assume|unless i say otherwise|my (?:default )?vertical is|my default is|vertical ,"
    r"|(?:always|usually|mostly|mainly|only|generally|normally) (?:work|plan|run|do|in|for)\w*|(?:i|we) (?:only"
    r"|mostly|mainly|usually|always) (?:work|plan|run|do)) "
)
_TAKEN = re.compile(r" (?:default to|assume|unless i say otherwise|vertical) ")
_CONTEXT = re.compile(
    r" (?:vertical|sector|industry|clients?|brands?|campaigns?|accounts?|planning|plans|plan|work)(?= )"
)


def verticals(clause: Clause, manner: Manner) -> Iterator[Wish]:
    """The line of business that is taken for granted."""
    if not _FOR_VERTICAL.search(clause.line) or manner.temporary:
        return
    if not (_CONTEXT.search(clause.line) or _TAKEN.search(clause.line)):
        return
    found = [each.value for each in VERTICALS if each.pattern.search(clause.line)]
    if len(found) == 1:
        yield Wish("default_vertical", found[0], manner.strength)
