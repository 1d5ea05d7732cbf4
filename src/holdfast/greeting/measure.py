"""How well intents are told, on phrases of which somebody said what they are."""

from collections.abc import Sequence

from holdfast.greeting.intent import THRESHOLD, resume_intent

__all__ = ["measure"]


def measure(resume: Sequence[str], other: Sequence[str], *, threshold: float = THRESHOLD) -> tuple[float, float]:
    """Precision and recall: of what is taken for a wish to resume, how much is one; of such wishes, how many are seen.

    Precision is 1 where nothing is taken for one.
    """
    right, wrong = (
        sum(resume_intent(phrase, threshold=threshold).wanted for phrase in phrases) for phrases in (resume, other)
    )
    return (right / (right + wrong) if right + wrong else 1.0), right / len(resume)
