"""Topics of how the agent speaks and works. A plain request for one of these holds for what comes too."""

import re

from holdfast.remembering.extracting.vocabulary.topic import Topic, either, values

__all__ = ["LANGUAGES", "MANNER"]

_SPOKEN = (
    r"(?:answers?|repl(?:y|ies)|responses?|explanations?|messages?|texts?|summar(?:y|ies)|versions?|wording|updates?)"
)
_IT = r"(?:it|things|them|everything|yourself|your \w+|my \w+|the \w+)"
_MUCH = r"(?:very |really |quite |more |a bit |a little |nice and |as |super |too |so |that |all )*"

_SHORT = "(?:short|brief|concise|terse|succinct|compact|crisp|snappy|tight|punchy|shorter|briefer|minimal)"
_LONG = "(?:detailed|thorough|in depth|comprehensive|long|longer|elaborate|extensive|exhaustive|full|complete|lengthy)"

CONCISE = (
    rf"{_SHORT} (?:and \w+ )?{_SPOKEN}|{_SPOKEN} (?:\w+ ){{0,4}}?{_MUCH}{_SHORT}|(?:keep|kept|make"
    rf"|keeping) {_IT} {_MUCH}{_SHORT}"
    rf"|be {_MUCH}{_SHORT}|{_SHORT} and (?:sweet|simple|to the point|direct|clear)|(?:answer|reply|respond) briefly"
    r"|(?:get|come|cut|stick|keep it|be|straight) (?:straight |right )?to the (?:point|chase)"
    r"|(?:skip|drop|spare me|leave out|cut|without|no|less) (?:all |out )?(?:the |your |any )?(?:long |lengthy "
    r"|whole )?"
    r"(?:preambles?|fluff|padding|filler|small talk|waffle|rambling|essays?|explanations?|verbosity|(?:long )?intros?)"
    r"|spare me the details|just (?:give me )?the (?:facts|result|results|essentials|highlights|gist"
    r"|bottom line|key points|basics|headlines)"
    r"|(?:less|fewer) (?:words|wordy|text|verbose|detail)|(?:no|not) (?:long|lengthy|endless) (?:\w+ )?"
    rf"(?:{_SPOKEN}|essays?)|in a nutshell|(?:one|two|three|a couple of|a few)(?: or two"
    rf"| or three)? (?:sentences?|lines?|paragraphs?)"
    rf"(?: max| at most| is enough| are enough| is plenty| are plenty| tops| or less)|(?:{_SPOKEN} (?:are|is"
    rf"|were) )(?:far |much |way )?too (?:long|wordy|verbose)"
    r"|(?:you are |that was |that is )(?:far |much |way )?too (?:wordy|verbose|long winded)|tl ?dr"
    r"|bottom line first|brevity|the (?:shorter|briefer|less) (?:\w+ )?the better|(?:write|say|talk) (?:far "
    r"|way )?too much|under (?:\w+ ){1,2}(?:sentences|lines|words)|just the answers?|no background|(?:the"
    r"|a) (?:summary|gist|answer|result)s? and nothing (?:else|more)"
)
DETAILED = (
    rf"{_LONG} (?:and \w+ )?{_SPOKEN}|{_SPOKEN} (?:\w+ ){{0,3}}?{_MUCH}{_LONG}|be {_MUCH}{_LONG}"
    rf"|(?:keep|make) {_IT} {_MUCH}{_LONG}|(?<! that )(?<! this )(?<! it )in (?:more|full|great|greater"
    rf"|much more) (?:detail|depth)"
    r"|(?<! in )(?<! any )(?<! need )(?<! for )(?:more|all the|plenty of|lots of) details?(?! (?:about|on|of"
    r"|for|regarding) )"
    r"|(?:walk|talk) me through (?:your|the) (?:reasoning|thinking|logic)"
    r"|(?:explain|show|spell out|include|give me) (?:me )?(?:your|the|all your) (?:reasoning|thinking"
    r"|thought process|rationale)"
    rf"|{_SPOKEN} (?:are|is|were) (?:far |much |way )?too (?:short|brief|terse|thin)|do not leave anything out"
    r"|(?:go|going) into (?:more |full |the )?details?|elaborate more|the (?:full|long|whole) (?:version|picture|story)"
    r"|the (?:more|longer) (?:\w+ )?(?:\w+ )?the better|novels|walls? of text|with the (?:full )?reasoning"
    r"|include the (?:background|context|reasoning|why)|how you got there|not hold back on details?"
    r"|detail (?:person|oriented)|(?:more|greater) depth|(?:see|get|want) the (?:full |whole )?reasoning"
)

_LANGUAGES = (
    "English German French Spanish Italian Portuguese Dutch Polish Russian Ukrainian Turkish Arabic Hebrew Hindi Urdu "
    "Bengali Mandarin Chinese Japanese Korean Vietnamese Thai Swedish Norwegian Danish Finnish Greek Czech Hungarian "
    "Romanian Catalan Indonesian Swahili"
)
LANGUAGES = tuple(_LANGUAGES.split())

_CURRENCIES = {
    "EUR": "euros?|eur", "USD": "(?:us |american )?dollars?|usd",
    "GBP": "pounds sterling|british pounds|(?<=in )pounds(?! and)|gbp|sterling",
    "CHF": "swiss francs?|chf", "JPY": "yen|jpy", "INR": "rupees?|inr",
    "SEK": "sek|swedish kron(?:a|or)", "PLN": "zloty|pln",
    "CAD": "canadian dollars?|cad", "AUD": "australian dollars?|aud",
}  # fmt: skip

_CODE = "Python TypeScript JavaScript Rust Go Golang Java Kotlin Swift Ruby PHP Scala Elixir Haskell Clojure Julia Perl"

_SAY = "(?:answer|reply|respond|write|speak|talk|communicate|continue|switch|explain|chat|text|message|stick)"

MANNER: tuple[Topic, ...] = (
    Topic(
        "communication_style",
        either(concise=CONCISE, detailed=DETAILED),
        standing=True,
        opposites={"concise": "detailed", "detailed": "concise"},
        named=re.compile(r"\b(?:short|brief|concise|detailed|long|thorough|in depth|length|detail)\b"),
    ),
    Topic(
        "tone",
        either(
            formal="formal(?:ly)?|businesslike|more formality",
            casual="casual(?:ly)?|informal(?:ly)?|relaxed|laid back|chatty|colloquial|easygoing"
            "|(?:be|so|too) stiff|(?:drop|lose|skip|less|dial down|tone down) (?:the |all the )?(?:formality"
            "|formalities)|(?:no need for|no|without) (?:\\w+ )?(?:formality|formalities)",
            professional="professional(?:ly)?(?= tone| wording| language| voice| manner| please| from| $| and| ,)",
            friendly="friendl(?:y|ier)|warm(?:er)? (?:tone|wording|style)|(?:be|sound) (?:\\w+ ){0,3}?warm(?:er)?",
            direct="(?:be|more|very) (?:\\w+ ){0,2}?(?:direct|blunt|straightforward|frank)(?: with me)?"
            "|blunt(?:ly)?|give it to me straight|honest (?:feedback|with me)|(?:be|stay) honest|soften"
            "|(?:direct|straight) (?:feedback|tone|wording)|sugar ?coat(?:ing)?|do not sugar ?coat",
            playful="playful|humorous|funny tone|witty",
        ),
        standing=True,
        opposites={"formal": "casual", "casual": "formal"},
        named=re.compile(r"\b(?:tone|formal|casual|friendly|wording)\b"),
    ),
    Topic(
        "format",
        values(
            ("bullet points", r"bullets?|bullet points?|bulleted lists?|bulleted"),
            ("step by step", r"step by step|steps? at a time|one step at a time|numbered steps|in steps"),
            (
                "table",
                (
                    r"(?:as|in|into|use|prefer|like|want|love|with|comparison) (?:an? |comparison )*tables?"
                    r"|(?<!the )tables?(?= please| over|"
                    r" rather| instead| $| ,| for (?:comparisons?|numbers|figures)| whenever| when)|tabular"
                ),
            ),
            ("numbered list", r"numbered lists?"),
            ("prose", r"prose|full sentences|running text|plain paragraphs|paragraphs(?= instead| rather| over| not)"),
            (
                "charts",
                (
                    r"charts?(?= over| rather| instead| whenever| please)|(?:use|prefer|as|like|want) (?:charts?"
                    r"|graphs?|diagrams?)"
                ),
            ),
        ),
        standing=True,
        named=re.compile(r"\b(?:tables?|lists?|bullets?|bullet points|prose|format|charts?|graphs?|steps?)\b"),
    ),
    Topic(
        "language",
        values(
            *(
                (
                    name,
                    (
                        rf"{_SAY} (?:(?:to|with|back|only|me|us|everything|things|it|always|your answers?"
                        rf"|your replies|please|over) )*"
                        rf"(?:in |to )?{name.casefold()}|(?:in |my language is |prefer |like |want |use "
                        rf"|comfortable in |easier in |better in |rather (?:speak |write |use |have )?)"
                        rf"{name.casefold()}(?= please| from now| instead| rather| over| ,| $| if| going| at all)"
                        rf"|(?:answers?|replies|responses|everything|conversations?|chats?) in {name.casefold()}"
                        rf"|{name.casefold()} (?:please|from now on|answers|replies|responses|only|is (?:easier"
                        rf"|better|fine))"
                    ),
                )
                for name in LANGUAGES
            )
        ),
        standing=True,
        named=re.compile(rf"\b(?:language|{'|'.join(LANGUAGES).casefold()})\b"),
    ),
    Topic(
        "units",
        values(
            (
                "metric",
                (
                    r"metric(?: units| system| measurements)?|(?:in|use|show|prefer|want) (?:kilomet(?:re|er)s"
                    r"|kilograms|kilos|grams|"
                    r"cent?imet(?:re|er)s|met(?:re|er)s|km|kg|cm|grams and \w+)"
                ),
            ),
            (
                "imperial",
                (
                    r"imperial(?: units| system| measurements)?|(?:in|use|show|prefer|want) (?:miles|pounds and \w+"
                    r"|feet and inches|"
                    r"inches|feet|ounces)|miles and pounds|pounds and miles|feet and pounds"
                ),
            ),
        ),
        standing=True,
        opposites={"metric": "imperial", "imperial": "metric"},
        named=re.compile(r"\b(?:units|metric|imperial|miles|kilometres)\b"),
    ),
    Topic("temperature", either(celsius="celsius|centigrade", fahrenheit="fahrenheit"), standing=True),
    Topic(
        "currency",
        values(
            *(
                (
                    code,
                    (
                        rf"(?:in|use|to|into|show|quote|display|prefer|as) (?:me )?(?:prices? |money |amounts? "
                        rf"|everything )?(?:in )?(?:{names})|(?:prices?|money|amounts?|quotes?|costs?"
                        rf"|everything) (?:\w+ )?in (?:{names})|(?:{names}) (?:only|please)"
                    ),
                )
                for code, names in _CURRENCIES.items()
            )
        ),
        standing=True,
        named=re.compile(r"\bcurrency\b"),
    ),
    Topic(
        "time_format",
        values(
            ("24-hour", "(?:24|twenty four) hour(?: clock| format| time| times| $| ,)|24h|military time"),
            ("12-hour", "(?:12|twelve) hour(?: clock| format| time)|am pm|am and pm"),
        ),
        standing=True,
    ),
    Topic(
        "emojis",
        either(welcome="emojis?|emoticons?|smileys?"),
        standing=True,
        opposites={"welcome": "none"},
    ),
    Topic(
        "examples",
        either(
            always="(?:worked |concrete |real |practical )*examples?(?= when| every| always| please| with"
            "| for (?:every|each)| $| ,| to )"
        ),
        standing=True,
        opposites={"always": "none"},
    ),
    Topic(
        "confirmation",
        values(
            (
                "do not ask",
                (
                    r"(?:no need|do not (?:need|have)) to (?:ask|confirm|check)|stop asking (?:me )?(?:for|before"
                    r"|every|all)"
                    r"|do not (?:keep )?ask(?:ing)? me (?:for (?:confirmation|permission)|every time|before"
                    r"|each time)|just do it"
                ),
            ),
            (
                "ask first",
                (
                    r"(?:ask|check with|confirm with|consult|tell|warn|show) me (?:first|before(?:hand)?)"
                    r"|ask (?:first|before|for (?:my )?"
                    r"(?:permission|approval|ok|confirmation))|without (?:asking|my (?:ok|approval|permission"
                    r"|consent|say so|go ahead)|checking with me)"
                    r"|(?:wait for|get) my (?:ok|approval|go ahead|confirmation)|run it (?:by|past) me"
                ),
            ),
        ),
        standing=True,
        says_it_all=True,
    ),
    Topic(
        "programming_language",
        values(
            *(
                (
                    "Go" if name == "Golang" else name,
                    rf"(?:code|examples?|snippets?|samples?|scripts?|everything"
                    rf"|programs?) (?:\w+ ){{0,2}}?in {name.casefold()}|(?:language|choice"
                    rf"|go to) is {name.casefold()}|{name.casefold()} (?:for everything|please|only|person"
                    rf"|developer|guy|shop|fan)"
                    rf"|(?:(?:prefer|use|write|using|writing|code|coding|program|programming|want it"
                    rf"|like it) (?:in |my code in |code in )?){name.casefold()}"
                    rf"(?= over| rather| for (?:everything|all|my|most|scripts?|backend)| $| ,| please"
                    rf"| whenever| by default| unless| and )"
                    if name != "Go"
                    else r"(?:code|examples?|snippets?|samples?|everything) (?:\w+ ){0,2}?in go(?= $| ,| please"
                    r"| from)|(?:prefer|write|program in|code in) go(?= over| for| $| ,| please)",
                )
                for name in _CODE.split()
            )
        ),
        standing=True,
    ),
    Topic(
        "indentation",
        values(
            ("tabs", "tabs(?= for| over| not| please| $| ,| instead| rather|  )"),
            ("spaces", r"(?:(?:two|four|2|4) )?spaces(?= for| over| not| please| $| ,| instead| rather)"),
        ),
        standing=True,
        opposites={"tabs": "spaces", "spaces": "tabs"},
    ),
    Topic(
        "theme",
        either(dark="dark (?:mode|theme)", light="light (?:mode|theme)"),
        standing=True,
        opposites={"dark": "light", "light": "dark"},
    ),
    Topic(
        "contact_method",
        values(
            (
                "email",
                (
                    r"e ?mail(?:s|ed|ing)? (?:me|us)(?= instead| rather| $| ,| please| when| not| only| always| if"
                    r"| any)|(?:get|receive) (?:an? )?e ?mails?|e ?mail is (?:\w+ ){0,2}?(?:best|better|easiest"
                    r"|easier|fine|preferred)|(?:drop|send|write) me an e ?mail(?= rather| instead| than| not)"
                    r"|(?:by|via|over|through|be|prefer|use|like|want|send it by|in an?|rather) (?:get |have "
                    r"|an )?e ?mail(?:s|ed)?"
                    r"(?! (?:marketing|campaigns?|ads?|newsletters?|address))"
                ),
            ),
            (
                "text message",
                (
                    r"text me(?= instead| rather| please| ,| $| when| not| only| always)|texting|(?:by|via|over"
                    r"|through|prefer|use|like|want|an?|rather|send) (?:get |have "
                    r"|me )?(?:an? )?(?:texts?(?: messages?)?|sms)(?= is| are| $| ,|"
                    r" please| over| rather| instead| to| when| if| not| best)|sms me|text messages? (?:is"
                    r"|are) (?:the )?(?:best|easiest)|reach me (?:\w+ )?by text"
                ),
            ),
            (
                "WhatsApp",
                (
                    r"(?:on|by|via|over|through|prefer|use|like) (?:\w+ )?whatsapp|whatsapp me"
                    r"|whatsapp is (?:\w+ ){0,2}?(?:best|better|easiest|easier|fine)"
                ),
            ),
            (
                "phone",
                (
                    r"(?:call|phone|ring) me(?= please| instead| rather| than| not| $| ,| any)|called|phoning|(?:by"
                    r"|over|via|prefer|rather|on) (?:the |a |get )*(?:phone|telephone|calls?|phone calls?)"
                    r"|(?:use|pick up|answer) the phone|calling me"
                ),
            ),
            ("post", r"(?:by|via|prefer) (?:regular |snail |the )?(?:post|mail|letters?)"),
            ("chat", r"(?:by|via|over|prefer|in|use) (?:the )?chat(?= please| over| rather| instead| $| ,| to )"),
        ),
        standing=True,
        named=re.compile(r"\b(?:reach you|contact you|get in touch|call you|email you|notified|contact)\b"),
    ),
)
