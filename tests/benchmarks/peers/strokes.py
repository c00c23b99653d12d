"""convpaint against "learn from my strokes": last stroke to suggestion, and what is right then.

On three chips of a real port with vessels, and on one without, every vessel is painted as drawn by
hand, and the background by a few lines across. Both learn from these same strokes and suggest for
other chips of that port; windows, drawing and the way between processes are left out on both sides.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.labelled.chips import find_labelled
from s2label.project import open_project
from tests.benchmarks.peers import chips
from tests.benchmarks.peers.sides import Comparison, ask_ours, ask_peer, compared, peers_versions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip

PART = "strokes"
PORT, PAINTED, EMPTY, DRAWS = "hedland", 3, 5, 2
# Lines of background: their rows, and how wide they are.
_EVERY_PX, _WIDE_PX = 16, 2
EXTRACTORS = {"gaussian": "convpaint, gaussian", "vgg": "convpaint, VGG16 without its weights"}


@dataclass(frozen=True)
class Draw:
    """Chips drawn by chance: those that are painted, those suggested for."""

    painted: list[LabelledChip]
    unseen: list[LabelledChip]


def compare(work: Path, data: Path, *, quick: bool) -> list[Comparison]:
    """Learn and suggest with both, in turns."""
    if "napari-convpaint" not in peers_versions():
        return [Comparison(PART, "not measured", note="convpaint does not install here")]
    source = chips.all_ports(work, data)
    ours: list[dict[str, Any]] = []
    peers: dict[str, list[dict[str, Any]]] = {name: [] for name in EXTRACTORS}
    for number in range(1 if quick else DRAWS):
        draw = _draw(source, number)
        truth = _write(source, draw, work / "strokes.npz")
        for name, runs in peers.items():
            request = {"extractor": name, **_paths(work)}
            runs.append(ask_peer("convpaint", request, work).told | _scored(work, truth))
        ours.append(_ask_ours(source, draw, work) | _scored(work, truth))
    return [row for name, runs in peers.items() for row in _rows(name, ours, runs)]


def _draw(source: Path, seed: int) -> Draw:
    with open_project(source) as project:
        here = [chip for chip in find_labelled(project) if chip.place.name.startswith(PORT)]
    chance = np.random.default_rng(seed)
    has_vessels = np.array([chip.class_counts.get(1, 0) > 0 for chip in here])
    groups = (np.flatnonzero(has_vessels), np.flatnonzero(~has_vessels))
    vessels, empty = ([here[n] for n in chance.permutation(group)] for group in groups)
    # The last one painted has vessels: it is the one whose suggestion is waited for.
    return Draw([empty[0], *vessels[:PAINTED]], [*vessels[PAINTED:], *empty[1 : 1 + EMPTY]])


def draw_strokes(truth: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return strokes (y, x) for a hand-drawn mask: 0 nothing, 1 background, 2 vessel."""
    strokes = np.zeros_like(truth)
    for offset in range(_WIDE_PX):
        strokes[_EVERY_PX // 2 + offset :: _EVERY_PX] = 1
    strokes[truth == 1] = 2
    return strokes


def _write(source: Path, draw: Draw, path: Path) -> NDArray[np.uint8]:
    """Write what both are given; returns the truth (n, y, x) of the chips suggested for."""
    painted, unseen = (chips.read_pixels(source, each) for each in (draw.painted, draw.unseen))
    strokes = np.stack([draw_strokes(mask) for mask in painted.truth])
    np.savez(path, images=painted.images, strokes=strokes, unseen=unseen.images)
    return unseen.truth


def _ask_ours(source: Path, draw: Draw, work: Path) -> dict[str, Any]:
    folder = work / "painted"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    painted, unseen = ([c.image.id for c in each] for each in (draw.painted, draw.unseen))
    request = {"project": str(folder), "painted": painted, "unseen": unseen, **_paths(work)}
    return ask_ours("strokes", request, work).told


def _paths(work: Path) -> dict[str, str]:
    return {"strokes": str(work / "strokes.npz"), "proposed": str(work / "proposed.npy")}


def _scored(work: Path, truth: NDArray[np.uint8]) -> dict[str, float]:
    path = work / "proposed.npy"
    proposed = np.load(path)
    path.unlink()
    return chips.score(np.where(proposed == 1, 1, 0).astype(np.uint8), truth)


def _rows(name: str, ours: list[dict[str, Any]], peer: list[dict[str, Any]]) -> list[Comparison]:
    title, sides = EXTRACTORS[name], (ours, peer)
    times = {
        "again_s": "last stroke to suggestion, the other chips known, s",
        "anew_s": "last stroke to suggestion, all learnt anew, s",
    }
    rows = [compared(PART, f"{title}: {what}", sides, key) for key, what in times.items()]
    if name == "vgg":
        return rows
    shares = {"right_share": "pixels right on unseen chips", "pixel_f1": "F1 of vessel pixels"}
    return rows + [
        compared(PART, f"{title}: {what}", sides, key, mean, is_more_better=True)
        for key, what in shares.items()
    ]
