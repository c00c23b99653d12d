"""Everything a user can type or read from `--json` stands in docs/command-line.md.

Hidden commands are no user's: only the window starts them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from s2label.cli.program import build_program
from tests.factories.commands import do

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = typer.main.get_command(build_program()).commands  # type: ignore[attr-defined]
HIDDEN = sorted(name for name, command in COMMANDS.items() if command.hidden)
SHOWN = sorted(set(COMMANDS) - set(HIDDEN))


def read(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", SHOWN)
def test_command_and_its_options_are_documented(name: str) -> None:
    text = read("command-line.md")
    row = next((line for line in text.splitlines() if f"`s2label {name} " in line), None)
    assert row is not None, f"{name} has no row"
    for option in COMMANDS[name].params:
        long_names = [o for o in option.opts if o.startswith("--") and o != "--help"]
        for long_name in long_names:
            assert long_name in row, f"{name} {long_name}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_shows_an_example(name: str) -> None:
    assert f"Example: s2label {name} " in COMMANDS[name].help


def test_only_commands_for_people_are_listed() -> None:
    listed = re.findall(r"^  ([a-z]+) ", do("--help").out, re.MULTILINE)
    assert sorted(listed) == SHOWN
    assert HIDDEN == ["worker"]


def test_links_between_pages_lead_somewhere() -> None:
    root = DOCS.parent
    for page in (root / "README.md", *DOCS.glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
