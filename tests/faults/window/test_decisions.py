"""True key presses in a real window end in exactly the states of a plain model, also after kills.

A short run in the normal suite; ``S2LABEL_LONG=1`` makes it 300 decisions in each of three
projects.
"""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.factories.commands import do
from tests.factories.review_model import OPEN, ReviewModel
from tests.factories.window import Window, wait_until, window_manager
from tests.faults.seeds import LONG, chance_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

PRESSES = 300 if LONG else 40
# A spot in the contact sheet's thumbnails, as shares of the screen.
IN_THE_SHEET = (0.62, 0.86)

# Key, weight, what the model does.
PRESSED: tuple[tuple[str, int, Callable[[ReviewModel], None]], ...] = (
    ("a", 30, ReviewModel.accept),
    ("q", 8, lambda m: m.reject_image("cloudy")),
    ("w", 4, lambda m: m.reject_image("hazy")),
    ("r", 3, lambda m: m.reject_image("nodata")),
    ("t", 3, lambda m: m.reject_image("other")),
    ("g", 6, lambda m: m.reject_mask("wrong")),
    ("h", 3, lambda m: m.reject_mask("shifted")),
    ("j", 3, lambda m: m.reject_mask("incomplete")),
    ("d", 6, ReviewModel.forward),
    ("shift+d", 8, ReviewModel.back),
    ("ctrl+z", 12, ReviewModel.undo),
    ("ctrl+shift+z", 6, ReviewModel.redo),
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    do("demo", folder, "--no-gui")
    return folder


def read_states(project: Path) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    images = do("list", project, "--images", "--json").lines
    masks = do("list", project, "--masks", "--json").lines
    return (
        {row["id"]: (row["state"], row["reason"]) for row in images},
        {row["id"]: (row["state"], row["reason"]) for row in masks},
    )


def make_model(project: Path) -> ReviewModel:
    images = do("list", project, "--images", "--json").lines
    masks = do("list", project, "--masks", "--json").lines
    owner = {mask["image"] or mask["place"]: mask["id"] for mask in masks}
    mask_of = {i["id"]: owner.get(i["id"]) or owner[i["place"]] for i in images}
    return ReviewModel([image["id"] for image in images], mask_of)


def is_as(project: Path, model: ReviewModel) -> bool:
    images, masks = read_states(project)
    wanted_images = {id_: model.images.get(id_, OPEN) for id_ in images}
    wanted_masks = {id_: model.masks.get(id_, OPEN) for id_ in masks}
    return (images, masks) == (wanted_images, wanted_masks)


def has_come_to_rest_as(project: Path, model: ReviewModel) -> bool:
    """Tell whether all is as the model has it while nothing more is written.

    On a busy machine keys wait, and what was there before the last ones may look the same.
    """
    before = do("history", project, "--json").lines
    return is_as(project, model) and do("history", project, "--json").lines == before


def press_keys(window: Window, model: ReviewModel, chance: random.Random, presses: int) -> None:
    keys = [(key, change) for key, _, change in PRESSED]
    weights = [weight for _, weight, _ in PRESSED]
    # The last one decides something: what it leaves on disk tells that all keys were heard.
    for key, change in [*chance.choices(keys, weights, k=presses), keys[0]]:
        window.press(key)
        change(model)


def reject_three_at_once(window: Window, project: Path, model: ReviewModel) -> None:
    """Select the first three of the contact sheet by keys, and reject them: one act, one undo."""
    window.press("a")
    model.accept()
    first = list(model.queue[:3])
    thumbnails = project / "thumbnails"
    wait_until(lambda: len(list(thumbnails.rglob("*.png"))) > 8, "the sheet is filled")
    window.click(*IN_THE_SHEET)
    for key in ("Home", "shift+Right", "shift+Right", "q", "Escape"):
        window.press(key)
    model.reject_images(first, "cloudy")
    wait_until(lambda: is_as(project, model), "three rejects in one act")
    window.press("ctrl+z")
    model.undo()
    wait_until(lambda: is_as(project, model), "the undo of all three")
    window.press("ctrl+shift+z")
    model.redo()
    wait_until(lambda: is_as(project, model), "the redo of all three")


PROJECTS = ["five ports", "vessels", "landcover"] if LONG else ["a port"]


@pytest.fixture(params=PROJECTS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a project of the demo, or one of real ports."""
    if request.param in ("vessels", "landcover"):
        demo: Path = request.getfixturevalue("demo")
        return shutil.copytree(demo / str(request.param), tmp_path / str(request.param))
    real_data: Path = request.getfixturevalue("real_data")
    folder = tmp_path / "ports"
    do("init", folder, "--classes", "vessels")
    ports = sorted(path for path in (real_data / "ports").iterdir() if path.is_dir())
    for port in ports if LONG else ports[:1]:
        do("import", folder, port, "--masks", port, "--chip", 64, "--quantification", 65535)
    return folder


def test_true_keys_do_what_the_model_does(project: Path, tmp_path: Path) -> None:
    model, chance = make_model(project), chance_of("keys")
    with window_manager():
        window = Window(project)
        if project.name != "landcover":  # its sheet begins with the dates of the place in view
            reject_three_at_once(window, project, model)
        press_keys(window, model, chance, PRESSES // 2)
        wait_until(lambda: has_come_to_rest_as(project, model), "the first half on disk")
        window.kill()
        assert is_as(project, model), "the kill lost something"
        model.reopen()
        window = Window(project)
        press_keys(window, model, chance, PRESSES - PRESSES // 2)
        wait_until(lambda: has_come_to_rest_as(project, model), "the second half on disk")
        window.close()
    assert do("check", project).out == "all is well\n"
    for states, options in ((("accepted",), ()), (("accepted", "open"), ("--include-open",))):
        wanted = pairs_in(model, states)
        if wanted:
            assert exported_pairs(project, tmp_path / f"out-{len(states)}", *options) == wanted


def pairs_in(model: ReviewModel, states: tuple[str, ...]) -> set[tuple[str, str]]:
    return {
        (image, mask)
        for image, mask in model.mask_of.items()
        if model.images.get(image, OPEN)[0] in states and model.masks.get(mask, OPEN)[0] in states
    }


def exported_pairs(project: Path, out: Path, *options: str) -> set[tuple[str, str]]:
    do("export", project, out, "--format", "png", *options)
    with (out / "splits.csv").open(newline="") as file:
        return {(row["image"], row["mask"]) for row in csv.DictReader(file)}
