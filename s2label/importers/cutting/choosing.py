"""Which tiles of a scene become chips: all, those around masks or points, or some at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError
from s2label.importers.cutting.coverage import have_data
from s2label.importers.cutting.point_tiles import tiles_around
from s2label.source_files import file_of
from s2label.tiling import Tile, cut_tiles
from s2label.types import BACKGROUND, MAX_CLASS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.importers.mask_files import FoundMask
    from s2label.importers.scene import Scene


@dataclass(frozen=True)
class ChosenTiles:
    """Tiles row by row, and what the user should know of those that were left out."""

    tiles: tuple[Tile, ...]
    notes: tuple[str, ...] = ()


def choose_tiles(scene: Scene) -> ChosenTiles:
    """Return the tiles of a scene that the options ask for.

    Raises
    ------
    InputError
        If not one fits into the scene, or the file of points is wrong.
    """
    options = scene.context.options
    chosen = _tiles_of(scene)
    if options.around is not None:
        chosen = ChosenTiles(_around_mask(chosen.tiles, scene.mask), chosen.notes)
    if options.random is not None and chosen.tiles:
        chosen = _draw(scene, chosen, options.random, options.seed)
    return chosen


def _tiles_of(scene: Scene) -> ChosenTiles:
    options, chip_px = scene.context.options, scene.chip_px
    if options.points is not None:
        if chip_px is None:
            advice = "give their size too, such as --chip 64"
            raise InputError(options.points, "points, but no size of chips", advice=advice)
        tiles, notes = tiles_around(options.points, scene.grid, chip_px, options)
        return ChosenTiles(tuple(tiles), tuple(f"{scene.scene}: {note}" for note in notes))
    tiles = cut_tiles(scene.grid, chip_px, options.stride, options.edge)
    if not tiles:
        size = f"{scene.grid.width} x {scene.grid.height} px"
        advice = "choose a smaller --chip, or --edge pad"
        raise InputError(
            file_of(scene.bands[0].source.path), size, f"at least {chip_px} px a side", advice
        )
    return ChosenTiles(tuple(tiles))


def _around_mask(tiles: Sequence[Tile], mask: FoundMask | None) -> tuple[Tile, ...]:
    """Return the tiles that hold a pixel of a class."""
    if mask is None:
        return ()
    classes = mask.classes
    return tuple(
        tile
        for tile in tiles
        if np.any(_is_class(classes[slice(*tile.rows), slice(*tile.columns)]))
    )


def _is_class(
    classes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return (classes > BACKGROUND) & (classes <= MAX_CLASS)


def _draw(scene: Scene, chosen: ChosenTiles, wanted: int, seed: int) -> ChosenTiles:
    """Return so many of the tiles that hold data, in their old order; the same for a seed."""
    tiles = chosen.tiles
    # Shuffled before it is known which hold data: dates of one ground then give the same places.
    order = np.random.default_rng(seed).permutation(len(tiles))
    has_data = have_data(scene, tiles)
    drawn = [int(number) for number in order if has_data[number]][:wanted]
    notes = chosen.notes
    if len(drawn) < wanted:
        notes += (f"{scene.scene}: {len(drawn)} tiles hold data, {wanted} were asked for",)
    return ChosenTiles(tuple(tiles[number] for number in sorted(drawn)), notes)
