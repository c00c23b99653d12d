"""Recipes: everything that decides how a model is trained, as TOML that is checked. Knows no torch.

A recipe is a file of sections (`sections.py`); what it does not name has the default given there.
On the command line ``--set fit.epochs=3`` changes one field.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from s2label.errors import InputError
from s2label_training.documents import checked
from s2label_training.sections import (
    AugmentSettings,
    FitSettings,
    GateSettings,
    InputSettings,
    LabelSettings,
    LossSettings,
    NetworkSettings,
    OptimiserSettings,
    ProposalSettings,
    SamplingSettings,
    Section,
    ValidationSettings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "NAMED_WEIGHTS",
    "AugmentSettings",
    "FitSettings",
    "GateSettings",
    "InputSettings",
    "LabelSettings",
    "LossSettings",
    "NetworkSettings",
    "OptimiserSettings",
    "ProposalSettings",
    "Recipe",
    "SamplingSettings",
    "ValidationSettings",
    "find_recipe",
    "recipe_names",
    "with_changes",
]

NAMED_WEIGHTS = ("none", "imagenet")
# A plain U-Net halves its tiles four times; the published one takes powers of two from 64 on.
_SMALLEST_UNET_PX = 64
# section.field.key, as in loss.terms.dice, is the deepest that there is; one more gets its answer
# from the check of the recipe.
_DEEPEST = 3


class Recipe(Section):
    """A recipe as a whole."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="Name, without spaces.")
    description: str = Field("", description="What it is for, in a sentence.")
    input: InputSettings = InputSettings()
    network: NetworkSettings = NetworkSettings()
    augment: AugmentSettings = AugmentSettings()
    sampling: SamplingSettings = SamplingSettings()
    loss: LossSettings = LossSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    fit: FitSettings = FitSettings()
    labels: LabelSettings = LabelSettings()
    validation: ValidationSettings = ValidationSettings()
    proposals: ProposalSettings = ProposalSettings()
    gate: GateSettings = GateSettings()

    @model_validator(mode="after")
    def _augmentation_fits_in_tile(self) -> Recipe:
        crop, shift, tile = self.augment.crop_px, self.augment.shift_px, self.input.tile_px
        if crop > tile:
            raise ValueError(
                f"augment.crop_px: found {crop}, expected at most input.tile_px, {tile}"
            )
        if shift > tile // 2:
            raise ValueError(
                f"augment.shift_px: found {shift}, expected at most half of input.tile_px, {tile}"
            )
        return self

    @model_validator(mode="after")
    def _network_can_be_built(self) -> Recipe:
        if self.network.architecture != "unet":
            return self
        for field, side in (
            ("input.tile_px", self.input.tile_px),
            ("augment.crop_px", self.augment.crop_px or _SMALLEST_UNET_PX),
        ):
            if side < _SMALLEST_UNET_PX or side.bit_count() != 1:
                raise ValueError(
                    f"{field}: found {side}, expected a power of two, 64 or more, for unet"
                )
        if self.network.encoder_weights != "none":
            raise ValueError(
                f'network.encoder_weights: found "{self.network.encoder_weights}", expected "none" '
                "for unet, or network.architecture resnet34_unet"
            )
        return self

    @model_validator(mode="after")
    def _batch_has_statistics(self) -> Recipe:
        """Refuse steps in which batch normalisation would see a single number per channel."""
        side = self.augment.crop_px or self.input.tile_px
        # Halved once before the first of the encoder's stages, and in each of them.
        is_one = self.fit.batch_size == 1 and side == 2 ** (self.network.encoder_stages + 1)
        if is_one and self.network.architecture == "resnet34_unet":
            raise ValueError(
                f"fit.batch_size: found 1 with tiles of {side} px, which the encoder makes one "
                "pixel, expected two tiles or more in a step, or larger ones"
            )
        return self


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with the program, in alphabetical order."""
    files = (path.name for path in resources.files("s2label_training.recipes").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def find_recipe(name_or_path: str | Path) -> Recipe:
    """Return a recipe that comes with the program by its name, or read one from a file.

    Parameters
    ----------
    name_or_path : str or Path
        One of `recipe_names`, a TOML file, or the XML sidecar of a published vessel U-Net. Paths
        inside a recipe are relative to its file.

    Raises
    ------
    InputError
        If there is none, or something in it is wrong: file, field, found, expected.
    """
    if str(name_or_path) in recipe_names():
        text = (resources.files("s2label_training.recipes") / f"{name_or_path}.toml").read_text(
            "utf-8"
        )
        return checked(Recipe, tomllib.loads(text), f"recipe {name_or_path}")
    path = Path(name_or_path)
    if not path.is_file():
        expected = f"one of {', '.join(recipe_names())}, or a TOML file"
        raise InputError(path, "no such recipe", expected)
    if path.suffix.lower() == ".xml":
        from s2label_training.sidecar import recipe_of_sidecar

        return recipe_of_sidecar(path)
    return _resolved(checked(Recipe, _read_toml(path), path), path.parent, path)


def with_changes(recipe: Recipe, changes: Iterable[str]) -> Recipe:
    """Return a recipe with fields changed, as ``--set`` has them.

    Parameters
    ----------
    recipe : Recipe
        The recipe to change; it stays as it is.
    changes : iterable of str
        Each ``section.field=value`` with a TOML value; a bare word is a text. Paths are relative to
        the folder that the program runs in.

    Raises
    ------
    InputError
        If a change is none, names no field, or does not go with the rest.
    """
    document = recipe.model_dump(mode="json")
    wanted = list(changes)
    for change in wanted:
        _set(document, change)
    if not wanted:
        return recipe
    return _resolved(checked(Recipe, document, "--set"), Path(), "--set")


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (RecursionError, ValueError) as error:  # too deep, or a number of too many digits
        raise InputError(path, f"not TOML ({error})", "a recipe", "see docs/recipes.md") from error


def _set(document: dict[str, Any], change: str) -> None:
    path, equals, text = change.partition("=")
    *tables, field = path.strip().split(".")
    if not equals or not all((*tables, field)) or len(tables) > _DEEPEST:
        found = f"found {change[:60]!r}"
        raise InputError("--set", found, "section.field=value, such as fit.epochs=3")
    at: Any = document
    for name in tables:
        at = at.setdefault(name, {}) if isinstance(at, dict) else None
    if not isinstance(at, dict):
        raise InputError("--set", f"found {path.strip()!r}", "a field, such as fit.epochs")
    at[field] = _toml_value(text.strip())


def _toml_value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (RecursionError, ValueError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _resolved(recipe: Recipe, folder: Path, where: Path | str) -> Recipe:
    """Return a recipe whose paths are absolute, so that it means the same wherever it is run."""
    input_, network = recipe.input, recipe.network
    if input_.sidecar:
        path = _existing(folder / input_.sidecar, "input.sidecar", where)
        input_ = input_.model_copy(update={"sidecar": path})
    if network.encoder_weights not in NAMED_WEIGHTS:
        path = _existing(folder / network.encoder_weights, "network.encoder_weights", where)
        network = network.model_copy(update={"encoder_weights": path})
    return recipe.model_copy(update={"input": input_, "network": network})


def _existing(path: Path, field: str, where: Path | str) -> str:
    if not path.is_file():
        raise InputError(where, f"{field}: found {path}, where no file is", "a file that is there")
    return str(path.absolute())
