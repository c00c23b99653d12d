"""Suspicious masks and unlabelled objects, as one goes through them in a real viewer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari_s2label.audit_answers import GONE_OBJECT, NO_PROPOSAL
from napari_s2label.audit_picture import draw_outlines, fineness_for
from napari_s2label.auditing import MASKS_QUEUE, OBJECTS_QUEUE
from napari_s2label.keys import ACTIONS
from napari_s2label.parts.queue_chooser import QueueChooser
from napari_s2label.parts.thumbnail_model import Cell, _tooltip
from napari_s2label.parts.words import NO_SUSPICIONS, chip_lines
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.queue_specs import QueueOrder
from s2label.suggestion_files import write_suggestion
from s2label.suspicions import SuspicionKind, pixels_of, rings_of
from s2label.types import State, Subject
from tests.factories.projects import apart, make_project
from tests.factories.suggesting import SIDE_PX, suggestion
from tests.factories.suspicions import square, suspicion, unlabelled

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.review.session import ReviewSession
    from s2label.suspicions import SuspicionRecord

MODEL, NUMBER = "tiny-1", 16


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project whose masks are all background."""
    return make_project(tmp_path, apart(3, mask_values=(0,)), VESSELS)


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: Path) -> None:
        raise AssertionError("what an audit proposed is in a file: nothing has to be asked")

    monkeypatch.setattr("napari_s2label.desk._start_worker", start)


def session_of(desk: Desk) -> ReviewSession:
    assert desk.session is not None
    return desk.session


def chips(desk: Desk) -> list[ChipView]:
    assert desk.project is not None
    catalog = desk.project.catalog
    return [chip for _, chip in sorted(catalog.chips(catalog.image_ids()).items())]


def catalog_of(desk: Desk) -> Catalog:
    assert desk.project is not None
    return desk.project.catalog


def note(desk: Desk, *records: SuspicionRecord) -> None:
    catalog_of(desk).note_suspicions(records, [], "audit-1")


def propose(desk: Desk, chip: ChipView) -> None:
    """Keep what the model of a fold proposes: a vessel from pixel 2 to 6, faintly one row more."""
    assert desk.project is not None
    proposal = replace(suggestion(chip.image.id, MODEL), provenance=NUMBER)
    write_suggestion(desk.project, chip.image, chip.place.grid, proposal)


def press(desk: Desk, name: str, *, shift: bool = False) -> None:
    """Press a key over the picture."""
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    native = desk.viewer.__wrapped__.window._qt_viewer.canvas.native
    QTest.keyClick(native, getattr(Qt.Key, name), modifier)


def act(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def held_image(desk: Desk) -> str:
    assert desk.easel is not None
    held = desk.easel.painter.chip
    return held.image.id if held is not None else ""


def wait_for(desk: Desk, chip: ChipView, qtbot: QtBot) -> None:
    """Wait until a chip is on the screen."""
    qtbot.waitUntil(lambda: not session_of(desk).is_reading)
    qtbot.waitUntil(lambda: held_image(desk) == chip.image.id)


def mask_in_view(desk: Desk) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    assert desk.easel is not None
    mask = desk.easel.painter.canvas(CanvasKind.MASK)
    return mask.classes, mask.provenance


def enclosed(desk: Desk) -> NDArray[np.bool_]:
    """Return the pixels (y, x) that are outlined and stay to be seen themselves."""
    assert desk.layers is not None
    picture = np.asarray(desk.layers.outlines.data)
    if len(picture) == 1:
        return np.zeros((SIDE_PX, SIDE_PX), np.bool_)
    dots = fineness_for((SIDE_PX, SIDE_PX))
    is_line = picture[..., 3] > 0
    clear = ~is_line.reshape(SIDE_PX, dots, SIDE_PX, dots).any(axis=(1, 3))
    outside: NDArray[np.bool_] = np.zeros_like(clear)
    outside[0, 0] = True
    for _ in range(2 * SIDE_PX):  # what a line keeps out cannot be reached from a corner
        reached = outside.copy()
        for axis in (0, 1):
            for step in (1, -1):
                reached |= np.roll(outside, step, axis)
        outside = reached & clear
    return clear & ~outside


def test_suspicious_masks_come_outlined_with_their_reasons_and_can_be_mended_or_called_fine(
    desk: Desk, qtbot: QtBot
) -> None:
    _, second, third, *_ = chips(desk)
    missing = replace(suspicion(second, rings=square(2, 2, 5), rank=1.0), words="A <vessel>.")
    shifted = suspicion(second, SuspicionKind.SHIFTED, 0.5)
    note(desk, missing, shifted, suspicion(third, SuspicionKind.SPURIOUS, 0.7, rings=square(9, 9)))
    propose(desk, second)
    assert not enclosed(desk).any()  # of the first chip nothing is suspected

    desk.auditing.show_masks()
    wait_for(desk, second, qtbot)
    assert desk.project is not None
    lines = chip_lines(session_of(desk).chip, session_of(desk), desk.project.classes)  # type: ignore[arg-type]
    assert "1 of 2 by suspicion: A &lt;vessel&gt;." in lines
    assert "suspicious: shifted mask of rank 0.5." in lines
    assert np.array_equal(enclosed(desk), pixels_of(square(2, 2, 5), (SIDE_PX, SIDE_PX)))

    press(desk, "Key_Return")  # what is missing is proposed, the faint row too: 5 by 4 pixels
    assert desk.suggestions is not None
    shown = desk.suggestions.suggesting.shown
    assert shown is not None
    assert (shown.model, shown.provenance) == (MODEL, NUMBER)
    press(desk, "Key_S", shift=True)
    classes, provenance = mask_in_view(desk)
    assert np.count_nonzero(classes) == 20
    assert set(provenance[classes == 1]) == {NUMBER}

    press(desk, "Key_D")
    wait_for(desk, third, qtbot)
    assert np.array_equal(enclosed(desk), pixels_of(square(9, 9), (SIDE_PX, SIDE_PX)))
    told: list[str] = []
    desk.told.connect(told.append)
    press(desk, "Key_Return")
    assert told == [NO_PROPOSAL]  # none is kept of this one
    press(desk, "Key_Backspace")
    session_of(desk).ledger.flush()
    assert catalog_of(desk).count_suspicions() == (0, 0)
    assert not enclosed(desk).any()

    session_of(desk).undo()
    assert catalog_of(desk).count_suspicions() == (1, 0)
    wait_for(desk, third, qtbot)
    assert enclosed(desk).any()
    session_of(desk).undo()
    session_of(desk).show(third.image.id)
    session_of(desk).ledger.flush()
    assert catalog_of(desk).count_suspicions() == (2, 0)  # what was mended is as it was
    press(desk, "Key_F10")
    assert desk.layers is not None
    assert not desk.layers.outlines.visible


def camera(desk: Desk) -> Any:
    return desk.viewer.scene.camera


def middle(desk: Desk) -> tuple[float, float]:
    y, x = camera(desk).center[-2:]
    return float(y), float(x)


def test_objects_come_one_at_a_time_in_the_middle_and_yes_paints_them(
    desk: Desk, qtbot: QtBot
) -> None:
    first, second, *_ = chips(desk)
    records = [
        unlabelled(first, 0.9, x=4, y=20),
        unlabelled(second, 1.0, x=20, y=6),
        unlabelled(second, 0.5, x=9, y=9),
    ]
    note(desk, *records)
    propose(desk, second)
    propose(desk, first)
    desk.auditing.show_objects()
    wait_for(desk, second, qtbot)
    qtbot.waitUntil(lambda: session_of(desk).suspicion == records[1])
    assert middle(desk) == (6.5, 20.5)
    assert np.array_equal(enclosed(desk), pixels_of(records[1].rings, (SIDE_PX, SIDE_PX)))
    zoom = camera(desk).zoom

    press(desk, "Key_Return")
    assert session_of(desk).suspicion == records[2]
    assert middle(desk) == (9.5, 9.5)
    assert camera(desk).zoom == pytest.approx(zoom)
    classes, provenance = mask_in_view(desk)
    assert np.array_equal(classes == 1, pixels_of(records[1].rings, (SIDE_PX, SIDE_PX)))
    assert set(provenance[classes == 1]) == {NUMBER}
    press(desk, "Key_Backspace")
    wait_for(desk, first, qtbot)
    assert middle(desk) == (20.5, 4.5)
    assert camera(desk).zoom == pytest.approx(zoom)

    session_of(desk).undo()
    wait_for(desk, second, qtbot)
    assert session_of(desk).suspicion == records[2]
    session_of(desk).undo()
    assert session_of(desk).suspicion == records[1]
    assert not mask_in_view(desk)[0].any()
    assert catalog_of(desk).count_suspicions() == (0, 3)
    session_of(desk).redo()
    assert mask_in_view(desk)[0].any()
    session_of(desk).undo()
    session_of(desk).show(first.image.id)
    session_of(desk).ledger.flush()
    states = {chip.mask.state for chip in chips(desk) if chip.mask is not None}
    assert states == {State.OPEN}  # as if nobody had painted

    desk.auditing.show_masks()  # nothing is large any more
    assert camera(desk).zoom != pytest.approx(zoom)


def test_an_object_whose_model_nobody_knows_is_not_painted(desk: Desk, qtbot: QtBot) -> None:
    first, *_ = chips(desk)
    note(desk, unlabelled(first))
    session_of(desk).set_queue(OBJECTS_QUEUE)
    qtbot.waitUntil(lambda: session_of(desk).suspicion is not None)
    told: list[str] = []
    desk.told.connect(told.append)
    act(desk, "say_so")
    assert told == [GONE_OBJECT]
    assert catalog_of(desk).count_suspicions() == (0, 1)


def test_enter_still_sets_the_last_corner_of_a_polygon(desk: Desk, qtbot: QtBot) -> None:
    first, *_ = chips(desk)
    note(desk, suspicion(first))
    wait_for(desk, first, qtbot)
    assert desk.easel is not None
    desk.easel.choose_tool("polygon")
    corners = [[2.0, 2.0], [2.0, 8.0], [8.0, 8.0], [8.0, 8.0]]
    desk.easel.layers.mask._overlays["polygon"].points = corners
    press(desk, "Key_Return")
    assert mask_in_view(desk)[0][3, 7] == 1


def choose(chooser: QueueChooser, subject: str = "", order: str = "") -> None:
    """Choose as a click on a line does."""
    for box, words in ((chooser._subject, subject), (chooser._order, order)):
        if words:
            box.setCurrentText(words)
            assert box.currentText() == words
            box.activated.emit(box.currentIndex())


def test_both_queues_can_be_chosen_like_all_others(desk: Desk, qtbot: QtBot) -> None:
    chooser = QueueChooser(desk)
    qtbot.addWidget(chooser)
    told: list[str] = []
    desk.told.connect(told.append)
    choose(chooser, order="by suspicion")
    assert session_of(desk).queue == MASKS_QUEUE
    assert told == [NO_SUSPICIONS]
    assert chooser._only_suspicious.isVisibleTo(chooser)
    chooser._only_suspicious.click()
    assert session_of(desk).queue == replace(MASKS_QUEUE, only_suspicious=False)
    choose(chooser, subject="objects")
    assert session_of(desk).queue == OBJECTS_QUEUE
    choose(chooser, order="by date")
    assert session_of(desk).queue.order is QueueOrder.DATE
    assert session_of(desk).queue.subject is Subject.IMAGE
    assert not session_of(desk).queue.only_suspicious


def test_a_tooltip_of_the_contact_sheet_says_why(desk: Desk) -> None:
    first, *_ = chips(desk)
    note(desk, suspicion(first), unlabelled(first))
    chip = catalog_of(desk).chip(first.image.id)
    assert "suspicious: missing object of rank 1.0." in _tooltip(Cell(chip))
    assert "suspicious: 1 unlabelled object to ask about" in _tooltip(Cell(chip))
    assert chip is not None
    assert chip.image_state is State.OPEN


# -- without a window -----------------------------------------------------------------------------


def test_outlines_lie_around_pixels_and_hide_none_of_them() -> None:
    pixels = np.zeros((64, 48), np.bool_)
    pixels[5:7, 6:9] = pixels[30, 20] = True
    picture = draw_outlines([rings_of(pixels)], pixels.shape)
    assert picture is not None
    dots = fineness_for(pixels.shape)
    assert picture.shape == (64 * dots, 48 * dots, 4)
    opacity = picture[..., 3].reshape(64, dots, 48, dots).max(axis=(1, 3))
    assert not opacity[pixels].any()
    assert opacity[4, 5:10].all()
    assert np.count_nonzero(opacity) == 14 + 8  # the pixels all around
    row = picture[5 * dots, : 6 * dots]
    line = row[row[:, 3] > 0]
    assert line[-1].tolist() == [0, 229, 255, 255]
    assert line[0].tolist() == [0, 0, 0, 255]


def test_nothing_to_outline_is_no_picture() -> None:
    assert draw_outlines([], (64, 64)) is None
    assert draw_outlines([()], (64, 64)) is None


@pytest.mark.parametrize("side", [64, 256, 1200])
def test_pictures_of_outlines_stay_small(side: int) -> None:
    assert side * fineness_for((side, side // 2)) <= max(1024, side)
