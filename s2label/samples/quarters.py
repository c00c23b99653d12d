"""Patterns of towns, industry and container yards."""

import numpy as np

from s2label.samples.mosaics import MaterialImage, find_borders, split_tile
from s2label.samples.spectra import Material


def paint_town(rng: np.random.Generator, tile_px: int, gsd_m: float) -> MaterialImage:
    """Paint streets, roofs and gardens.

    Parameters
    ----------
    rng
        Source of randomness.
    tile_px
        Side of the pattern.
    gsd_m
        Pixel size in metres.

    Returns
    -------
    numpy.ndarray
        (tile_px, tile_px), uint8, values of `Material`.
    """
    choices = {
        Material.TILE_ROOF: 0.34, Material.DARK_ROOF: 0.15, Material.CONCRETE: 0.19,
        Material.WHITE_ROOF: 0.025, Material.ASPHALT: 0.095, Material.DRY_GRASS: 0.09,
        Material.BROADLEAF: 0.11,
    }  # fmt: skip
    return _paint_quarter(rng, tile_px, (130 / gsd_m, 90 / gsd_m), 17 / gsd_m, choices)


def paint_industry(rng: np.random.Generator, tile_px: int, gsd_m: float) -> MaterialImage:
    """Paint halls, sheds and paved yards; parameters and result as in `paint_town`."""
    choices = {
        Material.WHITE_ROOF: 0.07, Material.METAL_ROOF: 0.17, Material.CONCRETE: 0.24,
        Material.ASPHALT: 0.28, Material.GRAVEL: 0.16, Material.DRY_GRASS: 0.08,
    }  # fmt: skip
    return _paint_quarter(rng, tile_px, (260 / gsd_m, 180 / gsd_m), 75 / gsd_m, choices)


def paint_container_yard(rng: np.random.Generator, shape: tuple[int, int]) -> MaterialImage:
    """Paint rows of container stacks with lanes between them.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels of 5 m.

    Returns
    -------
    numpy.ndarray
        (y, x), uint8, values of `Material`.
    """
    colours = [Material.RUST, Material.METAL_ROOF, Material.WHITE_ROOF, Material.TILE_ROOF,
               Material.DARK_ROOF, Material.CONCRETE]  # fmt: skip
    shares = [0.17, 0.14, 0.04, 0.1, 0.2, 0.35]
    coarse = rng.choice(colours, (shape[0] // 3 + 1, shape[1] // 4 + 1), p=shares)
    yard = coarse.repeat(3, axis=0).repeat(4, axis=1)[: shape[0], : shape[1]].astype(np.uint8)
    for lane in (yard[::7], yard[1::7], yard[:, ::37], yard[:, 1::37]):
        lane[:] = Material.ASPHALT
    return yard


def _paint_quarter(
    rng: np.random.Generator, tile_px: int, street_px: tuple[float, float], plot_px: float,
    choices: dict[Material, float],
) -> MaterialImage:  # fmt: skip
    plots = split_tile(rng, tile_px, plot_px, plot_px * 0.8)
    picks = rng.choice(list(choices), plots.max() + 1, p=list(choices.values()))
    painted = picks[plots].astype(np.uint8)
    painted[find_borders(split_tile(rng, tile_px, *street_px))] = Material.ASPHALT
    return np.asarray(painted, dtype=np.uint8)
