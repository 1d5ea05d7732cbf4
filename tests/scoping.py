"""Scopes of several domains, requests that were labelled by hand, and how well they are told."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from holdfast.events import Scope
from holdfast.sharing.scope import check

__all__ = ["LAUNCH", "SCOPES", "Labelled", "Measured", "labelled", "measured"]

LAUNCH = Scope(
    objectives=["Create announcement posts for X, Discord, Farcaster", "Draft blog post outline"],
    boundaries=[
        "Only channels: X, Discord, Farcaster, Blog",
        "No partner mentions without approval",
        "No APY claims without verified source",
    ],
    out_of_scope=["Partner outreach (separate task)", "Paid promotion (not this campaign)"],
)
"""The scope of the session context protocol."""

SCOPES = {
    "launch": LAUNCH,
    "coding": Scope(
        objectives=["Fix the login bug in src/auth", "Add unit tests for the session module"],
        boundaries=[
            "Only files: src/auth, tests/auth",
            "No new dependencies without approval of the lead",
            "No database migrations",
        ],
        out_of_scope=[
            "Refactoring the billing module (separate ticket)",
            "UI redesign",
            "Deployment to production (release team)",
        ],
    ),
    "travel": Scope(
        objectives=[
            "Plan a five-day trip to Lisbon",
            "Find flights and hotels under 2000 EUR",
            "Suggest museums and restaurants",
        ],
        boundaries=[
            "No bookings without the traveller's confirmation",
            "Only hotels with free cancellation",
            "No overnight flights",
        ],
        out_of_scope=["Visa applications (the traveller does that)", "Travel insurance"],
    ),
    "support": Scope(
        objectives=["Answer questions about orders and deliveries", "Help customers reset their password"],
        boundaries=[
            "No refunds above 50 EUR without a supervisor",
            "No legal advice",
            "Do not share personal data of other customers",
            "Only languages: English, German",
        ],
        out_of_scope=["Technical repairs (hand over to the workshop)", "Contract negotiations"],
    ),
    "data": Scope(
        objectives=["Analyse the sales figures of 2025", "Prepare a monthly report for the board"],
        boundaries=[
            "Only read access to the warehouse",
            "Never export personal data",
            "No forecasts without review by finance",
        ],
        out_of_scope=["Machine learning models (phase two)", "Changes to the data pipeline"],
    ),
    "hiring": Scope(
        objectives=["Screen the applications for the backend role", "Schedule interviews with shortlisted candidates"],
        boundaries=[
            "Never reject a candidate without review by the hiring manager",
            "Do not mention salaries",
            "Channels: Email, Calendar",
        ],
        out_of_scope=["Contract drafting (HR)", "Reference checks", "Applications for other roles"],
    ),
    "operations": Scope(
        objectives=["Investigate the slow queries of the orders service", "Write an incident report"],
        boundaries=[
            "Only environments: staging",
            "Deletion of data requires approval of the on-call lead",
            "Restarting services is not allowed",
        ],
        out_of_scope=["Upgrading Kubernetes", "Cost optimisation (next quarter)"],
    ),
    "tutor": Scope(
        objectives=["Explain fractions and percentages", "Create practice exercises with solutions"],
        boundaries=["No ready-made answers to homework", "Ask the parents before sharing results"],
        out_of_scope=["Geometry", "Exam registration (school office)", "Grading of tests"],
    ),
    "shop": Scope(
        objectives=["Write product descriptions for the spring collection", "Improve the photos of the shoes"],
        boundaries=[
            "Only formats: product description, photo",
            "No discounts unless marketing agrees",
            "No comparison with competitors",
        ],
        out_of_scope=["Price changes", "Supplier negotiations (purchasing)", "The autumn collection"],
    ),
}


@dataclass(frozen=True)
class Labelled:
    scope: str
    result: str
    text: str


@dataclass(frozen=True)
class Measured:
    precision: dict[str, float]
    """Of what was answered with a result, how much should have been."""
    recall: dict[str, float]
    """Of what should have been answered with a result, how much was."""
    asked: float
    """The share of all that was answered with NEEDS_DECISION."""
    wrong: list[str]


def labelled(name: str) -> list[Labelled]:
    """The requests of a file: under "# scope", lines of the form "RESULT | request"."""
    scope, found = "", []
    for line in (Path(__file__).parent / "scope_requests" / f"{name}.txt").read_text().splitlines():
        if line.startswith("# "):
            scope = line[2:]
        elif line:
            result, _, text = line.partition(" | ")
            found.append(Labelled(scope, result, text))
    return found


def measured(requests: list[Labelled]) -> Measured:
    pairs = [(one, check(one.text, SCOPES[one.scope]).result) for one in requests]
    right: Counter[str] = Counter(got for one, got in pairs if got == one.result)
    answered: Counter[str] = Counter(got for _, got in pairs)
    wanted: Counter[str] = Counter(one.result for one, _ in pairs)
    return Measured(
        {result: right[result] / answered[result] for result in answered},
        {result: right[result] / wanted[result] for result in wanted},
        answered["NEEDS_DECISION"] / len(pairs),
        [f"{one.scope}: {one.text!r} is {one.result}, not {got}" for one, got in pairs if got != one.result],
    )
