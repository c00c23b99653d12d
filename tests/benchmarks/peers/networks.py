"""fastai's DynamicUnet (ResNet34) against `vessels_resnet34`: pace and score on a held-out port.

Both learn from the same chips of 64 px for as many epochs, with random weights to begin with, and
propose for all chips of a port that took no part. One and the same code scores both.
"""

from __future__ import annotations

import shutil
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.project import open_project
from tests.benchmarks import bare
from tests.benchmarks.peers import chips
from tests.benchmarks.peers.sides import Comparison, ask_ours, ask_peer, compared

if TYPE_CHECKING:
    from pathlib import Path

RECIPE, HELD_OUT = "vessels_resnet34", "algiers"
EPOCHS, TURNS = 8, 1
PART = "networks"
# As fastai comes, and with what it offers to those who know it.
PLAIN = {"fastai, float32": {"is_bf16": False}}
TUNED = {"fastai, bf16 and channels_last": {"is_bf16": True}}


def compare(work: Path, data: Path, *, quick: bool) -> list[Comparison]:
    """Train and predict with both, in turns."""
    known, held_out = _prepare(work, data)
    shared = {"held_out": str(work / "held-out.npz"), "epochs": 2 if quick else EPOCHS}
    # Where the processor cannot, bf16 is slower than 32 bits, and neither side would take it.
    sides = {**PLAIN, **(TUNED if bare.is_bf16_chosen() else {})}
    ours: list[dict[str, Any]] = []
    peers: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for turn in range(1 if quick else TURNS):
        for name, settings in sides.items():
            told = _ask_peer(work, shared | settings | {"seed": turn})
            peers[name].append(told | _scored(work, held_out))
        told = _ask_ours(work, shared, len(known.images), turn)
        ours.append(told | _scored(work, held_out))
    return [row for name, runs in peers.items() for row in _rows(name, ours, runs)]


def _prepare(work: Path, data: Path) -> tuple[chips.Pixels, chips.Pixels]:
    """Make a project that holds only the chosen chips, and their pixels for the peer."""
    source, folder = chips.all_ports(work, data), work / "chosen"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    with open_project(folder, write=True) as project:
        learnt, here = chips.split(project, HELD_OUT)
        chips.leave_only(project, [*learnt, *here])
    known, held_out = chips.read_pixels(folder, learnt), chips.read_pixels(folder, here)
    known.save(work / "known.npz")
    held_out.save(work / "held-out.npz")
    return known, held_out


def _ask_ours(work: Path, shared: dict[str, Any], count: int, seed: int) -> dict[str, Any]:
    folder = work / "chosen"
    with open_project(folder) as project:
        group = chips.split(project, HELD_OUT)[1][0].group
    # Nobody accepted these masks, so nothing validates: the last weights count, as the peer's do.
    changes = ["labels.trust=checked", "validation.threshold=0.5", "fit.early_stop_epochs=0"]
    changes += [f"sampling.tiles_per_epoch={count}", f"fit.epochs={shared['epochs']}"]
    changes += [f"fit.seed={seed}", "network.encoder_stages=4"]  # as much of a ResNet34 as theirs
    request = {"project": str(folder), "recipe": RECIPE, "changes": changes, "chips": count}
    request |= {"hold_out": [group], "proposed": str(work / "proposed.npy")}
    return ask_ours("network", shared | request, work).told


def _ask_peer(work: Path, request: dict[str, Any]) -> dict[str, Any]:
    paths = {"known": str(work / "known.npz"), "proposed": str(work / "proposed.npy")}
    return ask_peer("fastai_unet", request | paths, work).told


def _scored(work: Path, held_out: chips.Pixels) -> dict[str, float]:
    path = work / "proposed.npy"
    proposed = np.load(path)
    path.unlink()
    return chips.score(proposed, held_out.truth)


def _rows(name: str, ours: list[dict[str, Any]], peer: list[dict[str, Any]]) -> list[Comparison]:
    return [
        compared(PART, f"{name}: {what}", (ours, peer), key, mean, is_more_better=True)
        for key, what in {
            "trained_a_second": "training, samples a second",
            "predicted_a_second": "prediction, chips of 64 px a second",
            "pixel_f1": "F1 of vessel pixels on the held-out port",
            "object_f1": "F1 of vessels on the held-out port",
        }.items()
    ]
