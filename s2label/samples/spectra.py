"""Surface reflectance of the materials that the demo's landscapes are made of."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B11", "B12")
"""L2A bands in the order of wavelength; the columns of `REFLECTANCE_PER_MILLE`."""

SAMPLING_M = {
    "B01": 60, "B02": 10, "B03": 10, "B04": 10, "B05": 20, "B06": 20,
    "B07": 20, "B08": 10, "B8A": 20, "B09": 60, "B11": 20, "B12": 20,
}  # fmt: skip
"""Ground sampling distance of each band in metres."""

DELAY_S = {
    "B01": 2.31, "B02": 0.0, "B03": 0.53, "B04": 1.01, "B05": 1.27, "B06": 1.53,
    "B07": 1.79, "B08": 0.26, "B8A": 2.06, "B09": 2.59, "B11": 1.47, "B12": 2.09,
}  # fmt: skip
"""Seconds after B02 at which a band sees the same ground (Sentinel-2 MSI, nominal orbit)."""


class Material(IntEnum):
    """A surface with one spectrum; the value is its row in `REFLECTANCE_PER_MILLE`."""

    DEEP_SEA = 0
    SHALLOW_SEA = 1
    TURBID_WATER = 2
    LAKE = 3
    FOAM = 4
    BROADLEAF = 5
    CONIFER = 6
    CROP = 7
    STUBBLE = 8
    SOIL = 9
    DARK_SOIL = 10
    GRASS = 11
    DRY_GRASS = 12
    LITTER = 13
    SAND = 14
    ROCK = 15
    GRAVEL = 16
    ASPHALT = 17
    CONCRETE = 18
    TILE_ROOF = 19
    WHITE_ROOF = 20
    METAL_ROOF = 21
    DARK_ROOF = 22
    RUST = 23
    CLOUD = 24
    SNOW = 25
    HEATH = 26
    PEBBLES = 27


REFLECTANCE_PER_MILLE: NDArray[np.float32] = np.array(
    [
        [34, 31, 25, 10, 9, 8, 8, 7, 6, 6, 5, 4],
        [44, 46, 50, 23, 18, 12, 11, 9, 8, 7, 5, 4],
        [62, 78, 108, 102, 98, 58, 54, 38, 32, 22, 9, 7],
        [26, 30, 40, 24, 23, 15, 14, 12, 11, 10, 7, 5],
        [230, 240, 245, 235, 225, 205, 200, 190, 175, 120, 70, 45],
        [18, 22, 43, 23, 78, 240, 300, 325, 340, 340, 155, 68],
        [14, 17, 29, 18, 44, 125, 155, 175, 186, 190, 84, 38],
        [24, 29, 62, 31, 104, 320, 405, 440, 455, 460, 190, 92],
        [62, 82, 121, 158, 186, 215, 235, 255, 272, 280, 332, 235],
        [66, 84, 116, 150, 172, 190, 204, 218, 232, 238, 305, 262],
        [42, 52, 72, 90, 106, 118, 128, 140, 152, 156, 215, 172],
        [30, 38, 73, 55, 116, 238, 282, 305, 318, 320, 225, 125],
        [52, 68, 102, 118, 152, 205, 226, 246, 262, 268, 300, 205],
        [40, 48, 66, 76, 95, 122, 136, 150, 165, 170, 200, 135],
        [165, 205, 262, 312, 332, 345, 356, 370, 385, 372, 455, 412],
        [78, 92, 112, 126, 134, 141, 147, 153, 160, 160, 192, 176],
        [105, 122, 146, 164, 173, 180, 186, 194, 200, 200, 232, 214],
        [70, 80, 92, 98, 104, 110, 114, 120, 126, 126, 148, 136],
        [138, 162, 190, 208, 215, 222, 228, 236, 242, 240, 262, 246],
        [62, 74, 104, 172, 202, 216, 226, 238, 250, 250, 282, 252],
        [330, 365, 385, 395, 398, 400, 402, 408, 406, 396, 382, 348],
        [118, 140, 146, 138, 140, 148, 155, 166, 178, 180, 208, 190],
        [58, 65, 74, 80, 86, 92, 97, 104, 110, 110, 140, 130],
        [46, 54, 70, 124, 140, 152, 160, 172, 186, 186, 210, 184],
        [560, 548, 540, 545, 552, 562, 572, 580, 588, 440, 415, 325],
        [860, 865, 870, 860, 845, 815, 790, 760, 735, 600, 85, 55],
        [26, 32, 50, 49, 88, 150, 172, 190, 205, 210, 190, 112],
        [112, 134, 164, 188, 200, 208, 214, 222, 230, 228, 268, 248],
    ],
    dtype=np.float32,
)
"""Typical bottom-of-atmosphere reflectance x 1000, (material, band), of central Europe; the
order of magnitude of each spectrum follows published Sentinel-2 endmembers and real scenes."""


def list_reflectances(bands: tuple[str, ...]) -> NDArray[np.float32]:
    """Give the spectra of all materials in the chosen bands.

    Parameters
    ----------
    bands
        Names out of `BANDS`, in the order wanted.

    Returns
    -------
    numpy.ndarray
        (material, band), float32, reflectance 0..1.
    """
    columns = [BANDS.index(band) for band in bands]
    return np.ascontiguousarray(REFLECTANCE_PER_MILLE[:, columns] / np.float32(1000))
