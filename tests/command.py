"""The command line, called in this process, on the servers of a test."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from holdfast.config import Settings
from holdfast.interfaces.cli.app import app
from processes import environment


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Command:
    """Runs `holdfast`, with the settings as variables."""

    def __init__(self, settings: Settings, **given: str) -> None:
        self.variables: Mapping[str, str] = environment(settings) | given

    def __call__(self, *arguments: object, typed: str | None = None) -> Said:
        runner = CliRunner()
        result = runner.invoke(app, [str(argument) for argument in arguments], input=typed, env=self.variables)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)
