"""A row of tiles of a scene: read at once, cut into chips, stored where the scene says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from s2label.importers.contract import Examined, UnitRecord
from s2label.importers.scene_chip import chip_of, stored_chip
from s2label.importers.scene_masks import cut_mask, mask_strip
from s2label.importers.scene_strip import Cut, Strip
from s2label.importers.value_counts import add_counts, count_values
from s2label.raster import read_bands, valid_pixels
from s2label.source_files import file_of
from s2label.stretch_sample import sample_key, sample_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.importers.contract import Unit
    from s2label.importers.mask_files import FoundMask
    from s2label.importers.scene import Scene
    from s2label.importers.value_counts import ValueCounts
    from s2label.masks import Mask
    from s2label.tiling import Tile
    from s2label.types import ChipRecord, Source

# Tiles that cover less of their strip are read one by one.
_DENSE_SHARE = 0.5


@dataclass(frozen=True)
class SceneRow:
    """One row of tiles of a scene: read with one window per band, or tile by tile where few.

    ``is_only`` tells that its only tile is the whole scene; ``mask`` is its strip of the scene's
    mask, once it is prepared; ``notes`` are what the user should know of the choice of tiles.
    ``kept`` has the chips that the project has already (by grid key, None for a blank tile); if it
    has them all, they are read instead of the scene.
    """

    scene: Scene
    tiles: tuple[Tile, ...]
    is_only: bool
    mask: FoundMask | None = None
    notes: tuple[str, ...] = ()
    kept: Mapping[str, Source | None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """First file, date, first pixel, and what is known of the scene."""
        first, tile = self.scene.bands[0], self.tiles[0]
        where = f"{tile.y:06d}|{tile.x:06d}"
        return f"{first.source.path}|{first.index}|{self.scene.date}|{where}|{self.scene.key}"

    @property
    def chips(self) -> int:
        """Number of tiles."""
        return len(self.tiles)

    @property
    def files(self) -> list[Path]:
        """The files of its bands."""
        return [file_of(band.source.path) for band in self.scene.bands]

    @property
    def is_stored(self) -> bool:
        """Whether its chips are stored in the project; nobody stores them only to look."""
        return self.scene.is_stored and self.scene.context.store is not None

    @property
    def is_kept(self) -> bool:
        """Whether the project has all its chips already."""
        return len(self.kept) == len(self.tiles)

    @property
    def grounds(self) -> list[str]:
        """The grid key of every tile."""
        return [self._grid(tile).key for tile in self.tiles]

    @property
    def windows(self) -> list[tuple[int, int, int, int]]:
        """What is read: first column and row, and those after the last."""
        return [(s.x, s.y, s.x + s.width, s.y + s.height) for s, _ in self._strips()]

    def joined(self, other: Unit) -> Unit:
        """Return itself: a folder and a folder in it hold the same rows."""
        return self

    def prepared(self) -> SceneRow:
        """Return the row with its strip of the mask instead of the scene's whole mask."""
        found, first = self.scene.mask, self.tiles[0]
        strip = mask_strip(found, first.rows) if found is not None else None
        return replace(self, scene=self.scene.without_mask, mask=strip)

    def examine(self, *, sampled: bool = False) -> Examined:
        """Read the row's pixels and cut them."""
        scene, cut = self.scene, Cut()
        for strip in self._read():
            cut.counts += self._count(strip)
            for tile in strip.tiles:
                self._cut(tile, *strip.piece(tile), cut, sampled=sampled)
        blanks = [g for g, chip in self.kept.items() if chip is None] if self.is_kept else []
        record = UnitRecord(
            key=self.key,
            chips=tuple(cut.chips),
            values=add_counts(cut.counts),
            warnings=scene.notes + self.notes + (self.mask.warnings if self.mask else ()),
            sources={p: (s, t) for p, s, t in self._sources()},
            blank=len(self.tiles) - len(cut.chips),
            blank_grounds=(*blanks, *cut.blanks) if self.is_stored else (),
            content=scene.content if self.is_stored else "",
        )
        return Examined(record, cut.masks, cut.samples, cut.files)

    def _count(self, strip: Strip) -> Iterator[ValueCounts]:
        """Count values, at once where tiles lie side by side: many small arrays take longer."""
        scene = self.scene
        pieces = [(strip.dn, strip.valid)]
        if sum(tile.width for tile in strip.tiles) != strip.dn.shape[2]:
            pieces = [strip.piece(tile) for tile in strip.tiles]
        for dn, valid in pieces:
            yield count_values(scene.scene, dn, scene.bands, valid=valid)

    def _cut(
        self,
        tile: Tile,
        dn: NDArray[Any],
        valid: NDArray[np.bool_],
        cut: Cut,
        *,
        sampled: bool,
    ) -> None:
        """Add a tile to what was cut, (band, y, x) DN; one without data only to the blank ones."""
        grid = self._grid(tile)
        if not (valid.any() or self.is_only):
            cut.blanks.append(grid.key)
            return
        is_cut = not self.is_only or self.scene.chip_px is not None
        chip = chip_of(self.scene, tile.label if is_cut else "", grid, float(1 - valid.mean()))
        if self.is_stored:
            chip, files = stored_chip(self.scene, chip, dn, self.kept.get(grid.key))
            cut.files |= files
        if self.mask is not None:
            chip, mask = self._masked(chip, tile, self.mask)
            cut.masks |= mask
        cut.chips.append(chip)
        if sampled:
            key = sample_key(chip.images[0], grid)
            cut.samples[key] = sample_pixels(dn, self.scene.bands, valid)

    def _read(self) -> Iterator[Strip]:
        """Yield strips of tiles with their pixels; of kept chips those with data."""
        nodata = [band.nodata for band in self.scene.bands]
        reading = self._read_kept() if self.is_kept else self._read_scene()
        for tiles, dn in reading:
            yield Strip(tiles, dn, valid_pixels(dn, nodata))

    def _read_scene(self) -> Iterator[tuple[tuple[Tile, ...], NDArray[Any]]]:
        context, bands = self.scene.context, self.scene.bands
        if self.is_stored and context.store is not None:
            bands = context.store.decoded_bands(bands)
        for strip, tiles in self._strips():
            yield tiles, read_bands(bands, self._grid(strip), open_=context.pool.open)

    def _read_kept(self) -> Iterator[tuple[tuple[Tile, ...], NDArray[Any]]]:
        for tile in self.tiles:
            source = self.kept[self._grid(tile).key]
            if source is not None:
                with self.scene.context.pool.open(source.path) as dataset:
                    yield (tile,), dataset.read()

    def _strips(self) -> list[tuple[Tile, tuple[Tile, ...]]]:
        """Return what is read at once, and the tiles in it."""
        first, last = self.tiles[0], self.tiles[-1]
        width = last.x + last.width - first.x
        if sum(tile.width for tile in self.tiles) < _DENSE_SHARE * width:
            return [(tile, (tile,)) for tile in self.tiles]
        return [(replace(first, width=width), self.tiles)]

    def _sources(self) -> Iterator[tuple[str, int, int]]:
        sources = [b.source for b in self.scene.bands]
        if self.mask is not None:
            sources += self.mask.sources
        for source in sources:
            yield str(file_of(source.path)), source.size_bytes, source.mtime_ns

    def _grid(self, tile: Tile) -> Grid:
        return self.scene.grid.window(tile.x, tile.y, tile.width, tile.height)

    def _masked(
        self, chip: ChipRecord, tile: Tile, strip: FoundMask
    ) -> tuple[ChipRecord, dict[str, Mask]]:
        """Return a chip with its piece of the row's mask."""
        inside = replace(tile, y=tile.y - tile.rows[0])
        image, grid = chip.images[0], chip.place.grid
        record, mask = cut_mask(strip, inside, grid, image, self.scene.context)
        return replace(chip, masks=(record,)), {record.id: mask}
