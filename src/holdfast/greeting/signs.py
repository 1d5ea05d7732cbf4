"""What speaks for a wish to go on with earlier work, and what against it: patterns over words, each with its weight.

Whole phrases, enough by themselves, and what speaks against; the small signs that only count together are `composed`.

A weight counts on the scale of log-odds, on top of `BASE`.
"""

import re

from holdfast.greeting.composed import COMPOSED
from holdfast.greeting.sign import Sign, signs

__all__ = ["BASE", "FRESH", "NEGATION", "NOT_FRESH", "SIGNS", "UNWANTED"]

BASE = -3.05
"""Most texts ask for something else."""

FRESH = "wants to start anew"
NOT_FRESH = ("does not want to start anew", 1.5)
UNWANTED = ("does not want to go on", -8.0)
"""What a sign becomes where it is denied, and how much that weighs."""

NEGATION = re.compile(
    " (?:(?<! can )not|never|no need|without|instead|rather|ignore|forget|discard|skip|delete|erase|remove|drop|scrap|"
    "never ?mind|no longer|unable|avoid|refuse|close|end|kill|clear|wipe|abandon)(?: (?:to|want|need|wish|like|us|"
    "the|we|have|try|be|than|of|about|what|from|feel|any|going|over|that|this|my|our|where|love|me|you|at|an?))* $"
)
"""What stands before a wish that is not one."""


# As the text says it, and how heavily; the patterns of one kind count once.
SIGNS: tuple[Sign, ...] = (
    *COMPOSED,
    *signs(
        "asks to go on from where the work stopped",
        5.5,
        "(?:<go_on>|<anew>|<lead>)(?: <word>){0,7}? <where> (?:things|<us>)(?: all)? <left_off>",
        "(?:<go_on>|<anew>|<lead>)(?: <word>){0,4}? from (?:there|here|that point)",
    ),
    *signs(
        "speaks of where the work stopped",
        4.5,
        "where (?:things|<us>)(?: all)? (?:had |have |just |last )*(?:left off?|left (?:it|things)|stopped|got to|"
        "paused|got cut off)<end>",
        "remind me(?: of)? where <us> <left_off>",
        "(?:show|tell|remind|recap|summarise|summary of|catch me up on|<recall>|forgot|not sure|"
        "over)(?: me)? where (?:things|it|<us>) <left_off>",
    ),
    *signs(
        "asks where the work stopped",
        5.0,
        "<point> (?:were|was) (?:we|i)(?: (?:on|at|in))?<end>",
        "<point> (?:did|had|have) (?:things|it|<us>) <left_off><end>",
        "how far (?:did|had|have) (?:we|i) (?:get|got(?:ten)?|come|make it)"
        "(?= $| <past> | (?:with(?= (?:the|our|my|that|this|it|what) )|again|so|please|before|when we|in (?:our|my)|"
        "on (?:the|our|my)) )",
        r"where (?:do (?:we|things) stand|are (?:we|things)(?: at)?) (?:from|since|with (?:the|our|my)(?: \w+){1,3}? "
        "(?:from|of)) <past>",
        "where (?:do (?:we|things) stand|are (?:we|things)(?: at)?) with what we",
    ),
    *signs(
        "asks what the work was",
        5.0,
        "what (?:(?:was|is) it )?(?:were|was|had|have)? ?(?:(?:it|that|the thing) )?(?:we|i) (?:were |was |had |"
        "have )?(?:been )?<doing><end>",
        "<point> (?:were|was) (?:we|i) <doing><end>",
        "what (?:was|were) (?:we|i) on about<end>",
        r"what did (?:you|i) (?:say|suggest|recommend|explain|tell me|ask you)(?: \w+){0,3}? <past>",
        "what (?:was|is) (?:our|the) (?:plan|decision|conclusion|result) (?:again|we (?:made|had|agreed))",
        r"(?:part|round) \w+ of <old_talk>",
        "what did (?:we|i) (?:do|talk about|discuss|decide|work on|get done|cover|plan|accomplish|finish)(?: on| in|"
        " with| at)?(?: <past>| <shared>| $)",
        "what (?:do|did|have) (?:we|i) (?:have|had|done|got) so far(?= $| <past> | from )",
        r"what (?:was|is) the last thing (?:we|i|you and i) (?:\w+)",
        "what (?:was|were|is) (?:our|my|the) (?:last|previous) (?:session|conversation|chat) about",
        "what (?:is|was|were|are)(?: the| our| my)? (?:left|next|next steps?|last step|status|still open|"
        r"remaining)(?: (?:of|on|to do|do|our|the|my|steps?|with|we|plan|list|things|open|work|"
        r"project)){0,4}? (?:from|in|of|when|on) (?:<past>|<old_talk>|what we were|(?:we|i) (?:stopped|"
        "left))",
        r"what (?:remains|still needs|happened|was decided)(?: \w+){0,4}? <old_talk>",
        "what happened last time (?:we|i) (?:talked|spoke|met|worked)",
        "what (?:is|was) (?:our|my) progress(?: (?:from|in|since))? (?:<past>|<old_talk>)",
    ),
    *signs(
        "asks to go on with the session or the work in common",
        5.5,
        "<go_on>(?: on| with| from| in| at)* <shared><of_ours>",
        r"<anew>(?: on| with| from| in| at)* (?:<our> )?<earlier>(?: \w+)?? <talk><of_ours>",
        "(?:<plain>|<towards>|<pick>) <old_one>(?= $| (?:please|now|thanks) )",
        "(?:<plain>|<towards>|<pick>)(?: on| with| from)* (?:<our> )?(?:<earlier>|my|our) (?:task|work)(?= $|"
        " (?:please|now|thanks) )",
    ),
    *signs(
        "asks to go on with the work",
        4.5,
        r"<go_on>(?: on| with| from| in| at)* (?:our|my)(?: \w+){0,2}? (?:work|project|plan)(?= $| <past> | (?:from|"
        "of|on|we|with|now|please|thanks) )",
    ),
    *signs(
        "asks to go on with what was begun",
        5.0,
        r"(?:<go_on>|<anew>)(?: on| with| from| of| working| planning)* what <us> (?:\w+ )?<done>",
        r"(?:<plain>|<towards>|re ?open|finish|wrap up|do (?:some |a bit )?more|keep \w+ing)(?: <word>){1,8}? we"
        r" (?:\w+ )?(?:were|had (?:going|begun|started)|started|began|begun|planned|made|did|discussed|talked|built|"
        "drafted|wrote|worked on|spoke)",
        r"(?:<plain>|<towards>|finish|keep \w+ing)(?: <word>){1,8}? i (?:\w+ )?(?:was \w+ing|started|began|begun)",
        "<pick>(?: <word>){1,5}? (?:we|i) (?:were|was|started|began|discussed|talked about)",
    ),
    *signs(
        "asks to go on from an earlier time",
        5.0,
        "(?:<plain>|<pick>|<towards>)(?: on| with)* (?:from|since|after) (?:(?:the|our|my) )?(?:<since>|<old_talk>)",
        "<plain>(?: <word>){1,8}? (?:from|of) (?:(?:the|our|my) )?(?:<past>|<old_talk>)",
        "<towards>(?: <word>){1,8}? (?:from|of) (?:last time|<old_talk>)",
        "<towards>(?: <word>){1,4}? <matter> (?:from|of) <past>",
        r"(?:<plain>|<towards>|<anew>)(?: on| with| working on)* yesterdays \w+",
        "<plain> (?:from|at) (?:the |our |my )?(?:<earlier> )?checkpoint",
    ),
    *signs(
        "asks to go on, with nothing else to go on with",
        5.0,
        "(?<=^ )(?>(?:<lead>|<soft>) )*+<plain>(?: <soft>)*(?= $)",
        "<lead> (?:<soft> )?(?:<plain>|pick (?:it|this|that|things) (?:back )?up(?: again)?|get back (?:in ?)?to it|"
        "pick this back up|jump back in|dive back in)(?: with)?(?: it)?(?: <soft>)*(?= $| <past> | <lead> )",
        "pick (?:it|this|things) back up",
        r"pick(?:ing)? <our>(?: \w+)? (?:<talk>|project|work) back up",
        "(?:can|could) you (?:bring|get) it back",
        "(?:get|getting|go|going) back (?:in ?)?to it",
    ),
    *signs(
        "asks for the earlier session",
        5.0,
        "<fetch>(?= (?:<our>|<day>s?|yesterdays) ) <old_talk><of_ours>",
        "(?<=^ )(?:<soft> )*(?:(?:can|could|would) you )?<fetch> <old_talk><of_ours>",
        "(?:initiali[sz]e|restore|re ?open) (?:the |a )?session(?= $| (?:from|with|please|of) )",
        "(?:re ?load|load|restore|re ?open|open|show|find|get|have|bring up|is there)(?: me)?(?: an?| the| our|"
        " my)? <talk> (?:from|of) (?:<past>|<day>)",
        "summary (?:from|of) <past>",
        r"(?:get|have|bring)(?: \w+){1,4}? (?:work|session|chat|conversation)(?: from <past>)? back",
    ),
    *signs(
        "asks what was said or done",
        5.0,
        "(?:remind me|<recall>|refresh my memory|show(?: me)?|see|re ?load|load|restore|give me(?: back)?|forgot|"
        "not sure|know|about|pull up|bring up|catch me up on|up to speed on|summarise|recap|recap of|summary of|"
        r"tell me)(?: of| on| about)? what (?:we|i) (?:\w+ )?(?:<done>|<doing>)<end>",
    ),
    *signs(
        "speaks of work left unfinished",
        2.5,
        r"(?:we|i) (?:did not|never|were not|have not|was not|was|were|had to)(?: \w+)? (?:finish|finished|finishing|"
        "done|in the middle|halfway|interrupted|run off|leave)(?: <past>)?",
        r"(?:got|was|were|getting) (?:\w+ )?(?:cut off|disconnected|interrupted)",
    ),
    *signs(
        "ends with a wish to go on",
        2.0,
        "<plain>(?: <soft>)*(?= $)",
    ),
    *signs(
        "ends with one word for it",
        3.2,
        "(?<! to )(?<! not )(?<! will )(?<! would )(?<! should )(?<! must )(?<! can )(?<! the )(?<! they )(?<! we )"
        "(?<! it )(?<! i )(?<! a )(?<! and )continue(?: (?:now|please))?(?= $)",
    ),
    *signs(
        "begins with a wish to go on",
        1.5,
        "(?<=^ )(?>(?:<lead>|<soft>) )*+<plain> please",
    ),
    *signs(
        "refers to an earlier time",
        1.0,
        "(?:as |from |by )?<past>",
    ),
    *signs(
        "says that the session was lost",
        2.5,
        "(?:lost|closed) (?:my|our) (?:<earlier> )?<talk>",
        "(?:my|our)(?: <earlier>)? <talk> (?:timed out|(?:was|got) lost|is gone|disappeared|crashed|"
        "dropped|closed|expired)",
    ),
    *signs(
        "asks for it back",
        1.5,
        "(?:restore|bring|get|have) (?:it|that|everything|them)(?: back)?",
    ),
    *signs(
        "refers to an earlier session",
        2.0,
        "(?:based on|following|given|after|since|per|from|to) (?:<our> )?<earlier> <talk><of_ours>",
        "(?:based on|following|given|after|since|per) what (?:we|you|i) <done>",
    ),
    *signs(
        "speaks of what was begun",
        2.5,
        r"what (?:we|i) (?:\w+ )?(?:started|began|begun|had going)",
    ),
    *signs(
        "says that the work was cut off",
        1.0,
        r"(?:(?:my|the) (?:\w+ )?)?(?:connection|browser|app|internet|laptop|battery|computer|phone|wifi|page|it)"
        " (?:dropped|crashed|died|froze)",
        "(?:lost|closed) (?:my|the) (?:tab|window|connection|page)",
    ),
    *signs(
        "says that they are back",
        1.0,
        r"i am (?:\w+ )?back",
        "(?:me|back) again",
        "(?<=^ )back",
    ),
    *signs(
        "speaks of an earlier time together",
        1.5,
        r"(?:we|you) (?:were|was|stopped|left off|helped|did|had|discussed|talked)(?: \w+){0,5}? <past>",
        "(?:<past>) (?:we|you|i) (?:were|was|stopped|left off|helped|did|had|discussed|talked|got|reached|spoke|"
        "suggested|explained|showed)",
        r"you (?:suggested|recommended|explained|showed|proposed)(?: \w+){0,5}? <past>",
        r"as (?:we|i) (?:were|was) saying(?: \w+)? <past>",
        "as (?:we |i )?(?:discussed|said|agreed|planned)(?: <past>)?",
        r"(?:we|you and i) (?:just )?(?:talked|spoke|were \w+ing|had (?:just )?\w+ed) (?:\w+)",
        r"you were (?:helping|walking|explaining|telling|showing|teaching|guiding)",
        r"remember (?:that|the|our|my)(?: \w+){1,3}? (?:we|i) (?:were|was|had)",
    ),
    # Against.
    *signs(
        "asks for something else to be done with a session",
        -5.0,
        r"(?<=^ )(?:please )?(?:(?:can|could) you )?(?:close|delete|erase|remove|export|archive|cancel|end|share|"
        r"rename|rate|print|save|download|forward|send|email)(?: \w+){0,6}? <talk>",
        r"what is session \w+",
    ),
    *signs(
        FRESH,
        -6.0,
        r"(?<! do i need to )(?<! do i have to )"
        r"(?:start|begin)(?:ing)? (?:over|anew|fresh|afresh|(?:\w+ )?(?:something|from (?:scratch|zero)))",
        "(?:from scratch|from zero|something (?:new|else|different)|new topic|another topic)",
        "(?<!you start a )(?<!no )new (?:session|chat|conversation|one|plan|question|project|topic|trip|idea)",
        r"(?:start|begin|open|want|have|do|plan)(?:ing)? (?:a|another) (?:brand )?new (?:\w+)",
    ),
    *signs(
        "asks how it is done, or what it means",
        -5.0,
        r"how (?:do|can|could|would|does|to|should|(?:is|are)(?! (?:our|(?:\w+ ){1,3}?we) )|long|many|"
        r"much(?! (?:did we|is left) ))",
        r"what (?:does|happens|is the meaning)(?: \w+){0,8}? (?:mean|when)?",
        "(?:mean|means|meaning)",
        "(?:when|why) (?:do|does|will|is|are|can)",
        "in (?:french|german|spanish|italian|japanese|english)",
    ),
    *signs(
        "reports or passes on what somebody says",
        -5.0,
        "(?:says|(?<!you )(?<!you had )(?<!we )(?<!i )(?:said|wrote|asked|told)|asks|writes|replied|complain|"
        "should say|reads)(?! me)",
        "translate|proofread|(?:a|the) (?:tagline|headline|label|button|title)",
        "(?<=^ )(?:please )?(?:tell|invite|ask|remind|email|e mail|message|schedule|arrange|write|draft|compose|"
        "implement|add|create|set up|design|explain|define|make|let|notify|book)(?! (?:me|us|sure|it))",
        r"(?:write|send|draft|compose)(?:ing)? (?:an?|the|some) (?:\w+ )?(?:email|mail|function|reply|test|note|"
        "message|letter|text)",
        "(?:error|exception|bug report|traceback)",
    ),
    *signs(
        "is about somebody else's",
        -4.0,
        r"<someone> (?:\w+ ){0,3}?(?:left off|stopped|continue|resume|pick up|want to)",
    ),
    *signs("says that they cannot", -6.0, "can not (?:<plain>|<pick>|<towards>)"),
    *signs(
        "speaks of what is still to come",
        -3.0,
        "(?:tomorrow|(?<!our )next (?:week|month|year|<day>|time)|until|another (?:year|month)|later)",
        "(?:we|i) will",
    ),
    *signs(
        "names a day",
        -2.0,
        "on <day>",
    ),
)
