"""How a model is trained: a recipe, and the few things one changes often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.text_field import TextField
from s2label.errors import S2LabelError
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s2label_training.recipe import Recipe

    from napari_s2label.parts.dialogs import Dialogs

_NAMES = {"fit.epochs": "Epochs", "fit.max_minutes": "Minutes", "fit.start": "Begin"}
_FIRST_CHOICE = {Lifetime.MOVING: "vessels_resnet34", Lifetime.STATIC: "landcover_resnet34"}
_STARTS = {"fresh": "from scratch", "warm": "from the model in use"}
_TRUST = "imported masks count as checked"
_TRUST_TIP = (
    "Scores and verdict then rest also on imported masks that nobody has looked at.\n"
    "Else only on what was accepted or painted here."
)
_OWN_TIP = "Read a recipe of your own from a TOML file"
_TRAIN_TIP = "Train in a process of its own; go on deciding and painting meanwhile"


class TrainForm(QWidget):
    """What to train.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for a file.

    Signals
    -------
    requested : str, list of str
        Train with the recipe of that name; arguments of the command, after the project.
    trust_changed : bool
        Whether imported masks count as checked.
    """

    requested = Signal(str, object)
    trust_changed = Signal(bool)

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._dialogs = dialogs
        self._recipes: dict[str, Recipe] = {}
        self._paths: dict[str, Path] = {}
        self._filled_for: tuple[Path, Lifetime] | None = None
        self.recipe = Choice({}, "")
        self.own = PlainButton("Own ...", _OWN_TIP, self.ask_recipe, width_px=56)
        self.about = QLabel()
        self.epochs = TextField("", "How often all chips are seen; empty: as the recipe says")
        self.minutes = TextField("no limit", "Stop after so many minutes and keep the best so far")
        self.begin = Choice(_STARTS, "Anew, or going on from the weights of the model in use")
        self.trust = QCheckBox(_TRUST)
        self.error = Message()
        self.start = PlainButton("Train", _TRAIN_TIP, self._on_start)
        self._obstacle = ""
        self._arrange()
        self.recipe.currentIndexChanged.connect(lambda _: self._on_recipe_chosen())
        for field in (self.epochs, self.minutes):
            field.textChanged.connect(lambda _: self._check())
        self.trust.toggled.connect(self.trust_changed)
        self._check()

    def _arrange(self) -> None:
        self.trust.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.trust.setToolTip(_TRUST_TIP)
        self.about.setWordWrap(True)
        self.about.setStyleSheet("font-size: 11px")
        # Recipes are read after the dock is seen: room for what most say, so that nothing moves.
        self.about.setMinimumHeight(2 * self.about.fontMetrics().lineSpacing())
        choice = QHBoxLayout()
        choice.addWidget(self.recipe, 1)
        choice.addWidget(self.own)
        lengths = QHBoxLayout()
        for part in (self.epochs, QLabel("or minutes"), self.minutes):
            lengths.addWidget(part)
        grid = QGridLayout()
        grid.setSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.addWidget(QLabel("Recipe"), 0, 0)
        grid.addLayout(choice, 0, 1)
        grid.addWidget(self.about, 1, 0, 1, 2)
        grid.addWidget(QLabel("Epochs"), 2, 0)
        grid.addLayout(lengths, 2, 1)
        grid.addWidget(QLabel("Begin"), 3, 0)
        grid.addWidget(self.begin, 3, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        column.addLayout(grid)
        for part in (self.trust, self.error, self.start):
            column.addWidget(part)

    # -- what can be chosen ----------------------------------------------------------------------

    def show_recipes(
        self, recipes: Mapping[str, Recipe], project: Path, lifetime: Lifetime
    ) -> None:
        """Offer recipes; for another project than before choose anew.

        Parameters
        ----------
        recipes : mapping
            Name -> recipe.
        project : Path
            Folder of the project.
        lifetime : Lifetime
            Whether its classes move, which decides the first choice.
        """
        for name, recipe in recipes.items():
            self._offer(name, recipe)
        if self._filled_for == (project, lifetime) or not recipes:
            return
        self._filled_for = project, lifetime
        self.trust.setChecked(False)
        self.epochs.clear()
        self.minutes.clear()
        self.recipe.choose(_FIRST_CHOICE[lifetime])
        self._on_recipe_chosen()

    def _offer(self, name: str, recipe: Recipe) -> None:
        if name not in self._recipes:
            self.recipe.addItem(name, name)
        self._recipes[name] = recipe
        place = self.recipe.findData(name)
        self.recipe.setItemData(place, recipe.description, Qt.ItemDataRole.ToolTipRole)

    def ask_recipe(self) -> None:
        """Let the user choose a recipe of their own."""
        from s2label_training.recipe import find_recipe

        chosen = self._dialogs.files(self, "A recipe (TOML)", "")
        if not chosen:
            return
        try:
            recipe = find_recipe(chosen[0])
        except S2LabelError as error:
            self.error.tell(str(error), "bad")
            return
        name = chosen[0].name
        self._paths[name] = chosen[0]
        self._offer(name, recipe)
        self.recipe.choose(name)
        self._on_recipe_chosen()

    def allow_warm(self, is_allowed: bool) -> None:
        """Say whether there is a model to go on from."""
        if not is_allowed:
            self.begin.choose("fresh")
        self.begin.setEnabled(is_allowed)

    def show_obstacle(self, words: str) -> None:
        """Say why nothing can be trained now; empty where something can."""
        self._obstacle = words
        self._check()

    # -- what is chosen ----------------------------------------------------------------------------

    @property
    def chosen(self) -> Recipe | None:
        """The recipe as it stands in its file."""
        return self._recipes.get(self.recipe.value)

    def changes(self) -> list[str]:
        """Return what differs from the recipe, as ``--set`` has it."""
        recipe = self.chosen
        wanted = {
            "fit.epochs": self.epochs.text().strip(),
            "fit.max_minutes": self.minutes.text().strip(),
        }
        changes = [f"{field}={text}" for field, text in wanted.items() if text]
        if recipe is not None and self.begin.value != recipe.fit.start:
            changes.append(f"fit.start={self.begin.value}")
        return changes

    def arguments(self) -> list[str]:
        """Return the settings as options of the command line."""
        name = self.recipe.value
        arguments = ["--recipe", str(self._paths.get(name, name))]
        for change in self.changes():
            arguments += ["--set", change]
        return [*arguments, "--trust", "imported" if self.trust.isChecked() else "checked"]

    def _on_recipe_chosen(self) -> None:
        recipe = self.chosen
        if recipe is not None:
            self.about.setText(recipe.description)
            self.recipe.setToolTip(recipe.description)
            self.epochs.setPlaceholderText(str(recipe.fit.epochs))
            self.begin.choose(recipe.fit.start if self.begin.isEnabled() else "fresh")
            self.trust.setChecked(self.trust.isChecked() or recipe.labels.trust == "imported")
        self._check()

    def _check(self) -> None:
        wrong = self._wrong()
        for field, name in ((self.epochs, "fit.epochs"), (self.minutes, "fit.max_minutes")):
            field.mark(name in wrong)
        self.error.tell(wrong or self._obstacle, "bad" if wrong else "plain")
        self.start.setEnabled(self.chosen is not None and not wrong and not self._obstacle)

    def _wrong(self) -> str:
        recipe = self.chosen
        if recipe is None:
            return ""
        from s2label_training.recipe import with_changes

        try:
            with_changes(recipe, self.changes())
        except S2LabelError as error:
            return _in_words(str(error))
        return ""

    def _on_start(self) -> None:
        self.requested.emit(self.recipe.value, self.arguments())


def _in_words(message: str) -> str:
    """Return an error of a setting with the name that it has on the screen."""
    for field, name in _NAMES.items():
        message = message.replace(field, name)
    return message.removeprefix("--set: ")
