"""Wishes for what the vocabulary does not know: likings, dislikes, and "my favourite colour is green"."""

import re
from collections.abc import Iterator

from holdfast.remembering.extracting.manners import Manner
from holdfast.remembering.extracting.sentences import Clause, Sentence
from holdfast.remembering.extracting.strength import ASKED, PLAIN
from holdfast.remembering.extracting.vocabulary.channels import CHANNELS
from holdfast.remembering.extracting.vocabulary.topic import words
from holdfast.remembering.extracting.wish import Wish

__all__ = ["likings"]

WORDS = 4
"""Of a liking; what takes more to say is about something else."""

_ADVERB = (
    r"(?:really |absolutely |generally |usually |normally |always |also |just |actually |personally |do "
    r"|truly |honestly |still |mostly |typically |strongly |much |definitely ){0,4}"
)
_LIKED = re.compile(
    rf" i {_ADVERB}(?:prefer|love|adore|enjoy|like)(?P<x> .*)"
    rf"| i am {_ADVERB}(?:a )?(?:big |huge |great )?(?:fan of|believer in|fond of|into|keen on|partial to)(?P<y> .*)"
    rf"| i (?:always|usually|normally|generally|only|mostly|typically) (?:buy|order|drink|eat|choose|pick|get"
    rf"|go for|use|wear|have|read|watch|listen to|cook|play)(?P<z> .*)"
)
_DISLIKED = re.compile(
    rf" i {_ADVERB}(?:hate|dislike|detest|loathe|can not stand|can not bear|avoid|no longer (?:eat|drink|buy"
    rf"|use|want))(?P<x> .*)"
    rf"| i {_ADVERB}(?:do not|can not) {_ADVERB}(?:like|enjoy|care for|eat|drink|tolerate|have)(?P<y> .*)"
    rf"| i am not (?:\w+ )?(?:a )?(?:big |huge |great )?(?:fan of|believer in|fond of|into|keen on)(?P<z> .*)"
    rf"| i (?:never|do not ever) (?:buy|order|drink|eat|choose|use|touch|wear)(?P<w> .*)"
    r"| i am (?:\w+ )?allergic to(?P<u> .*)| (?:stay away|steer clear|keep away) from(?P<v> .*)"
)
_BANNED = re.compile(
    r"(?:^ | , |please )(?:please |and |also |just |so )*(?:never|do not ever"
    r"|do not) (?:ever )?(?:again )?(?:suggest|recommend|send|show|offer|give|include|mention|use|buy|order|put"
    r"|add|propose|serve|bring|book)"
    r"(?: me| us)?(?: anything (?:with|made of|containing|that has|from))?(?P<x> .*)"
    r"|(?:^ | , )(?:please |and |also |so |ok |oh |just )*no(?: more)?(?P<y> .*)"
    r"|(?:^ | , )(?:please |and |also |so |just )*avoid(?P<z> .*)"
)
_FAVOURITE = re.compile(
    r" my (?:\w+ )?(?P<how>preferred|favourite|usual|default|go to|standard"
    r"|regular) (?P<what>(?:\w+ ){1,3}?)(?:is|are|would be|has always been|will always be)(?: always| still"
    r"| now)? (?P<x>.*)"
    r"| my (?P<what2>(?:\w+ ){1,2}?)preference (?:is|would be|has always been) (?:for |to )?(?P<y>.*)"
)
_END = re.compile(
    r" (?:,|now|within|from|around|near|between|under|about|like|without|departing|leaving|arriving|that|which"
    r"|over|rather|than|to|instead|when|whenever|if|for|on|in|at|with|because|since|as|please|any more|ever"
    r"|at all|from now|these days|in general|generally|usually|more|anyway|too|the most|most|best|again|and i"
    r"|by|before|after|unless|while|though|every|so much|very much|a lot|of course|no matter) "
)
_TRIM = re.compile(
    r"^(?:(?:a|an|any|some|more|the|all|eating|drinking|using|having|getting|lots of|plenty of|anything"
    r"|everything|stuff|really|to have|to use|to eat|to drink) )+"
)
_NOTHING = re.compile(
    r"\b(?:this|that|these|those|it|them|you|your|yours|me|him|her|us|what|how|when|where|who|why|which|there"
    r"|one|ones|first|second|third|help|way|to|not|be|being|is|are|was|do|does|have|been|wonder|thing|things"
    r"|longer|later|other|others|another|same|both|either|neither|something|nothing|anything|everyone|cancel\w*"
    r"|transferred|user|id|further|please|additional|far|sure|right|left|yet|now|then|just|so|too|very|much"
    r"|many|more"
    r"|such|long|short|brief|detailed|concise|called|emailed|reply|sound|look|looks|see|know|think|talk|hear"
    r"|ask|asking|say|guess|mean|sounds|if|my|mine|our|his|their|would|will|can|could|should|available|current"
    r"|new"
    r"|original|kosher|halal|vegan|vegetarian|reservation|booking|today|tonight|tomorrow|i|we|he|she|they|all)\b|\d"
)
"""Words that no plain name of something has."""
_ALONE = words(
    """
    thanks worries problem problems need rush idea ideas hurry doubt chance luck pressure matter offence insurance
    bag bags luggage refund refunds transfer transfers flight flights card cards certificate certificates change
    changes charge charges fee fees detail details question questions extra service signal data phone agent step
    steps password answer answers replies sentence sentences word words text texts version time emojis emoji call
    calls trouble access reason comment comments test tests file files function code line lines option options news
    clue point chances thank excuse exceptions exception kidding joke
    """
)
"""Words that name nothing to like when they stand alone."""


def likings(clause: Clause, manner: Manner, sentence: Sentence) -> Iterator[Wish]:
    """What is liked or not, in few plain words; nothing of the work at hand."""
    if manner.temporary:
        return
    yield from _favourites(clause)
    for pattern, key in ((_DISLIKED, "avoids"), (_LIKED, "likes"), (_BANNED, "avoids")):
        match = pattern.search(clause.line)
        if match is None:
            continue
        if pattern is _BANNED and not (manner.durable or _ASKED_OF_FOOD.search(clause.line)):
            continue
        name = match.lastgroup or "x"
        rest = _PRONOUN.sub(lambda _: _antecedent(clause, sentence), match[name])
        for said in _things(rest):
            strength = PLAIN if pattern is not _BANNED or manner.durable else ASKED
            yield Wish(key, said, strength, single=False)
            yield Wish("likes" if key == "avoids" else "avoids", said, strength, stance="against", single=False)
        return


_ASKED_OF_FOOD = re.compile(r" (?:please|for me|thank you|thanks) ?| (?:please|for me) , ")


_PRONOUN = re.compile(r"^ (?:it|them|that|those)(?= |$)")
_SPOKEN_OF = re.compile(
    r" (?:loves?|likes?|prefers?|eats?|wants?|hates?|orders?|buys?|drinks?|suggests?"
    r"|recommends?) (?P<x>.*)"
)


def _antecedent(clause: Clause, sentence: Sentence) -> str:
    """What "it" is, by the clause before: "my wife loves olives, but I can't stand them"."""
    before = sentence.clauses[: sentence.clauses.index(clause)]
    match = _SPOKEN_OF.search(before[-1].line) if before else None
    return f" {match['x'].strip()} " if match else " it "


def _things(rest: str) -> Iterator[str]:
    """The things that are named, in plain words; none where it is no plain name of something."""
    end = _END.search(f"{rest.rstrip()} ")
    said = f"{rest.rstrip()} "[: end.start()] if end else rest.rstrip()
    if end and said.rstrip().endswith("ing") and end[0].strip() in {"by", "in", "on", "at", "for", "with", "to"}:
        return  # "sitting by the window" is no liking of sitting
    for part in re.split(r" (?:and|or|nor|&) ", said):
        plain = _TRIM.sub("", f"{part.strip()} ").strip()
        if not plain or len(plain.split()) > WORDS or _NOTHING.search(plain) or plain in _ALONE or len(plain) < 3:
            return
        if any(each.pattern.search(f" {plain} ") for each in CHANNELS):
            return
        yield plain


def _favourites(clause: Clause) -> Iterator[Wish]:
    match = _FAVOURITE.search(clause.line)
    if match is None:
        return
    what = (match["what"] or match["what2"]).strip()
    group = "x" if match["what"] else "y"
    rest = f" {match[group].rstrip()} "
    end = _END.search(rest)
    said = rest[: end.start()] if end else rest
    words = said.split()
    if not words or len(words) > WORDS or _NOTHING.search(what):
        return
    written = clause.original(match.start(group), match.start(group) + len(said.strip()))
    written = re.sub(r"^(?:a|an|the|to) ", "", written, flags=re.IGNORECASE)
    yield Wish("_".join(what.split()), written, PLAIN)
