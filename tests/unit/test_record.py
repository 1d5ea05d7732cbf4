"""The event of a recovery: it fits, whatever the report holds, and says what it leaves out."""

from typing import Any

import pytest

from holdfast.events import SessionRecovered, draft
from holdfast.recovering.effects import Standing
from holdfast.recovering.record import recovered
from holdfast.recovering.report import Missing, RecoveryReport, RefusedPoint, Step
from holdfast.session import State
from holdfast.session.parts import Effect
from reporting import report_of


def heavy(text: str) -> RecoveryReport:
    many = [f"{number} {text}" for number in range(300)]
    effects = [Effect(id=each, status="intended", action=each, target=each) for each in many]
    found: dict[str, Any] = {"next_steps": many, "kind": text, "of": {"which": many}, "none": None, "changed": 3}
    return report_of(
        State(),
        context_summary="\n".join(many),
        next_steps=many,
        warnings=many,
        missing=[Missing(None, None, each) for each in many],
        refused=[RefusedPoint("RECOVERY-260129-001-103000", "snapshot_damaged", each) for each in many],
        effects=[Standing(each, "uncertain") for each in effects],
        steps=[Step(name, "output", 0.1, found) for name in "abcde"],
        session_id="代" * 128,
    )


@pytest.mark.promise(6)
@pytest.mark.parametrize("character", ["x", "\0", "\x1b", '"', "代", "🙂"])
@pytest.mark.parametrize("length", [1, 100, 500, 10_000])
def test_it_is_never_refused_for_its_size(character: str, length: int) -> None:
    report = heavy(character * length)
    event = draft(recovered(report, "代" * 128), session_id=report.session_id, actor="代" * 128)
    told = event.payload
    assert isinstance(told, SessionRecovered)
    assert told.next_steps[0].startswith("0 ")
    assert told.next_steps[-1].startswith("… and ")
    assert len(told.steps) == 5
    assert set(told.uncertain) <= {each.effect.id for each in report.uncertain}, "no id of something else"


def test_what_is_short_is_told_whole() -> None:
    report = report_of(State(session_id="s"), next_steps=["book"], missing=[Missing(3, 4, "is missing")])
    told = draft(recovered(report, "a"), session_id="s", actor="a").payload
    assert isinstance(told, SessionRecovered)
    assert (told.next_steps, told.lost) == (["book"], [{"first": 3, "last": 4, "why": "is missing"}])
