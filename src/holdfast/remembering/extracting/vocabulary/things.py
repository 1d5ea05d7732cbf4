"""Topics of what the user buys, books and does. A plain request for one of these tells only what was chosen."""

import re

from holdfast.remembering.extracting.vocabulary.topic import Topic, Value, either, values

__all__ = ["THINGS"]


def _names(names: str) -> tuple[Value, ...]:
    """Names that are their own pattern."""
    return values(*((name, re.escape(name.casefold()).replace("\\ ", " ")) for name in names.split(", ")))


_DAYTIME = (
    ("morning", r"(?:the )?(?:early )?mornings?|early|before (?:noon|lunch|midday)|first thing"),
    ("afternoon", r"(?:the )?afternoons?|after lunch"),
    ("evening", r"(?:the )?evenings?|after (?:work|dinner)|late in the day"),
    ("night", r"(?:at |the )?nights?|overnight"),
)

_TRAVELLING = r"(?:fl(?:y|ying|ights?)|depart\w*|leav(?:e|ing)|travel(?:ling|ing)?|trains?|take off)"
_MEETING = (
    r"(?:meet(?:ings?)?|calls?|study(?:ing)?|work(?:ing)?|train(?:ing)?|work ?outs?|exercise"
    r"|run(?:ning)?|appointments?|lessons?|sessions?|learn(?:ing)?|write|writing|code|coding"
    r"|read(?:ing)?)"
)


def _at(doing: str) -> tuple[Value, ...]:
    return values(
        *(
            (time, rf"{doing} (?:\w+ ){{0,4}}?(?:{pattern})|(?:{pattern}) (?:\w+ ){{0,3}}?{doing}")
            for time, pattern in _DAYTIME
        )
    )


THINGS: tuple[Topic, ...] = (
    Topic(
        "seat",
        values(
            ("aisle", r"aisle(?: seats?)?"),
            (
                "window",
                (
                    r"window seats?|(?:by|at|near) the window|(?:the |a )?window(?= over| rather| $| ,"
                    r"| please| seat| when| to sleep| on)"
                ),
            ),
            ("exit row", r"exit rows?|emergency exit"),
            ("extra legroom", r"(?:extra|more) leg ?room"),
            ("front", r"(?:at|in|near|towards?) the front(?: of the (?:plane|cabin|train))?|front rows?"),
            ("middle", r"middle seats?"),
        ),
        named=re.compile(r"\b(?:seats?|aisle|window)\b"),
    ),
    Topic(
        "cabin",
        values(
            ("basic economy", r"basic economy"),
            ("premium economy", r"premium economy"),
            ("economy", r"economy|coach(?= class| $| ,| please| for| when)|fly coach"),
            (
                "business",
                (
                    r"business(?: class| cabin)|(?:fly|flying|travel|in|cabin|to|prefer"
                    r"|upgrade to) business(?= class| $| ,| please| on| when| for)|business(?= please)"
                ),
            ),
            ("first", r"first class"),
        ),
        named=re.compile(r"\b(?:cabin|class|economy)\b"),
    ),
    Topic(
        "meal",
        values(
            *(
                (name, rf"{name.replace('-', ' ')} (?:meals?|food on board|option)")
                for name in ("vegetarian", "vegan", "kosher", "halal", "gluten-free", "low-sodium", "diabetic")
            )
        ),
    ),
    Topic(
        "stops",
        either(
            nonstop=r"non ?stops?(?: flights?)?|non stop|direct (?:flights?|connections?|trains?|routes?)"
            r"|fly(?:ing)? direct|direct(?= only| please| if)|(?:no|without|avoid|hate|not do|not want"
            r"|dislike|never want) (?:any )?(?:layovers?|connections|stop ?overs?|changes of train)"
        ),
        named=re.compile(r"\b(?:non ?stop|stops?|direct|layovers?|connections?)\b"),
    ),
    Topic(
        "departure_time", _at(_TRAVELLING), named=re.compile(r"\b(?:time of day|depart|leave|flight|morning|evening)\b")
    ),
    Topic("meeting_time", _at(_MEETING), named=re.compile(r"\b(?:meet|call|appointment|slot)\b")),
    Topic(
        "payment_method",
        values(
            ("credit card", r"credit cards?"),
            ("debit card", r"debit cards?"),
            ("gift card", r"gift cards?"),
            (
                "travel certificate",
                (
                    r"(?:use|using|pay|paying|apply)(?: \w+){0,3} (?:travel )?certificates?"
                    r"|with (?:my|the|a|one|this|that) (?:travel )?certificates?"
                ),
            ),
            ("PayPal", r"pay ?pal"),
            ("Apple Pay", r"apple pay"),
            ("Google Pay", r"google pay"),
            ("Klarna", r"klarna"),
            ("bank transfer", r"(?:bank|wire) transfers?"),
            ("direct debit", r"direct debit"),
            ("invoice", r"(?:by|via|on|against|with|an?) invoices?|invoice(?= please| $| ,| over)"),
            ("cash", r"(?:in|with|by|prefer) cash"),
            ("points", r"(?:use|with|my|pay with) (?:(?!bullet )\w+ )?(?:points|miles)"),
            ("amex", r"amex|american express"),
        ),
        named=re.compile(r"\b(?:pay|payment|card)\b"),
    ),
    Topic(
        "insurance",
        either(
            none=r"(?:without|no|decline|skip|never (?:buy|take|get|want|add)|(?:do not|not) (?:\w+ )?(?:want"
            r"|need|take|buy|add)) (?:to (?:add|buy|have|get|take) )?(?:the |any |travel |trip )*insurance",
            yes=r"(?:want|need|like|add|buy|get|take|include|purchase) (?:to (?:add|buy|have|get"
            r"|take) )?(?:the |travel |trip )*insurance",
        ),
        named=re.compile(r"\binsurance\b"),
    ),
    Topic(
        "luggage",
        values(
            (
                "carry-on only",
                (
                    r"(?:only |just )?(?:carry ons?|hand luggage|hand baggage|cabin bags?)(?: only)?|(?:never"
                    r"|do not|not) (?:ever )?check (?:in )?(?:a |any |my )?(?:bags?|luggage|suitcases?|baggage)"
                    r"|no checked (?:bags?|luggage)|without checked (?:bags?|luggage)"
                ),
            ),
            ("checked bag", r"(?:checked|check) (?:a |my |in a )?(?:bags?|luggage|suitcases?)"),
        ),
        named=re.compile(r"\b(?:bags?|luggage|baggage)\b"),
    ),
    Topic(
        "room",
        values(
            (
                "quiet",
                (
                    r"quiet(?:er)? (?:rooms?|floor|side|corner)|rooms? (?:away from the (?:lift|elevator|street"
                    r"|road)|at the back|that is quiet)"
                ),
            ),
            ("high floor", r"(?:high(?:er)?|top|upper) floors?"),
            ("low floor", r"(?:low(?:er)?|ground|first) floors?"),
            ("non-smoking", r"non smoking|smoke free"),
            ("king bed", r"king(?: size)?(?: beds?| rooms?)"),
            ("twin beds", r"twin (?:beds?|rooms?)"),
            ("sea view", r"(?:sea|ocean) views?"),
        ),
        named=re.compile(r"\broom\b"),
    ),
    Topic(
        "hotel",
        _names(
            "Marriott, Hilton, Hyatt, Sheraton, Westin, Accor, Novotel, Ibis, Holiday Inn, Radisson, Best "
            "Western, Motel One, Premier Inn, Ritz Carlton, Four Seasons, Scandic, Airbnb, hostels"
        ),
    ),
    Topic(
        "airline",
        _names(
            "Lufthansa, Delta Airlines, United Airlines, American Airlines, Southwest Airlines, JetBlue, Alaska "
            "Airlines, British Airways, KLM, Air France, Emirates, Qatar Airways, Singapore Airlines, Turkish "
            "Airlines, Ryanair, easyJet, Iberia, Finnair, Qantas, Air Canada, Etihad"
        ),
    ),
    Topic(
        "transport",
        values(
            (
                "train",
                (
                    r"(?:the |by |taking |take )(?:the )?trains?(?: over| rather| than| whenever| instead| $| ,"
                    r"| to)|(?:prefer|take|love|by) (?:the )?trains?|trains?(?= over| rather| to flying)|rail"
                ),
            ),
            ("bike", r"(?:by|my|taking|the) (?:bike|bicycle)|cycle to|cycling to"),
            ("car", r"(?:by|my|taking|the|take) car(?= over| rather| $| ,| to )|driving(?= over| rather| to flying)"),
            ("bus", r"(?:by|the|taking|take) (?:bus|coach)(?= over| rather| $| ,)"),
            ("public transport", r"public transport(?:ation)?|transit"),
            ("taxi", r"(?:a |by |take |the )(?:taxis?|cabs?|ubers?)"),
        ),
    ),
    Topic(
        "price_range",
        either(
            cheapest=r"(?<!second )(?<!third )(?<!absolute )cheapest(?: \w+)?|(?:the )?lowest (?:price|fare)s?"
            r"|budget (?:options?|hotels?|airlines?|stuff)|low cost|(?:go|buy|shop) cheap"
        ),
    ),
)
