"""Chooses what comes, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from napari_s2label.parts.following import follow
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.words import (
    NO_DOUBTS,
    NO_SUSPICIONS,
    NO_WORTHS,
    NOT_LEARNT,
    NOT_SCREENED,
    begins_at_end,
    order_name,
)
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.types import Subject

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.catalog.store import Catalog
    from s2label.review.session import ReviewSession
    from s2label.types import ClassTable

_ORDER_TIP = (
    "What the queue is sorted by.\n"
    f"{order_name(QueueOrder.WORTH).capitalize()}: first the chips on which it sees most; "
    "they teach the next model most.\n"
    f"{order_name(QueueOrder.CLOUD).capitalize()}: the cloudiest first; "
    f"{order_name(QueueOrder.FINDING)}: images whose numbers look wrong.\n"
    f"{order_name(QueueOrder.REJECTION).capitalize()}: learnt from your decisions.\n"
    f"{order_name(QueueOrder.DOUBT).capitalize()}: where a predicted scene needs a look.\n"
    f"{order_name(QueueOrder.SUSPICION).capitalize()}: masks that an audit found."
)
_ALL_TIP = "Leave these few, and go back to the queue that was before"
# What is missing where nobody can be sorted -> said in the status line.
_LACKS = {
    QueueOrder.WORTH: NO_WORTHS,
    QueueOrder.CLOUD: NOT_SCREENED,
    QueueOrder.FINDING: NOT_SCREENED,
    QueueOrder.REJECTION: NOT_LEARNT,
    QueueOrder.DOUBT: NO_DOUBTS,
    QueueOrder.SUSPICION: NO_SUSPICIONS,
}
_SUBJECTS = {
    Subject.IMAGE: "images",
    Subject.MASK: "masks",
    Subject.SUSPICION: "objects",
}


class QueueChooser(QWidget):
    """Images, masks or objects, order, open ones only, and from which end.

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
        self._only_doubtful = QCheckBox("doubtful only")
        self._only_suspicious = QCheckBox("suspicious only")
        for subject, words in _SUBJECTS.items():
            self._subject.addItem(words, subject)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        # Never both at once: they share a place.
        boxes = (self._only_open, self._descending, self._only_doubtful)
        parts = (self._subject, self._order, *boxes)
        for index, part in enumerate(parts):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(part, index // 2, index % 2)
        grid.addWidget(self._only_suspicious, 2, 0)
        self._only_suspicious.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._only_suspicious.setToolTip("Leave out masks of which no audit suspects anything")
        self._subject.setToolTip("Go through images, masks, or objects that nobody labelled")
        self._order.setToolTip(_ORDER_TIP)
        self._before: QueueSpec | None = None
        self.all_again = PlainButton("All again", _ALL_TIP, self._on_all_again_clicked)
        self.all_again.hide()
        grid.addWidget(self.all_again, 3, 0, 1, 2)
        self._only_open.setToolTip("Leave out what is decided already")
        self._only_doubtful.setToolTip("Leave out what no predicted scene makes doubtful")
        self._descending.setToolTip("Begin with the highest instead of the lowest")
        follow(desk.project_changed, self, self._on_desk_project_changed)
        self._subject.activated.connect(self._on_subject_chosen)
        self._order.activated.connect(self._on_order_chosen)
        self._only_open.clicked.connect(self._on_chosen)
        self._descending.clicked.connect(self._on_chosen)
        self._only_doubtful.clicked.connect(self._on_chosen)
        self._only_suspicious.clicked.connect(self._on_chosen)
        self._on_desk_project_changed(desk.session)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        if session is None or self._desk.project is None:
            return
        self._fill_orders(self._desk.project.classes)
        self._before = None
        follow(session.queue_changed, self, self._on_session_queue_changed)
        self._on_session_queue_changed(session.queue)

    def _on_session_queue_changed(self, spec: QueueSpec) -> None:
        """Show a queue that another dock may have chosen; of a few images only, the way back."""
        if not spec.among:
            self._before = spec
        self._show(spec)
        self.all_again.setVisible(bool(spec.among))
        self.all_again.setText(f"Only {len(spec.among):,} images: show all again")

    def _on_all_again_clicked(self) -> None:
        if self._desk.session is not None:
            self._desk.session.set_queue(self._before or QueueSpec())

    def _fill_orders(self, classes: ClassTable) -> None:
        self._order.clear()
        plain = [order for order in QueueOrder if order is not QueueOrder.CLASS_SHARE]
        for order in plain:
            self._order.addItem(order_name(order), (order, 1))
        for label_class in classes.classes:
            choice = (QueueOrder.CLASS_SHARE, label_class.value)
            self._order.addItem(f"by share of {label_class.name}", choice)

    def _show(self, spec: QueueSpec) -> None:
        self._subject.setCurrentIndex(list(_SUBJECTS).index(spec.subject))
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
        self._only_doubtful.setChecked(spec.only_doubtful)
        self._only_doubtful.setVisible(spec.order is QueueOrder.DOUBT or spec.only_doubtful)
        is_of_masks = spec.subject is Subject.MASK
        self._only_suspicious.setChecked(is_of_masks and spec.only_suspicious)
        is_by_suspicion = spec.order is QueueOrder.SUSPICION and is_of_masks
        self._only_suspicious.setVisible(is_by_suspicion)

    def _on_subject_chosen(self) -> None:
        if self._chosen_subject is Subject.SUSPICION:
            self._choose_order(QueueOrder.SUSPICION)
            self._only_open.setChecked(True)
            self._on_order_chosen()
        elif self._order.currentData()[0] is QueueOrder.SUSPICION:
            self._choose_order(QueueOrder.NAME)
            self._on_order_chosen()
        else:
            self._on_chosen()

    @property
    def _chosen_subject(self) -> Subject:
        return Subject(self._subject.currentData())

    def _choose_order(self, order: QueueOrder) -> None:
        self._order.setCurrentText(order_name(order))

    def _on_order_chosen(self) -> None:
        order, _ = self._order.currentData()
        session, project = self._desk.session, self._desk.project
        if session is None or project is None:
            return
        if session.queue.among and self._before is not None:
            self._only_open.setChecked(self._before.only_open)
        if begins_at_end(order) != begins_at_end(session.queue.order):
            # Most to see, most cloud: that is what these orders are for.
            self._descending.setChecked(begins_at_end(order))
        # That only they come is what this order is for; the box is seen beside no other.
        self._only_doubtful.setChecked(order is QueueOrder.DOUBT)
        is_by_suspicion = order is QueueOrder.SUSPICION
        if is_by_suspicion and self._chosen_subject is Subject.IMAGE:
            self._subject.setCurrentIndex(list(_SUBJECTS).index(Subject.MASK))
        elif not is_by_suspicion and self._chosen_subject is Subject.SUSPICION:
            self._subject.setCurrentIndex(list(_SUBJECTS).index(Subject.IMAGE))
        self._only_suspicious.setChecked(is_by_suspicion)
        self._on_chosen()
        if order in _LACKS and not _is_known(project.catalog, QueueOrder(order)):
            self._desk.told.emit(_LACKS[QueueOrder(order)])

    def _on_chosen(self) -> None:
        session = self._desk.session
        if session is None:
            return
        order, class_value = self._order.currentData()
        is_of_masks = self._chosen_subject is Subject.MASK
        is_by_suspicion = is_of_masks and order is QueueOrder.SUSPICION
        spec = replace(
            session.queue,
            subject=self._chosen_subject,
            order=QueueOrder(order),
            class_value=class_value,
            only_open=self._only_open.isChecked(),
            descending=self._descending.isChecked(),
            only_doubtful=self._only_doubtful.isChecked(),
            only_suspicious=is_by_suspicion and self._only_suspicious.isChecked(),
            among=(),
            title="",
        )
        session.set_queue(spec)


def _is_known(catalog: Catalog, order: QueueOrder) -> bool:
    """Tell whether any image can be sorted by an order that somebody has to look for first."""
    if order is QueueOrder.WORTH:
        return catalog.has_worths()
    if order is QueueOrder.DOUBT:
        return catalog.has_doubts()
    if order is QueueOrder.SUSPICION:
        return catalog.has_suspicions()
    return catalog.screenings.has_any(order)
