"""Small signs, each a class of words. One alone is too little; two or three that go together are a wish to go on.

They find what nobody thought of when `signs` was written: that somebody returns, to what, whose it was, when that was,
where it stood and what came between, in any words and any order. What is wished weighs about 2, what it is done to
about 1, so neither is enough and both are. Objects that nobody works at in a conversation weigh nothing.
"""

from holdfast.greeting.sign import Sign, signs

__all__ = ["COMPOSED"]

# As the text says it, and how heavily, where more than 3 is enough; the patterns of one kind count once.
COMPOSED: tuple[Sign, ...] = (
    # The wish, by how much it takes for granted that there was something before.
    *signs(
        "asks for nothing but to go on",
        3.3,
        "<wish>(?:jump|dive|hop|get|come) (?:right |straight )?back in(?: <soft>)*(?= $)",
        "<wish>(?:crack on|press on|pick (?:it |this |that )?up again|keep (?:going|at it)|get going again)"
        "(?: <soft>)*(?= $)",
        "(?:<wish>|(?<= over )|(?<= done )|(?<= finished ))back (?:to|at) it",
        "pick (?:it|this|that|things) up again (?:from )?where",
        r"pick(?:ing)? up (?!the |my |an? |some )\w+ again(?: <soft>)*(?= $)",
        r"re ?open (?:the|that|our|my|this|yesterdays) (?:\w+ )?(?:<talk>|project)",
        "(?<=^ )(?:<soft> )*(?:(?:re ?load|load|restore|open|continue|resume) )?(?:<our> )?"
        "(?:last|previous|earlier|prior|old)(?: <talk>| project)?(?: <soft>| <past>)*(?= $)",
        "start(?:ing)? back up",
        "(?<=^ )(?:<soft> )*(?:to |from )?(?:where <us> <left_off>|(?<= from )<past>)(?: <soft>)*(?= $)",
        "(?:we|i) (?:had )?(?:stopped|paused|ended|got (?:up|as far)) (?:at|on|as|to|with) (?:the )?<piece>",
        "you were (?:just )?(?:saying|about to|going to)(?: <soft>)*(?= $)",
        "(?:we|i) (?:had )?left (?:it|things|off) (?:at|on|with|in)",
        r"same (?:\w+ )?(?:<talk>|project|work) (?:as|like) (?:<past>|last)",
    ),
    *signs(
        "wishes to return",
        2.5,
        "(?:get|getting|go|going|jump|dive|hop|come) (?:right |straight |us )?back (?:in ?to|to|on(?: track(?: with|"
        " on)?)?|"
        "in|at)(?! (?:you|her|him|them|us|school|sleep|bed|normal|basics) )",
        "(?:take|bring|get) (?:me|us) back (?:in ?to|to)",
        "<wish>(?:back (?:to|on|at|in ?to)(?! (?:life|school|basics|back|front|normal) )|"
        "return(?:ing)? to(?! the office)|revisit|un ?pause)",
        r"pick(?:ing)?(?= (?:\w+ ){0,4}?(?:back up|up (?:\w+ ){0,5}?again) )",
        "pick(?:ing)? (?:it |this |that |things )?(?:back )?up(?: again)? (?:from|at|on|with|where)",
        "<wish>(?:crack on|press on|keep at|keep on|keep (?:on )?(?:going|working|writing|"
        "building|coding|debugging|planning|editing|drafting|designing|practi[sc]ing|studying|talking|learning|"
        "translating))"
        "(?! (?:straight|hours|to) )",
        r"get (?:\w+ ){1,3}?going again",
        "(?:get|go)(?: going| started| it)? again",
    ),
    *signs(
        "wishes to go on",
        2.1,
        "<wish><plain>(?! (?:to|button|statement|shopping|reading|as|until) )",
        "<wish>(?:get (?:that|this|those|these|it) done|move on with)",
        "(?:do |some )?more (?:of|on|work on)",
        r"(?:push|take)(?= (?:\w+ ){0,5}?(?:forward|further) )",
        "(?:go (?:ahead|further)|move forward|roll on|onwards?) with",
        "keep (?:it|things|the ball) (?:rolling|moving|going)",
        "pick(?:ing)?(?: it| this| that)? up(?= our )",
        "(?:switch|circle|turn) back to",
    ),
    *signs("wishes to bring it to an end", 1.4, "<wish>(?:finish|wrap up|get done|complete)"),
    *signs("asks for it together", 0.3, "<together>"),
    *signs(
        "asks for something to be fetched",
        1.2,
        "<wish>(?<! are you )(?:re ?load|load|restore|re ?open|open|bring (?:back|up)|pull up|recover|retrieve|find|"
        "fetch|"
        "switch to|follow up on|(?:boot|fire|look) up|access|build on|work from|start off from)(?: up)?",
        "(?:let me see|check|look at|read back|scroll back to|go over|go through|kept|saved)(?= (?:our|my|the|that|"
        "where|yesterdays) )",
        "(?:get|give|show)(?: me)?(?= (?:the|my|our|that|what|where|yesterdays) )",
        r"bring(?= (?:\w+ ){1,4}?back )",
        r"use(?= (?:the|our|that|my) (?:\w+ )?<talk> )",
        "(?:i )?(?:want|need)(?= (?:the|my|our|that|what) )",
        "(?:do you )?(?:still )?have(?= (?:the|my|our|that|what|where) )",
        "(?:where is|where are)(?= (?:the|my|our) )",
    ),
    *signs(
        "asks to be put in the picture",
        1.9,
        "(?:catch me up|fill me in|(?:bring|get) me up to (?:speed|date)|(?:refresh|jog) my memory|remind me)"
        "(?: on| of| about)?(?! (?:to|at|in|when|that|next) )",
        r"how far (?:along )?(?:are|were|did|have|had) (?:we|i|it)(?: \w+)?? (?:get|got|gotten|with|along|on)",
        "tell me(?= (?:where|what|how far) (?:we|i) )",
    ),
    *signs(
        "asks how far they have come",
        2.3,
        "what (?:do|did) (?:we|i) (?:still )?(?:have|need) to do(?! to )",
        "where (?:(?:are|do|did) )?(?:we|things|it)(?: are)? (?:at|stand)",
        "(?:something|anything|what is)(?: still)? (?:left|outstanding|pending|open)(?= (?:from|to do|with our|"
        "in our) )",
        "where (?:did|have|had) (?:we|i) (?:get|got|gotten)(?: up)? to",
        "where (?:are|do) (?:we|things)(?= (?:with|on|in) )",
    ),
    *signs(
        "asks how it stands",
        1.6,
        "what (?:is|was) (?:left|the (?:status|state|last step)|happening|going on|up)",
        r"how (?:is|are)(?= (?:our|the|my|that) (?:\w+ ){1,8}?(?:going|coming along|doing) )",
        "(?:any )?updates? (?:me )?on",
        "(?:what )?(?:else )?(?:did|have|had) we (?:ever |have )?(?:finish|finished|get|agree|plan|complete|"
        "to do)(?: done)?",
        "what (?:remains|was)",
        "re ?cap",
    ),
    *signs("asks for a summary", 1.4, "summar(?:y|ise)"),
    *signs(
        "asks for what comes next",
        1.6,
        "(?<! with the )(?<! with )(?<! me )(?<! me the )(?:on to )?(?:what (?:is )?)?(?:the )?next(?: (?:part|step|"
        "section|chapter|question|lesson|bit|slide|exercise|task|"
        "point|one))?+(?! (?:should|is|was|will|to) )",
        r"(?:part|round|day|session|chapter|lesson) (?:two|three|four|five|\d+)(?= (?:of|on) )",
    ),
    # What it is done to.
    *signs(
        "speaks of what was done together",
        1.9,
        r"(?:what|everything|the (?:\w+ ){1,3}?)(?: that| which)? ?(?:we|you and i) (?:\w+ )?(?:\w+ing|\w+ed|had|did|"
        r"do|made|"
        "began|begin|begun|built|wrote|spoke|left)",
        r"(?:what|the (?:\w+ ){1,3}?)(?: that| which)? ?(?:i was (?:\w+ing|in)|you were \w+ing|you (?:just |"
        r"last )?wrote)",
        r"where (?:we|i|you|it|things) (?:\w+ )?<left_off>",
        "yesterdays (?:<talk>|work|project)",
        "(?:our|my) <earlier> <talk><of_ours>",
    ),
    *signs(
        "speaks of the two at work",
        1.8,
        "(?:we|you and (?:i|me)) (?:are|were|was|have been|had been) (?:just |still )?(?:working|writing|building|"
        "planning|"
        "designing|drafting|discussing|talking|chatting|debugging|editing|studying|practi[sc]ing|on (?:chapter|step|"
        "part)|"
        "in (?:a|the middle of a) <talk>)(?! to )",
        "(?<! as )we (?:just |had )?(?:talked|spoke|discussed|chatted|worked on|started on)",
    ),
    *signs(
        "speaks of help that they had",
        2.1,
        "you (?:were|have been|had been) (?:helping|teaching|explaining|showing|walking|guiding)",
        "you (?:just )?(?:helped|taught|walked|promised) me",
        "(?:talking|chatting|speaking|working) (?:to|with) you",
    ),
    *signs(
        "speaks of work in common",
        1.5,
        "our(?: (?!next |new )<word>){0,3}? (?:<craft>|<talk>|work|project)<of_ours>",
        "(?:the|this|that|an?)(?: (?!next |new |following |second |other )<word>){0,2}? (?:<talk>|project)<of_ours>",
        "the work(?= on )",
        r"(?:the )?same (?:\w+ )?(?:<talk>|project|work|stuff|thing)",
        "(?:last|previous) (?:message|point|step|line|sentence|<talk>)",
        "the one(?= <past> )",
    ),
    *signs(
        "speaks of work of their own",
        1.1,
        "my(?: (?!next |new )<word>){0,3}? (?:<craft>|<talk>|work|project)<of_ours>",
    ),
    *signs(
        "speaks of something that is made",
        0.8,
        r"<piece> (?:one|two|three|four|five|six|seven|eight|nine|ten|\d+)",
        "(?:the|that|this|those|these)(?: (?!next |new |following |second |other )<word>){0,3}? <craft><of_ours>",
        "(?:work on|(?<! the )(?<! our )(?<! a )project|writing|building|planning|coding|debugging|designing|drafting|"
        "editing)",
    ),
    *signs(
        "speaks of what one of them did",
        1.0,
        "we (?:had |just |were |still )?(?:had|reached|got|agreed|tried|stopped|made it|started|began|talked|"
        "were|was|did|never)",
    ),
    *signs(
        "speaks of what they were told",
        1.2,
        "you (?:had |just |have )?(?:asked|gave|said|told|suggested|showed|sent|explained|recommended|wanted|needed|"
        "set|were)",
        "with you(?= $| <past> )",
        "your (?:last )?(?:questions?|fix|suggestions?|advice|answer|plan|idea|notes)",
    ),
    *signs(
        "brings what came of it",
        1.0,
        "here (?:is|are) the",
        "i (?:have|tried|found|did|ran|finished|paused)(?= (?:the|what|your|this|done) )",
    ),
    *signs("says that there was something before", 0.5, "again", "still", "the rest", "halfway"),
    *signs(
        "says what came between",
        1.0,
        r"(?:my|the|our) (?:\w+ )?(?:battery|laptop|phone|computer|browser|tab|session|connection|internet|power|app|"
        r"page|history)"
        r" (?:\w+ )?(?:went|died|expired|crashed|closed|froze|cut|dropped|ended|rang|vanished|disappeared|is gone)",
        "(?:got|was|were|been|me) (?:logged|kicked|cut|disconnected|interrupted)(?: (?:out|off))?",
        "(?:had to|got to) (?:run|go|leave|take a call|stop)",
        "(?:break|lunch|meeting|coffee|call)(?: is)? (?:over|done|finished)",
        r"back from (?:\w+ )?\w+",
        r"(?:it (?:has|is)|its) been (?:\w+ ){0,3}?(?:while|days|weeks|months|long)",
        "(?:everything|it) (?:is (?:all )?gone|vanished|disappeared)",
        "(?:call|line|wifi|power) (?:dropped|cut|went|died)",
        r"(?:took|had) (?:a|my|the) (?:\w+ )?(?:break|meeting|pause|call)",
        "(?:have|got)(?: finally)? (?:some |an? |more )?(?:hour|time|minutes)(?: now| again)?",
        r"(?:lost|closed|refreshed) (?:the|my) \w+",
    ),
    # Against.
    *signs(
        "speaks of a version, not of the work",
        -2.5,
        "the one before|(?:first|last|previous|second|other) one",
        "(?:the )?(?:top|beginning|main menu|home (?:page|screen)|menu)",
        r"(?:first|second|third|other|old|older|earlier|original|previous|last)(?: \w+)? (?:versions?|draft|design|"
        r"plan|"
        "name|logo|style|price|option|layout|font|title)",
    ),
    *signs(
        "says how it is to be done",
        -1.5,
        "but (?:shorter|longer|in|with(?:out)?|make|more|less)",
        "(?:instead|using|by (?:<day>|noon|june|the end)|in the same)",
    ),
    *signs(
        "speaks of what others were there for",
        -2.0,
        "with (?:the|my|our|an?) (?:client|customer|supplier|board|boss|manager|landlord|doctor|teacher|professor|"
        "advis[eo]r|"
        "colleagues?|neighbou?r|husband|wife|mum|mom|dad|kids?|friends?|patients?|bank)",
        r"(?:should i|if (?:we|i)) (?:\w+ )?<plain>",
    ),
    *signs(
        "speaks of another program",
        -2.0,
        "in (?:ms |microsoft |google )?(?:word|excel|docs|sheets|photoshop|outlook|notion|jira|figma|chrome|git|gmail)",
    ),
)
