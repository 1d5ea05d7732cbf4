"""The short chaos: a score of kills by a fixed seed. `make chaos` is the long one."""

from pathlib import Path

import pytest

from acceptance import chaos


@pytest.mark.promise(1)
@pytest.mark.promise(2)
@pytest.mark.promise(3)
@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    faults = chaos.run(tmp_path, seed=20261121, enough=lambda kills: kills >= 25, say=said.append)
    assert faults == []
    assert "25 kills" in said[-1]
