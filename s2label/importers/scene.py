"""A scene: bands on one grid that are cut into chips, with a mask attached before cutting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError
from s2label.ids import fingerprint, image_id, mask_id, place_id
from s2label.importers.contract import Examined, UnitRecord
from s2label.importers.value_counts import ValueCounts, add_counts, count_values
from s2label.masks import Mask, imported_mask
from s2label.raster import read_bands, valid_pixels
from s2label.stretch_sample import sample_key, sample_pixels
from s2label.tiling import Tile, cut_tiles
from s2label.types import (
    NOT_LABELLED,
    BandRaster,
    ChipRecord,
    ImageRecord,
    Lifetime,
    MaskRecord,
    PlaceRecord,
    Provenance,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.mask_files import FoundMask, MaskFinder
    from s2label.stretch_sample import Samples


@dataclass(frozen=True)
class Scene:
    """Bands on one grid, with everything that becomes chips.

    Parameters
    ----------
    name : str
        Name of the ground; chips are called after it.
    scene : str
        Name of the raster or product on this date.
    folder : Path
        Where it lies; masks in it are preferred.
    date : str or None
        ``YYYY-MM-DD``.
    grid : Grid
        Grid of the finest band.
    bands : tuple of BandRaster
        In the order in which they are kept.
    radiometry : str
        Who said how values become reflectance.
    chip_px : int or None
        Side of the chips; None leaves it whole.
    context : ImportContext
        Options and classes.
    mask_names : tuple of str
        Names that its mask may have, the likeliest first.
    finder : MaskFinder or None
        What looks for its mask.
    notes : tuple of str
        What the user should know of how it was read.
    """

    name: str
    scene: str
    folder: Path
    date: str | None
    grid: Grid
    bands: tuple[BandRaster, ...]
    radiometry: str
    chip_px: int | None
    context: ImportContext
    mask_names: tuple[str, ...]
    finder: MaskFinder | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def tiles(self) -> list[Tile]:
        """The chips, row by row.

        Raises
        ------
        InputError
            If not one fits.
        """
        options = self.context.options
        tiles = cut_tiles(self.grid, self.chip_px, options.stride, options.edge)
        if not tiles:
            size = f"{self.grid.width} x {self.grid.height} px"
            advice = "choose a smaller --chip, or --edge pad"
            raise InputError(
                self.bands[0].source.path, size, f"at least {self.chip_px} px a side", advice
            )
        return tiles

    @cached_property
    def mask(self) -> FoundMask | None:
        """The mask of the whole scene, if there is one."""
        if self.finder is None:
            return None
        found = (self.finder.find(name, self.folder, self.grid) for name in self.mask_names)
        return next((mask for mask in found if mask is not None), None)

    def units(self) -> list[Unit]:
        """Return one unit per row of tiles."""
        is_only = len(self.tiles) == 1
        rows = groupby(self.tiles, key=lambda tile: tile.row)
        return [SceneRow(self, tuple(tiles), is_only) for _, tiles in rows]

    @cached_property
    def without_mask(self) -> Scene:
        """The scene without its mask and what looks for it: little to hand over."""
        return replace(self, finder=None)


@dataclass(frozen=True)
class SceneRow:
    """One row of tiles of a scene: read with one window per band.

    ``is_only`` tells that its only tile is the whole scene; ``mask`` is its strip of the scene's
    mask, once it is prepared.
    """

    scene: Scene
    tiles: tuple[Tile, ...]
    is_only: bool
    mask: FoundMask | None = None

    @property
    def key(self) -> str:
        """First file, date and row."""
        first = self.scene.bands[0]
        return f"{first.source.path}|{first.index}|{self.scene.date}|{self.tiles[0].y:06d}"

    @property
    def chips(self) -> int:
        """Number of tiles."""
        return len(self.tiles)

    @property
    def files(self) -> list[Path]:
        """The files of its bands."""
        return [Path(band.source.path) for band in self.scene.bands]

    def joined(self, other: Unit) -> Unit:
        """Return itself: a folder and a folder in it hold the same rows."""
        return self

    def prepared(self) -> SceneRow:
        """Return the row with its strip of the mask instead of the scene's whole mask."""
        found, first = self.scene.mask, self.tiles[0]
        strip = _strip(found, first.y, first.height) if found is not None else None
        return replace(self, scene=self.scene.without_mask, mask=strip)

    def examine(self, *, sampled: bool = False) -> Examined:
        """Read the row's pixels and cut them."""
        scene = self.scene
        chips: list[ChipRecord] = []
        masks: dict[str, Mask] = {}
        counts: list[ValueCounts] = []
        samples: Samples = {}
        for tile, dn in self._pieces():
            valid = valid_pixels(dn, [b.nodata for b in scene.bands])
            counts.append(count_values(scene.scene, dn, scene.bands, valid=valid))
            if not (valid.any() or self.is_only):
                continue
            chip, mask = self._chip(tile, float(1 - valid.mean()))
            chips.append(chip)
            masks |= mask
            if sampled:
                key = sample_key(chip.images[0], chip.place.grid)
                samples[key] = sample_pixels(dn, scene.bands, valid)
        record = UnitRecord(
            key=self.key,
            chips=tuple(chips),
            values=add_counts(counts),
            warnings=scene.notes + (self.mask.warnings if self.mask else ()),
            sources={p: (s, t) for p, s, t in self._sources()},
            blank=len(self.tiles) - len(chips),
        )
        return Examined(record, masks, samples)

    def _pieces(self) -> Iterator[tuple[Tile, NDArray[Any]]]:
        """Yield each tile with its pixels (band, y, x)."""
        first, last = self.tiles[0], self.tiles[-1]
        strip = self.scene.grid.window(0, first.y, last.x + last.width, first.height)
        dn = read_bands(self.scene.bands, strip, open_=self.scene.context.pool.open)
        for tile in self.tiles:
            yield tile, dn[:, :, tile.x : tile.x + tile.width]

    def _sources(self) -> Iterator[tuple[str, int, int]]:
        sources = [b.source for b in self.scene.bands]
        if self.mask is not None:
            sources += self.mask.sources
        for source in sources:
            yield source.path, source.size_bytes, source.mtime_ns

    def _chip(self, tile: Tile, nodata_share: float) -> tuple[ChipRecord, dict[str, Mask]]:
        scene = self.scene
        is_cut = not self.is_only or scene.chip_px is not None
        name = f"{scene.name}_{tile.label}" if is_cut else scene.name
        grid = scene.grid.window(tile.x, tile.y, tile.width, tile.height)
        place = PlaceRecord(place_id(name, grid), name, grid)
        image = ImageRecord(
            id=image_id(place.id, scene.scene, scene.date),
            place_id=place.id,
            scene=scene.scene,
            date=scene.date,
            bands=scene.bands,
            radiometry=scene.radiometry,
            cut=is_cut,
            nodata_share=nodata_share,
            fingerprint=fingerprint(scene.bands),
        )
        if self.mask is None:
            return ChipRecord(place, (image,)), {}
        record, mask = cut_mask(self.mask, replace(tile, y=0), grid, image, scene.context)
        return ChipRecord(place, (image,), (record,)), {record.id: mask}


def _strip(found: FoundMask, y: int, height: int) -> FoundMask:
    rows, provenance = slice(y, y + height), found.provenance
    strip = provenance[rows] if provenance is not None else None
    return replace(found, classes=found.classes[rows], provenance=strip)


def cut_mask(
    found: FoundMask, tile: Tile, grid: Grid, image: ImageRecord, context: ImportContext
) -> tuple[MaskRecord, Mask]:
    """Cut the mask of a tile out of a larger one; what lies beyond is not labelled."""
    classes = _window(found.classes, tile, NOT_LABELLED)
    if found.provenance is None:
        mask = imported_mask(classes, grid)
    else:
        mask = Mask(classes, _window(found.provenance, tile, Provenance.NOBODY), grid)
    owner = image.id if context.classes.lifetime is Lifetime.MOVING else image.place_id
    return mask_record(mask, mask_id(owner), image, context, found.origin), mask


def mask_record(
    mask: Mask, id_: str, image: ImageRecord, context: ImportContext, origin: str
) -> MaskRecord:
    """Return the record of a mask that has no file yet."""
    is_moving = context.classes.lifetime is Lifetime.MOVING
    return MaskRecord(
        id=id_,
        place_id=image.place_id,
        image_id=image.id if is_moving else None,
        version=1,
        sha256="",
        content=mask.content,
        class_counts=mask.class_counts,
        origin=origin,
    )


def _window(array: NDArray[np.uint8], tile: Tile, fill: int) -> NDArray[np.uint8]:
    piece = array[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
    if piece.shape == (tile.height, tile.width):
        return piece
    padded = np.full((tile.height, tile.width), fill, dtype=np.uint8)
    padded[: piece.shape[0], : piece.shape[1]] = piece
    return padded


def check_same_bands(scenes: Sequence[Scene]) -> None:
    """Raise `InputError` if the images of one source do not have the same bands."""
    for scene in scenes[1:]:
        names, others = ([b.name for b in s.bands] for s in (scene, scenes[0]))
        if names != others:
            raise InputError(
                scene.folder,
                f"{scene.scene} has {' '.join(names)}, {scenes[0].scene} has {' '.join(others)}",
                "the same bands in every image",
                "choose those that all have with --bands",
            )
