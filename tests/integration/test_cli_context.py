"""`holdfast context`: out of a session into a campaign's folder, and back."""

from pathlib import Path

import pytest

from command import Command
from documents import SEEDS, protocols_own
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.interfaces.cli.exits import INPUT, NOT_FOUND, REFUSED
from holdfast.sharing.document import from_yaml, to_yaml

ID = "session-2026-01-29-001"


@pytest.fixture
def command(settings: Settings) -> Command:
    return Command(settings)


def test_a_context_goes_out_and_comes_back(command: Command, settings: Settings, tmp_path: Path) -> None:
    said = command("context", "import", SEEDS / "session_context.yaml", "--json")
    assert (said.code, said.lines) == (0, [{"session_id": ID, "events": 27}])
    shown = command("context", "show", ID)
    assert shown.out == to_yaml(protocols_own())
    assert command("context", "show", ID, "--json").lines == [protocols_own()]
    path = tmp_path / ".gtm" / "YIELD-XYZ-001" / "session_context.yaml"
    assert command("context", "export", ID, tmp_path).out == f"{path}\n"
    first = path.read_bytes()
    assert first.decode() == shown.out
    other = Command(settings, HOLDFAST_TENANT="other")
    assert other("context", "import", path).out == f"{ID}: 27 events\n"
    assert other("context", "export", ID, tmp_path, "--json").lines == [{"session_id": ID, "path": str(path)}]
    assert path.read_bytes() == first
    assert [each.name for each in path.parent.iterdir()] == [path.name], "nothing half written is left"


def test_a_context_can_be_anothers(command: Command, hf: Holdfast) -> None:
    seed = SEEDS / "session_context.yaml"
    assert command("context", "import", seed, "--as", "mine", "--user", "ann").code == 0
    assert hf.service.find("mine").user_id == "ann"
    assert from_yaml(command("context", "show", "mine").out)["session_context"]["id"] == "mine"
    refused = command("context", "import", seed, "--as", "mine")
    assert (refused.code, refused.out) == (REFUSED, "")


@pytest.mark.parametrize("gtm_id", ["../../etc", "..", ".hidden", "a/b", "a\x00b", "", "x" * 129, "a b"])
def test_a_campaign_that_is_no_safe_name_is_not_written(
    command: Command, hf: Holdfast, tmp_path: Path, gtm_id: str
) -> None:
    session = hf.start("u")
    session.append({"type": "campaign.updated", "data": {"gtm_id": gtm_id}})
    said = command("context", "export", session.id, tmp_path / "deep")
    assert said.code == INPUT
    assert "campaign.gtm_id: must be letters" in said.err
    assert not list(tmp_path.glob("deep*"))


def test_what_cannot_be_done_is_said(command: Command, hf: Holdfast, tmp_path: Path) -> None:
    session = hf.start("u")
    assert "campaign.gtm_id: is not known" in command("context", "export", session.id, tmp_path).err
    assert command("context", "show", "nowhere").code == NOT_FOUND
    assert command("context", "import", tmp_path / "none.yaml").code == INPUT
    bad = tmp_path / "bad.yaml"
    bad.write_text("session_context:\n  id: a\n  id: b\n")
    said = command("context", "import", bad)
    assert (said.code, said.err) == (
        INPUT,
        "error: document, line 3: has the key 'id' once more; an object has each key once\n",
    )
    session.append({"type": "campaign.updated", "data": {"gtm_id": "Y-1"}})
    (tmp_path / ".gtm").write_text("a file where a folder should be")
    said = command("context", "export", session.id, tmp_path)
    assert said.code == INPUT
    assert "cannot be written" in said.err


def test_what_commands_a_terminal_is_not_shown_as_it_is(command: Command, hf: Holdfast) -> None:
    session = hf.start("u")
    session.update_context({"knowledge": {"a": {"x": "\x1b[2J\u202e\x9b", "\x1b]0;": 1}}})
    said = command("context", "show", session.id)
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert from_yaml(said.out) == session.context()
