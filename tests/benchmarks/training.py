"""P4: samples a second of `s2label train`, against a bare loop of PyTorch on tensors in memory.

The program's side is the command itself: chips from files, sampling, turns and flips, progress.
Only what lies between the first and the last step of an epoch counts, from the second epoch on;
reading chips and keeping checkpoints lie outside. The bare side has the same network, loss,
precision, memory order and optimiser, and draws its batches by chance from one tensor.

Each side is a process of its own, in turns. In one process the first to compute would slow the
second: OpenMP keeps helpers for each thread, and lets all of them sleep where there are more than
cores. What the command asks of memory would help the bare side, too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from s2label_training.channels import read_reflectance
from s2label_training.hardware import Precision, choose_device, choose_precision
from s2label_training.losses import build_loss
from s2label_training.networks import build_network
from s2label_training.recipe import find_recipe

from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import read_labels
from s2label.project import open_project
from s2label.raster import RasterPool
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, median, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label_training.recipe import Recipe
    from torch import Tensor

TARGET = 0.95
RECIPE = "vessels_resnet34"
_TURNS, _EPOCHS, _STEPS = 3, 3, 24
_WARM_UP = 3


def main() -> None:
    """Measure in turns."""
    given = arguments(__doc__.splitlines()[0])
    project = material.undecided(material.small_chips(given.work), given.work / "trained")
    batch = find_recipe(RECIPE).fit.batch_size
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(1 if given.quick else _TURNS):
        plain.append(_bare_apart(project))
        ours += samples_a_second(project, batch)
    figures = {"ours_a_second": median(ours), "bare_a_second": median(plain), "batch": batch}
    figures |= {"threads": torch.get_num_threads()}
    what = f"training of {RECIPE} on {choose_device().type}: samples a second"
    ratio = median(ours) / median(plain)
    write_rows(given.out, [Row("P4", what, ratio, TARGET, is_at_least=True, figures=figures)])


def samples_a_second(folder: Path, batch: int) -> Iterator[float]:
    """Train by the command, and yield the pace of each epoch after the first."""
    shutil.rmtree(folder / "models", ignore_errors=True)
    (folder / "models").mkdir()
    changes = (f"fit.epochs={_EPOCHS}", f"sampling.tiles_per_epoch={_STEPS * batch}")
    settings = [word for change in changes for word in ("--set", change)]
    command = [sys.executable, "-W", "ignore", "-m", "s2label", "train", str(folder), "--no-gate"]
    command += ["--json-lines", "--recipe", RECIPE, *settings]
    steps: dict[int, list[tuple[int, float]]] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            step = json.loads(line).get("progress", {})
            # Reading the chips is told too, with their number as its total.
            if step.get("total") == _EPOCHS * _STEPS and not step["data"]:
                epoch = (step["done"] - 1) // _STEPS
                steps.setdefault(epoch, []).append((step["done"], time.perf_counter()))
    if process.returncode:
        raise SystemExit(f"the training ended with {process.returncode}")
    for epoch, told in steps.items():
        (first, begin), (last, end) = told[0], told[-1]
        if epoch and last > first:
            yield (last - first) * batch / (end - begin)


def _bare_apart(project: Path) -> float:
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, "bare", str(project)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return float(told)


class BareLoop:
    """A loop of PyTorch on all chips in memory."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._device = choose_device()
        self._is_bf16 = choose_precision(recipe.fit.precision, self._device) is Precision.BF16
        self._batch = recipe.fit.batch_size
        images, targets, weights = _read(folder)
        to = self._device
        self._tensors = images.to(to), targets.to(to), weights.to(to)
        channels = self._tensors[0].shape[1]
        network = build_network(recipe.network, channels, 2).to(self._device)
        self._network = network.to(memory_format=torch.channels_last).train()
        settings = recipe.optimiser
        self._optimiser = torch.optim.AdamW(
            network.parameters(), settings.lr, weight_decay=settings.weight_decay
        )
        self._loss = build_loss(recipe.loss, [1, 1])

    def samples_a_second(self, steps: int) -> float:
        """Return the pace of some steps after a warm-up."""
        for number in range(_WARM_UP + steps):
            if number == _WARM_UP:
                self._wait()
                begin = time.perf_counter()
            chosen = torch.randint(len(self._tensors[0]), (self._batch,), device=self._device)
            parts = (self._network, self._optimiser, self._loss, self._tensors)
            bare.train_step(*parts, chosen, is_bf16=self._is_bf16)
        self._wait()
        return steps * self._batch / (time.perf_counter() - begin)

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()


def _read(folder: Path) -> tuple[Tensor, Tensor, Tensor]:
    """Return images, targets and weights of all chips of a project."""
    parts: list[tuple[Any, Any, Any]] = []
    with open_project(folder) as project, RasterPool() as pool:
        chips = find_labelled(project)
        bands = [band.name for band in chips[0].image.bands]
        for chip in chips:
            values = read_reflectance(chip.image, chip.place.grid, bands, pool.open)
            labels = read_labels(project, chip)
            weight = labels.is_labelled.astype(np.float32)
            parts.append((np.nan_to_num(values), labels.classes == 1, weight))
    images, targets, weights = (np.stack(each) for each in zip(*parts, strict=True))
    images = (images - images.mean((0, 2, 3), keepdims=True)) / images.std((0, 2, 3), keepdims=True)
    return torch.from_numpy(images), torch.from_numpy(targets).long(), torch.from_numpy(weights)


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        loop = BareLoop(Path(sys.argv[2]), find_recipe(RECIPE))
        sys.stdout.write(str(loop.samples_a_second(_STEPS)))
    else:
        main()
