"""Words that tell how something is said: as a habit, with reserve, as a request, for now; of others, or not meant."""

import re

__all__ = [
    "AGAINST",
    "BACK",
    "DISCARDED",
    "DURABLE",
    "FOR_GOOD",
    "HABITUAL",
    "LEAD",
    "LEANS",
    "NOT_MEANT",
    "OF_A_TEXT",
    "OF_OTHERS",
    "OUT",
    "PEOPLE",
    "PREFERS",
    "REQUESTS",
    "REQUEST_QUESTION",
    "SIMPLE_HABIT",
    "SPECIFIC",
    "TEMPORARY",
    "UNREAL",
    "WANTS",
]

PEOPLE = (
    r"(?:wife|husband|partner|spouse|fiancee?|girlfriend|boyfriend|friends?|boss|manager|colleagues?|coworkers?"
    r"|team|mum|mom|mother|dad|father"
    r"|parents?|sons?|daughters?|kids?|child|children|brothers?|sisters?|family|customers?|clients?|users?"
    r"|audience|readers?|company"
    r"|cats?|dogs?|doctor|teachers?|neighbou?rs?|grandma|grandpa|aunt|uncle|cousins?|room ?mates?|flat ?mates?"
    r"|assistant|secretary|ceo|director"
    r"|students?|guests?|stakeholders?|legal|buddy|mate|travel companions?|companions?|passengers?"
    r"|sister in law|mother in law|competitors?|agency|sponsor)"
)
_ADVERBS = (
    r"(?:really |much |strongly |definitely |generally |usually |normally |always |still |also |just "
    r"|actually |personally |now |do |tend to |mostly |typically |honestly |absolutely |particularly "
    r"|only |so |truly |very much |rather ){0,4}"
)

UNREAL = re.compile(
    r" (?:what if|what would|imagine|suppose|supposing|pretend|hypothetically|say i|let us say|let us pretend"
    r"|assuming i|as if"
    r"|if i (?:\w+ )?(?:were|was|had|liked|wanted|preferred|said|asked|chose|ever|did|could|would|told|only)"
    r"|had i|were i|for the sake of argument|in theory"
    r"|role play|my character|in a parallel|in another life|i wish i) "
)
"""What is only played with."""

NOT_MEANT = re.compile(
    r" (?:used to|in the past|back then|previously|formerly|once upon|i (?:\w+ )?(?:preferred|liked|loved|hated"
    r"|chose|wanted)|have always wanted"
    r"|never said|not saying|did not say|do not mean|not that i|not sure|not certain|unsure"
    r"|do not (?:\w+ )?know|wonder|wondering|maybe|perhaps|might|i guess"
    r"|no (?:\w+ )?preferences?|do not have (?:a|any) (?:\w+ )?preferences?|do not (?:\w+ )?(?:mind|care)"
    r"|whichever|either (?:is|one|way)|up to you|kidding|joking|just curious|not necessarily"
    r"|does not matter|do not always|not always|(?:if|whether|what|which|why|how|where|who|than"
    r"|when) (?:do )?i (?:\w+ )?prefer|almost never|(?:it|this|which|there) (?:\w+ )?(?:always|never|usually"
    r"|constantly))(?= )"
)
"""What was, what is not known, and what is all the same."""

OF_OTHERS = re.compile(
    rf"(?<! if) (?:she|he|they|people|everybody|everyone|somebody|someone|nobody|some|many|others|most|{PEOPLE}"
    rf"|who|which) (?:(?!i |me |my |you )\w+ ){{0,3}}?"
    r"(?:prefers?|preferred|likes?|loves?|hates?|wants?|never|always|usually|would rather|would like"
    r"|would prefer|says?|said|thinks?|does not|can not stand|swears?|insists?"
    r"|told|tells?|wrote|writes|asks?|asked|only|needs?|suggest\w*|recommend\w*|eats?|is|are)(?= )"
    r"|(?<! if) you (?:prefer|like|love|hate|want|never|always|usually|said|say|think|told|wrote|asked"
    r"|suggested|recommended)(?= )"
    rf"| (?:for|to|with|of|like|says|said|by) (?:my|our|his|her|their|the|a) (?:\w+ )?{PEOPLE}(?= )"
    r"| (?:his|her|their) (?:\w+ ){0,2}?(?:preference|favourite|preferred|usual)"
    r"|(?<! i)(?<! you)(?<! we)(?<! to me) (?:say|says|saying|said|that reads|titled|is called|the (?:article"
    r"|text|email|letter|policy|website|site|documentation|docs|prompt|sign|label) (?:says|reads|is|said)) "
    r"|(?:^| please| you| you to| ,) (?:write|translate|draft|compose|quote) (?!to (?:me|us) |me |us |back |in "
    r"|everything |prices )"
)
"""What other people wish, and what somebody says."""

DURABLE = re.compile(
    r" (?:always|never|ever|from (?:now|here|today|this point|that point|this moment) (?:on|onwards?|forward"
    r"|out)|from here on out|going forward|moving forward"
    r"|(?:in|for) (?:the |all )?future|in general|generally|usually|normally|typically|mostly|as a rule"
    r"|by default|every (?:time|single|trip|day|week|flight|booking|order|answer)|each time"
    r"|whenever|at all times|for good|permanently|as standard|throughout|any ?more(?= ?$| ,| please| of)"
    r"|no longer|across the board|no matter what|without exception|all the time|nowadays|these days"
    r"|as (?:usual|always)|remember (?:that|this|i|for)|please (?:note|remember)|for everything|for all (?:my"
    r"|future)|most of the time|in all (?:my|your|future)|on (?:every|all my|any)|all (?:my|future|your)"
    r"|keep in mind|for next time|next time and|since forever|have for years|for ever|forever|standing"
    r"|default to|full stop|unless i say|wherever|in any of|as always|every one)(?= )"
)

TEMPORARY = re.compile(
    r" (?:(?:for|in|on|with|of|just|only) (?:just |only )?(?:this|that|these|those|today|todays|tonight"
    r"|tomorrow|tonights|once)(?! (?:on|kind|sort|point|moment|way|matters?|audience|brand|client|segment))"
    r"|this (?:time|once|one|week|month|morning|afternoon|evening|weekend|trip|flight|booking|order|campaign"
    r"|email|report|deck|task|project|session|chat|document|question|instance"
    r"|round|particular|call|meeting|post|stay|purchase|conversation|thread|message|quarter|year)"
    r"|for now|for the (?:moment|time being|next|coming|rest of|duration)|right now|at the moment|today|tonight"
    r"|tomorrow|until|temporarily|as an exception"
    r"|for once|next (?:week|month|trip|flight|one|few)|while i am|the next (?:one|two|few|couple)|one off"
    r"|currently)(?= )"
)
"""What is about this piece of work alone."""

HABITUAL = re.compile(
    r" (?:always|never|usually|normally|generally|typically|mostly|from now on|going forward|in (?:the )?future"
    r"|whenever|every (?:time|trip|flight|single)|as a rule|by default|on every|in general|no longer|any ?more"
    r"|only ever|ever|wherever)(?= )"
)
"""What is done again and again."""

FOR_GOOD = re.compile(r" (?:from now on|going forward|in (?:the )?future|every time|always|never)(?= )")

PREFERS = re.compile(
    rf" (?:i|we) {_ADVERBS}(?:prefer|favou?r|love|adore|enjoy|like)(?: it)?(?= )| (?:i|we) {_ADVERBS}(?:hate"
    rf"|dislike|detest|loathe|avoid|can not stand|can not bear|can not abide)(?= )"
    rf"| (?:i|we) {_ADVERBS}do not {_ADVERBS}(?:like|enjoy|care for|believe in)(?= )"
    rf"| i am (?:\w+ ){{0,2}}?(?:fan of|believer in|fond of|into|partial to|keen on|all about|allergic to"
    rf"|tired of|sick of|fed up with)(?= )"
    r"| my (?:\w+ )?preference (?:is|would be|has) | (?:works?|worked|performs?|is|are"
    r"|suits?) (?:\w+ ){0,2}?(?:best|better|easier|easiest|clearer|nicer) (?:for me|for us)?"
    r"| suits? (?:me|us) | of choice | (?:is|are|has become|have become) (?:my|our) (?:strongest|best|main|top"
    r"|go to|favourite|preferred|usual|default|first choice) | my best (?:work|thinking) | (?:i|we) (?:really "
    r"|just |simply |do ){0,3}(?:do not|never|will not|no longer) (?:advertise|work with|run|do|eat|drink|fly|wear"
    r"|post|accept|tolerate)(?= )| (?:i|we) find (?!out )| (?:best|better) results with |(?<= do) best with "
    r"| (?:annoys?|bothers?|confuses?|irritates?) me | puts? me off | i (?:learn|work|think|understand"
    r"|read) (?:\w+ )?(?:best|better) | i am (?:more of )?an? (?:\w+ ){1,3}?(?:person|guy|girl|woman|man|type"
    r"|fan|developer|programmer|shop) | helps me | get (?:lost|confused) | annoys? me | drives? me (?:mad|crazy"
    r"|nuts) "
    r"| (?:my|our) (?:\w+ )?(?:preferred|favourite|main|usual|default|go to|standard"
    r"|regular) (?:\w+ ){1,3}?(?:is|are|would be|has) | (?:is|are) (?:what|how) i (?:like|prefer) "
    r"| over the .{2,20} any day "
)

LEANS = re.compile(
    r" (?:i|we) (?:would|should) (?:\w+ )?(?:rather|prefer|love|sooner)(?= )| (?:i|we) (?:would"
    r"|will) (?:usually|normally|generally|always|typically) (?:go|choose|pick|take)| preferabl[ye] | ideally "
    r"| (?:i|we) tend to | (?:is|are) (?:better|fine|enough|plenty)(?= )| only(?= ,| ?$)| (?:is|are) best "
    r"| will do(?: me)? | for me(?= ,| ?$| please| ever| always)| the better(?= |$)"
    r"| i (?:would )?appreciate (?!(?:your|the|all|any|it) )"
)

WANTS = re.compile(
    r" (?:i|we) (?:\w+ ){0,3}?(?:want|need|wish|expect|value"
    r"|would like|will take|will go|will have|will use|will pay|will choose|will stick|choose|would choose"
    r"|would go|am going with|am going to|opt|like)(?= )| i am looking for | let us (?:go|use|do|keep|make"
    r"|stick|switch|take|pay|book|have) "
)

SIMPLE_HABIT = re.compile(
    r"(?<! can)(?<! could)(?<! should)(?<! may)(?<! do)(?<! if)(?<! what)(?<! how)(?<! when)(?<! whenever) (?:i"
    r"|we) (?:only ever |only |mostly |mainly |just |also )?(?:pay|fly|travel|stay|sit|code|program|shop|drink"
    r"|eat|read|wear|speak|drive|use|(?:work|plan|do|run)(?= (?:\w+ )?(?:campaigns|clients|brands))|only (?:buy"
    r"|eat|drink|order|use|wear|fly|stay|take)) (?:\w+ )?(?:by|with|in|at|on|using|only|\w+) "
)

LEAD = (
    r"(?:^ |(?<= , )|(?<= please )|(?<= just )|(?<= again )|(?<= though )|(?<= now )|(?<= then )|(?<= future )"
    r"|(?<= forward )|(?<= default )|(?<= on )|(?<= also )"
    r"|(?<= ok )|(?<= you to )|(?<= rule )|(?<= general )|(?<= always )|(?<= oh )|(?<= remember to )"
    r"|(?<= thanks )|(?<= hi )|(?<= hello )|(?<= actually )|(?<= so )|(?<= be sure to )|(?<= sure to )"
    r"|(?<= sure you )|(?<= can you )|(?<= could you )|(?<= would you )|(?<= will you )|(?<= you can )"
    r"|(?<= you could )|(?<= to )|(?<= well )|(?<= yes )|(?<= no )|(?<= me )|(?<= kindly )|(?<= try to )"
    r"|(?<= let us )|(?<= time )|(?<= instead )|(?<= you should )|(?<= you )|(?<= only )|(?<= we can )"
    r"|(?<= we could )|(?<= assume )|(?<= you ))"
)

REQUESTS = re.compile(
    LEAD + r"(?:keep|make|be|give|use|answer|reply|respond|write|explain|talk|speak|send|show|stick|try|go|include"
    r"|put|get|order|book|choose|pick|take|fly|stay|skip|drop|cut|leave|stop"
    r"|do not|never|no|not|avoid|exclude|omit|remove|spare|switch|present|list|format|summari[sz]e|present|ask"
    r"|check|confirm|wait|run|call|text|email|e mail|reach|contact|quote|display|provide|always"
    r"|only|default|assume|prefer|default|begin|start|end|add|less|more|fewer|enough|lose|tone|dial|walk|talk"
    r"|address|write|structure|break|indent|pay|charge|upgrade|downgrade|change|set|convert|deliver|without"
    r"|come|straight|bottom|tl|continue|chat|message|elaborate|treat|steer|stay|bring|focus|favour|anything"
    r"|nothing|loosen|lighten|communicate|consult|warn|tell|turn)(?= )"
    r"| please | from now on | thanks ?$| i (?:would )?(?:want|like|need|appreciate|prefer|love"
    r"|ask) (?:it )?(?:if )?you(?: to| would| could| can|r)?(?= )"
    r"| (?:your|the) (?:answers?|repl(?:y|ies)|responses?|explanations?|messages?|texts?) (?:are|is|were|should"
    r"|could|can|need|must|have)(?= )| you are (?:far |much |way )?too | (?:grateful|glad|happy|nice|great"
    r"|helpful|lovely|good|thankful|perfect) if you | (?:is|are) not (?:an option|for (?:me|us)) "
    r"| there is no need | no need | (?:can|could|would|should) be | (?:is|are) (?:off|out|a no go|banned"
    r"|off limits) | full stop | unless i say "
)

REQUEST_QUESTION = re.compile(
    r"^ (?:(?:hi|hello|hey|so|and|ok|please|also|oh|yes|actually|by the way|one more thing|great|thanks|sorry"
    r"|but|well|in future|from now on|going forward|,) )*(?:can|could|would|will) (?:you|we"
    r"|i)(?: please| perhaps| kindly| also| just| always| mind)* "
)

AGAINST = re.compile(
    r" (?:do not|not|never|no|without|stop|avoid|hate|dislike|detest|loathe|can not|skip|drop(?! me)|exclude"
    r"|omit|leave out|no more|less|no longer|cut out|cut|remove|lose|tone down|dial down|fed up with|sick of"
    r"|tired of"
    r"|fewer|enough|allergic to|ditch|stay off|stay away from|steer clear of|keep off|nothing|anything but"
    r"|spare me|time for|will not|would not|am not|refuse|rid of|hold the|burned by|anything on|turn off"
    r"|disable)(?: (?!but |rather )\w+){0,7}? ?$"
)
"""What comes right before something that is not wanted; up to its place."""

DISCARDED = re.compile(
    r" (?:over|than|instead of|rather than|as opposed to|not|from|unlike|versus|vs)(?: (?:a|an|the|to|my"
    r"|getting|taking|having|using|any|be))* $"
)
"""What comes right before the alternative that lost."""

OUT = re.compile(
    r"^ ?(?:ads? |campaigns? )?(?:(?:\w+ )?(?:annoys?|puts? me off|bothers?|drives? me|irritates?|confuses?"
    r"|makes? me cringe|gets? on my)|out(?: of)?(?= )|is over rated|aside|is out|are out|off the (?:table|list"
    r"|plan)|is off|is a no go|are a no go|is banned|does not work for (?:me|us)|(?:is|are) not (?:for"
    r"|an option)|is not (?:my|our) thing|, ever(?= |$)|, not ever|ever again)"
)
BACK = re.compile(
    r" (?:is|are) (?:fine|ok|welcome|allowed|good|back|on the table)(?= )| (?:back in|again|after all)(?= )"
    r"| you (?:can|may) (?:use|include|add|put) | bring back | feel free to use "
)
"""What lifts a ban."""

OF_A_TEXT = re.compile(
    r" (?:the|this|that|my|a|an|your) (?:\w+ ){0,2}?(?:paragraphs?|e ?mails?|mails?|letters?|functions?"
    r"|methods?|class|sections?|introduction|drafts?|posts?|tweets?|titles?|headlines?|readme"
    r"|docstrings?|commit messages?|bio|cv|resume|essays?|articles?|blogs?|slides?|decks?|story|poems?|reports?"
    r"|plans?|captions?|descriptions?|breakdown|speech|invitation|cover letter|song|script"
    r"|document|page|press release|list of|overview of|summary of|proposal|presentation|brief|code|tests?"
    r"|variable|query|name|password|logo|text|font|summary|sentence|word|second|first|third|last)(?= )"
)
"""What is to be written is a piece of work: how it shall be says nothing of how the agent shall speak."""

SPECIFIC = re.compile(
    r" (?:\S*\d\S*|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|reservations?|bookings?|flight to|(?:first|second|third|last|other|next|outbound|inbound|return) (?:one"
    r"|option|flight|leg|"
    r"segment|card)|options?|upgrade|downgrade|change|switch|cancel|refund|passengers?|available|remaining"
    r"|balance|difference|change|book|extra|all of my|upcoming)(?= )"
)
"""What belongs to the work at hand."""
