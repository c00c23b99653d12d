"""The port of the coast scene: breakwaters, piers, quays and their berths."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from s2label.samples.mosaics import MaterialImage
from s2label.samples.outlines import Frame, Outline, fill_outline, widen_line
from s2label.samples.quarters import paint_container_yard, paint_industry
from s2label.samples.spectra import Material

TERMINAL: Outline = ((-420, -300), (330, -280), (340, 330), (-420, 420))
PIERS: tuple[Outline, ...] = (
    ((-300, -760), (560, -700), (556, -590), (-300, -640)),
    ((-300, -500), (640, -455), (636, -350), (-300, -390)),
    ((-300, 420), (250, 425), (246, 545), (-300, 560)),
)
APRON: Outline = ((-520, -860), (-120, -820), (-90, 700), (-520, 700))
BASIN: Outline = ((-300, -1010), (700, -980), (980, -700), (980, 420), (560, 900), (-300, 860))
BREAKWATERS: tuple[Outline, ...] = (
    ((-260, -1030), (420, -1010), (760, -930), (950, -740), (1010, -450), (1020, 330)),
    ((-320, 960), (330, 900), (560, 800), (660, 640)),
    ((-90, 660), (120, 655), (150, 740), (145, 800)),
)
BERTH_EDGES: tuple[tuple[int, Outline], ...] = (
    (1, ((-40, -765), (540, -723))), (-1, ((-20, -602), (540, -585))),
    (1, ((0, -486), (620, -461))), (-1, ((0, -368), (610, -345))),
    (1, ((341, -250), (350, 300))), (1, ((-10, 562), (220, 553))),
)  # fmt: skip
"""Quay edges with the side (1 left, -1 right of the edge's direction) on which ships lie."""


@dataclass(frozen=True)
class Berth:
    """A place along a quay: x, y of the quay's edge in 10 m pixels, directions in radians."""

    x: float
    y: float
    along_rad: float
    outward_rad: float


def build_port(
    rng: np.random.Generator, material: MaterialImage, is_water: NDArray[np.bool_], frame: Frame
) -> None:
    """Paint the port into a scene.

    Parameters
    ----------
    rng
        Source of randomness.
    material
        (y, x), values of `Material`, pixels of 5 m; changed in place.
    is_water
        (y, x), bool, on the same grid; changed in place.
    frame
        Where the port lies.
    """
    sheds = paint_industry(rng, 400, 5.0)
    yard = paint_container_yard(rng, (420, 518))
    is_water[fill_outline(frame.locate(BASIN), material.shape)] = True
    for number, outline in enumerate((APRON, *PIERS, TERMINAL)):
        corners = frame.locate(outline)
        inside = fill_outline(corners + rng.normal(0, 0.4, corners.shape), material.shape)
        pattern = yard if number in (2, 4) else sheds
        turned = turn_pattern(pattern, frame.seaward_deg + 3 * number, material.shape, inside)
        material[inside] = turned
        is_water[inside] = False
        _pave_edges(rng, material, corners)
    for outline in BREAKWATERS:
        _build_breakwater(rng, material, is_water, frame.locate(outline))


def list_berths(frame: Frame) -> list[Berth]:
    """List the berths of the port, one each 10 m along all quays.

    Parameters
    ----------
    frame
        Where the port lies.

    Returns
    -------
    list of Berth
        In the order of `BERTH_EDGES`.
    """
    berths = []
    for side, edge in BERTH_EDGES:
        (x0, y0), (x1, y1) = frame.locate(edge)
        along = float(np.arctan2(y1 - y0, x1 - x0))
        steps = np.linspace(0, 1, int(np.hypot(x1 - x0, y1 - y0)))
        outward = along + side * np.pi / 2
        berths += [Berth(x0 + t * (x1 - x0), y0 + t * (y1 - y0), along, outward) for t in steps]
    return berths


def turn_pattern(
    pattern: MaterialImage, angle_deg: float, shape: tuple[int, int],
    inside: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> MaterialImage:  # fmt: skip
    """Sample a pattern turned by an angle.

    Parameters
    ----------
    pattern
        (y, x), values of `Material`.
    angle_deg
        Turn of the pattern.
    shape
        (height, width) of the scene.
    inside
        Rows and columns wanted.

    Returns
    -------
    numpy.ndarray
        (pixel,), uint8.
    """
    angle = np.radians(angle_deg)
    rows, columns = (np.asarray(index, dtype=float) for index in inside)
    u = np.cos(angle) * rows - np.sin(angle) * columns
    v = np.sin(angle) * rows + np.cos(angle) * columns
    height, width = pattern.shape
    turned = pattern[u.astype(int) % height, v.astype(int) % width]
    return np.asarray(turned, dtype=np.uint8)


def _pave_edges(
    rng: np.random.Generator, material: MaterialImage, corners_xy: NDArray[np.float64]
) -> None:
    for start, end in zip(corners_xy, np.roll(corners_xy, -1, axis=0), strict=True):
        strip = widen_line(start, end, rng.uniform(0.8, 1.5))
        material[fill_outline(strip, material.shape)] = Material.CONCRETE


def _build_breakwater(
    rng: np.random.Generator, material: MaterialImage, is_water: NDArray[np.bool_],
    points_xy: NDArray[np.float64],
) -> None:  # fmt: skip
    fine = np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(points_xy)])
    fine = fine + rng.normal(0, 0.16, fine.shape)
    for width_px, surface in ((3.6, Material.ROCK), (1.3, Material.CONCRETE)):
        for start, end in pairwise(fine):
            strip = fill_outline(widen_line(start, end, width_px), material.shape)
            material[strip], is_water[strip] = surface, False
