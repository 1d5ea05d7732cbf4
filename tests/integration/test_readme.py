"""The README's own code, as it stands there."""

import re
from pathlib import Path

import pytest

from holdfast.config import Settings

README = Path(__file__).parents[2] / "README.md"


def test_the_code_of_the_readme_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("redis_url", "database_url", "prefix", "data_dir"):
        monkeypatch.setenv(f"HOLDFAST_{name.upper()}", str(getattr(settings, name)))
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(README), "exec"), names)
    names["hf"].close()  # type: ignore[attr-defined]  # a client
    said = capsys.readouterr().out
    assert "value=1500" in said, "what was told is known"
    assert "context_for_booking_agent" in said
