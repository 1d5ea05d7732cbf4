"""The words that matter to the scorer: their short forms, their misspellings, and what looks like one and is none."""

__all__ = ["CONTRACTED", "FALSE_FRIENDS", "LONG", "SHORT", "SPELLED_OUT"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LONG = _words(
    """
    again before carrying chapter continue continuing conversation debugging disconnected discuss discussed discussing
    discussion earlier essay finish finished forget friday interrupted keeping monday morning please presentation
    previous previously proceed project remember remind restore resume resuming retrieve return returning saturday
    scratch session sessions start started starting stopped summarise sunday talked talking thesis thursday today
    tomorrow tuesday unfinished website wednesday where working yesterday yesterdays
    """
)
"""A word one edit away from one of these is read as it: a letter missing, added or replaced, or two exchanged."""

SHORT = _words("back chat done from last left load open pick step stop talk that this time were what with work")
"""The same, but only where two neighbouring letters are exchanged or one is doubled: more would be guessing."""

FALSE_FRIENDS = _words(
    """
    assay chapters charter continued continues discussions essays finishes finnish forge forged forger forgets forgot
    form gain here keeling lease moaning mondays mourning pleas pleased pleases precious presentations presume
    presuming proceeds projects protect rebind remand remembers reminds restored restores resumed resumes retrieved
    retrieves returns rewind scratchy smart stalked stalking star stare stared staring stark starling starred stars
    starter starts stat stated stating stepped stomped stooped sundry tacked taking there theses toady toddy topped
    tuesdays walked walking websites wording workings
    """
)
"""Words in their own right that are one edit away from one of those above."""

SPELLED_OUT = {
    "aint": "is not", "arent": "are not", "cannot": "can not", "cant": "can not", "couldnt": "could not",
    "didnt": "did not", "doesnt": "does not", "dont": "do not", "gimme": "give me", "gonna": "going to",
    "hadnt": "had not", "hasnt": "has not", "havent": "have not", "ill": "i will", "im": "i am", "id": "i would",
    "isnt": "is not", "ive": "i have", "lemme": "let me", "lets": "let us", "shouldnt": "should not",
    "theres": "there is", "wanna": "want to", "wasnt": "was not", "werent": "were not", "weve": "we have",
    "whats": "what is", "whered": "where did", "wheres": "where is", "wont": "will not", "wouldnt": "would not",
    "youre": "you are",
    "b4": "before", "bak": "back", "cn": "can", "cont": "continue", "frm": "from",
    "k": "ok", "lst": "last", "n": "and", "nite": "night", "okay": "ok",
    "pl": "please", "pls": "please", "plse": "please", "plz": "please", "prev": "previous", "tme": "time",
    "tmrw": "tomorrow", "u": "you", "ur": "your", "w": "with", "wat": "what", "wer": "were",
    "wherever": "where", "whr": "where", "wht": "what", "wut": "what", "yday": "yesterday", "ystrday": "yesterday",
    "carryon": "carry on", "convo": "conversation", "goon": "go on", "lasttime": "last time", "leftoff": "left off",
    "otherday": "other day", "pickup": "pick up", "sesh": "session", "summarize": "summarise",
    "summarizing": "summarise", "summarising": "summarise",
}  # fmt: skip
"""Short forms, and words that are written together, as the patterns know them."""

CONTRACTED = {"its": "it is", "were": "we are"}
"""The same, of what is another word without its apostrophe."""
