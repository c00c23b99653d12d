"""The kinds of work without a network that are killed: what is prepared, done, and comes of it."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from s2label_training.shelf import Shelf

from s2label.classes import VESSELS
from s2label.durable import PART_SUFFIX
from s2label.handover import take_all
from s2label.importers.options import ImportOptions
from s2label.learnt.learning import Learnt
from s2label.learnt.left_order import leave_order, take_oldest_chances
from s2label.project import create_project, open_project
from s2label.samples import write_coast_scene
from s2label.scenes import require_one_scene
from s2label.suspicion_files import leave_suspicions, take_oldest_suspicions
from s2label.types import Verdict
from s2label.worth_files import leave_worths, take_oldest_worths
from tests.factories.cloudy import Cloudy, grid_of_ground, make_cloudy_project, pixels_of
from tests.factories.commands import do
from tests.factories.killable import Work
from tests.factories.products import Recipe, write_product, zipped
from tests.factories.projects import apart, decide, make_project
from tests.factories.rebuilding import make_worked_project
from tests.factories.results import record_of, write_result
from tests.factories.shelf import write_bundle
from tests.factories.snapshots import project_snapshot, tree_snapshot
from tests.factories.suspicions import chips_of, suspicion
from tests.faults.killing import Job

MODELS = ("vessels-1", "vessels-2", "vessels-3")
FORMATS = ("geotiff", "stac", "png", "coco", "npz")


def command(*words: object) -> Work:
    """Return a command as work."""
    return Work(tuple(map(str, words)))


def _project(world: Path) -> dict[str, Any]:
    return project_snapshot(world / "project")


def _without_numbers(world: Path) -> dict[str, Any]:
    """Return what a project holds, but not how often somebody said it: acts are only appended."""
    rows = _project(world)
    said = sorted({str(row[2:]) for row in rows.pop("decision")})
    return {**{name: rows[name] for name in ("files", "state", "image", "mask")}, "said": said}


# -- importing -----------------------------------------------------------------------------------


def _prepare_import(world: Path) -> None:
    write_coast_scene(world / "coast")
    do("init", world / "project", "--classes", "vessels", "--name", "port")


def _import(world: Path) -> list[Work]:
    coast = world / "coast"
    words = ("import", world / "project", coast, "--masks", coast / "labels", "--chip", 32)
    return [command(*words)]


def _prepare_product(world: Path) -> None:
    product = write_product(world / "made", Recipe(side=128))
    zipped(product, world / "product.zip")
    do("init", world / "project", "--classes", "vessels", "--name", "port")


def _import_product(world: Path) -> list[Work]:
    return [command("import", world / "project", world / "product.zip", "--chip", 32)]


def _prepare_places(world: Path) -> None:
    _prepare_product(world)
    found = require_one_scene(world / "product.zip", ImportOptions())
    chances = np.zeros((1, *found.grid.shape))
    for row, column, chance in ((20, 20, 0.45), (90, 100, 0.5), (60, 20, 0.55)):
        chances[0, row : row + 2, column : column + 2] = chance
    record = dataclasses.replace(record_of(), scene=found.name, time=found.time, model="tiny-1")
    write_result(world / "predicted", chances, found.grid, record)


def _bring_places(world: Path) -> list[Work]:
    words = (world / "predicted" / "classes.tif", world / "product.zip", "--chip", 32)
    return [command("doubts", world / "project", *words)]


# -- deciding by file, exporting, rebuilding -----------------------------------------------------


def _prepare_decisions(world: Path) -> None:
    project = make_project(world, apart(4, side_px=16))
    with open_project(project, write=True) as opened:
        ids = opened.catalog.image_ids()
        decide(opened, Verdict.ACCEPT, *ids[:3])
    with (world / "decisions.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("subject", "id", "decision", "reason"))
        rows.writerows(("image", id_, "reject", "cloudy") for id_ in ids[2:])


def _decide(world: Path) -> list[Work]:
    return [command("decide", world / "project", world / "decisions.csv")]


def _export(world: Path) -> list[Work]:
    words = ("export", world / "project", world / "out", "--include-open", "--format")
    return [command(*words, name) for name in FORMATS]


def _prepare_export_again(world: Path) -> None:
    """Make a project that was exported before, in the place where it is exported now."""
    make_worked_project(world)
    do("export", world / "project", world / "out", "--format", "png")


def _exported(world: Path) -> dict[str, str]:
    drafts = [path.name for path in world.iterdir() if path.name.startswith(".")]
    assert drafts == [], "an export left something beside it"
    return tree_snapshot(world / "out")


def _prepare_rebuild(world: Path) -> None:
    make_worked_project(world)
    words = ("--format", "geotiff", "--log", world / "LOG.jsonl")
    do("export", world / "project", world / "first", *words)


def _rebuild(world: Path) -> list[Work]:
    return [command("rebuild", world / "LOG.jsonl", world / "out")]


# -- what is computed beside the catalog ---------------------------------------------------------


def _prepare_clouds(world: Path) -> None:
    def image(number: int) -> Cloudy:
        is_cloud = np.zeros((64, 64), np.bool_)
        is_cloud[: 8 * number] = True
        layers = {"SCL": np.where(is_cloud, 9, 4).astype(np.uint8)}
        grid = grid_of_ground(west_m=300_000 + 10_000 * number)
        return Cloudy(f"p{number}", pixels_of(is_cloud), grid, layers)

    make_cloudy_project(world, *map(image, range(4)))


def _screen(world: Path) -> list[Work]:
    return [command("screen", world / "project")]


def _screened(world: Path) -> dict[str, Any]:
    """Return what a project holds, but not when all its images were compared."""
    rows = _project(world)
    del rows["files"]["rasters/cloud/.compared.json"]
    return rows


def _prepare_handover(world: Path) -> None:
    project = make_project(world, apart(4, mask_values=(0, 1), side_px=16), VESSELS)
    with open_project(project, write=True) as opened:
        decide(opened, Verdict.ACCEPT, *opened.catalog.image_ids()[:2])


def _hand_over(world: Path) -> list[Work]:
    return [Work((str(world / "project"),), f"{__name__}:leave_and_take_over")]


def _handed_over(world: Path) -> dict[str, Any]:
    """Return what a project holds, but not the files that were begun: they are deleted later."""
    held = _project(world)
    files = {name: digest for name, digest in held["files"].items() if PART_SUFFIX not in name}
    return {**held, "files": files}


def leave_and_take_over(folder: str) -> None:
    """Leave results of each kind as those do who compute them, then take all of them over."""
    with open_project(Path(folder)) as project:
        chips = chips_of(project.catalog)
        ids = [chip.image.id for chip in chips]
        for number, id_ in enumerate(ids):
            leave_worths(project, "tiny-1", {id_: number / 10})
        leave_order(project.folder, Learnt(60, 20, dict.fromkeys(ids, 0.25)))
        for chip in chips:
            assert chip.mask is not None
            leave_suspicions(project.folder, "audit-1", [chip.mask.id], [suspicion(chip)])
    with open_project(Path(folder), write=True) as project:
        for take_oldest in (take_oldest_worths, take_oldest_chances, take_oldest_suspicions):
            take_all(take_oldest, project)


# -- models --------------------------------------------------------------------------------------


def _prepare_models(world: Path) -> None:
    create_project(world / "project", VESSELS)
    for name in MODELS:
        write_bundle(world / "project" / "models", name)
    for name in MODELS[:2]:
        do("models", "promote", world / "project", name)


def _promote(world: Path) -> list[Work]:
    words = ("models", "promote", world / "project", MODELS[2])
    number = Work((str(world / "project"), MODELS[2]), f"{__name__}:allot_number")
    return [command(*words), command("models", "rollback", world / "project"), number]


def _go_on_with_models(world: Path, work: Work) -> list[Work]:
    """Roll back once only: a rollback that was done goes one further when it is done again."""
    is_done = "rollback" in work.arguments and Shelf(world / "project").in_use == MODELS[0]
    return [] if is_done else [work]


def allot_number(folder: str, model: str) -> None:
    """Give a model its number, as somebody does who looks at what it proposes."""
    Shelf(Path(folder)).allot_number(model)


def _models(world: Path) -> tuple[object, ...]:
    shelf = Shelf(world / "project")
    assert not shelf.complaints
    uses = [(use.model, use.number, use.is_rollback) for use in shelf.uses()]
    return uses, shelf.numbers(), shelf.in_use, [record.id for record in shelf.records()]


JOBS = (
    Job("importing", _prepare_import, _import, _project),
    Job("importing products", _prepare_product, _import_product, _project),
    Job("doubtful places", _prepare_places, _bring_places, _project),
    Job("deciding by file", _prepare_decisions, _decide, _without_numbers),
    Job("exporting", _prepare_export_again, _export, _exported),
    Job("rebuilding", _prepare_rebuild, _rebuild, _exported),
    Job("screening", _prepare_clouds, _screen, _screened),
    Job("handing over", _prepare_handover, _hand_over, _handed_over),
    Job("promoting", _prepare_models, _promote, _models, _go_on_with_models),
)
# Loaded once, so that no killed process has to.
MODULES = (
    "tests.faults.killed_work",
    "s2label.cli.program",
    "s2label.importers.run",
    "s2label.exports.run",
    "s2label.rebuilding.run",
    "s2label.screening.run",
    "s2label.screening.guard_of_project",
    "s2label.results.doubts",
    "s2label_training.cli.models",
)
