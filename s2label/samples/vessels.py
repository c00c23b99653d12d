"""Vessels and their wakes, drawn with smooth edges into single bands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from s2label.samples.noise import FloatImage
from s2label.samples.spectra import BANDS, DELAY_S, Material, list_reflectances

TANKER = (Material.WHITE_ROOF, Material.CONCRETE, *(Material.RUST,) * 6, Material.TILE_ROOF)
BULKER = (Material.WHITE_ROOF, *(Material.RUST, Material.GRAVEL) * 4, Material.RUST)
FERRY = (Material.CONCRETE, *(Material.WHITE_ROOF,) * 6, Material.CONCRETE)
COASTER = (Material.WHITE_ROOF, *(Material.DARK_ROOF, Material.METAL_ROOF) * 2, Material.TILE_ROOF)
BOAT = (Material.WHITE_ROOF,)
PLATFORM = (Material.RUST, Material.CONCRETE, Material.DARK_ROOF)
_REFLECTANCES = list_reflectances(BANDS)


@dataclass(frozen=True)
class Vessel:
    """A vessel or another floating structure.

    Attributes
    ----------
    x, y
        Centre in 10 m pixels at the time of band B08 (0, 0 is the corner of the image).
    length_px, width_px
        Size in 10 m pixels.
    heading_deg
        Azimuth of the bow, clockwise from north.
    deck
        Materials from stern to bow.
    speed_mps
        Speed over ground; 0 when moored.
    lightness
        Factor on the reflectance of the deck.
    """

    x: float
    y: float
    length_px: float
    width_px: float
    heading_deg: float
    deck: tuple[Material, ...]
    speed_mps: float = 0.0
    lightness: float = 1.0

    @property
    def bow_xy(self) -> tuple[float, float]:
        """Unit vector towards the bow, x to the right and y down."""
        heading = np.radians(self.heading_deg)
        return float(np.sin(heading)), float(-np.cos(heading))


@dataclass(frozen=True)
class _Window:
    rows: slice
    columns: slice
    along: FloatImage
    across: FloatImage


def draw_vessel(image: FloatImage, vessel: Vessel, band: str, factor: int) -> None:
    """Draw a vessel and its wake where one band sees it.

    Parameters
    ----------
    image
        (y, x), reflectance; changed in place.
    vessel
        What to draw.
    band
        Name of the band: moving vessels are shifted by speed x delay of the band.
    factor
        Pixels of `image` per 10 m pixel.
    """
    if vessel.speed_mps:
        _draw_wake(image, vessel, band, factor)
    window = _open_window(image, vessel, _advance_px(vessel, band), factor, vessel.length_px)
    cover = _cover_hull(vessel, window, factor)
    spectrum = _REFLECTANCES[list(vessel.deck), BANDS.index(band)] * vessel.lightness
    position = (window.along / vessel.length_px + 0.5) * len(vessel.deck)
    deck = spectrum[np.clip(position.astype(int), 0, len(vessel.deck) - 1)]
    part = image[window.rows, window.columns]
    part += cover * (deck - part)


def mark_vessel(vessel: Vessel, shape: tuple[int, int], least_cover: float) -> NDArray[np.bool_]:
    """Mark the pixels that a vessel covers at the time of band B08.

    Parameters
    ----------
    vessel
        What to mark.
    shape
        (height, width) in 10 m pixels.
    least_cover
        Share of a pixel that must be covered; the most covered pixel is always marked.

    Returns
    -------
    numpy.ndarray
        (y, x), bool.
    """
    finer = 4
    fine = np.zeros((shape[0] * finer, shape[1] * finer), dtype=np.uint8)
    window = _open_window(fine, vessel, 0.0, finer, vessel.length_px)
    mask = np.zeros(shape, dtype=bool)
    hull = np.zeros((window.along.shape[0], window.along.shape[1]), dtype=np.float32)
    hull[:] = _cover_hull(vessel, window, finer)
    top, left = window.rows.start // finer, window.columns.start // finer
    height, width = hull.shape[0] // finer, hull.shape[1] // finer
    cover = hull.reshape(height, finer, width, finer).mean(axis=(1, 3))
    mask[top : top + height, left : left + width] = cover >= min(least_cover, cover.max())
    return mask


def _advance_px(vessel: Vessel, band: str) -> float:
    return vessel.speed_mps * (DELAY_S[band] - DELAY_S["B08"]) / 10


def _open_window(
    image: NDArray[np.generic], vessel: Vessel, advance_px: float, factor: int, reach_px: float
) -> _Window:
    bow_x, bow_y = vessel.bow_xy
    cx, cy = vessel.x + advance_px * bow_x, vessel.y + advance_px * bow_y
    rows = _clip_range(cy, reach_px, factor, image.shape[0])
    columns = _clip_range(cx, reach_px, factor, image.shape[1])
    y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5) / factor - cy
    x = (np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] + 0.5) / factor - cx
    along = (x * bow_x + y * bow_y).astype(np.float32)
    return _Window(rows, columns, along, (y * bow_x - x * bow_y).astype(np.float32))


def _clip_range(centre: float, reach_px: float, factor: int, side: int) -> slice:
    start = (int(centre - reach_px) - 2) * factor
    stop = (int(centre + reach_px) + 3) * factor
    return slice(max(start, 0), max(min(stop, side), 0))


def _cover_hull(vessel: Vessel, window: _Window, factor: int) -> FloatImage:
    half_length, half_width = vessel.length_px / 2, vessel.width_px / 2
    blunt = vessel.deck == PLATFORM
    taper = np.clip((window.along / half_length - 0.55) / 0.45, 0, 1) ** 2 * (not blunt)
    side = half_width * (1 - 0.85 * taper) - np.abs(window.across)
    ends = half_length - np.abs(window.along)
    cover = np.clip(side * factor + 0.5, 0, 1) * np.clip(ends * factor + 0.5, 0, 1)
    return np.asarray(cover, dtype=np.float32)


def _draw_wake(image: FloatImage, vessel: Vessel, band: str, factor: int) -> None:
    trail_px = vessel.length_px * 2.2 + 3.2 * vessel.speed_mps
    window = _open_window(image, vessel, _advance_px(vessel, band), factor, trail_px)
    astern = -window.along - vessel.length_px * 0.42
    bend = 0.0011 * np.sin(vessel.heading_deg) * np.maximum(astern, 0) ** 2
    across = window.across - bend
    fade = (astern > 0) * np.exp(-np.maximum(astern, 0) / (trail_px * 0.33))
    spread = vessel.width_px * 0.3 + 0.3 + 0.02 * np.maximum(astern, 0)
    churned = np.exp(-((across / spread) ** 2)) * fade
    arms = _raise_arms(vessel, window.along, across, trail_px)
    strength = min(vessel.speed_mps / 9, 1.2)
    foam = _REFLECTANCES[Material.FOAM, BANDS.index(band)]
    part = image[window.rows, window.columns]
    part += np.clip(strength * (0.42 * churned + 0.2 * arms), 0, 0.8) * (foam - part)


def _raise_arms(
    vessel: Vessel, along: FloatImage, across: FloatImage, trail_px: float
) -> FloatImage:
    """Lay the two arms of the Kelvin wake, 19.5 degrees to each side of the track."""
    behind_bow = vessel.length_px / 2 - along
    arm = np.abs(across) - vessel.width_px * 0.4 - behind_bow * np.tan(np.radians(19.47)) * 0.55
    cusps = 0.6 + 0.4 * np.sin(behind_bow * 2.1)
    fade = (behind_bow > 0) * np.exp(-np.maximum(behind_bow, 0) / (trail_px * 0.28))
    return np.asarray(np.exp(-((arm / 0.55) ** 2)) * cusps * fade, dtype=np.float32)
