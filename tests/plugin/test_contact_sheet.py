"""The contact sheet: what it lists, what it draws, and what keys and buttons decide."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.contact_sheet import ContactSheetWidget
from napari_s2label.parts.sheet_bars import DATES, NEXT
from napari_s2label.parts.thumbnail_drawer import Listing, ThumbnailDrawer
from napari_s2label.parts.thumbnail_grid import ThumbnailGrid
from napari_s2label.parts.thumbnail_model import CELL, ThumbnailModel
from qtpy.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt
from qtpy.QtWidgets import QPushButton

from s2label.classes import LANDCOVERNET, VESSELS
from s2label.project import open_project
from s2label.queue_specs import QueueSpec
from s2label.review.thumbnails import ThumbnailKey, ThumbnailLook
from s2label.types import State, Subject, Verdict
from tests.factories.projects import apart, decide, make_project
from tests.factories.shared_window import SharedWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from napari_s2label.desk import Desk

    from s2label.review.session import ReviewSession
    from s2label.types import ClassTable

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*PyQt5.*"),
    pytest.mark.filterwarnings("ignore:System theme detection"),
]
LOOK = ThumbnailLook()
THUMBNAIL = np.zeros((4, 4, 3), np.uint8)
PLACES = 3
SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect


def key_of(image_id: str, look: ThumbnailLook = LOOK) -> ThumbnailKey:
    """Return what a thumbnail of an image depends on."""
    return ThumbnailKey((image_id, 1), None, look, "stretch")


def model_of(count: int, start: int = 0) -> ThumbnailModel:
    """Return a model that lists images ``0``, ``1``, …"""
    model = ThumbnailModel()
    model.show_listing(Listing([str(number) for number in range(count)]), start)
    return model


def until(qtbot: Any, signal: Any, condition: Callable[[], bool]) -> None:
    """Wait for the emission of a signal after which something is so."""
    if not condition():
        with qtbot.waitSignal(signal, check_params_cb=lambda *_: condition()):
            pass


# -- arithmetic and model, without a window ------------------------------------------------


@pytest.mark.parametrize("width_px", [80, 113, 290, 1000, 1339])
@pytest.mark.parametrize("side_px", [64, 96, 256])
def test_columns_fill_the_width_and_never_exceed_it(width_px: int, side_px: int) -> None:
    grid = ThumbnailGrid(side_px, width_px, 150)
    assert grid.cell_width_px >= side_px
    if grid.columns > 1:
        assert grid.columns * grid.cell_width_px < width_px
        assert (grid.columns + 1) * (side_px + 16) >= width_px


def test_rows_in_sight_are_whole_lines_and_end_with_the_list() -> None:
    grid = ThumbnailGrid(96, 500, 300)
    line = grid.cell_height_px
    assert grid.rows_in_sight(0, 1000) == range(0, 3 * grid.columns)
    assert grid.rows_in_sight(10 * line, 1000).start == 10 * grid.columns
    assert grid.rows_in_sight(0, 5) == range(0, 5)
    assert grid.rows_in_sight(0, 1000, screens_ahead=1).stop > 4 * grid.columns
    assert grid.batch >= 60


def test_the_model_is_a_sound_list_model(qtmodeltester: Any) -> None:
    qtmodeltester.check(model_of(10))


def test_a_long_list_is_loaded_batch_by_batch_from_its_start() -> None:
    model = model_of(100_000, start=500)
    assert model.remaining() == 99_500
    assert model.rowCount() == model.batch
    assert model.id_at(0) == "500"
    model.fetchMore(QModelIndex())
    assert model.rowCount() == 2 * model.batch
    model.load_through(5000)
    assert model.rowCount() > 5000
    assert model.canFetchMore(QModelIndex())
    assert [model.row_of(id_) for id_ in ("500", "600", "499", "none")] == [0, 100, None, None]


def test_a_thumbnail_is_missing_until_it_is_drawn_as_wanted_and_its_state_is_known() -> None:
    model = model_of(3)
    model.take_thumbnail("1", key_of("1"), THUMBNAIL)
    assert model.missing(range(3), LOOK) == ["0", "1", "2"]
    model.take_chips({"1": None})  # type: ignore[dict-item]
    assert model.missing(range(3), LOOK) == ["0", "2"]
    assert model.missing(range(3), ThumbnailLook(128)) == ["0", "1", "2"]
    model.forget_states()
    assert model.missing(range(3), LOOK) == ["0", "1", "2"]
    assert model.shown(["0", "1"]) == {"1": key_of("1")}


def draw(model: ThumbnailModel, rows: range) -> None:
    """Look at rows and draw what is missing there."""
    for id_ in model.missing(rows, LOOK):
        model.take_thumbnail(id_, key_of(id_), THUMBNAIL)
        model.take_chips({id_: None})  # type: ignore[dict-item]


@pytest.mark.parametrize("sight", [50, 900])
def test_thumbnails_in_sight_are_kept_and_of_all_others_few(sight: int) -> None:
    model = model_of(5000)
    for first in range(0, 5000, sight):
        rows = range(first, min(first + sight, 5000))
        draw(model, rows)
        assert model.missing(rows, LOOK) == []
    kept = model.shown(str(number) for number in range(5000))
    assert len(kept) <= max(300, 2 * sight)


def test_only_rows_that_changed_are_painted_again(qtbot: Any) -> None:
    model = model_of(3)
    model.take_chips({"0": "as it was", "1": "open"})  # type: ignore[dict-item]
    painted: list[int] = []
    model.dataChanged.connect(lambda index, *_: painted.append(index.row()))
    model.take_chips({"0": "as it was", "1": "accepted"})  # type: ignore[dict-item]
    assert painted == [1]


def test_an_image_that_cannot_be_read_says_so_and_is_not_asked_for_again() -> None:
    model = model_of(1)
    model.take_chips({"0": None})  # type: ignore[dict-item]
    model.take_thumbnail("0", key_of("0"), "port.tif: no such file")
    cell = model.data(model.index(0), CELL)
    assert (cell.image, cell.problem) == (None, "port.tif: no such file")
    assert model.missing(range(1), LOOK) == []


# -- the thread ----------------------------------------------------------------------------


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """Return a project of three places with two dates each."""
    return make_project(tmp_path, apart(PLACES))


@pytest.fixture
def drawer(project_folder: Path, qapp: Any) -> Iterator[ThumbnailDrawer]:
    """Return a drawer of a project."""
    with open_project(project_folder, write=True) as project:
        drawer = ThumbnailDrawer(project)
        drawer.setProperty("project", project)
        yield drawer
        drawer.close()


def test_a_question_answers_with_chips_and_then_with_thumbnails(
    drawer: ThumbnailDrawer, qtbot: Any
) -> None:
    ids = drawer.property("project").catalog.image_ids()[:2]
    with (
        qtbot.waitSignal(drawer.chips_read) as read,
        qtbot.waitSignals([drawer.drawn, drawer.drawn]),
    ):
        drawer.ask(ids, {}, LOOK)
    assert list(read.args[0]) == ids


def test_what_is_shown_already_is_not_drawn_again(drawer: ThumbnailDrawer, qtbot: Any) -> None:
    first, second = drawer.property("project").catalog.image_ids()[:2]
    with qtbot.waitSignal(drawer.drawn) as drawn:
        drawer.ask([first], {}, LOOK)
    key = drawn.args[1]
    with qtbot.waitSignal(drawer.drawn) as drawn:
        drawer.ask([first, second], {first: key}, LOOK)
    assert drawn.args[0] == second


def test_an_older_question_is_dropped(drawer: ThumbnailDrawer, qtbot: Any) -> None:
    first, second = drawer.property("project").catalog.image_ids()[:2]
    told: list[list[str]] = []
    drawer.chips_read.connect(lambda chips: told.append(list(chips)))
    with qtbot.waitSignal(drawer.drawn):
        drawer.ask([first], {}, LOOK)
        drawer.ask([second], {}, LOOK)
    assert told == [[second]]


def test_a_queue_of_masks_lists_an_image_for_each(drawer: ThumbnailDrawer, qtbot: Any) -> None:
    with qtbot.waitSignal(drawer.listed) as listed:
        drawer.list_queue(QueueSpec(Subject.MASK))
    assert len(listed.args[0].ids) == PLACES


# -- the dock ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared_window(qapp: object) -> Iterator[SharedWindow]:
    """Return a window on the screen: only there thumbnails have places."""
    window = SharedWindow(is_shown=True)
    yield window
    window.close()


@pytest.fixture
def desk(empty_desk: Desk, qtbot: Any) -> Desk:
    """Return the desk of a window, without a project."""
    window = empty_desk.viewer.__wrapped__.window._qt_window
    with qtbot.waitExposed(window):
        window.show()
    return empty_desk


@pytest.fixture
def empty_sheet(desk: Desk) -> ContactSheetWidget:
    """Return a sheet at the bottom of the window."""
    sheet = ContactSheetWidget(desk.viewer)
    desk.viewer.window.add_dock_widget(sheet, area="bottom", name="Contact sheet")
    return sheet


@pytest.fixture
def sheet(empty_sheet: ContactSheetWidget, project_folder: Path, qtbot: Any) -> ContactSheetWidget:
    """Return a sheet of the next chips of a project, all drawn."""
    empty_sheet._choices.choose_source(NEXT)
    with qtbot.waitSignal(
        empty_sheet._model.modelReset, check_params_cb=lambda: _rows(empty_sheet)
    ):
        empty_sheet._desk.open(project_folder)
    _wait_until_drawn(empty_sheet, qtbot)
    return empty_sheet


def _rows(sheet: ContactSheetWidget) -> bool:
    return sheet._model.rowCount() > 0


def _wait_until_drawn(sheet: ContactSheetWidget, qtbot: Any) -> None:
    model = sheet._model
    rows = sheet._view.rows_in_sight()
    until(qtbot, model.dataChanged, lambda: not model.missing(rows, _look(sheet)))


def _look(sheet: ContactSheetWidget) -> ThumbnailLook:
    return ThumbnailLook(round(sheet._view.side_px * sheet.devicePixelRatioF()))


def _select(sheet: ContactSheetWidget, first: int, last: int) -> list[str]:
    chosen = QItemSelection(sheet._model.index(first), sheet._model.index(last))
    sheet._view.selectionModel().select(chosen, SELECT)
    return sheet._view.selected_ids()


def _session(sheet: ContactSheetWidget) -> ReviewSession:
    assert sheet._desk.session is not None
    return sheet._desk.session


def _states(sheet: ContactSheetWidget) -> dict[str, tuple[State, str]]:
    project = sheet._desk.project
    assert project is not None
    _session(sheet).ledger.flush()
    chips = project.catalog.chips(project.catalog.image_ids())
    return {id_: (chip.image_state, chip.image_reason) for id_, chip in chips.items()}


def _decided(sheet: ContactSheetWidget) -> dict[str, tuple[State, str]]:
    return {id_: state for id_, state in _states(sheet).items() if state[0] is not State.OPEN}


def _press(qtbot: Any, sheet: ContactSheetWidget, key: Qt.Key, modifiers: Any = None) -> None:
    modifiers = Qt.KeyboardModifier.NoModifier if modifiers is None else modifiers
    qtbot.keyClick(sheet._view, key, modifiers)


def test_without_a_project_the_sheet_says_so(empty_sheet: ContactSheetWidget) -> None:
    assert "No project is open" in empty_sheet._view._message
    assert not any(button.isEnabled() for button in empty_sheet._buttons.findChildren(QPushButton))


def test_the_sheet_lists_the_queue_and_marks_the_chip_in_view(sheet: ContactSheetWidget) -> None:
    assert list(sheet._model.listing.ids) == sorted(_states(sheet))
    chip = _session(sheet).chip
    assert chip is not None
    assert sheet._model.in_view == chip.image.id


@pytest.mark.parametrize(
    ("classes", "expected"), [(LANDCOVERNET, 2), (VESSELS, 2 * PLACES)], ids=["land cover", "ships"]
)
def test_the_sheet_begins_with_what_suits_the_classes(
    empty_sheet: ContactSheetWidget, tmp_path: Path, qtbot: Any, classes: ClassTable, expected: int
) -> None:
    folder = make_project(tmp_path, apart(PLACES), classes)
    model = empty_sheet._model
    with qtbot.waitSignal(model.modelReset, check_params_cb=lambda: _rows(empty_sheet)):
        empty_sheet._desk.open(folder)
    assert model.rowCount() == expected


def test_the_dates_of_a_place_follow_the_chip_in_view(
    sheet: ContactSheetWidget, qtbot: Any
) -> None:
    with qtbot.waitSignal(sheet._model.modelReset):
        sheet._choices.choose_source(DATES)
    first = list(sheet._model.listing.ids)
    other = next(id_ for id_ in _states(sheet) if id_ not in first)
    with qtbot.waitSignal(sheet._model.modelReset):
        _session(sheet).show(other)
    assert len(first) == len(sheet._model.listing.ids) == 2
    assert other in sheet._model.listing.ids


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_A, (State.ACCEPTED, "")),
        (Qt.Key.Key_Q, (State.REJECTED, "cloudy")),
        (Qt.Key.Key_W, (State.REJECTED, "hazy")),
        (Qt.Key.Key_R, (State.REJECTED, "nodata")),
        (Qt.Key.Key_T, (State.REJECTED, "other")),
    ],
    ids=["accept", "cloudy", "hazy", "nodata", "other"],
)
def test_a_key_decides_on_all_selected_and_on_nothing_else(
    sheet: ContactSheetWidget, qtbot: Any, key: Qt.Key, expected: tuple[State, str]
) -> None:
    chosen = _select(sheet, 2, 4)
    _press(qtbot, sheet, key)
    assert _decided(sheet) == dict.fromkeys(chosen, expected)
    assert sheet._desk.project is not None
    assert sheet._desk.project.catalog.counts()["masks_open"] == PLACES


def test_one_undo_takes_back_what_one_key_decided(sheet: ContactSheetWidget, qtbot: Any) -> None:
    chosen = _select(sheet, 1, 4)
    _press(qtbot, sheet, Qt.Key.Key_Q)
    _press(qtbot, sheet, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert _decided(sheet) == {}
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    _press(qtbot, sheet, Qt.Key.Key_Z, both)
    assert list(_decided(sheet)) == chosen


@pytest.mark.parametrize("selected", [0, 1], ids=["none selected", "another one selected"])
def test_with_less_than_two_selected_a_key_acts_on_the_chip_in_view(
    sheet: ContactSheetWidget, qtbot: Any, selected: int
) -> None:
    in_view = sheet._model.in_view
    _select(sheet, 3, 3)
    if not selected:
        sheet._view.clearSelection()
    _press(qtbot, sheet, Qt.Key.Key_Q)
    assert list(_decided(sheet)) == [in_view]


def test_a_key_that_is_held_decides_once(sheet: ContactSheetWidget, qapp: Any) -> None:
    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QKeyEvent

    none = Qt.KeyboardModifier.NoModifier
    for repeats in (False, True, True):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Q, none, "q", repeats)
        qapp.sendEvent(sheet._view, event)
    assert len(_decided(sheet)) == 1


def test_keys_are_those_of_the_desk(sheet: ContactSheetWidget, qtbot: Any) -> None:
    sheet._desk.bindings.keys = {**sheet._desk.keys, "reject_cloudy": "Ctrl+9"}
    _select(sheet, 0, 1)
    _press(qtbot, sheet, Qt.Key.Key_9, Qt.KeyboardModifier.ControlModifier)
    assert set(_decided(sheet).values()) == {(State.REJECTED, "cloudy")}


def test_masks_are_not_rejected_by_the_dozen(sheet: ContactSheetWidget, qtbot: Any) -> None:
    told: list[str] = []
    sheet._desk.told.connect(told.append)
    _select(sheet, 0, 3)
    _press(qtbot, sheet, Qt.Key.Key_G)
    assert "one by one" in told[-1]
    assert sheet._desk.project is not None
    assert sheet._desk.project.catalog.counts()["masks_open"] == PLACES


@pytest.mark.parametrize(
    ("label", "expected"),
    [("Accept selected", {State.ACCEPTED}), ("Hazy", {State.REJECTED}), ("Reopen", set())],
)
def test_buttons_decide_on_the_selected_images(
    sheet: ContactSheetWidget, qtbot: Any, label: str, expected: set[State]
) -> None:
    assert sheet._desk.project is not None
    decide(sheet._desk.project, Verdict.REJECT, sheet._model.id_at(2), reason="other")
    _select(sheet, 2, 2)
    button = next(b for b in sheet._buttons.findChildren(QPushButton) if b.text() == label)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert {state for state, _ in _decided(sheet).values()} == expected
    assert button.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert "Images only" in button.toolTip()


def test_what_was_decided_is_shown_at_once(sheet: ContactSheetWidget, qtbot: Any) -> None:
    (chosen,) = _select(sheet, 1, 1)
    index = sheet._model.index(1)
    _session(sheet).decide_images([chosen], Verdict.REJECT, "cloudy")
    until(
        qtbot,
        sheet._model.dataChanged,
        lambda: index.data(CELL).chip.image_state is State.REJECTED,
    )
    assert "rejected: cloudy" in index.data(Qt.ItemDataRole.ToolTipRole)


@pytest.mark.parametrize("how", ["double click", "enter"])
def test_a_thumbnail_is_shown_in_the_viewer(
    sheet: ContactSheetWidget, qtbot: Any, how: str
) -> None:
    index = sheet._model.index(3)
    sheet._view.setCurrentIndex(index)
    if how == "enter":
        _press(qtbot, sheet, Qt.Key.Key_Return)
    else:
        sheet._view.doubleClicked.emit(index)
    chip = _session(sheet).chip
    assert chip is not None
    assert chip.image.id == sheet._model.id_at(3) == sheet._model.in_view


def test_arrows_move_and_select_and_escape_lets_go(sheet: ContactSheetWidget, qtbot: Any) -> None:
    sheet._view.setCurrentIndex(sheet._model.index(0))
    _press(qtbot, sheet, Qt.Key.Key_Right)
    for _ in range(2):
        _press(qtbot, sheet, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert sheet._view.selected_ids() == [sheet._model.id_at(row) for row in (1, 2, 3)]
    _press(qtbot, sheet, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert sheet._view.selected_count() == 2 * PLACES
    _press(qtbot, sheet, Qt.Key.Key_Escape)
    assert sheet._view.selected_count() == 0


def test_going_back_before_the_start_of_the_sheet_lists_from_there(
    sheet: ContactSheetWidget, qtbot: Any
) -> None:
    session = _session(sheet)
    session.show(sheet._model.id_at(4))
    with qtbot.waitSignal(sheet._model.modelReset):
        sheet._choices.choose_source(NEXT)
    assert sheet._model.remaining() == 2
    session.back()
    assert sheet._model.remaining() == 3


def test_an_empty_queue_is_said(sheet: ContactSheetWidget, qtbot: Any) -> None:
    _session(sheet).decide_images(_states(sheet), Verdict.ACCEPT)
    with qtbot.waitSignal(sheet._model.modelReset):
        _session(sheet).set_queue(QueueSpec())
    assert sheet._model.rowCount() == 0
    assert sheet._view._message == "Nothing is left in this queue."


def test_the_thread_ends_with_the_project(sheet: ContactSheetWidget) -> None:
    sheet._desk.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("s2label-thumbnails")]
    assert sheet._model.rowCount() == 0


def test_a_dock_that_is_destroyed_is_never_called_again(
    sheet: ContactSheetWidget, qtbot: Any
) -> None:
    desk, session = sheet._desk, _session(sheet)
    with qtbot.waitSignal(sheet.destroyed):
        sheet.deleteLater()
    session.forward()
    session.accept()
    desk.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("s2label-thumbnails")]
