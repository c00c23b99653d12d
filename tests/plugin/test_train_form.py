"""The form of a training: recipes, settings as options of the command, mistakes said at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.train_form import TrainForm
from s2label_training.recipe import find_recipe, recipe_names

from s2label.types import Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

RECIPES = {name: find_recipe(name) for name in recipe_names()}


@pytest.fixture
def form(qtbot: QtBot, tmp_path: Path) -> TrainForm:
    """Return the form with all recipes, and an own one to choose."""
    (tmp_path / "own.toml").write_text('name = "own"\ndescription = "Mine."\n')
    form = TrainForm(Dialogs(files=lambda *_: [tmp_path / "own.toml"]))
    qtbot.addWidget(form)
    form.show_recipes(RECIPES, tmp_path, Lifetime.MOVING)
    return form


def test_the_recipe_for_the_kind_of_classes_is_chosen(form: TrainForm) -> None:
    assert form.arguments() == ["--recipe", "vessels_resnet34", "--trust", "checked"]
    assert form.about.text() == find_recipe("vessels_resnet34").description


def test_settings_become_options_of_the_command(form: TrainForm) -> None:
    form.allow_warm(True)
    form.recipe.choose("vessels_unet")
    form.epochs.setText("3")
    form.minutes.setText("1.5")
    form.begin.choose("warm")
    form.trust.click()

    changes = ["fit.epochs=3", "fit.max_minutes=1.5", "fit.start=warm"]
    options = [part for change in changes for part in ("--set", change)]
    assert form.arguments() == ["--recipe", "vessels_unet", *options, "--trust", "imported"]


@pytest.mark.parametrize(
    ("epochs", "minutes", "words"),
    [
        pytest.param("0", "", "Epochs: found 0, expected a number from 1 on", id="no epoch"),
        pytest.param("x", "", 'Epochs: found "x", expected a whole number', id="no number"),
        pytest.param("", "-1", "Minutes: found -1, expected a number from 0", id="negative"),
    ],
)
def test_what_is_wrong_is_said_at_once(
    form: TrainForm, epochs: str, minutes: str, words: str
) -> None:
    form.epochs.setText(epochs)
    form.minutes.setText(minutes)

    assert words in form.error.words
    assert not form.start.isEnabled()


def test_an_own_recipe_is_read_from_its_file(form: TrainForm, tmp_path: Path) -> None:
    form.ask_recipe()

    assert form.about.text() == "Mine."
    assert form.arguments()[:2] == ["--recipe", str(tmp_path / "own.toml")]


def test_an_own_recipe_with_a_mistake_is_refused_in_words(form: TrainForm, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('name = "own"\n[fit]\nepoch = 3\n')

    form.ask_recipe()

    assert "fit.epoch" in form.error.words
    assert form.recipe.value == "vessels_resnet34"


def test_without_a_model_there_is_nothing_to_go_on_from(form: TrainForm) -> None:
    form.begin.choose("warm")

    form.allow_warm(False)

    assert form.begin.value == "fresh"
    assert not form.begin.isEnabled()


def test_another_project_begins_with_the_first_choice_for_its_classes(
    form: TrainForm, tmp_path: Path
) -> None:
    form.trust.click()

    form.show_recipes(RECIPES, tmp_path / "other", Lifetime.STATIC)

    assert form.arguments() == ["--recipe", "landcover_resnet34", "--trust", "checked"]


def test_the_same_project_taken_back_keeps_what_was_chosen(form: TrainForm, tmp_path: Path) -> None:
    form.allow_warm(True)
    form.recipe.choose("vessels_unet")
    form.begin.choose("warm")
    form.trust.click()
    before = form.arguments()

    form.show_recipes(RECIPES, tmp_path, Lifetime.MOVING)

    assert form.arguments() == before
