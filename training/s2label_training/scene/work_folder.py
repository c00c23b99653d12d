"""The folder beside a result where finished bands of rows wait: a stopped run goes on."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from s2label.alone import alone
from s2label.durable import write_whole
from s2label.errors import InputError
from s2label.raster import tiled_geotiff
from s2label.refusals import reason_of
from s2label_training.scene.finishing import RowBand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label_training.scene.plan import ScenePlan

_RECORD = "run.json"


class WorkFolder:
    """Bands of rows that are done, each a file that is whole or absent.

    Parameters
    ----------
    out : Path
        The class raster that it is for; the folder lies beside it.
    """

    def __init__(self, out: Path) -> None:
        self.folder = out.with_name(f".{out.name}.part")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other programs out.

        Raises
        ------
        S2LabelError
            If another one is at work on the same result.
        """
        busy = (
            f"{self.folder.name}: another program predicts this scene into the same file; "
            "wait for it, or name another file"
        )
        # Beside the folder, which so is made and deleted by whoever holds it.
        with alone(self.folder.with_suffix(".lock"), busy):
            self.folder.mkdir(exist_ok=True)
            try:
                yield
            finally:
                if not (self.folder / _RECORD).exists():  # refused before any work
                    self.remove()

    def begin(self, inputs: dict[str, Any], *, again: bool) -> str:
        """Make ready for a run; finished bands stay if they were made of the same inputs.

        Returns
        -------
        str
            Why finished bands were thrown away, in words; empty if they were not.
        """
        before = self._read_record()
        if before == inputs and not again:
            return ""
        had_bands = bool(self._paths())
        for path in (*self._paths(), self.folder / _RECORD):
            path.unlink(missing_ok=True)
        write_whole(self.folder / _RECORD, json.dumps(inputs, indent=1).encode())
        if not had_bands:
            return ""
        changed = [] if before is None else [k for k in inputs if inputs[k] != before.get(k)]
        why = "asked for by --again" if again else f"another {', '.join(changed) or 'record'}"
        return f"began anew ({why}): what an earlier run had finished was thrown away"

    def _read_record(self) -> Any:
        try:
            return json.loads((self.folder / _RECORD).read_bytes())
        except (OSError, ValueError):
            return None

    def inputs(self) -> dict[str, Any]:
        """Return what the finished bands were made of; empty where nobody knows."""
        record = self._read_record()
        return record if isinstance(record, dict) else {}

    def rows_done(self) -> int:
        """Return how many rows of pixels, from the top, are there, by a look at the headers."""
        rows, number = 0, 0
        while self._path(number).is_file():
            try:
                with rasterio.open(self._path(number)) as dataset:
                    rows += dataset.height
            except RasterioError:  # damaged
                break
            number += 1
        return rows

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("rows-*.tif"))

    def _path(self, number: int) -> Path:
        return self.folder / f"rows-{number:05d}.tif"

    def done(self) -> int:
        """Return how many bands, from the top, are there and can be read."""
        number = 0
        while _is_readable(self._path(number)):
            number += 1
        return number

    def keep(self, band: RowBand, plan: ScenePlan) -> None:
        """Write a band: probabilities, then the picture, then classes, as far as it has them.

        It is made in memory, since GDAL keeps quiet about a full disk.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        first, end = plan.band_rows(band.number)
        parts = [band.probabilities]
        parts += [] if band.rgb is None else [band.rgb]
        parts += [] if band.classes is None else [band.classes[None]]
        pixels = np.concatenate(parts)
        grid = plan.grid.window(0, first, plan.grid.width, end - first)
        profile = tiled_geotiff(grid, len(pixels), "uint8") | {"zlevel": 1}
        with MemoryFile() as memory:
            with memory.open(**profile) as dataset:
                dataset.write(pixels)
            data = bytes(memory.getbuffer())
        try:
            write_whole(self._path(band.number), data)
        except OSError as error:
            found = f"rows cannot be written ({reason_of(error)})"
            advice = "then give the same command again, which goes on"
            raise InputError(self.folder, found, advice=advice) from error

    def bands(self, plan: ScenePlan) -> Iterator[RowBand]:
        """Yield all bands, from top to bottom."""
        count = len(plan.classes)
        for number in range(len(plan.tiles.ends)):
            pixels = _read_band(self._path(number))
            beside = pixels[count:]
            rgb = beside[:3] if len(beside) >= 3 else None
            classes = beside[-1] if len(beside) % 3 else None
            yield RowBand(number, pixels[:count], rgb, classes)

    def remove(self) -> None:
        """Delete it, while it is locked: the result is there."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read_band(path: Path) -> NDArray[np.uint8]:
    """Return what a file of rows holds, (band, y, x)."""
    try:
        with rasterio.open(path) as dataset:
            return np.asarray(dataset.read())
    except (RasterioError, CPLE_BaseError) as error:
        advice = "give the same command again, which makes it anew"
        raise InputError(path, "damaged or cut short", advice=advice) from error


def _is_readable(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        _read_band(path)
    except InputError:
        return False
    return True
