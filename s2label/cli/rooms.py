"""The rooms above this one, found by their entry points: the arrows between rooms stay one way."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import typer

    from s2label.explore.rounds import TrainingRound
    from s2label.progress import Job
    from s2label.project import Project

ENTRY_POINTS = "s2label.commands"


class Room(Protocol):
    """What a room above offers: the module that its entry point names."""

    def add_commands(self, program: typer.Typer) -> None:
        """Add the commands of the room."""


class CheckedRoom(Room, Protocol):
    """A room that keeps files in a project."""

    def check_files(self, project: Project) -> Job[list[str]]:
        """Verify the room's files in a project and return what is wrong, one line each."""


class TrainingRoom(Room, Protocol):
    """A room that trains models in a project."""

    def training_rounds(self, project: Project) -> tuple[list[TrainingRound], list[str]]:
        """Return its models as rounds of training, and what is wrong with the others."""


def rooms_above() -> list[Room]:
    """Return the rooms above this one, in the order of their names."""
    entries = importlib.metadata.entry_points(group=ENTRY_POINTS)
    modules = [importlib.import_module(e.module) for e in sorted(entries, key=lambda e: e.name)]
    return cast("list[Room]", modules)


def check_rooms(project: Project) -> Job[list[str]]:
    """Verify what the rooms above keep in a project and return what is wrong, one line each."""
    findings: list[str] = []
    for room in rooms_above():
        if hasattr(room, "check_files"):
            findings += yield from cast("CheckedRoom", room).check_files(project)
    return findings


def rounds_of_rooms(project: Project) -> tuple[list[TrainingRound], list[str]]:
    """Return the models that the rooms above keep in a project, and what is wrong with others."""
    rounds: list[TrainingRound] = []
    complaints: list[str] = []
    for room in rooms_above():
        if hasattr(room, "training_rounds"):
            found, wrong = cast("TrainingRoom", room).training_rounds(project)
            rounds, complaints = rounds + found, complaints + wrong
    return rounds, complaints
