"""A window keeps few of the blocks that GDAL decoded."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import rasterio

if TYPE_CHECKING:
    from pathlib import Path

SIDE_PX, BLOCK_PX = 2048, 256
WHOLE_MIB = SIDE_PX**2 * 8 / 2**20
_READ = """
import sys
import threading
import rasterio
from rasterio.windows import Window
from s2label.raster import keep_few_blocks

def held():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))

path, side, block, mib = sys.argv[1], *map(int, sys.argv[2:])
if mib:
    keep_few_blocks(mib)

def read():
    with rasterio.open(path) as raster:
        raster.read(1, window=Window(0, 0, block, block))
        before = held()
        for row in range(0, side, block):
            for column in range(0, side, block):
                raster.read(1, window=Window(column, row, block, block))
        print(held() - before)

thread = threading.Thread(target=read)  # as a window draws its pictures
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blocks") / "raster.tif"
    tiled = {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX}
    made = {"driver": "GTiff", "dtype": "float64", "height": SIDE_PX, "width": SIDE_PX, **tiled}
    values = np.arange(SIDE_PX**2, dtype=np.float64).reshape(1, SIDE_PX, SIDE_PX)
    with rasterio.open(path, "w", count=1, **made) as raster:
        raster.write(values)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(
    ("mib", "least", "most"), [(8, 0, 12), (0, 0.8 * WHOLE_MIB, 2 * WHOLE_MIB)]
)
def test_a_raster_that_stays_open_holds_few_blocks(
    path: Path, mib: int, least: float, most: float
) -> None:
    sizes = map(str, (SIDE_PX, BLOCK_PX, mib))
    command = [sys.executable, "-W", "ignore", "-c", _READ, str(path), *sizes]
    held = float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    assert least <= held <= most
