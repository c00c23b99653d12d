"""The files that a recipe names, looked at before anything begins. Knows no torch.

A training that found them damaged later would leave its beginnings in the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from s2label_training.encoder_files import require_encoder_file
from s2label_training.recipe import NAMED_WEIGHTS
from s2label_training.sidecar import read_sidecar

if TYPE_CHECKING:
    from s2label_training.recipe import Recipe


def require_recipe_files(recipe: Recipe) -> None:
    """Look at the encoder weights and the sidecar that a recipe names; loads no tensor.

    Raises
    ------
    InputError
        If one of them is damaged, pickled, or something else.
    """
    if recipe.input.sidecar:
        read_sidecar(Path(recipe.input.sidecar))
    if recipe.network.encoder_weights not in NAMED_WEIGHTS:
        require_encoder_file(Path(recipe.network.encoder_weights))
