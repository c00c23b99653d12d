"""The suggest dock, its layer and its keys, in a real viewer; the worker answers when told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label.jobs import CommandJob
from napari_s2label.keys import ACTIONS
from napari_s2label.paint import PaintWidget
from napari_s2label.parts import suggest_words
from napari_s2label.suggest import SuggestWidget
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.painting.canvas import read_canvas
from s2label.types import NOT_LABELLED, Provenance
from tests.factories.projects import apart, make_project
from tests.factories.strokes import drag, move, press, release
from tests.factories.suggesting import SlowWorker, put_in_use, square, suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.desk import Desk
    from napari_s2label.easel import Easel
    from napari_s2label.layers import ChipLayers
    from napari_s2label.suggestion_view import SuggestionView
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from s2label.suggestions import Suggestion

MASK = CanvasKind.MASK
MODEL = "tiny-1"


@pytest.fixture
def vessels_project(tmp_path: Path) -> Path:
    """Return a project whose masks are all background, with a model in use."""
    folder = make_project(tmp_path, apart(6, mask_values=(0,)), VESSELS)
    put_in_use(folder, MODEL)
    return folder


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> list[SlowWorker]:
    """Return the workers that desks start from now on."""
    started: list[SlowWorker] = []

    def start(_: Path) -> SlowWorker:
        started.append(SlowWorker())
        return started[-1]

    monkeypatch.setattr("napari_s2label.desk._start_worker", start)
    return started


@pytest.fixture
def view(workers: list[SlowWorker], desk: Desk, qtbot: QtBot) -> SuggestionView:
    """Return what is suggested on the desk, with a chip in view."""
    view, easel = desk.suggestions, desk.easel
    assert view is not None
    assert easel is not None
    qtbot.waitUntil(lambda: easel.painter.chip is not None)
    return view


@pytest.fixture
def easel(view: SuggestionView, desk: Desk) -> Easel:
    """Return the easel with the chip in view."""
    assert desk.easel is not None
    return desk.easel


@pytest.fixture
def layers(easel: Easel) -> ChipLayers:
    """Return the layers."""
    return easel.layers


@pytest.fixture
def dock(view: SuggestionView, desk: Desk, qtbot: QtBot) -> SuggestWidget:
    """Return the dock, shown."""
    widget = SuggestWidget(desk.viewer)
    qtbot.addWidget(widget)
    widget.resize(310, 560)
    widget.show()
    return widget


def act(desk: Desk, id_: str) -> None:
    next(action for action in ACTIONS if action.id == id_).run(desk)


def key(desk: Desk, name: str, *, shift: bool = False) -> None:
    """Press a key over the picture."""
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    native = desk.viewer.__wrapped__.window._qt_viewer.canvas.native
    QTest.keyClick(native, getattr(Qt.Key, name), modifier)


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[no-untyped-call]


def image_id(desk: Desk) -> str:
    assert desk.session is not None
    assert desk.session.chip is not None
    return desk.session.chip.image.id


def suggested(desk: Desk, workers: list[SlowWorker]) -> Suggestion:
    """Press the key, and answer."""
    act(desk, "suggest")
    made = suggestion(image_id(desk), MODEL)
    workers[-1].answer(made)
    return made


def on_disk(desk: Desk, easel: Easel) -> NDArray[np.uint8]:
    assert desk.session is not None
    assert desk.project is not None
    desk.session.ledger.flush()
    mask = read_canvas(desk.project, easel.painter.ref(MASK))
    assert mask is not None
    return mask.classes


def go_on(desk: Desk, qtbot: QtBot) -> None:
    assert desk.session is not None
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.session.forward()
    desk.pictured.disconnect(drawn)


# -- the layer ------------------------------------------------------------------------------------


def test_the_key_shows_a_picture_over_the_mask_and_hides_it_again(
    desk: Desk, layers: ChipLayers, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    layer = layers.suggestion
    order = list(desk.viewer.layers)
    assert order.index(layers.mask) < order.index(layer) < order.index(layers.overlay)
    assert not layer.visible
    key(desk, "Key_S")
    workers[-1].answer(suggestion(image_id(desk), MODEL))

    assert layer.visible
    assert layer.data.shape == (32, 32, 4)
    assert np.array_equal(layer.data[..., 3] > 100, square(2, 6))
    key(desk, "Key_S")
    assert not layer.visible


def test_the_next_chip_comes_without_the_picture_of_this_one(
    desk: Desk, layers: ChipLayers, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    suggested(desk, workers)
    go_on(desk, qtbot)
    assert not layers.suggestion.visible
    assert layers.suggestion in desk.viewer.layers


def test_the_picture_stays_until_its_chip_goes_and_gives_way_to_the_one_of_the_next(
    desk: Desk, view: SuggestionView, layers: ChipLayers, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    assert desk.session is not None
    view.suggesting.shows_itself = True
    suggested(desk, workers)
    of_this = layers.suggestion.data
    (coming,) = desk.session.coming_images()[:1]
    of_next = suggestion(coming, MODEL)
    moved = np.roll(of_next.probabilities, 18, axis=(1, 2))
    workers[-1].answer(replace(of_next, probabilities=moved))
    seen: list[bool] = []
    layers.suggestion.events.visible.connect(lambda: seen.append(layers.suggestion.visible))

    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.session.forward()
        if not drawn.called:  # the screen has the chip before still
            assert layers.suggestion.data is of_this
    desk.pictured.disconnect(drawn)
    assert image_id(desk) == coming
    assert np.array_equal(layers.suggestion.data[..., 3] > 100, square(20, 24))
    assert seen == []


def test_nothing_can_be_accepted_of_a_picture_whose_chip_is_going(
    desk: Desk, view: SuggestionView, easel: Easel, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    assert desk.session is not None
    told: list[str] = []
    view.told.connect(told.append)
    before = easel.painter.canvas(MASK).classes.copy()
    desk.session.forward()
    view.accept_all()
    assert told[-1] == view.in_words(suggest_words.NOTHING_SHOWN)
    assert np.array_equal(easel.painter.canvas(MASK).classes, before)


def test_strokes_still_go_to_the_mask_with_the_ring_of_the_brush(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    easel.choose_tool("brush")
    suggested(desk, workers)
    assert desk.viewer.layers.selection.active == easel.layers.mask
    assert str(desk.viewer.cursor.style) == "circle"
    drag(easel.layers.mask, [(20, 20), (20, 25)])
    assert on_disk(desk, easel)[20, 22] == 1


def test_a_chip_of_another_size_is_seen_whole(
    desk: Desk, workers: list[SlowWorker], tmp_path: Path, qtbot: QtBot
) -> None:
    grounds = [*apart(1, side_px=96, mask_values=(0,)), *apart(2, mask_values=(0,))[1:]]
    with qtbot.waitCallback() as drawn:
        desk.pictured.connect(drawn)
        desk.open(make_project(tmp_path / "sizes", grounds, VESSELS))
    desk.pictured.disconnect(drawn)
    go_on(desk, qtbot)
    go_on(desk, qtbot)
    assert desk.layers is not None
    assert desk.layers.image.data.shape[:2] == (32, 32)
    assert tuple(desk.viewer.scene.camera.center[-2:]) == (15.5, 15.5)


def test_keys_move_the_threshold_and_the_picture_follows(
    desk: Desk, view: SuggestionView, layers: ChipLayers, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    for _ in range(5):
        key(desk, "Key_Comma")
    assert view.suggesting.threshold == 0.25
    assert (layers.suggestion.data[6, 2:6, 3] > 100).all()
    key(desk, "Key_Period")
    assert view.suggesting.threshold == 0.3


# -- accepting ------------------------------------------------------------------------------------


def test_all_is_accepted_by_a_key_and_one_undo_takes_it_back(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    before = easel.layers.mask.data.copy()
    suggested(desk, workers)
    key(desk, "Key_S", shift=True)
    assert np.array_equal(easel.layers.mask.data == 1, square(2, 6))
    assert np.array_equal(on_disk(desk, easel) == 1, square(2, 6))
    assert not easel.layers.suggestion.visible
    assert desk.session is not None
    desk.session.undo()
    assert np.array_equal(easel.layers.mask.data, before)
    assert np.array_equal(on_disk(desk, easel), before)


def test_the_class_in_hand_is_accepted_by_a_key(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    easel.clear()
    suggested(desk, workers)
    key(desk, "Key_A", shift=True)
    assert not (easel.layers.mask.data == 0).any()
    assert np.array_equal(easel.layers.mask.data == 1, square(2, 6))
    easel.layers.mask.selected_label = 0
    key(desk, "Key_A", shift=True)
    assert np.array_equal(easel.layers.mask.data == 0, ~square(2, 6))


def test_the_object_under_the_mouse_is_accepted_and_napari_hides_nothing(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    desk.viewer.cursor.position = easel.layers.mask.data_to_world((20.2, 3))
    key(desk, "Key_V")
    assert not (easel.layers.mask.data == 1).any()
    desk.viewer.cursor.position = easel.layers.mask.data_to_world((3.4, 4.8))
    key(desk, "Key_V")
    assert np.array_equal(easel.layers.mask.data == 1, square(2, 6))
    assert easel.layers.suggestion.visible
    assert easel.layers.mask.visible
    assert easel.layers.image.visible


def test_the_brush_of_acceptance_paints_what_is_suggested_under_it(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    key(desk, "Key_V", shift=True)
    easel.brush_px = 1
    assert easel.tool == "accept"

    drag(easel.layers.mask, [(3, 0), (3, 12)])

    accepted = np.zeros((32, 32), np.bool_)
    accepted[3, 2:6] = True
    assert np.array_equal(easel.layers.mask.data == 1, accepted)
    assert np.array_equal(on_disk(desk, easel) == 1, accepted)
    provenance = easel.painter.canvas(MASK).provenance
    assert set(provenance[accepted]) == {Provenance.FIRST_MODEL}
    assert set(provenance[~accepted]) == {Provenance.IMPORTED}
    assert desk.session is not None
    desk.session.undo()
    assert not (easel.layers.mask.data == 1).any()
    drag(easel.layers.mask, [(4, 4), (4, 5)])
    assert np.count_nonzero(easel.layers.mask.data == 1) == 2, "offered anew after the undo"


def test_what_a_contour_encloses_is_accepted(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    easel.choose_tool("accept")
    easel.brush_px = 1
    mask = easel.layers.mask
    way = [(1.0, 1.0), (1.0, 30.0), (30.0, 30.0), (30.0, 1.0), (1.0, 1.0)]
    press(mask, way[0], button=2)
    release(mask, way[0])
    for point in way[1:]:
        move(mask, point, is_dragging=False)
    press(mask, way[0], button=2)
    release(mask, way[0])
    assert np.array_equal(mask.data == 1, square(2, 6))
    assert set(easel.painter.canvas(MASK).provenance[square(2, 6)]) == {Provenance.FIRST_MODEL}


def test_the_brush_of_acceptance_leaves_what_a_person_painted(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    easel.painter.set_pixels(MASK, "brush", square(2, 4), 0)
    suggested(desk, workers)
    easel.choose_tool("accept")
    easel.brush_px = 30
    drag(easel.layers.mask, [(4, 4), (5, 5)])
    assert np.array_equal(easel.layers.mask.data == 1, square(2, 6) & ~square(2, 4))


def test_without_a_suggestion_the_brush_of_acceptance_paints_nothing(
    desk: Desk, easel: Easel
) -> None:
    easel.choose_tool("accept")
    drag(easel.layers.mask, [(4, 4), (5, 5)])
    assert not (easel.layers.mask.data == 1).any()
    easel.choose_class(1)
    assert easel.tool == "brush"
    drag(easel.layers.mask, [(4, 4), (5, 5)])
    assert (easel.layers.mask.data == 1).any()


@pytest.mark.parametrize("interrupts", ["space", "hidden mask", "imported mask", "other layer"])
def test_the_brush_of_acceptance_stays_in_hand_after(
    desk: Desk, easel: Easel, workers: list[SlowWorker], interrupts: str
) -> None:
    suggested(desk, workers)
    act(desk, "tool_accept")
    mask = easel.layers.mask
    if interrupts == "space":  # napari's own key
        mask.mode = "pan_zoom"
        mask.mode = "paint"
    elif interrupts == "hidden mask":
        key(desk, "Key_K")
        key(desk, "Key_K")
    elif interrupts == "imported mask":
        easel.show_imported(True)
        easel.show_imported(False)
    else:
        desk.viewer.layers.selection.active = easel.layers.image
        desk.viewer.layers.selection.active = mask

    assert easel.tool == "accept"
    easel.brush_px = 30
    drag(mask, [(4, 4), (5, 5)])
    assert np.array_equal(mask.data == 1, square(2, 6))


def test_the_ordinary_brush_stays_in_hand_too(desk: Desk, easel: Easel) -> None:
    act(desk, "tool_accept")
    act(desk, "tool_brush")
    easel.layers.mask.mode = "pan_zoom"
    easel.layers.mask.mode = "paint"
    assert easel.tool == "brush"


def test_the_brush_of_acceptance_says_that_it_has_nothing_to_accept(desk: Desk) -> None:
    told: list[str] = []
    desk.told.connect(told.append)
    act(desk, "tool_accept")
    assert told[-1] == "nothing is suggested on this chip; S asks"


def test_the_button_for_an_object_says_how_to_point_at_one(
    dock: SuggestWidget, desk: Desk, easel: Easel, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    suggested(desk, workers)
    told: list[str] = []
    desk.told.connect(told.append)
    desk.viewer.cursor.position = easel.layers.mask.data_to_world((3, 3))

    click(qtbot, dock.accepts.buttons["accept_object"])

    assert told == ["point at an object and press V"]
    assert not (easel.layers.mask.data == 1).any()


def test_what_was_told_of_a_suggestion_goes_with_it(
    desk: Desk, easel: Easel, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    suggested(desk, workers)
    assert "1 object" in desk.viewer.status
    go_on(desk, qtbot)
    assert desk.viewer.status == ""


def test_what_was_told_since_stays(
    desk: Desk, easel: Easel, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    suggested(desk, workers)
    desk.told.emit("something newer")
    go_on(desk, qtbot)
    assert desk.viewer.status == "something newer"


def test_a_chip_that_cannot_be_shown_is_said_to_have_no_suggestion(
    desk: Desk,
    view: SuggestionView,
    layers: ChipLayers,
    workers: list[SlowWorker],
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    assert desk.session is not None
    suggested(desk, workers)
    assert layers.suggestion.visible
    for source in tmp_path.rglob("*.tif"):
        if desk.project is None or desk.project.folder not in source.parents:
            source.unlink()
    told: list[str] = []
    desk.told.connect(told.append)
    desk.session.show(desk.session.coming_images()[-1])
    act(desk, "suggest")

    qtbot.waitUntil(lambda: view.suggesting.status == suggest_words.NOT_DRAWN)
    assert not layers.suggestion.visible
    assert suggest_words.NOT_DRAWN in told
    act(desk, "suggest")
    assert view.suggesting.status == suggest_words.NOT_DRAWN, "said again, and nobody waits"


def test_a_stroke_of_acceptance_is_kept_when_the_chip_is_left_in_the_middle_of_it(
    desk: Desk, easel: Easel, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    suggested(desk, workers)
    easel.choose_tool("accept")
    ref = easel.painter.ref(MASK)
    press(easel.layers.mask, (4, 4))
    go_on(desk, qtbot)
    assert desk.project is not None
    assert desk.session is not None
    desk.session.ledger.flush()
    kept = read_canvas(desk.project, ref)
    assert kept is not None
    assert set(kept.provenance[kept.classes == 1]) == {Provenance.FIRST_MODEL}
    assert kept.classes[4, 4] == 1


def test_the_mask_as_imported_is_still_shown_while_held(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    easel.show_imported(True)
    assert easel.overlays.shown == "imported"
    easel.show_imported(False)
    assert easel.layers.suggestion.visible


def test_who_set_a_pixel_names_the_model(
    desk: Desk, easel: Easel, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    paint = PaintWidget(desk.viewer)
    qtbot.addWidget(paint)
    easel.toggle_provenance()
    suggested(desk, workers)
    act(desk, "accept_suggestion")
    assert set(easel.layers.overlay.data[square(2, 6)]) == {Provenance.FIRST_MODEL}
    assert f"(now {MODEL})" in paint.look.legend.text()


# -- the dock -------------------------------------------------------------------------------------


def test_the_dock_says_where_it_stands(
    dock: SuggestWidget, desk: Desk, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    assert dock.status.words == suggest_words.NOTHING_ASKED
    assert not dock.accepts.buttons["accept_suggestion"].isEnabled()
    click(qtbot, dock.suggest)
    assert dock.status.words == suggest_words.THINKING
    workers[-1].answer(suggestion(image_id(desk), MODEL))
    assert dock.status.words == "vessel: 1 object, 16 px"
    click(qtbot, dock.accepts.buttons["accept_suggestion"])
    assert dock.status.words == "hidden; S shows it again"
    assert desk.easel is not None
    assert (desk.easel.layers.mask.data == 1).any()


def test_the_dock_names_the_model_and_loads_it_when_it_is_shown(
    dock: SuggestWidget, workers: list[SlowWorker]
) -> None:
    assert dock.model.about.words == "tiny-1\nscore 0.62 on held-out chips"
    assert workers[-1].loaded == [MODEL]


def test_the_choice_of_the_dock_is_the_models(
    dock: SuggestWidget, view: SuggestionView, workers: list[SlowWorker]
) -> None:
    dock.model.choice.setCurrentIndex(1)
    dock.model.choice.activated.emit(1)
    assert view.suggesting.models.chosen == "strokes"
    assert "Shift+L" in dock.model.about.words


def test_slider_and_model_follow_each_other(
    dock: SuggestWidget, view: SuggestionView, desk: Desk, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    dock.threshold.slider.setValue(20)
    assert view.suggesting.threshold == 0.2
    assert dock.status.words == "vessel: 1 object, 20 px"
    view.suggesting.step_threshold(0.5)
    assert dock.threshold.slider.value() == 70


def test_by_itself_is_kept_while_a_job_has_the_project(
    dock: SuggestWidget, view: SuggestionView, desk: Desk, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    dock.by_itself.setChecked(True)
    workers[-1].answer(suggestion(image_id(desk), MODEL))
    layers = desk.layers
    assert layers is not None
    assert layers.suggestion.visible
    desk.lend()
    assert workers[-1].is_closed
    assert not layers.suggestion.visible
    assert not dock.widget().isEnabled()
    desk.take_back()
    assert dock.by_itself.isChecked()
    qtbot.waitUntil(lambda: len(workers) == 2)
    workers[-1].answer(suggestion(image_id(desk), MODEL))
    assert layers.suggestion.visible


def test_closing_the_project_ends_the_worker(
    desk: Desk, view: SuggestionView, workers: list[SlowWorker]
) -> None:
    act(desk, "suggest")
    desk.close()
    assert workers[-1].is_closed
    assert desk.suggestions is None
    act(desk, "suggest")
    assert len(workers) == 1


def test_learning_is_one_click(
    dock: SuggestWidget, desk: Desk, workers: list[SlowWorker], qtbot: QtBot
) -> None:
    click(qtbot, dock.learn.buttons["learn_strokes"])
    assert workers[-1].learns == 1
    workers[-1].learnt.emit({"chips": 1, "pixels": {"vessel": 9, "background": 4}})
    assert dock.model.choice.value == "strokes"
    assert dock.model.about.words == "learnt from 1 chip, 13 px"


def test_another_key_is_written_on_the_buttons_and_in_the_words(
    dock: SuggestWidget, desk: Desk, view: SuggestionView, workers: list[SlowWorker]
) -> None:
    keys = desk.bindings.keys | {"suggest": "F9"}
    desk.bindings.keys = keys
    desk.bindings.changed.emit(keys)
    assert dock.suggest.text() == "Suggest  F9"
    suggested(desk, workers)
    act(desk, "suggest")
    assert dock.status.words == "hidden; F9 shows it again"
    desk.bindings.read_preferences()


def test_suggesting_for_all_is_a_job_that_is_followed(
    dock: SuggestWidget, desk: Desk, qtbot: QtBot
) -> None:
    # Refused before torch is loaded: a job gives way, so that on a busy machine torch, which no
    # window needs, would take it minutes.
    assert desk.project is not None
    put_in_use(desk.project.folder, "strange-1", value=9)
    started: list[object] = []
    desk.jobs.started.connect(started.append)
    with qtbot.waitSignal(desk.jobs.ended, timeout=60_000):
        click(qtbot, dock.all.button)
        assert not dock.all.button.isEnabled()
        assert desk.session is not None, "one goes on meanwhile"
    assert len(started) == 1
    assert dock.all.button.isEnabled()
    assert dock.all.bar.message.words.startswith("Suggesting did not work")
    assert "strange-1 suggests 9 (vessel)" in dock.all.bar.message.words


def test_a_job_that_cannot_start_leaves_the_button_free(
    dock: SuggestWidget, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    class Failing(CommandJob):
        def start(self) -> None:
            self.failed.emit("no process can be made")
            self.ended.emit()

    monkeypatch.setattr("napari_s2label.lending.CommandJob", Failing)

    click(qtbot, dock.all.button)

    assert dock.all.bar.message.words.startswith("Suggesting did not work")
    assert dock.all.button.isEnabled()
    assert not dock.all.bar.cancel.isVisible()


def test_no_button_takes_the_keyboard_and_nothing_is_wider_than_the_dock(
    dock: SuggestWidget, desk: Desk, workers: list[SlowWorker]
) -> None:
    suggested(desk, workers)
    QApplication.processEvents()
    inside = dock.widget()
    assert inside is not None
    assert inside.minimumSizeHint().width() <= 310
    assert inside.sizeHint().height() <= 560
    for button in inside.findChildren(QAbstractButton):
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus, button.text()
        assert button.toolTip(), button.text()


def test_the_dock_opens_through_the_manifest(desk: Desk, workers: list[SlowWorker]) -> None:
    dock, widget = desk.viewer.window.add_plugin_dock_widget("napari-s2label", "Suggest")
    assert isinstance(widget, SuggestWidget)
    desk.viewer.window.remove_dock_widget(dock)


def test_pixels_that_nobody_labelled_are_proposed_background_when_all_is_accepted(
    desk: Desk, easel: Easel, workers: list[SlowWorker]
) -> None:
    easel.clear()
    assert (easel.layers.mask.data == NOT_LABELLED).all()
    suggested(desk, workers)
    act(desk, "accept_suggestion")
    assert np.array_equal(easel.layers.mask.data == 1, square(2, 6))
    assert (easel.layers.mask.data[~square(2, 6)] == 0).all()
