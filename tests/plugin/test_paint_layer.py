"""Strokes against a slow second model, pixel by pixel; the window is in test_painting_window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.layers import Labels
from napari.utils.colormaps import DirectLabelColormap
from napari_s2label.painting import paint_layer
from napari_s2label.painting.class_choice import choose, replaceable
from napari_s2label.painting.napari_hooks import HookedLabels
from napari_s2label.painting.paint_layer import PaintLayer
from qtpy.QtCore import Qt
from scipy import ndimage as ndi
from skimage.draw import line, polygon2mask

from s2label.types import BACKGROUND, NOT_LABELLED
from tests.factories.strokes import drag, move, press, release, swept
from tests.faults.seeds import some_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_s2label.painting.footprint import Footprint
    from numpy.typing import NDArray

SELECTABLE = (0, 1, 2, 3, 254, 255)
BOW_TIE = [(10, 10), (50, 50), (10, 50), (50, 10)]
STAR = [(5, 32), (60, 50), (22, 4), (22, 60), (60, 14)]


class Painted:
    """A paintable layer, a copy of its mask from before, and what it told."""

    def __init__(self, classes: NDArray[np.uint8], mode: str = "paint", **chosen: Any) -> None:
        self.before = classes.copy()
        self.layer = PaintLayer(classes, selectable=SELECTABLE)
        self.layer.mode = mode
        for name, value in chosen.items():
            setattr(self.layer, name, value)
        self.told: list[Footprint] = []
        self.layer.stroke_finished.connect(self.told.append)

    def assert_told(self, covered: NDArray[np.bool_], value: int, tool: str) -> None:
        """Assert that one stroke was told that set what is covered, and that nothing else was."""
        (footprint,) = self.told
        expected = np.where(covered, np.uint8(value), self.before)
        np.testing.assert_array_equal(self.layer.data, expected)
        np.testing.assert_array_equal(footprint.indices, np.flatnonzero(covered))
        np.testing.assert_array_equal(footprint.before, self.before[covered])
        np.testing.assert_array_equal(footprint.after, expected[covered])
        assert footprint.tool == tool
        kinds = [a.dtype for a in (footprint.indices, footprint.before, footprint.after)]
        assert kinds == [np.uint32, np.uint8, np.uint8]


def mixed(side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return a mask with patches of all values."""
    patches = np.random.default_rng(seed).choice(np.array(SELECTABLE, np.uint8), (8, 8))
    return np.kron(patches, np.ones((side // 8, side // 8), np.uint8))


WAYS = {
    "a click": [(20.4, 30.3)],
    "a bend": [(5.0, 5.0), (30.2, 9.7), (33.0, 60.0), (33.0, 60.0)],
    "over the border and back": [(10.0, 50.0), (-30.0, 90.0), (40.0, 70.5), (20.0, 20.0)],
    "from outside": [(-60.0, -60.0), (3.0, 3.0)],
    "along the border": [(0.0, 0.0), (0.0, 63.0), (63.0, 63.0)],
}


@pytest.mark.parametrize("side", [64, 256, 1024])
@pytest.mark.parametrize("size_px", some_of([1, 2, 7, 40]))
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_brush_covers_discs_along_its_way(
    side: int, size_px: int, way: list[tuple[float, float]]
) -> None:
    way = [(y * side / 64, x * side / 64) for y, x in way]
    painted = Painted(mixed(side), brush_size=size_px, selected_label=2)
    drag(painted.layer, way)
    painted.assert_told(swept(way, size_px, (side, side)), 2, "brush")


@pytest.mark.parametrize("at", [(3.49, 7.51), (2.51, 8.49), (3.0, 8.0)])
def test_size_one_paints_the_pixel_under_the_cursor(at: tuple[float, float]) -> None:
    painted = Painted(np.zeros((16, 16), np.uint8), brush_size=1)
    drag(painted.layer, [at])
    assert np.argwhere(painted.layer.data).tolist() == [[3, 8]]


def test_pixels_that_had_the_class_already_are_told() -> None:
    painted = Painted(np.full((64, 64), 1, np.uint8), brush_size=5)
    drag(painted.layer, [(20, 20), (40, 40)])
    painted.assert_told(swept([(20, 20), (40, 40)], 5, (64, 64)), 1, "brush")


def test_the_eraser_sets_background() -> None:
    painted = Painted(mixed(64), "erase", brush_size=9)
    drag(painted.layer, [(20, 20), (40, 60)])
    painted.assert_told(swept([(20, 20), (40, 60)], 9, (64, 64)), BACKGROUND, "eraser")


def test_a_stroke_outside_the_mask_is_none() -> None:
    painted = Painted(mixed(64), brush_size=3)
    drag(painted.layer, [(-20, -20), (-20, 90)])
    assert not painted.told
    np.testing.assert_array_equal(painted.layer.data, painted.before)


@pytest.mark.parametrize("is_contiguous", [True, False], ids=["joined", "everywhere"])
@pytest.mark.parametrize("side", [64, 256, 1024])
def test_the_bucket_fills_not_labelled(side: int, is_contiguous: bool) -> None:
    classes = mixed(side)
    classes[: side // 2, side // 4 : side // 2] = NOT_LABELLED
    painted = Painted(classes, "fill", selected_label=3, contiguous=is_contiguous)
    drag(painted.layer, [(side / 4, side / 3)])
    areas, _ = ndi.label(painted.before == NOT_LABELLED)
    joined = areas == areas[side // 4, side // 3]
    covered = joined if is_contiguous else painted.before == NOT_LABELLED
    painted.assert_told(covered, 3, "fill")


def test_filling_with_the_same_class_confirms_it() -> None:
    classes = np.full((64, 64), NOT_LABELLED, np.uint8)
    classes[10:20, 10:20] = 2
    painted = Painted(classes, "fill", selected_label=2)
    drag(painted.layer, [(12, 12)])
    painted.assert_told(painted.before == 2, 2, "fill")


def test_a_trembling_click_of_the_bucket_fills_once() -> None:
    classes = np.full((64, 64), NOT_LABELLED, np.uint8)
    classes[:, 32:] = 2
    painted = Painted(classes, "fill", selected_label=2)
    drag(painted.layer, [(12, 12), (12, 13), (13, 13)])
    painted.assert_told(painted.before == NOT_LABELLED, 2, "fill")


@pytest.mark.parametrize("at", [(-1, 5), (5, 64), (200, 200)])
def test_the_bucket_outside_does_nothing(at: tuple[float, float]) -> None:
    painted = Painted(mixed(64), "fill")
    drag(painted.layer, [at])
    assert not painted.told


def near_edges(corners: Sequence[tuple[int, int]], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels on a polygon's edges and their neighbours."""
    edges = np.zeros((shape[0] + 400, shape[1] + 400), np.bool_)
    for (y0, x0), (y1, x1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        edges[line(y0 + 200, x0 + 200, y1 + 200, x1 + 200)] = True  # type: ignore[no-untyped-call]
    near: NDArray[np.bool_] = ndi.binary_dilation(edges, np.ones((3, 3)))
    return near[200:-200, 200:-200]


@pytest.mark.parametrize(
    "corners",
    [
        [(10, 10), (12, 50), (40, 30)],
        BOW_TIE,
        STAR,
        [(-20, 30), (30, -30), (90, 20), (30, 100)],
        [(5, 5), (5, 5), (5, 20)],
    ],
    ids=["triangle", "bow tie", "star", "over the border", "flat"],
)
def test_a_polygon_covers_its_even_odd_inside_and_its_edges(
    corners: list[tuple[int, int]],
) -> None:
    painted = Painted(mixed(64), "polygon", selected_label=3)
    # As napari's tool hands corners over: the centre of a pixel, counted from its corner.
    painted.layer.paint_polygon([(y + 0.5, x + 0.5) for y, x in corners], 3)
    (footprint,) = painted.told
    covered = np.zeros((64, 64), np.bool_)
    covered.flat[footprint.indices] = True
    painted.assert_told(covered, 3, "polygon")
    inside, near = polygon2mask((64, 64), corners), near_edges(corners, (64, 64))  # type: ignore[no-untyped-call]
    assert not (inside & ~near & ~covered).any()
    assert not (covered & ~inside & ~near).any()
    assert all(covered[at] for at in corners if min(at) >= 0 and max(at) < 64)


def test_what_a_star_encloses_twice_is_left_out() -> None:
    painted = Painted(np.zeros((64, 64), np.uint8), "polygon")
    painted.layer.paint_polygon([(y + 0.5, x + 0.5) for y, x in STAR], 1)
    assert painted.layer.data[32, 32] == 0
    assert painted.layer.data[12, 32] == 1


def test_a_polygon_of_a_thousand_corners_is_quick_to_draw() -> None:
    turns = np.linspace(0, 2 * np.pi, 5000)
    corners = np.column_stack([512 + 500 * np.sin(turns), 512 + 500 * np.cos(turns)])
    painted = Painted(np.zeros((1024, 1024), np.uint8), "polygon")
    painted.layer.paint_polygon(corners.tolist(), 1)
    assert painted.layer.data.mean() == pytest.approx(np.pi * 500**2 / 1024**2, rel=0.01)


OTHERS = [(2, 1, {0, 254, 2}), (255, 1, {0, 254, 255}), (0, 3, {0, 254, 3}), (254, 3, {0, 254, 3})]


@pytest.mark.parametrize(("new", "in_hand", "allowed"), OTHERS)
def test_what_may_be_painted_over_while_others_are_kept(
    new: int, in_hand: int, allowed: set[int]
) -> None:
    assert set(np.flatnonzero(replaceable(new, in_hand)).tolist()) == allowed


@pytest.mark.parametrize("new", [1, 2, 254, 255])
@pytest.mark.parametrize("mode", ["paint", "erase", "polygon"])
def test_other_classes_are_kept_on_request(mode: str, new: int) -> None:
    painted = Painted(mixed(64), mode, brush_size=40, preserve_labels=True)
    painted.layer.selected_label = new
    in_hand = 1 if new == NOT_LABELLED else new
    value = BACKGROUND if mode == "erase" else new
    if mode == "polygon":
        painted.layer.paint_polygon([(0.5, 0.5), (0.5, 63.5), (63.5, 63.5), (63.5, 0.5)], new)
        covered = np.ones((64, 64), np.bool_)
    else:
        drag(painted.layer, [(10, 10), (50, 50)])
        covered = swept([(10, 10), (50, 50)], 40, (64, 64))
    takes_away = value in (BACKGROUND, NOT_LABELLED)
    own = {BACKGROUND, NOT_LABELLED, in_hand if takes_away else new}
    tool = {"paint": "brush", "erase": "eraser", "polygon": "polygon"}[mode]
    painted.assert_told(covered & np.isin(painted.before, list(own)), value, tool)


def test_the_bucket_leaves_other_classes_on_request() -> None:
    classes = np.full((32, 32), 2, np.uint8)
    classes[:, 16:] = NOT_LABELLED
    painted = Painted(classes, "fill", selected_label=1, preserve_labels=True)
    drag(painted.layer, [(5, 5)])
    assert not painted.told
    drag(painted.layer, [(5, 20)])
    painted.assert_told(painted.before == NOT_LABELLED, 1, "fill")


def test_napari_leaves_the_rest_to_its_public_methods() -> None:
    """The layer overrides what napari's tools call; a new name there would pass it by."""
    layer = PaintLayer(np.zeros((64, 64), np.uint8))
    called: list[str] = []
    layer.paint = lambda *_, **__: called.append("paint")  # type: ignore[method-assign]
    layer.fill = lambda *_, **__: called.append("fill")  # type: ignore[method-assign]
    for mode in ("paint", "erase", "fill"):
        layer.mode = mode
        drag(layer, [(5, 5)])
    assert called == ["paint", "paint", "fill"]


@pytest.mark.parametrize(
    "hook",
    [
        "_type_string",
        "_basename",
        "_save_history",
        *(f"_{n}_stroke" for n in ("begin", "commit", "abort")),
    ],
)
def test_napari_still_has_what_is_hooked(hook: str) -> None:
    assert hook in vars(HookedLabels), "this list and the file differ"
    assert hasattr(Labels, hook), f"napari renamed {hook}: see napari_hooks.py"


def test_napari_still_has_the_overlays() -> None:
    overlays = Labels(np.zeros((4, 4), np.uint8))._overlays
    assert {"points"} <= set(type(overlays["polygon"]).model_fields)
    assert {"active"} <= set(type(overlays["brush_stroke"]).model_fields)


def test_edits_of_other_plugins_are_told() -> None:
    painted = Painted(mixed(64))
    rows, columns = np.array([3, 3, 60]), np.array([5, 6, 60])
    painted.layer.data_setitem((rows, columns), 3)
    covered = np.zeros((64, 64), np.bool_)
    covered[rows, columns] = True
    painted.assert_told(covered, 3, "edit")


def test_setting_data_tells_nothing_and_keeps_the_tools() -> None:
    painted = Painted(mixed(64), brush_size=7, selected_label=254)
    other = mixed(128, seed=1)
    painted.layer.show_classes(other)
    assert painted.layer.data is not other
    np.testing.assert_array_equal(painted.layer.data, other)
    layer = painted.layer
    assert (layer.mode, layer.brush_size, layer.selected_label) == ("paint", 7, 254)
    assert not painted.told


def test_painting_leaves_the_array_that_was_shown() -> None:
    painted, other = Painted(mixed(64)), np.zeros((64, 64), np.uint8)
    painted.layer.show_classes(other)
    drag(painted.layer, [(5, 5)])
    assert painted.told
    assert not other.any()


@pytest.mark.parametrize("is_visible", [True, False], ids=["shown", "hidden"])
@pytest.mark.parametrize("side", [32, 64, 128])
def test_pixels_are_written_without_a_word(side: int, is_visible: bool) -> None:
    painted = Painted(mixed(64))
    first = painted.layer.data
    painted.layer.visible = is_visible
    painted.layer.show_classes(np.zeros((side, side), np.uint8))
    painted.layer.write(np.array([0, side + 1, side * side - 1]), np.array([1, 2, 3], np.uint8))
    painted.layer.write(np.array([2]), 3)
    expected = np.zeros((side, side), np.uint8)
    expected[[0, 1, -1, 0], [0, 1, -1, 2]] = [1, 2, 3, 3]
    np.testing.assert_array_equal(painted.layer.data, expected)
    np.testing.assert_array_equal(first, painted.before)
    assert not painted.told


def test_a_stroke_ends_before_another_chip_is_shown() -> None:
    painted = Painted(mixed(64), brush_size=3)
    press(painted.layer, (10, 10))
    assert painted.layer.is_painting
    other = mixed(64, seed=1)
    first = painted.layer.data
    painted.layer.show_classes(other)
    assert not painted.layer.is_painting
    (footprint,) = painted.told
    np.testing.assert_array_equal(first.flat[footprint.indices], footprint.after)
    move(painted.layer, (30, 30))
    release(painted.layer, (40, 40))
    np.testing.assert_array_equal(painted.layer.data, other)
    assert len(painted.told) == 1
    drag(painted.layer, [(50, 50)])
    assert len(painted.told) == 2


@pytest.mark.parametrize(
    "end",
    [
        lambda layer: layer.finish_stroke(),
        lambda layer: setattr(layer, "mode", "fill"),
        lambda layer: setattr(layer, "visible", False),
        lambda layer: setattr(layer, "editable", False),
        lambda layer: layer.write(np.array([4000]), 0),
    ],
    ids=["asked", "another tool", "hidden", "locked", "written to"],
)
def test_a_stroke_that_is_ended_early_is_told_once(end: Any) -> None:
    painted = Painted(np.zeros((64, 64), np.uint8), brush_size=3)
    press(painted.layer, (10, 10))
    move(painted.layer, (10, 30))
    end(painted.layer)
    move(painted.layer, (40, 40))
    release(painted.layer, (40, 40))
    painted.assert_told(swept([(10, 10), (10, 30)], 3, (64, 64)), 1, "brush")


def test_a_button_that_was_let_go_elsewhere_paints_no_more() -> None:
    painted = Painted(np.zeros((64, 64), np.uint8), brush_size=3)
    press(painted.layer, (10, 10))
    move(painted.layer, (10, 30))
    # Another layer got the release; napari goes on drawing at the next move without a button.
    move(painted.layer, (50, 50), is_dragging=False)
    move(painted.layer, (60, 10), is_dragging=False)
    painted.assert_told(swept([(10, 10), (10, 30)], 3, (64, 64)), 1, "brush")
    painted.told.clear()
    painted.before = painted.layer.data.copy()
    drag(painted.layer, [(40, 5), (40, 20)])
    painted.assert_told(swept([(40, 5), (40, 20)], 3, (64, 64)), 1, "brush")


def test_a_move_from_before_the_press_does_not_end_the_stroke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Held:
        """Says what Qt says while the left button is held."""

        @staticmethod
        def mouseButtons() -> Qt.MouseButton:
            return Qt.MouseButton.LeftButton

    monkeypatch.setattr(paint_layer, "QGuiApplication", Held)
    painted = Painted(np.zeros((64, 64), np.uint8), brush_size=3)
    press(painted.layer, (10, 10))
    move(painted.layer, (10, 10), is_dragging=False)  # handed on late
    move(painted.layer, (10, 40))
    release(painted.layer, (10, 40))
    painted.assert_told(swept([(10, 10), (10, 40)], 3, (64, 64)), 1, "brush")


def test_no_pixel_is_lost_when_a_press_follows_a_lost_release() -> None:
    painted = Painted(np.zeros((64, 64), np.uint8), brush_size=3)
    press(painted.layer, (10, 10))
    drag(painted.layer, [(40, 5), (40, 20)])
    told = np.unique(np.concatenate([footprint.indices for footprint in painted.told]))
    np.testing.assert_array_equal(told, np.flatnonzero(painted.layer.data))
    assert not painted.layer.is_painting


def test_a_listener_may_write_and_change_the_chip() -> None:
    painted = Painted(np.zeros((64, 64), np.uint8), brush_size=3)
    other = mixed(128)
    painted.layer.stroke_finished.connect(lambda _: painted.layer.show_classes(other))
    drag(painted.layer, [(10, 10), (12, 12)])
    np.testing.assert_array_equal(painted.layer.data, other)
    assert len(painted.told) == 1


@pytest.mark.parametrize(
    ("now", "wanted", "chosen"),
    [
        (1, 2, 2), (3, 4, 254), (254, 253, 3), (254, 255, 255), (255, 256, 255), (0, -1, 0),
        (1, 254, 254), (1, 99, 1), (1, 256, 1), (2, 0, 0),
    ],
)  # fmt: skip
def test_only_selectable_values_are_chosen(now: int, wanted: int, chosen: int) -> None:
    assert choose(SELECTABLE, now, wanted) == chosen


def test_the_selection_stays_among_the_classes() -> None:
    layer = Painted(mixed(64)).layer
    layer.selectable = (0, 5, 6, 254)
    assert layer.selected_label == 5
    layer.selected_label = 254
    layer.swap_selected_and_background_labels()
    assert layer.selected_label == 0
    layer.swap_selected_and_background_labels()
    assert layer.selected_label == 254
    with pytest.raises(ValueError, match=r"lie in 0\.\.255"):
        layer.selectable = (0, 300)


def test_values_without_a_class_keep_their_colour() -> None:
    colours = {0: "transparent", 1: "red", 254: "gray", None: "yellow"}
    layer = PaintLayer(mixed(64), colormap=DirectLabelColormap(color_dict=colours))
    layer.new_colormap()
    layer.show_classes(mixed(128))
    drag(layer, [(5, 5)])
    np.testing.assert_allclose(layer.colormap.map(77), [1, 1, 0, 1])
    np.testing.assert_allclose(layer.colormap.map(1), [1, 0, 0, 1])


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((4, 4), np.int32), np.zeros((2, 4, 4), np.uint8), np.zeros((4, 4), np.bool_)],
    ids=["int32", "3-D", "bool"],
)
def test_only_classes_are_taken(wrong: NDArray[Any]) -> None:
    with pytest.raises(TypeError, match="two-dimensional array of uint8; found"):
        PaintLayer(wrong)
    painted = Painted(mixed(64))
    with pytest.raises(TypeError):
        painted.layer.data = wrong
    np.testing.assert_array_equal(painted.layer.data, painted.before)
