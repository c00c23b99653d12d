"""``train``: learn from the labels of a project."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.errors import MissingExtraError
from s2label.project import open_project
from s2label.types import Lifetime
from s2label_training.cli.outcomes import outcome_lines
from s2label_training.cli.stopping import stopping_on_interrupt
from s2label_training.freed_memory import keep_freed_memory

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.fit import TrainingRequest
    from s2label_training.outcome import Outcome
    from s2label_training.recipe import Recipe

_RECIPES = {Lifetime.MOVING: "vessels_resnet34", Lifetime.STATIC: "landcover_resnet34"}
_EXTRA = {"torch", "torchvision", "segmentation_models_pytorch", "lightning", "safetensors"}


class Trust(StrEnum):
    """Whose pixels validate and judge."""

    CHECKED = "checked"
    IMPORTED = "imported"


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("train")(train)


def train(
    project: ProjectPath,
    recipe: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="Recipe; vessels_resnet34 or landcover_resnet34 if not given, as the classes are.",
        ),
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Change a field: fit.epochs=3."),
    ] = None,
    trust: Annotated[
        Trust | None, typer.Option(help="imported: imported masks validate and judge as well.")
    ] = None,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP", help="Hold out this group, for cross-validation."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training that ended early.")
    ] = False,
    no_gate: Annotated[
        bool, typer.Option("--no-gate", help="Only keep the model; do not judge or use it.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Train a model on the labels of a project, and use it if it is better than the one in use.

    The project is only read: a window may have it open. Ctrl-C keeps the best so far.

    Example: s2label train harbour --recipe vessels_resnet34 --set fit.epochs=10
    """
    wanted = list(changes or ())
    if trust is not None:
        wanted.append(f"labels.trust={trust}")
    held = tuple(hold_out or ())
    with open_project(project) as opened:
        choose = _resumed if resume else _new
        request = choose(opened, recipe, wanted, held)
        keep_freed_memory()
        with stopping_on_interrupt() as wish:
            job = _job(opened, request, with_gate=not no_gate, wish=wish)
            outcome = follow(job, json_lines=json_lines)
    if json_lines:
        print_json({"result": outcome.as_dict()})
    else:
        for line in outcome_lines(outcome):
            typer.echo(line)
    if outcome.result.stopped:
        raise typer.Exit(1)


def _new(
    project: Project, recipe: str, changes: Sequence[str], hold_out: tuple[str, ...]
) -> TrainingRequest:
    from s2label_training.recipe import find_recipe, with_changes
    from s2label_training.recipe_files import require_recipe_files
    from s2label_training.resuming import ended_early

    told = ended_early(project)
    if told:
        typer.echo(told, err=True)
    found = with_changes(find_recipe(recipe or _RECIPES[project.classes.lifetime]), changes)
    require_recipe_files(found)
    return _request(found, hold_out)


def _resumed(
    project: Project, recipe: str, changes: Sequence[str], hold_out: tuple[str, ...]
) -> TrainingRequest:
    from s2label_training.recipe import find_recipe
    from s2label_training.resuming import find_resumable

    named = find_recipe(recipe) if recipe else None
    run = find_resumable(project, named, changes, hold_out)
    return _request(run.recipe, run.hold_out, run.id)


def _request(recipe: Recipe, hold_out: tuple[str, ...], resume: str = "") -> TrainingRequest:
    try:
        from s2label_training.fit import TrainingRequest
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise MissingExtraError("training", "training") from error
    return TrainingRequest(recipe, hold_out, resume)


def _job(
    project: Project, request: TrainingRequest, *, with_gate: bool, wish: threading.Event
) -> Job[Outcome]:
    from s2label_training.outcome import train_and_judge

    return train_and_judge(project, request, with_gate=with_gate, wish=wish)
