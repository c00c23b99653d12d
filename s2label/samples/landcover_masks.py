"""The masks of the land-cover places: doubt at class edges, gaps, and some that are wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.mosaics import find_borders
from s2label.samples.noise import make_noise, make_smooth_noise

ROTATED, SWAPPED, PAINTED_OVER = "rotated_180", "other_place", "class_painted_over"
_KINDS = (ROTATED, SWAPPED, PAINTED_OVER)
_LEAST_VARIETY = 0.35

ClassImage = NDArray[np.uint16]


@dataclass(frozen=True)
class WrongMask:
    """A mask that was made wrong on purpose: its place, how, and with what."""

    place: str
    kind: str
    detail: str


def plant_wrong_masks(
    rng: np.random.Generator, true: dict[str, ClassImage], count: int
) -> tuple[dict[str, ClassImage], tuple[WrongMask, ...]]:
    """Make some masks wrong.

    Parameters
    ----------
    rng
        Chooses the masks.
    true
        Right class image (y, x) of each place.
    count
        Masks to make wrong; the kinds take turns.

    Returns
    -------
    tuple
        Class image of each place, and what was made wrong, in the order of the places.
    """
    varied = [name for name in true if _measure_variety(true[name]) > _LEAST_VARIETY]
    pool = varied if len(varied) >= count else list(true)
    victims = [pool[number] for number in rng.permutation(len(pool))[:count]]
    masks, planted = dict(true), []
    for number, place in enumerate(victims):
        kind = _KINDS[number % len(_KINDS)]
        if kind == SWAPPED and len(true) == 1:
            kind = ROTATED
        masks[place], detail = _spoil(rng, kind, place, true)
        planted.append(WrongMask(place, kind, detail))
    return masks, tuple(sorted(planted, key=lambda wrong: list(true).index(wrong.place)))


def doubt_mask(rng: np.random.Generator, classes: ClassImage) -> NDArray[np.uint16]:
    """Add the consensus of the labellers and a few pixels without a class.

    Parameters
    ----------
    rng
        Source of randomness.
    classes
        (y, x), class 1..7.

    Returns
    -------
    numpy.ndarray
        (2, y, x), uint16: class 0..7 with 0 no data, consensus 0..100 with 0 on no data.
    """
    shape = (classes.shape[0], classes.shape[1])
    inside_px = ndimage.distance_transform_edt(~find_borders(classes.astype(np.int32)))
    agreed = 99 - 44 * np.exp(-inside_px / 1.6) + 4 * make_smooth_noise(rng, shape, 1.4)
    missing = make_noise(rng, shape, 1.5) > 2.75
    consensus = np.where(missing, 0, np.clip(np.rint(agreed), 20, 100))
    return np.stack([np.where(missing, 0, classes), consensus]).astype(np.uint16)


def _spoil(
    rng: np.random.Generator, kind: str, place: str, true: dict[str, ClassImage]
) -> tuple[ClassImage, str]:
    mask = true[place]
    if kind == ROTATED:
        return np.ascontiguousarray(mask[::-1, ::-1]), "180"
    if kind == SWAPPED:
        others = [name for name in true if name != place]
        other = others[int(rng.integers(len(others)))]
        return true[other].copy(), other
    classes, counts = np.unique(mask, return_counts=True)
    common, second = classes[np.argsort(counts)[::-1][:2]]
    painted = np.where(mask == second, common, mask).astype(np.uint16)
    return painted, f"{second} over by {common}"


def _measure_variety(mask: ClassImage) -> float:
    """Give the share of pixels that turning the mask by 180 degrees would change."""
    return float(np.mean(mask != mask[::-1, ::-1]))
