"""The solid part of the coast scene: relief, land cover, beach, rocks and the port."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.harbour import BASIN, build_port
from s2label.samples.mosaics import (
    BlockPlan,
    MaterialImage,
    find_borders,
    plan_blocks,
    split_tile,
)
from s2label.samples.noise import FloatImage, make_noise, make_smooth_noise, resample_smooth
from s2label.samples.outlines import Frame, fill_outline
from s2label.samples.quarters import paint_town
from s2label.samples.rocks import scatter_rocks
from s2label.samples.spectra import Material
from s2label.samples.terrain import measure_distance, ramp, shade_relief, trace_curve

FINE = 2
"""Pixels of the working grid per 10 m pixel, in each direction."""
SUN_AZIMUTH_DEG, SUN_ELEVATION_DEG = 146.0, 66.0
"""Mid-June, 10:40 local time, latitude 41 degrees."""
FRAME = Frame((548.0, 300.0), 263.0)
RIVER_MOUTH_XY = (616.0, 520.0)
ROADS = (((650, 0), (690, 640), 26), ((560, 300), (768, 250), 18), ((600, 560), (768, 470), 20))
"""Ends (x, y) and swing of each road, in 10 m pixels."""
_TILE_PX = 384


@dataclass(frozen=True)
class CoastGround:
    """The ground of the coast scene on the 5 m working grid.

    Attributes
    ----------
    material
        (y, x), values of `Material`; meaningless on water.
    is_water
        (y, x), bool.
    brightness
        (y, x), factor on the reflectance of land: texture and slopes.
    offshore_px
        (y, x), distance from land in 10 m pixels, 0 on land.
    shelter
        (y, x), 0 in the open sea to 1 in the port's basin.
    rocks_xy
        Centres of the rocks off the cape, in 10 m pixels.
    """

    material: MaterialImage
    is_water: NDArray[np.bool_]
    brightness: FloatImage
    offshore_px: FloatImage
    shelter: FloatImage
    rocks_xy: tuple[tuple[float, float], ...]


def build_coast(rng: np.random.Generator, shape: tuple[int, int]) -> CoastGround:
    """Build the ground of the coast scene.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) of the scene in 10 m pixels; laid out for (640, 768).

    Returns
    -------
    CoastGround
        Arrays of `FINE` times that size.
    """
    fine = (shape[0] * FINE, shape[1] * FINE)
    inland_px = _shape_coastline(rng, shape, fine)
    is_water = inland_px < 0
    plan = plan_blocks(rng, fine, 95, _TILE_PX)
    material = _cover_land(rng, fine, inland_px, plan)
    _dig_river(rng, material, is_water)
    build_port(rng, material, is_water, FRAME)
    rocks_xy = scatter_rocks(rng, material, is_water, FINE)
    brightness = _vary_brightness(rng, fine, inland_px, plan)
    return CoastGround(
        material, is_water, brightness, _measure_offshore(is_water), _find_shelter(fine), rocks_xy
    )


def _shape_coastline(
    rng: np.random.Generator, shape: tuple[int, int], fine: tuple[int, int]
) -> FloatImage:
    y, x = np.mgrid[: fine[0], : fine[1]].astype(np.float32) / FINE
    shore_x = 556 - 118 * np.exp(-(((y - 34) / 62) ** 2)) + 46 * np.exp(-(((y - 470) / 90) ** 2))
    shore_x += 0.09 * (y - 320)
    port_y = np.exp(-(((y - FRAME.origin_xy[1]) / 85) ** 4))
    rough = make_smooth_noise(rng, fine, 1.9, 2) * 7 + make_noise(rng, fine, 1.4, 60) * 1.6
    return np.asarray(x - shore_x + rough * (1 - 0.85 * port_y), dtype=np.float32)


def _cover_land(
    rng: np.random.Generator, fine: tuple[int, int], inland_px: FloatImage, plan: BlockPlan
) -> MaterialImage:
    material = _sow_fields(rng, plan)
    y, x = np.mgrid[: fine[0], : fine[1]].astype(np.float32) / FINE
    wood = make_smooth_noise(rng, fine, 1.5, 2) + ramp(y, 200, 20) * 1.9 + ramp(x, 700, 768) * 0.5
    material[wood > 1.25] = Material.GRASS
    material[wood > 1.45] = Material.BROADLEAF
    material[(wood > 2.1) & (make_noise(rng, fine, 1.2, 90) > -0.4)] = Material.CONIFER
    far_px = np.hypot((x - FRAME.origin_xy[0] - 15) * 0.9, (y - FRAME.origin_xy[1] + 5) * 0.8)
    town = make_smooth_noise(rng, fine, 1.35, 2) * 30 + 122 - far_px
    streets = plan.sample(paint_town(rng, _TILE_PX, 5.0))
    is_park = wood + 0.5 * make_smooth_noise(rng, fine, 1.1, 2) > 1.25
    built = (town > 0) & ~is_park
    material[built] = streets[built]
    _lay_roads(rng, material)
    edge = make_smooth_noise(rng, fine, 1.8) * 1.4
    rocky = y + edge * 12 < 112
    beach = inland_px < 3.4 + edge
    material[beach] = np.where(rocky, Material.ROCK, Material.SAND)[beach]
    material[~beach & (inland_px < 8 + 2 * edge) & (town < 0)] = Material.DRY_GRASS
    return material


def _sow_fields(rng: np.random.Generator, plan: BlockPlan) -> MaterialImage:
    crops = [Material.CROP, Material.STUBBLE, Material.SOIL, Material.GRASS, Material.DRY_GRASS,
             Material.DARK_SOIL, Material.BROADLEAF]  # fmt: skip
    parcels = split_tile(rng, plan.tile_px, 52, 26)
    picks = rng.choice(crops, (64, parcels.max() + 1), p=[0.27, 0.25, 0.1, 0.12, 0.14, 0.07, 0.05])
    labels = plan.sample(parcels)
    fields = picks[plan.block % 64, labels].astype(np.uint8)
    fields[find_borders(plan.block)] = Material.GRAVEL
    hedges = find_borders(np.asarray(labels, dtype=np.int32)) & (plan.block % 3 == 0)
    fields[hedges] = Material.BROADLEAF
    return np.asarray(fields, dtype=np.uint8)


def _lay_roads(rng: np.random.Generator, material: MaterialImage) -> None:
    lines = [trace_curve(rng, start, end, swing) * FINE for start, end, swing in ROADS]
    distance = measure_distance(np.concatenate(lines), (material.shape[0], material.shape[1]))
    material[distance < 1.7] = Material.ASPHALT


def _dig_river(
    rng: np.random.Generator, material: MaterialImage, is_water: NDArray[np.bool_]
) -> None:
    mouth = (RIVER_MOUTH_XY[0] - 18, RIVER_MOUTH_XY[1])
    line = trace_curve(rng, mouth, (790, 585), 30) * FINE
    shape = (material.shape[0], material.shape[1])
    distance = measure_distance(line, shape) + make_noise(rng, shape, 1.2, 40) * 0.5
    x = np.arange(shape[1], dtype=np.float32)[None, :] / FINE
    width = 5.2 + 8 * ramp(x, 680, 610)
    material[(distance < width + 9) & ~is_water] = Material.BROADLEAF
    material[distance < width + 2.2] = Material.DRY_GRASS
    is_water[distance < width] = True


def _vary_brightness(
    rng: np.random.Generator, fine: tuple[int, int], inland_px: FloatImage, plan: BlockPlan
) -> FloatImage:
    y = np.arange(fine[0], dtype=np.float32)[:, None] / FINE
    height_m = ramp(inland_px, 0, 120) * (18 + 170 * ramp(y, 220, 0))
    elevation_m = height_m * (make_smooth_noise(rng, fine, 1.9, 2) + 1.5)
    light = shade_relief(
        np.asarray(elevation_m, dtype=np.float32), 10 / FINE, SUN_AZIMUTH_DEG, SUN_ELEVATION_DEG
    )
    grain = 1 + 0.075 * make_noise(rng, fine, 0.45, 60)
    parcels = np.asarray(plan.sample(split_tile(rng, plan.tile_px, 40, 26)), dtype=np.int32)
    patch = rng.normal(1, 0.09, (64, parcels.max() + 1)).astype(np.float32)
    patchy = patch[plan.block % 64, parcels]
    return np.asarray(np.clip(light * grain * patchy, 0.35, 1.9), dtype=np.float32)


def _measure_offshore(is_water: NDArray[np.bool_]) -> FloatImage:
    coarse = is_water[::FINE, ::FINE]
    distance = ndimage.distance_transform_edt(coarse).astype(np.float32)
    return resample_smooth(distance, (is_water.shape[0], is_water.shape[1]))


def _find_shelter(fine: tuple[int, int]) -> FloatImage:
    basin = np.zeros((fine[0] // 2, fine[1] // 2), dtype=np.float32)
    basin[fill_outline(FRAME.locate(BASIN), (fine[0] // 2, fine[1] // 2), 1)] = 1
    return resample_smooth(ndimage.gaussian_filter(basin, 3), fine)
