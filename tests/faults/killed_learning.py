"""The kinds of work with a network that are killed: training, suggesting, auditing, predicting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from s2label_training.runs import Runs
from s2label_training.shelf import Shelf

from s2label.project import open_project
from tests.factories import audit_runs, bundles, fleet
from tests.factories import whole_scenes as scenes
from tests.factories.killable import Work
from tests.factories.snapshots import catalog_snapshot, tree_snapshot
from tests.faults.killed_work import command
from tests.faults.killing import Job

_QUICK = [word for change in audit_runs.QUICK for word in ("--set", change)]
_RECIPE = ["--recipe", audit_runs.RECIPE, *_QUICK]


# -- training ------------------------------------------------------------------------------------


def _prepare_training(world: Path) -> None:
    fleet.accept(fleet.make_fleet(world, groups=3, places=1))


def _train(world: Path) -> list[Work]:
    return [command("train", world / "project", *_RECIPE)]


def _go_on_training(world: Path, work: Work) -> list[Work]:
    """Resume what can be resumed; begin anew only where no model was made."""
    if Runs(world / "project").unfinished():
        return [command("train", world / "project", "--resume")]
    return [] if Shelf(world / "project").records() else [work]


def _trained(world: Path) -> list[tuple[object, ...]]:
    """Return what the models learnt; they are called after the time."""
    shelf = Shelf(world / "project")
    assert not shelf.complaints
    return [(r.weights_sha256, r.epochs, r.metrics, r.threshold) for r in shelf.records()]


# -- suggesting ----------------------------------------------------------------------------------


def _prepare_suggesting(world: Path) -> None:
    project = fleet.make_fleet(world, groups=2, places=2)
    bundles.write_bundle(project / "models" / "tiny-1", bundles.record("tiny-1", threshold=0.3))
    Shelf(project).promote("tiny-1", "for the test")


def _suggest(world: Path) -> list[Work]:
    return [command("suggest", world / "project")]


def _suggested(world: Path) -> tuple[object, ...]:
    project = world / "project"
    return audit_runs.proposals_of(project), catalog_snapshot(project / "catalog.sqlite")


# -- auditing ------------------------------------------------------------------------------------


def _prepare_audit(world: Path) -> None:
    audit_runs.make_faulty_fleet(world)


def _audit(world: Path) -> list[Work]:
    return [command("audit", world / "project", *audit_runs.arguments())]


def _audited(world: Path) -> tuple[object, ...]:
    """Return what an audit found: which masks, what of them; its id is its time."""
    with open_project(world / "project") as project:
        chips = project.catalog.chips(project.catalog.image_ids())
        found = [
            replace(suspicion, audit="")
            for _, chip in sorted(chips.items())
            for suspicion in chip.suspicions
        ]
    return found, audit_runs.proposals_of(world / "project")


# -- predicting a whole scene --------------------------------------------------------------------


def _prepare_scene(world: Path) -> None:
    scenes.write_model(world / "model", near_water_px=5)
    scenes.write_scene(world, 480)
    (world / "out").mkdir()


def _predict(world: Path) -> list[Work]:
    return [Work((str(world),), f"{__name__}:predict")]


def predict(world: str) -> None:
    """Predict the scene of a folder in small tiles, so that there are many."""
    folder = Path(world)
    (source,) = folder.glob("*.zip")
    wanted = scenes.request(source, folder / "out", "rgb.tif", "probabilities.tif")
    scenes.predict(wanted, scenes.predictor(folder / "model"))


def _predicted(world: Path) -> dict[str, str]:
    return tree_snapshot(world / "out")


JOBS = (
    Job("training", _prepare_training, _train, _trained, _go_on_training),
    Job("suggesting", _prepare_suggesting, _suggest, _suggested),
    Job("auditing", _prepare_audit, _audit, _audited),
    Job("predicting a scene", _prepare_scene, _predict, _predicted),
)
MODULES = (
    "tests.faults.killed_learning",
    "s2label.cli.program",
    "s2label_training.cli.training",
    "s2label_training.fit",
    "s2label_training.gate",
    "s2label_training.suggesting",
    "s2label_training.audit.run",
)
