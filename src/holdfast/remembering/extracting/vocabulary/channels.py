"""The channels of marketing, by the names that people give them."""

import re

from holdfast.remembering.extracting.vocabulary.topic import Value, values

__all__ = ["CHANNELS", "channel"]

CHANNELS: tuple[Value, ...] = values(
    ("Facebook", r"facebook(?: ads?)?|fb(?: ads?)?"),
    ("Instagram", r"instagram|insta(?: ads?)?"),
    ("TikTok", r"tik ?tok"),
    ("YouTube", r"you ?tube"),
    ("LinkedIn", r"linked ?in"),
    ("X", r"twitter|x(?= ads?| posts?| $| ,| and | or | please| any ?more)"),
    ("Snapchat", r"snapchat"),
    ("Pinterest", r"pinterest"),
    ("Reddit", r"reddit"),
    ("Discord", r"discord"),
    ("Farcaster", r"farcaster"),
    ("Twitch", r"twitch"),
    ("CTV", r"ctv|connected tv|streaming tv"),
    ("TV", r"tv|television|linear tv|tv (?:ads?|spots?)"),
    ("Radio", r"radio(?: (?:ads?|spots?))?"),
    (
        "Print",
        (
            r"print(?: ads?)?(?= ads?| from| out| aside| $| ,| and | or | by | please| any| at | in | entirely"
            r"| again| over|  )|newspapers?|magazines?"
        ),
    ),
    ("Podcasts", r"podcasts?(?: ads?)?"),
    ("Out of Home", r"out of home|ooh|billboards?"),
    ("Direct Mail", r"direct mail|flyers?|leaflets?"),
    ("Paid Search", r"paid search|search ads?|google ads?|sem|adwords"),
    ("Paid Social", r"paid social"),
    ("Organic Social", r"organic social"),
    ("Display", r"display(?: ads?| banners?)|display(?= $| ,| and | or | please)|banner ads?|banners?"),
    ("Influencers", r"influencers?(?: marketing| campaigns?)?"),
    ("Email", r"e ?mail (?:marketing|campaigns?|newsletters?|ads?|blasts?)|newsletters?"),
    ("SMS", r"sms (?:marketing|campaigns?|blasts?)"),
    ("Events", r"trade (?:shows?|fairs?)"),
    ("Webinars", r"webinars?"),
    ("Cinema", r"cinema(?: ads?)?"),
)

_EXACT = {each.value.casefold(): each.value for each in CHANNELS}
_LOOSE = re.compile(r"[\s_-]+")


def channel(name: str) -> str:
    """A channel as records name it: as it is known, where it is one that is known, else as it was given."""
    return _EXACT.get(_LOOSE.sub(" ", name.strip()).casefold(), name.strip())
