"""A user's message as clauses of plain words: without quotes, code, pasted text and boilerplate."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from holdfast.remembering.extracting.vocabulary.topic import words

__all__ = ["Clause", "Sentence", "clauses", "sentences"]

HEAD, TAIL = 1500, 600
"""Characters that are read of a long message: people say what they wish at its beginning or at its end."""

WORDS = 120
"""That are read of a sentence: nobody says more in one breath."""

_CUT_LINES = re.compile(r"^[ \t]*>.*$|^.*[{}\\].*$|^.*(?:=>|==|\(\)|::|</?\w+>).*$", re.MULTILINE)
_QUOTED = re.compile(
    r"\"[^\"\n]{0,600}\"|“[^”\n]{0,600}”|«[^»\n]{0,600}»|„[^“”\n]{0,600}[“”]|(?<![\w'])'[^'\n]{8,600}'(?!\w)"
    r"|\u2018[^\u2019\n]{8,600}\u2019(?!\w)"
)
_INSTRUCTIONS = re.compile(
    r"^\W*(?:system\b|\[?(?:system|inst)\b|#+ |instructions?:|you are (?:an? |the |now |my )?(?:[\w-]+[ ,]+){0,7}?"
    r"(?:assistant|agent|bot|chatbot|expert|ai|model|planner|tutor|engineer|specialist|helper|writer|editor"
    r"|advisor|analyst)\b"
    r"|your (?:task|role|job|goal) is|act as|ignore (?:all|previous|the above)|(?:the )?following (?:is|are)"
    r"|from: |subject: |dear )",
    re.IGNORECASE,
)
_END = re.compile(r"([.!?…]+)(?=[\s\"')\]]|$)|[\n;]+|[•●▪]| - (?=[A-Z])")
_ITEM = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*+])\s+")
_TOKEN = re.compile(
    r"[$€£]?\d+(?:[.,:]\d+)*\+?%?|[^\W\d_]+(?:['\u2019`\u00b4][^\W\d_]+)*|[,:()\u2013\u2014]|(?<=\s)-(?=\s)|[/&+#]"
)

_SPELLED = {
    "don't": "do not", "dont": "do not", "doesn't": "does not", "doesnt": "does not", "didn't": "did not",
    "didnt": "did not", "can't": "can not", "cant": "can not", "cannot": "can not", "couldn't": "could not",
    "won't": "will not", "wont": "will not", "wouldn't": "would not", "wouldnt": "would not", "shouldn't": "should not",
    "isn't": "is not", "isnt": "is not", "aren't": "are not", "arent": "are not", "wasn't": "was not",
    "weren't": "were not", "haven't": "have not", "havent": "have not", "hasn't": "has not", "hadn't": "had not",
    "i'm": "i am", "im": "i am", "i'd": "i would", "id": "id", "i've": "i have", "ive": "i have", "i'll": "i will",
    "you're": "you are", "you'd": "you would", "you've": "you have", "you'll": "you will", "it's": "it is",
    "that's": "that is", "thats": "that is", "what's": "what is", "there's": "there is", "let's": "let us",
    "lets": "let us", "we're": "we are", "we'd": "we would", "we've": "we have", "we'll": "we will",
    "they're": "they are",
    "they'd": "they would", "she's": "she is", "he's": "he is", "she'd": "she would", "he'd": "he would",
    "here's": "here is", "who's": "who is", "where's": "where is", "gonna": "going to", "wanna": "want to",
    "gotta": "got to", "pls": "please", "plz": "please", "thx": "thanks", "u": "you", "ur": "your", "ya": "you",
    "favorite": "favourite", "preferrably": "preferably", "prefere": "prefer", "perfer": "prefer", "allways": "always",
    "alway": "always", "anymore": "any more", "okay": "ok", "color": "colour", "gray": "grey", "cancelled": "canceled",
    "usally": "usually", "detials": "details", "breif": "brief", "consise": "concise", "pleae": "please",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that go together. `line` has them spelled out in lower case, apart by one space, with one at each end."""

    line: str
    written: tuple[str, ...]
    """How each word of the line was written; empty where it was part of the word before, as in "I'm"."""

    def original(self, start: int, end: int) -> str:
        """The words as they were written, from one place of the line to another."""
        first = (
            self.line.count(" ", 0, start + 1) - 1 if self.line[start] == " " else self.line.count(" ", 0, start) - 1
        )
        count = len(self.line[start:end].split())
        return " ".join(filter(None, self.written[first : first + count]))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the user's own, as it was written, and as clauses."""

    text: str
    clauses: tuple[Clause, ...]
    question: bool
    item: bool
    """Whether it is an item of a list, as answers to several questions are."""

    @property
    def line(self) -> str:
        """All of its words."""
        return " ".join(clause.line for clause in self.clauses)


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a message that are the user's own words."""
    if _INSTRUCTIONS.match(text) or text.lstrip()[:1] in {"{", "["}:
        return
    for part in (text,) if len(text) <= HEAD + TAIL else (text[:HEAD], text[-TAIL:]):
        plain = _QUOTED.sub(" “” ", _CUT_LINES.sub("\n", _CUT_BLOCKS.sub("\n", part)))
        for piece, question in _pieces(plain):
            item = _ITEM.match(piece)
            found = clauses(piece[item.end() :] if item else piece)
            if found:
                yield Sentence(" ".join(piece.split()), found, question, item is not None)


_CUT_BLOCKS = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|^\W*(?:-{3,} ?(?:original|forwarded)|on [^\n]{4,60} wrote:|begin forwarded).*\Z"
    r"|\w+://\S+|###\w+###",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


_AFTERTHOUGHT = re.compile(
    r"[.!]+[ \t]+((?:Please )?(?:Always|Ever|Never|Every (?:single )?time|From now on|In general|As a rule"
    r"|By default|Please|Not ever))(?=[.!]|$)",
    re.MULTILINE | re.IGNORECASE,
)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    at, text = 0, _AFTERTHOUGHT.sub(r" \1 ", text)
    for end in _END.finditer(text):
        if (
            end[0] == "."
            and re.search(r"(?:^|\s)\d{1,2}$", text[at : end.start()])
            and text[at : end.start()].strip().isdigit()
        ):
            continue  # "1." begins an item
        if piece := text[at : end.start()].strip():
            yield piece, "?" in end[0]
        at = end.end()
    if piece := text[at:].strip():
        yield piece, False


_BREAK = re.compile(r"^(?:but|however|although|though|yet|because|since|whereas|while|so)$")
_AND = re.compile(
    r"^ ?(?:i|please|never|always|do|no|if|my|we|keep|make|use|let|from|avoid|leave|skip|you|she|he|they|that"
    r"|the|send)$"
)


@lru_cache(maxsize=2048)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a sentence, apart where another thought begins."""
    found: list[list[tuple[str, str]]] = [[]]
    tokens = [part for token in _TOKEN.findall(text)[:WORDS] for part in _spelled(token)]
    for index, (word, written) in enumerate(tokens):
        following = tokens[index + 1][0] if index + 1 < len(tokens) else ""
        if word == "and" and following in _FEELINGS and found[-1]:
            found.append([("i", "")])
            continue
        if (_BREAK.match(word) and found[-1] and not (word == "so" and not _subject(following))) or (
            word in {"and", "or"} and _AND.match(following)
        ):
            found.append([])
            continue
        found[-1].append((word, written))
    return tuple(
        Clause(f" {' '.join(word for word, _ in each)} ", tuple(written for _, written in each))
        for each in found
        if each
    )


_FEELINGS = frozenset({"hate", "love", "like", "dislike", "prefer", "enjoy", "avoid", "detest"})


def _subject(word: str) -> bool:
    return word in _SUBJECTS


_SUBJECTS = words(
    """
    i please you we it that she he they no never do keep just can could the my always use order assume quote book
    give send show put stick let make answer reply email call text leave skip avoid aisle
    """
)
"""After "so", another thought begins with one of these; otherwise it is "so kind"."""


def _spelled(token: str) -> Iterator[tuple[str, str]]:
    word = re.sub("[\u2019`\u00b4]", "'", token).casefold()
    if len(word) == 1 and word in ",:()\u2013\u2014-":
        yield ",", ","
        return
    if word.endswith("'s") and word not in _SPELLED:
        word = word[:-2] + "s"
    for index, part in enumerate(_SPELLED.get(word, word.replace("'", "")).split()):
        yield part, "" if index else token
