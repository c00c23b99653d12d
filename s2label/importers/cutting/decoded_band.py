"""One band of a scene, decoded into a plain raster of the same grid."""

from __future__ import annotations

import errno
import json
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio.errors import RasterioError

from s2label.durable import PART_SUFFIX, sync_file
from s2label.importers.cutting.blocks import block_window
from s2label.raster import open_raster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from s2label.importers.cutting.blocks import Block
    from s2label.types import BandRaster

_TILE_PX = 256


class DecodedBand:
    """A band to decode; threads decode its blocks, and the last one puts the raster in place.

    Parameters
    ----------
    band : BandRaster
        Where it is.
    blocks : sequence of Block
        Which blocks of it are needed; the others stay empty, and take no room.
    path : Path
        The raster to make; a listing beside it says which blocks it has.
    """

    def __init__(self, band: BandRaster, blocks: Sequence[Block], path: Path) -> None:
        self.blocks = tuple(blocks)
        self._band = band
        self._path = path
        self._listing = path.with_suffix(".json")
        self._part = path.with_name(f"{path.stem}{PART_SUFFIX}{path.suffix}")
        self._lock = threading.Lock()
        self._target: Any = None
        self._left = len(self.blocks)

    def is_done(self) -> bool:
        """Tell whether all its blocks are decoded, by an import that was stopped."""
        try:
            done = {tuple(block) for block in json.loads(self._listing.read_text())}
        except (OSError, ValueError, TypeError):
            return False
        return self._path.is_file() and done >= set(self.blocks)

    def decode(self, blocks: Sequence[Block]) -> Iterator[None]:
        """Decode some of the blocks; yields after each.

        Raises
        ------
        InputError
            If one is damaged.
        OSError
            If what is decoded cannot be written.
        """
        index = self._band.index
        with open_raster(self._band.source.path) as source:
            block_shape = source.block_shapes[index - 1]
            for block in blocks:
                window = block_window(block, block_shape, source.shape)
                pixels = source.read(index, window=window)
                with self._lock, self._explained():
                    self._write(source, pixels, window)
                yield

    def close(self) -> None:
        """Give up what is not whole."""
        if self._target is not None:
            self._target.close()
            self._target = None
            with suppress(OSError):
                self._part.unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Tell a disk that is full from a source that is damaged: GDAL's errors are the same."""
        try:
            yield
        except RasterioError as error:
            found = "cannot be written; is the disk full? make room and do the same again"
            raise OSError(errno.EIO, found, str(self._path)) from error

    def _write(self, source: rasterio.DatasetReader, pixels: Any, window: Any) -> None:
        if self._target is None:
            self._target = rasterio.open(self._part, "w", **_plain(source, self._band.index))
        self._target.write(pixels, 1, window=window)
        self._left -= 1
        if not self._left:
            self._target.close()
            self._target = None
            self._put_in_place()

    def _put_in_place(self) -> None:
        """Rename the raster; the listing comes last, when the pixels are on the disk."""
        sync_file(self._part)
        self._listing.unlink(missing_ok=True)
        self._part.replace(self._path)
        part = self._listing.with_suffix(PART_SUFFIX)
        part.write_text(json.dumps(self.blocks))
        part.replace(self._listing)


def _plain(source: rasterio.DatasetReader, index: int) -> dict[str, Any]:
    return {
        "driver": "GTiff",
        "dtype": source.dtypes[index - 1],
        "count": 1,
        "height": source.height,
        "width": source.width,
        "crs": source.crs,
        "transform": source.transform,
        "nodata": source.nodatavals[index - 1],
        "tiled": True,
        "blockxsize": _TILE_PX,
        "blockysize": _TILE_PX,
        "sparse_ok": True,
        "bigtiff": "if_safer",
    }
