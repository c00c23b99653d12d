"""Chooses what comes, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from napari_s2label.parts.following import follow
from napari_s2label.parts.words import NO_WORTHS, order_name
from s2label.types import QueueOrder, QueueSpec, Subject

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.review.session import ReviewSession
    from s2label.types import ClassTable

_ORDER_TIP = (
    "What the queue is sorted by.\n"
    f"{order_name(QueueOrder.WORTH).capitalize()}: first the chips on which it sees most; "
    "they teach the next model most."
)


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
        self._order.setToolTip(_ORDER_TIP)
        self._only_open.setToolTip("Leave out what is decided already")
        self._descending.setToolTip("Begin with the highest instead of the lowest")
        follow(desk.project_changed, self, self._on_desk_project_changed)
        self._subject.activated.connect(self._on_chosen)
        self._order.activated.connect(self._on_order_chosen)
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
            self._order.addItem(order_name(order), (order, 1))
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

    def _on_order_chosen(self) -> None:
        order, _ = self._order.currentData()
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        is_by_worth = order == QueueOrder.WORTH
        if is_by_worth != (session.queue.order is QueueOrder.WORTH):
            # What the model sees most of is what the order is for; the others begin with the least.
            self._descending.setChecked(is_by_worth)
        self._on_chosen()
        if is_by_worth and not project.catalog.has_worths():
            self._desk.told.emit(NO_WORTHS)

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
