"""A widget follows models for as long as both live."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from napari_s2label.parts.following import follow
from psygnal import Signal, SignalInstance
from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Model:
    """Tells of something."""

    followed_here = Signal(int)


class Dock(QWidget):  # type: ignore[misc]
    """Notes what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int] = []

    def on_model_told(self, number: int) -> None:
        """Note it."""
        self.heard.append(number)


def test_models_that_come_and_go_leave_nothing_with_a_widget_that_stays(qtbot: QtBot) -> None:
    dock = Dock()
    qtbot.addWidget(dock)
    for number in range(3):
        model = Model()
        follow(model.followed_here, dock, dock.on_model_told)
        model.followed_here.emit(number)
    del model
    gc.collect()
    assert dock.heard == [0, 1, 2]
    signals = [each for each in gc.get_objects() if type(each) is SignalInstance]
    assert not [each for each in signals if each.name == "followed_here"]


def test_a_widget_that_qt_deleted_is_told_nothing(qtbot: QtBot) -> None:
    models, dock = [Model(), Model()], Dock()
    for model in models:
        follow(model.followed_here, dock, dock.on_model_told)
    with qtbot.waitSignal(dock.destroyed):
        dock.deleteLater()
    for model in models:
        model.followed_here.emit(1)
        assert not len(model.followed_here)
    assert dock.heard == []
