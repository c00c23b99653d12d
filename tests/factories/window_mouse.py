"""The mouse over a real window: where a chip's pixels lie on the screen, and what is seen there."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from itertools import product
from math import floor
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ImageGrab

from tests.factories.strokes import swept
from tests.factories.window import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tests.factories.strokes import Point

Box = tuple[int, int, int, int]
Place = tuple[int, int]
# napari leaves a margin of a twentieth.
_FITTED = 0.95
# Screen pixels: numbers of 32 bits are not exact.
_UNSURE = 0.01
# vispy drops moves that come sooner after another.
_VISPY_DROPS_S = 0.02
# Where in a pixel one may aim, the middle first.
_AIMS = (0.0, 0.2, -0.2, 0.1, -0.1, 0.3, -0.3)


def mouse(*arguments: object) -> None:
    """Let xdotool do something with the mouse."""
    subprocess.run(["xdotool", *map(str, arguments)], check=True, capture_output=True)


def seen(box: Box) -> NDArray[np.uint8]:
    """Return what is on the screen in a box (left, top, right, bottom) as (y, x, rgb)."""
    return np.asarray(ImageGrab.grab(box).convert("RGB"))


def wait_for_another_picture(box: Box, before: NDArray[np.uint8], what: str) -> None:
    """Wait until something else is to be seen in a box."""
    wait_until(lambda: not np.array_equal(seen(box), before), what)


def wait_for_a_new_pixel(box: Box, before: NDArray[np.uint8]) -> Box:
    """Wait until all that is new in a box is one area of one colour; return what it covers."""
    found: list[Box] = []

    def look() -> bool:
        now = seen(box)
        rows, columns = np.nonzero((now != before).any(axis=2))
        if rows.size:
            area = now[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            left, top = box[0] + int(columns.min()), box[1] + int(rows.min())
            found[:] = [(left, top, left + area.shape[1], top + area.shape[0])]
            return not np.ptp(area, axis=(0, 1)).any()  # the ring about the mouse has gone
        return False

    wait_until(look, "a dab is seen")
    return found[0]


def drag_to_the_end(way: Sequence[Place], radius: float, beside: Place, canvas: Box) -> None:
    """Press the left button at the first of two places and move to the second; it stays held.

    Each move waits until the ring of the brush, so many screen pixels from its middle, is seen on
    the canvas: what comes too quickly, Qt, vispy and napari drop. `beside` is a place without a
    picture.
    """
    behind = _spot(_on_ring(way[0], radius, way[1], canvas))
    ahead = _spot(_on_ring(way[1], radius, way[0], canvas))
    _wait_for_ring(beside, radius)
    before = seen(behind)
    mouse("mousemove", *way[0], "mousedown", 1)
    wait_for_another_picture(behind, before, "the ring where the stroke begins")
    before = seen(ahead)
    _wait_for_vispy()
    # A window that is busy may let the button go before it has drawn the last move: twice more.
    for at in (way[1], _trembled(way[1]), way[1]):
        mouse("mousemove", *at)
        wait_for_another_picture(ahead, before, "the ring where the stroke ends")
        before = seen(ahead)
        _wait_for_vispy()


def _trembled(at: Place) -> Place:
    return at[0] + 1, at[1]


def _wait_for_ring(beside: Place, radius: float) -> None:
    spot = _spot(np.add(beside, (0, round(radius))))

    def look() -> bool:
        # The first move into the canvas may count as entering it only.
        mouse("mousemove", beside[0] + 1, beside[1], "mousemove", *beside)
        return bool(seen(spot).any())

    wait_until(look, "the ring of the brush beside the chip")
    _wait_for_vispy()


def _wait_for_vispy() -> None:
    since_s = monotonic()
    wait_until(lambda: monotonic() > since_s + _VISPY_DROPS_S, "vispy hears again")


def _on_ring(middle: Place, radius: float, other: Place, canvas: Box) -> Place:
    """Return a place on a ring and on the canvas, as far as can be from another place."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ring = np.rint(middle + radius * np.stack([np.cos(angles), np.sin(angles)], 1)).astype(int)
    is_seen = ((ring >= canvas[:2]) & (ring < canvas[2:])).all(axis=1)
    x, y = max(ring[is_seen].tolist(), key=lambda at: float(np.hypot(*np.subtract(at, other))))
    return x, y


def _spot(at: Any) -> Box:
    x, y = (int(c) for c in at)
    return x - 3, y - 3, x + 4, y + 4


@dataclass(frozen=True)
class Dab:
    """A pixel (y, x) of the chip, and what it covers on the screen."""

    pixel: tuple[int, int]
    box: Box


@dataclass(frozen=True)
class ChipOnScreen:
    """Where the pixels of a chip lie on the screen.

    ``zoom`` is screen pixels per pixel, ``x`` and ``y`` are where the chip's middle lies,
    ``side_px`` how many pixels the chip has each way.
    """

    zoom: float
    x: float
    y: float
    side_px: int

    def to_screen(self, point: Point) -> tuple[int, int]:
        """Return where (x, y) on the screen a point (y, x) of the chip is."""
        middle = (self.side_px - 1) / 2
        x, y = self.x + self.zoom * (point[1] - middle), self.y + self.zoom * (point[0] - middle)
        return round(x), round(y)

    def to_chip(self, at: tuple[float, float]) -> Point:
        """Return the point (y, x) of the chip that a place (x, y) on the screen shows."""
        middle = (self.side_px - 1) / 2
        return (at[1] - self.y) / self.zoom + middle, (at[0] - self.x) / self.zoom + middle

    @property
    def box(self) -> Box:
        """What the chip covers on the screen."""
        left, top = self.to_screen((-0.5, -0.5))
        right, bottom = self.to_screen((self.side_px - 0.5, self.side_px - 0.5))
        return left, top, right, bottom

    def seen(self) -> NDArray[np.uint8]:
        """Return the colour in the middle of each pixel as it is seen now, (y, x, rgb)."""
        left, top, right, bottom = self.box
        steps = (np.arange(self.side_px) + 0.5) * self.zoom
        at = steps.astype(int)
        colours: NDArray[np.uint8] = seen((left, top, right, bottom))[np.ix_(at, at)]
        return colours

    def shows(self, dab: Dab) -> bool:
        """Tell whether a pixel covers on the screen what it was seen to cover."""
        left, top, right, bottom = dab.box
        inside = [(left, top), (right - 1, bottom - 1)]
        outside = [(left - 1, top - 1), (right, bottom)]
        return all(self._pixel_at(at) == dab.pixel for at in inside) and not any(
            set(enumerate(self._pixel_at(at))) & set(enumerate(dab.pixel)) for at in outside
        )

    def _pixel_at(self, at: tuple[int, int]) -> tuple[int, int]:
        y, x = self.to_chip((at[0] + 0.5, at[1] + 0.5))  # drawn is what a pixel's middle shows
        return floor(y + 0.5), floor(x + 0.5)

    def covered(self, places: list[tuple[int, int]], size_px: int) -> NDArray[np.bool_]:
        """Return what a stroke along places on the screen covers."""
        return swept([self.to_chip(at) for at in places], size_px, (self.side_px, self.side_px))


class Aim:
    """Where to aim at a chip, known from two of its pixels.

    napari fits a chip into its canvas, a whole number of screen pixels high, with a margin of a
    twentieth, and puts its middle in the canvas' middle: few places are left that show the two
    pixels where they were seen.
    """

    def __init__(self, one: Dab, two: Dab, side_px: int) -> None:
        guess = _guess(one, two, side_px)
        height = round(guess.zoom * side_px / _FITTED)
        heights = range(height - 3, height + 4)
        middles = product(_halves_about(guess.x), _halves_about(guess.y))
        every = (
            ChipOnScreen(_FITTED * height / side_px, x, y, side_px)
            for (x, y), height in product(middles, heights)
        )
        self._may_be = [chip for chip in every if chip.shows(one) and chip.shows(two)]
        assert self._may_be, f"no chip shows {one} and {two}"
        self.chip = self._may_be[0]

    def stroke(
        self, start: Point, end: Point, size_px: int
    ) -> tuple[list[tuple[int, int]], NDArray[np.bool_]]:
        """Return where a stroke from pixel to pixel begins and ends, and what it covers.

        Places are chosen for which that is the same wherever the chip may be.
        """
        for off, turn in product(_AIMS, repeat=2):
            ends = (start[0] + off, start[1] + turn), (end[0] + turn, end[1] + off)
            places = [self.chip.to_screen(point) for point in ends]
            first = self.chip.covered(places, size_px)
            start_at, end_at = places
            trembled = _trembled(end_at)
            ways = (places, [*places, trembled, end_at], [start_at, trembled, end_at])
            covered = (c.covered(way, size_px) for c, way in product(self._nearly, ways))
            if all(np.array_equal(first, other) for other in covered):
                return places, first
        raise LookupError(f"no sure way from {start} to {end} for a brush of {size_px} px")

    @property
    def beside(self) -> Place:
        """A place on the canvas where no chip is."""
        return self.chip.to_screen((self.chip.side_px / 2, -6))

    @property
    def canvas(self) -> Box:
        """A box that is surely on the canvas: the chip and something at its sides."""
        left, top, right, bottom = self.chip.box
        return left - 80, top, right + 80, bottom

    @property
    def _nearly(self) -> Iterator[ChipOnScreen]:
        for chip, x, y in product(self._may_be, (-_UNSURE, _UNSURE), (-_UNSURE, _UNSURE)):
            yield replace(chip, x=chip.x + x, y=chip.y + y)


def _guess(one: Dab, two: Dab, side_px: int) -> ChipOnScreen:
    pixels = np.array([one.pixel[::-1], two.pixel[::-1]])
    boxes = np.array([one.box, two.box])
    places = (boxes[:, :2] + boxes[:, 2:]) / 2
    zoom = float(np.ptp(places, axis=0).sum() / np.ptp(pixels, axis=0).sum())
    x, y = (places - zoom * (pixels - (side_px - 1) / 2)).mean(axis=0).tolist()
    return ChipOnScreen(zoom, x, y, side_px)


def _halves_about(number: float) -> list[float]:
    return [round(2 * number + step) / 2 for step in range(-3, 4)]
