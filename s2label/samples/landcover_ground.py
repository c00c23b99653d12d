"""The ground of a land-cover place: fields, woods, towns, water, mountains."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.landcover_recipes import PlaceRecipe
from s2label.samples.mosaics import BlockPlan, find_borders, plan_blocks, split_tile
from s2label.samples.noise import FloatImage, make_noise, make_smooth_noise
from s2label.samples.seasons import CLASS_OF_COVER, Cover
from s2label.samples.terrain import measure_distance, trace_curve

SIDE_PX = 256
SHAPE = (SIDE_PX, SIDE_PX)
CoverImage = NDArray[np.uint8]
_MEADOWS = {"meadow": Cover.MEADOW, "dry": Cover.DRY_MEADOW, "heath": Cover.HEATH}


@dataclass(frozen=True)
class PlaceGround:
    """What does not change with the date.

    Attributes
    ----------
    cover
        (y, x), values of `Cover`.
    delay_days
        (y, x), how much later than usual the plants of a field are.
    vigour, grain
        (y, x), factors on green share and on reflectance, about 1.
    elevation_m
        (y, x), metres above the lowest point.
    """

    cover: CoverImage
    delay_days: NDArray[np.int32]
    vigour: FloatImage
    grain: FloatImage
    elevation_m: FloatImage

    @property
    def classes(self) -> NDArray[np.uint16]:
        """(y, x), uint16, LandCoverNet class 1..7."""
        return CLASS_OF_COVER[self.cover].astype(np.uint16)


def build_place(rng: np.random.Generator, recipe: PlaceRecipe) -> PlaceGround:
    """Build the ground of a place.

    Parameters
    ----------
    rng
        Source of randomness.
    recipe
        Kind of landscape.

    Returns
    -------
    PlaceGround
        256 x 256 pixels of 10 m.
    """
    plan = plan_blocks(rng, SHAPE, 58, SIDE_PX)
    parcels = np.asarray(plan.sample(split_tile(rng, SIDE_PX, *recipe.parcel_px)), dtype=np.int32)
    hills = make_noise(rng, SHAPE, 1.95)
    elevation_m = (hills - hills.min()) / np.ptp(hills) * np.float32(recipe.relief_m)
    cover = _sow_fields(rng, recipe, plan, parcels)
    _grow_wild(rng, recipe, cover, hills, parcels)
    _build_town(rng, recipe, cover)
    _open_pits(rng, recipe, cover)
    if recipe.sand:
        cover[_take_share(make_noise(rng, SHAPE, 1.7), recipe.sand)] = Cover.SAND
    _fill_waters(rng, recipe, cover, hills)
    fields = (plan.block % 64, parcels % 512)
    delay = np.rint(rng.normal(0, 9, (64, 512))).astype(np.int32)[fields]
    vigour = rng.normal(0.93, 0.1, (64, 512)).astype(np.float32)[fields]
    vigour = vigour + 0.06 * make_smooth_noise(rng, SHAPE, 1.1, 2)
    grain = rng.normal(1, 0.07, (64, 512)).astype(np.float32)[fields]
    grain = grain * (1 + _grain_strength(cover) * make_noise(rng, SHAPE, 0.5, 40))
    return PlaceGround(cover, delay, vigour, grain.astype(np.float32), elevation_m)


def _sow_fields(
    rng: np.random.Generator, recipe: PlaceRecipe, plan: BlockPlan, parcels: NDArray[np.int32]
) -> CoverImage:
    crops = [Cover.SUMMER_CROP, Cover.WINTER_CROP, _MEADOWS[recipe.meadow_kind]]
    meadow = min(recipe.meadow * 0.5, 0.4)
    shares = [recipe.summer_crop * (1 - meadow), (1 - recipe.summer_crop) * (1 - meadow), meadow]
    picks = rng.choice(crops, (64, 512), p=shares)
    cover = picks[plan.block % 64, parcels % 512].astype(np.uint8)
    tracks = find_borders(plan.block)
    cover[tracks & (plan.block % 2 == 0)] = Cover.GRAVEL_YARD
    hedges = find_borders(parcels) & (plan.block % 4 == 1)
    cover[hedges & (make_noise(rng, SHAPE, 0.8) > 0.2)] = Cover.BROADLEAF
    return cover


def _grow_wild(
    rng: np.random.Generator, recipe: PlaceRecipe, cover: CoverImage, hills: FloatImage,
    parcels: NDArray[np.int32],
) -> None:  # fmt: skip
    slope = 0.9 if recipe.relief_m > 300 else 0.3
    wild = _follow_fields(make_noise(rng, SHAPE, 1.6) + slope * hills, parcels)
    wild = wild + 0.12 * make_noise(rng, SHAPE, 1.2, 40)
    cover[_take_share(wild, recipe.meadow * 0.75 + recipe.wood)] = _MEADOWS[recipe.meadow_kind]
    is_wood = _take_share(wild + 0.2 * make_noise(rng, SHAPE, 1.4), recipe.wood)
    if recipe.is_alpine:
        is_wood = _take_share(0.2 * wild - np.abs(hills + 0.55), recipe.wood + 0.1)
        cover[~is_wood] = Cover.MEADOW
    is_conifer = _take_share(make_noise(rng, SHAPE, 1.5) + 0.4 * hills, recipe.conifer)
    cover[is_wood] = np.where(is_conifer, Cover.CONIFER, Cover.BROADLEAF)[is_wood]
    if recipe.is_alpine:
        _bare_summits(rng, cover, hills)


def _follow_fields(wild: FloatImage, parcels: NDArray[np.int32]) -> FloatImage:
    """Level a field half-way to its mean in each parcel: woods often end at a field's edge."""
    sums = np.bincount(parcels.ravel(), weights=wild.ravel())
    means = sums / np.maximum(np.bincount(parcels.ravel()), 1)
    return np.asarray(0.5 * wild + 0.5 * means[parcels], dtype=np.float32)


def _bare_summits(rng: np.random.Generator, cover: CoverImage, hills: FloatImage) -> None:
    rough = hills + 0.2 * make_noise(rng, SHAPE, 1.2)
    cover[_take_share(rough, 0.44)] = Cover.ROCK
    cover[_take_share(rough + 0.25 * make_noise(rng, SHAPE, 1.5), 0.24)] = Cover.LASTING_SNOW


def _build_town(rng: np.random.Generator, recipe: PlaceRecipe, cover: CoverImage) -> None:
    choices = {Cover.TILE_ROOF: 0.26, Cover.DARK_ROOF: 0.17, Cover.PAVED: 0.12,
               Cover.WHITE_ROOF: 0.02, Cover.STREET: 0.15, Cover.MEADOW: 0.12,
               Cover.BROADLEAF: 0.16}  # fmt: skip
    plan = plan_blocks(rng, SHAPE, 70, 128)
    plots = split_tile(rng, 128, 2.6, 2.2)
    picks = rng.choice(list(choices), plots.max() + 1, p=list(choices.values()))
    quarter = picks[plots].astype(np.uint8)
    quarter[find_borders(split_tile(rng, 128, 15, 11))] = Cover.STREET
    centre = rng.uniform(60, 196, 2)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    away = np.hypot(y - centre[0], x - centre[1]) / 60
    is_town = _take_share(make_noise(rng, SHAPE, 1.4) - away.astype(np.float32), recipe.town)
    cover[is_town] = np.asarray(plan.sample(quarter))[is_town]
    if recipe.town:
        _lay_road(rng, cover)


def _lay_road(rng: np.random.Generator, cover: CoverImage) -> None:
    west, east = rng.uniform(20, 236, 2)
    north, south = rng.uniform(20, 236, 2)
    lines = [trace_curve(rng, (-8, west), (264, east), 9),
             trace_curve(rng, (north, -8), (south, 264), 9)]  # fmt: skip
    cover[measure_distance(np.concatenate(lines), SHAPE) < 0.95] = Cover.STREET


def _open_pits(rng: np.random.Generator, recipe: PlaceRecipe, cover: CoverImage) -> None:
    pits = _take_share(make_noise(rng, SHAPE, 1.5), recipe.bare)
    cover[pits] = Cover.GRAVEL_BANK if recipe.water in ("river", "lakes") else Cover.ROCK


def _fill_waters(
    rng: np.random.Generator, recipe: PlaceRecipe, cover: CoverImage, hills: FloatImage
) -> None:
    if recipe.water == "river":
        _dig_river(rng, cover, wide_px=rng.uniform(3.5, 7.0))
    elif recipe.water == "lake":
        share = 0.025 if recipe.is_alpine else 0.12
        cover[_take_share(0.12 * make_noise(rng, SHAPE, 1.6) - hills, share)] = Cover.WATER
    elif recipe.water == "lakes":
        rough = make_noise(rng, SHAPE, 1.75) - 0.5 * hills
        cover[_take_share(rough, 0.16)] = Cover.WATER


def _dig_river(rng: np.random.Generator, cover: CoverImage, wide_px: float) -> None:
    start, end = rng.uniform(30, 226, 2)
    line = trace_curve(rng, (start, -12), (end, 268), 26)
    distance = measure_distance(line, SHAPE) + 0.5 * make_noise(rng, SHAPE, 1.2, 40)
    banks = distance + 1.6 * make_noise(rng, SHAPE, 1.3, 60)
    cover[banks < wide_px + 3.2] = Cover.BROADLEAF
    shoals = make_noise(rng, SHAPE, 1.5, 90) > 0.7
    cover[shoals & (distance < wide_px / 2 + 2.6)] = Cover.GRAVEL_BANK
    cover[distance < wide_px / 2 + 0.6] = Cover.WATER


def _grain_strength(cover: CoverImage) -> FloatImage:
    strength = np.full(len(Cover), 0.05, dtype=np.float32)
    strength[[Cover.BROADLEAF, Cover.CONIFER, Cover.HEATH, Cover.ROCK]] = 0.12
    strength[[Cover.WATER, Cover.LASTING_SNOW]] = 0.02
    return np.asarray(ndimage.uniform_filter(strength[cover], 3), dtype=np.float32)


def _take_share(field: NDArray[np.floating], share: float) -> NDArray[np.bool_]:
    """Mark the highest values of a field, so many that they cover a share of it."""
    if share <= 0:
        return np.zeros(field.shape, dtype=bool)
    return np.asarray(field > np.quantile(field, max(1 - share, 0.0)))
