"""A browser that clears and adds layers against the program's next chip: key to frame, memory.

Both show the same chips from the same files, 7 keys a second or fewer, each in a window of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rasterio

from s2label.grid import aligned_window
from s2label.project import open_project
from s2label.raster import grid_of
from tests.benchmarks import material
from tests.benchmarks.measure import percentile
from tests.benchmarks.peers.sides import Comparison, ask_ours, ask_peer, compared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.project import Project

PART = "triage"
SWITCHES, TURNS = 200, 1
# As P1 does: somebody looks at each chip.
LOOK_S = 0.1
_RGB = ("B04", "B03", "B02")


def compare(work: Path, _: Path, *, quick: bool) -> list[Comparison]:
    """Measure both sizes of chips."""
    rows = []
    for size, source in (
        (material.SMALL_PX, material.small_chips(work)),
        (material.LARGE_PX, material.large_chips(work)),
    ):
        rows += _compare(work, source, size, quick=quick)
    return rows


def _compare(work: Path, source: Path, size: int, *, quick: bool) -> list[Comparison]:
    with open_project(source) as project:
        chips = _files(project)
    shared = {"switches": 40 if quick else SWITCHES, "look_s": LOOK_S}
    ours, peer = [], []
    for turn in range(1 if quick else TURNS):
        table = work / f"decided-{size}-{turn}.csv"
        peer.append(ask_peer("browser", shared | {"chips": chips, "table": str(table)}, work).told)
        # Nothing is decided in a copy of its own.
        used = material.undecided(source, work / f"triaged-{size}-{turn}")
        ours.append(ask_ours("triage", shared | {"project": str(used)}, work).told)
    return list(_rows(size, ours, peer))


def _files(project: Project) -> list[dict[str, Any]]:
    """Return where red, green, blue and mask of each chip are, for the browser."""
    found = []
    for chip in project.catalog.chips(project.catalog.image_ids()).values():
        bands = {band.name: band for band in chip.image.bands}
        assert chip.mask is not None
        found.append(
            {
                "bands": [(bands[name].source.path, bands[name].index) for name in _RGB],
                "mask": str(project.mask_path(chip.mask.id, chip.mask.version)),
                "window": _window(bands[_RGB[0]].source.path, chip.place.grid),
            }
        )
    return found


def _window(path: str, grid: Grid) -> tuple[int, int, int, int]:
    """Return first column, first row, width and height of a chip in its raster."""
    with rasterio.open(path) as raster:
        window = aligned_window(grid_of(raster), grid)
    assert window is not None, f"{path}: the chip does not lie on its pixels"
    x, y, width, height = map(int, window.flatten())
    return x, y, width, height


def _rows(size: int, *sides: list[dict[str, Any]]) -> Iterator[Comparison]:
    ours, peer = ([_figures(run) for run in side] for side in sides)
    switches = len(sides[0][0]["seconds"])
    for key, what in {
        "p50_ms": "key to the next chip's frame, median ms",
        "p95_ms": "key to the next chip's frame, p95 ms",
        "grown_mib": f"memory grown in {switches} switches, MiB",
        "after_mib": f"memory after {switches} switches, MiB",
    }.items():
        yield compared(PART, f"{size} px: {what}", (ours, peer), key)


def _figures(run: dict[str, Any]) -> dict[str, float]:
    shares = {"p50_ms": 0.5, "p95_ms": 0.95}
    figures = {key: 1e3 * percentile(run["seconds"], share) for key, share in shares.items()}
    return {
        **figures,
        "grown_mib": run["after_mib"] - run["before_mib"],
        "after_mib": run["after_mib"],
    }
