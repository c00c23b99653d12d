"""Chooses what comes, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from napari_s2label.parts.following import follow
from s2label.types import QueueOrder, QueueSpec, Subject

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.review.session import ReviewSession
    from s2label.types import ClassTable


class QueueChooser(QWidget):
    """Images or masks, order, open ones only, and from which end.

    Parameters
    ----------
    desk : Desk
        Whose session gets the queue.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._subject, self._order = QComboBox(), QComboBox()
        self._only_open, self._descending = QCheckBox("open only"), QCheckBox("from the end")
        self._subject.addItem("images", Subject.IMAGE)
        self._subject.addItem("masks", Subject.MASK)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        parts = (self._subject, self._order, self._only_open, self._descending)
        for index, part in enumerate(parts):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(part, index // 2, index % 2)
        self._subject.setToolTip("Go through images or through masks")
        self._order.setToolTip("What the queue is sorted by")
        self._only_open.setToolTip("Leave out what is decided already")
        self._descending.setToolTip("Begin with the highest instead of the lowest")
        follow(desk.project_changed, self, self._on_desk_project_changed)
        self._subject.activated.connect(self._on_chosen)
        self._order.activated.connect(self._on_chosen)
        self._only_open.clicked.connect(self._on_chosen)
        self._descending.clicked.connect(self._on_chosen)
        self._on_desk_project_changed(desk.session)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        if session is None or self._desk.project is None:
            return
        self._fill_orders(self._desk.project.classes)
        self._show(session.queue)

    def _fill_orders(self, classes: ClassTable) -> None:
        self._order.clear()
        plain = [order for order in QueueOrder if order is not QueueOrder.CLASS_SHARE]
        for order in plain:
            self._order.addItem(f"by {order}", (order, 1))
        for label_class in classes.classes:
            choice = (QueueOrder.CLASS_SHARE, label_class.value)
            self._order.addItem(f"by share of {label_class.name}", choice)

    def _show(self, spec: QueueSpec) -> None:
        self._subject.setCurrentIndex(0 if spec.subject is Subject.IMAGE else 1)
        choices = [self._order.itemData(i) for i in range(self._order.count())]
        wanted = [
            index
            for index, (order, value) in enumerate(choices)
            if order == spec.order
            and (order != QueueOrder.CLASS_SHARE or value == spec.class_value)
        ]
        self._order.setCurrentIndex(wanted[0] if wanted else 0)
        self._only_open.setChecked(spec.only_open)
        self._descending.setChecked(spec.descending)

    def _on_chosen(self) -> None:
        session = self._desk.session
        if session is None:
            return
        order, class_value = self._order.currentData()
        spec = replace(
            session.queue,
            subject=Subject(self._subject.currentData()),
            order=QueueOrder(order),
            class_value=class_value,
            only_open=self._only_open.isChecked(),
            descending=self._descending.isChecked(),
        )
        session.set_queue(spec)
