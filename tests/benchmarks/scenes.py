"""A whole product, cut into stored chips, against the bare decode of the same bands.

A product of 10980 x 10980 px, seven bands, L1C in a zip, becomes 29,241 chips of 64 px (with
``--quick``, 2 x 2 blocks). The bare work decodes every block of every band once and keeps nothing:
processor seconds divided by cores. What it does not do: checks, resampling 20 m bands, writing and
syncing chips, the catalog. Memory is that of the import and all its helper processes, each shared
page counted once (PSS), the highest of samples taken during it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.bands import BANDS
from s2label.classes import VESSELS
from s2label.importers.options import ImportOptions
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project
from tests.benchmarks import bare, material
from tests.benchmarks.measure import Row, arguments, write_rows
from tests.factories.products import USUAL, Recipe, write_product, zipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

WHOLE_PX, QUICK_PX = 10_980, 2_048
CHIP_PX = 64
MOST_MIB = 2_048
# No target was given for cutting; beyond this, decoding would not be what one waits for.
TARGET = 3.0
_SAMPLE_S = 0.1
_PAGES = Path("/proc")


class Ground(Mapping[str, "NDArray[np.uint16]"]):
    """Land and sea, smooth with noise, DN (y, x): a band at a time, since all fill the memory.

    Another ``seed`` gives other coasts and other noise.
    """

    def __init__(self, side_px: int, seed: int = 0) -> None:
        self._side_px, self._seed = side_px, seed

    def __iter__(self) -> Iterator[str]:
        return iter(USUAL)

    def __len__(self) -> int:
        return len(USUAL)

    def __getitem__(self, name: str) -> NDArray[np.uint16]:
        number = USUAL.index(name)
        side = self._side_px * 10 // BANDS[name].gsd_m
        random = np.random.default_rng(number + len(USUAL) * self._seed)
        pixels = np.empty((side, side), np.uint16)
        for first in range(0, side, 1024):
            height = self.height(side, slice(first, first + 1024))
            land = 600 + 300 * number + 500 * height
            values = np.where(height > 0, land, 450 - 50 * number)
            noise = random.normal(0, 25, values.shape).astype(np.float32)
            pixels[first : first + 1024] = np.clip(values + noise, 1, 20_000)
        return pixels

    def height(self, side: int, rows: slice) -> NDArray[np.float32]:
        """Return some rows (y, x) of the height of the land on a grid of a side; sea is below 0."""
        phases = np.linspace(0, 9 * np.pi, side, dtype=np.float32) + np.float32(self._seed)
        down = phases[rows, None]
        height: NDArray[np.float32] = np.sin(down) + np.cos(1.3 * phases) + np.sin(down + phases)
        return height


def main() -> None:
    """Make the product once, decode it bare, import it."""
    given = arguments(__doc__.splitlines()[0])
    side = QUICK_PX if given.quick else WHOLE_PX
    folder = material._made(given.work / f"product-{side}", lambda path: _make(path, side))
    archive = next(folder.glob("*.zip"))
    decode_s = processor_seconds(lambda: bare.decode_blocks(_bands_in(archive)))
    cores = os.cpu_count() or 1
    wall_s, cpu_s, peak_mib, chips = _import_apart(given.work / "project", archive)
    figures = {
        "chips": chips,
        "wall_s": wall_s,
        "processor_s": cpu_s,
        "bare_decode_processor_s": decode_s,
        "cores": cores,
        "peak_mib": peak_mib,
    }
    what = f"{side} px x 7 L1C zip into {chips} stored chips"
    against = "wall time against bare decode (processor seconds / cores)"
    rows = [
        Row("C1", f"{what}: {against}", wall_s / (decode_s / cores), TARGET, figures=figures),
        Row("C2", f"{what}: peak memory of all processes", peak_mib, MOST_MIB, unit="MiB"),
    ]
    write_rows(given.out, rows)


def _make(folder: Path, side_px: int) -> None:
    folder.mkdir()
    zipped(write_product(folder, Recipe(bands=Ground(side_px), side=side_px)))
    rmtree(next(folder.glob("*.SAFE")))


def _bands_in(archive: Path) -> list[str]:
    from zipfile import ZipFile

    with ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith(".jp2")]
    return [f"/vsizip/{{{archive}}}/{name}" for name in sorted(names)]


def processor_seconds(do: Callable[[], object]) -> float:
    """Return how many processor seconds of this process something takes."""
    begin = time.process_time()
    do()
    return time.process_time() - begin


def _import_apart(project: Path, archive: Path) -> tuple[float, float, float, int]:
    """Import in a process of its own; returns wall and processor seconds, MiB, chips."""
    rmtree(project, ignore_errors=True)
    create_project(project, VESSELS)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, "import"]
    with subprocess.Popen([*command, str(project), str(archive)]) as process:
        watch = MemoryWatch(process.pid)
        watch.start()
        code = process.wait()
        watch.stop()
    wall_s = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if code:
        raise SystemExit(f"the import ended with {code}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open_project(project) as opened:
        chips = opened.catalog.counts()["images"]
    rmtree(project)
    return wall_s, cpu_s, watch.peak_mib, chips


class MemoryWatch(threading.Thread):
    """Samples the memory of a process and all processes that it started (Linux only)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._ended = threading.Event()
        self.peak_mib = 0.0

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._ended.wait(_SAMPLE_S):
            self.peak_mib = max(self.peak_mib, sum(map(_pss_mib, _family(self._pid))))

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self.join()


def _family(pid: int) -> list[int]:
    try:
        found = (_PAGES / f"{pid}/task").glob("*/children")
        children = [int(child) for path in found for child in path.read_text().split()]
    except OSError:
        children = []
    return [pid, *(member for child in children for member in _family(child))]


def _pss_mib(pid: int) -> float:
    try:
        lines = (_PAGES / f"{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _import(project: str, archive: str) -> Any:
    with open_project(Path(project), write=True) as opened:
        options = ImportOptions(chip=CHIP_PX)
        return finish(import_sources(opened, [Path(archive)], options))


if __name__ == "__main__":
    if sys.argv[1:2] == ["import"]:
        _import(*sys.argv[2:])
    else:
        main()
