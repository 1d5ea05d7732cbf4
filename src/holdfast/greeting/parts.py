"""The parts that signs are put together from: times, people, verbs, what there was, and what may stand around it.

`<name>` stands for the part of that name. Words are as `words.read` gives them: lower case, spelled out ("let us",
"do not"), one space between.
"""

import re

__all__ = ["compiled"]

PARTS = {
    # when it was
    "day": "(?:mon|tues|wednes|thurs|fri|satur|sun)day",
    "part": "(?:morning|afternoon|evening|night)",
    "past": (
        "(?:(?:the )?last (?:time|session|conversation|chat|week(?:end)?|night|month|<day>)|yesterdays?(?: <part>)?|"
        "(?:the )?(?:other|previous) (?:day|time|week|session|conversation|chat)|(?:earlier|before)(?: today)?|"
        r"(?:this|<day>) <part>|previously|the day before|an? (?:\w+ )?(?:days?|weeks?|while) (?:ago|back)|"
        r"(?:\w+ )?(?:days|weeks) ago|so far)"
    ),
    "since": "(?:<past>|<day>s?)",
    # who: those who talk with each other
    "us": "(?:we|i|you)",
    "our": "(?:our|my|the|this|that|your|a)",
    # to go on
    "it": "(?:it|this|that|things|everything|the (?:thread|pieces|trail|story))",
    "plain": (
        "(?:continue|continuing|resume|resuming|un ?pause|carry(?:ing)? on|keep(?: on)? (?:going|working|at it)|"
        "keep it going|go(?:ing)? on|proceed|get going)"
    ),
    "pick": "(?:(?:pick|tak)(?:e|ing)? (?:<it> )?(?:back )?up(?: <it>)?(?: again)?)",
    "towards": (
        "(?:(?:get(?:ting)?|going|go|come|coming|move)(?: right)? back (?:in ?)?to|get(?:ting)? on with|"
        "(?:jump(?:ing)?|dive|hop|take me|"
        "bring me|get me)(?: right)? (?:back )?(?:in ?)?to|return(?:ing)? to|(?:jump|dive|hop|"
        "get)(?:ing)?(?: right)? back(?: (?:in|on))?|back to|revisit|switch(?: back)? to|return me to|take me back|"
        "get back)"
    ),
    "anew": (
        "(?:(?:start|begin)(?:ing)?(?: again)?|wrap(?:ping)? up|do (?:some |a bit )?more|keep on|follow(?:ing)?"
        r" (?:up )?on|re ?start|go|finish|keep \w+ing|work(?:ing)?(?: on)?)"
    ),
    "go_on": "(?:<plain>|<pick>|<towards>)",
    # what there was
    "earlier": (
        "(?:last|previous|prior|earlier|old|former|latest|most recent|recent|unfinished|interrupted|existing|"
        "yesterdays|todays|<day>s)"
    ),
    "talk": "(?:sessions?|conversation|chat|discussion|talk|thread|dialogue|exchange)",
    "shared": r"(?:<our> )?(?:<earlier> )?(?:(?!new |next |of |with |for )\w+ )??<talk>",
    "old_talk": r"(?:(?:<our> )?<earlier>(?: \w+)?? <talk>|(?:my|our)(?: \w+)?? <talk>)",
    "old_one": "(?:(?:the|my|our) <earlier>(?: one)?)",
    "done": (
        "(?:(?:were|was|are|had been|have been|had|have|did|do|got|began|begin|begun|start|started|started on|"
        "planned|were planning|made|discuss|discussed|decide|decided|talk about|talked about|talked|spoke about|"
        "built|drafted|wrote|worked on|work on|left|stopped|paused|agreed|set up|get done|finish|finished)(?: on|"
        " with| about)?)"
    ),
    "doing": (
        "(?:(?:just |all |actually |last )?(?:working on|working|doing|talking about|talking|discussing|up to|"
        "planning|building|looking at|in the middle of|writing|making|debugging|at))"
    ),
    "left_off": (
        "(?:(?:had |have |just |last |all )*(?:left(?: <it>)?(?: off?)?|leave(?: <it>)?(?: off?)?|stop|stopped|"
        "paused?|reach|reached|were|was|are|got(?:ten)? to|get to|got up to|get up to|got(?:ten)?|got cut off|"
        "broke off|finish|"
        "finished|end up|ended(?: up)?|end))"
    ),
    "where": "(?:where|were)",
    "point": (
        "(?:(?:<where>|(?:(?:at|on|in|with) )?(?:which|what) (?:point|step|part|stage|question|chapter|"
        "page|topic|task|section))(?: exactly)?)"
    ),
    "matter": "(?:thing|stuff|topic|question|project|draft|plan|proposal|document|report|task|problem|bug|idea|design)",
    # what may come after a question that is complete
    "end": (
        "(?= $| <past> | (?:again|now|please|so|ok|then|and|on <day>|with|when (?:we|i|it|my|the (?:app|page|chat|"
        "session))|in (?:our|my|the|this)|before|last|thanks|because|but|exactly|at|earlier|can|could|let us|do|"
        "shall|today|from <past>|from (?:our|my)) )"
    ),
    "of_ours": (
        "(?! (?:of (?!my|our|yesterday|last|monday|tuesday|wednesday|thursday|friday|this)|with (?!you|the same)|for |"
        "in"
        " (?!my)|after |at |to |cookies?|id|timeout|length|rate|ideas?|keynote|code|token|topics?|starters?|tags?|"
        "storage|command|expired|state|key|names?|titles?|was|is|were|are|will|has|widget|window|per|tab|button|icon|"
        "settings|between|as an?|subscription|membership|contract|permit|insurance|payments? ))"
    ),
    # a word on the way from a verb to what it is about; not one with which another request begins
    "word": r"(?!(?:continue|resume|carry|proceed|let|do|not|instead|rather|without) )\w+",
    "fetch": (
        "(?:(?:re ?load|load|restore|re ?open|open|bring (?:back|up|me)|pull(?: up)?|show|find|get|give me|give|"
        "recover|retrieve|recall|want|use|record|recap|summarise|summary|catch me up|catch up|up to speed|remember|"
        "remind me|refresh my memory|memory|fetch|access|take me (?:back )?to|have|got|"
        "go on with)(?: me)?(?: up)?(?: back)?(?: on| about)?(?: of| from)?(?: the context from)?)"
    ),
    "recall": "(?:(?:(?:can|do|could|did) )?(?:not )?(?:quite )?(?:remember|recall|know))",
    "soft": (
        "(?:please|ok|so|yes|yeah|yep|now|again|then|just|hi|hello|hey|thanks|thank|you|well|right|sure|and|it|us|"
        "good|morning|afternoon|evening|there|all|back|am|i|me|here|too|sir|dear|alright|great|cool)"
    ),
    "lead": (
        "(?:let us|let me|can (?:we|you|i)|could (?:we|you|i)|may (?:we|i)|shall we|should we|i (?:want|wish|"
        "need) to|i would (?:like|love) to|would like to|ready to|please|and|ok|just|so|then|we can|i can|to|now|"
        "back|yes|go(?! on )|well|here|again|hi|hello|hey|sorry|me)"
    ),
    # what people make together, and may go on with
    "craft": (
        "(?:essay|thesis|dissertation|paper|chapter|reports?|presentation|slides?|deck|app|application|website|"
        "(?:web|landing|pricing|login) page|script|code|coding|codebase|parser|refactor(?:ing)?|story|novel|book|"
        "poem|song|speech|letter|cv|plan|planning|design|dashboard|spreadsheet|budget|proposal|grant|analysis|"
        "lessons?|course|study|studying|guide|homework|assignment|exercises?|revision|translations?|copy|"
        "newsletter|draft|outline|tutorial|database|schema|pipeline|model|api|backend|frontend|migration|feature|"
        "template|leaflet|brochure|rota|roster|schedule|game|podcast|brainstorm(?:ing)?|portfolio|review|research|"
        "article|blog|strategy|roadmap|workshop|itinerary|quiz|practice|prep|tool|bot|program|thing|stuff|bug|"
        "debugging|documentation|manual|handbook|agenda|tests?|survey|manuscript|screenplay|trip|wedding|"
        "discussion|topic|process|progress|notes|messages|layout|doc|document|form|mock exam|planner|tutorial|backlog|"
        "campaign copy|(?:interview|business|care|marketing) (?:plan|prep|work))"
    ),
    # where a wish stands: at the beginning, or after what is said before one
    "piece": "(?:chapter|question|step|part|section|slide|exercise|lesson|unit|level|scene|act|episode)",
    # where a wish may stand: not after who or what else does it, nor after a word that makes it a noun
    "wish": (
        "(?:(?<! a )(?<! (?:he|an|it|of|by|my) )(?<! (?:the|she|how|who|not) )(?<! (?:they|must|will|that|your) )"
        "(?<! (?:would|which) )(?<! should )|(?<= we should ))"
    ),
    "together": (
        "(?:let us|let me|(?:can|could|may|shall|might) (?:we|i|you)|should we|we (?:can|could|should|need to|have to)|"
        "i (?:want|need|wish|have|got|would (?:like|love)) (?:you to|to|us to)|i (?:want|wish)|want to|need to|got to|"
        "(?:ready|able|possible|time|love|like|chance) to|would you mind|ready for)"
    ),
    # who reports, and on whom
    "someone": (
        "(?:he|she|they|boss|manager|teacher|customer|client|users?|players?|colleague|friend|man|woman|people|team)"
    ),
}

NAME = re.compile("<([a-z_]+)>")


def compiled(text: str) -> re.Pattern[str]:
    """The pattern with its parts, between whole words."""
    while NAME.search(text):
        text = NAME.sub(lambda match: PARTS[match[1]], text)
    return re.compile(f"(?<= )(?:{text})(?= )")
