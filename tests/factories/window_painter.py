"""Somebody who paints in a real window, and a model that says what has to come of it."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage as ndi

from s2label.catalog.store import this_author
from s2label.masks import read_mask
from s2label.painting.canvas import read_canvas
from s2label.painting.stroke import unpacked
from s2label.painting.wand import DEFAULT_TOLERANCE, start_growth
from s2label.project import open_project
from s2label.raster import RasterPool, read_bands, reflectance
from s2label.review.bookmark import Bookmark, bookmark_path, read_bookmark, write_bookmark
from s2label.review.pictures import Look, draw_chip
from s2label.types import Verdict
from tests.factories.painting import IGNORE, MASK, Said
from tests.factories.painting_agreement import acts_on_disk
from tests.factories.painting_model import (
    HUMAN,
    NOT_LABELLED,
    Decided,
    Painted,
    PaintingModel,
)
from tests.factories.window import Window, wait_until, window_manager
from tests.factories.window_mouse import (
    Aim,
    Dab,
    drag_to_the_end,
    mouse,
    seen,
    wait_for_a_new_pixel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.canvases import CanvasRef
    from s2label.project import Project
    from tests.factories.strokes import Point

Pixel = tuple[int, int]
ACCEPT: Said = (Verdict.ACCEPT, "")
BRUSH_PX, SMALLEST_PX = 3, 1
# What `=` walks through in a project of vessels, and the keys of classes.
LEGEND = (0, 1, NOT_LABELLED, 255)
EMPTY = (0, NOT_LABELLED)
# Shares of the screen that surely lie on the chip, far apart, and the middle of it.
_CALIBRATION = ((0.34, 0.12), (0.66, 0.62))
_MIDDLE = (0.5, 0.35)
_SCREEN_PX = (1600, 1000)
_WHEEL_STEP = 0.05
# Share of a chip's pixels by which it is known although the ring of the brush hides some.
_ALIKE = 0.9
# napari leaves a black dot, smaller than a pixel, where it saw the mouse last.
_DOT_PX = 1


class WindowPainter:
    """Does the same with a mouse and keys as in the model, and compares them after each act.

    Parameters
    ----------
    folder : Path
        A project of vessels with images of one size.
    first : int
        Number of the image to begin with.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self.folder = folder
        self._pictures: dict[str, NDArray[np.int_]] = {}
        with open_project(folder) as project:
            self.model = PaintingModel(project)
            _take_masks(project, self.model)
        self.model.look(first)
        write_bookmark(self._bookmark, Bookmark(image_id=self.model.page.image_id))

    # -- the window ----------------------------------------------------------------------------

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Open the window, and end it whatever happens."""
        with window_manager():
            self.open()
            try:
                yield
            finally:
                self.window.kill()

    def open(self) -> None:
        """Open the window and wait for the picture."""
        self.window = Window(self.folder)
        mouse("mousemove", 0, 0)
        width, height = _SCREEN_PX
        x, y = round(_MIDDLE[0] * width), round(_MIDDLE[1] * height)
        wait_until(lambda: bool(np.ptp(seen((x, y, x + 200, y + 200)))), "the first picture")
        self.tool, self.brush_px, self.value, self.in_hand = "look", BRUSH_PX, 1, 1
        self.keeps_others, self.tolerance = False, DEFAULT_TOLERANCE
        assert self.model.view is not None
        self.model.look(self.model.view)

    def kill_half_a_second_after(self, released_s: float) -> None:
        """End the program as a crash would, so soon after the last stroke."""
        wait_until(lambda: monotonic() > released_s + 0.5, "half a second")
        self.window.kill()
        assert acts_on_disk(self.folder) == self.model.acts, "the kill lost something"

    def quit(self) -> None:
        """Close the window as a user does."""
        self.window.quit()
        self.model.leave()

    def calibrate(self) -> None:
        """Find out where the chip lies, by two dabs whose pixels the catalog tells."""
        self.take("brush")
        self.choose(255)
        self.resize(SMALLEST_PX)
        one, two = (self._dab(*place) for place in _CALIBRATION)
        self.aim = Aim(one, two, self.shape[0])
        self.chip = self.aim.chip

    def _dab(self, across: float, down: float) -> Dab:
        x, y = round(across * _SCREEN_PX[0]), round(down * _SCREEN_PX[1])
        box = (x - 20, y - 20, x + 20, y + 20)
        before = seen(box)
        mouse("mousemove", x, y, "click", 1)
        self.model.acts += 1
        wait_until(lambda: acts_on_disk(self.folder) == self.model.acts, "a dab")
        mouse("mousemove", x, y + 60)
        with open_project(self.folder) as project:
            state = project.catalog.canvases.state(self.model.page.refs[MASK])
            assert state is not None
            (index,) = unpacked(state.strokes[-1].pixels).indices
        self.model.acts -= 1
        self.model.paint(MASK, [int(index)], 255, HUMAN, drawn=True)
        y_px, x_px = divmod(int(index), self.shape[1])
        return Dab((y_px, x_px), wait_for_a_new_pixel(box, before))

    # -- what is in hand -----------------------------------------------------------------------

    def take(self, tool: str) -> None:
        """Take a tool in hand."""
        keys = {"brush": "p", "eraser": "e", "fill": "f", "polygon": "o", "wand": "l"}
        self.window.press({**keys, "ignore": "x"}[tool])
        self.tool = tool

    def choose(self, value: int) -> None:
        """Take a class in hand, by its digit or by walking through the legend."""
        if value in (0, 1):
            self.window.press(str(value))
            self.tool = "brush" if self.tool in ("look", "eraser", "ignore") else self.tool
        else:
            steps = LEGEND.index(value) - LEGEND.index(self.value)
            self.window.press(*["equal" if steps > 0 else "minus"] * abs(steps))
        self.value = value
        self.in_hand = self.in_hand if value in EMPTY else value

    def resize(self, size_px: int) -> None:
        """Make the brush so large."""
        steps = size_px - self.brush_px
        self.window.press(*["bracketright" if steps > 0 else "bracketleft"] * abs(steps))
        self.brush_px = size_px

    def toggle_keeping(self) -> None:
        """Leave other classes alone, or not."""
        self.window.press("b")
        self.keeps_others = not self.keeps_others

    # -- painting ------------------------------------------------------------------------------

    def drag(self, start: Pixel, end: Pixel) -> float:
        """Draw with the tool in hand; return when the button was let go."""
        self._hold(start, end)
        mouse("mouseup", 1)
        return monotonic()

    def _hold(self, start: Pixel, end: Pixel) -> None:
        places, covered = self.aim.stroke(start, end, self.brush_px)
        radius = self.brush_px / 2 * self.chip.zoom
        drag_to_the_end(places, radius, self.aim.beside, self.aim.canvas)
        self._painted(covered)

    def stroke(self, start: Pixel, end: Pixel) -> None:
        """Draw with the tool in hand, and compare."""
        self.drag(start, end)
        self.agree(f"a stroke of the {self.tool} from {start} to {end}")

    def fill(self, at: Pixel) -> None:
        """Fill the area about a pixel, and compare."""
        classes = self.classes
        numbers, _ = ndi.label(classes == classes[at])
        self._click(at)
        self._painted(numbers == numbers[at])
        self.agree(f"a fill at {at}")

    def polygon(self, corners: Sequence[Pixel]) -> None:
        """Draw a polygon whose edges run along rows and columns, and compare."""
        inner = [(y + 0.2, x + 0.2) for y, x in corners]
        for corner in inner[:-1]:
            self._click(corner)
        x, y = self.chip.to_screen(inner[-1])
        mouse("mousemove", x, y, "click", "--repeat", 2, "--delay", 40, 1)
        self._painted(_inside(corners, self.shape))
        self.agree(f"a polygon {corners}")

    def wand(self, at: Pixel, wider: int = 0) -> None:
        """Select the object at a pixel, turn the wheel so often, set it, and compare."""
        self.take("wand")
        x, y = self.chip.to_screen(at)
        mouse("mousemove", x, y)
        before, most = self.chip.seen(), self.object_at(at)
        mouse("click", 1)

        def has_preview() -> bool:
            changed = (self.chip.seen() != before).any(axis=2)
            return bool(changed[most].any() and changed[~most].sum() <= _DOT_PX)

        wait_until(has_preview, "the wand's preview")
        if wider:
            mouse("click", "--repeat", abs(wider), "--delay", 40, 4 if wider > 0 else 5)
        self.tolerance = round(self.tolerance + _WHEEL_STEP * wider, 2)
        region = self.object_at(at)
        self.window.press("l")
        self._painted(region)
        self.agree(f"the wand at {at}, tolerance {self.tolerance}")

    def object_at(self, at: Pixel) -> NDArray[np.bool_]:
        """Return what the wand has to select."""
        with open_project(self.folder) as project:
            chip = project.catalog.chip(self.model.page.image_id)
            assert chip is not None
            bands = chip.image.bands
            values = reflectance(read_bands(bands, chip.place.grid), bands)
        valid: NDArray[np.bool_] = np.all(np.isfinite(values), axis=0)
        return start_growth(values, valid, at[::-1]).region(self.tolerance)

    def rest_is_background(self) -> None:
        """Call the rest background, and compare."""
        self.window.press("shift+f")
        assert self.model.rest()
        self.agree("the rest is background")

    def _click(self, at: Point) -> None:
        mouse("mousemove", *self.chip.to_screen(at), "click", 1)

    def _painted(self, covered: NDArray[np.bool_]) -> None:
        kind = IGNORE if self.tool == "ignore" else MASK
        value = {"ignore": 255, "eraser": 0}.get(self.tool, self.value)
        if self.keeps_others and kind is MASK:
            covered = covered & np.isin(self.classes, self._replaceable(value))
        chosen = np.flatnonzero(covered).tolist()
        assert self.model.paint(kind, chosen, value, HUMAN, drawn=True), "it changes nothing"

    def _replaceable(self, value: int) -> list[int]:
        return [*EMPTY, self.in_hand if value in EMPTY else value]

    # -- chips and acts ------------------------------------------------------------------------

    def go(self, key: str) -> None:
        """Press a key that brings another chip, and compare."""
        was = self.in_view
        mouse("key", key)  # `press` would let go of the mouse's buttons
        wait_until(lambda: self.in_view != was, f"{key} brings another chip")
        self.model.look(self.in_view)
        wait_until(lambda: self._share_seen() > _ALIKE, "another chip is seen")

    def hold_and_go(self, start: Pixel, end: Pixel, key: str, to: Pixel) -> None:
        """Draw, press a key that brings another chip, draw on, let the button go; compare."""
        self._hold(start, end)
        number = self.in_view
        self.go(key)
        mouse("mousemove", *self.chip.to_screen(to), "mouseup", 1)
        self.agree(f"{key} ended a stroke from {start} to {end} of image {number}")

    def hold_and_undo(self, start: Pixel, end: Pixel) -> None:
        """Draw, take back what is being drawn, let the button go; compare."""
        self._hold(start, end)
        mouse("key", "ctrl+z")
        assert self.model.undo(show=True) is True
        mouse("mouseup", 1)
        self.agree(f"a stroke from {start} to {end} taken back while it was drawn")

    def accept(self) -> None:
        """Accept image and mask."""
        self.model.leave()
        is_open = self.model.shown[self.model.page.refs[MASK].id][0] is Verdict.OPEN
        self.model.decide(ACCEPT, ACCEPT if is_open else None)
        self.go("a")
        self.agree("accepted")

    def reject_mask(self) -> None:
        """Reject the mask."""
        self.model.decide(None, (Verdict.REJECT, "wrong"))
        self.go("g")
        self.agree("rejected")

    def undo(self) -> None:
        """Take back the last act, see its chip, and compare."""
        self._step("ctrl+z", self.model.done[-1])

    def redo(self) -> None:
        """Do the act again, see its chip, and compare."""
        self._step("ctrl+shift+z", self.model.undone[-1])

    def _step(self, key: str, act: Painted | Decided) -> None:
        number = self._number_of(act)
        self.window.press(key)
        step = self.model.undo if key == "ctrl+z" else self.model.redo
        assert step(show=True) is True
        wait_until(lambda: acts_on_disk(self.folder) == self.model.acts, key)
        wait_until(lambda: self.in_view == number, f"{key} shows the chip of the act")
        self.model.look(number)
        self.agree(key)

    def _number_of(self, act: Painted | Decided) -> int:
        if isinstance(act, Painted):
            return act.number
        pages = enumerate(self.model.pages)
        return next(n for n, p in pages if {p.image_id, p.refs[MASK].id} & act.said.keys())

    # -- what is there -------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the chip in view."""
        return self.model.page.shape

    @property
    def classes(self) -> NDArray[np.uint8]:
        """The mask of the chip in view, as the model has it."""
        classes: NDArray[np.uint8] = self.model.canvas(MASK)[0]
        return classes

    @property
    def in_view(self) -> int:
        """Number of the image in view, as the program has noted it on disk."""
        image_id = read_bookmark(self._bookmark).image_id
        return [page.image_id for page in self.model.pages].index(str(image_id))

    @property
    def _bookmark(self) -> Path:
        return bookmark_path(self.folder, this_author().who)

    def agree(self, what: str) -> None:
        """Compare the canvases of the chip in view with the disk, and with what is seen."""
        wait_until(lambda: acts_on_disk(self.folder) == self.model.acts, what)
        with open_project(self.folder) as project:
            for ref in self._canvases:
                found = read_canvas(project, ref)
                assert found is not None
                off = np.argwhere(
                    np.stack([found.classes, found.provenance]) != self.model.pixels[ref]
                )
                said = f"class or provenance of {len(off)} px, {off[:9].tolist()} of {ref}"
                assert not off.size, f"{what}: {said}; in hand {self.in_hand_now}"
        mouse("mousemove", 0, 0)  # the ring of the brush is no part of the picture
        wait_until(
            lambda: self._share_seen() >= 1 - _DOT_PX / self.classes.size,
            f"{what}: seen as it is on disk",
        )

    @property
    def in_hand_now(self) -> str:
        """What somebody paints with, in words."""
        kept = ", others kept" if self.keeps_others else ""
        return f"{self.tool} {self.value} of {self.brush_px} px (class {self.in_hand}){kept}"

    @property
    def _canvases(self) -> list[CanvasRef]:
        return [ref for ref in self.model.page.refs.values() if ref in self.model.pixels]

    def _share_seen(self) -> float:
        """Return the share of pixels that are seen as they are: tinted where labelled, else not."""
        is_labelled = np.zeros(self.shape, np.bool_)
        for ref in self._canvases:
            is_labelled |= self.model.pixels[ref][0] != 0
        is_tinted = abs(self.chip.seen() - self._picture(self.model.page.image_id)).max(axis=2) > 2
        return float((is_tinted == is_labelled).mean())

    def _picture(self, image_id: str) -> NDArray[np.int_]:
        """Return an image as it is drawn, without its labels, (y, x, rgb)."""
        if image_id not in self._pictures:
            with open_project(self.folder) as project, RasterPool() as pool:
                chip = project.catalog.chip(image_id)
                assert chip is not None
                self._pictures[image_id] = draw_chip(project, chip, Look(), pool).rgb.astype(int)
        return self._pictures[image_id]


def _take_masks(project: Project, model: PaintingModel) -> None:
    refs = {page.refs[MASK].id: page.refs[MASK] for page in model.pages}
    for row in project.catalog.list_masks():
        mask = read_mask(project.mask_path(row["id"], 1))
        model.start(refs[row["id"]], np.stack([mask.classes, mask.provenance]))


def _inside(corners: Sequence[Pixel], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return what a polygon along rows and columns covers, its edges too: a union of its cells."""
    rows, columns = (sorted({corner[axis] for corner in corners}) for axis in (0, 1))
    covered = np.zeros(shape, np.bool_)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            if _is_within(((top + bottom) / 2, (left + right) / 2), corners):
                covered[top : bottom + 1, left : right + 1] = True
    return covered


def _is_within(point: tuple[float, float], corners: Sequence[Pixel]) -> bool:
    """Tell whether a ray to the right of a point crosses an odd number of upright edges."""
    crossed = 0
    for one, two in zip(corners, [*corners[1:], corners[0]], strict=True):
        low, high = sorted((one[0], two[0]))
        crossed += one[1] == two[1] > point[1] and low < point[0] < high
    return crossed % 2 == 1
