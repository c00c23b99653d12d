"""The folder beside a result where finished bands of rows wait: a stopped run goes on."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from filelock import FileLock, Timeout

from s2label.durable import make_whole, write_whole
from s2label.errors import S2LabelError
from s2label.raster import tiled_geotiff
from s2label_training.scene.finishing import RowBand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label_training.scene.plan import ScenePlan

_RECORD = "run.json"
_LOCK = ".lock"


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
        self.folder.mkdir(exist_ok=True)
        lock = FileLock(self.folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise S2LabelError(
                f"{self.folder.name}: another program predicts this scene into the same file; "
                "wait for it, or name another file"
            ) from error
        try:
            yield
        finally:
            lock.release()
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
        """Return how many rows of pixels, from the top, are there."""
        rows = 0
        for number in range(self.done()):
            with rasterio.open(self._path(number)) as dataset:
                rows += dataset.height
        return rows

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("rows-*.tif"))

    def _path(self, number: int) -> Path:
        return self.folder / f"rows-{number:05d}.tif"

    def done(self) -> int:
        """Return how many bands, from the top, are there."""
        number = 0
        while self._path(number).is_file():
            number += 1
        return number

    def keep(self, band: RowBand, plan: ScenePlan) -> None:
        """Write a band: probabilities, then the picture, then classes, as far as it has them."""
        first, end = plan.band_rows(band.number)
        parts = [band.probabilities]
        parts += [] if band.rgb is None else [band.rgb]
        parts += [] if band.classes is None else [band.classes[None]]
        pixels = np.concatenate(parts)
        grid = plan.grid.window(0, first, plan.grid.width, end - first)
        profile = tiled_geotiff(grid, len(pixels), "uint8") | {"zlevel": 1}

        def write(part: Path) -> None:
            with rasterio.open(part, "w", **profile) as dataset:
                dataset.write(pixels)

        make_whole(self._path(band.number), write)

    def bands(self, plan: ScenePlan) -> Iterator[RowBand]:
        """Yield all bands, from top to bottom."""
        count = len(plan.classes)
        for number in range(len(plan.tiles.ends)):
            with rasterio.open(self._path(number)) as dataset:
                pixels = dataset.read()
            beside = pixels[count:]
            rgb = beside[:3] if len(beside) >= 3 else None
            classes = beside[-1] if len(beside) % 3 else None
            yield RowBand(number, pixels[:count], rgb, classes)

    def remove(self) -> None:
        """Delete it: the result is there."""
        shutil.rmtree(self.folder, ignore_errors=True)
