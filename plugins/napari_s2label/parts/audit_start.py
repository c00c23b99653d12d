"""How an audit is asked for: a recipe, folds, and a button that begins it or goes on with it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from napari_s2label.parts import audit_words as words
from napari_s2label.parts.audit_bar import AuditBar
from napari_s2label.parts.choice import Choice
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.reports import failure_report

if TYPE_CHECKING:
    from napari_s2label.audit_ground import BegunAudit
    from napari_s2label.auditing import Auditing
    from s2label.types import Lifetime

_TIP = (
    "Trains a model for each part of the labels on all other parts, and looks where masks\n"
    "contradict it. No label is changed, and you go on meanwhile."
)
_RECIPE_TIP = "How the models learn"
_FOLDS_TIP = "Into so many parts the labels are cut; more take longer, and learn from more"
_ANEW_TIP = "Throw away what the audit that ended early has done"
_FIRST_CHOICE = {"moving": "vessels_resnet34", "static": "landcover_bands"}
_FOLDS, _MOST_FOLDS = 5, 20
_SMALL = "font-size: 11px"


class AuditStart(QWidget):
    """Asks for an audit, and follows it.

    Parameters
    ----------
    auditing : Auditing
        Runs it.
    """

    def __init__(self, auditing: Auditing) -> None:
        super().__init__()
        self._auditing = auditing
        self._filled_for: object = None
        self._begun: BegunAudit | None = None
        self.recipe = Choice({}, _RECIPE_TIP)
        self.folds = QSpinBox()
        self.folds.setRange(2, _MOST_FOLDS)
        self.folds.setValue(_FOLDS)
        self.folds.setToolTip(_FOLDS_TIP)
        self.folds.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.anew = QCheckBox("begin anew")
        self.anew.setToolTip(_ANEW_TIP)
        self.anew.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.about = QLabel(words.COUNTING)
        self.about.setWordWrap(True)
        self.about.setStyleSheet(_SMALL)
        self.about.setToolTip(words.ABOUT_TIP)
        self.begun, self.message = Message(), Message()
        self.button = PlainButton("", _TIP, self._on_clicked)
        self.button.setMinimumHeight(34)
        self.bar = AuditBar()
        self.bar.stop_requested.connect(auditing.stop)
        self._arrange()
        self.recipe.activated.connect(lambda _: self.show_state())
        self.folds.valueChanged.connect(lambda _: self.show_state())
        self.anew.toggled.connect(lambda _: self.show_state())

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(QLabel("Recipe"), 0, 0)
        grid.addWidget(self.recipe, 0, 1, 1, 2)
        grid.addWidget(QLabel("Folds"), 1, 0)
        grid.addWidget(self.folds, 1, 1)
        grid.addWidget(self.anew, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(grid)
        for part in (self.about, self.begun, self.button, self.bar, self.message):
            column.addWidget(part)

    def show_recipes(self, project: object, lifetime: Lifetime) -> None:
        """Offer the recipes; for another project than before choose anew."""
        recipes = self._auditing.recipes
        for name, recipe in recipes.items():
            if self.recipe.findData(name) < 0:
                self.recipe.addItem(name, name)
                place = self.recipe.findData(name)
                self.recipe.setItemData(place, recipe.description, Qt.ItemDataRole.ToolTipRole)
        if recipes and self._filled_for != project:
            self._filled_for, self._begun = project, None
            self.recipe.choose(_FIRST_CHOICE[str(lifetime)])
            self.folds.setValue(_FOLDS)

    def show_state(self) -> None:
        """Show what there is to audit, the audit that runs, and how the last one ended."""
        auditing, ground = self._auditing, self._auditing.ground
        self._take_begun(ground.begun if ground is not None else None)
        recipe = auditing.recipes.get(self.recipe.value)
        if ground is not None:
            self.about.setText(words.ground_words(ground, recipe, self.folds.value()))
        else:
            self.about.setText(words.COUNTING)
        is_idle = not auditing.is_running
        lacks = words.NO_TORCH if find_spec("torch") is None else ""
        damaged = ground.trouble if ground is not None else ""
        self.begun.tell(lacks or damaged or (words.begun_words(self._begun) * is_idle), "warn")
        self.anew.setVisible(self._begun is not None and is_idle)
        can_start = is_idle and not lacks and ground is not None and ground.masks > 0
        self.button.setEnabled(can_start and recipe is not None)
        self.button.setText(words.start_label(self._begun, goes_on=self._goes_on()))
        for part in (self.recipe, self.folds):
            part.setEnabled(is_idle)
        self.bar.show_run(auditing)
        self._show_end()

    def _take_begun(self, begun: BegunAudit | None) -> None:
        """Choose what an audit was begun with, once."""
        if begun == self._begun:
            return
        self._begun = begun
        self.anew.setChecked(False)
        if begun is not None and not begun.is_own:
            self.recipe.choose(begun.recipe)
            self.folds.setValue(begun.wished_folds)

    def _goes_on(self) -> bool:
        begun = self._begun
        if begun is None or begun.is_own or self.anew.isChecked():
            return False
        return (self.recipe.value, self.folds.value()) == (begun.recipe, begun.wished_folds)

    def _show_end(self) -> None:
        auditing = self._auditing
        if auditing.trouble:
            self.message.tell(*failure_report("The audit", auditing.trouble))
        elif auditing.report is not None and not auditing.is_running:
            self.message.tell(*words.report_words(auditing.report))
        else:
            self.message.tell("")

    def arguments(self) -> list[str]:
        """Return what is chosen as options of the command."""
        options = ["--recipe", self.recipe.value, "--folds", str(self.folds.value())]
        ground = self._auditing.ground
        is_damaged = ground is not None and bool(ground.trouble)
        return [*options, "--again"] if self.anew.isChecked() or is_damaged else options

    def _on_clicked(self) -> None:
        self._auditing.start(self.arguments())
