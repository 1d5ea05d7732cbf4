"""What words mean the same, which are channels, and which say nothing. English, and small: what is missing is asked."""

__all__ = [
    "ACTIONS",
    "AMBIGUOUS",
    "CARE",
    "CHANNELS",
    "CONCEPTS",
    "DISPLAY",
    "ENVIRONMENTS",
    "INQUIRY",
    "LANGUAGES",
    "LIGHT",
    "MANNER",
    "MEDIA",
    "PUBLISHING",
    "SPEECH",
    "STOP",
    "listed",
]


def listed(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


DISPLAY = {
    "x": "X",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
    "sms": "SMS",
    "tv": "TV",
    "ctv": "CTV",
}
"""How a channel is written, where a capital at its beginning is not enough."""

CHANNELS = {
    "x": "x twitter x_twitter x_com tweet tweets",
    "discord": "discord",
    "farcaster": "farcaster warpcast",
    "blog": "blog blogpost blogposts weblog",
    "youtube": "youtube you_tube",
    "tiktok": "tiktok tik_tok",
    "instagram": "instagram insta",
    "linkedin": "linkedin linked_in",
    "facebook": "facebook",
    "email": "email emails e_mail e_mails newsletter newsletters mailing mailings",
    "telegram": "telegram",
    "whatsapp": "whatsapp",
    "reddit": "reddit subreddit",
    "podcast": "podcast podcasts",
    "tv": "tv television",
    "ctv": "ctv connected_tv streaming_tv",
    "paid search": "paid_search search_ads google_ads adwords ppc sem",
    "display": "display_ads display_ad display_advertising display_banners programmatic",
    "paid social": "paid_social social_ads",
    "radio": "radio",
    "print": "print_ads print_ad",
    "sms": "sms text_messages",
    "slack": "slack",
    "medium": "medium",
    "threads": "threads",
    "mastodon": "mastodon",
    "bluesky": "bluesky",
    "pinterest": "pinterest",
    "snapchat": "snapchat",
    "twitch": "twitch",
    "billboard": "billboard billboards",
    "webinar": "webinar webinars",
}
"""A channel's name, and what it is called. A phrase is written with underscores."""

AMBIGUOUS = frozenset({"x", "medium", "threads"})
"""Words that are a channel only in the company of something that is published."""

CONCEPTS = {
    # What is done.
    "create": "create write draft generate make produce prepare compose craft build develop author record film "
    "put_together come_up rewrite reword redraft",
    "publish": "publish tweet repost crosspost go_live",
    "improve": "improve polish shorten proofread format reformat refine edit trim tighten rephrase reword rewrite "
    "finish complete correct clarify lengthen condense",
    "review": "review check validate inspect screen go_through read_through vet",
    "change": "change modify alter adjust update amend",
    "fix": "fix repair debug patch solve resolve",
    "refactor": "refactor restructure reorganise reorganize clean_up cleanup tidy_up",
    "test": "test",
    "deploy": "deploy roll_out rollout ship release push_live",
    "delete": "delete remove drop erase purge wipe destroy truncate",
    "install": "install add_dependency",
    "redesign": "redesign restyle relaunch",
    "find": "find search look_for suggest recommend propose list",
    "plan": "plan schedule organise organize",
    "book": "book booking reserve reservation",
    "buy": "buy purchase order_up",
    "pay": "pay paid buy purchase spend sponsor sponsored",
    "apply": "apply application fill_in submit",
    "analyse": "analyse analyze analysis examine study look_into investigate research evaluate find_out",
    "compare": "compare comparison benchmark",
    "summarise": "summarise summarize summary recap digest",
    "translate": "translate translation localise localize",
    "answer": "answer reply respond response tell explain inform",
    "help": "help assist guide explain show walk_through",
    "explain": "explain describe document documentation docs",
    "ask": "ask enquire inquire find_out",
    "reset": "reset recover",
    "cancel": "cancel cancellation revoke terminate",
    "refund": "refund reimburse reimbursement pay_back give_back money_back chargeback",
    "export": "export download dump extract",
    "share": "share send forward disclose reveal hand_out give pass_on leak",
    "train": "train fine_tune",
    "monitor": "monitor observe watch track",
    "negotiate": "negotiate negotiation haggle bargain",
    "outreach": "outreach reach_out contact approach call_up get_in_touch write_to talk_to pitch",
    "promotion": "promotion promote ad ads advert adverts advertise advertising advertisement boost",
    "escalate": "escalate",
    "close": "close shut_down deactivate",
    "register": "register registration enrol enroll enrolment sign_up",
    "optimise": "optimise optimize optimisation",
    "rent": "rent hire lease",
    "offer": "offer grant",
    "upgrade": "upgrade",
    "call": "call phone ring",
    # What is said.
    "mention": "mention name refer reference tag quote cite credit",
    "claim": "claim state promise guarantee assert say advertise",
    # What it is done to.
    "announcement": "announcement announce",
    "post": "post thread status_update",
    "outline": "outline structure skeleton",
    "video": "video clip reel film footage short",
    "image": "image picture photo graphic banner visual illustration",
    "bug": "bug defect fault failure error issue",
    "interface": "ui interface frontend gui",
    "database": "database db",
    "dependency": "dependency package library",
    "login": "login log_in sign_in signin",
    "trip": "trip travel journey vacation holiday",
    "flight": "flight airfare fly plane_ticket",
    "hotel": "hotel accommodation lodging",
    "customer": "customer client",
    "delivery": "delivery deliver shipment shipping",
    "question": "question query enquiry inquiry",
    "number": "figure number statistic",
    "partner": "partner partnership",
    "contract": "contract",
    "law": "legal legally law lawyer juridical",
    "price": "price pricing cost fee",
    "confirmation": "confirmation confirm",
    "approval": "approval approve approved permission consent sign_off signoff authorisation authorization "
    "green_light okay ok",
    "verified": "verified verify verification",
    "source": "source citation",
    "ml": "machine_learning ml",
    "description": "description describe",
    "other": "other another different remaining else",
}
"""A meaning, and the words for it; a word may have several."""

ACTIONS = listed(
    "create publish improve review change fix refactor deploy delete install redesign find plan book buy pay "
    "apply analyse compare summarise translate answer help explain ask reset cancel refund export share train "
    "monitor negotiate outreach promotion escalate close rent offer upgrade call mention claim test"
)
"""The meanings that are things to do."""

CARE = frozenset({"create", "improve", "review", "change"})
"""What belongs to making something, for somebody who was asked to make it."""

INQUIRY = frozenset({"analyse", "compare", "summarise", "explain", "answer", "ask", "review", "monitor"})
"""What only looks: to be asked about, where the thing itself is excluded."""

PUBLISHING = listed("post share tweet publish announce repost release")
MEDIA = listed(
    "post posts thread threads video videos clip reel story stories announcement announcements article articles "
    "short shorts ad ads campaign newsletter update updates content copy channel channels episode spot banner "
    "script promotion poll"
)
"""Kinds of artifact that a channel carries."""

SPEECH = frozenset({"mention", "claim", "talk", "statement", "discussion", "reference", "comment", "politic"})
"""What is about something, in a line that forbids it."""

LIGHT = listed(
    "example position mention claim use work stuff content discussion talk statement activity thing task item "
    "information info new other another any all every change detail piece matter topic related kind type sort "
    "create team part existing current euro eur usd dollar gbp percent doing handling wording version text"
)
"""Words and meanings that weigh little in a line."""

STOP = listed(
    "once a an the this that these those and or but so also too as well please kindly can could would will shall "
    "should may might must do does did be is are was were been being am i we you he she it they me us him her "
    "them my our your his its their mine ours in on at to of for with by into onto up off over under per via than "
    "then there here if not no just only some more most much many few several each both own while when which who "
    "whom whose what how why where let lets let's need needs want wants like without never avoid except instead "
    "rather i'd i'm we'd we'll i'll it's that's you're one two three four five six seven eight nine ten first "
    "second third now today tonight tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday "
    "soon again still already next last about from after before during between something someone anything "
    "everything go going get got put have has had out yourself myself itself best quick quickly really very good "
    "nice such same sure thanks thank hi hello hey dear ahead needed possible necessary separate asap step"
)
"""Words that say nothing about what is asked for."""

MANNER = listed(
    "keep make short shorter long longer brief concise simple friendly tone punchy engaging clear catchy bold "
    "casual formal polite professional emoji emojis crisp snappy style voice warm add use it'll fun lively sound "
    "sentence sentences word words"
)
"""What says only how it is to be done, when a whole sentence consists of it."""

LANGUAGES = listed(
    "english german french spanish italian portuguese dutch polish russian ukrainian turkish arabic hebrew hindi "
    "chinese mandarin japanese korean swedish norwegian danish finnish czech greek romanian hungarian vietnamese "
    "thai indonesian"
)

ENVIRONMENTS = listed("production prod staging sandbox preview qa")
