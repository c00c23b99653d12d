"""True strokes in a real window leave exactly the pixels of a plain model, also after a kill.

A short run in the normal suite; ``S2LABEL_LONG=1`` adds random sequences of 200 acts.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.layers import Labels
from napari_s2label.desk import desk_of
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from s2label.classes import VESSELS
from s2label.project import open_project
from tests.factories.commands import do, run
from tests.factories.painting import MASK
from tests.factories.painting_agreement import acts_on_disk, compare
from tests.factories.projects import apart, make_project
from tests.factories.strokes import drag
from tests.factories.window_painter import WindowPainter
from tests.faults.seeds import LONG, chance_of

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_s2label.desk import Desk
    from pytestqt.qtbot import QtBot

ROUNDS = range(3) if LONG else ()
ACTS = 200
# An L of six corners, and a pixel inside of it.
L_SHAPE = [(40, 40), (40, 60), (50, 60), (50, 50), (58, 50), (58, 40)]
IN_THE_L = (44, 45)


@pytest.fixture(scope="module", params=["port of the demo", "algiers"] if LONG else ["algiers"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project of vessels as it was imported: the demo's, or a real port."""
    folder = tmp_path_factory.mktemp("port")
    if request.param == "port of the demo":
        do("demo", folder / "demo", "--no-gui")
        return folder / "demo" / "vessels"
    source = request.getfixturevalue("real_data") / "ports" / "algiers"
    do("init", folder / "algiers", "--classes", "vessels")
    options = ("--masks", source, "--chip", 64, "--quantification", 65535)
    do("import", folder / "algiers", source, *options)
    return folder / "algiers"


@pytest.fixture
def project(port: Path, tmp_path: Path) -> Path:
    """Return a project that nobody has painted in."""
    return shutil.copytree(port, tmp_path / port.name)


@pytest.fixture
def somebody(project: Path) -> Iterator[WindowPainter]:
    """Return somebody with a window open and a brush of 1 px with "ignore" in hand."""
    painter = WindowPainter(project, chip_with_vessels(project))
    with painter.at_work():
        painter.calibrate()
        yield painter


def chip_with_vessels(project: Path) -> int:
    """Return the number of the first chip that has vessels, with two after it that have, too."""
    rows = do("list", project, "--masks", "--json").lines
    pixels = [row["class_pixels"].get("1", 0) for row in rows]
    runs = zip(pixels, pixels[1:], pixels[2:], strict=False)
    return next(number for number, three in enumerate(runs) if min(three) > 10)


def a_vessel(painter: WindowPainter) -> tuple[int, int]:
    """Return the pixel (y, x) in the middle of those that were imported as vessel."""
    imported = painter.model.base[painter.model.page.refs[MASK]][0]
    places = np.argwhere(imported == 1)
    y, x = places[len(places) // 2]
    return int(y), int(x)


def agree_as_a_whole(painter: WindowPainter) -> None:
    """Compare every pixel of every file, all states and versions, and what `check` finds."""
    with open_project(painter.folder) as project:
        assert compare(project, painter.model) == []
    assert do("check", painter.folder).out == "all is well\n"


def test_strokes_end_where_they_were_drawn(somebody: WindowPainter) -> None:
    use_every_tool(somebody)
    be_refused_in_another_program(somebody)
    go_from_chip_to_chip(somebody)
    go_on_after_a_kill(somebody)
    agree_as_a_whole(somebody)
    take_everything_back(somebody)
    agree_as_a_whole(somebody)


def use_every_tool(painter: WindowPainter) -> None:
    painter.resize(5)
    painter.choose(1)
    painter.stroke((10, 10), (20, 40))
    painter.take("eraser")
    painter.resize(2)
    painter.stroke((12, 20), (30, 20))
    painter.take("polygon")
    painter.choose(254)
    painter.polygon(L_SHAPE)
    painter.choose(1)
    painter.take("fill")
    painter.fill(IN_THE_L)
    painter.take("ignore")
    painter.resize(7)
    painter.stroke((2, 2), (2, 70))  # past the border
    painter.choose(254)
    painter.take("brush")
    painter.stroke((30, 20), (55, 60))
    painter.toggle_keeping()
    painter.choose(255)
    painter.stroke((20, 34), (48, 34))
    painter.toggle_keeping()
    painter.rest_is_background()
    painter.wand(a_vessel(painter), wider=2)


def be_refused_in_another_program(painter: WindowPainter) -> None:
    for command in ("undo", "redo"):
        printed = run(command, painter.folder)
        assert printed.code == 1
        assert "another program is writing to this project" in printed.err
    painter.agree("nothing was taken back")


def go_from_chip_to_chip(painter: WindowPainter) -> None:
    painter.go("d")
    painter.take("brush")
    painter.choose(1)
    painter.stroke((5, 5), (9, 9))
    painter.wand(a_vessel(painter), wider=-1)
    for _ in range(4):
        painter.undo()  # the last two on the chip before
    painter.redo()
    painter.take("brush")
    painter.choose(255)
    painter.stroke((30, 5), (33, 9))
    painter.reject_mask()
    painter.hold_and_undo((20, 20), (20, 30))
    painter.hold_and_go((30, 5), (33, 9), "d", (60, 60))
    painter.undo()
    painter.redo()
    painter.accept()


def go_on_after_a_kill(painter: WindowPainter) -> None:
    painter.kill_half_a_second_after(painter.drag((3, 3), (50, 3)))
    painter.open()
    painter.agree("what was painted before the kill")
    painter.take("brush")
    painter.choose(1)
    painter.stroke((3, 3), (6, 30))
    painter.go("d")
    painter.stroke((40, 3), (46, 30))
    painter.quit()


def take_everything_back(painter: WindowPainter) -> None:
    """Undo act by act, in a window that was opened anew, until the masks are as imported."""
    painter.open()
    while painter.model.done:
        painter.undo()
    painter.quit()
    for ref, imported in painter.model.base.items():
        np.testing.assert_array_equal(painter.model.pixels[ref], imported)


@pytest.fixture
def desk(make_napari_viewer: Callable[..., Any], tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    """Return a desk with a chip in view, and a plain labels layer of somebody else over it."""
    viewer = make_napari_viewer()
    desk = desk_of(viewer)
    desk.open(make_project(tmp_path, apart(2, mask_values=(0, 1)), VESSELS))
    assert desk.easel is not None
    painter = desk.easel.painter
    qtbot.waitUntil(lambda: painter.chip is not None)
    viewer.add_layer(Labels(np.zeros((64, 64), np.uint8), name="[other]"))
    yield desk
    desk.close()


def test_undo_of_napari_changes_nothing_outside_the_timeline(desk: Desk) -> None:
    assert desk.easel is not None
    desk.easel.choose_tool("brush")
    # The last one is somebody else's: the stroke stays, and the next would change nothing.
    for name in ("image", "ignore", "mask", "overlay", "none", "other"):
        draw_and_undo(desk, name)


def draw_and_undo(desk: Desk, name: str) -> None:
    """Draw a stroke and press the key of undo while a layer of that name is selected."""
    assert desk.easel is not None
    assert desk.session is not None
    assert desk.project is not None
    mask, other = desk.easel.layers.mask, desk.viewer.layers["[other]"]
    acts, imported = acts_on_disk(desk.project.folder), mask.data.copy()
    drag(mask, [(10, 10), (10, 30)])
    painted = mask.data.copy()
    assert not np.array_equal(painted, imported)
    other.paint((5, 5), 1)
    layers = {layer.name.strip("([])").removeprefix("chip "): layer for layer in desk.viewer.layers}
    desk.viewer.layers.selection.active = layers.get(name)
    for layer in desk.viewer.layers:  # what a menu or another plugin may call
        getattr(layer, "undo", lambda: None)()
    assert not other.data.any()
    np.testing.assert_array_equal(mask.data, painted)
    native = desk.viewer.window._qt_viewer.canvas.native
    QTest.keyClick(native, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.session.ledger.flush()
    kept = painted if name == "other" else imported
    assert acts_on_disk(desk.project.folder) - acts == (1 if name == "other" else 2), name
    np.testing.assert_array_equal(mask.data, kept)
    np.testing.assert_array_equal(desk.easel.painter.canvas(MASK).classes, kept)


@pytest.mark.parametrize("number", ROUNDS)
def test_any_order_of_strokes(somebody: WindowPainter, number: int) -> None:
    chance = chance_of("strokes", number)
    for number in range(ACTS):
        if number % 50 == 49:
            somebody.kill_half_a_second_after(a_drag(somebody, chance))
            somebody.open()
            somebody.take("brush")
        else:
            anything(somebody, chance)
    somebody.quit()
    agree_as_a_whole(somebody)
    take_everything_back(somebody)
    agree_as_a_whole(somebody)


def a_drag(painter: WindowPainter, chance: random.Random) -> float:
    """Draw with a tool that changes something for certain."""
    painter.take("brush")
    start = a_pixel(chance)
    painter.choose(0 if painter.classes[start] else 1)
    return painter.drag(start, near(start, chance))


def a_pixel(chance: random.Random) -> tuple[int, int]:
    return chance.randrange(2, 62), chance.randrange(2, 62)


def near(start: tuple[int, int], chance: random.Random) -> tuple[int, int]:
    # Past the sides at most: above and below the chip there is little canvas.
    y = min(max(start[0] + chance.randint(-9, 9), 0), 63)
    return y, start[1] + chance.choice([-7, -4, 5, 11])


def anything(painter: WindowPainter, chance: random.Random) -> None:
    """Do one thing, chosen by chance."""
    acts: list[tuple[int, Callable[[], object]]] = [
        (30, lambda: a_stroke(painter, chance)),
        (8, lambda: painter.resize(chance.randint(1, 12))),
        (6, painter.toggle_keeping),
        (8, lambda: painter.go(chance.choice(["d", "shift+d"]))),
        (4, painter.accept),
        (3, painter.reject_mask),
        (16, painter.undo if painter.model.done else painter.accept),
        (6, painter.redo if painter.model.undone else painter.accept),
        (3, lambda: painter.hold_and_undo(*a_way(painter, chance))),
        (3, lambda: painter.hold_and_go(*a_way(painter, chance), "d", (60, 60))),
    ]
    chance.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()


def a_way(painter: WindowPainter, chance: random.Random) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return where a stroke may begin and end; what is in hand changes its first pixel."""
    painter.take("brush")
    start = a_pixel(chance)
    painter.choose(0 if painter.classes[start] else 1)
    return start, near(start, chance)


def a_stroke(painter: WindowPainter, chance: random.Random) -> None:
    painter.stroke(*a_way(painter, chance))
