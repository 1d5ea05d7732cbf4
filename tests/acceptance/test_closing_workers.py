"""A session's whole life by worker and beat, on a fast clock: nobody does anything, and it is remembered and kept."""

from pathlib import Path

import pytest

from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.testing import wait_until
from processes import at_work
from writing import said

FAST = {"idle_after": 1.0, "expire_after": 3.0, "archive_after": 3.0, "autosave_full": 1.0}


@pytest.mark.promise(5)
@pytest.mark.promise(10)
def test_what_falls_idle_is_summarised_learned_from_expired_archived_and_can_be_gone_on_with(
    settings: Settings, tmp_path: Path
) -> None:
    with at_work(settings.model_copy(update=FAST), tmp_path) as hf:
        session = hf.start("ann", agent="planner", title="A trip")
        session.publish(
            said("I prefer short answers, please."),
            {"type": "preference.stated", "data": {"key": "seat", "value": "aisle"}},
            {"type": "decision.made", "data": {"type": "city", "decision": "Paris", "decided_by": "ann"}},
        )
        service = hf.service
        wait_until(lambda: session.summary() is not None, what="the summary")
        wait_until(lambda: "seat" in hf.preferences("ann").preferences, what="what was learned")
        wait_until(lambda: service.find(session.id).archived_at is not None, what="the archive", seconds=60)
        assert service.find(session.id).status == "expired"
        assert [event.type for event in session.events()][-2:] == ["session.paused", "session.expired"]
        assert session.verify() == len(session.events())
        summary = session.summary()
        assert summary is not None
        assert any("Paris" in line.text for line in summary.of("decisions"))
    with Holdfast(settings) as hf:  # and nobody who pauses it again after a second
        greeting = hf.greet("ann", "continue where we left off")
        assert greeting.resumable == session.id
        resumed = greeting.resume()
        resumed.append(said("On we go."))
        assert resumed.state().status == "active"
        assert resumed.verify() == len(resumed.events())
        assert hf.start("ann").defaults()["seat"].value == "aisle"
