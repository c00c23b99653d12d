"""Runs the command line in-process and hands back what it printed."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from s2label.cli import main


@dataclass(frozen=True)
class Printed:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(*arguments: object) -> Printed:
    """Run a command, whatever its exit code."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Printed(code, out.getvalue(), err.getvalue())


def do(*arguments: object) -> Printed:
    """Run a command that has to succeed."""
    printed = run(*arguments)
    assert printed.code == 0, printed.err
    return printed
