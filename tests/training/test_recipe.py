"""Recipes: those that come with the program, own ones, changes, and what is wrong in one line."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel
from s2label_training.recipe import Recipe, find_recipe, recipe_names, with_changes

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recipes.md"
WORDS = {
    "array": "list",
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "number": "number",
    "string": "text",
}
LIMITS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "to",
    "exclusiveMaximum": "below",
    "multipleOf": "multiple of",
}
OWN = """
name = "own"

[input]
bands = ["B02", "B03", "B04", "B08"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    return path


def rows_of(kind: type[BaseModel] = Recipe, before: str = "") -> Iterator[str]:
    """Yield the row that the page has for each field: path, default, values, description."""
    schema = kind.model_json_schema()["properties"]
    for name, field in kind.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from rows_of(field.annotation, f"{before}{name}.")
        else:
            default = "" if field.is_required() else f"`{json.dumps(field.default)}`"
            values = values_of(schema[name])
            yield f"| `{before}{name}` | {default} | {values} | {field.description} |"


def values_of(schema: dict[str, Any]) -> str:
    """Return which values a field takes, in words."""
    if "anyOf" in schema:
        return " or ".join(map(values_of, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "object":
        return f"table of {values_of(schema['propertyNames'])}"
    limits = (f"{words} {schema[key]:g}" for key, words in LIMITS.items() if key in schema)
    return ", ".join((WORDS[schema["type"]], *limits))


# -- recipes that come with the program ------------------------------------------------------------


def test_the_recipes_of_the_design_come_with_the_program() -> None:
    expected = ("landcover_bands", "landcover_resnet34", "vessels_resnet34", "vessels_unet")
    assert recipe_names() == expected


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_has_the_name_of_its_file_and_says_what_it_is_for(name: str) -> None:
    recipe = find_recipe(name)

    assert recipe.name == name
    assert recipe.description.endswith(".")


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_commented(name: str) -> None:
    text = (resources.files("s2label_training.recipes") / f"{name}.toml").read_text("utf-8")

    assert sum("#" in line for line in text.splitlines()) >= 5


def test_the_plain_unet_is_the_published_one() -> None:
    recipe = find_recipe("vessels_unet")

    network = recipe.network
    assert (network.architecture, network.filters, network.dropout) == ("unet", 64, 0.5)
    assert (recipe.input.bands, recipe.input.normalisation) == ("all", "maxima")
    assert (recipe.augment.turns, recipe.augment.flips, recipe.augment.crop_px) == (True, True, 0)
    assert (recipe.loss.terms, recipe.optimiser.kind) == ({"dice": 1.0}, "adam")


def test_the_land_cover_recipe_learns_in_two_stages() -> None:
    recipe = find_recipe("landcover_resnet34")

    assert recipe.input.bands == ("B04", "B03", "B02")
    assert (recipe.network.encoder_weights, recipe.input.normalisation) == ("imagenet",) * 2
    assert (recipe.input.tile_px, recipe.augment.crop_px, recipe.augment.flips) == (256, 224, True)
    assert 0 < recipe.fit.frozen_epochs < recipe.fit.epochs == 15
    assert recipe.fit.lr_search
    assert recipe.fit.lr_decay > 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(["loss.terms={jaccard=1}"], id="jaccard"),
        pytest.param(["loss.terms={focal=1}", "loss.focal_gamma=3"], id="focal"),
        pytest.param(
            ["loss.terms={cross_entropy=1}", "loss.class_weights=balanced"], id="cross-entropy"
        ),
        pytest.param(["optimiser.kind=sgd", "optimiser.momentum=0.95"], id="sgd"),
        pytest.param(["input.normalisation=mean_std"], id="mean and deviation"),
        pytest.param(["input.bands=B02,B03,B04,B08,B11,B12,B8A"], id="named bands"),
    ],
)
def test_every_choice_of_the_plain_unet_can_be_made(changes: list[str]) -> None:
    recipe = with_changes(find_recipe("vessels_unet"), changes)

    assert recipe != find_recipe("vessels_unet")


# -- own recipes -----------------------------------------------------------------------------------


def test_an_own_recipe_has_defaults_for_what_it_does_not_name(tmp_path: Path) -> None:
    recipe = find_recipe(write(tmp_path, OWN))

    assert recipe.input.bands == ("B02", "B03", "B04", "B08")
    assert recipe == Recipe.model_validate(
        {"name": "own", "input": {"bands": ["B02", "B03", "B04", "B08"]}}
    )


@pytest.mark.parametrize("bands", ['"red, B3, blue"', '["B4", "green", "B02"]'])
def test_bands_are_known_by_their_other_names_too(tmp_path: Path, bands: str) -> None:
    text = OWN.replace('["B02", "B03", "B04", "B08"]', bands)

    assert find_recipe(write(tmp_path, text)).input.bands == ("B04", "B03", "B02")


def test_indices_are_kept_in_their_normal_form(tmp_path: Path) -> None:
    recipe = find_recipe(write(tmp_path, OWN + 'indices = ["(B08-B04)/(B08+B04)"]'))

    assert recipe.input.indices == ("(B08 - B04) / (B08 + B04)",)


def test_paths_are_relative_to_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "encoder.safetensors").touch()
    text = OWN + '[network]\nencoder_weights = "encoder.safetensors"'

    recipe = find_recipe(write(tmp_path, text))

    assert recipe.network.encoder_weights == str(tmp_path / "encoder.safetensors")


def test_paths_of_a_change_are_relative_to_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "encoder.safetensors").touch()
    monkeypatch.chdir(tmp_path)

    recipe = with_changes(
        find_recipe("landcover_bands"), ["network.encoder_weights=encoder.safetensors"]
    )

    assert recipe.network.encoder_weights == str(tmp_path / "encoder.safetensors")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("name = ", "not TOML .*docs/recipes", id="no TOML"),
        pytest.param("", "name: nothing there", id="empty"),
        pytest.param('name = "a b"', 'name: found "a b", expected letters', id="name with a space"),
        pytest.param(OWN + "[fitt]", "fitt: no such field, expected one of name", id="section"),
        pytest.param(
            OWN + "[fit]\nepoch = 3", "fit.epoch: no such field, expected one of epochs", id="field"
        ),
        pytest.param(
            OWN + '[fit]\nepochs = "3"', 'fit.epochs: found "3", expected a whole number', id="text"
        ),
        pytest.param(
            OWN + "[fit]\nepochs = 2024-01-31", "fit.epochs: found .*a whole number", id="a date"
        ),
        pytest.param(
            OWN + "[fit]\nepochs = 0", "fit.epochs: found 0, expected a number from 1 on", id="none"
        ),
        pytest.param(
            OWN + "[optimiser]\nlr = inf",
            "optimiser.lr: found Infinity, .* a number",
            id="infinite",
        ),
        pytest.param(
            OWN + "[fit]\nepochs = 0\n[optimiser]\nlr = 0",
            r"optimiser\.lr: found 0.*; fit\.epochs: found 0",
            id="two at once",
        ),
        pytest.param(
            OWN + "tile_px = 50", "input.tile_px: found 50, .*a multiple of 32", id="tile"
        ),
        pytest.param(
            OWN + "tile_px = 96\n[network]\narchitecture = 'unet'",
            "input.tile_px: found 96, expected a power of two, 64 or more",
            id="tile of a plain U-Net",
        ),
        pytest.param(
            OWN + "tile_px = 32\n[network]\narchitecture = 'unet'",
            "input.tile_px: found 32, expected a power of two, 64 or more",
            id="too small a tile of a plain U-Net",
        ),
        pytest.param(
            OWN + "[augment]\ncrop_px = 96",
            "augment.crop_px: found 96, expected at most input.tile_px, 64",
            id="crop larger than tile",
        ),
        pytest.param(
            OWN + "[augment]\nshift_px = 33",
            "augment.shift_px: found 33, expected at most half of input.tile_px, 64",
            id="shift",
        ),
        pytest.param(
            OWN + "tile_px = 32\n[network]\narchitecture = 'resnet34_unet'\n[fit]\nbatch_size = 1",
            "fit.batch_size: found 1 with tiles of 32 px.*expected two tiles or more",
            id="a single pixel per channel",
        ),
        pytest.param(OWN + "[augment]\ncrop_px = 40", "crop_px: found 40, .* of 32", id="crop"),
        pytest.param(
            OWN + "[augment]\ncrop_scale = [1.0, 0.5]",
            "crop_scale: found .*smaller first",
            id="scale",
        ),
        pytest.param(
            "name = 'own'\n[input]\nbands = ['B02', 'B99']", "input.bands: 'B99' is no", id="band"
        ),
        pytest.param(
            "name = 'own'\n[input]\nbands = ['B02', 'blue']", "stands twice", id="a band twice"
        ),
        pytest.param("name = 'own'\n[input]\nbands = []", "found no band", id="no band"),
        pytest.param("name = 'own'\n[input]\nbands = 4", "bands: found 4", id="bands as number"),
        pytest.param(
            OWN + "indices = ['import os']", "input.indices: .*no arithmetic", id="no arithmetic"
        ),
        pytest.param(
            OWN + "indices = ['B11 / B02']",
            "found an index over B11, .* input.bands",
            id="other band",
        ),
        pytest.param(
            OWN + "indices = ['B02/B03', 'B02 / B03']", "an index twice", id="an index twice"
        ),
        pytest.param(
            OWN + "normalisation = 'sidecar'", "input.sidecar: found no path", id="no sidecar"
        ),
        pytest.param(
            OWN + "normalisation = 'sidecar'\nsidecar = 'no.xml'",
            r"input\.sidecar: found .*no\.xml, where no file is",
            id="sidecar missing",
        ),
        pytest.param(
            OWN + "[network]\nencoder_weights = 'no.safetensors'",
            r"network\.encoder_weights: found .*no\.safetensors, where no file is",
            id="weights missing",
        ),
        pytest.param(
            OWN + "[network]\narchitecture = 'unet'\nencoder_weights = 'imagenet'",
            "encoder_weights: found .*imagenet.* for unet",
            id="weights for a plain U-Net",
        ),
        pytest.param(OWN + "[loss]\nterms = {}", "loss.terms: found {}, .*one term", id="no loss"),
        pytest.param(OWN + "[loss]\nterms = {dice = 0}", "weights above 0", id="loss of weight 0"),
        pytest.param(
            OWN + "[loss]\nterms = {hinge = 1}", "loss.terms.hinge: .* 'dice'", id="unknown loss"
        ),
        pytest.param(
            OWN + "[sampling]\nobject_share = 0.7\nhard_share = 0.4",
            "sampling.hard_share: found 0.4 beside object_share 0.7",
            id="shares above 1",
        ),
        pytest.param(
            OWN + "[fit]\nepochs = 3\nfrozen_epochs = 3",
            "fit.frozen_epochs: found 3, expected fewer than fit.epochs, 3",
            id="all epochs frozen",
        ),
        pytest.param(
            OWN + "[validation]\nthreshold = 1.5",
            "validation.threshold: found 1.5, expected 'best' or a number up to 1",
            id="threshold",
        ),
        pytest.param(
            OWN + "[validation]\nthreshold = 'high'",
            "validation.threshold: found \"high\", expected 'best' or a number",
            id="threshold in words",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(InputError, match=words) as refused:
        find_recipe(path)

    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_text_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InputError, match="not TOML"):
        find_recipe(tmp_path / "own.toml")


def test_an_unknown_name_is_told_beside_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"vessel: no such recipe; .*vessels_unet, or a TOML file"):
        find_recipe("vessel")


# -- changes ---------------------------------------------------------------------------------------


def test_changes_are_toml_values_and_bare_words_are_texts() -> None:
    recipe = with_changes(
        find_recipe("vessels_resnet34"),
        [
            "fit.epochs=3",
            "fit.compile = true",
            "optimiser.lr=1e-4",
            "network.encoder_weights=none",
            "description=a = b",
            'input.bands=["B02", "B03"]',
            "loss.terms={focal=1}",
            "validation.threshold=0.5",
        ],
    )

    assert (recipe.fit.epochs, recipe.fit.compile, recipe.optimiser.lr) == (3, True, 1e-4)
    assert (recipe.network.encoder_weights, recipe.description) == ("none", "a = b")
    assert (recipe.input.bands, recipe.loss.terms) == (("B02", "B03"), {"focal": 1.0})
    assert recipe.validation.threshold == 0.5


def test_one_term_of_the_loss_can_be_changed_alone() -> None:
    recipe = with_changes(find_recipe("vessels_resnet34"), ["loss.terms.dice=2"])

    assert recipe.loss.terms == find_recipe("vessels_resnet34").loss.terms | {"dice": 2.0}


def test_changes_count_together_whatever_their_order() -> None:
    recipe = with_changes(
        find_recipe("landcover_resnet34"), ["fit.epochs=2", "fit.frozen_epochs=1"]
    )

    assert (recipe.fit.epochs, recipe.fit.frozen_epochs) == (2, 1)


def test_the_recipe_itself_stays_as_it_is() -> None:
    recipe = find_recipe("vessels_unet")

    with_changes(recipe, ["fit.epochs=3", "loss.terms.focal=1"])

    assert recipe == find_recipe("vessels_unet")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param("fit.epochs", "found 'fit.epochs'; expected section.field=value", id="no ="),
        pytest.param("=3", "found '=3'; expected section.field=value", id="no field"),
        pytest.param("fit..epochs=3", "expected section.field=value", id="two dots"),
        pytest.param("epochs=3", "epochs: no such field", id="no section"),
        pytest.param("fit.epochs.x=3", "found 'fit.epochs.x'; expected a field", id="too deep"),
        pytest.param("fit=3", "fit: found 3, expected a section", id="a whole section"),
        pytest.param("fit.epochs=many", 'fit.epochs: found "many"', id="a word for a number"),
        pytest.param("fit.epochs=3\nname = 'x'", "fit.epochs: found", id="two lines"),
    ],
)
def test_a_change_that_is_none_is_told_in_one_line(change: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        with_changes(find_recipe("vessels_unet"), [change])

    assert str(refused.value).startswith("--set: ")
    assert "\n" not in str(refused.value)


# -- docs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [pytest.param(row, id=row.split("`")[1]) for row in rows_of()])
def test_the_page_of_recipes_has_every_field_as_it_is(row: str) -> None:
    assert row in PAGE.read_text("utf-8").splitlines()


def test_the_page_has_no_field_that_there_is_not() -> None:
    told = re.findall(r"^\| `[a-z]+(?:\.[a-z_]+)?` \|.*$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert sorted(told) == sorted(rows_of())


def test_the_example_of_the_page_is_a_recipe(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", page, re.DOTALL)

    assert example
    assert tomllib.loads(example[1])
    assert find_recipe(write(tmp_path, example[1])).name
