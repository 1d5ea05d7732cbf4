"""Each error of ours has an exit code, and `--help` tells them all."""

import importlib
import re
import sys

import pytest
import typer
from typer.testing import CliRunner

from holdfast import errors
from holdfast.interfaces import command
from holdfast.interfaces.cli.app import app
from holdfast.interfaces.cli.exits import CODES, EXPLAINED, INTERRUPTED, code_of, translated


def test_every_class_of_the_tree_has_its_code() -> None:
    classes = {getattr(errors, name) for name in errors.__all__}
    assert set(CODES) == classes


def test_a_class_that_is_not_in_the_table_has_its_parents_code() -> None:
    class OneMore(errors.SessionClosed):
        pass

    assert code_of(OneMore("s", "ended")) == CODES[errors.SessionClosed] == 4


def test_the_help_explains_every_code() -> None:
    explained = set(map(int, re.findall(r"^  (\d+) ", EXPLAINED, re.MULTILINE)))
    assert explained == {0, 130, *CODES.values()}
    assert EXPLAINED.splitlines()[-1].strip() in CliRunner().invoke(app, ["--help"]).stdout


def every_command() -> list[list[str]]:
    found = []
    for line in CliRunner().invoke(app, ["--help"]).stdout.partition("Commands:")[2].partition("\n\n")[0].splitlines():
        if not (name := line.strip().partition(" ")[0]):
            continue
        below = CliRunner().invoke(app, [name, "--help"]).stdout.partition("Commands:")[2]
        names = re.findall(r"^  (\S+)", below, re.MULTILINE)
        found += [[name, each] for each in names] or [[name]]
    return found


def test_every_command_teaches_by_an_example() -> None:
    commands = every_command()
    assert len(commands) >= 17
    assert "..." not in CliRunner().invoke(app, ["--help"]).stdout.partition("Commands:")[2], "a summary was cut"
    for words in commands:
        shown = CliRunner().invoke(app, [*words, "--help"]).stdout
        assert re.search(rf"Examples?:\n(?:.*\n)*?.*holdfast {' '.join(words)}", shown), words


def test_the_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout.startswith("holdfast ")


def test_wrong_usage_is_2() -> None:
    for words in (["bogus"], ["events"], ["sessions", "list", "--limit", "0"], ["sessions", "list", "--status", "odd"]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 2, words
        assert "Error" in result.stderr


@pytest.mark.parametrize("missing", ["typer", "rich", "sqlalchemy"])
def test_without_the_server_part_one_sentence_says_so(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent(name: str, *_: object, **__: object) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=missing)

    monkeypatch.delitem(sys.modules, "holdfast.interfaces.cli")
    monkeypatch.setitem(sys.modules, "holdfast.interfaces.cli", None)
    monkeypatch.setattr(importlib.import_module("builtins"), "__import__", absent)
    code = command.main()
    monkeypatch.undo()
    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert "pip install 'holdfast[server]'" in said


def test_what_a_driver_says_of_an_interrupt_is_an_interrupt() -> None:
    failed = RuntimeError("another command is already in progress")
    failed.__context__ = KeyboardInterrupt()
    with pytest.raises(typer.Exit) as ended, translated():
        raise failed
    assert ended.value.exit_code == INTERRUPTED


def test_an_error_of_nobody_is_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="a bug"), translated():
        raise RuntimeError("a bug")
